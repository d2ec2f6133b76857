//! Orders by scope, and amendments, against a model as naive as it can be: every document that was
//! ever given, looked through anew each time.

use octroi_engine::Outcome;
use octroi_licence::{DocumentDigest, message};
use proptest::prelude::*;

use super::config;
use crate::support::{
    App, Site,
    vendor::{DAY, TODAY, amending, amendment, feature, ordered, resume, suspend, terms},
};

const FEATURES: [&str; 2] = ["cad", "render"];
const COUNT: u32 = 3;

#[derive(Debug, Clone)]
enum Action {
    Order {
        /// `None`: the whole licence; else a feature.
        scope: Option<usize>,
        suspends: bool,
        in_days: i64,
    },
    Amend {
        count: u32,
        in_days: i64,
    },
    Pass {
        hours: i64,
    },
    Restart,
}

fn action() -> impl Strategy<Value = Action> {
    let in_days = 0..4_i64;
    prop_oneof![
        5 => (prop::option::of(0..FEATURES.len()), any::<bool>(), in_days.clone())
            .prop_map(|(scope, suspends, in_days)| Action::Order { scope, suspends, in_days }),
        3 => (1..6_u32, in_days).prop_map(|(count, in_days)| Action::Amend { count, in_days }),
        4 => (1..60_i64).prop_map(|hours| Action::Pass { hours }),
        1 => Just(Action::Restart),
    ]
}

/// An order that was given, under its number in the sequence.
struct Given {
    scope: Option<usize>,
    suspends: bool,
    from: i64,
}

struct Run {
    site: Site,
    app: App,
    now: i64,
    sequence: u64,
    newest: DocumentDigest,
    orders: Vec<Given>,
    /// Counts of the amendments, each with its date.
    amendments: Vec<(i64, u32)>,
}

fn counted(count: u32) -> message::Licence {
    let mut licence = terms(
        "wb-1",
        vec![feature("cad", count), feature("render", COUNT)],
    );
    licence.term = None;
    licence
}

impl Run {
    fn new() -> Self {
        let mut site = Site::licensed(&counted(COUNT));
        let app = site.open(1, 100);
        Self {
            newest: site.engine.licences()[0].digest,
            site,
            app,
            now: TODAY,
            sequence: 1,
            orders: Vec::new(),
            amendments: Vec::new(),
        }
    }

    fn act(&mut self, action: &Action) {
        match *action {
            Action::Order {
                scope,
                suspends,
                in_days,
            } => {
                self.sequence += 1;
                let kind = if suspends { suspend() } else { resume() };
                let mut order = ordered("wb-1", self.sequence, kind);
                if let Some(scope) = scope {
                    let kind = message::scope::Kind::Feature(FEATURES[scope].to_owned());
                    order.scope = Some(message::Scope { kind: Some(kind) });
                }
                let from = self.now + in_days * DAY;
                order.effective_at_s = if in_days == 0 { 0 } else { from };
                self.site.give(&order);
                self.orders.push(Given {
                    scope,
                    suspends,
                    from,
                });
            }
            Action::Amend { count, in_days } => {
                self.sequence += 1;
                let from = self.now + in_days * DAY;
                let mut draft = amending(self.newest, counted(count), self.sequence);
                draft.effective_at_s = if in_days == 0 { 0 } else { from };
                let amendment = amendment(&draft);
                self.newest = amendment.digest();
                let outcome = self.site.amend(&amendment);
                assert!(!matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
                self.amendments.push((from, count));
            }
            Action::Pass { hours } => {
                self.now += hours * 3_600;
                self.site.later(u64::try_from(hours * 3_600_000).unwrap());
            }
            Action::Restart => {
                self.site.restart(&[]);
                self.app = self.site.open(1, 100);
            }
        }
        self.compare();
    }

    /// Of the orders about one scope that are due, the one given last decides.
    fn suspended(&self, scope: Option<usize>) -> bool {
        let due = self.orders.iter().rev();
        let mut due = due.filter(|order| order.scope == scope && order.from <= self.now);
        due.next().is_some_and(|order| order.suspends)
    }

    /// Amendments come into force one behind the other, none before its date.
    fn count(&self) -> u32 {
        let in_force = self.amendments.iter();
        let in_force = in_force.take_while(|(from, _)| *from <= self.now);
        in_force.last().map_or(COUNT, |(_, count)| *count)
    }

    fn compare(&mut self) {
        let features = self.site.engine.features();
        let cad = features.iter().find(|one| one.feature.as_str() == "cad");
        assert_eq!(cad.unwrap().licensed, self.count());
        for (index, name) in FEATURES.into_iter().enumerate() {
            let refused = self.suspended(None) || self.suspended(Some(index));
            match self.site.checkout(&mut self.app, name, 1) {
                Outcome::Granted(grant) => {
                    assert!(!refused, "{name} is suspended");
                    self.site.release(&mut self.app, grant.seat);
                }
                other => assert!(refused, "{name}: {other:?}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn scopes_and_amendments_hold_as_the_naive_model_reads_them(
        actions in prop::collection::vec(action(), 1..40),
    ) {
        let mut run = Run::new();
        for action in &actions {
            run.act(action);
        }
    }
}
