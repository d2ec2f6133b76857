//! The engine's views, read from state and documents.

mod grounds;
mod metrics;
mod usage;

use std::sync::Arc;

use octroi_licence::{CivilMillis, LicenceId, ProductId, Revocations};

use crate::{
    CertificateView, ElapsedMs, Engine, FeatureView, Grant, KeyDuty, KeyView, LicenceDocuments,
    LicenceView, RevokedKey, SeatId, SeatView, SessionId, SessionView, WaiterView,
    catalogue::{Catalogue, Offer, Terms},
    decide,
    rules::{World, budget_left_ms, key_there, obstacle_for_all},
    state::{LicenceState, Presence, Seat, Session},
};

impl Engine {
    /// Every open session.
    pub fn sessions(&self) -> impl Iterator<Item = SessionView> {
        self.state
            .sessions
            .iter()
            .map(|(id, session)| session_view(id, session))
    }

    /// One session; `None` where it is not open.
    pub fn session(&self, session: SessionId) -> Option<SessionView> {
        self.state
            .sessions
            .get(session)
            .map(|state| session_view(session, state))
    }

    /// How long the session's seats wait after its transport is lost, in milliseconds; 0 where it
    /// cannot come back.
    pub fn resume_window_ms(&self, session: SessionId) -> u64 {
        decide::resume_window_ms(self, session)
    }

    /// Every seat that counts, by rising id.
    pub fn seats(&self) -> impl Iterator<Item = SeatView> {
        self.state
            .seats
            .iter()
            .filter_map(|(id, seat)| self.seat_view(id, seat))
    }

    /// The seats that a session holds, by rising id.
    pub fn seats_of(&self, session: SessionId) -> Vec<SeatView> {
        self.held_by(session)
            .filter_map(|(id, seat)| self.seat_view(id, seat))
            .collect()
    }

    /// The same as grants, for the leases of a resumed session.
    pub fn grants_of(&self, session: SessionId) -> Vec<Grant> {
        self.held_by(session)
            .filter_map(|(id, _)| self.grant(session, id))
            .collect()
    }

    fn held_by(&self, session: SessionId) -> impl Iterator<Item = (SeatId, &Seat)> {
        let held = self
            .state
            .sessions
            .get(session)
            .map(|state| state.seats.as_slice());
        let held = held.unwrap_or_default().iter();
        held.filter_map(|id| self.state.seats.get(*id).map(|seat| (*id, seat)))
    }

    /// A seat as its holder sees it; `None` where the session does not hold it.
    pub(crate) fn grant(&self, session: SessionId, id: SeatId) -> Option<Grant> {
        let seat = self
            .state
            .seats
            .get(id)
            .filter(|seat| seat.session == Some(session))?;
        let key = &self.state.seats.pool(seat.pool)?.key;
        let offer = self.catalogue().offer(&key.licence, &key.feature);
        Some(Grant {
            seat: id,
            number: seat.number,
            licence: key.licence.clone(),
            // What it rests on by now: a newer serial may serve it, and only that one is shown.
            licence_digest: offer.map_or(seat.licence_digest, |offer| offer.terms.licence.digest()),
            feature: key.feature.clone(),
            units: seat.units,
            ends_at: offer.and_then(|offer| offer.ends_at),
            overdrawn: self.state.parties.overdrawn.get(&id).copied().unwrap_or(0),
        })
    }

    fn seat_view(&self, id: SeatId, seat: &Seat) -> Option<SeatView> {
        let key = &self.state.seats.pool(seat.pool)?.key;
        let session = seat
            .session
            .and_then(|session| self.state.sessions.get(session));
        Some(SeatView {
            seat: id,
            session: seat.session,
            number: seat.number,
            user: seat.user,
            process: session.and_then(|session| session.process),
            product: session.map(|session| session.product.clone()),
            version: session.and_then(|session| session.version.clone()),
            licence: key.licence.clone(),
            licence_digest: seat.licence_digest,
            feature: key.feature.clone(),
            units: seat.units,
            group: seat.group,
            since: seat.since,
            status: seat.status,
        })
    }

    /// Every check-out that waits, in the order in which they came.
    pub fn waiters(&self) -> impl Iterator<Item = WaiterView> {
        self.state.queue.iter().filter_map(|(ticket, waiter)| {
            let session = self.state.sessions.get(waiter.session)?;
            Some(WaiterView {
                session: waiter.session,
                number: waiter.number,
                user: session.user,
                process: session.process,
                product: waiter.product.clone(),
                licence: waiter.licence.clone(),
                feature: waiter.feature.clone(),
                units: waiter.units,
                place: self.state.queue.place(ticket)?,
                deadline: waiter.deadline,
            })
        })
    }

