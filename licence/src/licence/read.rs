//! Reads a licence from its message: each term bounded, each name of its alphabet, nothing that
//! contradicts itself. What the terms mean is said where the types are declared.

use super::{
    AbsenceBudget, ActivationServer, Binding, FEATURES_MAX, Feature, Grouping, HARDWARE_KEYS_MAX,
    HardwareKey, HardwareKeyKind, KEY_PINS_MAX, KeyRule, KeySerial, Licence, MINIMUM_HOLD_DEFAULT,
    Metric, PROOF_INTERVAL_DEFAULT, RESUME_WINDOW_DEFAULT, SITES_MAX, Site, TermsAcceptance,
};
use crate::{
    DocumentKind, DocumentType, Frame, KeyRole, NameError, ProductId, Reporting, Seconds,
    TermError, VersionRange,
    certificate::HOST_COMPONENTS_MAX,
    fields::{
        array, count, key_of, list, name, optional_instant, range, span, term, text_of, unique,
    },
    message, reporting,
};

impl DocumentType for Licence {
    const KIND: DocumentKind = DocumentKind::Licence;
    const ROLE: KeyRole = KeyRole::Issuing;
    type Message = message::Licence;

    fn read(message: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        let features = list("features", message.features, 1, FEATURES_MAX, feature)?;
        unique(
            "features",
            features.iter().map(|feature| feature.name.as_str()),
        )?;
        let sites = list("sites", message.sites, 0, SITES_MAX, site)?;
        unique("sites", sites.iter().map(|site| site.id.as_str()))?;
        let reporting = message.reporting.map(reporting::read).transpose()?;
        bills_its_features(reporting.as_ref(), &features)?;
        frame.in_sequence()?;
        Ok(Self {
            id: frame.of_licence()?,
            serial: range("serial", message.serial, 1, u64::MAX)?,
            product: name("product", &message.product)?,
            client_id: text_of("client_id", message.client_id)?,
            client_name: text_of("client_name", message.client_name)?,
            order_number: text_of("order_number", message.order_number)?,
            terms_acceptance: acceptance(message.terms_acceptance.unwrap_or_default())?,
            features,
            sites,
            term: term("term", message.term.unwrap_or_default())?,
            binding: binding(message.binding.unwrap_or_default())?,
            server: message.server.map(server).transpose()?,
            activation_code_digest: array(
                "activation_code_digest",
                &message.activation_code_digest,
            )?,
            resume_window: span(
                "resume_window_s",
                message.resume_window_s,
                RESUME_WINDOW_DEFAULT,
            )?,
            minimum_hold: span(
                "minimum_hold_s",
                message.minimum_hold_s,
                MINIMUM_HOLD_DEFAULT,
            )?,
            reporting,
            escrow_key: match message.escrow_key.as_slice() {
                [] => None,
                key => Some(key_of("escrow_key", key)?),
            },
        })
    }

    fn product(&self) -> Option<&ProductId> {
        Some(&self.product)
    }
}

/// A licence can bill none but its own features.
fn bills_its_features(
    reporting: Option<&Reporting>,
    features: &[Feature],
) -> Result<(), TermError> {
    let billed = reporting.into_iter().flat_map(|one| &one.billed);
    let mut unknown = billed.filter(|name| !features.iter().any(|one| one.name == **name));
    match unknown.next() {
        None => Ok(()),
        Some(name) => Err(TermError::Contradiction {
            what: format!("billed_features names {name}, which is no feature of the licence"),
        }),
    }
}

fn feature(wire: message::Feature) -> Result<Feature, TermError> {
    use message::{Grouping as Wire, Metric as WireMetric};
    let grouping = match Wire::try_from(wire.grouping) {
        Ok(Wire::Unspecified) => None,
        Ok(Wire::Checkout) => Some(Grouping::Checkout),
        Ok(Wire::User) => Some(Grouping::User),
        Ok(Wire::UserHost) => Some(Grouping::UserHost),
        Ok(Wire::Host) => Some(Grouping::Host),
        Ok(Wire::Process) => Some(Grouping::Process),
        Err(_) => return Err(TermError::Unknown { field: "grouping" }),
    };
    let metric = match WireMetric::try_from(wire.metric) {
        Ok(WireMetric::Unspecified) => return Err(TermError::Missing { field: "metric" }),
        Ok(WireMetric::Concurrent) => {
            Metric::Concurrent(grouping.ok_or(TermError::Missing { field: "grouping" })?)
        }
        Ok(WireMetric::Host) => Metric::Host,
        Err(_) => return Err(TermError::Unknown { field: "metric" }),
    };
    let versions = wire.versions.unwrap_or_default();
    let version = |field, text: &str| match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|source| TermError::Version { field, source }),
    };
    let versions = VersionRange {
        minimum: version("versions.minimum", &versions.minimum)?,
        maximum: version("versions.maximum", &versions.maximum)?,
    };
    if let (Some(minimum), Some(_)) = (&versions.minimum, &versions.maximum)
        && !versions.covers(minimum)
    {
        return Err(TermError::EndsBeforeStart { field: "versions" });
    }
    Ok(Feature {
        name: name("feature", &wire.name)?,
        metric,
        count: count("count", wire.count)?,
        versions,
        linger: span("linger_s", wire.linger_s, Seconds(0))?,
        term: term("feature term", wire.term.unwrap_or_default())?,
    })
}

