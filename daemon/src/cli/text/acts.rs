//! Sentences about users, past refusals and what becomes of a licence, in each language.

use octroi_proto::admin::v1::{Declared, SyncResult};

use super::{Language, One, Two, acts_french::FRENCH};

/// Every sentence.
#[derive(Debug)]
pub(crate) struct ActsTexts {
    pub(crate) user_unknown: &'static str,
    pub(crate) user_unknown_help: &'static str,
    pub(crate) no_users: &'static str,
    /// Vendor, user, licence, feature, since, notes, assignment.
    pub(crate) user_columns: [&'static str; 7],
    /// As what a user is known who is no account of the machine; the option names it.
    pub(crate) declared_account: &'static str,
    pub(crate) end_user: &'static str,
    pub(crate) blocked_by_administrator: &'static str,
    pub(crate) blocked_by_vendor: &'static str,
    pub(crate) leaver: &'static str,
    pub(crate) in_excess: &'static str,
    pub(crate) erased: &'static str,
    /// The user.
    pub(crate) blocked: One,
    pub(crate) blocked_before: One,
    pub(crate) unblocked: One,
    pub(crate) not_blocked: One,
    /// The user and the file.
    pub(crate) exported: Two,
    pub(crate) forgotten: One,
    pub(crate) kept_counted: fn(u32) -> String,
    pub(crate) erase_question: One,
    pub(crate) nobody_to_ask: &'static str,
    pub(crate) nobody_to_ask_help: &'static str,
    pub(crate) declined: &'static str,
    /// The file and the line.
    pub(crate) list_malformed: fn(&str, u64) -> String,
    pub(crate) list_malformed_help: &'static str,
    pub(crate) list_refused: &'static str,
    pub(crate) synced: fn(SyncResult) -> &'static str,
    /// How many kept a seat, got one, and left.
    pub(crate) sync_summary: fn(u64, u64, u64) -> String,

    pub(crate) no_such_refusal: &'static str,
    pub(crate) no_such_refusal_help: &'static str,
    pub(crate) no_refusals: &'static str,
    /// Number, time, user, feature, code, clause.
    pub(crate) refusal_columns: [&'static str; 6],
    pub(crate) why_help: &'static str,
    /// The refusal's number and its time.
    pub(crate) refused_at: fn(u64, &str) -> String,
    pub(crate) asked: &'static str,
    /// `open`, `checkout`, `wait` or `release`.
    pub(crate) asked_for: fn(&str) -> &'static str,
    pub(crate) who: &'static str,
    pub(crate) process: &'static str,
    pub(crate) product: &'static str,
    pub(crate) why: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) clause: &'static str,
    pub(crate) details: &'static str,
    pub(crate) next: &'static str,

    pub(crate) vendor: &'static str,
    pub(crate) licence_unknown: One,
    pub(crate) licence_unknown_help: &'static str,
    pub(crate) clauses: &'static str,
    /// A date.
    pub(crate) not_renewed: One,
    pub(crate) renews_until: One,
    pub(crate) export_until: One,
    pub(crate) standstill_until: One,
    pub(crate) transferred: &'static str,
    /// The deadline and the end that would stand.
    pub(crate) notice_until: Two,
    /// The address; may be empty.
    pub(crate) notice_letter: One,
    /// The licence.
    pub(crate) notice_local: One,
    /// The kind and how it stands.
    pub(crate) order: Two,
    pub(crate) standing: fn(&str) -> &'static str,
    pub(crate) support_open: fn(u32) -> String,
    pub(crate) support_closed: fn(u32) -> String,
    /// The level and when.
    pub(crate) support_opens: fn(u32, &str) -> String,
    /// The licence and its end.
    pub(crate) ended: Two,

    /// A date and the licence.
    pub(crate) evaluation_until: Two,
    pub(crate) reserves_until: Two,
    /// `word`, `use` or `silence`.
    pub(crate) accepted: fn(&str) -> &'static str,
    pub(crate) reserves: &'static str,
    pub(crate) ended_by_client: &'static str,
    /// A date.
    pub(crate) guarantee_until: One,
    /// The licence.
    pub(crate) declared: fn(Declared, &str) -> String,
    pub(crate) declared_before: One,
    /// `destroyed`, `returned` or `backup-handed-over`.
    pub(crate) use_ended: fn(&str) -> &'static str,
    /// The certificate's digest.
    pub(crate) use_certified: One,
    /// A date and the licence.
    pub(crate) certify_until: Two,
    /// The licence and the file.
    pub(crate) removed: Two,
    pub(crate) names_forgotten: fn(u32) -> String,
    /// The licence.
    pub(crate) remove_question: One,
    pub(crate) nobody_to_ask_to_remove: &'static str,
    pub(crate) nothing_removed: &'static str,
    /// How many bytes at most.
    pub(crate) reason_length: fn(usize) -> String,
}

/// The language's sentences.
pub(crate) const fn texts(language: Language) -> &'static ActsTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

static ENGLISH: ActsTexts = ActsTexts {
    user_unknown: "nobody of this name is known here",
    user_unknown_help: "names are those of this machine's accounts; whom programs name is meant with --kind; see who is known: octroi users list",
    no_users: "No seat is assigned to a named user, and nobody is blocked.",
    user_columns: [
        "Vendor",
        "User",
        "Licence",
        "Feature",
        "Since",
        "Notes",
        "Assignment",
    ],
    declared_account: "declared account (--kind account)",
    end_user: "end user (--kind end-user)",
    blocked_by_administrator: "blocked here",
    blocked_by_vendor: "blocked by the vendor",
    leaver: "left the list",
    in_excess: "over the limit",
    erased: "erased",
    blocked: |user| {
        format!("{user} is blocked: sessions and seats ended; what is assigned stays counted.")
    },
    blocked_before: |user| format!("{user} was blocked before and stays so."),
    unblocked: |user| format!("{user} may use licences again, unless the vendor blocks."),
    not_blocked: |user| format!("{user} was not blocked here; nothing changed."),
    exported: |user, file| format!("Everything that this machine holds about {user} is in {file}."),
    forgotten: |user| format!("{user} is forgotten here; the ledger reads \"erased\" instead."),
    kept_counted: |count| {
        format!("{count} assigned seats stay counted until the vendor's order frees them.")
    },
    erase_question: |user| {
        format!("Forget who {user} is, for good? Seats and sessions end. [y/N] ")
    },
    nobody_to_ask: "erasing is for good, and nobody can be asked here",
    nobody_to_ask_help: "say it on the command line: --yes",
    declined: "nothing was erased",
    list_malformed: |file, line| format!("{file}: line {line} is no user"),
    list_malformed_help: "a line is an account's name, and after commas company and kind of person; without quotation marks",
    list_refused: "the list is refused",
    synced: |result| match result {
        SyncResult::Kept => "has a seat",
        SyncResult::Assigned => "got a seat",
        SyncResult::NoRoom => "has none: every seat is assigned",
        SyncResult::LaterDay => "has none: no more seats are assigned today; sync again tomorrow",
        SyncResult::NotEligible => "has none: of no company or kind that the licence lists",
        SyncResult::CategoryFull => "has none: this kind of person has as many as it may",
        SyncResult::Blocked => "has none: blocked",
        SyncResult::Leaver => {
            "left the list and keeps the seat; ask the vendor for an order that frees the assignment"
        }
        SyncResult::Unknown => "has none: no such account on this machine",
        SyncResult::Unspecified => "is told of in a way that this version does not know",
    },
    sync_summary: |kept, assigned, leavers| {
        format!("{kept} had a seat, {assigned} got one, {leavers} left the list.")
    },

    no_such_refusal: "there is no refusal of this number",
    no_such_refusal_help: "see the latest: octroi why --last",
    no_refusals: "Nothing was refused.",
    refusal_columns: ["Number", "When", "User", "Feature", "Code", "Clause"],
    why_help: "octroi why NUMBER explains one",
    refused_at: |number, at| format!("Refusal {number}, {at}"),
    asked: "Asked",
    asked_for: |asked| match asked {
        "open" => "to open a session",
        "checkout" => "for a seat",
        "wait" => "for a seat, in the queue",
        "release" => "to give a seat back",
        "consume" => "to consume an amount",
        "borrow" => "to borrow or give back a seat",
        _ => "something that this version does not know",
    },
    who: "User",
    process: "Process",
    product: "Product",
    why: "Why",
    rule: "Rule",
    clause: "Clause",
    details: "In the way",
    next: "Next",

    vendor: "Vendor",
    licence_unknown: |licence| format!("licence {licence} is not installed here"),
    licence_unknown_help: "see what is: octroi status",
    clauses: "Clauses that its terms carry out:",
    not_renewed: |ends| format!("Not renewed: notice was given, it ends on {ends}"),
    renews_until: |ends| format!("Renews by itself: the next period ends on {ends}"),
    export_until: |until| format!("Over; features for export stay usable until {until}"),
    standstill_until: |until| format!("Force majeure: lateness is not counted until {until}"),
    transferred: "Passed to another client; nothing is granted here any more",
    notice_until: |until, ends| {
        format!("Notice of non-renewal can be given before {until}; it would end on {ends}")
    },
    notice_letter: |address| match address {
        "" => "By letter to the vendor".to_owned(),
        address => format!("By letter to: {address}"),
    },
    notice_local: |licence| format!("Here: octroi licence end {licence}"),
    order: |kind, standing| format!("Order {kind}: {standing}"),
    standing: |standing| match standing {
        "scheduled" => "takes effect on",
        "in-force" => "in force",
        "running" => "runs until",
        "over" => "its delay is over",
        "lifted" => "taken back",
        "void" => "without effect: the licence excludes it",
        _ => "stands in a way that this version does not know",
    },
    support_open: |level| format!("Support level {level}: open now"),
    support_closed: |level| format!("Support level {level}: closed"),
    support_opens: |level, at| format!("Support level {level}: closed, opens on {at}"),
    ended: |licence, ends| {
        format!(
            "Notice is recorded: licence {licence} is not renewed and ends on {ends}. The next report tells the vendor; a licence without reports needs you to."
        )
    },

    evaluation_until: |at, licence| {
        format!(
            "Evaluation until {at}; until then you may end the licence: octroi licence end {licence} --evaluation"
        )
    },
    reserves_until: |at, licence| {
        format!(
            "Software not accepted yet; silence accepts it on {at}. Before: octroi licence accept {licence}, or reserve {licence} --reason TEXT"
        )
    },
    accepted: |by| match by {
        "use" => "Software accepted, by its use",
        "silence" => "Software accepted, by silence",
        _ => "Software accepted",
    },
    reserves: "Reserves about the software are recorded; silence does not accept it",
    ended_by_client: "Ended by you within its evaluation",
    guarantee_until: |at| format!("Guaranteed until {at}"),
    declared: |declared, licence| match declared {
        Declared::Reserves => format!(
            "Reserves about the software of licence {licence} are recorded. Tell the vendor what is wrong: the text stays on this machine."
        ),
        Declared::Ended => format!(
            "Licence {licence} is ended within its evaluation; nothing is granted under it any more. Next: octroi remove {licence}"
        ),
        _ => format!("The software of licence {licence} is recorded as accepted."),
    },
    declared_before: |licence| {
        format!("That was declared of licence {licence} before; nothing changed.")
    },
    use_ended: |choice| match choice {
        "returned" => "Its use has ended: software and copies returned",
        "backup-handed-over" => "Its use has ended: last back-up copied, the rest destroyed",
        _ => "Its use has ended: software, copies and data destroyed",
    },
    use_certified: |digest| format!("End of use certified: {digest}"),
    certify_until: |at, licence| {
        format!("End of use to be certified by {at}: octroi remove {licence} --choice CHOICE")
    },
    removed: |licence, file| {
        format!(
            "Nothing of licence {licence} is used any more. The certificate is in {file}: send it to the vendor; the next report carries it too."
        )
    },
    names_forgotten: |count| format!("{count} accounts are forgotten here."),
    remove_question: |licence| {
        format!("End all use of licence {licence}, for good? Seats end. [y/N] ")
    },
    nobody_to_ask_to_remove: "removing a licence is for good, and nobody can be asked here",
    nothing_removed: "nothing was removed",
    reason_length: |max| format!("--reason: 1 to {max} bytes"),
};
