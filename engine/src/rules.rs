//! The rules in the order in which they are asked, and what each tells whom it refuses. The order is
//! the same for everybody: of several licences that refuse, the one that got furthest is told.
//!
//! `expected` and `found` of a refusal: for dates, the date in seconds and what it belongs to
//! (`licence`, `feature`, `certificate` or `report`); for versions, the range and the version; for
//! sites, the licence's sites and the certificate's; for hosts, components that must match and those
//! that do; for keys, how many must be there and how many are; for users, how the licence wants them
//! named, or its companies and kinds, and those of the user; for use over the limit, why it ended
//! (`notice` or `days`) and the instant; for maintenance, its end and the release date; for times of
//! day, when it opens and the present time; for countries and regions, those that the licence names
//! and the one that was found.

mod proofs;
mod usage;
mod who;

pub(crate) use proofs::{Proving, is_unproven};
pub(crate) use usage::elsewhere;

use std::fmt::Display;

use octroi_licence::{
    CivilMillis, CivilSeconds, Licence, ProductVersion, SiteId, Term, VersionRange,
};

use crate::{
    Beneficiary, Caller, Contained, ElapsedMs, GroupKey, ProcessIdentity, Refusal, RefusalCode,
    SeatId, SessionId, State, UserPseudonym,
    catalogue::{Offer, Terms},
    state::{LicenceState, Ordered, Presence, Session},
};

/// How long a budget may be overdrawn after a start whose keys were there before it, so that a
/// restart of the daemon ends no seat before a key could answer.
pub(crate) const START_GRACE_MS: u64 = 30_000;

/// Bytes of `expected` and `found`.
const TEXT_BYTES_MAX: usize = 128;

/// What a rule looks at besides documents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) state: &'a State,
    pub(crate) civil: CivilMillis,
    pub(crate) elapsed: ElapsedMs,
}

/// Who asks for a seat.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    pub(crate) session: SessionId,
    pub(crate) user: UserPseudonym,
    pub(crate) identified: bool,
    pub(crate) process: Option<ProcessIdentity>,
    pub(crate) version: Option<ProductVersion>,
    pub(crate) beneficiary: Beneficiary,
    pub(crate) released_at: Option<CivilSeconds>,
    pub(crate) unattended: bool,
    pub(crate) container: Option<Contained>,
    pub(crate) proving: Proving,
}

impl Asker {
    pub(crate) fn of(id: SessionId, session: &Session, beneficiary: Beneficiary) -> Self {
        Self {
            beneficiary,
            session: id,
            user: session.user,
            identified: session.identified,
            process: session.process,
            version: session.version.clone(),
            released_at: session.released_at,
            unattended: session.unattended,
            container: session.container,
            proving: Proving::default(),
        }
    }

    /// With whom a check-out counts as one; `seat` is the seat that it would get.
    pub(crate) fn group(&self, offer: &Offer, seat: SeatId) -> GroupKey {
        use octroi_licence::Grouping;
        match offer.feature.metric.grouping() {
            Grouping::Checkout => GroupKey::Seat(seat),
            Grouping::User | Grouping::UserHost => GroupKey::User(self.user_for(offer)),
            Grouping::Host => GroupKey::Host,
            Grouping::Process => match self.process {
                Some(process) => GroupKey::Process(process),
                None => GroupKey::Session(self.session),
            },
        }
    }
}

/// A rule that refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// The rule's place in the order.
    pub(crate) rank: u8,
    /// It will not go away by itself within a moment: whoever waits is told.
    pub(crate) lasting: bool,
    pub(crate) refusal: Refusal,
}

/// Ranks, in the order of asking.
mod rank {
    pub(super) const REVOKED: u8 = 1;
    pub(super) const TERMINATED: u8 = 2;
    pub(super) const SUSPENDED: u8 = 3;
    pub(super) const DATES: u8 = 4;
    pub(super) const ACTIVATED: u8 = 5;
    pub(super) const SITE: u8 = 6;
    pub(super) const HOST: u8 = 7;
    pub(super) const VERSION: u8 = 8;
    pub(super) const IDENTIFIED: u8 = 9;
    pub(super) const KEY: u8 = 10;
    pub(super) const SHARE: u8 = 11;
    pub(super) const TIMES: u8 = 12;
}
/// The rank of "every seat is in use", or every amount, which comes last.
pub(crate) const RANK_EXHAUSTED: u8 = 13;
/// The rank of a feature that is not used in this way at all.
pub(crate) const RANK_USE: u8 = 0;

