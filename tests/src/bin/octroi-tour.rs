//! `octroi-tour`: shows Octroi at work and measures it. What it does lives in the library's `tour`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use octroi_tests::tour::{Options, take};

fn main() -> ExitCode {
    let options = Options::parse();
    let report = take(&options);
    if let Some(error) = &report.error {
        octroi_tests::process::say(&format!("error: {error}"));
        octroi_tests::process::say(
            "help: the daemon's log tells more; run `cargo build` first if programs are missing",
        );
    }
    if options.json {
        let written = report.to_line().map_err(io::Error::from).and_then(|line| {
            let mut output = io::stdout();
            writeln!(output, "{line}")?;
            output.flush()
        });
        if written.is_err() {
            return ExitCode::FAILURE;
        }
    }
    if report.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
