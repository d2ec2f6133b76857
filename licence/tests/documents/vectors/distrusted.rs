//! Whole documents whose signatures do not count: wrong keys, roles, chains, dates, revocation.

use octroi_licence::{DocumentKind, KeyId, message};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::{Vector, envelope_with, licence_with, written};
use crate::vendor::{
    ISSUED_AT, activation_chain, activation_request, certificate_by, certified, issuing_chain,
    key_certificate, licence, signed, suspension, vendor_root,
};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = signatures();
    all.extend(roles());
    all.extend(certificates());
    all.extend(revoked());
    all
}

fn licence_by(signer: &str, chain: Vec<message::SignedDocument>) -> String {
    let payload = licence().encode_to_vec();
    let kind = DocumentKind::Licence;
    written(kind, &signed(kind, payload, signer, chain))
}

/// The licence under an issuing certificate that was changed before the root signed it.
fn under(change: impl FnOnce(&mut message::KeyCertificate)) -> String {
    let mut certificate = key_certificate(message::KeyRole::Issuing, "issuing");
    change(&mut certificate);
    licence_by("issuing", vec![certificate_by("root", &certificate)])
}

/// The order of the group, little-endian (RFC 8032 section 5.1).
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The same signature with S + L for S: it satisfies the equation and must be refused all the same.
fn malleated(signature: &mut [u8]) {
    let mut carry = 0;
    for (byte, addend) in signature[32..].iter_mut().zip(GROUP_ORDER) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "S + L fits 32 bytes");
}

/// The neutral element: of order one, so that R = neutral, S = 0 "signs" everything.
fn neutral() -> [u8; 32] {
    let mut point = [0; 32];
    point[0] = 1;
    point
}

fn small_order() -> String {
    let mut certificate = key_certificate(message::KeyRole::Issuing, "issuing");
    certificate.public_key = neutral().to_vec();
    let key = KeyId::from_bytes(Sha256::digest(neutral()).into());
    envelope_with(|signed| {
        signed.chain = vec![certificate_by("root", &certificate)];
        signed.signatures = vec![message::DocumentSignature {
            key_id: key.as_bytes().to_vec(),
            signature: [neutral(), [0; 32]].concat(),
        }];
    })
}

fn signatures() -> Vec<Vector> {
    let order = suspension().encode_to_vec();
    let order = signed(DocumentKind::Order, order, "issuing", issuing_chain());
    vec![
        Vector::refused(
            "licence-unsigned.lic",
            "DOCUMENT_UNTRUSTED",
            "no signature at all",
            envelope_with(|signed| signed.signatures.clear()),
        ),
        Vector::refused(
            "licence-wrong-root.lic",
            "DOCUMENT_UNTRUSTED",
            "honoured under the vendor's root, read under another",
            licence_with(|_| {}),
        )
        .under("impostor.octroi"),
        Vector::refused(
            "licence-forged.lic",
            "DOCUMENT_UNTRUSTED",
            "made by somebody with a root and an issuing key of his own",
            licence_by(
                "issuing-2",
                vec![certified(
                    message::KeyRole::Issuing,
                    "issuing-2",
                    "impostor",
                )],
            ),
        ),
        Vector::refused(
            "licence-key-id-borrowed.lic",
            "DOCUMENT_ALTERED",
            "another key's signature under the issuing key's id",
            envelope_with(|signed| {
                let forged = issued_by_other();
                signed.signatures[0].signature = forged.signatures[0].signature.clone();
            }),
        ),
        Vector::refused(
            "order-signed-as-licence.lic",
            "DOCUMENT_OF_ANOTHER_KIND",
            "a true signature, but over an order",
            written(DocumentKind::Licence, &order),
        ),
        Vector::refused(
            "licence-signature-malleated.lic",
            "DOCUMENT_ALTERED",
            "S + L in place of S: valid unless the reader is strict",
            envelope_with(|signed| malleated(&mut signed.signatures[0].signature)),
        ),
        Vector::refused(
            "licence-small-order-key.lic",
            "DOCUMENT_TERM_INVALID",
            "a certified key of small order, under which one signature fits every document",
            small_order(),
        ),
        Vector::refused(
            "licence-short-signature.lic",
            "DOCUMENT_ALTERED",
            "a signature of 63 bytes",
            envelope_with(|signed| {
                signed.signatures[0].signature.pop();
            }),
        ),
        Vector::refused(
            "licence-too-many-signatures.lic",
            "DOCUMENT_TOO_MANY_PARTS",
            "nine signatures, the good one last",
            envelope_with(|signed| {
                let mut signatures = vec![message::DocumentSignature::default(); 8];
                signatures.append(&mut signed.signatures);
                signed.signatures = signatures;
            }),
        ),
        Vector::refused(
            "licence-chain-too-long.lic",
            "DOCUMENT_TOO_MANY_PARTS",
            "nine certificates",
            envelope_with(|signed| signed.chain = vec![signed.chain[0].clone(); 9]),
        ),
        Vector::refused(
            "activation-request-by-another-key.octroi",
            "DOCUMENT_ALTERED",
            "a request that names a daemon key which did not sign it",
            own(
                DocumentKind::ActivationRequest,
                activation_request().encode_to_vec(),
                "impostor",
            ),
        )
        .of(DocumentKind::ActivationRequest),
        Vector::refused(
            "root-signed-by-another.octroi",
            "DOCUMENT_ALTERED",
            "a root that did not sign its own document",
            own(
                DocumentKind::VendorRoot,
                vendor_root("root").encode_to_vec(),
                "impostor",
            ),
        )
        .of(DocumentKind::VendorRoot),
    ]
}

