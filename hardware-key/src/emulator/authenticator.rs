//! What a FIDO2 security key does, as far as a licence needs it: channels, echo, getInfo, credentials
//! that lie outside the key, silent assertions. Nobody can touch it, so it takes every request for
//! touched; it knows no PIN.

use std::fmt;

use ciborium::value::Value;
use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{
    device::CounterStore,
    server::{Asked, Simulated},
};
use crate::{
    Report,
    ctap::{
        BROADCAST, ChannelId, CtapCommand, CtapStatus, HidCommand, HidError, MessageReader,
        Received,
        cbor::{decode, integer, member, named, number, numbered, text},
        frames,
    },
};

/// Which algorithm its credentials use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// Ed25519, where it is asked for.
    #[default]
    Ed25519,
    /// P-256, as keys that know no Ed25519.
    Es256,
}

impl Algorithm {
    /// Its COSE number (RFC 9053, section 2).
    const fn cose(self) -> i64 {
        match self {
            Self::Ed25519 => -8,
            Self::Es256 => -7,
        }
    }
}

const AAGUID: [u8; 16] = *b"octroi-emulator\0";
/// Random bytes in a credential id; their authentication code follows.
const SALT_BYTES: usize = 16;
/// Attested credential data are there.
const FLAG_ATTESTED: u8 = 0x40;
/// Its user was there.
const FLAG_PRESENT: u8 = 0x01;
/// Channels that it gives before it begins anew.
const CHANNELS_MAX: u32 = 4096;

/// A security key without its port: packets in, packets out.
pub struct Authenticator<S> {
    secret: Zeroizing<[u8; 32]>,
    algorithm: Algorithm,
    counter: u64,
    store: S,
    channels: u32,
    /// The message that is arriving; one at a time.
    arriving: Option<(ChannelId, MessageReader)>,
}

impl<S> fmt::Debug for Authenticator<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("algorithm", &self.algorithm)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

type Answer = Result<Vec<u8>, CtapStatus>;

/// The request is not laid out as the standard says.
const INVALID_CBOR: CtapStatus = CtapStatus(0x12);
/// The command is not known.
const INVALID_COMMAND: CtapStatus = CtapStatus(0x01);
/// Something went wrong inside.
const OTHER: CtapStatus = CtapStatus(0x7f);

impl<S: CounterStore> Authenticator<S> {
    /// A key that has signed `counter` times so far.
    pub fn new(secret: &[u8; 32], algorithm: Algorithm, counter: u64, store: S) -> Self {
        Self {
            secret: Zeroizing::new(*secret),
            algorithm,
            counter,
            store,
            channels: 0,
            arriving: None,
        }
    }

    fn whole(&mut self, channel: ChannelId, command: HidCommand, payload: &[u8]) -> Vec<Report> {
        let (command, answer) = match command {
            HidCommand::Init if payload.len() == 8 => {
                let given = if channel == BROADCAST {
                    self.channels = self.channels % CHANNELS_MAX + 1;
                    ChannelId(self.channels)
                } else {
                    channel
                };
                let mut answer = payload.to_vec();
                answer.extend_from_slice(&given.0.to_be_bytes());
                answer.extend_from_slice(&[2, 1, 0, 0, 0x04]); // CTAPHID 2, version 1.0.0, CBOR
                (HidCommand::Init, answer)
            }
            HidCommand::Ping => (HidCommand::Ping, payload.to_vec()),
            HidCommand::Cbor => (HidCommand::Cbor, self.ctap(payload)),
            _ => (HidCommand::Error, vec![HidError::INVALID_COMMAND.0]),
        };
        frames(channel, command, &answer).unwrap_or_default()
    }

    fn ctap(&mut self, request: &[u8]) -> Vec<u8> {
        let answer = match request.split_first() {
            Some((&code, [])) if code == CtapCommand::GetInfo.code() => Ok(Self::info()),
            Some((&code, request)) if code == CtapCommand::MakeCredential.code() => {
                self.make_credential(request)
            }
            Some((&code, request)) if code == CtapCommand::GetAssertion.code() => {
                self.assert(request)
            }
            _ => Err(INVALID_COMMAND),
        };
        match answer {
            Ok(body) => [vec![0], body].concat(),
            Err(CtapStatus(status)) => vec![status],
        }
    }

    fn info() -> Vec<u8> {
        written(&numbered([
            (1, Value::Array(vec![text("FIDO_2_0"), text("FIDO_2_1")])),
            (3, Value::Bytes(AAGUID.to_vec())),
            (
                4,
                named([("rk", Value::Bool(false)), ("up", Value::Bool(true))]),
            ),
            (5, integer(7609)),
        ]))
    }