/// What keeps this asker from a seat of this offer, apart from the seats that are in use.
pub(crate) fn obstacle(world: World<'_>, offer: &Offer, asker: &Asker) -> Option<Obstacle> {
    obstacle_at_any_time(world, offer, asker)
        .or_else(|| proofs::missing(world, offer, asker))
        .or_else(|| usage::times_of_day(world, offer).map(|obstacle| obstacle.of(offer)))
}

/// The same without regard to the time of day: what keeps it from going on.
pub(crate) fn obstacle_at_any_time(
    world: World<'_>,
    offer: &Offer,
    asker: &Asker,
) -> Option<Obstacle> {
    let terms = &offer.terms;
    let licence = world.state.licences.get(offer.licence())?;
    let found = vendor(terms, offer.ordered)
        .or_else(|| dates(world, terms, &Dates::of(offer)))
        .or_else(|| reports(world, terms, offer.certificate_ends_at))
        .or_else(|| usage::server(terms))
        .or_else(|| unreleased(world, terms, asker))
        .or_else(|| place(terms, licence))
        .or_else(|| usage::territory(terms))
        .or_else(|| version(&offer.feature.versions, asker.version.as_ref()))
        .or_else(|| usage::maintenance(offer, asker))
        .or_else(|| usage::callers(offer, asker))
        .or_else(|| who::obstacle(world, offer, asker))
        .or_else(|| keys(world, &terms.licence, licence))
        .or_else(|| {
            (offer.allotment().units == 0)
                .then(|| lasting(rank::SHARE, Refusal::of(RefusalCode::NoShareLeft)))
        });
    found.map(|obstacle| obstacle.of(offer))
}

impl Obstacle {
    /// Names the licence and the feature.
    pub(crate) fn of(mut self, offer: &Offer) -> Self {
        self.refusal.licence = Some(offer.licence().clone());
        self.refusal.feature = Some(offer.feature.name.clone());
        self
    }
}

/// The feature is not used in this way: checked out, consumed or borrowed.
pub(crate) fn use_not_offered(offer: &Offer, asked: &str) -> Obstacle {
    let refusal = told(
        RefusalCode::UseNotOffered,
        &offer.feature.metric.name(),
        &asked,
    );
    lasting(RANK_USE, refusal).of(offer)
}

/// What keeps everybody from everything of this licence.
pub(crate) fn obstacle_for_all(world: World<'_>, terms: &Terms) -> Option<Refusal> {
    let licence = world.state.licences.get(&terms.licence.id)?;
    let mut refusal = vendor(terms, terms.ordered)
        .or_else(|| dates(world, terms, &Dates::of_all(terms)))
        .or_else(|| reports(world, terms, Dates::of_all(terms).certificate_ends_at))
        .or_else(|| usage::server(terms))
        .or_else(|| place(terms, licence))
        .or_else(|| usage::territory(terms))
        .or_else(|| keys(world, &terms.licence, licence))?
        .refusal;
    refusal.licence = Some(terms.licence.id.clone());
    Some(refusal)
}

fn lasting(rank: u8, refusal: Refusal) -> Obstacle {
    Obstacle {
        rank,
        lasting: true,
        refusal,
    }
}

pub(crate) fn told(code: RefusalCode, expected: &dyn Display, found: &dyn Display) -> Refusal {
    Refusal {
        expected: cut(expected.to_string()),
        found: cut(found.to_string()),
        ..Refusal::of(code)
    }
}

