//! One program's channel to a security key: questions and their answers among the packets of others,
//! each within its time. What is asked, and what an answer means, belongs to the key.

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use crate::{
    KeyError, ReportTransport, TransportError,
    ctap::{
        BROADCAST, ChannelId, CtapCommand, CtapFault, HidCommand, HidError, MessageReader,
        Received, frames, read_response,
    },
};

/// How long a key that another program uses is left alone before it is asked again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// What a key says with a sign of life: it waits for a touch (CTAP 2.1, section 11.2.9.2.1).
const WAITS_FOR_TOUCH: u8 = 2;
/// Set in the capabilities of a key that speaks CTAP2 (section 11.2.9.1.3).
const CAPABILITY_CBOR: u8 = 0x04;
/// Packets that are read for one question: more than a full-speed port carries while somebody looks
/// for the key to touch, a moment's work for this machine.
const PACKETS_READ_MAX: u32 = 1 << 16;

/// A channel that no key gives (section 11.2.3).
const NOBODYS: ChannelId = ChannelId(0);

/// What is asked for, and until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    command: &'static str,
    within: Duration,
    deadline: Instant,
}

impl Patience {
    pub(super) fn new(command: &'static str, within: Duration) -> Self {
        Self {
            command,
            within,
            deadline: Instant::now() + within,
        }
    }

    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn failed(&self, error: TransportError) -> KeyError {
        match error {
            TransportError::Timeout => self.over(),
            TransportError::Gone => KeyError::Absent,
            TransportError::Io(error) => KeyError::Io(error),
        }
    }

    const fn over(&self) -> KeyError {
        KeyError::Timeout {
            command: self.command,
            within: self.within,
        }
    }

    pub(super) const fn malformed(&self, fault: CtapFault) -> KeyError {
        KeyError::MalformedCtap {
            command: self.command,
            fault,
        }
    }
}

/// A channel to a key.
#[derive(Debug)]
pub(super) struct Line<T> {
    transport: T,
    channel: ChannelId,
    /// The channel is to be taken anew: an answer may still come on it that nobody waits for any more,
    /// or it is nobody's.
    stale: bool,
    /// Packets that are still read for this question.
    packets_left: u32,
}

impl<T: ReportTransport> Line<T> {
    pub(super) fn open(transport: T, patience: &Patience) -> Result<Self, KeyError> {
        let mut line = Self {
            transport,
            channel: BROADCAST,
            stale: true,
            packets_left: PACKETS_READ_MAX,
        };
        line.take_channel(patience)?;
        Ok(line)
    }

