//! A record as bytes. This is the only place that knows bincode: a later change of the encoding
//! touches this file and the version byte. Bodies are hashed as they were written, never encoded
//! anew.
//!
//! # Shape
//! Version (one byte, 1), kind (`u16`), time, then the kind's fields in order; all numbers little
//! endian and of fixed width. `FORMAT.md` gives every kind. Nothing may trail, and a body is
//! refused that would not be written the same way again.

use octroi_engine::{Event, Record, Time};
use serde::{Deserializer, Serialize, Serializer, de::DeserializeSeed};

/// The most bytes that a body may have.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// The version of the layout, in a body's first byte.
pub const BODY_VERSION: u8 = 1;

const CONFIG: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Fixint,
    bincode::config::Limit<BODY_BYTES_MAX>,
> = bincode::config::standard()
    .with_fixed_int_encoding()
    .with_limit::<BODY_BYTES_MAX>();

/// Why a body was not read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// Too short to say what it is.
    #[error("the body ends before its kind")]
    NoKind,
    /// A later layout.
    #[error("layout version {version} is not known")]
    UnknownVersion {
        /// The version found.
        version: u8,
    },
    /// A later kind.
    #[error("kind {kind} is not known")]
    UnknownKind {
        /// The kind found.
        kind: u16,
    },
    /// Not the fields of its kind.
    #[error("kind {kind} does not read so: {what}")]
    Malformed {
        /// The kind found.
        kind: u16,
        /// What does not fit.
        what: String,
    },
    /// Bytes after the last field.
    #[error("{bytes} bytes trail a record of kind {kind}")]
    Trailing {
        /// The kind found.
        kind: u16,
        /// How many.
        bytes: usize,
    },
    /// Readable, but not as this codec writes it.
    #[error("a record of kind {kind} is not in the one form that is written")]
    NotCanonical {
        /// The kind found.
        kind: u16,
    },
    /// Over [`BODY_BYTES_MAX`].
    #[error("a record of kind {kind} has {bytes} bytes, at most {BODY_BYTES_MAX} are written")]
    TooLong {
        /// The kind.
        kind: u16,
        /// Bytes that it would have.
        bytes: usize,
    },
}

/// The record's body.
///
/// # Errors
/// `TooLong`; nothing else can fail for a record of the engine.
pub fn encode(record: &Record) -> Result<Vec<u8>, CodecError> {
    let mut body = Vec::with_capacity(256);
    encode_into(record, &mut body)?;
    Ok(body)
}

/// Replaces what stands in `body` by the record's body.
///
/// # Errors
/// As [`encode`].
pub fn encode_into(record: &Record, body: &mut Vec<u8>) -> Result<(), CodecError> {
    let kind = record.event.kind();
    body.clear();
    body.push(BODY_VERSION);
    body.extend_from_slice(&kind.to_le_bytes());
    let malformed = |error: bincode::error::EncodeError| CodecError::Malformed {
        kind,
        what: error.to_string(),
    };
    bincode::serde::encode_into_std_write(record.time, body, CONFIG).map_err(malformed)?;
    bincode::serde::encode_into_std_write(Fields(&record.event), body, CONFIG)
        .map_err(malformed)?;
    if body.len() > BODY_BYTES_MAX {
        let bytes = body.len();
        return Err(CodecError::TooLong { kind, bytes });
    }
    Ok(())
}

/// Reads a body that may come from anywhere.
///
/// # Errors
/// Every variant of [`CodecError`] says what it stands for.
pub fn decode(body: &[u8]) -> Result<Record, CodecError> {
    let record = decode_own(body)?;
    if encode(&record)? != body {
        let kind = record.event.kind();
        return Err(CodecError::NotCanonical { kind });
    }
    Ok(record)
}

/// Reads a body that stands unbroken in the realm's own chain. It is not encoded anew: what it was
/// chained and hashed by are its bytes as they stand, so a second spelling could change nothing,
/// and the daemon replays a long ledger in half the time. `verify` and export use [`decode`].
pub(super) fn decode_own(body: &[u8]) -> Result<Record, CodecError> {
    if body.len() > BODY_BYTES_MAX {
        let (kind, bytes) = (0, body.len());
        return Err(CodecError::TooLong { kind, bytes });
    }
    let kind = kind_of(body)?;
    let malformed = |error: bincode::error::DecodeError| CodecError::Malformed {
        kind,
        what: error.to_string(),
    };
    let content = body.get(HEAD_BYTES..).unwrap_or_default();
    let (time, used): (Time, usize) =
        bincode::serde::borrow_decode_from_slice(content, CONFIG).map_err(malformed)?;
    let fields = content.get(used..).unwrap_or_default();
    let (event, used) = bincode::serde::seed_decode_from_slice(FieldsOf(kind), fields, CONFIG)
        .map_err(malformed)?;
    let bytes = fields.len() - used;
    if bytes > 0 {
        return Err(CodecError::Trailing { kind, bytes });
    }
    Ok(Record { time, event })
}

const HEAD_BYTES: usize = 3;

/// The kind that a body states, once its version and kind are known ones.
///
/// # Errors
/// `NoKind`, `UnknownVersion`, `UnknownKind`.
pub fn kind_of(body: &[u8]) -> Result<u16, CodecError> {
    let [version, low, high] = *body.first_chunk().ok_or(CodecError::NoKind)?;
    if version != BODY_VERSION {
        return Err(CodecError::UnknownVersion { version });
    }
    let kind = u16::from_le_bytes([low, high]);
    if !Event::KINDS.iter().any(|(known, ..)| *known == kind) {
        return Err(CodecError::UnknownKind { kind });
    }
    Ok(kind)
}

struct Fields<'a>(&'a Event);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_fields(serializer)
    }
}

struct FieldsOf(u16);

impl<'de> DeserializeSeed<'de> for FieldsOf {
    type Value = Event;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Event, D::Error> {
        Event::deserialize_fields(self.0, deserializer).unwrap_or_else(|| {
            let unknown = CodecError::UnknownKind { kind: self.0 };
            Err(serde::de::Error::custom(unknown))
        })
    }
}
