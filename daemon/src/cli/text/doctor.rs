//! Sentences of `octroi doctor`, in each language: what was found, and what to do.

use super::{Language, One, Two};
use crate::cli::doctor::{Kind, State};

/// Three things.
type Three = fn(&str, &str, &str) -> String;

/// Every sentence.
#[derive(Debug)]
pub(crate) struct DoctorTexts {
    pub(crate) state: fn(State) -> &'static str,
    pub(crate) kind: fn(Kind) -> &'static str,
    /// Ok, warnings, failed, not checked.
    /// Between two things that were found.
    pub(crate) and: &'static str,
    pub(crate) sum: fn([usize; 4]) -> String,

    pub(crate) missing: One,
    pub(crate) no_socket: One,
    pub(crate) no_socket_mend: One,
    /// Path, mode, owner.
    pub(crate) closed_to_you: Three,
    pub(crate) closed_mend: One,
    pub(crate) silent: One,
    /// Path, mode.
    pub(crate) answers: Two,
    pub(crate) not_for_all: Two,
    pub(crate) not_for_all_mend: One,
    /// Path, mode, group.
    pub(crate) admin_answers: Three,
    pub(crate) open_to_all: Two,
    pub(crate) open_to_all_mend: One,
    pub(crate) group_absent: &'static str,
    pub(crate) group_mend: &'static str,
    pub(crate) unreadable: Two,

    pub(crate) no_answer: &'static str,
    /// Version, since, uid.
    pub(crate) daemon: Three,
    /// The daemon's version, this tool's.
    pub(crate) versions: Two,
    pub(crate) versions_mend: &'static str,
    pub(crate) too_old: One,

    /// Path, owner, mode.
    pub(crate) folder: Three,
    pub(crate) folder_open_mend: One,
    pub(crate) folder_owner: Two,
    pub(crate) folder_owner_mend: Two,
    pub(crate) key_file_open: Two,
    /// Path, free, of how much.
    pub(crate) disk: Three,
    pub(crate) disk_read_only: One,
    pub(crate) disk_read_only_mend: One,
    pub(crate) disk_no_files: One,
    pub(crate) disk_mend: One,

    pub(crate) no_vendor: &'static str,
    /// Name, fingerprint.
    pub(crate) vendor: Two,

    pub(crate) no_licence: &'static str,
    /// Serial, product, term.
    pub(crate) licence: Three,
    pub(crate) renew: &'static str,
    /// Kind, sequence, expected.
    pub(crate) pending: Three,
    pub(crate) pending_mend: One,
    pub(crate) certificate_over: &'static str,
    pub(crate) certificate_mend: &'static str,

    pub(crate) no_key: &'static str,
    pub(crate) key_proven: One,
    pub(crate) key_present: &'static str,
    pub(crate) key_not_needed: &'static str,
    /// Since, budget left.
    pub(crate) key_away: Two,
    pub(crate) key_emulated: One,
    pub(crate) key_emulated_mend: &'static str,
    pub(crate) key_usb_off: &'static str,
    pub(crate) key_udev: fn(u32, u32) -> String,
    pub(crate) key_plug: One,

    pub(crate) clock_ok: One,
    /// The record.
    pub(crate) clock_leapt: fn(u64, &str) -> String,
    pub(crate) clock_leapt_mend: &'static str,
    /// The wall clock, the confirmed time.
    pub(crate) clock_behind: Two,
    pub(crate) clock_mend: &'static str,
    pub(crate) server_time: One,
    /// The server's, this machine's.
    pub(crate) server_ahead: Two,
    pub(crate) here_ahead: Two,

    pub(crate) ledger: fn(u64, u64) -> String,
    pub(crate) ledger_started: One,
    pub(crate) ledger_verified: fn(u64, u64) -> String,
    pub(crate) ledger_tampered: One,
    pub(crate) ledger_closed: One,
    pub(crate) ledger_closed_mend: One,

    pub(crate) no_server: &'static str,
    /// Milliseconds, through what.
    pub(crate) server: fn(u32, &str) -> String,
    pub(crate) server_off: &'static str,
    pub(crate) server_offline: &'static str,
    pub(crate) server_offline_mend: &'static str,
    pub(crate) server_many: &'static str,
    pub(crate) server_problem: Two,
    pub(crate) server_another_key_mend: &'static str,
    pub(crate) server_no_pins_mend: &'static str,
    pub(crate) server_mend: One,
    pub(crate) by_file: &'static str,

    pub(crate) no_reports: &'static str,
    pub(crate) report_due: One,
    pub(crate) report_overdue: fn(&str, &str, &str) -> String,
    pub(crate) report_degraded: Two,
    pub(crate) report_stopped: One,
    pub(crate) report_last: fn(u64, &str) -> String,
    pub(crate) report_mend: &'static str,
    pub(crate) report_approval: fn(u64) -> String,
    pub(crate) report_approval_mend: &'static str,

