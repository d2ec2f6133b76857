//! `octroi-key-crosscheck`: hardware keys against libfido2's tools, PINs and udev, in a virtual machine.
//! What it does lives in the library's `crosscheck`.

use std::{io, process::ExitCode};

use clap::Parser as _;
use octroi_tests::crosscheck::{Options, run};

fn main() -> ExitCode {
    match run(&Options::parse(), &mut io::stdout()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}
