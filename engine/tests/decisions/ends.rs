//! Ends: what is told before, what is lost then, what stays for export (clauses Z9, K7, T9).

use octroi_engine::{Notice, Outcome, RefusalCode, SeatEnd};
use octroi_licence::{CivilSeconds, message};

use crate::support::{
    Site,
    site::id,
    vendor::{self, DAY, TODAY, feature, ordered, terminate, terms},
};

const END: i64 = TODAY + 10 * DAY;

fn ending() -> message::Licence {
    let mut ending = terms("wb-1", vec![feature("cad", 2), feature("export", 2)]);
    ending.term.as_mut().unwrap().ends_at_s = END;
    ending
}

fn exporting() -> message::Licence {
    message::Licence {
        post_term: Some(message::PostTerm {
            export_days: 45,
            features: vec!["export".to_owned()],
        }),
        ..ending()
    }
}

fn noticed() -> message::Licence {
    message::Licence {
        end_notice_s: 3_600,
        ..ending()
    }
}

fn days(site: &mut Site, days: i64) {
    site.later(u64::try_from(days * DAY * 1000).unwrap());
}

fn told(ends_at: i64, notices: &[Notice]) -> bool {
    notices.contains(&Notice::LicenceEnding {
        licence: id("wb-1"),
        feature: None,
        ends_at: CivilSeconds(ends_at),
    })
}

#[test]
fn the_right_ends_at_the_term_without_any_document() {
    let mut site = Site::licensed(&ending());
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    days(&mut site, 10);
    assert_eq!(
        site.told(&app),
        [Notice::SeatEnded {
            seat,
            cause: SeatEnd::LicenceEnded
        }]
    );
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}

#[test]
fn holders_are_told_before_the_end_and_lose_their_seats_at_it() {
    let mut site = Site::licensed(&noticed());
    let mut app = site.open(1, 100);
    let idle = site.open(2, 200);
    site.seat(&mut app, "cad");
    site.later(u64::try_from((10 * DAY - 3_601) * 1000).unwrap());
    assert!(site.told(&app).is_empty());
    site.later(1_000);
    assert!(told(END, &site.told(&app)));
    assert!(
        site.told(&idle).is_empty(),
        "whoever holds nothing is not told"
    );
    site.later(3_599_000);
    assert_eq!(site.in_use("cad"), 1);
    site.later(1_000);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_termination_at_once_leaves_holders_the_notices_time_and_grants_nothing() {
    let mut site = Site::licensed(&noticed());
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let order = vendor::order(&ordered("wb-1", 2, terminate()));
    assert_eq!(site.order(&order), Outcome::Installed);
    assert!(told(TODAY + 3_600, &site.told(&app)));
    assert_eq!(site.in_use("cad"), 1);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceTerminated);
    site.restart(&[&app]);
    site.resume(&mut app);
    site.later(3_599_000);
    assert_eq!(site.in_use("cad"), 1);
    site.later(1_000);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_termination_whose_date_is_known_takes_the_seats_at_its_date() {
    let mut site = Site::licensed(&noticed());
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let mut order = ordered("wb-1", 2, terminate());
    order.effective_at_s = TODAY + 2 * DAY;
    site.order(&vendor::order(&order));
    site.later(u64::try_from((2 * DAY - 3_600) * 1000).unwrap());
    assert!(told(TODAY + 2 * DAY, &site.told(&app)));
    site.later(3_600_000);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_suspension_waits_for_no_notice() {
    let mut site = Site::licensed(&noticed());
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.order(&vendor::order(&ordered("wb-1", 2, vendor::suspend())));
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn after_the_term_only_what_exports_is_granted_and_only_for_its_days() {
    let mut site = Site::licensed(&exporting());
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.seat(&mut app, "export");
    days(&mut site, 10);
    assert_eq!((site.in_use("cad"), site.in_use("export")), (0, 1));
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
    let grant = site.seat(&mut app, "export");
    let until = CivilSeconds(END + 45 * DAY);
    assert_eq!(grant.ends_at, Some(until));
    let shown = &site.engine.licences()[0].life;
    assert_eq!(shown.export_until, Some(until));
    days(&mut site, 45);
    assert_eq!(site.in_use("export"), 0);
    assert_eq!(site.code(&mut app, "export"), RefusalCode::LicenceExpired);
    assert_eq!(site.engine.licences()[0].life.export_until, None);
}

#[test]
fn after_a_termination_what_exports_is_granted_too() {
    let mut site = Site::licensed(&exporting());
    let mut app = site.open(1, 100);
    site.seat(&mut app, "export");
    site.order(&vendor::order(&ordered("wb-1", 2, terminate())));
    assert_eq!(site.in_use("export"), 1);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceTerminated);
    days(&mut site, 44);
    site.seat(&mut app, "export");
    days(&mut site, 1);
    assert_eq!(site.in_use("export"), 0);
}

#[test]
fn a_suspended_licence_exports_nothing() {
    let mut site = Site::licensed(&exporting());
    site.order(&vendor::order(&ordered("wb-1", 2, vendor::suspend())));
    days(&mut site, 11);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "export"), RefusalCode::Suspended);
}

#[test]
fn a_certificate_that_lasted_to_the_end_does_not_keep_from_exporting() {
    let mut site = Site::new();
    let licence = vendor::licence(&exporting());
    site.install(&licence);
    let mut activation = vendor::activation(&licence);
    activation.valid_until_s = END;
    site.certify(&vendor::certificate(&activation));
    days(&mut site, 11);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "export");
}

#[test]
fn a_renewal_by_order_closes_the_window_for_export() {
    let mut site = Site::licensed(&exporting());
    days(&mut site, 11);
    let ends_at_s = END + 100 * DAY;
    let kind = message::order::Kind::Renew(message::Renew { ends_at_s });
    site.order(&vendor::order(&ordered("wb-1", 2, kind)));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    assert_eq!(site.engine.licences()[0].life.export_until, None);
}

#[test]
fn the_window_for_export_stays_after_a_restart() {
    let mut site = Site::licensed(&exporting());
    days(&mut site, 11);
    site.restart(&[]);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "export");
}
