//! One decision: the present time against the state, due expiries first, then the command, then
//! whatever follows from it. Every record is folded into the state in the moment in which it is
//! emitted, so that what comes after it in the same decision sees it: a release grants to the queue,
//! an installed licence ends what it has no room for. There is no copy of the state to decide on;
//! that the records alone give the same state again is held by a property test.

mod agenda;
mod amendments;
mod borrow;
mod certificates;
mod checkout;
mod clock;
mod consume;
mod documents;
mod endings;
mod enforce;
mod expiry;
mod facts;
mod keys;
mod lifecycle;
mod named;
mod news;
mod orders;
mod overdraft;
mod queue;
mod refusals;
mod registers;
mod requests;
mod seats;
mod sessions;
mod usage_orders;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use octroi_licence::CivilMillis;

use self::clock::judged;
pub(crate) use self::{
    agenda::{Agenda, Sources, next_deadline},
    clock::view as clock_view,
    overdraft::{ceiling, overdraft_until},
    refusals::Tallies,
    seats::in_use,
    sessions::resume_window_ms,
};
use crate::{
    BootId, Command, Confidence, Decision, ElapsedMs, Engine, Event, Notice, Now, Outcome, Record,
    Refusal, RefusalCode, SessionId, Time,
    rules::World,
    state::{LineKey, Moment},
};

/// Whether the line may also hold somebody who needs no further units, behind others who do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Walk {
    /// Only the front of the line may be served.
    #[default]
    Front,
    /// A group came to count, or a seat to linger: anybody in the line may belong to it.
    Whole,
}

/// A decision in the making.
pub(crate) struct Turn<'a> {
    engine: &'a mut Engine,
    now: Now,
    /// The boot of the last record before this decision.
    former_boot: Option<BootId>,
    elapsed: ElapsedMs,
    civil: CivilMillis,
    confidence: Confidence,
    records: Vec<Record>,
    notices: Vec<(SessionId, Notice)>,
    /// Lines in which somebody may have become able to be served.
    lines: BTreeMap<LineKey, Walk>,
}

pub(crate) fn decide(engine: &mut Engine, command: Command, now: Now) -> Decision {
    let mut turn = Turn::begin(engine, now);
    turn.watch_clock();
    let outcome = match command {
        // Sessions of a former boot or of dead processes end before anything that waits for them.
        Command::Start { version, living } => {
            let living: BTreeSet<SessionId> = living.into_iter().collect();
            turn.start(version, &living);
            turn.expire();
            Outcome::Done
        }
        other => {
            turn.expire();
            turn.run(other)
        }
    };
    turn.judge_evidence();
    turn.serve();
    turn.count_overdrafts();
    let Turn {
        civil,
        records,
        notices,
        ..
    } = turn;
    engine.last_civil = Some(civil);
    engine.settle();
    Decision {
        records,
        outcome,
        notices,
    }
}

impl<'a> Turn<'a> {
    fn begin(engine: &'a mut Engine, now: Now) -> Self {
        engine.draw_up();
        let mut turn = Self {
            former_boot: engine.state.clock.as_ref().map(|clock| clock.boot),
            now,
            engine,
            elapsed: ElapsedMs(0),
            civil: now.civil_ms,
            confidence: Confidence::Steady,
            records: Vec::new(),
            notices: Vec::new(),
            lines: BTreeMap::new(),
        };
        turn.read_clock();
        turn
    }

    /// Reads the present time against the state.
    fn read_clock(&mut self) {
        let Some(clock) = &self.engine.state.clock else {
            return;
        };
        let Moment {
            boottime_ms,
            elapsed,
            ..
        } = clock.at(&self.now);
        self.now.boottime_ms = boottime_ms;
        self.elapsed = elapsed;
        self.civil = judged(clock, &self.now);
        self.confidence = clock.confidence();
    }

