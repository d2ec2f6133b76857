//! The streams of a realm's sessions: what is said on them, and the processes behind them.

use std::os::fd::OwnedFd;

use octroi_engine::{
    Command, Epoch, FeatureView, MeterView, Notice, Outcome, Refusal, RefusalCode, SeatStatus,
    SessionId,
};
use octroi_proto::licensing::v1::{
    self as wire, DaemonMessage, Lease, daemon_message::Body, event,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::AbortHandle,
};

use super::{Owner, add_proof};
use crate::{
    peer,
    realm::{
        Link, Message, Opening, Outgoing,
        answer::{self, LeaseMaker},
    },
};

/// The stream of a session, as the owner keeps it.
pub(super) struct Linked {
    pub(super) epoch: Epoch,
    pub(super) leases: LeaseMaker,
    pub(super) outgoing: mpsc::Sender<Outgoing>,
    /// Events that found no room.
    dropped: u64,
    /// Waits for room to say so.
    room: Option<AbortHandle>,
    _alive: oneshot::Sender<()>,
}

impl Drop for Linked {
    fn drop(&mut self) {
        if let Some(room) = &self.room {
            room.abort();
        }
    }
}

impl Owner {
    /// What the proof of an opened or resumed session needs.
    pub(super) fn opening(&self, outcome: Outcome) -> Result<Opening, Refusal> {
        let (session, epoch) = match outcome {
            Outcome::Session { session, epoch } => (session, epoch),
            Outcome::Refused(refusal) => return Err(refusal),
            _ => return Err(Refusal::of(RefusalCode::RequestNotUnderstood)),
        };
        let Some(view) = self.engine.session(session) else {
            return Err(Refusal::of(RefusalCode::SessionUnknown));
        };
        let window = self.engine.resume_window_ms(session);
        Ok(Opening {
            session,
            epoch,
            civil: self.engine.civil_now(self.clock.now()),
            resume_window_ms: u32::try_from(window).unwrap_or(u32::MAX),
            documents: self
                .engine
                .licences_for_product(&view.product)
                .iter()
                .filter_map(|licence| self.engine.documents(licence))
                .collect(),
            product: view.product.to_string(),
        })
    }

    pub(super) fn attach(&mut self, session: SessionId, link: Link) -> Vec<Lease> {
        let current = self.engine.session(session).map(|view| view.epoch);
        if current != Some(link.epoch) {
            return Vec::new();
        }
        if let Some(pidfd) = link.process
            && !self.watchers.contains_key(&session)
        {
            self.watch(session, pidfd);
        }
        let civil = self.engine.civil_now(self.clock.now());
        let mut leases = LeaseMaker::new(link.key);
        let seats = self.engine.grants_of(session);
        let held = seats
            .iter()
            .map(|grant| leases.lease(grant, civil))
            .collect();
        let linked = Linked {
            epoch: link.epoch,
            leases,
            outgoing: link.outgoing,
            dropped: 0,
            room: None,
            _alive: link.alive,
        };
        self.links.insert(session, linked);
        self.tell_again(session);
        held
    }

    /// What an application must know that it may have missed while its transport was away.
    fn tell_again(&mut self, session: SessionId) {
        let Some(view) = self.engine.session(session) else {
            return;
        };
        let elapsed = self
            .engine
            .clock(self.clock.now())
            .map_or(0, |clock| clock.elapsed.0);
        let mut notices = Vec::new();
        for seat in self.engine.seats_of(session) {
            if let SeatStatus::Revoked { until } = seat.status {
                let hold_ms = until.0.saturating_sub(elapsed);
                notices.push(Notice::SeatRevoked {
                    seat: seat.seat,
                    hold_ms,
                });
            }
        }
        for licence in self.engine.licences() {
            if licence.product.as_ref() == Some(&view.product)
                && let Some(key) = licence.key
                && key.absent_since.is_some()
            {
                let (licence, budget_left_ms) = (licence.licence, key.budget_left_ms);
                notices.push(Notice::KeyAway {
                    licence,
                    budget_left_ms,
                });
            }
        }
        for notice in notices {
            self.notify(session, notice);
        }
    }