    fn make_credential(&mut self, request: &[u8]) -> Answer {
        let map = decode(request).map_err(|_| INVALID_CBOR)?;
        let relying_party = relying_party(member(&map, 2).map_err(|_| INVALID_CBOR)?)?;
        let wanted = member(&map, 4)
            .ok()
            .and_then(Value::as_array)
            .ok_or(INVALID_CBOR)?;
        let knows = |entry: &Value| {
            named_member(entry, "alg").and_then(number) == Some(self.algorithm.cose())
        };
        if !wanted.iter().any(knows) {
            return Err(CtapStatus::UNSUPPORTED_ALGORITHM);
        }
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| OTHER)?;
        let id = self.credential_id(&salt, &relying_party);
        let length = u16::try_from(id.len()).map_err(|_| OTHER)?;
        let data = [
            relying_party.as_slice(),
            &[FLAG_ATTESTED | FLAG_PRESENT],
            &self.shown_counter().to_be_bytes(),
            &AAGUID,
            &length.to_be_bytes(),
            &id,
            &written(&self.cose_key(&id)?),
        ]
        .concat();
        Ok(written(&numbered([
            (1, text("none")),
            (2, Value::Bytes(data)),
            (3, Value::Map(Vec::new())),
        ])))
    }

    fn assert(&mut self, request: &[u8]) -> Answer {
        let map = decode(request).map_err(|_| INVALID_CBOR)?;
        let relying_party = relying_party_name(member(&map, 1).map_err(|_| INVALID_CBOR)?)?;
        let client_data = member(&map, 2)
            .ok()
            .and_then(Value::as_bytes)
            .filter(|hash| hash.len() == 32)
            .ok_or(INVALID_CBOR)?;
        let allowed = member(&map, 3).ok().and_then(Value::as_array);
        let id = allowed
            .into_iter()
            .flatten()
            .filter_map(|entry| named_member(entry, "id")?.as_bytes())
            .find(|id| self.is_own(id, &relying_party))
            .ok_or(CtapStatus::NO_CREDENTIALS)?;
        let touched = member(&map, 5)
            .ok()
            .and_then(|options| named_member(options, "up"))
            .and_then(Value::as_bool)
            .unwrap_or(true);
        let next = self.counter.checked_add(1).ok_or(OTHER)?;
        self.store.store(next).map_err(|_| OTHER)?;
        self.counter = next;
        let flags = if touched { FLAG_PRESENT } else { 0 };
        let data = [
            relying_party.as_slice(),
            &[flags],
            &self.shown_counter().to_be_bytes(),
        ]
        .concat();
        let signature = self.sign(id, &[data.as_slice(), client_data].concat())?;
        Ok(written(&numbered([
            (
                1,
                named([
                    ("id", Value::Bytes(id.clone())),
                    ("type", text("public-key")),
                ]),
            ),
            (2, Value::Bytes(data)),
            (3, Value::Bytes(signature)),
        ])))
    }

    /// A counter at its end is 0 for ever, as Nitrokey 3 and Solo 2 have it.
    fn shown_counter(&self) -> u32 {
        u32::try_from(self.counter).unwrap_or(0)
    }

    fn derive(&self, purpose: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_slice())
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(purpose);
        for part in parts {
            mac.update(part);
        }
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// Salt, and the proof that this key made it for this relying party.
    fn credential_id(&self, salt: &[u8; SALT_BYTES], relying_party: &[u8; 32]) -> Vec<u8> {
        let proof = self.derive(b"id\0", &[salt, relying_party]);
        [salt.as_slice(), proof.as_slice()].concat()
    }

    fn is_own(&self, id: &[u8], relying_party: &[u8; 32]) -> bool {
        id.split_first_chunk()
            .is_some_and(|(salt, _)| self.credential_id(salt, relying_party) == id)
    }

    fn ed25519(&self, id: &[u8]) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&self.derive(b"ed25519\0", &[id]))
    }

    fn p256(&self, id: &[u8]) -> Result<p256::ecdsa::SigningKey, CtapStatus> {
        let secret = self.derive(b"p256\0", &[id]);
        p256::ecdsa::SigningKey::from_slice(secret.as_slice()).map_err(|_| OTHER)
    }

    fn cose_key(&self, id: &[u8]) -> Result<Value, CtapStatus> {
        Ok(match self.algorithm {
            Algorithm::Ed25519 => {
                let key = self.ed25519(id).verifying_key();
                numbered([
                    (1, integer(1)),
                    (3, integer(Algorithm::Ed25519.cose())),
                    (-1, integer(6)),
                    (-2, Value::Bytes(key.as_bytes().to_vec())),
                ])
            }
            Algorithm::Es256 => {
                let key = *self.p256(id)?.verifying_key();
                let point = key.to_sec1_point(false);
                let coordinate = |bytes: Option<&[u8]>| {
                    bytes.map(|bytes| Value::Bytes(bytes.to_vec())).ok_or(OTHER)
                };
                numbered([
                    (1, integer(2)),
                    (3, integer(Algorithm::Es256.cose())),
                    (-1, integer(1)),
                    (-2, coordinate(point.x().map(AsRef::as_ref))?),
                    (-3, coordinate(point.y().map(AsRef::as_ref))?),
                ])
            }
        })
    }

    fn sign(&self, id: &[u8], message: &[u8]) -> Answer {
        Ok(match self.algorithm {
            Algorithm::Ed25519 => self.ed25519(id).sign(message).to_bytes().to_vec(),
            Algorithm::Es256 => {
                let signature: p256::ecdsa::DerSignature = self.p256(id)?.sign(message);
                signature.as_bytes().to_vec()
            }
        })
    }
}