    /// As of the transport.
    pub(super) fn hangup(&self) -> Option<BorrowedFd<'_>> {
        self.transport.hangup()
    }

    /// Asks for a channel. Everybody's answers come on the same one, so ours is known by its nonce.
    fn take_channel(&mut self, patience: &Patience) -> Result<(), KeyError> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(KeyError::Randomness)?;
        self.channel = BROADCAST;
        self.stale = true;
        self.send(HidCommand::Init, &nonce, patience)?;
        loop {
            let (command, answer) = self.receive(&mut MessageReader::new(BROADCAST), patience)?;
            if command == HidCommand::Error && answer == [HidError::CHANNEL_BUSY.0] {
                pause(patience)?;
                self.send(HidCommand::Init, &nonce, patience)?;
                continue;
            }
            let Some((told, rest)) = answer.split_first_chunk::<8>() else {
                continue; // another program's error, or noise
            };
            if command != HidCommand::Init || *told != nonce {
                continue;
            }
            let [
                c0,
                c1,
                c2,
                c3,
                _protocol,
                _major,
                _minor,
                _build,
                capabilities,
                ..,
            ] = rest
            else {
                return Err(patience.malformed(CtapFault::Init {
                    bytes: answer.len(),
                }));
            };
            if capabilities & CAPABILITY_CBOR == 0 {
                return Err(patience.malformed(CtapFault::NoCtap2));
            }
            let given = ChannelId(u32::from_be_bytes([*c0, *c1, *c2, *c3]));
            if given == NOBODYS || given == BROADCAST {
                return Err(patience.malformed(CtapFault::Channel));
            }
            self.channel = given;
            self.stale = false;
            return Ok(());
        }
    }

    /// One CTAP2 command; what follows the status of its answer.
    pub(super) fn ask(
        &mut self,
        command: CtapCommand,
        request: &[u8],
        within: Duration,
        touch: bool,
    ) -> Result<Vec<u8>, KeyError> {
        let patience = Patience::new(command.name(), within);
        let answer = self.exchange(HidCommand::Cbor, request, &patience, touch)?;
        match read_response(&answer).map_err(|fault| patience.malformed(fault))? {
            Ok(body) => Ok(body.to_vec()),
            Err(status) => Err(KeyError::RefusedCtap {
                command: command.name(),
                status,
            }),
        }
    }

    /// Sends a message and waits for the one that answers it; asks again while another program uses
    /// the key, which has then done nothing.
    pub(super) fn exchange(
        &mut self,
        command: HidCommand,
        payload: &[u8],
        patience: &Patience,
        touch: bool,
    ) -> Result<Vec<u8>, KeyError> {
        self.packets_left = PACKETS_READ_MAX;
        if self.stale {
            self.take_channel(patience)?;
        }
        let answer = self.converse(command, payload, patience, touch);
        if matches!(answer, Err(KeyError::Timeout { .. } | KeyError::WantsUser)) {
            self.stale = true;
        }
        answer
    }

    fn converse(
        &mut self,
        command: HidCommand,
        payload: &[u8],
        patience: &Patience,
        touch: bool,
    ) -> Result<Vec<u8>, KeyError> {
        self.send(command, payload, patience)?;
        let mut reader = MessageReader::new(self.channel);
        loop {
            let (answered, answer) = match self.receive(&mut reader, patience) {
                Err(error @ KeyError::Timeout { .. }) => {
                    self.cancel(patience);
                    return Err(error);
                }
                received => received?,
            };
            match answered {
                HidCommand::KeepAlive if !touch && answer == [WAITS_FOR_TOUCH] => {
                    self.cancel(patience);
                    return Err(KeyError::WantsUser);
                }
                HidCommand::KeepAlive => {}
                HidCommand::Error => {
                    let error = HidError(answer.first().copied().unwrap_or_default());
                    match error {
                        HidError::CHANNEL_BUSY => {}
                        // The key was reset, or gave our channel away.
                        HidError::INVALID_CHANNEL => self.take_channel(patience)?,
                        error => {
                            return Err(KeyError::Hid {
                                command: patience.command,
                                error,
                            });
                        }
                    }
                    pause(patience)?;
                    self.send(command, payload, patience)?;
                    reader = MessageReader::new(self.channel);
                }
                answered if answered == command => return Ok(answer),
                _ => {} // the late answer to something that was given up
            }
        }
    }

    fn send(
        &mut self,
        command: HidCommand,
        payload: &[u8],
        patience: &Patience,
    ) -> Result<(), KeyError> {
        let packets = frames(self.channel, command, payload)
            .ok_or_else(|| patience.malformed(CtapFault::Layout("request")))?;
        self.transport
            .discard_unread()
            .map_err(|error| patience.failed(error))?;
        for packet in packets {
            self.transport
                .write(&packet)
                .map_err(|error| patience.failed(error))?;
        }
        Ok(())
    }

    /// The next message; a sign of life or an error may come between the packets of another.
    fn receive(
        &mut self,
        reader: &mut MessageReader,
        patience: &Patience,
    ) -> Result<(HidCommand, Vec<u8>), KeyError> {
        loop {
            self.packets_left = self
                .packets_left
                .checked_sub(1)
                .ok_or_else(|| patience.malformed(CtapFault::Flood))?;
            let left = patience.left();
            if left.is_zero() {
                return Err(patience.over());
            }
            let packet = self
                .transport
                .read(left)
                .map_err(|error| patience.failed(error))?;
            match reader
                .take(&packet)
                .map_err(|fault| patience.malformed(fault.into()))?
            {
                Received::Ignored | Received::More => {}
                Received::Whole { command, payload } => return Ok((command, payload)),
            }
        }
    }

    /// Has the key stop: otherwise it would be busy for whoever asks next. That it could not be told
    /// changes nothing.
    fn cancel(&mut self, patience: &Patience) {
        let _told = self.send(HidCommand::Cancel, &[], patience);
    }
}

/// Waits for another program to be done. The other half of the time is for the answer.
fn pause(patience: &Patience) -> Result<(), KeyError> {
    let rest = patience.left().saturating_sub(patience.within / 2);
    if rest.is_zero() {
        return Err(KeyError::Busy {
            within: patience.within,
        });
    }
    std::thread::sleep(rest.min(BUSY_PAUSE));
    Ok(())
}