    pub(crate) nothing_ends: &'static str,
    /// What, when, how long.
    pub(crate) next: Three,
    pub(crate) end_of_licence: One,
    pub(crate) end_of_certificate: One,
    pub(crate) end_of_grants: One,
    pub(crate) end_without_report: One,
    pub(crate) end_of_budget: One,
}

/// The sentences in a language.
pub(crate) fn texts(language: Language) -> &'static DoctorTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &super::doctor_french::FRENCH,
    }
}

static ENGLISH: DoctorTexts = DoctorTexts {
    state: |state| match state {
        State::Ok => "ok",
        State::Warning => "warning",
        State::Failed => "failed",
        State::NotChecked => "not checked",
    },
    kind: |kind| match kind {
        Kind::ApplicationSocket => "applications' socket",
        Kind::AdminSocket => "administrators' socket",
        Kind::Daemon => "daemon",
        Kind::StateFolder => "state folder",
        Kind::Disk => "disk",
        Kind::TrustedRoot => "trusted root",
        Kind::Licence => "licence",
        Kind::Activation => "activation",
        Kind::Pending => "pending document",
        Kind::HardwareKey => "hardware key",
        Kind::KeyPorts => "hardware keys' ports",
        Kind::KeyDevice => "keys found",
        Kind::KeyAccess => "key's permissions",
        Kind::KeyAnswer => "key's answer",
        Kind::KeyIdentity => "which key",
        Kind::Clock => "clock",
        Kind::Ledger => "ledger",
        Kind::LedgerChain => "ledger's chain",
        Kind::Server => "vendor's server",
        Kind::Reports => "usage reports",
        Kind::NextLimit => "next limit",
    },
    and: "; ",
    sum: |[ok, warnings, failed, not_checked]| {
        format!("{ok} ok, {warnings} warnings, {failed} failed, {not_checked} not checked")
    },

    missing: |path| format!("{path} does not exist"),
    no_socket: |path| format!("{path} is no socket"),
    no_socket_mend: |path| format!("move {path} away, then: systemctl restart octroid"),
    closed_to_you: |path, mode, owner| {
        format!("this user may not use {path} (mode {mode}, owner {owner})")
    },
    closed_mend: |path| {
        format!(
            "let every user enter the socket's folder: chmod a+x {path}; the daemon sets the socket's own mode when it starts"
        )
    },
    silent: |path| format!("the daemon does not answer on {path}"),
    answers: |path, mode| format!("{path} answers (mode {mode})"),
    not_for_all: |path, mode| format!("{path} answers, but not to every user (mode {mode})"),
    not_for_all_mend: |path| format!("chmod 666 {path}; a restart of the daemon does it too"),
    admin_answers: |path, mode, group| format!("{path} answers (mode {mode}, group {group})"),
    open_to_all: |path, mode| format!("{path} makes every user an administrator (mode {mode})"),
    open_to_all_mend: |path| format!("chmod 660 {path}; a restart of the daemon does it too"),
    group_absent: "this system has no group octroi, so only the daemon's own user and root administer it",
    group_mend: "groupadd --system octroi, then: systemctl restart octroid",
    unreadable: |what, why| format!("{what} cannot be looked at: {why}"),

    no_answer: "only the daemon knows, and it does not answer",
    daemon: |version, since, uid| format!("octroid {version}, running since {since} as {uid}"),
    versions: |daemon, tool| format!("octroid {daemon} runs, octroi is {tool}"),
    versions_mend: "start the installed version: systemctl restart octroid; applications keep their seats",
    too_old: |version| format!("octroid {version} is too old to be diagnosed by this octroi"),

    folder: |path, owner, mode| format!("{path} belongs to {owner} (mode {mode})"),
    folder_open_mend: |path| format!("nobody else has business there: chmod 700 {path}"),
    folder_owner: |path, owner| {
        format!("{path} belongs to {owner}, and the daemon runs as another user")
    },
    folder_owner_mend: |path, owner| {
        format!("systemctl stop octroid; chown -R {owner} {path}; systemctl start octroid")
    },
    key_file_open: |path, mode| {
        format!(
            "others can read the daemon's key {path} (mode {mode}): chmod 600 it, and tell the vendor if somebody may have"
        )
    },
    disk: |path, free, of| format!("{path}: {free} free of {of}"),
    disk_read_only: |path| format!("{path} is mounted read-only"),
    disk_read_only_mend: |path| {
        format!("mount it for writing; if the disk failed, dmesg says why: {path}")
    },
    disk_no_files: |path| format!("{path}: the file system has no room for further files"),
    disk_mend: |path| format!("make room; what is largest there: du -xah {path} | sort -h | tail"),

    no_vendor: "no vendor is trusted yet",
    vendor: |name, fingerprint| format!("{name}, root {fingerprint}"),

    no_licence: "no licence is installed",
    licence: |serial, product, term| format!("serial {serial}, {product}: {term}"),
    renew: "ask the vendor for the renewed licence, then: octroi install CLIENT.lic",
    pending: |kind, sequence, expected| {
        format!("{kind} {sequence} of the vendor's sequence waits for document {expected}")
    },
    pending_mend: |expected| {
        format!("ask the vendor for document {expected}, then: octroi install FILE")
    },
    certificate_over: "the activation has ended",
    certificate_mend: "activate again: octroi activate",

    no_key: "no licence needs a hardware key",
    key_proven: |ago| format!("here, proven {ago} ago"),
    key_present: "here",
    key_not_needed: "away; another key of the licence is here and suffices",
    key_away: |since, left| {
        format!("away, and the licence lacks a key since {since}; {left} of absence are left")
    },
    key_emulated: |found| {
        format!(
            "{found}; the licence lets a software emulator answer for it, which anybody can copy"
        )
    },
    key_emulated_mend: "fit for trials only: ask the vendor for a licence without emulator_accepted",
    key_usb_off: "octroid.toml keeps the daemon from USB keys: set usb = true in [hardware_key], restart it",
    key_udev: |closed, devices| {
        format!(
            "the daemon may not open {closed} of {devices} HID devices: put 70-octroi-key.rules into /etc/udev/rules.d, then: udevadm control --reload && udevadm trigger"
        )
    },
    key_plug: |serial| format!("plug key {serial} in; octroi status then shows it as present"),

    clock_ok: |now| format!("{now}, trusted"),
    clock_leapt: |record, left| {
        format!(
            "the wall clock leapt ahead (ledger record {record}); provisional for {left} more of running, or until a receipt confirms it"
        )
    },
    clock_leapt_mend: "if the time is wrong: timedatectl set-ntp true; if it is right: octroi report send confirms it at once",
    clock_behind: |wall, mark| {
        format!("the wall clock says {wall}, and {mark} was confirmed before: it was set back")
    },
    clock_mend: "set the clock right (timedatectl set-ntp true); if the confirmed time itself was wrong, ask the vendor for a clock reset",
    server_time: |time| format!("the server's time in the last receipt: {time}"),
    server_ahead: |server, here| {
        format!("the last receipt says {server}, which still lies ahead of this machine's {here}")
    },
    here_ahead: |server, here| {
        format!(
            "the last report left at {here} by this machine's clock and reached the server at {server} by its own"
        )
    },

    ledger: |records, synced| format!("{records} records, {synced} on the disk"),
    ledger_started: |at| format!("checked when the daemon started, {at}"),
    ledger_verified: |records, checkpoints| {
        format!("verified just now: {records} records, {checkpoints} signed checkpoints")
    },
    ledger_tampered: |folder| format!("{folder} was tampered with"),
    ledger_closed: |folder| format!("this user may not read {folder}"),
    ledger_closed_mend: |vendor| format!("sudo octroi ledger verify --vendor {vendor}"),

    no_server: "no licence names a server: activation and reports go by file",
    server: |milliseconds, through| {
        format!("answers with a key that the licence pins, after {milliseconds} ms{through}")
    },
    server_off: "octroid.toml forbids the network ([network] enabled = false)",
    server_offline: "not asked, because of --offline",
    server_offline_mend: "octroi doctor without --offline",
    server_many: "more servers are named than are asked at one time",
    server_problem: |code, why| format!("{code}: {why}"),
    server_another_key_mend: "somebody else answers there, or the vendor changed its key: ask the vendor, and do not go on until a licence with the new pins is installed",
    server_no_pins_mend: "ask the vendor for a licence that pins the server's key; until then exchange by file",
    server_mend: |address| {
        format!(
            "let octroid reach {address} (firewall; [network] proxy in octroid.toml; PrivateNetwork= in its unit: systemctl show octroid -p PrivateNetwork); until then by file: octroi report export FILE"
        )
    },
    by_file: "exchange by file: octroi activate --request FILE, octroi report export FILE",

    no_reports: "no activated licence asks for reports",
    report_due: |at| format!("the next one is due on {at}"),
    report_overdue: |due, degrade, stop| {
        format!(
            "one was due on {due} and has no receipt: from {degrade} no seats are granted, on {stop} the activation ends"
        )
    },
    report_degraded: |due, stop| {
        format!(
            "one was due on {due} and has no receipt: no seats are granted, on {stop} the activation ends"
        )
    },
    report_stopped: |due| {
        format!("one was due on {due} and has no receipt: the activation has ended")
    },
    report_last: |number, at| format!("the last receipt, for report {number}, is of {at}"),
    report_mend: "octroi report send; or octroi report export FILE, and octroi receipt import FILE with the vendor's answer",
    report_approval: |number| format!("report {number} waits for your approval"),
    report_approval_mend: "octroi report preview, then: octroi report send",

    nothing_ends: "nothing ends by itself",
    next: |what, when, left| format!("{what} on {when} ({left})"),
    end_of_licence: |licence| format!("licence {licence} ends"),
    end_of_certificate: |licence| format!("the activation of licence {licence} ends"),
    end_of_grants: |licence| {
        format!("without a receipt, licence {licence} grants no further seats")
    },
    end_without_report: |licence| {
        format!("without a receipt, the activation of licence {licence} ends")
    },
    end_of_budget: |licence| format!("without its hardware key, licence {licence} stops"),
};
