//! Documents that arrive: in their sequence, too early, too late, for somebody else.

use octroi_engine::{
    Command, DocumentCode, Engine, Grant, Notice, Outcome, Policy, RefusalCode, SeatEnd,
};
use octroi_licence::{CivilSeconds, DocumentDigest, message};

use crate::support::{
    Site,
    site::{granted, refused},
    vendor::{self, DAY, TODAY, feature, ordered, reissued, resume, revocations, suspend, terms},
};

fn cad(count: u32) -> message::Licence {
    terms("wb-1", vec![feature("cad", count)])
}

fn code(outcome: Outcome) -> RefusalCode {
    refused(outcome).code
}

#[test]
fn the_first_document_of_a_licence_may_have_any_number() {
    let mut site = Site::new();
    let licence = vendor::licence(&reissued(&cad(1), 3, 7));
    assert_eq!(site.install(&licence), Outcome::Installed);
    assert_eq!(site.engine.licences()[0].sequence, 7);
}

#[test]
fn the_same_document_again_changes_nothing() {
    let mut site = Site::new();
    let licence = site.activate(&cad(1));
    let certificate = vendor::certificate(&vendor::activation(&licence));
    let before = site.ledger.len();
    assert_eq!(site.install(&licence), Outcome::AlreadyInstalled);
    assert_eq!(site.certify(&certificate), Outcome::AlreadyInstalled);
    assert_eq!(site.ledger.len(), before);
}

#[test]
fn an_older_document_is_refused_and_recorded() {
    let mut site = Site::new();
    site.install(&vendor::licence(&reissued(&cad(1), 3, 7)));
    let from = site.ledger.len();
    let refusal = refused(site.install(&vendor::licence(&cad(9))));
    assert_eq!(refusal.code, RefusalCode::DocumentSequenceOld);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("8", "1")
    );
    assert_eq!(site.events(from), ["DocumentRefused"]);
}

#[test]
fn of_two_documents_with_one_number_the_second_is_refused() {
    let mut site = Site::licensed(&cad(1));
    let other = vendor::licence(&cad(2));
    assert_eq!(code(site.install(&other)), RefusalCode::DocumentSequenceOld);
    let early = vendor::licence(&reissued(&cad(2), 2, 3));
    let contradiction = vendor::order(&ordered("wb-1", 3, suspend()));
    assert_eq!(site.install(&early), Outcome::Pending { expected: 2 });
    assert_eq!(
        code(site.order(&contradiction)),
        RefusalCode::DocumentSequenceOld
    );
}

#[test]
fn documents_that_came_too_early_follow_by_themselves() {
    let mut site = Site::licensed(&cad(1));
    let suspension = vendor::order(&ordered("wb-1", 2, suspend()));
    let resumption = vendor::order(&ordered("wb-1", 3, resume()));
    let serial = vendor::licence(&reissued(&cad(3), 2, 4));
    assert_eq!(site.install(&serial), Outcome::Pending { expected: 2 });
    assert_eq!(site.order(&resumption), Outcome::Pending { expected: 2 });
    assert_eq!(site.install(&serial), Outcome::Pending { expected: 2 });
    let view = &site.engine.licences()[0];
    assert_eq!((view.serial, view.sequence), (1, 1));
    let waiting: Vec<_> = view
        .pending
        .iter()
        .map(|one| (one.document, one.sequence))
        .collect();
    assert_eq!(
        waiting,
        [(DocumentCode::Order, 3), (DocumentCode::Licence, 4)]
    );
    let from = site.ledger.len();
    assert_eq!(site.order(&suspension), Outcome::Installed);
    assert_eq!(
        site.events(from),
        [
            "OrderInstalled",
            "OrderApplied",
            "OrderInstalled",
            "OrderApplied",
            "LicenceInstalled"
        ]
    );
    let view = &site.engine.licences()[0];
    assert_eq!((view.serial, view.sequence, view.pending.len()), (2, 4, 0));
}

#[test]
fn a_pending_document_follows_after_a_restart_too() {
    let mut site = Site::licensed(&cad(1));
    let serial = vendor::licence(&reissued(&cad(3), 2, 3));
    site.install(&serial);
    site.restart(&[]);
    site.order(&vendor::order(&ordered("wb-1", 2, resume())));
    assert_eq!(site.engine.licences()[0].serial, 2);
}

