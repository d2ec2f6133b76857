//! A document's frame, its mistakes, and the certificates that travel with it, read without trust.

use octroi_licence::{
    ActivationCertificate, ActivationRequest, Amendment, CivilSeconds, DocumentError, DocumentKind,
    DocumentType, EndOfUseCertificate, EscrowRelease, Frame, KeyCertificate, KeyRole, Licence,
    Order, Receipt, RevocationList, Revocations, TermError, TrustedRoot, UsageReport, VendorRoot,
    message::{self, SignedDocument},
    verify, verify_self_signed,
};
use prost::Message;

use super::finding::{Code, Finding};

/// Any payload, as far as every version can read it.
#[derive(Clone, PartialEq, prost::Message)]
struct Head {
    #[prost(message, optional, tag = "1")]
    frame: Option<message::DocumentFrame>,
}

/// The first field of every payload; `None`: it is damaged.
pub(super) fn frame(payload: &[u8]) -> Option<message::DocumentFrame> {
    Head::decode(payload).ok()?.frame
}

/// Terms that make no sense, or that this version does not know.
pub(super) fn mistakes(kind: DocumentKind, payload: &[u8]) -> Vec<Finding> {
    let Some(wire) = frame(payload) else {
        return vec![Finding::new(Code::Damaged, "frame", "")];
    };
    let frame = match parsed(&wire) {
        Ok(frame) => frame,
        Err(finding) => return vec![finding],
    };
    let mistake = match kind {
        DocumentKind::VendorRoot => read::<VendorRoot>(payload, &frame),
        DocumentKind::KeyCertificate => read::<KeyCertificate>(payload, &frame),
        DocumentKind::Licence => read::<Licence>(payload, &frame),
        DocumentKind::Order => read::<Order>(payload, &frame),
        DocumentKind::RevocationList => read::<RevocationList>(payload, &frame),
        DocumentKind::ActivationCertificate => read::<ActivationCertificate>(payload, &frame),
        DocumentKind::ActivationRequest => read::<ActivationRequest>(payload, &frame),
        DocumentKind::UsageReport => read::<UsageReport>(payload, &frame),
        DocumentKind::Receipt => read::<Receipt>(payload, &frame),
        DocumentKind::Amendment => read::<Amendment>(payload, &frame),
        DocumentKind::EscrowRelease => read::<EscrowRelease>(payload, &frame),
        DocumentKind::EndOfUseCertificate => read::<EndOfUseCertificate>(payload, &frame),
        _ => None,
    };
    mistake.into_iter().collect()
}

fn read<T: DocumentType>(payload: &[u8], frame: &Frame) -> Option<Finding> {
    let message = match T::Message::decode(payload) {
        Ok(message) => message,
        Err(error) => return Some(Finding::new(Code::Damaged, "", error.to_string())),
    };
    match T::read(message, frame) {
        Ok(_) => None,
        Err(error @ TermError::Unknown { .. }) => {
            Some(Finding::new(Code::DaemonTooOld, "", error.to_string()))
        }
        Err(error) => Some(Finding::new(Code::TermInvalid, "", error.to_string())),
    }
}

fn parsed(wire: &message::DocumentFrame) -> Result<Frame, Finding> {
    let invalid = |place: &str, why: String| Finding::new(Code::TermInvalid, place, why);
    Ok(Frame {
        vendor: wire
            .vendor
            .parse()
            .map_err(|error| invalid("frame.vendor", format!("{error}")))?,
        issued_at: CivilSeconds(wire.issued_at_s),
        licence: match wire.licence_id.as_str() {
            "" => None,
            id => Some(
                id.parse()
                    .map_err(|error| invalid("frame.licence_id", format!("{error}")))?,
            ),
        },
        sequence: wire.sequence,
    })
}

/// Says whether the certificates that travel with the document name its signing key, and cover its
/// date. What they are worth, their own signatures say.
pub(super) fn signer(
    kind: DocumentKind,
    signed: &SignedDocument,
    at: &dyn Fn(i64) -> String,
) -> Option<Finding> {
    let role = match kind {
        DocumentKind::Licence
        | DocumentKind::Amendment
        | DocumentKind::Order
        | DocumentKind::RevocationList => Licence::ROLE,
        DocumentKind::ActivationCertificate | DocumentKind::Receipt => ActivationCertificate::ROLE,
        _ => return None,
    };
    let issued_at = frame(&signed.payload)?.issued_at_s;
    let certified: Vec<(i64, i64)> = signed
        .chain
        .iter()
        .filter_map(|link| {
            let wire = message::KeyCertificate::decode(link.payload.as_slice()).ok()?;
            let frame = parsed(&frame(&link.payload)?).ok()?;
            let certificate = KeyCertificate::read(wire, &frame).ok()?;
            let key = certificate.public_key.id();
            let mut signatures = signed.signatures.iter();
            let signs = signatures.any(|one| one.key_id == key.as_bytes());
            (signs && certificate.role == role)
                .then_some((certificate.valid_from.0, certificate.valid_until.0))
        })
        .collect();
    let Some((from, until)) = certified.first().copied() else {
        let found = role_name(role);
        return Some(Finding::new(Code::SignerUncertified, "chain", found));
    };
    let covers = |(from, until): &(i64, i64)| (*from..*until).contains(&issued_at);
    if certified.iter().any(covers) {
        return None;
    }
    let found = format!("{} ({} – {})", at(issued_at), at(from), at(until));
    Some(Finding::new(
        Code::SignerOutsideDates,
        "frame.issued_at",
        found,
    ))
}

fn role_name(role: KeyRole) -> &'static str {
    match role {
        KeyRole::Issuing => "issuing",
        KeyRole::Activation => "activation",
        _ => "",
    }
}

/// Verifies a document under a root, or by itself where it names its own signer; `None`: documents
/// of this kind are not known here.
pub(super) fn verified(
    kind: DocumentKind,
    signed: &SignedDocument,
    root: &TrustedRoot,
) -> Option<Result<(), DocumentError>> {
    let none = Revocations::default();
    Some(match kind {
        DocumentKind::Licence => verify::<Licence>(signed, root, &none).map(drop),
        DocumentKind::Amendment => verify::<Amendment>(signed, root, &none).map(drop),
        DocumentKind::Order => verify::<Order>(signed, root, &none).map(drop),
        DocumentKind::RevocationList => verify::<RevocationList>(signed, root, &none).map(drop),
        DocumentKind::ActivationCertificate => {
            verify::<ActivationCertificate>(signed, root, &none).map(drop)
        }
        DocumentKind::Receipt => verify::<Receipt>(signed, root, &none).map(drop),
        DocumentKind::KeyCertificate => verify::<KeyCertificate>(signed, root, &none).map(drop),
        _ => return None,
    })
}

/// Verifies a document that names its own signer; `None`: it does not.
pub(super) fn self_signed(
    kind: DocumentKind,
    signed: &SignedDocument,
) -> Option<Result<(), DocumentError>> {
    Some(match kind {
        DocumentKind::VendorRoot => verify_self_signed::<VendorRoot>(signed).map(drop),
        DocumentKind::ActivationRequest => {
            verify_self_signed::<ActivationRequest>(signed).map(drop)
        }
        DocumentKind::UsageReport => verify_self_signed::<UsageReport>(signed).map(drop),
        DocumentKind::EndOfUseCertificate => {
            verify_self_signed::<EndOfUseCertificate>(signed).map(drop)
        }
        _ => return None,
    })
}
