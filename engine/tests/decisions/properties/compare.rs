//! Engine and model side by side.

use std::collections::BTreeMap;

use octroi_engine::{Event, SeatStatus, SessionId};

use super::run::{ID, Run, session_of, usize};
use crate::{
    model::{FEATURES, Status},
    support::site::{name, user},
};

impl Run {
    /// Learns which of the engine's seats are which of the model's.
    pub(super) fn learn(&mut self, from: usize) {
        for record in &self.site.ledger[from..] {
            let Event::SeatGranted {
                session,
                number,
                seat,
                ..
            } = &record.event
            else {
                continue;
            };
            let granted = self.model.seats.iter().find(|one| {
                session_of(usize(one.session)) == *session
                    && one.number == number.0
                    && !self.seats.contains_key(&one.order)
            });
            if let Some(granted) = granted {
                self.seats.insert(granted.order, *seat);
            }
        }
    }

    pub(super) fn compare(&mut self) {
        self.compare_totals();
        let expected: BTreeMap<_, _> = self
            .model
            .seats
            .iter()
            .map(|seat| {
                let until = |seconds: u64| seconds * 1000;
                let status = match seat.status {
                    Status::Held => ("held", 0),
                    Status::Lingering(at) => ("lingering", until(at)),
                    Status::Revoked(at) => ("revoked", until(at)),
                };
                let of = (ID[seat.licence], FEATURES[seat.feature]);
                (self.seats[&seat.order], (of, seat.units, status))
            })
            .collect();
        let views: Vec<_> = self.site.engine.seats().collect();
        let found: BTreeMap<_, _> = views
            .iter()
            .map(|seat| {
                let status = match seat.status {
                    SeatStatus::Held => ("held", 0),
                    SeatStatus::Lingering { until } => ("lingering", until.0),
                    SeatStatus::Revoked { until } => ("revoked", until.0),
                    SeatStatus::Borrowed { .. } => ("borrowed", 0),
                };
                let of = (seat.licence.as_str(), seat.feature.as_str());
                (seat.seat, (of, seat.units, status))
            })
            .collect();
        assert_eq!(found, expected);
        for view in self.site.engine.features() {
            let licence = ID
                .iter()
                .position(|id| view.licence.as_str() == *id)
                .unwrap();
            let feature = FEATURES
                .iter()
                .position(|one| view.feature.as_str() == *one)
                .unwrap();
            assert_eq!(view.in_use, self.model.in_use(licence, feature), "{view:?}");
        }
        let line: Vec<_> = self
            .site
            .engine
            .waiters()
            .map(|waiter| {
                (
                    waiter.session,
                    waiter.number.0,
                    waiter.feature,
                    waiter.units,
                )
            })
            .collect();
        let waiting = self.model.line.iter().map(|waiter| {
            let session = session_of(usize(waiter.session));
            (
                session,
                waiter.number,
                name(FEATURES[waiter.feature]),
                waiter.units,
            )
        });
        assert_eq!(line, waiting.collect::<Vec<_>>());
        let open: Vec<SessionId> = self.site.engine.sessions().map(|one| one.session).collect();
        let mut sessions: Vec<_> = self
            .model
            .sessions
            .iter()
            .map(|one| session_of(usize(one.id)))
            .collect();
        sessions.sort_unstable();
        assert_eq!(open, sessions);
    }

    /// Who has a seat assigned, and what was used over a limit.
    fn compare_totals(&mut self) {
        let assigned = self.site.engine.assignments().into_iter();
        let assigned: Vec<_> = assigned.map(|view| view.user).collect();
        let expected: Vec<_> = self.model.assigned.iter().map(|of| user(*of)).collect();
        assert_eq!(assigned, expected);
        self.model.over_most = self.model.over_most.max(self.model.excess());
        let months = self.site.engine.overdraft_months(self.site.now);
        let totals = months
            .first()
            .map(|month| (month.users_in_excess, month.seat_seconds));
        let expected = (self.model.over_most, self.model.over_s);
        assert_eq!(totals.unwrap_or_default(), expected);
        assert!(months.len() <= 1);
    }

    /// The records alone, folded one by one, pass through the same states.
    pub(super) fn replay(&self) {
        let mut engine = self.site.replayed(&[]);
        let mut folded = 0;
        for (records, digest) in &self.digests {
            for record in &self.site.ledger[folded..*records] {
                engine.apply(record);
            }
            folded = *records;
            assert_eq!(engine.digest(), *digest, "after {records} records");
        }
    }
}