#[test]
fn a_new_serial_does_not_jump_over_an_order() {
    let mut site = Site::licensed(&cad(1));
    let serial = vendor::licence(&reissued(&cad(3), 2, 3));
    assert_eq!(site.install(&serial), Outcome::Pending { expected: 2 });
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.order(&vendor::order(&ordered("wb-1", 2, suspend())));
    assert_eq!(site.engine.licences()[0].serial, 2);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
}

#[test]
fn only_so_many_documents_are_kept_waiting() {
    let mut site = Site::with(Policy {
        pending_max: 1,
        ..Policy::default()
    });
    site.activate(&cad(1));
    let early = |sequence| vendor::order(&ordered("wb-1", sequence, suspend()));
    assert_eq!(site.order(&early(3)), Outcome::Pending { expected: 2 });
    assert_eq!(
        code(site.order(&early(4))),
        RefusalCode::DocumentSequenceGap
    );
}

#[test]
fn a_serial_that_does_not_rise_is_refused() {
    let mut site = Site::licensed(&cad(1));
    let same = vendor::licence(&reissued(&cad(2), 1, 2));
    assert_eq!(code(site.install(&same)), RefusalCode::DocumentSequenceOld);
    assert_eq!(site.engine.licences()[0].sequence, 1);
}

#[test]
fn a_licence_keeps_its_product() {
    let mut site = Site::licensed(&cad(1));
    let mut other = reissued(&cad(2), 2, 2);
    other.product = "paintbox".to_owned();
    let refusal = refused(site.install(&vendor::licence(&other)));
    assert_eq!(refusal.code, RefusalCode::DocumentNotForThisDaemon);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("workbench", "paintbox")
    );
}

#[test]
fn an_order_or_certificate_before_its_licence_is_refused_with_what_is_missing() {
    let mut site = Site::new();
    let licence = vendor::licence(&cad(1));
    let certificate = vendor::certificate(&vendor::activation(&licence));
    let order = vendor::order(&ordered("wb-1", 1, suspend()));
    for outcome in [site.certify(&certificate), site.order(&order)] {
        let refusal = refused(outcome);
        assert_eq!(refusal.code, RefusalCode::DocumentSequenceGap);
        assert_eq!(refusal.expected, "licence wb-1");
    }
}

#[test]
fn a_certificate_for_another_daemon_is_refused() {
    let mut site = Site::new();
    let licence = vendor::licence(&cad(1));
    site.install(&licence);
    let mut other = vendor::activation(&licence);
    other.daemon_key = vendor::public("another daemon").as_bytes().to_vec();
    let refusal = refused(site.certify(&vendor::certificate(&other)));
    assert_eq!(refusal.code, RefusalCode::DocumentNotForThisDaemon);
    assert_eq!(refusal.found, vendor::public("another daemon").to_string());
}

#[test]
fn a_certificate_for_another_licence_document_is_refused() {
    let mut site = Site::new();
    site.install(&vendor::licence(&cad(1)));
    let stranger = vendor::licence(&cad(2));
    let certificate = vendor::certificate(&vendor::activation(&stranger));
    assert_eq!(
        code(site.certify(&certificate)),
        RefusalCode::DocumentNotForThisDaemon
    );
}

#[test]
fn a_certificates_number_rises() {
    let mut site = Site::new();
    let licence = site.activate(&cad(3));
    let mut again = vendor::activation(&licence);
    again.shares[0].units = 1;
    assert_eq!(
        code(site.certify(&vendor::certificate(&again))),
        RefusalCode::DocumentSequenceOld
    );
    assert_eq!(site.engine.features()[0].share, 3);
}

