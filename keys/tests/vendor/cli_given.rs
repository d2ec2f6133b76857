//! `octroi-vendor` gives orders of every kind, and counts their dates on the calendar of the licence's
//! own order.

use jiff::Timestamp;
use octroi_licence::{
    CureOutcome, Ground, Order, OrderKind, Scope, Seats, TermSet, TrustedRoot, VendorRoot,
    Verified, read_armoured, verify_self_signed, verify_with,
};
use octroi_vendor::order::Template;

use crate::{support::Desk, templates::of_template as desk};

const ID: &str = "x-0001";
const USER: &str = "a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7";

/// Gives an order and reads it as a client of the next versions will.
fn given(desk: &Desk, command: &str, options: &[&str]) -> (serde_json::Value, Verified<Order>) {
    let mut arguments = vec![command, ID, "-o", "given.ord"];
    arguments.extend(options);
    let (exit, said) = desk.json(&arguments);
    assert_eq!(exit, 0, "{command}: {said}");
    let root: Verified<VendorRoot> = {
        let (_, signed) = read_armoured(desk.read("vendor-keys/root.pub").as_bytes()).unwrap();
        verify_self_signed(&signed).unwrap()
    };
    let (_, signed) = read_armoured(desk.read("given.ord").as_bytes()).unwrap();
    std::fs::remove_file(desk.path("given.ord")).unwrap();
    let order = verify_with(
        &signed,
        &TrustedRoot::accepted(&root),
        &octroi_licence::Revocations::default(),
        TermSet::KNOWN,
    );
    (said, order.unwrap())
}

