//! The fake daemon's state: sessions, seats, a queue, and the ways in which it misbehaves. It outlives
//! the server, as a ledger outlives a daemon.

use std::collections::{BTreeMap, VecDeque};

use ed25519_dalek::SigningKey;
use octroi_licence::SessionKey;
use octroi_proto::licensing::v1::{
    self as wire, ClientMessage, DaemonMessage, LicenceDocuments, Refusal, RefusalCode,
    client_message::Body as Asked, daemon_message::Body as Say, event::Kind,
};
use tokio::sync::mpsc::UnboundedSender;
use tonic::Status;

use super::Misbehaviour;

/// What comes with a lease for the nonce of its check-out.
pub type Prove = fn(&[u8; 32]) -> Vec<u8>;

pub type Out = UnboundedSender<Result<DaemonMessage, Status>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Granted(u64),
    Released(u64),
    Refused(RefusalCode),
    Queued,
}

#[derive(Clone, Debug)]
pub struct Seat {
    pub feature: String,
    pub units: u32,
    pub number: u64,
    pub revoked: bool,
}

pub struct Session {
    pub tokens: Vec<Vec<u8>>,
    pub epoch: u64,
    pub key: SessionKey,
    pub lease_number: u64,
    pub last_lease: Option<wire::Lease>,
    pub seats: BTreeMap<u64, Seat>,
    pub outcomes: BTreeMap<u64, Outcome>,
    pub stream: Option<u64>,
    pub goodbye: bool,
}

pub struct Stream {
    pub out: Out,
    pub session: Option<usize>,
}

pub struct Waiter {
    session: usize,
    number: u64,
    feature: String,
    units: u32,
}

/// See the module.
pub struct World {
    pub daemon_key: SigningKey,
    pub documents: Vec<LicenceDocuments>,
    pub limit: u32,
    pub civil_ms: i64,
    pub resume_window_ms: u32,
    pub misbehaviour: Misbehaviour,
    pub sessions: Vec<Session>,
    pub asked: Vec<ClientMessage>,
    pub streams: BTreeMap<u64, Stream>,
    pub queue: VecDeque<Waiter>,
    pub next_seat: u64,
    pub next_secret: u8,
    pub first_opened: Option<wire::Opened>,
    pub lent: BTreeMap<Vec<u8>, Loan>,
    /// `None`: leases come without a proof.
    pub proves: Option<Prove>,
    /// Check-outs that bring no nonce are refused.
    pub wants_nonces: bool,
}

/// A borrowed seat, by its borrower's key.
#[derive(Clone, Debug)]
pub struct Loan {
    pub feature: String,
    pub units: u32,
    pub until_s: i64,
    pub longest_s: i64,
    pub returned: bool,
}

impl World {
    pub fn new(daemon_key: SigningKey, documents: Vec<LicenceDocuments>) -> Self {
        Self {
            daemon_key,
            documents,
            limit: 2,
            civil_ms: super::NOW_S * 1000,
            resume_window_ms: 5_000,
            misbehaviour: Misbehaviour::default(),
            sessions: Vec::new(),
            asked: Vec::new(),
            streams: BTreeMap::new(),
            queue: VecDeque::new(),
            next_seat: 1,
            next_secret: 1,
            first_opened: None,
            lent: BTreeMap::new(),
            proves: None,
            wants_nonces: false,
        }
    }

    pub fn held(&self) -> u32 {
        let seats = self
            .sessions
            .iter()
            .flat_map(|session| session.seats.values());
        seats.map(|seat| seat.units).sum()
    }

    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub fn living_streams(&self) -> usize {
        self.streams.len()
    }

    /// Bodies that were asked of this kind.
    pub fn asked_of<T>(&self, pick: impl Fn(&Asked) -> Option<T>) -> Vec<(u64, T)> {
        self.asked
            .iter()
            .filter_map(|message| Some((message.number, pick(message.body.as_ref()?)?)))
            .collect()
    }

    pub fn connected(&mut self, stream: u64, out: Out) {
        self.streams.insert(stream, Stream { out, session: None });
    }

