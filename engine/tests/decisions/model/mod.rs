//! A model of one site, as naive as it can be: lists that are searched from end to end, counts that
//! are made anew each time they are needed, budgets that are counted second by second. It knows two
//! licences, in whole seconds, and says what the engine must answer.

mod steps;
mod time;

use octroi_engine::RefusalCode;

pub(crate) const FEATURES: [&str; 8] = [
    "cad", "users", "hosts", "procs", "kept", "none", "named", "over",
];
/// The feature whose seats are assigned for good.
pub(crate) const NAMED: usize = 6;
/// The feature that is granted over its limit, and billed.
pub(crate) const OVER: usize = 7;
/// When the first licence ends, in seconds after the start.
pub(crate) const END_S: u64 = 600;
pub(crate) const BUDGET_S: u64 = 10;
pub(crate) const WINDOW_S: u64 = 60;
pub(crate) const LINGER_S: u64 = 20;
pub(crate) const HOLD_S: u64 = 30;
pub(crate) const RESUME_S: u64 = 5;
const AT_START_S: u64 = 30;
const LAPSE_S: u64 = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grouping {
    Checkout,
    User,
    Host,
    Process,
    /// A user to whom a seat was assigned.
    Named,
}

/// Features of a licence: index into [`FEATURES`], grouping, count, linger in seconds.
const FIRST: [(usize, Grouping, u32, u64); 5] = [
    (0, Grouping::Checkout, 2, 0),
    (1, Grouping::User, 1, 0),
    (2, Grouping::Host, 2, 0),
    (3, Grouping::Process, 2, LINGER_S),
    (4, Grouping::Checkout, 3, LINGER_S),
];
const SECOND: [(usize, Grouping, u32, u64); 4] = [
    (0, Grouping::Checkout, 2, 0),
    (1, Grouping::User, 2, LINGER_S),
    (NAMED, Grouping::Named, 1, 0),
    (OVER, Grouping::User, 1, 0),
];

pub(crate) fn features(licence: usize) -> &'static [(usize, Grouping, u32, u64)] {
    if licence == 0 { &FIRST } else { &SECOND }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Granted,
    Waiting,
    Released,
    Refused(RefusalCode),
}

#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: u64,
    pub(crate) user: u8,
    pub(crate) pid: Option<u32>,
    pub(crate) detached_until: Option<u64>,
    pub(crate) answers: Vec<(u64, Answer)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Held,
    Lingering(u64),
    Revoked(u64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seat {
    /// Rises with each grant.
    pub(crate) order: u64,
    pub(crate) session: u64,
    pub(crate) number: u64,
    pub(crate) user: u8,
    pub(crate) pid: Option<u32>,
    pub(crate) licence: usize,
    pub(crate) feature: usize,
    pub(crate) units: u32,
    pub(crate) status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiter {
    pub(crate) session: u64,
    pub(crate) number: u64,
    pub(crate) feature: usize,
    pub(crate) units: u32,
    pub(crate) deadline: u64,
}

/// Where a check-out finds its seat.
enum Place {
    Seat { licence: usize, takes: Option<u64> },
    Full,
    Refused { code: RefusalCode, lasting: bool },
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) sessions: Vec<Session>,
    pub(crate) seats: Vec<Seat>,
    pub(crate) line: Vec<Waiter>,
    pub(crate) suspended: [bool; 2],
    /// Users to whom a seat was assigned, in that order.
    pub(crate) assigned: Vec<u8>,
    /// The most users over the limit at one time.
    pub(crate) over_most: u32,
    /// Seconds that seats over the limit were held.
    pub(crate) over_s: u64,
    granted: u64,
    started: u64,
    /// When the key of the second licence proved itself, if it is there.
    proven: Option<u64>,
    /// Seconds during which it was away; the last one may be open.
    away: Vec<(u64, Option<u64>)>,
    spent: bool,
}

/// What a check-out was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Granted { licence: usize, units: u32 },
    Waiting { place: usize },
    Released,
    Refused(RefusalCode),
    Done,
}

impl Model {
    /// A second after the start both licences are installed; the key was never heard of.
    pub(crate) fn new() -> Self {
        Self {
            now: 1,
            away: vec![(1, None)],
            ..Self::default()
        }
    }

    pub(crate) fn session(&self, id: u64) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    fn session_mut(&mut self, id: u64) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    /// Units in use, counted seat by seat: of each group the most.
    pub(crate) fn in_use(&self, licence: usize, feature: usize) -> u32 {
        if feature == NAMED {
            return u32::try_from(self.assigned.len()).unwrap();
        }
        let grouping = grouping(licence, feature);
        let seats: Vec<&Seat> = self.of(licence, feature).collect();
        let mut sum = 0;
        for (index, seat) in seats.iter().enumerate() {
            let group =
                |other: &&&Seat| same_group(grouping, other, seat.user, seat.pid, seat.session);
            if !seats[..index].iter().any(|other| group(&other)) {
                let others = seats[index..].iter().filter(group).map(|other| other.units);
                sum += others.max().unwrap_or(0).max(seat.units);
            }
        }
        sum
    }

    /// Users over the limit that is granted over.
    pub(crate) fn excess(&self) -> u32 {
        self.in_use(1, OVER).saturating_sub(limit(1, OVER))
    }

    /// Time passes, and seats over the limit are held meanwhile.
    pub(crate) fn pass(&mut self, seconds: u64) {
        self.over_s += seconds * u64::from(self.excess());
        self.now += seconds;
    }

