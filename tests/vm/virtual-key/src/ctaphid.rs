//! The device's side of CTAPHID (CTAP 2.1, section 11.2): one transaction at a time, packets put together and taken
//! apart. Written from the standard and not from the client's code, so that the two agreeing says something. What a
//! message means is the firmware's.

use std::time::{Duration, Instant};

use octroi_hardware_key::{REPORT_BYTES, Report};

/// Bytes of a message at most.
pub(crate) const MESSAGE_BYTES_MAX: usize = 7609;
/// The channel on which programs ask for their own.
const BROADCAST: u32 = 0xffff_ffff;
/// How long a program may take from one packet of a message to the next. The standard says half a second, of a
/// machine that is not emulated.
const PACKET_WITHIN: Duration = Duration::from_secs(3);

// Commands.
const PING: u8 = 0x01;
const MSG: u8 = 0x03;
const INIT: u8 = 0x06;
const WINK: u8 = 0x08;
/// CTAP2.
pub(crate) const CBOR: u8 = 0x10;
const CANCEL: u8 = 0x11;
const KEEPALIVE: u8 = 0x3b;
const ERROR: u8 = 0x3f;

// Errors.
const INVALID_COMMAND: u8 = 0x01;
const INVALID_LENGTH: u8 = 0x03;
const INVALID_SEQUENCE: u8 = 0x04;
const MESSAGE_TIMEOUT: u8 = 0x05;
const CHANNEL_BUSY: u8 = 0x06;
const INVALID_CHANNEL: u8 = 0x0b;

const CAN_WINK: u8 = 0x01;
const KNOWS_CBOR: u8 = 0x04;
const PROCESSING: u8 = 1;

/// What is to be done about a packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing, or the answer.
    Say(Vec<Report>),
    /// The firmware has to answer; then call [`CtapHid::answered`].
    Work {
        /// CBOR, or else MSG: an APDU of U2F.
        cbor: bool,
        message: Vec<u8>,
    },
    /// The firmware may stop waiting for its user; it answers all the same.
    Cancel,
    /// The firmware's answer is not wanted any more; this is said instead.
    Abandon(Vec<Report>),
}

/// A message of which not all has arrived.
#[derive(Debug)]
struct Arriving {
    channel: u32,
    command: u8,
    length: usize,
    next: u8,
    message: Vec<u8>,
    last: Instant,
}

/// The conversation with all programs.
#[derive(Debug, Default)]
pub(crate) struct CtapHid {
    /// Channels given away; their names are the numbers from 1.
    channels: u32,
    arriving: Option<Arriving>,
    /// Whom the firmware works for, and on which command.
    working: Option<(u32, u8)>,
}

/// What a packet is for fault simulation: a message's beginning, and of which channel.
pub(crate) enum Packet {
    Begins { channel: u32, command: u8 },
    GoesOn,
}

/// Reads a packet's head.
pub(crate) fn packet(report: &Report) -> Packet {
    let [c0, c1, c2, c3, head, ..] = report.as_bytes();
    if head & 0x80 == 0 {
        return Packet::GoesOn;
    }
    Packet::Begins {
        channel: u32::from_be_bytes([*c0, *c1, *c2, *c3]),
        command: head & 0x7f,
    }
}

/// Whether a command asks the key to do something.
pub(crate) const fn asks(command: u8) -> bool {
    matches!(command, CBOR | MSG | PING)
}

/// The error that tells a program to try again later.
pub(crate) fn busy(channel: u32) -> Vec<Report> {
    error(channel, CHANNEL_BUSY)
}

fn error(channel: u32, error: u8) -> Vec<Report> {
    frames(channel, ERROR, &[error])
}

fn frames(channel: u32, command: u8, message: &[u8]) -> Vec<Report> {
    let message = message.get(..MESSAGE_BYTES_MAX).unwrap_or(message);
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    let (first, rest) = message
        .split_at_checked(REPORT_BYTES - 7)
        .unwrap_or((message, &[]));
    let mut head = vec![command | 0x80];
    head.extend(length.to_be_bytes());
    let mut packets = vec![frame(channel, &head, first)];
    for (sequence, part) in (0..).zip(rest.chunks(REPORT_BYTES - 5)) {
        packets.push(frame(channel, &[sequence], part));
    }
    packets
}

fn frame(channel: u32, head: &[u8], part: &[u8]) -> Report {
    let mut bytes = [0; REPORT_BYTES];
    let channel = channel.to_be_bytes();
    for (to, from) in bytes.iter_mut().zip(channel.iter().chain(head).chain(part)) {
        *to = *from;
    }
    Report::from_bytes(bytes)
}

impl CtapHid {
    /// Takes the next packet, from whichever program.
    pub(crate) fn take(&mut self, report: &Report, now: Instant) -> Step {
        let [c0, c1, c2, c3, head, rest @ ..] = report.as_bytes();
        let channel = u32::from_be_bytes([*c0, *c1, *c2, *c3]);
        match (head & 0x80 != 0, rest) {
            (true, [l0, l1, first @ ..]) => {
                let length = usize::from(u16::from_be_bytes([*l0, *l1]));
                self.begin(channel, head & 0x7f, length, first, now)
            }
            (_, part) => self.go_on(channel, *head, part, now),
        }
    }

