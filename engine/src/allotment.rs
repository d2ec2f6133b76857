//! What may be in use here at one time.

use octroi_licence::CivilSeconds;

/// The units of one feature that this daemon may have in use, from whoever allots them: the
/// activation certificate's share, later a pool of several daemons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allotment {
    /// How many units.
    pub units: u32,
    /// Rises with each new allotment; whoever holds a lower one has been overtaken. Locally the
    /// certificate's number.
    pub fence: u64,
    /// First instant at which it no longer holds; `None`: as long as the licence.
    pub until: Option<CivilSeconds>,
}
