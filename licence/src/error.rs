//! What can be wrong with a document, named so that the person who holds it knows what to do.

use crate::{
    CivilSeconds, DocumentKind, KeyId, LicenceId, NameError, ProductId, VendorId, VersionError,
};

/// Why a document is not honoured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Larger than any document may be; nothing was read.
    #[error("the document has {bytes} bytes, at most {max} are read")]
    TooLarge {
        /// Bytes found.
        bytes: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Not a protobuf message of the expected shape.
    #[error("the {kind} is damaged: {what}")]
    Malformed {
        /// The kind expected.
        kind: DocumentKind,
        /// What does not decode.
        what: String,
    },
    /// More signatures or certificates than are read.
    #[error("the {kind} carries {found} {what}, at most {max} are read")]
    TooMany {
        /// The kind expected.
        kind: DocumentKind,
        /// Signatures or certificates.
        what: &'static str,
        /// How many stood there.
        found: usize,
        /// How many are read.
        max: usize,
    },
    /// No signature by a key that the chain leads to.
    #[error("the {kind} is not signed by a key that the vendor's root {root} vouches for")]
    Untrusted {
        /// The kind expected.
        kind: DocumentKind,
        /// The trusted root.
        root: KeyId,
    },
    /// The right key's signature does not fit the bytes: altered, or damaged in transit.
    #[error("the {kind} was altered after key {key} signed it")]
    SignatureInvalid {
        /// The kind expected.
        kind: DocumentKind,
        /// The key that the signature names.
        key: KeyId,
    },
    /// A good signature, but over another kind of document.
    #[error("the document is signed as {actual}, not as {expected}")]
    AnotherKind {
        /// The kind expected.
        expected: DocumentKind,
        /// The kind under which the signature holds.
        actual: DocumentKind,
    },
    /// The signing key is vouched for, but not for this kind of document.
    #[error("key {key} may not sign: {kind}")]
    WrongRole {
        /// The kind expected.
        kind: DocumentKind,
        /// The signing key.
        key: KeyId,
    },
    /// The certificate of the signing key does not cover the day of issue.
    #[error(
        "the {kind} is dated {issued_at}, outside its key's certificate ({from} to {until}, in seconds since 1970)"
    )]
    OutsideCertificate {
        /// The kind expected.
        kind: DocumentKind,
        /// The document's date.
        issued_at: CivilSeconds,
        /// First instant covered.
        from: CivilSeconds,
        /// First instant no longer covered.
        until: CivilSeconds,
    },
    /// The certificate of the signing key is for other products.
    #[error("key {key} may not sign for product {product}")]
    ProductNotCovered {
        /// The signing key.
        key: KeyId,
        /// The document's product.
        product: ProductId,
    },
    /// Document, certificate and root do not name the same vendor.
    #[error("the {kind} names vendor {found}, its key belongs to {expected}")]
    AnotherVendor {
        /// The kind expected.
        kind: DocumentKind,
        /// The vendor of the key.
        expected: VendorId,
        /// The vendor in the document.
        found: VendorId,
    },
    /// The document is about another licence.
    #[error("the {kind} does not belong to licence {expected}")]
    AnotherLicence {
        /// The kind expected.
        kind: DocumentKind,
        /// The licence to which it was to be applied.
        expected: LicenceId,
    },
    /// The document was made for another document of the same licence.
    #[error("the {kind} was not made for serial {serial} of licence {licence}")]
    AnotherSerial {
        /// The kind expected.
        kind: DocumentKind,
        /// The licence.
        licence: LicenceId,
        /// The serial to which it was to be applied.
        serial: u64,
    },
    /// The signing key was revoked and this document is not among those still honoured.
    #[error("key {key} was revoked and is untrusted after {untrusted_after} (seconds since 1970)")]
    KeyRevoked {
        /// The signing key.
        key: KeyId,
        /// The revocation's date.
        untrusted_after: CivilSeconds,
    },
    /// A critical term, order kind or enumeration value that this version does not know.
    #[error(
        "the {kind} states terms that this version does not know ({terms}); {} is needed",
        version_needed(needed)
    )]
    TooNew {
        /// The kind expected.
        kind: DocumentKind,
        /// The unknown terms in words.
        terms: String,
        /// The version that knows them, as the document says; empty where it does not say.
        needed: String,
    },
    /// Signed and readable, but a term makes no sense.
    #[error("the {kind} is not valid")]
    Term {
        /// The kind expected.
        kind: DocumentKind,
        /// Which term and why.
        #[source]
        source: TermError,
    },
}

