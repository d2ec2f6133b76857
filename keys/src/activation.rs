//! Answering activation requests: who asks is the daemon key that signed, what it may have is its
//! share. Used for files and, later, by the activation server. Pure: the record and the code come
//! in, a certificate goes out; what is refused is refused with its reason and counted.

use std::collections::BTreeMap;

use octroi_licence::{
    ActivationCertificate, ActivationRequest, CivilSeconds, Country, DocumentDigest, DocumentError,
    FeatureName, HostIdentity, Licence, LicenceId, Metric, Overdraft, PublicKey, Seats, Seconds,
    Share, Signer, VendorId, Verified, message, message::SignedDocument, verify_self_signed,
};

use crate::{
    Activation, ActivationCode, ActivationRefusal, Authority, AuthorityError, Grant, Granted,
    InForce, LicenceRecord, VendorSequence, View, certify_daemon,
};

/// A request whose signature was checked: the holder of the daemon key that it names wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request(Verified<ActivationRequest>);

impl Request {
    /// Checks the request's signature by the key that it names.
    ///
    /// # Errors
    /// [`DocumentError`]: damaged, altered, or not a request.
    pub fn read(signed: &SignedDocument) -> Result<Self, DocumentError> {
        Ok(Self(verify_self_signed(signed)?))
    }

    /// What the daemon asks.
    pub fn document(&self) -> &ActivationRequest {
        self.0.document()
    }

    /// The vendor who is asked.
    pub fn vendor(&self) -> &VendorId {
        &self.0.frame().vendor
    }

    /// The licence concerned.
    pub fn licence(&self) -> &LicenceId {
        &self.0.licence
    }

    /// Names the request; the certificate that answers it does too.
    pub fn digest(&self) -> DocumentDigest {
        self.0.digest()
    }
}

/// What a request gets.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A new certificate; the record knows it. Store both before handing it out.
    Granted {
        /// The certificate as it goes to the daemon.
        signed: SignedDocument,
        /// The same, read back as the daemon reads it.
        certificate: Box<Verified<ActivationCertificate>>,
    },
    /// This very request was answered before: hand out the same bytes again.
    Repeated {
        /// The certificate that was given then.
        certificate: DocumentDigest,
    },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The request may not have what it asks for. Store the record all the same: it counts.
    #[error("the activation is refused")]
    Refused(#[from] ActivationRefusal),
    /// Signing failed, or the daemon would refuse the result.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// What the vendor has at hand to answer a request.
#[derive(Debug)]
pub struct Desk<'a, S> {
    /// The newest serial of the licence that the request names, and what was said of it since.
    pub sequence: VendorSequence<'a>,
    /// Where the server stands; `None`: not stated.
    pub country: Option<Country>,
    /// That serial's activation code.
    pub code: &'a ActivationCode,
    /// The activation key.
    pub authority: &'a Authority<'a, S>,
    /// What was recorded of the order since.
    pub clearance: Clearance,
    /// How long the certificate is valid; `None`: as long as the licence. Where reports are due it
    /// ends with their stop limit at the latest.
    pub validity: Option<Seconds>,
}

/// What clause T3 asks for before anything is activated, as far as the vendor recorded it outside
/// the licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clearance {
    /// The client accepted the terms that the licence states, after it was issued.
    pub terms_accepted: bool,
    /// The payment was validated, or nothing is to be paid before.
    pub paid: bool,
}

impl Clearance {
    /// What whoever answers by hand vouches for: the payment. An acceptance must stand in the
    /// licence.
    pub const BY_HAND: Self = Self {
        terms_accepted: false,
        paid: true,
    };
}

