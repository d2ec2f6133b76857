//! What is found or declared on the client's side: evidence of tampering, acceptance, the evaluation,
//! the end of use, the escrow release (clauses T8, A18, T4, Z9, A16).

use std::sync::Arc;

use octroi_engine::{
    AcceptedBy, Command, Declaration, DocumentCode, Event, Evidence, Outcome, RefusalCode,
};
use octroi_licence::{EndOfUseChoice, Licence, Verified, message};

use crate::support::{
    Site,
    site::{ADMINISTRATOR, caller, id, refused},
    vendor::{self, DAY, TODAY, feature, ordered, public, reissued, resume, terms},
};

fn cad() -> message::Licence {
    terms("wb-1", vec![feature("cad", 2)])
}

fn watchful() -> message::Licence {
    message::Licence {
        on_tamper: message::Reaction::Suspend.into(),
        on_fork: message::Reaction::Suspend.into(),
        ..cad()
    }
}

fn evaluated(ends_at_s: i64) -> message::Licence {
    message::Licence {
        acceptance: Some(message::Acceptance {
            evaluation_ends_at_s: ends_at_s,
            ..message::Acceptance::default()
        }),
        ..cad()
    }
}

fn delivered() -> message::Licence {
    message::Licence {
        acceptance: Some(message::Acceptance {
            reserves_until_s: TODAY + 5 * DAY,
            guarantee_ends_at_s: TODAY + 90 * DAY,
            ..message::Acceptance::default()
        }),
        end_of_use: Some(message::EndOfUse {
            deadline_days: 30,
            choices: vec![message::EndOfUseChoice::Destroyed.into()],
            ..message::EndOfUse::default()
        }),
        ..cad()
    }
}

/// With a certificate that ends in 20 days unless a report renews it.
fn escrowed(site: &mut Site) -> Arc<Verified<Licence>> {
    let licence = vendor::licence(&message::Licence {
        escrow_key: public("escrow").as_bytes().to_vec(),
        reporting: Some(message::Reporting {
            interval_days: 10,
            warn_days: 2,
            degrade_days: 5,
            stop_days: 10,
            ..message::Reporting::default()
        }),
        ..cad()
    });
    site.install(&licence);
    let mut activation = vendor::activation(&licence);
    activation.valid_until_s = TODAY + 20 * DAY;
    site.certify(&vendor::certificate(&activation));
    licence
}

fn days(site: &mut Site, days: i64) {
    site.later(u64::try_from(days * DAY * 1000).unwrap());
}

fn declare(site: &mut Site, fact: Declaration) -> Outcome {
    site.outcome(Command::Declare {
        licence: id("wb-1"),
        fact,
        actor: ADMINISTRATOR,
    })
}

fn altered(site: &mut Site) {
    refused_as(site, "signature-invalid");
}

fn refused_as(site: &mut Site, reason: &str) {
    site.send(Command::Note {
        event: Event::DocumentRefused {
            document: DocumentCode::Licence,
            digest: [3; 32],
            reason: reason.to_owned(),
            actor: ADMINISTRATOR,
        },
    });
}

fn facts(site: &Site) -> octroi_engine::FactsView {
    site.engine.licences()[0].life.facts
}

/// Every kind of record about what was found or declared; committed as a golden ledger.
pub(crate) fn history() -> Site {
    let mut site = Site::licensed(&watchful());
    refused_as(&mut site, "DOCUMENT_ALTERED");
    site.order(&vendor::order(&ordered("wb-1", 2, resume())));
    site.send(Command::Note {
        event: Event::ForkFound {},
    });
    let mut other = evaluated(TODAY + 30 * DAY);
    "wb-2".clone_into(&mut other.frame.as_mut().unwrap().licence_id);
    site.activate(&other);
    let send = |site: &mut Site, licence: &str, fact| {
        site.send(Command::Declare {
            licence: id(licence),
            fact,
            actor: ADMINISTRATOR,
        });
    };
    send(&mut site, "wb-2", Declaration::Reserves { text: None });
    send(&mut site, "wb-2", Declaration::Ended);
    send(&mut site, "wb-1", Declaration::Accepted);
    let chosen = Declaration::EndOfUse(EndOfUseChoice::Destroyed);
    send(&mut site, "wb-1", chosen);
    let licence = vendor::licence(&message::Licence {
        escrow_key: public("escrow").as_bytes().to_vec(),
        ..terms("wb-3", vec![feature("cad", 1)])
    });
    site.install(&licence);
    site.release_by_escrow(&vendor::release(&licence, "escrow", ""));
    site
}

#[test]
fn an_altered_document_suspends_until_an_order_resumes() {
    let mut site = Site::licensed(&watchful());
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    altered(&mut site);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
    let (evidence, record) = facts(&site).tampering.unwrap();
    assert_eq!(evidence, Evidence::DocumentAltered);
    let shown = &site.ledger[usize::try_from(record).unwrap() - 1];
    assert_eq!(shown.event.name(), "DocumentRefused");
    site.restart(&[]);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
    site.order(&vendor::order(&ordered("wb-1", 2, resume())));
    site.seat(&mut app, "cad");
}

#[test]
fn where_the_licence_only_reports_tampering_nothing_is_suspended() {
    let mut site = Site::licensed(&cad());
    let from = site.ledger.len();
    altered(&mut site);
    assert_eq!(site.events(from), ["DocumentRefused"]);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
}

