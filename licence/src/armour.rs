//! Armour: a signed document as text that survives mail, editors and copying (in the manner of
//! RFC 7468, with a checksum as in RFC 9580 section 6). The armour proves nothing: it finds
//! the document in the text around it and names damage in transit, so that a broken copy is told
//! apart from a forgery. What a document is worth is decided by its signatures alone.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::{DocumentError, DocumentKind, decode_signed, encode_signed, message};

/// The longest text in which a document is looked for, in bytes. Base64 of the largest document
/// takes a third of it; the rest is for quoting and text around the armour.
pub const ARMOURED_BYTES_MAX: usize = 4 << 20;
/// Columns of an armoured line (RFC 7468 section 2).
pub const ARMOUR_COLUMNS: usize = 64;

const LABEL_BYTES_MAX: usize = 64;
const DASHES: &str = "-----";
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why no document could be read from a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArmourError {
    /// Nothing was read.
    #[error("the text has {bytes} bytes, at most {max} are read")]
    TooLarge {
        /// Bytes found.
        bytes: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Saved by an editor as UTF-16.
    #[error("the text is UTF-16; save it as plain text or UTF-8")]
    Utf16,
    /// No line that begins a document.
    #[error("no document found: a line such as `-----BEGIN OCTROI LICENCE-----` is missing")]
    NoArmour,
    /// Armour of something else, or of a document that only a later version knows.
    #[error("`{label}` is not a document that this version knows")]
    UnknownLabel {
        /// The label, cut to 64 bytes.
        label: String,
    },
    /// The last line belongs to another document than the first.
    #[error("the text begins as `{begin}` and ends as `{end}`")]
    LabelMismatch {
        /// Label of the first line.
        begin: String,
        /// Label of the last line, cut to 64 bytes.
        end: String,
    },
    /// Part of the text is missing.
    #[error("the text is cut short: the line `{missing}` is missing")]
    CutShort {
        /// The missing line.
        missing: String,
    },
    /// More than one document.
    #[error("a second document begins at line {line}; a file holds exactly one")]
    TwoDocuments {
        /// Where, counted from 1.
        line: usize,
    },
    /// A character that armour cannot hold.
    #[error("line {line} holds the character {found:?}, which the format does not know")]
    IllegalCharacter {
        /// Where, counted from 1.
        line: usize,
        /// The character; U+FFFD for bytes that are not ASCII.
        found: char,
    },
    /// The characters are right but their number is not: some are missing or doubled.
    #[error("characters are missing, or stand there twice")]
    WrongLength,
    /// Changed on the way: the signature was not even looked at.
    #[error("the text was damaged in transit (its checksum does not fit); ask for it again")]
    Checksum,
    /// The armour is whole; what it holds is no signed document.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl ArmourError {
    /// The stable code, for programs and for the hostile vectors.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "ARMOUR_TOO_LARGE",
            Self::Utf16 => "ARMOUR_UTF16",
            Self::NoArmour => "ARMOUR_MISSING",
            Self::UnknownLabel { .. } => "ARMOUR_LABEL_UNKNOWN",
            Self::LabelMismatch { .. } => "ARMOUR_LABEL_MISMATCH",
            Self::CutShort { .. } => "ARMOUR_CUT_SHORT",
            Self::TwoDocuments { .. } => "ARMOUR_TWO_DOCUMENTS",
            Self::IllegalCharacter { .. } => "ARMOUR_ILLEGAL_CHARACTER",
            Self::WrongLength => "ARMOUR_WRONG_LENGTH",
            Self::Checksum => "ARMOUR_CHECKSUM",
            Self::Document(error) => error.code(),
        }
    }
}

/// Writes a document as text. `summary` stands above the armour for people; it is not signed and
/// never read back. Control characters in it are left out and boundary lines disarmed.
pub fn armour(kind: DocumentKind, signed: &message::SignedDocument, summary: &str) -> String {
    let bytes = encode_signed(signed);
    let label = kind.armour_label();
    let mut text = String::new();
    for line in summary.lines() {
        let line: String = line.chars().filter(|one| !one.is_control()).collect();
        text.push_str(line.replace(DASHES, "- - -").trim_end());
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.extend([BEGIN, &label, DASHES, "\n"]);
    for (index, character) in STANDARD.encode(&bytes).chars().enumerate() {
        if index > 0 && index % ARMOUR_COLUMNS == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.extend(["\n=", &checksum(&bytes), "\n", END, &label, DASHES, "\n"]);
    text
}

/// The first 24 bits of SHA-256 in Base64: four characters.
fn checksum(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let [first, second, third, ..] = digest;
    STANDARD.encode([first, second, third])
}

/// Reads the one document in a text. Text around the armour, CR/LF, other line lengths, blanks at
/// either end of a line, a byte order mark and mail quoting (`> `) do no harm. A missing checksum is
/// accepted, since tools that know RFC 7468 alone leave it out.
///
/// # Errors
/// [`ArmourError`] names the damage. Nothing is read of a text over [`ARMOURED_BYTES_MAX`].
pub fn read_armoured(text: &[u8]) -> Result<(DocumentKind, message::SignedDocument), ArmourError> {
    if text.len() > ARMOURED_BYTES_MAX {
        return Err(ArmourError::TooLarge {
            bytes: text.len(),
            max: ARMOURED_BYTES_MAX,
        });
    }
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(ArmourError::Utf16);
    }
    let text = unquoted(text);
    let found = frame(&text)?;
    let bytes = decoded(found.body, found.line)?;
    Ok((found.kind, decode_signed(found.kind, &bytes)?))
}

/// The text with every line freed of quoting and blanks at its ends; lines stay lines.
/// Bytes that are not printable ASCII become U+FFFD: what is quoted in an error reaches a terminal.
fn unquoted(text: &[u8]) -> String {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let line_end = if text.contains(&b'\n') { b'\n' } else { b'\r' };
    let mut clean = String::with_capacity(text.len());
    for line in text.split(|byte| *byte == line_end) {
        let quote = |byte: &u8| *byte == b'>' || byte.is_ascii_whitespace();
        let start = line.iter().position(|byte| !quote(byte));
        let line = start
            .and_then(|start| line.get(start..))
            .unwrap_or_default();
        clean.extend(line.trim_ascii_end().iter().map(|byte| match byte {
            b' '..=b'~' | b'\t' => char::from(*byte),
            _ => char::REPLACEMENT_CHARACTER,
        }));
        clean.push('\n');
    }
    clean
}

struct Found<'a> {
    kind: DocumentKind,
    body: &'a str,
    /// The line on which the body begins, counted from 1.
    line: usize,
}

