//! Moves to another host, which a licence includes so many of each contract year (clause A8): whether an
//! activation is one, and whether it may still be had. Pure: the register comes in, a judgement goes out.
//!
//! An activation moves the licence where the daemon takes the place of one that is gone (written off,
//! given back, or ended) on the same site, or where it was activated before and too few components of its
//! host are those of then. A place is taken once.

use octroi_licence::{
    ActivationRequest, CivilSeconds, ContractYear, DocumentDigest, HostComponent, HostIdentity,
    Licence, PublicKey, RehostOver, Rehosts, Verified, message,
};
use octroi_proto::activation::v1::RehostStanding;
use octroi_vendor::Activation;

use crate::database::rehosts::Rehost;

/// What the books know before an activation is answered.
#[derive(Debug)]
pub(crate) struct Before<'a> {
    pub(crate) licence: &'a Verified<Licence>,
    /// What every daemon of the licence was allotted last.
    pub(crate) activations: &'a [Activation],
    /// The host in the certificate that the asking daemon holds.
    pub(crate) held: Option<&'a message::HostIdentity>,
    /// The moves so far.
    pub(crate) register: &'a [Rehost],
    pub(crate) now: CivilSeconds,
}

/// A move beyond what the licence includes, which it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsedUp {
    pub(crate) per_year: u32,
    /// The next contract year; `None` outside any calendar.
    pub(crate) again_at: Option<CivilSeconds>,
}

impl Before<'_> {
    /// Whose place the request takes; `None`: it moves nothing.
    pub(crate) fn replaced(&self, asked: &ActivationRequest) -> Option<PublicKey> {
        let mut known = self.activations.iter();
        match known.find(|one| one.daemon_key == asked.daemon_key) {
            Some(own) if own.written_off => None,
            Some(_) => self.on_another_host(asked).then_some(asked.daemon_key),
            None => self.place_left(asked),
        }
    }

    /// The daemon that left last on the same site and whose place nobody took yet.
    fn place_left(&self, asked: &ActivationRequest) -> Option<PublicKey> {
        let taken = |key: &PublicKey| self.register.iter().any(|one| one.replaced == *key);
        let gone = |one: &&Activation| {
            let ended = one.ends_at.is_some_and(|ends_at| ends_at <= self.now);
            one.written_off || ended || one.shares.values().all(|units| units.0 == 0)
        };
        self.activations
            .iter()
            .filter(gone)
            .filter(|one| one.site == asked.site && !taken(&one.daemon_key))
            .max_by_key(|one| one.answered_at)
            .map(|one| one.daemon_key)
    }

    /// Components are hashed with a salt of the daemon's choice: under another salt none match.
    fn on_another_host(&self, asked: &ActivationRequest) -> bool {
        let required = self.licence.binding.host_components_required;
        let (Some(required), Some(held), Some(asked)) = (required, self.held, &asked.host) else {
            return false;
        };
        matching(held, asked) < usize::try_from(required).unwrap_or(usize::MAX)
    }

    /// Says whether an activation that takes the place of `replaced` may be had, and whether it is billed.
    pub(crate) fn allow(&self, replaced: Option<PublicKey>) -> Result<bool, UsedUp> {
        let (Some(term), Some(_)) = (self.licence.rehosts, replaced) else {
            return Ok(false);
        };
        if self.used() < term.per_year {
            return Ok(false);
        }
        match term.over {
            RehostOver::Bill => Ok(true),
            RehostOver::Refuse => Err(UsedUp {
                per_year: term.per_year,
                again_at: self.year().map(|year| year.ends_at),
            }),
            // A later version's way with what is not included: nothing is given away.
            _ => Err(UsedUp {
                per_year: term.per_year,
                again_at: None,
            }),
        }
    }

    fn year(&self) -> Option<ContractYear> {
        year(self.licence, self.now)
    }

    fn used(&self) -> u32 {
        used(self.register, self.year())
    }
}

fn matching(held: &message::HostIdentity, asked: &HostIdentity) -> usize {
    if held.salt != asked.salt {
        return 0;
    }
    let same = |one: &&HostComponent| {
        let mut held = held.components.iter();
        held.any(|held| held.kind == i32::from(one.kind.wire()) && held.digest == one.digest)
    };
    asked.components.iter().filter(same).count()
}

pub(crate) fn year(licence: &Verified<Licence>, now: CivilSeconds) -> Option<ContractYear> {
    ContractYear::of(licence.contract_start(licence.frame().issued_at), now)
}

/// Moves in a contract year.
pub(crate) fn used(register: &[Rehost], year: Option<ContractYear>) -> u32 {
    let within = |one: &&Rehost| year.is_none_or(|year| year.contains(one.at));
    u32::try_from(register.iter().filter(within).count()).unwrap_or(u32::MAX)
}

/// How the licence stands after the activation by `request`; `None`: it speaks of no moves.
pub(crate) fn standing(
    licence: &Verified<Licence>,
    register: &[Rehost],
    request: DocumentDigest,
    now: CivilSeconds,
) -> Option<RehostStanding> {
    let Rehosts { per_year, .. } = licence.rehosts?;
    let year = year(licence, now);
    let this = register.iter().find(|one| one.request == request);
    Some(RehostStanding {
        per_year,
        used: used(register, year),
        rehosted: this.is_some(),
        billed: this.is_some_and(|one| one.billed),
        year_ends_s: year.map_or(0, |year| year.ends_at.0),
    })
}
