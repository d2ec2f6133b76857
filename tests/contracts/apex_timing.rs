//! Apex Timing: karting-centre software of modules, on the client's premises.

mod counter;
mod documents;
mod endings;
mod machines;
mod news;
mod registers;

use octroi_engine::{Event, Outcome, RefusalCode, ReservationStatus, WindowView};
use octroi_licence::{
    CureOutcome, MeterWindow, OrderKind, ReservationDecision, Scope, WindowUnit, message::Ground,
};
use octroi_vendor::{ActivationRefusal, LicenceOrder, VendorOrder, order::Template};

use crate::stage::{Contract, order, refused, vendor_order};

/// A year from 2026-03-01, five workstations on one site.
fn signed() -> Contract {
    Contract::signed(Template::ApexTiming, &[("features.count", "5")])
}

/// The plan Pro without validation of each campaign.
fn mailing() -> Contract {
    let text = order::filled(Template::ApexTiming, &[]);
    Contract::of(&order::with(&text, "approval_within = \"24h\"\n", ""))
}

#[test]
fn a1_workstations_are_activated_up_to_the_count_on_the_sites_that_are_named() {
    let mut contract = Contract::signed(
        Template::ApexTiming,
        &[("features.count", "2"), ("sites.hosts_max", "5")],
    );
    let share = [("timing", 1), ("mailing", 0)];
    // The first daemon asked for whatever is left; it takes less now.
    contract.activate(&share).unwrap();
    assert!(contract.another_host(31, Some("site-1"), &share).is_ok());
    let third = contract.another_host(32, Some("site-1"), &share);
    assert!(
        matches!(third, Err(ActivationRefusal::NoShareLeft { .. })),
        "{third:?}"
    );
    let elsewhere = contract.another_host(33, Some("site-2"), &share);
    assert!(elsewhere.is_err());
}

#[test]
fn a2_a_perpetual_licence_for_more_than_one_site_is_refused_at_issue() {
    let text = order::filled(Template::ApexTiming, &[]);
    let text = order::with(&text, "length = \"1 year\"", "perpetual = true");
    let renewal = text.find("\n[renewal]\n").unwrap()..text.find("\n[price]\n").unwrap();
    let mut text = text.replace(&text[renewal], "");
    let now = octroi_licence::CivilSeconds(4_102_444_800);
    LicenceOrder::check(&text, now).expect("one site may be perpetual");
    text.push_str("\n[[sites]]\nid = \"site-2\"\ncountry = \"FR\"\n");
    let mistakes = LicenceOrder::check(&text, now).unwrap_err();
    assert!(
        format!("{mistakes:?}").contains("perpetual"),
        "{mistakes:?}"
    );
}

#[test]
fn a4_each_module_has_its_own_count() {
    let mut contract = signed();
    assert!(contract.would_grant("alice", "timing"));
    let code = contract.would_refuse("alice", "karaoke");
    assert_eq!(code, Some(RefusalCode::FeatureNotLicensed));
}

#[test]
fn a9_another_machine_is_noticed() {
    let mut contract = signed();
    contract.host_shows(1);
    let code = contract.would_refuse("alice", "timing");
    assert_eq!(code, Some(RefusalCode::HostNotLicensed));
}

#[test]
fn a11_the_licence_goes_on_by_a_year_unless_notice_was_given() {
    let mut contract = signed();
    contract.go_to("2027-02-28 23:00");
    assert!(contract.would_grant("alice", "timing"));
    contract.go_to("2027-03-01 00:00");
    assert!(contract.would_grant("alice", "timing"));
    contract.go_to("2030-03-01 00:00");
    assert!(contract.would_grant("alice", "timing"));
}

