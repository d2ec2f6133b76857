//! What an order says about support (clauses Z21, T12): levels with their hours, how bad a fault is and
//! what is promised then, for people and for the local tool that says whether the desk is open.

use jiff::civil::Date;
use octroi_licence::message;

use super::{
    conduct::carried_zone,
    dates::time_zone,
    fields::{Field, Table, report_duplicates},
    mistake::MistakeKind,
};
use crate::{
    calendar::{Delay, DelayError, DelayUnit, HolidayList, HolidayLists, weekly_span},
    dates::TermRules,
};

const LEVELS_MAX: usize = 8;
const SEVERITIES_MAX: usize = 16;
const HOURS_MAX: usize = 32;
/// Years of holidays that a licence carries, the first that of its start.
const HOLIDAY_YEARS: i16 = 20;
/// As many holidays as a reader takes.
const HOLIDAYS_MAX: usize = 1_024;

/// What surrounds the section.
pub(super) struct Around<'o> {
    /// The IANA zone of the order.
    pub(super) zone: &'o str,
    pub(super) rules: &'o TermRules,
    pub(super) lists: &'o HolidayLists,
    /// The year in which the order is checked.
    pub(super) year: i16,
}

/// The section `[support]`.
pub(super) fn support(table: &Table<'_>, around: &Around<'_>) -> message::Support {
    let zone_field = table.get("zone");
    let zone = zone_field
        .as_ref()
        .and_then(Field::text)
        .unwrap_or_else(|| around.zone.to_owned());
    let carried = match time_zone(&zone).and_then(|_| carried_zone(&zone)) {
        Ok(carried) => Some(carried),
        Err(what) => {
            match &zone_field {
                Some(field) => field.mistake(MistakeKind::BadDate, what),
                None => table.mistake(MistakeKind::BadDate, what),
            }
            None
        }
    };
    let holidays = match table.get("holidays") {
        Some(field) => holiday_list(&field, around.lists),
        None => Some(around.rules.calendar.holidays.clone()),
    };
    let severities: Vec<message::Severity> = table
        .get("severities")
        .map(|field| named_severities(&field))
        .unwrap_or_default();
    let levels = table.require("levels", "at least one level of support");
    let levels = levels
        .map(|field| self::levels(&field, &severities))
        .unwrap_or_default();
    let contact = table.get("contact").and_then(|field| field.text());
    message::Support {
        zone: carried,
        levels,
        severities,
        holidays: holidays.map_or_else(Vec::new, |list| days(&list, around)),
        contact: contact.unwrap_or_default(),
    }
}

fn holiday_list(field: &Field<'_>, lists: &HolidayLists) -> Option<HolidayList> {
    let id = field.text()?;
    let list = lists.get(&id).cloned();
    if list.is_none() {
        let known: Vec<&str> = lists.ids().collect();
        let what = format!("`{}` is no list of holidays", id.escape_debug());
        let help = format!("known are {}", known.join(", "));
        field.mistake_with_help(MistakeKind::UnknownValue, what, help);
    }
    list
}

/// Holidays from the first of January of the licence's start on, as days since 1970-01-01.
fn days(list: &HolidayList, around: &Around<'_>) -> Vec<u32> {
    let calendar = &around.rules.calendar;
    let starts = around.rules.starts.and_then(|at| calendar.day_of(at).ok());
    let first = starts.map_or(around.year, Date::year);
    let Ok(day) = Date::new(first, 1, 1) else {
        return Vec::new();
    };
    let until = first.saturating_add(HOLIDAY_YEARS);
    let holiday = |day: &Date| list.contains(*day);
    day.series(jiff::Span::new().days(1))
        .take_while(|day| day.year() < until)
        .filter(holiday)
        .filter_map(since_1970)
        .take(HOLIDAYS_MAX)
        .collect()
}

fn since_1970(day: Date) -> Option<u32> {
    let since = day.since(Date::constant(1970, 1, 1)).ok()?;
    u32::try_from(since.get_days()).ok()
}

fn named_severities(field: &Field<'_>) -> Vec<message::Severity> {
    let mut ids = Vec::new();
    let mut severities = Vec::new();
    for table in field.tables(SEVERITIES_MAX) {
        let id_field = table.require("id", "a short name such as \"critical\"");
        let id = id_field.as_ref().and_then(slug);
        ids.extend(id.clone().zip(id_field));
        let name = table.get("name").and_then(|field| field.text());
        let delay = |key| table.get(key).and_then(|field| delay(&field));
        severities.push(message::Severity {
            id: id.unwrap_or_default(),
            name: name.unwrap_or_default(),
            respond: delay("respond"),
            restore: delay("restore"),
        });
        table.close();
    }
    report_duplicates(ids.into_iter());
    severities
}

