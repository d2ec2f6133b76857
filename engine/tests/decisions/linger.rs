//! Seats that linger after their holders, and seats that an administrator takes back.

use octroi_engine::{Caller, Command, Notice, Outcome, RefusalCode, SeatEnd, SeatId};
use octroi_licence::message::Grouping;

use crate::support::{
    App, Site,
    site::{ADMINISTRATOR, caller, granted, refused},
    vendor::{feature, grouped, terms},
};

fn site(feature: octroi_licence::message::Feature) -> Site {
    Site::licensed(&terms("wb-1", vec![feature]))
}

fn lingering(count: u32) -> Site {
    let mut feature = feature("cad", count);
    feature.linger_s = 10;
    site(feature)
}

fn revoke(site: &mut Site, seat: SeatId) -> Outcome {
    site.outcome(Command::RevokeSeat {
        seat,
        actor: ADMINISTRATOR,
        reason: None,
    })
}

fn acknowledge(site: &mut Site, app: &App, seat: SeatId) -> Outcome {
    site.outcome(Command::Acknowledge {
        session: app.session,
        epoch: app.epoch,
        seat,
    })
}

#[test]
fn a_released_seat_lingers_for_its_user_alone() {
    let mut site = lingering(1);
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    site.release(&mut app, seat);
    let mut other = site.open(2, 200);
    assert_eq!(site.code(&mut other, "cad"), RefusalCode::SeatsExhausted);
    // Another process of the same user takes it over.
    let mut mine = site.open(1, 101);
    let taken = site.seat(&mut mine, "cad").seat;
    assert_ne!(taken, seat);
    assert_eq!(site.in_use("cad"), 1);
    site.later(10_000);
    assert_eq!(site.engine.grants_of(mine.session).len(), 1);
}

#[test]
fn a_lingering_seat_no_longer_counts_when_its_time_is_over() {
    let mut site = lingering(1);
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    site.exited(&app);
    assert_eq!(site.engine.seats().next().unwrap().seat, seat);
    let mut other = site.open(2, 200);
    site.pass(9_999);
    assert_eq!(site.code(&mut other, "cad"), RefusalCode::SeatsExhausted);
    site.pass(1);
    site.seat(&mut other, "cad");
}

#[test]
fn only_a_lingering_seat_with_enough_units_is_taken_over() {
    let mut site = lingering(5);
    let mut app = site.open(1, 100);
    let large = granted(site.checkout(&mut app, "cad", 3)).seat;
    let small = granted(site.checkout(&mut app, "cad", 1)).seat;
    site.release(&mut app, large);
    site.release(&mut app, small);
    granted(site.checkout(&mut app, "cad", 2));
    // The three units became two; the one lingers on.
    assert_eq!(site.in_use("cad"), 3);
    granted(site.checkout(&mut app, "cad", 2));
    assert_eq!(site.in_use("cad"), 5);
}

#[test]
fn an_unidentified_caller_takes_over_nobodys_seat() {
    let mut site = lingering(1);
    let nobody = || Caller {
        identified: false,
        ..caller(9, 100)
    };
    let mut app = site.open_as(nobody(), None);
    let seat = site.seat(&mut app, "cad").seat;
    site.release(&mut app, seat);
    let mut other = site.open_as(
        Caller {
            identified: false,
            ..caller(9, 101)
        },
        None,
    );
    assert_eq!(site.code(&mut other, "cad"), RefusalCode::SeatsExhausted);
}

#[test]
fn a_groups_lingering_seats_do_not_pile_up() {
    let mut user = grouped("cad", 9, Grouping::User);
    user.linger_s = 10;
    let mut site = site(user);
    let mut app = site.open(1, 100);
    for units in 1..9 {
        let seat = granted(site.checkout(&mut app, "cad", units)).seat;
        site.release(&mut app, seat);
    }
    assert_eq!(site.engine.features()[0].lingering, 1);
    assert_eq!(site.in_use("cad"), 8);
}

#[test]
fn a_revoked_seat_stays_with_its_holder_until_the_hold_has_passed() {
    let mut site = site(feature("cad", 1));
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    let hold_ms = 30_000;
    assert_eq!(
        revoke(&mut site, seat),
        Outcome::Revoked {
            freed: false,
            hold_ms
        }
    );
    assert_eq!(site.told(&app), [Notice::SeatRevoked { seat, hold_ms }]);
    site.later(29_000);
    assert_eq!(site.in_use("cad"), 1);
    assert_eq!(
        revoke(&mut site, seat),
        Outcome::Revoked {
            freed: false,
            hold_ms: 1_000
        }
    );
    site.later(1_000);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(
        site.told(&app),
        [Notice::SeatEnded {
            seat,
            cause: SeatEnd::Revoked
        }]
    );
}

#[test]
fn a_revoked_seat_is_free_when_its_holder_acknowledges() {
    let mut site = lingering(1);
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    assert_eq!(acknowledge(&mut site, &app, seat), Outcome::Done);
    assert_eq!(site.in_use("cad"), 1, "nothing was revoked yet");
    revoke(&mut site, seat);
    assert_eq!(acknowledge(&mut site, &app, seat), Outcome::Done);
    assert_eq!(site.in_use("cad"), 0, "a seat taken back does not linger");
}

#[test]
fn a_revoked_seat_is_free_when_its_session_ends() {
    let mut site = lingering(1);
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    revoke(&mut site, seat);
    site.exited(&app);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_lingering_seat_is_freed_at_once_when_it_is_revoked() {
    let mut site = lingering(1);
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    site.release(&mut app, seat);
    assert_eq!(
        revoke(&mut site, seat),
        Outcome::Revoked {
            freed: true,
            hold_ms: 0
        }
    );
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(
        refused(revoke(&mut site, seat)).code,
        RefusalCode::SeatNotHeld
    );
}
