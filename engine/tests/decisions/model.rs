//! A model of one site, as naive as it can be: lists that are searched from end to end, counts that
//! are made anew each time they are needed, budgets that are counted second by second. It knows two
//! licences, in whole seconds, and says what the engine must answer.

use octroi_engine::RefusalCode;

pub(crate) const FEATURES: [&str; 6] = ["cad", "users", "hosts", "procs", "kept", "none"];
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
}

/// Features of a licence: index into [`FEATURES`], grouping, count, linger in seconds.
const FIRST: [(usize, Grouping, u32, u64); 5] = [
    (0, Grouping::Checkout, 2, 0),
    (1, Grouping::User, 1, 0),
    (2, Grouping::Host, 2, 0),
    (3, Grouping::Process, 2, LINGER_S),
    (4, Grouping::Checkout, 3, LINGER_S),
];
const SECOND: [(usize, Grouping, u32, u64); 2] = [
    (0, Grouping::Checkout, 2, 0),
    (1, Grouping::User, 2, LINGER_S),
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
            let wanted = |waiter: &&Waiter| waiter.feature == feature && waiter.units <= limit;
            let held_back = ahead.iter().any(|waiter| wanted(&waiter));
            if !held_back && self.in_use(licence, feature) + further <= limit {
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

    pub(crate) fn open(&mut self, id: u64, user: u8, pid: Option<u32>) {
        let answers = Vec::new();
        self.sessions.push(Session {
            id,
            user,
            pid,
            detached_until: None,
            answers,
        });
    }

    fn remember(&mut self, id: u64, number: u64, answer: Answer) {
        let session = self.session_mut(id).unwrap();
        session.answers.retain(|(known, _)| *known != number);
        session.answers.push((number, answer));
    }

    /// Forgets answers below `below`, except those of check-outs that wait.
    pub(crate) fn forget(&mut self, id: u64, below: u64) {
        let session = self.session_mut(id).unwrap();
        session
            .answers
            .retain(|(number, answer)| *number >= below || *answer == Answer::Waiting);
    }

    pub(crate) fn checkout(
        &mut self,
        id: u64,
        number: u64,
        feature: usize,
        units: u32,
        wait: u64,
    ) -> Outcome {
        let asker = self.session(id).unwrap().clone();
        match self.place(&asker, feature, units, &self.line.clone()) {
            Place::Seat { licence, takes } => {
                self.grant(&asker, number, licence, feature, units, takes);
                Outcome::Granted { licence, units }
            }
            Place::Full if wait > 0 => {
                let deadline = self.now + wait;
                self.line.push(Waiter {
                    session: id,
                    number,
                    feature,
                    units,
                    deadline,
                });
                self.remember(id, number, Answer::Waiting);
                Outcome::Waiting {
                    place: self.place_of(id, number).unwrap(),
                }
            }
            Place::Full => self.refuse(id, number, RefusalCode::SeatsExhausted),
            Place::Refused { code, .. } => self.refuse(id, number, code),
        }
    }

    fn refuse(&mut self, id: u64, number: u64, code: RefusalCode) -> Outcome {
        self.remember(id, number, Answer::Refused(code));
        Outcome::Refused(code)
    }

    /// What a repeated check-out or release is answered.
    pub(crate) fn repeat(&self, id: u64, number: u64) -> Option<Outcome> {
        let session = self.session(id)?;
        let (_, answer) = session.answers.iter().find(|(known, _)| *known == number)?;
        Some(match answer {
            Answer::Granted => match self.held(id, number) {
                Some(seat) => Outcome::Granted {
                    licence: seat.licence,
                    units: seat.units,
                },
                None => Outcome::Refused(RefusalCode::SeatNotHeld),
            },
            Answer::Waiting => Outcome::Waiting {
                place: self.place_of(id, number)?,
            },
            Answer::Released => Outcome::Released,
            Answer::Refused(code) => Outcome::Refused(*code),
        })
    }

    fn held(&self, id: u64, number: u64) -> Option<&Seat> {
        self.seats.iter().find(|seat| {
            seat.session == id
                && seat.number == number
                && !matches!(seat.status, Status::Lingering(_))
        })
    }

    fn place_of(&self, id: u64, number: u64) -> Option<usize> {
        let me = self
            .line
            .iter()
            .find(|waiter| waiter.session == id && waiter.number == number)?;
        let same = self
            .line
            .iter()
            .filter(|waiter| waiter.feature == me.feature);
        Some(same.take_while(|waiter| *waiter != me).count() + 1)
    }

    fn grant(
        &mut self,
        asker: &Session,
        number: u64,
        licence: usize,
        feature: usize,
        units: u32,
        takes: Option<u64>,
    ) {
        self.seats.retain(|seat| Some(seat.order) != takes);
        self.granted += 1;
        self.seats.push(Seat {
            order: self.granted,
            session: asker.id,
            number,
            user: asker.user,
            pid: asker.pid,
            licence,
            feature,
            units,
            status: Status::Held,
        });
        self.remember(asker.id, number, Answer::Granted);
    }

    pub(crate) fn release(&mut self, id: u64, number: u64, order: u64) -> Outcome {
        let mine = |seat: &&Seat| {
            seat.order == order
                && seat.session == id
                && !matches!(seat.status, Status::Lingering(_))
        };
        if self.seats.iter().find(mine).is_none() {
            return self.refuse(id, number, RefusalCode::SeatNotHeld);
        }
        self.leave(order);
        self.remember(id, number, Answer::Released);
        Outcome::Released
    }

    /// A seat leaves its session and lingers where its feature does; of a group's lingering seats
    /// those with no more units go.
    fn leave(&mut self, order: u64) {
        let seat = self
            .seats
            .iter()
            .find(|seat| seat.order == order)
            .unwrap()
            .clone();
        let feature = *features(seat.licence)
            .iter()
            .find(|one| one.0 == seat.feature)
            .unwrap();
        if feature.3 == 0 || seat.status != Status::Held {
            self.seats.retain(|other| other.order != order);
            return;
        }
        let until = self.now + feature.3;
        let outlasted: Vec<u64> = self
            .of(seat.licence, seat.feature)
            .filter(|other| {
                matches!(other.status, Status::Lingering(_))
                    && other.units <= seat.units
                    && same_group(feature.1, other, seat.user, seat.pid, seat.session)
            })
            .map(|other| other.order)
            .collect();
        self.seats.retain(|other| !outlasted.contains(&other.order));
        let seat = self
            .seats
            .iter_mut()
            .find(|seat| seat.order == order)
            .unwrap();
        seat.status = Status::Lingering(until);
    }

    pub(crate) fn cancel(&mut self, id: u64, number: u64) {
        self.end_wait(id, number, RefusalCode::QueueCancelled);
    }

    fn end_wait(&mut self, id: u64, number: u64, code: RefusalCode) {
        let before = self.line.len();
        self.line
            .retain(|waiter| waiter.session != id || waiter.number != number);
        if self.line.len() < before {
            self.remember(id, number, Answer::Refused(code));
        }
    }

    pub(crate) fn end_session(&mut self, id: u64) {
        self.line.retain(|waiter| waiter.session != id);
        let held: Vec<u64> = self
            .seats
            .iter()
            .filter(|seat| seat.session == id && !matches!(seat.status, Status::Lingering(_)))
            .map(|seat| seat.order)
            .collect();
        for order in held {
            self.leave(order);
        }
        self.sessions.retain(|session| session.id != id);
    }

    pub(crate) fn detach(&mut self, id: u64) {
        let until = self.now + RESUME_S;
        match self.session_mut(id) {
            Some(session) if session.pid.is_none() => self.end_session(id),
            Some(session) => {
                session.detached_until.get_or_insert(until);
            }
            None => {}
        }
    }

    pub(crate) fn resume(&mut self, id: u64) {
        self.session_mut(id).unwrap().detached_until = None;
    }

    pub(crate) fn revoke(&mut self, order: u64) {
        let until = self.now + HOLD_S;
        let Some(seat) = self.seats.iter_mut().find(|seat| seat.order == order) else {
            return;
        };
        match seat.status {
            Status::Held => seat.status = Status::Revoked(until),
            Status::Lingering(_) => self.seats.retain(|seat| seat.order != order),
            Status::Revoked(_) => {}
        }
    }

    pub(crate) fn acknowledge(&mut self, order: u64) {
        let revoked =
            |seat: &Seat| seat.order == order && matches!(seat.status, Status::Revoked(_));
        self.seats.retain(|seat| !revoked(seat));
    }

    pub(crate) fn key_proven(&mut self) {
        self.proven = Some(self.now);
        self.spent = false;
        if let Some((_, end @ None)) = self.away.last_mut() {
            *end = Some(self.now);
        }
    }

    pub(crate) fn key_absent(&mut self) {
        self.proven = None;
        if !matches!(self.away.last(), Some((_, None))) {
            self.away.push((self.now, None));
        }
    }

    /// The engine learns of a key's absence and of a spent budget only while it is away.
    fn spend(&mut self) {
        self.spent = true;
        self.seats.retain(|seat| seat.licence != 1);
        self.turn_away();
    }

    pub(crate) fn suspend(&mut self, licence: usize, suspended: bool) {
        self.suspended[licence] = suspended;
        if suspended {
            self.seats.retain(|seat| seat.licence != licence);
        }
        self.turn_away();
    }

    /// Those who wait in vain are told.
    fn turn_away(&mut self) {
        for waiter in self.line.clone() {
            let asker = self.session(waiter.session).unwrap().clone();
            let place = self.place(&asker, waiter.feature, waiter.units, &[]);
            if let Place::Refused {
                code,
                lasting: true,
            } = place
            {
                self.end_wait(waiter.session, waiter.number, code);
            }
        }
    }

    /// The daemon is killed and started: who has a process lives.
    pub(crate) fn restart(&mut self) {
        self.started = self.now;
        let mut sessions = self.sessions.clone();
        sessions.sort_by_key(|session| rank(session.id));
        for session in sessions {
            if session.pid.is_none() {
                self.end_session(session.id);
            } else {
                let until = self.now + AT_START_S;
                self.session_mut(session.id).unwrap().detached_until = Some(until);
            }
        }
        self.key_absent();
    }

    /// Serves everybody in the line who can be served, from the front, until nobody can.
    pub(crate) fn serve(&mut self) {
        let mut next = 0;
        while let Some(waiter) = self.line.get(next).cloned() {
            let asker = self.session(waiter.session).unwrap().clone();
            let ahead = self.line[..next].to_vec();
            match self.place(&asker, waiter.feature, waiter.units, &ahead) {
                Place::Seat { licence, takes } => {
                    self.line.remove(next);
                    let Waiter {
                        number,
                        feature,
                        units,
                        ..
                    } = waiter;
                    self.grant(&asker, number, licence, feature, units, takes);
                    next = 0;
                }
                Place::Full | Place::Refused { .. } => next += 1,
            }
        }
    }

    /// What time has made due, the earliest first; whoever waits is served after each.
    pub(crate) fn expire(&mut self) {
        while let Some((_, _, due)) = self.due().into_iter().min_by_key(|due| (due.0, due.1)) {
            match due {
                Due::Linger(order) | Due::Hold(order) => {
                    self.seats.retain(|seat| seat.order != order);
                }
                Due::Wait(id, number) => {
                    self.end_wait(id, number, RefusalCode::QueueDeadlinePassed);
                }
                Due::Detached(id) => self.end_session(id),
                Due::Lapse => self.key_absent(),
                Due::Spend => self.spend(),
            }
            self.serve();
        }
        if self.now >= END_S && self.seats.iter().any(|seat| seat.licence == 0) {
            self.seats.retain(|seat| seat.licence != 0);
        }
        if self.now >= END_S {
            self.turn_away();
        }
        self.serve();
    }

    /// (when, kind and id, what)
    fn due(&self) -> Vec<(u64, (u8, u64), Due)> {
        let mut due = Vec::new();
        for seat in &self.seats {
            match seat.status {
                Status::Held => {}
                Status::Lingering(at) => due.push((at, (0, seat.order), Due::Linger(seat.order))),
                Status::Revoked(at) => due.push((at, (1, seat.order), Due::Hold(seat.order))),
            }
        }
        for (index, waiter) in self.line.iter().enumerate() {
            let id = (2, u64::try_from(index).unwrap());
            due.push((
                waiter.deadline,
                id,
                Due::Wait(waiter.session, waiter.number),
            ));
        }
        for session in &self.sessions {
            if let Some(at) = session.detached_until {
                due.push((at, (3, rank(session.id)), Due::Detached(session.id)));
            }
        }
        if let Some(proven) = self.proven {
            due.push((proven + LAPSE_S, (4, 0), Due::Lapse));
        }
        if let Some(at) = self.spent_at() {
            due.push((at, (5, 0), Due::Spend));
        }
        due.retain(|(at, _, _)| *at <= self.now);
        due
    }
}

/// The order of session ids, which are random in life.
pub(crate) fn rank(session: u64) -> u64 {
    (session + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

enum Due {
    Linger(u64),
    Hold(u64),
    Wait(u64, u64),
    Detached(u64),
    Lapse,
    Spend,
}

fn same_group(grouping: Grouping, one: &Seat, user: u8, pid: Option<u32>, id: u64) -> bool {
    match grouping {
        Grouping::Checkout => false,
        Grouping::User => one.user == user,
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

pub(crate) fn limit(licence: usize, feature: usize) -> u32 {
    features(licence)
        .iter()
        .find(|one| one.0 == feature)
        .unwrap()
        .2
}
