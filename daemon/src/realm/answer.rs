//! Outcomes and notices of the engine as messages of the session protocol. No decision is made here.

use ed25519_dalek::SigningKey;
use octroi_engine::{
    Confidence, Consumption, Engine, Grant, Grounds, Loan, Notice, Outcome, Refusal,
    ReservationStatus, SeatEnd, WindowSpan, WindowView,
};
use octroi_licence::{CivilMillis, PublicKey, SessionKey, sign_borrowed_lease};
use octroi_proto::licensing::v1::{self as wire, daemon_message::Body, event};
use prost::Message as _;

/// What a session's leases are made with.
pub(crate) struct LeaseMaker {
    key: SessionKey,
    last: u64,
}

impl LeaseMaker {
    pub(crate) fn new(key: SessionKey) -> Self {
        Self { key, last: 0 }
    }

    /// A fresh lease of a seat, proven under the session's key.
    pub(crate) fn lease(&mut self, grant: &Grant, civil: CivilMillis) -> wire::Lease {
        self.last += 1;
        let terms = wire::LeaseTerms {
            seat: grant.seat.0,
            lease_number: self.last,
            licence_digest: grant.licence_digest.as_bytes().to_vec(),
            feature: grant.feature.to_string(),
            units: grant.units,
            civil_ms: civil.0,
            ends_at_s: grant.ends_at.map_or(0, |end| end.0),
            checkout_number: grant.number.0,
            overdrawn: grant.overdrawn,
        }
        .encode_to_vec();
        let mac = self.key.mac(&terms).to_vec();
        wire::Lease {
            terms,
            mac,
            hardware_proof: Vec::new(),
        }
    }

    /// An amount that was consumed, proven under the session's key.
    fn consumed(
        &self,
        number: u64,
        consumption: &Consumption,
        windows: &[WindowView],
        civil: CivilMillis,
    ) -> wire::Consumed {
        let terms = wire::ConsumedTerms {
            consume_number: number,
            licence_digest: consumption.licence_digest.as_bytes().to_vec(),
            feature: consumption.feature.to_string(),
            amount: consumption.amount,
            excess: consumption.excess,
            civil_ms: civil.0,
            windows: windows.iter().map(window).collect(),
        }
        .encode_to_vec();
        let mac = self.key.mac_of_consumption(&terms).to_vec();
        wire::Consumed { terms, mac }
    }
}

pub(crate) fn window(window: &WindowView) -> wire::Window {
    let span = match window.span {
        WindowSpan::Hour => wire::WindowSpan::Hour,
        WindowSpan::Day => wire::WindowSpan::Day,
        WindowSpan::Month => wire::WindowSpan::Month,
        _ => wire::WindowSpan::Unspecified,
    };
    wire::Window {
        span: span.into(),
        limit: window.limit,
        used: window.used,
        held: window.held,
        starts_at_s: window.starts_at.0,
        ends_at_s: window.ends_at.0,
    }
}

fn reservation_status(status: ReservationStatus) -> wire::ReservationStatus {
    match status {
        ReservationStatus::Waiting => wire::ReservationStatus::Waiting,
        ReservationStatus::Approved => wire::ReservationStatus::Approved,
        ReservationStatus::Refused => wire::ReservationStatus::Refused,
        ReservationStatus::Withdrawn => wire::ReservationStatus::Withdrawn,
        ReservationStatus::Lapsed => wire::ReservationStatus::Lapsed,
        _ => wire::ReservationStatus::Unspecified,
    }
}

/// A borrowed seat's present period, signed for when nobody can be asked.
pub(crate) fn borrowed(
    loan: &Loan,
    borrower: &PublicKey,
    daemon_key: &SigningKey,
    civil: CivilMillis,
) -> wire::Borrowed {
    let terms = wire::BorrowedLeaseTerms {
        borrow: loan.borrow.0.to_vec(),
        borrower_key: borrower.as_bytes().to_vec(),
        daemon_key: daemon_key.verifying_key().to_bytes().to_vec(),
        licence_digest: loan.licence_digest.as_bytes().to_vec(),
        feature: loan.feature.to_string(),
        units: loan.units,
        issued_ms: civil.0,
        until_s: loan.until.0,
        longest_s: loan.longest.0,
    }
    .encode_to_vec();
    let Ok(signature) = sign_borrowed_lease(&terms, daemon_key);
    wire::Borrowed {
        lease: Some(wire::BorrowedLease {
            terms,
            signature: signature.to_vec(),
            hardware_proof: Vec::new(),
        }),
    }
}

