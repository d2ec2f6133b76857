//! What the commands are given of the world: the configuration and what it names, opened as far as a
//! command needs it.

use std::{
    env,
    path::{Path, PathBuf},
};

use octroi_licence::{CivilSeconds, DocumentError, DocumentKind, message::SignedDocument};
use octroi_server::{ActivationKey, Books, CONFIG_BYTES_MAX, Clock, Config, TlsIdentity, Vendor};
use octroi_vendor::{Passphrase, PrivateKey};
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    files::{self, SMALL_BYTES_MAX},
    output::warn,
};

const PASSPHRASE_VARIABLE: &str = "OCTROI_PASSPHRASE";

#[derive(Debug)]
pub(crate) struct World {
    config: PathBuf,
    clock: Clock,
}

impl World {
    pub(crate) fn new(config: PathBuf) -> Self {
        Self {
            config,
            clock: Clock::system(),
        }
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    pub(crate) fn now(&self) -> CivilSeconds {
        self.clock.now()
    }

    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let text = files::read_text(&self.config, CONFIG_BYTES_MAX).map_err(|error| {
            Failure::from(error).help("choose it with --config, or make one: octroi-server init")
        })?;
        let folder = self.config.parent().unwrap_or(Path::new(""));
        Config::read(&text, folder)
            .map_err(|error| Failure::from(error).context(self.config.display().to_string()))
    }

    pub(crate) fn vendor(config: &Config) -> Result<Vendor, Failure> {
        let root = document(&config.root, DocumentKind::VendorRoot)?;
        Vendor::read(&root)
            .map_err(|error| Failure::from(error).context(config.root.display().to_string()))
    }

    /// The books, which need no private key.
    pub(crate) async fn books(&self) -> Result<Books, Failure> {
        let config = self.config()?;
        let vendor = Self::vendor(&config)?;
        Self::open_books(&config, vendor).await
    }

    pub(crate) async fn open_books(config: &Config, vendor: Vendor) -> Result<Books, Failure> {
        let (file, options) = (&config.database, config.database_options);
        Books::open(file, options, vendor)
            .await
            .map_err(|error| Failure::from(error).context(file.display().to_string()))
    }

    pub(crate) fn activation_key(
        config: &Config,
        vendor: &Vendor,
    ) -> Result<ActivationKey, Failure> {
        let certificate = document(&config.activation_certificate, DocumentKind::KeyCertificate)?;
        let cross: Vec<SignedDocument> = config
            .cross_certificates
            .iter()
            .map(|file| document(file, DocumentKind::KeyCertificate))
            .collect::<Result<_, _>>()?;
        let key = read_key(&config.activation_key, config.passphrase_file.as_deref())?;
        Ok(ActivationKey::new(vendor, key, certificate, cross)?)
    }

    pub(crate) fn tls(config: &Config) -> Result<TlsIdentity, Failure> {
        Ok(TlsIdentity {
            certificate: files::read_text(&config.tls_certificate, SMALL_BYTES_MAX)?,
            key: Zeroizing::new(files::read_text(&config.tls_key, SMALL_BYTES_MAX)?),
        })
    }
}

fn document(path: &Path, expected: DocumentKind) -> Result<SignedDocument, Failure> {
    let (actual, signed) = files::read_document(path)?;
    if actual == expected {
        return Ok(signed);
    }
    let error = DocumentError::AnotherKind { expected, actual };
    Err(Failure::from(error).context(path.display().to_string()))
}

fn read_key(path: &Path, passphrase_file: Option<&Path>) -> Result<PrivateKey, Failure> {
    let name = path.display().to_string();
    let pem = Zeroizing::new(files::read_text(path, SMALL_BYTES_MAX)?);
    let in_file = |error: octroi_vendor::CustodyError| Failure::from(error).context(name.clone());
    let passphrase = if PrivateKey::is_encrypted(&pem).map_err(in_file)? {
        Some(passphrase(&name, passphrase_file)?)
    } else {
        warn(&format!("{name} is not encrypted"));
        None
    };
    PrivateKey::from_pem(&pem, passphrase.as_ref()).map_err(in_file)
}

fn passphrase(key: &str, file: Option<&Path>) -> Result<Passphrase, Failure> {
    if let Some(file) = file {
        let text = Zeroizing::new(files::read_text(file, SMALL_BYTES_MAX)?);
        let line = text.lines().next().unwrap_or_default().to_owned();
        return Ok(Passphrase::new(Zeroizing::new(line)));
    }
    match env::var(PASSPHRASE_VARIABLE) {
        Ok(text) => Ok(Passphrase::new(Zeroizing::new(text))),
        Err(env::VarError::NotPresent) => {
            rpassword::prompt_password(format!("Passphrase of {key}: "))
                .map(|text| Passphrase::new(Zeroizing::new(text)))
                .map_err(|error| {
                    Failure::new(error)
                        .context("cannot ask for the passphrase")
                        .help(format!(
                            "state vendor.passphrase_file, or set {PASSPHRASE_VARIABLE}"
                        ))
                })
        }
        Err(error) => Err(Failure::new(error).context(PASSPHRASE_VARIABLE)),
    }
}
