//! The command line: what can be said to the tool, with its help. Nothing is done here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use octroi_licence::{
    Country, DocumentDigest, EscrowCase, KeyId, LicenceId, ProductId, ProductVersion, PublicKey,
    VendorId, explain::Language,
};
use octroi_vendor::order::Template;

use crate::order_args::VendorOrderCommand;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  another error
  2  wrong usage
  3  a document is refused (damaged, altered, not trusted, too new)
  4  the order has mistakes
  5  the activation is refused

Passphrase: --passphrase-file, else the environment variable OCTROI_PASSPHRASE, else asked for.
With --json one JSON object is printed on standard output, also for errors other than wrong usage.";

/// The vendor's tool: keys, orders, licences, activation by file.
#[derive(Debug, Parser)]
#[command(name = "octroi-vendor", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command knows.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The vendor's folder: private keys, certificates and the register
    #[arg(
        long,
        visible_alias = "dir",
        value_name = "DIR",
        env = "OCTROI_VENDOR_KEYS",
        default_value = "vendor-keys",
        global = true
    )]
    pub(crate) keys: PathBuf,
    /// Read the passphrase of the private keys from the first line of a file
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make, renew and show the vendor's keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Write and check orders (TOML), from which licences are issued
    #[command(subcommand)]
    Order(OrderCommand),
    /// Issue the licence that an order describes, and its activation code in a file of its own
    ///
    /// The licence, its activation code and the order's content are kept in the register. To issue
    /// the same order again gives the same licence; another content needs a higher serial.
    Issue(IssueArgs),
    /// Amend the licence that was issued last: the order states the whole as it is to stand
    ///
    /// The serial stays. What changes is printed and stands in the amendment.
    Amend(AmendArgs),
    /// Answer an activation request by file, or unlock a licence after too many wrong codes
    ///
    /// The same request gets the same answer; a new request of the same daemon replaces its share.
    /// The shares of all daemons never exceed the licence's counts.
    Activate(ActivateArgs),
    /// Show everything that a document says, without believing it
    Inspect(InspectArgs),
    /// Release a licence whose vendor is gone: run by the escrow agent with its own key
    EscrowRelease(EscrowReleaseArgs),
    /// Enrol a hardware key that is plugged in and print what an order says of it
    ///
    /// A FIDO2 key makes a credential, for which it wants a touch and, where it has one, its PIN; a
    /// dongle says who it is. The key must then give three proofs without a touch, its counter
    /// rising each time: a key that does not cannot serve a licence and is refused.
    #[cfg(feature = "enrolment")]
    EnrolKey(EnrolKeyArgs),
    /// Say in sentences what a licence states, each with the clause that it carries out
    ///
    /// The licence is verified under the vendor's root.
    Explain(ExplainArgs),
    /// Verify a document under a root and name the damage if there is any
    Verify(VerifyArgs),
    #[command(flatten)]
    Give(VendorOrderCommand),
    /// Sign the next version of the revocation list
    #[command(subcommand)]
    Revoke(RevokeCommand),
    /// Show and correct what was issued and activated
    ///
    /// The register lies in the vendor's folder: one record and the activation codes for each
    /// licence, and every document as it was handed out. The codes lie there in clear, readable by
    /// their owner only, since a proof of a code can be checked by its holder only.
    #[command(subcommand)]
    Register(RegisterCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make the vendor's folder: root, issuing and activation keys with their certificates
    ///
    /// Writes root.key, issuing.key, activation.key (encrypted PKCS#8, readable by OpenSSL),
    /// root.pub, issuing.crt, activation.crt and an empty register. Nothing is overwritten. The root
    /// key is needed for certificates only: move root.key to a safe place off line.
    Init(InitArgs),
    /// Renew the certificate of the issuing or the activation key by the root key
    Certify(CertifyArgs),
    /// Replace the root key: the old root certifies the new one, which certifies the other keys
    ///
    /// Clients that trust the old root honour documents under the new one.
    RotateRoot(RotateArgs),
    /// Make the escrow agent's key: run by the agent, who keeps the file; the vendor gets the public key
    Escrow(EscrowKeyArgs),
    /// Show the root's fingerprint, the public key to pin in applications, and the certificates
    Show,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The vendor's id: at most 63 of a-z 0-9 -
    #[arg(long, value_name = "ID")]
    pub(crate) vendor: VendorId,
    /// The vendor's name, for people
    #[arg(long)]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) certificate: CertificateArgs,
    /// Write the private keys unencrypted: for tests only
    #[arg(long)]
    pub(crate) insecure_plaintext: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CertificateArgs {
    /// How long the certificates of the issuing and activation keys are valid, in years
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=50))]
    pub(crate) years: u16,
    /// Certify for this product only (may be repeated); default: for all products
    #[arg(long = "product", value_name = "PRODUCT")]
    pub(crate) products: Vec<ProductId>,
}

