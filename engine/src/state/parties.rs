//! As whom seats count, where that is not the process's user alone, and which of them were granted
//! over the limit; for whom those ask who wait.

use std::collections::BTreeMap;

use octroi_licence::{AssignmentId, CategoryId, EntityId};

use crate::{Beneficiary, RequestNumber, SeatId, SessionId, Whom};

/// What a seat's user belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Party {
    pub(crate) entity: Option<EntityId>,
    pub(crate) category: Option<CategoryId>,
}

/// For whom a waiting check-out asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) whom: Whom,
    pub(crate) party: Party,
    pub(crate) assignment: AssignmentId,
}

impl From<&Claim> for Beneficiary {
    fn from(claim: &Claim) -> Self {
        Self {
            whom: claim.whom,
            entity: claim.party.entity.clone(),
            category: claim.party.category.clone(),
            assignment: claim.assignment,
        }
    }
}

/// What is known beside seats and waiting check-outs; empty where no licence asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parties {
    pub(crate) of_seats: BTreeMap<SeatId, Party>,
    /// Units over the limit.
    pub(crate) overdrawn: BTreeMap<SeatId, u32>,
    pub(crate) claims: BTreeMap<(SessionId, RequestNumber), Claim>,
}

impl Parties {
    /// Forgets the check-outs of a session that ended.
    pub(crate) fn forget_claims(&mut self, session: SessionId) {
        if self.claims.is_empty() {
            return;
        }
        self.claims.retain(|(of, _), _| *of != session);
    }
}
