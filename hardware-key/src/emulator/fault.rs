//! Faults that the emulator can be told to show, so that a host's answer to them can be tested.

use std::{num::ParseIntError, str::FromStr, time::Duration};

/// What a faulty dongle does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Answers first with noise, then with a report of the right transaction that makes no sense.
    Garbage,
    /// Does what it is asked and says nothing.
    Silent,
    /// Does what it is asked and answers after this time.
    Slow(Duration),
    /// Says that it is busy, to every request or to the first so many.
    Busy(Option<u32>),
}

/// Why a fault was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// No such fault.
    #[error("fault `{0}` is none of garbage, silent, slow-ms=N, busy, busy=N")]
    Unknown(String),
    /// Its number is none.
    #[error("fault `{fault}` needs a whole number after the equals sign")]
    Number {
        /// As given.
        fault: String,
        /// What is wrong with the number.
        #[source]
        error: ParseIntError,
    },
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let number = |digits: &str| {
            digits.parse::<u32>().map_err(|error| FaultError::Number {
                fault: text.to_owned(),
                error,
            })
        };
        match text.split_once('=') {
            None if text == "garbage" => Ok(Self::Garbage),
            None if text == "silent" => Ok(Self::Silent),
            None if text == "busy" => Ok(Self::Busy(None)),
            Some(("busy", digits)) => Ok(Self::Busy(Some(number(digits)?))),
            Some(("slow-ms", digits)) => {
                Ok(Self::Slow(Duration::from_millis(number(digits)?.into())))
            }
            Some(_) | None => Err(FaultError::Unknown(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_a_name() {
        assert_eq!("garbage".parse(), Ok(Fault::Garbage));
        assert_eq!("silent".parse(), Ok(Fault::Silent));
        assert_eq!("busy".parse(), Ok(Fault::Busy(None)));
        assert_eq!("busy=2".parse(), Ok(Fault::Busy(Some(2))));
        assert_eq!(
            "slow-ms=40".parse(),
            Ok(Fault::Slow(Duration::from_millis(40)))
        );
    }

    #[test]
    fn another_name_is_refused() {
        assert_eq!(
            "on-fire".parse::<Fault>(),
            Err(FaultError::Unknown("on-fire".to_owned()))
        );
        assert!(matches!(
            "slow-ms=soon".parse::<Fault>(),
            Err(FaultError::Number { .. })
        ));
    }
}
