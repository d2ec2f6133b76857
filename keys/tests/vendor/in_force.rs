//! Activation looks at the licence as the vendor's documents leave it: amendments, changed limits, what
//! ended it, and where the server stands.

use octroi_licence::{CivilSeconds, CureOutcome, DocumentDigest, OrderKind, Scope, Seats, message};
use octroi_vendor::{
    ActivationRefusal, Amend, Answer, AnswerError, LicenceOrder, VendorOrder, amend, give_order,
};

use crate::{
    office::Office,
    support::{Asker, NOW, later, order_with},
};

const DAY_S: i64 = 86_400;

impl Office {
    fn says(&mut self, kind: OrderKind, scope: Scope, effective_at: Option<CivilSeconds>) {
        let order = VendorOrder {
            kind,
            scope,
            ground: message::Ground::Other,
            effective_at,
            reason: String::new(),
        };
        let authority = self.vendor.issuing();
        let (licence, record) = (&self.licence, &mut self.record);
        let given = give_order(&order, licence, licence, record, &authority, self.now);
        self.orders.push(given.unwrap().1);
    }

    fn says_of_all(&mut self, kind: OrderKind) {
        self.says(kind, Scope::WholeLicence, None);
    }

    fn amends(&mut self, order: &str, effective_at: Option<CivilSeconds>, countersign: bool) {
        let order = LicenceOrder::check(order, NOW).unwrap();
        let what = Amend {
            order: &order,
            licence: &self.licence,
            terms: &self.licence,
            effective_at,
            countersign,
        };
        let authority = self.vendor.issuing();
        let amended = amend(&what, &mut self.record, &authority, self.now).unwrap();
        self.amendments.push(amended.1);
    }

    /// What a daemon gets of `solver`.
    fn solvers(&mut self, asker: &Asker) -> u32 {
        match self.answer(asker) {
            Ok(Answer::Granted { certificate, .. }) => certificate.shares[0].units.0,
            other => panic!("{other:?}"),
        }
    }

    fn cured_within(&mut self, days: i64, outcome: CureOutcome) {
        self.says_of_all(OrderKind::CureNotice {
            clause: "art. 7.2".to_owned(),
            started_at: None,
            ends_at: later(days * DAY_S),
            outcome,
            suspended_meanwhile: false,
        });
    }
}

fn five() -> String {
    order_with(&[("count = 2", "count = 5")])
}

fn solver() -> Scope {
    Scope::Feature("solver".parse().unwrap())
}

fn limit(count: u32, until: Option<CivilSeconds>) -> OrderKind {
    OrderKind::LimitChange {
        count: Some(Seats(count)),
        windows: Vec::new(),
        until,
    }
}

fn ends(office: &Office) -> CivilSeconds {
    office.licence.term.ends_at.unwrap()
}

#[test]
fn what_an_amendment_adds_is_allotted_from_its_date_on() {
    let mut office = Office::new(&order_with(&[]));
    office.amends(&five(), Some(later(10 * DAY_S)), false);
    let asker = office.asker(20);
    assert_eq!(office.solvers(&asker), 2);
    office.now = later(10 * DAY_S);
    assert_eq!(office.solvers(&asker.nonce(2)), 5);
}

#[test]
fn a_daemon_that_holds_the_amended_text_activates_it_and_its_certificate_names_it() {
    let mut office = Office::new(&order_with(&[]));
    office.amends(&five(), None, false);
    let amended = office.amendments[0].digest();
    let mut asker = office.asker(20);
    asker.digest = amended;
    let (_, certificate) = office.granted(&asker);
    assert_eq!(certificate.licence_digest, amended);
    assert_eq!(certificate.shares[0].units, Seats(5));
}

#[test]
fn an_amendment_that_waits_for_acceptance_counts_for_whoever_shows_it() {
    let mut office = Office::new(&order_with(&[]));
    office.amends(&five(), None, true);
    let mut asker = office.asker(20);
    assert_eq!(office.solvers(&asker), 2, "the client has not accepted it");
    asker.digest = office.amendments[0].digest();
    assert_eq!(office.solvers(&asker.nonce(2)), 5);
}

#[test]
fn a_text_that_was_never_issued_is_not_activated() {
    let mut office = Office::new(&order_with(&[]));
    office.amends(&five(), None, false);
    let mut asker = office.asker(20);
    asker.digest = DocumentDigest::from_bytes([7; 32]);
    let refusal = office.refused(&asker);
    assert_eq!(refusal.code(), "LICENCE_UNKNOWN");
}

