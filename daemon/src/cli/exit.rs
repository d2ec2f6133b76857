//! What the exit status of `octroi` means, for scripts. Numbers are only added, never reused.

/// The exit status of every command but `run` once its program was started: that one exits as its
/// program did, or with 128 and the signal's number where a signal ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Ok,
    /// Failed for a reason that has no status of its own.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// Refused; the refusal's code is printed.
    Refused,
    /// No daemon, or it does not answer.
    DaemonAbsent,
    /// A document is damaged, or signed by nobody trusted here.
    Document,
    /// The ledger was tampered with.
    LedgerTampered,
    /// This user is no administrator.
    NotPermitted,
    /// `doctor`, `key probe`, `lint` or `users sync` found something that needs attention, and nothing that fails; or
    /// `dispute open` came late.
    ChecksWarn,
    /// `doctor`, `key probe` or `lint` found something that fails.
    ChecksFailed,
}

impl Exit {
    /// Every status, ascending.
    pub(crate) const ALL: [Self; 10] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::Refused,
        Self::DaemonAbsent,
        Self::Document,
        Self::LedgerTampered,
        Self::NotPermitted,
        Self::ChecksWarn,
        Self::ChecksFailed,
    ];

    /// The number that the process exits with.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::DaemonAbsent => 4,
            Self::Document => 5,
            Self::LedgerTampered => 6,
            Self::NotPermitted => 7,
            Self::ChecksWarn => 8,
            Self::ChecksFailed => 9,
        }
    }

    /// In words, for `--help`.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done",
            Self::Failed => "failed for another reason",
            Self::Usage => "the command line makes no sense",
            Self::Refused => "refused; the refusal's code is printed",
            Self::DaemonAbsent => "no daemon, or it does not answer",
            Self::Document => "a document is damaged or not trusted",
            Self::LedgerTampered => "the ledger was tampered with",
            Self::NotPermitted => "not permitted: this user is not in group octroi",
            Self::ChecksWarn => {
                "doctor, key probe, lint, users sync or dispute open: needs attention, nothing fails"
            }
            Self::ChecksFailed => "doctor, key probe or lint: something fails",
        }
    }
}

/// The paragraph that ends `--help`.
pub(crate) fn help() -> String {
    let mut text = String::from("Exit status:\n");
    for exit in Exit::ALL {
        text.extend([format!("  {}  {}\n", exit.code(), exit.meaning())]);
    }
    text.push_str(
        "  `octroi run` exits as its program does; 128 + the signal's number where a signal ended\n  \
         it; 126 where it cannot be executed, 127 where it was not found.",
    );
    text
}
