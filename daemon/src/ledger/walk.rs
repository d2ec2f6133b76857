//! One pass over a whole ledger, from the first segment's header to the last readable record,
//! checking everything that can be checked. Opening, verifying and exporting are this pass with
//! another visitor. It never changes anything; it decides what is a lost tail and what is
//! tampering:
//!
//! - The end of the last segment may be damaged, if no readable `Synced` record behind the damage
//!   says that the damaged record was on the disk.
//! - Everything else that is damaged, missing or contradictory is tampering.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, mpsc::Receiver},
    thread,
};

use octroi_engine::{Event, Record};

use super::{
    Access, ChainHash, Damage, Disk, LedgerError, LedgerFile, Seq,
    ahead::{Checked, Read, Stop, read_ahead},
    codec::{self, CodecError},
    facts::Facts,
    resync,
    segment::{self, HEADER_BYTES, Header, HeaderError},
};

/// How much of each record is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rigour {
    /// What the daemon needs to go on: everything but second spellings of a record and the
    /// signatures of checkpoints before the last, which covers what they cover.
    Replay,
    /// Everything.
    Full,
}

/// A record that was found unbroken.
pub(super) struct Visit<'a> {
    pub(super) seq: Seq,
    pub(super) body: &'a [u8],
    pub(super) leaf: [u8; 32],
    pub(super) chain: ChainHash,
    pub(super) record: Record,
}

/// A damaged end that nothing vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TailDamage {
    /// The first record that is lost.
    pub(super) from: Seq,
    /// Bytes from there to the end of the file.
    pub(super) bytes: u64,
    pub(super) what: Damage,
}

/// The last segment.
#[derive(Debug, Clone)]
pub(super) struct LastSegment {
    pub(super) first: Seq,
    pub(super) file: Arc<dyn LedgerFile>,
    /// After its last readable record.
    pub(super) end: u64,
    /// Where its first record stands that nothing says was synced.
    pub(super) unsynced: u64,
}

/// A ledger, once passed over.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) facts: Facts,
    pub(super) segments: u64,
    pub(super) last_segment: LastSegment,
    pub(super) last: Seq,
    pub(super) head: ChainHash,
    pub(super) tail: Option<TailDamage>,
}

/// Passes over the ledger; `None` where there is none.
pub(super) fn walk(
    disk: &dyn Disk,
    access: Access,
    rigour: Rigour,
    visit: &mut dyn FnMut(Visit<'_>) -> Result<(), LedgerError>,
) -> Result<Option<Walk>, LedgerError> {
    let names = disk.names().map_err(|source| LedgerError::Io {
        action: "list",
        subject: disk.place(),
        source,
    })?;
    let mut firsts: Vec<Seq> = names
        .iter()
        .filter_map(|name| segment::first_of(name))
        .collect();
    firsts.sort_unstable();
    let (Some(first), Some((last, earlier))) = (firsts.first(), firsts.split_last()) else {
        return Ok(None);
    };
    let (_, header) = open(disk, *first, Seq(1), Access::Read)?;
    let mut walker = Walker {
        disk,
        rigour,
        visit,
        facts: Facts::new(header.identity),
        segments: 0,
        last: Seq(0),
        head: ChainHash::START,
        last_checkpoint: None,
        unsynced: VecDeque::new(),
        tail: None,
    };
    for first in earlier {
        walker.segment(*first, Access::Read, false)?;
    }
    let last_segment = walker.segment(*last, access, true)?;
    walker.check_signature()?;
    Ok(Some(Walk {
        facts: walker.facts,
        segments: walker.segments,
        last_segment,
        last: walker.last,
        head: walker.head,
        tail: walker.tail,
    }))
}

struct Walker<'a> {
    disk: &'a dyn Disk,
    rigour: Rigour,
    visit: &'a mut dyn FnMut(Visit<'_>) -> Result<(), LedgerError>,
    facts: Facts,
    segments: u64,
    last: Seq,
    head: ChainHash,
    /// Where the last signed checkpoint stands.
    last_checkpoint: Option<Place>,
    /// Offsets in the present segment of the records after those that are vouched for.
    unsynced: VecDeque<u64>,
    tail: Option<TailDamage>,
}

/// Where something stands.
#[derive(Debug, Clone)]
struct Place {
    segment: String,
    offset: u64,
    seq: Seq,
}

impl Place {
    fn header(first: Seq, seq: Seq) -> Self {
        Self {
            segment: segment::name(first),
            offset: 0,
            seq,
        }
    }

    fn tampered(self, what: Damage) -> LedgerError {
        let Self {
            segment,
            offset,
            seq,
        } = self;
        LedgerError::Tampered {
            segment,
            offset,
            seq,
            what,
        }
    }

    fn unreadable(self, source: CodecError) -> LedgerError {
        let Self {
            segment,
            offset,
            seq,
        } = self;
        if let CodecError::UnknownKind { kind } = source {
            return LedgerError::UnknownKind {
                kind,
                seq,
                segment,
                offset,
            };
        }
        if let CodecError::UnknownVersion { version } = source {
            return LedgerError::UnknownVersion {
                version,
                seq,
                segment,
                offset,
            };
        }
        LedgerError::Undecodable {
            seq,
            segment,
            offset,
            source,
        }
    }
}

