//! Elapsed and civil time as the records tell them. The *mark* is the confirmed civil time, carried
//! on by elapsed time; a leap is a line that runs ahead of it by a fixed offset until it is
//! confirmed or withdrawn. What counts as a leap is decided elsewhere and never here.

use octroi_licence::CivilMillis;

use crate::{BootId, Confidence, ElapsedMs, Event, Now, Time};

/// Leaps that stand at one time; a further one is merged into the newest.
const LEAPS_MAX: usize = 64;
/// Anomalies that a reset may still name; the oldest is forgotten.
const ANOMALIES_MAX: usize = 64;

/// A leap of the wall clock that is not yet confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leap {
    /// When it was seen.
    pub(crate) at: ElapsedMs,
    /// How far ahead of the mark it runs, in milliseconds; rises from leap to leap.
    pub(crate) offset: i64,
}

/// The clocks at the last record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) boot: BootId,
    pub(crate) boottime_ms: u64,
    pub(crate) elapsed: ElapsedMs,
    pub(crate) mark: CivilMillis,
    pub(crate) leaps: Vec<Leap>,
    pub(crate) behind: bool,
    /// Sequence numbers of records that reported an anomaly and were not yet reset, ascending.
    pub(crate) anomalies: Vec<u64>,
}

/// One moment, read against a [`Clock`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) boot: BootId,
    /// Never before the last record's, within a boot.
    pub(crate) boottime_ms: u64,
    pub(crate) elapsed: ElapsedMs,
    pub(crate) mark: CivilMillis,
}

impl Clock {
    /// The clocks of the first record: whatever they say is the mark.
    pub(crate) fn first(time: &Time) -> Self {
        Self {
            boot: time.boot_id,
            boottime_ms: time.boottime_ms,
            elapsed: ElapsedMs(0),
            mark: time.civil_ms,
            leaps: Vec::new(),
            behind: false,
            anomalies: Vec::new(),
        }
    }

    /// Where `now` lies: another boot adds nothing to elapsed time, and within a boot time never
    /// goes back.
    pub(crate) fn moment(&self, boot: BootId, boottime_ms: u64) -> Moment {
        if boot != self.boot {
            return Moment {
                boot,
                boottime_ms,
                elapsed: self.elapsed,
                mark: self.mark,
            };
        }
        let since = boottime_ms.saturating_sub(self.boottime_ms);
        Moment {
            boot,
            boottime_ms: boottime_ms.max(self.boottime_ms),
            elapsed: self.elapsed.after(since),
            mark: later(self.mark, since),
        }
    }

    pub(crate) fn at(&self, now: &Now) -> Moment {
        self.moment(now.boot_id, now.boottime_ms)
    }

    /// Carries the clocks on to a record's time. Small differences are taken over, leaps are not:
    /// the records about the clock itself say what becomes of those.
    pub(crate) fn advance(&mut self, time: &Time, event: &Event) {
        let moment = self.moment(time.boot_id, time.boottime_ms);
        self.boot = moment.boot;
        self.boottime_ms = moment.boottime_ms;
        self.elapsed = moment.elapsed;
        self.mark = moment.mark;
        if about_the_clock(event) {
            return;
        }
        match time.confidence {
            Confidence::Steady => self.mark = self.mark.max(time.civil_ms),
            Confidence::Provisional => {
                let ahead = time.civil_ms.0.saturating_sub(self.mark.0);
                if let Some(top) = self.leaps.last_mut() {
                    top.offset = top.offset.max(ahead);
                }
            }
            Confidence::Behind => {}
        }
    }

    /// Folds a record about the clock, numbered `sequence`; gives the civil time to which dates must
    /// go back, if they must.
    pub(crate) fn apply(&mut self, event: &Event, sequence: u64) -> Option<CivilMillis> {
        match event {
            Event::ClockLeapt { found, .. } => {
                let leap = Leap {
                    at: self.elapsed,
                    offset: found.0.saturating_sub(self.mark.0),
                };
                if self.leaps.len() >= LEAPS_MAX {
                    self.leaps.pop();
                }
                self.leaps.push(leap);
                self.behind = false;
                self.report(sequence);
                None
            }
            Event::ClockConfirmed { mark, .. } => {
                let moved = mark.0.saturating_sub(self.mark.0);
                self.mark = *mark;
                for leap in &mut self.leaps {
                    leap.offset = leap.offset.saturating_sub(moved);
                }
                self.leaps.retain(|leap| leap.offset > 0);
                None
            }
            Event::ClockBehind { .. } => {
                self.leaps.clear();
                self.behind = true;
                self.report(sequence);
                Some(self.mark)
            }
            Event::ClockSteady { civil } => {
                let ahead = civil.0.saturating_sub(self.mark.0);
                self.leaps.retain(|leap| leap.offset <= ahead);
                self.behind = false;
                Some(*civil)
            }
            Event::ClockReset { anomaly, mark, .. } => {
                self.anomalies.retain(|reported| reported > anomaly);
                self.leaps.clear();
                self.behind = false;
                self.mark = *mark;
                Some(*mark)
            }
            _ => None,
        }
    }

    fn report(&mut self, sequence: u64) {
        if self.anomalies.len() >= ANOMALIES_MAX {
            self.anomalies.remove(0);
        }
        self.anomalies.push(sequence);
    }

    pub(crate) fn confidence(&self) -> Confidence {
        if self.behind {
            Confidence::Behind
        } else if self.leaps.is_empty() {
            Confidence::Steady
        } else {
            Confidence::Provisional
        }
    }

    /// How far the newest leap runs ahead of the mark, in milliseconds.
    pub(crate) fn lead(&self) -> i64 {
        self.leaps.last().map_or(0, |leap| leap.offset)
    }
}

/// Says whether the record is about the clock itself.
fn about_the_clock(event: &Event) -> bool {
    matches!(
        event,
        Event::ClockLeapt { .. }
            | Event::ClockConfirmed { .. }
            | Event::ClockBehind { .. }
            | Event::ClockReset { .. }
            | Event::ClockSteady { .. }
    )
}

/// An instant so many milliseconds later; saturates far outside any calendar.
fn later(civil: CivilMillis, milliseconds: u64) -> CivilMillis {
    CivilMillis(
        civil
            .0
            .saturating_add(i64::try_from(milliseconds).unwrap_or(i64::MAX)),
    )
}
