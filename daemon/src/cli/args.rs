//! The command line of `octroi`: what can be asked, and the help that says so. Nothing is done here.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use octroi_licence::{FeatureName, LicenceId, ProductId, ProductVersion, SiteId, VendorId};

use super::{
    args_acts::{Licence, Remove, Users, Why},
    args_keys::Key,
    args_news::{Announcement, Diagnose},
    args_registers::{Announce, Dispute, Intervention, Logbook, Purpose},
    exit,
    text::Language,
};

/// The administrator's tool: installs documents, shows and manages seats, verifies the ledger.
#[derive(Debug, Parser)]
#[command(name = "octroi", version, after_help = exit::help(), max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Everything under this folder, as `octroid --root DIR` runs; without it the system's places
    #[arg(long, global = true, env = "OCTROI_ROOT", value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// The daemon's socket, if it is not where it belongs
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// One JSON value on standard output, errors included; no progress
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The language of messages; without it as `LC_ALL`, `LC_MESSAGES` or `LANG` say
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Language>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Vendors that this machine trusts
    #[command(subcommand)]
    Vendor(Vendor),
    /// Install signed documents: licences, certificates, orders, revocation lists
    Install(Install),
    /// Say what is wrong or odd about documents, before anybody installs them
    ///
    /// Licences, certificates, orders, revocation lists, roots, requests, reports, receipts: dates, counts, sites,
    /// servers, hardware keys, terms that this version does not know, the signing key's certificate. Signatures are
    /// verified under the root that --vendor-root names, under trusted roots that this user may read, and under the
    /// daemon's trust where it answers, which also says whether it would accept them in this order. Changes nothing.
    /// Exits with 0 where nothing needs attention, 8 with warnings, 9 with problems.
    Lint(Lint),
    /// Activate a licence: at the vendor's server, or by file
    Activate(Activate),
    /// Usage reports: what would leave this machine, what left it, and sending it
    #[command(subcommand)]
    Report(Report),
    /// Receipts that came by file
    #[command(subcommand)]
    Receipt(Receipt),
    /// What is licensed, what stands in the way, and what to do next
    Status,
    /// Check everything that commonly goes wrong, and say what mends it
    ///
    /// Sockets and their permissions, the daemon, its files and the disk, vendors, licences and their dates, hardware
    /// keys, the clock, the ledger, the vendors' servers and the keys that licences pin, reports, and what ends next.
    /// Changes nothing. What needs no daemon is checked without one. The daemon opens a TLS connection to each
    /// server that a licence names, and says nothing on it; --offline leaves that out. Exits with 0 where all is
    /// well, 8 where something needs attention, 9 where something fails.
    Doctor(Doctor),
    /// Write what the vendor's support asks for: description, configuration, logs, third-party software
    ///
    /// Plain text in a new folder that you alone can read; users, hosts and paths stand under pseudonyms unless you say
    /// otherwise. --preview prints all of it and writes nothing. The ledger tells that it was written and by whom. Nothing
    /// is sent. What `octroi doctor` finds is part of it; the vendors' servers are not asked.
    Diagnose(Diagnose),
    /// Hardware keys: which are here, which are missing, and why one is not accepted
    #[command(subcommand)]
    Key(Key),
    /// Who holds seats, and who waits for one
    Seats(Seats),
    /// Take a seat back from its holder
    Release(Release),
    /// Named users: who has a seat, who is blocked; block, erase, export, or compare with a list
    ///
    /// `sync` exits with 8 where somebody on the list has no seat, or somebody who left still has one.
    #[command(subcommand)]
    Users(Users),
    /// Why something was refused: rule, clause, what stood in the way, when it may change
    Why(Why),
    /// What becomes of a licence
    #[command(subcommand)]
    Licence(Licence),
    /// What the daemon saw that was not as it should be, and what administrators did and wrote
    Logbook(Logbook),
    /// Interventions of the vendor's, at your request: who, when, what for
    #[command(subcommand)]
    Intervention(Intervention),
    /// Announce a large operation of a metered feature before it is held
    Announce(Announce),
    /// Invoices that you contest, with the proof that you did in time
    #[command(subcommand)]
    Dispute(Dispute),
    /// End all use of a licence, for good, and write the certificate of it for the vendor
    ///
    /// Seats are lost and nothing is granted under the licence any more. With the vendor's last licence that is
    /// destroyed, or copied and destroyed, the names of its users are forgotten. While a borrowed seat can still be
    /// used nothing is certified: repeat it then. Repeated, it writes the same certificate. The next report carries it.
    Remove(Remove),
    /// What the vendor announced: releases, maintenance, who processes data; and the client's answer
    #[command(subcommand)]
    Announcement(Announcement),
    /// What identifies this host; it stays on this machine
    Hostid(Hostid),
    /// The ledger, read from its folder; no daemon is needed, but it records what is exported
    #[command(subcommand)]
    Ledger(Ledger),
    /// Run a program while a seat is held for it
    Run(Run),
    /// Waits for the word of `octroi run`, then becomes the program.
    #[command(name = super::run::GATE, hide = true)]
    Gate(Gate),
}

