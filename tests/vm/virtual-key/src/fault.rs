//! What is wrong with a key, on the level of its reports, for both kinds as the emulator's faults are.

use std::time::{Duration, Instant};

use octroi_hardware_key::{
    REPORT_BYTES, Report,
    emulator::{Asked, Fault},
};

use crate::key::Key;

/// The fault that a key shows, if any.
#[derive(Debug, Default)]
pub(crate) struct Misbehaviour {
    fault: Option<Fault>,
    /// The request that is being answered meets it.
    faulty: bool,
}

/// Reports for the host, and how long they are held back.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) reports: Vec<Report>,
    pub(crate) delay: Duration,
}

impl Said {
    const fn at_once(reports: Vec<Report>) -> Self {
        Self {
            reports,
            delay: Duration::ZERO,
        }
    }
}

impl Misbehaviour {
    /// From the next request on.
    pub(crate) fn set(&mut self, fault: Option<Fault>) {
        *self = Self {
            fault,
            faulty: false,
        };
    }

    /// A report from the host.
    pub(crate) fn take(&mut self, key: &mut dyn Key, report: &Report, now: Instant) -> Said {
        let if_busy = match key.asked(report) {
            Asked::Begins { if_busy } => {
                self.faulty = self.fault.is_some();
                if_busy
            }
            Asked::GoesOn => Vec::new(),
            Asked::Else => return Said::at_once(key.take(report, now)),
        };
        match &mut self.fault {
            Some(Fault::Busy(left)) if self.faulty && *left != Some(0) => {
                if !if_busy.is_empty() {
                    *left = left.map(|left| left.saturating_sub(1));
                }
                Said::at_once(if_busy)
            }
            _ => {
                let said = key.take(report, now);
                self.distort(key, said)
            }
        }
    }

    /// What the key says, as the host hears it.
    pub(crate) fn distort(&self, key: &dyn Key, reports: Vec<Report>) -> Said {
        match self.fault.filter(|_| self.faulty && !reports.is_empty()) {
            None | Some(Fault::Busy(_)) => Said::at_once(reports),
            Some(Fault::Silent) => Said::at_once(Vec::new()),
            Some(Fault::Slow(delay)) => Said { reports, delay },
            Some(Fault::Garbage) => {
                let noise = Report::from_bytes([0xa5; REPORT_BYTES]);
                let nonsense = reports.into_iter().map(|report| key.garble(report));
                Said::at_once([noise].into_iter().chain(nonsense).collect())
            }
        }
    }
}
