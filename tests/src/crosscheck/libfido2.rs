//! Credentials and assertions that libfido2 made, checked by our code, and the other way round; a PIN
//! that libfido2 set.

use std::{fs, io::Write as _, path::Path, process::Stdio};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use octroi_hardware_key::{FoundKey, KeySource as _, PROOF_WITHIN, hid::HidSource, try_out};
use octroi_licence::{
    CredentialId, FIDO2_RELYING_PARTY, Fido2Credential, Fido2Proof, Fido2PublicKey,
    HardwareChallenge, HardwareCredential, HardwareKey, HardwareProof, P256Key, PublicKey,
    verify_hardware_proof,
};

use super::device::Device;
use crate::vendor::text;

const ENROL: [&str; 3] = ["octroi-vendor", "--json", "enrol-key"];

/// What `enrol-key --evidence` wrote satisfies `fido2-cred -V` and `fido2-assert -V`; a bit of it
/// changed, it does not.
pub(super) fn verifies_ours(device: &Device) -> anyhow::Result<()> {
    let _key = device.plug("fido2")?;
    device.tool(&[&ENROL[..], &["--evidence", "evidence"]].concat())?;
    let (credential, assertion) = ("evidence/credential", "evidence/assertion");
    device.tool(&[
        "fido2-cred",
        "-V",
        "-i",
        credential,
        "-o",
        "verified",
        "eddsa",
    ])?;
    public_key_file(device, "verified", "key.pem")?;
    device.tool(&["fido2-assert", "-V", "-i", assertion, "key.pem", "eddsa"])?;
    let path = device.folder().join(assertion);
    let sound = fs::read_to_string(&path)?;
    let other = STANDARD.encode([7; 32]);
    let (_challenge, rest) = sound.split_once('\n').context("evidence has lines")?;
    fs::write(&path, format!("{other}\n{rest}"))?;
    device.refused(&["fido2-assert", "-V", "-i", assertion, "key.pem", "eddsa"])?;
    Ok(())
}

/// A credential that `fido2-cred -M` made proves itself through our code as a licence's key does, and
/// an assertion that `fido2-assert -G` got by it verifies there.
pub(super) fn theirs_serves(device: &Device, algorithm: &str) -> anyhow::Result<()> {
    let key = device.plug("fido2")?;
    let node = text(key.node())?;
    let (challenge, user) = (STANDARD.encode([1; 32]), STANDARD.encode([2; 16]));
    device.file(
        "wanted",
        &[&challenge, FIDO2_RELYING_PARTY, "licence", &user],
    )?;
    device.tool(&[
        "fido2-cred",
        "-M",
        "-i",
        "wanted",
        "-o",
        "made",
        node,
        algorithm,
    ])?;
    device.tool(&[
        "fido2-cred",
        "-V",
        "-i",
        "made",
        "-o",
        "verified",
        algorithm,
    ])?;
    let enrolled = enrolled(&device.folder().join("verified"))?;
    let trials = try_out(found()?.key.as_mut(), &enrolled)?;
    ensure!(trials.len() == 3, "{trials:?}");

    let challenge = HardwareChallenge::for_enrolment(&[3; 32]);
    let HardwareCredential::Fido2(credential) = &enrolled.credential else {
        unreachable!("it was enrolled as a FIDO2 key");
    };
    device.file(
        "asked",
        &[
            &STANDARD.encode(challenge.as_bytes()),
            FIDO2_RELYING_PARTY,
            &STANDARD.encode(credential.id.as_bytes()),
        ],
    )?;
    device.tool(&[
        "fido2-assert",
        "-G",
        "-t",
        "up=false",
        "-i",
        "asked",
        "-o",
        "got",
        node,
    ])?;
    let got = fs::read_to_string(device.folder().join("got"))?;
    let mut lines = got.lines().skip(2).map(|line| STANDARD.decode(line));
    let mut next = || lines.next().context("an assertion has four lines");
    let (data, signature) = (next()??, next()??);
    // A CBOR byte string of 37 bytes.
    let data = data
        .strip_prefix(&[0x58, 37])
        .context("authenticator data")?;
    let proof = Fido2Proof::new(data, &signature).context("an assertion without extensions")?;
    let proof = HardwareProof::Fido2(proof);
    verify_hardware_proof(&enrolled, &challenge, &proof)?;
    let another = HardwareChallenge::for_enrolment(&[4; 32]);
    ensure!(
        verify_hardware_proof(&enrolled, &another, &proof).is_err(),
        "an answer to one challenge passed for an answer to another"
    );
    Ok(())
}

/// A PIN that `fido2-token -S` set is wanted by our enrolment, the right one, and never for a proof.
pub(super) fn pin(device: &Device) -> anyhow::Result<()> {
    let key = device.plug("fido2")?;
    let node = text(key.node())?;
    device.file("pin", &["248163"])?;
    device.file("wrong", &["000000"])?;
    let mut command = device.command(&["setsid", "fido2-token", "-S", node])?;
    // Without a terminal it reads the PIN, twice, from its input.
    let mut setting = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("fido2-token")?;
    let mut input = setting.stdin.take().context("it has no input")?;
    input.write_all(b"248163\n248163\n")?;
    drop(input);
    let set = setting.wait_with_output()?;
    ensure!(
        set.status.success(),
        "{}",
        String::from_utf8_lossy(&set.stderr)
    );

    let without = device.refused(&ENROL)?;
    ensure!(without.contains("PIN"), "{without}");
    let wrong = device.refused(&[&ENROL[..], &["--pin-file", "wrong"]].concat())?;
    ensure!(wrong.contains("PIN"), "{wrong}");
    device.tool(&[&ENROL[..], &["--pin-file", "pin"]].concat())?;
    Ok(())
}

/// The one key that is plugged in, opened by our code.
fn found() -> anyhow::Result<FoundKey> {
    let mut looked = HidSource.look(PROOF_WITHIN);
    let found = looked.pop().context("our code finds no key")??;
    ensure!(looked.is_empty(), "our code finds several keys");
    Ok(found)
}

/// What `fido2-cred -V` wrote: the credential's id in base64, then its public key in PEM.
fn enrolled(verified: &Path) -> anyhow::Result<HardwareKey> {
    let verified = fs::read_to_string(verified)?;
    let (id, pem) = verified
        .split_once('\n')
        .context("a credential has lines")?;
    let id = CredentialId::from_bytes(&STANDARD.decode(id)?).context("its id has no length")?;
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body)?;
    // A SubjectPublicKeyInfo ends with the key: 32 bytes of Ed25519, or an uncompressed point.
    let public_key = if let Some((_head, point)) = der.split_last_chunk::<64>() {
        let (x, y) = point.split_first_chunk().context("x")?;
        P256Key::from_coordinates(x, y.first_chunk().context("y")?).map(Fido2PublicKey::Es256)
    } else {
        let (_head, key) = der.split_last_chunk::<32>().context("a short public key")?;
        PublicKey::from_bytes(key).map(Fido2PublicKey::Ed25519)
    };
    let public_key = public_key.context("its public key is none")?;
    Ok(HardwareKey {
        serial: id.serial(),
        credential: HardwareCredential::Fido2(Fido2Credential { id, public_key }),
        emulator_accepted: false,
    })
}

/// The public key alone, as `fido2-assert -V` wants it.
fn public_key_file(device: &Device, verified: &str, name: &str) -> anyhow::Result<()> {
    let verified = fs::read_to_string(device.folder().join(verified))?;
    let (_id, pem) = verified
        .split_once('\n')
        .context("a credential has lines")?;
    fs::write(device.folder().join(name), pem)?;
    Ok(())
}
