//! What the records say about documents: which are in force, which wait, what orders did, how long
//! the keys of a licence were away. No term of any document stands here.

use std::collections::{BTreeMap, BTreeSet};

use octroi_licence::{CivilMillis, CivilSeconds, DocumentDigest, FeatureName, LicenceId};

use super::{Cure, Lifecycle, PoolIndex, Standstill};
use crate::{DocumentCode, Effect, ElapsedMs, ScopeRecord};

/// Past absences that are remembered singly; beyond it the oldest two become one.
const ABSENCES_MAX: usize = 256;

/// One licence of the realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LicenceState {
    pub(crate) serial: u64,
    pub(crate) digest: DocumentDigest,
    /// Number of the last document of the vendor sequence.
    pub(crate) sequence: u64,
    /// Every document of the sequence, to tell a repetition from a contradiction.
    pub(crate) installed: BTreeMap<u64, DocumentDigest>,
    pub(crate) certificate: Option<CertificateState>,
    /// By rising sequence number.
    pub(crate) orders: Vec<OrderState>,
    pub(crate) pending: BTreeMap<(u64, DocumentCode), PendingState>,
    pub(crate) revoked: bool,
    /// Components that match and that could be read, since the daemon started.
    pub(crate) host: Option<(u32, u32)>,
    /// What has come to its end.
    pub(crate) ended: BTreeSet<ScopeRecord>,
    pub(crate) absence: Absence,
    /// Orders whose changed limits are over.
    pub(crate) limits_over: BTreeSet<DocumentDigest>,
    pub(crate) pools: BTreeMap<FeatureName, PoolIndex>,
    pub(crate) lifecycle: Lifecycle,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateState {
    pub(crate) digest: DocumentDigest,
    pub(crate) licence_digest: DocumentDigest,
    pub(crate) number: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderState {
    pub(crate) digest: DocumentDigest,
    pub(crate) sequence: u64,
    /// Sequence number of the record that installed it.
    pub(crate) record: u64,
    pub(crate) effective_at: Option<CivilSeconds>,
    pub(crate) taken: Option<Taken>,
}

/// What an order did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It changed what may be granted.
    Effect(ScopeRecord, Effect),
    /// It set the clock back.
    Reset,
    /// It moved the end of maintenance there, or took such a move back.
    Maintenance(Effect, CivilSeconds),
    /// It was carried out once, and no change of the clock undoes it.
    CarriedOut,
    /// It let the term end later.
    Renewed(CivilSeconds),
    /// It fixed the end that stands.
    NotRenewed(CivilSeconds),
    /// It gave notice of a breach.
    Cure(Cure),
    /// It took the notice of another order back.
    Lifts(DocumentDigest),
    /// It opened an audit.
    Audited,
    /// It passed the licence to another client.
    Transferred(Option<LicenceId>),
    /// It let counters of lateness stand still.
    StandsStill(Standstill),
    /// Nothing: the licence excludes it.
    Void,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PendingState {
    pub(crate) digest: DocumentDigest,
    pub(crate) expected: u64,
}

/// What the vendor's orders leave of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ordered {
    Nothing,
    Suspended,
    Terminated,
}

impl LicenceState {
    pub(crate) fn new(serial: u64, digest: DocumentDigest, sequence: u64) -> Self {
        Self {
            serial,
            digest,
            sequence,
            installed: BTreeMap::new(),
            certificate: None,
            orders: Vec::new(),
            pending: BTreeMap::new(),
            revoked: false,
            host: None,
            ended: BTreeSet::new(),
            absence: Absence::default(),
            limits_over: BTreeSet::new(),
            pools: BTreeMap::new(),
            lifecycle: Lifecycle::default(),
        }
    }

    /// A document of the vendor sequence is in force.
    pub(crate) fn advance(&mut self, sequence: u64, digest: DocumentDigest) {
        self.sequence = self.sequence.max(sequence);
        self.installed.insert(sequence, digest);
        self.settled(digest);
    }

    /// A document no longer waits: it is in force or was refused.
    pub(crate) fn settled(&mut self, digest: DocumentDigest) {
        self.pending.retain(|_, pending| pending.digest != digest);
    }

    /// What orders that took effect leave of `scope`. A later order of the vendor sequence overrules
    /// an earlier one of the same scope, whichever took effect first; nothing undoes termination.
    pub(crate) fn ordered(&self, scope: &ScopeRecord) -> Ordered {
        let facts = &self.lifecycle.facts;
        let mut left = match scope.0 {
            None if facts.ended_by_client => Ordered::Terminated,
            None if facts.tampering.is_some() => Ordered::Suspended,
            _ => Ordered::Nothing,
        };
        for order in &self.orders {
            let whole = ScopeRecord(None);
            let (of, effect) = match &order.taken {
                Some(Taken::Effect(of, effect)) => (of, *effect),
                Some(Taken::Cure(one)) if one.maintenance => continue,
                Some(Taken::Cure(one)) if one.over.is_some() && one.terminates => {
                    (&one.scope, Effect::Terminate)
                }
                Some(Taken::Cure(one)) if one.suspends && !self.cure_lifted(order.digest) => {
                    (&one.scope, Effect::Suspend)
                }
                Some(Taken::StandsStill(one)) if one.over.is_some() && one.terminates => {
                    (&whole, Effect::Terminate)
                }
                _ => continue,
            };
            if of != scope {
                continue;
            }
            left = match (left, effect) {
                (Ordered::Terminated, _) | (_, Effect::Terminate) => Ordered::Terminated,
                (_, Effect::Suspend) => Ordered::Suspended,
                (_, Effect::Resume) => Ordered::Nothing,
                (left, Effect::LimitChange | Effect::OverdraftNotice) => left,
            };
        }
        left
    }

