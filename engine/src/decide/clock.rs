//! The wall clock against elapsed time. Ahead of where elapsed time would have put it: a leap, which
//! dates follow while it stands and which is confirmed by a day of running. Behind the confirmed
//! time: the confirmed time counts, carried on by elapsed time. Each is recorded once.
//!
//! Elapsed time stands still while the machine is off, so a start after that is a leap too: shown
//! for a day of running, harmless, and what keeps a wrong clock at boot from spoiling the mark.

use octroi_licence::CivilMillis;

use super::Turn;
use crate::{
    ClockConfirmation, ClockView, Confidence, ElapsedMs, Event, Now, Outcome,
    state::{Clock, Moment},
};

/// How far the wall clock may differ from elapsed time without a word: corrections by NTP and a
/// short restart of the machine, in milliseconds.
const TOLERANCE_MS: i64 = 120_000;
/// How long the daemon must have run since a leap to confirm it, in milliseconds: 24 hours.
pub(super) const CONFIRMED_AFTER_MS: u64 = 86_400_000;
/// How far the vendor's clock may differ from the wall clock that it confirms, in milliseconds.
const EVIDENCE_WITHIN_MS: u64 = 600_000;

impl Turn<'_> {
    /// Records what is new about the clock, until nothing is.
    pub(super) fn watch_clock(&mut self) {
        // Each round withdraws, adds or confirms a leap; the number of leaps is bounded.
        while let Some(event) = self
            .engine
            .state
            .clock
            .as_ref()
            .and_then(|clock| news(clock, &self.now))
        {
            self.emit_about_clock(event);
        }
    }

    /// Confirms a clock that leapt, where the vendor's agrees with it.
    pub(super) fn clock_evidence(&mut self, civil: CivilMillis) -> Outcome {
        let confirmed = self.engine.state.clock.as_ref().and_then(|clock| {
            let judged = judged(clock, &self.now);
            let leapt = clock.confidence() == Confidence::Provisional;
            let agrees = judged.0.abs_diff(civil.0) <= EVIDENCE_WITHIN_MS
                && self.now.civil_ms.0.abs_diff(civil.0) <= EVIDENCE_WITHIN_MS;
            // The whole line, or what is left of the tolerance would stay a leap.
            let line = ahead(clock.at(&self.now).mark, clock.lead());
            (leapt && agrees).then(|| judged.max(line))
        });
        if let Some(mark) = confirmed {
            self.emit_about_clock(Event::ClockConfirmed {
                mark,
                by: ClockConfirmation::Receipt,
            });
            self.watch_clock();
        }
        Outcome::Done
    }

    /// Emits a record about the clock under the confidence that it leaves.
    pub(super) fn emit_about_clock(&mut self, event: Event) {
        let Some(mut after) = self.engine.state.clock.clone() else {
            return;
        };
        after.apply(&event, 0);
        self.emit_as(event, after.confidence());
        self.engine.draw_up();
        self.read_clock();
        self.touch_all();
    }
}

/// What is to be recorded about the clock now, the first of it.
fn news(clock: &Clock, now: &Now) -> Option<Event> {
    let Moment { elapsed, mark, .. } = clock.at(now);
    let found = now.civil_ms;
    let behind = found.0 < mark.0.saturating_sub(TOLERANCE_MS);
    let top = ahead(mark, clock.lead());
    if behind {
        return (!clock.behind).then_some(Event::ClockBehind { mark, found });
    }
    if clock.behind || found.0 < top.0.saturating_sub(TOLERANCE_MS) {
        return Some(Event::ClockSteady {
            civil: agreed(clock, mark, found),
        });
    }
    if found.0 > top.0.saturating_add(TOLERANCE_MS) {
        return Some(Event::ClockLeapt {
            expected: top,
            found,
        });
    }
    let oldest = clock.leaps.first()?;
    (oldest.at.after(CONFIRMED_AFTER_MS) <= elapsed).then(|| Event::ClockConfirmed {
        mark: ahead(mark, oldest.offset),
        by: ClockConfirmation::Running,
    })
}

/// The civil time by which dates are judged: the wall clock, but never behind the mark nor behind a
/// leap that still stands.
pub(crate) fn judged(clock: &Clock, now: &Now) -> CivilMillis {
    agreed(clock, clock.at(now).mark, now.civil_ms)
}

/// The wall clock, or the highest line that it lies behind by no more than the tolerance.
fn agreed(clock: &Clock, mark: CivilMillis, found: CivilMillis) -> CivilMillis {
    let reach = found.0.saturating_add(TOLERANCE_MS);
    clock
        .leaps
        .iter()
        .map(|leap| ahead(mark, leap.offset))
        .filter(|line| line.0 <= reach)
        .max()
        .unwrap_or(mark)
        .max(mark)
        .max(found)
}

fn ahead(mark: CivilMillis, offset: i64) -> CivilMillis {
    CivilMillis(mark.0.saturating_add(offset))
}

/// When the oldest leap is confirmed by running alone.
pub(super) fn confirmed_at(clock: &Clock) -> Option<ElapsedMs> {
    clock
        .leaps
        .first()
        .map(|leap| leap.at.after(CONFIRMED_AFTER_MS))
}

/// Milliseconds of elapsed time after the last record at which `date` is reached, if the wall clock
/// does not get there before.
pub(super) fn reached_after_ms(clock: &Clock, date: CivilMillis) -> u64 {
    let line = ahead(clock.mark, clock.lead());
    u64::try_from(date.0.saturating_sub(line.0)).unwrap_or(0)
}

pub(crate) fn view(clock: &Clock, now: &Now) -> ClockView {
    let moment = clock.at(now);
    ClockView {
        civil: judged(clock, now),
        confidence: clock.confidence(),
        mark: moment.mark,
        confirmed_at: confirmed_at(clock),
        anomaly: clock.anomalies.last().copied(),
        elapsed: moment.elapsed,
    }
}
