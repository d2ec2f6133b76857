//! The conformance program of `PROTOCOL.md`, section 12, with the emulator's device, and with one that
//! breaks each point: a check that nothing can fail would show nothing.
#![cfg(feature = "emulator")]
#![allow(
    clippy::indexing_slicing,
    reason = "a test fails by panicking; the checks are shared with the program"
)]

#[path = "../examples/dongle_conformance/checks.rs"]
mod checks;

use std::{collections::VecDeque, time::Duration};

use octroi_hardware_key::{
    Report, ReportTransport, TransportError,
    emulator::{Device, Simulated as _, Volatile},
};
use octroi_licence::KeySerial;

/// The emulator's device, its requests and answers passed through a fault.
#[derive(Debug)]
struct Bent {
    device: Device<Volatile>,
    request: fn(Report) -> Report,
    answers: fn(Vec<Report>) -> Vec<Report>,
    queue: VecDeque<Report>,
}

impl ReportTransport for Bent {
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        let answers = self.device.handle(&(self.request)(*report));
        self.queue.extend((self.answers)(answers));
        Ok(())
    }

    fn read(&mut self, _within: Duration) -> Result<Report, TransportError> {
        self.queue.pop_front().ok_or(TransportError::Timeout)
    }
}

/// The numbers of the points that a device breaks.
fn broken(
    request: fn(Report) -> Report,
    answers: fn(Vec<Report>) -> Vec<Report>,
) -> Vec<&'static str> {
    let mut bench = checks::Bench::new(Bent {
        device: Device::new(KeySerial([1; 16]), &[7; 32], 41, Volatile),
        request,
        answers,
        queue: VecDeque::new(),
    });
    let points = checks::points();
    let broken = points
        .iter()
        .filter(|(_, check)| check(&mut bench).is_err());
    broken.map(|(point, _)| &point[..1]).collect()
}

fn changed(report: Report, at: usize, byte: u8) -> Report {
    let mut bytes = *report.as_bytes();
    bytes[at] = byte;
    Report::from_bytes(bytes)
}

#[test]
fn the_emulated_dongle_conforms() {
    assert_eq!(broken(|request| request, |answers| answers), [""; 0]);
}

#[test]
fn a_device_that_signs_another_challenge_does_not_conform() {
    let deaf = |request: Report| match request.as_bytes()[3] {
        2 if request.as_bytes()[11] == 32 => changed(request, 20, 0xee),
        _ => request,
    };
    assert_eq!(broken(deaf, |answers| answers), ["2", "3"]);
}

#[test]
fn a_device_that_overlooks_padding_does_not_conform() {
    let lenient = |request: Report| changed(request, 63, 0);
    assert_eq!(broken(lenient, |answers| answers), ["4"]);
}

#[test]
fn a_device_that_mixes_up_its_fragments_does_not_conform() {
    let backwards = |answers: Vec<Report>| answers.into_iter().rev().collect();
    let all = ["1", "2", "3", "4", "5", "7"];
    assert_eq!(broken(|request| request, backwards), all);
}