/// The answer to a request.
pub(crate) fn outcome(
    outcome: Outcome,
    number: u64,
    leases: &mut LeaseMaker,
    civil: CivilMillis,
    elapsed_ms: u64,
    engine: &Engine,
) -> Body {
    match outcome {
        Outcome::Granted(grant) => Body::Granted(wire::Granted {
            lease: Some(leases.lease(&grant, civil)),
        }),
        Outcome::Released { seat } => Body::Released(wire::Released { seat: seat.0 }),
        Outcome::Waiting { place, deadline } => Body::Waiting(wire::Waiting {
            place,
            deadline_ms: u32::try_from(deadline.0.saturating_sub(elapsed_ms)).unwrap_or(u32::MAX),
        }),
        Outcome::Refused(refused) => Body::Refused(explained(refused, engine)),
        Outcome::Consumed {
            consumption,
            windows,
        } => Body::Consumed(leases.consumed(number, &consumption, &windows, civil)),
        Outcome::Reserved {
            reservation,
            status,
            until,
        } => Body::Reserved(wire::Reserved {
            reservation: reservation.0.to_vec(),
            status: reservation_status(status).into(),
            left_ms: until.map_or(0, |until| until.0.saturating_sub(elapsed_ms)),
        }),
        Outcome::Returned { borrow, until } => Body::Returned(wire::Returned {
            borrow: borrow.0.to_vec(),
            until_s: until.0,
        }),
        // Goodbye, and what a session cannot ask for.
        _ => Body::Closed(wire::Closed {}),
    }
}

/// What a session is told without having asked: the number of the request that it answers, if any.
pub(crate) fn notice(
    notice: Notice,
    leases: &mut LeaseMaker,
    civil: CivilMillis,
    engine: &Engine,
) -> wire::DaemonMessage {
    let event = |kind| Body::Event(wire::Event { kind: Some(kind) });
    let (number, body) = match notice {
        Notice::Granted(grant) => {
            let lease = Some(leases.lease(&grant, civil));
            (grant.number.0, Body::Granted(wire::Granted { lease }))
        }
        Notice::WaitRefused {
            number,
            refusal: refused,
        } => (number.0, Body::Refused(explained(refused, engine))),
        Notice::SeatRevoked { seat, hold_ms } => {
            let hold_ms = u32::try_from(hold_ms).unwrap_or(u32::MAX);
            (
                0,
                event(event::Kind::SeatRevoked(wire::SeatRevoked {
                    seat: seat.0,
                    hold_ms,
                })),
            )
        }
        Notice::SeatEnded { seat, cause } => {
            let cause = seat_end(cause).into();
            (
                0,
                event(event::Kind::SeatEnded(wire::SeatEnded {
                    seat: seat.0,
                    cause,
                })),
            )
        }
        Notice::KeyAway {
            licence,
            budget_left_ms,
        } => {
            let licence_id = licence.to_string();
            let away = wire::HardwareKeyAway {
                licence_id,
                budget_left_ms,
            };
            (0, event(event::Kind::HardwareKeyAway(away)))
        }
        Notice::KeyBack { licence } => {
            let back = wire::HardwareKeyBack {
                licence_id: licence.to_string(),
            };
            (0, event(event::Kind::HardwareKeyBack(back)))
        }
        Notice::ReservationDecided {
            number,
            reservation,
            status,
        } => {
            let decided = wire::ReservationDecided {
                reservation: reservation.0.to_vec(),
                status: reservation_status(status).into(),
                consume_number: number.0,
            };
            (0, event(event::Kind::ReservationDecided(decided)))
        }
        Notice::DocumentsChanged { licence } => {
            let changed = wire::DocumentsChanged {
                licence_id: licence.to_string(),
            };
            (0, event(event::Kind::DocumentsChanged(changed)))
        }
        Notice::LicenceEnding {
            licence,
            feature,
            ends_at,
        } => {
            let ending = wire::LicenceEnding {
                licence_id: licence.to_string(),
                ends_at_s: ends_at.0,
                feature: feature.map(String::from).unwrap_or_default(),
            };
            (0, event(event::Kind::LicenceEnding(ending)))
        }
        _ => (0, event(event::Kind::Resync(wire::Resync { dropped: 0 }))),
    };
    wire::DaemonMessage {
        number,
        body: Some(body),
    }
}

