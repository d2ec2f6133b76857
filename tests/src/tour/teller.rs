//! How the tour tells its story: steps, what held and how long it took. Text for people only; what
//! machines read is the report.

use std::{
    fmt::Display,
    io::{self, Write as _},
    time::Duration,
};

/// Columns of a step's sentence before its time.
const COLUMNS: usize = 78;

/// Writes on standard output as the tour goes.
#[derive(Debug, Default)]
pub(super) struct Teller {
    steps: u32,
}

impl Teller {
    /// Begins a step.
    pub(super) fn step(&mut self, title: &str) {
        self.steps += 1;
        line(&format!("\n{}. {title}", self.steps));
    }

    /// Says what happened.
    pub(super) fn say(&self, what: impl Display) {
        line(&format!("   {what}"));
    }

    /// Says what happened and how long it took.
    pub(super) fn took(&self, what: impl Display, time: Duration) {
        let what = what.to_string();
        line(&format!("   {what:<COLUMNS$} {:>9}", shown(time)));
    }

    /// Shows what a program printed, or a file.
    pub(super) fn show(&self, text: &str) {
        for one in text.trim_end().lines() {
            line(&format!("   | {one}"));
        }
    }

    /// A line at the margin.
    pub(super) fn plain(&self, text: &str) {
        line(text);
    }
}

/// A duration in milliseconds with one digit.
fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

fn line(text: &str) {
    // A closed pipe is nobody's error.
    drop(writeln!(io::stdout(), "{text}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_milliseconds() {
        assert_eq!(shown(Duration::from_micros(12_340)), "12.3 ms");
    }
}
