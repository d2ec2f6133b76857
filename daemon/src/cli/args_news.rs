//! The command line of what the vendor announced, and of bundles for its support.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::Whose;

/// `octroi announcement`.
#[derive(Debug, Subcommand)]
pub(crate) enum Announcement {
    /// What receipts brought, and what was answered
    List(Whose),
    /// Accept or object, for the client; the next report carries the answer, and the last one counts
    Answer(AnnouncementAnswer),
}

/// `octroi announcement answer`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("verdict").required(true).args(["accept", "object"]))]
pub(crate) struct AnnouncementAnswer {
    /// Its number, as `octroi announcement list` shows it
    #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) number: u64,
    /// The client accepts it
    #[arg(long)]
    pub(crate) accept: bool,
    /// The client objects to it
    #[arg(long)]
    pub(crate) object: bool,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi diagnose`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, on its own"
)]
#[command(group = clap::ArgGroup::new("where").required(true).args(["output", "preview"]))]
pub(crate) struct Diagnose {
    /// Where to write: a new folder of plain text files
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Print everything that would be written; write and record nothing
    #[arg(long)]
    pub(crate) preview: bool,
    /// What goes wrong, in your words; `-` reads standard input
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: String,
    /// How grave it is, in the words of the licence's support block, such as critical
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pub(crate) severity: String,
    /// Let users stand there by name
    #[arg(long)]
    pub(crate) include_users: bool,
    /// Let hosts and addresses stand there by name
    #[arg(long)]
    pub(crate) include_hosts: bool,
    /// Let paths stand there as they are
    #[arg(long)]
    pub(crate) include_paths: bool,
    #[command(flatten)]
    pub(crate) whose: Whose,
}
