//! The lease of a borrowed seat: what the daemon signs for the time when nobody can ask it, and how an
//! application reads it. It says who lends and to which key; whether that daemon may lend, its
//! activation certificate says, and what may be lent, the licence: the reader judges both. No clock
//! lives here.

use ed25519_dalek::SigningKey;
use octroi_proto::licensing::v1 as wire;
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use zeroize::ZeroizeOnDrop;

use crate::{
    BorrowId, CivilMillis, CivilSeconds, DocumentDigest, FeatureName, PublicKey, Seats, Signer,
};

const LEASE_CONTEXT: &[u8] = b"octroi/borrowed-lease/v1\0";
const ID_CONTEXT: &[u8] = b"octroi/borrow-id/v1\0";

/// The most bytes of a borrowed lease's terms: a name, a few keys and numbers.
pub const BORROWED_LEASE_BYTES_MAX: usize = 4096;

impl BorrowId {
    /// The id of what is lent to a key: the first 16 bytes of SHA-256 over "octroi/borrow-id/v1" 0x00
    /// and the raw key. So what names the seat in ledger and orders also holds it to the key.
    pub fn of_borrower(key: &PublicKey) -> Self {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(ID_CONTEXT)
            .chain_update(key.as_bytes())
            .finalize()
            .into();
        let (id, _) = hash.split_at(16);
        Self(id.try_into().unwrap_or([0; 16]))
    }
}

/// The key to which a borrowed seat's leases are bound, made by whoever borrows, for one seat alone.
/// It is overwritten when dropped and never shown.
#[derive(Clone, ZeroizeOnDrop)]
pub struct BorrowerKey(SigningKey);

impl BorrowerKey {
    /// The key of 32 bytes of fresh entropy.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, to be kept in a place that nobody else reads.
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        self.0.verifying_key().into()
    }
}

impl std::fmt::Debug for BorrowerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BorrowerKey(secret)")
    }
}

/// One period of a borrowed seat. The only way to it is its [`verify`](Self::verify).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BorrowedLease {
    /// The borrowed seat.
    pub borrow: BorrowId,
    /// Whoever uses the lease holds this key's secret.
    pub borrower: PublicKey,
    /// Who lends and signed.
    pub daemon_key: PublicKey,
    /// Under which licence document.
    pub licence_digest: DocumentDigest,
    /// Which feature.
    pub feature: FeatureName,
    /// How many units.
    pub units: Seats,
    /// When it was signed, as the daemon judges time.
    pub issued_at: CivilMillis,
    /// First instant after this period.
    pub until: CivilSeconds,
    /// No period ends later.
    pub longest: CivilSeconds,
}

/// Why the lease of a borrowed seat is not honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BorrowedLeaseError {
    /// It does not read as one.
    #[error("the lease is malformed ({what})")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// Another key signed it than the one that is activated, or nobody did.
    #[error("the lease is not signed by the daemon's key")]
    Forged,
    /// It was lent to another key.
    #[error("the lease was lent to another key")]
    AnotherBorrower,
    /// It ends before it begins, or after everything ends.
    #[error("the lease's dates contradict one another")]
    Dates,
}

/// Signs the encoded terms of a borrowed lease with the daemon's key.
///
/// # Errors
/// Whatever the signer says.
pub fn sign_borrowed_lease<S: Signer>(terms: &[u8], signer: &S) -> Result<[u8; 64], S::Error> {
    signer.sign(&to_be_signed(terms))
}

impl BorrowedLease {
    /// Reads a lease that `daemon_key` is to have signed for `borrower`, strictly.
    ///
    /// # Errors
    /// [`BorrowedLeaseError`].
    pub fn verify(
        lease: &wire::BorrowedLease,
        daemon_key: &PublicKey,
        borrower: &PublicKey,
    ) -> Result<Self, BorrowedLeaseError> {
        let malformed = |what| BorrowedLeaseError::Malformed { what };
        if lease.terms.len() > BORROWED_LEASE_BYTES_MAX {
            return Err(malformed("too long"));
        }
        if !daemon_key.verifies(&to_be_signed(&lease.terms), &lease.signature) {
            return Err(BorrowedLeaseError::Forged);
        }
        let terms = wire::BorrowedLeaseTerms::decode(lease.terms.as_slice())
            .map_err(|_| malformed("terms"))?;
        if terms.daemon_key != daemon_key.as_bytes() {
            return Err(BorrowedLeaseError::Forged);
        }
        if terms.borrower_key != borrower.as_bytes() {
            return Err(BorrowedLeaseError::AnotherBorrower);
        }
        let borrow = BorrowId::of_borrower(borrower);
        if terms.borrow != borrow.0 {
            return Err(malformed("id"));
        }
        let licence_digest = <[u8; 32]>::try_from(terms.licence_digest.as_slice())
            .map(DocumentDigest::from_bytes)
            .map_err(|_| malformed("licence digest"))?;
        let feature = terms.feature.parse().map_err(|_| malformed("feature"))?;
        if terms.units == 0 {
            return Err(malformed("units"));
        }
        let (until, longest) = (CivilSeconds(terms.until_s), CivilSeconds(terms.longest_s));
        let issued_at = CivilMillis(terms.issued_ms);
        if until.millis() <= issued_at || until > longest {
            return Err(BorrowedLeaseError::Dates);
        }
        Ok(Self {
            borrow,
            borrower: *borrower,
            daemon_key: *daemon_key,
            licence_digest,
            feature,
            units: Seats(terms.units),
            issued_at,
            until,
            longest,
        })
    }
}

fn to_be_signed(terms: &[u8]) -> Vec<u8> {
    [LEASE_CONTEXT, terms].concat()
}