    /// Where orders have moved the end of maintenance; `None`: they leave it where it is. Resuming
    /// undoes a suspension, and nothing undoes termination; a notice of a breach suspends until it is
    /// lifted and terminates when its delay is over, where it says so.
    pub(crate) fn maintenance_ordered(&self) -> Option<CivilSeconds> {
        let mut suspended = None;
        let mut terminated = None;
        let earlier = |known: Option<CivilSeconds>, found: Option<CivilSeconds>| {
            known.into_iter().chain(found).min()
        };
        for order in &self.orders {
            match &order.taken {
                Some(Taken::Maintenance(Effect::Terminate, end)) => {
                    terminated = earlier(terminated, Some(*end));
                }
                Some(Taken::Maintenance(Effect::Suspend, end)) => {
                    suspended.get_or_insert(*end);
                }
                Some(Taken::Cure(one)) if one.maintenance => {
                    if one.suspends && !self.cure_lifted(order.digest) {
                        suspended.get_or_insert(one.since);
                    }
                    terminated = earlier(terminated, one.over.filter(|_| one.terminates));
                }
                Some(Taken::Maintenance(Effect::Resume, _)) => suspended = None,
                Some(_) | None => {}
            }
        }
        suspended.into_iter().chain(terminated).min()
    }

    /// Dates go back: what ended may run again, and orders that are not yet due have done nothing.
    pub(crate) fn civil_went_back(&mut self, civil: CivilMillis) {
        self.ended.clear();
        self.limits_over.clear();
        for order in &mut self.orders {
            let early = order.effective_at.is_some_and(|date| date.millis() > civil);
            if early
                && !matches!(
                    order.taken,
                    Some(Taken::Reset | Taken::Void | Taken::CarriedOut)
                )
            {
                order.taken = None;
            }
        }
        self.life_went_back(civil);
    }
}

/// How long the keys that a licence needs were not all there, in elapsed time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Absence {
    pub(crate) open: Option<OpenAbsence>,
    /// From (inclusive) to (exclusive), one after another.
    pub(crate) past: Vec<(ElapsedMs, ElapsedMs)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenAbsence {
    pub(crate) since: ElapsedMs,
    pub(crate) spent: bool,
}

impl Absence {
    pub(crate) fn start(&mut self, at: ElapsedMs) {
        self.open.get_or_insert(OpenAbsence {
            since: at,
            spent: false,
        });
    }

    pub(crate) fn spend(&mut self) {
        if let Some(open) = &mut self.open {
            open.spent = true;
        }
    }

    pub(crate) fn end(&mut self, at: ElapsedMs) {
        let Some(open) = self.open.take() else { return };
        if at > open.since {
            self.past.push((open.since, at));
        }
        if self.past.len() > ABSENCES_MAX {
            // The oldest two become one of their joint length that ends where the later one did:
            // it leaves the window no earlier than they would have.
            let (from, to) = self.past.remove(0);
            if let Some(next) = self.past.first_mut() {
                next.0 = ElapsedMs(next.0.0.saturating_sub(to.0.saturating_sub(from.0)));
            }
        }
    }

    /// Absence in the window of `window_ms` that ends at `now`.
    pub(crate) fn used(&self, window_ms: u64, now: ElapsedMs) -> u64 {
        let start = now.0.saturating_sub(window_ms);
        let within = |from: ElapsedMs, to: ElapsedMs| to.0.saturating_sub(from.0.max(start));
        let past: u64 = self.past.iter().map(|(from, to)| within(*from, *to)).sum();
        past.saturating_add(self.open.map_or(0, |open| within(open.since, now)))
    }

    /// The first instant at which the open absence has used up a budget of `budget_ms` in any window
    /// of `window_ms`. While an old absence leaves the window as fast as the open one enters it,
    /// nothing is used.
    pub(crate) fn spent_at(&self, budget_ms: u64, window_ms: u64) -> Option<ElapsedMs> {
        let open = self.open?;
        let before = Self {
            open: None,
            past: self.past.clone(),
        };
        let mut left = budget_ms.saturating_sub(before.used(window_ms, open.since));
        let mut now = open.since;
        for (from, to) in &self.past {
            let leaves = from.after(window_ms);
            let gone = to.after(window_ms);
            if gone <= now {
                continue;
            }
            let until = leaves.0.saturating_sub(now.0);
            if left <= until {
                break;
            }
            left -= until;
            now = gone;
        }
        Some(now.after(left))
    }
}