impl<S: CounterStore> Simulated for Authenticator<S> {
    fn handle(&mut self, report: &Report) -> Vec<Report> {
        let Some((channel, initial)) = packet(report) else {
            return Vec::new();
        };
        let error =
            |error: HidError| frames(channel, HidCommand::Error, &[error.0]).unwrap_or_default();
        let known = channel == BROADCAST || (1..=self.channels).contains(&channel.0);
        match (&self.arriving, initial) {
            (Some((own, _)), Some(HidCommand::Cancel)) if *own == channel => {
                self.arriving = None;
                return Vec::new();
            }
            // Of a channel that has nothing to end, or the rest of what was given up.
            (_, Some(HidCommand::Cancel)) | (None, None) => return Vec::new(),
            (Some((other, _)), Some(_)) if *other != channel => {
                return error(HidError::CHANNEL_BUSY);
            }
            (Some((other, _)), None) if *other != channel => return Vec::new(),
            (_, Some(_)) if !known => return error(HidError::INVALID_CHANNEL),
            (_, Some(_)) => self.arriving = Some((channel, MessageReader::new(channel))),
            (Some(_), None) => {}
        }
        let Some((_, reader)) = &mut self.arriving else {
            return Vec::new();
        };
        match reader.take(report) {
            Ok(Received::Ignored | Received::More) => Vec::new(),
            Ok(Received::Whole { command, payload }) => {
                self.arriving = None;
                self.whole(channel, command, &payload)
            }
            Err(_) => {
                self.arriving = None;
                error(HidError::INVALID_SEQUENCE)
            }
        }
    }

    fn asked(&self, report: &Report) -> Asked {
        match packet(report) {
            Some((channel, Some(HidCommand::Cbor | HidCommand::Ping))) => {
                let busy = [HidError::CHANNEL_BUSY.0];
                Asked::Begins {
                    if_busy: frames(channel, HidCommand::Error, &busy).unwrap_or_default(),
                }
            }
            Some((_, None)) => Asked::GoesOn,
            Some((_, Some(_))) | None => Asked::Else,
        }
    }

    /// A success whose CBOR is none.
    fn garble(&self, report: Report) -> Report {
        const STATUS_AT: usize = 7;
        let mut bytes = *report.as_bytes();
        for byte in bytes.iter_mut().skip(STATUS_AT) {
            *byte = 0xff;
        }
        if let Some(status) = bytes.get_mut(STATUS_AT) {
            *status = 0;
        }
        Report::from_bytes(bytes)
    }
}

/// A packet's channel and, where it begins a message, its command.
fn packet(report: &Report) -> Option<(ChannelId, Option<HidCommand>)> {
    let (channel, rest) = report.as_bytes().split_first_chunk::<4>()?;
    let head = rest.first()?;
    let command = (head & 0x80 != 0).then(|| HidCommand::from_code(head & 0x7f));
    Some((ChannelId(u32::from_be_bytes(*channel)), command))
}

fn relying_party(entity: &Value) -> Result<[u8; 32], CtapStatus> {
    relying_party_name(named_member(entity, "id").ok_or(INVALID_CBOR)?)
}

fn relying_party_name(name: &Value) -> Result<[u8; 32], CtapStatus> {
    let name = name.as_text().ok_or(INVALID_CBOR)?;
    Ok(Sha256::digest(name).into())
}

fn named_member<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    map.as_map()?
        .iter()
        .find(|(key, _)| key.as_text() == Some(name))
        .map(|(_, value)| value)
}

fn written(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes)
        .unwrap_or_else(|_| unreachable!("memory takes what is written"));
    bytes
}
