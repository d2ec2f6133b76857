//! What was refused, in the daemon's log: the same sentences as applications and administrators read,
//! with the number under which `octroi why` tells more. Nobody is named, and as much is written as the
//! ledger records one by one.

use jiff::tz::TimeZone;
use octroi_engine::{Record, Refusal};
use octroi_licence::explain::{Language, Texts, code_of};

use super::Owner;
use crate::{ledger::Seq, realm::answer};

impl Owner {
    /// `last` is the last record's sequence number.
    pub(super) fn log_refusals(&self, records: &[Record], last: Seq) {
        for (back, record) in (0_u64..).zip(records.iter().rev()) {
            if let Some(refusal) = record.event.refusal() {
                self.log(refusal, last.0.saturating_sub(back));
            }
        }
    }

    fn log(&self, refusal: &Refusal, record: u64) {
        let wire = answer::explained(refusal.clone(), &self.engine);
        let said = Texts::of(Language::English).refusal_line(&wire, &TimeZone::UTC);
        tracing::info!(
            vendor = %self.inner.vendor,
            record,
            code = code_of(&wire).as_str_name(),
            number = wire.code,
            rule = wire.rule,
            clause = wire.clause,
            "refused: {said}",
        );
    }
}