    pub(super) fn list(
        &mut self,
        session: SessionId,
        number: u64,
        permit: mpsc::OwnedPermit<Outgoing>,
    ) {
        let civil = self.engine.civil_now(self.clock.now());
        let seats = self.engine.grants_of(session);
        let features = self.engine.list(session);
        let meters = self.engine.meters_of(session, civil);
        let body = match self.links.get_mut(&session) {
            None => refused_body(RefusalCode::SessionSuperseded),
            Some(link) => Body::Listed(wire::Listed {
                features: features
                    .iter()
                    .map(|one| feature_use(one, &meters))
                    .collect(),
                seats: seats
                    .iter()
                    .map(|grant| link.leases.lease(grant, civil))
                    .collect(),
            }),
        };
        permit.send(Box::new(DaemonMessage {
            number,
            body: Some(body),
        }));
    }

    /// Tells a session something; where it does not read, it is told that it missed something as
    /// soon as it reads again.
    pub(super) fn notify(&mut self, session: SessionId, notice: Notice) {
        let civil = self.engine.civil_now(self.clock.now());
        let proof = match &notice {
            Notice::Granted(grant) => self.proving.granted(session, grant),
            _ => Vec::new(),
        };
        let Some(link) = self.links.get_mut(&session) else {
            return;
        };
        if link.dropped > 0 {
            // In order: not before the word that others were dropped.
            link.dropped += 1;
            return;
        }
        let mut message = answer::notice(notice, &mut link.leases, civil, &self.engine);
        if let Some(body) = &mut message.body {
            add_proof(body, proof);
        }
        if link.outgoing.try_send(Box::new(message)).is_ok() {
            return;
        }
        link.dropped = 1;
        let (epoch, outgoing, to_self) = (link.epoch, link.outgoing.clone(), self.to_self.clone());
        let waiting = tokio::spawn(async move {
            // Without a reader there is nobody to tell, and a stopped realm tells nobody.
            let Ok(permit) = outgoing.reserve_owned().await else {
                return;
            };
            if let Some(owner) = to_self.upgrade() {
                let room = Message::Room {
                    session,
                    epoch,
                    permit,
                };
                drop(owner.send(room).await);
            }
        });
        link.room = Some(waiting.abort_handle());
    }

    /// There is room to say that events were dropped.
    pub(super) fn resync(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        permit: mpsc::OwnedPermit<Outgoing>,
    ) {
        let link = self.links.get_mut(&session);
        let Some(link) = link.filter(|link| link.epoch == epoch) else {
            return;
        };
        let dropped = std::mem::take(&mut link.dropped);
        let kind = Some(event::Kind::Resync(wire::Resync { dropped }));
        let body = Some(Body::Event(wire::Event { kind }));
        permit.send(Box::new(DaemonMessage { number: 0, body }));
    }

    /// Tells the engine when the process that holds a session ends.
    pub(super) fn watch(&mut self, session: SessionId, pidfd: OwnedFd) {
        let to_self = self.to_self.clone();
        let watcher = tokio::spawn(async move {
            if let Err(error) = peer::exited(pidfd).await {
                tracing::error!(%error, "a process cannot be watched");
                return;
            }
            if let Some(owner) = to_self.upgrade() {
                let command = Command::ProcessExited { session };
                // A realm that has stopped needs no telling.
                drop(owner.send(Message::Tell { command }).await);
            }
        });
        if let Some(former) = self.watchers.insert(session, watcher.abort_handle()) {
            former.abort();
        }
    }
}

pub(super) fn refused_body(code: RefusalCode) -> Body {
    Body::Refused(answer::refusal(Refusal::of(code)))
}

fn feature_use(view: &FeatureView, meters: &[MeterView]) -> wire::FeatureUse {
    let mut meters = meters.iter();
    let meter = meters.find(|one| one.licence == view.licence && one.feature == view.feature);
    let overdraft = view.overdraft;
    wire::FeatureUse {
        feature: view.feature.to_string(),
        licence_id: view.licence.to_string(),
        limit: view.limit,
        in_use: view.in_use,
        waiting: view.waiting,
        overdrawn: overdraft.map_or(0, |overdraft| overdraft.excess),
        overdraft_open: overdraft.is_some_and(|overdraft| overdraft.open),
        overdraft_until_s: overdraft
            .and_then(|overdraft| overdraft.until)
            .map_or(0, |until| until.0),
        soft_limits_crossed: view.soft_limits_crossed.clone(),
        windows: meter.map_or_else(Vec::new, |meter| {
            meter.windows.iter().map(answer::window).collect()
        }),
        opens_at_s: meter.and_then(|meter| meter.opens_at).map_or(0, |at| at.0),
    }
}
