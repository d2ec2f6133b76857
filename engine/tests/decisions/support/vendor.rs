//! A vendor of test keys: real documents, really signed and verified. The keys come from published
//! seeds; they are worth nothing and sign nothing outside tests.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use octroi_licence::{
    ActivationCertificate, Amendment, AssignmentId, DocumentDigest, DocumentKind, DocumentType,
    EscrowRelease, KeySerial, Licence, Order, PublicKey, RevocationList, Revocations, TermSet,
    TrustedRoot, Verified, message, sign, verify_release, verify_with,
};
use prost::Message;

pub(crate) const PRODUCT: &str = "workbench";
/// 2026-01-01T00:00:00Z, when everything is issued.
pub(crate) const ISSUED_AT: i64 = 1_767_225_600;
/// 2026-06-01T00:00:00Z, when the tests begin.
pub(crate) const TODAY: i64 = 1_780_272_000;
pub(crate) const DAY: i64 = 86_400;

pub(crate) fn key(name: &str) -> SigningKey {
    let mut seed = *b"octroi test key, worth nothing..";
    for (slot, byte) in seed.iter_mut().zip(name.bytes()) {
        *slot ^= byte;
    }
    SigningKey::from_bytes(&seed)
}

pub(crate) fn public(name: &str) -> PublicKey {
    key(name).verifying_key().into()
}

fn frame(licence: &str, sequence: u64) -> message::DocumentFrame {
    message::DocumentFrame {
        requires: Vec::new(),
        requires_version: "0.1.0".to_owned(),
        vendor: "acme".to_owned(),
        issued_at_s: ISSUED_AT,
        licence_id: licence.to_owned(),
        sequence,
    }
}

/// Signs a message under the role's key, and verifies it under the root.
fn issue<T: DocumentType>(payload: &T::Message) -> Arc<Verified<T>> {
    issue_for(payload, TermSet::HONOURED)
}

fn issue_for<T: DocumentType>(payload: &T::Message, honoured: TermSet) -> Arc<Verified<T>> {
    let (signer, role) = match T::KIND {
        DocumentKind::ActivationCertificate => ("activation", message::KeyRole::Activation),
        _ => ("issuing", message::KeyRole::Issuing),
    };
    let certificate = message::KeyCertificate {
        frame: Some(frame("", 0)),
        role: role.into(),
        public_key: public(signer).as_bytes().to_vec(),
        products: Vec::new(),
        valid_from_s: ISSUED_AT - DAY,
        valid_until_s: ISSUED_AT + 10_000 * DAY,
    };
    let Ok(certificate) = sign(
        DocumentKind::KeyCertificate,
        certificate.encode_to_vec(),
        &key("root"),
        Vec::new(),
    );
    let Ok(document) = sign(
        T::KIND,
        payload.encode_to_vec(),
        &key(signer),
        vec![certificate],
    );
    let root = TrustedRoot::pinned(public("root"));
    let verified = verify_with(&document, &root, &Revocations::default(), honoured);
    Arc::new(verified.expect("the document is in order"))
}

/// A feature whose every check-out counts.
pub(crate) fn feature(name: &str, count: u32) -> message::Feature {
    message::Feature {
        name: name.to_owned(),
        metric: message::Metric::Concurrent.into(),
        grouping: message::Grouping::Checkout.into(),
        count,
        ..message::Feature::default()
    }
}

pub(crate) fn grouped(name: &str, count: u32, grouping: message::Grouping) -> message::Feature {
    message::Feature {
        grouping: grouping.into(),
        ..feature(name, count)
    }
}

/// A feature whose seats are assigned to users for good.
pub(crate) fn named_users(name: &str, count: u32, per_day: u32) -> message::Feature {
    message::Feature {
        metric: message::Metric::NamedUser.into(),
        grouping: message::Grouping::Unspecified.into(),
        named_user: Some(message::NamedUser {
            assignments_per_day_max: per_day,
        }),
        ..feature(name, count)
    }
}

/// The same feature, with use over its limit.
pub(crate) fn overdrawn(
    feature: message::Feature,
    kind: message::overdraft::Kind,
) -> message::Feature {
    let overdraft = Some(message::Overdraft { kind: Some(kind) });
    message::Feature {
        overdraft,
        ..feature
    }
}

pub(crate) fn percent(percent: u32, days: u32) -> message::overdraft::Kind {
    message::overdraft::Kind::Percent(message::OverdraftPercent { percent, days })
}

