//! A licence that asks for reports, while its certificate runs out.

use octroi_engine::{Outcome, RefusalCode};
use octroi_licence::message;

use crate::support::{
    Site,
    vendor::{self, DAY, TODAY, feature, terms},
};

const DAY_MS: u64 = 86_400_000;

#[test]
fn overdue_reports_leave_held_seats_and_grant_no_others() {
    let mut licence = terms("wb-1", vec![feature("cad", 5)]);
    licence.reporting = Some(message::Reporting {
        interval_days: 30,
        warn_days: 1,
        degrade_days: 7,
        stop_days: 14,
        ..Default::default()
    });
    let licence = vendor::licence(&licence);
    let mut certificate = vendor::activation(&licence);
    certificate.valid_until_s = TODAY + 44 * DAY;
    let mut site = Site::new();
    assert_eq!(site.install(&licence), Outcome::Installed);
    let certificate = vendor::certificate(&certificate);
    assert_eq!(site.certify(&certificate), Outcome::Installed);
    let mut app = site.open(1, 100);
    site.later(37 * DAY_MS - 1_000);
    site.seat(&mut app, "cad");
    site.later(1_000);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::ReportOverdue);
    assert_eq!(site.in_use("cad"), 1);
    site.later(7 * DAY_MS);
    assert_eq!(site.in_use("cad"), 0, "the certificate has ended");
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}
