//! Reads an order from its message: a kind that makes sense in its scope, dates in their order.

use super::{CureOutcome, Ground, HOSTS_LISTED_MAX, Order, OrderKind, ReservationDecision, Scope};
use crate::{
    AssignmentId, BorrowId, CivilSeconds, DocumentDigest, DocumentKind, DocumentType, Frame,
    KeyRole, ReservationId, TermError, certificate,
    fields::{array, count, instant, key_of, list, name, optional_instant, text_of, unique},
    message,
    message::order::Kind,
    terms::{self, contradiction},
};

impl DocumentType for Order {
    const KIND: DocumentKind = DocumentKind::Order;
    const ROLE: KeyRole = KeyRole::Issuing;
    type Message = message::Order;

    fn read(wire: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        let scope = scope(wire.scope)?;
        let ground = ground(wire.ground)?;
        let effective_at = optional_instant("effective_at", wire.effective_at_s)?;
        let kind = wire.kind.ok_or(TermError::Unknown {
            field: "order kind",
        })?;
        let kind = order_kind(kind, effective_at.unwrap_or(frame.issued_at))?;
        if !kind.scopes().admit(&scope) {
            return contradiction(match scope {
                Scope::WholeLicence => {
                    format!(
                        "{} concerns one feature, not the whole licence",
                        kind.name()
                    )
                }
                Scope::Feature(_) => {
                    format!(
                        "{} concerns the whole licence, not one feature",
                        kind.name()
                    )
                }
                Scope::Maintenance => format!("{} does not concern maintenance", kind.name()),
            });
        }
        frame.in_sequence()?;
        Ok(Self {
            licence: frame.of_licence()?,
            scope,
            ground,
            effective_at,
            reason: text_of("reason", wire.reason)?,
            kind,
        })
    }
}

fn scope(wire: Option<message::Scope>) -> Result<Scope, TermError> {
    use message::scope::Kind;
    let field = "scope";
    match wire.ok_or(TermError::Missing { field })?.kind {
        None => Err(TermError::Unknown { field }),
        Some(Kind::WholeLicence(_)) => Ok(Scope::WholeLicence),
        Some(Kind::Feature(feature)) => name(field, &feature).map(Scope::Feature),
        Some(Kind::Maintenance(_)) => Ok(Scope::Maintenance),
    }
}

fn ground(wire: i32) -> Result<Ground, TermError> {
    use message::Ground as Wire;
    Ok(match Wire::try_from(wire) {
        Ok(Wire::Unspecified) => Ground::Unstated,
        Ok(Wire::LatePayment) => Ground::LatePayment,
        Ok(Wire::Breach) => Ground::Breach,
        Ok(Wire::Tampering) => Ground::Tampering,
        Ok(Wire::TermEnded) => Ground::TermEnded,
        Ok(Wire::Transfer) => Ground::Transfer,
        Ok(Wire::Other) => Ground::Other,
        Ok(Wire::Convenience) => Ground::Convenience,
        Ok(Wire::ForceMajeure) => Ground::ForceMajeure,
        Ok(Wire::UnannouncedUse) => Ground::UnannouncedUse,
        Ok(Wire::ClientRequest) => Ground::ClientRequest,
        Err(_) => return Err(TermError::Unknown { field: "ground" }),
    })
}

