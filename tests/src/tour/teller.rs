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
#[derive(Debug)]
pub(super) struct Teller {
    steps: u32,
    output: io::Stdout,
}

impl Teller {
    /// Has told nothing yet.
    pub(super) fn new() -> Self {
        Self {
            steps: 0,
            output: io::stdout(),
        }
    }

    /// Begins a step.
    pub(super) fn step(&mut self, title: &str) {
        self.steps += 1;
        self.plain(&format!("\n{}. {title}", self.steps));
    }

    /// Says what happened.
    pub(super) fn say(&self, what: impl Display) {
        self.plain(&format!("   {what}"));
    }

    /// Says what happened and how long it took.
    pub(super) fn took(&self, what: impl Display, time: Duration) {
        let what = what.to_string();
        self.plain(&format!("   {what:<COLUMNS$} {:>9}", shown(time)));
    }

    /// Shows what a program printed, or a file.
    pub(super) fn show(&self, text: &str) {
        for one in text.trim_end().lines() {
            self.plain(&format!("   | {one}"));
        }
    }

    /// A line at the margin.
    pub(super) fn plain(&self, text: &str) {
        // A closed pipe is nobody's error.
        drop(writeln!(&self.output, "{text}"));
    }
}

/// A duration in milliseconds with one digit.
fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_milliseconds() {
        assert_eq!(shown(Duration::from_micros(12_340)), "12.3 ms");
    }
}
