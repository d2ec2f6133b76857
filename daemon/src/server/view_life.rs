//! How a licence's life goes on, for administrators: the orders that come, the notice that can still be
//! given, whether the vendor's desk is open. Reads only.

use std::collections::BTreeMap;

use octroi_engine::{
    AcceptedBy, AmendmentView, DocumentCode, EndChoice, Engine, FactsView, LifeView, NoticeView,
    Now, OrderStanding, OrderView, PendingView,
};
use octroi_licence::{CivilSeconds, DocumentKind, Licence, LicenceId, NonRenewalForm, Scope};
use octroi_proto::admin::v1 as wire;

fn instant(at: Option<CivilSeconds>) -> i64 {
    at.map_or(0, |at| at.0)
}

pub(super) fn life(view: &LifeView, now: CivilSeconds) -> wire::LicenceLife {
    wire::LicenceLife {
        next_period_ends_at_s: view
            .next_period
            .as_ref()
            .map_or(0, |period| period.ends_at.0),
        notice: view.next_notice.as_ref().map(notice),
        non_renewal_ends_at_s: instant(view.non_renewal),
        export_until_s: instant(view.export_until),
        standstill_until_s: instant(view.standstill_until),
        transferred: view.transferred,
        evaluation_ends_at_s: instant(evaluation_open(&view.facts, now)),
        silence_accepts_at_s: instant(view.facts.silence_accepts_at),
        accepted: view.facts.accepted.map(accepted_by).unwrap_or_default(),
        reserves: view.facts.reserves,
        ended_by_client: view.facts.ended_by_client,
        guarantee_ends_at_s: instant(view.facts.guarantee_ends_at),
        escrow_released: view.facts.released,
        end_of_use: view.facts.end_of_use.map(end_of_use).unwrap_or_default(),
        end_of_use_due_s: instant(view.facts.end_of_use_due),
        end_of_use_certificate: view
            .facts
            .certified
            .map(|digest| digest.to_string())
            .unwrap_or_default(),
    }
}

/// The end of an evaluation in which the client may still end the licence.
fn evaluation_open(facts: &FactsView, now: CivilSeconds) -> Option<CivilSeconds> {
    let ended = facts.accepted.is_some() || facts.ended_by_client;
    facts.evaluation_ends_at.filter(|end| now < *end && !ended)
}

fn end_of_use(choice: EndChoice) -> String {
    match choice {
        EndChoice::Returned => "returned",
        EndChoice::BackupHandedOver => "backup-handed-over",
        _ => "destroyed",
    }
    .to_owned()
}

fn accepted_by(by: AcceptedBy) -> String {
    match by {
        AcceptedBy::Use => "use",
        AcceptedBy::Silence => "silence",
        _ => "word",
    }
    .to_owned()
}

fn notice(view: &NoticeView) -> wire::NonRenewalNotice {
    wire::NonRenewalNotice {
        until_s: view.until.0,
        ends_at_s: view.ends_at.0,
        form: match view.form {
            NonRenewalForm::Letter => "letter",
            NonRenewalForm::Local => "local",
            _ => "any",
        }
        .to_owned(),
        address: view.address.clone(),
    }
}

pub(super) fn amendment(view: &AmendmentView) -> wire::AmendmentStatus {
    wire::AmendmentStatus {
        digest: view.amendment.digest().to_string(),
        sequence: view.amendment.frame().sequence,
        awaits_acceptance: view.awaits_acceptance,
        effective_at_s: instant(view.effective_at),
        changes: view.amendment.changes.clone(),
    }
}

/// A document that waits for others; `without_licence`: for the licence that it changes.
pub(super) fn pending(
    licence: &LicenceId,
    view: &PendingView,
    without_licence: bool,
) -> wire::PendingDocument {
    wire::PendingDocument {
        kind: document_name(view.document).to_owned(),
        licence_id: licence.to_string(),
        sequence: view.sequence,
        expected: view.expected,
        digest: view.digest.to_string(),
        effective_at_s: instant(view.effective_at),
        reason: view.reason.clone(),
        without_licence,
    }
}

fn document_name(code: DocumentCode) -> &'static str {
    match code {
        DocumentCode::Licence => DocumentKind::Licence.name(),
        DocumentCode::ActivationCertificate => DocumentKind::ActivationCertificate.name(),
        DocumentCode::Order => DocumentKind::Order.name(),
        DocumentCode::RevocationList => DocumentKind::RevocationList.name(),
        DocumentCode::Amendment => DocumentKind::Amendment.name(),
        DocumentCode::EscrowRelease => DocumentKind::EscrowRelease.name(),
        DocumentCode::VendorRoot => DocumentKind::VendorRoot.name(),
        _ => "document",
    }
}

pub(super) fn order(view: &OrderView) -> wire::OrderStatus {
    let (standing, at) = match view.standing {
        OrderStanding::Scheduled(at) => ("scheduled", Some(at)),
        OrderStanding::Running(until) => ("running", Some(until)),
        OrderStanding::Over => ("over", None),
        OrderStanding::Lifted => ("lifted", None),
        OrderStanding::Void => ("void", None),
        _ => ("in-force", view.order.effective_at),
    };
    wire::OrderStatus {
        kind: view.order.kind.name().to_owned(),
        digest: view.order.digest().to_string(),
        scope: match &view.order.scope {
            Scope::Feature(feature) => feature.to_string(),
            Scope::Maintenance => "maintenance".to_owned(),
            _ => String::new(),
        },
        reason: view.order.reason.clone(),
        standing: standing.to_owned(),
        at_s: instant(at),
    }
}

/// Every level, as it stands for a fault of no particular severity.
pub(super) fn support(licence: &Licence, now: CivilSeconds) -> Vec<wire::SupportStatus> {
    let Some(support) = &licence.support else {
        return Vec::new();
    };
    let level = |level| {
        let open = support.is_open(level, None, now);
        let opens = (!open).then(|| support.opens_at(level, None, now));
        wire::SupportStatus {
            level: level.level,
            open,
            opens_at_s: instant(opens.flatten()),
            contact: support.contact.clone(),
        }
    };
    support.levels.iter().map(level).collect()
}

pub(super) fn clauses(licence: &Licence) -> Vec<wire::ClauseStatus> {
    let clause = |one: &octroi_licence::Clause| wire::ClauseStatus {
        subject: one.subject.clone(),
        feature: one
            .feature
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        clause: one.clause.clone(),
    };
    licence.clauses.iter().map(clause).collect()
}

/// What was announced of each licence's product.
pub(super) fn releases(engine: &Engine, now: Now) -> BTreeMap<LicenceId, wire::ReleaseStatus> {
    let licences = engine.licences().into_iter();
    let releases = |licence: LicenceId| {
        let view = engine.releases(&licence, now)?;
        let text = |version: Option<&octroi_licence::ProductVersion>| {
            version.map(ToString::to_string).unwrap_or_default()
        };
        let install = view.install.as_ref();
        let status = wire::ReleaseStatus {
            latest: text(view.latest.as_ref()),
            this_year: view.this_year,
            year_starts_s: instant(view.year.map(|year| year.starts_at)),
            year_ends_s: instant(view.year.map(|year| year.ends_at)),
            maintained_from: text(view.maintained_from.as_ref()),
            outdated_seats: view.outdated_seats,
            outdated_grants: view.outdated_grants,
            install: text(install.map(|(version, _)| version)),
            install_before_s: instant(install.map(|(_, before)| *before)),
        };
        Some((licence, status))
    };
    licences.filter_map(|view| releases(view.licence)).collect()
}
