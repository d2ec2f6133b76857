//! What happens over the limit.

use crate::{Days, TermError, choice::choice, fields::range, message};

const PERCENT_MAX: u32 = 1_000;
const DAYS_MAX: u32 = 366;

choice! {
    /// In what an overdraft is billed, counted per month (clauses Z4, B2).
    OverdraftUnit {
        /// The most users, hosts or whatever counts as one, over the count.
        UsersInExcess,
        /// Hours of seats over the count.
        SeatHoursInExcess,
        /// Of what a metered feature counts, over its amounts.
        AmountInExcess,
    }
}

/// What happens over the limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overdraft {
    /// Refused.
    #[default]
    Deny,
    /// So much more than the count, for so long from the first use of it.
    Percent {
        /// 1 to 1,000.
        percent: u32,
        /// 1 to 366.
        period: Days,
    },
    /// Granted, marked, recorded, reported and billed.
    Billed(OverdraftUnit),
    /// Granted, marked, recorded and reported until an overdraft notice says from when not
    /// (clause B3).
    UntilNotice,
}

pub(crate) fn overdraft(wire: message::Overdraft) -> Result<Overdraft, TermError> {
    use message::overdraft::Kind;
    match wire.kind {
        None => Err(TermError::Unknown { field: "overdraft" }),
        Some(Kind::Percent(wire)) => {
            let (percent, days) = (wire.percent, wire.days);
            range("overdraft percent", percent.into(), 1, PERCENT_MAX.into())?;
            range("overdraft days", days.into(), 1, DAYS_MAX.into())?;
            let period = Days(days);
            Ok(Overdraft::Percent { percent, period })
        }
        Some(Kind::Billed(wire)) => {
            OverdraftUnit::read("overdraft unit", wire.unit).map(Overdraft::Billed)
        }
        Some(Kind::UntilNotice(_)) => Ok(Overdraft::UntilNotice),
    }
}
