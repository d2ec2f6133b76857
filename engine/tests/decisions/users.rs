//! Users who are blocked (clause K1) or erased.

use octroi_engine::{Command, Outcome, RefusalCode, SeatEnd, SessionEnd, SessionId, TextId, Whom};
use octroi_licence::message;

use crate::support::{
    Site,
    site::{ADMINISTRATOR, caller, granted, open_command, refused, session, user, waits},
    vendor::{about, block_user, feature, named_users, ordered, reassign, terms, unblock_user},
};

fn site() -> Site {
    let features = vec![named_users("mail", 2, 0), feature("cad", 2)];
    Site::licensed(&terms("wb-1", features))
}

fn block(site: &mut Site, of: u8) {
    site.send(Command::BlockUser {
        user: user(of),
        actor: ADMINISTRATOR,
        reason: Some(TextId([1; 16])),
    });
}

fn unblock(site: &mut Site, of: u8) {
    site.send(Command::UnblockUser {
        user: user(of),
        actor: ADMINISTRATOR,
    });
}

fn erase(site: &mut Site, of: u8, tag: u8) {
    site.send(Command::EraseUser {
        user: user(of),
        tag: user(tag),
        actor: ADMINISTRATOR,
    });
}

fn fresh(number: u8) -> SessionId {
    session(1_000 + u64::from(number))
}

fn open(site: &mut Site, of: u8) -> Outcome {
    site.outcome(open_command(fresh(of), &caller(of, 900), None))
}

fn ends(site: &Site) -> (Vec<SeatEnd>, Vec<SessionEnd>) {
    use octroi_engine::Event;
    let mut ends = (Vec::new(), Vec::new());
    for record in &site.ledger {
        match record.event {
            Event::SeatEnded { cause, .. } => ends.0.push(cause),
            Event::SessionEnded { cause, .. } => ends.1.push(cause),
            _ => {}
        }
    }
    ends
}

#[test]
fn an_administrator_blocks_a_user_whose_seat_stays_counted() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mail");
    site.seat(&mut app, "cad");
    block(&mut site, 1);
    let (seats, sessions) = ends(&site);
    assert_eq!(seats, [SeatEnd::UserBlocked, SeatEnd::UserBlocked]);
    assert_eq!(sessions, [SessionEnd::UserBlocked]);
    assert_eq!((site.in_use("mail"), site.in_use("cad")), (1, 0));
    assert!(site.assigned_to(1).blocked.by_administrator);
    let refusal = refused(open(&mut site, 1));
    assert_eq!(refusal.code, RefusalCode::UserBlocked);
    unblock(&mut site, 1);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mail");
}

#[test]
fn a_block_outlives_a_restart() {
    let mut site = site();
    block(&mut site, 1);
    site.restart(&[]);
    assert_eq!(refused(open(&mut site, 1)).code, RefusalCode::UserBlocked);
    let blocked: Vec<_> = site.engine.blocked_users().collect();
    assert_eq!(blocked, [user(1)]);
}

#[test]
fn the_vendor_blocks_the_user_of_an_assignment_and_lifts_it() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mail");
    let mut other = site.open(2, 200);
    site.seat(&mut other, "mail");
    let assignment = site.assigned_to(1).assignment;
    site.give(&ordered("wb-1", 2, block_user(assignment)));
    assert_eq!(ends(&site).1, [SessionEnd::UserBlocked]);
    let refusal = refused(open(&mut site, 1));
    assert_eq!(refusal.code, RefusalCode::UserBlocked);
    assert_eq!(refusal.found, "vendor");
    assert_eq!(site.in_use("mail"), 2);
    // Nobody else is concerned, and no administrator lifts it.
    site.seat(&mut other, "mail");
    unblock(&mut site, 1);
    assert!(matches!(open(&mut site, 1), Outcome::Refused(_)));
    site.give(&ordered("wb-1", 3, unblock_user(assignment)));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mail");
}

#[test]
fn a_block_about_one_feature_leaves_the_others_and_the_session() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mail");
    site.seat(&mut app, "cad");
    let assignment = site.assigned_to(1).assignment;
    site.give(&about(ordered("wb-1", 2, block_user(assignment)), "mail"));
    assert_eq!((site.in_use("mail"), site.in_use("cad")), (1, 1));
    assert_eq!(site.code(&mut app, "mail"), RefusalCode::UserBlocked);
    site.seat(&mut app, "cad");
}

#[test]
fn who_is_blocked_does_not_take_the_reassigned_seat_again() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mail");
    let assignment = site.assigned_to(1).assignment;
    site.give(&ordered("wb-1", 2, block_user(assignment)));
    site.give(&ordered("wb-1", 3, reassign(assignment)));
    assert_eq!(site.in_use("mail"), 0);
    assert!(matches!(open(&mut site, 1), Outcome::Refused(_)));
    site.give(&ordered("wb-1", 4, unblock_user(assignment)));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mail");
}

#[test]
fn a_blocked_end_user_loses_seats_and_place_while_the_service_goes_on() {
    let mail = message::Feature {
        identity: message::Identity::EndUserRequired.into(),
        ..named_users("mail", 1, 0)
    };
    let mut site = Site::licensed(&terms("wb-1", vec![mail]));
    let mut service = site.open(9, 900);
    let whom = site.beneficiary(Whom::EndUser(user(1)));
    granted(site.checkout_for(&mut service, "mail", whom, 0));
    let whom = site.beneficiary(Whom::EndUser(user(2)));
    waits(site.checkout_for(&mut service, "mail", whom, 60_000));
    block(&mut site, 1);
    block(&mut site, 2);
    assert_eq!(site.engine.seats().count(), 0);
    assert_eq!(site.engine.waiters().count(), 0);
    assert!(site.engine.session(service.session).is_some());
    let whom = site.beneficiary(Whom::EndUser(user(2)));
    let refusal = refused(site.checkout_for(&mut service, "mail", whom, 0));
    assert_eq!(refusal.code, RefusalCode::UserBlocked);
}

#[test]
fn a_named_user_erased_while_holding_a_seat_leaves_it_counted_under_a_tag() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mail");
    let assignment = site.assigned_to(1).assignment;
    erase(&mut site, 1, 0xe1);
    let (seats, sessions) = ends(&site);
    assert_eq!(seats, [SeatEnd::UserErased]);
    assert_eq!(sessions, [SessionEnd::UserErased]);
    assert_eq!(site.in_use("mail"), 1);
    let tagged = site.assigned_to(0xe1);
    assert_eq!(tagged.assignment, assignment);
    assert!(tagged.erased);
    assert!(site.engine.is_assigned(user(0xe1)) && !site.engine.is_assigned(user(1)));
    // The same person, whom the shell knows again by the tag, finds the seat.
    let mut back = site.open(0xe1, 300);
    site.seat(&mut back, "mail");
    assert_eq!(site.in_use("mail"), 1);
    site.give(&ordered("wb-1", 2, reassign(assignment)));
    assert_eq!(site.in_use("mail"), 0);
}

#[test]
fn a_blocked_user_stays_blocked_when_erased() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mail");
    block(&mut site, 1);
    erase(&mut site, 1, 0xe1);
    assert_eq!(
        refused(open(&mut site, 0xe1)).code,
        RefusalCode::UserBlocked
    );
}