/// Opens the segment that begins with `first`; damage to its header is damage at `expected`.
fn open(
    disk: &dyn Disk,
    first: Seq,
    expected: Seq,
    access: Access,
) -> Result<(Arc<dyn LedgerFile>, Header), LedgerError> {
    let segment = segment::name(first);
    let io = |action| {
        let subject = segment.clone();
        move |source| LedgerError::Io {
            action,
            subject,
            source,
        }
    };
    let file = disk.open(&segment, access).map_err(io("open"))?;
    let header = read_header(&*file).map_err(io("read"))?;
    match Header::read(&header) {
        Ok(header) => Ok((file, header)),
        Err(HeaderError::Damaged(what)) => Err(Place::header(first, expected).tampered(what)),
        Err(HeaderError::UnknownFormat { version }) => {
            Err(LedgerError::UnknownFormat { version, segment })
        }
    }
}

impl Walker<'_> {
    fn segment(
        &mut self,
        first: Seq,
        access: Access,
        is_last: bool,
    ) -> Result<LastSegment, LedgerError> {
        let expected = self.last.next();
        if first > expected {
            return Err(Place::header(expected, expected).tampered(Damage::SegmentMissing));
        }
        let (file, header) = open(self.disk, first, expected, access)?;
        let continued = Header {
            identity: self.facts.identity,
            first: expected,
            before: self.head,
        };
        if header != continued || first != expected {
            return Err(Place::header(first, expected).tampered(Damage::HeaderElsewhere));
        }
        self.segments += 1;
        self.facts.synced = self.last;
        self.unsynced.clear();
        let end = self.records(&segment::name(first), &*file, is_last)?;
        let unsynced = self.unsynced.front().copied().unwrap_or(end);
        Ok(LastSegment {
            first,
            file,
            end,
            unsynced,
        })
    }

    /// Reads the segment's records and says where the last readable one ends.
    fn records(
        &mut self,
        segment: &str,
        file: &dyn LedgerFile,
        is_last: bool,
    ) -> Result<u64, LedgerError> {
        let io = |source| LedgerError::Io {
            action: "read",
            subject: segment.to_owned(),
            source,
        };
        let start = super::wide(HEADER_BYTES);
        let before = self.head;
        let stop = thread::scope(|scope| {
            let lots = read_ahead(scope, file, start, before).map_err(io)?;
            self.take(segment, &lots)
        })?;
        let seq = self.last.next();
        let place = |offset| Place {
            segment: segment.to_owned(),
            offset,
            seq,
        };
        let (offset, what) = match stop {
            // The record that opens the ledger came to the disk with the first header.
            Stop::End { offset } if self.last == Seq(0) => {
                return Err(place(offset).tampered(Damage::NotOpened));
            }
            Stop::End { offset } => return Ok(offset),
            Stop::Damaged { offset, what } => (offset, what),
            Stop::Failed(error) => return Err(io(error)),
        };
        // Each later segment was begun only when everything before it was on the disk.
        let was_on_disk = !is_last
            || self.last == Seq(0)
            || resync::vouched_for(file, offset + 1, seq).map_err(io)?;
        if was_on_disk {
            return Err(place(offset).tampered(what));
        }
        let bytes = file.length().map_err(io)?.saturating_sub(offset);
        self.tail = Some(TailDamage {
            from: seq,
            bytes,
            what,
        });
        Ok(offset)
    }

    /// Takes in what is read ahead, until nothing follows.
    fn take(&mut self, segment: &str, reads: &Receiver<Read>) -> Result<Stop, LedgerError> {
        for read in reads {
            match read {
                Read::Lot(lot) => {
                    for checked in lot.records() {
                        self.record(segment, checked)?;
                    }
                }
                Read::Stop(stop) => return Ok(stop),
            }
        }
        // A thread that ended without a stop has panicked, which its scope tells.
        Ok(Stop::Failed(io::ErrorKind::UnexpectedEof.into()))
    }

    fn record(&mut self, segment: &str, checked: Checked<'_>) -> Result<(), LedgerError> {
        let Checked {
            offset,
            body,
            chain,
            leaf,
        } = checked;
        let seq = self.last.next();
        let place = |offset| Place {
            segment: segment.to_owned(),
            offset,
            seq,
        };
        let decoded = match self.rigour {
            Rigour::Replay => codec::decode_own(body),
            Rigour::Full => codec::decode(body),
        };
        let record = decoded.map_err(|source| place(offset).unreadable(source))?;
        let vouched = self.facts.synced;
        let stated = self.facts.take(seq, &record.event);
        stated.map_err(|what| place(offset).tampered(what))?;
        self.unsynced.push_back(offset);
        for _ in vouched.0..self.facts.synced.0 {
            self.unsynced.pop_front();
        }
        if matches!(record.event, Event::CheckpointSigned { .. }) {
            self.last_checkpoint = Some(place(offset));
            if self.rigour == Rigour::Full {
                self.check_signature()?;
            }
        }
        self.facts.tree.append(leaf);
        self.last = seq;
        self.head = chain;
        (self.visit)(Visit {
            seq,
            body,
            leaf,
            chain,
            record,
        })
    }

    fn check_signature(&mut self) -> Result<(), LedgerError> {
        let checked = self.facts.signature();
        match (checked, self.last_checkpoint.take()) {
            (Err(what), Some(place)) => Err(place.tampered(what)),
            _ => Ok(()),
        }
    }
}

/// The file's first bytes: a whole header, or what there is.
fn read_header(file: &dyn LedgerFile) -> io::Result<Vec<u8>> {
    let mut header = vec![0; HEADER_BYTES];
    let mut had = 0;
    while let Some(rest) = header.get_mut(had..).filter(|rest| !rest.is_empty()) {
        let read = file.read_at(super::wide(had), rest)?;
        if read == 0 {
            break;
        }
        had += read;
    }
    header.truncate(had);
    Ok(header)
}
