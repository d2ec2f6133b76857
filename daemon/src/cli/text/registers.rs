//! Sentences about the registers that the administrator keeps, in each language.

use super::{Language, One, registers_french::FRENCH};

/// Every sentence.
#[derive(Debug)]
pub(crate) struct RegisterTexts {
    pub(crate) not_taken: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) left_out: fn(u64) -> String,
    /// Number, time, who, what.
    pub(crate) columns: [&'static str; 4],
    pub(crate) erased: &'static str,
    pub(crate) field: fn(&str) -> &'static str,
    /// What a kind of record says; `None`: this version has no sentence for it.
    pub(crate) event: fn(&str) -> Option<&'static str>,
    pub(crate) started_unclean: &'static str,
    pub(crate) added: fn(u64) -> String,
    /// How many records, and the file.
    pub(crate) exported: fn(u64, &str) -> String,
    pub(crate) erase_question: fn(u64) -> String,
    pub(crate) nobody_to_ask: &'static str,
    pub(crate) say_yes: &'static str,
    pub(crate) not_erased: &'static str,
    pub(crate) no_texts: fn(u64) -> String,
    pub(crate) no_texts_help: &'static str,
    pub(crate) erased_texts: fn(u64, u32) -> String,
    pub(crate) backup_question: &'static str,
    pub(crate) nobody_to_ask_backup: &'static str,
    pub(crate) no_backup: &'static str,
    pub(crate) backup_help: &'static str,
    pub(crate) opened: fn(u64) -> String,
    pub(crate) close_help: fn(u64) -> String,
    pub(crate) closed: fn(u64) -> String,
    pub(crate) no_such_day: &'static str,
    /// The size and until when.
    pub(crate) announced: fn(u64, &str) -> String,
    /// The record and until when.
    pub(crate) contested: fn(u64, &str) -> String,
    pub(crate) contested_late: fn(u64, &str) -> String,
    /// The file.
    pub(crate) send_proof: One,
    /// Of an export that no daemon recorded.
    pub(crate) not_recorded: &'static str,
    pub(crate) interventions_open: fn(usize) -> String,
    /// The operation, what it used, what is announced and until when.
    pub(crate) operation_announced: fn(&str, u64, u64, &str) -> String,
    /// The operation, what it used, and what may be used unannounced.
    pub(crate) operation: fn(&str, u64, u64) -> String,
    pub(crate) unannounced: &'static str,
    /// The month.
    pub(crate) unnamed: One,
}

/// The language's sentences.
pub(crate) const fn texts(language: Language) -> &'static RegisterTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