#[test]
fn a_changed_limit_is_allotted() {
    let mut office = Office::new(&order_with(&[]));
    office.says(limit(7, None), solver(), None);
    let asker = office.asker(20);
    assert_eq!(office.solvers(&asker), 7);
    office.says(limit(1, None), solver(), None);
    assert_eq!(office.solvers(&asker.nonce(2)), 1);
}

#[test]
fn a_limit_that_is_raised_for_a_while_is_not_shared_out_among_several() {
    let mut office = Office::new(&order_with(&[]));
    office.says(limit(7, Some(later(30 * DAY_S))), solver(), None);
    let first = office.asker(20).asks_for(&[("solver", 1)]);
    assert_eq!(office.solvers(&first), 1);
    let second = office.asker(21).asks_for(&[("solver", 2)]);
    let refusal = office.refused(&second);
    let ActivationRefusal::NoShareLeft { limit, most, .. } = refusal else {
        panic!("{refusal:?}");
    };
    assert_eq!((limit, most), (2, 1), "what stays when the change is over");
}

#[test]
fn a_limit_that_is_over_is_not_allotted() {
    let mut office = Office::new(&order_with(&[]));
    office.says(limit(7, Some(later(30 * DAY_S))), solver(), None);
    let asker = office.asker(20);
    assert_eq!(office.solvers(&asker), 7, "alone");
    office.now = later(30 * DAY_S);
    assert_eq!(office.solvers(&asker.nonce(2)), 2);
}

#[test]
fn an_amendment_states_the_whole_and_ends_a_changed_limit() {
    let mut office = Office::new(&order_with(&[]));
    office.says(limit(7, None), solver(), None);
    office.amends(&five(), None, false);
    let asker = office.asker(20);
    assert_eq!(office.solvers(&asker), 5);
}

#[test]
fn z18_nothing_is_activated_for_a_client_whose_licence_passed_to_another() {
    let mut office = Office::new(&order_with(&[]));
    let transfer = OrderKind::Transfer {
        new_client_id: "C-43".to_owned(),
        new_client_name: "Another SA".to_owned(),
        new_licence: None,
    };
    office.says(transfer, Scope::WholeLicence, Some(later(DAY_S)));
    let asker = office.asker(20);
    office.granted(&asker);
    office.now = later(DAY_S);
    let asker = asker.nonce(2);
    let refused = ActivationRefusal::LicenceTransferred {
        since: later(DAY_S),
    };
    assert_eq!(office.refused(&asker), refused);
    // The licence goes on under the same id with a serial for the new client.
    let next = order_with(&[("serial = 1", "serial = 2"), ("C-0042", "C-43")]);
    office.licence = office.vendor.issue(&next, &mut office.record);
    let asker = office.asker(21);
    office.granted(&asker);
}

#[test]
fn t17_nothing_is_activated_after_a_breach_that_was_not_cured() {
    let mut office = Office::new(&order_with(&[]));
    office.cured_within(30, CureOutcome::Terminates);
    let asker = office.asker(20);
    office.granted(&asker);
    office.now = later(30 * DAY_S);
    let refused = ActivationRefusal::LicenceTerminated {
        since: later(30 * DAY_S),
    };
    assert_eq!(office.refused(&asker.nonce(2)), refused);
}

#[test]
fn a_breach_that_was_cured_or_waits_for_a_second_letter_ends_nothing() {
    for (outcome, lifted) in [
        (CureOutcome::Terminates, true),
        (CureOutcome::SecondDocument, false),
    ] {
        let mut office = Office::new(&order_with(&[]));
        office.cured_within(30, outcome);
        if lifted {
            let notice = office.orders[0].digest();
            office.says_of_all(OrderKind::LiftCureNotice { notice });
        }
        office.now = later(60 * DAY_S);
        let asker = office.asker(20);
        office.granted(&asker);
    }
}

#[test]
fn a23_force_majeure_puts_the_end_of_a_notice_off() {
    let mut office = Office::new(&order_with(&[]));
    office.cured_within(30, CureOutcome::Terminates);
    office.says_of_all(OrderKind::ForceMajeure {
        ends_at: later(10 * DAY_S),
        terminates: false,
    });
    office.now = later(39 * DAY_S);
    let asker = office.asker(20);
    office.granted(&asker);
    office.now = later(40 * DAY_S);
    assert_eq!(office.refused(&asker.nonce(2)).code(), "LICENCE_TERMINATED");
}

#[test]
fn a_force_majeure_that_ends_the_licence_ends_activations() {
    let mut office = Office::new(&order_with(&[]));
    office.says_of_all(OrderKind::ForceMajeure {
        ends_at: later(30 * DAY_S),
        terminates: true,
    });
    let asker = office.asker(20);
    office.granted(&asker);
    office.now = later(30 * DAY_S);
    assert_eq!(office.refused(&asker.nonce(2)).code(), "LICENCE_TERMINATED");
}