    fn of(&self, licence: usize, feature: usize) -> impl Iterator<Item = &Seat> {
        let mine = move |seat: &&Seat| seat.licence == licence && seat.feature == feature;
        self.seats.iter().filter(mine)
    }

    /// Seconds of absence in the window that ends at `at`.
    fn used(&self, at: u64) -> u64 {
        let from = at.saturating_sub(WINDOW_S);
        let away = |second: &u64| {
            self.away
                .iter()
                .any(|(start, end)| *second >= *start && end.is_none_or(|end| *second < end))
        };
        u64::try_from((from..at).filter(away).count()).unwrap()
    }

    /// The first second at which the budget is spent, counted one by one.
    fn spent_at(&self) -> Option<u64> {
        let (since, None) = *self.away.last()? else {
            return None;
        };
        if self.spent {
            return None;
        }
        let spent = (since..since + 10 * WINDOW_S).find(|at| self.used(*at) >= BUDGET_S)?;
        Some(if since == self.started {
            spent.max(since + AT_START_S)
        } else {
            spent
        })
    }

    fn obstacle(&self, licence: usize) -> Option<(u8, RefusalCode, bool)> {
        if self.suspended[licence] {
            return Some((3, RefusalCode::Suspended, true));
        }
        if licence == 0 && self.now >= END_S {
            return Some((4, RefusalCode::LicenceExpired, true));
        }
        if licence == 1 && self.proven.is_none() && (self.spent || self.used(self.now) >= BUDGET_S)
        {
            return Some((10, RefusalCode::HardwareKeyAbsent, self.spent));
        }
        None
    }

    /// The first licence is over first, so it is used first.
    fn place(&self, asker: &Session, feature: usize, units: u32, ahead: &[Waiter]) -> Place {
        let named = |licence: &usize| features(*licence).iter().any(|one| one.0 == feature);
        let mut free = None;
        let mut full = false;
        let mut furthest = (0, RefusalCode::FeatureNotLicensed, true);
        let mut hopeless = true;
        for licence in [0, 1].into_iter().filter(named) {
            if let Some(obstacle) = self.obstacle(licence) {
                hopeless &= obstacle.2;
                if obstacle.0 > furthest.0 {
                    furthest = obstacle;
                }
                continue;
            }
            let limit = limit(licence, feature);
            let (further, takes) = self.further(asker, licence, feature, units);
            if further == 0 {
                return Place::Seat { licence, takes };
            }
            let wanted = |waiter: &&Waiter| {
                waiter.feature == feature && counted(feature, waiter.units) <= limit
            };
            let units = counted(feature, units);
            let held_back = ahead.iter().any(|waiter| wanted(&waiter));
            if !held_back && (feature == OVER || self.in_use(licence, feature) + further <= limit) {
                free.get_or_insert(licence);
            } else if units <= limit {
                full = true;
            } else if furthest.0 < 12 {
                furthest = (12, RefusalCode::SeatsExhausted, true);
            }
        }
        match (free, full) {
            (Some(licence), _) => Place::Seat {
                licence,
                takes: None,
            },
            (None, true) => Place::Full,
            (None, false) => Place::Refused {
                code: furthest.1,
                lasting: hopeless,
            },
        }
    }

    /// Units that would be added, and the lingering seat that would be taken over.
    fn further(
        &self,
        asker: &Session,
        licence: usize,
        feature: usize,
        units: u32,
    ) -> (u32, Option<u64>) {
        if feature == NAMED {
            let assigned = self.assigned.contains(&asker.user);
            return (u32::from(!assigned), None);
        }
        let grouping = grouping(licence, feature);
        let mine = |seat: &&Seat| match grouping {
            Grouping::Checkout => seat.user == asker.user,
            _ => same_group(grouping, seat, asker.user, asker.pid, asker.id),
        };
        let lingers = |seat: &&Seat| matches!(seat.status, Status::Lingering(_));
        let takes = self
            .of(licence, feature)
            .filter(mine)
            .filter(lingers)
            .filter(|seat| seat.units >= units)
            .min_by_key(|seat| (seat.units, seat.order))
            .map(|seat| seat.order);
        let counted = match grouping {
            Grouping::Checkout if takes.is_some() => units,
            Grouping::Checkout => 0,
            _ => self
                .of(licence, feature)
                .filter(mine)
                .map(|seat| seat.units)
                .max()
                .unwrap_or(0),
        };
        (units.saturating_sub(counted), takes)
    }
}

fn same_group(grouping: Grouping, one: &Seat, user: u8, pid: Option<u32>, id: u64) -> bool {
    match grouping {
        Grouping::Checkout => false,
        Grouping::User | Grouping::Named => one.user == user,
        Grouping::Host => true,
        Grouping::Process => one.pid == pid && (pid.is_some() || one.session == id),
    }
}

fn grouping(licence: usize, feature: usize) -> Grouping {
    features(licence)
        .iter()
        .find(|one| one.0 == feature)
        .unwrap()
        .1
}

/// Units that a check-out counts.
pub(crate) fn counted(feature: usize, units: u32) -> u32 {
    if feature == NAMED { 1 } else { units }
}

pub(crate) fn limit(licence: usize, feature: usize) -> u32 {
    features(licence)
        .iter()
        .find(|one| one.0 == feature)
        .unwrap()
        .2
}

/// The order of session ids, which are random in life.
pub(crate) fn rank(session: u64) -> u64 {
    (session + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
