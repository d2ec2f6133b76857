//! CBOR in the canonical form of CTAP2 (section 8), by `ciborium`. What is read is bounded in size
//! by the message and in depth here, and nothing may trail.

use ciborium::value::{Integer, Value};

/// CTAP2 allows four levels; a few more are harmless.
const DEPTH_MAX: usize = 8;

/// Why bytes are not the CBOR that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CborFault {
    /// No CBOR, cut short, or nested too deeply.
    #[error("the bytes are no CBOR of at most {DEPTH_MAX} levels")]
    Unreadable,
    /// Bytes after the end.
    #[error("{bytes} bytes follow its end")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// A member that must be there is not, or is something else.
    #[error("member {member} is missing or of another type")]
    Member {
        /// Its number.
        member: i64,
    },
    /// The request could not be written.
    #[error("the request could not be written")]
    Unwritable,
}

pub(crate) fn encode(command: u8, parameters: &Value) -> Result<Vec<u8>, CborFault> {
    let mut bytes = vec![command];
    ciborium::into_writer(parameters, &mut bytes).map_err(|_| CborFault::Unwritable)?;
    Ok(bytes)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Value, CborFault> {
    let (value, rest) = decode_first(bytes)?;
    if rest > 0 {
        return Err(CborFault::Trailing { bytes: rest });
    }
    Ok(value)
}

/// The first item, and how many bytes follow it.
pub(crate) fn decode_first(bytes: &[u8]) -> Result<(Value, usize), CborFault> {
    let mut rest = bytes;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH_MAX)
        .map_err(|_| CborFault::Unreadable)?;
    Ok((value, rest.len()))
}

pub(crate) fn member(map: &Value, member: i64) -> Result<&Value, CborFault> {
    optional(map, member).ok_or(CborFault::Member { member })
}

pub(crate) fn optional(map: &Value, member: i64) -> Option<&Value> {
    map.as_map()?
        .iter()
        .find(|(key, _)| key.as_integer() == Some(Integer::from(member)))
        .map(|(_, value)| value)
}

pub(crate) fn bytes(map: &Value, number: i64) -> Result<&[u8], CborFault> {
    member(map, number)?
        .as_bytes()
        .map(Vec::as_slice)
        .ok_or(CborFault::Member { member: number })
}

pub(crate) fn number(value: &Value) -> Option<i64> {
    value.as_integer()?.try_into().ok()
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn integer(number: i64) -> Value {
    Value::Integer(Integer::from(number))
}

/// A map with numbers as keys, which the caller gives in ascending order, negatives last, as the
/// canonical form wants it.
pub(crate) fn numbered(members: impl IntoIterator<Item = (i64, Value)>) -> Value {
    Value::Map(
        members
            .into_iter()
            .map(|(key, value)| (integer(key), value))
            .collect(),
    )
}

/// A map with texts as keys, which the caller gives shortest first, then by their bytes.
pub(crate) fn named(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Map(
        members
            .into_iter()
            .map(|(key, value)| (text(key), value))
            .collect(),
    )
}