pub(crate) fn billed(unit: message::OverdraftUnit) -> message::overdraft::Kind {
    let unit = unit.into();
    message::overdraft::Kind::Billed(message::OverdraftBilled { unit })
}

pub(crate) fn until_notice() -> message::overdraft::Kind {
    message::overdraft::Kind::UntilNotice(message::OverdraftUntilNotice {})
}

/// One company and kinds of persons.
pub(crate) fn eligible(entity: &str, categories: &[&str]) -> message::Eligibility {
    message::Eligibility {
        entities: vec![message::Entity {
            id: entity.to_owned(),
            name: String::new(),
        }],
        categories: categories
            .iter()
            .map(|id| message::Category {
                id: (*id).to_owned(),
                name: String::new(),
            })
            .collect(),
    }
}

/// The message of a licence, to be changed before it is issued.
pub(crate) fn terms(id: &str, features: Vec<message::Feature>) -> message::Licence {
    message::Licence {
        frame: Some(frame(id, 1)),
        serial: 1,
        product: PRODUCT.to_owned(),
        client_id: "C-1".to_owned(),
        client_name: "Atelier".to_owned(),
        order_number: "4711".to_owned(),
        features,
        term: Some(message::Term {
            starts_at_s: ISSUED_AT,
            ends_at_s: TODAY + 365 * DAY,
        }),
        activation_code_digest: vec![5; 32],
        ..message::Licence::default()
    }
}

/// A later serial of the same licence.
pub(crate) fn reissued(terms: &message::Licence, serial: u64, sequence: u64) -> message::Licence {
    message::Licence {
        frame: Some(frame(&terms.frame.as_ref().unwrap().licence_id, sequence)),
        serial,
        ..terms.clone()
    }
}

pub(crate) fn licence(terms: &message::Licence) -> Arc<Verified<Licence>> {
    issue(terms)
}

/// A licence with terms that only a shell can carry out, or somebody else's part of the engine.
pub(crate) fn licence_known(terms: &message::Licence) -> Arc<Verified<Licence>> {
    issue_for(terms, TermSet::KNOWN)
}

/// An amendment of a licence or amendment, to be changed before it is signed.
pub(crate) fn amending(
    predecessor: DocumentDigest,
    outcome: message::Licence,
    sequence: u64,
) -> message::Amendment {
    let id = outcome.frame.as_ref().unwrap().licence_id.clone();
    message::Amendment {
        frame: Some(frame(&id, sequence)),
        predecessor_digest: predecessor.as_bytes().to_vec(),
        outcome: Some(message::Licence {
            frame: None,
            ..outcome
        }),
        changes: vec!["more seats".to_owned()],
        ..message::Amendment::default()
    }
}

/// A release by a key, of the versions up to one.
pub(crate) fn release(
    licence: &Verified<Licence>,
    signer: &str,
    maximum: &str,
) -> Arc<Verified<EscrowRelease>> {
    let release = message::EscrowRelease {
        frame: Some(frame(licence.id.as_str(), 0)),
        escrow_key: public(signer).as_bytes().to_vec(),
        escrow_case: message::EscrowCase::Liquidation.into(),
        versions: Some(message::VersionRange {
            minimum: String::new(),
            maximum: maximum.to_owned(),
        }),
    };
    let kind = DocumentKind::EscrowRelease;
    let Ok(document) = sign(kind, release.encode_to_vec(), &key(signer), Vec::new());
    Arc::new(verify_release(&document, licence).expect("the licence names the key"))
}

pub(crate) fn amendment(message: &message::Amendment) -> Arc<Verified<Amendment>> {
    issue(message)
}

/// A certificate for the whole of a licence and the test daemon, to be changed before it is signed.
pub(crate) fn activation(licence: &Verified<Licence>) -> message::ActivationCertificate {
    message::ActivationCertificate {
        frame: Some(frame(licence.id.as_str(), licence.frame().sequence)),
        licence_digest: licence.digest().as_bytes().to_vec(),
        certificate_number: licence.serial,
        daemon_key: public("daemon").as_bytes().to_vec(),
        site: licence
            .sites
            .first()
            .map(|site| site.id.to_string())
            .unwrap_or_default(),
        host: None,
        valid_from_s: ISSUED_AT,
        valid_until_s: 0,
        shares: licence
            .features
            .iter()
            .map(|feature| message::Share {
                feature: feature.name.to_string(),
                units: feature.count.0,
            })
            .collect(),
        request_digest: vec![6; 32],
        ..message::ActivationCertificate::default()
    }
}