    /// The client's side of a stream ended.
    pub fn disconnected(&mut self, stream: u64) {
        self.streams.remove(&stream);
        for session in &mut self.sessions {
            if session.stream == Some(stream) {
                session.stream = None;
            }
        }
    }

    /// The daemon dies: streams end, the rest is in its ledger.
    pub fn died(&mut self) {
        self.streams.clear();
        for session in &mut self.sessions {
            session.stream = None;
        }
    }

    /// Breaks every stream; the sessions live.
    pub fn cut(&mut self) {
        for stream in std::mem::take(&mut self.streams).into_values() {
            drop(stream.out.send(Err(Status::unavailable("cut"))));
        }
    }

    pub fn tell(&self, kind: Kind) {
        for stream in self
            .streams
            .values()
            .filter(|stream| stream.session.is_some())
        {
            let event = wire::Event {
                kind: Some(kind.clone()),
            };
            say(&stream.out, 0, Say::Event(event));
        }
    }

    /// Takes a seat away.
    pub fn end_seat(&mut self, seat: u64, cause: wire::SeatEndCause) {
        for session in &mut self.sessions {
            session.seats.remove(&seat);
        }
        let cause = cause.into();
        self.tell(Kind::SeatEnded(wire::SeatEnded { seat, cause }));
        self.serve_queue();
    }

    pub fn revoke(&mut self, seat: u64, hold_ms: u32) {
        for session in &mut self.sessions {
            if let Some(seat) = session.seats.get_mut(&seat) {
                seat.revoked = true;
            }
        }
        self.tell(Kind::SeatRevoked(wire::SeatRevoked { seat, hold_ms }));
    }

    pub fn heard(&mut self, stream: u64, message: ClientMessage) {
        let Some(out) = self.streams.get(&stream).map(|stream| stream.out.clone()) else {
            return;
        };
        let number = message.number;
        let body = message
            .body
            .clone()
            .expect("a body that this version knows");
        self.asked.push(message);
        match body {
            Asked::Hello(_) => self.welcome(&out),
            Asked::Open(open) => self.open(stream, number, &open, &out),
            Asked::Resume(resume) => self.resume(stream, number, &resume, &out),
            body => {
                let session = self.streams.get(&stream).and_then(|stream| stream.session);
                match session {
                    Some(session) => self.request(session, number, body, &out),
                    None => refuse(&out, number, RefusalCode::SessionNotOpen),
                }
            }
        }
    }

    fn request(&mut self, session: usize, number: u64, body: Asked, out: &Out) {
        if let Some(known) = self.sessions[session].outcomes.get(&number).copied() {
            return self.answer(session, number, known, out);
        }
        if let Some(code) = self.misbehaviour.refuses {
            return refuse(out, number, code);
        }
        match body {
            Asked::Checkout(checkout) => self.checkout(session, number, &checkout, out),
            Asked::Release(release) => {
                let seats = &mut self.sessions[session].seats;
                let outcome = match seats.remove(&release.seat) {
                    Some(_) => Outcome::Released(release.seat),
                    None => Outcome::Refused(RefusalCode::SeatNotHeld),
                };
                self.record(session, number, outcome, out);
                self.serve_queue();
            }
            Asked::List(_) => {
                let held: Vec<u64> = self.sessions[session].seats.keys().copied().collect();
                let seats = held.iter().map(|seat| self.lease(session, *seat)).collect();
                let features = vec![wire::FeatureUse {
                    feature: "solver".into(),
                    licence_id: "lic-1".into(),
                    limit: self.limit,
                    in_use: self.held(),
                    waiting: u32::try_from(self.waiting()).unwrap(),
                    ..Default::default()
                }];
                say(out, number, Say::Listed(wire::Listed { features, seats }));
            }
            Asked::CancelWait(cancel) => {
                let before = self.queue.len();
                self.queue.retain(|waiter| {
                    (waiter.session, waiter.number) != (session, cancel.checkout_number)
                });
                if self.queue.len() < before {
                    let outcome = Outcome::Refused(RefusalCode::QueueCancelled);
                    self.record(session, cancel.checkout_number, outcome, out);
                }
                say(out, number, Say::Closed(wire::Closed {}));
            }
            Asked::Acknowledge(acknowledge) => {
                self.end_seat(acknowledge.seat, wire::SeatEndCause::Revoked);
            }
            Asked::Goodbye(_) => {
                self.sessions[session].goodbye = true;
                self.sessions[session].seats.clear();
                say(out, number, Say::Closed(wire::Closed {}));
                self.serve_queue();
            }
            Asked::Borrow(borrow) => self.lend(number, &borrow.borrower_key, Some(&borrow), out),
            Asked::RenewBorrow(renewal) => self.lend(number, &renewal.borrower_key, None, out),
            Asked::Return(given_back) => self.take_back(number, &given_back.borrower_key, out),
            Asked::Hello(_) | Asked::Open(_) | Asked::Resume(_) | Asked::Consume(_) => {
                refuse(out, number, RefusalCode::RequestNotUnderstood);
            }
        }
    }

