//! The host's side of the dongle's protocol: a whole `Dongle` over a transport whose device does what
//! the fuzzer says, with the answers of a sound one at hand.

use std::{collections::VecDeque, time::Duration};

use octroi_hardware_key::{
    Dongle, HardwareKey as _, Report, ReportTransport, TransportError,
    emulator::{Device, Simulated as _},
    protocol::{REPORTS_READ_MAX, Request, Status, TransactionId, encode_refusal},
};
use octroi_licence::{HardwareKey, HardwareProof, KeySerial, verify_hardware_proof};

use super::{
    dongle_device::{challenge, device, enrolled},
    script::{Script, SharedLog, Watch, patched},
};

/// The first byte's lowest bit: the device goes on for ever.
const ENDLESS: u8 = 1;

#[derive(Debug)]
struct Puppet {
    device: Device<SharedLog>,
    script: Script,
    sound: VecDeque<Report>,
    /// Transaction and command of the last request.
    asked: (TransactionId, u8),
    log: SharedLog,
}

impl ReportTransport for Puppet {
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        let (transaction, request) = Request::decode(report).expect("the host asks soundly");
        self.asked = (transaction, request.command().code());
        self.log.with(|log| {
            log.writes += 1;
            if let Request::Prove(challenge) = request {
                log.signed.push(challenge);
            }
        });
        self.sound = self.device.handle(report).into();
        Ok(())
    }

    fn read(&mut self, _within: Duration) -> Result<Report, TransportError> {
        self.log.with(|log| log.reads += 1);
        let (transaction, command) = self.asked;
        match self.script.next().ok_or(TransportError::Timeout)? % 8 {
            0 => self.sound.pop_front().ok_or(TransportError::Timeout),
            1 => {
                let sound = self.sound.pop_front().ok_or(TransportError::Timeout)?;
                Ok(patched(sound, self.script.byte(), self.script.byte()))
            }
            2 => {
                let place = usize::from(self.script.byte()) % self.sound.len().max(1);
                let again = self.sound.get(place).copied();
                again.ok_or(TransportError::Timeout)
            }
            3 => Ok(Report::from_bytes(self.script.array())),
            4 => {
                let mut bytes: [u8; 64] = self.script.array();
                bytes[..4].copy_from_slice(&[b'O', b'D', 1, command | 0x80]);
                bytes[4..8].copy_from_slice(&transaction.0);
                Ok(Report::from_bytes(bytes))
            }
            5 => {
                let status = Status::from_code(self.script.byte());
                Ok(encode_refusal(transaction, command, status))
            }
            6 => Ok(Report::from_bytes([self.script.byte(); 64])),
            _ => Err(self.script.trouble()),
        }
    }
}

/// A byte of flags, the number of calls, the calls, the script.
pub fn check(input: &[u8], within: Duration) -> bool {
    let mut head = Script::new(input, false);
    let endless = head.byte() & ENDLESS != 0;
    let calls = head.byte() % 5;
    let calls = head.take(calls.into());
    let log = SharedLog::default();
    let puppet = Puppet {
        device: device(&log),
        script: Script::new(input.get(2 + calls.len()..).unwrap_or_default(), endless),
        sound: VecDeque::new(),
        asked: (TransactionId([0; 4]), 0),
        log: log.clone(),
    };
    let reads_max = |written| written * u64::from(REPORTS_READ_MAX);
    let mut watch = Watch::new(log.clone(), within, reads_max);
    let Some(mut dongle) = watch.call(|| Dongle::open(puppet, within)) else {
        return false;
    };
    let mut accepted = false;
    for call in calls {
        match call % 4 {
            0 => {
                watch.call(|| dongle.check_presence(within));
            }
            1 => {
                let enrolled = enrolled();
                let proof = watch.call(|| dongle.prove(&enrolled, &challenge(), within));
                accepted |= proof.is_some_and(|proof| counts(&enrolled, &proof, &log));
            }
            2 => {
                let other = HardwareKey {
                    serial: KeySerial([0x43; 16]),
                    ..enrolled()
                };
                watch.call(|| dongle.prove(&other, &challenge(), within));
            }
            _ => {
                let named = watch.call(|| dongle.enrol(None, within));
                if let Some(named) = named {
                    assert_eq!(named.key.serial, dongle.serial());
                    assert_eq!(named.made, None);
                }
            }
        }
    }
    accepted
}

/// Whether a proof counts; then the device made it.
fn counts(enrolled: &HardwareKey, proof: &HardwareProof, log: &SharedLog) -> bool {
    let Ok(counter) = verify_hardware_proof(enrolled, &challenge(), proof) else {
        return false;
    };
    log.with(|log| {
        assert!((1..=log.counter).contains(&counter), "made up: {counter}");
        assert!(log.signed.contains(challenge().as_bytes()));
    });
    true
}