fn seconds(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

#[test]
fn z19_the_end_of_a_cure_notice_is_counted_in_business_days_of_the_order() {
    let desk = desk(Template::Zenlocassur);
    let options = [
        "--clause",
        "art. 7.2",
        "--from",
        "2026-12-01",
        "--ground",
        "breach",
    ];
    let (_, order) = given(&desk, "cure-notice", &options);
    let OrderKind::CureNotice {
        clause,
        ends_at,
        outcome,
        suspended_meanwhile,
        ..
    } = &order.kind
    else {
        panic!("{:?}", order.kind);
    };
    // 30 business days less Christmas and New Year, which fall on Fridays.
    assert_eq!(ends_at.0, seconds("2027-01-15T00:00:00+01:00"));
    assert_eq!(
        (clause.as_str(), order.ground),
        ("art. 7.2", Ground::Breach)
    );
    assert_eq!(*outcome, CureOutcome::SecondDocument);
    assert!(!suspended_meanwhile);
    let (_, order) = given(&desk, "lift-cure-notice", &[]);
    assert!(matches!(order.kind, OrderKind::LiftCureNotice { .. }));
    assert_eq!(order.frame().sequence, 3, "the register counts every kind");
}

#[test]
fn z8_a_listed_breach_has_its_own_delay() {
    let desk = desk(Template::Zenlocassur);
    let options = [
        "--clause",
        "art. 7.1",
        "--from",
        "2026-12-01",
        "--delay",
        "listed_breach",
    ];
    let (said, _) = given(&desk, "cure-notice", &options);
    assert_eq!(said["ends_at_s"], seconds("2026-12-12T00:00:00+01:00"));
}

#[test]
fn a12_one_order_suspends_from_the_due_date_and_ends_after_30_days() {
    let desk = desk(Template::ApexTiming);
    let options = [
        "--clause",
        "art. 11",
        "--ground",
        "late-payment",
        "--from",
        "2026-12-01",
        "--delay",
        "unpaid_end",
        "--suspended-meanwhile",
        "--then",
        "terminates",
    ];
    let (_, order) = given(&desk, "cure-notice", &options);
    let OrderKind::CureNotice {
        ends_at,
        outcome,
        suspended_meanwhile,
        ..
    } = &order.kind
    else {
        panic!("{:?}", order.kind);
    };
    let effective = order.effective_at.unwrap();
    assert_eq!(effective.0, seconds("2026-12-02T00:00:00+01:00"));
    assert_eq!(ends_at.0, seconds("2027-01-01T00:00:00+01:00"));
    assert!(*suspended_meanwhile && *outcome == CureOutcome::Terminates);
}

#[test]
fn z5_an_audit_waits_15_business_days_unless_it_is_urgent() {
    let desk = desk(Template::Zenlocassur);
    let (_, order) = given(&desk, "audit", &["--from", "2026-12-01"]);
    assert_eq!(
        order.effective_at.unwrap().0,
        seconds("2026-12-23T00:00:00+01:00")
    );
    let (_, order) = given(&desk, "audit", &["--urgent"]);
    assert_eq!(
        (order.effective_at, &order.kind),
        (None, &OrderKind::Audit { urgent: true })
    );
}

#[test]
fn k12_non_renewal_by_another_form_than_the_contracts_is_refused_and_a_late_one_is_said() {
    let desk = desk(Template::Kimple);
    let by = [
        "--by",
        "client",
        "--form",
        "account-closed",
        "--on",
        "2026-11-20",
    ];
    let mut refused = vec!["non-renewal", ID, "-o", "refused.ord"];
    refused.extend(by);
    let (exit, said) = desk.json(&refused);
    assert_eq!(exit, 1, "{said}");
    assert!(said["error"].as_str().unwrap().contains("letter"), "{said}");

    let letter = ["--by", "client", "--form", "letter", "--on", "2026-11-20"];
    let (_, order) = given(&desk, "non-renewal", &letter);
    let OrderKind::NonRenewal {
        ends_at, by_client, ..
    } = order.kind
    else {
        panic!("{:?}", order.kind);
    };
    assert_eq!(
        (ends_at.0, by_client),
        (seconds("2027-03-01T00:00:00+01:00"), true)
    );
    let late = ["--by", "client", "--form", "letter", "--on", "2026-12-15"];
    let (said, _) = given(&desk, "non-renewal", &late);
    assert!(
        said["said"][0].as_str().unwrap().starts_with("late:"),
        "{said}"
    );
    assert_eq!(said["ends_at_s"], seconds("2028-03-01T00:00:00+01:00"));
}

#[test]
fn a23_force_majeure_ends_after_30_days() {
    let desk = desk(Template::ApexTiming);
    let (said, order) = given(
        &desk,
        "force-majeure",
        &["--from", "2026-12-01", "--terminates"],
    );
    assert_eq!(said["ends_at_s"], seconds("2027-01-01T00:00:00+01:00"));
    assert!(matches!(
        order.kind,
        OrderKind::ForceMajeure {
            terminates: true,
            ..
        }
    ));
}

#[test]
fn a22_limits_change_by_window_and_an_amount_is_approved() {
    let desk = desk(Template::ApexTiming);
    let change = [
        "--feature",
        "mailing",
        "--window",
        "month=90000",
        "--window",
        "hour=2000",
    ];
    let (_, order) = given(&desk, "limit-change", &change);
    let OrderKind::LimitChange { count, windows, .. } = &order.kind else {
        panic!("{:?}", order.kind);
    };
    assert_eq!((*count, windows.len()), (None, 2));
    let decide = [
        "--feature",
        "mailing",
        "--reservation",
        USER,
        "--decision",
        "approved",
    ];
    given(&desk, "decide-reservation", &decide);
    let hosts = [
        "--feature",
        "timing",
        "--count",
        "7",
        "--until",
        "2026-12-31",
    ];
    let (_, order) = given(&desk, "limit-change", &hosts);
    let OrderKind::LimitChange { count, until, .. } = order.kind else {
        panic!("{:?}", order.kind);
    };
    assert_eq!(count, Some(Seats(7)));
    assert_eq!(until.unwrap().0, seconds("2027-01-01T00:00:00+01:00"));
    let unfit = [
        "limit-change",
        ID,
        "-o",
        "unfit.ord",
        "--feature",
        "timing",
        "--window",
        "day=3",
    ];
    let (exit, said) = desk.json(&unfit);
    assert_eq!(exit, 1);
    assert!(
        said["error"].as_str().unwrap().contains("has no windows"),
        "{said}"
    );
}

#[test]
fn k1_z3_users_are_blocked_and_seats_reassigned_by_assignment_alone() {
    let desk = desk(Template::Kimple);
    for command in ["block-user", "unblock-user", "reassign"] {
        let options = ["--assignment", USER, "--feature", "operations"];
        let (_, order) = given(&desk, command, &options);
        assert_eq!(order.scope, Scope::Feature("operations".parse().unwrap()));
        assert_eq!(order.kind.name(), command);
    }
}

#[test]
fn b3_an_overdraft_notice_is_given_where_there_is_an_overdraft() {
    let b = desk(Template::BoostMyMail);
    let options = ["--feature", "signatures", "--effective", "2027-01-01"];
    let (_, order) = given(&b, "overdraft-notice", &options);
    assert_eq!(order.kind, OrderKind::OverdraftNotice);
    let k = desk(Template::Kimple);
    let refused = [
        "overdraft-notice",
        ID,
        "-o",
        "refused.ord",
        "--feature",
        "operations",
    ];
    assert_eq!(k.json(&refused).0, 1);
}

#[test]
fn t7_t17_suspension_of_maintenance_alone_and_no_ending_for_convenience() {
    let desk = desk(Template::TheGreenBow);
    let options = ["--maintenance", "--ground", "late-payment"];
    let (_, order) = given(&desk, "suspend", &options);
    assert_eq!(order.scope, Scope::Maintenance);
    let refused = [
        "terminate",
        ID,
        "-o",
        "refused.ord",
        "--ground",
        "convenience",
    ];
    let (exit, said) = desk.json(&refused);
    assert_eq!(exit, 1);
    assert!(
        said["error"].as_str().unwrap().contains("convenience"),
        "{said}"
    );
    let options = ["--maintenance", "--ground", "late-payment"];
    given(&desk, "terminate", &options);
    let (_, order) = given(&desk, "terminate", &["--ground", "breach"]);
    assert_eq!(
        order.frame().sequence,
        4,
        "the end of maintenance is not that of the licence"
    );
}

#[test]
fn t5_a_renewal_adds_one_of_the_orders_periods_or_ends_on_a_stated_day() {
    let desk = desk(Template::TheGreenBow);
    let (said, _) = given(&desk, "renew", &[]);
    assert_eq!(said["ends_at_s"], seconds("2028-03-01T00:00:00+01:00"));
    let (said, _) = given(&desk, "renew", &[]);
    assert_eq!(said["ends_at_s"], seconds("2029-03-01T00:00:00+01:00"));
    let (said, _) = given(&desk, "renew", &["--until", "2030-06-30"]);
    assert_eq!(said["ends_at_s"], seconds("2030-07-01T00:00:00+02:00"));
}

#[test]
fn z18_a_transfer_names_the_new_client() {
    let desk = desk(Template::Zenlocassur);
    let options = [
        "--to-client",
        "C-77",
        "--to-name",
        "Buyer SA",
        "--continued-by",
        "x-0002",
        "--ground",
        "transfer",
    ];
    let (_, order) = given(&desk, "transfer", &options);
    let OrderKind::Transfer {
        new_client_id,
        new_licence,
        ..
    } = &order.kind
    else {
        panic!("{:?}", order.kind);
    };
    assert_eq!(new_client_id, "C-77");
    assert_eq!(*new_licence, Some("x-0002".parse().unwrap()));
}

#[test]
fn the_summary_of_an_order_says_what_is_ordered() {
    let desk = desk(Template::ApexTiming);
    let notice = [
        "cure-notice",
        ID,
        "-o",
        "notice.ord",
        "--clause",
        "art. 11",
        "--from",
        "2026-12-01",
        "--delay",
        "unpaid_end",
        "--suspended-meanwhile",
        "--then",
        "terminates",
    ];
    desk.tool(&notice).assert().success();
    let text = desk.read("notice.ord");
    let summary = text.split("-----BEGIN").next().unwrap();
    for line in [
        "Octroi order: cure-notice, licence x-0001",
        "from:     2026-12-01T23:00:00Z",
        "breach:   art. 11",
        "cure by:  2026-12-31T23:00:00Z",
        "until:    suspended",
        "then:     it ends by itself",
    ] {
        assert!(
            summary.lines().any(|found| found == line),
            "{line}: {summary}"
        );
    }
}
