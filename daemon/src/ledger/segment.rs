//! A segment: a file named by its first record, with a header that says whose ledger it is and where
//! in it the segment stands. A header is on the disk before its file bears its name, so a damaged
//! one is never the trace of a crash; and it is written only once everything before it is on the
//! disk, so it vouches for that as a `Synced` record does.

use octroi_licence::{KeyId, PublicKey};

use super::{ChainHash, Damage, LedgerIdentity, Seq};

const MAGIC: [u8; 8] = *b"OCTROILG";
const FORMAT_VERSION: u32 = 1;
const SUFFIX: &str = ".seg";

/// Bytes of a header.
pub(super) const HEADER_BYTES: usize = 8 + 4 + 32 + 32 + 8 + 32 + 4;

/// What a segment says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) identity: LedgerIdentity,
    pub(super) first: Seq,
    pub(super) before: ChainHash,
}

/// Why a header was not read.
pub(super) enum HeaderError {
    Damaged(Damage),
    UnknownFormat { version: u32 },
}

impl Header {
    /// Magic, format version (`u32`), vendor root, daemon key, first sequence number (`u64`), chain
    /// hash before it, CRC-32 over all that.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = [
            &MAGIC[..],
            &FORMAT_VERSION.to_le_bytes(),
            self.identity.vendor_root.as_bytes(),
            self.identity.daemon_key.as_bytes(),
            &self.first.0.to_le_bytes(),
            self.before.as_bytes(),
        ]
        .concat();
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, HeaderError> {
        let damaged = HeaderError::Damaged(Damage::Header);
        let Some((content, checksum)) = bytes.split_last_chunk() else {
            return Err(damaged);
        };
        if crc32fast::hash(content) != u32::from_le_bytes(*checksum) {
            return Err(damaged);
        }
        Self::read_checked(content).ok_or(damaged)?
    }

    fn read_checked(content: &[u8]) -> Option<Result<Self, HeaderError>> {
        let (magic, rest) = content.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        if *magic != MAGIC {
            return None;
        }
        let version = u32::from_le_bytes(*version);
        if version != FORMAT_VERSION {
            return Some(Err(HeaderError::UnknownFormat { version }));
        }
        let (vendor_root, rest) = rest.split_first_chunk()?;
        let (daemon_key, rest) = rest.split_first_chunk::<32>()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (before, _) = rest.split_first_chunk()?;
        Some(Ok(Self {
            identity: LedgerIdentity {
                vendor_root: KeyId::from_bytes(*vendor_root),
                daemon_key: PublicKey::from_bytes(daemon_key)?,
            },
            first: Seq(u64::from_le_bytes(*first)),
            before: ChainHash::from_bytes(*before),
        }))
    }
}

/// The file name of the segment that begins with `first`.
pub(super) fn name(first: Seq) -> String {
    format!("{:020}{SUFFIX}", first.0)
}

/// The name under which a segment is written until its header is on the disk. There is but one, so
/// that attempts on a full disk leave one file behind and not a thousand.
pub(super) const UNFINISHED_NAME: &str = "unfinished.seg.new";

/// The first record that a file name states; `None` of a file that is no segment.
pub(super) fn first_of(name: &str) -> Option<Seq> {
    let digits = name.strip_suffix(SUFFIX)?;
    let all_digits = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().ok().map(Seq)).flatten()
}
