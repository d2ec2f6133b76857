//! How the fake daemon lends seats, with real signatures.

use ed25519_dalek::SigningKey;
use octroi_licence::{BorrowId, PublicKey, Signer as _, sign_borrowed_lease};
use octroi_proto::licensing::v1::{self as wire, RefusalCode, daemon_message::Body as Say};
use prost::Message as _;

use super::{
    vendor::text_of,
    world::{Loan, Out, World, refuse, say},
};

/// A period of a borrowed seat.
pub const PERIOD_S: i64 = 3_600;
pub const LONGEST_S: i64 = 4 * PERIOD_S;

impl World {
    /// Lends a seat, or gives it another period.
    pub fn lend(&mut self, number: u64, key: &[u8], asked: Option<&wire::Borrow>, out: &Out) {
        let now = self.civil_ms / 1_000;
        if let Some(asked) = asked {
            let lent: u32 = self.lent.values().map(|loan| loan.units).sum();
            if !self.lent.contains_key(key) && lent >= self.limit {
                return refuse(out, number, RefusalCode::SeatsExhausted);
            }
            let longest_s = match asked.longest_s {
                0 => now + LONGEST_S,
                seconds => now + i64::from(seconds),
            };
            self.lent.entry(key.to_vec()).or_insert(Loan {
                feature: asked.feature.clone(),
                units: asked.units,
                until_s: (now + PERIOD_S).min(longest_s),
                longest_s,
                returned: false,
            });
        } else {
            match self.lent.get_mut(key) {
                Some(loan) if !loan.returned => {
                    loan.until_s = (now + PERIOD_S).min(loan.longest_s);
                }
                _ => return refuse(out, number, RefusalCode::SeatNotHeld),
            }
        }
        if std::mem::take(&mut self.misbehaviour.loses_next_answer) {
            return self.cut();
        }
        if self.misbehaviour.never_answers {
            return;
        }
        let lease = Some(self.borrowed_lease(key));
        say(out, number, Say::Borrowed(wire::Borrowed { lease }));
    }

    pub fn take_back(&mut self, number: u64, key: &[u8], out: &Out) {
        let Some(loan) = self.lent.get_mut(key) else {
            return refuse(out, number, RefusalCode::SeatNotHeld);
        };
        loan.returned = true;
        let returned = wire::Returned {
            borrow: id(key).0.to_vec(),
            until_s: loan.until_s,
        };
        say(out, number, Say::Returned(returned));
    }

    fn borrowed_lease(&self, key: &[u8]) -> wire::BorrowedLease {
        let text = text_of(&self.documents[0]).unwrap();
        let loan = &self.lent[key];
        let mut terms = wire::BorrowedLeaseTerms {
            borrow: id(key).0.to_vec(),
            borrower_key: key.to_vec(),
            daemon_key: self.daemon_key.public_key().as_bytes().to_vec(),
            licence_digest: text.as_bytes().to_vec(),
            feature: loan.feature.clone(),
            units: loan.units,
            issued_ms: self.civil_ms,
            until_s: loan.until_s,
            longest_s: loan.longest_s,
        };
        if let Some(alter) = self.misbehaviour.borrowed {
            alter(&mut terms);
        }
        let terms = terms.encode_to_vec();
        let impostor = SigningKey::from_bytes(&[9; 32]);
        let signer = if self.misbehaviour.forges_borrowed {
            &impostor
        } else {
            &self.daemon_key
        };
        let Ok(signature) = sign_borrowed_lease(&terms, signer);
        wire::BorrowedLease {
            terms,
            signature: signature.to_vec(),
            hardware_proof: Vec::new(),
        }
    }
}

fn id(key: &[u8]) -> BorrowId {
    BorrowId::of_borrower(&PublicKey::from_bytes(key).unwrap())
}
