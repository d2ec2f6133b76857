//! Which check-outs that wait were proven by hardware keys.

use std::collections::BTreeMap;

use octroi_licence::{KeySerial, LicenceId};

use crate::{CheckoutProofs, Event, KeyAnswer, RequestNumber, SessionId};

/// What keys proved of check-outs that wait for a seat. A proof stands as long as the licence's keys
/// have not been away since.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProvenCheckouts(
    BTreeMap<(SessionId, RequestNumber), (LicenceId, Vec<KeySerial>)>,
);

impl ProvenCheckouts {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(
        &self,
    ) -> impl Iterator<Item = (&(SessionId, RequestNumber), &(LicenceId, Vec<KeySerial>))> {
        self.0.iter()
    }

    /// What was proven of a check-out, where anything was.
    pub(crate) fn of(&self, session: SessionId, number: RequestNumber) -> Option<CheckoutProofs> {
        let (licence, keys) = self.0.get(&(session, number))?;
        let mut proofs = CheckoutProofs::default();
        proofs.add(licence.clone(), KeyAnswer::Proven(keys.clone()));
        Some(proofs)
    }

    /// Takes in what happened, before the rest of the state does.
    pub(crate) fn follow(&mut self, event: &Event) {
        if let Event::CheckoutProven {
            session,
            number,
            licence,
            keys,
        } = event
        {
            let proven = (licence.clone(), keys.clone());
            self.0.insert((*session, *number), proven);
        }
        if self.0.is_empty() {
            return;
        }
        match event {
            Event::SeatGranted {
                session, number, ..
            }
            | Event::CheckoutRefused {
                session, number, ..
            }
            | Event::WaitEnded {
                session, number, ..
            } => {
                self.0.remove(&(*session, *number));
            }
            Event::SessionEnded { session, .. } => self.0.retain(|(of, _), _| of != session),
            Event::AbsenceStarted { licence } => self.0.retain(|_, (of, _)| of != licence),
            _ => {}
        }
    }
}
