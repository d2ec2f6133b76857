//! The numbered points of `PROTOCOL.md`, section 12, asked of a device by its reports alone. What a
//! device does about power, memory and debug ports cannot be asked.

use std::{
    cell::Cell,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use octroi_hardware_key::{
    Report, ReportTransport, TransportError,
    protocol::{Answer, AnswerReader, Command, Progress, Request, Status, TransactionId},
};
use octroi_licence::{
    DongleProof, HardwareChallenge, HardwareCredential, HardwareKey, HardwareProof,
    verify_hardware_proof,
};

/// What the device has for INFO and for a refusal, and for a proof; some more for a busy machine.
const PROMPT: Duration = Duration::from_millis(200);
const PROOF: Duration = Duration::from_secs(2);
/// After so much silence nothing comes any more.
const SILENCE: Duration = Duration::from_millis(400);

/// Why a point does not hold.
pub(crate) type Fault = String;

/// A device that is being asked.
pub(crate) struct Bench<T> {
    transport: T,
    /// The next transaction id.
    next: Cell<u32>,
}

/// What INFO says.
#[derive(Clone, Copy, PartialEq)]
struct Info {
    key: Answer,
    counter: u64,
}

/// A point: its sentence and its check.
type Point<T> = (&'static str, fn(&mut Bench<T>) -> Result<(), Fault>);

/// Every point, in the order of the page.
pub(crate) fn points<T: ReportTransport>() -> [Point<T>; 6] {
    [
        (
            "1 INFO answers soundly, twice the same, and takes no number",
            info_twice,
        ),
        (
            "2 PROVE raises the counter by one and signs what it should",
            proofs,
        ),
        (
            "3 one transaction id used twice is carried out twice",
            same_id_twice,
        ),
        (
            "4 a wrong request is answered as the page says and takes no number",
            wrong_requests,
        ),
        ("5 noise stops nothing", noise),
        ("7 two requests at once are both answered", two_at_once),
    ]
}

impl<T: ReportTransport> Bench<T> {
    pub(crate) fn new(transport: T) -> Self {
        Self {
            transport,
            next: Cell::new(0x0c70_0001),
        }
    }

    fn id(&self) -> TransactionId {
        let id = self.next.get();
        self.next.set(id.wrapping_add(1));
        TransactionId(id.to_be_bytes())
    }

    fn send(&mut self, report: &Report) -> Result<(), Fault> {
        self.transport
            .write(report)
            .map_err(|error| error.to_string())
    }

    /// The next report, or nothing.
    fn next(&mut self, within: Duration) -> Result<Option<Report>, Fault> {
        match self.transport.read(within) {
            Ok(report) => Ok(Some(report)),
            Err(TransportError::Timeout) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The whole answer to a request, within the page's time (point 6).
    fn ask(&mut self, request: Request, id: TransactionId) -> Result<Answer, Fault> {
        let within = match request {
            Request::Info => PROMPT,
            Request::Prove(_) => PROOF,
        };
        let asked = Instant::now();
        self.send(&request.encode(id))?;
        let mut reader = AnswerReader::new(request.command(), id);
        loop {
            let report = self.next(within)?.ok_or_else(|| {
                format!(
                    "{} has no answer within {within:?} (point 6)",
                    request.command()
                )
            })?;
            match reader.take(&report).map_err(|fault| fault.to_string())? {
                Progress::Whole(_) if asked.elapsed() > within => {
                    return Err(format!("it took {:?} (point 6)", asked.elapsed()));
                }
                Progress::Whole(answer) => return Ok(answer),
                Progress::Refused(status) => return Err(format!("it refused: {status}")),
                Progress::Ignored | Progress::More => {}
            }
        }
    }

    fn info(&mut self) -> Result<Info, Fault> {
        let id = self.id();
        match self.ask(Request::Info, id)? {
            Answer::Info {
                serial,
                public_key,
                counter,
            } => Ok(Info {
                key: Answer::Info {
                    serial,
                    public_key,
                    counter: 0,
                },
                counter,
            }),
            Answer::Proof { .. } => Err("INFO was answered by a proof".to_owned()),
        }
    }

    /// A proof that holds; its number.
    fn prove(&mut self, of: &Info, id: TransactionId, nonce: u8) -> Result<u64, Fault> {
        let challenge = HardwareChallenge::for_enrolment(&[nonce; 32]);
        let answer = self.ask(Request::Prove(*challenge.as_bytes()), id)?;
        let (
            Answer::Info {
                serial, public_key, ..
            },
            Answer::Proof {
                serial: told,
                counter,
                signature,
            },
        ) = (of.key, answer)
        else {
            return Err("PROVE was answered by no proof".to_owned());
        };
        let enrolled = HardwareKey {
            serial,
            credential: HardwareCredential::Dongle { public_key },
            emulator_accepted: false,
        };
        let proof = HardwareProof::Dongle(DongleProof {
            serial: told,
            counter,
            signature,
        });
        verify_hardware_proof(&enrolled, &challenge, &proof).map_err(|error| error.to_string())
    }

    fn unchanged(&mut self, before: &Info) -> Result<(), Fault> {
        expect("INFO afterwards", &self.info()?.counter, &before.counter)
    }
}

fn expect<V: PartialEq + std::fmt::Debug>(what: &str, found: &V, wanted: &V) -> Result<(), Fault> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what}: {found:?} in the place of {wanted:?}"))
}

fn info_twice<T: ReportTransport>(bench: &mut Bench<T>) -> Result<(), Fault> {
    let first = bench.info()?;
    if bench.info()? == first {
        Ok(())
    } else {
        Err("it says something else the second time".to_owned())
    }
}

fn proofs<T: ReportTransport>(bench: &mut Bench<T>) -> Result<(), Fault> {
    let before = bench.info()?;
    for (step, nonce) in (1..=3).zip(1..) {
        let id = bench.id();
        let counter = bench.prove(&before, id, nonce)?;
        expect("the counter", &counter, &(before.counter + step))?;
        expect("INFO's counter", &bench.info()?.counter, &counter)?;
    }
    Ok(())
}

fn same_id_twice<T: ReportTransport>(bench: &mut Bench<T>) -> Result<(), Fault> {
    let before = bench.info()?;
    let id = bench.id();
    let first = bench.prove(&before, id, 4)?;
    let second = bench.prove(&before, id, 4)?;
    expect(
        "the counters",
        &[first, second],
        &[before.counter + 1, before.counter + 2],
    )
}

/// A report with bytes replaced.
fn bent(report: &Report, changes: &[(usize, u8)]) -> Report {
    let mut bytes = *report.as_bytes();
    for (at, byte) in changes {
        if let Some(place) = bytes.get_mut(*at) {
            *place = *byte;
        }
    }
    Report::from_bytes(bytes)
}

/// A request by name, the bytes that spoil it, and how a device refuses it; `None`: not at all.
type WrongRequest = (
    &'static str,
    Request,
    &'static [(usize, u8)],
    Option<Status>,
);

fn wrong_requests<T: ReportTransport>(bench: &mut Bench<T>) -> Result<(), Fault> {
    let before = bench.info()?;
    let (info, prove) = (Request::Info, Request::Prove([0xe7; 32]));
    let cases: [WrongRequest; 14] = [
        (
            "an unknown command",
            info,
            &[(3, 0x33)],
            Some(Status::UnknownCommand),
        ),
        ("command 0", info, &[(3, 0)], Some(Status::UnknownCommand)),
        (
            "INFO with a payload",
            info,
            &[(11, 1), (12, 7)],
            Some(Status::BadRequest),
        ),
        (
            "INFO with a byte in the padding",
            info,
            &[(63, 1)],
            Some(Status::BadRequest),
        ),
        (
            "PROVE without a challenge",
            prove,
            &[(11, 0)],
            Some(Status::BadRequest),
        ),
        (
            "PROVE one byte short",
            prove,
            &[(11, 31)],
            Some(Status::BadRequest),
        ),
        (
            "PROVE of absurd length",
            prove,
            &[(10, 0xff)],
            Some(Status::BadRequest),
        ),
        (
            "PROVE with a byte in the padding",
            prove,
            &[(44, 1)],
            Some(Status::BadRequest),
        ),
        (
            "PROVE as a second fragment",
            prove,
            &[(8, 1)],
            Some(Status::BadRequest),
        ),
        (
            "PROVE with a status",
            prove,
            &[(9, 1)],
            Some(Status::BadRequest),
        ),
        (
            "PROVE of version 2",
            prove,
            &[(2, 2)],
            Some(Status::UnknownVersion),
        ),
        (
            "an unknown command of version 0",
            info,
            &[(2, 0), (3, 0x33)],
            Some(Status::UnknownVersion),
        ),
        ("an answer", prove, &[(3, 0x82)], None),
        ("another magic", prove, &[(1, 0x45)], None),
    ];
    for (name, request, changes, wanted) in cases {
        let id = bench.id();
        let sent = bent(&request.encode(id), changes);
        bench.send(&sent)?;
        let asked = sent.as_bytes()[3];
        let expected =
            wanted.map(|status| octroi_hardware_key::protocol::encode_refusal(id, asked, status));
        let within = if expected.is_some() { PROMPT } else { SILENCE };
        expect(name, &bench.next(within)?, &expected)?;
    }
    bench.unchanged(&before)
}

fn noise<T: ReportTransport>(bench: &mut Bench<T>) -> Result<(), Fault> {
    let before = bench.info()?;
    for byte in [0x00, 0xff, 0xa5, b'O'] {
        bench.send(&Report::from_bytes([byte; 64]))?;
    }
    expect("noise", &bench.next(SILENCE)?, &None)?;
    bench.unchanged(&before)
}

fn two_at_once<T: ReportTransport>(bench: &mut Bench<T>) -> Result<(), Fault> {
    let before = bench.info()?;
    let (prove, info) = (bench.id(), bench.id());
    let challenge = HardwareChallenge::for_enrolment(&[5; 32]);
    let proving = Request::Prove(*challenge.as_bytes());
    bench.send(&proving.encode(prove))?;
    bench.send(&Request::Info.encode(info))?;
    let mut open = BTreeMap::from([
        (prove.0, AnswerReader::new(Command::Prove, prove)),
        (info.0, AnswerReader::new(Command::Info, info)),
    ]);
    let mut proven = false;
    while !open.is_empty() {
        let report = bench
            .next(PROOF)?
            .ok_or_else(|| format!("{} requests have no answer", open.len()))?;
        let mut done = None;
        for (id, reader) in &mut open {
            match reader.take(&report).map_err(|fault| fault.to_string())? {
                Progress::Whole(answer) => {
                    proven |= matches!(answer, Answer::Proof { .. });
                    done = Some(*id);
                }
                Progress::Refused(Status::Busy) => done = Some(*id),
                Progress::Refused(status) => return Err(format!("it refused: {status}")),
                Progress::Ignored | Progress::More => {}
            }
        }
        if let Some(done) = done {
            open.remove(&done);
        }
    }
    let counter = bench.info()?.counter;
    expect(
        "the counter",
        &counter,
        &(before.counter + u64::from(proven)),
    )
}
