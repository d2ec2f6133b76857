//! The command line of the vendor's orders: a command for each kind, with the dates from which it is
//! computed. Nothing is done here.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use octroi_licence::{
    AssignmentId, BorrowId, CureOutcome, DocumentDigest, FeatureName, LicenceId, MeterWindow,
    PublicKey, ReservationDecision, ReservationId, Scope, WindowUnit, message::Ground,
};
use octroi_vendor::{
    calendar::{Delay, DelayError},
    dates::{DelayKind, GivenForm, Party},
};

/// Every kind of order.
#[derive(Debug, Subcommand)]
pub(crate) enum VendorOrderCommand {
    /// Order that nothing is granted under a licence, or a part of it, until resumed
    Suspend(ScopedArgs),
    /// Order that a suspension of the same scope ends
    Resume(ScopedArgs),
    /// Order the end of a licence, or of a part of it, for good
    Terminate(ScopedArgs),
    /// Give notice of a breach, with the time to cure it
    ///
    /// The end is computed on the calendar of the licence's order. One notice can state two effects at
    /// two dates: suspended from the day after the event, ended after the delay.
    CureNotice(CureNoticeArgs),
    /// Take a cure notice back: the breach is cured
    LiftCureNotice(LiftArgs),
    /// Ask for the full statement of the scope of use, from a date on
    Audit(AuditArgs),
    /// Give notice of force majeure: counters of lateness stand still
    ForceMajeure(ForceMajeureArgs),
    /// Order that nothing is granted over the limit any more
    OverdraftNotice(FeatureOrLicenceArgs),
    /// Order other limits of a feature
    LimitChange(LimitChangeArgs),
    /// Free the seat of a named user
    Reassign(UserArgs),
    /// End a named user's sessions and let no others begin; the seat stays counted
    BlockUser(UserArgs),
    /// Let a named user in again
    UnblockUser(UserArgs),
    /// Free a borrowed seat whose holder is lost
    WriteOff(WriteOffArgs),
    /// Approve or refuse an amount that waits for approval
    DecideReservation(DecideArgs),
    /// State which hosts have a feature, instead of those that the server counts: refused as long as no
    /// daemon carries it out
    HostList(HostListArgs),
    /// Order that the term ends later
    Renew(RenewArgs),
    /// Record that the term is not renewed, if it was said in time and in the form agreed on
    NonRenewal(NonRenewalArgs),
    /// Pass the licence on to another client; the daemon that has it closes
    Transfer(TransferArgs),
    /// Order that a daemon's civil time goes back, once, for one recorded anomaly
    ClockReset(ClockResetArgs),
}