pub(crate) fn cut(mut text: String) -> String {
    let mut end = TEXT_BYTES_MAX.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// What the vendor said since the issue.
fn vendor(terms: &Terms, ordered: Ordered) -> Option<Obstacle> {
    let (rank, code) = match ordered {
        _ if terms.revoked => (rank::REVOKED, RefusalCode::LicenceRevoked),
        _ if terms.use_ended => (rank::TERMINATED, RefusalCode::UseEnded),
        _ if terms.transferred => (rank::TERMINATED, RefusalCode::LicenceTransferred),
        Ordered::Terminated => (rank::TERMINATED, RefusalCode::LicenceTerminated),
        Ordered::Suspended => (rank::SUSPENDED, RefusalCode::Suspended),
        Ordered::Nothing => return None,
    };
    Some(lasting(rank, Refusal::of(code)))
}

/// The dates that hold for whoever asks.
struct Dates {
    licence: Term,
    feature: Option<Term>,
    certificate_ends_at: Option<CivilSeconds>,
}

impl Dates {
    fn of(offer: &Offer) -> Self {
        Self {
            licence: offer.term,
            feature: Some(offer.feature.term),
            certificate_ends_at: offer.certificate_ends_at,
        }
    }

    fn of_all(terms: &Terms) -> Self {
        Self {
            licence: terms.term,
            feature: None,
            certificate_ends_at: terms
                .certificate_ends_at
                .filter(|_| terms.released.is_none()),
        }
    }
}

/// The dates of licence, feature and certificate, and whether there is a certificate.
fn dates(world: World<'_>, terms: &Terms, dates: &Dates) -> Option<Obstacle> {
    let stated = [
        Some(("licence", dates.licence)),
        dates.feature.map(|term| ("feature", term)),
    ];
    let certificate = terms.certificate.as_ref();
    let valid = certificate.map(|one| Term {
        starts_at: Some(one.valid_from),
        ends_at: dates.certificate_ends_at,
    });
    let outside = |rank, of: &[Option<(&str, Term)>]| {
        let early = of.iter().flatten().find_map(|(what, term)| {
            let start = term
                .starts_at
                .filter(|start| start.millis() > world.civil)?;
            Some(not_yet(start, what))
        });
        let late = of.iter().flatten().find_map(|(what, term)| {
            let end = term.ends_at.filter(|end| end.millis() <= world.civil)?;
            Some(told(RefusalCode::LicenceExpired, &end.0, what))
        });
        early.or(late).map(|refusal| lasting(rank, refusal))
    };
    outside(rank::DATES, &stated).or_else(|| match valid {
        Some(valid) => outside(rank::ACTIVATED, &[Some(("certificate", valid))]),
        None => Some(lasting(
            rank::ACTIVATED,
            Refusal::of(RefusalCode::NotActivated),
        )),
    })
}

/// Reports that are overdue. Without a receipt the certificate ends at the stop limit; the limit from
/// which no more seats are granted lies so many days before that end. Only check-outs ask this rule:
/// seats that are held stay.
fn reports(
    world: World<'_>,
    terms: &Terms,
    certificate_ends_at: Option<CivilSeconds>,
) -> Option<Obstacle> {
    let since = terms
        .reports_late_from
        .filter(|_| certificate_ends_at.is_some())?;
    (since.millis() <= world.civil).then(|| {
        let refusal = told(RefusalCode::ReportOverdue, &since.0, &"report");
        lasting(rank::ACTIVATED, refusal)
    })
}

/// After the end of a certificate that nobody can renew, an escrow release covers its versions alone
/// (clause A16).
fn unreleased(world: World<'_>, terms: &Terms, asker: &Asker) -> Option<Obstacle> {
    let versions = terms.released.as_ref()?;
    let over = terms.certificate_ends_at?.millis() <= world.civil;
    over.then(|| version(versions, asker.version.as_ref()))?
}

fn not_yet(start: CivilSeconds, what: &str) -> Refusal {
    let mut refusal = told(RefusalCode::LicenceNotYetValid, &start.0, &what);
    refusal.may_change_at = Some(start.millis());
    refusal
}

/// The site and the host.
fn place(terms: &Terms, state: &LicenceState) -> Option<Obstacle> {
    let licence = &terms.licence;
    let site = terms
        .certificate
        .as_ref()
        .and_then(|certificate| certificate.site.as_ref());
    let listed = |site: &SiteId| licence.sites.iter().any(|listed| listed.id == *site);
    if !licence.sites.is_empty() && !site.is_some_and(listed) {
        let sites: Vec<&str> = licence.sites.iter().map(|site| site.id.as_str()).collect();
        let found = site.map_or("", |site| site.as_str());
        return Some(lasting(
            rank::SITE,
            told(RefusalCode::SiteNotLicensed, &sites.join(", "), &found),
        ));
    }
    let required = licence.binding.host_components_required?;
    let refused = |lasting, code, found: u32| {
        Some(Obstacle {
            rank: rank::HOST,
            lasting,
            refusal: told(code, &required, &found),
        })
    };
    match state.host {
        // The shell compares the host soon after each start.
        None => refused(false, RefusalCode::HostNotLicensed, 0),
        Some((_, readable)) if readable < required => {
            refused(true, RefusalCode::HostIdentityWeak, readable)
        }
        Some((matched, _)) if matched < required => {
            refused(true, RefusalCode::HostNotLicensed, matched)
        }
        Some(_) => None,
    }
}

fn version(range: &VersionRange, stated: Option<&ProductVersion>) -> Option<Obstacle> {
    if range.minimum.is_none() && range.maximum.is_none() {
        return None;
    }
    if stated.is_some_and(|version| range.covers(version)) {
        return None;
    }
    let end =
        |end: &Option<ProductVersion>| end.as_ref().map(ToString::to_string).unwrap_or_default();
    let expected = format!("{}..{}", end(&range.minimum), end(&range.maximum));
    let found = stated.map(ToString::to_string).unwrap_or_default();
    Some(lasting(
        rank::VERSION,
        told(RefusalCode::VersionNotCovered, &expected, &found),
    ))
}

/// How the keys of a licence stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) needed: usize,
    pub(crate) present: usize,
    /// One that is needed and not there has fallen behind its counter.
    pub(crate) suspect: bool,
    /// One that is named was lost.
    pub(crate) revoked: bool,
}