#[test]
fn a_certificate_that_is_not_in_force_replaces_none_that_is() {
    let mut site = Site::new();
    let licence = site.activate(&cad(3));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let mut early = vendor::activation(&licence);
    early.certificate_number = 2;
    early.valid_from_s = TODAY + DAY;
    let refusal = refused(site.certify(&vendor::certificate(&early)));
    assert_eq!(refusal.code, RefusalCode::CertificateNotInForce);
    assert_eq!(
        refusal.may_change_at,
        Some(CivilSeconds(TODAY + DAY).millis())
    );
    assert_eq!(site.in_use("cad"), 1);
    // Its number was not taken: the same certificate is welcome on its day.
    site.later(86_400_000);
    assert_eq!(
        site.certify(&vendor::certificate(&early)),
        Outcome::Installed
    );
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn a_certificate_that_is_over_replaces_none_that_is_in_force() {
    let mut site = Site::new();
    let licence = site.activate(&cad(3));
    let mut over = vendor::activation(&licence);
    over.certificate_number = 2;
    over.valid_until_s = TODAY - 1;
    let refusal = refused(site.certify(&vendor::certificate(&over)));
    assert_eq!(refusal.code, RefusalCode::CertificateNotInForce);
    assert_eq!(refusal.may_change_at, None);
}

#[test]
fn where_none_is_in_force_a_certificate_may_come_before_its_day() {
    let mut site = Site::new();
    let licence = vendor::licence(&cad(1));
    site.install(&licence);
    let mut early = vendor::activation(&licence);
    early.valid_from_s = TODAY + DAY;
    assert_eq!(
        site.certify(&vendor::certificate(&early)),
        Outcome::Installed
    );
}

#[test]
fn a_certificate_waits_for_the_sequence_number_that_it_assumes() {
    let mut site = Site::licensed(&cad(1));
    let serial = vendor::licence(&reissued(&cad(3), 2, 2));
    let certificate = vendor::certificate(&vendor::activation(&serial));
    assert_eq!(site.certify(&certificate), Outcome::Pending { expected: 2 });
    assert_eq!(site.certify(&certificate), Outcome::Pending { expected: 2 });
    assert_eq!(site.install(&serial), Outcome::Installed);
    assert_eq!(site.engine.features()[0].limit, 3);
}

#[test]
fn a_certificate_of_an_older_serial_serves_the_newer_up_to_its_share() {
    let mut site = Site::new();
    let first = site.activate(&cad(2));
    let mut app = site.open(1, 100);
    let grant = site.seat(&mut app, "cad");
    let mut larger = reissued(&cad(5), 2, 2);
    larger.features.push(feature("render", 1));
    let second = vendor::licence(&larger);
    site.install(&second);
    assert_eq!(
        site.told(&app),
        [Notice::DocumentsChanged {
            licence: grant.licence.clone()
        }]
    );
    assert_eq!(site.engine.features()[0].limit, 2);
    let fresh = site.seat(&mut app, "cad");
    assert_eq!(
        (grant.licence_digest, fresh.licence_digest),
        (first.digest(), second.digest())
    );
    assert_eq!(site.code(&mut app, "render"), RefusalCode::NoShareLeft);
    let view = site.engine.licences()[0].certificate.clone().unwrap();
    assert_eq!(view.licence_digest, first.digest());
}

#[test]
fn a_new_serial_ends_only_what_it_has_no_room_for_newest_first() {
    let mut site = Site::licensed(&cad(3));
    let mut apps: Vec<_> = (1..=3).map(|user| site.open(user, user.into())).collect();
    let seats: Vec<_> = apps
        .iter_mut()
        .map(|app| site.seat(app, "cad").seat)
        .collect();
    site.notices.clear();
    site.install(&vendor::licence(&reissued(&cad(1), 2, 2)));
    let held: Vec<_> = site.engine.seats().map(|seat| seat.seat).collect();
    assert_eq!(held, [seats[0]]);
    for (app, seat) in apps.iter().zip(&seats).skip(1) {
        let ended = Notice::SeatEnded {
            seat: *seat,
            cause: SeatEnd::ShareReduced,
        };
        assert!(site.told(app).contains(&ended));
    }
}

#[test]
fn lingering_seats_make_room_first() {
    let mut lingering = cad(2);
    lingering.features[0].linger_s = 600;
    let mut site = Site::licensed(&lingering);
    let (mut gone, mut stays) = (site.open(1, 1), site.open(2, 2));
    let seat = site.seat(&mut gone, "cad").seat;
    let kept = site.seat(&mut stays, "cad").seat;
    site.release(&mut gone, seat);
    site.install(&vendor::licence(&reissued(&cad(1), 2, 2)));
    assert_eq!(
        site.engine
            .seats()
            .map(|seat| seat.seat)
            .collect::<Vec<_>>(),
        [kept]
    );
}

#[test]
fn a_feature_that_the_new_serial_does_not_name_ends() {
    let mut both = cad(1);
    both.features.push(feature("render", 1));
    let mut site = Site::licensed(&both);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "render");
    let kept = site.seat(&mut app, "cad");
    let newer = vendor::licence(&reissued(&cad(1), 2, 2));
    site.install(&newer);
    // What is leased anew rests on the serial that is shown.
    let kept = Grant {
        licence_digest: newer.digest(),
        ..kept
    };
    assert_eq!(site.engine.grants_of(app.session), [kept]);
    assert_eq!(
        site.code(&mut app, "render"),
        RefusalCode::FeatureNotLicensed
    );
}

