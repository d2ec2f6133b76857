//! The sentences in English.

use octroi::SeatEnd;
use octroi_licence::{DocumentKind, explain::Language as Sentences};

use super::{
    ActivateTexts, DaemonTexts, DocumentTexts, HostidTexts, LedgerTexts, LedgerWords, Messages,
    RunTexts, SeatsTexts, StatusTexts, TrustTexts,
};

pub(super) static MESSAGES: Messages = Messages {
    error_label: "error: ",
    help_label: "help: ",
    colon: ": ",
    output_failed: "the output could not be written",
    runtime_failed: "the command could not start",

    refused: "refused",
    language: Sentences::English,

    daemon: DaemonTexts {
        absent: |socket| format!("no daemon answers at {socket}"),
        absent_help: |root| match root {
            Some(root) => format!("start it: octroid --root {root}"),
            None => {
                "start it: systemctl start octroid (or octroid --root DIR, and octroi --root DIR)"
                    .to_owned()
            }
        },
        silent: |socket, seconds| {
            format!("the daemon at {socket} did not answer within {seconds} seconds")
        },
        silent_help: "see what it says: journalctl -u octroid; a restart keeps the seats: systemctl restart octroid",
        not_permitted: |socket| format!("this user may not use {socket}"),
        not_permitted_help: "administrators are in group octroi: usermod -aG octroi USER, then log in again; or use sudo",
        socket_path_too_long: |socket, max| {
            format!("the socket path {socket} is too long, Linux allows {max} bytes")
        },
        socket_path_help: "choose a shorter folder for --root",
        failed: "the daemon could not do it",
        waiting: "waiting for the daemon",
        vendor_needed: |vendors| format!("several vendors fit: {vendors}"),
        vendor_needed_help: "name one with --vendor",
        no_vendor: "no vendor is trusted yet",
        no_vendor_help: "octroi vendor trust root.pub",
    },

    document: DocumentTexts {
        kind: |kind| match kind {
            DocumentKind::VendorRoot => "vendor root",
            DocumentKind::KeyCertificate => "key certificate",
            DocumentKind::Licence => "licence",
            DocumentKind::Amendment => "amendment",
            DocumentKind::Order => "order",
            DocumentKind::EscrowRelease => "escrow release",
            DocumentKind::RevocationList => "revocation list",
            DocumentKind::ActivationCertificate => "activation certificate",
            DocumentKind::ActivationRequest => "activation request",
            _ => "document",
        },
        armour: ToString::to_string,
        unreadable: |path| format!("{path} cannot be read"),
        too_large: |path, max| {
            format!("{path} is larger than any document: at most {max} bytes are read")
        },
        too_large_help: "name the document itself, not an archive or an image of it",
        not_a_file: |path| format!("{path} is a folder, not a document"),
        damaged: |path| format!("{path} holds no readable document"),
        damaged_help: "ask the sender for it again, best as an attachment; nothing was changed",
        refused: |path| format!("the daemon did not accept {path}"),
        untrusted: |path| format!("{path} is signed by nobody trusted here"),
        untrusted_help: "trust its vendor first (octroi vendor trust root.pub), or ask the vendor which root it belongs to",
        root_help: |path| format!("octroi vendor trust {path}"),
        request_help: "a request goes to the vendor; install what comes back with octroi activate --response FILE",
        not_installed_so: |path, kind| {
            format!("{path} is a document of kind {kind}, which is not installed")
        },
        unwritable: |path| format!("{path} cannot be written"),
        exists: |path| format!("{path} exists already"),
        exists_help: "name a new file, or remove that one first",
        applied: |kind, licence| subject("installed", kind, licence),
        already: |kind, licence| subject("already installed, nothing changed", kind, licence),
        pending: |kind, licence| subject("kept until the missing documents arrive", kind, licence),
        unknown_outcome: |kind, licence| subject("taken", kind, licence),
    },

    trust: TrustTexts {
        shown: |name, vendor, fingerprint| {
            format!("Vendor       {name} ({vendor})\nFingerprint  {fingerprint}\n")
        },
        question: "Is this the fingerprint that the vendor told you over another channel? [y/N] ",
        yes: &["y", "yes"],
        declined: "not trusted, nothing was changed",
        declined_help: "ask the vendor for the fingerprint by telephone or on its web site",
        nobody_to_ask: "the fingerprint was not compared, and nobody can be asked here",
        nobody_to_ask_help: "pass --fingerprint HEX as the vendor told you, or --yes to trust without comparing",
        malformed: "a fingerprint is 64 hexadecimal digits; blanks and colons between them do no harm",
        differs: |expected, found| {
            format!("the fingerprint is {found}, not {expected}: this is another key")
        },
        differs_help: "do not trust this file; ask the vendor for its root document again",
        not_a_root: |path, kind| format!("{path} is a document of kind {kind}, not a vendor root"),
        trusted: |name, vendor| format!("{name} ({vendor}) is trusted"),
        already: |name, vendor| format!("{name} ({vendor}) was trusted already, nothing changed"),
        next: "install its licence: octroi install CLIENT.lic",
    },

    activate: ActivateTexts {
        not_a_certificate: |path, kind| {
            format!("{path} is a document of kind {kind}, not an activation certificate")
        },
        not_installed: |licence| format!("licence {licence} is not installed"),
        not_installed_help: "install it first: octroi install CLIENT.lic",
        code_prompt: "Activation code: ",
        code_missing: "the activation code is missing, and nobody can be asked here",
        code_missing_help: "pass --code-file FILE with the file that came beside the licence",
        code_malformed: "an activation code has letters and digits, at most 128 of them",
        preview: "What leaves this machine:",
        written: |path| format!("The request is in {path}."),
        next: "send it to the vendor, then: octroi activate --response ANSWER",
    },

    status: StatusTexts {
        clock: "clock",
        confidence: |confidence| confidence,
        sessions: |sessions| match sessions {
            1 => "1 session".to_owned(),
            _ => format!("{sessions} sessions"),
        },
        root: "root",
        daemon_key: "daemon key",
        ledger: "ledger",
        ledger_state: |records, synced| format!("{records} records, {synced} on the disk"),
        ledger_unwritable: |error| format!("cannot be written: {error}"),
        ledger_help: "nothing is granted until the ledger can be written: free space, or give the folder back to user octroi",
        licence: |licence, serial, product, client| {
            let whom = if client.is_empty() { "" } else { " for " };
            format!("licence {licence}, serial {serial}: {product}{whom}{client}")
        },
        term: "term",
        term_between: |from, until| format!("{from} to {until}"),
        perpetual_from: |from| format!("perpetual, from {from}"),
        days_left: |days| match days {
            1 => "1 day left".to_owned(),
            _ => format!("{days} days left"),
        },
        days_over: |days| match days {
            0 => "over".to_owned(),
            1 => "over for 1 day".to_owned(),
            _ => format!("over for {days} days"),
        },
        activation: "activation",
        activated: "activated",
        activated_until: |until| format!("activated until {until}"),
        not_activated: "not activated",
        not_activated_help: |licence| {
            format!("octroi activate --request FILE --licence {licence} --code-file FILE")
        },
        not_activated_online_help: |licence| {
            format!("octroi activate --online --licence {licence} --code-file FILE")
        },
        site: "site",
        key: "key",
        key_present: |keys| format!("present: {keys}"),
        key_absent: |keys| format!("absent: {keys}"),
        key_budget: |left| format!("{left} of absence left"),
        column_feature: "Feature",
        column_metric: "Metric",
        column_grouping: "Counted by",
        column_licensed: "Licensed",
        column_share: "Share",
        column_in_use: "In use",
        column_lingering: "Lingering",
        column_waiting: "Waiting",
        blocked: "nothing is granted",
        pending: "waiting for documents before them",
        pending_document: |kind, licence, sequence, expected| {
            format!("{kind} no. {sequence} of licence {licence}: no. {expected} is missing")
        },
        pending_help: "install the missing documents; ask the vendor for them",
        warnings: "warnings",
        no_realm: "No vendor is trusted yet.",
        no_realm_help: "octroi vendor trust root.pub",
        no_licence: "no licence is installed",
        no_licence_help: "octroi install CLIENT.lic",
    },

    seats: SeatsTexts {
        none: "No seat is held.",
        column_vendor: "Vendor",
        column_feature: "Feature",
        column_seat: "Seat",
        column_units: "Units",
        column_user: "User",
        column_pid: "Process",
        column_since: "Since",
        column_state: "State",
        column_version: "Version",
        column_place: "Place",
        state: |state| state,
        borrowed: |state, until, returned, id| {
            let returned = if returned { ", given back" } else { "" };
            format!("{state} until {until}{returned} ({id})")
        },
        waiting: "Waiting:",
        freed: |seat| format!("Seat {seat} is free."),
        told: |seat, hold| {
            format!(
                "The holder of seat {seat} was told; the seat is free within {hold} at the latest."
            )
        },
    },

    hostid: HostidTexts {
        column_kind: "Component",
        column_value: "Value",
        unreadable: |problem| format!("(cannot be read: {problem})"),
        stays: "These values stay on this machine; where a licence is bound to the host, only salted hashes of some leave it.",
    },

    ledger: LedgerTexts {
        reading: "reading the ledger",
        no_ledger: |folder| format!("no ledger lies in {folder}"),
        no_ledger_help: "name the folder with --folder DIR, or the daemon's root with --root DIR",
        several: |vendors| format!("there are several ledgers: {vendors}"),
        several_help: "name one with --vendor",
        unreadable: |folder| format!("the ledger in {folder} cannot be read"),
        unreadable_help: "it belongs to user octroi: use sudo, or copy the folder",
        tampered: |folder| format!("the ledger in {folder} was altered"),
        tampered_help: "keep the folder as it is and tell the vendor; the daemon grants nothing from an altered ledger",
        verified: |records| format!("The ledger is whole: {records} records."),
        words: LedgerWords {
            folder: "folder",
            vendor_root: "vendor root",
            daemon_key: "daemon key",
            records: "records",
            synced: "on the disk",
            segments: "segments",
            checkpoints: "checkpoints",
            head: "head",
            root: "Merkle root",
            tail: |bytes| {
                format!(
                    "{bytes} bytes of an unfinished last record; the daemon cuts them at its next start"
                )
            },
            written: |path| format!("Written to {path}."),
        },
    },

    run: RunTexts {
        root_unreadable: |root| {
            format!("{root} is neither a vendor root document nor a public key")
        },
        root_help: "name the vendor's root.pub, or its public key (not its fingerprint) in 64 hexadecimal digits",
        waiting: "waiting for a seat",
        not_started: |program| format!("{program} could not be started"),
        not_found: |program| format!("{program} was not found"),
        not_executable: |program| format!("{program} cannot be executed"),
        refused_help: "the program was not started",
        session_failed: "no session with the daemon",
        not_proven: "the daemon did not prove that the vendor activated it",
        not_proven_help: "see octroi status; the vendor root named must be the one whose licence is installed",
        revoked: |left| {
            format!(
                "an administrator takes the seat back within {left}; the program was asked to end"
            )
        },
        seat_ended: |cause| format!("the seat has ended ({cause}); the program was asked to end"),
        cause: |cause| match cause {
            SeatEnd::Released => "released",
            SeatEnd::Revoked => "taken back by an administrator",
            SeatEnd::LicenceEnded => "the licence has ended",
            SeatEnd::Suspended => "suspended by the vendor",
            SeatEnd::HardwareKeyAbsent => "the hardware key is away",
            SeatEnd::SessionEnded => "the session has ended",
            SeatEnd::ShareReduced => "this machine's share was reduced",
            SeatEnd::UserBlocked => "the user is blocked",
            SeatEnd::Reassigned => "the vendor reassigned the user's seat",
            SeatEnd::UserErased => "the user's identity was erased",
            SeatEnd::WhileDisconnected => "while the daemon was away",
            SeatEnd::Untrusted => "the daemon no longer proves it",
            _ => "for a reason of a later version",
        },
        key_away: |left| format!("the hardware key is away; {left} of absence are left"),
        licence_ending: |licence, at| format!("licence {licence} ends at {at}"),
    },
};

fn subject(what: &str, kind: &str, licence: &str) -> String {
    match licence {
        "" => format!("{kind}: {what}"),
        _ => format!("{kind} of {licence}: {what}"),
    }
}
