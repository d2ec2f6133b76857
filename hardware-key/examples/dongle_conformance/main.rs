//! Asks a dongle whether it keeps `PROTOCOL.md`, section 12: `dongle_conformance /dev/hidrawN`. It costs
//! the device six signatures. Ends with 1 where a point does not hold.
#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a tool for the maker of a device"
)]

mod checks;

use std::{
    env,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    process::ExitCode,
    time::Duration,
};

use octroi_hardware_key::{Report, ReportTransport, TransportError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The kernel's node of a device without numbered reports.
#[derive(Debug)]
struct Node(File);

impl ReportTransport for Node {
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        let numbered = [&[0][..], report.as_bytes()].concat();
        self.0.write_all(&numbered).map_err(TransportError::Io)
    }

    fn read(&mut self, within: Duration) -> Result<Report, TransportError> {
        let io = |error| TransportError::Io(io::Error::from(error));
        let wait = Timespec::try_from(within).map_err(|_| TransportError::Timeout)?;
        let mut wanted = [PollFd::new(&self.0, PollFlags::IN)];
        if poll(&mut wanted, Some(&wait)).map_err(io)? == 0 {
            return Err(TransportError::Timeout);
        }
        let mut bytes = [0; 64];
        match self.0.read(&mut bytes).map_err(TransportError::Io)? {
            64 => Ok(Report::from_bytes(bytes)),
            other => Err(TransportError::Io(io::Error::other(format!(
                "a report of {other} bytes"
            )))),
        }
    }
}

fn main() -> io::Result<ExitCode> {
    let path = env::args_os().nth(1).ok_or_else(|| {
        io::Error::other("name the device's node: dongle_conformance /dev/hidrawN")
    })?;
    let node = OpenOptions::new().read(true).write(true).open(path)?;
    let mut bench = checks::Bench::new(Node(node));
    let mut broken = 0_u8;
    for (point, check) in checks::points() {
        match check(&mut bench) {
            Ok(()) => println!("holds   {point}"),
            Err(fault) => {
                println!("BROKEN  {point}: {fault}");
                broken += 1;
            }
        }
    }
    Ok(ExitCode::from(u8::from(broken > 0)))
}
