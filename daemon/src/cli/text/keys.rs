//! Sentences of `octroi key`, in each language.

use super::{Language, One, Two, keys_french::FRENCH};

/// Every sentence.
#[derive(Debug)]
pub(crate) struct KeyTexts {
    pub(crate) too_old: &'static str,
    pub(crate) kind: fn(&str) -> &str,
    pub(crate) emulated: &'static str,
    pub(crate) plugged: &'static str,
    pub(crate) none_plugged: &'static str,
    /// Place, kind, serial number or model, licences served.
    pub(crate) plugged_columns: [&'static str; 4],
    pub(crate) serves_none: &'static str,
    pub(crate) revoked: &'static str,
    pub(crate) named: &'static str,
    pub(crate) none_named: &'static str,
    pub(crate) none_named_listed: &'static str,
    pub(crate) none_named_mend: &'static str,
    /// Licence, key, state, last proof, next, counter, budget.
    pub(crate) named_columns: [&'static str; 7],
    pub(crate) present: &'static str,
    pub(crate) away: &'static str,
    pub(crate) away_since: One,
    pub(crate) suspect: &'static str,
    pub(crate) ago: One,
    pub(crate) within: One,
    pub(crate) never: &'static str,
    pub(crate) lost: &'static str,
    /// Key, licence that revoked it, state.
    pub(crate) lost_columns: [&'static str; 3],
    pub(crate) lost_here: &'static str,
    pub(crate) unusable: &'static str,
    pub(crate) probe_next: &'static str,

    pub(crate) daemon_runs: One,
    pub(crate) no_daemon: One,
    pub(crate) emulator_unknown: One,
    pub(crate) emulator_mend: One,
    pub(crate) looks_nowhere: &'static str,
    pub(crate) looks_at_emulators: One,
    pub(crate) looks_at_usb: &'static str,
    pub(crate) unwatched: &'static str,
    pub(crate) unwatched_mend: &'static str,
    pub(crate) devices: fn(usize) -> String,
    pub(crate) no_device: &'static str,
    pub(crate) no_device_mend: &'static str,
    pub(crate) container_mend: One,
    pub(crate) no_emulator: &'static str,
    pub(crate) no_emulator_mend: &'static str,
    /// User, device.
    pub(crate) may_open: Two,
    pub(crate) may_not_open: Two,
    pub(crate) rule_there: One,
    pub(crate) rule_missing: &'static str,
    pub(crate) rule_other: One,
    pub(crate) rule_mend: &'static str,
    pub(crate) rule_again_mend: &'static str,
    /// Kind, name.
    pub(crate) answers: Two,
    /// What to do about a problem's code.
    pub(crate) mend: fn(&str) -> &'static str,
    pub(crate) serves: One,
    pub(crate) is_revoked: One,
    pub(crate) revoked_mend: &'static str,
    /// What was said, licences.
    pub(crate) named_in_vain: Two,
    pub(crate) named_in_vain_mend: &'static str,
    pub(crate) emulator_refused: &'static str,
    pub(crate) emulator_refused_mend: &'static str,
    pub(crate) behind: One,
    pub(crate) behind_mend: &'static str,
    pub(crate) not_proven: &'static str,
    /// Licence, why.
    pub(crate) gives_no_proof: Two,
    pub(crate) again_mend: &'static str,
    pub(crate) another: One,
    pub(crate) another_mend: &'static str,
}

pub(crate) const fn texts(language: Language) -> &'static KeyTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

static ENGLISH: KeyTexts = KeyTexts {
    too_old: "the daemon is too old to be asked for its hardware keys",
    kind: |kind| match kind {
        "dongle" => "dongle",
        "fido2" => "FIDO2 key",
        other => other,
    },
    emulated: "emulated",
    plugged: "Plugged in:",
    none_plugged: "No hardware key is plugged in.",
    plugged_columns: ["PLACE", "KIND", "KEY", "SERVES"],
    serves_none: "no licence",
    revoked: "revoked as lost",
    named: "Named by licences:",
    none_named: "no licence names a hardware key",
    none_named_listed: "No licence names a hardware key.",
    none_named_mend: "nothing needs a key; if one should, install the licence that names it: octroi install FILE",
    named_columns: [
        "LICENCE",
        "KEY",
        "STATE",
        "LAST PROOF",
        "NEXT PROOF",
        "COUNTER",
        "ABSENCE LEFT",
    ],
    present: "here",
    away: "away",
    away_since: |since| format!("away, the licence lacks it since {since}"),
    suspect: "suspect: its counter fell behind",
    ago: |ago| format!("{ago} ago"),
    within: |length| format!("in {length}"),
    never: "none yet",
    lost: "Revoked as lost:",
    lost_columns: ["KEY", "REVOKED BY", "STATE"],
    lost_here: "plugged in, and refused",
    unusable: "Cannot be used:",
    probe_next: "What to do: octroi key probe",

    daemon_runs: |user| format!("octroid runs as {user} and was asked"),
    no_daemon: |user| {
        format!(
            "no daemon answers: the keys were opened by this command, as {user}; what licences name is not known"
        )
    },
    emulator_unknown: |socket| {
        format!("octroid.toml does not name {socket}: the daemon does not look there")
    },
    emulator_mend: |socket| {
        format!("write emulators = [\"{socket}\"] under [hardware_key] and restart the daemon")
    },
    looks_nowhere: "the daemon looks at no port: USB keys are switched off in octroid.toml, and no emulator is named",
    looks_at_emulators: |sockets| {
        format!(
            "the daemon looks at emulators alone ({sockets}); USB keys are switched off in octroid.toml"
        )
    },
    looks_at_usb: "the daemon looks at USB keys and is told when one is plugged in",
    unwatched: "the daemon looks at USB keys, but /dev cannot be watched: a key is noticed after ten seconds at most",
    unwatched_mend: "raise fs.inotify.max_user_instances (sysctl) and restart the daemon",
    devices: |count| match count {
        1 => "one device is a key".to_owned(),
        _ => format!("{count} devices are keys"),
    },
    no_device: "no device on this machine is a key",
    no_device_mend: "plug it in, try another port without a hub; dmesg shows whether the kernel saw it; a key that shows as a disk or a smart card alone is of another kind",
    container_mend: |name| {
        format!(
            "the daemon runs in a container ({name}), which sees no device that is not passed in: start it with --device /dev/hidrawN and the cgroup rule 'c *:* rmw' for hidraw, or run the daemon on the host and pass its socket in"
        )
    },
    no_emulator: "no emulator answers on that socket",
    no_emulator_mend: "start it: octroi-key-emulator run --state FILE --socket SOCKET",
    may_open: |user, device| format!("{user} may open it ({device})"),
    may_not_open: |user, device| format!("permission denied: {user} may not open it ({device})"),
    rule_there: |path| format!("the udev rule is there ({path})"),
    rule_missing: "the udev rule that lets the daemon open keys is not installed",
    rule_other: |path| {
        format!("{path} does not give keys to the group octroi (GROUP=\"octroi\", MODE=\"0660\")")
    },
    rule_mend: "put 70-octroi-key.rules into /etc/udev/rules.d, then: udevadm control --reload && udevadm trigger; plug the key in again",
    rule_again_mend: "the udev rule is there: udevadm control --reload && udevadm trigger, and plug the key in again; the rule gives it to the group octroi: the daemon's user must be in it (id octroi)",
    answers: |kind, name| format!("a {kind} answers ({name})"),
    mend: |code| match code {
        "PERMISSION_DENIED" => {
            "put 70-octroi-key.rules into /etc/udev/rules.d, then: udevadm control --reload && udevadm trigger; an emulator must run as the daemon's user"
        }
        "BUSY" => {
            "another program uses the key: end it (fuser -v /dev/hidraw*), or wait; the daemon tries again by itself"
        }
        "SILENT" => {
            "plug it out and in again, into another port; if it stays silent on another machine too, it is broken: ask the vendor for another"
        }
        "GARBAGE" => {
            "it does not speak the protocol as it must: plug it out and in again, update its firmware; if that does not help, ask the vendor for another"
        }
        "WANTS_USER" => {
            "it wants a touch or its PIN each time (alwaysUv): switch that off, for example fido2-token -D -u /dev/hidrawN, or ykman fido config toggle-always-uv; a key that cannot go without must be replaced"
        }
        "ANOTHER_KEY" | "NO_PROOF" | "REPLACED" => {
            "it is not the key that the licence names: plug in that one, or have the vendor enrol this one"
        }
        "ABSENT" => "plug it in again",
        "NOT_RECORDED" => "its proof could not be written into the ledger: octroi doctor says why",
        "NOT_LISTED" => "the list of devices cannot be read: is /sys mounted?",
        _ => {
            "plug it out and in again; dmesg and the daemon's log (journalctl -u octroid) say more"
        }
    },
    serves: |licences| format!("it proved itself and serves {licences}"),
    is_revoked: |licence| {
        format!("the vendor revoked it as lost (licence {licence}); no proof of it counts any more")
    },
    revoked_mend: "plug in the key that replaced it; give this one back to the vendor, who can enrol it anew",
    named_in_vain: |said, licences| format!("{said}, and {licences} still names it"),
    named_in_vain_mend: "ask the vendor for a document of that licence that names another key",
    emulator_refused: "it is emulated, and the licence does not accept emulators",
    emulator_refused_mend: "plug the real key in; for trials, ask the vendor for a licence with emulator_accepted",
    behind: |licence| {
        format!(
            "its counter lies behind the one last seen for {licence}: it is a copy, or it or this machine was set back"
        )
    },
    behind_mend: "plug in the original if this is a copy; if this machine was restored from a back-up, go on using the key: it is accepted when its counter is ahead again; else tell the vendor",
    not_proven: "it has not been asked yet",
    gives_no_proof: |licence, why| format!("{licence} names it, and it gave no proof: {why}"),
    again_mend: "run octroi key probe again",
    another: |wanted| format!("no licence names it; those named are {wanted}"),
    another_mend: "plug in the key that is named, or have the vendor enrol this one (octroi-vendor enrol-key) and issue a licence that names it",
};
