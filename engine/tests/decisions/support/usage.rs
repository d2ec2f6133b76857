//! Amounts and borrowed seats: what applications, the administrator and the vendor say about them.

use octroi_engine::{Beneficiary, Command, Loan, Outcome, RequestNumber, TextId, WindowView};
use octroi_licence::{
    AssignmentId, BorrowId, CivilSeconds, ReservationId, Seconds, message,
    message::{MeterWindow, WindowUnit},
};

use super::{
    App, Site,
    site::{ADMINISTRATOR, id, name},
    vendor::{self, feature, ordered},
};

/// Paris, by its rule.
pub(crate) fn paris() -> message::Zone {
    message::Zone {
        posix: "CET-1CEST,M3.5.0,M10.5.0/3".to_owned(),
        iana: "Europe/Paris".to_owned(),
    }
}

/// A feature whose amounts one daemon holds.
pub(crate) fn metered(name: &str, windows: &[(WindowUnit, u64)]) -> message::Feature {
    message::Feature {
        metric: message::Metric::Metered.into(),
        grouping: message::Grouping::Unspecified.into(),
        metered: Some(message::Metered {
            windows: windows
                .iter()
                .map(|(unit, amount)| MeterWindow {
                    unit: (*unit).into(),
                    amount: *amount,
                })
                .collect(),
            counted: "messages".to_owned(),
            ..message::Metered::default()
        }),
        ..feature(name, 1)
    }
}

/// A feature whose seats may be borrowed, for so many seconds at most in leases of so many.
pub(crate) fn lent(name: &str, count: u32, longest_s: u32, lease_s: u32) -> message::Feature {
    message::Feature {
        borrow: Some(message::Borrow {
            longest_s,
            lease_s,
            units_max: 0,
        }),
        ..feature(name, count)
    }
}

/// Every day from one hour to another.
pub(crate) fn daily(from_hour: u32, until_hour: u32) -> message::WeeklyTimes {
    message::WeeklyTimes {
        weekdays: 127,
        from_minute: from_hour * 60,
        until_minute: until_hour * 60,
    }
}

/// An order about one feature.
pub(crate) fn about(
    feature: &str,
    licence: &str,
    sequence: u64,
    kind: message::order::Kind,
) -> message::Order {
    let scope = message::scope::Kind::Feature(feature.to_owned());
    message::Order {
        scope: Some(message::Scope { kind: Some(scope) }),
        ..ordered(licence, sequence, kind)
    }
}

/// An order about maintenance.
pub(crate) fn about_maintenance(
    licence: &str,
    sequence: u64,
    kind: message::order::Kind,
) -> message::Order {
    let scope = message::scope::Kind::Maintenance(message::Maintenance {});
    message::Order {
        scope: Some(message::Scope { kind: Some(scope) }),
        ..ordered(licence, sequence, kind)
    }
}

