//! Who asks, by the licence's terms: as whom a check-out counts, whether such a user may have a seat
//! at all, and who is blocked.

use octroi_licence::{CategoryId, Containers, Eligibility, EntityId, Grouping, Identity};

use super::{Asker, Obstacle, World, lasting, rank, told};
use crate::{Refusal, RefusalCode, UserPseudonym, Whom, catalogue::Offer, ids::PoolKey};

impl Asker {
    /// As whom the check-out counts: the declared account or end user where the licence counts those,
    /// the user inside a container where it counts each of them, otherwise the user of the process.
    pub(crate) fn user_for(&self, offer: &Offer) -> UserPseudonym {
        let inside = self
            .container
            .filter(|_| offer.terms.licence.containers == Containers::EachAsUser)
            .map(|contained| contained.user);
        self.named_for(offer).or(inside).unwrap_or(self.user)
    }

    /// It is known who counts.
    pub(crate) fn identified_for(&self, offer: &Offer) -> bool {
        self.identified || self.named_for(offer).is_some()
    }

    fn named_for(&self, offer: &Offer) -> Option<UserPseudonym> {
        match (offer.feature.identity, self.beneficiary.whom) {
            (Identity::DeclaredAccount, Whom::DeclaredAccount(user))
            | (Identity::EndUser | Identity::EndUserRequired, Whom::EndUser(user)) => Some(user),
            _ => None,
        }
    }
}

pub(super) fn obstacle(world: World<'_>, offer: &Offer, asker: &Asker) -> Option<Obstacle> {
    let named = &world.state.named;
    if !named.blocks_nobody() {
        let users = [asker.user, asker.user_for(offer)];
        let of = PoolKey {
            licence: offer.licence().clone(),
            feature: offer.feature.name.clone(),
        };
        for user in users {
            let by_vendor = named.vendor_blocks(user, &of);
            if by_vendor || named.blocked.contains(&user) {
                let by = if by_vendor { "vendor" } else { "administrator" };
                let refusal = told(RefusalCode::UserBlocked, &"", &by);
                return Some(lasting(rank::IDENTIFIED, refusal));
            }
        }
    }
    if offer.asks_who {
        if let Some(refused) = unnamed(offer, asker) {
            return Some(refused);
        }
        let eligibility = &offer.terms.licence.eligibility;
        if let Some(refused) = ineligible(eligibility, asker) {
            return Some(refused);
        }
    }
    let counts_users = matches!(
        offer.feature.metric.grouping(),
        Grouping::User | Grouping::UserHost
    );
    (counts_users && !asker.identified_for(offer)).then(|| {
        let refusal = Refusal::of(RefusalCode::CallerUnidentified);
        lasting(rank::IDENTIFIED, refusal)
    })
}

/// A check-out must name whom the licence counts.
fn unnamed(offer: &Offer, asker: &Asker) -> Option<Obstacle> {
    let expected = match offer.feature.identity {
        Identity::DeclaredAccount => "declared account",
        Identity::EndUserRequired => "end user",
        _ => return None,
    };
    if asker.named_for(offer).is_some() {
        return None;
    }
    let found = match asker.beneficiary.whom {
        Whom::OperatingSystemUser => "operating-system user",
        Whom::DeclaredAccount(_) => "declared account",
        Whom::EndUser(_) => "end user",
    };
    let refusal = told(RefusalCode::UserNotNamed, &expected, &found);
    Some(lasting(rank::IDENTIFIED, refusal))
}

fn ineligible(eligibility: &Eligibility, asker: &Asker) -> Option<Obstacle> {
    let code = ineligibility(eligibility, asker)?;
    let beneficiary = &asker.beneficiary;
    let (listed, found): (Vec<&str>, _) = if code == RefusalCode::EntityNotListed {
        let listed = eligibility.entities.iter().map(|one| one.id.as_str());
        let found = beneficiary.entity.as_ref().map(EntityId::as_str);
        (listed.collect(), found)
    } else {
        let listed = eligibility.categories.iter().map(|one| one.id.as_str());
        let found = beneficiary.category.as_ref().map(CategoryId::as_str);
        (listed.collect(), found)
    };
    let refusal = told(code, &listed.join(", "), &found.unwrap_or_default());
    Some(lasting(rank::IDENTIFIED, refusal))
}

fn ineligibility(eligibility: &Eligibility, asker: &Asker) -> Option<RefusalCode> {
    let beneficiary = &asker.beneficiary;
    let (entity, category) = (beneficiary.entity.as_ref(), beneficiary.category.as_ref());
    if eligibility.admits(entity, category) {
        return None;
    }
    let mut entities = eligibility.entities.iter();
    let known = eligibility.entities.is_empty()
        || entities.any(|one| beneficiary.entity.as_ref() == Some(&one.id));
    Some(if known {
        RefusalCode::CategoryNotListed
    } else {
        RefusalCode::EntityNotListed
    })
}
