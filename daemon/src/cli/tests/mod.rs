//! Commands against a fake daemon on a real Unix socket: what is sent, what is said, and what the
//! process would exit with.

mod activate;
mod acts;
mod amendments;
mod daemon;
mod declared;
mod doctor;
mod documents;
mod dry_run;
mod install;
mod keys;
mod language;
mod ledger;
mod lint;
mod registers;
mod standing;
mod trouble;
mod trust;
mod views;

use std::{ffi::OsString, path::Path, time::Duration};

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{DEADLINE, Surroundings, console::Console, execute};

/// What a command line came to.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: u8,
    pub(super) output: String,
    pub(super) error: String,
}

impl Ran {
    /// Standard output as the one JSON object that `--json` promises.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.output).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// A command line to run.
pub(super) struct Line {
    arguments: Vec<OsString>,
    input: String,
    interactive: bool,
    locale: Option<String>,
    deadline: Duration,
}

/// `octroi --root ROOT` and what follows, in English, UTC and without a terminal.
pub(super) fn octroi(root: &Path, arguments: &[&str]) -> Line {
    let mut all: Vec<OsString> = vec!["octroi".into(), "--root".into(), root.into()];
    all.extend(arguments.iter().map(OsString::from));
    Line {
        arguments: all,
        input: String::new(),
        interactive: false,
        locale: None,
        deadline: DEADLINE,
    }
}

impl Line {
    /// Somebody sits there and types this.
    pub(super) fn typing(mut self, input: &str) -> Self {
        self.interactive = true;
        self.piping(input)
    }

    /// Standard input holds this.
    pub(super) fn piping(mut self, input: &str) -> Self {
        input.clone_into(&mut self.input);
        self
    }

    pub(super) fn waiting_at_most(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    pub(super) fn locale(mut self, locale: &str) -> Self {
        self.locale = Some(locale.to_owned());
        self
    }

    pub(super) fn run(self) -> Ran {
        let (mut output, mut error) = (Vec::new(), Vec::new());
        let mut console = Console {
            input: &mut self.input.as_bytes(),
            output: &mut output,
            error: &mut error,
            interactive: self.interactive,
            progress: false,
        };
        let surroundings = Surroundings {
            locale: self.locale,
            zone: TimeZone::UTC,
            deadline: self.deadline,
        };
        let status = execute(self.arguments, surroundings, &mut console);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran {
            status,
            output: text(output),
            error: text(error),
        }
    }
}
