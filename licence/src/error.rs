//! What can be wrong with a document, named so that the person who holds it knows what to do.

use crate::{CivilSeconds, DocumentKind, KeyId, NameError, ProductId, VendorId, VersionError};

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
        "the {kind} is dated {issued_at:?}, outside its key's certificate ({from:?} to {until:?})"
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
    /// The signing key was revoked and this document is not among those still honoured.
    #[error("key {key} was revoked (untrusted after {untrusted_after:?})")]
    KeyRevoked {
        /// The signing key.
        key: KeyId,
        /// The revocation's date.
        untrusted_after: CivilSeconds,
    },
    /// A critical term, order kind or enumeration value that this version does not know.
    #[error(
        "the {kind} states terms that this version does not know ({terms}); version {needed} or later is needed"
    )]
    TooNew {
        /// The kind expected.
        kind: DocumentKind,
        /// The unknown terms in words.
        terms: String,
        /// The version that knows them, as the document says.
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

/// Why a term of a signed document cannot be honoured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermError {
    /// A name outside its alphabet or length.
    #[error("{field}: {source}")]
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
    #[error("{field}: {source}")]
    Version {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: VersionError,
    },
    /// Not a public key.
    #[error("{field} is not an Ed25519 public key")]
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
