//! `octroi-key-scenarios`: plays the scenarios of hardware keys where keys can be plugged in. What it
//! does lives in the library's `keys`.

use std::{io, process::ExitCode};

use clap::Parser as _;
use octroi_tests::keys::{Options, run};

fn main() -> ExitCode {
    match run(&Options::parse(), &mut io::stdout()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}
