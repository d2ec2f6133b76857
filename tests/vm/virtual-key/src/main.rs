//! `octroi-virtual-key`: a hardware key on this machine's own kernel, through `/dev/uhid` or a USB gadget, for tests
//! in a virtual machine. Here are the command line and the loop between the port, the key and whoever holds the key
//! in hand, who says by lines on standard input when to plug it in and out. It protects nothing and must never be
//! shipped.

mod ctaphid;
mod fault;
mod firmware;
mod gadget;
mod hand;
mod key;
mod port;
mod uhid;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};

/// A virtual hardware key, plugged in and out by lines on standard input.
///
/// Lines: `plug`, `unplug`, `fault garbage|silent|slow-ms=N|busy=N|busy|none`, `quit`; the end of the input is
/// `unplug` and `quit`. One JSON object answers each: `{"did":"plug","at_ns":N}`, N being `CLOCK_MONOTONIC` just
/// before acting, or `{"error":"…"}`. The key starts out of its port.
#[derive(Debug, Parser)]
struct Arguments {
    /// How it reaches the kernel
    #[arg(long, value_enum)]
    transport: Transport,
    /// Which kind of key it is
    #[arg(long, value_enum)]
    kind: Kind,
    /// dongle: the file that `octroi-key-emulator init` made; fido2: the folder of the flash images, made where there
    /// is none. Read when it is plugged in, so that a key is cloned or rolled back by copying it
    #[arg(long, value_name = "PATH")]
    state: PathBuf,
    /// Which of the two ports
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=1))]
    slot: u8,
    /// What the caller means to use; the firmware knows both
    #[arg(long, value_enum, default_value_t = Algorithm::Ed25519)]
    algorithm: Algorithm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Transport {
    /// `/dev/uhid`: the kernel's HID layer, no USB
    Uhid,
    /// A USB gadget on `dummy_hcd`: the kernel's USB and HID layers
    Gadget,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The dedicated dongle
    Dongle,
    /// A FIDO2 security key: the firmware code of Nitrokey 3 and Solo 2
    Fido2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Algorithm {
    Ed25519,
    Es256,
}

fn main() -> ExitCode {
    match hand::Hand::new(Arguments::parse()).obey() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
