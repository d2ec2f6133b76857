//! Elapsed time that goes on while the machine sleeps, so that a seat does not outlive its term in a
//! closed laptop. Civil time is judged by the daemon, and its leases carry it; the wall clock is read
//! only for a borrowed seat that is taken up after the machine was started anew, when nothing else
//! tells how long it was off.

use std::time::{Duration, SystemTime};

use octroi_licence::CivilMillis;
use rustix::time::{ClockId, clock_gettime};

/// Time since boot, sleep included (`CLOCK_BOOTTIME`).
pub(crate) fn since_boot() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// An instant as this machine tells it.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// Which boot of the machine; empty: unknown.
    pub(crate) boot: String,
    pub(crate) since_boot: Duration,
    pub(crate) wall: CivilMillis,
}

/// Now.
pub(crate) fn moment() -> Moment {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let wall = wall.map_or(0, |wall| {
        i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)
    });
    Moment {
        boot: boot.map_or_else(|_| String::new(), |boot| boot.trim().to_owned()),
        since_boot: since_boot(),
        wall: CivilMillis(wall),
    }
}
