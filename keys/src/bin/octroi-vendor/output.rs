//! What the commands say: text or one JSON object on standard output, warnings and errors on
//! standard error.

use std::io::{self, Write as _};

use serde_json::Value;

use crate::failure::Failure;

/// What a command has to say, for people and for machines.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) text: String,
    pub(crate) json: Value,
}

/// Prints what came of a command. A closed pipe is nobody's error.
pub(crate) fn print(result: &Result<Report, Failure>, json: bool) {
    let written = match (result, json) {
        (Ok(report), true) => {
            let mut object = report.json.clone();
            if let Some(object) = object.as_object_mut() {
                object.insert("ok".to_owned(), true.into());
            }
            writeln!(io::stdout(), "{object}")
        }
        (Err(failure), true) => writeln!(io::stdout(), "{}", failure.to_json()),
        (Ok(report), false) => writeln!(io::stdout(), "{}", report.text.trim_end()),
        (Err(failure), false) => writeln!(io::stderr(), "{}", failure.to_text()),
    };
    drop(written);
}

/// Tells a person what to do meanwhile.
#[cfg(feature = "enrolment")]
pub(crate) fn note(what: &str) {
    drop(writeln!(io::stderr(), "{what}"));
}

/// Says something that does not stop the command.
pub(crate) fn warn(what: &str) {
    drop(writeln!(io::stderr(), "warning: {what}"));
}