/// Finds the boundaries of the one document.
fn frame(text: &str) -> Result<Found<'_>, ArmourError> {
    let mut other = None;
    let mut rest = text;
    let (kind, label, after) = loop {
        let Some(start) = begin(rest) else {
            return Err(missing_begin(text, other));
        };
        let after = rest.get(start + BEGIN.len()..).unwrap_or_default();
        let (label, after) = label_of(after);
        match DocumentKind::from_armour_label(&label) {
            Some(kind) => break (kind, label, after),
            None if label.starts_with("OCTROI ") => {
                return Err(ArmourError::UnknownLabel { label });
            }
            // A certificate or a PGP signature in the same mail is text around the document.
            None => other = other.or(Some(label)),
        }
        rest = after;
    };
    let line = line_of(text, text.len() - after.len());
    if let Some(second) = after.find("\n-----BEGIN OCTROI ") {
        let at = text.len() - after.len() + second + 1;
        return Err(ArmourError::TwoDocuments {
            line: line_of(text, at),
        });
    }
    let Some((body, tail)) = after
        .split_once(END)
        .filter(|(_, tail)| tail.contains(DASHES))
    else {
        return Err(ArmourError::CutShort {
            missing: format!("{END}{label}{DASHES}"),
        });
    };
    let (end, _) = label_of(tail);
    if end != label {
        return Err(ArmourError::LabelMismatch { begin: label, end });
    }
    Ok(Found { kind, body, line })
}

/// Where a line opens armour of any kind.
fn begin(text: &str) -> Option<usize> {
    if text.starts_with(BEGIN) {
        return Some(0);
    }
    text.find("\n-----BEGIN ").map(|line_end| line_end + 1)
}

/// The label up to the closing dashes, whatever way it is wrapped, and what follows them.
fn label_of(text: &str) -> (String, &str) {
    let (label, after) = text.split_once(DASHES).unwrap_or((text, ""));
    let mut words = String::new();
    for word in label.split_ascii_whitespace() {
        if words.len() + word.len() > LABEL_BYTES_MAX {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    (words, after)
}

fn missing_begin(text: &str, other: Option<String>) -> ArmourError {
    match (text.split_once("-----END OCTROI "), other) {
        (Some((_, tail)), _) => {
            let (label, _) = label_of(tail);
            ArmourError::CutShort {
                missing: format!("{BEGIN}OCTROI {label}{DASHES}"),
            }
        }
        (None, Some(label)) => ArmourError::UnknownLabel { label },
        (None, None) => ArmourError::NoArmour,
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// Decodes the body and compares its checksum.
fn decoded(body: &str, first_line: usize) -> Result<Vec<u8>, ArmourError> {
    let mut characters = String::with_capacity(body.len());
    for (at, found) in body.char_indices() {
        if found.is_ascii_alphanumeric() || matches!(found, '+' | '/' | '=') {
            characters.push(found);
        } else if !found.is_ascii_whitespace() {
            let line = first_line - 1 + line_of(body, at);
            return Err(ArmourError::IllegalCharacter { line, found });
        }
    }
    // Padding is the last two characters at most, so `=` five from the end opens a checksum.
    let split = characters.len().saturating_sub(5);
    let (data, sum) = match characters.split_at_checked(split) {
        Some((data, tail)) if tail.len() == 5 => match tail.strip_prefix('=') {
            Some(sum) => (data, Some(sum)),
            None => (characters.as_str(), None),
        },
        _ => (characters.as_str(), None),
    };
    let bytes = STANDARD
        .decode(data)
        .map_err(|_| ArmourError::WrongLength)?;
    match sum {
        Some(sum) if sum != checksum(&bytes) => Err(ArmourError::Checksum),
        _ if bytes.is_empty() => Err(ArmourError::WrongLength),
        _ => Ok(bytes),
    }
}
