//! The state's digest: SHA-256 over a canonical walk. It is part of what later versions must keep:
//! what stands here stays as it is, and what a later version adds to the state is walked in a
//! section of its own, behind these, and only where it is not empty.
//!
//! Every section starts with its number. Numbers are big-endian, text and bytes start with their
//! length, each item of a sequence with 1 and its end is 0, an option starts with 0 or 1, a choice
//! with the number of its variant. What only speeds up look-ups is not walked.

mod life;
mod metered;
mod metrics;
mod news;
mod proofs;

use octroi_licence::{CivilMillis, CivilSeconds};
use sha2::{Digest as _, Sha256};

use super::{
    Answer, Clock, Facts, KeyState, LicenceState, Lifecycle, Presence, Seat, Session, State, Taken,
    Waiter,
};
use crate::{ElapsedMs, GroupKey, ProcessIdentity, Refusal, ScopeRecord, SeatStatus};

const CONTEXT: &[u8] = b"octroi/engine-state/v1\0";

/// Collects what is walked, so that the hash sees it in pieces worth its while.
struct Walk {
    hash: Sha256,
    buffer: Vec<u8>,
}

const BUFFER_BYTES: usize = 1 << 16;

pub(super) fn of(state: &State) -> [u8; 32] {
    let mut walk = Walk {
        hash: Sha256::new(),
        buffer: Vec::with_capacity(BUFFER_BYTES + 1_024),
    };
    walk.write(CONTEXT);
    walk.section(1);
    walk.number(state.records);
    walk.number(state.started_at.0);
    walk.number(state.seats.last);
    walk.option(state.clock.as_ref(), Walk::clock);
    walk.section(2);
    walk.sequence(state.licences.iter(), |walk, (id, licence)| {
        walk.text(id.as_str());
        walk.licence(licence);
    });
    walk.section(3);
    walk.option(state.revocations.as_ref(), |walk, (version, digest)| {
        walk.number(*version);
        walk.bytes(digest.as_bytes());
    });
    walk.section(4);
    walk.sequence(state.keys.iter(), |walk, (key, state)| {
        walk.bytes(&key.0);
        walk.key(state);
    });
    walk.section(5);
    walk.sequence(state.seats.pools(), |walk, pool| {
        walk.text(pool.key.licence.as_str());
        walk.text(pool.key.feature.as_str());
        walk.number(pool.in_use());
    });
    walk.section(6);
    walk.sequence(state.seats.iter(), |walk, (id, seat)| {
        walk.number(id.0);
        walk.seat(seat);
    });
    walk.section(7);
    walk.sequence(state.sessions.iter(), |walk, (id, session)| {
        walk.bytes(&id.0);
        walk.session(session);
    });
    walk.section(8);
    walk.sequence(state.queue.iter(), |walk, (ticket, waiter)| {
        walk.number(ticket);
        walk.waiter(waiter);
    });
    walk.metrics(state);
    walk.metered(state);
    walk.lives(state);
    walk.orphans(state);
    walk.amendments(state);
    walk.facts(state);
    walk.endings(state);
    walk.interventions(state);
    walk.news(state);
    walk.revoked_keys(state);
    walk.proven(state);
    walk.hash.update(&walk.buffer);
    walk.hash.finalize().into()
}

