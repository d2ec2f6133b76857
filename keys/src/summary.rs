//! The readable lines above a document's armour: for people only, not signed and never read back.

use octroi_licence::{
    ActivationCertificate, Frame, KeyRole, Licence, Metric, Order, OrderKind, RevocationList,
    Scope, Term, Verified,
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

/// What the vendor orders.
pub fn order_summary(order: &Verified<Order>) -> String {
    let kind = match &order.kind {
        OrderKind::ClockReset { .. } => "reset a clock",
        kind => kind.name(),
    };
    let mut text = format!("Octroi order: {kind}, licence {}\n", order.licence);
    if let Scope::Feature(feature) = &order.scope {
        line(&mut text, "feature", feature.as_str());
    }
    line(&mut text, "number", &order.frame().sequence.to_string());
    line(
        &mut text,
        "from",
        &order.effective_at.map_or("at once".to_owned(), in_words),
    );
    if !order.reason.is_empty() {
        line(&mut text, "reason", &order.reason);
    }
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
