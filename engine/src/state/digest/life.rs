//! The sections about licences' lives. Each is walked only where there is something in it.

use super::{Facts, Lifecycle, State, Walk};
use crate::state::Cure;

impl Walk {
    /// A section of its own, where a licence has such a part.
    pub(super) fn lives(&mut self, state: &State) {
        let mut lives = state
            .licences
            .iter()
            .map(|(id, licence)| (id, &licence.lifecycle))
            .filter(|(_, life)| **life != Lifecycle::default())
            .peekable();
        if lives.peek().is_none() {
            return;
        }
        self.section(120);
        self.sequence(lives, |walk, (id, life)| {
            walk.text(id.as_str());
            walk.life(life);
        });
    }

    fn life(&mut self, life: &Lifecycle) {
        self.sequence(life.periods.iter(), |walk, period| {
            walk.date(period.starts_at);
            walk.date(period.ends_at);
        });
        self.option(life.non_renewal, Self::date);
        self.option(life.export, |walk, export| {
            walk.date(export.since);
            walk.date(export.until);
            walk.flag(export.closed);
        });
        self.sequence(life.notices.iter(), |walk, (scope, until)| {
            walk.scope(scope);
            walk.date(*until);
        });
    }

    pub(super) fn facts(&mut self, state: &State) {
        let mut found = state
            .licences
            .iter()
            .map(|(id, licence)| (id, &licence.lifecycle))
            .filter(|(_, life)| {
                let found = life.released.is_some() || life.facts != Facts::default();
                found || life.end_of_use().is_some()
            })
            .peekable();
        if found.peek().is_none() {
            return;
        }
        self.section(123);
        self.sequence(found, |walk, (id, life)| {
            walk.text(id.as_str());
            walk.option(life.released, |walk, digest| walk.bytes(digest.as_bytes()));
            let facts = life.facts;
            walk.option(facts.tampering, |walk, (evidence, record)| {
                walk.number(evidence.number());
                walk.number(record);
            });
            walk.option(facts.evaluation, Self::date);
            walk.option(facts.accepted, |walk, by| walk.number(by.number()));
            walk.flag(facts.reserves);
            walk.flag(facts.ended_by_client);
            walk.option(life.end_of_use(), |walk, choice| {
                walk.number(choice.number());
            });
        });
    }

    pub(super) fn endings(&mut self, state: &State) {
        let mut endings = state
            .licences
            .iter()
            .map(|(id, licence)| (id, &licence.lifecycle))
            .filter(|(_, life)| life.ending.is_some() || life.certified.is_some())
            .peekable();
        if endings.peek().is_none() {
            return;
        }
        self.section(150);
        self.sequence(endings, |walk, (id, life)| {
            walk.text(id.as_str());
            walk.option(life.ending, |walk, ending| {
                walk.date(ending.since);
                walk.date(ending.until);
                walk.flag(ending.reminded);
                walk.flag(ending.overdue);
            });
            walk.option(life.certified, |walk, digest| walk.bytes(digest.as_bytes()));
        });
    }

    pub(super) fn amendments(&mut self, state: &State) {
        let mut amended = state
            .licences
            .iter()
            .filter(|(_, licence)| !licence.lifecycle.amendments.is_empty())
            .peekable();
        if amended.peek().is_none() {
            return;
        }
        self.section(122);
        self.sequence(amended, |walk, (id, licence)| {
            walk.text(id.as_str());
            walk.sequence(licence.lifecycle.amendments.iter(), |walk, one| {
                walk.bytes(one.digest.as_bytes());
                walk.bytes(one.predecessor.as_bytes());
                walk.option(one.effective_at, Self::date);
                walk.flag(one.accepted);
                walk.flag(one.applied);
            });
        });
    }

    pub(super) fn orphans(&mut self, state: &State) {
        if state.orphans.is_empty() {
            return;
        }
        self.section(121);
        self.sequence(state.orphans.iter(), |walk, (id, waiting)| {
            walk.text(id.as_str());
            walk.sequence(waiting.iter(), |walk, ((sequence, code), pending)| {
                walk.number(*sequence);
                walk.number(code.number());
                walk.bytes(pending.digest.as_bytes());
                walk.number(pending.expected);
            });
        });
    }

    pub(super) fn interventions(&mut self, state: &State) {
        if state.interventions.is_empty() {
            return;
        }
        self.section(160);
        self.sequence(state.interventions.iter(), |walk, (opened, at)| {
            walk.number(*opened);
            walk.millis(*at);
        });
    }

    pub(super) fn cure(&mut self, cure: &Cure) {
        self.scope(&cure.scope);
        self.date(cure.since);
        self.date(cure.ends_at);
        self.flag(cure.terminates);
        self.flag(cure.suspends);
        if cure.maintenance {
            self.section(210);
        }
        self.option(cure.over, Self::date);
    }
}