impl DocumentError {
    /// The stable code, for programs and for the hostile vectors.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "DOCUMENT_TOO_LARGE",
            Self::Malformed { .. } => "DOCUMENT_MALFORMED",
            Self::TooMany { .. } => "DOCUMENT_TOO_MANY_PARTS",
            Self::Untrusted { .. } => "DOCUMENT_UNTRUSTED",
            Self::SignatureInvalid { .. } => "DOCUMENT_ALTERED",
            Self::AnotherKind { .. } => "DOCUMENT_OF_ANOTHER_KIND",
            Self::WrongRole { .. } => "DOCUMENT_KEY_ROLE",
            Self::OutsideCertificate { .. } => "DOCUMENT_OUTSIDE_CERTIFICATE",
            Self::ProductNotCovered { .. } => "DOCUMENT_PRODUCT_NOT_COVERED",
            Self::AnotherVendor { .. } => "DOCUMENT_OF_ANOTHER_VENDOR",
            Self::AnotherLicence { .. } => "DOCUMENT_OF_ANOTHER_LICENCE",
            Self::AnotherSerial { .. } => "DOCUMENT_OF_ANOTHER_SERIAL",
            Self::KeyRevoked { .. } => "DOCUMENT_KEY_REVOKED",
            Self::TooNew { .. } => "DAEMON_TOO_OLD",
            Self::Term { .. } => "DOCUMENT_TERM_INVALID",
        }
    }
}

fn version_needed(needed: &str) -> String {
    match needed {
        "" => "a later version".to_owned(),
        version => format!("version {version} or later"),
    }
}

/// Why a term of a signed document cannot be honoured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermError {
    /// A name outside its alphabet or length.
    #[error("{field} is not valid")]
    Name {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: NameError,
    },
    /// A required field is not set.
    #[error("{field} is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// Bytes of the wrong length.
    #[error("{field} must have {expected} bytes, not {found}")]
    Length {
        /// The field.
        field: &'static str,
        /// Bytes expected.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A number outside its bounds.
    #[error("{field} is {found}, allowed are {min} to {max}")]
    Range {
        /// The field.
        field: &'static str,
        /// The number found.
        found: u64,
        /// The least allowed.
        min: u64,
        /// The greatest allowed.
        max: u64,
    },
    /// An instant outside the calendar, 1970 to 9999.
    #[error("{field} is {found}, not seconds since 1970 before the year 10000")]
    Instant {
        /// The field.
        field: &'static str,
        /// The number found.
        found: i64,
    },
    /// Too many entries of a list.
    #[error("{field} has {found} entries, at most {max} are allowed")]
    TooMany {
        /// The field.
        field: &'static str,
        /// Entries found.
        found: usize,
        /// Entries allowed.
        max: usize,
    },
    /// The same entry twice.
    #[error("{field} names {entry} twice")]
    Twice {
        /// The field.
        field: &'static str,
        /// The entry.
        entry: String,
    },
    /// An end that does not lie after its start.
    #[error("{field} ends before it starts")]
    EndsBeforeStart {
        /// The field.
        field: &'static str,
    },
    /// A version that does not parse.
    #[error("{field} is not valid")]
    Version {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: VersionError,
    },
    /// Not a public key.
    #[error("{field} is not a usable Ed25519 public key")]
    PublicKey {
        /// The field.
        field: &'static str,
    },
    /// An enumeration value or kind of a later version (becomes [`DocumentError::TooNew`]).
    #[error("{field} has a value that this version does not know")]
    Unknown {
        /// The field.
        field: &'static str,
    },
    /// Two terms that cannot both hold.
    #[error("{what}")]
    Contradiction {
        /// Which terms and why.
        what: String,
    },
}
