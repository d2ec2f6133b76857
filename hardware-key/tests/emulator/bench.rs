//! A key's folder, its process, and the questions that every test asks of it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use octroi_hardware_key::{
    FoundKey, KeySource as _, PRESENCE_WITHIN, PROOF_WITHIN, SourceError, emulator,
};
use octroi_licence::{
    DongleProof, HardwareChallenge, HardwareCredential, HardwareKey, HardwareProof,
    HardwareProofError, verify_hardware_proof,
};
use tempfile::TempDir;

/// Far more than anything here takes, far less than a test may hang.
pub(crate) const PROMPT: Duration = Duration::from_secs(2);

/// A key's folder and its process while it is plugged in.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) enrolled: HardwareKey,
    pub(crate) process: Option<Child>,
}

impl Bench {
    /// A new key, not plugged in.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = octroi_key_emulator(&["init", "--json", "--state"], &folder.path().join("key"));
        assert!(made.status.success(), "{made:?}");
        let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
        let text = |name: &str| made.get(name).and_then(|value| value.as_str()).unwrap();
        Self {
            enrolled: HardwareKey {
                serial: text("serial").parse().unwrap(),
                credential: HardwareCredential::Dongle {
                    public_key: text("public_key").parse().unwrap(),
                },
                emulator_accepted: true,
            },
            folder,
            process: None,
        }
    }

    /// A key plugged in, with a fault or none.
    pub(crate) fn plugged(arguments: &[&str]) -> Self {
        let mut bench = Self::new();
        bench.plug(arguments);
        bench
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    pub(crate) fn plug(&mut self, arguments: &[&str]) {
        self.unplug();
        let mut process = run(&self.state(), &self.socket(), arguments);
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(
            line.contains(&self.enrolled.serial.to_string()),
            "not ready: {line}"
        );
        self.process = Some(process);
    }

    /// Pulls the key out: SIGKILL.
    pub(crate) fn unplug(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub(crate) fn look(&self) -> Vec<Result<FoundKey, SourceError>> {
        emulator::EmulatorSource::new(self.socket()).look(PRESENCE_WITHIN)
    }

    /// The key, found.
    pub(crate) fn found(&self) -> FoundKey {
        self.look().pop().unwrap().unwrap()
    }

    /// One proof over a new handle; its counter.
    pub(crate) fn proves(&self, nonce: u8) -> u64 {
        let proof = self
            .found()
            .key
            .prove(&self.enrolled, &challenge(nonce), PROOF_WITHIN)
            .unwrap();
        verify_dongle(&self.enrolled, &challenge(nonce), &dongle(proof)).unwrap()
    }

    /// Has the key, not plugged in, have signed so often.
    pub(crate) fn set_counter(&self, counter: u64) {
        let text = fs::read_to_string(self.state()).unwrap();
        let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
        *state.get_mut("counter").unwrap() = counter.into();
        fs::write(self.state(), state.to_string()).unwrap();
    }

    /// The counter in the key's memory.
    pub(crate) fn stored_counter(&self) -> u64 {
        let state: serde_json::Value =
            serde_json::from_slice(&fs::read(self.state()).unwrap()).unwrap();
        state.get("counter").unwrap().as_u64().unwrap()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.unplug();
    }
}

pub(crate) fn run(state: &Path, socket: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_octroi-key-emulator"))
        .arg("run")
        .args(arguments)
        .arg("--state")
        .arg(state)
        .arg("--socket")
        .arg(socket)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

pub(crate) fn octroi_key_emulator(arguments: &[&str], path: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_octroi-key-emulator"))
        .args(arguments)
        .arg(path)
        .output()
        .unwrap()
}

pub(crate) fn challenge(nonce: u8) -> HardwareChallenge {
    let daemon_key = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
    HardwareChallenge::new(
        &"lic-1".parse().unwrap(),
        &daemon_key.parse().unwrap(),
        &[1; 32],
        &[nonce; 32],
    )
}

pub(crate) fn dongle(proof: HardwareProof) -> DongleProof {
    match proof {
        HardwareProof::Dongle(proof) => proof,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn verify_dongle(
    key: &HardwareKey,
    challenge: &HardwareChallenge,
    proof: &DongleProof,
) -> Result<u64, HardwareProofError> {
    verify_hardware_proof(key, challenge, &HardwareProof::Dongle(proof.clone()))
}

pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}: never");
        thread::sleep(Duration::from_millis(2));
    }
}
