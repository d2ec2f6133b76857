//! Leases: what proves a seat, and the rules by which one is believed. Every date is judged by the
//! civil time in the lease itself, which the daemon guards, never by this machine's clock. Pure.

use octroi_licence::{
    CheckoutProofError, CivilMillis, CivilSeconds, DocumentDigest, FeatureName, KeySerial,
    LicenceId, Metric, PublicKey, SessionKey, verify_checkout_proof,
};
use octroi_proto::licensing::v1 as wire;
use prost::Message as _;

use crate::{
    Consumed, SeatId, Untrusted, Window,
    client::Settings,
    cover::{Span, feature_for, within_share},
    documents::Documents,
    pending::PendingConsumption,
};

/// Bytes of a lease's terms; they hold a name, a digest and a few numbers.
const LEASE_TERMS_BYTES_MAX: usize = 4096;

/// What a seat rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The seat, within the daemon's realm of this vendor.
    pub seat: SeatId,
    /// The feature.
    pub feature: FeatureName,
    /// Seats that it takes.
    pub units: u32,
    /// The licence that grants it.
    pub licence: LicenceId,
    /// The exact licence document.
    pub licence_digest: DocumentDigest,
    /// When the lease was made, as the daemon judges time.
    pub granted_at: CivilMillis,
    /// First instant at which licence, feature or activation ends; `None`: perpetual.
    pub ends_at: Option<CivilSeconds>,
    /// Units of it that were granted over the limit, as the licence allows for a time.
    pub overdrawn: u32,
    /// The hardware keys whose proof for this check-out was verified; empty where the licence asks for
    /// none.
    pub proven_by: Vec<KeySerial>,
    pub(crate) checkout: u64,
    /// The licence asks for a proof by its hardware key at each check-out.
    pub(crate) wants_proof: bool,
    /// A host counts once, however many units are asked for on it.
    pub(crate) per_host: bool,
}

impl Lease {
    /// Says whether this is the lease for a check-out of `units`.
    pub(crate) fn is_for(&self, units: u32) -> bool {
        self.units == if self.per_host { 1 } else { units }
    }
}

/// A lease that is not believed.
#[derive(Debug)]
pub(crate) struct Disbelieved {
    pub(crate) why: Untrusted,
    /// The seat, where the session's key vouches for it: the daemon itself believes in it.
    pub(crate) seat: Option<SeatId>,
}

/// What one epoch of a session makes leases believable with.
#[derive(Debug)]
pub(crate) struct LeaseRules {
    pub(crate) key: SessionKey,
    pub(crate) documents: Documents,
    /// The highest lease number seen in this epoch. The next epoch has another key.
    pub(crate) newest: u64,
}

impl LeaseRules {
    /// Believes a fresh lease: each number is taken once, rising.
    pub(crate) fn fresh(
        &mut self,
        lease: &wire::Lease,
        application: &Settings,
    ) -> Result<Lease, Disbelieved> {
        let terms = self.authentic(lease)?;
        let seat = Some(SeatId(terms.seat));
        if terms.lease_number <= self.newest {
            let why = Untrusted::LeaseReplayed {
                number: terms.lease_number,
                newest: self.newest,
            };
            // Whoever replays says nothing about what the daemon holds now.
            return Err(Disbelieved { why, seat: None });
        }
        self.newest = terms.lease_number;
        self.covered(&terms, application)
            .map_err(|why| Disbelieved { why, seat })
    }

    /// Believes the proof by hardware keys that comes with a lease, where the licence asks for one: it
    /// must be of the nonce that was drawn for this check-out, and for this daemon.
    pub(crate) fn proven(
        &self,
        mut lease: Lease,
        proof: &[u8],
        nonce: Option<&[u8; 32]>,
        daemon_key: &PublicKey,
    ) -> Result<Lease, Disbelieved> {
        if !lease.wants_proof {
            return Ok(lease);
        }
        let seat = Some(lease.seat);
        let honoured = self.documents.find(lease.licence_digest);
        let honoured = honoured.map_err(|why| Disbelieved { why, seat })?;
        let verified = match nonce {
            Some(nonce) => verify_checkout_proof(proof, &honoured.licence, daemon_key, nonce),
            None => Err(CheckoutProofError::Missing),
        };
        match verified {
            Ok(keys) => {
                lease.proven_by = keys;
                Ok(lease)
            }
            Err(source) => Err(Disbelieved {
                why: Untrusted::HardwareProof {
                    licence: lease.licence,
                    feature: lease.feature,
                    source,
                },
                seat,
            }),
        }
    }

    /// A seat of a listing, which may repeat leases that were shown before, and the number of the
    /// check-out that got it.
    pub(crate) fn listed(&self, lease: &wire::Lease) -> Result<(SeatId, u64), Disbelieved> {
        self.authentic(lease)
            .map(|terms| (SeatId(terms.seat), terms.checkout_number))
    }

