//! Mistakes in an order: where, what, and what to write instead. A check collects all of them; the
//! text of an order is never quoted beyond the value that is wrong.

use std::{cell::RefCell, fmt, ops::Range};

/// What kind of mistake it is; the name is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MistakeKind {
    /// Not TOML.
    Syntax,
    /// A key or table that orders do not have.
    UnknownKey,
    /// Something required that is not there.
    Missing,
    /// A number where a text belongs, and the like.
    WrongType,
    /// A number or length outside its bounds.
    OutOfRange,
    /// A name outside its alphabet, or text that cannot stand in a licence.
    BadName,
    /// Not hexadecimal of the right length, or not a key.
    BadHex,
    /// Not a date, or not a time zone.
    BadDate,
    /// Not a span of time such as `5m`.
    BadDuration,
    /// Not a version such as `2026.1`.
    BadVersion,
    /// A value that is none of those to choose from.
    UnknownValue,
    /// The same name or key twice.
    Duplicate,
    /// An end that does not lie after its start.
    EndsBeforeStart,
    /// Two things that cannot both hold.
    Contradiction,
}

impl MistakeKind {
    /// The kind's stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "SYNTAX",
            Self::UnknownKey => "UNKNOWN_KEY",
            Self::Missing => "MISSING",
            Self::WrongType => "WRONG_TYPE",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::BadName => "BAD_NAME",
            Self::BadHex => "BAD_HEX",
            Self::BadDate => "BAD_DATE",
            Self::BadDuration => "BAD_DURATION",
            Self::BadVersion => "BAD_VERSION",
            Self::UnknownValue => "UNKNOWN_VALUE",
            Self::Duplicate => "DUPLICATE",
            Self::EndsBeforeStart => "ENDS_BEFORE_START",
            Self::Contradiction => "CONTRADICTION",
        }
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What kind of mistake.
    pub kind: MistakeKind,
    /// The key concerned, such as `features[2].count`; empty for the order as a whole.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.what)
    }
}

/// Every mistake of an order, by line; at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the order has {}", counted(.0.len()))]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// The mistakes, by line.
    pub fn as_slice(&self) -> &[Mistake] {
        &self.0
    }
}

fn counted(mistakes: usize) -> String {
    match mistakes {
        1 => "one mistake".to_owned(),
        more => format!("{more} mistakes"),
    }
}

/// Collects mistakes while an order is walked.
pub(super) struct Report<'s> {
    source: &'s str,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'s> Report<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            source,
            mistakes: RefCell::default(),
        }
    }

    pub(super) fn add(&self, span: &Range<usize>, kind: MistakeKind, at: &str, what: String) {
        self.add_with_help(span, kind, at, what, None);
    }

    pub(super) fn add_with_help(
        &self,
        span: &Range<usize>,
        kind: MistakeKind,
        at: &str,
        what: String,
        help: Option<String>,
    ) {
        let before = self.source.get(..span.start).unwrap_or(self.source);
        let line = 1 + before.matches('\n').count();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = 1 + before.get(line_start..).unwrap_or_default().chars().count();
        self.mistakes.borrow_mut().push(Mistake {
            line,
            column,
            kind,
            at: at.to_owned(),
            what,
            help,
        });
    }

    /// The mistakes by line, if there are any.
    pub(super) fn into_mistakes(self) -> Option<Mistakes> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        mistakes.dedup();
        (!mistakes.is_empty()).then_some(Mistakes(mistakes))
    }
}
