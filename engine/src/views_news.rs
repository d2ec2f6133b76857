//! Views of what the vendor announced: values copied out of the state.

use octroi_licence::{CivilMillis, CivilSeconds, ContractYear, ProductVersion};

use crate::AnnouncementVerdict;

/// An announcement as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncementView {
    /// Its number.
    pub number: u64,
    /// When it came.
    pub received_at: CivilMillis,
    /// What was answered, and when.
    pub answer: Option<(AnnouncementVerdict, CivilMillis)>,
    /// An answer is awaited, and can be given before this instant; `None`: it cannot.
    pub answerable_before: Option<CivilSeconds>,
}

/// What was announced about a licence's product (clauses T18, A21).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasesView {
    /// The highest version announced.
    pub latest: Option<ProductVersion>,
    /// The present contract year; `None` outside any calendar.
    pub year: Option<ContractYear>,
    /// Versions that came out in it.
    pub this_year: u32,
    /// Versions below this one are out of maintenance.
    pub maintained_from: Option<ProductVersion>,
    /// The version that is to be installed next, and before when.
    pub install: Option<(ProductVersion, CivilSeconds)>,
    /// Seats that versions out of maintenance hold.
    pub outdated_seats: u32,
    /// What was granted to such versions so far.
    pub outdated_grants: u64,
}