#[test]
fn a12_unpaid_it_is_suspended_from_the_due_date_and_ended_after_thirty_calendar_days() {
    let mut contract = signed();
    contract.go_to("2026-06-01 09:00");
    let due = contract.instant("2026-06-10 00:00");
    let order = VendorOrder {
        effective_at: Some(due),
        ..vendor_order(
            OrderKind::CureNotice {
                clause: "art. 11".to_owned(),
                started_at: Some(due),
                ends_at: contract.instant("2026-07-10 00:00"),
                outcome: CureOutcome::Terminates,
                suspended_meanwhile: true,
            },
            Ground::LatePayment,
        )
    };
    contract.ordered(&order);
    contract.go_to("2026-06-09 23:59");
    assert!(contract.would_grant("alice", "timing"));
    contract.go_to("2026-06-10 00:00");
    let code = contract.would_refuse("alice", "timing");
    assert_eq!(code, Some(RefusalCode::Suspended));
    contract.go_to("2026-07-10 00:00");
    let code = contract.would_refuse("alice", "timing");
    assert_eq!(code, Some(RefusalCode::LicenceTerminated));
}

#[test]
fn a12_paid_in_time_the_notice_is_lifted() {
    let mut contract = signed();
    let ends_at = contract.instant("2026-04-01 00:00");
    contract.ordered(&vendor_order(
        OrderKind::CureNotice {
            clause: "art. 11".to_owned(),
            started_at: None,
            ends_at,
            outcome: CureOutcome::Terminates,
            suspended_meanwhile: true,
        },
        Ground::LatePayment,
    ));
    let notice = contract.vendor.record().orders().last().unwrap().digest;
    let lifted = OrderKind::LiftCureNotice { notice };
    contract.ordered(&vendor_order(lifted, Ground::Other));
    assert!(contract.would_grant("alice", "timing"));
    contract.go_to("2026-04-02 00:00");
    assert!(contract.would_grant("alice", "timing"));
}

#[test]
fn a15_a_refusal_names_the_full_window_and_when_it_reopens() {
    let mut contract = mailing();
    let mut app = contract.open("alice");
    let sent = contract.consume(&mut app, "mailing", 1_000, None);
    assert!(matches!(sent, Outcome::Consumed { .. }), "{sent:?}");
    let refusal = refused(contract.consume(&mut app, "mailing", 1, None));
    assert_eq!(refusal.code, RefusalCode::AmountExhausted);
    let reopens = contract.instant("2026-03-01 10:00");
    assert_eq!(refusal.may_change_at, Some(reopens.millis()));
    contract.go_to("2026-03-01 10:00");
    let sent = contract.consume(&mut app, "mailing", 1_000, None);
    assert!(matches!(sent, Outcome::Consumed { .. }), "{sent:?}");
}

#[test]
fn a15_a_month_holds_25_000_messages_and_the_next_one_starts_anew() {
    let mut contract = mailing();
    let mut app = contract.open("alice");
    for day in 1..=3 {
        for hour in 9..18 {
            contract.go_to(&format!("2026-03-{day:02} {hour:02}:00"));
            if day < 3 || hour < 16 {
                let sent = contract.consume(&mut app, "mailing", 1_000, None);
                assert!(
                    matches!(sent, Outcome::Consumed { .. }),
                    "{day} {hour} {sent:?}"
                );
            }
        }
    }
    let refusal = refused(contract.consume(&mut app, "mailing", 1, None));
    assert_eq!(refusal.code, RefusalCode::AmountExhausted);
    let reopens = contract.instant("2026-04-01 00:00");
    assert_eq!(refusal.may_change_at, Some(reopens.millis()));
    contract.go_to("2026-04-01 09:00");
    let sent = contract.consume(&mut app, "mailing", 1, None);
    assert!(matches!(sent, Outcome::Consumed { .. }), "{sent:?}");
}

#[test]
fn a15_nothing_is_consumed_where_one_of_two_windows_is_full() {
    let mut contract = mailing();
    let mut app = contract.open("alice");
    refused(contract.consume(&mut app, "mailing", 1_001, None));
    let Outcome::Consumed { windows, .. } = contract.consume(&mut app, "mailing", 400, None) else {
        panic!("it is consumed");
    };
    let left: Vec<_> = windows.iter().map(WindowView::remaining).collect();
    assert!(
        left.contains(&Some(600)) && left.contains(&Some(24_600)),
        "{left:?}"
    );
}

