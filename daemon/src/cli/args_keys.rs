//! The command line of hardware keys.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `octroi key`.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// The keys that are plugged in, and those that licences name: present or away, last proof, budget
    List,
    /// Say why a key is not accepted, step by step, and what to do
    ///
    /// Has the daemon look at every port now: does it look there, is there a key, may it open it, does it answer,
    /// which key is it, does a licence name it, did it prove itself. Where no daemon runs, opens the keys itself, as
    /// far as this user may; what licences name is then not known. Exits with 0 where a key serves and nothing is
    /// wrong, 8 where something needs attention, 9 where something fails.
    Probe(KeyProbe),
}

/// `octroi key probe`.
#[derive(Debug, Args)]
pub(crate) struct KeyProbe {
    /// Only the key at this device, such as /dev/hidraw0
    #[arg(long, value_name = "DEVICE", conflicts_with = "emulator")]
    pub(crate) place: Option<PathBuf>,
    /// Only the emulated key behind this socket
    #[arg(long, value_name = "SOCKET")]
    pub(crate) emulator: Option<PathBuf>,
}
