//! Failures as the shell tells them: what happened with its causes, a stable code where there is
//! one, what to do, and the exit code.

use octroi_licence::{ArmourError, DocumentError};
use octroi_server::{
    ActivateError, ActivationKeyError, ConfigError, DatabaseError, EntryError, ExchangeError,
    ReportError, TlsError,
};
use octroi_vendor::{CodeError, CustodyError};
use serde_json::{Value, json};

/// Why the process ends, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Other,
    DocumentRefused,
    EntryRefused,
    DatabaseUnavailable,
    AnswerRefused,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::DocumentRefused => 3,
            Self::EntryRefused => 4,
            Self::DatabaseUnavailable => 5,
            Self::AnswerRefused => 6,
        }
    }
}

/// Something that ends the command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    code: Option<&'static str>,
    error: anyhow::Error,
    help: Option<String>,
}

impl Failure {
    /// A plain failure.
    pub(crate) fn new(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Other,
            code: None,
            error: error.into(),
            help: None,
        }
    }

    /// A failure that is only words.
    pub(crate) fn words(what: impl Into<String>) -> Self {
        Self::new(anyhow::Error::msg(what.into()))
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says in front of the error what was tried.
    pub(crate) fn context(mut self, what: impl Into<String>) -> Self {
        self.error = self.error.context(what.into());
        self
    }

    fn exit(mut self, exit: Exit, code: &'static str) -> Self {
        self.exit = exit;
        self.code = Some(code);
        self
    }

    /// The chain of causes, each said once: a transparent error has the words of its cause.
    fn words_of_causes(&self) -> String {
        let mut causes: Vec<String> = self.error.chain().map(ToString::to_string).collect();
        causes.dedup();
        causes.join(": ")
    }

    /// The failure as a JSON object.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "ok": false,
            "code": self.code,
            "error": self.words_of_causes(),
            "help": self.help,
        })
    }

    /// The failure for people.
    pub(crate) fn to_text(&self) -> String {
        let code = self
            .code
            .map(|code| format!("{code}: "))
            .unwrap_or_default();
        let mut text = format!("error: {code}{}", self.words_of_causes());
        if let Some(help) = &self.help {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        text
    }
}

macro_rules! plain {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error)
            }
        }
    )*};
}

plain!(
    crate::files::FileError,
    ActivationKeyError,
    ConfigError,
    CodeError,
    CustodyError,
    TlsError,
    serde_json::Error
);

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        let (help, passing) = (error.help(), error.is_passing());
        let failure = Self::new(error).help(help);
        if passing {
            failure.exit(Exit::DatabaseUnavailable, "DATABASE_UNAVAILABLE")
        } else {
            failure
        }
    }
}

impl From<EntryError> for Failure {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::Database(error) => error.into(),
            EntryError::Document(error) => error.into(),
            error => {
                let (code, help) = (error.code(), error.help());
                let failure = Self {
                    help: help.map(str::to_owned),
                    ..Self::new(error)
                };
                match code {
                    Some(code) => failure.exit(Exit::EntryRefused, code),
                    None => failure,
                }
            }
        }
    }
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Database(error) => error.into(),
            error => Self::new(error)
                .help("renew the activation key's certificate: octroi-vendor keys certify"),
        }
    }
}

impl From<ActivateError> for Failure {
    fn from(error: ActivateError) -> Self {
        match error {
            ActivateError::Failed(error) => error.into(),
            ActivateError::Refused(refusal) => {
                let (code, help) = (refusal.code(), refusal.help());
                Self {
                    help: help.map(str::to_owned),
                    ..Self::new(refusal)
                }
                .exit(Exit::AnswerRefused, code)
            }
            error => Self::new(error),
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Failed(error) => error.into(),
            ReportError::Refused(refusal) => {
                let code = refusal.code();
                Self::new(refusal).exit(Exit::AnswerRefused, code)
            }
            error => Self::new(error),
        }
    }
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        let code = error.code();
        Self::new(error).exit(Exit::DocumentRefused, code)
    }
}

impl From<ArmourError> for Failure {
    fn from(error: ArmourError) -> Self {
        let code = error.code();
        Self::new(error).exit(Exit::DocumentRefused, code)
    }
}
