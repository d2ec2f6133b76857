//! The proof by hardware keys that an application finds in its lease: one answer of each key serves
//! many check-outs, because what the key signs is the root of a tree over their nonces. The daemon
//! makes such proofs of what its keys answered, the application checks its own; both sides use this
//! module. Whether a licence asks for a proof at all is its feature's term.

use octroi_proto::licensing::v1 as wire;
use prost::Message as _;

use super::{
    DongleProof, Fido2Proof, HardwareChallenge, HardwareProof, HardwareProofError,
    verify_hardware_proof,
};
use crate::{
    HARDWARE_KEYS_MAX, KeyRule, KeySerial, Licence, PublicKey,
    merkle::{self, Frontier},
};

/// Check-outs that one answer of a key serves at most.
pub const CHECKOUTS_PER_PROOF_MAX: usize = 1024;
/// Bytes of an encoded proof at most: 10 hashes and 16 keys' answers, each under 200 bytes.
pub const CHECKOUT_PROOF_BYTES_MAX: usize = 4096;

const LEAF_CONTEXT: &[u8] = b"octroi/checkout-nonce/v1\0";
const VERSION: u32 = 1;
/// Hashes from a leaf to the root of the largest tree.
const PATH_HASHES_MAX: usize = 10;

/// The nonces of check-outs that wait for the same proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutNonces {
    leaves: Vec<[u8; 32]>,
}

/// What one key answered for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEvidence {
    /// Which key of the licence.
    pub key: KeySerial,
    /// The root of the daemon's ledger that stood in its challenge.
    pub checkpoint: [u8; 32],
    /// Its answer.
    pub proof: HardwareProof,
}

impl CheckoutNonces {
    /// Takes 1 to [`CHECKOUTS_PER_PROOF_MAX`] nonces; `None` of any other number.
    pub fn new(nonces: &[[u8; 32]]) -> Option<Self> {
        (1..=CHECKOUTS_PER_PROOF_MAX)
            .contains(&nonces.len())
            .then(|| Self {
                leaves: nonces.iter().map(leaf).collect(),
            })
    }

    /// What stands as nonce in the challenges to the keys.
    pub fn root(&self) -> [u8; 32] {
        self.leaves.iter().copied().collect::<Frontier>().root()
    }

    /// For each nonce, in their order, what its lease carries: an encoded
    /// `octroi.licensing.v1.HardwareProof`.
    pub fn proofs(&self, evidence: &[KeyEvidence]) -> Vec<Vec<u8>> {
        let places: Vec<usize> = (0..self.leaves.len()).collect();
        let paths = merkle::inclusion_proofs(&self.leaves, &places).unwrap_or_default();
        let root = self.root().to_vec();
        let keys: Vec<wire::KeyAnswer> = evidence.iter().map(answer).collect();
        let checkouts = u32::try_from(self.leaves.len()).unwrap_or(u32::MAX);
        let proof = |(place, path): (u32, Vec<[u8; 32]>)| {
            wire::HardwareProof {
                version: VERSION,
                root: root.clone(),
                checkouts,
                place,
                path: path.iter().map(|hash| hash.to_vec()).collect(),
                keys: keys.clone(),
            }
            .encode_to_vec()
        };
        (0..).zip(paths).map(proof).collect()
    }
}

fn leaf(nonce: &[u8; 32]) -> [u8; 32] {
    merkle::leaf_hash(&[LEAF_CONTEXT, nonce].concat())
}

fn answer(evidence: &KeyEvidence) -> wire::KeyAnswer {
    use wire::key_answer::Answer;
    wire::KeyAnswer {
        serial: evidence.key.0.to_vec(),
        checkpoint: evidence.checkpoint.to_vec(),
        answer: Some(match &evidence.proof {
            HardwareProof::Dongle(proof) => Answer::Dongle(wire::DongleAnswer {
                counter: proof.counter,
                signature: proof.signature.to_vec(),
            }),
            HardwareProof::Fido2(proof) => Answer::SecurityKey(wire::SecurityKeyAnswer {
                authenticator_data: proof.authenticator_data().to_vec(),
                signature: proof.signature().to_vec(),
            }),
        }),
    }
}