    /// Every feature of every licence in force, by product, feature and order of use.
    pub fn features(&self) -> Vec<FeatureView> {
        self.fresh(|catalogue| {
            catalogue
                .all()
                .map(|offer| self.feature_view(offer))
                .collect()
        })
    }

    /// The features of the session's product; empty where the session is not open.
    pub fn list(&self, session: SessionId) -> Vec<FeatureView> {
        let Some(state) = self.state.sessions.get(session) else {
            return Vec::new();
        };
        self.fresh(|catalogue| {
            catalogue
                .of_product(&state.product)
                .map(|offer| self.feature_view(offer))
                .collect()
        })
    }

    fn feature_view(&self, offer: &Offer) -> FeatureView {
        let (licence, feature) = (offer.licence(), &offer.feature.name);
        let pool = self
            .state
            .licences
            .get(licence)
            .and_then(|state| state.pools.get(feature))
            .and_then(|index| self.state.seats.pool(*index));
        let waiting = self
            .state
            .queue
            .iter()
            .filter(|(_, waiter)| waiter.licence == *licence && waiter.feature == *feature)
            .count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        FeatureView {
            licence: licence.clone(),
            product: offer.terms.licence.product.clone(),
            feature: feature.clone(),
            metric: offer.feature.metric.clone(),
            grouping: offer.feature.metric.grouping(),
            licensed: offer.count,
            share: offer.share,
            limit: offer.allotment().units,
            in_use: decide::in_use(&self.state, offer),
            lingering: pool.map_or(0, |pool| number(pool.lingering())),
            waiting: number(waiting),
            overdraft: self.overdraft_view(offer),
            soft_limits_crossed: self.soft_limits_crossed(offer),
        }
    }

    /// Every licence in force, by id. What stands in the way is told as of the last decision.
    pub fn licences(&self) -> Vec<LicenceView> {
        self.fresh(|catalogue| {
            let licences = self.state.licences.iter();
            licences
                .map(|(id, state)| {
                    let terms = catalogue.licences.get(id).map(Arc::as_ref);
                    self.licence_view(id, state, terms)
                })
                .collect()
        })
    }

    /// The judged civil time of the last decision.
    pub(crate) fn civil_of_last(&self) -> CivilMillis {
        let mark = self.state.clock.as_ref().map(|clock| clock.mark);
        self.last_civil.or(mark).unwrap_or_default()
    }

    fn licence_view(
        &self,
        id: &LicenceId,
        state: &LicenceState,
        terms: Option<&Terms>,
    ) -> LicenceView {
        let elapsed = self.state.elapsed();
        let civil = self.civil_of_last();
        let world = World {
            state: &self.state,
            civil,
            elapsed,
        };
        LicenceView {
            licence: id.clone(),
            serial: state.serial,
            digest: state.digest,
            sequence: state.sequence,
            product: terms.map(|terms| terms.licence.product.clone()),
            client_name: terms
                .map(|terms| terms.licence.client_name.clone())
                .unwrap_or_default(),
            term: terms.map(|terms| terms.term).unwrap_or_default(),
            life: terms
                .map(|terms| Self::life_view(terms, state, civil))
                .unwrap_or_default(),
            orders: self.order_views(state),
            amendments: self.amendment_views(state),
            certificate: state.certificate.as_ref().map(|certificate| {
                let document = terms.and_then(|terms| terms.certificate.as_ref());
                CertificateView {
                    digest: certificate.digest,
                    number: certificate.number,
                    licence_digest: certificate.licence_digest,
                    site: document.and_then(|document| document.site.clone()),
                    valid_until: terms.and_then(|terms| terms.certificate_ends_at),
                }
            }),
            blocked: terms.and_then(|terms| obstacle_for_all(world, terms)),
            key: terms.and_then(|terms| self.key_view(terms, state, elapsed)),
            pending: state
                .pending
                .iter()
                .map(|((sequence, document), pending)| {
                    self.pending_view(*document, *sequence, pending)
                })
                .collect(),
        }
    }

