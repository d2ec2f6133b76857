//! What hardware keys have proven of one check-out. The shell asks the keys, since the engine cannot:
//! what came of it is part of the command when it is asked again.

use octroi_licence::{KeySerial, LicenceId};

/// What came of asking the keys, once for each licence that wanted it. Empty where none was asked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckoutProofs(Vec<(LicenceId, KeyAnswer)>);

/// What came of asking the keys of one licence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAnswer {
    /// These proved that they are there, to the check-out's own nonce.
    Proven(Vec<KeySerial>),
    /// Those that the licence demands are not there.
    Absent,
    /// They are there, and gave no proof in time.
    Busy,
}

impl CheckoutProofs {
    /// Adds what came of asking a licence's keys.
    pub fn add(&mut self, licence: LicenceId, answer: KeyAnswer) {
        self.0.push((licence, answer));
    }

    /// What came of asking a licence's keys; `None`: nobody asked them.
    pub fn of(&self, licence: &LicenceId) -> Option<&KeyAnswer> {
        let mut all = self.0.iter();
        all.find(|(of, _)| of == licence).map(|(_, answer)| answer)
    }
}