/// Why a lease's proof by hardware keys is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckoutProofError {
    /// There is none.
    #[error("it carries none")]
    Missing,
    /// It does not read as one.
    #[error("it is malformed ({what})")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// It is of a version that this application does not know.
    #[error("it is of version {found}, and this application knows version {VERSION}")]
    Version {
        /// Its version.
        found: u32,
    },
    /// It proves other check-outs: another nonce, or a way that does not lead to the root.
    #[error("it was made for other check-outs")]
    AnotherCheckout,
    /// A key answered that the licence does not name, or one answered twice.
    #[error("key {serial} is not one that it may rest on")]
    KeyNotNamed {
        /// Which key.
        serial: KeySerial,
    },
    /// Fewer keys answered than the licence demands.
    #[error("{found} of its keys answered, and the licence demands {needed}")]
    TooFewKeys {
        /// How many the licence demands.
        needed: usize,
        /// How many answered.
        found: usize,
    },
    /// A key's answer proves nothing: forged, of another key, another licence, another daemon, or an
    /// answer to another challenge.
    #[error("a key's answer does not hold")]
    Key(#[source] HardwareProofError),
}

/// Checks the proof that a lease carries: that the keys which the licence demands signed, for this
/// licence and this daemon, something that this very nonce is part of. Returns those keys.
///
/// The nonce is what makes it fresh: whoever checks must have drawn it at random for this check-out
/// alone. Whether the answers' counters rise is the daemon's to watch.
///
/// # Errors
/// [`CheckoutProofError`], where it proves nothing.
pub fn verify_checkout_proof(
    proof: &[u8],
    licence: &Licence,
    daemon_key: &PublicKey,
    nonce: &[u8; 32],
) -> Result<Vec<KeySerial>, CheckoutProofError> {
    let malformed = |what| CheckoutProofError::Malformed { what };
    if proof.is_empty() {
        return Err(CheckoutProofError::Missing);
    }
    if proof.len() > CHECKOUT_PROOF_BYTES_MAX {
        return Err(malformed("too long"));
    }
    let proof = wire::HardwareProof::decode(proof).map_err(|_| malformed("encoding"))?;
    if proof.version != VERSION {
        let found = proof.version;
        return Err(CheckoutProofError::Version { found });
    }
    let root = array(&proof.root).ok_or(malformed("root"))?;
    let within = usize::try_from(proof.checkouts).is_ok_and(|size| size <= CHECKOUTS_PER_PROOF_MAX);
    if !within || proof.path.len() > PATH_HASHES_MAX {
        return Err(malformed("tree"));
    }
    let path: Option<Vec<[u8; 32]>> = proof.path.iter().map(|hash| array(hash)).collect();
    let path = path.ok_or(malformed("path"))?;
    let (place, size) = (proof.place.into(), proof.checkouts.into());
    if !merkle::verify_inclusion(&leaf(nonce), place, size, &path, &root) {
        return Err(CheckoutProofError::AnotherCheckout);
    }
    if proof.keys.len() > HARDWARE_KEYS_MAX {
        return Err(malformed("keys"));
    }
    let mut proven: Vec<KeySerial> = Vec::with_capacity(proof.keys.len());
    for answer in &proof.keys {
        let serial = KeySerial(array(&answer.serial).ok_or(malformed("serial"))?);
        let checkpoint = array(&answer.checkpoint).ok_or(malformed("checkpoint"))?;
        let mut named = licence.binding.hardware_keys.iter();
        let Some(key) = named
            .find(|key| key.serial == serial)
            .filter(|_| !proven.contains(&serial))
        else {
            return Err(CheckoutProofError::KeyNotNamed { serial });
        };
        let challenge = HardwareChallenge::new(&licence.id, daemon_key, &checkpoint, &root);
        let answered = answered(serial, answer).ok_or(malformed("answer"))?;
        verify_hardware_proof(key, &challenge, &answered).map_err(CheckoutProofError::Key)?;
        proven.push(serial);
    }
    let needed = licence.binding.hardware_keys_needed();
    if proven.is_empty() || proven.len() < needed {
        let found = proven.len();
        return Err(CheckoutProofError::TooFewKeys {
            needed: needed.max(1),
            found,
        });
    }
    Ok(proven)
}

fn answered(serial: KeySerial, answer: &wire::KeyAnswer) -> Option<HardwareProof> {
    use wire::key_answer::Answer;
    Some(match answer.answer.as_ref()? {
        Answer::Dongle(dongle) => HardwareProof::Dongle(DongleProof {
            serial,
            counter: dongle.counter,
            signature: array(&dongle.signature)?,
        }),
        Answer::SecurityKey(key) => {
            let proof = Fido2Proof::new(&key.authenticator_data, &key.signature)?;
            HardwareProof::Fido2(proof)
        }
    })
}

fn array<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

impl crate::Binding {
    /// How many of its keys the licence demands at one time.
    pub fn hardware_keys_needed(&self) -> usize {
        match self.key_rule {
            KeyRule::Any => self.hardware_keys.len().min(1),
            KeyRule::All => self.hardware_keys.len(),
        }
    }
}
