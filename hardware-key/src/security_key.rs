//! The host's side of a FIDO2 security key: one message at a time on a channel of its own, its answer
//! awaited until a deadline. What the answer is worth is for the caller to verify.

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use octroi_licence::{
    HardwareChallenge, HardwareCredential, HardwareKey as EnrolledKey, HardwareKeyKind,
    HardwareProof,
};

#[cfg(feature = "enrolment")]
use zeroize::Zeroizing;

use crate::{
    HardwareKey, KeyDescription, KeyError, ReportTransport, TransportError,
    ctap::{
        Assertion, AuthenticatorInfo, BROADCAST, ChannelId, CtapCommand, CtapFault, CtapStatus,
        HidCommand, HidError, MadeCredential, MessageReader, NewCredential, PinProof, Received,
        assertion_request, frames, info_request, new_credential_request, read_response,
    },
};
#[cfg(feature = "enrolment")]
use crate::{
    PROOF_WITHIN,
    ctap::{PinExchange, PinProtocol, key_agreement_request},
};

/// How long a key that another program uses is left alone before it is asked again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// What a key says with a sign of life: it waits for a touch (CTAP 2.1, section 11.2.9.2.1).
const WAITS_FOR_TOUCH: u8 = 2;
/// Set in the capabilities of a key that speaks CTAP2 (section 11.2.9.1.3).
const CAPABILITY_CBOR: u8 = 0x04;
/// Packets that are read for one message: 129 of its own, the rest other programs'.
const PACKETS_READ_MAX: u32 = 4096;
/// Bytes that show that the key is there: one packet each way.
const ECHO: [u8; 8] = *b"octroi ?";

/// A security key that answered when it was opened.
#[derive(Debug)]
pub struct SecurityKey<T> {
    /// `None` after an error that the handle does not outlive.
    line: Option<Line<T>>,
    info: AuthenticatorInfo,
}

impl<T: ReportTransport> SecurityKey<T> {
    /// Asks whoever is behind `transport` for a channel and what it is, which writes nothing on it.
    ///
    /// # Errors
    /// [`KeyError`], where it does not answer as a FIDO2 key within `within`.
    pub fn open(transport: T, within: Duration) -> Result<Self, KeyError> {
        let patience = Patience::new("CTAPHID_INIT", within);
        let mut line = Line::open(transport, &patience)?;
        let command = CtapCommand::GetInfo;
        let answer = line.ask(command, &info_request(), within, false)?;
        let info =
            AuthenticatorInfo::from_answer(&answer).map_err(|fault| KeyError::MalformedCtap {
                command: command.name(),
                fault,
            })?;
        Ok(Self {
            line: Some(line),
            info,
        })
    }

    /// What the key says of itself.
    pub const fn info(&self) -> &AuthenticatorInfo {
        &self.info
    }

    /// Sends a CTAP2 command and returns what follows the status of its answer. `touch`: the key may
    /// wait for its user.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn command(
        &mut self,
        command: CtapCommand,
        request: &[u8],
        within: Duration,
        touch: bool,
    ) -> Result<Vec<u8>, KeyError> {
        let line = self.line.as_mut().ok_or(KeyError::Absent)?;
        let answer = line.ask(command, request, within, touch);
        self.keep(answer)
    }

    /// The proof of the PIN, where the key has one.
    #[cfg(feature = "enrolment")]
    fn pin_proof(
        &mut self,
        pin: Option<&str>,
        client_data_hash: &[u8; 32],
    ) -> Result<Option<PinProof>, KeyError> {
        let pin = match (self.info.has("clientPin"), pin) {
            (false, _) => return Ok(None),
            (true, None) => return Err(KeyError::PinWanted),
            (true, Some(pin)) => pin,
        };
        let command = CtapCommand::ClientPin;
        let malformed = |fault| KeyError::MalformedCtap {
            command: command.name(),
            fault,
        };
        let protocol =
            PinProtocol::of(&self.info.pin_protocols).ok_or(KeyError::PinProtocolUnknown)?;
        let request = key_agreement_request(protocol).map_err(|fault| malformed(fault.into()))?;
        let answer = self.command(command, &request, PROOF_WITHIN, false)?;
        let exchange = loop {
            let mut random = Zeroizing::new([0; 32]);
            getrandom::fill(random.as_mut_slice()).map_err(KeyError::Randomness)?;
            if let Some(made) = PinExchange::new(protocol, &answer, &random).map_err(malformed)? {
                break made;
            }
        };
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(KeyError::Randomness)?;
        let request = exchange
            .token_request(pin, &random)
            .map_err(|fault| malformed(fault.into()))?;
        let answer = self.command(command, &request, PROOF_WITHIN, false)?;
        exchange
            .proof(&answer, client_data_hash)
            .map(Some)
            .map_err(malformed)
    }

    /// Without the feature `enrolment` no PIN can be proven.
    #[cfg(not(feature = "enrolment"))]
    fn pin_proof(
        &mut self,
        _pin: Option<&str>,
        _client_data_hash: &[u8; 32],
    ) -> Result<Option<PinProof>, KeyError> {
        if self.info.has("clientPin") {
            return Err(KeyError::PinWanted);
        }
        Ok(None)
    }

    /// Drops the handle with an error that it does not outlive.
    fn keep<A>(&mut self, answer: Result<A, KeyError>) -> Result<A, KeyError> {
        if answer
            .as_ref()
            .is_err_and(|error| !error.leaves_key_usable())
        {
            self.line = None;
        }
        answer
    }
}

