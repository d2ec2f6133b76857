//! When a report is due, when it is sent, and when it is tried again: pure arithmetic, with entropy
//! as a value. Sending is spread, so that a vendor's server sees its fleet neither at once nor at a
//! time of day that would say something about a client.

use std::time::Duration;

use octroi_engine::LicenceDocuments;
use octroi_licence::{ActivationServer, CivilSeconds, Days, LicenceId, Reporting, ReportingStep};

/// Over how much of the interval after the due instant the first sending is spread: an eighth, at
/// most six hours.
const SPREAD_MAX_S: u32 = 6 * 3_600;
/// How long a first attempt that is late already waits at most, in milliseconds.
const LATE_SPREAD_MS: u32 = 10_000;
/// The first pause after a failure, and the longest.
const RETRY_FIRST: Duration = Duration::from_mins(1);
const RETRY_MAX: Duration = Duration::from_hours(6);

/// What one licence asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Duty {
    pub(crate) licence: LicenceId,
    /// When the report is due.
    pub(crate) due_at: CivilSeconds,
    /// When the administrator is warned.
    pub(crate) warn_at: CivilSeconds,
    /// When no more seats are granted.
    pub(crate) degrade_at: CivilSeconds,
    /// When the certificate ends without a receipt.
    pub(crate) stop_at: CivilSeconds,
    pub(crate) step: ReportingStep,
    pub(crate) interval: Days,
    /// No report leaves before an administrator has approved it.
    pub(crate) approval_required: bool,
}

impl Duty {
    /// What the activated licences ask, the most urgent first. A licence that is not activated asks
    /// nothing, nor does one that an escrow release lifted that duty from.
    pub(crate) fn of<'a>(
        documents: impl IntoIterator<Item = &'a LicenceDocuments>,
        last_receipt: Option<CivilSeconds>,
        now: CivilSeconds,
    ) -> Vec<Self> {
        let mut duties: Vec<Self> = documents
            .into_iter()
            .filter_map(|documents| {
                if documents.release.is_some() {
                    return None;
                }
                let reporting = documents.licence.reporting.as_ref()?;
                let activated = documents.certificate.as_ref()?.frame().issued_at;
                let last = last_receipt.map_or(activated, |receipt| receipt.max(activated));
                let licence = documents.licence.frame().licence.clone()?;
                Some(Self::from_term(licence, reporting, last, now))
            })
            .collect();
        duties.sort_by_key(|duty| duty.due_at);
        duties
    }

    fn from_term(
        licence: LicenceId,
        reporting: &Reporting,
        last: CivilSeconds,
        now: CivilSeconds,
    ) -> Self {
        Self {
            licence,
            due_at: reporting.due_at(last),
            warn_at: reporting.step_at(ReportingStep::Warn, last),
            degrade_at: reporting.step_at(ReportingStep::Degrade, last),
            stop_at: reporting.step_at(ReportingStep::Stop, last),
            step: reporting.step(last, now),
            interval: reporting.interval,
            approval_required: reporting.approval_required,
        }
    }
}

/// The server that reports go to: that of the first activated licence which asks for reports, else of
/// the first activated one that names any. A vendor with several servers lets them share reports.
pub(super) fn server<'a>(
    documents: impl IntoIterator<Item = &'a LicenceDocuments>,
) -> Option<ActivationServer> {
    let activated = documents
        .into_iter()
        .filter(|documents| documents.certificate.is_some())
        .filter_map(|documents| {
            let server = documents.licence.server.as_ref()?;
            Some((documents.licence.reporting.is_none(), server))
        });
    activated
        .min_by_key(|(last_choice, _)| *last_choice)
        .map(|(_, server)| server.clone())
}

/// How long to wait from `now` until a report that was due at `due_at` is first sent.
pub(super) fn first_attempt(
    due_at: CivilSeconds,
    interval: Days,
    now: CivilSeconds,
    entropy: u32,
) -> Duration {
    let spread = (interval.seconds().0 / 8).clamp(1, SPREAD_MAX_S);
    let at = due_at.0.saturating_add((entropy % spread).into());
    let left = u64::try_from(at.saturating_sub(now.0)).unwrap_or(0);
    Duration::from_secs(left) + Duration::from_millis((entropy % LATE_SPREAD_MS).into())
}

/// How long to wait after the `failures`th failure in a row: twice as long each time, half to one and
/// a half of it.
pub(super) fn retry_after(failures: u32, entropy: u32) -> Duration {
    let doubled = 1_u32
        .checked_shl(failures.saturating_sub(1))
        .unwrap_or(u32::MAX);
    let pause = RETRY_FIRST.saturating_mul(doubled).min(RETRY_MAX);
    pause / 2 + pause.saturating_mul(entropy >> 16) / (1 << 16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400;

    #[test]
    fn a_report_is_sent_within_an_eighth_of_the_interval_after_it_is_due() {
        let due = CivilSeconds(1_000 * DAY);
        for entropy in [0, 1, 77_777, u32::MAX] {
            let wait = first_attempt(due, Days(1), due, entropy);
            assert!(wait <= Duration::from_secs(3 * 3_600 + 10), "{wait:?}");
            let wait = first_attempt(due, Days(366), due, entropy);
            assert!(wait <= Duration::from_secs(6 * 3_600 + 10), "{wait:?}");
        }
    }

    #[test]
    fn a_fleet_spreads_its_reports() {
        let due = CivilSeconds(1_000 * DAY);
        let mut waits: Vec<_> = (0..100_u32)
            .map(|one| first_attempt(due, Days(30), due, one.wrapping_mul(2_654_435_761)))
            .collect();
        waits.sort_unstable();
        waits.dedup();
        assert_eq!(waits.len(), 100);
        assert!(waits[99] > waits[0] + Duration::from_hours(4));
    }

    #[test]
    fn a_late_report_is_sent_within_seconds() {
        let due = CivilSeconds(1_000 * DAY);
        let wait = first_attempt(due, Days(30), CivilSeconds(due.0 + 2 * DAY), u32::MAX);
        assert!(wait < Duration::from_secs(10), "{wait:?}");
    }

    proptest! {
        #[test]
        fn pauses_grow_are_spread_and_end_at_nine_hours(failures in 1..100_u32, entropy: u32) {
            let pause = retry_after(failures, entropy);
            prop_assert!(pause >= Duration::from_secs(30));
            prop_assert!(pause <= Duration::from_hours(9));
            if failures <= 8 {
                let base = Duration::from_mins(1) * (1 << (failures - 1));
                prop_assert!(pause >= base / 2 && pause <= base * 3 / 2);
            }
        }
    }
}
