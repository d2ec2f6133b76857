//! The host's side of CTAP2: a whole `SecurityKey` over a transport whose device does what the fuzzer
//! says, with the answers of the emulated key at hand.

use std::{collections::VecDeque, sync::OnceLock, time::Duration};

use octroi_hardware_key::{
    HardwareKey as _, KeyError, Report, ReportTransport, SecurityKey, TransportError,
    ctap::{BROADCAST, ChannelId, HidCommand, MessageReader, Received, frames},
    emulator::{Algorithm, Authenticator, Simulated as _},
};
use octroi_licence::{HardwareKey, verify_hardware_proof};

use super::{
    dongle_device::challenge,
    script::{Script, SharedLog, Watch, patched},
};

/// The first byte's lowest bit: the device goes on for ever.
const ENDLESS: u8 = 1;
/// The second bit: it knows P-256 alone.
const P256: u8 = 2;
/// Packets for one question, and how many questions one call may hold: a new channel, its own, and
/// again whenever the key says that it is busy or has forgotten the channel.
const READS_MAX: u64 = 1 << 17;

#[derive(Debug)]
struct Puppet {
    device: Authenticator<SharedLog>,
    script: Script,
    sound: VecDeque<Report>,
    /// Goes out before the script goes on.
    crafted: VecDeque<Report>,
    /// What the host says, put together again.
    heard: MessageReader,
    channel: ChannelId,
    nonce: [u8; 8],
    log: SharedLog,
}

impl Puppet {
    fn hear(&mut self, report: &Report) {
        let bytes = report.as_bytes();
        let (channel, _) = bytes.split_first_chunk().expect("64 bytes begin with 4");
        let channel = ChannelId(u32::from_be_bytes(*channel));
        if bytes[4] & 0x80 != 0 {
            let command = HidCommand::from_code(bytes[4] & 0x7f);
            assert_eq!(
                channel == BROADCAST,
                command == HidCommand::Init,
                "only a channel is asked for on the broadcast channel"
            );
            assert_ne!(channel.0, 0, "channel 0 is nobody's");
            if command != HidCommand::Cancel {
                self.heard = MessageReader::new(channel);
                self.channel = channel;
            }
        }
        match self.heard.take(report) {
            Ok(Received::Whole {
                command: HidCommand::Init,
                payload,
            }) => {
                self.nonce = payload.try_into().expect("a nonce has 8 bytes");
            }
            Ok(_) => {}
            Err(fault) => panic!("the host speaks out of turn: {fault}"),
        }
    }

    fn say(&mut self, channel: ChannelId, command: HidCommand, payload: &[u8]) {
        self.crafted
            .extend(frames(channel, command, payload).unwrap_or_default());
    }
}

impl ReportTransport for Puppet {
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        self.log.with(|log| log.writes += 1);
        self.hear(report);
        self.sound.extend(self.device.handle(report));
        Ok(())
    }

    fn read(&mut self, _within: Duration) -> Result<Report, TransportError> {
        self.log.with(|log| log.reads += 1);
        if let Some(crafted) = self.crafted.pop_front() {
            return Ok(crafted);
        }
        let channel = self.channel;
        match self.script.next().ok_or(TransportError::Timeout)? % 11 {
            0 => return self.sound.pop_front().ok_or(TransportError::Timeout),
            1 => {
                let sound = self.sound.pop_front().ok_or(TransportError::Timeout)?;
                return Ok(patched(sound, self.script.byte(), self.script.byte()));
            }
            2 => {
                let place = usize::from(self.script.byte()) % self.sound.len().max(1);
                let again = self.sound.get(place).copied();
                return again.ok_or(TransportError::Timeout);
            }
            3 => return Ok(Report::from_bytes(self.script.array())),
            4 => {
                let mut bytes: [u8; 64] = self.script.array();
                bytes[..4].copy_from_slice(&channel.0.to_be_bytes());
                return Ok(Report::from_bytes(bytes));
            }
            5 => {
                let status = self.script.byte();
                self.say(channel, HidCommand::KeepAlive, &[status]);
            }
            6 => {
                let error = self.script.byte();
                self.say(channel, HidCommand::Error, &[error]);
            }
            7 => {
                let length = u16::from_be_bytes(self.script.array());
                let body = self.script.take(usize::from(length % 1024));
                let command = HidCommand::from_code(self.script.byte() & 0x7f);
                self.say(channel, command, &body);
            }
            8 => {
                let length = u16::from_be_bytes(self.script.array());
                let body = [vec![0], self.script.take(usize::from(length % 1024))].concat();
                self.say(channel, HidCommand::Cbor, &body);
            }
            9 => {
                let given: [u8; 4] = self.script.array();
                let answer = [&self.nonce[..], &given, &[2, 1, 0, 0, self.script.byte()]].concat();
                self.say(BROADCAST, HidCommand::Init, &answer);
            }
            _ => return Err(self.script.trouble()),
        }
        self.crafted.pop_front().ok_or(TransportError::Timeout)
    }
}

