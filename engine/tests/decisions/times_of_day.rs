//! Allowed times of day (clause A15), in the zone of the site.

use octroi_engine::RefusalCode;
use octroi_licence::{CivilMillis, message, message::WindowUnit};

use crate::support::{
    Site,
    site::{refused, waits},
    usage::{consumed, daily, metered, paris},
    vendor::{DAY, TODAY, feature, terms},
};

const HOUR: i64 = 3_600;
/// 8:00 in Paris in summer.
const OPENS: i64 = TODAY + 6 * HOUR;
/// 21:00.
const CLOSES: i64 = TODAY + 19 * HOUR;

fn site() -> Site {
    let mut mail = metered("mail", &[(WindowUnit::Day, 100)]);
    mail.allowed_times = vec![daily(8, 21)];
    let mut cad = feature("cad", 1);
    cad.allowed_times = vec![daily(8, 21)];
    let mut licence = terms("wb-1", vec![mail, cad]);
    licence.zone = Some(paris());
    licence.term = None;
    Site::licensed(&licence)
}

#[test]
fn outside_its_times_a_feature_is_refused_with_when_it_opens() {
    let mut site = site();
    let mut app = site.open(1, 100);
    for refusal in [
        site.refusal(&mut app, "cad"),
        refused(site.consume(&mut app, "mail", 1)),
    ] {
        assert_eq!(refusal.code, RefusalCode::OutsideAllowedTimes);
        assert_eq!(refusal.may_change_at, Some(CivilMillis(OPENS * 1000)));
        assert_eq!(refusal.expected, OPENS.to_string());
    }
    assert_eq!(
        site.engine.meters(site.now.civil_ms)[0].opens_at.unwrap().0,
        OPENS
    );
    site.until(OPENS);
    site.seat(&mut app, "cad");
    consumed(&site.consume(&mut app, "mail", 1));
}

#[test]
fn seats_stay_when_the_time_is_over_and_nothing_more_is_consumed() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.until(CLOSES - 1);
    site.seat(&mut app, "cad");
    consumed(&site.consume(&mut app, "mail", 1));
    site.until(CLOSES);
    assert_eq!(site.in_use("cad"), 1);
    let refusal = refused(site.consume(&mut app, "mail", 1));
    assert_eq!(refusal.code, RefusalCode::OutsideAllowedTimes);
    assert_eq!(
        refusal.may_change_at,
        Some(CivilMillis((OPENS + DAY) * 1000))
    );
}

#[test]
fn on_days_on_which_the_clocks_change_it_opens_by_the_clock_on_the_wall() {
    let mut site = site();
    let mut app = site.open(1, 100);
    // Midnight in UTC of 2026-10-25 and 2027-03-28: 8:00 is 7:00 and 6:00 in UTC.
    for (midnight, opens) in [(1_792_886_400, 7), (1_806_192_000, 6)] {
        site.until(midnight);
        let refusal = site.refusal(&mut app, "cad");
        let opens = midnight + opens * HOUR;
        assert_eq!(refusal.may_change_at, Some(CivilMillis(opens * 1000)));
        site.until(opens - 1);
        assert_eq!(site.code(&mut app, "cad"), RefusalCode::OutsideAllowedTimes);
        site.until(opens);
        let seat = site.seat(&mut app, "cad").seat;
        site.release(&mut app, seat);
    }
}

#[test]
fn whoever_waits_over_the_night_is_served_when_it_opens() {
    let mut site = site();
    let (mut holder, mut waiting) = (site.open(1, 100), site.open(2, 200));
    site.until(CLOSES - 60);
    let seat = site.seat(&mut holder, "cad").seat;
    waits(site.checkout_waiting(&mut waiting, "cad", 1, u32::MAX));
    site.until(CLOSES);
    site.release(&mut holder, seat);
    assert_eq!(site.in_use("cad"), 0, "it is closed");
    let deadline = site.engine.next_deadline().unwrap();
    assert_eq!(deadline.civil_ms, Some(CivilMillis((OPENS + DAY) * 1000)));
    site.until(OPENS + DAY);
    assert_eq!(site.engine.grants_of(waiting.session).len(), 1);
}

#[test]
fn a_sites_own_zone_counts_before_the_licences() {
    let mut licence = terms("wb-1", vec![feature("cad", 1)]);
    licence.features[0].allowed_times = vec![daily(8, 21)];
    licence.zone = Some(paris());
    licence.sites = vec![message::Site {
        id: "tokyo".to_owned(),
        zone: Some(message::Zone {
            posix: "JST-9".to_owned(),
            iana: "Asia/Tokyo".to_owned(),
        }),
        ..message::Site::default()
    }];
    let mut site = Site::licensed(&licence);
    let mut app = site.open(1, 100);
    // 00:00 in UTC is 9:00 in Tokyo.
    site.seat(&mut app, "cad");
}
