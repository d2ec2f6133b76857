//! The command line: what can be said to the server, with its help. Nothing is done here.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use jiff::{Timestamp, civil::Date};
use octroi_licence::{Country, LicenceId, ProductId, ProductVersion, PublicKey};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  another error
  2  wrong usage
  3  a document is refused (damaged, altered, not trusted, too new)
  4  the books refuse the entry (licence unknown, document missing in between, …)
  5  the database is busy or full; nothing was changed
  6  an activation request or a report is refused

Passphrase of the activation key, for `serve` and `answer` only: vendor.passphrase_file in the configuration, else
the environment variable OCTROI_PASSPHRASE, else asked for.
With --json one JSON object is printed on standard output, also for errors other than wrong usage.";

/// The vendor's activation server.
#[derive(Debug, Parser)]
#[command(name = "octroi-server", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    /// The server's configuration
    #[arg(
        long,
        value_name = "FILE",
        env = "OCTROI_SERVER_CONFIG",
        default_value = "octroi-server.toml",
        global = true
    )]
    pub(crate) config: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer daemons until the process is told to stop (the default)
    Serve,
    /// Make a folder with a configuration and a self-signed TLS certificate; print the key's pin
    Init(InitArgs),
    /// Print the pin of the TLS key: what an order states in `server.key_pins`
    Pin,
    /// Take in a licence and its activation code, so that it can be activated
    Import(ImportArgs),
    /// Record what clause T3 asks for before anything is activated
    #[command(subcommand)]
    Order(OrderCommand),
    /// Show licences, activations, shares, last counts and incidents
    Show {
        /// Only this licence
        licence: Option<LicenceId>,
    },
    /// Documents that receipts bring to the daemons: orders, revocation lists, new serials
    #[command(subcommand)]
    Documents(DocumentsCommand),
    /// Write an announcement that receipts bring to the clients' administrators
    Announce(AnnounceArgs),
    /// Show the announcements and what the clients' administrators answered
    Announcements,
    /// Answer an activation request or a report that came by file, as over the network
    Answer {
        /// What the daemon wrote
        file: PathBuf,
        /// Where to write the certificate or the receipt; a file that is there is left alone
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
    /// Let activation codes of a licence be tried again after too many wrong ones
    Unlock {
        /// The licence
        licence: LicenceId,
    },
    /// Take the share of a daemon back that is gone, without its consent
    WriteOff {
        /// The licence
        licence: LicenceId,
        /// The daemon's public key in hexadecimal, as `show` names it
        #[arg(long, value_name = "KEY")]
        daemon: PublicKey,
    },
    /// Write a copy of the database into a new file; the server may go on
    ///
    /// The copy holds activation codes: keep it as safe as the database. A server that was set back
    /// to it catches up with the reports of the daemons.
    Backup {
        /// The new file
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder to make, or an empty one
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The vendor's folder, from which root.pub, activation.key and the certificates are copied; no
    /// other private key is
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    /// A host name or address of the server, for its certificate; may stand several times
    #[arg(long = "name", value_name = "HOST", default_value = "localhost")]
    pub(crate) names: Vec<String>,
    /// The country in which the server stands, ISO 3166-1 alpha-2, for licences that fix its region
    #[arg(long, value_name = "COUNTRY")]
    pub(crate) country: Option<Country>,
    /// Where the server is to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7443")]
    pub(crate) listen: SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The licence, as it was issued
    pub(crate) file: PathBuf,
    /// Its activation code; default: the file of the same name that ends in .code
    #[arg(long, value_name = "FILE", conflicts_with = "no_code")]
    pub(crate) code_file: Option<PathBuf>,
    /// Without the code: the licence is activated by file only
    #[arg(long)]
    pub(crate) no_code: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// The client accepted the terms that the licence states
    Accept(RecordArgs),
    /// The payment was validated
    Paid(RecordArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// The licence that carries out the order
    pub(crate) licence: LicenceId,
    /// When, such as 2027-01-31T18:00:00Z; default: now
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<Timestamp>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DocumentsCommand {
    /// Add a document; receipts bring it to the daemons of its licence from now on
    Add {
        /// The document, as it was issued
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AnnounceArgs {
    /// release, maintenance, prices, data-processing or notice; or a word of your own
    pub(crate) kind: String,
    /// What to tell, in one line; never names a person
    pub(crate) text: String,
    /// The day by which something is to be done, such as 2027-01-31: a version installed, an objection made
    #[arg(long, value_name = "DAY")]
    pub(crate) due: Option<Date>,
    /// Of a release: its version; with --due older ones are out of maintenance after that day
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<ProductVersion>,
    /// Only for this product
    #[arg(long, value_name = "PRODUCT")]
    pub(crate) product: Option<ProductId>,
    /// The day on which it comes about; of a release: default today
    #[arg(long, value_name = "DAY")]
    pub(crate) effective: Option<Date>,
    /// How many days ahead a change in who processes data must be announced (clause K14)
    #[arg(long, value_name = "DAYS", default_value_t = 60)]
    pub(crate) notice_days: u32,
    /// Only for the administrators of this licence
    #[arg(long, value_name = "ID")]
    pub(crate) licence: Option<LicenceId>,
}
