//! How values look: times in the reader's zone and in RFC 3339, tables, fingerprints, and foreign
//! text made harmless. No value is decided here.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use jiff::{Timestamp, tz::TimeZone};

/// Text from outside (documents, user names, an older daemon) as it may reach a terminal: control
/// characters and those that reverse the reading direction become U+FFFD.
pub(crate) fn plain(text: &str) -> String {
    let harmful = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|character| {
            if harmful(character) {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            }
        })
        .collect()
}

/// Seconds since the epoch in the reader's zone; what no calendar holds is shown as it came.
pub(crate) fn local_seconds(zone: &TimeZone, seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(at) => at
            .to_zoned(zone.clone())
            .strftime("%Y-%m-%d %H:%M %Z")
            .to_string(),
        Err(_) => format!("@{seconds}"),
    }
}

/// Milliseconds since the epoch in the reader's zone.
pub(crate) fn local_millis(zone: &TimeZone, millis: i64) -> String {
    match Timestamp::from_millisecond(millis) {
        Ok(at) => at
            .to_zoned(zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S %Z")
            .to_string(),
        Err(_) => format!("@{millis} ms"),
    }
}

/// Seconds since the epoch as RFC 3339 in UTC; `None` beyond the calendar.
pub(crate) fn rfc3339_of_seconds(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds)
        .ok()
        .map(|at| at.to_string())
}

/// Milliseconds since the epoch as RFC 3339 in UTC; `None` beyond the calendar.
pub(crate) fn rfc3339_of_millis(millis: i64) -> Option<String> {
    Timestamp::from_millisecond(millis)
        .ok()
        .map(|at| at.to_string())
}

/// A length of time in hours and minutes, or seconds where it is short.
pub(crate) fn length(millis: u64) -> String {
    let seconds = millis / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min"),
        (_, 0) => format!("{hours} h"),
        _ => format!("{hours} h {minutes} min"),
    }
}

/// A fingerprint in groups of four, as two people read it to one another.
pub(crate) fn grouped(hex: &str) -> String {
    let mut text = String::with_capacity(hex.len() + hex.len() / 4);
    for (index, character) in hex.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push(' ');
        }
        text.push(character);
    }
    text
}

/// A column's heading and whether it holds numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Column {
    /// Aligned left.
    Text(&'static str),
    /// Aligned right.
    Number(&'static str),
}

/// Columns under their headings, two blanks apart, each line after `indent`.
pub(crate) fn table(indent: &str, columns: &[Column], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| match column {
        Column::Text(heading) | Column::Number(heading) => *heading,
    }));
    for row in rows {
        table.add_row(row.iter().map(|cell| plain(cell)));
    }
    for (column, kind) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2));
        if let Column::Number(_) = kind {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(indent);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_aligned_right_and_text_left() {
        let columns = [Column::Text("Feature"), Column::Number("Seats")];
        let rows = vec![
            vec!["solver".to_owned(), "2".to_owned()],
            vec!["viewer-pro".to_owned(), "1200".to_owned()],
        ];
        insta::assert_snapshot!(table("  ", &columns, rows), @r"
          Feature     Seats
          solver          2
          viewer-pro   1200
        ");
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(
            plain("a\u{1b}[2Jb\u{202e}c\nd"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"
        );
    }

    #[test]
    fn times_are_shown_in_the_readers_zone_and_written_in_utc() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(local_seconds(&zone, 1_767_225_600), "2026-01-01 02:00 +02");
        assert_eq!(
            rfc3339_of_seconds(1_767_225_600).unwrap(),
            "2026-01-01T00:00:00Z"
        );
        assert_eq!(
            rfc3339_of_millis(1_767_225_600_250).unwrap(),
            "2026-01-01T00:00:00.25Z"
        );
    }

    #[test]
    fn a_time_beyond_the_calendar_is_shown_as_it_came() {
        assert_eq!(
            local_seconds(&TimeZone::UTC, i64::MAX),
            format!("@{}", i64::MAX)
        );
        assert_eq!(rfc3339_of_seconds(i64::MAX), None);
    }

    #[test]
    fn lengths_read_in_hours_minutes_or_seconds() {
        assert_eq!(length(0), "0 s");
        assert_eq!(length(59_999), "59 s");
        assert_eq!(length(60_000), "1 min");
        assert_eq!(length(3_600_000), "1 h");
        assert_eq!(length(259_260_000), "72 h 1 min");
    }
}