    fn authentic(&self, lease: &wire::Lease) -> Result<wire::LeaseTerms, Disbelieved> {
        let malformed = |what| Disbelieved {
            why: Untrusted::LeaseMalformed { what },
            seat: None,
        };
        if lease.terms.len() > LEASE_TERMS_BYTES_MAX {
            return Err(malformed("too long"));
        }
        if !self.key.verifies(&lease.terms, &lease.mac) {
            return Err(Disbelieved {
                why: Untrusted::LeaseForged,
                seat: None,
            });
        }
        wire::LeaseTerms::decode(lease.terms.as_slice()).map_err(|_| malformed("terms"))
    }

    /// Believes a consumption: what was asked for, under a metered feature of an activated licence, in
    /// its term.
    pub(crate) fn consumed(
        &self,
        wire: &wire::Consumed,
        number: u64,
        asked: &PendingConsumption,
        application: &Settings,
    ) -> Result<Consumed, Untrusted> {
        let malformed = |what| Untrusted::LeaseMalformed { what };
        if wire.terms.len() > LEASE_TERMS_BYTES_MAX {
            return Err(malformed("too long"));
        }
        if !self.key.verifies_consumption(&wire.terms, &wire.mac) {
            return Err(Untrusted::LeaseForged);
        }
        let terms =
            wire::ConsumedTerms::decode(wire.terms.as_slice()).map_err(|_| malformed("terms"))?;
        let fields = [
            ("request number", terms.consume_number == number),
            ("feature", terms.feature == asked.feature.as_str()),
            ("amount", terms.amount == asked.amount),
        ];
        if let Some((field, _)) = fields.into_iter().find(|(_, same)| !same) {
            return Err(Untrusted::LeaseMismatch { field });
        }
        let digest = <[u8; 32]>::try_from(terms.licence_digest.as_slice())
            .map(DocumentDigest::from_bytes)
            .map_err(|_| malformed("licence digest"))?;
        let honoured = self.documents.find(digest)?;
        let licence = &honoured.licence;
        let Some(certificate) = &honoured.certificate else {
            return Err(Untrusted::NotActivated {
                licence: licence.id.clone(),
            });
        };
        let feature = feature_for(licence, &asked.feature, application)?;
        if !matches!(feature.metric, Metric::Metered(_)) {
            return Err(Untrusted::FeatureNotInLicence {
                licence: licence.id.clone(),
                feature: asked.feature.clone(),
            });
        }
        let at = CivilMillis(terms.civil_ms);
        for span in Span::all(honoured, feature, certificate, application) {
            span.covers(at, &licence.id)?;
        }
        Ok(Consumed {
            feature: asked.feature.clone(),
            amount: terms.amount,
            excess: terms.excess,
            licence: licence.id.clone(),
            licence_digest: digest,
            at,
            windows: terms.windows.iter().filter_map(Window::from_wire).collect(),
        })
    }

    fn covered(
        &self,
        terms: &wire::LeaseTerms,
        application: &Settings,
    ) -> Result<Lease, Untrusted> {
        let malformed = |what| Untrusted::LeaseMalformed { what };
        let digest = <[u8; 32]>::try_from(terms.licence_digest.as_slice())
            .map(DocumentDigest::from_bytes)
            .map_err(|_| malformed("licence digest"))?;
        let name: FeatureName = terms.feature.parse().map_err(|_| malformed("feature"))?;
        let honoured = self.documents.find(digest)?;
        let licence = &honoured.licence;
        let Some(certificate) = &honoured.certificate else {
            return Err(Untrusted::NotActivated {
                licence: licence.id.clone(),
            });
        };
        let feature = feature_for(licence, &name, application)?;
        within_share(feature, certificate, terms.units)?;
        let at = CivilMillis(terms.civil_ms);
        let lease = Span {
            what: "lease",
            starts_at: None,
            ends_at: (terms.ends_at_s != 0).then_some(CivilSeconds(terms.ends_at_s)),
        };
        let ends_at = Span::all(honoured, feature, certificate, application)
            .into_iter()
            .chain([lease])
            .map(|span| span.covers(at, &licence.id))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .min();
        Ok(Lease {
            seat: SeatId(terms.seat),
            feature: name,
            units: terms.units,
            licence: licence.id.clone(),
            licence_digest: digest,
            granted_at: at,
            ends_at,
            overdrawn: terms.overdrawn,
            proven_by: Vec::new(),
            checkout: terms.checkout_number,
            wants_proof: feature.checkout_proof.is_some(),
            per_host: feature.metric == Metric::Host,
        })
    }
}
