//! The registers that the client's administrator keeps: log book, interventions, contested invoices,
//! exports. Everything is written down as it is said; the only rules are that an intervention is closed
//! once, that no more are open than is plausible, and that a late dispute is marked as late.

use super::{Turn, requests::reached};
use crate::{Actor, Event, Outcome, Refusal, RefusalCode, RegisterEntry};

/// Records that one dispute names at most.
const DISPUTED_RECORDS_MAX: usize = 256;

impl Turn<'_> {
    pub(super) fn enter(&mut self, entry: RegisterEntry, actor: Actor) -> Outcome {
        let mut is_late = false;
        let event = match entry {
            RegisterEntry::Note(text) => Event::LogbookEntered { text, actor },
            RegisterEntry::InterventionOpened {
                author,
                nature,
                backed_up,
            } => {
                let open = self.engine.state.interventions.len();
                let most = self.engine.policy.interventions_open_max;
                if reached(open, most) {
                    return Outcome::Refused(Refusal {
                        limit: most,
                        in_use: u32::try_from(open).unwrap_or(u32::MAX),
                        ..Refusal::of(RefusalCode::TooManyInterventions)
                    });
                }
                Event::InterventionOpened {
                    author,
                    nature,
                    backed_up,
                    actor,
                }
            }
            RegisterEntry::InterventionClosed { opened, result } => {
                if !self.engine.state.interventions.contains_key(&opened) {
                    return Outcome::Refused(Refusal {
                        expected: opened.to_string(),
                        ..Refusal::of(RefusalCode::InterventionNotOpen)
                    });
                }
                Event::InterventionClosed {
                    opened,
                    result,
                    actor,
                }
            }
            RegisterEntry::Dispute {
                licence,
                invoice,
                reasons,
                contest_until,
                mut records,
            } => {
                if let Some(unknown) = licence.as_ref().filter(|one| {
                    let known = &self.engine.state.licences;
                    !known.contains_key(*one)
                }) {
                    return Outcome::Refused(Refusal {
                        licence: Some(unknown.clone()),
                        ..Refusal::of(RefusalCode::LicenceUnknown)
                    });
                }
                records.sort_unstable();
                records.dedup();
                let known = self.engine.state.records;
                let in_ledger = records.iter().all(|record| (1..=known).contains(record));
                if records.len() > DISPUTED_RECORDS_MAX || !in_ledger {
                    let refusal = Refusal::of(RefusalCode::RequestNotUnderstood);
                    return Outcome::Refused(refusal);
                }
                is_late = contest_until.millis() <= self.civil;
                Event::InvoiceDisputed {
                    licence,
                    invoice,
                    reasons,
                    contest_until,
                    late: is_late,
                    records,
                    actor,
                }
            }
            RegisterEntry::Export {
                what,
                about,
                purpose,
            } => Event::Exported {
                what,
                about,
                purpose,
                actor,
            },
            RegisterEntry::EraseText { record } => Event::TextErased { record, actor },
        };
        self.emit(event);
        Outcome::Entered {
            record: self.engine.state.records,
            late: is_late,
        }
    }
}