fn own(kind: DocumentKind, payload: Vec<u8>, signer: &str) -> String {
    written(kind, &signed(kind, payload, signer, Vec::new()))
}

fn issued_by_other() -> message::SignedDocument {
    let payload = licence().encode_to_vec();
    signed(DocumentKind::Licence, payload, "impostor", Vec::new())
}

fn roles() -> Vec<Vector> {
    let certificate = crate::vendor::activation_certificate().encode_to_vec();
    let kind = DocumentKind::ActivationCertificate;
    vec![
        Vector::refused(
            "licence-by-activation-key.lic",
            "DOCUMENT_KEY_ROLE",
            "the activation key may not issue licences",
            licence_by("activation", activation_chain()),
        ),
        Vector::refused(
            "licence-by-root.lic",
            "DOCUMENT_KEY_ROLE",
            "the root signs certificates and nothing else",
            licence_by("root", Vec::new()),
        ),
        Vector::refused(
            "activation-certificate-by-issuing-key.octroi",
            "DOCUMENT_KEY_ROLE",
            "the issuing key may not activate",
            written(kind, &signed(kind, certificate, "issuing", issuing_chain())),
        )
        .of(kind),
        Vector::refused(
            "licence-certified-by-issuing-key.lic",
            "DOCUMENT_KEY_ROLE",
            "an issuing key vouches for another key, which only a root may",
            licence_by(
                "issuing-2",
                vec![
                    certified(message::KeyRole::Issuing, "issuing", "root"),
                    certified(message::KeyRole::Issuing, "issuing-2", "issuing"),
                ],
            ),
        ),
        Vector::refused(
            "licence-certified-by-itself.lic",
            "DOCUMENT_UNTRUSTED",
            "the issuing key vouches for itself",
            licence_by(
                "issuing",
                vec![certified(message::KeyRole::Issuing, "issuing", "issuing")],
            ),
        ),
        Vector::refused(
            "licence-root-certified-by-itself.lic",
            "DOCUMENT_UNTRUSTED",
            "a new root vouches for itself",
            licence_by(
                "issuing-3",
                vec![
                    certified(message::KeyRole::Issuing, "issuing-3", "root-2"),
                    certified(message::KeyRole::Root, "root-2", "root-2"),
                ],
            ),
        ),
    ]
}

