//! Failures as the shell tells them: what happened with its causes, a stable code where there is
//! one, what to do, and the exit code.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "errors without words of their own here fall under the general case"
)]

use octroi_licence::{ArmourError, DocumentError};
use octroi_vendor::{
    ActivationRefusal, AmendError, AnswerError, AuthorityError, IssueError, RevokeError,
    VendorOrderError, order::Mistakes,
};
use serde_json::{Value, json};

/// Why the process ends, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Other = 1,
    DocumentRefused = 3,
    OrderHasMistakes = 4,
    ActivationRefused = 5,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::DocumentRefused => 3,
            Self::OrderHasMistakes => 4,
            Self::ActivationRefused => 5,
        }
    }
}

/// Something that ends the command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) code: Option<&'static str>,
    pub(crate) error: anyhow::Error,
    pub(crate) help: Option<String>,
    /// Lines above the error, such as an order's mistakes.
    pub(crate) details: Vec<String>,
    /// More for machines.
    pub(crate) json: Option<Box<(&'static str, Value)>>,
}

impl Failure {
    /// A plain failure.
    pub(crate) fn new(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Other,
            code: None,
            error: error.into(),
            help: None,
            details: Vec::new(),
            json: None,
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

    /// A document is refused.
    pub(crate) fn refused(self, code: &'static str) -> Self {
        self.exit(Exit::DocumentRefused, code)
    }

    fn exit(mut self, exit: Exit, code: &'static str) -> Self {
        self.exit = exit;
        self.code = Some(code);
        self
    }

    /// The failure as a JSON object.
    pub(crate) fn to_json(&self) -> Value {
        let causes: Vec<String> = self.error.chain().map(ToString::to_string).collect();
        let mut object = json!({
            "ok": false,
            "code": self.code,
            "error": causes.join(": "),
            "help": self.help,
        });
        if let (Some(more), Some(object)) = (&self.json, object.as_object_mut()) {
            let (name, value) = more.as_ref();
            object.insert((*name).to_owned(), value.clone());
        }
        object
    }

    /// The failure for people: details, the chain of causes once, and what to do.
    pub(crate) fn to_text(&self) -> String {
        let causes: Vec<String> = self.error.chain().map(ToString::to_string).collect();
        let mut lines = self.details.clone();
        let code = self
            .code
            .map(|code| format!("{code}: "))
            .unwrap_or_default();
        lines.push(format!("error: {code}{}", causes.join(": ")));
        lines.extend(self.help.iter().map(|help| format!("help: {help}")));
        lines.join("\n")
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
    octroi_vendor::CustodyError,
    octroi_vendor::CertifyError,
    octroi_vendor::SigningError,
    serde_json::Error
);

impl From<AuthorityError> for Failure {
    fn from(error: AuthorityError) -> Self {
        let help = match &error {
            AuthorityError::WouldBeRefused {
                source: DocumentError::OutsideCertificate { .. },
            } => Some("renew the certificate: octroi-vendor keys certify"),
            AuthorityError::WouldBeRefused {
                source: DocumentError::KeyRevoked { .. },
            } => Some("make a new key: octroi-vendor keys certify ROLE --new-key"),
            _ => None,
        };
        Self {
            help: help.map(ToOwned::to_owned),
            ..Self::new(error)
        }
    }
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Authority(error) => error.into(),
            error => Self {
                help: error.help(),
                ..Self::new(error)
            },
        }
    }
}

impl From<AmendError> for Failure {
    fn from(error: AmendError) -> Self {
        match error {
            AmendError::Authority(error) => error.into(),
            error => Self {
                help: error.help().map(ToOwned::to_owned),
                ..Self::new(error)
            },
        }
    }
}

impl From<VendorOrderError> for Failure {
    fn from(error: VendorOrderError) -> Self {
        match error {
            VendorOrderError::Authority(error) => error.into(),
            error => Self::new(error),
        }
    }
}

impl From<RevokeError> for Failure {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::Authority(error) => error.into(),
            error => Self::new(error)
                .help("make a new key first: octroi-vendor keys certify issuing --new-key"),
        }
    }
}

impl From<AnswerError> for Failure {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Refused(refusal) => refusal.into(),
            AnswerError::Authority(error) => error.into(),
            error => Self::new(error),
        }
    }
}

impl From<ActivationRefusal> for Failure {
    fn from(refusal: ActivationRefusal) -> Self {
        let (code, help) = (refusal.code(), refusal.help());
        Self::new(refusal)
            .help(help)
            .exit(Exit::ActivationRefused, code)
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        let mut details = Vec::new();
        let mut list = Vec::new();
        for mistake in mistakes.as_slice() {
            details.push(mistake.to_string());
            details.extend(mistake.help.iter().map(|help| format!("    {help}")));
            list.push(json!({
                "line": mistake.line,
                "column": mistake.column,
                "kind": mistake.kind.name(),
                "at": mistake.at,
                "what": mistake.what,
                "help": mistake.help,
            }));
        }
        Self {
            details,
            json: Some(Box::new(("mistakes", list.into()))),
            ..Self::new(mistakes)
        }
        .help("octroi-vendor order new prints an example that explains every key")
        .exit(Exit::OrderHasMistakes, "ORDER_HAS_MISTAKES")
    }
}

impl From<ArmourError> for Failure {
    fn from(error: ArmourError) -> Self {
        let code = error.code();
        let help = match &error {
            ArmourError::Document(error) => return error.clone().into(),
            ArmourError::CutShort { .. } | ArmourError::Checksum | ArmourError::WrongLength => {
                Some("ask for the document again, as an attached file")
            }
            _ => None,
        };
        Self {
            help: help.map(ToOwned::to_owned),
            ..Self::new(error)
        }
        .refused(code)
    }
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        let code = error.code();
        Self::new(error).refused(code)
    }
}
