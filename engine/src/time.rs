//! Time as the engine sees it: two clocks, brought as values. Elapsed time orders and bounds
//! (linger, grace, queue, resume) and never goes back; civil time judges dates and goes back only
//! by a recorded correction.

use octroi_licence::CivilMillis;
use serde::{Deserialize, Serialize};

use crate::{BootId, ids};

/// What the shell read from the machine's clocks, in one place and one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Which boot.
    pub boot_id: BootId,
    /// Milliseconds since that boot, suspended time included (`CLOCK_BOOTTIME`).
    pub boottime_ms: u64,
    /// The wall clock as it stands, right or wrong.
    pub civil_ms: CivilMillis,
}

/// When a record was made, as it stands in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
    /// Which boot.
    pub boot_id: BootId,
    /// Milliseconds since that boot.
    pub boottime_ms: u64,
    /// The wall clock as it stood.
    pub civil_ms: CivilMillis,
    /// What the engine thought of the wall clock.
    pub confidence: Confidence,
}

/// Milliseconds that the daemon's realm has lived through: boot times summed over boots. It stands
/// still while the machine is off and never goes back.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct ElapsedMs(pub u64);

impl ElapsedMs {
    /// So many milliseconds later; saturates.
    #[must_use]
    pub fn after(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

ids::numbered! {
    /// What is thought of the wall clock.
    pub enum Confidence {
        /// It agrees with elapsed time.
        Steady = 1,
        /// It leapt ahead of elapsed time; the leap is shown but not in the mark until confirmed.
        Provisional = 2,
        /// It stands behind the mark; the mark is used instead.
        Behind = 3,
    }
}
