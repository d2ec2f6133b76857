//! Amendments: what changes a licence for good, when, and with whose acceptance (clauses A5, A19, Z16).

use octroi_engine::{Command, DocumentCode, Outcome, RefusalCode};
use octroi_licence::{CivilSeconds, DocumentDigest, message};

use crate::support::{
    Site,
    site::{ADMINISTRATOR, id, refused},
    vendor::{
        self, DAY, TODAY, amending, amendment, feature, ordered, reissued, resume, suspend, terms,
    },
};

fn cad(count: u32) -> message::Licence {
    terms("wb-1", vec![feature("cad", count)])
}

fn with_render() -> message::Licence {
    terms("wb-1", vec![feature("cad", 2), feature("render", 1)])
}

fn base(site: &Site) -> DocumentDigest {
    site.engine.licences()[0].digest
}

fn accept(site: &mut Site, digest: DocumentDigest) -> Outcome {
    site.outcome(Command::AcceptDocument {
        digest,
        actor: ADMINISTRATOR,
    })
}

fn days(site: &mut Site, days: i64) {
    site.later(u64::try_from(days * DAY * 1000).unwrap());
}

fn limit(site: &Site, feature: &str) -> u32 {
    let features = site.engine.features();
    let found = features.iter().find(|one| one.feature.as_str() == feature);
    found.map_or(0, |one| one.licensed)
}

/// Every kind of record about amendments; committed as a golden ledger.
pub(crate) fn history() -> Site {
    let mut site = Site::new();
    let licence = vendor::licence(&cad(2));
    let mut early = amending(licence.digest(), cad(3), 2);
    early.countersign_required = true;
    let early = amendment(&early);
    site.amend(&early);
    site.activate(&cad(2));
    accept(&mut site, early.digest());
    let mut dated = amending(early.digest(), with_render(), 3);
    dated.effective_at_s = TODAY + 5 * DAY;
    site.amend(&amendment(&dated));
    site.amend(&amendment(&amending(early.digest(), cad(9), 4)));
    days(&mut site, 6);
    site.amend(&amendment(&amending(
        DocumentDigest::from_bytes([7; 32]),
        terms("wb-7", vec![feature("cad", 1)]),
        2,
    )));
    site
}

