//! Amounts and borrowed seats against a model as naive as it can be: a list of everything that was
//! ever consumed, summed anew each time by hour, day and month; a list of loans, counted anew.

use octroi_engine::{Outcome, RefusalCode, ReservationStatus, WindowSpan};
use octroi_licence::{
    BorrowId, ReservationId, message,
    message::{ReservationDecision, WindowUnit},
};
use proptest::prelude::*;

use super::config;
use crate::support::{
    App, Site,
    usage::{decision, fresh, lent, metered},
    vendor::{DAY, TODAY, terms},
};

const HOUR: i64 = 3_600;
const LIMITS: [u64; 3] = [10, 30, 100];
const APPROVED_WITHIN: i64 = 6 * HOUR;
const SEATS: u32 = 3;
const LONGEST: i64 = 3 * DAY;

#[derive(Debug, Clone)]
enum Action {
    Pass {
        seconds: i64,
    },
    Consume {
        app: usize,
        feature: usize,
        amount: u64,
    },
    Repeat {
        app: usize,
    },
    Decide {
        index: usize,
        approved: bool,
    },
    Borrow {
        app: usize,
        units: u32,
    },
    Renew {
        app: usize,
        index: usize,
    },
    Return {
        app: usize,
        index: usize,
    },
    Checkout {
        app: usize,
    },
    Restart,
}

fn action() -> impl Strategy<Value = Action> {
    let app = 0..2_usize;
    prop_oneof![
        4 => (1..7_200_i64).prop_map(|seconds| Action::Pass { seconds }),
        1 => (HOUR..3 * DAY).prop_map(|seconds| Action::Pass { seconds }),
        1 => (DAY..20 * DAY).prop_map(|seconds| Action::Pass { seconds }),
        8 => (app.clone(), 0..2_usize, 1..12_u64)
            .prop_map(|(app, feature, amount)| Action::Consume { app, feature, amount }),
        1 => app.clone().prop_map(|app| Action::Repeat { app }),
        3 => (0..9_usize, any::<bool>())
            .prop_map(|(index, approved)| Action::Decide { index, approved }),
        2 => (app.clone(), 1..3_u32).prop_map(|(app, units)| Action::Borrow { app, units }),
        2 => (app.clone(), 0..4_usize).prop_map(|(app, index)| Action::Renew { app, index }),
        1 => (app.clone(), 0..4_usize).prop_map(|(app, index)| Action::Return { app, index }),
        1 => app.prop_map(|app| Action::Checkout { app }),
        1 => Just(Action::Restart),
    ]
}

/// Hour, day and month in UTC, counted on from 2026-06-01 month by month.
fn windows(at: i64) -> [i64; 3] {
    let mut start = TODAY;
    let mut month = 0;
    // June 2026 to May 2027, then again: the tests do not go further.
    for days in [30, 31, 31, 30, 31, 30, 31, 31, 28, 31, 30, 31]
        .iter()
        .cycle()
    {
        if at < start + days * DAY {
            break;
        }
        start += days * DAY;
        month += 1;
    }
    [at.div_euclid(HOUR), at.div_euclid(DAY), month]
}

struct Reservation {
    id: ReservationId,
    amount: u64,
    until: i64,
    decided: bool,
}

struct Loan {
    id: BorrowId,
    app: usize,
    units: u32,
    until: i64,
    longest: i64,
    returned: bool,
}

/// Feature 0 consumes at once, feature 1 after approval.
struct Run {
    site: Site,
    apps: Vec<App>,
    now: i64,
    used: [Vec<(i64, u64)>; 2],
    reservations: Vec<Reservation>,
    loans: Vec<Loan>,
    seats: u32,
    fresh: u64,
    sequence: u64,
}

const NAMES: [&str; 2] = ["sms", "mail"];
const SPANS: [WindowSpan; 3] = [WindowSpan::Hour, WindowSpan::Day, WindowSpan::Month];

