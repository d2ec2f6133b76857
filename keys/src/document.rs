//! From a draft to a signed document: fills the frame, computes `requires` from the annotations of
//! the proto fields, signs. Every document of the vendor goes through [`sign_draft`], so that no
//! document can leave with a critical term that it does not list.

use std::{collections::BTreeSet, sync::LazyLock};

use octroi_licence::{
    CivilSeconds, DocumentKind, LicenceId, Signer, VendorId, message, message::SignedDocument, sign,
};
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, MessageDescriptor, Value,
};

/// The version of Octroi that knows every term this tool can write; stands in `requires_version`.
pub const REQUIRES_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Why a draft was not signed.
#[derive(Debug, thiserror::Error)]
#[error("the {kind} could not be signed by key {key}")]
pub struct SigningError {
    /// What was to be signed.
    pub kind: DocumentKind,
    /// The key that was asked.
    pub key: octroi_licence::KeyId,
    /// What the key's keeper said.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A payload that this tool may sign.
pub trait Draft: Message + Default {
    /// The kind, and with it the signing context.
    const KIND: DocumentKind;
    /// Where the frame stands.
    fn frame_mut(&mut self) -> &mut Option<message::DocumentFrame>;
}

macro_rules! drafts {
    ($($message:ident),*) => {$(
        impl Draft for message::$message {
            const KIND: DocumentKind = DocumentKind::$message;
            fn frame_mut(&mut self) -> &mut Option<message::DocumentFrame> {
                &mut self.frame
            }
        }
    )*};
}

drafts!(
    VendorRoot,
    KeyCertificate,
    Licence,
    Amendment,
    Order,
    EscrowRelease,
    RevocationList,
    ActivationCertificate,
    Receipt
);

/// What the frame of a draft says, apart from `requires`.
#[derive(Debug, Clone)]
pub struct DraftFrame {
    /// Who issues it.
    pub vendor: VendorId,
    /// When; the signer's certificate must cover it.
    pub issued_at: CivilSeconds,
    /// The licence concerned, if one is.
    pub licence: Option<LicenceId>,
    /// Number in the licence's vendor sequence, or version of a revocation list; else 0.
    pub sequence: u64,
}

/// Fills the frame of `draft` and signs it.
///
/// # Errors
/// [`SigningError`]: the signer refused; nothing else can fail.
pub fn sign_draft<D, S>(
    mut draft: D,
    frame: &DraftFrame,
    signer: &S,
    chain: Vec<SignedDocument>,
) -> Result<SignedDocument, SigningError>
where
    D: Draft,
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let requires = requires(D::KIND, &draft.encode_to_vec());
    *draft.frame_mut() = Some(message::DocumentFrame {
        requires,
        requires_version: REQUIRES_VERSION.to_owned(),
        vendor: frame.vendor.to_string(),
        issued_at_s: frame.issued_at.0,
        licence_id: frame
            .licence
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        sequence: frame.sequence,
    });
    sign(D::KIND, draft.encode_to_vec(), signer, chain).map_err(|source| SigningError {
        kind: D::KIND,
        key: signer.public_key().id(),
        source: Box::new(source),
    })
}

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(octroi_proto::FILE_DESCRIPTOR_SET)
        .unwrap_or_else(|error| unreachable!("the build wrote these descriptors: {error}"))
});

static MEANING: LazyLock<ExtensionDescriptor> = LazyLock::new(|| {
    POOL.get_extension_by_name("octroi.documents.v1.meaning")
        .unwrap_or_else(|| unreachable!("annotations.proto defines `meaning`"))
});

/// The message that a kind's payload holds.
pub(crate) fn payload_descriptor(kind: DocumentKind) -> Option<MessageDescriptor> {
    let name: String = kind
        .name()
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
                .collect::<String>()
        })
        .collect();
    POOL.get_message_by_name(&format!("octroi.documents.v1.{name}"))
}

/// The term numbers that a payload must list in `requires`: every set field that is annotated as a
/// term, however deep, except inside an informative field. Ascending; empty for bytes that are no payload of `kind`.
pub fn requires(kind: DocumentKind, payload: &[u8]) -> Vec<u32> {
    let mut terms = BTreeSet::new();
    if let Some(descriptor) = payload_descriptor(kind)
        && let Ok(message) = DynamicMessage::decode(descriptor, payload)
    {
        collect(&message, &mut terms);
    }
    terms.into_iter().collect()
}

