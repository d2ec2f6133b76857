//! A simulated key in one of two ports, whatever stands behind the port, with what the vendor's tool
//! made of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use octroi_hardware_key::{
    KeySource, PRESENCE_WITHIN, PROOF_WITHIN, emulator::EmulatorSource, hid::HidSource,
};
use octroi_licence::{
    CredentialId, Fido2Credential, Fido2PublicKey, HardwareChallenge, HardwareCredential,
    HardwareKey, verify_hardware_proof,
};
use serde_json::Value;

use super::virtual_key::VirtualKey;
use crate::{Binaries, Emulator, process::succeed};

/// How a simulated key reaches the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Transport {
    /// A Unix socket.
    Emulator,
    /// A HID device that a program plays.
    Uhid,
    /// A USB gadget behind a simulated host controller.
    Gadget,
}

/// What a key speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The dedicated dongle's protocol.
    Dongle,
    /// CTAP2.
    Fido2,
}

impl Transport {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Emulator => "emulator",
            Self::Uhid => "uhid",
            Self::Gadget => "gadget",
        }
    }

    /// How often a key is proven. A simulated machine needs more time for one proof.
    pub(super) fn proof_interval_s(self) -> u32 {
        if self.has_nodes() { 2 } else { 1 }
    }

    /// The kernel has a node for the key.
    pub(super) fn has_nodes(self) -> bool {
        self != Self::Emulator
    }
}

impl Kind {
    /// As programs and orders name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dongle => "dongle",
            Self::Fido2 => "fido2",
        }
    }
}

/// Two ports.
#[derive(Debug, Clone)]
pub(super) struct Ports {
    transport: Transport,
    folder: PathBuf,
}

impl Ports {
    pub(super) fn new(transport: Transport, folder: &Path) -> Self {
        Self {
            transport,
            folder: folder.to_path_buf(),
        }
    }

    fn socket(&self, slot: usize) -> PathBuf {
        self.folder.join(format!("port{slot}.sock"))
    }

    /// `octroid.toml` for a daemon that looks at these ports and no other.
    pub(super) fn configuration(&self) -> String {
        if self.transport.has_nodes() {
            return "[hardware_key]\nusb = true\n".to_owned();
        }
        format!(
            "[hardware_key]\nusb = false\nemulators = [\"{}\", \"{}\"]\n",
            self.socket(0).display(),
            self.socket(1).display()
        )
    }
}

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    device: Device,
    serial: String,
    stated: String,
    enrolled: HardwareKey,
}

#[derive(Debug)]
enum Device {
    Emulator(Emulator),
    Virtual(VirtualKey),
}

/// A copy of a key's memory.
#[derive(Debug)]
pub(super) struct Memory(PathBuf);

impl Key {
    /// Makes a key, enrols it while no other is in, and leaves it out.
    pub(super) fn new(ports: &Ports, kind: Kind, name: &str, slot: usize) -> anyhow::Result<Self> {
        let folder = ports.folder.join(name);
        fs::create_dir(&folder).with_context(|| format!("{}", folder.display()))?;
        let mut device = match ports.transport {
            Transport::Emulator => {
                Device::Emulator(Emulator::of(kind, &folder, &ports.socket(slot))?)
            }
            virtual_one => Device::Virtual(VirtualKey::new(virtual_one, kind, &folder, slot)?),
        };
        device.put_in()?;
        let (stated, enrolled) = enrol(kind, &device)?;
        device.pull_out()?;
        Ok(Self {
            serial: enrolled.serial.to_string(),
            device,
            stated,
            enrolled,
        })
    }

    /// What an order says of it, without braces.
    pub(super) fn stated(&self) -> &str {
        &self.stated
    }

    /// Its serial number in hexadecimal, or what stands for it.
    pub(super) fn serial(&self) -> &str {
        &self.serial
    }

    /// Puts it in; when that was begun.
    pub(super) fn put_in(&mut self) -> anyhow::Result<Instant> {
        self.device.put_in()
    }

    /// Pulls it out; when that was begun.
    pub(super) fn pull_out(&mut self) -> anyhow::Result<Instant> {
        self.device.pull_out()
    }

    /// Has it misbehave from its next request on, in or out.
    pub(super) fn misbehave(&mut self, fault: &str) -> anyhow::Result<()> {
        self.fault(Some(fault))
    }

    /// Has it behave again.
    pub(super) fn behave(&mut self) -> anyhow::Result<()> {
        self.fault(None)
    }

    fn fault(&mut self, fault: Option<&str>) -> anyhow::Result<()> {
        match &mut self.device {
            Device::Emulator(emulator) => emulator.misbehave(fault),
            Device::Virtual(key) => key.misbehave(fault),
        }
    }

    /// Its hidraw node, while it is in and has one.
    pub(super) fn node(&self) -> Option<&Path> {
        match &self.device {
            Device::Emulator(_) => None,
            Device::Virtual(key) => key.node(),
        }
    }

    /// How another program than the daemon finds it.
    pub(super) fn source(&self) -> Box<dyn KeySource> {
        match &self.device {
            Device::Emulator(emulator) => {
                Box::new(EmulatorSource::new(emulator.socket().to_path_buf()))
            }
            Device::Virtual(_) => Box::new(HidSource),
        }
    }