/// `octroi vendor`.
#[derive(Debug, Subcommand)]
pub(crate) enum Vendor {
    /// Trust a vendor's root key
    Trust(Trust),
}

/// `octroi vendor trust`.
#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// The vendor's root document (`root.pub`); `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The fingerprint that the vendor told you over another channel; compared, then trusted
    #[arg(long, value_name = "HEX")]
    pub(crate) fingerprint: Option<String>,
    /// Trust without asking and without comparing
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `octroi install`.
#[derive(Debug, Args)]
pub(crate) struct Install {
    /// Armoured documents, installed in this order; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Say what would change, and who would lose a seat or be refused; change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `octroi lint`.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Armoured documents, in the order in which they would be installed; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The vendor's root document (`root.pub`) to verify under, trusted here or not
    #[arg(long, value_name = "FILE")]
    pub(crate) vendor_root: Option<PathBuf>,
    /// Do not ask the daemon
    #[arg(long)]
    pub(crate) offline: bool,
}

/// `octroi activate`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("way").required(true).args(["online", "request", "response"]))]
pub(crate) struct Activate {
    /// Ask the server that the licence names, and install its answer
    #[arg(long, requires = "licence")]
    pub(crate) online: bool,
    /// Write the request to carry to the vendor; `-` writes it to standard output
    #[arg(long, value_name = "FILE", requires = "licence")]
    pub(crate) request: Option<PathBuf>,
    /// Install the certificate that the vendor answered with; `-` reads standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["licence", "vendor", "site", "code", "code_file"])]
    pub(crate) response: Option<PathBuf>,
    /// The licence to activate
    #[arg(long, value_name = "ID")]
    pub(crate) licence: Option<LicenceId>,
    /// Its vendor; needed only where two vendors use the same licence id
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: Option<VendorId>,
    /// The site where this machine stands; without it as octroid.toml says
    #[arg(long, value_name = "SITE")]
    pub(crate) site: Option<SiteId>,
    /// The activation code; other users can see it while the command runs
    #[arg(long, value_name = "CODE", conflicts_with = "code_file")]
    pub(crate) code: Option<String>,
    /// A file that holds the activation code; without either it is asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) code_file: Option<PathBuf>,
}

/// `octroi report`.
#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// Every field of the report that waits, or of a draft of the next; nothing is sent
    Preview(Whose),
    /// Send the report now, which approves it, and take the receipt
    Send(Whose),
    /// What was sent, when, and whether its receipt came
    History(ReportHistory),
    /// Write the report to a file, to carry to the vendor
    Export(ReportExport),
}

/// Which vendor's.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The vendor; needed only where several vendors are trusted
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: Option<VendorId>,
}