/// An id of 16 bytes that a shell would draw at random.
pub(crate) fn fresh(number: u64) -> [u8; 16] {
    let mut id = [0x5a; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    id
}

/// The operation of that name.
pub(crate) fn operation(number: u64) -> TextId {
    TextId(fresh(number))
}

/// The application's own user.
pub(crate) fn own(app: &App) -> Beneficiary {
    Beneficiary::own(AssignmentId(fresh(app.number)))
}

impl Site {
    /// A site with one activated licence, whose terms are all carried out by whoever asks.
    pub(crate) fn licensed_knowing(terms: &message::Licence) -> Self {
        let mut site = Self::new();
        let licence = vendor::licence_known(terms);
        assert_eq!(site.install(&licence), Outcome::Installed);
        let certificate = vendor::certificate(&vendor::activation(&licence));
        assert_eq!(site.certify(&certificate), Outcome::Installed);
        site
    }

    /// Asks under a fresh number; the reservation, if any, has the number's id.
    pub(crate) fn consume(&mut self, app: &mut App, feature: &str, amount: u64) -> Outcome {
        app.number += 1;
        app.below = app.number;
        self.consume_for(app, feature, amount, None)
    }

    /// Asks under the number of the last request.
    pub(crate) fn consume_for(
        &mut self,
        app: &App,
        feature: &str,
        amount: u64,
        operation: Option<TextId>,
    ) -> Outcome {
        self.outcome(Command::Consume {
            session: app.session,
            epoch: app.epoch,
            number: RequestNumber(app.number),
            answered_below: RequestNumber(app.below),
            feature: name(feature),
            amount,
            operation,
            reservation: ReservationId(fresh(app.number)),
            beneficiary: own(app),
        })
    }

    pub(crate) fn announce(
        &mut self,
        feature: &str,
        operation: Option<TextId>,
        amount: u64,
        until: i64,
    ) -> Outcome {
        self.outcome(Command::Announce {
            licence: id("wb-1"),
            feature: name(feature),
            operation,
            amount,
            until: CivilSeconds(until),
            actor: ADMINISTRATOR,
        })
    }

    pub(crate) fn borrow_seat(&mut self, app: &mut App, feature: &str, units: u32) -> Outcome {
        app.number += 1;
        app.below = app.number;
        self.borrow_again(app, feature, units)
    }

    pub(crate) fn borrow_again(&mut self, app: &App, feature: &str, units: u32) -> Outcome {
        self.outcome(Command::Borrow {
            session: app.session,
            epoch: app.epoch,
            number: RequestNumber(app.number),
            answered_below: RequestNumber(app.below),
            feature: name(feature),
            units,
            longest: Seconds(0),
            borrow: BorrowId(fresh(app.number)),
            beneficiary: own(app),
        })
    }

    pub(crate) fn renew(&mut self, app: &mut App, borrow: BorrowId) -> Outcome {
        app.number += 1;
        app.below = app.number;
        self.outcome(Command::RenewBorrow {
            session: app.session,
            epoch: app.epoch,
            number: RequestNumber(app.number),
            answered_below: RequestNumber(app.below),
            borrow,
            beneficiary: own(app),
        })
    }

    pub(crate) fn give_back(&mut self, app: &mut App, borrow: BorrowId) -> Outcome {
        app.number += 1;
        app.below = app.number;
        self.outcome(Command::Return {
            session: app.session,
            epoch: app.epoch,
            number: RequestNumber(app.number),
            answered_below: RequestNumber(app.below),
            borrow,
        })
    }

    /// What was consumed in the present window of a feature over a span, and what may still be.
    pub(crate) fn window(&self, feature: &str, span: octroi_engine::WindowSpan) -> WindowView {
        let meters = self.engine.meters(self.engine.civil_now(self.now));
        let meter = meters.iter().find(|view| view.feature.as_str() == feature);
        let mut windows = meter.expect("the feature is metered").windows.iter();
        *windows
            .find(|window| window.span == span)
            .expect("the span is watched")
    }

    /// Both clocks go on to an instant of civil time.
    pub(crate) fn until(&mut self, civil_s: i64) {
        let wait = civil_s * 1000 - self.now.civil_ms.0;
        self.later(u64::try_from(wait).expect("an instant to come"));
    }
}

#[track_caller]
pub(crate) fn consumed(outcome: &Outcome) -> (u64, u64) {
    match outcome {
        Outcome::Consumed { consumption, .. } => (consumption.amount, consumption.excess),
        other => panic!("an amount was expected to be consumed, not {other:?}"),
    }
}

#[track_caller]
pub(crate) fn reserved(outcome: &Outcome) -> ReservationId {
    match outcome {
        Outcome::Reserved { reservation, .. } => *reservation,
        other => panic!("a reservation was expected, not {other:?}"),
    }
}

#[track_caller]
pub(crate) fn borrowed(outcome: Outcome) -> Loan {
    match outcome {
        Outcome::Borrowed(loan) => loan,
        other => panic!("a borrowed seat was expected, not {other:?}"),
    }
}

/// The vendor's word on a reservation of the feature `mail`.
pub(crate) fn decision(
    sequence: u64,
    reservation: ReservationId,
    decision: message::ReservationDecision,
) -> std::sync::Arc<octroi_licence::Verified<octroi_licence::Order>> {
    let kind = message::order::Kind::DecideReservation(message::DecideReservation {
        reservation: reservation.0.to_vec(),
        decision: decision.into(),
    });
    vendor::order(&about("mail", "wb-1", sequence, kind))
}
