//! Seats that outlive their session: borrowed, renewed, given back, written off.

use octroi_engine::{Command, Outcome, RefusalCode, SeatStatus};
use octroi_licence::{BorrowId, CivilSeconds, Seconds, message};

use crate::support::{
    Site,
    site::{ADMINISTRATOR, name, refused},
    usage::{about, borrowed, fresh, lent, own},
    vendor::{self, DAY, TODAY, ordered, reissued, resume, suspend, terms},
};

const WEEK: u32 = 604_800;

/// Two seats, borrowed for a week at most in leases of a day.
fn site() -> Site {
    Site::licensed(&terms("wb-1", vec![lent("cad", 2, WEEK, 86_400)]))
}

#[test]
fn a_borrowed_seat_outlives_its_session_until_its_period_ends() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let loan = borrowed(site.borrow_seat(&mut app, "cad", 1));
    assert_eq!(loan.until, CivilSeconds(TODAY + DAY));
    assert_eq!(loan.longest, CivilSeconds(TODAY + 7 * DAY));
    site.exited(&app);
    assert_eq!(site.in_use("cad"), 1);
    let seat = site.engine.seats().next().unwrap();
    assert_eq!(seat.status, SeatStatus::Borrowed { until: loan.until });
    site.until(TODAY + DAY - 1);
    assert_eq!(site.in_use("cad"), 1);
    let deadline = site.engine.next_deadline().unwrap();
    assert_eq!(deadline.boottime_ms, Some(site.now.boottime_ms + 1_000));
    site.later(1_000);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(site.engine.loans().count(), 0);
}

#[test]
fn a_repeated_request_borrows_once() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let loan = borrowed(site.borrow_seat(&mut app, "cad", 1));
    assert_eq!(site.borrow_again(&app, "cad", 1), Outcome::Borrowed(loan));
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn a_borrowed_seat_counts_as_any_other() {
    let mut site = site();
    let mut app = site.open(1, 100);
    borrowed(site.borrow_seat(&mut app, "cad", 1));
    site.seat(&mut app, "cad");
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::SeatsExhausted);
    assert_eq!(
        refused(site.borrow_seat(&mut app, "cad", 1)).code,
        RefusalCode::SeatsExhausted
    );
}

#[test]
fn a_later_session_of_the_same_user_renews_and_gives_back() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let borrow = borrowed(site.borrow_seat(&mut app, "cad", 1)).borrow;
    site.exited(&app);
    site.restart(&[]);
    let mut stranger = site.open(2, 200);
    assert_eq!(
        refused(site.renew(&mut stranger, borrow)).code,
        RefusalCode::SeatNotHeld
    );
    site.until(TODAY + DAY / 2);
    let mut app = site.open(1, 101);
    let loan = borrowed(site.renew(&mut app, borrow));
    assert_eq!(loan.until, CivilSeconds(TODAY + DAY + DAY / 2));
    assert_eq!(
        site.give_back(&mut app, borrow),
        Outcome::Returned {
            borrow,
            until: loan.until
        }
    );
    assert_eq!(
        refused(site.renew(&mut app, borrow)).code,
        RefusalCode::BorrowLimitReached
    );
}

#[test]
fn an_early_return_frees_the_seat_when_the_period_ends() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let borrow = borrowed(site.borrow_seat(&mut app, "cad", 2)).borrow;
    site.give_back(&mut app, borrow);
    assert_eq!(site.in_use("cad"), 2);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::SeatsExhausted);
    let mut waiting = site.open(2, 200);
    site.checkout_waiting(&mut waiting, "cad", 1, u32::MAX);
    site.until(TODAY + DAY);
    assert_eq!(site.in_use("cad"), 1, "whoever waited has it");
    assert_eq!(site.engine.grants_of(waiting.session).len(), 1);
}