/// `octroi report history`.
#[derive(Debug, Args)]
pub(crate) struct ReportHistory {
    /// Only this report, with every field
    #[arg(long, value_name = "N")]
    pub(crate) number: Option<u64>,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi report export`.
#[derive(Debug, Args)]
pub(crate) struct ReportExport {
    /// Where to write; `-` writes to standard output
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi receipt`.
#[derive(Debug, Subcommand)]
pub(crate) enum Receipt {
    /// Take the vendor's receipt for the report that waits
    Import(ReceiptImport),
}

/// `octroi receipt import`.
#[derive(Debug, Args)]
pub(crate) struct ReceiptImport {
    /// The armoured receipt; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Do not ask the vendors' servers
    #[arg(long)]
    pub(crate) offline: bool,
}

/// `octroi seats`.
#[derive(Debug, Args)]
pub(crate) struct Seats {
    /// Only this feature
    #[arg(long, value_name = "FEATURE")]
    pub(crate) feature: Option<FeatureName>,
    /// Only this vendor
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: Option<VendorId>,
}

/// `octroi release`.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// The seat's number, as `octroi seats` shows it
    #[arg(value_name = "SEAT")]
    pub(crate) seat: u64,
    /// The vendor whose seat it is; needed only where several vendors are trusted
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: Option<VendorId>,
    /// Why, for this machine's own records
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) reason: String,
}

/// `octroi hostid`.
#[derive(Debug, Args)]
pub(crate) struct Hostid {
    /// As this vendor's licences see it
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: Option<VendorId>,
}

/// `octroi ledger`.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Check every record, the chain and every checkpoint
    Verify(LedgerFolder),
    /// Write the ledger's records out, or a proven excerpt
    Export(LedgerExport),
}

/// Which ledger.
#[derive(Debug, Args)]
pub(crate) struct LedgerFolder {
    /// The vendor whose ledger it is; needed only where several vendors are trusted
    #[arg(long, value_name = "VENDOR", conflicts_with = "folder")]
    pub(crate) vendor: Option<VendorId>,
    /// The ledger's folder, wherever it lies
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

/// `octroi ledger export`.
#[derive(Debug, Args)]
pub(crate) struct LedgerExport {
    #[command(flatten)]
    pub(crate) ledger: LedgerFolder,
    /// Only this record, with the proof that it stands in the ledger
    #[arg(long, value_name = "SEQ")]
    pub(crate) excerpt: Option<u64>,
    #[command(flatten)]
    pub(crate) purpose: Purpose,
    /// Where to write; without it to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// `octroi run`.
#[derive(Debug, Args)]
#[command(
    after_help = "The seat belongs to the program, not to `octroi`. SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1 and \
SIGUSR2 are passed on. The program gets SIGTERM when an administrator takes the seat back, when the licence ends, and \
when `octroi` itself dies."
)]
pub(crate) struct Run {
    /// The feature to check out
    #[arg(long, value_name = "FEATURE")]
    pub(crate) feature: FeatureName,
    /// The product that the program is
    #[arg(long, value_name = "PRODUCT")]
    pub(crate) product: ProductId,
    /// The vendor's root: its document (`root.pub`), or its public key in hexadecimal
    #[arg(long, value_name = "HEX|FILE")]
    pub(crate) vendor_root: OsString,
    /// The program's version, digits and dots; without it only features licensed in every version
    #[arg(long = "version", value_name = "VERSION")]
    pub(crate) product_version: Option<ProductVersion>,
    /// Seats to take
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) units: u32,
    /// Wait in the queue at most so many seconds where all seats are taken
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub(crate) wait: u32,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// `octroi __gate`: how `run` starts its program.
#[derive(Debug, Args)]
pub(crate) struct Gate {
    /// The abstract socket on which `octroi run` waits.
    #[arg(long)]
    pub(crate) door: String,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<OsString>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_documents_every_exit_status() {
        let help = Arguments::command().render_help().to_string();
        for exit in exit::Exit::ALL {
            assert!(
                help.contains(&format!("  {}  {}", exit.code(), exit.meaning())),
                "{help}"
            );
        }
    }
}