/// Answers a request. The same request gets the same answer; a new request of the same daemon
/// replaces its share. The record changes with refusals too: store it in every case.
///
/// # Errors
/// [`AnswerError`].
pub fn answer<S>(
    request: &Request,
    desk: &Desk<'_, S>,
    record: &mut LicenceRecord,
    now: CivilSeconds,
) -> Result<Answer, AnswerError>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let answered = record
        .activations()
        .iter()
        .find(|activation| activation.request == request.digest() && !activation.written_off);
    if let Some(activation) = answered {
        return Ok(Answer::Repeated {
            certificate: activation.certificate,
        });
    }
    let asked = request.document();
    prove(asked, desk, record)?;
    let stands = desk.sequence.in_force(View {
        at: now,
        up_to: record.last_sequence(),
        shown: Some(asked.licence_digest),
    });
    let licence = stands.text();
    in_force(desk, &stands, record, now)?;
    at_site(asked, licence, record, now)?;
    let host = host(asked, licence)?;
    let shares = allot(&stands, record, &asked.daemon_key, &asked.shares, now)?;

    let grant = Grant {
        number: record.next_certificate_number(&asked.daemon_key),
        daemon_key: asked.daemon_key,
        site: asked.site.clone(),
        host,
        shares: shares.clone(),
        request: request.digest(),
        sequence: record.last_sequence(),
        server_country: desk.country,
    };
    let Granted {
        signed,
        certificate,
        ends_at,
    } = certify_daemon(&stands, grant, desk.authority, desk.validity, now)?;
    record.add_activation(Activation {
        number: certificate.number,
        serial: licence.serial,
        daemon_key: asked.daemon_key,
        site: asked.site.clone(),
        shares: shares
            .into_iter()
            .map(|share| (share.feature, share.units))
            .collect(),
        request: request.digest(),
        certificate: certificate.digest(),
        answered_at: now,
        ends_at,
        written_off: false,
    });
    Ok(Answer::Granted {
        signed,
        certificate: Box::new(certificate),
    })
}

/// The asker holds the newest serial, amended or not, and its code; wrong codes are counted.
fn prove<S>(
    asked: &ActivationRequest,
    desk: &Desk<'_, S>,
    record: &mut LicenceRecord,
) -> Result<(), ActivationRefusal> {
    let newest = desk.sequence.serial;
    let amended = record
        .amendments()
        .iter()
        .any(|one| one.serial == newest.serial && one.digest == asked.licence_digest);
    if asked.licence_digest != newest.digest() && !amended {
        let issued = record.issued().iter();
        let known = issued
            .clone()
            .find(|issued| issued.digest == asked.licence_digest);
        return Err(match known {
            Some(older) => ActivationRefusal::LicenceSuperseded {
                serial: older.serial,
                newest: newest.serial,
            },
            None => ActivationRefusal::LicenceUnknown {
                licence: asked.licence.clone(),
            },
        });
    }
    if record.is_locked() {
        return Err(ActivationRefusal::Locked {
            attempts: record.failed_attempts(),
        });
    }
    if !asked.proves(desk.code.expose()) {
        record.add_failed_attempt();
        return Err(ActivationRefusal::CodeWrong {
            attempts: record.failed_attempts(),
        });
    }
    Ok(())
}

/// The licence may be activated at all, and from here.
fn in_force<S>(
    desk: &Desk<'_, S>,
    stands: &InForce<'_>,
    record: &LicenceRecord,
    now: CivilSeconds,
) -> Result<(), ActivationRefusal> {
    let licence = stands.text();
    let revocations = &desk.authority.revocations;
    if revocations.licence_revoked(&licence.id, licence.serial) {
        return Err(ActivationRefusal::LicenceRevoked);
    }
    if let Some(since) = record.terminated_at()
        && since <= now
    {
        return Err(ActivationRefusal::LicenceTerminated { since });
    }
    if let Some(ended) = stands.ended(now) {
        return Err(ended);
    }
    if !licence.server_may_stand_in(desk.country) {
        return Err(ActivationRefusal::ServerRegionNotAllowed {
            found: desk.country,
            regions: licence.server_regions.clone(),
        });
    }
    // Clause T3.
    let stated = &licence.terms_acceptance;
    let accepted = stated.accepted_at.is_some() || desk.clearance.terms_accepted;
    if stated.digest.is_none() || !accepted {
        return Err(ActivationRefusal::TermsNotAccepted);
    }
    if !desk.clearance.paid {
        return Err(ActivationRefusal::PaymentNotRecorded);
    }
    Ok(())
}

/// The site is one of the licence's and has room for another host (clauses A1 to A3).
fn at_site(
    asked: &ActivationRequest,
    licence: &Licence,
    record: &LicenceRecord,
    now: CivilSeconds,
) -> Result<(), ActivationRefusal> {
    if licence.sites.is_empty() {
        return Ok(());
    }
    let named = licence
        .sites
        .iter()
        .find(|site| Some(&site.id) == asked.site.as_ref());
    let Some(site) = named else {
        return Err(ActivationRefusal::SiteNotLicensed {
            found: asked.site.clone(),
            licensed: licence.sites.iter().map(|site| site.id.clone()).collect(),
        });
    };
    let others = record
        .live(now)
        .filter(|activation| activation.daemon_key != asked.daemon_key)
        .filter(|activation| activation.site.as_ref() == Some(&site.id))
        .count();
    match site.hosts_max {
        Some(limit) if usize::try_from(limit).is_ok_and(|limit| others >= limit) => {
            Err(ActivationRefusal::HostNotLicensed {
                site: site.id.clone(),
                limit,
            })
        }
        _ => Ok(()),
    }
}

