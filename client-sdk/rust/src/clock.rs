//! Elapsed time that goes on while the machine sleeps, so that a seat does not outlive its term in a
//! closed laptop. Civil time is never read here: the daemon judges it and its leases carry it.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Time since boot, sleep included (`CLOCK_BOOTTIME`).
pub(crate) fn since_boot() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}