    fn run(&mut self, command: Command) -> Outcome {
        match command {
            Command::Start { .. } => Outcome::Done,
            Command::Stop => {
                self.flush_refusals(true);
                self.emit(Event::DaemonStopped {});
                Outcome::Done
            }
            Command::Tick => {
                self.touch_all();
                Outcome::Done
            }
            Command::Open { .. } => self.open(command),
            Command::Resume {
                number,
                caller,
                token,
                next_token,
            } => self.resume(number, &caller, token, next_token),
            Command::Detach { session, epoch } => self.detach(session, epoch),
            Command::ProcessExited { session } => self.process_exited(session),
            Command::Goodbye { session, epoch } => self.goodbye(session, epoch),
            Command::Checkout {
                session,
                epoch,
                number,
                answered_below,
                feature,
                units,
                wait_ms,
                beneficiary,
                proofs,
            } => {
                let request = checkout::Checkout {
                    feature,
                    units,
                    wait_ms,
                    beneficiary,
                    proofs,
                };
                self.checkout(session, epoch, number, answered_below, &request)
            }
            Command::Release {
                session,
                epoch,
                number,
                answered_below,
                seat,
            } => self.release(session, epoch, number, answered_below, seat),
            Command::Consume { .. }
            | Command::Borrow { .. }
            | Command::RenewBorrow { .. }
            | Command::Return { .. }
            | Command::WithdrawReservation { .. }
            | Command::Announce { .. } => self.run_usage(command),
            Command::CancelWait {
                session,
                epoch,
                checkout,
            } => self.cancel_wait(session, epoch, checkout),
            Command::Acknowledge {
                session,
                epoch,
                seat,
            } => self.acknowledge(session, epoch, seat),
            Command::RevokeSeat {
                seat,
                actor,
                reason,
            } => self.revoke(seat, actor, reason),
            Command::BlockUser {
                user,
                actor,
                reason,
            } => self.block_user(user, actor, reason),
            Command::UnblockUser { user, actor } => self.unblock_user(user, actor),
            Command::EraseUser { user, tag, actor } => self.erase_user(user, tag, actor),
            Command::SyncUsers {
                licence,
                feature,
                users,
                actor,
            } => self.sync_users(&licence, &feature, users, actor),
            Command::InstallLicence { licence, actor } => self.install_licence(licence, actor),
            Command::InstallCertificate { certificate, actor } => {
                self.install_certificate(certificate, actor)
            }
            Command::InstallOrder { order, actor } => self.install_order(order, actor),
            Command::InstallAmendment { amendment, actor } => {
                self.install_amendment(&amendment, actor)
            }
            Command::AcceptDocument { digest, actor } => self.accept_document(digest, actor),
            Command::InstallRevocations { list, actor } => self.install_revocations(&list, actor),
            Command::HostCompared {
                licence,
                matched,
                readable,
            } => self.host_compared(&licence, matched, readable),
            Command::KeyIntent { key } => self.key_intent(key),
            Command::KeyProven {
                key,
                counter,
                emulated,
            } => self.key_proven(key, counter, emulated),
            Command::KeyAbsent { key } => self.key_absent(key),
            Command::ClockEvidence { civil } => self.clock_evidence(civil),
            Command::InstallEscrowRelease { release, actor } => {
                self.install_release(&release, actor)
            }
            Command::Declare {
                licence,
                fact,
                actor,
            } => self.declare(&licence, fact, actor),
            Command::CertifyEndOfUse {
                licence,
                digest,
                actor,
            } => self.certify_end_of_use(&licence, digest, actor),
            Command::RecordNonRenewal { licence, actor } => {
                self.record_non_renewal(&licence, actor)
            }
            Command::Enter { entry, actor } => self.enter(entry, actor),
            Command::ReceiveAnnouncement(one) => self.receive_announcement(&one),
            Command::AnswerAnnouncement {
                number,
                verdict,
                actor,
            } => self.answer_announcement(number, verdict, actor),
            Command::Note { event } => self.note(event),
        }
    }

