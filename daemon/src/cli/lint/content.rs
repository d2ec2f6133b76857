//! What a document says, read without trusting it: dates, counts, keys, sites, servers. Whether it
//! was signed by anybody is looked at elsewhere.

use octroi_licence::{CivilSeconds, DocumentKind, SiteId, TermSet, message};
use prost::Message;

use super::{
    finding::{Code, Finding},
    read,
};
use crate::cli::doctor::SOON_S;

/// How far a date may lie ahead: clocks differ a little.
const AHEAD_S: i64 = 600;

/// What the reader knows of the place where the document is to be used.
pub(super) struct Here<'a> {
    pub(super) now: CivilSeconds,
    /// As octroid.toml says, where it can be read.
    pub(super) site: Option<SiteId>,
    /// An instant for people.
    pub(super) at: &'a dyn Fn(i64) -> String,
}

/// Everything odd about a document's content.
pub(super) fn findings(kind: DocumentKind, payload: &[u8], here: &Here<'_>) -> Vec<Finding> {
    let mut notes = Notes {
        here,
        found: Vec::new(),
    };
    match kind {
        DocumentKind::Licence => notes.of(payload, Notes::licence),
        DocumentKind::ActivationCertificate => notes.of(payload, Notes::certificate),
        DocumentKind::Amendment => notes.of(payload, Notes::amendment),
        DocumentKind::Order => notes.of(payload, Notes::order),
        DocumentKind::KeyCertificate => notes.of(payload, Notes::key_certificate),
        // Nothing in them ends, counts or depends on where they are read.
        _ => {}
    }
    notes.found.extend(frame(payload, here));
    notes.found.extend(read::mistakes(kind, payload));
    notes.found
}

/// What the first field says, which is the same in every kind.
fn frame(payload: &[u8], here: &Here<'_>) -> Vec<Finding> {
    let Some(frame) = read::frame(payload) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let unknown: Vec<String> = frame
        .requires
        .iter()
        .filter(|term| !TermSet::HONOURED.contains(**term))
        .take(16)
        .map(ToString::to_string)
        .collect();
    if !unknown.is_empty() {
        let terms = format!("{} ({})", unknown.join(", "), frame.requires_version);
        found.push(Finding::new(Code::DaemonTooOld, "frame.requires", terms));
    }
    if frame.issued_at_s > here.now.0 + AHEAD_S {
        let at = (here.at)(frame.issued_at_s);
        found.push(Finding::new(Code::IssuedInFuture, "frame.issued_at", at));
    }
    found
}

struct Notes<'a> {
    here: &'a Here<'a>,
    found: Vec<Finding>,
}

impl Notes<'_> {
    /// What does not decode is told by whoever verifies it.
    fn of<M: Message + Default>(&mut self, payload: &[u8], look: fn(&mut Self, &M)) {
        if let Ok(message) = M::decode(payload) {
            look(self, &message);
        }
    }

    fn note(&mut self, code: Code, place: impl Into<String>, found: impl Into<String>) {
        self.found.push(Finding::new(code, place, found));
    }

    fn licence(&mut self, licence: &message::Licence) {
        self.term("term", licence.term.unwrap_or_default(), Code::Ended);
        for feature in &licence.features {
            let place = |field: &str| format!("features[{}].{field}", feature.name);
            if feature.count == 0 {
                self.note(Code::FeatureWithoutSeats, place("count"), "0");
            }
            if let Some(term) = feature.term {
                self.term(&place("term"), term, Code::FeatureEnded);
            }
        }
        let accepted = licence.terms_acceptance.as_ref();
        if accepted.is_none_or(|accepted| accepted.accepted_at_s == 0) {
            self.note(Code::TermsNotAccepted, "terms_acceptance", "");
        }
        self.reporting(licence);
        self.server(licence.server.as_ref());
        self.sites(&licence.sites);
        let keys = licence.binding.iter().flat_map(|one| &one.hardware_keys);
        for key in keys.filter(|key| key.emulator_accepted) {
            let serial = hex::encode(&key.serial);
            let place = format!("binding.hardware_keys[{serial}].emulator_accepted");
            self.note(Code::EmulatorAccepted, place, serial);
        }
    }

    fn term(&mut self, place: &str, term: message::Term, over: Code) {
        let now = self.here.now.0;
        let at = self.here.at;
        if term.ends_at_s != 0 {
            let place = format!("{place}.ends_at");
            if term.ends_at_s <= now {
                self.note(over, place, at(term.ends_at_s));
            } else if term.ends_at_s - now <= SOON_S {
                self.note(Code::EndsSoon, place, at(term.ends_at_s));
            }
        }
        if term.starts_at_s > now {
            let place = format!("{place}.starts_at");
            self.note(Code::StartsLater, place, at(term.starts_at_s));
        }
    }

    fn reporting(&mut self, licence: &message::Licence) {
        let Some(reporting) = &licence.reporting else {
            return;
        };
        for billed in &reporting.billed_features {
            if licence.features.iter().all(|one| one.name != *billed) {
                let place = "reporting.billed_features";
                self.note(Code::BilledUnknown, place, billed.clone());
            }
        }
        if licence.server.is_none() {
            let every = format!("{} d", reporting.interval_days);
            self.note(Code::ReportsWithoutServer, "server", every);
        }
    }

    fn server(&mut self, server: Option<&message::ActivationServer>) {
        if let Some(server) = server.filter(|server| server.key_pins.is_empty()) {
            let address = server.address.clone();
            self.note(Code::ServerWithoutPins, "server.key_pins", address);
        }
    }

    fn sites(&mut self, sites: &[message::Site]) {
        if sites.is_empty() {
            return;
        }
        let named: Vec<&str> = sites.iter().map(|site| site.id.as_str()).collect();
        let own = self.here.site.as_ref().map_or("", SiteId::as_str);
        if !named.contains(&own) {
            self.note(Code::SiteElsewhere, "sites", named.join(", "));
        }
        for site in sites.iter().filter(|site| site.hosts_max == 0) {
            let place = format!("sites[{}].hosts_max", site.id);
            self.note(Code::SiteWithoutHosts, place, site.id.clone());
        }
    }

    fn certificate(&mut self, certificate: &message::ActivationCertificate) {
        let term = message::Term {
            starts_at_s: certificate.valid_from_s,
            ends_at_s: certificate.valid_until_s,
        };
        self.term("valid", term, Code::Ended);
        for share in certificate.shares.iter().filter(|share| share.units == 0) {
            let place = format!("shares[{}].units", share.feature);
            self.note(Code::ShareEmpty, place, share.feature.clone());
        }
    }

    /// What the licence becomes, and from when.
    fn amendment(&mut self, amendment: &message::Amendment) {
        if let Some(outcome) = &amendment.outcome {
            self.licence(outcome);
        }
        if amendment.effective_at_s > self.here.now.0 {
            let at = (self.here.at)(amendment.effective_at_s);
            self.note(Code::NotYet, "effective_at", at);
        }
    }

    fn order(&mut self, order: &message::Order) {
        if order.effective_at_s > self.here.now.0 {
            let at = (self.here.at)(order.effective_at_s);
            self.note(Code::NotYet, "effective_at", at);
        }
    }

    fn key_certificate(&mut self, certificate: &message::KeyCertificate) {
        let term = message::Term {
            starts_at_s: certificate.valid_from_s,
            ends_at_s: certificate.valid_until_s,
        };
        self.term("valid", term, Code::Ended);
    }
}
