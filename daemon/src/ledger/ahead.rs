//! Reads a segment on a thread of its own, ahead of whoever takes its records in: checksums, chain
//! and leaf hashes are half the work of a replay, and need nothing of the other half. What a record
//! means, and what damage means, is not asked here.

use std::{
    io,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{Builder, Scope},
};

use octroi_licence::merkle::leaf_hash;

use super::{
    ChainHash, Damage, LedgerFile,
    reader::{FrameReader, Step},
};

/// Bytes of bodies that are handed over at one time, at least. Small enough that the allocator
/// serves it without asking the system.
const LOT_BYTES: usize = 1 << 16;
/// Lots that may wait to be taken.
const LOTS_AHEAD: usize = 4;

/// A record that stands unbroken in its chain, with its body's length.
#[derive(Debug, Clone, Copy)]
struct Frame {
    offset: u64,
    length: usize,
    chain: ChainHash,
    leaf: [u8; 32],
}

/// Records that follow one another.
#[derive(Debug, Default)]
pub(super) struct Lot {
    frames: Vec<Frame>,
    bodies: Vec<u8>,
}

/// A record of a lot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checked<'l> {
    pub(super) offset: u64,
    pub(super) body: &'l [u8],
    pub(super) chain: ChainHash,
    pub(super) leaf: [u8; 32],
}

/// Why nothing follows.
#[derive(Debug)]
pub(super) enum Stop {
    /// The end of the file, right after a record.
    End { offset: u64 },
    /// Anything else.
    Damaged { offset: u64, what: Damage },
    /// The disk is at fault.
    Failed(io::Error),
}

/// What the thread hands over: lots, then one stop.
#[derive(Debug)]
pub(super) enum Read {
    Lot(Lot),
    Stop(Stop),
}

impl Lot {
    /// Its records, in order.
    pub(super) fn records(&self) -> impl Iterator<Item = Checked<'_>> {
        let mut at = 0;
        self.frames.iter().map(move |frame| {
            let body = self.bodies.get(at..at + frame.length).unwrap_or_default();
            at += frame.length;
            Checked {
                offset: frame.offset,
                body,
                chain: frame.chain,
                leaf: frame.leaf,
            }
        })
    }

    fn push(&mut self, offset: u64, body: &[u8], chain: ChainHash) {
        self.bodies.extend_from_slice(body);
        self.frames.push(Frame {
            offset,
            length: body.len(),
            chain,
            leaf: leaf_hash(body),
        });
    }
}

/// Reads `file` from `offset` on, where the chain stands at `before`. The thread ends when what it
/// hands over is no longer taken.
///
/// # Errors
/// The system gives no thread.
pub(super) fn read_ahead<'scope>(
    scope: &'scope Scope<'scope, '_>,
    file: &'scope dyn LedgerFile,
    offset: u64,
    before: ChainHash,
) -> io::Result<Receiver<Read>> {
    let (lots, taken) = sync_channel(LOTS_AHEAD);
    Builder::new()
        .name("ledger-reader".to_owned())
        .spawn_scoped(scope, move || {
            let mut reader = FrameReader::new(file, offset, before);
            while let Some(()) = hand_over(&mut reader, &lots) {}
        })?;
    Ok(taken)
}

/// Hands one lot over, or the stop. `None`: nothing follows, or nobody takes it.
fn hand_over(reader: &mut FrameReader<'_>, lots: &SyncSender<Read>) -> Option<()> {
    let mut lot = Lot::default();
    let stop = loop {
        match reader.next() {
            Ok(Step::Frame {
                offset,
                body,
                chain,
            }) => lot.push(offset, body, chain),
            Ok(Step::End { offset }) => break Some(Stop::End { offset }),
            Ok(Step::Damaged { offset, what }) => break Some(Stop::Damaged { offset, what }),
            Err(error) => break Some(Stop::Failed(error)),
        }
        if lot.bodies.len() >= LOT_BYTES {
            break None;
        }
    };
    lots.send(Read::Lot(lot)).ok()?;
    match stop {
        None => Some(()),
        Some(stop) => {
            // Whoever does not take it has found a reason of its own to stop.
            lots.send(Read::Stop(stop)).unwrap_or_default();
            None
        }
    }
}
