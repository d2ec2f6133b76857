//! Reads a segment's frames from front to back through one reused buffer, checking marker, length,
//! checksum and chain of each. What a damaged one means is decided elsewhere.

use std::io;

use super::{
    ChainHash, Damage, LedgerFile,
    codec::BODY_BYTES_MAX,
    frame::{CHAIN_BYTES, HEAD_BYTES, Head},
    wide,
};

/// More than the longest frame.
const BUFFER_BYTES: usize = 1 << 18;

pub(super) struct FrameReader<'f> {
    file: &'f dyn LedgerFile,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that were passed.
    passed: usize,
    /// Bytes of `buffer` that were read.
    filled: usize,
    /// Where in the file `buffer` begins.
    base: u64,
    ended: bool,
    chain: ChainHash,
}

/// What stands at the reader's place.
pub(super) enum Step<'b> {
    /// An unbroken record.
    Frame {
        offset: u64,
        body: &'b [u8],
        chain: ChainHash,
    },
    /// The end of the file, right after a record.
    End { offset: u64 },
    /// Anything else.
    Damaged { offset: u64, what: Damage },
}

impl<'f> FrameReader<'f> {
    /// Reads from `offset` on, where the chain stands at `before`.
    pub(super) fn new(file: &'f dyn LedgerFile, offset: u64, before: ChainHash) -> Self {
        Self {
            file,
            buffer: vec![0; BUFFER_BYTES],
            passed: 0,
            filled: 0,
            base: offset,
            ended: false,
            chain: before,
        }
    }

    /// The unread bytes: at least `wanted`, or all that the file has.
    fn ahead(&mut self, wanted: usize) -> io::Result<&[u8]> {
        while !self.ended && self.filled - self.passed < wanted {
            self.buffer.copy_within(self.passed..self.filled, 0);
            self.base += wide(self.passed);
            self.filled -= self.passed;
            self.passed = 0;
            let fresh = self.buffer.get_mut(self.filled..).unwrap_or_default();
            let read = self.file.read_at(self.base + wide(self.filled), fresh)?;
            self.filled += read;
            self.ended = read == 0;
        }
        Ok(self
            .buffer
            .get(self.passed..self.filled)
            .unwrap_or_default())
    }

    pub(super) fn next(&mut self) -> io::Result<Step<'_>> {
        let ahead = self.ahead(HEAD_BYTES)?;
        let (empty, head) = (ahead.is_empty(), ahead.first_chunk().copied());
        let offset = self.base + wide(self.passed);
        if empty {
            return Ok(Step::End { offset });
        }
        let damaged = |what| Ok(Step::Damaged { offset, what });
        let Some(head) = head else {
            return damaged(Damage::CutShort);
        };
        let Some(head) = Head::read(head) else {
            return damaged(Damage::NoMarker);
        };
        let found = head.length;
        let length = match usize::try_from(found) {
            Ok(length) if length <= BODY_BYTES_MAX => length,
            _ => return damaged(Damage::Length { found }),
        };
        let whole = HEAD_BYTES + length + CHAIN_BYTES;
        let before = self.chain;
        let frame = self.ahead(whole)?.get(HEAD_BYTES..whole);
        let Some((body, stored)) = frame.and_then(|frame| frame.split_last_chunk()) else {
            return damaged(Damage::CutShort);
        };
        if crc32fast::hash(body) != head.checksum {
            return damaged(Damage::Checksum);
        }
        let chain = before.after(body);
        if *chain.as_bytes() != *stored {
            return damaged(Damage::Chain);
        }
        self.chain = chain;
        let body = self.passed + HEAD_BYTES..self.passed + HEAD_BYTES + length;
        self.passed += whole;
        let body = self.buffer.get(body).unwrap_or_default();
        Ok(Step::Frame {
            offset,
            body,
            chain,
        })
    }
}
