//! For whom something is asked. The shell has resolved names to pseudonyms and seen to it that a
//! caller who names others is one whom the administrator listed for it.

use octroi_licence::{AssignmentId, CategoryId, EntityId};
use serde::{Deserialize, Serialize};

use crate::UserPseudonym;

/// For whom a seat is asked. The order of the variants is part of the ledger's format: add at the end
/// only.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Whom {
    /// The operating-system user of the process.
    #[default]
    OperatingSystemUser,
    /// An account that the process declares (clause B1).
    DeclaredAccount(UserPseudonym),
    /// An end user on whose behalf the process asks (clause Z2).
    EndUser(UserPseudonym),
}

impl Whom {
    /// Who is named, if anybody.
    pub fn named(self) -> Option<UserPseudonym> {
        match self {
            Self::OperatingSystemUser => None,
            Self::DeclaredAccount(user) | Self::EndUser(user) => Some(user),
        }
    }
}

/// Who shall have a seat, with what the administrator assigned to that user, host or end user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beneficiary {
    /// For whom.
    pub whom: Whom,
    /// The company; `None`: the administrator assigned none.
    pub entity: Option<EntityId>,
    /// The kind of person; `None`: the administrator assigned none.
    pub category: Option<CategoryId>,
    /// A fresh random id, for the assignment that the check-out may make.
    pub assignment: AssignmentId,
}

impl Beneficiary {
    /// The process's own user, with no company or kind.
    pub fn own(assignment: AssignmentId) -> Self {
        Self {
            whom: Whom::OperatingSystemUser,
            entity: None,
            category: None,
            assignment,
        }
    }
}

/// One user of a directory's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUser {
    /// Who.
    pub user: UserPseudonym,
    /// The company; `None`: the administrator assigned none.
    pub entity: Option<EntityId>,
    /// The kind of person; `None`: the administrator assigned none.
    pub category: Option<CategoryId>,
    /// A fresh random id, for the assignment that may be made.
    pub assignment: AssignmentId,
}

/// What became of one user when named users were compared with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SyncOutcome {
    /// Is on the list and had a seat before.
    Kept,
    /// A seat was assigned.
    Assigned,
    /// Every seat is assigned.
    NoRoom,
    /// As many seats were assigned today as the licence allows.
    LaterDay,
    /// Of a company or kind that the licence does not list.
    NotEligible,
    /// The kind of person has as many seats as it may.
    CategoryFull,
    /// Blocked: nothing was assigned.
    Blocked,
    /// Is no longer on the list; keeps the seat until the vendor's order frees it.
    Leaver,
}