impl Keys {
    pub(crate) fn satisfied(self) -> bool {
        self.present >= self.needed
    }
}

pub(crate) fn keys_of(state: &State, licence: &Licence) -> Keys {
    let keys = &licence.binding.hardware_keys;
    let there = |key: &&octroi_licence::HardwareKey| key_there(state, key);
    let suspect = |key: &octroi_licence::HardwareKey| {
        state
            .keys
            .get(&key.serial)
            .is_some_and(|known| known.suspect && !state.revoked_keys.contains_key(&key.serial))
    };
    Keys {
        needed: licence.binding.hardware_keys_needed(),
        present: keys.iter().filter(there).count(),
        suspect: keys.iter().any(suspect),
        revoked: keys
            .iter()
            .any(|key| state.revoked_keys.contains_key(&key.serial)),
    }
}

/// Says whether one key of a licence counts as present for it.
pub(crate) fn key_there(state: &State, key: &octroi_licence::HardwareKey) -> bool {
    let Some(known) = state.keys.get(&key.serial) else {
        return false;
    };
    match known.presence {
        Presence::Present { emulated, .. } => {
            !state.revoked_keys.contains_key(&key.serial)
                && !known.suspect
                && (key.emulator_accepted || !emulated)
        }
        Presence::Unknown | Presence::Absent => false,
    }
}

/// What is left of a licence's absence budget.
pub(crate) fn budget_left_ms(licence: &Licence, state: &LicenceState, now: ElapsedMs) -> u64 {
    let absence = licence.binding.absence;
    let used = state.absence.used(absence.window.millis(), now);
    absence.budget.millis().saturating_sub(used)
}

/// When the open absence of a licence has spent its budget.
pub(crate) fn budget_spent_at(
    state: &State,
    licence: &Licence,
    of: &LicenceState,
) -> Option<ElapsedMs> {
    let open = of.absence.open.filter(|open| !open.spent)?;
    let absence = licence.binding.absence;
    let spent = of
        .absence
        .spent_at(absence.budget.millis(), absence.window.millis())?;
    if open.since == state.started_at {
        return Some(spent.max(state.started_at.after(START_GRACE_MS)));
    }
    Some(spent)
}

fn keys(world: World<'_>, licence: &Licence, state: &LicenceState) -> Option<Obstacle> {
    let keys = keys_of(world.state, licence);
    if keys.satisfied() {
        return None;
    }
    // Whoever waits is turned away when the budget is spent, not while it may still last.
    let lasting = state.absence.open.is_none_or(|open| open.spent);
    let refused = |code| {
        Some(Obstacle {
            rank: rank::KEY,
            lasting,
            refusal: told(code, &keys.needed, &keys.present),
        })
    };
    if keys.suspect {
        return refused(RefusalCode::HardwareKeySuspect);
    }
    if lasting || budget_left_ms(licence, state, world.elapsed) == 0 {
        return refused(if keys.revoked {
            RefusalCode::HardwareKeyRevoked
        } else {
            RefusalCode::HardwareKeyAbsent
        });
    }
    None
}

/// A refusal to open a session.
pub(crate) fn too_many_sessions(limit: u32, in_use: u32) -> Refusal {
    Refusal {
        limit,
        in_use,
        requested: 1,
        ..Refusal::of(RefusalCode::TooManySessions)
    }
}

/// Says whether the caller is the process and user that a session belongs to.
pub(crate) fn belongs_to(session: &Session, caller: &Caller) -> bool {
    session.user == caller.user && session.process.is_some() && session.process == caller.process
}
