//! What the records say about hardware keys: counters, open intents, presence since the daemon
//! started.

use crate::ElapsedMs;

/// Whether a key is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Nothing was heard of it since the daemon started.
    #[default]
    Unknown,
    /// It proved itself.
    Present {
        /// When.
        at: ElapsedMs,
        /// It is a software emulator.
        emulated: bool,
    },
    /// It is away, or did not answer as it must.
    Absent,
}

/// One key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeyState {
    /// The last counter known.
    pub(crate) counter: Option<u64>,
    /// Times that it was asked since its last proof.
    pub(crate) open_intents: u32,
    pub(crate) presence: Presence,
    /// Its counter fell behind, and no proof ahead has come since.
    pub(crate) suspect: bool,
}
