//! The readable lines above a document's armour: for people only, not signed and never read back.

use octroi_licence::{
    ActivationCertificate, Amendment, CureOutcome, EscrowCase, EscrowRelease, Frame, KeyRole,
    Licence, Metric, Order, OrderKind, ReservationDecision, RevocationList, Scope, Term, Verified,
    WindowUnit,
};

use crate::order::in_words;

/// Features and sites that a summary shows.
const LISTED_MAX: usize = 20;
const FOOT: &str = "Only what stands between the two lines below is signed and counts.";

/// What a licence grants, in a few lines.
pub fn licence_summary(licence: &Verified<Licence>) -> String {
    let mut text = format!(
        "Octroi licence {}, serial {}\nvendor:   {}, product {}\nclient:   {} ({})\n",
        licence.id,
        licence.serial,
        licence.frame().vendor,
        licence.product,
        licence.client_name,
        licence.client_id
    );
    if !licence.order_number.is_empty() {
        line(&mut text, "order", &licence.order_number);
    }
    line(&mut text, "issued", &in_words(licence.frame().issued_at));
    line(&mut text, "term", &term(licence.term));
    for feature in licence.features.iter().take(LISTED_MAX) {
        let counted = match feature.metric {
            Metric::Concurrent(grouping) => format!("concurrent, per {}", grouping.name()),
            Metric::Host | _ => feature.metric.name().to_owned(),
        };
        line(
            &mut text,
            "feature",
            &format!("{} {} ({counted})", feature.count.0, feature.name),
        );
    }
    for site in licence.sites.iter().take(LISTED_MAX) {
        line(&mut text, "site", site.id.as_str());
    }
    if !licence.binding.hardware_keys.is_empty() {
        let keys = licence.binding.hardware_keys.len();
        line(&mut text, "bound to", &format!("{keys} hardware key(s)"));
    }
    if licence.features.len() > LISTED_MAX || licence.sites.len() > LISTED_MAX {
        line(&mut text, "more", "see `octroi-vendor inspect`");
    }
    text + FOOT
}

/// What a daemon was allotted.
pub fn certificate_summary(certificate: &Verified<ActivationCertificate>) -> String {
    let mut text = format!(
        "Octroi activation certificate {} of licence {}\n",
        certificate.number, certificate.licence
    );
    line(&mut text, "daemon", &certificate.daemon_key.id().short());
    if let Some(site) = &certificate.site {
        line(&mut text, "site", site.as_str());
    }
    let until = certificate
        .valid_until
        .map_or("as long as the licence".to_owned(), in_words);
    line(&mut text, "until", &until);
    for share in certificate.shares.iter().take(LISTED_MAX) {
        line(
            &mut text,
            "share",
            &format!("{} {}", share.units.0, share.feature),
        );
    }
    text + FOOT
}

/// What an amendment changes.
pub fn amendment_summary(amendment: &Verified<Amendment>) -> String {
    let outcome = &amendment.outcome;
    let mut text = format!(
        "Octroi amendment of licence {}, serial {}\n",
        outcome.id, outcome.serial
    );
    line(&mut text, "number", &amendment.frame().sequence.to_string());
    let from = amendment
        .effective_at
        .map_or("at once".to_owned(), in_words);
    line(&mut text, "from", &from);
    if amendment.countersign_required || outcome.countersign_required {
        line(&mut text, "waits", "for the administrator's acceptance");
    }
    for change in amendment.changes.iter().take(LISTED_MAX) {
        line(&mut text, "change", change);
    }
    text + FOOT
}

/// What the vendor orders.
pub fn order_summary(order: &Verified<Order>) -> String {
    let mut text = format!(
        "Octroi order: {}, licence {}\n",
        order.kind.name(),
        order.licence
    );
    match &order.scope {
        Scope::Feature(feature) => line(&mut text, "feature", feature.as_str()),
        Scope::Maintenance => line(&mut text, "only", "maintenance"),
        Scope::WholeLicence | _ => {}
    }
    line(&mut text, "number", &order.frame().sequence.to_string());
    line(
        &mut text,
        "from",
        &order.effective_at.map_or("at once".to_owned(), in_words),
    );
    for (name, value) in particulars(&order.kind) {
        line(&mut text, name, &value);
    }
    if !order.reason.is_empty() {
        line(&mut text, "reason", &order.reason);
    }
    text + FOOT
}

