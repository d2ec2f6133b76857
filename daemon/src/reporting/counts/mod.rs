//! What a period of the ledger comes to: a pure fold over its records. Seats are followed from the
//! ledger's first record on, since who sits when a period begins counts in it; everything else only
//! within the period. Nothing of a record but kinds, numbers, licence and feature is kept.
//!
//! Refusals beyond those that the ledger holds singly (twenty a user and minute) stand there without
//! their feature and are left out of the counts by feature.

mod declared;
mod pool;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use octroi_engine::{CounterAnomaly, Event, Refusal, SeatId};
use octroi_licence::{
    ANSWERS_MAX, AnnouncementAnswer, CivilDay, Count, FeatureName, FeatureUsage, LicenceId,
    Numbered, RefusalCode, ReportedDeclaration,
    message::{AnnouncementVerdict, EvidenceKind, SessionEndCause},
};

use self::{declared::Declared, pool::Pool};

type Line = (LicenceId, FeatureName);

/// The counts so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Components of the host that must match, by licence.
    host_components_required: BTreeMap<LicenceId, u32>,
    pools: BTreeMap<Line, Pool>,
    seats: BTreeMap<SeatId, Line>,
    refusals: BTreeMap<Line, BTreeMap<i32, u64>>,
    evidence: BTreeMap<i32, u64>,
    session_ends: BTreeMap<i32, u64>,
    outdated: BTreeMap<Line, u64>,
    /// The last answer to each announcement.
    answers: BTreeMap<u64, AnnouncementAnswer>,
    declared: Declared,
    days: Option<(CivilDay, CivilDay)>,
}

impl Counts {
    /// Counts of nothing. `host_components_required`: what each licence that is bound to a host asks.
    pub(super) fn new(host_components_required: BTreeMap<LicenceId, u32>) -> Self {
        Self {
            host_components_required,
            ..Self::default()
        }
    }

    /// Takes the next record of the ledger, made on `day`; `counted`: it lies in the period. A day
    /// before an earlier record's counts as that one, so that no day counts twice.
    pub(super) fn take(&mut self, day: CivilDay, event: &Event, counted: bool) {
        if counted {
            let (first, last) = self
                .days
                .map_or((day, day), |(first, last)| (first, last.max(day)));
            if self.days.is_none() {
                self.pools.values_mut().for_each(|pool| pool.begin(first));
            }
            self.days = Some((first, last));
        }
        self.follow_seats(event, counted);
        self.declared.take(day, event);
        if counted {
            self.count(event);
        }
    }

    /// First and last day of the period; `None`: nothing lay in it.
    pub(super) fn days(&self) -> Option<(CivilDay, CivilDay)> {
        self.days
    }

    fn follow_seats(&mut self, event: &Event, counted: bool) {
        let day = self.days.map(|(_, last)| last).filter(|_| counted);
        match event {
            Event::SeatGranted {
                seat,
                licence,
                feature,
                units,
                group,
                from_linger,
                ..
            } => {
                if let Some(taken) = from_linger {
                    self.end_seat(*taken, day);
                }
                let line = (licence.clone(), feature.clone());
                let pool = self.pools.entry(line.clone()).or_default();
                pool.grant(*seat, *group, *units, day);
                self.seats.insert(*seat, line);
            }
            Event::SeatReleased {
                seat,
                linger_until: None,
                ..
            }
            | Event::SeatEnded {
                seat,
                linger_until: None,
                ..
            }
            | Event::LingerEnded { seat } => self.end_seat(*seat, day),
            _ => {}
        }
    }

    fn end_seat(&mut self, seat: SeatId, day: Option<CivilDay>) {
        let pool = self
            .seats
            .remove(&seat)
            .and_then(|line| self.pools.get_mut(&line));
        if let Some(pool) = pool {
            pool.end(seat, day);
        }
    }

    fn count(&mut self, event: &Event) {
        match event {
            Event::CheckoutRefused { refusal, .. } | Event::WaitEnded { refusal, .. } => {
                self.refuse(refusal);
            }
            Event::SessionEnded { cause, .. } => {
                // The same numbers in the ledger and in the report.
                add(&mut self.session_ends, i32::from(cause.number()));
            }
            Event::HostCompared {
                licence,
                matched,
                readable,
            } => {
                let required = self.host_components_required.get(licence);
                if required.is_some_and(|required| matched < required && readable >= required) {
                    add(&mut self.evidence, i32::from(EvidenceKind::HostChanged));
                }
            }
            Event::OutdatedVersionServed {
                licence, feature, ..
            } => {
                let line = (licence.clone(), feature.clone());
                let count = self.outdated.entry(line).or_default();
                *count = count.saturating_add(1);
            }
            Event::AnnouncementAnswered {
                number, verdict, ..
            } => self.answer(*number, i32::from(verdict.number())),
            event => {
                if let Some(kind) = evidence_of(event) {
                    add(&mut self.evidence, i32::from(kind));
                }
            }
        }
    }

