//! How a body stands in a segment: marker, length, checksum, body, and the hash that chains it to
//! everything before it.
//!
//! The marker holds bytes that no UTF-8 text can hold, so that nothing an application says into a
//! record can pose as one.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// What precedes every record.
pub(super) const MARKER: [u8; 4] = [0xF5, b'O', b'c', 0xFE];

/// Marker, length of the body (`u32`), CRC-32 over the body (`u32`).
pub(super) const HEAD_BYTES: usize = 12;

/// The chain hash after the body.
pub(super) const CHAIN_BYTES: usize = 32;

const CHAIN_CONTEXT: &[u8] = b"octroi/ledger-chain/v1\0";

/// A hash that stands for a record and everything before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// What stands before the first record: zeros. The first record itself names realm and key.
    pub const START: Self = Self([0; 32]);

    /// Takes 32 bytes as they stand.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of a record with this body after this one: SHA-256 over the context
    /// `octroi/ledger-chain/v1` and a zero byte, the hash before, and the body.
    #[must_use]
    pub fn after(&self, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(CHAIN_CONTEXT);
        hash.update(self.0);
        hash.update(body);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Appends the body's frame to `out` and gives the chain hash that it ends with.
pub(super) fn push(out: &mut Vec<u8>, before: &ChainHash, body: &[u8]) -> ChainHash {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX); // the codec bounds bodies to 64 KiB
    let chain = before.after(body);
    out.extend_from_slice(&MARKER);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    out.extend_from_slice(body);
    out.extend_from_slice(&chain.0);
    chain
}

/// A frame's head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) length: u32,
    pub(super) checksum: u32,
}

impl Head {
    /// `None` where no marker stands.
    pub(super) fn read(bytes: [u8; HEAD_BYTES]) -> Option<Self> {
        let (marker, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (checksum, _) = rest.split_first_chunk()?;
        (*marker == MARKER).then(|| Self {
            length: u32::from_le_bytes(*length),
            checksum: u32::from_le_bytes(*checksum),
        })
    }
}
