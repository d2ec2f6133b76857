//! The host's side of CTAP2 against transports that do what no sound security key does.
#![cfg(feature = "emulator")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{
    collections::VecDeque,
    fmt,
    time::{Duration, Instant},
};

use octroi_hardware_key::{
    HardwareKey as _, KeyError, Report, ReportTransport, SecurityKey, TransportError,
    ctap::{
        BROADCAST, ChannelId, CtapFault, HidCommand, HidError, MadeCredential, MessageReader,
        Received, frames, new_credential_request,
    },
    emulator::{Algorithm, Authenticator, Simulated as _, Volatile},
};
use octroi_licence::{HardwareChallenge, verify_hardware_proof};

const WITHIN: Duration = Duration::from_secs(30);

fn emulated(algorithm: Algorithm) -> Authenticator<Volatile> {
    Authenticator::new(&[7; 32], algorithm, 0, Volatile)
}

/// What a device answers to a packet of the host.
type Device = Box<dyn FnMut(&Report) -> Vec<Report> + Send>;

/// A device that answers as its function says, and is silent otherwise.
struct Line {
    device: Device,
    answers: VecDeque<Report>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

impl ReportTransport for Line {
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        self.answers.extend((self.device)(report));
        Ok(())
    }

    fn read(&mut self, _within: Duration) -> Result<Report, TransportError> {
        self.answers.pop_front().ok_or(TransportError::Timeout)
    }
}

fn line(device: impl FnMut(&Report) -> Vec<Report> + Send + 'static) -> Line {
    Line {
        device: Box::new(device),
        answers: VecDeque::new(),
    }
}

fn channel(report: &Report) -> ChannelId {
    let (channel, _) = report.as_bytes().split_first_chunk().unwrap();
    ChannelId(u32::from_be_bytes(*channel))
}

/// The command with which a packet begins a message.
fn command(report: &Report) -> Option<HidCommand> {
    let head = report.as_bytes().get(4).unwrap();
    (head & 0x80 != 0).then(|| HidCommand::from_code(head & 0x7f))
}

fn challenge() -> HardwareChallenge {
    HardwareChallenge::for_enrolment(&[1; 32])
}

#[test]
fn signs_of_life_between_the_packets_of_an_answer_do_not_lose_it() {
    let mut device = emulated(Algorithm::Ed25519);
    let transport = line(move |packet| {
        let alive = frames(channel(packet), HidCommand::KeepAlive, &[1]).unwrap();
        let answers = device.handle(packet).into_iter();
        match command(packet) {
            Some(HidCommand::Init) => answers.collect(),
            _ => answers.flat_map(|answer| [answer, alive[0]]).collect(),
        }
    });
    let mut key = SecurityKey::open(transport, WITHIN).unwrap();
    let enrolled = key.enrol(None, WITHIN).unwrap().key;
    let proof = key.prove(&enrolled, &challenge(), WITHIN).unwrap();
    verify_hardware_proof(&enrolled, &challenge(), &proof).unwrap();
}

#[test]
fn a_key_that_gives_everybodys_or_nobodys_channel_is_named() {
    for given in [0, u32::MAX] {
        let mut device = emulated(Algorithm::Ed25519);
        let transport = line(move |packet| {
            let mut answers = device.handle(packet);
            if command(packet) == Some(HidCommand::Init) {
                let mut bytes = *answers.pop().unwrap().as_bytes();
                bytes
                    .get_mut(15..19)
                    .unwrap()
                    .copy_from_slice(&u32::to_be_bytes(given));
                answers.push(Report::from_bytes(bytes));
            }
            answers
        });
        let refused = SecurityKey::open(transport, WITHIN).unwrap_err();
        assert!(
            matches!(
                refused,
                KeyError::MalformedCtap {
                    fault: CtapFault::Channel,
                    ..
                }
            ),
            "{refused:?}"
        );
    }
}

#[test]
fn after_a_forgotten_channel_and_silence_the_next_question_asks_for_a_channel_first() {
    let mut device = emulated(Algorithm::Ed25519);
    let mut pings = 0;
    let mut silent = false;
    let transport = line(move |packet| {
        let begins = command(packet);
        assert_eq!(
            channel(packet) == BROADCAST,
            begins == Some(HidCommand::Init),
            "nothing but INIT is said to everybody: {packet:?}"
        );
        if begins == Some(HidCommand::Ping) {
            pings += 1;
            if pings == 1 {
                silent = true;
                let error = HidError::INVALID_CHANNEL.0;
                return frames(channel(packet), HidCommand::Error, &[error]).unwrap();
            }
        }
        // It says nothing to the first request for a channel that follows.
        if std::mem::take(&mut silent) {
            return Vec::new();
        }
        device.handle(packet)
    });
    let mut key = SecurityKey::open(transport, WITHIN).unwrap();
    let lost = key.check_presence(WITHIN).unwrap_err();
    assert!(matches!(lost, KeyError::Timeout { .. }), "{lost:?}");
    key.check_presence(WITHIN).unwrap();
}

