//! The vendor's folder: which file holds what, and how several files are replaced together. A
//! replacement is first written whole into the folder `pending`; once that has its name it counts,
//! and whoever opens the folder next finishes it.

use std::path::{Path, PathBuf};

use octroi_licence::{
    DocumentKind, KeyCertificate, KeyRole, PublicKey, Revocations, TrustedRoot, VendorRoot,
    Verified, message::SignedDocument, read_armoured, verify, verify_self_signed,
};
use octroi_vendor::{Authority, PrivateKey};
use zeroize::Zeroizing;

use crate::{
    cli::CertifiedRole,
    failure::Failure,
    files::{self, Readers},
    output::warn,
    secrets::PassphraseSource,
};

/// Private keys and certificates are small; whatever is larger is something else.
const KEY_FILE_BYTES_MAX: usize = 64 << 10;

pub(crate) const ROOT_KEY: &str = "root.key";
pub(crate) const ROOT_PUBLIC: &str = "root.pub";
pub(crate) const REGISTER: &str = "register";
/// Certificates of newer roots by older ones.
const CROSS_CERTIFICATE_PREFIX: &str = "root-cross-";
const PENDING: &str = "pending";
const SUPERSEDED: &str = "superseded";

impl CertifiedRole {
    pub(crate) fn key_file(self) -> &'static str {
        match self {
            Self::Issuing => "issuing.key",
            Self::Activation => "activation.key",
        }
    }

    pub(crate) fn certificate_file(self) -> &'static str {
        match self {
            Self::Issuing => "issuing.crt",
            Self::Activation => "activation.crt",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Issuing => "issuing",
            Self::Activation => "activation",
        }
    }

    pub(crate) fn role(self) -> KeyRole {
        match self {
            Self::Issuing => KeyRole::Issuing,
            Self::Activation => KeyRole::Activation,
        }
    }
}

/// Private keys are for their owner; roots and certificates are copied to others, who must be able
/// to read the copies.
pub(crate) fn readers_of(name: &str) -> Readers {
    match Path::new(name)
        .extension()
        .and_then(|ending| ending.to_str())
    {
        Some("pub" | "crt") => Readers::Everybody,
        _ => Readers::Owner,
    }
}

/// The name of the certificate that the root with this fingerprint gave to the next one.
pub(crate) fn cross_certificate_file(old: &octroi_licence::KeyId) -> String {
    format!("{CROSS_CERTIFICATE_PREFIX}{}.crt", old.short())
}

/// An existing folder whose root was checked.
#[derive(Debug)]
pub(crate) struct KeyFolder {
    path: PathBuf,
    root: Verified<VendorRoot>,
}