#[test]
fn no_period_ends_after_the_longest_time() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let borrow = borrowed(site.borrow_seat(&mut app, "cad", 1)).borrow;
    for day in 1..=6 {
        site.until(TODAY + day * (DAY - 3_600));
        borrowed(site.renew(&mut app, borrow));
    }
    site.until(TODAY + 7 * (DAY - 3_600));
    let loan = borrowed(site.renew(&mut app, borrow));
    assert_eq!(loan.until, CivilSeconds(TODAY + 7 * DAY));
    site.until(TODAY + 7 * DAY);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_shorter_time_may_be_asked_for() {
    let mut site = site();
    let mut app = site.open(1, 100);
    app.number += 1;
    let outcome = site.outcome(Command::Borrow {
        session: app.session,
        epoch: app.epoch,
        number: octroi_engine::RequestNumber(app.number),
        answered_below: octroi_engine::RequestNumber(app.below),
        feature: name("cad"),
        units: 1,
        longest: Seconds(3_600),
        borrow: BorrowId(fresh(9)),
        beneficiary: own(&app),
    });
    let loan = borrowed(outcome);
    assert_eq!(loan.until, CivilSeconds(TODAY + 3_600));
    assert_eq!(loan.longest, loan.until);
}

#[test]
fn no_period_ends_after_the_licence() {
    let mut licence = terms("wb-1", vec![lent("cad", 2, WEEK, 86_400)]);
    licence.term.as_mut().unwrap().ends_at_s = TODAY + DAY + 3_600;
    let mut site = Site::licensed(&licence);
    let mut app = site.open(1, 100);
    let borrow = borrowed(site.borrow_seat(&mut app, "cad", 1)).borrow;
    site.until(TODAY + DAY - 60);
    let loan = borrowed(site.renew(&mut app, borrow));
    assert_eq!(loan.until, CivilSeconds(TODAY + DAY + 3_600));
    site.until(TODAY + DAY + 3_600);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(
        refused(site.borrow_seat(&mut app, "cad", 1)).code,
        RefusalCode::LicenceExpired
    );
}

#[test]
fn only_so_many_units_may_be_away() {
    let mut feature = lent("cad", 5, WEEK, 86_400);
    feature.borrow.as_mut().unwrap().units_max = 2;
    let mut site = Site::licensed(&terms("wb-1", vec![feature]));
    let mut app = site.open(1, 100);
    borrowed(site.borrow_seat(&mut app, "cad", 1));
    let refusal = refused(site.borrow_seat(&mut app, "cad", 2));
    assert_eq!(refusal.code, RefusalCode::BorrowLimitReached);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("units 2", "1")
    );
    borrowed(site.borrow_seat(&mut app, "cad", 1));
    site.seat(&mut app, "cad");
}

#[test]
fn what_may_not_be_borrowed_is_not() {
    let mut site = Site::licensed(&terms("wb-1", vec![vendor::feature("cad", 2)]));
    let mut app = site.open(1, 100);
    let refusal = refused(site.borrow_seat(&mut app, "cad", 1));
    assert_eq!(refusal.code, RefusalCode::UseNotOffered);
    assert_eq!(refusal.found, "borrow");
}

#[test]
fn a_suspension_renews_nothing_and_takes_nothing_back() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let borrow = borrowed(site.borrow_seat(&mut app, "cad", 1)).borrow;
    site.order(&vendor::order(&ordered("wb-1", 2, suspend())));
    assert_eq!(site.in_use("cad"), 1, "the lease is out there");
    assert_eq!(
        refused(site.renew(&mut app, borrow)).code,
        RefusalCode::Suspended
    );
    site.order(&vendor::order(&ordered("wb-1", 3, resume())));
    borrowed(site.renew(&mut app, borrow));
}

