//! Seats that are assigned to users for good (clauses Z1, Z3, B1): who counts, how many, how fast, and
//! what frees them.

use octroi_engine::{Command, ListedUser, Outcome, RefusalCode, SeatEnd, SyncOutcome, Whom};
use octroi_licence::{AssignmentId, message};

use crate::support::{
    App, Site,
    site::{ADMINISTRATOR, granted, id, name, refused, user, waits},
    vendor::{self, DAY, TODAY, about, dated, limit_change, named_users, ordered, reassign, terms},
};

fn site(count: u32, per_day: u32) -> Site {
    Site::licensed(&terms("wb-1", vec![named_users("mail", count, per_day)]))
}

/// A seat for a user of the machine, in a session of its own.
fn seat(site: &mut Site, of: u8) -> App {
    let mut app = site.open(of, 100 + u32::from(of));
    site.seat(&mut app, "mail");
    app
}

fn code(site: &mut Site, of: u8) -> RefusalCode {
    let mut app = site.open(of, 100 + u32::from(of));
    let code = site.code(&mut app, "mail");
    site.exited(&app);
    code
}

fn sync(site: &mut Site, listed: &[u8]) -> Vec<(u8, SyncOutcome)> {
    let users = listed.iter().map(|of| ListedUser {
        user: user(*of),
        entity: None,
        category: None,
        assignment: site.assignment_id(),
    });
    let users: Vec<_> = users.collect();
    let outcome = site.outcome(Command::SyncUsers {
        licence: id("wb-1"),
        feature: name("mail"),
        users,
        actor: ADMINISTRATOR,
    });
    match outcome {
        Outcome::Synced(outcomes) => outcomes
            .into_iter()
            .map(|(user, outcome)| (user.0[0], outcome))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_user_with_many_sessions_and_instances_counts_once() {
    let mut site = site(2, 0);
    let mut first = seat(&mut site, 1);
    site.seat(&mut first, "mail");
    let mut second = site.open(1, 777);
    let grant = site.checkout(&mut second, "mail", 5);
    assert_eq!(granted(grant).units, 1);
    assert_eq!(site.in_use("mail"), 1);
    assert_eq!(site.engine.assignments().len(), 1);
}

#[test]
fn a_seat_stays_assigned_when_its_user_has_left() {
    let mut site = site(1, 0);
    let app = seat(&mut site, 1);
    site.exited(&app);
    site.later(40 * 86_400_000);
    let refusal = {
        let mut other = site.open(2, 200);
        site.refusal(&mut other, "mail")
    };
    assert_eq!(refusal.code, RefusalCode::NoAssignmentLeft);
    assert_eq!((refusal.limit, refusal.in_use), (1, 1));
    seat(&mut site, 1);
}

#[test]
fn assignments_outlive_a_restart() {
    let mut site = site(1, 0);
    seat(&mut site, 1);
    let before = site.assigned_to(1);
    site.restart(&[]);
    assert_eq!(site.assigned_to(1), before);
    assert_eq!(code(&mut site, 2), RefusalCode::NoAssignmentLeft);
    seat(&mut site, 1);
}

#[test]
fn an_assignment_is_recorded_before_the_seat_that_made_it() {
    let mut site = site(1, 0);
    let mut app = site.open(1, 100);
    let from = site.ledger.len();
    site.seat(&mut app, "mail");
    assert_eq!(site.events(from), ["UserAssigned", "SeatGranted"]);
}

#[test]
fn only_so_many_new_users_are_assigned_a_day() {
    let mut site = site(5, 2);
    seat(&mut site, 1);
    seat(&mut site, 2);
    let mut third = site.open(3, 300);
    let refusal = site.refusal(&mut third, "mail");
    assert_eq!(refusal.code, RefusalCode::AssignmentsPerDayReached);
    assert_eq!(refusal.limit, 2);
    let tomorrow = (TODAY + DAY) * 1000;
    assert_eq!(refusal.may_change_at.unwrap().0, tomorrow);
    // Who has a seat is not concerned.
    seat(&mut site, 1);
    site.later(86_400_000 - 1);
    assert_eq!(
        site.code(&mut third, "mail"),
        RefusalCode::AssignmentsPerDayReached
    );
    site.later(1);
    site.seat(&mut third, "mail");
}

#[test]
fn the_day_begins_at_midnight_of_the_licences_zone() {
    let mut licence = terms("wb-1", vec![named_users("mail", 5, 1)]);
    licence.zone = Some(message::Zone {
        posix: "CET-1CEST,M3.5.0,M10.5.0/3".to_owned(),
        iana: "Europe/Paris".to_owned(),
    });
    let mut site = Site::licensed(&licence);
    seat(&mut site, 1);
    // 22:00 UTC is midnight in summer.
    site.later(22 * 3_600_000 - 1);
    assert_eq!(code(&mut site, 2), RefusalCode::AssignmentsPerDayReached);
    site.later(1);
    seat(&mut site, 2);
}

#[test]
fn a_restart_does_not_begin_the_days_count_anew() {
    let mut site = site(5, 1);
    seat(&mut site, 1);
    site.restart(&[]);
    assert_eq!(code(&mut site, 2), RefusalCode::AssignmentsPerDayReached);
}

#[test]
fn only_the_vendors_order_frees_an_assigned_seat() {
    let mut site = site(1, 0);
    let first = seat(&mut site, 1);
    let assignment = site.assigned_to(1).assignment;
    site.give(&ordered("wb-1", 2, reassign(assignment)));
    let told = site.told(&first);
    assert!(matches!(
        told[0],
        octroi_engine::Notice::SeatEnded {
            cause: SeatEnd::Reassigned,
            ..
        }
    ));
    assert_eq!(site.in_use("mail"), 0);
    seat(&mut site, 2);
    assert_eq!(code(&mut site, 1), RefusalCode::NoAssignmentLeft);
}

#[test]
fn a_reassignment_takes_effect_at_its_date_and_serves_whoever_waits() {
    let mut site = site(1, 0);
    seat(&mut site, 1);
    let assignment = site.assigned_to(1).assignment;
    site.give(&dated(ordered("wb-1", 2, reassign(assignment)), TODAY + 10));
    let mut other = site.open(2, 200);
    waits(site.checkout_waiting(&mut other, "mail", 1, 60_000));
    site.crash();
    site.later(9_999);
    assert_eq!(site.assigned_to(1).assignment, assignment);
    site.later(1);
    assert_eq!(site.assigned_to(2).user, user(2));
    assert_eq!(site.in_use("mail"), 1);
}

#[test]
fn an_order_about_an_assignment_of_another_daemon_or_feature_does_nothing() {
    let features = vec![named_users("mail", 1, 0), named_users("desk", 1, 0)];
    let mut site = Site::licensed(&terms("wb-1", features));
    seat(&mut site, 1);
    let assignment = site.assigned_to(1).assignment;
    let from = site.ledger.len();
    let elsewhere = AssignmentId([7; 16]);
    site.give(&ordered("wb-1", 2, reassign(elsewhere)));
    site.give(&about(ordered("wb-1", 3, reassign(assignment)), "desk"));
    let taken = ["OrderInstalled", "OrderCarriedOut"];
    assert_eq!(site.events(from), [taken, taken].concat());
    assert_eq!(site.in_use("mail"), 1);
}

#[test]
fn a_licence_with_fewer_seats_keeps_the_earliest_assignments() {
    let mut site = site(2, 0);
    let first = seat(&mut site, 1);
    let second = seat(&mut site, 2);
    let fewer = vendor::reissued(&terms("wb-1", vec![named_users("mail", 1, 0)]), 2, 2);
    site.install(&vendor::licence(&fewer));
    assert!(site.engine.seats_of(second.session).is_empty());
    assert_eq!(site.engine.seats_of(first.session).len(), 1);
    assert_eq!(code(&mut site, 2), RefusalCode::NoAssignmentLeft);
    let beyond: Vec<bool> = site
        .engine
        .assignments()
        .iter()
        .map(|one| one.in_excess)
        .collect();
    assert_eq!(beyond, [false, true]);
    // The second moves up when the first is reassigned.
    let assignment = site.assigned_to(1).assignment;
    site.give(&ordered("wb-1", 3, reassign(assignment)));
    seat(&mut site, 2);
}

#[test]
fn a_limit_change_takes_seats_for_its_time_and_no_assignments() {
    let mut site = site(2, 0);
    seat(&mut site, 1);
    seat(&mut site, 2);
    let change = about(ordered("wb-1", 2, limit_change(1, TODAY + 60)), "mail");
    site.give(&change);
    assert_eq!(code(&mut site, 2), RefusalCode::NoAssignmentLeft);
    site.later(60_000);
    seat(&mut site, 2);
    assert_eq!(site.engine.assignments().len(), 2);
}

#[test]
fn a_declared_account_is_who_counts() {
    let mail = message::Feature {
        identity: message::Identity::DeclaredAccount.into(),
        ..named_users("mail", 2, 0)
    };
    let mut site = Site::licensed(&terms("wb-1", vec![mail]));
    let mut service = site.open(9, 900);
    for account in [1, 1, 2] {
        let whom = site.beneficiary(Whom::DeclaredAccount(user(account)));
        granted(site.checkout_for(&mut service, "mail", whom, 0));
    }
    assert_eq!(site.in_use("mail"), 2);
    let whom = site.beneficiary(Whom::DeclaredAccount(user(3)));
    let refusal = refused(site.checkout_for(&mut service, "mail", whom, 0));
    assert_eq!(refusal.code, RefusalCode::NoAssignmentLeft);
    // The same account from another user's process is the same user.
    let mut other = site.open(8, 800);
    let whom = site.beneficiary(Whom::DeclaredAccount(user(1)));
    granted(site.checkout_for(&mut other, "mail", whom, 0));
}

#[test]
fn a_directorys_list_assigns_joiners_while_there_is_room_and_flags_leavers() {
    let mut site = site(2, 0);
    seat(&mut site, 1);
    assert_eq!(
        sync(&mut site, &[2, 3, 2]),
        [
            (2, SyncOutcome::Assigned),
            (3, SyncOutcome::NoRoom),
            (1, SyncOutcome::Leaver)
        ]
    );
    assert!(site.assigned_to(1).leaver);
    // A leaver is flagged, not freed, and may still check out.
    seat(&mut site, 1);
    assert_eq!(site.in_use("mail"), 2);
}

#[test]
fn the_same_list_again_changes_nothing_but_the_record_of_it() {
    let mut site = site(3, 0);
    sync(&mut site, &[1, 2]);
    sync(&mut site, &[1]);
    let from = site.ledger.len();
    assert_eq!(
        sync(&mut site, &[1]),
        [(1, SyncOutcome::Kept), (2, SyncOutcome::Leaver)]
    );
    assert_eq!(site.events(from), ["UsersSynced"]);
    sync(&mut site, &[1, 2]);
    assert!(!site.assigned_to(2).leaver);
}

#[test]
fn a_list_keeps_to_the_assignments_of_a_day() {
    let mut site = site(5, 1);
    assert_eq!(
        sync(&mut site, &[1, 2]),
        [(1, SyncOutcome::Assigned), (2, SyncOutcome::LaterDay)]
    );
    site.later(86_400_000);
    assert_eq!(
        sync(&mut site, &[1, 2]),
        [(1, SyncOutcome::Kept), (2, SyncOutcome::Assigned)]
    );
}

#[test]
fn a_list_for_a_feature_without_named_users_is_refused() {
    let mut site = Site::licensed(&terms("wb-1", vec![vendor::feature("mail", 1)]));
    let outcome = site.outcome(Command::SyncUsers {
        licence: id("wb-1"),
        feature: name("mail"),
        users: Vec::new(),
        actor: ADMINISTRATOR,
    });
    assert_eq!(refused(outcome).code, RefusalCode::FeatureNotLicensed);
}
