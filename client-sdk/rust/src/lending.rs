//! Borrowed seats in a session's state, and the rules by which their leases are believed, the same
//! with a daemon and without one: the pinned root vouches for licence and activation certificate, the
//! certificate for the daemon's key, that key for the lease, and the lease for the borrower's key. As
//! pure as the state itself.

use std::time::Duration;

use octroi_licence::{
    BORROWED_LEASE_BYTES_MAX, BorrowedLease, BorrowerKey, CivilMillis, CivilSeconds,
    DocumentDigest, Metric, PublicKey,
};
use octroi_proto::licensing::v1 as wire;
use prost::Message as _;

use crate::{
    Error, Untrusted,
    client::Settings,
    cover::{Span, feature_for, within_share},
    documents::Honoured,
    pending::{Completion, Effects, Pending, PendingBorrow, Reply, Turn},
    state::State,
};

/// A borrowed seat that is believed, on its way to whoever asked.
#[derive(Debug, Clone)]
pub(crate) struct Lent {
    pub(crate) key: BorrowerKey,
    pub(crate) lease: BorrowedLease,
    /// The lease as it came.
    pub(crate) wire: wire::BorrowedLease,
    /// With its certificate.
    pub(crate) documents: Honoured,
    /// First instant at which lease, licence, feature or activation is over.
    pub(crate) ends_at: CivilSeconds,
    /// The civil time that was reached then, since boot.
    pub(crate) reached: (CivilMillis, Duration),
}

impl Lent {
    /// Believes a lease under documents that the pinned root vouches for; `now` is time since boot.
    pub(crate) fn believed(
        wire: wire::BorrowedLease,
        key: BorrowerKey,
        documents: Honoured,
        application: &Settings,
        now: Duration,
    ) -> Result<Self, Untrusted> {
        let licence = &documents.licence;
        let Some(certificate) = &documents.certificate else {
            return Err(Untrusted::NotActivated {
                licence: licence.id.clone(),
            });
        };
        let lease = BorrowedLease::verify(&wire, &certificate.daemon_key, &key.public_key())
            .map_err(|source| Untrusted::BorrowedLease { source })?;
        if lease.licence_digest != licence.digest() {
            return Err(Untrusted::LicenceNotShown {
                digest: lease.licence_digest,
            });
        }
        let feature = feature_for(licence, &lease.feature, application)?;
        let not_lent = || Untrusted::NotLent {
            licence: licence.id.clone(),
            feature: feature.name.clone(),
        };
        // What a hardware key must prove at each check-out is not used where no key is.
        let lends = feature.borrow.filter(|_| feature.checkout_proof.is_none());
        let terms = lends.ok_or_else(not_lent)?;
        let longest = lease
            .issued_at
            .0
            .saturating_add(longest_ms(terms.longest.0));
        if lease.until.millis().0 > longest {
            return Err(not_lent());
        }
        within_share(feature, certificate, lease.units.0)?;
        let ends = Span::all(&documents, feature, certificate, application)
            .into_iter()
            .map(|span| span.covers(lease.issued_at, &licence.id))
            .collect::<Result<Vec<_>, _>>()?;
        let ends_at = ends
            .into_iter()
            .flatten()
            .fold(lease.until, CivilSeconds::min);
        let reached = (lease.issued_at, now);
        Ok(Self {
            key,
            lease,
            wire,
            documents,
            ends_at,
            reached,
        })
    }

    /// The civil time at `now`, since boot: what was reached, and what has elapsed since.
    pub(crate) fn civil_at(&self, now: Duration) -> CivilMillis {
        let (civil, then) = self.reached;
        let elapsed = now.saturating_sub(then).as_millis();
        let elapsed = i64::try_from(elapsed).unwrap_or(i64::MAX);
        CivilMillis(civil.0.saturating_add(elapsed))
    }
}

fn longest_ms(seconds: u32) -> i64 {
    i64::from(seconds).saturating_mul(1_000).saturating_add(999)
}

