//! The activation certificate: this daemon key may serve this licence on this host and site until…,
//! with this share of each count.

use crate::{
    CivilSeconds, Country, DocumentDigest, DocumentError, DocumentKind, DocumentType, FeatureName,
    Frame, KeyRole, Licence, LicenceId, PublicKey, Seats, SiteId, TermError, Verified,
    fields::{array, key_of, list, name, range, term, unique},
    licence::{FEATURES_MAX, SEATS_MAX},
    message,
    terms::optional_country,
};

/// The most components of one host.
pub const HOST_COMPONENTS_MAX: usize = 8;

/// What the vendor grants one daemon of a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationCertificate {
    /// The licence served.
    pub licence: LicenceId,
    /// The exact licence document.
    pub licence_digest: DocumentDigest,
    /// From 1, rising; the newest counts.
    pub number: u64,
    /// The only daemon that may use it.
    pub daemon_key: PublicKey,
    /// Where that daemon stands; `None`: the licence names no sites.
    pub site: Option<SiteId>,
    /// The host as it was activated; `None`: not bound to a host.
    pub host: Option<HostIdentity>,
    /// First instant.
    pub valid_from: CivilSeconds,
    /// First instant after the end; `None`: as long as the licence.
    pub valid_until: Option<CivilSeconds>,
    /// This daemon's part of each count.
    pub shares: Vec<Share>,
    /// The request that it answers.
    pub request_digest: DocumentDigest,
    /// Where the server stands, as it says; `None`: not stated (clauses K14, T14).
    pub server_country: Option<Country>,
}

/// This daemon's part of a feature's count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The feature.
    pub feature: FeatureName,
    /// Seats or hosts; may be 0.
    pub units: Seats,
}

/// A host, hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostIdentity {
    /// Random, of this daemon and licence alone.
    pub salt: [u8; 16],
    /// Argon2id digests by kind; a kind may stand more than once (several network cards).
    pub components: Vec<HostComponent>,
}

/// One hashed component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostComponent {
    /// What it is.
    pub kind: HostComponentKind,
    /// Argon2id(component, salt).
    pub digest: [u8; 32],
}

/// What a host is recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HostComponentKind {
    /// `/etc/machine-id`.
    MachineId,
    /// DMI product UUID.
    ProductUuid,
    /// DMI board serial.
    BoardSerial,
    /// Processor brand and number of cores.
    Processor,
    /// Hardware address of a network card.
    NetworkCard,
    /// Serial number of a disk.
    Disk,
}

impl HostComponentKind {
    /// The kind's name in files and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::MachineId => "machine-id",
            Self::ProductUuid => "product-uuid",
            Self::BoardSerial => "board-serial",
            Self::Processor => "processor",
            Self::NetworkCard => "network-card",
            Self::Disk => "disk",
        }
    }

    /// The kind as it travels.
    pub fn wire(self) -> message::HostComponentKind {
        match self {
            Self::MachineId => message::HostComponentKind::MachineId,
            Self::ProductUuid => message::HostComponentKind::ProductUuid,
            Self::BoardSerial => message::HostComponentKind::BoardSerial,
            Self::Processor => message::HostComponentKind::Processor,
            Self::NetworkCard => message::HostComponentKind::NetworkCard,
            Self::Disk => message::HostComponentKind::Disk,
        }
    }
}

impl DocumentType for ActivationCertificate {
    const KIND: DocumentKind = DocumentKind::ActivationCertificate;
    const ROLE: KeyRole = KeyRole::Activation;
    type Message = message::ActivationCertificate;

    fn read(message: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        frame.in_sequence()?;
        let valid = term(
            "certificate",
            message::Term {
                starts_at_s: message.valid_from_s,
                ends_at_s: message.valid_until_s,
            },
        )?;
        Ok(Self {
            licence: frame.of_licence()?,
            licence_digest: DocumentDigest::from_bytes(array(
                "licence_digest",
                &message.licence_digest,
            )?),
            number: range(
                "certificate_number",
                message.certificate_number,
                1,
                u64::MAX,
            )?,
            daemon_key: key_of("daemon_key", &message.daemon_key)?,
            site: site(&message.site)?,
            host: message.host.map(host).transpose()?,
            valid_from: valid.starts_at.unwrap_or_default(),
            valid_until: valid.ends_at,
            shares: shares(message.shares)?,
            request_digest: DocumentDigest::from_bytes(array(
                "request_digest",
                &message.request_digest,
            )?),
            server_country: optional_country("server_country", &message.server_country)?,
        })
    }
}

impl Verified<ActivationCertificate> {
    /// Checks that this certificate was made for exactly this licence document.
    ///
    /// # Errors
    /// As [`Verified::belongs_to`], and [`DocumentError::AnotherSerial`] for another document of the
    /// same licence.
    pub fn serves(&self, licence: &Verified<Licence>) -> Result<(), DocumentError> {
        self.belongs_to(licence)?;
        if self.licence_digest == licence.digest() {
            return Ok(());
        }
        Err(DocumentError::AnotherSerial {
            kind: DocumentKind::ActivationCertificate,
            licence: licence.id.clone(),
            serial: licence.serial,
        })
    }
}

pub(crate) fn site(wire: &str) -> Result<Option<SiteId>, TermError> {
    match wire {
        "" => Ok(None),
        id => name("site", id).map(Some),
    }
}

pub(crate) fn shares(wire: Vec<message::Share>) -> Result<Vec<Share>, TermError> {
    let shares = list("shares", wire, 0, FEATURES_MAX, |share| {
        range("share", share.units.into(), 0, SEATS_MAX.into())?;
        Ok(Share {
            feature: name("share", &share.feature)?,
            units: Seats(share.units),
        })
    })?;
    unique("shares", shares.iter().map(|share| share.feature.as_str()))?;
    Ok(shares)
}

pub(crate) fn host(wire: message::HostIdentity) -> Result<HostIdentity, TermError> {
    Ok(HostIdentity {
        salt: array("host salt", &wire.salt)?,
        components: list(
            "host components",
            wire.components,
            0,
            HOST_COMPONENTS_MAX,
            |one| component(&one),
        )?,
    })
}

fn component(wire: &message::HostComponent) -> Result<HostComponent, TermError> {
    use message::HostComponentKind as Wire;
    let kind = match Wire::try_from(wire.kind) {
        Ok(Wire::MachineId) => HostComponentKind::MachineId,
        Ok(Wire::ProductUuid) => HostComponentKind::ProductUuid,
        Ok(Wire::BoardSerial) => HostComponentKind::BoardSerial,
        Ok(Wire::Processor) => HostComponentKind::Processor,
        Ok(Wire::NetworkCard) => HostComponentKind::NetworkCard,
        Ok(Wire::Disk) => HostComponentKind::Disk,
        Ok(Wire::Unspecified) => {
            return Err(TermError::Missing {
                field: "host component kind",
            });
        }
        Err(_) => {
            return Err(TermError::Unknown {
                field: "host component kind",
            });
        }
    };
    Ok(HostComponent {
        kind,
        digest: array("host component", &wire.digest)?,
    })
}