impl<T: ReportTransport> HardwareKey for SecurityKey<T> {
    fn description(&self) -> KeyDescription {
        KeyDescription {
            kind: HardwareKeyKind::Fido2,
            serial: None,
            model: Some(self.info.aaguid),
        }
    }

    /// Any security key may hold any credential: only asking it tells.
    fn may_be(&self, enrolled: &EnrolledKey) -> bool {
        enrolled.kind() == HardwareKeyKind::Fido2
    }

    fn hangup(&self) -> Option<BorrowedFd<'_>> {
        self.line.as_ref()?.transport.hangup()
    }

    fn check_presence(&mut self, within: Duration) -> Result<Option<u64>, KeyError> {
        let patience = Patience::new("CTAPHID_PING", within);
        let line = self.line.as_mut().ok_or(KeyError::Absent)?;
        let echoed = line
            .exchange(HidCommand::Ping, &ECHO, &patience, false)
            .and_then(|echo| {
                if echo == ECHO {
                    Ok(None)
                } else {
                    Err(patience.malformed(CtapFault::Layout("echo")))
                }
            });
        self.keep(echoed)
    }

    fn prove(
        &mut self,
        enrolled: &EnrolledKey,
        challenge: &HardwareChallenge,
        within: Duration,
    ) -> Result<HardwareProof, KeyError> {
        let HardwareCredential::Fido2(credential) = &enrolled.credential else {
            return Err(KeyError::NotEnrolled);
        };
        let command = CtapCommand::GetAssertion;
        let malformed = |fault| KeyError::MalformedCtap {
            command: command.name(),
            fault,
        };
        let request = assertion_request(&credential.id, challenge.as_bytes())
            .map_err(|fault| malformed(fault.into()))?;
        match self.command(command, &request, within, false) {
            Ok(answer) => {
                let assertion = Assertion::from_answer(&answer).map_err(malformed);
                self.keep(assertion)
                    .map(|Assertion(proof)| HardwareProof::Fido2(proof))
            }
            Err(KeyError::RefusedCtap {
                status: CtapStatus::NO_CREDENTIALS,
                ..
            }) => Err(KeyError::NotEnrolled),
            Err(KeyError::RefusedCtap { status, .. }) if status.wants_its_user() => {
                Err(KeyError::WantsUser)
            }
            Err(error) => Err(error),
        }
    }

    fn enrol(&mut self, pin: Option<&str>, within: Duration) -> Result<EnrolledKey, KeyError> {
        let command = CtapCommand::MakeCredential;
        let malformed = |fault| KeyError::MalformedCtap {
            command: command.name(),
            fault,
        };
        let (mut client_data_hash, mut user) = ([0; 32], [0; 16]);
        getrandom::fill(&mut client_data_hash).map_err(KeyError::Randomness)?;
        getrandom::fill(&mut user).map_err(KeyError::Randomness)?;
        let new = NewCredential {
            client_data_hash,
            user,
            pin: self.pin_proof(pin, &client_data_hash)?,
        };
        let request = new_credential_request(&new).map_err(|fault| malformed(fault.into()))?;
        let answer = match self.command(command, &request, within, true) {
            Err(KeyError::RefusedCtap {
                status: CtapStatus::PIN_REQUIRED,
                ..
            }) => return Err(KeyError::PinWanted),
            answer => answer?,
        };
        let made = MadeCredential::from_answer(&answer).map_err(malformed);
        let credential = self.keep(made)?.credential;
        Ok(EnrolledKey {
            serial: credential.id.serial(),
            credential: HardwareCredential::Fido2(credential),
            emulator_accepted: false,
        })
    }
}

