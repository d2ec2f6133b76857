//! Signed documents: the envelope, its armour, roles and chain, and verification as the only way to
//! a verified type; the terms that a licence states; dates as values. Shared by the daemon, the
//! vendor's tools and the SDK, so it must never know I/O, a clock, an async runtime or a source of
//! randomness: all of that comes in as values.

mod amendment;
mod armour;
mod borrowed;
mod certificate;
mod checkpoint;
mod choice;
mod contract_year;
mod end_of_use;
mod envelope;
mod error;
mod escrow;
#[cfg(feature = "explain")]
pub mod explain;
mod fields;
mod frame;
mod hardware;
mod honoured;
mod ids;
mod kind;
mod licence;
pub mod merkle;
mod order;
mod random_ids;
mod receipt;
mod report;
mod reporting;
mod request;
mod revocation;
mod root;
mod session;
mod signing;
mod terms;
mod time;
mod version;

pub use amendment::{Amendment, CHANGES_MAX};
pub use armour::{ARMOUR_COLUMNS, ARMOURED_BYTES_MAX, ArmourError, armour, read_armoured};
pub use borrowed::{
    BORROWED_LEASE_BYTES_MAX, BorrowedLease, BorrowedLeaseError, BorrowerKey, sign_borrowed_lease,
};
pub use certificate::{
    ActivationCertificate, HOST_COMPONENTS_MAX, HostComponent, HostComponentKind, HostIdentity,
    Share,
};
pub use checkpoint::Checkpoint;
pub use contract_year::ContractYear;
pub use end_of_use::EndOfUseCertificate;
pub use envelope::{
    CHAIN_MAX, DocumentType, SIGNATURES_MAX, SelfSigned, Verified, verify, verify_self_signed,
    verify_with,
};
pub use error::{DocumentError, TermError};
pub use escrow::{EscrowCase, EscrowRelease, verify_release, verify_release_with};
pub use fields::TEXT_BYTES_MAX;
pub use frame::Frame;
pub use hardware::{
    CHECKOUT_PROOF_BYTES_MAX, CHECKOUTS_PER_PROOF_MAX, CREDENTIAL_ID_BYTES_MAX, CheckoutNonces,
    CheckoutProofError, CredentialId, DongleProof, FIDO2_RELYING_PARTY, FIDO2_SIGNATURE_BYTES_MAX,
    Fido2Credential, Fido2Proof, Fido2PublicKey, HardwareChallenge, HardwareProof,
    HardwareProofError, KeyEvidence, P256Key, dongle_message, verify_checkout_proof,
    verify_hardware_proof,
};
pub use honoured::TermSet;
pub use ids::{
    CategoryId, DocumentDigest, EntityId, FeatureName, KeyId, LicenceId, NameError, ProductId,
    PublicKey, SiteId, VendorId,
};
pub use kind::DocumentKind;
pub use licence::{
    AbsenceBudget, ActivationServer, Binding, FEATURES_MAX, Feature, Grouping, HARDWARE_KEYS_MAX,
    HardwareCredential, HardwareKey, HardwareKeyKind, KEY_PINS_MAX, KeyRule, KeySerial, Licence,
    MINIMUM_HOLD_DEFAULT, Metric, PROOF_INTERVAL_DEFAULT, RESUME_WINDOW_DEFAULT, SEATS_MAX,
    SITES_MAX, SPAN_MAX_S, Seats, Site, Term, TermsAcceptance,
};
pub use order::{
    CureOutcome, Ground, HOSTS_LISTED_MAX, Order, OrderKind, ReservationDecision, Scope,
};
pub use random_ids::{AssignmentId, BorrowId, ReservationId};
pub use receipt::{
    ANNOUNCEMENT_BYTES_MAX, Announcement, FORKS_MAX, PENDING_MAX, PendingDocument, Receipt,
    ReceiptMismatch,
};
pub use report::{
    ANSWERS_MAX, AnnouncementAnswer, COUNT_MAX, Count, CountedKind, FeatureUsage, LicenceUsage,
    Numbered, RECEIPT_BYTES_MAX, REPORTED_LICENCES_MAX, RefusalCode, ReportedDeclaration,
    UsageReport,
};
pub use reporting::{REPORTING_DAYS_MAX, REPORTING_STOP_DAYS_MIN, Reporting, ReportingStep};
pub use request::{ActivationRequest, activation_code_digest, activation_code_proof};
pub use revocation::{REVOKED_MAX, RevocationList, Revocations, RevokedKey, RevokedLicence};
pub use root::{CERTIFIED_PRODUCTS_MAX, KeyCertificate, KeyRole, TrustedRoot, VendorRoot};
pub use session::{SessionKey, session_proof_verifies, sign_session_proof};
pub use signing::{DOCUMENT_BYTES_MAX, Signer, decode_signed, digest_of, encode_signed, sign};
pub use terms::{
    ALLOWED_TIMES_MAX, Acceptance, Borrow, CATEGORIES_MAX, CLAUSES_MAX, CategoryLimit,
    CheckoutProof, Clause, Containers, Country, Delay, DelayUnit, ENTITIES_MAX, Eligibility,
    EndOfUse, EndOfUseChoice, Entity, HOLIDAYS_MAX, HolidayRule, Identity, METER_AMOUNT_MAX,
    MeterWindow, Metered, NamedUsers, NonRenewalForm, NoticeBasis, Operations, Overdraft,
    OverdraftUnit, PostTerm, Precedence, RENEWALS_MAX, RETENTION_DAYS_MAX, Reaction, Region,
    RehostOver, Rehosts, Renewal, RenewalPeriod, Retention, Severity, Support, SupportHours,
    SupportLevel, Territory, VendorAccess, WeeklyTimes, WindowUnit, Zone,
};
pub use time::{CivilDay, CivilMillis, CivilSeconds, Days, Seconds, postponed};
pub use version::{ProductVersion, VERSION_PARTS_MAX, VersionError, VersionRange};

/// The messages as they travel; `octroi-licence` turns them into the types above.
pub use octroi_proto::documents::v1 as message;
