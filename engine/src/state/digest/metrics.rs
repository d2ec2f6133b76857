//! Sections 20 to 23: as whom seats count, named users, use over the limit, changed limits. Each is
//! walked only where it is not empty, so that ledgers from before it keep their digests.

use super::Walk;
use crate::{
    State, Whom,
    state::{NamedUsers, Overdrafts, Parties, Party},
};

impl Walk {
    pub(super) fn metrics(&mut self, state: &State) {
        if state.parties != Parties::default() {
            self.section(20);
            self.parties(&state.parties);
        }
        if state.named != NamedUsers::default() {
            self.section(21);
            self.named(&state.named);
        }
        if state.overdrafts != Overdrafts::default() {
            self.section(22);
            self.overdrafts(&state.overdrafts);
        }
        let mut changed = state
            .licences
            .iter()
            .filter(|(_, licence)| !licence.limits_over.is_empty())
            .peekable();
        if changed.peek().is_some() {
            self.section(23);
            self.sequence(changed, |walk, (id, licence)| {
                walk.text(id.as_str());
                walk.sequence(licence.limits_over.iter(), |walk, digest| {
                    walk.bytes(digest.as_bytes());
                });
            });
        }
    }

    fn party(&mut self, party: &Party) {
        self.option(party.entity.as_ref(), |walk, entity| {
            walk.text(entity.as_str());
        });
        self.option(party.category.as_ref(), |walk, category| {
            walk.text(category.as_str());
        });
    }

    fn parties(&mut self, parties: &Parties) {
        self.sequence(parties.of_seats.iter(), |walk, (seat, party)| {
            walk.number(seat.0);
            walk.party(party);
        });
        self.sequence(parties.overdrawn.iter(), |walk, (seat, units)| {
            walk.number(seat.0);
            walk.number(*units);
        });
        self.sequence(parties.claims.iter(), |walk, ((session, number), claim)| {
            walk.bytes(&session.0);
            walk.number(number.0);
            match claim.whom {
                Whom::OperatingSystemUser => walk.choice(0),
                Whom::DeclaredAccount(user) => {
                    walk.choice(1);
                    walk.bytes(&user.0);
                }
                Whom::EndUser(user) => {
                    walk.choice(2);
                    walk.bytes(&user.0);
                }
            }
            walk.party(&claim.party);
            walk.bytes(&claim.assignment.0);
        });
    }

    fn named(&mut self, named: &NamedUsers) {
        self.sequence(named.assignments.iter(), |walk, (id, assignment)| {
            walk.bytes(&id.0);
            walk.number(assignment.pool.0);
            walk.bytes(&assignment.user.0);
            walk.option(assignment.category.as_ref(), |walk, category| {
                walk.text(category.as_str());
            });
            walk.millis(assignment.since);
            walk.number(assignment.record);
            walk.flag(assignment.leaver);
            walk.flag(assignment.erased);
        });
        self.sequence(named.pools(), |walk, (pool, assigned)| {
            walk.number(pool.0);
            walk.option(assigned.day, |walk, (day, made)| {
                walk.date(day);
                walk.number(made);
            });
        });
        self.sequence(named.blocked.iter(), |walk, user| walk.bytes(&user.0));
        self.sequence(named.vendor_blocks.iter(), |walk, (user, blocks)| {
            walk.bytes(&user.0);
            walk.sequence(blocks.iter(), |walk, block| {
                walk.bytes(&block.assignment.0);
                walk.text(block.licence.as_str());
                walk.scope(&block.scope);
            });
        });
    }

    fn overdrafts(&mut self, overdrafts: &Overdrafts) {
        self.sequence(overdrafts.pools.iter(), |walk, (pool, overdrawn)| {
            walk.number(pool.0);
            walk.option(overdrawn.until, Self::date);
            walk.option(overdrawn.open, |walk, open| {
                walk.date(open.starts_at);
                walk.date(open.ends_at);
                walk.number(open.excess);
                walk.number(open.running);
                walk.elapsed(open.since);
            });
            walk.sequence(overdrawn.months.iter(), |walk, (month, totals)| {
                walk.date(*month);
                walk.number(totals.most);
                walk.number(totals.seat_ms);
            });
        });
        self.sequence(overdrafts.crossed.iter(), |walk, (pool, percent)| {
            walk.number(pool.0);
            walk.number(*percent);
        });
    }
}
