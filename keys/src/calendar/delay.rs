//! A delay as contracts write it: a length with its unit. What it means on a calendar is said in
//! [`Calendar`](super::Calendar).

use std::{fmt, num::NonZeroU16, str::FromStr};

/// The longest delay, in any unit.
pub const DELAY_LENGTH_MAX: u16 = 10_000;

/// What a delay is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DelayUnit {
    /// Every day.
    CalendarDays,
    /// Monday to Friday, less holidays.
    BusinessDays,
    /// Monday to Saturday, less holidays.
    WorkingDays,
    /// Months of the calendar.
    Months,
    /// Years of the calendar.
    Years,
    /// Hours in which the vendor's support is open.
    SupportHours,
}

impl DelayUnit {
    const ALL: [Self; 6] = [
        Self::CalendarDays,
        Self::BusinessDays,
        Self::WorkingDays,
        Self::Months,
        Self::Years,
        Self::SupportHours,
    ];

    fn singular(self) -> &'static str {
        match self {
            Self::CalendarDays => "calendar day",
            Self::BusinessDays => "business day",
            Self::WorkingDays => "working day",
            Self::Months => "month",
            Self::Years => "year",
            Self::SupportHours => "support hour",
        }
    }
}

/// A length of time with its unit, such as `36 months` or `15 business days`; never zero, at most
/// [`DELAY_LENGTH_MAX`] units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delay {
    length: NonZeroU16,
    unit: DelayUnit,
}

/// A text that is no delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DelayError {
    /// Days of which kind?
    #[error(
        "days need their kind: calendar days, business days (Mon-Fri) or working days (Mon-Sat)"
    )]
    BareDays,
    /// Not a length and a unit.
    #[error(
        "is no delay such as \"36 months\"; units are calendar days, business days, working days, \
         months, years, support hours"
    )]
    NoDelay,
    /// Zero, or too long.
    #[error("a delay has 1 to {DELAY_LENGTH_MAX} units")]
    Length,
}

impl Delay {
    /// A delay of `length` units.
    ///
    /// # Errors
    /// [`DelayError::Length`] for zero and beyond [`DELAY_LENGTH_MAX`].
    pub fn new(length: u16, unit: DelayUnit) -> Result<Self, DelayError> {
        match NonZeroU16::new(length) {
            Some(length) if length.get() <= DELAY_LENGTH_MAX => Ok(Self { length, unit }),
            _ => Err(DelayError::Length),
        }
    }

    /// How many units; from 1 to [`DELAY_LENGTH_MAX`].
    pub fn length(self) -> u16 {
        self.length.get()
    }

    /// What is counted.
    pub fn unit(self) -> DelayUnit {
        self.unit
    }

    /// The delay in months, where it is one of months or years.
    pub fn months(self) -> Option<u32> {
        match self.unit {
            DelayUnit::Months => Some(self.length.get().into()),
            DelayUnit::Years => Some(u32::from(self.length.get()) * 12),
            _ => None,
        }
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.length.get() == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.length, self.unit.singular())
    }
}

impl FromStr for Delay {
    type Err = DelayError;

    fn from_str(text: &str) -> Result<Self, DelayError> {
        let (length, unit) = text.split_once(' ').ok_or(DelayError::NoDelay)?;
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DelayError::NoDelay);
        }
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        if unit == "day" {
            return Err(DelayError::BareDays);
        }
        let unit = DelayUnit::ALL
            .into_iter()
            .find(|known| known.singular() == unit)
            .ok_or(DelayError::NoDelay)?;
        Self::new(length.parse().map_err(|_| DelayError::Length)?, unit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_without_their_kind_are_refused() {
        assert_eq!("30 days".parse::<Delay>(), Err(DelayError::BareDays));
        assert_eq!("1 day".parse::<Delay>(), Err(DelayError::BareDays));
    }

    #[test]
    fn what_is_no_delay_is_refused() {
        for text in [
            "",
            "months",
            "3",
            "3  months",
            "-3 months",
            "+3 months",
            "3 weeks",
        ] {
            assert_eq!(text.parse::<Delay>(), Err(DelayError::NoDelay), "{text:?}");
        }
        for text in ["0 months", "10001 years", "99999999999 months"] {
            assert_eq!(text.parse::<Delay>(), Err(DelayError::Length), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_delay_reads_as_it_is_written(length in 1..=DELAY_LENGTH_MAX, unit in 0..6_usize) {
            let delay = Delay::new(length, DelayUnit::ALL[unit]).unwrap();
            prop_assert_eq!(delay.to_string().parse::<Delay>(), Ok(delay));
        }
    }
}