impl State {
    /// Asks to borrow, or for another period.
    pub(crate) fn borrow(&mut self, asked: PendingBorrow) -> Result<(), Error> {
        self.accepts_borrowing()?;
        if asked.beneficiary.is_some() {
            self.daemon.must_know("beneficiary")?;
        }
        self.ask(Pending::Borrow(asked));
        Ok(())
    }

    pub(crate) fn accepts_borrowing(&self) -> Result<(), Error> {
        self.accepts_requests()?;
        self.daemon.must_know("borrow")
    }

    /// Gives back what was borrowed with a key.
    pub(crate) fn give_back(
        &mut self,
        borrower: PublicKey,
        reply: Option<Reply<Option<CivilSeconds>>>,
    ) {
        self.ask(Pending::Return { borrower, reply });
    }

    pub(crate) fn lent(
        &mut self,
        number: u64,
        wire: wire::Borrowed,
        now: Duration,
        effects: &mut Effects,
    ) {
        let mut asked = match self.pending.remove(&number) {
            Some(Pending::Borrow(asked)) => asked,
            Some(other) => {
                self.pending.insert(number, other);
                return;
            }
            None => return,
        };
        let answer = match self.judged(wire.lease.unwrap_or_default(), &asked, now) {
            Err(Untrusted::LicenceNotShown { .. }) if !asked.refetched && self.token.is_some() => {
                // As with a check-out: asked again once the documents are here.
                asked.refetched = true;
                self.pending.insert(number, Pending::Borrow(asked));
                effects.turn = Turn::RefetchNow;
                return;
            }
            answer => answer,
        };
        if answer.is_err() && asked.anew.is_some() {
            // The daemon believes that it lent something.
            self.give_back(asked.key.public_key(), None);
        }
        let answer = answer.map(Box::new).map_err(Error::from);
        effects.done.push(Completion::Borrow(asked.reply, answer));
    }

    fn judged(
        &self,
        wire: wire::BorrowedLease,
        asked: &PendingBorrow,
        now: Duration,
    ) -> Result<Lent, Untrusted> {
        // Which documents to believe it under; whether it is genuine is looked at with them.
        let documents = self.rules.documents.find(licence_of(&wire)?)?.clone();
        let lent = Lent::believed(wire, asked.key.clone(), documents, &self.settings, now)?;
        if lent.lease.daemon_key != self.daemon_key {
            return Err(Untrusted::AnotherDaemon {
                licence: lent.documents.licence.id.clone(),
            });
        }
        if let Some(anew) = &asked.anew {
            let features = &lent.documents.licence.features;
            let mut hosts = features
                .iter()
                .filter(|feature| feature.metric == Metric::Host);
            // A host counts once, however many units are asked for on it.
            let per_host = hosts.any(|feature| feature.name == anew.feature);
            let units = if per_host { 1 } else { anew.units };
            let fields = [
                ("feature", lent.lease.feature == anew.feature),
                ("units", lent.lease.units.0 == units),
            ];
            if let Some((field, _)) = fields.into_iter().find(|(_, same)| !same) {
                return Err(Untrusted::LeaseMismatch { field });
            }
        }
        Ok(lent)
    }

    pub(crate) fn returned(&mut self, number: u64, said: &wire::Returned, effects: &mut Effects) {
        match self.pending.remove(&number) {
            Some(Pending::Return { reply, .. }) => {
                let until = Some(CivilSeconds(said.until_s));
                let done = reply.map(|reply| Completion::Return(reply, Ok(until)));
                effects.done.extend(done);
            }
            Some(other) => {
                self.pending.insert(number, other);
            }
            None => {}
        }
    }
}

/// The licence that a lease names, before anything of it is believed.
fn licence_of(lease: &wire::BorrowedLease) -> Result<DocumentDigest, Untrusted> {
    let malformed = |what| Untrusted::LeaseMalformed { what };
    if lease.terms.len() > BORROWED_LEASE_BYTES_MAX {
        return Err(malformed("too long"));
    }
    let terms =
        wire::BorrowedLeaseTerms::decode(lease.terms.as_slice()).map_err(|_| malformed("terms"))?;
    <[u8; 32]>::try_from(terms.licence_digest.as_slice())
        .map(DocumentDigest::from_bytes)
        .map_err(|_| malformed("licence digest"))
}
