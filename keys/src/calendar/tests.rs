//! How delays are counted.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn calendar(holidays: &str) -> Calendar {
    let zone = crate::order::time_zone("Europe/Paris").unwrap();
    Calendar {
        holidays: HolidayLists::shipped().get(holidays).unwrap().clone(),
        ..Calendar::new(zone)
    }
}

fn delay(text: &str) -> Delay {
    text.parse().unwrap()
}

fn last_day(text: &str, event: Date) -> Date {
    calendar("fr").last_day(delay(text), event).unwrap()
}

fn at(text: &str) -> CivilSeconds {
    CivilSeconds(text.parse::<Timestamp>().unwrap().as_second())
}

#[test]
fn the_day_of_the_event_does_not_count() {
    assert_eq!(
        last_day("30 calendar days", date(2026, 3, 1)),
        date(2026, 3, 31)
    );
    assert_eq!(
        last_day("1 business day", date(2026, 3, 2)),
        date(2026, 3, 3)
    );
}

#[test]
fn business_days_leave_out_weekends_and_holidays() {
    // Good Friday 2026 is none in France, Easter Monday is.
    assert_eq!(
        last_day("1 business day", date(2026, 4, 3)),
        date(2026, 4, 7)
    );
    assert_eq!(
        last_day("15 business days", date(2026, 4, 30)),
        date(2026, 5, 27)
    );
}

#[test]
fn working_days_count_saturdays() {
    assert_eq!(
        last_day("1 working day", date(2026, 4, 3)),
        date(2026, 4, 4)
    );
    assert_eq!(
        last_day("30 working days", date(2026, 6, 1)),
        date(2026, 7, 6)
    );
}

#[test]
fn a_month_ends_on_the_day_of_the_same_number_or_on_its_last() {
    assert_eq!(last_day("1 month", date(2026, 1, 31)), date(2026, 2, 28));
    assert_eq!(last_day("1 month", date(2028, 1, 31)), date(2028, 2, 29));
    assert_eq!(last_day("3 months", date(2026, 2, 28)), date(2026, 5, 28));
    assert_eq!(last_day("1 year", date(2028, 2, 29)), date(2029, 2, 28));
}

#[test]
fn a_delay_is_extended_only_where_the_order_says_so() {
    // 30 days from 2 April 2026 end on Saturday 2 May.
    let event = date(2026, 4, 2);
    let days = delay("30 calendar days");
    let mut calendar = calendar("fr");
    assert_eq!(calendar.last_day(days, event), Ok(date(2026, 5, 2)));
    calendar.extension = Extension::NextWorkingDay;
    assert_eq!(calendar.last_day(days, event), Ok(date(2026, 5, 2)));
    calendar.extension = Extension::NextBusinessDay;
    assert_eq!(calendar.last_day(days, event), Ok(date(2026, 5, 4)));
}

#[test]
fn a_day_ends_in_the_contracts_zone_also_when_the_clocks_change() {
    let calendar = calendar("fr");
    // 27 to 29 March 2026: the last night is an hour short.
    let ends = calendar.end_after(delay("2 calendar days"), at("2026-03-27T23:30:00+01:00"));
    assert_eq!(ends, Ok(at("2026-03-30T00:00:00+02:00")));
    // Half past eleven in the evening in UTC is the next day in Paris.
    let ends = calendar.end_after(delay("1 calendar day"), at("2026-03-05T23:30:00Z"));
    assert_eq!(ends, Ok(at("2026-03-08T00:00:00+01:00")));
}

#[test]
fn a_term_counts_its_first_day() {
    let day_after = |text, first| Calendar::day_after_term(first, delay(text), 1).unwrap();
    assert_eq!(day_after("36 months", date(2026, 3, 1)), date(2029, 3, 1));
    assert_eq!(
        day_after("30 calendar days", date(2026, 3, 1)),
        date(2026, 3, 31)
    );
    // One year from 29 February ends with 28 February.
    assert_eq!(day_after("1 year", date(2028, 2, 29)), date(2029, 3, 1));
    // One month from 31 January ends with February.
    assert_eq!(day_after("1 month", date(2026, 1, 31)), date(2026, 3, 1));
}

#[test]
fn terms_that_follow_one_another_do_not_drift() {
    let first = date(2026, 1, 31);
    let ends: Vec<Date> = (1..=4)
        .map(|times| Calendar::day_after_term(first, delay("1 month"), times).unwrap())
        .collect();
    let expected = [
        date(2026, 3, 1),
        date(2026, 3, 31),
        date(2026, 5, 1),
        date(2026, 5, 31),
    ];
    assert_eq!(ends, expected);
}

#[test]
fn a_term_in_business_days_or_hours_is_refused() {
    for text in ["10 business days", "10 working days", "10 support hours"] {
        let term = Calendar::day_after_term(date(2026, 1, 1), delay(text), 1);
        assert_eq!(term, Err(CalendarError::NoTermUnit));
    }
}

#[test]
fn whole_units_lie_between_the_last_day_of_notice_and_the_end() {
    let before = |text, next| calendar("fr").last_day_before(delay(text), next).unwrap();
    assert_eq!(before("2 months", date(2029, 3, 1)), date(2028, 12, 31));
    assert_eq!(
        before("60 calendar days", date(2027, 3, 1)),
        date(2026, 12, 30)
    );
    // 31 May less three months: February has no 31st.
    assert_eq!(before("3 months", date(2026, 5, 31)), date(2026, 2, 27));
    // 10 business days before Monday 13 April 2026: Friday 27 March is the tenth.
    assert_eq!(
        before("10 business days", date(2026, 4, 13)),
        date(2026, 3, 26)
    );
}

