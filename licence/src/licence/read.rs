//! Reads a licence from its message: each term bounded, each name of its alphabet, nothing that
//! contradicts itself. What the terms mean is said where the types are declared.

use super::{
    AbsenceBudget, ActivationServer, Binding, FEATURES_MAX, Feature, HARDWARE_KEYS_MAX,
    HardwareCredential, HardwareKey, KEY_PINS_MAX, KeyRule, KeySerial, Licence,
    MINIMUM_HOLD_DEFAULT, PROOF_INTERVAL_DEFAULT, RESUME_WINDOW_DEFAULT, SITES_MAX, Site, Term,
    TermsAcceptance, feature::feature,
};
use crate::{
    CREDENTIAL_ID_BYTES_MAX, Containers, CredentialId, DocumentKind, DocumentType, Fido2Credential,
    Fido2PublicKey, Frame, KeyRole, NameError, PostTerm, Precedence, ProductId, Reaction, Renewal,
    Reporting, Seconds, TermError, Zone,
    certificate::HOST_COMPONENTS_MAX,
    fields::{array, key_of, list, name, optional_instant, range, span, term, text_of, unique},
    message, reporting, terms,
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
        let term = term("term", message.term.unwrap_or_default())?;
        for_one_site_where_perpetual(term, &sites)?;
        let eligibility = terms::eligibility(message.eligibility.unwrap_or_default())?;
        for feature in &features {
            terms::limits_known_categories(&eligibility, &feature.category_limits)?;
        }
        let post_term = message.post_term.map(terms::post_term).transpose()?;
        exports_its_features(post_term.as_ref(), &features)?;
        let server = message.server.map(server).transpose()?;
        let server_regions = terms::regions(message.server_regions)?;
        terms::server_stands_in(&server_regions, server.as_ref().and_then(|one| one.region))?;
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
            term,
            binding: binding(message.binding.unwrap_or_default())?,
            server,
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
            zone: message.zone.map_or_else(|| Ok(Zone::utc()), terms::zone)?,
            eligibility,
            containers: Containers::read("containers", message.containers)?,
            territory: message.territory.map(terms::territory).transpose()?,
            renewal: match message.renewal {
                None => Renewal::None,
                Some(wire) => terms::renewal(wire, term)?,
            },
            post_term,
            end_notice: span("end_notice_s", message.end_notice_s, Seconds(0))?,
            acceptance: terms::acceptance(message.acceptance.unwrap_or_default())?,
            end_of_use: message.end_of_use.map(terms::end_of_use).transpose()?,
            on_tamper: Reaction::read("on_tamper", message.on_tamper)?,
            on_fork: Reaction::read("on_fork", message.on_fork)?,
            countersign_required: message.countersign_required,
            precedence: Precedence::read("precedence", message.precedence)?,
            retention: terms::retention(message.retention.unwrap_or_default())?,
            support: message.support.map(terms::support).transpose()?,
            rehosts: message.rehosts.map(terms::rehosts).transpose()?,
            server_regions,
            maintenance_ends_at: optional_instant(
                "maintenance_ends_at",
                message.maintenance_ends_at_s,
            )?,
            operations: message.operations.map(terms::operations).transpose()?,
            clauses: terms::clauses(message.clauses)?,
            convenience_excluded: message.convenience_excluded,
        })
    }

    fn product(&self) -> Option<&ProductId> {
        Some(&self.product)
    }
}

/// Clause A2: a perpetual licence is for one site.
fn for_one_site_where_perpetual(term: Term, sites: &[Site]) -> Result<(), TermError> {
    if term.ends_at.is_none() && sites.len() > 1 {
        return terms::contradiction(format!(
            "a perpetual licence is for one site, this one names {}",
            sites.len()
        ));
    }
    Ok(())
}

/// A licence can leave none but its own features usable after the end.
fn exports_its_features(
    post_term: Option<&PostTerm>,
    features: &[Feature],
) -> Result<(), TermError> {
    let named = post_term.into_iter().flat_map(|one| &one.features);
    let mut unknown = named.filter(|name| !features.iter().any(|one| one.name == **name));
    match unknown.next() {
        None => Ok(()),
        Some(name) => terms::contradiction(format!(
            "post_term names {name}, which is no feature of the licence"
        )),
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

fn site(wire: message::Site) -> Result<Site, TermError> {
    Ok(Site {
        id: name("site", &wire.id)?,
        name: text_of("site name", wire.name)?,
        country: terms::optional_country("country", &wire.country)?,
        hosts_max: (wire.hosts_max > 0).then_some(wire.hosts_max),
        zone: wire.zone.map(terms::zone).transpose()?,
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
    let stated = list(
        "hardware_keys",
        wire.hardware_keys,
        0,
        HARDWARE_KEYS_MAX,
        |key| Ok((key.revoked, hardware_key(&key)?)),
    )?;
    unique(
        "hardware_keys",
        stated.iter().map(|(_, key)| key.serial.to_string()),
    )?;
    let (revoked, named): (Vec<_>, Vec<_>) = stated.into_iter().partition(|(revoked, _)| *revoked);
    if named.is_empty() && !revoked.is_empty() {
        // It would need no key at all.
        let what = "every hardware key is revoked, and no other is named".to_owned();
        return Err(TermError::Contradiction { what });
    }
    let of = |keys: Vec<(bool, HardwareKey)>| keys.into_iter().map(|(_, key)| key).collect();
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
        hardware_keys: of(named),
        revoked_keys: of(revoked),
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
    let (serial, credential) = match message::HardwareKeyKind::try_from(wire.kind) {
        Ok(message::HardwareKeyKind::Unspecified) => return Err(TermError::Missing { field }),
        Ok(message::HardwareKeyKind::Dongle) => dongle(wire)?,
        Ok(message::HardwareKeyKind::Fido2) => fido2_key(wire)?,
        Err(_) => return Err(TermError::Unknown { field }),
    };
    Ok(HardwareKey {
        serial,
        credential,
        emulator_accepted: wire.emulator_accepted,
    })
}

fn dongle(wire: &message::HardwareKey) -> Result<(KeySerial, HardwareCredential), TermError> {
    if !wire.credential_id.is_empty() {
        let what = "a dongle has no credential id".to_owned();
        return Err(TermError::Contradiction { what });
    }
    let public_key = key_of("hardware key", &wire.public_key)?;
    let serial = KeySerial(array("hardware key serial", &wire.serial)?);
    Ok((serial, HardwareCredential::Dongle { public_key }))
}

fn fido2_key(wire: &message::HardwareKey) -> Result<(KeySerial, HardwareCredential), TermError> {
    if !wire.serial.is_empty() {
        let what = "a FIDO2 key has no serial number of its own: its credential id stands for it";
        return Err(TermError::Contradiction {
            what: what.to_owned(),
        });
    }
    let length = u64::try_from(wire.credential_id.len()).unwrap_or(u64::MAX);
    let id = CredentialId::from_bytes(&wire.credential_id).ok_or(TermError::Range {
        field: "length of the credential id",
        found: length,
        min: 1,
        max: u64::try_from(CREDENTIAL_ID_BYTES_MAX).unwrap_or(u64::MAX),
    })?;
    let public_key = Fido2PublicKey::from_bytes(&wire.public_key).ok_or(TermError::PublicKey {
        field: "hardware key",
    })?;
    Ok((
        id.serial(),
        HardwareCredential::Fido2(Fido2Credential { id, public_key }),
    ))
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
        region: match wire.region.as_str() {
            "" => None,
            region => Some(name("region", region)?),
        },
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