impl Walk {
    fn write(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn section(&mut self, number: u8) {
        self.write(&[number]);
    }

    fn choice(&mut self, variant: u8) {
        self.write(&[variant]);
    }

    fn flag(&mut self, flag: bool) {
        self.write(&[u8::from(flag)]);
    }

    fn number(&mut self, number: impl Into<u64>) {
        self.write(&number.into().to_be_bytes());
    }

    fn signed(&mut self, number: i64) {
        self.write(&number.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.write(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn length(&mut self, length: usize) {
        self.number(u64::try_from(length).unwrap_or(u64::MAX));
    }

    fn option<T>(&mut self, option: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(option.is_some());
        if let Some(value) = option {
            write(self, value);
        }
    }

    fn sequence<T>(&mut self, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        for item in items {
            self.flag(true);
            write(self, item);
        }
        self.flag(false);
    }

    fn elapsed(&mut self, elapsed: ElapsedMs) {
        self.number(elapsed.0);
    }

    fn millis(&mut self, civil: CivilMillis) {
        self.signed(civil.0);
    }

    fn date(&mut self, date: CivilSeconds) {
        self.signed(date.0);
    }

    fn clock(&mut self, clock: &Clock) {
        self.bytes(&clock.boot.0);
        self.number(clock.boottime_ms);
        self.elapsed(clock.elapsed);
        self.millis(clock.mark);
        self.flag(clock.behind);
        self.sequence(clock.leaps.iter(), |walk, leap| {
            walk.elapsed(leap.at);
            walk.signed(leap.offset);
        });
        self.sequence(clock.anomalies.iter(), |walk, anomaly| {
            walk.number(*anomaly);
        });
    }

    fn scope(&mut self, scope: &ScopeRecord) {
        self.option(scope.0.as_ref(), |walk, feature| {
            walk.text(feature.as_str());
        });
    }

    fn licence(&mut self, licence: &LicenceState) {
        self.number(licence.serial);
        self.bytes(licence.digest.as_bytes());
        self.number(licence.sequence);
        self.sequence(licence.installed.iter(), |walk, (sequence, digest)| {
            walk.number(*sequence);
            walk.bytes(digest.as_bytes());
        });
        self.option(licence.certificate.as_ref(), |walk, certificate| {
            walk.bytes(certificate.digest.as_bytes());
            walk.bytes(certificate.licence_digest.as_bytes());
            walk.number(certificate.number);
        });
        self.sequence(licence.orders.iter(), |walk, order| {
            walk.bytes(order.digest.as_bytes());
            walk.number(order.sequence);
            walk.number(order.record);
            walk.option(order.effective_at, Self::date);
            walk.option(order.taken.as_ref(), |walk, taken| match taken {
                Taken::Effect(scope, effect) => {
                    walk.choice(1);
                    walk.scope(scope);
                    walk.number(effect.number());
                }
                Taken::Reset => walk.choice(2),
                Taken::CarriedOut => walk.choice(20),
                Taken::Maintenance(effect, end) => {
                    walk.choice(30);
                    walk.number(effect.number());
                    walk.date(*end);
                }
                Taken::Renewed(ends_at) => {
                    walk.choice(120);
                    walk.date(*ends_at);
                }
                Taken::NotRenewed(ends_at) => {
                    walk.choice(121);
                    walk.date(*ends_at);
                }
                Taken::Cure(one) => {
                    walk.choice(122);
                    walk.cure(one);
                }
                Taken::Lifts(notice) => {
                    walk.choice(123);
                    walk.bytes(notice.as_bytes());
                }
                Taken::Audited => walk.choice(124),
                Taken::Transferred(successor) => {
                    walk.choice(125);
                    walk.option(successor.as_ref(), |walk, id| walk.text(id.as_str()));
                }
                Taken::StandsStill(one) => {
                    walk.choice(126);
                    walk.date(one.since);
                    walk.date(one.ends_at);
                    walk.flag(one.terminates);
                    walk.option(one.over, Self::date);
                }
                Taken::Void => walk.choice(127),
            });
        });
        self.sequence(
            licence.pending.iter(),
            |walk, ((sequence, code), pending)| {
                walk.number(*sequence);
                walk.number(code.number());
                walk.bytes(pending.digest.as_bytes());
                walk.number(pending.expected);
            },
        );
        self.flag(licence.revoked);
        self.option(licence.host, |walk, (matched, readable)| {
            walk.number(matched);
            walk.number(readable);
        });
        self.sequence(licence.ended.iter(), Self::scope);
        self.option(licence.absence.open, |walk, open| {
            walk.elapsed(open.since);
            walk.flag(open.spent);
        });
        self.sequence(licence.absence.past.iter(), |walk, (from, to)| {
            walk.elapsed(*from);
            walk.elapsed(*to);
        });
    }

    fn key(&mut self, key: &KeyState) {
        self.option(key.counter, Self::number);
        self.number(key.open_intents);
        match key.presence {
            Presence::Unknown => self.choice(1),
            Presence::Present { at, emulated } => {
                self.choice(2);
                self.elapsed(at);
                self.flag(emulated);
            }
            Presence::Absent => self.choice(3),
        }
        self.flag(key.suspect);
    }

    fn revoked_keys(&mut self, state: &State) {
        if state.revoked_keys.is_empty() {
            return;
        }
        self.section(211);
        self.sequence(state.revoked_keys.iter(), |walk, (key, licence)| {
            walk.bytes(&key.0);
            walk.text(licence.as_str());
        });
    }

    fn process(&mut self, process: ProcessIdentity) {
        self.number(process.pid);
        self.number(process.start_time);
    }

    fn group(&mut self, group: GroupKey) {
        match group {
            GroupKey::Seat(seat) => {
                self.choice(1);
                self.number(seat.0);
            }
            GroupKey::User(user) => {
                self.choice(2);
                self.bytes(&user.0);
            }
            GroupKey::Host => self.choice(3),
            GroupKey::Process(process) => {
                self.choice(4);
                self.process(process);
            }
            GroupKey::Session(session) => {
                self.choice(5);
                self.bytes(&session.0);
            }
        }
    }

    fn seat(&mut self, seat: &Seat) {
        self.option(seat.session, |walk, session| walk.bytes(&session.0));
        self.bytes(&seat.user.0);
        self.number(seat.number.0);
        self.number(seat.pool.0);
        self.number(seat.units);
        self.group(seat.group);
        match seat.status {
            SeatStatus::Held => self.choice(1),
            SeatStatus::Lingering { until } => {
                self.choice(2);
                self.elapsed(until);
            }
            SeatStatus::Revoked { until } => {
                self.choice(3);
                self.elapsed(until);
            }
            SeatStatus::Borrowed { until } => {
                self.choice(4);
                self.date(until);
            }
        }
        self.millis(seat.since);
        self.bytes(seat.licence_digest.as_bytes());
    }

    fn session(&mut self, session: &Session) {
        self.number(session.number.0);
        self.bytes(&session.user.0);
        self.flag(session.identified);
        self.flag(session.unattended);
        self.option(session.process, Self::process);
        self.text(session.product.as_str());
        self.option(session.version.as_ref(), |walk, version| {
            walk.text(&version.to_string());
        });
        self.option(session.released_at, Self::date);
        self.bytes(&session.token.0);
        self.option(session.previous, |walk, token| walk.bytes(&token.0));
        self.number(session.epoch.0);
        self.option(session.detached_until, Self::elapsed);
        self.number(session.below.0);
        self.sequence(session.answers.iter(), |walk, (number, answer)| {
            walk.number(number.0);
            walk.answer(answer);
        });
        self.sequence(session.seats.iter(), |walk, seat| walk.number(seat.0));
    }

    fn answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Granted(seat) => {
                self.choice(1);
                self.number(seat.0);
            }
            Answer::Waiting(ticket) => {
                self.choice(2);
                self.number(*ticket);
            }
            Answer::Released(seat) => {
                self.choice(3);
                self.number(seat.0);
            }
            Answer::Refused(refusal) => {
                self.choice(4);
                self.refusal(refusal);
            }
            Answer::Consumed(_)
            | Answer::Reserved(_)
            | Answer::Borrowed(_)
            | Answer::Returned(..) => self.usage_answer(answer),
        }
    }

    fn refusal(&mut self, refusal: &Refusal) {
        self.number(refusal.code.number());
        self.option(refusal.feature.as_ref(), |walk, feature| {
            walk.text(feature.as_str());
        });
        self.option(refusal.licence.as_ref(), |walk, licence| {
            walk.text(licence.as_str());
        });
        self.number(refusal.limit);
        self.number(refusal.in_use);
        self.number(refusal.waiting);
        self.number(refusal.requested);
        self.option(refusal.may_change_at, Self::millis);
        self.text(&refusal.expected);
        self.text(&refusal.found);
    }

    fn waiter(&mut self, waiter: &Waiter) {
        self.bytes(&waiter.session.0);
        self.number(waiter.number.0);
        self.text(waiter.product.as_str());
        self.text(waiter.feature.as_str());
        self.text(waiter.licence.as_str());
        self.number(waiter.units);
        self.elapsed(waiter.deadline);
    }
}