    fn run_usage(&mut self, command: Command) -> Outcome {
        match command {
            Command::Consume {
                session,
                epoch,
                number,
                answered_below,
                feature,
                amount,
                operation,
                reservation,
                beneficiary,
            } => {
                let request = consume::Consume {
                    feature,
                    amount,
                    operation,
                    reservation,
                    beneficiary,
                };
                self.consume(session, epoch, (number, answered_below), &request)
            }
            Command::Borrow {
                session,
                epoch,
                number,
                answered_below,
                feature,
                units,
                longest,
                borrow,
                beneficiary,
            } => {
                let request = borrow::Loaning {
                    feature,
                    units,
                    longest,
                    borrow,
                    beneficiary,
                };
                self.borrow_seat(session, epoch, (number, answered_below), &request)
            }
            Command::RenewBorrow {
                session,
                epoch,
                number,
                answered_below,
                borrow,
                beneficiary,
            } => self.renew_borrow(
                session,
                epoch,
                (number, answered_below),
                (borrow, beneficiary),
            ),
            Command::Return {
                session,
                epoch,
                number,
                answered_below,
                borrow,
            } => self.return_borrow(session, epoch, (number, answered_below), borrow),
            Command::WithdrawReservation { reservation, actor } => {
                self.withdraw_reservation(reservation, actor)
            }
            Command::Announce {
                licence,
                feature,
                operation,
                amount,
                until,
                actor,
            } => self.announce((licence, feature), operation, (amount, until), actor),
            _ => Outcome::Refused(Refusal::of(RefusalCode::RequestNotUnderstood)),
        }
    }

    /// What only the shell can know, written down as it stands.
    fn note(&mut self, event: Event) -> Outcome {
        match event {
            Event::LedgerOpened { .. }
            | Event::Synced { .. }
            | Event::TailLost { .. }
            | Event::CheckpointSigned { .. }
            | Event::VendorTrusted { .. }
            | Event::DocumentRefused { .. }
            | Event::ForkFound {}
            | Event::DiagnosisWritten { .. }
            | Event::ActivationRequested { .. } => {
                self.emit(event);
                Outcome::Done
            }
            _ => Outcome::Refused(Refusal::of(RefusalCode::RequestNotUnderstood)),
        }
    }

    /// Makes a record of the event and folds it.
    fn emit(&mut self, event: Event) {
        self.emit_as(event, self.confidence);
    }

    fn emit_as(&mut self, event: Event, confidence: Confidence) {
        let time = Time {
            boot_id: self.now.boot_id,
            boottime_ms: self.now.boottime_ms,
            civil_ms: self.now.civil_ms,
            confidence,
        };
        let record = Record { time, event };
        self.engine.apply(&record);
        self.records.push(record);
    }

    /// The confirmed civil time, to which no leap of the wall clock belongs.
    fn confirmed(&self) -> CivilMillis {
        let Some(clock) = &self.engine.state.clock else {
            return self.civil;
        };
        let mark = clock.at(&self.now).mark;
        match self.confidence {
            Confidence::Steady => mark.max(self.now.civil_ms),
            Confidence::Provisional | Confidence::Behind => mark,
        }
    }

    fn world(&self) -> World<'_> {
        World {
            state: &self.engine.state,
            civil: self.civil,
            elapsed: self.elapsed,
        }
    }

    fn notify(&mut self, session: SessionId, notice: Notice) {
        self.notices.push((session, notice));
    }

    /// Somebody in the line may have become able to be served.
    fn touch(&mut self, line: LineKey, walk: Walk) {
        let walked = self.lines.entry(line).or_default();
        *walked = walk.max(*walked);
    }

    /// Anybody who waits may have become able to be served.
    fn touch_all(&mut self) {
        for line in self.engine.state.queue.lines() {
            self.touch(line, Walk::Whole);
        }
    }
}
