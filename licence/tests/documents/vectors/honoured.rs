//! What must pass: whole documents, and documents that transport changed without harm.

use octroi_licence::{DocumentKind, message};
use prost::Message as _;

use super::{UNKNOWN_FIELD, Vector, envelope_with, licence_with, written};
use crate::vendor::{
    activation_certificate, activation_chain, activation_request, certificate_by, certified,
    issued_payload, issuing_chain, key_certificate, licence, licence_digest, revocation_list,
    revoked_key, signed, signed_list, suspension, vendor_root,
};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = documents();
    all.extend(transported());
    all.extend(chains());
    all.extend(lists());
    all
}

fn text() -> String {
    licence_with(|_| {})
}

fn own(kind: DocumentKind, payload: Vec<u8>, signer: &str) -> String {
    written(kind, &signed(kind, payload, signer, Vec::new()))
}

fn documents() -> Vec<Vector> {
    use DocumentKind as Kind;
    let root = |name: &str| own(Kind::VendorRoot, vendor_root(name).encode_to_vec(), name);
    let order = suspension().encode_to_vec();
    let order = written(
        Kind::Order,
        &signed(Kind::Order, order, "issuing", issuing_chain()),
    );
    let kind = Kind::ActivationCertificate;
    let certificate = activation_certificate().encode_to_vec();
    let certificate = written(
        kind,
        &signed(kind, certificate, "activation", activation_chain()),
    );
    let request = activation_request().encode_to_vec();
    vec![
        Vector::honoured(
            "root.octroi",
            "the vendor's root, signed by itself",
            root("root"),
        )
        .of(Kind::VendorRoot),
        Vector::honoured("root-2.octroi", "the vendor's next root", root("root-2"))
            .of(Kind::VendorRoot),
        Vector::honoured(
            "impostor.octroi",
            "a root that somebody else made in the vendor's name; trusting it is the reader's act",
            root("impostor"),
        )
        .of(Kind::VendorRoot),
        Vector::honoured(
            "licence.lic",
            "a licence that states something of everything",
            text(),
        ),
        Vector::honoured("order-suspend.octroi", "an order by the issuing key", order)
            .of(Kind::Order),
        Vector::honoured(
            "activation-certificate.octroi",
            "a certificate by the activation key",
            certificate,
        )
        .of(kind),
        Vector::honoured(
            "activation-request.octroi",
            "a request, signed by the daemon key that it names",
            own(Kind::ActivationRequest, request, "daemon"),
        )
        .of(Kind::ActivationRequest),
        Vector::honoured(
            "licence-unknown-field.lic",
            "fields of a later version that no critical term covers are ignored",
            written(Kind::Licence, &issued_payload(with_unknown_fields())),
        ),
    ]
}

/// Unknown fields in the licence itself and, last in the message, in one more feature.
fn with_unknown_fields() -> Vec<u8> {
    let feature = message::Feature {
        name: "later".to_owned(),
        metric: message::Metric::Host.into(),
        count: 1,
        ..message::Feature::default()
    };
    let feature = [feature.encode_to_vec().as_slice(), UNKNOWN_FIELD].concat();
    let mut payload = licence().encode_to_vec();
    // Field 8 of a licence, length-delimited.
    payload.push(0x42);
    payload.push(u8::try_from(feature.len()).unwrap());
    payload.extend(feature);
    payload.extend(UNKNOWN_FIELD);
    payload
}