    /// Has it sign for nobody's licence, as another program may.
    pub(super) fn sign_elsewhere(&self, times: usize) -> anyhow::Result<()> {
        self.prove(times, PROOF_WITHIN).map(drop)
    }

    /// Has it prove itself so many times over its own handle; what each proof took.
    pub(super) fn prove(&self, times: usize, within: Duration) -> anyhow::Result<Vec<Duration>> {
        let mut found = None;
        for key in self.source().look(PRESENCE_WITHIN) {
            let key = key?;
            found = key.key.may_be(&self.enrolled).then_some(key).or(found);
        }
        let mut key = found.context("the key is not found")?.key;
        let mut taken = Vec::new();
        for number in 0..times {
            let nonce = [u8::try_from(number)?; 32];
            let challenge = HardwareChallenge::for_enrolment(&nonce);
            let began = Instant::now();
            let proof = key.prove(&self.enrolled, &challenge, within)?;
            taken.push(began.elapsed());
            verify_hardware_proof(&self.enrolled, &challenge, &proof)?;
        }
        Ok(taken)
    }

    /// How many signatures it has made, where its memory says so.
    pub(super) fn signatures(&self) -> anyhow::Result<Option<u64>> {
        let state = self.memory();
        if state.is_dir() {
            return Ok(None);
        }
        let state: Value = serde_json::from_slice(&fs::read(state)?)?;
        Ok(state.get("counter").and_then(Value::as_u64))
    }

    /// Copies its memory, which is possible here while it is out.
    pub(super) fn copy(&mut self, name: &str) -> anyhow::Result<Memory> {
        self.rest()?;
        let copy = self.memory().with_extension(name);
        copy_all(self.memory(), &copy)?;
        Ok(Memory(copy))
    }

    /// Gives it a memory that was copied before: that of another key of its kind, or an earlier one of
    /// its own.
    pub(super) fn become_copy(&mut self, memory: &Memory) -> anyhow::Result<()> {
        self.rest()?;
        copy_all(&memory.0, self.memory())
    }

    fn memory(&self) -> &Path {
        match &self.device {
            Device::Emulator(emulator) => emulator.state(),
            Device::Virtual(key) => key.state(),
        }
    }

    fn rest(&mut self) -> anyhow::Result<()> {
        match &mut self.device {
            Device::Emulator(emulator) => {
                ensure!(emulator.pid().is_none(), "the key is in");
                Ok(())
            }
            Device::Virtual(key) => key.rest(),
        }
    }
}

impl Device {
    fn put_in(&mut self) -> anyhow::Result<Instant> {
        match self {
            Self::Emulator(emulator) => {
                let began = Instant::now();
                emulator.put_in()?;
                Ok(began)
            }
            Self::Virtual(key) => key.put_in(),
        }
    }

    fn pull_out(&mut self) -> anyhow::Result<Instant> {
        match self {
            Self::Emulator(emulator) => {
                let began = Instant::now();
                emulator.pull_out()?;
                Ok(began)
            }
            Self::Virtual(key) => key.pull_out(),
        }
    }
}

/// What the vendor's tool makes of the only key that is in: how an order states it, and what the
/// licence will say.
fn enrol(kind: Kind, device: &Device) -> anyhow::Result<(String, HardwareKey)> {
    let mut command = Command::new(&Binaries::get()?.vendor);
    command.args(["--json", "enrol-key"]);
    if let Device::Emulator(emulator) = device {
        command.arg("--emulator").arg(emulator.socket());
    }
    let said = succeed(&mut command)?;
    let said: Value = serde_json::from_str(&said)?;
    let field = |name: &str| {
        let value = said.get(name).and_then(Value::as_str);
        value.with_context(|| format!("no {name} in {said}"))
    };
    let (name, public_key) = (kind.name(), field("public_key")?);
    ensure!(field("kind")? == name, "another kind of key: {said}");
    let (which, serial, credential) = match kind {
        Kind::Dongle => {
            let public_key = public_key.parse()?;
            let serial = field("serial")?;
            (
                format!("serial = \"{serial}\""),
                serial.parse()?,
                HardwareCredential::Dongle { public_key },
            )
        }
        Kind::Fido2 => {
            let id = CredentialId::from_bytes(&hex::decode(field("credential_id")?)?);
            let id = id.context("a credential id of no length that one has")?;
            let public_key = Fido2PublicKey::from_bytes(&hex::decode(public_key)?);
            let public_key = public_key.context("no public key")?;
            (
                format!("credential_id = \"{id}\""),
                id.serial(),
                HardwareCredential::Fido2(Fido2Credential { id, public_key }),
            )
        }
    };
    let stated = format!("kind = \"{name}\", {which}, public_key = \"{public_key}\"");
    Ok((
        stated,
        HardwareKey {
            serial,
            credential,
            emulator_accepted: false,
        },
    ))
}

/// Copies a file or a folder; what a folder holds already is replaced.
fn copy_all(from: &Path, to: &Path) -> anyhow::Result<()> {
    if from.is_dir() {
        if to.exists() {
            fs::remove_dir_all(to)?;
        }
        fs::create_dir(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_all(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    fs::copy(from, to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
    Ok(())
}