#[derive(Debug, Args)]
pub(crate) struct CertifyArgs {
    /// Whose certificate
    pub(crate) role: CertifiedRole,
    #[command(flatten)]
    pub(crate) certificate: CertificateArgs,
    /// Make a new key for the role too; the old one is kept in the folder `superseded`
    #[arg(long)]
    pub(crate) new_key: bool,
    /// Write a new key unencrypted: for tests only
    #[arg(long, requires = "new_key")]
    pub(crate) insecure_plaintext: bool,
    /// The root's private key, where it is kept elsewhere [default: DIR/root.key]
    #[arg(long, value_name = "FILE")]
    pub(crate) root_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    pub(crate) certificate: CertificateArgs,
    /// Write the new root key unencrypted: for tests only
    #[arg(long)]
    pub(crate) insecure_plaintext: bool,
    /// The old root's private key, where it is kept elsewhere [default: DIR/root.key]
    #[arg(long, value_name = "FILE")]
    pub(crate) root_key: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CertifiedRole {
    /// Signs licences, orders and revocation lists
    Issuing,
    /// Signs activation certificates
    Activation,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// Print a commented example order, which documents every key, or a contract's template
    New {
        /// A contract's order to be filled in, each term with its clause
        #[arg(long, value_name = "NAME")]
        template: Option<TemplateArg>,
        /// Write it to a new file instead
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Name every mistake of an order, with its line; show the dates that follow from it
    ///
    /// Lists of holidays are read from the folder `calendars` of the vendor's folder too; one of the
    /// same name replaces one of the tool.
    Check {
        /// The order
        file: PathBuf,
        /// Show delays that wait for an event as if it happened on this day
        #[arg(long, value_name = "DATE")]
        event_day: Option<jiff::civil::Date>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TemplateArg {
    Zenlocassur,
    ApexTiming,
    Kimple,
    BoostMyMail,
    #[value(name = "thegreenbow")]
    TheGreenBow,
}

impl From<TemplateArg> for Template {
    fn from(template: TemplateArg) -> Self {
        match template {
            TemplateArg::Zenlocassur => Self::Zenlocassur,
            TemplateArg::ApexTiming => Self::ApexTiming,
            TemplateArg::Kimple => Self::Kimple,
            TemplateArg::BoostMyMail => Self::BoostMyMail,
            TemplateArg::TheGreenBow => Self::TheGreenBow,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct IssueArgs {
    /// The order (TOML)
    pub(crate) order: PathBuf,
    /// Where to write the licence
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Where to write the activation code [default: the licence's name with the ending .code]
    #[arg(long, value_name = "FILE")]
    pub(crate) code_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AmendArgs {
    /// The order (TOML), with the serial that is amended
    pub(crate) order: PathBuf,
    /// Where to write the amendment
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// From when: a date, a date and time, or a timestamp with its offset [default: at once]
    #[arg(long, value_name = "DATE")]
    pub(crate) effective: Option<String>,
    /// It waits for the administrator's acceptance, even where the licence does not ask for that
    #[arg(long)]
    pub(crate) countersign: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ActivateArgs {
    /// The daemon's request
    #[arg(required_unless_present = "unlock")]
    pub(crate) request: Option<PathBuf>,
    /// Where to write the answer, an activation certificate
    #[arg(short, long, value_name = "FILE", required_unless_present = "unlock")]
    pub(crate) output: Option<PathBuf>,
    /// How many days the certificate is valid [default: as long as the licence]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) valid_days: Option<u32>,
    /// The country in which you answer, ISO 3166-1 alpha-2, for licences that fix the server's region
    #[arg(long, value_name = "COUNTRY")]
    pub(crate) country: Option<Country>,
    /// Let codes be tried again after 10 wrong ones
    #[arg(long, value_name = "LICENCE_ID", conflicts_with_all = ["request", "output", "valid_days", "country"])]
    pub(crate) unlock: Option<LicenceId>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Any armoured document
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct EscrowKeyArgs {
    /// Where to write the private key
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Write it unencrypted: for tests only
    #[arg(long)]
    pub(crate) insecure_plaintext: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EscrowReleaseArgs {
    /// The licence, as the client has it
    pub(crate) licence: PathBuf,
    /// The vendor's root, which the licence was signed under
    #[arg(long, value_name = "FILE")]
    pub(crate) root: PathBuf,
    /// The agent's private key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// What happened to the vendor
    #[arg(long)]
    pub(crate) case: CaseArg,
    /// The first version that is covered [default: all]
    #[arg(long, value_name = "VERSION")]
    pub(crate) minimum: Option<ProductVersion>,
    /// The last version that is covered [default: all]
    #[arg(long, value_name = "VERSION")]
    pub(crate) maximum: Option<ProductVersion>,
    /// Where to write the release
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CaseArg {
    /// Liquidation without continuation
    Liquidation,
    /// Its activity ended and nobody took it over
    ActivityEnded,
    /// Maintenance stopped and nobody took it over
    MaintenanceStopped,
}

impl From<CaseArg> for EscrowCase {
    fn from(case: CaseArg) -> Self {
        match case {
            CaseArg::Liquidation => Self::Liquidation,
            CaseArg::ActivityEnded => Self::ActivityEnded,
            CaseArg::MaintenanceStopped => Self::MaintenanceStopped,
        }
    }
}

#[cfg(feature = "enrolment")]
#[derive(Debug, Args)]
pub(crate) struct EnrolKeyArgs {
    /// Which of several keys, such as /dev/hidraw3
    #[arg(long, value_name = "PATH")]
    pub(crate) place: Option<String>,
    /// The file that holds the key's PIN in its first line [default: it is asked for]
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    /// Write what a FIDO2 key answered into a new folder, for libfido2's tools to check: `credential`
    /// (`fido2-cred -V -i credential -o key.pem eddsa`, or es256), and `assertion`, the last proof
    /// without a touch (`fido2-assert -V -i assertion key.pem eddsa`)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
    /// Enrol the simulated key behind this socket, for tests and demonstrations
    #[arg(long, value_name = "SOCKET")]
    pub(crate) emulator: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A licence
    pub(crate) file: PathBuf,
    /// In which language [default: that of the locale, else English]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) lang: Option<LanguageArg>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LanguageArg {
    En,
    Fr,
}

impl From<LanguageArg> for Language {
    fn from(language: LanguageArg) -> Self {
        match language {
            LanguageArg::En => Self::English,
            LanguageArg::Fr => Self::French,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Any armoured document
    pub(crate) file: PathBuf,
    /// The vendor's root, as written by `keys init`
    #[arg(long, value_name = "FILE")]
    pub(crate) root: PathBuf,
    /// The vendor's revocation list
    #[arg(long, value_name = "FILE")]
    pub(crate) revocations: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RevokeCommand {
    /// A licence up to one of its serials is no longer honoured
    Licence {
        /// The licence concerned
        #[arg(value_name = "LICENCE_ID")]
        licence: LicenceId,
        /// Up to and including this serial [default: the newest in the register]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        serial_max: Option<u64>,
        /// For people; never names a person
        #[arg(
            long,
            value_name = "TEXT",
            default_value = "",
            hide_default_value = true
        )]
        reason: String,
        /// Where to write the revocation list
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// A key is no longer trusted; its documents are refused, except those that are honoured
    Key {
        /// SHA-256 of the public key, in hexadecimal, as `keys show` prints it
        #[arg(value_name = "KEY_ID")]
        key: KeyId,
        /// Since when, as evidence for people: a date (UTC) or a timestamp
        #[arg(long, value_name = "DATE")]
        untrusted_after: String,
        /// Digest of a document of the key that stands all the same (may be repeated)
        #[arg(long, value_name = "DIGEST")]
        honour: Vec<DocumentDigest>,
        /// Honour every document of the key that is in the register
        #[arg(long)]
        honour_registered: bool,
        /// Where to write the revocation list
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RegisterCommand {
    /// List the licences
    List,
    /// Show what was issued, ordered and activated of one licence
    Show {
        /// The licence concerned
        #[arg(value_name = "LICENCE_ID")]
        licence: LicenceId,
    },
    /// Take back the share of a daemon whose machine is gone
    ///
    /// Its certificate may still be there: should the machine come back, more than the licence's
    /// count may be in use until the certificate ends.
    WriteOff {
        /// The licence concerned
        #[arg(value_name = "LICENCE_ID")]
        licence: LicenceId,
        /// The daemon's public key, in hexadecimal, as `register show` prints it
        #[arg(value_name = "DAEMON_KEY")]
        daemon_key: PublicKey,
    },
}
