//! The bounds that the daemon itself sets: whatever input can grow stands under one of them. They
//! shape decisions only; a ledger replays the same under any policy.

/// How much of everything the engine keeps at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Open sessions of the realm.
    pub sessions_max: u32,
    /// Open sessions of one user.
    pub sessions_per_user_max: u32,
    /// Seats of one session, lingering ones not counted.
    pub seats_per_session_max: u32,
    /// Seats of one user, lingering ones included.
    pub seats_per_user_max: u32,
    /// Seats of the realm, lingering ones included.
    pub seats_max: u32,
    /// Answers that one session has not yet acknowledged, places in queues included.
    pub requests_open_max: u32,
    /// Check-outs that wait for one feature of one product.
    pub queue_max: u32,
    /// Documents of one licence that wait for the ones before them.
    pub pending_max: u32,
    /// Reservations of the realm, those that were decided included until they are forgotten.
    pub reservations_max: u32,
    /// Operations of one feature whose sums are kept; further ones count as one.
    pub operations_max: u32,
    /// Refusals of one user and minute that are recorded singly; the rest is counted.
    pub refusals_recorded_per_minute: u32,
    /// Users of one directory's list.
    pub users_listed_max: u32,
    /// Interventions that are open at one time.
    pub interventions_open_max: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            sessions_max: 65_536,
            sessions_per_user_max: 4_096,
            seats_per_session_max: 131_072,
            seats_per_user_max: 262_144,
            seats_max: 1_048_576,
            requests_open_max: 1_024,
            queue_max: 4_096,
            pending_max: 64,
            reservations_max: 4_096,
            operations_max: 4_096,
            refusals_recorded_per_minute: 20,
            users_listed_max: 100_000,
            interventions_open_max: 64,
        }
    }
}