pub(crate) fn certificate(
    message: &message::ActivationCertificate,
) -> Arc<Verified<ActivationCertificate>> {
    issue(message)
}

/// An order about a whole licence, to be changed before it is signed.
pub(crate) fn ordered(licence: &str, sequence: u64, kind: message::order::Kind) -> message::Order {
    let whole = message::scope::Kind::WholeLicence(message::WholeLicence {});
    message::Order {
        frame: Some(frame(licence, sequence)),
        scope: Some(message::Scope { kind: Some(whole) }),
        kind: Some(kind),
        ..message::Order::default()
    }
}

pub(crate) fn order(message: &message::Order) -> Arc<Verified<Order>> {
    issue(message)
}

/// The same order from a date on.
pub(crate) fn dated(mut order: message::Order, date_s: i64) -> message::Order {
    order.effective_at_s = date_s;
    order
}

/// The same order about one feature.
pub(crate) fn about(mut order: message::Order, feature: &str) -> message::Order {
    let kind = message::scope::Kind::Feature(feature.to_owned());
    order.scope = Some(message::Scope { kind: Some(kind) });
    order
}

pub(crate) fn reassign(assignment: AssignmentId) -> message::order::Kind {
    message::order::Kind::Reassign(message::Reassign {
        assignment: assignment.0.to_vec(),
    })
}

pub(crate) fn block_user(assignment: AssignmentId) -> message::order::Kind {
    message::order::Kind::BlockUser(message::BlockUser {
        assignment: assignment.0.to_vec(),
    })
}

pub(crate) fn unblock_user(assignment: AssignmentId) -> message::order::Kind {
    message::order::Kind::UnblockUser(message::UnblockUser {
        assignment: assignment.0.to_vec(),
    })
}

/// Another count of a feature, until a date; 0: without an end.
pub(crate) fn limit_change(count: u32, until_s: i64) -> message::order::Kind {
    message::order::Kind::LimitChange(message::LimitChange {
        count,
        until_s,
        ..message::LimitChange::default()
    })
}

pub(crate) fn overdraft_notice() -> message::order::Kind {
    message::order::Kind::OverdraftNotice(message::OverdraftNotice {})
}

pub(crate) fn suspend() -> message::order::Kind {
    message::order::Kind::Suspend(message::Suspend {})
}

pub(crate) fn resume() -> message::order::Kind {
    message::order::Kind::Resume(message::Resume {})
}

pub(crate) fn terminate() -> message::order::Kind {
    message::order::Kind::Terminate(message::Terminate {})
}

pub(crate) fn clock_reset(anomaly: u64, new_time_s: i64) -> message::order::Kind {
    message::order::Kind::ClockReset(message::ClockReset {
        daemon_key: public("daemon").as_bytes().to_vec(),
        anomaly,
        new_time_s,
    })
}

/// A list that revokes licences up to a serial.
pub(crate) fn revocations(
    version: u64,
    licences: &[(&str, u64)],
    keys: &[(&str, Vec<DocumentDigest>)],
) -> Arc<Verified<RevocationList>> {
    issue(&message::RevocationList {
        frame: Some(frame("", version)),
        keys: keys
            .iter()
            .map(|(name, honoured)| message::RevokedKey {
                key_id: public(name).id().as_bytes().to_vec(),
                untrusted_after_s: ISSUED_AT,
                honoured: honoured
                    .iter()
                    .map(|digest| digest.as_bytes().to_vec())
                    .collect(),
            })
            .collect(),
        licences: licences
            .iter()
            .map(|(id, serial_max)| message::RevokedLicence {
                licence_id: (*id).to_owned(),
                serial_max: *serial_max,
                reason: String::new(),
            })
            .collect(),
    })
}

pub(crate) fn serial(byte: u8) -> KeySerial {
    KeySerial([byte; 16])
}

/// Keys of these serials, proven every 100 s, with a budget of absence in seconds.
pub(crate) fn bound(serials: &[u8], budget_s: u32, window_s: u32) -> message::Binding {
    message::Binding {
        hardware_keys: serials
            .iter()
            .map(|byte| message::HardwareKey {
                kind: message::HardwareKeyKind::Dongle.into(),
                serial: vec![*byte; 16],
                public_key: public("dongle").as_bytes().to_vec(),
                emulator_accepted: false,
                credential_id: Vec::new(),
                revoked: false,
            })
            .collect(),
        key_rule: message::KeyRule::Any.into(),
        proof_interval_s: 100,
        absence_budget_s: budget_s,
        absence_window_s: window_s,
        host: None,
    }
}
