//! When support is open, for whom and for what: hours and holidays of each contract.

use jiff::Zoned;
use octroi_licence::CivilSeconds;

use super::{apex_timing, boost_my_mail, kimple, thegreenbow, zenlocassur};
use crate::stage::Contract;

/// Whether a level of support is open in Paris at a local time of 2027, for a fault of this severity.
fn open(contract: &Contract, level: u32, severity: Option<&str>, local: &str) -> bool {
    let support = contract.vendor.licence().support.clone().unwrap();
    let level = support.levels.iter().find(|one| one.level == level);
    let at: Zoned = format!("2027-{local}[Europe/Paris]").parse().unwrap();
    let at = CivilSeconds(at.timestamp().as_second());
    support.is_open(level.unwrap(), severity, at)
}

const MONDAY_MORNING: &str = "05-10T09:00";
const SATURDAY: &str = "05-15T10:00";
const WHIT_MONDAY: &str = "05-17T10:00";
const NATIONAL_DAY: &str = "07-14T10:00"; // a Wednesday

#[test]
fn support_z_office_hours_of_metropolitan_france() {
    let contract = zenlocassur();
    assert!(open(&contract, 1, None, MONDAY_MORNING));
    assert!(open(&contract, 1, None, "05-10T16:59"));
    for closed in [
        "05-10T08:59",
        "05-10T17:00",
        SATURDAY,
        WHIT_MONDAY,
        NATIONAL_DAY,
    ] {
        assert!(!open(&contract, 1, None, closed), "{closed}");
    }
}

#[test]
fn support_a_later_and_on_holidays_for_blocking_faults_only_and_whit_monday_is_a_working_day() {
    let contract = apex_timing();
    for local in [MONDAY_MORNING, "05-10T17:59", WHIT_MONDAY] {
        assert!(open(&contract, 1, Some("other"), local), "{local}");
    }
    for local in ["05-10T21:59", SATURDAY, NATIONAL_DAY] {
        assert!(!open(&contract, 1, Some("other"), local), "{local}");
        assert!(open(&contract, 1, Some("blocking"), local), "{local}");
    }
    for local in ["05-10T22:00", "05-15T08:59", "07-14T22:00"] {
        assert!(!open(&contract, 1, Some("blocking"), local), "{local}");
    }
}

#[test]
fn support_k_states_none() {
    assert!(kimple().vendor.licence().support.is_none());
}

#[test]
fn support_b_mornings_and_afternoons_of_business_days_for_administrators() {
    let contract = boost_my_mail();
    for local in [MONDAY_MORNING, "05-10T11:59", "05-10T14:00", "05-10T17:59"] {
        assert!(open(&contract, 1, None, local), "{local}");
    }
    for closed in [
        "05-10T12:00",
        "05-10T13:59",
        "05-10T18:00",
        SATURDAY,
        NATIONAL_DAY,
    ] {
        assert!(!open(&contract, 1, None, closed), "{closed}");
    }
    let support = contract.vendor.licence().support.clone().unwrap();
    assert!(support.levels.iter().all(|level| level.administrators_only));
}

#[test]
fn support_t_level_1_always_levels_2_and_3_in_office_hours_for_administrators() {
    let contract = thegreenbow();
    for local in [MONDAY_MORNING, "05-10T03:00", SATURDAY, NATIONAL_DAY] {
        assert!(open(&contract, 1, None, local), "{local}");
    }
    for level in [2, 3] {
        assert!(open(&contract, level, None, MONDAY_MORNING));
        for closed in ["05-10T17:00", SATURDAY, NATIONAL_DAY] {
            assert!(!open(&contract, level, None, closed), "{closed}");
        }
    }
    let support = contract.vendor.licence().support.clone().unwrap();
    let restricted = |level: u32| {
        let mut levels = support.levels.iter();
        levels.any(|one| one.level == level && one.administrators_only)
    };
    assert!(!restricted(1) && restricted(2) && restricted(3));
}
