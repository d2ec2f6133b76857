//! What the records say is due after a licence's end, and its certificate.

use octroi_licence::{CivilMillis, CivilSeconds};

use super::lifecycle::Lifecycle;
use crate::{EndChoice, Event};

/// What is due after a licence's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) since: CivilSeconds,
    pub(crate) until: CivilSeconds,
    pub(crate) reminded: bool,
    pub(crate) overdue: bool,
    /// What silence chose.
    pub(crate) choice: Option<EndChoice>,
}

impl Lifecycle {
    /// What was chosen, by word or by silence.
    pub(crate) fn end_of_use(&self) -> Option<EndChoice> {
        let silent = self.ending.and_then(|ending| ending.choice);
        self.facts.end_of_use.or(silent)
    }

    pub(super) fn ending_went_back(&mut self, civil: CivilMillis) {
        self.ending = self.ending.filter(|one| one.since.millis() <= civil);
        if let Some(ending) = &mut self.ending {
            ending.overdue &= ending.until.millis() <= civil;
            ending.reminded &= ending.overdue;
            ending.choice = ending.choice.filter(|_| ending.overdue);
        }
    }

    pub(super) fn apply_ending(&mut self, event: &Event) {
        match event {
            Event::EndOfUseDue { since, until, .. } => {
                self.ending = Some(Ending {
                    since: *since,
                    until: *until,
                    reminded: false,
                    overdue: false,
                    choice: None,
                });
            }
            Event::EndOfUseReminded { .. } => {
                if let Some(ending) = &mut self.ending {
                    ending.reminded = true;
                }
            }
            Event::EndOfUseOverdue { choice, .. } => {
                if let Some(ending) = &mut self.ending {
                    ending.overdue = true;
                    ending.choice = *choice;
                }
            }
            Event::EndOfUseCertified { digest, .. } => self.certified = Some(*digest),
            _ => {}
        }
    }
}
