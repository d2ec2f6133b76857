//! Which records belong to the log book and its registers, and which texts belong to a record. No record
//! is judged: what a kind means stands in the engine's tables.

use octroi_engine::{Event, KeptText, TextId, UserPseudonym, WaitEnd};
use octroi_proto::admin::v1::Register;

/// Says whether a record belongs to a register; to all of them together belongs whatever the daemon saw
/// that was not as it should be, or that an administrator did or wrote (clause A13).
pub(super) fn belongs(event: &Event, register: Register) -> bool {
    match register {
        Register::Interventions => matches!(
            event,
            Event::InterventionOpened { .. } | Event::InterventionClosed { .. }
        ),
        Register::Disputes => matches!(event, Event::InvoiceDisputed { .. }),
        Register::Exports => matches!(event, Event::Exported { .. }),
        Register::Unspecified => of_note(event),
    }
}

fn of_note(event: &Event) -> bool {
    match event {
        Event::HostCompared {
            matched, readable, ..
        } => matched < readable,
        Event::WaitEnded { cause, .. } => *cause == WaitEnd::Refused,
        Event::LogbookEntered { .. }
        | Event::InterventionOpened { .. }
        | Event::InterventionClosed { .. }
        | Event::InvoiceDisputed { .. }
        | Event::Exported { .. }
        | Event::TextErased { .. }
        | Event::DaemonStarted { .. }
        | Event::DaemonStopped {}
        | Event::TailLost { .. }
        | Event::DocumentRefused { .. }
        | Event::OrderVoid { .. }
        | Event::ClockLeapt { .. }
        | Event::ClockConfirmed { .. }
        | Event::ClockBehind { .. }
        | Event::ClockReset { .. }
        | Event::ClockSteady { .. }
        | Event::KeyCounterAnomalous { .. }
        | Event::HardwareKeyRevoked { .. }
        | Event::HardwareKeyReinstated { .. }
        | Event::RevokedKeyAnswered { .. }
        | Event::AbsenceStarted { .. }
        | Event::AbsenceEnded { .. }
        | Event::AbsenceBudgetSpent { .. }
        | Event::ForkFound {}
        | Event::TamperingSuspended { .. }
        | Event::OpenRefused { .. }
        | Event::CheckoutRefused { .. }
        | Event::ReleaseRefused { .. }
        | Event::ConsumptionRefused { .. }
        | Event::BorrowRefused { .. }
        | Event::RefusalsCounted { .. }
        | Event::SeatRevoked { .. }
        | Event::UserBlocked { .. }
        | Event::UserUnblocked { .. }
        | Event::UserErased { .. }
        | Event::UsersSynced { .. }
        | Event::LicenceEnded { .. }
        | Event::CureNoticeGiven { .. }
        | Event::CureNoticeLifted { .. }
        | Event::CureNoticeEnded { .. }
        | Event::EndNoticeGiven { .. }
        | Event::OverdraftBegan { .. }
        | Event::SoftLimitCrossed { .. }
        | Event::ThresholdCrossed { .. }
        | Event::OperationAnnounced { .. }
        | Event::OperationUnannounced { .. }
        | Event::ReservesRecorded { .. }
        | Event::EndOfUseDeclared { .. } => true,
        _ => false,
    }
}

/// Texts whose digest stands in the record, by field.
pub(super) fn proven(event: &Event) -> Vec<(&'static str, KeptText)> {
    match event {
        Event::LogbookEntered { text, .. } => vec![("text", *text)],
        Event::InterventionOpened { author, nature, .. } => {
            vec![("author", *author), ("nature", *nature)]
        }
        Event::InterventionClosed { result, .. } => {
            result.iter().map(|text| ("result", *text)).collect()
        }
        Event::InvoiceDisputed {
            invoice, reasons, ..
        } => vec![("invoice", *invoice), ("reasons", *reasons)],
        Event::Exported { purpose, .. } => purpose.iter().map(|text| ("purpose", *text)).collect(),
        _ => Vec::new(),
    }
}

/// Texts that an administrator wrote into the registers.
pub(in crate::server) fn written(event: &Event) -> Vec<KeptText> {
    proven(event).into_iter().map(|(_, text)| text).collect()
}

/// Every text that belongs to a record and can be forgotten, by field.
pub(super) fn texts(event: &Event) -> Vec<(&'static str, TextId)> {
    match event {
        Event::UserBlocked { reason, .. }
        | Event::SeatRevoked { reason, .. }
        | Event::BorrowRecalled { reason, .. } => {
            reason.iter().map(|text| ("reason", *text)).collect()
        }
        Event::ReservesRecorded { text, .. } => text.iter().map(|text| ("text", *text)).collect(),
        other => proven(other)
            .into_iter()
            .map(|(field, text)| (field, text.id))
            .collect(),
    }
}

/// The operation that a record is about; its name lies with those of people.
pub(super) fn operation(event: &Event) -> Option<UserPseudonym> {
    match event {
        Event::OperationAnnounced { operation, .. }
        | Event::OperationUnannounced { operation, .. } => Some(UserPseudonym(operation.0)),
        _ => None,
    }
}