impl Run {
    fn new() -> Self {
        let limits = [
            (WindowUnit::Hour, LIMITS[0]),
            (WindowUnit::Day, LIMITS[1]),
            (WindowUnit::Month, LIMITS[2]),
        ];
        let mut mail = metered("mail", &limits);
        mail.metered.as_mut().unwrap().approval = Some(message::Approval {
            deadline_s: APPROVED_WITHIN.try_into().unwrap(),
        });
        let lease = DAY.try_into().unwrap();
        let cad = lent("cad", SEATS, LONGEST.try_into().unwrap(), lease);
        let mut licence = terms("wb-1", vec![metered("sms", &limits), mail, cad]);
        licence.term = None;
        let mut site = Site::licensed(&licence);
        let apps = vec![site.open(1, 100), site.open(2, 200)];
        Self {
            site,
            apps,
            now: TODAY,
            used: [Vec::new(), Vec::new()],
            reservations: Vec::new(),
            loans: Vec::new(),
            seats: 0,
            fresh: 1_000,
            sequence: 1,
        }
    }

    fn sums(&self, feature: usize) -> [u64; 3] {
        let now = windows(self.now);
        let mut sums = [0; 3];
        for (at, amount) in &self.used[feature] {
            let then = windows(*at);
            for (index, sum) in sums.iter_mut().enumerate() {
                if then[index] == now[index] {
                    *sum += amount;
                }
            }
        }
        sums
    }

    fn held(&self, feature: usize) -> u64 {
        let waiting = self.reservations.iter().filter(|one| !one.decided);
        let held: u64 = waiting.map(|one| one.amount).sum();
        if feature == 1 { held } else { 0 }
    }

    fn in_use(&self) -> u32 {
        self.seats + self.loans.iter().map(|loan| loan.units).sum::<u32>()
    }

    /// What time alone ends.
    fn expire(&mut self) {
        let now = self.now;
        self.reservations.retain(|one| one.until > now);
        self.loans.retain(|loan| loan.until > now);
    }

    /// Every request has a number of its own, and ids are made of it.
    fn number(&mut self, app: usize) {
        self.fresh += 1;
        self.apps[app].number = self.fresh;
        self.apps[app].below = self.fresh;
    }

    fn act(&mut self, action: &Action) {
        match *action {
            Action::Pass { seconds } => {
                self.now += seconds;
                self.expire();
                self.site.until(self.now);
            }
            Action::Consume {
                app,
                feature,
                amount,
            } => self.consume(app, feature, amount),
            Action::Repeat { app } => {
                let (before, app) = (self.site.ledger.len(), self.apps[app].clone());
                let again = self.site.consume_for(&app, "sms", 1, None);
                // Another kind of request had the number, or the same one.
                let fits = matches!(
                    again,
                    Outcome::Consumed { .. } | Outcome::Reserved { .. } | Outcome::Refused(_)
                );
                assert!(fits, "{again:?}");
                if app.number > 1 {
                    assert_eq!(self.site.ledger.len(), before);
                }
            }
            Action::Decide { index, approved } => self.decide(index, approved),
            Action::Borrow { app, units } => self.borrow(app, units),
            Action::Renew { app, index } => self.renew(app, index),
            Action::Return { app, index } => {
                if let Some(index) = pick(index, self.loans.len()) {
                    let id = self.loans[index].id;
                    self.number(app);
                    let outcome = self.site.give_back(&mut self.apps[app], id);
                    let mine = self.loans[index].app == app;
                    assert_eq!(matches!(outcome, Outcome::Returned { .. }), mine);
                    self.loans[index].returned |= mine;
                    self.fresh += 1;
                }
            }
            Action::Checkout { app } => {
                self.number(app);
                let free = self.in_use() < SEATS;
                let outcome = self.site.checkout(&mut self.apps[app], "cad", 1);
                assert_eq!(matches!(outcome, Outcome::Granted(_)), free, "{outcome:?}");
                self.seats += u32::from(free);
                self.fresh += 1;
            }
            Action::Restart => {
                let apps = self.apps.clone();
                self.site.restart(&apps.iter().collect::<Vec<_>>());
                for app in &mut self.apps {
                    let number = app.number;
                    self.site.resume(app);
                    app.number = number;
                }
            }
        }
        self.compare();
    }

