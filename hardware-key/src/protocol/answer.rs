//! Answers: one or more reports each, from the dongle to the host, among reports that are meant for
//! others.

use octroi_licence::{KeySerial, PublicKey};

use super::{ANSWER, Command, FRAGMENT_BYTES, Header, Status, TransactionId, VERSION};
use crate::report::Report;

/// What a dongle answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// To INFO.
    Info {
        /// Serial number.
        serial: KeySerial,
        /// Public key.
        public_key: PublicKey,
        /// Signatures made so far.
        counter: u64,
    },
    /// To PROVE.
    Proof {
        /// Serial number.
        serial: KeySerial,
        /// Signatures made so far, this one included.
        counter: u64,
        /// Ed25519 over the proof message.
        signature: [u8; 64],
    },
}

impl Answer {
    fn read(command: Command, bytes: &[u8]) -> Option<Self> {
        let (serial, rest) = bytes.split_first_chunk()?;
        let serial = KeySerial(*serial);
        match command {
            Command::Info => {
                let (key, counter) = rest.split_first_chunk::<32>()?;
                Some(Self::Info {
                    serial,
                    public_key: PublicKey::from_bytes(key)?,
                    counter: u64::from_be_bytes(counter.try_into().ok()?),
                })
            }
            Command::Prove => {
                let (counter, signature) = rest.split_first_chunk()?;
                Some(Self::Proof {
                    serial,
                    counter: u64::from_be_bytes(*counter),
                    signature: signature.try_into().ok()?,
                })
            }
        }
    }

    /// The reports of an answer, in order.
    pub fn encode(&self, transaction: TransactionId) -> Vec<Report> {
        let (command, payload) = match self {
            Self::Info {
                serial,
                public_key,
                counter,
            } => (
                Command::Info,
                [
                    serial.0.as_slice(),
                    public_key.as_bytes(),
                    &counter.to_be_bytes(),
                ]
                .concat(),
            ),
            Self::Proof {
                serial,
                counter,
                signature,
            } => (
                Command::Prove,
                [serial.0.as_slice(), &counter.to_be_bytes(), signature].concat(),
            ),
        };
        let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
        (0..)
            .zip(payload.chunks(FRAGMENT_BYTES))
            .map(|(index, fragment)| {
                Header {
                    version: VERSION,
                    command: command.code() | ANSWER,
                    transaction,
                    index,
                    status: Status::Done.code(),
                    length,
                }
                .report(fragment)
            })
            .collect()
    }
}

/// The one report that refuses a request.
pub fn encode_refusal(transaction: TransactionId, command: u8, status: Status) -> Report {
    Header {
        version: VERSION,
        command: command | ANSWER,
        transaction,
        index: 0,
        status: status.code(),
        length: 0,
    }
    .report(&[])
}

/// What is wrong with an answer that bears one's own transaction id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerFault {
    /// Another version.
    #[error("it is of version {found} of the protocol")]
    Version {
        /// Which.
        found: u8,
    },
    /// To another command.
    #[error("it bears command {found:#04x}")]
    Command {
        /// Which.
        found: u8,
    },
    /// Not the length that the command's answer has.
    #[error("it has {found} bytes in the place of {expected}")]
    Length {
        /// Bytes of the command's answer.
        expected: usize,
        /// Bytes announced.
        found: usize,
    },
    /// A fragment is missing, came twice or out of order.
    #[error("fragment {found} came in the place of fragment {expected}")]
    Order {
        /// The next index.
        expected: u8,
        /// The index that came.
        found: u8,
    },
    /// Bytes after the payload are not zero.
    #[error("its padding is not zero")]
    Padding,
    /// A later fragment bears another status than the first.
    #[error("its fragments disagree on how the request went")]
    Status,
    /// The public key is no point on the curve.
    #[error("its public key is none")]
    PublicKey,
    /// Nothing but other reports, more than a quiet key ever sends.
    #[error("{reports} reports came and none of them answered")]
    Flood {
        /// Reports read.
        reports: u32,
    },
}

/// What one report did to an answer that is being put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It belongs to somebody else, or to nobody.
    Ignored,
    /// It was a fragment, and more are to come.
    More,
    /// The answer is whole.
    Whole(Answer),
    /// The dongle refused.
    Refused(Status),
}

/// Reports read for one answer. The kernel queues 64 for a handle; more than four times that is no
/// leftover of other programs.
pub const REPORTS_READ_MAX: u32 = 256;

/// Puts the answer to one request together.
#[derive(Debug)]
pub struct AnswerReader {
    command: Command,
    transaction: TransactionId,
    payload: Vec<u8>,
    next_index: u8,
    reports: u32,
}

impl AnswerReader {
    /// Expects the answer to `command` under `transaction`.
    pub fn new(command: Command, transaction: TransactionId) -> Self {
        Self {
            command,
            transaction,
            payload: Vec::with_capacity(command.answer_bytes()),
            next_index: 0,
            reports: 0,
        }
    }

    /// Takes the next report. After [`Progress::Whole`], [`Progress::Refused`] or a fault the reader
    /// is used up.
    ///
    /// # Errors
    /// [`AnswerFault`] where the report is an answer to this request and not a valid one, or too
    /// many others came.
    pub fn take(&mut self, report: &Report) -> Result<Progress, AnswerFault> {
        self.reports += 1;
        let own = Header::read(report).filter(|(header, _)| header.transaction == self.transaction);
        let Some((header, payload)) = own else {
            if self.reports >= REPORTS_READ_MAX {
                return Err(AnswerFault::Flood {
                    reports: self.reports,
                });
            }
            return Ok(Progress::Ignored);
        };
        self.check(&header)?;
        let status = Status::from_code(header.status);
        let expected = match status {
            Status::Done => self.command.answer_bytes(),
            Status::Busy
            | Status::UnknownCommand
            | Status::BadRequest
            | Status::UnknownVersion
            | Status::CounterFailed
            | Status::Other(_) => 0,
        };
        let length = usize::from(header.length);
        if length != expected {
            return Err(AnswerFault::Length {
                expected,
                found: length,
            });
        }
        let missing = expected.saturating_sub(self.payload.len());
        let (fragment, padding) = payload.split_at(missing.min(FRAGMENT_BYTES));
        if padding.iter().any(|byte| *byte != 0) {
            return Err(AnswerFault::Padding);
        }
        if status != Status::Done {
            return Ok(Progress::Refused(status));
        }
        self.payload.extend_from_slice(fragment);
        self.next_index += 1;
        if self.payload.len() < expected {
            return Ok(Progress::More);
        }
        Answer::read(self.command, &self.payload)
            .map(Progress::Whole)
            .ok_or(AnswerFault::PublicKey)
    }

    fn check(&self, header: &Header) -> Result<(), AnswerFault> {
        if header.version != VERSION {
            return Err(AnswerFault::Version {
                found: header.version,
            });
        }
        if header.command != self.command.code() | ANSWER {
            return Err(AnswerFault::Command {
                found: header.command,
            });
        }
        if header.index != self.next_index {
            return Err(AnswerFault::Order {
                expected: self.next_index,
                found: header.index,
            });
        }
        if header.index > 0 && header.status != Status::Done.code() {
            return Err(AnswerFault::Status);
        }
        Ok(())
    }
}