const TACIT: &str = "[renewal]\nmode = \"tacit\"\nperiod = \"1 year\"\n\n[sessions]\n";

#[test]
fn a_licence_that_renews_itself_is_activated_until_notice_ends_it() {
    let mut office = Office::new(&order_with(&[("[sessions]\n", TACIT)]));
    let end = ends(&office);
    let clock = |office: &mut Office| office.now = CivilSeconds(end.0 - 400 * DAY_S);
    clock(&mut office);
    // The keys of the test are certified for a year only: what holds is asked for itself.
    let sequence = |office: &Office| {
        let sequence = octroi_vendor::VendorSequence {
            serial: &office.licence,
            amendments: Vec::new(),
            orders: office.orders.iter().collect(),
        };
        sequence
            .in_force(octroi_vendor::View {
                at: office.now,
                up_to: u64::MAX,
                shown: None,
            })
            .ended(end)
    };
    assert_eq!(sequence(&office), None, "it goes on by a year");
    office.now = NOW;
    office.says_of_all(OrderKind::NonRenewal {
        ends_at: end,
        received_at: None,
        by_client: true,
    });
    let over = ActivationRefusal::LicenceExpired { ended_at: end };
    assert_eq!(sequence(&office), Some(over));
}

#[test]
fn a_renewal_that_was_ordered_lets_a_licence_be_activated_longer() {
    let order = order_with(&[
        ("ends = 2028-12-31\n", ""),
        ("ends = 2029-01-31", "ends = 2026-12-31"),
    ]);
    let mut office = Office::new(&order);
    let (end, longer) = (ends(&office), later(300 * DAY_S));
    office.says_of_all(OrderKind::Renew { ends_at: longer });
    office.now = end;
    let asker = office.asker(20);
    office.granted(&asker);
    office.now = longer;
    let over = ActivationRefusal::LicenceExpired { ended_at: longer };
    assert_eq!(office.refused(&asker.nonce(2)), over);
}

#[test]
fn t14_a_server_outside_the_region_activates_nothing() {
    let regional = order_with(&[(
        "[sessions]\n",
        "[use]\nserver_regions = [\"EEA\"]\n\n[sessions]\n",
    )]);
    let mut office = Office::new(&regional);
    let asker = office.asker(20);
    for country in [None, Some("CH")] {
        office.country = country.map(|one| one.parse().unwrap());
        let refusal = office.refused(&asker);
        assert_eq!(refusal.code(), "SERVER_REGION_NOT_ALLOWED");
        let said = refusal.to_string();
        assert!(said.ends_with("the licence allows EEA"), "{said}");
    }
    office.country = Some("NO".parse().unwrap());
    let (_, certificate) = office.granted(&asker);
    assert_eq!(certificate.server_country, office.country);
}

#[test]
fn z23_no_order_stops_use_sooner_than_48_hours_without_a_receipt() {
    for line in ["stop_days = 1", "degrade_days = 1\nstop_days = 14"] {
        let reporting = format!("[reporting]\ninterval_days = 30\n{line}\n\n[sessions]\n");
        let order = order_with(&[("[sessions]\n", &reporting)]);
        let mistakes = LicenceOrder::check(&order, NOW).unwrap_err();
        assert_eq!(mistakes.as_slice().len(), 1, "{line}");
        let said = mistakes.as_slice()[0].to_string();
        assert!(said.contains("is 1, allowed are 2 to 366"), "{said}");
    }
}

#[test]
fn what_no_daemon_carries_out_is_not_ordered() {
    let mut office = Office::new(&order_with(&[]));
    let order = VendorOrder {
        kind: OrderKind::HostList(Vec::new()),
        scope: Scope::Feature("batch".parse().unwrap()),
        ground: message::Ground::Other,
        effective_at: None,
        reason: String::new(),
    };
    let authority = office.vendor.issuing();
    let (licence, before) = (&office.licence, office.record.last_sequence());
    let given = give_order(
        &order,
        licence,
        licence,
        &mut office.record,
        &authority,
        NOW,
    );
    assert!(given.is_err());
    assert_eq!(office.record.last_sequence(), before, "no number is taken");
}

#[test]
fn a_refusal_leaves_no_trace_but_is_not_the_end() {
    let mut office = Office::new(&order_with(&[]));
    office.cured_within(1, CureOutcome::Terminates);
    office.now = later(DAY_S);
    let asker = office.asker(20);
    assert!(matches!(
        office.answer(&asker),
        Err(AnswerError::Refused(_))
    ));
    let notice = office.orders[0].digest();
    office.says_of_all(OrderKind::LiftCureNotice { notice });
    office.granted(&asker);
}
