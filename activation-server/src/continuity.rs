//! Whether a report continues what was countersigned last. Pure. A ledger that was rewritten is
//! refused; of two branches of one ledger only one continues; a server that was set back catches up
//! with its own last receipt.

use octroi_licence::{Checkpoint, DocumentDigest, UsageReport, merkle};

use crate::{database::daemons::Countersigned, refusal::ReportRefusal};

/// How a report continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Continuity {
    /// From the last receipt that the server remembers, or from nothing.
    AsKnown,
    /// From a later one of its own, which the server had lost.
    ServerWasBehind,
}

/// The receipt that a report carries: the vendor's own, for this daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) number: u64,
    pub(crate) digest: DocumentDigest,
    pub(crate) checkpoint: Checkpoint,
}

/// Judges a report by the receipt that it carries and by the last one that the server remembers.
///
/// # Errors
/// [`ReportRefusal::ReportNumber`], [`ReportRefusal::Forked`], [`ReportRefusal::Rewritten`].
pub(crate) fn continuity(
    report: &UsageReport,
    carried: Option<&Carried>,
    known: Option<&Countersigned>,
) -> Result<Continuity, ReportRefusal> {
    let carried_number = carried.map_or(0, |receipt| receipt.number);
    if report.number != carried_number.saturating_add(1) {
        return Err(ReportRefusal::ReportNumber {
            last: carried_number,
        });
    }
    let known_number = known.map_or(0, |known| known.number);
    let continuity = match (carried, known) {
        _ if carried_number > known_number => Continuity::ServerWasBehind,
        (None, None) => Continuity::AsKnown,
        (Some(carried), Some(known)) if carried.digest == known.receipt => Continuity::AsKnown,
        (_, known) => {
            // Since the last receipt that this report knows, another report got one.
            return Err(ReportRefusal::Forked {
                known: known.map_or_else(nothing, |known| known.checkpoint),
                number: known_number,
            });
        }
    };
    let from = carried.map_or_else(nothing, |receipt| receipt.checkpoint);
    let grew = merkle::verify_consistency(
        from.size,
        &from.root,
        report.checkpoint.size,
        &report.checkpoint.root,
        &report.consistency,
    );
    if grew {
        return Ok(continuity);
    }
    Err(ReportRefusal::Rewritten {
        known: from,
        number: carried_number,
    })
}

/// The ledger without records.
fn nothing() -> Checkpoint {
    Checkpoint {
        size: 0,
        root: merkle::Frontier::new().root(),
    }
}
