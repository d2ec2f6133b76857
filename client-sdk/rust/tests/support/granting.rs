//! What the fake daemon answers, and the leases that it makes.

use octroi_proto::licensing::v1::{
    self as wire, Refusal, RefusalCode, client_message::Body as Asked, daemon_message::Body as Say,
};
use prost::Message as _;

use super::{
    vendor::text_of,
    world::{Out, Outcome, World, refuse, say},
};

impl World {
    pub fn answer(&mut self, session: usize, number: u64, outcome: Outcome, out: &Out) {
        match outcome {
            Outcome::Granted(seat) if self.sessions[session].seats.contains_key(&seat) => {
                let mut lease = self.lease(session, seat);
                lease.hardware_proof = self.proof(number);
                let lease = Some(lease);
                say(out, number, Say::Granted(wire::Granted { lease }));
            }
            Outcome::Granted(_) => refuse(out, number, RefusalCode::SeatNotHeld),
            Outcome::Released(seat) => say(out, number, Say::Released(wire::Released { seat })),
            Outcome::Refused(code) => {
                let refusal = Refusal {
                    code: code.into(),
                    feature: "solver".into(),
                    limit: self.limit,
                    in_use: self.held(),
                    ..Default::default()
                };
                say(out, number, Say::Refused(refusal));
            }
            Outcome::Queued => {
                let place = u32::try_from(self.queue.len()).unwrap();
                let deadline_ms = 60_000;
                say(
                    out,
                    number,
                    Say::Waiting(wire::Waiting { place, deadline_ms }),
                );
            }
        }
    }

    /// What was proven of the check-out that was asked for last under this number.
    fn proof(&self, number: u64) -> Vec<u8> {
        let nonce = self.asked.iter().rev().find_map(|asked| match &asked.body {
            Some(Asked::Checkout(checkout)) if asked.number == number => {
                checkout.hardware_nonce.as_slice().try_into().ok()
            }
            _ => None,
        });
        let proves = self.proves.zip(nonce);
        proves
            .map(|(proves, nonce)| proves(nonce))
            .unwrap_or_default()
    }

    pub fn lease(&mut self, session: usize, id: u64) -> wire::Lease {
        let digest = text_of(&self.documents[0]).unwrap();
        let wrong = &self.misbehaviour;
        let session = &mut self.sessions[session];
        let seat = &session.seats[&id];
        session.lease_number += 1;
        let mut terms = wire::LeaseTerms {
            seat: id,
            lease_number: session.lease_number,
            licence_digest: digest.as_bytes().to_vec(),
            feature: seat.feature.clone(),
            units: seat.units,
            civil_ms: self.civil_ms,
            ends_at_s: 0,
            checkout_number: seat.number,
            overdrawn: 0,
        };
        if let Some(alter) = wrong.lease {
            alter(&mut terms);
        }
        let terms = terms.encode_to_vec();
        let mut mac = session.key.mac(&terms).to_vec();
        if wrong.forges_mac {
            mac[0] ^= 1;
        }
        let lease = wire::Lease {
            terms,
            mac,
            hardware_proof: Vec::new(),
        };
        if let Some(last) = &session.last_lease
            && wrong.replays_lease
        {
            return last.clone();
        }
        session.last_lease = Some(lease.clone());
        lease
    }
}
