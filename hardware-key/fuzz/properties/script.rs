//! A fuzzer's bytes read as a script: what comes next, until nothing is left, or for ever. And what
//! the transports that follow one have in common.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use octroi_hardware_key::{KeyError, Report, TransportError, emulator::CounterStore};

/// More than any scheduling takes, far less than a loop without an end.
const SLACK: Duration = Duration::from_secs(5);

/// Bytes that are used up one after the other.
#[derive(Debug)]
pub struct Script {
    bytes: Vec<u8>,
    at: usize,
    /// Begins anew at its end.
    endless: bool,
}

impl Script {
    pub fn new(bytes: &[u8], endless: bool) -> Self {
        Self {
            bytes: bytes.to_vec(),
            at: 0,
            endless: endless && !bytes.is_empty(),
        }
    }

    /// The next byte; `None` at the end.
    pub fn next(&mut self) -> Option<u8> {
        if self.endless && self.at == self.bytes.len() {
            self.at = 0;
        }
        let byte = self.bytes.get(self.at)?;
        self.at += 1;
        Some(*byte)
    }

    /// The next byte, 0 after the end.
    pub fn byte(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    /// The next bytes, zeros after the end.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// So many bytes, zeros after the end.
    pub fn take(&mut self, many: usize) -> Vec<u8> {
        (0..many).map(|_| self.byte()).collect()
    }

    /// Why a report does not travel.
    pub fn trouble(&mut self) -> TransportError {
        match self.byte() % 3 {
            0 => TransportError::Timeout,
            1 => TransportError::Gone,
            _ => TransportError::Io(io::Error::other("a fuzzer's")),
        }
    }
}

/// What went over a transport, and what its device counted.
#[derive(Debug, Default)]
pub struct Log {
    pub reads: u64,
    pub writes: u64,
    pub counter: u64,
    /// Challenges that the device signed.
    pub signed: Vec<[u8; 32]>,
}

/// A log that the transport's maker reads too.
#[derive(Debug, Clone, Default)]
pub struct SharedLog(Arc<Mutex<Log>>);

impl SharedLog {
    pub fn with<R>(&self, use_it: impl FnOnce(&mut Log) -> R) -> R {
        use_it(&mut self.0.lock().expect("nobody panics while holding it"))
    }

    fn traffic(&self) -> (u64, u64) {
        self.with(|log| (log.reads, log.writes))
    }
}

impl CounterStore for SharedLog {
    fn store(&mut self, counter: u64) -> io::Result<()> {
        self.with(|log| log.counter = counter);
        Ok(())
    }
}

/// One report with a byte replaced.
pub fn patched(report: Report, at: u8, byte: u8) -> Report {
    let mut bytes = *report.as_bytes();
    bytes[usize::from(at) % bytes.len()] = byte;
    Report::from_bytes(bytes)
}

/// Watches the calls of one key: none may take longer than it is given, read more reports than
/// `reads_max` says for the reports that it wrote, or speak on a handle that an error has ended.
pub struct Watch {
    log: SharedLog,
    reads_max: fn(u64) -> u64,
    within: Duration,
    ended: bool,
}

impl Watch {
    pub fn new(log: SharedLog, within: Duration, reads_max: fn(u64) -> u64) -> Self {
        Self {
            log,
            reads_max,
            within,
            ended: false,
        }
    }

    pub fn call<A>(&mut self, call: impl FnOnce() -> Result<A, KeyError>) -> Option<A> {
        let (reads, writes) = self.log.traffic();
        let began = Instant::now();
        let result = call();
        let took = began.elapsed();
        assert!(took <= self.within + SLACK, "it took {took:?}");
        let (reads, writes) = {
            let after = self.log.traffic();
            (after.0 - reads, after.1 - writes)
        };
        assert!(
            reads <= (self.reads_max)(writes),
            "{reads} reports were read for {writes} written"
        );
        if self.ended {
            assert!(result.is_err(), "it answers after its end");
            assert_eq!((reads, writes), (0, 0), "spoken to after its end");
        }
        match result {
            Ok(answer) => Some(answer),
            Err(error) => {
                let said = error.to_string();
                assert!(!said.contains('\n') && !said.ends_with('.'), "{said}");
                self.ended |= !error.leaves_key_usable();
                None
            }
        }
    }
}