#[test]
fn a15_messages_leave_between_eight_and_nine_in_the_evening_clients_time() {
    let mut contract = mailing();
    let mut app = contract.open("alice");
    contract.go_to("2026-03-02 21:00");
    let refusal = refused(contract.consume(&mut app, "mailing", 1, None));
    assert_eq!(refusal.code, RefusalCode::OutsideAllowedTimes);
    let opens = contract.instant("2026-03-03 08:00");
    assert_eq!(refusal.may_change_at, Some(opens.millis()));
    // Summer time begins on 2026-03-29: eight o'clock comes an hour sooner.
    contract.go_to("2026-03-29 07:59");
    refused(contract.consume(&mut app, "mailing", 1, None));
    contract.go_to("2026-03-29 08:00");
    let sent = contract.consume(&mut app, "mailing", 1, None);
    assert!(matches!(sent, Outcome::Consumed { .. }), "{sent:?}");
}

#[test]
fn a22_a_campaign_waits_for_its_validation_and_lapses_after_24_hours() {
    let mut contract = signed();
    let mut app = contract.open("alice");
    let mut reserve =
        |contract: &mut Contract| match contract.consume(&mut app, "mailing", 500, Some(1)) {
            Outcome::Reserved { reservation, .. } => reservation,
            other => panic!("a reservation was expected, not {other:?}"),
        };
    let first = reserve(&mut contract);
    let approve = VendorOrder {
        scope: Scope::Feature("mailing".parse().unwrap()),
        ..vendor_order(
            OrderKind::DecideReservation {
                reservation: first,
                decision: ReservationDecision::Approved,
            },
            Ground::Other,
        )
    };
    assert_eq!(contract.ordered(&approve), Outcome::Installed);
    let statuses = |contract: &Contract, wanted| {
        let notices = contract.notices.iter();
        notices
            .filter(|(_, notice)| {
                matches!(notice, octroi_engine::Notice::ReservationDecided { status, .. } if *status == wanted)
            })
            .count()
    };
    assert_eq!(statuses(&contract, ReservationStatus::Approved), 1);
    reserve(&mut contract);
    contract.go_to("2026-03-02 10:00");
    assert_eq!(statuses(&contract, ReservationStatus::Lapsed), 1);
}

#[test]
fn a22_limits_change_by_an_order_and_one_module_can_be_closed_alone() {
    let mut contract = mailing();
    let mailing = || Scope::Feature("mailing".parse().unwrap());
    let change = VendorOrder {
        scope: mailing(),
        ..vendor_order(
            OrderKind::LimitChange {
                count: None,
                windows: vec![MeterWindow {
                    unit: WindowUnit::Hour,
                    amount: 10,
                }],
                until: None,
            },
            Ground::Other,
        )
    };
    contract.ordered(&change);
    let mut app = contract.open("alice");
    refused(contract.consume(&mut app, "mailing", 11, None));
    let close = VendorOrder {
        scope: mailing(),
        ..vendor_order(OrderKind::Suspend, Ground::Breach)
    };
    contract.ordered(&close);
    let refusal = refused(contract.consume(&mut app, "mailing", 1, None));
    assert_eq!(refusal.code, RefusalCode::Suspended);
    assert!(contract.would_grant("alice", "timing"));
}

#[test]
fn a23_force_majeure_stops_the_counters_of_lateness_not_the_term() {
    let mut contract = signed();
    contract.go_to("2027-02-01 09:00");
    let ends_at = contract.instant("2027-03-03 00:00");
    contract.ordered(&vendor_order(
        OrderKind::ForceMajeure {
            ends_at,
            terminates: true,
        },
        Ground::ForceMajeure,
    ));
    let licences = contract.engine.licences();
    assert_eq!(licences[0].life.standstill_until, Some(ends_at));
    contract.go_to("2027-03-02 23:59");
    assert!(contract.would_grant("alice", "timing"), "the term went on");
    contract.go_to("2027-03-03 00:00");
    assert!(
        !contract.would_grant("alice", "timing"),
        "and it ended by itself"
    );
}

#[test]
fn a13_whatever_the_daemon_saw_stands_in_its_ledger() {
    let mut contract = signed();
    contract.would_refuse("alice", "karaoke");
    let refused = contract.ledger.iter().filter(|record| {
        matches!(&record.event, Event::CheckoutRefused { refusal, .. }
            if refusal.code == RefusalCode::FeatureNotLicensed)
    });
    assert_eq!(refused.count(), 1);
}