fn collect(message: &DynamicMessage, terms: &mut BTreeSet<u32>) {
    // `fields` gives the set ones only: not the defaults, but also an empty message that is there.
    for (field, value) in message.fields() {
        if is_informative(&field) {
            continue;
        }
        terms.extend(term_of(&field));
        collect_value(value, terms);
    }
}

fn collect_value(value: &Value, terms: &mut BTreeSet<u32>) {
    if let Some(message) = value.as_message() {
        collect(message, terms);
    }
    for entry in value.as_list().unwrap_or_default() {
        collect_value(entry, terms);
    }
}

/// The number of the critical term that a field is, if it is one.
pub(crate) fn term_of(field: &FieldDescriptor) -> Option<u32> {
    let options = field.options();
    let meaning = options.get_extension(&MEANING);
    let term = meaning.as_message()?.get_field_by_name("term")?.as_u32()?;
    (term > 0).then_some(term)
}

/// Says whether a reader may ignore the field, and with it what stands inside.
fn is_informative(field: &FieldDescriptor) -> bool {
    let options = field.options();
    let meaning = options.get_extension(&MEANING);
    let informative = meaning
        .as_message()
        .and_then(|meaning| meaning.get_field_by_name("informative")?.as_bool());
    informative.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use prost_reflect::Kind;

    use super::*;

    /// A message in which `field` is set, everything that leads to it is set, and nothing else is.
    fn with_only(path: &[FieldDescriptor]) -> DynamicMessage {
        let (field, deeper) = path.split_first().unwrap();
        let mut message = DynamicMessage::new(field.parent_message().clone());
        let value = match field.kind() {
            _ if !deeper.is_empty() => Value::Message(with_only(deeper)),
            Kind::Message(inner) => Value::Message(DynamicMessage::new(inner)),
            Kind::Enum(_) => Value::EnumNumber(1),
            Kind::String => Value::String("x".into()),
            Kind::Bytes => Value::Bytes(vec![1].into()),
            Kind::Bool => Value::Bool(true),
            Kind::Uint32 => Value::U32(7),
            Kind::Uint64 => Value::U64(7),
            Kind::Int64 => Value::I64(7),
            Kind::Int32
            | Kind::Sint32
            | Kind::Sint64
            | Kind::Fixed32
            | Kind::Fixed64
            | Kind::Sfixed32
            | Kind::Sfixed64
            | Kind::Float
            | Kind::Double => panic!("a field of a type that is new to this test"),
        };
        let value = if field.is_list() {
            Value::List(vec![value])
        } else {
            value
        };
        message.set_field(field, value);
        message
    }

    fn paths(
        message: &MessageDescriptor,
        from: &[FieldDescriptor],
        to: &mut Vec<Vec<FieldDescriptor>>,
    ) {
        for field in message.fields() {
            let mut path = from.to_vec();
            path.push(field.clone());
            if let Kind::Message(inner) = field.kind() {
                paths(&inner, &path, to);
            }
            to.push(path);
        }
    }

    #[test]
    fn every_term_that_is_set_is_required_and_so_is_what_holds_it() {
        let mut met = BTreeSet::new();
        for kind in DocumentKind::ALL {
            let Some(root) = payload_descriptor(kind) else {
                continue;
            };
            let mut all = Vec::new();
            paths(&root, &[], &mut all);
            for path in all {
                let payload = with_only(&path).encode_to_vec();
                let critical = path.iter().take_while(|field| !is_informative(field));
                let expected: BTreeSet<u32> = critical.filter_map(term_of).collect();
                met.extend(expected.iter().copied());
                let names: Vec<_> = path.iter().map(|field| field.name().to_owned()).collect();
                assert_eq!(
                    requires(kind, &payload),
                    expected.into_iter().collect::<Vec<_>>(),
                    "{kind}: {}",
                    names.join(".")
                );
            }
        }
        let known: BTreeSet<u32> = octroi_proto::KNOWN_TERMS
            .iter()
            .map(|(term, _)| *term)
            .collect();
        assert_eq!(met, known, "each term of the proto files was tried");
    }

    #[test]
    fn what_is_not_set_is_not_required() {
        assert_eq!(requires(DocumentKind::Licence, &[]), Vec::<u32>::new());
    }

    #[test]
    fn every_kind_has_its_payload() {
        for kind in DocumentKind::ALL {
            assert!(payload_descriptor(kind).is_some(), "{kind}");
        }
    }
}
