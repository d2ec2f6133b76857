//! The machine's clocks, read in one place and handed on as a value.

use std::{fs, io};

use octroi_engine::{BootId, Now};
use octroi_licence::{CivilMillis, CivilSeconds};
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Reads the clocks of one boot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    boot_id: BootId,
}

impl Clock {
    /// The clocks of this boot.
    pub(crate) fn of_this_boot() -> io::Result<Self> {
        let text = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        let mut boot_id = [0; 16];
        hex::decode_to_slice(text.trim().replace('-', ""), &mut boot_id)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Self {
            boot_id: BootId(boot_id),
        })
    }

    /// Which boot this is.
    pub(crate) fn boot_id(&self) -> BootId {
        self.boot_id
    }

    /// What the clocks say now.
    pub(crate) fn now(&self) -> Now {
        Now {
            boot_id: self.boot_id,
            boottime_ms: u64::try_from(millis(clock_gettime(ClockId::Boottime))).unwrap_or(0),
            civil_ms: CivilMillis(millis(clock_gettime(ClockId::Realtime))),
        }
    }
}

fn millis(time: Timespec) -> i64 {
    time.tv_sec
        .saturating_mul(1000)
        .saturating_add(time.tv_nsec / 1_000_000)
}

/// The wall clock's second, for the date of what this daemon signs.
pub(crate) fn civil_now() -> CivilSeconds {
    CivilMillis(millis(clock_gettime(ClockId::Realtime))).seconds()
}