#[test]
fn signs_of_life_without_end_are_left_whatever_the_time_given() {
    /// Alive for ever, once it has been opened.
    #[derive(Debug)]
    struct Alive {
        device: Authenticator<Volatile>,
        answers: VecDeque<Report>,
        channel: ChannelId,
    }
    impl ReportTransport for Alive {
        fn write(&mut self, report: &Report) -> Result<(), TransportError> {
            self.channel = channel(report);
            if command(report) != Some(HidCommand::Ping) {
                self.answers.extend(self.device.handle(report));
            }
            Ok(())
        }
        fn read(&mut self, _within: Duration) -> Result<Report, TransportError> {
            let alive = frames(self.channel, HidCommand::KeepAlive, &[1]).unwrap();
            Ok(self.answers.pop_front().unwrap_or(alive[0]))
        }
    }
    let transport = Alive {
        device: emulated(Algorithm::Ed25519),
        answers: VecDeque::new(),
        channel: BROADCAST,
    };
    let mut key = SecurityKey::open(transport, WITHIN).unwrap();
    let asked = Instant::now();
    let left = key.check_presence(WITHIN).unwrap_err();
    assert!(
        matches!(
            left,
            KeyError::MalformedCtap {
                fault: CtapFault::Flood,
                ..
            }
        ),
        "{left:?}"
    );
    assert!(asked.elapsed() < WITHIN);
}

#[test]
fn opening_a_key_that_falls_silent_costs_no_more_than_the_time_given() {
    /// Answers INIT when most of the time is over, then nothing, as a real port is silent.
    #[derive(Debug)]
    struct Late {
        device: Authenticator<Volatile>,
        answers: VecDeque<Report>,
    }
    const GIVEN: Duration = Duration::from_millis(400);
    impl ReportTransport for Late {
        fn write(&mut self, report: &Report) -> Result<(), TransportError> {
            if command(report) == Some(HidCommand::Init) {
                std::thread::sleep(GIVEN * 3 / 4);
                self.answers.extend(self.device.handle(report));
            }
            Ok(())
        }
        fn read(&mut self, within: Duration) -> Result<Report, TransportError> {
            self.answers.pop_front().ok_or_else(|| {
                std::thread::sleep(within);
                TransportError::Timeout
            })
        }
    }
    let transport = Late {
        device: emulated(Algorithm::Ed25519),
        answers: VecDeque::new(),
    };
    let asked = Instant::now();
    let silent = SecurityKey::open(transport, GIVEN).unwrap_err();
    let took = asked.elapsed();
    assert!(matches!(silent, KeyError::Timeout { .. }), "{silent:?}");
    assert!(took < GIVEN * 3 / 2, "{took:?}");
}

/// The answer of an emulated key that was asked for a credential, its status left out.
fn credential(algorithm: Algorithm) -> Vec<u8> {
    let mut device = emulated(algorithm);
    let init = frames(BROADCAST, HidCommand::Init, &[7; 8]).unwrap();
    device.handle(&init[0]);
    let request = new_credential_request(&octroi_hardware_key::ctap::NewCredential {
        client_data_hash: [1; 32],
        user: [2; 16],
        pin: None,
    });
    let mut reader = MessageReader::new(ChannelId(1));
    let packets = frames(ChannelId(1), HidCommand::Cbor, &request.unwrap()).unwrap();
    let mut whole = Vec::new();
    for answer in packets.iter().flat_map(|packet| device.handle(packet)) {
        if let Received::Whole { payload, .. } = reader.take(&answer).unwrap() {
            whole = payload.get(1..).unwrap().to_vec();
        }
    }
    whole
}

#[test]
fn a_credential_whose_key_is_of_another_type_or_curve_than_its_algorithm_is_refused() {
    for (algorithm, marks) in [
        // In CBOR: type (1), algorithm (3), curve (−1 is 20).
        (Algorithm::Ed25519, [1_u8, 1, 3, 0x27, 0x20, 6]),
        (Algorithm::Es256, [1, 2, 3, 0x26, 0x20, 1]),
    ] {
        let sound = credential(algorithm);
        MadeCredential::from_answer(&sound).unwrap();
        let at = sound
            .windows(6)
            .rposition(|window| window == marks)
            .unwrap();
        for place in [at + 1, at + 5] {
            let mut bent = sound.clone();
            *bent.get_mut(place).unwrap() = 3;
            let refused = MadeCredential::from_answer(&bent);
            assert_eq!(refused, Err(CtapFault::PublicKey));
        }
    }
}

#[test]
fn the_emulated_key_lets_no_channel_end_the_message_of_another() {
    let mut device = emulated(Algorithm::Ed25519);
    for _ in 0..2 {
        let init = frames(BROADCAST, HidCommand::Init, &[7; 8]).unwrap();
        assert_eq!(device.handle(&init[0]).len(), 1);
    }
    let ping = frames(ChannelId(1), HidCommand::Ping, &[5; 100]).unwrap();
    let cancel = frames(ChannelId(2), HidCommand::Cancel, &[]).unwrap();
    let answers: Vec<Report> = [ping[0], cancel[0], ping[1]]
        .iter()
        .flat_map(|packet| device.handle(packet))
        .collect();
    assert_eq!(answers, ping, "the echo is whole");
}