#[test]
fn an_amendment_adds_a_module_and_takes_no_seat_from_anybody() {
    let mut site = Site::licensed(&cad(2));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let change = amendment(&amending(base(&site), with_render(), 2));
    assert_eq!(site.amend(&change), Outcome::Installed);
    assert_eq!(site.in_use("cad"), 1);
    assert_eq!(limit(&site, "render"), 1);
    assert_eq!(site.code(&mut app, "render"), RefusalCode::NoShareLeft);
    let documents = site.engine.documents(&id("wb-1")).unwrap();
    assert_eq!(documents.licence.digest(), change.digest());
    assert_eq!(documents.amendment.unwrap().digest(), change.digest());
    let mut activation = vendor::activation(&documents.licence);
    activation.certificate_number = 2;
    site.certify(&vendor::certificate(&activation));
    site.seat(&mut app, "render");
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn a_seat_that_an_amendment_leaves_no_room_for_is_lost() {
    let mut site = Site::licensed(&cad(2));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.seat(&mut app, "cad");
    site.amend(&amendment(&amending(base(&site), cad(1), 2)));
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn an_amendment_does_nothing_before_its_date_and_is_shown_until_then() {
    let mut site = Site::licensed(&cad(2));
    let mut dated = amending(base(&site), cad(5), 2);
    dated.effective_at_s = TODAY + 3 * DAY;
    assert_eq!(site.amend(&amendment(&dated)), Outcome::Installed);
    let shown = &site.engine.licences()[0].amendments[0];
    assert_eq!(shown.effective_at, Some(CivilSeconds(TODAY + 3 * DAY)));
    assert_eq!(shown.amendment.changes, ["more seats"]);
    assert_eq!(limit(&site, "cad"), 2);
    site.restart(&[]);
    days(&mut site, 3);
    assert_eq!(limit(&site, "cad"), 5);
    assert!(site.engine.licences()[0].amendments.is_empty());
    site.restart(&[]);
    assert_eq!(limit(&site, "cad"), 5);
}

#[test]
fn where_the_contract_asks_for_it_an_amendment_waits_for_acceptance() {
    let mut site = Site::licensed(&message::Licence {
        countersign_required: true,
        ..cad(2)
    });
    let change = amendment(&amending(base(&site), cad(5), 2));
    assert_eq!(site.amend(&change), Outcome::AwaitsAcceptance);
    assert!(site.engine.licences()[0].amendments[0].awaits_acceptance);
    days(&mut site, 30);
    assert_eq!(limit(&site, "cad"), 2);
    // The vendor's next word is not held up.
    site.order(&vendor::order(&ordered("wb-1", 3, suspend())));
    site.order(&vendor::order(&ordered("wb-1", 4, resume())));
    assert_eq!(accept(&mut site, change.digest()), Outcome::Installed);
    assert_eq!(limit(&site, "cad"), 5);
    assert_eq!(
        accept(&mut site, change.digest()),
        Outcome::AlreadyInstalled
    );
}

#[test]
fn an_accepted_amendment_still_waits_for_its_date() {
    let mut site = Site::licensed(&cad(2));
    let mut change = amending(base(&site), cad(5), 2);
    change.countersign_required = true;
    change.effective_at_s = TODAY + 3 * DAY;
    let change = amendment(&change);
    assert_eq!(site.amend(&change), Outcome::AwaitsAcceptance);
    accept(&mut site, change.digest());
    assert_eq!(limit(&site, "cad"), 2);
    days(&mut site, 3);
    assert_eq!(limit(&site, "cad"), 5);
}

#[test]
fn nothing_is_accepted_that_does_not_wait() {
    let mut site = Site::licensed(&cad(2));
    let refusal = refused(accept(&mut site, DocumentDigest::from_bytes([1; 32])));
    assert_eq!(refusal.code, RefusalCode::NothingToAccept);
}

#[test]
fn an_amendment_before_its_licence_waits_for_it() {
    let mut site = Site::new();
    let licence = vendor::licence(&cad(2));
    let change = amendment(&amending(licence.digest(), cad(5), 2));
    assert_eq!(site.amend(&change), Outcome::Pending { expected: 1 });
    assert_eq!(site.amend(&change), Outcome::Pending { expected: 1 });
    let waiting = site.engine.pending_without_licence();
    assert_eq!(waiting[0].0, id("wb-1"));
    assert_eq!(waiting[0].1.document, DocumentCode::Amendment);
    site.restart(&[]);
    site.activate(&cad(2));
    assert_eq!(limit(&site, "cad"), 5);
    assert!(site.engine.pending_without_licence().is_empty());
}

#[test]
fn of_two_amendments_with_one_number_the_second_is_refused() {
    let mut site = Site::new();
    let licence = vendor::licence(&cad(2));
    let change = |count| amendment(&amending(licence.digest(), cad(count), 2));
    site.amend(&change(5));
    let early = refused(site.amend(&change(6)));
    assert_eq!(early.code, RefusalCode::DocumentSequenceOld);
    site.activate(&cad(2));
    let late = refused(site.amend(&change(7)));
    assert_eq!(late.code, RefusalCode::DocumentSequenceOld);
    assert_eq!(limit(&site, "cad"), 5);
}

#[test]
fn an_amendment_of_another_text_client_or_serial_is_refused_and_takes_no_number() {
    let mut site = Site::licensed(&cad(2));
    let digest = base(&site);
    let stranger = DocumentDigest::from_bytes([9; 32]);
    let another_client = message::Licence {
        client_id: "C-2".to_owned(),
        ..cad(5)
    };
    let another_serial = message::Licence {
        serial: 2,
        ..cad(5)
    };
    for wrong in [
        amending(stranger, cad(5), 2),
        amending(digest, another_client, 2),
        amending(digest, another_serial, 2),
    ] {
        let refusal = refused(site.amend(&amendment(&wrong)));
        assert_eq!(refusal.code, RefusalCode::DocumentNotForThisDaemon);
    }
    let right = amendment(&amending(digest, cad(5), 2));
    assert_eq!(site.amend(&right), Outcome::Installed);
}

#[test]
fn a_serial_for_another_client_is_refused() {
    let mut site = Site::licensed(&cad(2));
    let mut serial = reissued(&cad(2), 2, 2);
    serial.client_id = "C-2".to_owned();
    let refusal = refused(site.install(&vendor::licence(&serial)));
    assert_eq!(refusal.code, RefusalCode::DocumentNotForThisDaemon);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("C-1", "C-2")
    );
}

#[test]
fn each_amendment_changes_the_one_before_it() {
    let mut site = Site::licensed(&cad(2));
    let mut first = amending(base(&site), cad(3), 2);
    first.effective_at_s = TODAY + DAY;
    let first = amendment(&first);
    site.amend(&first);
    let second = amendment(&amending(first.digest(), cad(4), 3));
    assert_eq!(site.amend(&second), Outcome::Installed);
    assert_eq!(limit(&site, "cad"), 2, "not before the one that it changes");
    days(&mut site, 1);
    assert_eq!(limit(&site, "cad"), 4);
}

#[test]
fn a_new_serial_does_away_with_amendments_before_it() {
    let mut site = Site::licensed(&cad(2));
    let mut dated = amending(base(&site), cad(9), 2);
    dated.effective_at_s = TODAY + DAY;
    site.amend(&amendment(&dated));
    site.install(&vendor::licence(&reissued(&cad(3), 2, 3)));
    days(&mut site, 2);
    assert_eq!(limit(&site, "cad"), 3);
}

#[test]
fn a_fixed_term_becomes_perpetual_by_amendment() {
    let mut site = Site::licensed(&cad(2));
    let mut perpetual = cad(2);
    perpetual.term.as_mut().unwrap().ends_at_s = 0;
    site.amend(&amendment(&amending(base(&site), perpetual, 2)));
    days(&mut site, 1_000);
    let mut app = site.open(1, 100);
    assert_eq!(site.seat(&mut app, "cad").ends_at, None);
}

#[test]
fn an_amendment_that_a_clock_ahead_put_in_force_is_out_of_force_with_the_clock() {
    let mut site = Site::licensed(&cad(2));
    let mut dated = amending(base(&site), cad(5), 2);
    dated.effective_at_s = TODAY + 3 * DAY;
    site.amend(&amendment(&dated));
    site.now.civil_ms.0 += 10 * DAY * 1000;
    site.later(1_000);
    assert_eq!(limit(&site, "cad"), 5);
    site.now.civil_ms.0 -= 10 * DAY * 1000;
    site.later(1_000);
    assert_eq!(limit(&site, "cad"), 2);
    days(&mut site, 3);
    assert_eq!(limit(&site, "cad"), 5);
}
