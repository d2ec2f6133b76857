//! Lists of holidays as data: rules that say on which days of a year nobody works. The lists of
//! `keys/calendars` are compiled in; a vendor's own list of the same name replaces one. Easter is
//! computed by a library, every other day by the calendar.

use std::{collections::BTreeMap, str::FromStr};

use jiff::{Span, civil::Date};
use serde::Deserialize;

use super::{YEAR_MAX, YEAR_MIN};

/// The most days that one list may name.
pub const HOLIDAYS_MAX: usize = 400;
/// The longest list that is read, in bytes.
pub const HOLIDAY_LIST_BYTES_MAX: usize = 64 << 10;

const SHIPPED: [(&str, &str); 3] = [
    ("apex", include_str!("../../calendars/apex.toml")),
    ("fr", include_str!("../../calendars/fr.toml")),
    ("lu", include_str!("../../calendars/lu.toml")),
];

/// Days on which nobody works, over all years.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HolidayList {
    name: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    name: String,
    on: On,
    from: i16,
    until: i16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Yearly { month: i8, day: i8 },
    Easter { offset: i16 },
    Once(Date),
}

/// A list of holidays that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HolidayListError {
    /// Not TOML, or other keys than those of a list.
    #[error("the list is not readable: {0}")]
    Unreadable(String),
    /// A rule that names no day.
    #[error("`{holiday}`: `{on}` is neither MM-DD nor YYYY-MM-DD nor easter+N (-N), N at most 200")]
    NoDay {
        /// The holiday's name.
        holiday: String,
        /// What stands there.
        on: String,
    },
    /// Too long, or too many days.
    #[error("the list is too long: at most {HOLIDAYS_MAX} days in {HOLIDAY_LIST_BYTES_MAX} bytes")]
    TooLong,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile {
    name: String,
    #[serde(default)]
    holidays: Vec<RuleFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    name: String,
    on: String,
    from: Option<i16>,
    until: Option<i16>,
}

impl FromStr for HolidayList {
    type Err = HolidayListError;

    /// Reads a list in the form of `keys/calendars/fr.toml`.
    fn from_str(text: &str) -> Result<Self, HolidayListError> {
        if text.len() > HOLIDAY_LIST_BYTES_MAX {
            return Err(HolidayListError::TooLong);
        }
        let file: ListFile = toml::from_str(text)
            .map_err(|error| HolidayListError::Unreadable(error.message().replace('\n', ", ")))?;
        if file.holidays.len() > HOLIDAYS_MAX {
            return Err(HolidayListError::TooLong);
        }
        let rules = file.holidays.into_iter().map(Rule::read);
        Ok(Self {
            name: file.name,
            rules: rules.collect::<Result<_, _>>()?,
        })
    }
}

impl Rule {
    fn read(file: RuleFile) -> Result<Self, HolidayListError> {
        let Some(on) = On::read(&file.on) else {
            return Err(HolidayListError::NoDay {
                holiday: file.name,
                on: file.on,
            });
        };
        Ok(Self {
            name: file.name,
            on,
            from: file.from.unwrap_or(YEAR_MIN),
            until: file.until.unwrap_or(YEAR_MAX),
        })
    }

    fn falls_on(&self, date: Date) -> bool {
        (self.from..=self.until).contains(&date.year())
            && match self.on {
                On::Yearly { month, day } => (date.month(), date.day()) == (month, day),
                On::Once(day) => day == date,
                On::Easter { offset } => easter(date.year()).is_some_and(|easter| {
                    let day = easter.checked_add(Span::new().days(offset));
                    day.is_ok_and(|day| day == date)
                }),
            }
    }
}

impl On {
    fn read(text: &str) -> Option<Self> {
        if let Some(offset) = text.strip_prefix("easter") {
            let offset = if offset.is_empty() {
                0
            } else if offset.starts_with(['+', '-']) {
                offset.parse().ok()?
            } else {
                return None;
            };
            return (-200..=200)
                .contains(&offset)
                .then_some(Self::Easter { offset });
        }
        if text.len() == 5 {
            // A leap year has every day that any year has.
            let day: Date = format!("2000-{text}").parse().ok()?;
            return Some(Self::Yearly {
                month: day.month(),
                day: day.day(),
            });
        }
        if text.len() == 10 {
            return text.parse().ok().map(Self::Once);
        }
        None
    }
}

/// Easter Sunday of the Gregorian calendar, from 1583 on.
fn easter(year: i16) -> Option<Date> {
    let easter = computus::gregorian(year.into()).ok()?;
    let (month, day) = (i8::try_from(easter.month), i8::try_from(easter.day));
    Date::new(year, month.ok()?, day.ok()?).ok()
}

impl HolidayList {
    /// The list's name, for people; empty for the list without days.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The holiday on `date`, if it is one.
    pub fn holiday(&self, date: Date) -> Option<&str> {
        let rule = self.rules.iter().find(|rule| rule.falls_on(date));
        rule.map(|rule| rule.name.as_str())
    }

