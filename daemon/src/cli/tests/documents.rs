//! Signed documents for the tests: real signatures, by keys that nobody trusts.

use ed25519_dalek::SigningKey;
use octroi_licence::{DocumentKind, KeyId, Signer as _, armour, message, sign};
use prost::Message as _;

/// The vendor's root key of these tests.
pub(super) fn root_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Its fingerprint.
pub(super) fn fingerprint() -> KeyId {
    root_key().public_key().id()
}

/// The vendor's root document, as `root.pub`.
pub(super) fn root_document() -> String {
    let root = message::VendorRoot {
        frame: Some(message::DocumentFrame {
            vendor: "acme".to_owned(),
            issued_at_s: 1_767_225_600,
            sequence: 1,
            ..message::DocumentFrame::default()
        }),
        vendor_name: "Acme Solvers SAS".to_owned(),
        public_key: root_key().public_key().as_bytes().to_vec(),
    };
    document(
        DocumentKind::VendorRoot,
        root.encode_to_vec(),
        "Acme's root, for its clients",
    )
}

/// Any document: the daemon judges what is in it, this tool only that it is whole.
pub(super) fn document(kind: DocumentKind, payload: Vec<u8>, summary: &str) -> String {
    let Ok(signed) = sign(kind, payload, &root_key(), Vec::new());
    armour(kind, &signed, summary)
}

/// A licence document.
pub(super) fn licence() -> String {
    document(
        DocumentKind::Licence,
        vec![1, 2, 3],
        "For: Client SA\nContact: jane@client.example",
    )
}