    fn key_view(&self, terms: &Terms, state: &LicenceState, now: ElapsedMs) -> Option<KeyView> {
        let keys = &terms.licence.binding.hardware_keys;
        if keys.is_empty() {
            return None;
        }
        let (present, absent): (Vec<_>, Vec<_>) =
            keys.iter().partition(|key| key_there(&self.state, key));
        Some(KeyView {
            rule: terms.licence.binding.key_rule,
            present: present.into_iter().map(|key| key.serial).collect(),
            absent: absent.into_iter().map(|key| key.serial).collect(),
            budget_left_ms: budget_left_ms(&terms.licence, state, now),
            absent_since: state.absence.open.map(|open| open.since),
        })
    }

    /// What the newest revocation list says, for whoever verifies a document that arrives.
    pub fn revocations(&self) -> Revocations {
        let newest = self.state.revocations;
        let list = newest.and_then(|(_, digest)| self.documents.revocations.get(&digest));
        list.cloned().unwrap_or_default()
    }

    /// The licences in force that cover a product, by id.
    pub fn licences_for_product(&self, product: &ProductId) -> Vec<LicenceId> {
        self.fresh(|catalogue| {
            let licences = catalogue.licences.iter();
            licences
                .filter(|(_, terms)| terms.licence.product == *product)
                .map(|(id, _)| id.clone())
                .collect()
        })
    }

    /// The documents of a licence in force; `None` where the licence or its document is not at hand.
    pub fn documents(&self, licence: &LicenceId) -> Option<LicenceDocuments> {
        self.fresh(|catalogue| {
            let terms = catalogue.licences.get(licence)?;
            Some(LicenceDocuments {
                licence: Arc::clone(&terms.licence),
                certificate: terms.certificate.as_ref().map(Arc::clone),
                amendment: self
                    .documents
                    .amendments
                    .get(&terms.licence.digest())
                    .map(Arc::clone),
                release: self
                    .state
                    .licences
                    .get(licence)
                    .and_then(|state| self.documents.releases.get(&state.lifecycle.released?))
                    .map(Arc::clone),
            })
        })
    }

    /// The keys that the shell must prove, once for each licence that names them; none that is lost.
    pub fn hardware_keys(&self) -> Vec<KeyDuty> {
        self.fresh(|catalogue| self.key_duties(catalogue))
    }

    /// Keys that are lost, as far as a document at hand says how to recognise them.
    pub fn revoked_keys(&self) -> Vec<RevokedKey> {
        self.fresh(|catalogue| {
            let all = catalogue.licences.values().flat_map(|terms| {
                let binding = &terms.licence.binding;
                binding.revoked_keys.iter().chain(&binding.hardware_keys)
            });
            let mut revoked: Vec<RevokedKey> = Vec::new();
            for key in all {
                let by = self.state.revoked_keys.get(&key.serial);
                let known = revoked.iter().any(|one| one.enrolled.serial == key.serial);
                if let Some(by) = by.filter(|_| !known) {
                    let present =
                        self.state.keys.get(&key.serial).is_some_and(|state| {
                            matches!(state.presence, Presence::Present { .. })
                        });
                    revoked.push(RevokedKey {
                        enrolled: key.clone(),
                        by: by.clone(),
                        named_by: catalogue.keys.get(&key.serial).cloned().unwrap_or_default(),
                        present,
                    });
                }
            }
            revoked
        })
    }

    fn key_duties(&self, catalogue: &Catalogue) -> Vec<KeyDuty> {
        let mut duties = Vec::new();
        for (licence, terms) in &catalogue.licences {
            let binding = &terms.licence.binding;
            for key in &binding.hardware_keys {
                if self.state.revoked_keys.contains_key(&key.serial) {
                    continue;
                }
                let known = self.state.keys.get(&key.serial);
                duties.push(KeyDuty {
                    licence: licence.clone(),
                    enrolled: key.clone(),
                    proof_interval_ms: binding.proof_interval.millis(),
                    last_proof: known.and_then(|known| match known.presence {
                        Presence::Present { at, .. } => Some(at),
                        Presence::Unknown | Presence::Absent => None,
                    }),
                    present: key_there(&self.state, key),
                    counter: known.and_then(|known| known.counter),
                    suspect: known.is_some_and(|known| known.suspect),
                });
            }
        }
        duties
    }
}

fn session_view(id: SessionId, session: &Session) -> SessionView {
    SessionView {
        session: id,
        user: session.user,
        identified: session.identified,
        process: session.process,
        product: session.product.clone(),
        version: session.version.clone(),
        released_at: session.released_at,
        unattended: session.unattended,
        epoch: session.epoch,
        detached_until: session.detached_until,
        seats: u32::try_from(session.seats.len()).unwrap_or(u32::MAX),
    }
}
