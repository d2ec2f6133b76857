//! Activation certificates: what one daemon is granted, signed by the activation key. Which shares it
//! gets is decided before, in `activation` or by whoever renews; here it is only written down.

use octroi_licence::{
    ActivationCertificate, CivilSeconds, Country, DocumentDigest, PublicKey, Seconds, Share,
    Signer, SiteId, Verified, message, message::SignedDocument,
};

use crate::{Authority, AuthorityError, DraftFrame, InForce, authority::may_speak_of};

/// What a certificate is to say.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Higher than that of every certificate that the daemon has for the licence.
    pub number: u64,
    /// Whose certificate.
    pub daemon_key: PublicKey,
    /// Where it stands.
    pub site: Option<SiteId>,
    /// The host as it was activated, where the licence is bound to one.
    pub host: Option<message::HostIdentity>,
    /// Its part of each count.
    pub shares: Vec<Share>,
    /// The request that it answers.
    pub request: DocumentDigest,
    /// The number in the licence's vendor sequence that it assumes.
    pub sequence: u64,
    /// Where the server stands that gives it (clauses K14, T14); `None`: not stated.
    pub server_country: Option<Country>,
}

/// How long before it is given a certificate begins, in seconds: one day. The clock of the machine
/// that it goes to may be behind the vendor's.
const CLOCKS_DIFFER_S: i64 = 86_400;

/// A certificate as it goes to the daemon.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The document.
    pub signed: SignedDocument,
    /// The same, read back as the daemon reads it.
    pub certificate: Verified<ActivationCertificate>,
    /// First instant at which certificate or licence is no longer valid; `None`: never.
    pub ends_at: Option<CivilSeconds>,
}

/// Signs a certificate for the text in force, which it names. Where reports are due it ends with the stop
/// limit; a shorter `validity` is kept, a longer one is not.
///
/// # Errors
/// [`AuthorityError`]: signing failed, or the daemon would refuse the result.
pub fn certify_daemon<S>(
    in_force: &InForce<'_>,
    grant: Grant,
    authority: &Authority<'_, S>,
    validity: Option<Seconds>,
    now: CivilSeconds,
) -> Result<Granted, AuthorityError>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let licence = in_force.text();
    let reporting = licence.reporting.as_ref();
    let limit = reporting.map(octroi_licence::Reporting::certificate_validity);
    let valid_until = [validity, limit]
        .into_iter()
        .flatten()
        .min()
        .map(|validity| CivilSeconds(now.0.saturating_add(i64::from(validity.0))));
    let ends_at = [valid_until, in_force.usable_until()]
        .into_iter()
        .flatten()
        .min();
    let draft = message::ActivationCertificate {
        frame: None,
        licence_digest: licence.digest().as_bytes().to_vec(),
        certificate_number: grant.number,
        daemon_key: grant.daemon_key.as_bytes().to_vec(),
        site: grant.site.map(String::from).unwrap_or_default(),
        host: grant.host,
        valid_from_s: now.0.saturating_sub(CLOCKS_DIFFER_S),
        valid_until_s: valid_until.and(ends_at).unwrap_or_default().0,
        shares: grant
            .shares
            .into_iter()
            .map(|share| message::Share {
                feature: share.feature.into(),
                units: share.units.0,
            })
            .collect(),
        request_digest: grant.request.as_bytes().to_vec(),
        server_country: grant
            .server_country
            .map(|country| country.to_string())
            .unwrap_or_default(),
    };
    let frame = DraftFrame {
        vendor: authority.vendor.clone(),
        issued_at: now,
        licence: Some(licence.id.clone()),
        sequence: grant.sequence,
    };
    let (signed, certificate) = authority.sign::<_, ActivationCertificate>(draft, &frame)?;
    may_speak_of(&certificate, licence)?;
    Ok(Granted {
        signed,
        certificate,
        ends_at,
    })
}