/// What is asked for, and until when.
#[derive(Debug, Clone, Copy)]
struct Patience {
    command: &'static str,
    within: Duration,
    deadline: Instant,
}

impl Patience {
    fn new(command: &'static str, within: Duration) -> Self {
        Self {
            command,
            within,
            deadline: Instant::now() + within,
        }
    }

    fn left(&self) -> Duration {
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

    const fn malformed(&self, fault: CtapFault) -> KeyError {
        KeyError::MalformedCtap {
            command: self.command,
            fault,
        }
    }
}

/// A channel to a key.
#[derive(Debug)]
struct Line<T> {
    transport: T,
    channel: ChannelId,
    /// An answer may still come on the channel that nobody waits for any more.
    stale: bool,
}

impl<T: ReportTransport> Line<T> {
    fn open(transport: T, patience: &Patience) -> Result<Self, KeyError> {
        let mut line = Self {
            transport,
            channel: BROADCAST,
            stale: false,
        };
        line.take_channel(patience)?;
        Ok(line)
    }

    /// Asks for a channel. Everybody's answers come on the same one, so ours is known by its nonce.
    fn take_channel(&mut self, patience: &Patience) -> Result<(), KeyError> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(KeyError::Randomness)?;
        self.channel = BROADCAST;
        self.send(HidCommand::Init, &nonce, patience)?;
        loop {
            let (command, answer) = self.receive(patience)?;
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
            self.channel = ChannelId(u32::from_be_bytes([*c0, *c1, *c2, *c3]));
            self.stale = false;
            return Ok(());
        }
    }

    /// One CTAP2 command; what follows the status of its answer.
    fn ask(
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
    fn exchange(
        &mut self,
        command: HidCommand,
        payload: &[u8],
        patience: &Patience,
        touch: bool,
    ) -> Result<Vec<u8>, KeyError> {
        if self.stale {
            self.take_channel(patience)?;
        }
        self.send(command, payload, patience)?;
        loop {
            let (answered, answer) = match self.receive(patience) {
                Ok(received) => received,
                Err(error @ KeyError::Timeout { .. }) => {
                    self.stale = true;
                    self.cancel(patience);
                    return Err(error);
                }
                Err(error) => return Err(error),
            };
            match answered {
                HidCommand::KeepAlive if !touch && answer == [WAITS_FOR_TOUCH] => {
                    self.stale = true;
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
        for packet in packets {
            self.transport
                .write(&packet)
                .map_err(|error| patience.failed(error))?;
        }
        Ok(())
    }

    fn receive(&mut self, patience: &Patience) -> Result<(HidCommand, Vec<u8>), KeyError> {
        let mut reader = MessageReader::new(self.channel);
        for _ in 0..PACKETS_READ_MAX {
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
        Err(patience.malformed(CtapFault::Flood))
    }

    /// Has the key stop: otherwise it would be busy for whoever asks next. That it could not be told
    /// changes nothing.
    fn cancel(&mut self, patience: &Patience) {
        let _told = self.send(HidCommand::Cancel, &[], patience);
    }
}

/// Waits for another program to be done. The other half of the time is for the answer.
fn pause(patience: &Patience) -> Result<(), KeyError> {
    if patience.left() < patience.within / 2 {
        return Err(KeyError::Busy {
            within: patience.within,
        });
    }
    std::thread::sleep(BUSY_PAUSE);
    Ok(())
}
