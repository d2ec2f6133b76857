//! CTAPHID: messages of up to 7609 bytes in 64-byte packets, each on its program's own channel
//! (CTAP 2.1, section 11.2). Every open handle sees every packet that the key sends, so those of
//! other channels are passed over.

use std::fmt;

use crate::report::{REPORT_BYTES, Report};

/// Bytes of a message at most: one initialisation packet and 128 continuations.
pub const CTAPHID_MESSAGE_BYTES_MAX: usize = INITIAL_BYTES + 128 * CONTINUED_BYTES;
const INITIAL_BYTES: usize = REPORT_BYTES - 7;
const CONTINUED_BYTES: usize = REPORT_BYTES - 5;
/// Set in a packet's fifth byte where it begins a message.
const INITIAL: u8 = 0x80;

/// Whose conversation a packet belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelId(pub u32);

/// The channel on which a program asks for its own.
pub const BROADCAST: ChannelId = ChannelId(0xffff_ffff);

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HidCommand {
    /// Echo: shows that the key is there and writes nothing on it.
    Ping,
    /// Asks for a channel.
    Init,
    /// A CTAP2 command and its answer.
    Cbor,
    /// Ends what the key is doing.
    Cancel,
    /// The key is still at work, or waits for its user.
    KeepAlive,
    /// The key could not take a message.
    Error,
    /// One that is not spoken here.
    Other(u8),
}

impl HidCommand {
    /// Its number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ping => 0x01,
            Self::Init => 0x06,
            Self::Cbor => 0x10,
            Self::Cancel => 0x11,
            Self::KeepAlive => 0x3b,
            Self::Error => 0x3f,
            Self::Other(code) => code,
        }
    }

    /// The command of a number.
    pub const fn from_code(code: u8) -> Self {
        match code {
            0x01 => Self::Ping,
            0x06 => Self::Init,
            0x10 => Self::Cbor,
            0x11 => Self::Cancel,
            0x3b => Self::KeepAlive,
            0x3f => Self::Error,
            other => Self::Other(other),
        }
    }
}

/// What a key says that could not take a message (section 11.2.9.1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HidError(pub u8);

impl HidError {
    /// Another program uses the key.
    pub const CHANNEL_BUSY: Self = Self(0x06);
    /// The channel is not one that the key gave.
    pub const INVALID_CHANNEL: Self = Self(0x0b);
    /// A message took too long to arrive.
    pub const MESSAGE_TIMEOUT: Self = Self(0x05);
    /// A packet was out of turn.
    pub const INVALID_SEQUENCE: Self = Self(0x04);
    /// A command that the key does not know.
    pub const INVALID_COMMAND: Self = Self(0x01);
    /// A length that the key does not take.
    pub const INVALID_LENGTH: Self = Self(0x03);
}

impl fmt::Display for HidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CTAPHID error {:#04x}", self.0)
    }
}

/// The packets of a message; those of a payload over [`CTAPHID_MESSAGE_BYTES_MAX`] are `None`.
pub fn frames(channel: ChannelId, command: HidCommand, payload: &[u8]) -> Option<Vec<Report>> {
    if payload.len() > CTAPHID_MESSAGE_BYTES_MAX {
        return None;
    }
    let length = u16::try_from(payload.len()).ok()?.to_be_bytes();
    let (first, rest) = payload
        .split_at_checked(INITIAL_BYTES)
        .unwrap_or((payload, &[]));
    let head = [INITIAL | command.code(), length[0], length[1]];
    let mut packets = vec![packet(channel, &head, first)];
    for (index, part) in (0..).zip(rest.chunks(CONTINUED_BYTES)) {
        packets.push(packet(channel, &[index], part));
    }
    Some(packets)
}

fn packet(channel: ChannelId, head: &[u8], payload: &[u8]) -> Report {
    let mut bytes = [0; REPORT_BYTES];
    let channel = channel.0.to_be_bytes();
    let parts = channel.iter().chain(head).chain(payload);
    for (to, from) in bytes.iter_mut().zip(parts) {
        *to = *from;
    }
    Report::from_bytes(bytes)
}

/// What a packet brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It belongs to another conversation, or to none.
    Ignored,
    /// More is to come.
    More,
    /// A message is whole.
    Whole {
        /// What it is.
        command: HidCommand,
        /// What it holds.
        payload: Vec<u8>,
    },
}

/// Why packets form no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FramingFault {
    /// A continuation out of turn.
    #[error("packet {found} came where {expected} was due")]
    Sequence {
        /// The number due.
        expected: u8,
        /// The number found.
        found: u8,
    },
    /// Longer than messages can be.
    #[error("it announces {bytes} bytes, more than a message holds")]
    Length {
        /// What it announces.
        bytes: u16,
    },
    /// A new message began before the last was whole.
    #[error("a message began inside another")]
    Interrupted,
}

/// Puts the packets of one channel together again.
#[derive(Debug, Clone)]
pub struct MessageReader {
    channel: ChannelId,
    open: Option<Open>,
}

#[derive(Debug, Clone)]
struct Open {
    command: HidCommand,
    length: usize,
    next: u8,
    payload: Vec<u8>,
}

impl MessageReader {
    /// Reads the messages of one channel.
    pub const fn new(channel: ChannelId) -> Self {
        Self {
            channel,
            open: None,
        }
    }

    /// Takes the next packet that arrived.
    ///
    /// # Errors
    /// [`FramingFault`], after which what arrives next is no message either.
    pub fn take(&mut self, report: &Report) -> Result<Received, FramingFault> {
        let [c0, c1, c2, c3, head, rest @ ..] = report.as_bytes();
        if u32::from_be_bytes([*c0, *c1, *c2, *c3]) != self.channel.0 {
            return Ok(Received::Ignored);
        }
        if head & INITIAL != 0 {
            self.begin(HidCommand::from_code(head & !INITIAL), rest)
        } else {
            self.go_on(*head, rest)
        }
    }

    fn begin(&mut self, command: HidCommand, rest: &[u8]) -> Result<Received, FramingFault> {
        // An error or a sign of life may come in between; it takes one packet.
        let aside = matches!(command, HidCommand::Error | HidCommand::KeepAlive);
        if self.open.is_some() && !aside {
            return Err(FramingFault::Interrupted);
        }
        let [l0, l1, first @ ..] = rest else {
            return Ok(Received::Ignored); // a packet is never so short
        };
        let announced = u16::from_be_bytes([*l0, *l1]);
        let length = usize::from(announced);
        if length > CTAPHID_MESSAGE_BYTES_MAX || (aside && length > first.len()) {
            return Err(FramingFault::Length { bytes: announced });
        }
        let payload = first.get(..length).unwrap_or(first).to_vec();
        if payload.len() == length {
            return Ok(Received::Whole { command, payload });
        }
        self.open = Some(Open {
            command,
            length,
            next: 0,
            payload,
        });
        Ok(Received::More)
    }

    fn go_on(&mut self, found: u8, rest: &[u8]) -> Result<Received, FramingFault> {
        let Some(mut open) = self.open.take() else {
            return Ok(Received::Ignored); // of a message that was given up
        };
        if found != open.next {
            return Err(FramingFault::Sequence {
                expected: open.next,
                found,
            });
        }
        open.next = open.next.saturating_add(1);
        let missing = open.length.saturating_sub(open.payload.len());
        open.payload.extend(rest.iter().take(missing));
        if open.payload.len() == open.length {
            return Ok(Received::Whole {
                command: open.command,
                payload: open.payload,
            });
        }
        self.open = Some(open);
        Ok(Received::More)
    }
}
