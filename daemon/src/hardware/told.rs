//! What administrators are told of keys: plugged in, not usable, and why. The same whether the daemon
//! looked or, where none runs, the administrator's tool itself.

use std::{collections::BTreeSet, fs, path::Path};

use octroi_hardware_key::{KeyDescription, KeyError, SourceError};
use octroi_licence::{HardwareKeyKind, KeySerial};
use octroi_proto::admin::v1 as wire;

use super::{KeyDevice, KeysSeen, ProofFailure, SeenKey, models};
use crate::text::sentence;

/// Which protocol a key speaks, in one word.
pub(crate) fn kind(kind: HardwareKeyKind) -> &'static str {
    match kind {
        HardwareKeyKind::Dongle => "dongle",
        HardwareKeyKind::Fido2 => "fido2",
        _ => "unknown",
    }
}

/// What this process runs in, where it is a container that says so: then devices must be passed in.
pub(crate) fn container() -> Option<String> {
    if let Ok(name) = fs::read_to_string("/run/systemd/container") {
        return Some(name.trim().to_owned());
    }
    let signs = [("/.dockerenv", "docker"), ("/run/.containerenv", "podman")];
    let mut there = signs.iter().filter(|(sign, _)| Path::new(sign).exists());
    there.next().map(|(_, name)| (*name).to_owned())
}

/// Devices of keys, whether or not they may be opened.
pub(crate) fn devices() -> Vec<wire::HidDevice> {
    let devices = KeyDevice::all().into_iter().map(|device| wire::HidDevice {
        place: device.place.display().to_string(),
        product: device.product,
        kind: kind(device.kind).to_owned(),
        open: device.open,
    });
    devices.collect()
}

/// Keys that answered, and what cannot be used.
pub(crate) fn seen(seen: &KeysSeen) -> (Vec<wire::PluggedKey>, Vec<wire::KeyProblem>) {
    let problems = seen.problems.iter().map(|problem| source(problem));
    (seen.keys.iter().map(plugged).collect(), problems.collect())
}

fn plugged(key: &SeenKey) -> wire::PluggedKey {
    let hex = |serials: &BTreeSet<KeySerial>| serials.iter().map(ToString::to_string).collect();
    wire::PluggedKey {
        is: hex(&key.is),
        is_not: hex(&key.is_not),
        lost: hex(&key.lost),
        ..described(&key.about, &key.place, key.emulated)
    }
}

/// A key that said who it is, and proved nothing.
pub(crate) fn described(about: &KeyDescription, place: &str, emulated: bool) -> wire::PluggedKey {
    let serial = about.serial.map(|serial| serial.to_string());
    let name = about.model.as_ref().and_then(models::name);
    wire::PluggedKey {
        place: place.to_owned(),
        emulated,
        kind: kind(about.kind).to_owned(),
        serial: serial.unwrap_or_default(),
        model: about.model.as_ref().map(models::uuid).unwrap_or_default(),
        model_name: name.unwrap_or_default().to_owned(),
        ..wire::PluggedKey::default()
    }
}

/// Why a place that seems to have a key gives none.
pub(crate) fn source(problem: &SourceError) -> wire::KeyProblem {
    let (place, code) = match problem {
        SourceError::PermissionDenied { place, .. } => (Some(place), "PERMISSION_DENIED"),
        SourceError::Open { place, .. } => (Some(place), "NOT_OPENED"),
        SourceError::Silent { place, error } => (Some(place), of_key(error)),
        SourceError::List { .. } => (None, "NOT_LISTED"),
        _ => (None, "UNKNOWN"),
    };
    wire::KeyProblem {
        place: place
            .map(|place| place.display().to_string())
            .unwrap_or_default(),
        code: code.to_owned(),
        problem: sentence(problem),
    }
}

/// Why a key gave no proof.
pub(crate) fn failure(failure: &ProofFailure) -> wire::KeyProblem {
    let code = match failure {
        ProofFailure::Key(error) => of_key(error),
        ProofFailure::Invalid(_) => "NO_PROOF",
        ProofFailure::Unrecorded { .. } | ProofFailure::Stopped => "NOT_RECORDED",
        ProofFailure::Randomness(_) => "UNKNOWN",
    };
    wire::KeyProblem {
        place: String::new(),
        code: code.to_owned(),
        problem: sentence(failure),
    }
}

fn of_key(error: &KeyError) -> &'static str {
    match error {
        KeyError::Absent => "ABSENT",
        KeyError::Busy { .. } => "BUSY",
        KeyError::Timeout { .. } => "SILENT",
        KeyError::Malformed { .. } | KeyError::MalformedCtap { .. } => "GARBAGE",
        KeyError::Refused { .. } | KeyError::RefusedCtap { .. } | KeyError::Hid { .. } => "REFUSED",
        KeyError::Replaced { .. } => "REPLACED",
        KeyError::NotEnrolled => "ANOTHER_KEY",
        KeyError::WantsUser => "WANTS_USER",
        KeyError::Io(_) => "NOT_OPENED",
        _ => "UNKNOWN",
    }
}
