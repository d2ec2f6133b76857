//! Leases of borrowed seats: what is honoured, and every hostile variant that is not.

use octroi_licence::{
    BORROWED_LEASE_BYTES_MAX, BorrowId, BorrowedLease, BorrowedLeaseError, BorrowerKey,
    CivilMillis, CivilSeconds, Seats, session_proof_verifies, sign_borrowed_lease,
    sign_session_proof,
};
use octroi_proto::licensing::v1 as wire;
use prost::Message as _;

use crate::vendor::{key, public};

const DAEMON: &str = "daemon";
const NOON: i64 = 1_788_000_000;
const DAY: i64 = 86_400;

fn borrower() -> BorrowerKey {
    BorrowerKey::from_seed(&[7; 32])
}

fn terms() -> wire::BorrowedLeaseTerms {
    let borrower = borrower().public_key();
    wire::BorrowedLeaseTerms {
        borrow: BorrowId::of_borrower(&borrower).0.to_vec(),
        borrower_key: borrower.as_bytes().to_vec(),
        daemon_key: public(DAEMON).as_bytes().to_vec(),
        licence_digest: vec![3; 32],
        feature: "cad".into(),
        units: 2,
        issued_ms: NOON * 1_000,
        until_s: NOON + DAY,
        longest_s: NOON + 7 * DAY,
    }
}

fn signed_by(name: &str, terms: Vec<u8>) -> wire::BorrowedLease {
    let Ok(signature) = sign_borrowed_lease(&terms, &key(name));
    wire::BorrowedLease {
        terms,
        signature: signature.to_vec(),
        hardware_proof: Vec::new(),
    }
}

fn read(lease: &wire::BorrowedLease) -> Result<BorrowedLease, BorrowedLeaseError> {
    BorrowedLease::verify(lease, &public(DAEMON), &borrower().public_key())
}

/// What becomes of terms that the daemon itself signed after `change`.
fn changed(change: impl FnOnce(&mut wire::BorrowedLeaseTerms)) -> BorrowedLeaseError {
    let mut terms = terms();
    change(&mut terms);
    read(&signed_by(DAEMON, terms.encode_to_vec())).unwrap_err()
}

#[test]
fn a_lease_that_the_daemon_signed_for_this_key_says_what_was_lent() {
    let lease = read(&signed_by(DAEMON, terms().encode_to_vec())).unwrap();
    assert_eq!(
        lease.borrow,
        BorrowId::of_borrower(&borrower().public_key())
    );
    assert_eq!((lease.feature.as_str(), lease.units), ("cad", Seats(2)));
    assert_eq!(lease.issued_at, CivilMillis(NOON * 1_000));
    assert_eq!(lease.until, CivilSeconds(NOON + DAY));
    assert_eq!(lease.longest, CivilSeconds(NOON + 7 * DAY));
}

#[test]
fn every_altered_byte_of_terms_or_signature_is_refused_as_forged() {
    let lease = signed_by(DAEMON, terms().encode_to_vec());
    for at in 0..lease.terms.len() {
        let mut altered = lease.clone();
        altered.terms[at] ^= 1;
        assert_eq!(read(&altered), Err(BorrowedLeaseError::Forged), "{at}");
    }
    for at in 0..lease.signature.len() {
        let mut altered = lease.clone();
        altered.signature[at] ^= 1;
        assert_eq!(read(&altered), Err(BorrowedLeaseError::Forged), "{at}");
    }
    for cut in [0, 1, 63] {
        let mut short = lease.clone();
        short.signature.truncate(cut);
        assert_eq!(read(&short), Err(BorrowedLeaseError::Forged), "{cut}");
    }
}

#[test]
fn a_lease_of_another_daemon_is_refused_whatever_it_says() {
    let lease = signed_by("impostor", terms().encode_to_vec());
    assert_eq!(read(&lease), Err(BorrowedLeaseError::Forged));
    // The right signer, naming somebody else.
    let of_another = |terms: &mut wire::BorrowedLeaseTerms| {
        terms.daemon_key = public("impostor").as_bytes().to_vec();
    };
    assert_eq!(changed(of_another), BorrowedLeaseError::Forged);
}

#[test]
fn a_lease_serves_only_the_key_that_it_was_lent_to() {
    let lease = signed_by(DAEMON, terms().encode_to_vec());
    let thief = BorrowerKey::from_seed(&[8; 32]).public_key();
    assert_eq!(
        BorrowedLease::verify(&lease, &public(DAEMON), &thief),
        Err(BorrowedLeaseError::AnotherBorrower)
    );
    assert_ne!(
        BorrowId::of_borrower(&thief),
        BorrowId::of_borrower(&borrower().public_key())
    );
}

#[test]
fn what_was_signed_as_something_else_is_no_lease_and_the_reverse() {
    let terms = terms().encode_to_vec();
    let Ok(signature) = sign_session_proof(&terms, &key(DAEMON));
    let posing = wire::BorrowedLease {
        terms: terms.clone(),
        signature: signature.to_vec(),
        hardware_proof: Vec::new(),
    };
    assert_eq!(read(&posing), Err(BorrowedLeaseError::Forged));
    let lease = signed_by(DAEMON, terms.clone());
    assert!(!session_proof_verifies(
        &terms,
        &lease.signature,
        &public(DAEMON)
    ));
}

#[test]
fn what_is_malformed_is_named_even_under_a_good_signature() {
    let malformed = |what| BorrowedLeaseError::Malformed { what };
    assert_eq!(changed(|terms| terms.borrow = vec![1; 16]), malformed("id"));
    assert_eq!(changed(|terms| terms.borrow.truncate(15)), malformed("id"));
    assert_eq!(
        changed(|terms| terms.licence_digest.truncate(31)),
        malformed("licence digest")
    );
    assert_eq!(changed(|terms| terms.feature.clear()), malformed("feature"));
    assert_eq!(changed(|terms| terms.units = 0), malformed("units"));
    assert_eq!(
        read(&signed_by(DAEMON, vec![0xff; 8])),
        Err(malformed("terms"))
    );
    assert_eq!(
        read(&signed_by(DAEMON, vec![0; BORROWED_LEASE_BYTES_MAX + 1])),
        Err(malformed("too long"))
    );
}

#[test]
fn a_lease_that_is_over_before_it_begins_or_outlives_its_longest_is_refused() {
    assert_eq!(
        changed(|terms| terms.until_s = NOON),
        BorrowedLeaseError::Dates
    );
    assert_eq!(
        changed(|terms| terms.until_s = i64::MIN),
        BorrowedLeaseError::Dates
    );
    assert_eq!(
        changed(|terms| terms.longest_s = NOON + DAY - 1),
        BorrowedLeaseError::Dates
    );
}

#[test]
fn a_borrowers_key_reads_back_from_its_seed_and_does_not_show_itself() {
    let again = BorrowerKey::from_seed(&borrower().seed());
    assert_eq!(again.public_key(), borrower().public_key());
    assert_eq!(format!("{again:?}"), "BorrowerKey(secret)");
}
