//! Signed documents: the envelope, its armour, roles and chain, and verification as the only way to
//! a verified type; the terms that a licence states; dates as values. Shared by the daemon, the
//! vendor's tools and the SDK, so it must never know I/O, a clock, an async runtime or a source of
//! randomness: all of that comes in as values.

mod armour;
mod certificate;
mod envelope;
mod error;
mod hardware;
mod ids;
mod kind;
mod licence;
mod order;
mod request;
mod revocation;
mod root;
mod session;
mod time;
mod version;

pub use armour::{ARMOUR_COLUMNS, ARMOURED_BYTES_MAX, ArmourError, armour, read_armoured};
pub use certificate::{
    ActivationCertificate, HostComponent, HostComponentKind, HostIdentity, Share,
};
pub use envelope::{
    CHAIN_MAX, DOCUMENT_BYTES_MAX, DocumentType, Frame, SIGNATURES_MAX, SelfSigned, Signer,
    Verified, decode_signed, digest_of, encode_signed, sign, verify, verify_self_signed,
};
pub use error::{DocumentError, TermError};
pub use hardware::{
    DongleProof, HardwareChallenge, HardwareProofError, dongle_message, verify_dongle,
};
pub use ids::{
    DocumentDigest, FeatureName, KeyId, LicenceId, NameError, ProductId, PublicKey, SiteId,
    VendorId,
};
pub use kind::DocumentKind;
pub use licence::{
    AbsenceBudget, ActivationServer, Binding, FEATURES_MAX, Feature, Grouping, HARDWARE_KEYS_MAX,
    HardwareKey, HardwareKeyKind, KeyRule, KeySerial, Licence, Metric, SEATS_MAX, SITES_MAX,
    SPAN_MAX_S, Seats, Site, Term, TermsAcceptance,
};
pub use order::{Ground, Order, OrderKind, Scope};
pub use request::{ActivationRequest, activation_code_digest, activation_code_proof};
pub use revocation::{RevocationList, Revocations, RevokedKey, RevokedLicence};
pub use root::{KeyCertificate, KeyRole, TrustedRoot, VendorRoot};
pub use session::{SessionKey, session_proof_verifies, sign_session_proof};
pub use time::{CivilMillis, CivilSeconds, Seconds};
pub use version::{ProductVersion, VersionError, VersionRange};

/// The messages as they travel; `octroi-licence` turns them into the types above.
pub use octroi_proto::documents::v1 as message;