impl VendorOrderCommand {
    /// What every order states.
    pub(crate) fn details(&self) -> &OrderDetails {
        match self {
            Self::Suspend(args) | Self::Resume(args) | Self::Terminate(args) => &args.details,
            Self::CureNotice(args) => &args.scoped.details,
            Self::LiftCureNotice(args) => &args.details,
            Self::Audit(args) => &args.details,
            Self::ForceMajeure(args) => &args.details,
            Self::OverdraftNotice(args) => &args.details,
            Self::LimitChange(args) => &args.details,
            Self::Reassign(args) | Self::BlockUser(args) | Self::UnblockUser(args) => {
                &args.part.details
            }
            Self::WriteOff(args) => &args.details,
            Self::DecideReservation(args) => &args.details,
            Self::HostList(args) => &args.details,
            Self::Renew(args) => &args.details,
            Self::NonRenewal(args) => &args.details,
            Self::Transfer(args) => &args.details,
            Self::ClockReset(args) => &args.details,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ScopedArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// One feature only
    #[arg(long)]
    feature: Option<FeatureName>,
    /// Maintenance only: versions released from then on
    #[arg(long, conflicts_with = "feature")]
    maintenance: bool,
}

impl ScopedArgs {
    pub(crate) fn scope(&self) -> Scope {
        match (&self.feature, self.maintenance) {
            (Some(feature), _) => Scope::Feature(feature.clone()),
            (None, true) => Scope::Maintenance,
            (None, false) => Scope::WholeLicence,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct FeatureOrLicenceArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// One feature only
    #[arg(long)]
    feature: Option<FeatureName>,
}

impl FeatureOrLicenceArgs {
    pub(crate) fn scope(&self) -> Scope {
        let feature = self.feature.clone();
        feature.map_or(Scope::WholeLicence, Scope::Feature)
    }
}

#[derive(Debug, Args)]
pub(crate) struct OrderDetails {
    /// The licence concerned
    #[arg(value_name = "LICENCE_ID")]
    pub(crate) licence: LicenceId,
    /// From when: a date, a date and time, or a timestamp with its offset [default: at once]
    #[arg(long, value_name = "DATE")]
    pub(crate) effective: Option<String>,
    /// IANA time zone of dates [default: that of the licence's order]
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Why
    #[arg(long)]
    pub(crate) ground: Option<GroundArg>,
    /// For people; never names a person
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) reason: String,
    /// Where to write the order
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum GroundArg {
    LatePayment,
    Breach,
    Tampering,
    TermEnded,
    Transfer,
    Convenience,
    ForceMajeure,
    UnannouncedUse,
    ClientRequest,
    Other,
}

impl From<GroundArg> for Ground {
    fn from(ground: GroundArg) -> Self {
        match ground {
            GroundArg::LatePayment => Self::LatePayment,
            GroundArg::Breach => Self::Breach,
            GroundArg::Tampering => Self::Tampering,
            GroundArg::TermEnded => Self::TermEnded,
            GroundArg::Transfer => Self::Transfer,
            GroundArg::Convenience => Self::Convenience,
            GroundArg::ForceMajeure => Self::ForceMajeure,
            GroundArg::UnannouncedUse => Self::UnannouncedUse,
            GroundArg::ClientRequest => Self::ClientRequest,
            GroundArg::Other => Self::Other,
        }
    }
}

/// How long a delay is: in its own words, or as the order's `[delays]` state it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Length {
    Stated(Delay),
    OfOrder(DelayKind),
}

impl FromStr for Length {
    type Err = DelayError;
    fn from_str(text: &str) -> Result<Self, DelayError> {
        let kind = DelayKind::all().find(|kind| kind.key() == text);
        kind.map_or_else(
            || text.parse().map(Self::Stated),
            |kind| Ok(Self::OfOrder(kind)),
        )
    }
}

#[derive(Debug, Args)]
pub(crate) struct DelayArgs {
    /// The event's day, as the contract counts it (receipt, first presentation, postmark ...)
    /// [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<Date>,
    /// How long, on the calendar of the licence's order: such as "30 business days", or the name of a
    /// delay of the order, such as `unpaid_end` [default: the order's own delay]
    #[arg(long, visible_alias = "cure", value_name = "DELAY")]
    pub(crate) delay: Option<Length>,
}

#[derive(Debug, Args)]
pub(crate) struct CureNoticeArgs {
    #[command(flatten)]
    pub(crate) scoped: ScopedArgs,
    #[command(flatten)]
    pub(crate) delay: DelayArgs,
    /// The clause that is breached, such as "art. 7.2"
    #[arg(long, value_name = "TEXT")]
    pub(crate) clause: String,
    /// What happens when the delay is over
    #[arg(long, value_name = "OUTCOME", default_value = "second-document")]
    pub(crate) then: OutcomeArg,
    /// Suspended until then: from --effective on, or the day after the event
    #[arg(long)]
    pub(crate) suspended_meanwhile: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OutcomeArg {
    /// It ends by itself
    Terminates,
    /// Nothing, before another order
    SecondDocument,
}

impl From<OutcomeArg> for CureOutcome {
    fn from(outcome: OutcomeArg) -> Self {
        match outcome {
            OutcomeArg::Terminates => Self::Terminates,
            OutcomeArg::SecondDocument => Self::SecondDocument,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct LiftArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// Digest of the notice [default: the last one in the register]
    #[arg(long, value_name = "DIGEST")]
    pub(crate) notice: Option<DocumentDigest>,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    #[command(flatten)]
    pub(crate) delay: DelayArgs,
    /// From receipt on, without notice
    #[arg(long, conflicts_with_all = ["delay", "effective"])]
    pub(crate) urgent: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ForceMajeureArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    #[command(flatten)]
    pub(crate) delay: DelayArgs,
    /// The licence ends by itself when the delay is over
    #[arg(long)]
    pub(crate) terminates: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LimitChangeArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// The feature
    #[arg(long)]
    pub(crate) feature: FeatureName,
    /// Its new count
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: Option<u32>,
    /// A new amount of a window: hour=N, day=N or month=N (may be repeated)
    #[arg(long = "window", value_name = "UNIT=N", value_parser = window)]
    pub(crate) windows: Vec<MeterWindow>,
    /// The last day of the new limits [default: until they are changed again]
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<String>,
}

fn window(text: &str) -> Result<MeterWindow, String> {
    let (unit, amount) = text.split_once('=').unwrap_or((text, ""));
    let unit = match unit {
        "hour" => WindowUnit::Hour,
        "day" => WindowUnit::Day,
        "month" => WindowUnit::Month,
        _ => return Err("is none of hour=N, day=N, month=N".to_owned()),
    };
    let amount = amount.parse().ok().filter(|amount| *amount > 0);
    let amount = amount.ok_or("the amount is no whole number from 1 on")?;
    Ok(MeterWindow { unit, amount })
}

#[derive(Debug, Args)]
pub(crate) struct UserArgs {
    #[command(flatten)]
    pub(crate) part: FeatureOrLicenceArgs,
    /// The assignment as the client's administrator tells it; never a name
    #[arg(long, value_name = "HEX")]
    pub(crate) assignment: AssignmentId,
}

#[derive(Debug, Args)]
pub(crate) struct WriteOffArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// The feature
    #[arg(long)]
    pub(crate) feature: FeatureName,
    /// The borrowed seat as the client's administrator tells it
    #[arg(long, value_name = "HEX")]
    pub(crate) borrowed: BorrowId,
}

#[derive(Debug, Args)]
pub(crate) struct DecideArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// The feature
    #[arg(long)]
    pub(crate) feature: FeatureName,
    /// The reservation as the client's administrator tells it
    #[arg(long, value_name = "HEX")]
    pub(crate) reservation: ReservationId,
    /// What was decided
    #[arg(long)]
    pub(crate) decision: DecisionArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum DecisionArg {
    Approved,
    Refused,
}

impl From<DecisionArg> for ReservationDecision {
    fn from(decision: DecisionArg) -> Self {
        match decision {
            DecisionArg::Approved => Self::Approved,
            DecisionArg::Refused => Self::Refused,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct HostListArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// The feature
    #[arg(long)]
    pub(crate) feature: FeatureName,
    /// An activation request of each host (may be repeated); none: no host has the feature
    #[arg(long = "host", value_name = "REQUEST_FILE")]
    pub(crate) hosts: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RenewArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// The last day of the new term [default: one more of the order's periods]
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct NonRenewalArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// Who said it
    #[arg(long)]
    pub(crate) by: PartyArg,
    /// In which form
    #[arg(long)]
    pub(crate) form: FormArg,
    /// The day that counts: of receipt, first presentation or postmark, as the contract says
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartyArg {
    Client,
    Vendor,
}

impl From<PartyArg> for Party {
    fn from(party: PartyArg) -> Self {
        match party {
            PartyArg::Client => Self::Client,
            PartyArg::Vendor => Self::Vendor,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FormArg {
    /// A registered letter
    Letter,
    /// Another writing
    Writing,
    /// The account was closed
    AccountClosed,
}

impl From<FormArg> for GivenForm {
    fn from(form: FormArg) -> Self {
        match form {
            FormArg::Letter => Self::RegisteredLetter,
            FormArg::Writing => Self::Writing,
            FormArg::AccountClosed => Self::AccountClosed,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct TransferArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// Your number of the new client
    #[arg(long, value_name = "ID")]
    pub(crate) to_client: String,
    /// The new client's company name
    #[arg(long, value_name = "NAME")]
    pub(crate) to_name: String,
    /// The licence that continues this one [default: the same id]
    #[arg(long, value_name = "LICENCE_ID")]
    pub(crate) continued_by: Option<LicenceId>,
}

#[derive(Debug, Args)]
pub(crate) struct ClockResetArgs {
    #[command(flatten)]
    pub(crate) details: OrderDetails,
    /// The daemon's public key, in hexadecimal
    #[arg(long, value_name = "HEX")]
    pub(crate) daemon_key: PublicKey,
    /// Ledger sequence of the record that reports the anomaly
    #[arg(long, value_name = "N")]
    pub(crate) anomaly: u64,
    /// The time to go back to
    #[arg(long, value_name = "TIME")]
    pub(crate) new_time: String,
}
