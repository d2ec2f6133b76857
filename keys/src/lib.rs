//! The vendor's side: custody of keys, orders, issuing, activation, and what is said about a licence
//! after its issue. Pure: time, entropy, passphrases and the register come in as values, documents
//! and changed records go out, so that the command-line tool and the activation server share every
//! decision. No file, clock, prompt or source of randomness belongs here; the tool's shell in
//! `src/bin` has them.

mod activation;
mod amend;
mod authority;
pub mod calendar;
mod certificate;
mod code;
mod custody;
pub mod dates;
mod document;
mod escrow;
mod in_force;
mod inspect;
mod issue;
pub mod order;
mod refusal;
mod register;
mod revocation;
mod summary;
mod text_form;
mod vendor_order;

pub use activation::{Answer, AnswerError, Clearance, Desk, Request, allot, answer};
pub use amend::{Amend, AmendError, amend, changes};
pub use authority::{Authority, AuthorityError, Certification, CertifyError, certify, vendor_root};
pub use certificate::{Grant, Granted, certify_daemon};
pub use code::{ActivationCode, CodeError};
pub use custody::{CustodyError, EncryptionEntropy, PASSPHRASE_BYTES_MIN, Passphrase, PrivateKey};
pub use document::{Draft, DraftFrame, REQUIRES_VERSION, SigningError, requires, sign_draft};
pub use escrow::{ReleaseError, release};
pub use in_force::{InForce, VendorSequence, View};
pub use inspect::{InspectError, Node, inspect};
pub use issue::{Issue, IssueError, issue};
pub use order::LicenceOrder;
pub use refusal::ActivationRefusal;
pub use register::{
    Activation, FAILED_ATTEMPTS_MAX, GivenAmendment, GivenOrder, GivenOrderKind, IssuedSerial,
    LicenceRecord,
};
pub use revocation::{Revoke, RevokeError, revoke};
pub use summary::{
    amendment_summary, certificate_summary, key_summary, licence_summary, order_summary,
    release_summary, revocation_summary,
};
pub use vendor_order::{VendorOrder, VendorOrderError, give_order};
