//! `init`: a folder in which the server can be started, with a TLS key of its own.

use std::path::Path;

use octroi_licence::CivilSeconds;
use octroi_server::{Config, TlsIdentity};
use serde_json::json;

use crate::{
    cli::InitArgs,
    failure::Failure,
    files::{self, SMALL_BYTES_MAX},
    output::Report,
};

const CONFIG_FILE: &str = "octroi-server.toml";
/// What is copied of the vendor's folder.
const VENDOR_FILES: [&str; 3] = ["root.pub", "activation.key", "activation.crt"];
const CROSS_CERTIFICATE_PREFIX: &str = "root-cross-";

pub(crate) fn run(args: &InitArgs, now: CivilSeconds) -> Result<Report, Failure> {
    let tls = TlsIdentity::self_signed(args.names.clone(), now)?;
    let pin = hex::encode(tls.pin()?);
    let dir = &args.dir;
    files::ensure_private_folder(dir)?;
    let mut cross = Vec::new();
    if let Some(keys) = &args.keys {
        for name in files::names_in(keys)? {
            if name.starts_with(CROSS_CERTIFICATE_PREFIX) {
                copy(keys, dir, &name)?;
                cross.push(name);
            }
        }
        for name in VENDOR_FILES {
            copy(keys, dir, name)?;
        }
    }
    files::write_private(&dir.join("tls.crt"), tls.certificate.as_bytes())?;
    files::write_private(&dir.join("tls.key"), tls.key.as_bytes())?;
    let config = dir.join(CONFIG_FILE);
    files::write_private(&config, configuration(args, &cross).as_bytes())?;
    let missing = match args.keys {
        Some(_) => String::new(),
        None => format!(
            "\ncopy here from the vendor's folder: {}",
            VENDOR_FILES.join(", ")
        ),
    };
    Ok(Report {
        text: format!(
            "configuration: {}\nkey pin:       {pin}\n{missing}\n\
             state in orders:\n  [server]\n  address = \"https://{}:{}\"\n  key_pins = [\"{pin}\"]",
            config.display(),
            args.names.first().map_or("localhost", String::as_str),
            args.listen.port(),
        ),
        json: json!({
            "config": config,
            "key_pin": pin,
            "listen": args.listen.to_string(),
        }),
    })
}

fn copy(from: &Path, to: &Path, name: &str) -> Result<(), Failure> {
    let bytes = zeroize::Zeroizing::new(files::read(&from.join(name), SMALL_BYTES_MAX)?);
    Ok(files::write_private(&to.join(name), &bytes)?)
}

/// The commented example with what was asked for.
fn configuration(args: &InitArgs, cross: &[String]) -> String {
    let country = match &args.country {
        Some(country) => format!("country = \"{country}\""),
        None => "#country = \"FR\"".to_owned(),
    };
    let listen = args.listen;
    Config::EXAMPLE
        .replacen("#country = \"FR\"", &country, 1)
        .replacen(
            "listen = \"127.0.0.1:7443\"",
            &format!("listen = \"{listen}\""),
            1,
        )
        .replacen(
            "cross_certificates = []",
            &format!("cross_certificates = {cross:?}"),
            1,
        )
}
