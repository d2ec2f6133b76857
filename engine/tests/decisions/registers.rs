//! The registers that the client's administrator keeps (clauses A13, B12, T19, Z22).

use octroi_engine::{
    Command, Event, ExportKind, KeptText, Outcome, Policy, RefusalCode, RegisterEntry, TextDigest,
    TextId, UserPseudonym,
};
use octroi_licence::CivilSeconds;

use crate::support::{
    Site,
    site::{ADMINISTRATOR, id, refused},
    vendor::{TODAY, feature, terms},
};

fn kept(byte: u8) -> KeptText {
    KeptText {
        id: TextId([byte; 16]),
        digest: TextDigest([byte; 32]),
    }
}

fn site() -> Site {
    Site::licensed(&terms("wb-1", vec![feature("cad", 1)]))
}

fn enter(site: &mut Site, entry: RegisterEntry) -> Outcome {
    let actor = ADMINISTRATOR;
    site.outcome(Command::Enter { entry, actor })
}

fn entered(outcome: Outcome) -> (u64, bool) {
    match outcome {
        Outcome::Entered { record, late } => (record, late),
        other => panic!("{other:?}"),
    }
}

fn opening() -> RegisterEntry {
    RegisterEntry::InterventionOpened {
        author: kept(1),
        nature: kept(2),
        backed_up: true,
    }
}

fn dispute(contest_until: i64, records: Vec<u64>) -> RegisterEntry {
    RegisterEntry::Dispute {
        licence: Some(id("wb-1")),
        invoice: kept(3),
        reasons: kept(4),
        contest_until: CivilSeconds(contest_until),
        records,
    }
}

#[test]
fn what_an_administrator_writes_is_a_record_with_its_actor_and_without_its_text() {
    let mut site = site();
    let (record, _) = entered(enter(&mut site, RegisterEntry::Note(kept(5))));
    let last = site.ledger.last().unwrap();
    assert_eq!(u64::try_from(site.ledger.len()).unwrap(), record);
    assert_eq!(
        last.event,
        Event::LogbookEntered {
            text: kept(5),
            actor: ADMINISTRATOR
        }
    );
}

#[test]
fn an_intervention_is_known_by_the_record_that_opened_it_and_is_closed_once() {
    let mut site = site();
    let (opened, _) = entered(enter(&mut site, opening()));
    site.crash();
    let open: Vec<u64> = site.engine.open_interventions().map(|one| one.0).collect();
    assert_eq!(open, [opened]);
    let close = RegisterEntry::InterventionClosed {
        opened,
        result: Some(kept(6)),
    };
    entered(enter(&mut site, close.clone()));
    assert_eq!(site.engine.open_interventions().count(), 0);
    let again = refused(enter(&mut site, close));
    assert_eq!(again.code, RefusalCode::InterventionNotOpen);
    assert_eq!(again.expected, opened.to_string());
}

#[test]
fn no_more_interventions_are_open_at_one_time_than_is_plausible() {
    let mut site = Site::with(Policy {
        interventions_open_max: 2,
        ..Policy::default()
    });
    entered(enter(&mut site, opening()));
    entered(enter(&mut site, opening()));
    let third = refused(enter(&mut site, opening()));
    assert_eq!(third.code, RefusalCode::TooManyInterventions);
    assert_eq!((third.limit, third.in_use), (2, 2));
}

#[test]
fn an_invoice_is_contested_in_time_up_to_its_last_instant_and_late_from_its_date_on() {
    let mut site = site();
    let now = TODAY;
    let (_, late) = entered(enter(&mut site, dispute(now + 1, vec![1, 2, 2])));
    assert!(!late);
    let Event::InvoiceDisputed { records, late, .. } = &site.ledger.last().unwrap().event else {
        panic!("no dispute");
    };
    assert_eq!((records.as_slice(), *late), (&[1, 2][..], false));
    let (_, late) = entered(enter(&mut site, dispute(now, Vec::new())));
    assert!(late);
}

#[test]
fn a_dispute_names_records_that_are_there_and_a_licence_that_is_installed() {
    let mut site = site();
    let beyond = u64::try_from(site.ledger.len()).unwrap() + 1;
    for records in [vec![0], vec![beyond], (1..=257).collect()] {
        let refusal = refused(enter(&mut site, dispute(TODAY + 1, records)));
        assert_eq!(refusal.code, RefusalCode::RequestNotUnderstood);
    }
    let mut other = dispute(TODAY + 1, Vec::new());
    if let RegisterEntry::Dispute { licence, .. } = &mut other {
        *licence = Some(id("wb-2"));
    }
    let refusal = refused(enter(&mut site, other));
    assert_eq!(refusal.code, RefusalCode::LicenceUnknown);
}

/// Written into, opened, closed, contested, exported, erased.
pub(crate) fn history() -> Site {
    let mut site = site();
    entered(enter(&mut site, RegisterEntry::Note(kept(5))));
    let (opened, _) = entered(enter(&mut site, opening()));
    entered(enter(&mut site, opening()));
    let result = None;
    entered(enter(
        &mut site,
        RegisterEntry::InterventionClosed { opened, result },
    ));
    entered(enter(&mut site, dispute(TODAY, vec![1])));
    entered(enter(
        &mut site,
        RegisterEntry::Export {
            what: ExportKind::User,
            about: Some(UserPseudonym([7; 16])),
            purpose: Some(kept(8)),
        },
    ));
    entered(enter(
        &mut site,
        RegisterEntry::EraseText { record: opened },
    ));
    site
}
