//! One document of every kind, and what becomes of it.

use octroi_licence::{
    ActivationCertificate, ActivationRequest, DocumentDigest, DocumentError, DocumentKind,
    KeyCertificate, Licence, Order, Receipt, RevocationList, Revocations, TrustedRoot, UsageReport,
    VendorRoot, message, verify, verify_self_signed,
};
use prost::Message as _;

use super::{
    LICENCE_ID, activation_certificate, activation_chain, activation_request, issuing_chain,
    key_certificate, reports, revocation_list, revoked_key, suspension, vendor_root,
};

/// The digest of a document of any kind, if it is honoured.
pub(crate) fn judged(
    kind: DocumentKind,
    signed: &message::SignedDocument,
    root: &TrustedRoot,
    revocations: &Revocations,
) -> Result<DocumentDigest, DocumentError> {
    match kind {
        DocumentKind::VendorRoot => {
            verify_self_signed::<VendorRoot>(signed).map(|read| read.digest())
        }
        DocumentKind::KeyCertificate => {
            verify::<KeyCertificate>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::Licence => {
            verify::<Licence>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::Order => verify::<Order>(signed, root, revocations).map(|read| read.digest()),
        DocumentKind::RevocationList => {
            verify::<RevocationList>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::ActivationCertificate => {
            verify::<ActivationCertificate>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::ActivationRequest => {
            verify_self_signed::<ActivationRequest>(signed).map(|read| read.digest())
        }
        DocumentKind::UsageReport => {
            verify_self_signed::<UsageReport>(signed).map(|read| read.digest())
        }
        DocumentKind::Receipt => {
            verify::<Receipt>(signed, root, revocations).map(|read| read.digest())
        }
        kind => panic!("no type for {kind}"),
    }
}

/// One payload of every kind, with the key that signs it and the chain to that key.
pub(crate) fn one_of_each() -> Vec<(
    DocumentKind,
    Vec<u8>,
    &'static str,
    Vec<message::SignedDocument>,
)> {
    let mut list = revocation_list(1);
    list.keys = vec![revoked_key("issuing-2", &[[1; 32]])];
    list.licences = vec![message::RevokedLicence {
        licence_id: LICENCE_ID.to_owned(),
        serial_max: 1,
        reason: "replaced".to_owned(),
    }];
    let certificate = key_certificate(message::KeyRole::Issuing, "issuing");
    let (issuing, activation) = (issuing_chain(), activation_chain());
    vec![
        (
            DocumentKind::VendorRoot,
            vendor_root("root").encode_to_vec(),
            "root",
            vec![],
        ),
        (
            DocumentKind::KeyCertificate,
            certificate.encode_to_vec(),
            "root",
            vec![],
        ),
        (
            DocumentKind::Licence,
            reports::reporting_licence().encode_to_vec(),
            "issuing",
            issuing.clone(),
        ),
        (
            DocumentKind::Order,
            suspension().encode_to_vec(),
            "issuing",
            issuing.clone(),
        ),
        (
            DocumentKind::RevocationList,
            list.encode_to_vec(),
            "issuing",
            issuing,
        ),
        (
            DocumentKind::ActivationCertificate,
            activation_certificate().encode_to_vec(),
            "activation",
            activation.clone(),
        ),
        (
            DocumentKind::UsageReport,
            reports::usage_report().encode_to_vec(),
            "daemon",
            vec![],
        ),
        (
            DocumentKind::Receipt,
            reports::receipt().encode_to_vec(),
            "activation",
            activation,
        ),
        (
            DocumentKind::ActivationRequest,
            activation_request().encode_to_vec(),
            "daemon",
            vec![],
        ),
    ]
}
