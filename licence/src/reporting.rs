//! The reporting that a licence asks for: how often a report is due, and what happens without a
//! receipt. Pure arithmetic over instants that come in; reports themselves are in `report`.

use crate::{
    CivilSeconds, Days, FeatureName, Seconds, TermError,
    fields::{list, name, range, unique},
    licence::FEATURES_MAX,
    message,
};

/// The longest interval, warning, degradation and stop limit, in days; the shortest interval is 1.
pub const REPORTING_DAYS_MAX: u32 = 366;
/// The shortest stop limit, in days: a vendor's server may be away for 48 hours (clause Z23).
pub const REPORTING_STOP_DAYS_MIN: u32 = 2;

/// How often a report is due, and what happens so many days after the due day without a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporting {
    /// From one receipt (at first: the activation) to the next due day.
    pub interval: Days,
    /// The administrator is warned.
    pub warn: Days,
    /// Seats that are held stay; no others are granted.
    pub degrade: Days,
    /// The activation certificate ends.
    pub stop: Days,
    /// No report leaves before an administrator has approved it.
    pub approval_required: bool,
    /// Features whose use is billed: their counts are exact, the others' small ones banded.
    pub billed: Vec<FeatureName>,
}

/// How far a daemon is behind with its reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportingStep {
    /// The next report is not due yet.
    Current,
    /// A report is due.
    Due,
    /// The administrator is to be warned.
    Warn,
    /// No more seats are to be granted.
    Degrade,
    /// The certificate has ended.
    Stop,
}

impl Reporting {
    /// How long an activation certificate is valid: interval and stop limit together.
    pub fn certificate_validity(&self) -> Seconds {
        Days(self.interval.0.saturating_add(self.stop.0)).seconds()
    }

    /// When the next report is due after a receipt (or activation) at `last`.
    pub fn due_at(&self, last: CivilSeconds) -> CivilSeconds {
        self.after_due(last, Days(0))
    }

    /// When a step begins after a receipt (or activation) at `last`.
    pub fn step_at(&self, step: ReportingStep, last: CivilSeconds) -> CivilSeconds {
        match step {
            ReportingStep::Current => last,
            ReportingStep::Due => self.due_at(last),
            ReportingStep::Warn => self.after_due(last, self.warn),
            ReportingStep::Degrade => self.after_due(last, self.degrade),
            ReportingStep::Stop => self.after_due(last, self.stop),
        }
    }

    /// The step in force at `now` after a receipt (or activation) at `last`.
    pub fn step(&self, last: CivilSeconds, now: CivilSeconds) -> ReportingStep {
        use ReportingStep::{Current, Degrade, Due, Stop, Warn};
        [Stop, Degrade, Warn, Due]
            .into_iter()
            .find(|step| self.step_at(*step, last) <= now)
            .unwrap_or(Current)
    }

    /// Says whether the feature's counts are reported exactly.
    pub fn bills(&self, feature: &FeatureName) -> bool {
        self.billed.contains(feature)
    }

    fn after_due(&self, last: CivilSeconds, days: Days) -> CivilSeconds {
        let span = Days(self.interval.0.saturating_add(days.0)).seconds();
        CivilSeconds(last.0.saturating_add(span.0.into()))
    }
}

pub(crate) fn read(wire: message::Reporting) -> Result<Reporting, TermError> {
    let days = |field, found: u32, min: u32| {
        range(field, found.into(), min.into(), REPORTING_DAYS_MAX.into()).map(|_| Days(found))
    };
    let reporting = Reporting {
        interval: days("interval_days", wire.interval_days, 1)?,
        warn: days("warn_days", wire.warn_days, 0)?,
        degrade: days("degrade_days", wire.degrade_days, 0)?,
        stop: days("stop_days", wire.stop_days, REPORTING_STOP_DAYS_MIN)?,
        approval_required: wire.approval_required,
        billed: list(
            "billed_features",
            wire.billed_features,
            0,
            FEATURES_MAX,
            |feature| name("billed_features", &feature),
        )?,
    };
    unique(
        "billed_features",
        reporting.billed.iter().map(FeatureName::as_str),
    )?;
    if reporting.warn > reporting.degrade || reporting.degrade > reporting.stop {
        let what = "warn_days, degrade_days and stop_days must not fall";
        return Err(TermError::Contradiction {
            what: what.to_owned(),
        });
    }
    Ok(reporting)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn monthly() -> Reporting {
        Reporting {
            interval: Days(30),
            warn: Days(0),
            degrade: Days(7),
            stop: Days(14),
            approval_required: false,
            billed: Vec::new(),
        }
    }

    #[test]
    fn each_step_begins_so_many_days_after_the_due_day() {
        let last = CivilSeconds(1_000 * DAY + 5);
        let step = |days: i64, seconds: i64| {
            monthly().step(last, CivilSeconds(last.0 + days * DAY + seconds))
        };
        assert_eq!(step(0, 0), ReportingStep::Current);
        assert_eq!(step(30, -1), ReportingStep::Current);
        assert_eq!(step(30, 0), ReportingStep::Warn, "warned from the due day");
        assert_eq!(step(37, -1), ReportingStep::Warn);
        assert_eq!(step(37, 0), ReportingStep::Degrade);
        assert_eq!(step(44, 0), ReportingStep::Stop);
    }

    #[test]
    fn the_certificate_ends_when_the_stop_limit_is_reached() {
        let last = CivilSeconds(77);
        let validity = monthly().certificate_validity();
        assert_eq!(
            CivilSeconds(last.0 + i64::from(validity.0)),
            monthly().step_at(ReportingStep::Stop, last)
        );
    }
}