/// What the certificate says of the host: nothing where the licence is not bound to one.
fn host(
    asked: &ActivationRequest,
    licence: &Licence,
) -> Result<Option<message::HostIdentity>, ActivationRefusal> {
    let Some(required) = licence.binding.host_components_required else {
        return Ok(None);
    };
    let components = asked
        .host
        .as_ref()
        .map(different_components)
        .unwrap_or_default();
    let found = u32::try_from(components.len()).unwrap_or(u32::MAX);
    match &asked.host {
        Some(host) if found >= required => Ok(Some(message::HostIdentity {
            salt: host.salt.to_vec(),
            components,
        })),
        _ => Err(ActivationRefusal::HostIdentityWeak { required, found }),
    }
}

/// A component that is sent twice does not make a host easier to recognise.
fn different_components(host: &HostIdentity) -> Vec<message::HostComponent> {
    let mut components: Vec<message::HostComponent> = Vec::new();
    for component in &host.components {
        let component = message::HostComponent {
            kind: component.kind.wire().into(),
            digest: component.digest.to_vec(),
        };
        if !components.contains(&component) {
            components.push(component);
        }
    }
    components
}

/// Shares out the counts in force: what is asked for, and of features not asked for what is left.
/// With the live shares of the other daemons the result never exceeds a count, but that of hosts over
/// which further ones are billed. To ask for 0 of every feature gives a share back.
///
/// # Errors
/// [`ActivationRefusal::NoShareLeft`] where less is left than is asked for, or nothing at all;
/// [`ActivationRefusal::FeatureNotLicensed`].
pub fn allot(
    stands: &InForce<'_>,
    record: &LicenceRecord,
    daemon_key: &PublicKey,
    asked: &[Share],
    now: CivilSeconds,
) -> Result<Vec<Share>, ActivationRefusal> {
    let asked: BTreeMap<&FeatureName, Seats> = asked
        .iter()
        .map(|share| (&share.feature, share.units))
        .collect();
    let licence = stands.text();
    let alone = record
        .live(now)
        .all(|other| other.daemon_key == *daemon_key);
    let licensed = |name: &FeatureName| licence.features.iter().any(|one| one.name == *name);
    if let Some(feature) = asked.keys().find(|name| !licensed(name)) {
        return Err(ActivationRefusal::FeatureNotLicensed {
            feature: (*feature).clone(),
        });
    }
    let mut shares = Vec::with_capacity(licence.features.len());
    let mut exhausted = None;
    for feature in &licence.features {
        let mut allotted: u32 = 0;
        let mut daemons = 0;
        for other in record
            .live(now)
            .filter(|other| other.daemon_key != *daemon_key)
        {
            let units = other.shares.get(&feature.name).copied().unwrap_or_default();
            allotted = allotted.saturating_add(units.0);
            daemons += usize::from(units.0 > 0);
        }
        let count = stands.count(feature, alone).0;
        let left = count.saturating_sub(allotted);
        let most = match feature.metric {
            // One daemon is one host. Where hosts over the count are billed, there is always one more
            // (clauses T2, T6): it is counted, not refused.
            Metric::Host if matches!(feature.overdraft, Overdraft::Billed(_)) => 1,
            Metric::Host => left.min(1),
            Metric::Concurrent(_) | _ => left,
        };
        let requested = asked.get(&feature.name).map(|units| units.0);
        let refusal = || ActivationRefusal::NoShareLeft {
            feature: feature.name.clone(),
            limit: count,
            allotted,
            daemons,
            requested: requested.unwrap_or(1),
            most,
        };
        match requested {
            Some(units) if units > most => return Err(refusal()),
            None if most == 0 => exhausted = exhausted.or_else(|| Some(refusal())),
            _ => {}
        }
        shares.push(Share {
            feature: feature.name.clone(),
            units: Seats(requested.unwrap_or(most)),
        });
    }
    match exhausted {
        Some(refusal) if shares.iter().all(|share| share.units.0 == 0) => Err(refusal),
        _ => Ok(shares),
    }
}