    fn answer(&mut self, number: u64, verdict: i32) {
        // The same numbers in the ledger and in the report.
        let verdict = AnnouncementVerdict::try_from(verdict)
            .map_or(Numbered::Later(verdict), Numbered::Known);
        let day = self.days.map_or(CivilDay(0), |(_, last)| last);
        let answer = AnnouncementAnswer {
            number,
            verdict,
            day,
        };
        self.answers.insert(number, answer);
    }

    fn refuse(&mut self, refusal: &Refusal) {
        let (Some(licence), Some(feature)) = (&refusal.licence, &refusal.feature) else {
            return;
        };
        let line = (licence.clone(), feature.clone());
        add(
            self.refusals.entry(line).or_default(),
            i32::from(refusal.code.number()),
        );
    }

    /// One feature's counts. `billed`: exact however small.
    pub(super) fn feature(
        &self,
        licence: &LicenceId,
        feature: &FeatureName,
        billed: bool,
    ) -> FeatureUsage {
        let line = (licence.clone(), feature.clone());
        let idle = Pool::default();
        let pool = self.pools.get(&line).unwrap_or(&idle);
        let last = self.days.map(|(_, last)| last);
        FeatureUsage {
            feature: feature.clone(),
            peak: Count::of(pool.peak(), billed),
            seat_days: Count::of(pool.seat_days(last), billed),
            grants: Count::of(pool.grants(), billed),
            refusals: self
                .refusals
                .get(&line)
                .into_iter()
                .flatten()
                .map(|(code, count)| {
                    let code = RefusalCode::try_from(*code)
                        .map_or(Numbered::Later(*code), Numbered::Known);
                    (code, Count::of(*count, billed))
                })
                .collect(),
            outdated: Count::of(self.outdated.get(&line).copied().unwrap_or(0), billed),
        }
    }

    /// What was answered to announcements: the newest, as many as a report may hold.
    pub(super) fn answers(&self) -> Vec<AnnouncementAnswer> {
        let newest = self.answers.values().rev().take(ANSWERS_MAX);
        newest.copied().collect()
    }

    /// What the client declared, from the ledger's first record on. `not_renewed`: a notice of
    /// non-renewal that was recorded here still stands.
    pub(super) fn declarations(
        &self,
        licence: &LicenceId,
        not_renewed: bool,
    ) -> Vec<ReportedDeclaration> {
        self.declared.of(licence, not_renewed)
    }

    /// Tampering and damage seen, each kind once; exact, since it points to no person.
    pub(super) fn evidence(&self) -> Vec<(Numbered<EvidenceKind>, u64)> {
        let known = |(kind, count): (&i32, &u64)| {
            let kind = EvidenceKind::try_from(*kind).ok()?;
            Some((
                Numbered::Known(kind),
                (*count).min(octroi_licence::COUNT_MAX),
            ))
        };
        self.evidence.iter().filter_map(known).collect()
    }

    /// Sessions that ended, each cause once.
    pub(super) fn session_ends(&self) -> Vec<(Numbered<SessionEndCause>, Count)> {
        let known = |(cause, count): (&i32, &u64)| {
            let cause = SessionEndCause::try_from(*cause).ok()?;
            Some((Numbered::Known(cause), Count::of(*count, false)))
        };
        self.session_ends.iter().filter_map(known).collect()
    }
}

fn add(counts: &mut BTreeMap<i32, u64>, kind: i32) {
    let count = counts.entry(kind).or_default();
    *count = count.saturating_add(1);
}

fn evidence_of(event: &Event) -> Option<EvidenceKind> {
    match event {
        Event::ClockBehind { .. } => Some(EvidenceKind::ClockSetBack),
        Event::ClockLeapt { .. } => Some(EvidenceKind::ClockLeaptAhead),
        Event::TailLost { .. } => Some(EvidenceKind::LedgerTailLost),
        Event::KeyCounterAnomalous { anomaly, .. } => Some(match anomaly {
            CounterAnomaly::Behind => EvidenceKind::HardwareKeyCounterBehind,
            _ => EvidenceKind::HardwareKeyCounterAhead,
        }),
        Event::DocumentRefused { reason, .. } => Some(refused_document(reason)),
        _ => None,
    }
}

/// The kind behind the one word that the ledger keeps of a refused document: the verifier's, or the
/// engine's refusal code.
fn refused_document(reason: &str) -> EvidenceKind {
    match reason {
        "signature-invalid" => EvidenceKind::DocumentAltered,
        "untrusted" | "wrong-role" => EvidenceKind::DocumentUntrusted,
        "another-kind" => EvidenceKind::DocumentOfAnotherKind,
        "key-revoked" | "LicenceRevoked" => EvidenceKind::DocumentKeyRevoked,
        "outside-certificate" => EvidenceKind::DocumentOutsideCertificate,
        "product-not-covered" | "another-vendor" | "DocumentNotForThisDaemon" => {
            EvidenceKind::DocumentOfAnother
        }
        "DocumentSequenceOld" | "DocumentSequenceGap" => EvidenceKind::DocumentOutOfSequence,
        _ => EvidenceKind::DocumentUnreadable,
    }
}
