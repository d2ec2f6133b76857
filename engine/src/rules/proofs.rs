//! Check-outs of features of which the licence asks a proof by its hardware keys each time. There is no
//! grace here: a key that is away proves nothing, however much absence the licence tolerates. Seats
//! that are held are not asked.

use octroi_licence::{HardwareKey, Licence};

use super::{Asker, Keys, Obstacle, World, key_there, keys_of, lasting, rank, told};
use crate::{CheckoutProofs, KeyAnswer, RefusalCode, catalogue::Offer};

/// How far a check-out's proofs have come.
#[derive(Debug, Clone, Default)]
pub(crate) enum Proving {
    /// It brings nothing to be proven.
    #[default]
    Never,
    /// Keys may still be asked for it.
    Open(CheckoutProofs),
    /// What was proven before it began to wait is all that there will be.
    Settled(CheckoutProofs),
}

impl Proving {
    pub(crate) fn proofs(&self) -> Option<&CheckoutProofs> {
        match self {
            Self::Never => None,
            Self::Open(proofs) | Self::Settled(proofs) => Some(proofs),
        }
    }
}

/// What keeps a check-out that needs a proof from a seat. A proof that can still be had does not.
pub(super) fn missing(world: World<'_>, offer: &Offer, asker: &Asker) -> Option<Obstacle> {
    offer.feature.checkout_proof?;
    let licence: &Licence = &offer.terms.licence;
    let keys = keys_of(world.state, licence);
    let refused = |code, found: usize| {
        let refusal = told(code, &keys.needed.max(1), &found);
        Some(lasting(rank::KEY, refusal).of(offer))
    };
    if keys.needed == 0 || !keys.satisfied() {
        let code = match keys {
            Keys { suspect: true, .. } => RefusalCode::HardwareKeySuspect,
            Keys { revoked: true, .. } => RefusalCode::HardwareKeyRevoked,
            Keys { .. } => RefusalCode::HardwareKeyAbsent,
        };
        return refused(code, keys.present);
    }
    let Some(proofs) = asker.proving.proofs() else {
        return refused(RefusalCode::HardwareProofNotAsked, 0);
    };
    match proofs.of(offer.licence()) {
        Some(KeyAnswer::Proven(proven)) => {
            let named = licence.binding.hardware_keys.iter();
            // The licence may have come to name others meanwhile, or one of these was revoked.
            let counts =
                |key: &&HardwareKey| proven.contains(&key.serial) && key_there(world.state, key);
            let found = named.filter(counts).count();
            (found < keys.needed).then(|| refused(RefusalCode::HardwareKeyBusy, found))?
        }
        Some(KeyAnswer::Absent) => refused(RefusalCode::HardwareKeyAbsent, 0),
        Some(KeyAnswer::Busy) => refused(RefusalCode::HardwareKeyBusy, 0),
        None if matches!(asker.proving, Proving::Open(_)) => None,
        None => refused(RefusalCode::HardwareProofNotAsked, 0),
    }
}

/// Says whether keys must be asked before the check-out can have this offer's seat.
pub(crate) fn is_unproven(offer: &Offer, asker: &Asker) -> bool {
    offer.feature.checkout_proof.is_some()
        && asker
            .proving
            .proofs()
            .is_none_or(|proofs| proofs.of(offer.licence()).is_none())
}