fn certificates() -> Vec<Vector> {
    let outside = "DOCUMENT_OUTSIDE_CERTIFICATE";
    vec![
        Vector::refused(
            "licence-before-certificate.lic",
            outside,
            "issued one second before the key's certificate begins",
            under(|certificate| certificate.valid_from_s = ISSUED_AT + 1),
        ),
        Vector::refused(
            "licence-after-certificate.lic",
            outside,
            "issued in the second in which the key's certificate has ended",
            under(|certificate| certificate.valid_until_s = ISSUED_AT),
        ),
        Vector::refused(
            "licence-certificate-dates-reversed.lic",
            "DOCUMENT_TERM_INVALID",
            "the key's certificate ends before it starts",
            under(|certificate| {
                std::mem::swap(
                    &mut certificate.valid_from_s,
                    &mut certificate.valid_until_s,
                );
            }),
        ),
        Vector::refused(
            "licence-product-not-covered.lic",
            "DOCUMENT_PRODUCT_NOT_COVERED",
            "the key is certified for another product",
            under(|certificate| certificate.products = vec!["viewer".to_owned()]),
        ),
        Vector::refused(
            "licence-certificate-of-another-vendor.lic",
            "DOCUMENT_OF_ANOTHER_VENDOR",
            "the root's realm is of one vendor, the certificate names another",
            under(|certificate| {
                certificate.frame.as_mut().unwrap().vendor = "globex".to_owned();
            }),
        ),
        Vector::refused(
            "licence-of-another-vendor.lic",
            "DOCUMENT_OF_ANOTHER_VENDOR",
            "the licence names a vendor that its key does not belong to",
            licence_with(|licence| licence.frame.as_mut().unwrap().vendor = "globex".to_owned()),
        ),
        Vector::refused(
            "licence-certificate-role-unknown.lic",
            "DAEMON_TOO_OLD",
            "the key's certificate states a role of a later version",
            under(|certificate| {
                certificate.frame.as_mut().unwrap().requires_version = "2.3.0".to_owned();
                certificate.role = 99;
            }),
        ),
        Vector::refused(
            "licence-certificate-term-unknown.lic",
            "DAEMON_TOO_OLD",
            "the key's certificate states a critical term of a later version",
            under(|certificate| {
                let frame = certificate.frame.as_mut().unwrap();
                frame.requires = vec![4_000_000];
                frame.requires_version = "2.3.0".to_owned();
            }),
        ),
    ]
}

fn revoked() -> Vec<Vector> {
    let cross_signed = licence_by(
        "issuing-3",
        vec![
            certified(message::KeyRole::Root, "root-2", "root"),
            certified(message::KeyRole::Issuing, "issuing-3", "root-2"),
        ],
    );
    let backdated = licence_with(|licence| {
        licence.frame.as_mut().unwrap().issued_at_s -= 30 * 86_400;
    });
    vec![
        Vector::refused(
            "licence-key-revoked.lic",
            "DOCUMENT_KEY_REVOKED",
            "its key was revoked",
            licence_with(|_| {}),
        )
        .revoked_by("revocations-issuing.octroi"),
        Vector::refused(
            "licence-key-revoked-backdated.lic",
            "DOCUMENT_KEY_REVOKED",
            "dated before the revocation, which whoever stole the key can do",
            backdated,
        )
        .revoked_by("revocations-issuing.octroi"),
        Vector::refused(
            "licence-not-honoured.lic",
            "DOCUMENT_KEY_REVOKED",
            "its key was revoked, and the digest still honoured is another's",
            licence_with(|licence| licence.serial = 2),
        )
        .revoked_by("revocations-honoured.octroi"),
        Vector::refused(
            "licence-root-revoked.lic",
            "DOCUMENT_KEY_REVOKED",
            "the cross-signed root that vouches for its key was revoked",
            cross_signed,
        )
        .revoked_by("revocations-root-2.octroi"),
    ]
}
