//! The host's side of a dongle: one request at a time, its answer awaited until a deadline. What the
//! answer is worth is for the caller to verify.

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use octroi_licence::{
    DongleProof, HardwareChallenge, HardwareCredential, HardwareKey as EnrolledKey,
    HardwareKeyKind, HardwareProof, KeySerial, PublicKey,
};

use crate::{
    Enrolled, HardwareKey, KeyDescription, KeyError, ReportTransport, TransportError,
    protocol::{Answer, AnswerReader, Progress, Request, Status, TransactionId},
};

/// How long a busy dongle is left alone before it is asked again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// A dongle that answered when it was opened.
#[derive(Debug)]
pub struct Dongle<T> {
    /// `None` after an error that the handle does not outlive.
    transport: Option<T>,
    identity: Identity,
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    serial: KeySerial,
    public_key: PublicKey,
}

impl<T: ReportTransport> Dongle<T> {
    /// Asks whoever is behind `transport` who it is.
    ///
    /// # Errors
    /// [`KeyError`], where it does not answer as a dongle within `within`.
    pub fn open(mut transport: T, within: Duration) -> Result<Self, KeyError> {
        let (identity, _counter) = info(&exchange(&mut transport, &Request::Info, within)?);
        Ok(Self {
            transport: Some(transport),
            identity,
        })
    }

    /// Its serial number, by its own word.
    pub const fn serial(&self) -> KeySerial {
        self.identity.serial
    }

    /// Its public key, by its own word.
    pub const fn public_key(&self) -> PublicKey {
        self.identity.public_key
    }

    fn ask(&mut self, request: &Request, within: Duration) -> Result<Answer, KeyError> {
        let transport = self.transport.as_mut().ok_or(KeyError::Absent)?;
        let answer = exchange(transport, request, within);
        self.keep(answer)
    }

    /// Drops the handle with an error that it does not outlive: an unplugged key keeps its device
    /// number taken as long as somebody holds it open.
    fn keep<A>(&mut self, answer: Result<A, KeyError>) -> Result<A, KeyError> {
        if answer
            .as_ref()
            .is_err_and(|error| !error.leaves_key_usable())
        {
            self.transport = None;
        }
        answer
    }
}

impl<T: ReportTransport> HardwareKey for Dongle<T> {
    fn description(&self) -> KeyDescription {
        KeyDescription {
            kind: HardwareKeyKind::Dongle,
            serial: Some(self.identity.serial),
            model: None,
        }
    }

    fn may_be(&self, enrolled: &EnrolledKey) -> bool {
        enrolled.kind() == HardwareKeyKind::Dongle && enrolled.serial == self.identity.serial
    }

    fn hangup(&self) -> Option<BorrowedFd<'_>> {
        self.transport.as_ref()?.hangup()
    }

    fn check_presence(&mut self, within: Duration) -> Result<Option<u64>, KeyError> {
        let answer = self.ask(&Request::Info, within);
        let expected = self.identity;
        self.keep(answer.and_then(|answer| {
            let (found, counter) = info(&answer);
            if found == expected {
                Ok(Some(counter))
            } else {
                Err(KeyError::Replaced {
                    expected: expected.serial,
                    found: found.serial,
                })
            }
        }))
    }

    fn prove(
        &mut self,
        enrolled: &EnrolledKey,
        challenge: &HardwareChallenge,
        within: Duration,
    ) -> Result<HardwareProof, KeyError> {
        if !self.may_be(enrolled) {
            return Err(KeyError::NotEnrolled);
        }
        let answer = self.ask(&Request::Prove(*challenge.as_bytes()), within);
        let expected = self.identity.serial;
        self.keep(answer.and_then(|answer| match answer {
            Answer::Proof {
                serial,
                counter,
                signature,
            } if serial == expected => Ok(HardwareProof::Dongle(DongleProof {
                serial,
                counter,
                signature,
            })),
            Answer::Proof { serial, .. } => Err(KeyError::Replaced {
                expected,
                found: serial,
            }),
            Answer::Info { .. } => unreachable!("the reader takes only the answer to its command"),
        }))
    }

    fn enrol(&mut self, _pin: Option<&str>, within: Duration) -> Result<Enrolled, KeyError> {
        self.check_presence(within)?;
        Ok(Enrolled {
            key: self.enrolled(),
            made: None,
        })
    }
}

/// A dongle has no PIN, and its licence names what it says of itself.
impl<T> Dongle<T> {
    const fn enrolled(&self) -> EnrolledKey {
        EnrolledKey {
            serial: self.identity.serial,
            credential: HardwareCredential::Dongle {
                public_key: self.identity.public_key,
            },
            emulator_accepted: false,
        }
    }
}

fn info(answer: &Answer) -> (Identity, u64) {
    match *answer {
        Answer::Info {
            serial,
            public_key,
            counter,
        } => (Identity { serial, public_key }, counter),
        Answer::Proof { .. } => unreachable!("the reader takes only the answer to its command"),
    }
}

/// Sends a request and waits for its answer; asks again while the dongle is busy, under a new id,
/// since a busy dongle has done nothing.
fn exchange(
    transport: &mut impl ReportTransport,
    request: &Request,
    within: Duration,
) -> Result<Answer, KeyError> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(answer) = attempt(transport, request, within, deadline)? {
            return Ok(answer);
        }
        // The other half is for the answer: one that nobody waits for would cost a number.
        let left = deadline.saturating_duration_since(Instant::now());
        let rest = left.saturating_sub(within / 2);
        if rest.is_zero() {
            return Err(KeyError::Busy { within });
        }
        std::thread::sleep(rest.min(BUSY_PAUSE));
    }
}

/// One request and its answer; `None` where the dongle is busy.
fn attempt(
    transport: &mut impl ReportTransport,
    request: &Request,
    within: Duration,
    deadline: Instant,
) -> Result<Option<Answer>, KeyError> {
    let asked = request.command();
    let command = asked.name();
    let fail = |error| match error {
        TransportError::Timeout => KeyError::Timeout { command, within },
        TransportError::Gone => KeyError::Absent,
        TransportError::Io(error) => KeyError::Io(error),
    };
    let mut transaction = [0; 4];
    getrandom::fill(&mut transaction).map_err(KeyError::Randomness)?;
    let transaction = TransactionId(transaction);
    transport.discard_unread().map_err(fail)?;
    transport
        .write(&request.encode(transaction))
        .map_err(fail)?;
    let mut reader = AnswerReader::new(asked, transaction);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(KeyError::Timeout { command, within });
        }
        let report = transport.read(left).map_err(fail)?;
        match reader
            .take(&report)
            .map_err(|fault| KeyError::Malformed { command, fault })?
        {
            Progress::Ignored | Progress::More => {}
            Progress::Whole(answer) => return Ok(Some(answer)),
            Progress::Refused(Status::Busy) => return Ok(None),
            Progress::Refused(status) => return Err(KeyError::Refused { command, status }),
        }
    }
}
