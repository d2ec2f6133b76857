//! What applications, the administrator, the vendor and the key do to the model.

use octroi_engine::RefusalCode;

use super::{
    AT_START_S, Answer, HOLD_S, Model, NAMED, Outcome, Place, RESUME_S, Seat, Session, Status,
    Waiter, counted, features, rank, same_group,
};

impl Model {
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

    pub(super) fn remember(&mut self, id: u64, number: u64, answer: Answer) {
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
                let units = counted(feature, units);
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
            Place::Full if feature == NAMED => {
                self.refuse(id, number, RefusalCode::NoAssignmentLeft)
            }
            Place::Full => self.refuse(id, number, RefusalCode::SeatsExhausted),
            Place::Refused { code, .. } => self.refuse(id, number, code),
        }
    }

    pub(super) fn refuse(&mut self, id: u64, number: u64, code: RefusalCode) -> Outcome {
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

    pub(super) fn held(&self, id: u64, number: u64) -> Option<&Seat> {
        self.seats.iter().find(|seat| {
            seat.session == id
                && seat.number == number
                && !matches!(seat.status, Status::Lingering(_))
        })
    }

    pub(super) fn place_of(&self, id: u64, number: u64) -> Option<usize> {
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

    pub(super) fn grant(
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
        if feature == NAMED && !self.assigned.contains(&asker.user) {
            self.assigned.push(asker.user);
        }
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
    pub(super) fn leave(&mut self, order: u64) {
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

    pub(super) fn end_wait(&mut self, id: u64, number: u64, code: RefusalCode) {
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
    pub(super) fn spend(&mut self) {
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

    /// The vendor frees the seat that was assigned to a user.
    pub(crate) fn reassign(&mut self, user: u8) {
        self.assigned.retain(|other| *other != user);
        self.seats
            .retain(|seat| seat.feature != NAMED || seat.user != user);
        self.turn_away();
    }

    /// Those who wait in vain are told.
    pub(super) fn turn_away(&mut self) {
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
}