#[test]
fn a_smaller_share_waits_for_the_period_to_end() {
    let licence = terms("wb-1", vec![lent("cad", 2, WEEK, 86_400)]);
    let mut site = Site::licensed(&licence);
    let mut app = site.open(1, 100);
    let borrow = borrowed(site.borrow_seat(&mut app, "cad", 2)).borrow;
    let mut smaller = reissued(&licence, 2, 2);
    smaller.features[0].count = 1;
    site.activate(&smaller);
    assert_eq!(site.in_use("cad"), 2);
    assert_eq!(
        refused(site.renew(&mut app, borrow)).code,
        RefusalCode::SeatsExhausted
    );
    site.until(TODAY + DAY);
    site.seat(&mut app, "cad");
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::SeatsExhausted);
}

fn write_off(borrow: BorrowId) -> message::order::Kind {
    message::order::Kind::WriteOff(message::WriteOff {
        borrowed: borrow.0.to_vec(),
    })
}

#[test]
fn the_vendor_writes_a_lost_seat_off() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let borrow = borrowed(site.borrow_seat(&mut app, "cad", 1)).borrow;
    site.order(&vendor::order(&about(
        "render",
        "wb-1",
        2,
        write_off(borrow),
    )));
    assert_eq!(site.in_use("cad"), 1, "the order is about another feature");
    site.order(&vendor::order(&about("cad", "wb-1", 3, write_off(borrow))));
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(
        refused(site.renew(&mut app, borrow)).code,
        RefusalCode::SeatNotHeld
    );
}

#[test]
fn an_administrator_recalls_a_borrowed_seat_for_the_end_of_its_period() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let loan = borrowed(site.borrow_seat(&mut app, "cad", 1));
    let recalled = site.outcome(Command::RevokeSeat {
        seat: loan.seat,
        actor: ADMINISTRATOR,
        reason: None,
    });
    let hold_ms = 86_400_000;
    assert_eq!(
        recalled,
        Outcome::Revoked {
            freed: false,
            hold_ms
        }
    );
    assert_eq!(
        refused(site.renew(&mut app, loan.borrow)).code,
        RefusalCode::BorrowLimitReached
    );
    site.until(TODAY + DAY);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_clock_that_leaps_frees_no_borrowed_seat() {
    let mut site = site();
    let mut app = site.open(1, 100);
    borrowed(site.borrow_seat(&mut app, "cad", 2));
    site.now.civil_ms.0 += 3 * DAY * 1000;
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::SeatsExhausted);
    site.now.civil_ms.0 -= 3 * DAY * 1000;
    site.later(86_400_000);
    assert_eq!(site.in_use("cad"), 0, "a day has passed indeed");
}

#[test]
fn a_named_user_borrows_on_his_assignment() {
    let mut feature = lent("cad", 1, WEEK, 86_400);
    feature.metric = message::Metric::NamedUser.into();
    feature.grouping = message::Grouping::Unspecified.into();
    feature.named_user = Some(message::NamedUser::default());
    let mut site = Site::licensed(&terms("wb-1", vec![feature]));
    let (mut one, mut two) = (site.open(1, 100), site.open(2, 200));
    borrowed(site.borrow_seat(&mut one, "cad", 1));
    site.seat(&mut one, "cad");
    // Ids are made of the number.
    two.number = 50;
    assert_eq!(
        refused(site.borrow_seat(&mut two, "cad", 1)).code,
        RefusalCode::NoAssignmentLeft
    );
}

#[test]
fn what_is_billed_over_the_limit_may_be_borrowed_too() {
    let mut feature = lent("cad", 1, WEEK, 86_400);
    let unit = message::OverdraftUnit::SeatHoursInExcess.into();
    feature.overdraft = Some(message::Overdraft {
        kind: Some(message::overdraft::Kind::Billed(message::OverdraftBilled {
            unit,
        })),
    });
    let mut site = Site::licensed(&terms("wb-1", vec![feature]));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let borrow = borrowed(site.borrow_seat(&mut app, "cad", 1)).borrow;
    assert!(site.events(0).contains(&"SeatOverdrawn"));
    site.until(TODAY + DAY / 2);
    borrowed(site.renew(&mut app, borrow));
}
