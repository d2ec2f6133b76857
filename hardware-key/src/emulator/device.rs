//! What a dongle does, written from `PROTOCOL.md` and not from the code that checks proofs, so that
//! the two agreeing says something.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use octroi_licence::{KeySerial, PublicKey};

use super::server::{Asked, Simulated};
use crate::{
    Report,
    protocol::{
        Answer, CHALLENGE_BYTES, Request, RequestFault, Status, TransactionId, encode_refusal,
    },
};

/// Where a device keeps its counter.
pub trait CounterStore: Send + fmt::Debug {
    /// Makes `counter` outlive a loss of power before it returns.
    ///
    /// # Errors
    /// What the system said; then nothing is signed.
    fn store(&mut self, counter: u64) -> std::io::Result<()>;
}

/// Keeps no counter: for a device that is never put in again.
#[derive(Debug, Clone, Copy)]
pub struct Volatile;

impl CounterStore for Volatile {
    fn store(&mut self, _counter: u64) -> std::io::Result<()> {
        Ok(())
    }
}

/// A dongle without its port: reports in, reports out.
#[derive(Debug)]
pub struct Device<S> {
    serial: KeySerial,
    key: SigningKey,
    counter: u64,
    store: S,
}

impl<S: CounterStore> Device<S> {
    /// A device that has made `counter` signatures so far.
    pub fn new(serial: KeySerial, secret_key: &[u8; 32], counter: u64, store: S) -> Self {
        Self {
            serial,
            key: SigningKey::from_bytes(secret_key),
            counter,
            store,
        }
    }

    /// Its public key.
    pub fn public_key(&self) -> PublicKey {
        self.key.verifying_key().into()
    }

    fn carry_out(&mut self, transaction: TransactionId, request: Request) -> Vec<Report> {
        match request {
            Request::Info => Answer::Info {
                serial: self.serial,
                public_key: self.public_key(),
                counter: self.counter,
            }
            .encode(transaction),
            Request::Prove(challenge) => match self.count() {
                Some(counter) => Answer::Proof {
                    serial: self.serial,
                    counter,
                    signature: self.sign(counter, &challenge),
                }
                .encode(transaction),
                None => vec![encode_refusal(
                    transaction,
                    request.command().code(),
                    Status::CounterFailed,
                )],
            },
        }
    }

    /// The next number, stored. A number whose storing failed may be on the disk all the same; it
    /// stays behind, and the next attempt stores it again, which signs nothing twice.
    fn count(&mut self) -> Option<u64> {
        let next = self.counter.checked_add(1)?;
        self.store.store(next).ok()?;
        self.counter = next;
        Some(next)
    }

    fn sign(&self, counter: u64, challenge: &[u8; CHALLENGE_BYTES]) -> [u8; 64] {
        let message = [
            b"octroi/dongle-proof/v1\0".as_slice(),
            &self.serial.0,
            &counter.to_be_bytes(),
            challenge,
        ]
        .concat();
        self.key.sign(&message).to_bytes()
    }
}

impl<S: CounterStore> Simulated for Device<S> {
    fn handle(&mut self, report: &Report) -> Vec<Report> {
        match Request::decode(report) {
            Ok((transaction, request)) => self.carry_out(transaction, request),
            Err(RequestFault::Foreign) => Vec::new(),
            Err(RequestFault::Refused {
                transaction,
                command,
                status,
            }) => vec![encode_refusal(transaction, command, status)],
        }
    }

    fn asked(&self, report: &Report) -> Asked {
        let Ok((transaction, request)) = Request::decode(report) else {
            return Asked::Else;
        };
        let command = request.command().code();
        Asked::Begins {
            if_busy: vec![encode_refusal(transaction, command, Status::Busy)],
        }
    }

    /// The report with a fragment index that no answer reaches.
    fn garble(&self, report: Report) -> Report {
        const INDEX_AT: usize = 8;
        let mut bytes = *report.as_bytes();
        if let Some(index) = bytes.get_mut(INDEX_AT) {
            *index = 0xee;
        }
        Report::from_bytes(bytes)
    }
}
