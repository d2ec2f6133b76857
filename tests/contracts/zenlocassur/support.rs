//! Support hours.

use jiff::{Timestamp, tz::TimeZone};
use octroi_licence::CivilSeconds;
use octroi_vendor::{
    calendar::{HolidayLists, SupportHours},
    order::Template,
};

use crate::stage::Site;

#[test]
fn z21_the_administrator_sees_whether_support_is_open() -> anyhow::Result<()> {
    let site = Site::signed(Template::Zenlocassur, &[])?;
    // The vendor's calendar, which the client's machine does not have, comes to the same.
    let holidays = HolidayLists::shipped().get("fr").unwrap().clone();
    let hours = ["Mon-Fri 09:00-17:00".to_owned()];
    let hours = SupportHours::read(TimeZone::get("Europe/Paris")?, holidays, &hours).unwrap();
    let next = || {
        let now = CivilSeconds(Timestamp::now().as_second());
        let opens = hours.opens_at(now).unwrap();
        if opens == now { 0 } else { opens.0 }
    };
    // Support may open or close between the question and its answer.
    let before = next();
    let level = site.status()?["support"][0].clone();
    let expected = [before, next()];
    assert_eq!(level["level"], 1);
    let opens = match level["opens_at"].as_str() {
        Some(at) => at.parse::<Timestamp>()?.as_second(),
        None => 0,
    };
    assert!(expected.contains(&opens), "{level} {expected:?}");
    assert_eq!(level["open"], opens == 0, "{level}");
    Ok(())
}