    fn checkout(&mut self, session: usize, number: u64, asked: &wire::Checkout, out: &Out) {
        let units = asked.units.max(1);
        let outcome = if asked.feature != "solver" {
            Outcome::Refused(RefusalCode::FeatureNotLicensed)
        } else if self.wants_nonces && asked.hardware_nonce.is_empty() {
            Outcome::Refused(RefusalCode::HardwareProofNotAsked)
        } else if self.held() + units <= self.limit {
            Outcome::Granted(self.seat(session, number, &asked.feature, units))
        } else if asked.wait_ms > 0 {
            self.queue.push_back(Waiter {
                session,
                number,
                feature: asked.feature.clone(),
                units,
            });
            Outcome::Queued
        } else {
            Outcome::Refused(RefusalCode::SeatsExhausted)
        };
        self.record(session, number, outcome, out);
    }

    fn seat(&mut self, session: usize, number: u64, feature: &str, units: u32) -> u64 {
        let id = self.next_seat;
        self.next_seat += 1;
        self.sessions[session].seats.insert(
            id,
            Seat {
                feature: feature.into(),
                units,
                number,
                revoked: false,
            },
        );
        id
    }

    fn serve_queue(&mut self) {
        while let Some(first) = self.queue.front()
            && self.held() + first.units <= self.limit
        {
            let waiter = self.queue.pop_front().unwrap();
            let (session, number) = (waiter.session, waiter.number);
            let seat = self.seat(session, number, &waiter.feature, waiter.units);
            let outcome = Outcome::Granted(seat);
            self.sessions[session].outcomes.insert(number, outcome);
            let stream = self.sessions[session].stream;
            if let Some(out) = stream.and_then(|stream| self.streams.get(&stream)) {
                let out = out.out.clone();
                self.answer(session, number, outcome, &out);
            }
        }
    }

    /// Lets the first of the queue run out of time.
    pub fn pass_queue_deadline(&mut self) {
        let waiter = self.queue.pop_front().unwrap();
        let outcome = Outcome::Refused(RefusalCode::QueueDeadlinePassed);
        let stream = self.sessions[waiter.session].stream.unwrap();
        let out = self.streams[&stream].out.clone();
        self.record(waiter.session, waiter.number, outcome, &out);
    }

    fn record(&mut self, session: usize, number: u64, outcome: Outcome, out: &Out) {
        self.sessions[session].outcomes.insert(number, outcome);
        if std::mem::take(&mut self.misbehaviour.loses_next_answer) {
            return self.cut();
        }
        if self.misbehaviour.never_answers && matches!(outcome, Outcome::Granted(_)) {
            return;
        }
        self.answer(session, number, outcome, out);
    }

    /// Answers a check-out that was recorded and not answered.
    pub fn answer_late(&mut self, session: usize, number: u64) {
        let outcome = self.sessions[session].outcomes[&number];
        let stream = self.sessions[session].stream.unwrap();
        let out = self.streams[&stream].out.clone();
        self.answer(session, number, outcome, &out);
    }
}

pub fn say(out: &Out, number: u64, body: Say) {
    let body = Some(body);
    drop(out.send(Ok(DaemonMessage { number, body })));
}

pub fn refuse(out: &Out, number: u64, code: RefusalCode) {
    let refusal = Refusal {
        code: code.into(),
        ..Default::default()
    };
    say(out, number, Say::Refused(refusal));
}
