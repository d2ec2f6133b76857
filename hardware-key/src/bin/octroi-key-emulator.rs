//! `octroi-key-emulator`: a simulated hardware key on a Unix socket, for tests, demonstrations and
//! firmware authors. What it does lives in the library's `emulator` module; here is only the command
//! line.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum};
use octroi_hardware_key::emulator::{Algorithm, Fault, FaultSwitch, KeyFile, create, serve};
use octroi_licence::KeySerial;
use serde_json::json;

/// A simulated hardware key on a Unix socket.
///
/// Its secret lies in a file that anybody who can read it can copy: a licence honours it only where
/// the vendor wrote `emulator_accepted` into it.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a new key and print its serial number and public key.
    Init {
        /// Where the key is kept; the file must not exist.
        #[arg(long, value_name = "FILE")]
        state: PathBuf,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Be the key until killed; killing the process is pulling the key out.
    Run {
        /// Where `init` has kept the key.
        #[arg(long, value_name = "FILE")]
        state: PathBuf,
        /// The Unix socket to serve; replaced where a killed emulator left it.
        #[arg(long, value_name = "PATH")]
        socket: PathBuf,
        /// Which kind of key to be: `dongle`, or `fido2`, a security key.
        #[arg(long, value_enum, default_value_t = Kind::Dongle)]
        kind: Kind,
        /// The algorithm of a security key's credentials.
        #[arg(long, value_enum, default_value_t = CredentialAlgorithm::Ed25519)]
        algorithm: CredentialAlgorithm,
        /// Misbehave: garbage, silent, slow-ms=N, busy or busy=N (the first N requests).
        #[arg(long, value_name = "FAULT")]
        fault: Option<Fault>,
        /// Answer so many requests soundly before the fault shows.
        #[arg(long, value_name = "REQUESTS", default_value_t = 0, requires = "fault")]
        fault_after: u32,
        /// Read `fault FAULT` and `fault none` from standard input, a command a line, and answer each
        /// with a JSON object once it holds.
        #[arg(long)]
        control: bool,
        /// Print one JSON object when ready.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Dongle,
    Fido2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CredentialAlgorithm {
    Ed25519,
    Es256,
}

fn main() -> ExitCode {
    match act(Arguments::parse().action) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell where this fails.
            let _unsaid = writeln!(
                io::stderr(),
                "error: {error:#}\nhelp: octroi-key-emulator --help shows how it is used"
            );
            ExitCode::FAILURE
        }
    }
}

fn act(action: Action) -> anyhow::Result<()> {
    match action {
        Action::Init { state, json } => init(&state, json),
        Action::Run {
            state,
            socket,
            kind,
            algorithm,
            fault,
            fault_after,
            control,
            json,
        } => {
            let faults = FaultSwitch::new(fault, fault_after);
            let memory = KeyFile::open(&state)?;
            let serial = memory.serial();
            let say = |public_key: Option<String>| {
                let said = if json {
                    json!({
                        "serial": serial.to_string(),
                        "public_key": public_key,
                        "socket": socket,
                    })
                    .to_string()
                } else {
                    format!("simulated key {serial} serves {}", socket.display())
                };
                // Served all the same where nobody listens to this.
                let _unsaid = writeln!(io::stdout(), "{said}");
            };
            if control {
                let faults = faults.clone();
                thread::Builder::new().spawn(move || obey(&faults))?;
            }
            match kind {
                Kind::Dongle => {
                    let device = memory.into_device();
                    let public_key = Some(device.public_key().to_string());
                    match serve(device, &socket, &faults, || say(public_key))? {}
                }
                Kind::Fido2 => {
                    let device = memory.into_authenticator(match algorithm {
                        CredentialAlgorithm::Ed25519 => Algorithm::Ed25519,
                        CredentialAlgorithm::Es256 => Algorithm::Es256,
                    });
                    match serve(device, &socket, &faults, || say(None))? {}
                }
            }
        }
    }
}

/// Does what standard input says, until its end.
fn obey(faults: &FaultSwitch) {
    for line in io::stdin().lines() {
        let Ok(line) = line else { return };
        let fault = match line.strip_prefix("fault ") {
            Some("none") => Ok(None),
            Some(fault) => fault.parse().map(Some).map_err(anyhow::Error::from),
            None => Err(anyhow::anyhow!("no command but `fault` is known")),
        };
        let answer = match fault {
            Ok(fault) => {
                faults.set(fault);
                json!({ "did": "fault" })
            }
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        // Obeyed all the same where nobody listens to this.
        let _unsaid = writeln!(io::stdout(), "{answer}");
    }
}

fn init(state: &Path, json: bool) -> anyhow::Result<()> {
    let mut serial = [0; 16];
    let mut secret_key = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(&mut serial).context("the system gave no random number")?;
    getrandom::fill(secret_key.as_mut_slice()).context("the system gave no random number")?;
    let serial = KeySerial(serial);
    let public_key = create(state, serial, &secret_key)?;
    let mut out = io::stdout();
    if json {
        let key = json!({
            "serial": serial.to_string(),
            "public_key": public_key.to_string(),
            "state": state,
        });
        writeln!(out, "{key}")?;
    } else {
        writeln!(out, "serial:     {serial}\npublic key: {public_key}")?;
    }
    Ok(())
}
