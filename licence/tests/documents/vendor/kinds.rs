//! One document of every kind, and what becomes of it.

use octroi_licence::{
    ActivationCertificate, ActivationRequest, Amendment, DocumentDigest, DocumentError,
    DocumentKind, DocumentType, EndOfUseCertificate, KeyCertificate, Licence, Order, Receipt,
    RevocationList, Revocations, TermSet, TrustedRoot, UsageReport, VendorRoot, Verified, message,
    verify_release_with, verify_self_signed, verify_with,
};
use prost::Message as _;

use super::{
    LICENCE_ID, activation_certificate, activation_chain, activation_request, full, issuing_chain,
    key_certificate, reports, revocation_list, revoked_key, suspension, vendor_root,
};

/// Verifies as a reader that carries out every term of this version.
fn known<T: DocumentType>(
    signed: &message::SignedDocument,
    root: &TrustedRoot,
    revocations: &Revocations,
) -> Result<Verified<T>, DocumentError> {
    verify_with(signed, root, revocations, TermSet::KNOWN)
}

/// The digest of a document of any kind, if it is honoured. An escrow release is read with the sample
/// licence.
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
            known::<KeyCertificate>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::Licence => {
            known::<Licence>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::Order => known::<Order>(signed, root, revocations).map(|read| read.digest()),
        DocumentKind::RevocationList => {
            known::<RevocationList>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::ActivationCertificate => {
            known::<ActivationCertificate>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::ActivationRequest => {
            verify_self_signed::<ActivationRequest>(signed).map(|read| read.digest())
        }
        DocumentKind::UsageReport => {
            verify_self_signed::<UsageReport>(signed).map(|read| read.digest())
        }
        DocumentKind::Receipt => {
            known::<Receipt>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::Amendment => {
            known::<Amendment>(signed, root, revocations).map(|read| read.digest())
        }
        DocumentKind::EscrowRelease => {
            verify_release_with(signed, &super::sample(), TermSet::KNOWN).map(|read| read.digest())
        }
        DocumentKind::EndOfUseCertificate => {
            verify_self_signed::<EndOfUseCertificate>(signed).map(|read| read.digest())
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
    let mut all = vec![
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
    ];
    all.extend(full::payloads().into_iter().map(|(kind, payload, signer)| {
        let chain = if signer == "issuing" {
            issuing_chain()
        } else {
            Vec::new()
        };
        (kind, payload, signer, chain)
    }));
    all
}