    /// Whether `date` is a holiday.
    pub fn contains(&self, date: Date) -> bool {
        self.holiday(date).is_some()
    }
}

/// The lists that orders may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayLists(BTreeMap<String, HolidayList>);

impl HolidayLists {
    /// The lists that come with the tool: `fr`, `lu`, `apex`.
    pub fn shipped() -> Self {
        let read = |(id, text): (&str, &str)| Some((id.to_owned(), text.parse().ok()?));
        // A test reads each of them.
        Self(SHIPPED.into_iter().filter_map(read).collect())
    }

    /// Adds a list, or replaces the one of this id; an order names it by the id.
    pub fn insert(&mut self, id: String, list: HolidayList) {
        self.0.insert(id, list);
    }

    /// The list of this id.
    pub fn get(&self, id: &str) -> Option<&HolidayList> {
        self.0.get(id)
    }

    /// The ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn days(list: &str, year: i16) -> Vec<String> {
        let lists = HolidayLists::shipped();
        let list = lists.get(list).unwrap();
        date(year, 1, 1)
            .series(Span::new().days(1))
            .take_while(|day| day.year() == year)
            .filter(|day| list.contains(*day))
            .map(|day| day.strftime("%m-%d").to_string())
            .collect()
    }

    #[test]
    fn every_shipped_list_is_readable() {
        let ids: Vec<String> = HolidayLists::shipped().ids().map(str::to_owned).collect();
        assert_eq!(ids, SHIPPED.map(|(id, _)| id));
        for (_, text) in SHIPPED {
            text.parse::<HolidayList>().unwrap();
        }
    }

    #[test]
    fn easter_falls_on_the_published_dates() {
        // U.S. Naval Observatory, "Dates of Easter Sunday"; the earliest and latest of 1700 to 2299
        // included (1818-03-22, 1943-04-25).
        let published = [
            (1818, 3, 22),
            (1943, 4, 25),
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2019, 4, 21),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2028, 4, 16),
            (2029, 4, 1),
            (2030, 4, 21),
            (2038, 4, 25),
        ];
        for (year, month, day) in published {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
    }

    #[test]
    fn france_has_eleven_holidays() {
        // Ascension 2027 (6 May) and Whit Monday 2027 (17 May) move with Easter (28 March).
        let expected = [
            "01-01", "03-29", "05-01", "05-06", "05-08", "05-17", "07-14", "08-15", "11-01",
            "11-11", "12-25",
        ];
        assert_eq!(days("fr", 2027), expected);
    }

    #[test]
    fn luxembourg_keeps_europe_day_since_2019() {
        let expected = [
            "01-01", "03-29", "05-01", "05-06", "05-09", "05-17", "06-23", "08-15", "11-01",
            "12-25", "12-26",
        ];
        assert_eq!(days("lu", 2027), expected);
        assert!(!days("lu", 2018).contains(&"05-09".to_owned()));
    }

    #[test]
    fn the_ten_listed_holidays_leave_whit_monday_out() {
        let expected = [
            "01-01", "03-29", "05-01", "05-06", "05-08", "07-14", "08-15", "11-01", "11-11",
            "12-25",
        ];
        assert_eq!(days("apex", 2027), expected);
    }

    #[test]
    fn two_holidays_on_one_day_are_one_day_off() {
        // In 2008 Ascension fell on 1 May.
        assert_eq!(days("fr", 2008).len(), 10);
    }

    #[test]
    fn a_holiday_of_29_february_is_one_in_leap_years_only() {
        let list = "name = \"x\"\n[[holidays]]\nname = \"leap\"\non = \"02-29\"\n";
        let list: HolidayList = list.parse().unwrap();
        assert!(list.contains(date(2028, 2, 29)));
        assert!(!list.contains(date(2027, 2, 28)));
        assert!(!list.contains(date(2027, 3, 1)));
    }

    #[test]
    fn a_vendors_own_list_replaces_the_shipped_one() {
        let mut lists = HolidayLists::shipped();
        let own = "name = \"own\"\n[[holidays]]\nname = \"closed\"\non = \"2027-08-02\"\n";
        lists.insert("fr".to_owned(), own.parse().unwrap());
        let list = lists.get("fr").unwrap();
        assert_eq!(list.holiday(date(2027, 8, 2)), Some("closed"));
        assert!(!list.contains(date(2028, 8, 2)));
        assert!(!list.contains(date(2027, 12, 25)));
    }

    #[test]
    fn a_list_with_a_day_that_is_none_is_refused() {
        for on in [
            "13-01",
            "02-30",
            "easter+",
            "easter1",
            "easter+999",
            "2027-02-29",
            "",
            "1-1",
        ] {
            let list = format!("name = \"x\"\n[[holidays]]\nname = \"h\"\non = \"{on}\"\n");
            let refused = list.parse::<HolidayList>();
            assert!(
                matches!(refused, Err(HolidayListError::NoDay { .. })),
                "{on:?}"
            );
        }
        assert!("name = 1".parse::<HolidayList>().is_err());
        assert!("name = \"x\"\nholiday = []".parse::<HolidayList>().is_err());
    }
}
