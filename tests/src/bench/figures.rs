//! Samples, what is made of them, and how it is printed.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::process::say;

/// Durations of one thing, measured many times.
#[derive(Debug, Default, Clone)]
pub(super) struct Samples(Vec<Duration>);

impl Samples {
    pub(super) fn add(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The sample below which so many of a thousand lie, in microseconds.
    pub(super) fn permille(&self, permille: usize) -> anyhow::Result<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let index = (sorted.len() * permille / 1_000).min(sorted.len().saturating_sub(1));
        let sample = sorted.get(index).context("nothing was measured")?;
        Ok(sample.as_secs_f64() * 1e6)
    }

    pub(super) fn p50(&self) -> anyhow::Result<f64> {
        self.permille(500)
    }

    pub(super) fn p99(&self) -> anyhow::Result<f64> {
        self.permille(990)
    }
}

/// One line of the table.
#[derive(Debug)]
struct Line {
    what: &'static str,
    measured: String,
    reference: String,
    figure: String,
    aim: &'static str,
}

/// Everything that was measured.
#[derive(Debug, Default)]
pub(super) struct Figures {
    lines: Vec<Line>,
    json: Map<String, Value>,
}

impl Figures {
    /// A figure that is measured over reference.
    pub(super) fn ratio(
        &mut self,
        key: &str,
        what: &'static str,
        unit: &str,
        (measured, reference): (f64, f64),
        aim: &'static str,
    ) {
        let figure = measured / reference;
        self.lines.push(Line {
            what,
            measured: format!("{measured:.1} {unit}"),
            reference: format!("{reference:.1} {unit}"),
            figure: format!("{figure:.2} ×"),
            aim,
        });
        self.json.insert(key.to_owned(), json!(rounded(figure)));
        self.json
            .insert(format!("{key}_measured"), json!(rounded(measured)));
        self.json
            .insert(format!("{key}_reference"), json!(rounded(reference)));
    }

    /// A figure by itself, with a reference for orientation.
    pub(super) fn value(
        &mut self,
        key: &str,
        what: &'static str,
        unit: &str,
        (measured, reference): (f64, f64),
        aim: &'static str,
    ) {
        self.lines.push(Line {
            what,
            measured: format!("{measured:.1} {unit}"),
            reference: format!("{reference:.1} {unit}"),
            figure: String::new(),
            aim,
        });
        self.json.insert(key.to_owned(), json!(rounded(measured)));
        self.json
            .insert(format!("{key}_reference"), json!(rounded(reference)));
    }

    pub(super) fn print(&self, as_json: bool) -> anyhow::Result<()> {
        let head = ("what", "measured", "reference", "ratio", "aim");
        say(&format!(
            "{:<58} {:>14} {:>14} {:>8}  {}",
            head.0, head.1, head.2, head.3, head.4
        ));
        for line in &self.lines {
            let Line {
                what,
                measured,
                reference,
                figure,
                aim,
            } = line;
            say(&format!(
                "{what:<58} {measured:>14} {reference:>14} {figure:>8}  {aim}"
            ));
        }
        if as_json {
            use std::io::Write as _;
            writeln!(std::io::stdout(), "{}", Value::Object(self.json.clone()))?;
        }
        Ok(())
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
