//! The host's side against transports that do what no sound key does.
#![cfg(feature = "emulator")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use octroi_hardware_key::{
    Dongle, HardwareKey as _, KeyError, Report, ReportTransport, TransportError,
    emulator::{Device, Simulated as _, Volatile},
    protocol::AnswerFault,
};
use octroi_licence::{HardwareChallenge, HardwareCredential, HardwareKey, KeySerial};

const WITHIN: Duration = Duration::from_secs(30);

/// Gives each request to the next of its devices, the last one keeping what follows.
#[derive(Debug)]
struct Swapping {
    devices: VecDeque<Device<Volatile>>,
    answers: VecDeque<Report>,
}

impl ReportTransport for Swapping {
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        self.answers
            .extend(self.devices.front_mut().unwrap().handle(report));
        if self.devices.len() > 1 {
            self.devices.pop_front();
        }
        Ok(())
    }

    fn read(&mut self, _within: Duration) -> Result<Report, TransportError> {
        self.answers.pop_front().ok_or(TransportError::Timeout)
    }
}

/// Sends noise for ever.
#[derive(Debug)]
struct Flooding;

impl ReportTransport for Flooding {
    fn write(&mut self, _report: &Report) -> Result<(), TransportError> {
        Ok(())
    }

    fn read(&mut self, _within: Duration) -> Result<Report, TransportError> {
        Ok(Report::from_bytes([0xa5; 64]))
    }
}

/// Keeps only so many reports that nobody reads, as the kernel does, and loses the next.
#[derive(Debug)]
struct Bounded {
    device: Device<Volatile>,
    unread: VecDeque<Report>,
}

impl Bounded {
    const UNREAD_MAX: usize = 64;

    fn arrives(&mut self, report: Report) {
        if self.unread.len() < Self::UNREAD_MAX {
            self.unread.push_back(report);
        }
    }
}

impl ReportTransport for Bounded {
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        for answer in self.device.handle(report) {
            self.arrives(answer);
        }
        // Between one request and the next, another program is answered often.
        for _ in 0..Self::UNREAD_MAX {
            self.arrives(Report::from_bytes([0xa5; 64]));
        }
        Ok(())
    }

    fn read(&mut self, _within: Duration) -> Result<Report, TransportError> {
        self.unread.pop_front().ok_or(TransportError::Timeout)
    }

    fn discard_unread(&mut self) -> Result<(), TransportError> {
        self.unread.clear();
        Ok(())
    }
}

fn device(serial: u8, secret_key: u8) -> Device<Volatile> {
    Device::new(KeySerial([serial; 16]), &[secret_key; 32], 0, Volatile)
}

fn swapping(devices: impl IntoIterator<Item = Device<Volatile>>) -> Dongle<Swapping> {
    let transport = Swapping {
        devices: devices.into_iter().collect(),
        answers: VecDeque::new(),
    };
    Dongle::open(transport, WITHIN).unwrap()
}

fn challenge() -> HardwareChallenge {
    HardwareChallenge::new(
        &"lic-1".parse().unwrap(),
        &device(1, 1).public_key(),
        &[0; 32],
        &[0; 32],
    )
}

fn enrolled() -> HardwareKey {
    HardwareKey {
        serial: KeySerial([1; 16]),
        credential: HardwareCredential::Dongle {
            public_key: device(1, 1).public_key(),
        },
        emulator_accepted: false,
    }
}

#[test]
fn another_key_on_the_same_handle_is_noticed_and_the_handle_dropped() {
    let mut dongle = swapping([device(1, 1), device(2, 2)]);
    let answer = dongle.check_presence(WITHIN);
    assert!(
        matches!(answer, Err(KeyError::Replaced { expected, found })
            if expected == KeySerial([1; 16]) && found == KeySerial([2; 16])),
        "{answer:?}"
    );
    assert!(matches!(
        dongle.check_presence(WITHIN),
        Err(KeyError::Absent)
    ));
}

#[test]
fn another_key_that_copies_the_serial_is_noticed_by_its_public_key() {
    let mut dongle = swapping([device(1, 1), device(1, 2)]);
    let answer = dongle.check_presence(WITHIN);
    assert!(
        matches!(answer, Err(KeyError::Replaced { .. })),
        "{answer:?}"
    );
}

#[test]
fn another_keys_proof_is_not_given_out() {
    let mut dongle = swapping([device(1, 1), device(2, 2)]);
    let answer = dongle.prove(&enrolled(), &challenge(), WITHIN);
    assert!(
        matches!(answer, Err(KeyError::Replaced { .. })),
        "{answer:?}"
    );
}

#[test]
fn endless_noise_is_left_after_so_many_reports_whatever_the_time_given() {
    let asked = Instant::now();
    let error = Dongle::open(Flooding, WITHIN).unwrap_err();
    assert!(
        matches!(
            error,
            KeyError::Malformed {
                fault: AnswerFault::Flood { .. },
                ..
            }
        ),
        "{error:?}"
    );
    assert!(asked.elapsed() < WITHIN);
}

#[test]
fn every_error_says_on_one_line_what_happened_without_a_full_stop() {
    let flood = Dongle::open(Flooding, WITHIN).unwrap_err();
    let mut dongle = swapping([device(1, 1), device(2, 2)]);
    let replaced = dongle.check_presence(WITHIN).unwrap_err();
    let absent = dongle.check_presence(WITHIN).unwrap_err();
    let said = [flood, replaced, absent].map(|error| error.to_string());
    assert_eq!(
        said,
        [
            "the hardware key's answer to INFO makes no sense",
            "key 02020202020202020202020202020202 answers in the place of key \
             01010101010101010101010101010101",
            "the hardware key is not there; plug it in again",
        ]
    );
}

#[test]
fn an_answer_is_not_lost_behind_those_to_another_program() {
    let transport = Bounded {
        device: device(1, 1),
        unread: VecDeque::new(),
    };
    let mut dongle = Dongle::open(transport, WITHIN).unwrap();
    for _ in 0..3 {
        dongle.check_presence(WITHIN).unwrap();
    }
    dongle.prove(&enrolled(), &challenge(), WITHIN).unwrap();
}
