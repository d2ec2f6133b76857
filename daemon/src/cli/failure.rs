//! Why a command failed: the exit status, a stable code, one line that says what happened and why,
//! and what to do next. The one way in which commands report trouble.

use std::{error::Error, fmt};

pub(crate) use octroi_licence::explain::code_of;
use octroi_proto::licensing::v1::Refusal;
use serde_json::{Map, Value, json};

use super::{
    exit::Exit,
    format::{self, plain},
    text::Messages,
};

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What the process exits with.
    pub(crate) exit: Exit,
    /// Boxed, so that success stays small.
    told: Box<Told>,
}

#[derive(Debug)]
struct Told {
    /// Stable: a refusal's code, or `DAEMON_ABSENT`, `DOCUMENT_DAMAGED` and the like.
    code: &'static str,
    message: String,
    causes: Vec<String>,
    help: Vec<String>,
    refusal: Option<Refusal>,
    /// What was done before the failure, to stand beside it in `--json`.
    done: Map<String, Value>,
}

impl Failure {
    /// A failure; `code` is upper case with underscores, `message` one line without a full stop.
    pub(crate) fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        let told = Told {
            code,
            message: message.into(),
            causes: Vec::new(),
            help: Vec::new(),
            refusal: None,
            done: Map::new(),
        };
        Self {
            exit,
            told: Box::new(told),
        }
    }

    /// Failed for a reason that has no status of its own.
    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, "FAILED", message)
    }

    /// The command line makes no sense in a way that its parser cannot see.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "USAGE", message)
    }

    /// The daemon refused.
    pub(crate) fn refused(refusal: Refusal, texts: &Messages, zone: &jiff::tz::TimeZone) -> Self {
        let code = code_of(&refusal);
        let explained = super::refusal::explained(&refusal, texts, zone);
        let said = super::refusal::said(&explained);
        let name = code.as_str_name();
        let message = format!("{} ({name}){}{said}", texts.refused, texts.colon);
        let mut failure = Self::new(Exit::Refused, name, message).help(explained.next);
        failure.told.refusal = Some(refusal);
        failure
    }

    /// Adds an error and all its sources.
    #[must_use]
    pub(crate) fn because(mut self, error: &dyn Error) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            self.told.causes.push(error.to_string());
            cause = error.source();
        }
        self
    }

    /// Adds a cause in words.
    #[must_use]
    pub(crate) fn because_of(mut self, cause: impl Into<String>) -> Self {
        self.told.causes.push(cause.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.told.help.push(help.into());
        self
    }

    /// Keeps what was done before the failure.
    #[must_use]
    pub(crate) fn after(mut self, name: &str, done: Value) -> Self {
        self.told.done.insert(name.to_owned(), done);
        self
    }

    /// The refusal, where the daemon refused.
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        self.told.refusal.as_ref()
    }

    /// For a terminal: the chain on one line, then a line for each thing to do.
    pub(crate) fn readable(&self, texts: &Messages) -> String {
        let mut text = format!("{}{}\n", texts.error_label, plain(&self.said(texts)));
        for help in &self.told.help {
            text.push_str(texts.help_label);
            text.push_str(&plain(help));
            text.push('\n');
        }
        text
    }

    /// What happened and why, on one line.
    pub(crate) fn said(&self, texts: &Messages) -> String {
        let mut said = self.told.message.clone();
        for cause in &self.told.causes {
            said.push_str(texts.colon);
            said.push_str(cause);
        }
        said
    }

    /// What to do, on one line; empty where nothing is known.
    pub(crate) fn helps(&self) -> String {
        self.told.help.join("; ")
    }

    /// For `--json`: `error`, and beside it what was done before.
    pub(crate) fn json(&self) -> Value {
        let mut object = self.told.done.clone();
        object.insert(
            "error".to_owned(),
            json!({
                "exit": self.exit.code(),
                "code": self.told.code,
                "message": self.told.message,
                "causes": self.told.causes,
                "help": self.told.help,
                "refusal": self.told.refusal.as_ref().map(refusal_json),
            }),
        );
        Value::Object(object)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told.message)
    }
}

/// A refusal for `--json`.
pub(crate) fn refusal_json(refusal: &Refusal) -> Value {
    let may_change_at = (refusal.may_change_at_ms != 0).then_some(refusal.may_change_at_ms);
    json!({
        "code": code_of(refusal).as_str_name(),
        "number": refusal.code,
        "rule": refusal.rule,
        "clause": (!refusal.clause.is_empty()).then_some(&refusal.clause),
        "reason": (!refusal.reason.is_empty()).then_some(&refusal.reason),
        "feature": refusal.feature,
        "licence_id": refusal.licence_id,
        "limit": refusal.limit,
        "in_use": refusal.in_use,
        "waiting": refusal.waiting,
        "requested": refusal.requested,
        "may_change_at": may_change_at.and_then(format::rfc3339_of_millis),
        "may_change_at_ms": may_change_at,
        "expected": refusal.expected,
        "found": refusal.found,
    })
}
