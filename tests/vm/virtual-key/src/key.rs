//! The two kinds of key behind one trait: reports in, reports out, some of them later.

use std::{
    os::fd::BorrowedFd,
    path::Path,
    time::{Duration, Instant},
};

use octroi_hardware_key::{
    Report,
    emulator::{Asked, Device, KeyFile, Simulated},
};

use crate::{
    ctaphid::{self, CtapHid, Packet, Step},
    firmware::Firmware,
};

/// How often a key that works says so (CTAP 2.1, section 11.2.9.2.1).
const KEEP_ALIVE: Duration = Duration::from_millis(100);

/// A key under power.
pub(crate) trait Key {
    /// What it answers to a report at once.
    fn take(&mut self, report: &Report, now: Instant) -> Vec<Report>;
    /// What a report is to it.
    fn asked(&self, report: &Report) -> Asked;
    /// One of its answers made senseless.
    fn garble(&self, report: Report) -> Report;
    /// Readable when [`Self::due`] has something to say.
    fn wake(&self) -> Option<BorrowedFd<'_>>;
    /// When [`Self::due`] has something to say at the latest.
    fn next(&self) -> Option<Instant>;
    /// What it says of its own accord.
    fn due(&mut self, now: Instant) -> Vec<Report>;
}

/// A dongle, whose device code is the emulator's.
#[derive(Debug)]
pub(crate) struct Dongle(Device<KeyFile>);

impl Dongle {
    pub(crate) fn start(state: &Path) -> anyhow::Result<Self> {
        Ok(Self(KeyFile::open(state)?.into_device()))
    }
}

impl Key for Dongle {
    fn take(&mut self, report: &Report, _now: Instant) -> Vec<Report> {
        self.0.handle(report)
    }

    fn asked(&self, report: &Report) -> Asked {
        self.0.asked(report)
    }

    fn garble(&self, report: Report) -> Report {
        self.0.garble(report)
    }

    fn wake(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn next(&self) -> Option<Instant> {
        None
    }

    fn due(&mut self, _now: Instant) -> Vec<Report> {
        Vec::new()
    }
}

/// A FIDO2 security key.
#[derive(Debug)]
pub(crate) struct SecurityKey {
    hid: CtapHid,
    firmware: Firmware,
    /// When it says next that it works.
    alive: Option<Instant>,
}

impl SecurityKey {
    pub(crate) fn start(state: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            hid: CtapHid::default(),
            firmware: Firmware::start(state)?,
            alive: None,
        })
    }
}

impl Key for SecurityKey {
    fn take(&mut self, report: &Report, now: Instant) -> Vec<Report> {
        match self.hid.take(report, now) {
            Step::Say(said) => said,
            Step::Work { cbor, message } => {
                self.firmware.ask(cbor, message);
                self.alive = Some(now + KEEP_ALIVE);
                Vec::new()
            }
            Step::Cancel => {
                Firmware::interrupt();
                Vec::new()
            }
            Step::Abandon(said) => {
                Firmware::interrupt();
                self.alive = None;
                said
            }
        }
    }

    fn asked(&self, report: &Report) -> Asked {
        match ctaphid::packet(report) {
            Packet::Begins { channel, command } if ctaphid::asks(command) => Asked::Begins {
                if_busy: ctaphid::busy(channel),
            },
            Packet::Begins { .. } => Asked::Else,
            Packet::GoesOn => Asked::GoesOn,
        }
    }

    /// A success whose CBOR is none.
    fn garble(&self, report: Report) -> Report {
        const STATUS_AT: usize = 7;
        let mut bytes = *report.as_bytes();
        for byte in bytes.iter_mut().skip(STATUS_AT) {
            *byte = 0xff;
        }
        if let Some(status) = bytes.get_mut(STATUS_AT) {
            *status = 0;
        }
        Report::from_bytes(bytes)
    }

    fn wake(&self) -> Option<BorrowedFd<'_>> {
        Some(self.firmware.wake())
    }

    fn next(&self) -> Option<Instant> {
        self.alive.into_iter().chain(self.hid.expires()).min()
    }

    fn due(&mut self, now: Instant) -> Vec<Report> {
        if let Some(answer) = self.firmware.answer() {
            self.alive = None;
            return self.hid.answered(&answer);
        }
        let mut said = self.hid.expire(now);
        if self.alive.is_some_and(|due| due <= now) {
            self.alive = Some(now + KEEP_ALIVE);
            said.extend(self.hid.keep_alive());
        }
        said
    }
}
