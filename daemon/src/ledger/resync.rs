//! Tells a lost tail from tampering: looks behind a damaged place for a `Synced` record that
//! vouches for it. A record that was on the disk cannot have been lost by a crash.

use std::io;

use octroi_engine::Event;

use super::{
    LedgerFile, Seq, codec,
    frame::{HEAD_BYTES, Head, MARKER},
    wide,
};

const BUFFER_BYTES: usize = 1 << 18;

/// No `Synced` body is longer, so that a file full of markers costs no more than one pass.
const SYNCED_BODY_BYTES_MAX: usize = 128;

/// Says whether a readable `Synced` record behind `from` states that record `seq` was on the disk.
/// The chain is of no help behind a break: marker, checksum and content decide.
pub(super) fn vouched_for(file: &dyn LedgerFile, from: u64, seq: Seq) -> io::Result<bool> {
    // A record may lie across two reads.
    let overlap = HEAD_BYTES + SYNCED_BODY_BYTES_MAX;
    let mut buffer = vec![0; BUFFER_BYTES];
    let (mut base, mut filled) = (from, 0);
    loop {
        let fresh = buffer.get_mut(filled..).unwrap_or_default();
        let read = file.read_at(base + wide(filled), fresh)?;
        filled += read;
        if states(buffer.get(..filled).unwrap_or_default(), seq) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        let passed = filled.saturating_sub(overlap);
        buffer.copy_within(passed..filled, 0);
        base += wide(passed);
        filled -= passed;
    }
}

fn states(mut bytes: &[u8], seq: Seq) -> bool {
    while let Some(at) = bytes
        .windows(MARKER.len())
        .position(|window| window == MARKER)
    {
        let found = bytes.get(at..).unwrap_or_default();
        if synced_at(found).is_some_and(|up_to| up_to >= seq) {
            return true;
        }
        bytes = found.get(1..).unwrap_or_default();
    }
    false
}

fn synced_at(bytes: &[u8]) -> Option<Seq> {
    let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
    let head = Head::read(*head)?;
    let length = usize::try_from(head.length).ok()?;
    let body = rest
        .get(..length)
        .filter(|_| length <= SYNCED_BODY_BYTES_MAX)?;
    if crc32fast::hash(body) != head.checksum {
        return None;
    }
    let Event::Synced { up_to } = codec::decode(body).ok()?.event else {
        return None;
    };
    Some(Seq(up_to))
}