fn transported() -> Vec<Vector> {
    let text = text();
    let begin = text.find("-----BEGIN").unwrap();
    let start = text.find("LICENCE-----\n").unwrap() + "LICENCE-----\n".len();
    let end = text.find("-----END").unwrap();
    let body: String = text[start..end].split_whitespace().collect();
    let narrow: Vec<&str> = (0..body.len())
        .step_by(20)
        .map(|at| &body[at..body.len().min(at + 20)])
        .collect();
    let rewrapped = format!("{}{}\n{}", &text[..start], narrow.join("\n"), &text[end..]);
    let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
    let unsummed: String = text
        .lines()
        .filter(|line| !line.starts_with('='))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut mail = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n".to_vec();
    mail.extend(b"Latin-1 text: Atelier Bris\xe9\n");
    mail.extend(text.bytes());
    mail.extend(b"-----BEGIN PGP SIGNATURE-----\niQ\n-----END PGP SIGNATURE-----\n");
    vec![
        Vector::honoured(
            "licence-crlf.lic",
            "line ends of another system",
            text.replace('\n', "\r\n"),
        ),
        Vector::honoured(
            "licence-rewrapped.lic",
            "lines of another length",
            rewrapped,
        ),
        Vector::honoured(
            "licence-one-line.lic",
            "a text editor filled the armour into one paragraph",
            text[begin..].replace('\n', " "),
        ),
        Vector::honoured("licence-mail-quoted.lic", "quoted in a reply", quoted),
        Vector::honoured(
            "licence-blanks.lic",
            "blanks at both ends of every line",
            text.replace('\n', " \t\n   "),
        ),
        Vector::honoured(
            "licence-byte-order-mark.lic",
            "an editor put a UTF-8 byte order mark in front",
            format!("\u{feff}{text}"),
        ),
        Vector::honoured(
            "licence-text-around.lic",
            "other armour and text of another encoding around the document",
            mail,
        ),
        Vector::honoured(
            "licence-without-checksum.lic",
            "a tool that knows RFC 7468 alone left the checksum out",
            unsummed,
        ),
    ]
}

fn chains() -> Vec<Vector> {
    let cross_signed = signed(
        DocumentKind::Licence,
        licence().encode_to_vec(),
        "issuing-3",
        vec![
            certified(message::KeyRole::Issuing, "issuing-3", "root-2"),
            certified(message::KeyRole::Root, "root-2", "root"),
        ],
    );
    let cross_signed = written(DocumentKind::Licence, &cross_signed);
    let mut expired = key_certificate(message::KeyRole::Issuing, "issuing");
    expired.valid_until_s = expired.valid_from_s + 1;
    vec![
        Vector::honoured(
            "licence-extra-signature.lic",
            "a signature by a key that nobody knows stands beside the good one",
            envelope_with(|signed| {
                signed.signatures.insert(
                    0,
                    message::DocumentSignature {
                        key_id: vec![0xee; 32],
                        signature: vec![0xee; 64],
                    },
                );
            }),
        ),
        Vector::honoured(
            "licence-unrelated-certificate.lic",
            "a certificate that nobody vouches for stands in the chain",
            envelope_with(|signed| {
                signed.chain.insert(
                    0,
                    certified(message::KeyRole::Issuing, "issuing-2", "impostor"),
                );
            }),
        ),
        Vector::honoured(
            "licence-renewed-certificate.lic",
            "the key has an older certificate too, which does not cover the date",
            envelope_with(|signed| signed.chain.insert(0, certificate_by("root", &expired))),
        ),
        Vector::honoured(
            "licence-cross-signed-root.lic",
            "a new root that the old one signed, its certificate last in the chain",
            cross_signed.clone(),
        ),
        Vector::honoured(
            "licence-under-new-root.lic",
            "the same document under the new root itself",
            cross_signed,
        )
        .under("root-2.octroi"),
    ]
}

fn lists() -> Vec<Vector> {
    let list = |name: &str, honoured: &[[u8; 32]]| {
        let mut list = revocation_list(1);
        list.keys = vec![revoked_key(name, honoured)];
        written(DocumentKind::RevocationList, &signed_list(&list))
    };
    let kind = DocumentKind::RevocationList;
    vec![
        Vector::honoured(
            "revocations-issuing.octroi",
            "a list that revokes the issuing key, signed by another",
            list("issuing", &[]),
        )
        .of(kind),
        Vector::honoured(
            "revocations-honoured.octroi",
            "a list that revokes the issuing key and still honours licence.lic",
            list("issuing", &[licence_digest()]),
        )
        .of(kind),
        Vector::honoured(
            "revocations-root-2.octroi",
            "a list that revokes the cross-signed root",
            list("root-2", &[]),
        )
        .of(kind),
        Vector::honoured(
            "revocations-root.octroi",
            "a list that claims to revoke the trusted root on which it rests itself",
            list("root", &[]),
        )
        .of(kind),
        Vector::honoured(
            "licence-revoked-but-honoured.lic",
            "its key was revoked, its digest is among those still honoured",
            text(),
        )
        .revoked_by("revocations-honoured.octroi"),
        Vector::honoured(
            "licence-root-not-revocable.lic",
            "no list can take away the trusted root",
            text(),
        )
        .revoked_by("revocations-root.octroi"),
    ]
}
