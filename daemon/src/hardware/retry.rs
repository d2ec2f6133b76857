//! When to try again what failed: soon at first, then ever more seldom. A key that cannot be used
//! must not be asked in a loop: each question may cost it a signature, and the ledger a record.

use std::time::{Duration, Instant};

/// The pause before the first new try.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(1);

/// Tries of something that has failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retry {
    pause: Duration,
    at: Instant,
}

impl Retry {
    /// After a failure `now`, the last of those of which `before` tells; no pause is longer than `longest`.
    pub(super) fn after(before: Option<Self>, now: Instant, longest: Duration) -> Self {
        let pause = before.map_or(FIRST, |before| before.pause.saturating_mul(2));
        let pause = pause.min(longest).min(LONGEST);
        Self {
            pause,
            at: now + pause,
        }
    }

    /// When to try again.
    pub(super) const fn at(self) -> Instant {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let now = Instant::now();
        let mut retry = None;
        let mut pauses = Vec::new();
        for _ in 0..9 {
            let next = Retry::after(retry, now, Duration::MAX);
            pauses.push((next.at() - now).as_millis());
            retry = Some(next);
        }
        assert_eq!(
            pauses,
            [
                500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000
            ]
        );
    }

    #[test]
    fn a_key_that_is_proven_often_is_tried_as_often() {
        let now = Instant::now();
        let mut retry = None;
        for _ in 0..9 {
            retry = Some(Retry::after(retry, now, Duration::from_secs(3)));
        }
        assert_eq!(retry.map(Retry::at), Some(now + Duration::from_secs(3)));
    }
}
