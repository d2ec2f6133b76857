//! What a document says, field by field, whether or not anybody should believe it: a tree made from
//! the descriptors of the proto files, so that no field is forgotten. Nothing is verified here.

use octroi_licence::{DocumentKind, digest_of, message::SignedDocument};
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, ReflectMessage as _, Value,
};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use crate::{document::payload_descriptor, order::in_words};

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Node {
    /// Text, and bytes in hexadecimal.
    Text(String),
    /// A number.
    Number(i128),
    /// Yes or no.
    Flag(bool),
    /// Seconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// A span in seconds.
    Seconds(u32),
    /// Several values.
    List(Vec<Node>),
    /// Named values, in the order of their fields.
    Table(Vec<(String, Node)>),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i128(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Instant(seconds) => serializer.serialize_i64(*seconds),
            Self::Seconds(seconds) => serializer.serialize_u32(*seconds),
            Self::List(entries) => serializer.collect_seq(entries),
            Self::Table(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (name, node) in entries {
                    map.serialize_entry(name, node)?;
                }
                map.end()
            }
        }
    }
}

/// Why a document cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// A kind that only a later version can show.
    #[error("this version cannot read the payload of: {kind}")]
    UnknownPayload {
        /// The kind.
        kind: DocumentKind,
    },
    /// The payload is not what the armour says.
    #[error("the {kind} does not decode: {what}")]
    Malformed {
        /// The kind.
        kind: DocumentKind,
        /// What does not decode.
        what: String,
    },
}

/// Everything that a document says, with its signatures' key ids and its chain. **Nothing of it is
/// verified.**
///
/// # Errors
/// [`InspectError`].
pub fn inspect(kind: DocumentKind, signed: &SignedDocument) -> Result<Node, InspectError> {
    let descriptor = payload_descriptor(kind).ok_or(InspectError::UnknownPayload { kind })?;
    let payload =
        DynamicMessage::decode(descriptor, signed.payload.as_slice()).map_err(|error| {
            InspectError::Malformed {
                kind,
                what: error.to_string(),
            }
        })?;
    let signatures = signed
        .signatures
        .iter()
        .map(|signature| Node::Text(hex::encode(&signature.key_id)))
        .collect();
    let mut entries = vec![
        ("kind".to_owned(), Node::Text(kind.name().to_owned())),
        (
            "document_digest".to_owned(),
            Node::Text(digest_of(kind, &signed.payload).to_string()),
        ),
        ("signed_by_key_ids".to_owned(), Node::List(signatures)),
        ("payload".to_owned(), table(&payload)),
    ];
    if !signed.chain.is_empty() {
        let certificates = signed.chain.iter().map(certificate).collect();
        entries.push(("chain".to_owned(), Node::List(certificates)));
    }
    Ok(Node::Table(entries))
}

/// A certificate of a chain; its own chain is not read, here as elsewhere.
fn certificate(signed: &SignedDocument) -> Node {
    let without_chain = SignedDocument {
        chain: Vec::new(),
        ..signed.clone()
    };
    inspect(DocumentKind::KeyCertificate, &without_chain)
        .unwrap_or_else(|error| Node::Text(error.to_string()))
}

fn table(message: &DynamicMessage) -> Node {
    let mut entries: Vec<(String, Node)> = message
        .descriptor()
        .fields()
        .filter(|field| message.has_field(field))
        .map(|field| {
            let value = message.get_field(&field);
            (field.name().to_owned(), node(&field, &value))
        })
        .collect();
    let unknown = message.unknown_fields().count();
    if unknown > 0 {
        let number = i128::try_from(unknown).unwrap_or_default();
        entries.push(("fields_of_a_later_version".to_owned(), Node::Number(number)));
    }
    Node::Table(entries)
}

fn node(field: &FieldDescriptor, value: &Value) -> Node {
    let is_time = field.name().ends_with("_s");
    match value {
        Value::Bool(flag) => Node::Flag(*flag),
        Value::I64(seconds) if is_time => Node::Instant(*seconds),
        Value::U32(seconds) if is_time => Node::Seconds(*seconds),
        Value::I32(number) => Node::Number((*number).into()),
        Value::I64(number) => Node::Number((*number).into()),
        Value::U32(number) => Node::Number((*number).into()),
        Value::U64(number) => Node::Number((*number).into()),
        Value::EnumNumber(number) => Node::Text(if let Kind::Enum(descriptor) = field.kind() {
            word(&descriptor, *number)
        } else {
            number.to_string()
        }),
        Value::String(text) => Node::Text(text.clone()),
        Value::Bytes(bytes) => Node::Text(hex::encode(bytes)),
        Value::Message(message) => table(message),
        Value::List(entries) => {
            Node::List(entries.iter().map(|entry| node(field, entry)).collect())
        }
        // The documents have neither floats nor maps.
        Value::F32(_) | Value::F64(_) | Value::Map(_) => Node::Text(value.to_string()),
    }
}

/// An enumeration value as files write it: `METRIC_CONCURRENT` is `concurrent`.
fn word(descriptor: &EnumDescriptor, number: i32) -> String {
    let Some(value) = descriptor.get_value(number) else {
        return format!("unknown ({number})");
    };
    let mut prefix = String::new();
    for letter in descriptor.name().chars() {
        if letter.is_ascii_uppercase() && !prefix.is_empty() {
            prefix.push('_');
        }
        prefix.push(letter.to_ascii_uppercase());
    }
    prefix.push('_');
    let name = value.name();
    name.strip_prefix(&prefix)
        .unwrap_or(name)
        .to_lowercase()
        .replace('_', "-")
}

impl Node {
    /// The tree as indented text for people. Control characters are escaped: the text may come from
    /// anybody and goes to a terminal.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text
    }

    fn write(&self, text: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Table(entries) => {
                for (name, node) in entries {
                    text.extend([indent.as_str(), name, ":"]);
                    node.write_behind(text, depth);
                }
            }
            Self::List(entries) => {
                for node in entries {
                    text.extend([indent.as_str(), "-"]);
                    node.write_behind(text, depth);
                }
            }
            Self::Text(_)
            | Self::Number(_)
            | Self::Flag(_)
            | Self::Instant(_)
            | Self::Seconds(_) => text.extend([indent.as_str(), &self.scalar(), "\n"]),
        }
    }

    /// Behind a name: a scalar on the same line, anything else on the next lines.
    fn write_behind(&self, text: &mut String, depth: usize) {
        match self {
            Self::Table(entries) if entries.is_empty() => text.push_str(" yes\n"),
            Self::Table(_) | Self::List(_) => {
                text.push('\n');
                self.write(text, depth + 1);
            }
            Self::Text(_)
            | Self::Number(_)
            | Self::Flag(_)
            | Self::Instant(_)
            | Self::Seconds(_) => text.extend([" ", &self.scalar(), "\n"]),
        }
    }

    fn scalar(&self) -> String {
        match self {
            Self::Text(text) => text.chars().fold(String::new(), |mut safe, letter| {
                if letter.is_control() {
                    safe.extend(letter.escape_default());
                } else {
                    safe.push(letter);
                }
                safe
            }),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Instant(seconds) => in_words(octroi_licence::CivilSeconds(*seconds)),
            Self::Seconds(seconds) => format!("{seconds} s"),
            Self::List(_) | Self::Table(_) => String::new(),
        }
    }
}
