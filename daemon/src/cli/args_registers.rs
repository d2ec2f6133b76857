//! The command line of the registers that the administrator keeps: log book, interventions, announced
//! operations, contested invoices.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use octroi_licence::{FeatureName, LicenceId};

use super::args::Whose;

/// The end of something: through a day, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// The whole day still belongs to it.
    Day(Date),
    /// The first instant after it.
    Instant(Timestamp),
}

impl Until {
    /// First instant after it, in seconds since 1970; a day is one of `zone`.
    pub(crate) fn seconds(self, zone: &TimeZone) -> Option<i64> {
        match self {
            Self::Instant(instant) => Some(instant.as_second()),
            Self::Day(day) => {
                let next = day.tomorrow().ok()?;
                let start = next.to_zoned(zone.clone()).ok()?;
                Some(start.timestamp().as_second())
            }
        }
    }
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(instant) = text.parse::<Timestamp>() {
            // A fraction of a second still belongs to it.
            let whole = instant.subsec_nanosecond() == 0;
            let up = SignedDuration::from_secs(i64::from(!whole));
            let instant = instant.checked_add(up).unwrap_or(instant);
            return Ok(Self::Instant(instant));
        }
        text.parse::<Date>().map(Self::Day).map_err(|_| {
            "a day such as 2026-12-24, or an instant such as 2026-12-24T18:00:00Z".to_owned()
        })
    }
}

/// `octroi logbook`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Logbook {
    #[command(subcommand)]
    pub(crate) act: Option<LogbookAct>,
    #[command(flatten)]
    pub(crate) list: Latest,
}

/// What is done with the log book.
#[derive(Debug, Subcommand)]
pub(crate) enum LogbookAct {
    /// Show it, the latest last
    List(Latest),
    /// Write a line into it
    Add(LogbookAdd),
    /// Write it to a file, with the proof that each record stands in the ledger
    Export(LogbookExport),
    /// Forget the texts that belong to a record; the ledger keeps that there were some
    Erase(LogbookErase),
}

/// How much of a register.
#[derive(Debug, Args)]
pub(crate) struct Latest {
    /// The latest, at most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) last: u32,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi logbook add`.
#[derive(Debug, Args)]
pub(crate) struct LogbookAdd {
    /// What; at most 4,000 bytes. It lies beside the ledger and can be erased
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi logbook export`.
#[derive(Debug, Args)]
pub(crate) struct LogbookExport {
    /// Where to write; without it to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) purpose: Purpose,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi logbook erase`.
#[derive(Debug, Args)]
pub(crate) struct LogbookErase {
    /// The record's number, as `octroi logbook` shows it
    #[arg(value_name = "RECORD", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) record: u64,
    /// Erase without asking
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// What an export is for.
#[derive(Debug, Args)]
pub(crate) struct Purpose {
    /// What for; stands in the file, which is marked confidential, and beside the ledger
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) purpose: String,
}

/// `octroi intervention`.
#[derive(Debug, Subcommand)]
pub(crate) enum Intervention {
    /// Record that you let somebody of the vendor's in, at your request
    Open(InterventionOpen),
    /// Record that it is over
    Close(InterventionClose),
    /// Who intervened, when, what for and what was done
    List(Latest),
}

/// `octroi intervention open`.
#[derive(Debug, Args)]
pub(crate) struct InterventionOpen {
    /// Who intervenes; lies beside the ledger and can be erased
    #[arg(long, value_name = "NAME")]
    pub(crate) author: String,
    /// What is to be done
    #[arg(long, value_name = "TEXT")]
    pub(crate) nature: String,
    /// A back-up was made; without this it is asked
    #[arg(long, conflicts_with = "without_backup")]
    pub(crate) backed_up: bool,
    /// None was made, and the record shall say so
    #[arg(long)]
    pub(crate) without_backup: bool,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi intervention close`.
#[derive(Debug, Args)]
pub(crate) struct InterventionClose {
    /// Its number: the record that opened it
    #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) intervention: u64,
    /// What was done
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) result: String,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi announce`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("of").required(true).args(["operation", "unnamed"]))]
pub(crate) struct Announce {
    /// The operation, as the application names it
    #[arg(value_name = "OPERATION")]
    pub(crate) operation: Option<String>,
    /// Whatever is consumed without a name in the month in which the announcement ends
    #[arg(long)]
    pub(crate) unnamed: bool,
    /// Under which licence
    #[arg(long, value_name = "ID")]
    pub(crate) licence: LicenceId,
    /// Of which feature
    #[arg(long, value_name = "FEATURE")]
    pub(crate) feature: FeatureName,
    /// How large it may become, in what the feature counts
    #[arg(long, value_name = "AMOUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) size: u64,
    /// When it is over: through this day, or an instant
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Until,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// `octroi dispute`.
#[derive(Debug, Subcommand)]
pub(crate) enum Dispute {
    /// Contest an invoice, and write the proof of it to a file for the vendor
    ///
    /// After its date it is recorded all the same, and marked as late. Exits with 8 then.
    Open(DisputeOpen),
    /// What was contested, when and why
    List(Latest),
}

/// `octroi dispute open`.
#[derive(Debug, Args)]
pub(crate) struct DisputeOpen {
    /// The invoice's number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) invoice: String,
    /// Why; at most 4,000 bytes
    #[arg(long, value_name = "TEXT")]
    pub(crate) reasons: String,
    /// Until when it can be contested, as the invoice says: through this day, or an instant
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Until,
    /// Where to write the proof, which is for the vendor
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Under which licence
    #[arg(long, value_name = "ID")]
    pub(crate) licence: Option<LicenceId>,
    /// A record of the ledger that is to bear it out; may be given more than once
    #[arg(long, value_name = "RECORD", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) record: Vec<u64>,
    #[command(flatten)]
    pub(crate) whose: Whose,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_belongs_to_the_end_that_it_names() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let seconds = |text: &str| text.parse::<Until>().unwrap().seconds(&zone).unwrap();
        // The day of the change to winter time has 25 hours.
        assert_eq!(seconds("2026-10-25") - seconds("2026-10-24"), 25 * 3_600);
        assert_eq!(seconds("2026-12-24"), seconds("2026-12-24T23:00:00Z"));
        assert_eq!(seconds("2026-12-24T22:59:59.5Z"), seconds("2026-12-24"));
        for odd in ["24.12.2026", "2026-13-01", "tomorrow", ""] {
            assert!(odd.parse::<Until>().is_err(), "{odd}");
        }
    }
}
