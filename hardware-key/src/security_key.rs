//! The host's side of a FIDO2 security key: one message at a time on a channel of its own, its answer
//! awaited until a deadline. What the answer is worth is for the caller to verify.

mod line;

use std::{os::fd::BorrowedFd, time::Duration};

use octroi_licence::{
    HardwareChallenge, HardwareCredential, HardwareKey as EnrolledKey, HardwareKeyKind,
    HardwareProof,
};

#[cfg(feature = "enrolment")]
use zeroize::Zeroizing;

use self::line::{Line, Patience};
use crate::{
    Enrolled, HardwareKey, KeyDescription, KeyError, Made, ReportTransport,
    ctap::{
        Assertion, AuthenticatorInfo, CtapCommand, CtapFault, CtapStatus, HidCommand,
        MadeCredential, NewCredential, PinProof, assertion_request, info_request,
        new_credential_request,
    },
};
#[cfg(feature = "enrolment")]
use crate::{
    PROOF_WITHIN,
    ctap::{PinExchange, PinProtocol, key_agreement_request},
};

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
        let answer = line.ask(command, &info_request(), patience.left(), false)?;
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
        patience: &Patience,
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
        let no_touch = || patience.left().min(PROOF_WITHIN);
        let answer = self.command(command, &request, no_touch(), false)?;
        let exchange = loop {
            let mut random = Zeroizing::new([0; 32]);
            getrandom::fill(random.as_mut_slice()).map_err(KeyError::Randomness)?;
            let made = PinExchange::new(protocol, &answer, &random).map_err(malformed);
            if let Some(made) = self.keep(made)? {
                break made;
            }
        };
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(KeyError::Randomness)?;
        let request = exchange
            .token_request(pin, &random)
            .map_err(|fault| malformed(fault.into()))?;
        let answer = self.command(command, &request, no_touch(), false)?;
        let proof = exchange.proof(&answer, client_data_hash);
        self.keep(proof.map(Some).map_err(malformed))
    }

    /// Without the feature `enrolment` no PIN can be proven.
    #[cfg(not(feature = "enrolment"))]
    fn pin_proof(
        &mut self,
        _pin: Option<&str>,
        _client_data_hash: &[u8; 32],
        _patience: &Patience,
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
        self.line.as_ref()?.hangup()
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

    fn enrol(&mut self, pin: Option<&str>, within: Duration) -> Result<Enrolled, KeyError> {
        let command = CtapCommand::MakeCredential;
        let patience = Patience::new(command.name(), within);
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
            pin: self.pin_proof(pin, &client_data_hash, &patience)?,
        };
        let request = new_credential_request(&new).map_err(|fault| malformed(fault.into()))?;
        let answer = match self.command(command, &request, patience.left(), true) {
            Err(KeyError::RefusedCtap {
                status: CtapStatus::PIN_REQUIRED,
                ..
            }) => return Err(KeyError::PinWanted),
            answer => answer?,
        };
        let made = MadeCredential::from_answer(&answer).map_err(malformed);
        let MadeCredential {
            credential,
            attestation,
            counter: _,
        } = self.keep(made)?;
        Ok(Enrolled {
            key: EnrolledKey {
                serial: credential.id.serial(),
                credential: HardwareCredential::Fido2(credential),
                emulator_accepted: false,
            },
            made: Some(Made {
                client_data_hash,
                attestation,
            }),
        })
    }
}
