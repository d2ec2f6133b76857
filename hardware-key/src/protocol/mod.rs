//! The dongle's report protocol, version 1, as `PROTOCOL.md` states it: requests and answers to and
//! from 64-byte reports. Pure: no device, no clock, no randomness. Both sides are here, so that the
//! emulator speaks exactly what the daemon understands; what a key does belongs to neither.

use std::fmt;

use crate::report::{REPORT_BYTES, Report};

mod answer;
mod request;

pub use answer::{Answer, AnswerFault, AnswerReader, Progress, REPORTS_READ_MAX, encode_refusal};
pub use request::{Request, RequestFault};

/// The first two bytes of every report of this protocol.
pub const MAGIC: [u8; 2] = *b"OD";
/// The version stated here.
pub const VERSION: u8 = 1;
/// Bytes before the payload.
pub const HEADER_BYTES: usize = 12;
/// Payload bytes of one report.
pub const FRAGMENT_BYTES: usize = REPORT_BYTES - HEADER_BYTES;
/// Bytes of what a dongle signs for.
pub const CHALLENGE_BYTES: usize = 32;
/// The vendor-defined HID usage page of a dongle.
pub const USAGE_PAGE: u16 = 0xff42;
/// The HID usage of a dongle within its page.
pub const USAGE: u16 = 0x0001;
/// Set in a command's code where the report is an answer.
const ANSWER: u8 = 0x80;

/// The HID report descriptor of a dongle: one input and one output report of 64 bytes, no numbers.
pub const REPORT_DESCRIPTOR: [u8; 34] = [
    0x06, 0x42, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08,
    0x95, 0x40, 0x81, 0x02, 0x09, 0x03, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91,
    0x02, 0xc0,
];

/// Names one request and its answer. Random, so that answers to other programs, which every open
/// handle sees too, are not taken for one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TransactionId(pub [u8; 4]);

/// What a dongle can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Command {
    /// Who it is; changes nothing.
    Info,
    /// A signature over a challenge; raises the counter by one.
    Prove,
}

impl Command {
    /// The command's number in a request.
    pub const fn code(self) -> u8 {
        match self {
            Self::Info => 1,
            Self::Prove => 2,
        }
    }

    /// The command of a number.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Info),
            2 => Some(Self::Prove),
            _ => None,
        }
    }

    /// Its name in `PROTOCOL.md`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Prove => "PROVE",
        }
    }

    /// Payload bytes of the answer where the status is [`Status::Done`].
    pub const fn answer_bytes(self) -> usize {
        match self {
            Self::Info => 16 + 32 + 8,
            Self::Prove => 16 + 8 + 64,
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Carried out.
    Done,
    /// Another transaction is in progress; nothing was done.
    Busy,
    /// The command is not known; nothing was done.
    UnknownCommand,
    /// The request's length, fragment index, status or padding is wrong; nothing was done.
    BadRequest,
    /// The request's version is not known; nothing was done.
    UnknownVersion,
    /// The counter could not be stored or is at its end; nothing was signed.
    CounterFailed,
    /// A status that this version does not know.
    Other(u8),
}

impl Status {
    /// The status's number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Busy => 1,
            Self::UnknownCommand => 2,
            Self::BadRequest => 3,
            Self::UnknownVersion => 4,
            Self::CounterFailed => 5,
            Self::Other(code) => code,
        }
    }

    /// The status of a number.
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Done,
            1 => Self::Busy,
            2 => Self::UnknownCommand,
            3 => Self::BadRequest,
            4 => Self::UnknownVersion,
            5 => Self::CounterFailed,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Busy => f.write_str("another transaction is in progress"),
            Self::UnknownCommand => f.write_str("it does not know the command"),
            Self::BadRequest => f.write_str("it found a mistake in the request"),
            Self::UnknownVersion => f.write_str("it does not know this version of the protocol"),
            Self::CounterFailed => f.write_str("its counter could not be stored or is at its end"),
            Self::Other(code) => write!(f, "status {code:#04x}, which this version does not know"),
        }
    }
}

/// The twelve bytes before the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    version: u8,
    command: u8,
    transaction: TransactionId,
    index: u8,
    status: u8,
    length: u16,
}

impl Header {
    /// `None` where the report is not of this protocol.
    fn read(report: &Report) -> Option<(Self, &[u8; FRAGMENT_BYTES])> {
        let [
            m0,
            m1,
            version,
            command,
            t0,
            t1,
            t2,
            t3,
            index,
            status,
            l0,
            l1,
            payload @ ..,
        ] = report.as_bytes();
        ([*m0, *m1] == MAGIC).then_some((
            Self {
                version: *version,
                command: *command,
                transaction: TransactionId([*t0, *t1, *t2, *t3]),
                index: *index,
                status: *status,
                length: u16::from_be_bytes([*l0, *l1]),
            },
            payload,
        ))
    }

    fn report(self, payload: &[u8]) -> Report {
        let [m0, m1] = MAGIC;
        let [t0, t1, t2, t3] = self.transaction.0;
        let [l0, l1] = self.length.to_be_bytes();
        let header = [
            m0,
            m1,
            self.version,
            self.command,
            t0,
            t1,
            t2,
            t3,
            self.index,
            self.status,
            l0,
            l1,
        ];
        let mut bytes = [0; REPORT_BYTES];
        for (to, from) in bytes.iter_mut().zip(header.iter().chain(payload)) {
            *to = *from;
        }
        Report::from_bytes(bytes)
    }
}