    fn begin(
        &mut self,
        channel: u32,
        command: u8,
        length: usize,
        first: &[u8],
        now: Instant,
    ) -> Step {
        let say = |code| Step::Say(error(channel, code));
        if command == CANCEL {
            return match (&self.working, &self.arriving) {
                (Some((worked_for, _)), _) if *worked_for == channel => Step::Cancel,
                (_, Some(arriving)) if arriving.channel == channel => {
                    self.arriving = None;
                    Step::Say(Vec::new())
                }
                (_, _) => Step::Say(Vec::new()),
            };
        }
        // INIT on one's own channel begins anew whatever was going on; anything else waits for its turn.
        let anew = command == INIT && channel != BROADCAST;
        if let Some((worked_for, _)) = self.working {
            if worked_for == channel && anew && length == 8 {
                self.working = None;
                return Step::Abandon(self.init(channel, first));
            }
            return say(CHANNEL_BUSY);
        }
        if let Some(arriving) = &self.arriving {
            if arriving.channel != channel {
                return say(CHANNEL_BUSY);
            }
            self.arriving = None;
            if !anew {
                return say(INVALID_SEQUENCE);
            }
        }
        let known =
            (1..=self.channels).contains(&channel) || (channel == BROADCAST && command == INIT);
        if !known {
            return say(INVALID_CHANNEL);
        }
        if length > MESSAGE_BYTES_MAX {
            return say(INVALID_LENGTH);
        }
        let message = first.get(..length).unwrap_or(first).to_vec();
        if message.len() == length {
            return self.whole(channel, command, message);
        }
        self.arriving = Some(Arriving {
            channel,
            command,
            length,
            next: 0,
            message,
            last: now,
        });
        Step::Say(Vec::new())
    }

    fn go_on(&mut self, channel: u32, sequence: u8, part: &[u8], now: Instant) -> Step {
        let Some(mut arriving) = self
            .arriving
            .take_if(|arriving| arriving.channel == channel)
        else {
            return Step::Say(Vec::new()); // of nothing that is arriving
        };
        if sequence != arriving.next {
            return Step::Say(error(channel, INVALID_SEQUENCE));
        }
        arriving.next = arriving.next.saturating_add(1);
        arriving.last = now;
        let missing = arriving.length - arriving.message.len();
        arriving.message.extend(part.iter().take(missing));
        if arriving.message.len() == arriving.length {
            return self.whole(channel, arriving.command, arriving.message);
        }
        self.arriving = Some(arriving);
        Step::Say(Vec::new())
    }

    fn whole(&mut self, channel: u32, command: u8, message: Vec<u8>) -> Step {
        match command {
            INIT if message.len() == 8 => Step::Say(self.init(channel, &message)),
            INIT => Step::Say(error(channel, INVALID_LENGTH)),
            PING => Step::Say(frames(channel, PING, &message)),
            WINK if message.is_empty() => Step::Say(frames(channel, WINK, &[])),
            WINK => Step::Say(error(channel, INVALID_LENGTH)),
            CBOR | MSG if message.is_empty() => Step::Say(error(channel, INVALID_LENGTH)),
            CBOR | MSG => {
                self.working = Some((channel, command));
                Step::Work {
                    cbor: command == CBOR,
                    message,
                }
            }
            _ => Step::Say(error(channel, INVALID_COMMAND)),
        }
    }

    fn init(&mut self, channel: u32, nonce: &[u8]) -> Vec<Report> {
        let given = if channel == BROADCAST {
            self.channels += 1;
            self.channels
        } else {
            channel
        };
        let mut answer = nonce.get(..8).unwrap_or(nonce).to_vec();
        answer.extend(given.to_be_bytes());
        answer.extend([2, 1, 0, 0, CAN_WINK | KNOWS_CBOR]); // CTAPHID 2, firmware 1.0.0
        frames(channel, INIT, &answer)
    }

    /// The firmware has answered.
    pub(crate) fn answered(&mut self, answer: &[u8]) -> Vec<Report> {
        match self.working.take() {
            Some((channel, command)) => frames(channel, command, answer),
            None => Vec::new(),
        }
    }

    /// What is said while the firmware works, every 100 ms.
    pub(crate) fn keep_alive(&self) -> Vec<Report> {
        match self.working {
            Some((channel, CBOR)) => frames(channel, KEEPALIVE, &[PROCESSING]),
            Some(_) | None => Vec::new(),
        }
    }

    /// Gives up a message whose sender has stopped in its midst.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Report> {
        let late = |arriving: &mut Arriving| now.duration_since(arriving.last) >= PACKET_WITHIN;
        match self.arriving.take_if(late) {
            Some(arriving) => error(arriving.channel, MESSAGE_TIMEOUT),
            None => Vec::new(),
        }
    }

    /// When [`Self::expire`] has something to do at the earliest.
    pub(crate) fn expires(&self) -> Option<Instant> {
        self.arriving
            .as_ref()
            .map(|arriving| arriving.last + PACKET_WITHIN)
    }
}

#[cfg(test)]
#[path = "ctaphid_tests.rs"]
mod tests;