fn site(wire: message::Site) -> Result<Site, TermError> {
    Ok(Site {
        id: name("site", &wire.id)?,
        name: text_of("site name", wire.name)?,
        country: country("country", wire.country, &[])?,
        hosts_max: (wire.hosts_max > 0).then_some(wire.hosts_max),
    })
}

fn acceptance(wire: message::TermsAcceptance) -> Result<TermsAcceptance, TermError> {
    Ok(TermsAcceptance {
        digest: match wire.terms_digest.as_slice() {
            [] => None,
            digest => Some(array("terms_digest", digest)?),
        },
        accepted_at: optional_instant("accepted_at", wire.accepted_at_s)?,
        reference: text_of("acceptance reference", wire.reference)?,
    })
}

fn binding(wire: message::Binding) -> Result<Binding, TermError> {
    let hardware_keys = list(
        "hardware_keys",
        wire.hardware_keys,
        0,
        HARDWARE_KEYS_MAX,
        |key| hardware_key(&key),
    )?;
    unique(
        "hardware_keys",
        hardware_keys.iter().map(|key| key.serial.to_string()),
    )?;
    let key_rule = match message::KeyRule::try_from(wire.key_rule) {
        Ok(message::KeyRule::Unspecified | message::KeyRule::Any) => KeyRule::Any,
        Ok(message::KeyRule::All) => KeyRule::All,
        Err(_) => return Err(TermError::Unknown { field: "key_rule" }),
    };
    let absence = AbsenceBudget {
        budget: span("absence_budget_s", wire.absence_budget_s, Seconds(0))?,
        window: span("absence_window_s", wire.absence_window_s, Seconds(0))?,
    };
    if absence.budget > absence.window {
        let what = "absence_budget_s is longer than absence_window_s".to_owned();
        return Err(TermError::Contradiction { what });
    }
    let host_components_required = match wire.host {
        None => None,
        Some(host) => {
            let required = host.components_required;
            let most = u64::try_from(HOST_COMPONENTS_MAX).unwrap_or(u64::MAX);
            range("components_required", required.into(), 1, most)?;
            Some(required)
        }
    };
    Ok(Binding {
        hardware_keys,
        key_rule,
        proof_interval: span(
            "proof_interval_s",
            wire.proof_interval_s,
            PROOF_INTERVAL_DEFAULT,
        )?,
        absence,
        host_components_required,
    })
}

fn hardware_key(wire: &message::HardwareKey) -> Result<HardwareKey, TermError> {
    let field = "hardware key kind";
    let kind = match message::HardwareKeyKind::try_from(wire.kind) {
        Ok(message::HardwareKeyKind::Unspecified) => return Err(TermError::Missing { field }),
        Ok(message::HardwareKeyKind::Dongle) => HardwareKeyKind::Dongle,
        Err(_) => return Err(TermError::Unknown { field }),
    };
    Ok(HardwareKey {
        kind,
        serial: KeySerial(array("hardware key serial", &wire.serial)?),
        public_key: key_of("hardware key", &wire.public_key)?,
        emulator_accepted: wire.emulator_accepted,
    })
}

fn server(wire: message::ActivationServer) -> Result<ActivationServer, TermError> {
    let key_pins = list("key_pins", wire.key_pins, 0, KEY_PINS_MAX, |pin| {
        array("key_pin", &pin)
    })?;
    if key_pins.is_empty() && !wire.web_pki {
        let what = "the server has no key pins and web_pki is off: it could not be recognised";
        return Err(TermError::Contradiction {
            what: what.to_owned(),
        });
    }
    Ok(ActivationServer {
        address: server_address(wire.address)?,
        key_pins,
        web_pki: wire.web_pki,
        region: country("region", wire.region, &["EU", "EEA"])?,
    })
}

/// `https://host[:port]`, no path.
fn server_address(address: String) -> Result<String, TermError> {
    let field = "server address";
    let address = text_of(field, address)?;
    let host = address.strip_prefix("https://").unwrap_or_default();
    if !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    {
        return Ok(address);
    }
    Err(TermError::Name {
        field,
        source: NameError::Alphabet {
            what: field,
            found: address,
            allowed: "https://host[:port]",
        },
    })
}

/// Empty, two capital letters (ISO 3166-1 alpha-2), or one of the unions.
fn country(field: &'static str, code: String, unions: &[&str]) -> Result<String, TermError> {
    let alpha_2 = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if code.is_empty() || alpha_2 || unions.contains(&code.as_str()) {
        return Ok(code);
    }
    Err(TermError::Name {
        field,
        source: NameError::Alphabet {
            what: field,
            found: text_of(field, code)?,
            allowed: "two capital letters (ISO 3166-1 alpha-2)",
        },
    })
}