#[test]
fn support_hours_need_an_instant_and_hours() {
    let calendar = calendar("fr");
    let hours = delay("4 support hours");
    let day = calendar.last_day(hours, date(2026, 1, 1));
    assert_eq!(day, Err(CalendarError::HoursFromDay));
    let unknown = calendar.end_after(hours, at("2026-03-05T10:00:00Z"));
    assert_eq!(unknown, Err(CalendarError::NoSupportHours));
}

#[test]
fn years_outside_the_bounds_are_refused() {
    let far = calendar("fr").last_day(delay("10000 years"), date(2026, 1, 1));
    assert_eq!(far, Err(CalendarError::OutsideYears));
    let past = calendar("fr").last_day_before(delay("100 years"), date(2026, 1, 1));
    assert_eq!(past, Err(CalendarError::OutsideYears));
}

#[test]
fn a_calendar_on_which_nobody_works_has_no_business_day() {
    let mut list = "name = \"never\"\n".to_owned();
    for month in 1..=12 {
        for day in 1..=31 {
            if Date::new(2000, month, day).is_ok() {
                list += "[[holidays]]\nname = \"x\"\n";
                list.extend(["on = \"", &format!("{month:02}-{day:02}"), "\"\n"]);
            }
        }
    }
    let calendar = Calendar {
        holidays: list.parse().unwrap(),
        ..Calendar::new(TimeZone::UTC)
    };
    let never = calendar.last_day(delay("1 business day"), date(2290, 1, 1));
    assert_eq!(never, Err(CalendarError::OutsideYears));
}

fn any_day() -> impl Strategy<Value = Date> {
    (0..60_000_i64).prop_map(|days| add_days(date(1980, 1, 1), days).unwrap())
}

fn any_delay() -> impl Strategy<Value = Delay> {
    (1..400_u16, 0..5_usize).prop_map(|(length, unit)| {
        let unit = [
            DelayUnit::CalendarDays,
            DelayUnit::BusinessDays,
            DelayUnit::WorkingDays,
            DelayUnit::Months,
            DelayUnit::Years,
        ][unit];
        let length = if unit == DelayUnit::Years {
            length % 40 + 1
        } else {
            length
        };
        Delay::new(length, unit).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_later_event_never_ends_a_delay_earlier(one in any_day(), days in 0..500_i64, delay in any_delay()) {
        let calendar = calendar("lu");
        let other = add_days(one, days).unwrap();
        prop_assert!(calendar.last_day(delay, one)? <= calendar.last_day(delay, other)?);
    }

    #[test]
    fn a_longer_delay_never_ends_earlier(event in any_day(), length in 1..400_u16, unit in any_delay()) {
        let calendar = calendar("fr");
        let length = if unit.unit() == DelayUnit::Years { length % 40 + 1 } else { length };
        let delay = |length| Delay::new(length, unit.unit()).unwrap();
        let (shorter, longer) = (delay(length), delay(length + 1));
        prop_assert!(calendar.last_day(shorter, event)? < calendar.last_day(longer, event)?);
    }

    #[test]
    fn a_delay_in_business_days_never_ends_on_a_day_off(event in any_day(), length in 1..400_u16) {
        let calendar = calendar("apex");
        let business = Delay::new(length, DelayUnit::BusinessDays).unwrap();
        prop_assert!(calendar.is_business_day(calendar.last_day(business, event)?));
        let working = Delay::new(length, DelayUnit::WorkingDays).unwrap();
        prop_assert!(calendar.is_working_day(calendar.last_day(working, event)?));
    }

    #[test]
    fn as_many_business_days_lie_in_a_delay_as_it_names(event in any_day(), length in 1..200_u16) {
        let calendar = calendar("fr");
        let last = calendar.last_day(Delay::new(length, DelayUnit::BusinessDays).unwrap(), event)?;
        let counted = event.series(Span::new().days(1)).skip(1)
            .take_while(|day| *day <= last)
            .filter(|day| calendar.is_business_day(*day));
        prop_assert_eq!(counted.count(), usize::from(length));
    }

    #[test]
    fn notice_on_the_last_day_is_over_when_the_term_is(next in any_day(), length in 1..300_u16, working in any::<bool>()) {
        let calendar = calendar("fr");
        for unit in [DelayUnit::CalendarDays, if working { DelayUnit::WorkingDays } else { DelayUnit::BusinessDays }] {
            let delay = Delay::new(length, unit).unwrap();
            let notice = calendar.last_day_before(delay, next)?;
            prop_assert!(calendar.last_day(delay, notice)? < next);
            // A day later would be too late.
            let late = add_days(notice, 1)?;
            prop_assert!(calendar.last_day(delay, late)? >= next);
        }
    }

    #[test]
    fn a_day_contains_the_instants_between_its_ends(day in any_day()) {
        let calendar = calendar("fr");
        prop_assert_eq!(calendar.day_of(calendar.starts_at(day)?)?, day);
        prop_assert_eq!(calendar.day_of(CivilSeconds(calendar.ends_at(day)?.0 - 1))?, day);
    }

    #[test]
    fn terms_follow_one_another_without_gap_and_overlap(first in any_day(), months in 1..60_u16) {
        let length = Delay::new(months, DelayUnit::Months).unwrap();
        let mut previous = first;
        for times in 1..5 {
            let next = Calendar::day_after_term(first, length, times)?;
            prop_assert!(next > previous);
            previous = next;
        }
    }
}