/// A sound key and the way to it.
#[derive(Debug)]
struct Sound {
    device: Authenticator<SharedLog>,
    answers: VecDeque<Report>,
}

impl ReportTransport for Sound {
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        self.answers.extend(self.device.handle(report));
        Ok(())
    }

    fn read(&mut self, _within: Duration) -> Result<Report, TransportError> {
        self.answers.pop_front().ok_or(TransportError::Timeout)
    }
}

/// The emulated key of these properties, which counts into `log`.
pub fn device(algorithm: Algorithm, log: &SharedLog) -> Authenticator<SharedLog> {
    Authenticator::new(&[7; 32], algorithm, 0, log.clone())
}

/// A credential that it made.
pub fn enrolled(algorithm: Algorithm) -> &'static HardwareKey {
    static ENROLLED: [OnceLock<HardwareKey>; 2] = [const { OnceLock::new() }; 2];
    ENROLLED[usize::from(algorithm == Algorithm::Es256)].get_or_init(|| {
        let transport = Sound {
            device: device(algorithm, &SharedLog::default()),
            answers: VecDeque::new(),
        };
        let patience = Duration::from_mins(1);
        let mut key = SecurityKey::open(transport, patience).expect("the emulated key answers");
        let made = key.enrol(None, patience).expect("it makes a credential");
        made.key
    })
}

/// A byte of flags, the number of calls, the calls, the script.
pub fn check(input: &[u8], within: Duration) -> bool {
    let mut head = Script::new(input, false);
    let flags = head.byte();
    let algorithm = if flags & P256 == 0 {
        Algorithm::Ed25519
    } else {
        Algorithm::Es256
    };
    let calls = head.byte() % 5;
    let calls = head.take(calls.into());
    let log = SharedLog::default();
    let rest = input.get(2 + calls.len()..).unwrap_or_default();
    let puppet = Puppet {
        device: device(algorithm, &log),
        script: Script::new(rest, flags & ENDLESS != 0),
        sound: VecDeque::new(),
        crafted: VecDeque::new(),
        heard: MessageReader::new(BROADCAST),
        channel: BROADCAST,
        nonce: [0; 8],
        log: log.clone(),
    };
    let mut watch = Watch::new(log.clone(), within, |_| READS_MAX);
    let Some(mut key) = watch.call(|| SecurityKey::open(puppet, within)) else {
        return false;
    };
    assert!(
        key.info()
            .versions
            .iter()
            .any(|name| name.starts_with("FIDO_2"))
    );
    let mut accepted = false;
    for call in calls {
        match call % 4 {
            0 => {
                watch.call(|| key.check_presence(within));
            }
            1 => {
                let enrolled = enrolled(algorithm);
                let proof = watch.call(|| key.prove(enrolled, &challenge(), within));
                let counter = proof
                    .and_then(|proof| verify_hardware_proof(enrolled, &challenge(), &proof).ok());
                if let Some(counter) = counter {
                    accepted = true;
                    let made = log.with(|log| log.counter);
                    assert!((1..=made).contains(&counter), "made up: {counter}");
                }
            }
            2 => {
                watch.call(|| enrol(&mut key, None, within));
            }
            _ => {
                watch.call(|| enrol(&mut key, Some("4711"), within));
            }
        }
    }
    accepted
}

fn enrol(
    key: &mut SecurityKey<Puppet>,
    pin: Option<&str>,
    within: Duration,
) -> Result<HardwareKey, KeyError> {
    let made = key.enrol(pin, within)?;
    assert!(made.made.is_some(), "a security key says how it was made");
    let enrolled = made.key;
    let octroi_licence::HardwareCredential::Fido2(credential) = &enrolled.credential else {
        panic!("a security key's credential is one");
    };
    assert_eq!(enrolled.serial, credential.id.serial());
    Ok(enrolled)
}