/// What the kind of an order states besides scope and date.
fn particulars(kind: &OrderKind) -> Vec<(&'static str, String)> {
    match kind {
        OrderKind::ClockReset {
            daemon_key,
            new_time,
            ..
        } => vec![
            ("daemon", daemon_key.id().short()),
            ("back to", in_words(*new_time)),
        ],
        OrderKind::Audit { urgent: true } => vec![("urgent", "from receipt on".to_owned())],
        OrderKind::CureNotice {
            clause,
            ends_at,
            outcome,
            suspended_meanwhile,
            ..
        } => {
            let then = match outcome {
                CureOutcome::Terminates => "it ends by itself",
                CureOutcome::SecondDocument | _ => "another order may end it",
            };
            let meanwhile = if *suspended_meanwhile {
                "suspended"
            } else {
                "goes on"
            };
            vec![
                ("breach", clause.clone()),
                ("cure by", in_words(*ends_at)),
                ("until", meanwhile.to_owned()),
                ("then", then.to_owned()),
            ]
        }
        OrderKind::LiftCureNotice { notice } => vec![("notice", notice.short())],
        OrderKind::Reassign(id) | OrderKind::BlockUser(id) | OrderKind::UnblockUser(id) => {
            vec![("user", id.to_string())]
        }
        OrderKind::WriteOff(id) => vec![("borrowed", id.to_string())],
        OrderKind::Transfer {
            new_client_id,
            new_client_name,
            new_licence,
        } => {
            let continued = new_licence.as_ref();
            let mut lines = vec![("to", format!("{new_client_name} ({new_client_id})"))];
            lines.extend(continued.map(|licence| ("as", licence.to_string())));
            lines
        }
        OrderKind::Renew { ends_at } | OrderKind::NonRenewal { ends_at, .. } => {
            vec![("ends", in_words(*ends_at))]
        }
        OrderKind::LimitChange {
            count,
            windows,
            until,
        } => {
            let mut lines = Vec::new();
            lines.extend(count.map(|count| ("count", count.0.to_string())));
            lines.extend(windows.iter().map(|window| {
                let unit = match window.unit {
                    WindowUnit::Hour => "hour",
                    WindowUnit::Day => "day",
                    WindowUnit::Month | _ => "month",
                };
                ("amount", format!("{} per {unit}", window.amount))
            }));
            lines.extend(until.map(|until| ("until", in_words(until))));
            lines
        }
        OrderKind::ForceMajeure {
            ends_at,
            terminates,
        } => {
            let then = if *terminates {
                "the licence ends by itself"
            } else {
                "lateness is counted again"
            };
            vec![("until", in_words(*ends_at)), ("then", then.to_owned())]
        }
        OrderKind::HostList(hosts) => vec![("hosts", hosts.len().to_string())],
        OrderKind::DecideReservation {
            reservation,
            decision,
        } => {
            let decided = match decision {
                ReservationDecision::Approved => "approved",
                ReservationDecision::Refused | _ => "refused",
            };
            vec![
                ("amount", reservation.to_string()),
                ("decided", decided.to_owned()),
            ]
        }
        _ => Vec::new(),
    }
}

/// What an escrow agent releases.
pub fn release_summary(release: &Verified<EscrowRelease>) -> String {
    let mut text = format!("Octroi escrow release of licence {}\n", release.licence);
    let case = match release.case {
        EscrowCase::Liquidation => "liquidation without continuation",
        EscrowCase::ActivityEnded => "activity ended and not taken over",
        EscrowCase::MaintenanceStopped | _ => "maintenance stopped and not taken over",
    };
    line(&mut text, "case", case);
    line(&mut text, "signed", &in_words(release.frame().issued_at));
    text + FOOT
}

/// What is no longer trusted.
pub fn revocation_summary(list: &Verified<RevocationList>) -> String {
    format!(
        "Octroi revocation list {} of {}: {} key(s), {} licence(s)\n{FOOT}",
        list.version,
        list.frame().vendor,
        list.keys.len(),
        list.licences.len()
    )
}

/// What a key may sign, and from when to when.
pub fn key_summary(frame: &Frame, role: KeyRole, key_id: &str) -> String {
    let role = match role {
        KeyRole::Root => "root",
        KeyRole::Issuing => "issuing",
        KeyRole::Activation => "activation",
        KeyRole::Daemon | _ => "other",
    };
    format!(
        "Octroi {role} key of {}\nfingerprint: {key_id}",
        frame.vendor
    )
}

fn term(term: Term) -> String {
    let start = term.starts_at.map_or("issue".to_owned(), in_words);
    let end = term.ends_at.map_or("perpetual".to_owned(), in_words);
    format!("{start} to {end}")
}

fn line(text: &mut String, name: &str, value: &str) {
    let name = format!("{:9} ", format!("{name}:"));
    text.extend([name.as_str(), value, "\n"]);
}