/// A refusal as it travels, where no licence is at hand that could quote a clause.
pub(crate) fn refusal(refusal: Refusal) -> wire::Refusal {
    let grounds = Grounds {
        rule: refusal.code.subject(),
        ..Grounds::default()
    };
    grounded(refusal, grounds)
}

/// The same with what it rests on.
pub(crate) fn explained(refusal: Refusal, engine: &Engine) -> wire::Refusal {
    let grounds = engine.grounds(&refusal);
    grounded(refusal, grounds)
}

fn grounded(refusal: Refusal, grounds: Grounds) -> wire::Refusal {
    wire::Refusal {
        code: i32::from(refusal.code.number()),
        rule: grounds.rule.unwrap_or_default().to_owned(),
        clause: grounds.clause.unwrap_or_default(),
        reason: grounds.reason.unwrap_or_default(),
        feature: refusal.feature.map(String::from).unwrap_or_default(),
        licence_id: refusal.licence.map(String::from).unwrap_or_default(),
        limit: refusal.limit,
        in_use: refusal.in_use,
        waiting: refusal.waiting,
        requested: refusal.requested,
        may_change_at_ms: refusal.may_change_at.map_or(0, |at| at.0),
        expected: refusal.expected,
        found: refusal.found,
    }
}

pub(crate) fn seat_end(cause: SeatEnd) -> wire::SeatEndCause {
    match cause {
        SeatEnd::SessionEnded => wire::SeatEndCause::SessionEnded,
        SeatEnd::Revoked => wire::SeatEndCause::Revoked,
        SeatEnd::LicenceEnded => wire::SeatEndCause::LicenceEnded,
        SeatEnd::Suspended => wire::SeatEndCause::Suspended,
        SeatEnd::HardwareKeyAbsent => wire::SeatEndCause::HardwareKeyAbsent,
        SeatEnd::ShareReduced => wire::SeatEndCause::ShareReduced,
        SeatEnd::UserBlocked => wire::SeatEndCause::UserBlocked,
        SeatEnd::Reassigned => wire::SeatEndCause::Reassigned,
        SeatEnd::UserErased => wire::SeatEndCause::UserErased,
        _ => wire::SeatEndCause::Unspecified,
    }
}

/// The engine's opinion of the wall clock, for people.
pub(crate) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Provisional => "provisional",
        Confidence::Behind => "behind",
        _ => "trusted",
    }
}

#[cfg(test)]
mod tests {
    use octroi_engine::RefusalCode;

    use super::*;

    #[test]
    fn every_refusal_code_has_its_number_on_the_wire() {
        for code in RefusalCode::ALL {
            let wire = wire::RefusalCode::try_from(i32::from(code.number())).unwrap();
            let name: String = wire
                .as_str_name()
                .chars()
                .filter(|character| *character != '_')
                .collect();
            assert_eq!(name.to_lowercase(), format!("{code:?}").to_lowercase());
        }
    }

    #[test]
    fn the_rule_of_a_refusal_is_a_term_under_which_licences_quote_clauses() {
        for code in RefusalCode::ALL {
            if let Some(rule) = code.subject() {
                let term = rule.parse::<octroi_licence::explain::Subject>();
                assert!(term.is_ok(), "{code:?}: {rule}");
            }
        }
    }
}
