//! `enrol-key`: makes what an order names of a hardware key, and refuses a key that could not serve a
//! licence.

use std::{fs, path::Path};

use octroi_hardware_key::{
    Enrolment, EnrolmentError, FoundKey, KeyError, KeySource, PRESENCE_WITHIN, assertion_evidence,
    credential_evidence, discover, emulator::EmulatorSource, enrol, hid::HidSource,
};
use octroi_licence::{HardwareCredential, HardwareKey};
use serde_json::json;

use crate::{
    cli::EnrolKeyArgs,
    failure::Failure,
    output::{Report, note},
    secrets,
};

pub(crate) fn run(args: &EnrolKeyArgs) -> Result<Report, Failure> {
    let mut found = the_key(args)?;
    let emulated = found.emulated;
    note(&format!(
        "key {}: if it blinks, touch it; it is then tried without a touch",
        found.place
    ));
    let key = found.key.as_mut();
    let pin = args.pin_file.as_deref().map(secrets::pin_in).transpose()?;
    let enrolment = match enrol(key, pin.as_ref().map(|pin| pin.as_str())) {
        Err(EnrolmentError::Enrol(KeyError::PinWanted)) if pin.is_none() => {
            let pin = secrets::ask_pin()?;
            enrol(key, Some(&pin))
        }
        enrolment => enrolment,
    }
    .map_err(|error| {
        Failure::new(error)
            .help("ARCHITECTURE.md lists keys that serve; a PIN is stated by --pin-file")
    })?;
    if let Some(folder) = &args.evidence {
        write_evidence(folder, &enrolment)?;
    }
    Ok(report(&enrolment.enrolled.key, &found.place, emulated))
}

/// What a FIDO2 key answered, as libfido2's tools read it.
fn write_evidence(folder: &Path, enrolment: &Enrolment) -> Result<(), Failure> {
    let credential = credential_evidence(&enrolment.enrolled);
    let assertion = enrolment.trials.last().and_then(assertion_evidence);
    let (Some(credential), Some(assertion)) = (credential, assertion) else {
        return Err(Failure::words(
            "the key was enrolled, but made no signed statement to be written as evidence",
        )
        .help("leave --evidence out for a dongle, or for a FIDO2 key without attestation"));
    };
    let failed = |path: &Path, error| {
        Failure::new(error).context(format!("{} could not be written", path.display()))
    };
    fs::create_dir(folder).map_err(|error| failed(folder, error))?;
    for (name, text) in [("credential", credential), ("assertion", assertion)] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

/// The one key that is plugged in, or the one that was named.
fn the_key(args: &EnrolKeyArgs) -> Result<FoundKey, Failure> {
    let mut sources: Vec<Box<dyn KeySource>> = Vec::new();
    match &args.emulator {
        Some(socket) => sources.push(Box::new(EmulatorSource::new(socket.clone()))),
        None => sources.push(Box::new(HidSource)),
    }
    let discovery = discover(&mut sources, PRESENCE_WITHIN);
    let mut keys = discovery.keys;
    if let Some(place) = &args.place {
        keys.retain(|key| key.place == *place);
    }
    let places: Vec<String> = keys.iter().map(|key| key.place.clone()).collect();
    match (
        keys.pop(),
        keys.is_empty(),
        discovery.problems.into_iter().next(),
    ) {
        (Some(key), true, _) => Ok(key),
        (Some(_), false, _) => Err(Failure::words(format!(
            "several hardware keys are plugged in: {}",
            places.join(", ")
        ))
        .help("name one with --place, or take the others out")),
        (None, _, Some(problem)) => Err(Failure::new(problem).context("no hardware key answers")),
        (None, _, None) => Err(Failure::words("no hardware key is plugged in")
            .help("plug in a FIDO2 key or a dongle; over USB only")),
    }
}

fn report(key: &HardwareKey, place: &str, emulated: bool) -> Report {
    let serial = key.serial.to_string();
    let (kind, stated, public_key, credential_id) = match &key.credential {
        HardwareCredential::Dongle { public_key } => {
            let stated = format!("serial = \"{serial}\"");
            ("dongle", stated, public_key.to_string(), None)
        }
        HardwareCredential::Fido2(credential) => {
            let stated = format!("credential_id = \"{}\"", credential.id);
            let public_key = hex::encode(credential.public_key.as_bytes());
            ("fido2", stated, public_key, Some(credential.id.to_string()))
        }
    };
    let mut text = format!(
        "# Enrolled; three proofs without a touch held and its counter rises. For the order:\n\
         [[binding.hardware_keys]]\n\
         kind = \"{kind}\" # {serial}\n\
         {stated}\n\
         public_key = \"{public_key}\"\n"
    );
    if emulated {
        text.push_str("emulator_accepted = true # simulated: for tests and demonstrations only\n");
    }
    Report {
        text,
        json: json!({
            "kind": kind,
            "serial": serial,
            "credential_id": credential_id,
            "public_key": public_key,
            "place": place,
            "emulated": emulated,
        }),
    }
}