    fn consume(&mut self, app: usize, feature: usize, amount: u64) {
        self.number(app);
        let held = self.held(feature);
        let mut sums = self.sums(feature).into_iter().zip(LIMITS);
        let fits = sums.all(|(sum, limit)| sum + held + amount <= limit);
        let app = self.apps[app].clone();
        let outcome = self.site.consume_for(&app, NAMES[feature], amount, None);
        match outcome {
            Outcome::Consumed { .. } => {
                assert!(fits && feature == 0);
                self.used[0].push((self.now, amount));
            }
            Outcome::Reserved { reservation, .. } => {
                assert!(fits && feature == 1);
                self.reservations.push(Reservation {
                    id: reservation,
                    amount,
                    until: self.now + APPROVED_WITHIN,
                    decided: false,
                });
            }
            Outcome::Refused(refusal) => {
                assert!(!fits, "{refusal:?}");
                assert_eq!(refusal.code, RefusalCode::AmountExhausted);
            }
            other => panic!("{other:?}"),
        }
    }

    fn decide(&mut self, index: usize, approved: bool) {
        let Some(index) = pick(index, self.reservations.len()) else {
            return;
        };
        self.sequence += 1;
        let word = if approved {
            ReservationDecision::Approved
        } else {
            ReservationDecision::Refused
        };
        let id = self.reservations[index].id;
        self.site.order(&decision(self.sequence, id, word));
        let one = &mut self.reservations[index];
        if !one.decided && approved {
            self.used[1].push((self.now, one.amount));
        }
        one.decided = true;
    }

    fn borrow(&mut self, app: usize, units: u32) {
        self.number(app);
        let free = self.in_use() + units <= SEATS;
        let again = self.apps[app].clone();
        match self.site.borrow_again(&again, "cad", units) {
            Outcome::Borrowed(loan) => {
                assert!(free);
                assert_eq!(loan.borrow, BorrowId(fresh(again.number)));
                self.loans.push(Loan {
                    id: loan.borrow,
                    app,
                    units,
                    until: self.now + DAY,
                    longest: self.now + LONGEST,
                    returned: false,
                });
            }
            other => assert!(!free, "{other:?}"),
        }
    }

    fn renew(&mut self, app: usize, index: usize) {
        let Some(index) = pick(index, self.loans.len()) else {
            return;
        };
        let id = self.loans[index].id;
        self.number(app);
        let outcome = self.site.renew(&mut self.apps[app], id);
        self.fresh += 1;
        let loan = &mut self.loans[index];
        let may = loan.app == app && !loan.returned;
        assert_eq!(matches!(outcome, Outcome::Borrowed(_)), may, "{outcome:?}");
        if may {
            loan.until = (self.now + DAY).min(loan.longest);
        }
    }

    fn compare(&self) {
        for (feature, name) in NAMES.iter().enumerate() {
            let (sums, held) = (self.sums(feature), self.held(feature));
            for (span, sum) in SPANS.into_iter().zip(sums) {
                let window = self.site.window(name, span);
                assert_eq!((window.used, window.held), (sum, held), "{name} {span:?}");
            }
        }
        assert_eq!(self.site.in_use("cad"), self.in_use());
        assert_eq!(self.site.engine.loans().count(), self.loans.len());
        let waiting = self.site.engine.reservations();
        assert_eq!(
            waiting
                .filter(|view| view.status == ReservationStatus::Waiting)
                .count(),
            self.reservations.iter().filter(|one| !one.decided).count()
        );
    }
}

fn pick(index: usize, length: usize) -> Option<usize> {
    (length > 0).then(|| index % length)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn amounts_and_loans_are_counted_as_the_naive_model_counts_them(
        actions in prop::collection::vec(action(), 1..80),
    ) {
        let mut run = Run::new();
        for action in &actions {
            run.act(action);
        }
        // Long after, nothing is left that time alone could end.
        run.act(&Action::Pass { seconds: 10 * DAY });
        prop_assert_eq!(run.site.engine.loans().count(), 0);
        prop_assert_eq!(run.site.engine.reservations().count(), 0);
    }
}