static ENGLISH: RegisterTexts = RegisterTexts {
    not_taken: "the daemon does not take one of the texts",
    nothing: "Nothing is recorded.",
    left_out: |count| format!("{count} earlier ones are not shown: --last N shows more."),
    columns: ["Number", "When", "Who", "What"],
    erased: "(erased)",
    field: |field| match field {
        "author" => "by",
        "nature" | "purpose" => "for",
        "result" => "done:",
        "invoice" => "invoice",
        "reasons" | "reason" => "because",
        "operation" => "operation",
        _ => "said:",
    },
    event: |event| {
        Some(match event {
            "LogbookEntered" => "written down",
            "InterventionOpened" => "an intervention of the vendor's began",
            "InterventionClosed" => "an intervention is over",
            "InvoiceDisputed" => "an invoice was contested",
            "Exported" => "something was exported",
            "TextErased" => "the texts of a record were erased",
            "DaemonStarted" => "the daemon started",
            "DaemonStopped" => "the daemon stopped in good order",
            "TailLost" => "the ledger's last records were lost in a crash",
            "DocumentRefused" => "a document was refused",
            "OrderVoid" => "an order is without effect: the licence excludes it",
            "ClockLeapt" => "the clock leapt ahead",
            "ClockConfirmed" => "the clock's leap was confirmed",
            "ClockBehind" => "the clock was set back",
            "ClockReset" => "the vendor reset the clock",
            "ClockSteady" => "the clock is right again",
            "KeyCounterAnomalous" => "a hardware key's counter is not what it should be",
            "HardwareKeyRevoked" => "the vendor revoked a hardware key as lost",
            "HardwareKeyReinstated" => "a hardware key that was lost counts again",
            "RevokedKeyAnswered" => "a hardware key that was revoked as lost was plugged in",
            "AbsenceStarted" => "the hardware key is away",
            "AbsenceEnded" => "the hardware key is back",
            "AbsenceBudgetSpent" => "the hardware key was away for too long",
            "ForkFound" => "a copy of the daemon's state ran beside it",
            "TamperingSuspended" => "a licence was suspended for tampering",
            "OpenRefused" => "a session was refused",
            "CheckoutRefused" => "a seat was refused",
            "WaitEnded" => "a seat was refused in the queue",
            "ReleaseRefused" => "giving back was refused",
            "ConsumptionRefused" => "an amount was refused",
            "BorrowRefused" => "borrowing was refused",
            "RefusalsCounted" => "further refusals, counted",
            "HostCompared" => "the host is not quite the activated one",
            "SeatRevoked" => "a seat was taken back",
            "UserBlocked" => "a user was blocked",
            "UserUnblocked" => "a user's block ended",
            "UserErased" => "a user was erased",
            "UsersSynced" => "named users were compared with a list",
            "LicenceEnded" => "a licence ended",
            "CureNoticeGiven" => "the vendor gave notice of a breach",
            "CureNoticeLifted" => "a notice of breach was taken back",
            "CureNoticeEnded" => "the time to cure a breach is over",
            "EndNoticeGiven" => "holders were told that they lose their seats",
            "OverdraftBegan" => "use over the limit began",
            "SoftLimitCrossed" => "use came near the limit",
            "ThresholdCrossed" => "an amount reached a threshold",
            "OperationAnnounced" => "an operation was announced",
            "OperationUnannounced" => "an operation went over what was announced",
            "ReservesRecorded" => "reserves were made about the software",
            "EndOfUseDeclared" => "the end of use was declared",
            _ => return None,
        })
    },
    started_unclean: "the daemon started after it had been killed",
    added: |record| format!("Written down as record {record}."),
    exported: |count, file| {
        format!("{count} records, with their proof, are in {file}, which is marked confidential.")
    },
    erase_question: |record| format!("Forget the texts of record {record} for good? [y/N] "),
    nobody_to_ask: "to erase is final, and nobody can be asked here",
    say_yes: "say it on the command line: --yes",
    not_erased: "nothing was erased",
    no_texts: |record| format!("record {record} has no texts"),
    no_texts_help: "see which have: octroi logbook",
    erased_texts: |record, count| format!("{count} texts of record {record} are forgotten."),
    backup_question: "Did you make a back-up before anybody is let in? [y/N] ",
    nobody_to_ask_backup: "it is not said whether a back-up was made, and nobody can be asked here",
    no_backup: "make a back-up before anybody is let in; nothing was recorded",
    backup_help: "then say --backed-up; or --without-backup, which the record then says too",
    opened: |record| format!("Intervention {record} is open."),
    close_help: |record| format!("when it is over: octroi intervention close {record}"),
    closed: |record| format!("Intervention {record} is over."),
    no_such_day: "no calendar holds that day",
    announced: |size, until| {
        format!(
            "Announced: up to {size}, until {until}. Tell the vendor too: reports do not carry it."
        )
    },
    contested: |record, until| {
        format!("Contested in time (until {until}), as record {record} of the ledger.")
    },
    contested_late: |record, until| {
        format!(
            "Recorded as record {record}, and as late: the invoice counted as agreed from {until} on."
        )
    },
    send_proof: |file| format!("send {file} to the vendor: it proves what was contested and when"),
    not_recorded: "no daemon answers: the ledger does not record this export, and the file says so",
    interventions_open: |count| format!("{count} open interventions: octroi intervention list"),
    operation_announced: |name, used, announced, until| {
        format!("{name}: {used} of {announced} announced until {until}")
    },
    operation: |name, used, above| format!("{name}: {used}, to be announced above {above}"),
    unannounced: "over what was announced; announce it: octroi announce",
    unnamed: |month| format!("unnamed operations of the month from {month}"),
};
