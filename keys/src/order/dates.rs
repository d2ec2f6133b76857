//! Calendar dates of an order as instants. Only here a calendar and time zones are known; licences
//! carry instants, and daemons compare them. The time zone data is compiled in, so that an order
//! means the same on every machine.

use jiff::{
    Span, SpanRelativeTo, Timestamp,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone, TimeZoneDatabase},
};
use octroi_licence::CivilSeconds;
use toml::value::{Datetime, Offset as TomlOffset};

/// What a date without a time of day means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// From the first instant of the day.
    Start,
    /// Up to and including the day: until the first instant of the next.
    End,
}

/// Finds a time zone of the IANA database by its name.
///
/// # Errors
/// The reason in words.
pub fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| {
        format!(
            "`{}` is no time zone of the IANA database",
            name.escape_debug()
        )
    })
}

/// Reads a date or a date and time of TOML; a date and time with an offset needs no zone.
pub(super) fn instant(
    datetime: &Datetime,
    zone: &TimeZone,
    edge: Edge,
) -> Result<CivilSeconds, String> {
    let Some(date) = datetime.date else {
        return Err("is a time of day; a date is needed".to_owned());
    };
    let no_such_date = || format!("{datetime} is not in the calendar");
    let year = i16::try_from(date.year).map_err(|_| no_such_date())?;
    let (month, day) = (i8::try_from(date.month), i8::try_from(date.day));
    let (Ok(month), Ok(day)) = (month, day) else {
        return Err(no_such_date());
    };
    let date = Date::new(year, month, day).map_err(|_| no_such_date())?;
    let Some(time) = datetime.time else {
        return day_edge(date, zone, edge);
    };
    let time = Time::new(
        i8::try_from(time.hour).map_err(|_| no_such_date())?,
        i8::try_from(time.minute).map_err(|_| no_such_date())?,
        i8::try_from(time.second.unwrap_or(0)).map_err(|_| no_such_date())?,
        0,
    )
    .map_err(|_| no_such_date())?;
    let zone = match datetime.offset {
        None => zone.clone(),
        Some(TomlOffset::Z) => TimeZone::UTC,
        Some(TomlOffset::Custom { minutes }) => Offset::from_seconds(i32::from(minutes) * 60)
            .map_err(|_| no_such_date())?
            .to_time_zone(),
    };
    of_datetime(DateTime::from_parts(date, time), &zone)
}

/// Reads an instant from a command line: a date, a date and time in `zone`, or a timestamp with
/// its offset (RFC 3339).
///
/// # Errors
/// The reason in words.
pub fn instant_of_text(text: &str, zone: &TimeZone, edge: Edge) -> Result<CivilSeconds, String> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return positive(timestamp);
    }
    if !text.contains(['T', 't', ' '])
        && let Ok(date) = text.parse::<Date>()
    {
        return day_edge(date, zone, edge);
    }
    match text.parse::<DateTime>() {
        Ok(datetime) => of_datetime(datetime, zone),
        Err(_) => Err(format!(
            "`{}` is no date such as 2027-01-31 or 2027-01-31T18:00:00+01:00",
            text.escape_debug()
        )),
    }
}

fn day_edge(date: Date, zone: &TimeZone, edge: Edge) -> Result<CivilSeconds, String> {
    let out_of_calendar = |_| format!("{date} is at the end of the calendar");
    let date = match edge {
        Edge::Start => date,
        Edge::End => date.tomorrow().map_err(out_of_calendar)?,
    };
    // In a zone that skips midnight the day begins with its first instant.
    let start = date
        .to_zoned(zone.clone())
        .and_then(|zoned| zoned.start_of_day());
    positive(start.map_err(out_of_calendar)?.timestamp())
}

fn of_datetime(datetime: DateTime, zone: &TimeZone) -> Result<CivilSeconds, String> {
    let zoned = datetime.to_zoned(zone.clone());
    positive(
        zoned
            .map_err(|_| format!("{datetime} is at the end of the calendar"))?
            .timestamp(),
    )
}

/// 0 means "none" in a licence, so instants lie after 1970-01-01T00:00:00Z.
fn positive(timestamp: Timestamp) -> Result<CivilSeconds, String> {
    match timestamp.as_second() {
        seconds if seconds > 0 => Ok(CivilSeconds(seconds)),
        _ => Err("lies before 1970".to_owned()),
    }
}

/// Reads a span of time such as `90s`, `5m`, `1h 30m`, `7d`; a day is 24 hours.
pub(super) fn seconds(text: &str) -> Result<i64, String> {
    let refused = || {
        format!(
            "`{}` is no span of time such as 90s, 5m, 12h, 7d",
            text.chars().take(64).collect::<String>().escape_debug()
        )
    };
    let span: Span = text.parse().map_err(|_| refused())?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| refused())?;
    if duration.subsec_nanos() != 0 {
        return Err(format!("`{}` is finer than a second", text.escape_debug()));
    }
    Ok(duration.as_secs())
}

/// An instant as people read it, in UTC.
pub fn in_words(instant: CivilSeconds) -> String {
    Timestamp::from_second(instant.0).map_or_else(
        |_| format!("{} s since 1970", instant.0),
        |timestamp| timestamp.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, edge: Edge) -> Result<CivilSeconds, String> {
        instant_of_text(text, &time_zone("Europe/Paris").unwrap(), edge)
    }

    fn instant(text: &str) -> CivilSeconds {
        CivilSeconds(text.parse::<Timestamp>().unwrap().as_second())
    }

    #[test]
    fn a_date_starts_at_midnight_of_its_zone() {
        let start = read("2027-02-01", Edge::Start).unwrap();
        assert_eq!(start, instant("2027-02-01T00:00:00+01:00"));
    }

    #[test]
    fn an_end_date_is_inclusive_also_when_the_clocks_change() {
        let end = read("2027-03-28", Edge::End).unwrap();
        assert_eq!(end, instant("2027-03-29T00:00:00+02:00"));
    }

    #[test]
    fn a_day_without_midnight_starts_with_its_first_instant() {
        let zone = time_zone("America/Asuncion").unwrap();
        let start = instant_of_text("2023-10-01", &zone, Edge::Start).unwrap();
        assert_eq!(start, instant("2023-10-01T01:00:00-03:00"));
    }

    #[test]
    fn a_time_with_an_offset_needs_no_zone() {
        let exact = read("2027-02-01T12:00:00Z", Edge::End).unwrap();
        assert_eq!(exact, instant("2027-02-01T12:00:00Z"));
        let local = read("2027-02-01T12:00:00", Edge::End).unwrap();
        assert_eq!(local, instant("2027-02-01T11:00:00Z"));
    }

    #[test]
    fn dates_outside_the_calendar_are_refused() {
        for text in ["2027-02-30", "tomorrow", "", "1969-12-31", "2027-13-01"] {
            assert!(read(text, Edge::Start).is_err(), "{text:?}");
        }
    }

    #[test]
    fn spans_carry_their_unit() {
        assert_eq!(seconds("1h 30m"), Ok(5400));
        assert_eq!(seconds("7d"), Ok(604_800));
        for text in ["5", "", "1mo", "1y", "0.5s", "fast"] {
            assert!(seconds(text).is_err(), "{text:?}");
        }
    }
}
