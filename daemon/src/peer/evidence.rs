//! What follows from what was seen of a process. Pure: each case can be put as a value.

use super::process::Facts;

/// What was seen of a process.
#[derive(Debug, Clone, Copy)]
pub(super) enum Evidence {
    /// The kernel gave a pidfd with the connection: it is the process, whatever its number.
    Given {
        /// Read while the pidfd was held.
        facts: Option<Facts>,
        /// It had not ended after that.
        alive: bool,
    },
    /// A pidfd was opened by number.
    Opened {
        /// Whose it must be.
        uid: u32,
        /// Read before it was opened.
        before: Option<Facts>,
        /// Read while it was held.
        after: Option<Facts>,
        /// It had not ended after that.
        alive: bool,
    },
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This process, and these facts are its own.
    Named(Facts),
    /// A process that nothing names.
    Unnamed,
}

/// Why it is not the one that it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// It has ended.
    Gone,
    /// Its number is another's now.
    Reused,
    /// It runs under another uid.
    AnotherUser,
}

/// Decides. A process that has not ended keeps its number, even unreaped; so what was read under the
/// number while a pidfd on it was held, and before it was seen alive, is its own.
pub(super) fn judge(evidence: &Evidence) -> Result<Verdict, Mismatch> {
    match *evidence {
        Evidence::Given { alive: false, .. } | Evidence::Opened { alive: false, .. } => {
            Err(Mismatch::Gone)
        }
        Evidence::Given {
            facts: Some(facts), ..
        } => Ok(Verdict::Named(facts)),
        Evidence::Opened {
            uid,
            before: Some(before),
            after: Some(after),
            ..
        } => {
            if before.start_time != after.start_time {
                Err(Mismatch::Reused)
            } else if after.effective_uid != uid {
                Err(Mismatch::AnotherUser)
            } else {
                Ok(Verdict::Named(after))
            }
        }
        // Seen only once: the number changed hands, or /proc hides it.
        Evidence::Opened {
            before: None,
            after: Some(_),
            ..
        } => Err(Mismatch::Reused),
        Evidence::Given { facts: None, .. } | Evidence::Opened { after: None, .. } => {
            Ok(Verdict::Unnamed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts = Facts {
        start_time: 500,
        effective_uid: 1000,
        own_numbers: true,
    };

    fn opened(before: Option<Facts>, after: Option<Facts>) -> Evidence {
        Evidence::Opened {
            uid: 1000,
            before,
            after,
            alive: true,
        }
    }

    #[test]
    fn a_process_that_the_kernel_gave_is_named_by_what_was_read_of_it() {
        let evidence = Evidence::Given {
            facts: Some(FACTS),
            alive: true,
        };
        assert_eq!(judge(&evidence), Ok(Verdict::Named(FACTS)));
    }

    #[test]
    fn a_process_that_the_kernel_gave_may_have_become_another_user_since() {
        let became_root = Facts {
            effective_uid: 0,
            ..FACTS
        };
        let evidence = Evidence::Given {
            facts: Some(became_root),
            alive: true,
        };
        assert_eq!(judge(&evidence), Ok(Verdict::Named(became_root)));
    }

    #[test]
    fn a_process_that_has_no_number_here_is_held_without_a_name() {
        let evidence = Evidence::Given {
            facts: None,
            alive: true,
        };
        assert_eq!(judge(&evidence), Ok(Verdict::Unnamed));
    }

    #[test]
    fn nothing_that_was_read_of_a_process_counts_once_it_has_ended() {
        let given = Evidence::Given {
            facts: Some(FACTS),
            alive: false,
        };
        assert_eq!(judge(&given), Err(Mismatch::Gone));
        let opened = Evidence::Opened {
            uid: 1000,
            before: Some(FACTS),
            after: Some(FACTS),
            alive: false,
        };
        assert_eq!(judge(&opened), Err(Mismatch::Gone));
    }

    #[test]
    fn a_process_opened_by_number_is_the_same_before_and_after() {
        assert_eq!(
            judge(&opened(Some(FACTS), Some(FACTS))),
            Ok(Verdict::Named(FACTS))
        );
        let later = Facts {
            start_time: 501,
            ..FACTS
        };
        assert_eq!(
            judge(&opened(Some(FACTS), Some(later))),
            Err(Mismatch::Reused)
        );
        assert_eq!(judge(&opened(None, Some(FACTS))), Err(Mismatch::Reused));
    }

    #[test]
    fn a_process_opened_by_number_must_be_the_users_who_connected() {
        let root = Facts {
            effective_uid: 0,
            ..FACTS
        };
        assert_eq!(
            judge(&opened(Some(root), Some(root))),
            Err(Mismatch::AnotherUser)
        );
    }

    #[test]
    fn a_process_opened_by_number_that_proc_hides_is_not_named() {
        assert_eq!(judge(&opened(None, None)), Ok(Verdict::Unnamed));
    }
}