impl KeyFolder {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        finish_replacement(path)?;
        let root_file = path.join(ROOT_PUBLIC);
        let (kind, signed) = read_document(&root_file).map_err(|failure| {
            failure.help("choose the vendor's folder with --keys, or make one with `keys init`")
        })?;
        expect_kind(kind, DocumentKind::VendorRoot, &root_file)?;
        let root = verify_self_signed(&signed)?;
        Ok(Self {
            path: path.to_owned(),
            root,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn root(&self) -> &Verified<VendorRoot> {
        &self.root
    }

    pub(crate) fn trusted_root(&self) -> TrustedRoot {
        TrustedRoot::accepted(&self.root)
    }

    /// The certificate of a role and what leads to it.
    pub(crate) fn certificate(
        &self,
        role: CertifiedRole,
    ) -> Result<(Verified<KeyCertificate>, Vec<SignedDocument>), Failure> {
        let file = self.path.join(role.certificate_file());
        let (kind, signed) = read_document(&file)?;
        expect_kind(kind, DocumentKind::KeyCertificate, &file)?;
        let verified = verify(&signed, &self.trusted_root(), &Revocations::default())
            .map_err(|error| Failure::from(error).context(file.display().to_string()))?;
        let mut chain = vec![signed];
        chain.extend(self.cross_certificates()?);
        Ok((verified, chain))
    }

    /// From older roots to newer ones.
    fn cross_certificates(&self) -> Result<Vec<SignedDocument>, Failure> {
        let mut certificates = Vec::new();
        for name in files::names_in(&self.path)? {
            if name.starts_with(CROSS_CERTIFICATE_PREFIX) {
                certificates.push(read_document(&self.path.join(name))?.1);
            }
        }
        Ok(certificates)
    }

    /// The key of a role, which must be the one that its certificate names.
    pub(crate) fn key(
        &self,
        role: CertifiedRole,
        passphrases: &PassphraseSource,
    ) -> Result<RoleKey, Failure> {
        let (certificate, chain) = self.certificate(role)?;
        let file = self.path.join(role.key_file());
        let key = read_key(&file, &certificate.public_key, passphrases)?;
        Ok(RoleKey { key, chain })
    }

    /// The root's key, here or where it is kept.
    pub(crate) fn root_key(
        &self,
        elsewhere: Option<&Path>,
        passphrases: &PassphraseSource,
    ) -> Result<PrivateKey, Failure> {
        let here = self.path.join(ROOT_KEY);
        let file = elsewhere.unwrap_or(&here);
        read_key(file, &self.root.public_key, passphrases).map_err(|failure| {
            if elsewhere.is_none() && !file.exists() {
                failure.help("state with --root-key where the root's key is kept")
            } else {
                failure
            }
        })
    }

    /// Replaces files of the folder together; what they held before is kept in `superseded`.
    pub(crate) fn replace(&self, contents: &[(String, Zeroizing<Vec<u8>>)]) -> Result<(), Failure> {
        let draft = self
            .path
            .join(format!("{PENDING}.{}.tmp", std::process::id()));
        files::make_private_folder(&draft)?;
        for (name, bytes) in contents {
            files::write_new(&draft.join(name), bytes, readers_of(name))?;
        }
        files::rename(&draft, &self.path.join(PENDING))?;
        finish_replacement(&self.path)
    }
}

/// Moves what `pending` holds into place, as often as it takes.
fn finish_replacement(folder: &Path) -> Result<(), Failure> {
    let pending = folder.join(PENDING);
    if !pending.is_dir() {
        return Ok(());
    }
    let _lock = files::lock(&folder.join(REGISTER).join("lock"))?;
    if !pending.is_dir() {
        return Ok(()); // Somebody else finished it meanwhile.
    }
    let superseded = folder.join(SUPERSEDED);
    files::ensure_private_folder(&superseded)?;
    for name in files::names_in(&pending)? {
        let place = folder.join(&name);
        if place.exists() {
            let old = Zeroizing::new(files::read(&place, KEY_FILE_BYTES_MAX)?);
            // Named after its content, so that a second try keeps it under the same name.
            let mark = octroi_licence::digest_of(DocumentKind::KeyCertificate, &old).short();
            files::link(&place, &superseded.join(format!("{mark}-{name}")))?;
        }
        files::rename(&pending.join(&name), &place)?;
    }
    files::sync_folder_of(&superseded.join(PENDING))?;
    files::remove_empty_folder(&pending)?;
    Ok(())
}

/// A private key with its chain.
#[derive(Debug)]
pub(crate) struct RoleKey {
    key: PrivateKey,
    chain: Vec<SignedDocument>,
}

impl RoleKey {
    pub(crate) fn authority(
        &self,
        folder: &KeyFolder,
        revocations: Revocations,
    ) -> Authority<'_, PrivateKey> {
        Authority {
            vendor: folder.root.frame().vendor.clone(),
            signer: &self.key,
            chain: self.chain.clone(),
            root: folder.trusted_root(),
            revocations,
        }
    }
}

pub(crate) fn read_key(
    file: &Path,
    expected: &PublicKey,
    passphrases: &PassphraseSource,
) -> Result<PrivateKey, Failure> {
    let name = file.display().to_string();
    let in_file = |failure: Failure| failure.context(name.clone());
    let pem = Zeroizing::new(files::read_text(file, KEY_FILE_BYTES_MAX)?);
    let encrypted = PrivateKey::is_encrypted(&pem).map_err(|error| in_file(error.into()))?;
    let passphrase = if encrypted {
        Some(passphrases.ask(&name)?)
    } else {
        warn(&format!("{name} is not encrypted"));
        None
    };
    let key =
        PrivateKey::from_pem(&pem, passphrase.as_ref()).map_err(|error| in_file(error.into()))?;
    if octroi_licence::Signer::public_key(&key) != *expected {
        return Err(Failure::words(format!(
            "{name} is not the private key that belongs to {expected}"
        )));
    }
    Ok(key)
}

/// Reads one armoured document; its content is not verified.
pub(crate) fn read_document(path: &Path) -> Result<(DocumentKind, SignedDocument), Failure> {
    let bytes = files::read(path, octroi_licence::ARMOURED_BYTES_MAX)?;
    read_armoured(&bytes).map_err(|error| Failure::from(error).context(path.display().to_string()))
}

/// Refuses a document of another kind.
pub(crate) fn expect_kind(
    found: DocumentKind,
    expected: DocumentKind,
    path: &Path,
) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    let error = octroi_licence::DocumentError::AnotherKind {
        expected,
        actual: found,
    };
    Err(Failure::from(error).context(path.display().to_string()))
}