/// A name with the alphabet of ids.
fn slug(field: &Field<'_>) -> Option<String> {
    field
        .name::<octroi_licence::CategoryId>()
        .map(|id| id.to_string())
}

fn levels(field: &Field<'_>, severities: &[message::Severity]) -> Vec<message::SupportLevel> {
    let tables = field.tables(LEVELS_MAX);
    if tables.is_empty() {
        field.mistake(
            MistakeKind::Missing,
            "holds no level; at least one is needed",
        );
    }
    let mut numbers = Vec::new();
    let mut levels = Vec::new();
    for table in tables {
        let level_field = table.require("level", "1 to 9");
        let level = level_field.as_ref().and_then(|field| field.count(1, 9));
        numbers.extend(level.map(|level| level.to_string()).zip(level_field));
        let what = "when it is open, such as [\"Mon-Fri 09:00-17:00\"], or [\"24/7\"]";
        let hours = table.require("hours", what);
        let hours = hours.map(|field| field.list(HOURS_MAX)).unwrap_or_default();
        let hours = hours.iter().filter_map(|one| self::hours(one, severities));
        let administrators = table.get("administrators_only");
        levels.push(message::SupportLevel {
            level: level.unwrap_or_default(),
            hours: hours.collect(),
            administrators_only: administrators
                .and_then(|field| field.boolean())
                .unwrap_or_default(),
        });
        table.close();
    }
    report_duplicates(numbers.into_iter());
    levels
}

/// A span, or a table of a span and the severities that it is for.
fn hours(field: &Field<'_>, known: &[message::Severity]) -> Option<message::SupportHours> {
    if !field.is_table() {
        return span(field, Vec::new());
    }
    let table = field.table()?;
    let mut severities = Vec::new();
    if let Some(field) = table.require("severities", "the severities that the span is for") {
        for one in field.list(SEVERITIES_MAX) {
            let id = slug(&one);
            if let Some(id) = id.filter(|id| known.iter().all(|severity| severity.id != *id)) {
                let what = format!("`{id}` is none of support.severities");
                one.mistake(MistakeKind::UnknownValue, what);
            } else {
                severities.extend(slug(&one));
            }
        }
    }
    let times = table.require("times", "such as \"Mon-Fri 18:00-22:00\"");
    let read = times.and_then(|field| span(&field, severities));
    table.close();
    read
}

fn span(field: &Field<'_>, severities: Vec<String>) -> Option<message::SupportHours> {
    use message::HolidayRule;
    let always = field.text().as_deref() == Some("24/7");
    let read = field.parse("hours in quotes", MistakeKind::UnknownValue, |text| {
        weekly_span(text).map_err(|error| format!("`{}` {error}", text.escape_debug()))
    })?;
    if read.times.weekdays == 0 {
        let what = "names holidays alone; name a day of the week too, such as \"Sat,Sun,holidays\"";
        field.mistake(MistakeKind::UnknownValue, what);
        return None;
    }
    let holidays = match (always, read.on_holidays) {
        (true, _) => HolidayRule::Open,
        (false, true) => HolidayRule::Also,
        (false, false) => HolidayRule::Closed,
    };
    Some(message::SupportHours {
        times: Some(read.times),
        holidays: holidays.into(),
        severities,
    })
}

fn delay(field: &Field<'_>) -> Option<message::Delay> {
    use message::DelayUnit as Unit;
    let expected = "a delay in quotes, such as \"4 support hours\"";
    field.parse(expected, MistakeKind::BadDuration, |text| {
        let by_the_clock = text
            .strip_suffix(" hours")
            .or_else(|| text.strip_suffix(" hour"))
            .filter(|amount| !amount.contains(' '));
        let (amount, unit) = if let Some(amount) = by_the_clock {
            let amount = amount.parse().map_err(|_| DelayError::NoDelay)?;
            let hours = Delay::new(amount, DelayUnit::SupportHours)?;
            (hours.length(), Unit::Hours)
        } else {
            let delay: Delay = text.parse()?;
            let unit = match delay.unit() {
                DelayUnit::SupportHours => Unit::SupportHours,
                DelayUnit::BusinessDays => Unit::BusinessDays,
                DelayUnit::WorkingDays => Unit::WorkingDays,
                DelayUnit::CalendarDays => Unit::CalendarDays,
                DelayUnit::Months | DelayUnit::Years => return Err(DelayError::NoDelay),
            };
            (delay.length(), unit)
        };
        Ok(message::Delay {
            amount: amount.into(),
            unit: unit.into(),
        })
    })
}