#[test]
fn a_larger_serial_serves_those_who_wait() {
    let mut site = Site::new();
    let licence = vendor::licence(&cad(5));
    site.install(&licence);
    let mut part = vendor::activation(&licence);
    part.shares[0].units = 1;
    site.certify(&vendor::certificate(&part));
    let (mut holder, mut app) = (site.open(1, 1), site.open(2, 2));
    site.seat(&mut holder, "cad");
    site.checkout_waiting(&mut app, "cad", 1, 60_000);
    part.certificate_number = 2;
    part.shares[0].units = 2;
    site.certify(&vendor::certificate(&part));
    assert!(
        site.told(&app)
            .iter()
            .any(|notice| matches!(notice, Notice::Granted(_)))
    );
}

#[test]
fn a_revoked_licence_ends_and_a_newer_serial_stands_again() {
    let mut site = Site::licensed(&cad(1));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let list = revocations(1, &[("wb-1", 1), ("wb-9", 1)], &[]);
    assert_eq!(site.revoke_documents(&list), Outcome::Installed);
    assert_eq!(site.revoke_documents(&list), Outcome::AlreadyInstalled);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceRevoked);
    site.install(&vendor::licence(&reissued(&cad(1), 2, 2)));
    site.seat(&mut app, "cad");
}

#[test]
fn a_revoked_serial_that_is_installed_later_grants_nothing() {
    let mut site = Site::new();
    site.revoke_documents(&revocations(1, &[("wb-1", 1)], &[]));
    site.activate(&cad(1));
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceRevoked);
    site.restart(&[]);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceRevoked);
}

#[test]
fn the_newest_revocation_list_replaces_all_older_ones() {
    let mut site = Site::licensed(&cad(1));
    site.revoke_documents(&revocations(2, &[("wb-1", 1)], &[]));
    assert_eq!(
        code(site.revoke_documents(&revocations(1, &[], &[]))),
        RefusalCode::DocumentSequenceOld
    );
    site.revoke_documents(&revocations(3, &[], &[]));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
}

#[test]
fn documents_of_a_revoked_key_stand_only_where_they_are_honoured() {
    let mut site = Site::new();
    let licence = site.activate(&cad(1));
    let mut app = site.open(1, 100);
    site.revoke_documents(&revocations(1, &[], &[("issuing", vec![])]));
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceRevoked);
    let honoured: Vec<DocumentDigest> = vec![licence.digest()];
    site.revoke_documents(&revocations(2, &[], &[("issuing", honoured.clone())]));
    site.seat(&mut app, "cad");
    site.revoke_documents(&revocations(
        3,
        &[],
        &[("issuing", honoured), ("activation", vec![])],
    ));
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceRevoked);
}

#[test]
fn only_documents_that_are_needed_are_asked_for() {
    let mut site = Site::new();
    let first = site.activate(&cad(1));
    let second = site.activate(&reissued(&cad(1), 2, 2));
    let needed = site.engine.documents_needed();
    assert!(needed.contains(&(DocumentCode::Licence, second.digest())));
    assert!(!needed.iter().any(|(_, digest)| *digest == first.digest()));
    assert_eq!(needed.len(), 2);
}

#[test]
fn without_its_documents_a_licence_grants_nothing() {
    let site = Site::licensed(&cad(1));
    let mut engine: Engine = site.replayed(&site.ledger);
    let start = Command::Start {
        version: "0.1.0".to_owned(),
        living: Vec::new(),
    };
    engine.decide(start, site.now);
    let view = &engine.licences()[0];
    assert_eq!((view.product.clone(), view.serial), (None, 1));
    assert_eq!(engine.features(), []);
}

#[test]
fn a_share_that_shrinks_ends_seats_as_a_serial_does() {
    let mut site = Site::new();
    let licence = site.activate(&cad(3));
    let mut app = site.open(1, 100);
    let first = granted(site.checkout(&mut app, "cad", 1)).seat;
    granted(site.checkout(&mut app, "cad", 2));
    let mut less = vendor::activation(&licence);
    less.certificate_number = 2;
    less.shares[0].units = 2;
    site.certify(&vendor::certificate(&less));
    assert_eq!(
        site.engine
            .seats()
            .map(|seat| seat.seat)
            .collect::<Vec<_>>(),
        [first]
    );
}