#[test]
fn a_clock_that_is_set_back_and_a_fork_are_evidence() {
    let mut site = Site::licensed(&watchful());
    site.now.civil_ms.0 -= DAY * 1000;
    site.later(1_000);
    assert_eq!(facts(&site).tampering.unwrap().0, Evidence::ClockSetBack);
    let mut site = Site::licensed(&watchful());
    site.send(Command::Note {
        event: Event::ForkFound {},
    });
    assert_eq!(facts(&site).tampering.unwrap().0, Evidence::LedgerForked);
}

#[test]
fn the_first_grant_accepts_the_software() {
    let mut site = Site::licensed(&delivered());
    let mut app = site.open(1, 100);
    assert_eq!(facts(&site).accepted, None);
    site.seat(&mut app, "cad");
    assert_eq!(facts(&site).accepted, Some(AcceptedBy::Use));
    let from = site.ledger.len();
    site.seat(&mut app, "cad");
    assert!(!site.events(from).contains(&"SoftwareAccepted"));
}

#[test]
fn silence_accepts_and_reserves_keep_it_from_doing_so() {
    let mut silent = Site::licensed(&delivered());
    days(&mut silent, 5);
    assert_eq!(facts(&silent).accepted, Some(AcceptedBy::Silence));
    let mut late = Site::licensed(&delivered());
    let reserves = Declaration::Reserves { text: None };
    assert_eq!(declare(&mut late, reserves), Outcome::Done);
    days(&mut late, 6);
    let mut app = late.open(1, 100);
    late.seat(&mut app, "cad");
    assert_eq!(facts(&late).accepted, None);
    let refusal = refused(declare(&mut silent, reserves));
    assert_eq!(refusal.code, RefusalCode::EvaluationOver);
}

#[test]
fn grants_do_not_stop_at_the_end_of_an_evaluation() {
    let mut site = Site::licensed(&evaluated(TODAY + 30 * DAY));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    assert_eq!(facts(&site).accepted, None, "used under evaluation");
    days(&mut site, 31);
    assert_eq!(site.in_use("cad"), 1);
    site.seat(&mut app, "cad");
    assert_eq!(facts(&site).accepted, Some(AcceptedBy::Silence));
}

#[test]
fn the_client_ends_the_licence_at_will_within_the_evaluation_and_not_behind_it() {
    let mut site = Site::licensed(&evaluated(TODAY + 30 * DAY));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    assert_eq!(declare(&mut site, Declaration::Ended), Outcome::Done);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceTerminated);
    assert_eq!(
        declare(&mut site, Declaration::Ended),
        Outcome::AlreadyInstalled
    );
    let mut late = Site::licensed(&evaluated(TODAY + 30 * DAY));
    days(&mut late, 30);
    let refusal = refused(declare(&mut late, Declaration::Ended));
    assert_eq!(refusal.code, RefusalCode::EvaluationOver);
}

#[test]
fn an_evaluation_that_is_asked_for_twice_is_given_once() {
    let mut site = Site::licensed(&evaluated(TODAY + 30 * DAY));
    days(&mut site, 31);
    let again = reissued(&evaluated(TODAY + 90 * DAY), 2, 2);
    site.install(&vendor::licence(&again));
    let refusal = refused(declare(&mut site, Declaration::Ended));
    assert_eq!(refusal.code, RefusalCode::EvaluationOver);
}

#[test]
fn after_the_end_of_use_was_declared_nothing_is_granted_whatever_is_ordered() {
    let mut site = Site::licensed(&delivered());
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let wrong = Declaration::EndOfUse(EndOfUseChoice::Returned);
    assert_eq!(
        refused(declare(&mut site, wrong)).code,
        RefusalCode::ChoiceNotOffered
    );
    let right = Declaration::EndOfUse(EndOfUseChoice::Destroyed);
    assert_eq!(declare(&mut site, right), Outcome::Done);
    assert_eq!(site.in_use("cad"), 0);
    site.order(&vendor::order(&ordered("wb-1", 2, resume())));
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::UseEnded);
}

#[test]
fn an_escrow_release_keeps_a_licence_alive_for_its_whole_term() {
    let mut site = Site::new();
    let licence = escrowed(&mut site);
    let release = vendor::release(&licence, "escrow", "2026.1");
    assert_eq!(site.release_by_escrow(&release), Outcome::Installed);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    days(&mut site, 100);
    assert_eq!(site.in_use("cad"), 1);
    site.restart(&[]);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let mut newer = site.open_as(caller(2, 200), Some("2027.1"));
    assert_eq!(
        site.code(&mut newer, "cad"),
        RefusalCode::VersionNotCovered,
        "only versions held are released"
    );
    days(&mut site, 270);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}

#[test]
fn without_a_release_a_licence_that_nobody_renews_stops() {
    let mut site = Site::new();
    escrowed(&mut site);
    days(&mut site, 21);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}

#[test]
fn a_release_by_a_key_that_the_licence_in_force_does_not_name_is_refused() {
    let mut site = Site::new();
    escrowed(&mut site);
    let stranger = vendor::licence(&message::Licence {
        escrow_key: public("stranger").as_bytes().to_vec(),
        ..cad()
    });
    let refusal = refused(site.release_by_escrow(&vendor::release(&stranger, "stranger", "")));
    assert_eq!(refusal.code, RefusalCode::DocumentNotForThisDaemon);
}
