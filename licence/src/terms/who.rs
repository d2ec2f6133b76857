//! Who may use a licence, and how a check-out's user is told.

use super::contradiction;
use crate::{
    CategoryId, EntityId, Seats, TermError,
    choice::choice,
    fields::{count, list, name, text_of, unique},
    message,
};

/// The most entities in one licence.
pub const ENTITIES_MAX: usize = 256;
/// The most categories in one licence.
pub const CATEGORIES_MAX: usize = 64;

choice! {
    /// How a check-out's user is told.
    Identity {
        /// The user of the operating system, from the kernel.
        OperatingSystemUser,
        /// An account that a caller declares whom the administrator listed (clause B1).
        DeclaredAccount,
        /// The end user whom a listed caller names; without one the operating-system user.
        EndUser,
        /// The end user whom a listed caller names; a check-out without one is refused (clause Z2).
        EndUserRequired,
    } default OperatingSystemUser
}

choice! {
    /// What a process in a container counts as.
    Containers {
        /// Its check-outs are refused.
        Refuse,
        /// The user who owns the container on the host.
        AsHostUser,
        /// Each user inside as a user of its own.
        EachAsUser,
    } default AsHostUser
}

/// Who may use the licence (clauses Z17, T6). Users, hosts and end users carry an entity and a
/// category as the administrator assigns them; who carries none that is listed is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Eligibility {
    /// Companies; empty: not asked for.
    pub entities: Vec<Entity<EntityId>>,
    /// Kinds of persons, each counted apart, all together; empty: not asked for.
    pub categories: Vec<Entity<CategoryId>>,
}

/// A company or a category, with its name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity<Id> {
    /// Short name.
    pub id: Id,
    /// For people; may be empty.
    pub name: String,
}

impl Eligibility {
    /// Says whether somebody of this entity and category may use the licence.
    pub fn admits(&self, entity: Option<&EntityId>, category: Option<&CategoryId>) -> bool {
        listed(&self.entities, entity) && listed(&self.categories, category)
    }
}

fn listed<Id: PartialEq>(list: &[Entity<Id>], found: Option<&Id>) -> bool {
    list.is_empty() || found.is_some_and(|found| list.iter().any(|one| one.id == *found))
}

/// At most so many of a feature's count for one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryLimit {
    /// One of the licence's categories.
    pub category: CategoryId,
    /// 1 or more.
    pub count: Seats,
}

pub(crate) fn eligibility(wire: message::Eligibility) -> Result<Eligibility, TermError> {
    let entities = list("entities", wire.entities, 0, ENTITIES_MAX, |one| {
        Ok(Entity {
            id: name::<EntityId>("entity", &one.id)?,
            name: text_of("entity name", one.name)?,
        })
    })?;
    unique("entities", entities.iter().map(|one| &one.id))?;
    let categories = list("categories", wire.categories, 0, CATEGORIES_MAX, |one| {
        Ok(Entity {
            id: name::<CategoryId>("category", &one.id)?,
            name: text_of("category name", one.name)?,
        })
    })?;
    unique("categories", categories.iter().map(|one| &one.id))?;
    Ok(Eligibility {
        entities,
        categories,
    })
}

pub(crate) fn category_limits(
    wire: Vec<message::CategoryLimit>,
) -> Result<Vec<CategoryLimit>, TermError> {
    let limits = list("category_limits", wire, 0, CATEGORIES_MAX, |one| {
        Ok(CategoryLimit {
            category: name("category_limits", &one.category)?,
            count: count("category_limits", one.count)?,
        })
    })?;
    unique("category_limits", limits.iter().map(|one| &one.category))?;
    Ok(limits)
}

/// A limit can name none but the licence's categories.
pub(crate) fn limits_known_categories(
    eligibility: &Eligibility,
    limits: &[CategoryLimit],
) -> Result<(), TermError> {
    let known = |limit: &CategoryLimit| {
        let mut categories = eligibility.categories.iter();
        categories.any(|one| one.id == limit.category)
    };
    match limits.iter().find(|limit| !known(limit)) {
        None => Ok(()),
        Some(limit) => contradiction(format!(
            "category_limits names {}, which is no category of the licence",
            limit.category
        )),
    }
}
