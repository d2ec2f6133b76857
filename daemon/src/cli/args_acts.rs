//! The command line of the administrator's acts: users, past refusals, what becomes of a licence.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use octroi_licence::{DocumentDigest, FeatureName, LicenceId};

use super::{args::Whose, args_registers::Purpose};

/// `octroi users`.
#[derive(Debug, Subcommand)]
pub(crate) enum Users {
    /// To whom seats are assigned, and who is blocked
    List(Whose),
    /// End a user's sessions and seats, and let no others begin; what is assigned stays counted
    Block(UserBlock),
    /// End an administrator's block; a vendor's stays
    Unblock(User),
    /// Write everything that this machine holds about a user, as JSON
    Export(UserExport),
    /// Forget who a user is; the ledger keeps what was done, under a pseudonym that reads as erased
    Erase(UserErase),
    /// Compare the named users of a feature with a list: who joins gets a seat, who left is flagged
    Sync(UsersSync),
}

/// As what a user is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Kind {
    /// An account of this machine
    #[default]
    System,
    /// An account that applications declare, such as a mailbox
    Account,
    /// An end user behind an application
    EndUser,
}

/// Which user.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_field_names,
    reason = "a user is named by its name, and that is what the argument is called"
)]
pub(crate) struct User {
    /// The account's name or its number; or the name that applications state
    #[arg(value_name = "USER")]
    pub(crate) user: String,
    /// As what the user is known: the same name as another is another person
    #[arg(long, value_enum, value_name = "KIND", default_value_t = Kind::System)]
    pub(crate) kind: Kind,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi users block`.
#[derive(Debug, Args)]
pub(crate) struct UserBlock {
    #[command(flatten)]
    pub(crate) who: User,
    /// Why, for this machine's own records
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) reason: String,
}

/// `octroi users export`.
#[derive(Debug, Args)]
pub(crate) struct UserExport {
    #[command(flatten)]
    pub(crate) who: User,
    /// Where to write; without it to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) purpose: Purpose,
}

/// `octroi users erase`.
#[derive(Debug, Args)]
pub(crate) struct UserErase {
    #[command(flatten)]
    pub(crate) who: User,
    /// Erase without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `octroi users sync`.
#[derive(Debug, Args)]
#[command(
    after_help = "The list has a line for each user: the name as the feature counts users (an account of this machine, a \
declared account such as a mailbox, or an end user), and after commas, where the licence lists them, company and kind \
of person. Blank lines and lines that begin with # count for nothing. Nothing of it leaves the machine."
)]
pub(crate) struct UsersSync {
    /// The list; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The licence whose named users they are
    #[arg(long, value_name = "ID")]
    pub(crate) licence: LicenceId,
    /// Which of its features
    #[arg(long, value_name = "FEATURE")]
    pub(crate) feature: FeatureName,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi why`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["refusal", "last"]))]
pub(crate) struct Why {
    /// The refusal's number, as `octroi why --last` shows it: its record in the ledger
    #[arg(value_name = "REFUSAL", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) refusal: Option<u64>,
    /// The latest refusals, at most so many
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "20", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) last: Option<u32>,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi licence`.
#[derive(Debug, Subcommand)]
pub(crate) enum Licence {
    /// How its life goes on: renewal, notice, orders, support, and the clauses that its terms carry out
    Show(LicenceShow),
    /// Accept the software that was delivered under a licence, or a document that waits for it
    ///
    /// Using it accepts it too, and so does silence until the licence's date; `octroi status` says how it stands. With
    /// --document an amendment is accepted for the client, and nothing is said about the software.
    Accept(LicenceAccept),
    /// Record reserves about the software that was delivered under a licence
    ///
    /// Possible until the date that `octroi status` shows. Silence does not accept software about which reserves are
    /// recorded. The text stays on this machine: tell the vendor what is wrong.
    Reserve(LicenceReserve),
    /// Give notice that it is not to be renewed, or end its evaluation
    ///
    /// Notice is recorded in the ledger, where the licence allows it, and the next report carries it. Where it wants a
    /// letter, the notice is refused, with the deadline and the address. With --evaluation the licence ends now: its
    /// seats are lost, and nothing is granted under it any more.
    End(LicenceEnd),
}

/// `octroi licence accept`.
#[derive(Debug, Args)]
pub(crate) struct LicenceAccept {
    #[command(flatten)]
    pub(crate) named: LicenceNamed,
    /// Not the software but a document that waits, by its digest as `octroi status` shows it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) document: Option<DocumentDigest>,
}

/// `octroi licence show`.
#[derive(Debug, Args)]
pub(crate) struct LicenceShow {
    /// Which; without it all
    #[arg(value_name = "ID")]
    pub(crate) licence: Option<LicenceId>,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi licence reserve`.
#[derive(Debug, Args)]
pub(crate) struct LicenceReserve {
    #[command(flatten)]
    pub(crate) named: LicenceNamed,
    /// What is wrong, for this machine's own records
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// `octroi licence end`.
#[derive(Debug, Args)]
pub(crate) struct LicenceEnd {
    #[command(flatten)]
    pub(crate) named: LicenceNamed,
    /// End it now, within its evaluation, instead of at its term
    #[arg(long)]
    pub(crate) evaluation: bool,
}

/// What becomes of software, copies and data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Removal {
    /// Destroyed
    Destroy,
    /// Returned to the vendor, with a written guarantee
    Return,
    /// The last back-up copied, the rest destroyed
    Copy,
}

/// `octroi remove`.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    pub(crate) named: LicenceNamed,
    /// What becomes of software, copies and data; what the licence offers
    #[arg(long, value_enum, value_name = "CHOICE")]
    pub(crate) choice: Removal,
    /// Where to write the certificate for the vendor; `-` writes to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// With --choice copy: where to write the ledger's records
    #[arg(long, value_name = "FILE", required_if_eq("choice", "copy"))]
    pub(crate) copy: Option<PathBuf>,
    /// Remove without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Which licence.
#[derive(Debug, Args)]
pub(crate) struct LicenceNamed {
    /// Which
    #[arg(value_name = "ID")]
    pub(crate) licence: LicenceId,
    #[command(flatten)]
    pub(crate) whose: Whose,
}
