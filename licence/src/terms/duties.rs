//! What a licence says about its own handling: reactions to tampering, precedence, retention, rehosts,
//! operations, and the clauses that its terms carry out.

use crate::{
    Days, FeatureName, TermError,
    choice::choice,
    fields::{list, name, range, slug, text_of},
    message,
};

/// The longest retention that a licence states, in days.
pub const RETENTION_DAYS_MAX: u32 = 36_600;
/// The most clauses that a licence quotes.
pub const CLAUSES_MAX: usize = 256;
const FEW_MAX: u64 = 1_000;

choice! {
    /// What happens when something is detected (clause T8).
    Reaction {
        /// Recorded, shown and reported.
        Report,
        /// And suspended until an order resumes.
        Suspend,
    } default Report
}

choice! {
    /// Which text decides where two differ (clause B11).
    Precedence {
        /// The order.
        Order,
        /// The general terms.
        GeneralTerms,
        /// The data protection clauses, then the order.
        DataProtection,
    } default Order
}

choice! {
    /// What happens beyond the rehosts that are included.
    RehostOver {
        /// Allowed and billed.
        Bill,
        /// Refused.
        Refuse,
    } default Refuse
}

choice! {
    /// When the vendor's staff may reach the client's machine.
    VendorAccess {
        /// Never.
        None,
        /// On the client's explicit request (clause Z15).
        OnRequest,
        /// Remotely, the client being informed.
        Informed,
        /// As far as it is reasonable.
        Reasonable,
        /// Remotely, or else the client sends a bundle (clause T15).
        RemoteOrBundle,
    } default None
}

/// How long things are kept at least; `None`: not stated (clauses Z13, B14).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// The ledger.
    pub ledger: Option<Days>,
    /// Identities beside it.
    pub identities: Option<Days>,
}

/// New activations after a hardware failure (clause A8), carried out where activations are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rehosts {
    /// Included in a year.
    pub per_year: u32,
    /// Beyond.
    pub over: RehostOver,
}

/// Facts about the operation; for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operations {
    /// Back-up copies of the software that the client may keep (clause A7).
    pub backup_copies: u32,
    /// When the vendor's staff may reach the machine.
    pub vendor_access: VendorAccess,
    /// Planned interventions are announced so many hours ahead; `None`: not stated (clause B8).
    pub maintenance_notice_hours: Option<u32>,
}

/// Which clause of the contract a term carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The term's name as in orders, such as `count` or `territory`.
    pub subject: String,
    /// The feature concerned; `None`: the licence.
    pub feature: Option<FeatureName>,
    /// Such as `art. 7.3`.
    pub clause: String,
}

pub(crate) fn retention(wire: message::Retention) -> Result<Retention, TermError> {
    let days = |field, days: u32| {
        range(field, days.into(), 0, RETENTION_DAYS_MAX.into())
            .map(|_| (days > 0).then_some(Days(days)))
    };
    Ok(Retention {
        ledger: days("ledger_days", wire.ledger_days)?,
        identities: days("identities_days", wire.identities_days)?,
    })
}

pub(crate) fn rehosts(wire: message::Rehosts) -> Result<Rehosts, TermError> {
    range("rehosts per_year", wire.per_year.into(), 0, FEW_MAX)?;
    Ok(Rehosts {
        per_year: wire.per_year,
        over: RehostOver::read("rehosts over", wire.over)?,
    })
}

pub(crate) fn operations(wire: message::Operations) -> Result<Operations, TermError> {
    let hours = wire.maintenance_notice_hours;
    range("backup_copies", wire.backup_copies.into(), 0, FEW_MAX)?;
    range("maintenance_notice_hours", hours.into(), 0, 100_000)?;
    Ok(Operations {
        backup_copies: wire.backup_copies,
        vendor_access: VendorAccess::read("vendor_access", wire.vendor_access)?,
        maintenance_notice_hours: (hours > 0).then_some(hours),
    })
}

pub(crate) fn clauses(wire: Vec<message::ClauseReference>) -> Result<Vec<Clause>, TermError> {
    list("clauses", wire, 0, CLAUSES_MAX, |one| {
        Ok(Clause {
            subject: slug("clause subject", one.subject)?,
            feature: match one.feature.as_str() {
                "" => None,
                feature => Some(name("clause feature", feature)?),
            },
            clause: text_of("clause", one.clause)?,
        })
    })
}
