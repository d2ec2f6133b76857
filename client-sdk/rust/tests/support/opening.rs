//! How the fake daemon opens and resumes sessions, with real proofs.

use std::collections::BTreeMap;

use octroi_licence::{SessionKey, Signer as _, sign_session_proof};
use octroi_proto::licensing::v1::{self as wire, RefusalCode, daemon_message::Body as Say};
use prost::Message as _;
use x25519_dalek::{PublicKey as AgreementKey, StaticSecret};

use super::{
    vendor::text_of,
    world::{Out, Session, World, refuse, say},
};

impl World {
    pub fn welcome(&mut self, out: &Out) {
        say(
            out,
            0,
            Say::Welcome(wire::Welcome {
                protocol: self.misbehaviour.protocol.unwrap_or(1),
                capabilities: ["borrow", "hardware-proof"]
                    .into_iter()
                    .filter(|one| *one == "borrow" || !self.misbehaviour.knows_no_proofs)
                    .map(String::from)
                    .collect(),
                daemon_version: "0.0-fake".into(),
            }),
        );
    }

    pub fn begins(&mut self, stream: u64) -> bool {
        if self.misbehaviour.closes_at_open {
            self.streams.remove(&stream);
            return false;
        }
        !self.misbehaviour.never_opens
    }

    pub fn open(&mut self, stream: u64, number: u64, open: &wire::Open, out: &Out) {
        if !self.begins(stream) {
            return;
        }
        if let Some(code) = self.misbehaviour.refuses_open {
            return refuse(out, number, code);
        }
        let (opened, key) = self.opened(
            (&open.client_nonce, &open.client_public),
            &open.vendor_root,
            &open.product,
            1,
            Vec::new(),
        );
        self.sessions.push(Session {
            tokens: vec![opened.resume_token.clone()],
            epoch: 1,
            key,
            lease_number: 0,
            last_lease: None,
            seats: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            stream: Some(stream),
            goodbye: false,
        });
        let session = self.sessions.len() - 1;
        self.streams.get_mut(&stream).unwrap().session = Some(session);
        say(out, number, Say::Opened(opened));
    }

    pub fn resume(&mut self, stream: u64, number: u64, resume: &wire::Resume, out: &Out) {
        if !self.begins(stream) {
            return;
        }
        if let Some(code) = self.misbehaviour.refuses_resume {
            return refuse(out, number, code);
        }
        let found = self
            .sessions
            .iter()
            .position(|session| session.tokens.contains(&resume.resume_token));
        let Some(index) = found else {
            return refuse(out, number, RefusalCode::SessionUnknown);
        };
        let epoch = self.sessions[index].epoch + 1;
        let (mut opened, key) = self.opened(
            (&resume.client_nonce, &resume.client_public),
            &resume.vendor_root,
            "suite",
            epoch,
            Vec::new(),
        );
        let session = &mut self.sessions[index];
        // The one that was shown stays good until its successor is used.
        session.tokens = vec![resume.resume_token.clone(), opened.resume_token.clone()];
        session.epoch = epoch;
        session.key = key;
        session.stream = Some(stream);
        let held: Vec<u64> = session.seats.keys().copied().collect();
        opened.seats = held.iter().map(|seat| self.lease(index, *seat)).collect();
        self.streams.get_mut(&stream).unwrap().session = Some(index);
        if self.misbehaviour.overtakes {
            self.end_seat(held[0], wire::SeatEndCause::Suspended);
        }
        say(out, number, Say::Opened(opened));
    }

    pub fn opened(
        &mut self,
        (nonce, public): (&[u8], &[u8]),
        vendor_root: &[u8],
        product: &str,
        epoch: u64,
        seats: Vec<wire::Lease>,
    ) -> (wire::Opened, SessionKey) {
        self.next_secret = self.next_secret.wrapping_add(1);
        let secret = StaticSecret::from([self.next_secret; 32]);
        let wrong = &self.misbehaviour;
        let daemon_public = if wrong.no_key_agreement {
            [0; 32]
        } else {
            AgreementKey::from(&secret).to_bytes()
        };
        let digests = self.documents.iter().filter_map(text_of);
        let digests = digests.map(|digest| digest.as_bytes().to_vec());
        let proof = wire::SessionProof {
            client_nonce: nonce.to_vec(),
            client_public: public.to_vec(),
            daemon_nonce: vec![self.next_secret; 32],
            daemon_public: daemon_public.to_vec(),
            daemon_key: self.daemon_key.public_key().as_bytes().to_vec(),
            vendor_root: vendor_root.to_vec(),
            product: wrong
                .proof_product
                .clone()
                .unwrap_or_else(|| product.into()),
            civil_ms: self.civil_ms,
            licence_digests: digests.collect(),
            epoch,
            resume_window_ms: self.resume_window_ms,
        }
        .encode_to_vec();
        let public: [u8; 32] = public.try_into().unwrap();
        let shared = secret.diffie_hellman(&AgreementKey::from(public));
        let key = SessionKey::derive(shared.as_bytes(), &proof).unwrap();
        let Ok(mut signature) = sign_session_proof(&proof, &self.daemon_key);
        if wrong.bad_signature {
            signature[5] ^= 1;
        }
        let mut documents = self.documents.clone();
        if wrong.sends_too_much {
            documents[0].licence.as_mut().unwrap().payload = vec![0; 1 << 20];
        }
        let opened = wire::Opened {
            proof,
            signature: signature.to_vec(),
            resume_token: if wrong.no_token {
                Vec::new()
            } else {
                vec![self.next_secret; 32]
            },
            documents,
            seats,
        };
        let first = self.first_opened.get_or_insert_with(|| opened.clone());
        let opened = if self.misbehaviour.replays_proof {
            first.clone()
        } else {
            opened
        };
        (opened, key)
    }
}