fn order_kind(wire: Kind, from: CivilSeconds) -> Result<OrderKind, TermError> {
    Ok(match wire {
        Kind::Suspend(_) => OrderKind::Suspend,
        Kind::Resume(_) => OrderKind::Resume,
        Kind::Terminate(_) => OrderKind::Terminate,
        Kind::ClockReset(reset) => OrderKind::ClockReset {
            daemon_key: key_of("clock_reset.daemon_key", &reset.daemon_key)?,
            anomaly: reset.anomaly,
            new_time: instant("clock_reset.new_time", reset.new_time_s)?,
        },
        Kind::Audit(audit) => OrderKind::Audit {
            urgent: audit.urgent,
        },
        Kind::CureNotice(notice) => cure_notice(notice, from)?,
        Kind::LiftCureNotice(lift) => OrderKind::LiftCureNotice {
            notice: DocumentDigest::from_bytes(array("notice_digest", &lift.notice_digest)?),
        },
        Kind::Reassign(one) => OrderKind::Reassign(assignment(&one.assignment)?),
        Kind::BlockUser(one) => OrderKind::BlockUser(assignment(&one.assignment)?),
        Kind::UnblockUser(one) => OrderKind::UnblockUser(assignment(&one.assignment)?),
        Kind::WriteOff(one) => OrderKind::WriteOff(BorrowId(array("borrowed", &one.borrowed)?)),
        Kind::Transfer(transfer) => OrderKind::Transfer {
            new_client_id: text_of("new_client_id", transfer.new_client_id)?,
            new_client_name: text_of("new_client_name", transfer.new_client_name)?,
            new_licence: match transfer.new_licence_id.as_str() {
                "" => None,
                id => Some(name("new_licence_id", id)?),
            },
        },
        Kind::Renew(renew) => OrderKind::Renew {
            ends_at: instant("renew.ends_at", renew.ends_at_s)?,
        },
        Kind::NonRenewal(notice) => OrderKind::NonRenewal {
            ends_at: instant("non_renewal.ends_at", notice.ends_at_s)?,
            received_at: optional_instant("non_renewal.received_at", notice.received_at_s)?,
            by_client: notice.by_client,
        },
        Kind::LimitChange(change) => limit_change(change, from)?,
        Kind::OverdraftNotice(_) => OrderKind::OverdraftNotice,
        Kind::ForceMajeure(notice) => OrderKind::ForceMajeure {
            ends_at: after("force_majeure", from, notice.ends_at_s)?,
            terminates: notice.terminates,
        },
        Kind::HostList(hosts) => OrderKind::HostList(list(
            "hosts",
            hosts.hosts,
            0,
            HOSTS_LISTED_MAX,
            certificate::host,
        )?),
        Kind::DecideReservation(decided) => OrderKind::DecideReservation {
            reservation: ReservationId(array("reservation", &decided.reservation)?),
            decision: ReservationDecision::read("reservation decision", decided.decision)?,
        },
    })
}

fn cure_notice(notice: message::CureNotice, from: CivilSeconds) -> Result<OrderKind, TermError> {
    Ok(OrderKind::CureNotice {
        clause: text_of("cure_notice.clause", notice.clause)?,
        started_at: optional_instant("cure_notice.started_at", notice.started_at_s)?,
        ends_at: after("cure_notice", from, notice.ends_at_s)?,
        outcome: CureOutcome::read("cure_notice.outcome", notice.outcome)?,
        suspended_meanwhile: notice.suspended_meanwhile,
    })
}

fn limit_change(change: message::LimitChange, from: CivilSeconds) -> Result<OrderKind, TermError> {
    let field = "limit_change.windows";
    let windows = list(field, change.windows, 0, 3, terms::window)?;
    unique(
        field,
        windows.iter().map(|one| one.unit.wire().as_str_name()),
    )?;
    if change.count == 0 && windows.is_empty() {
        return contradiction("a limit change states neither a count nor a window");
    }
    Ok(OrderKind::LimitChange {
        count: match change.count {
            0 => None,
            found => Some(count("limit_change.count", found)?),
        },
        windows,
        until: match change.until_s {
            0 => None,
            until => Some(after("limit_change", from, until)?),
        },
    })
}

/// An end that lies after the date from which the order holds.
fn after(field: &'static str, from: CivilSeconds, found: i64) -> Result<CivilSeconds, TermError> {
    let end = instant(field, found)?;
    if end <= from {
        return Err(TermError::EndsBeforeStart { field });
    }
    Ok(end)
}

fn assignment(bytes: &[u8]) -> Result<AssignmentId, TermError> {
    array("assignment", bytes).map(AssignmentId)
}
