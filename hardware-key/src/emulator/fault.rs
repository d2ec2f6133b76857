//! Faults that the emulator can be told to show, so that a host's answer to them can be tested.

use std::{
    num::ParseIntError,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

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

/// The fault that a key shows, if any. Its copies are one switch, so that the fault can be changed while
/// the key is in use; a request that has begun to arrive is answered as it was when it began.
#[derive(Debug, Clone, Default)]
pub struct FaultSwitch {
    shown: Arc<Mutex<Shown>>,
}

#[derive(Debug, Default)]
struct Shown {
    fault: Option<Fault>,
    /// Requests still to be answered without the fault.
    sound: u32,
}

impl FaultSwitch {
    /// Shows the fault after `sound` requests were answered soundly.
    pub fn new(fault: Option<Fault>, sound: u32) -> Self {
        Self {
            shown: Arc::new(Mutex::new(Shown { fault, sound })),
        }
    }

    /// Shows this fault, or none, from the next request on.
    pub fn set(&self, fault: Option<Fault>) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Shown { fault, sound: 0 };
    }

    /// The fault that a request meets which begins to arrive.
    pub(super) fn meet(&self) -> Option<Fault> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = shown.sound.checked_sub(1) {
            shown.sound = left;
            return None;
        }
        match &mut shown.fault {
            Some(Fault::Busy(Some(0))) => None,
            Some(Fault::Busy(Some(left))) => {
                *left -= 1;
                Some(Fault::Busy(None))
            }
            fault => *fault,
        }
    }
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
    fn a_fault_shows_after_the_sound_requests_and_until_it_is_taken_back() {
        let switch = FaultSwitch::new(Some(Fault::Silent), 2);
        let met: Vec<_> = (0..4).map(|_| switch.meet()).collect();
        assert_eq!(met, [None, None, Some(Fault::Silent), Some(Fault::Silent)]);
        switch.clone().set(None);
        assert_eq!(switch.meet(), None);
    }

    #[test]
    fn a_key_that_is_busy_for_so_many_requests_answers_the_next() {
        let switch = FaultSwitch::default();
        switch.set(Some(Fault::Busy(Some(1))));
        assert_eq!(switch.meet(), Some(Fault::Busy(None)));
        assert_eq!(switch.meet(), None);
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
