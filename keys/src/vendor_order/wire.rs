//! Orders as messages: the other way round than `octroi-licence` reads them. Nothing is judged here.

use octroi_licence::{
    HostIdentity, OrderKind, Scope,
    message::{self, order::Kind, scope},
};

/// A scope; `None` for one of a later version.
pub(super) fn scope(scope: &Scope) -> Option<message::Scope> {
    let kind = match scope {
        Scope::WholeLicence => scope::Kind::WholeLicence(message::WholeLicence {}),
        Scope::Feature(feature) => scope::Kind::Feature(feature.to_string()),
        Scope::Maintenance => scope::Kind::Maintenance(message::Maintenance {}),
        _ => return None,
    };
    Some(message::Scope { kind: Some(kind) })
}

/// A kind of order; `None` for one of a later version.
pub(super) fn kind(kind: &OrderKind) -> Option<Kind> {
    Some(match kind {
        OrderKind::Suspend => Kind::Suspend(message::Suspend {}),
        OrderKind::Resume => Kind::Resume(message::Resume {}),
        OrderKind::Terminate => Kind::Terminate(message::Terminate {}),
        OrderKind::ClockReset {
            daemon_key,
            anomaly,
            new_time,
        } => Kind::ClockReset(message::ClockReset {
            daemon_key: daemon_key.as_bytes().to_vec(),
            anomaly: *anomaly,
            new_time_s: new_time.0,
        }),
        OrderKind::Audit { urgent } => Kind::Audit(message::Audit { urgent: *urgent }),
        OrderKind::CureNotice {
            clause,
            started_at,
            ends_at,
            outcome,
            suspended_meanwhile,
        } => Kind::CureNotice(message::CureNotice {
            clause: clause.clone(),
            started_at_s: started_at.unwrap_or_default().0,
            ends_at_s: ends_at.0,
            outcome: outcome.wire().into(),
            suspended_meanwhile: *suspended_meanwhile,
        }),
        OrderKind::LiftCureNotice { notice } => Kind::LiftCureNotice(message::LiftCureNotice {
            notice_digest: notice.as_bytes().to_vec(),
        }),
        OrderKind::Reassign(one) => Kind::Reassign(message::Reassign {
            assignment: one.0.to_vec(),
        }),
        OrderKind::BlockUser(one) => Kind::BlockUser(message::BlockUser {
            assignment: one.0.to_vec(),
        }),
        OrderKind::UnblockUser(one) => Kind::UnblockUser(message::UnblockUser {
            assignment: one.0.to_vec(),
        }),
        OrderKind::WriteOff(one) => Kind::WriteOff(message::WriteOff {
            borrowed: one.0.to_vec(),
        }),
        OrderKind::Transfer {
            new_client_id,
            new_client_name,
            new_licence,
        } => Kind::Transfer(message::Transfer {
            new_client_id: new_client_id.clone(),
            new_client_name: new_client_name.clone(),
            new_licence_id: new_licence
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        }),
        OrderKind::Renew { ends_at } => Kind::Renew(message::Renew {
            ends_at_s: ends_at.0,
        }),
        OrderKind::NonRenewal {
            ends_at,
            received_at,
            by_client,
        } => Kind::NonRenewal(message::NonRenewal {
            ends_at_s: ends_at.0,
            received_at_s: received_at.unwrap_or_default().0,
            by_client: *by_client,
        }),
        OrderKind::LimitChange {
            count,
            windows,
            until,
        } => Kind::LimitChange(message::LimitChange {
            count: count.unwrap_or_default().0,
            windows: windows
                .iter()
                .map(|window| message::MeterWindow {
                    unit: window.unit.wire().into(),
                    amount: window.amount,
                })
                .collect(),
            until_s: until.unwrap_or_default().0,
        }),
        OrderKind::OverdraftNotice => Kind::OverdraftNotice(message::OverdraftNotice {}),
        OrderKind::ForceMajeure {
            ends_at,
            terminates,
        } => Kind::ForceMajeure(message::ForceMajeure {
            ends_at_s: ends_at.0,
            terminates: *terminates,
        }),
        OrderKind::HostList(hosts) => Kind::HostList(message::HostList {
            hosts: hosts.iter().map(host).collect(),
        }),
        OrderKind::DecideReservation {
            reservation,
            decision,
        } => Kind::DecideReservation(message::DecideReservation {
            reservation: reservation.0.to_vec(),
            decision: decision.wire().into(),
        }),
        _ => return None,
    })
}

fn host(host: &HostIdentity) -> message::HostIdentity {
    let components = host.components.iter();
    message::HostIdentity {
        salt: host.salt.to_vec(),
        components: components
            .map(|component| message::HostComponent {
                kind: component.kind.wire().into(),
                digest: component.digest.to_vec(),
            })
            .collect(),
    }
}
