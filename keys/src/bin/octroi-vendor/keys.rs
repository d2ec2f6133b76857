//! `keys`: the vendor's folder is made, its certificates renewed, its root replaced.

use std::path::Path;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use octroi_licence::{
    CivilSeconds, DocumentKind, Frame, KeyRole, PublicKey, Signer as _, VendorId, armour,
    message::SignedDocument,
};
use octroi_vendor::{
    Certification, Passphrase, PrivateKey, certify, key_summary, order::in_words, vendor_root,
};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    World,
    cli::{CertificateArgs, CertifiedRole, CertifyArgs, InitArgs, KeysCommand, RotateArgs},
    escrow,
    failure::Failure,
    files,
    folder::{KeyFolder, REGISTER, ROOT_KEY, ROOT_PUBLIC, cross_certificate_file, readers_of},
    output::{Report, warn},
    secrets::{key_pem, new_key},
    store::Store,
};

/// A root that another root vouches for is not replaced every few years.
const CROSS_CERTIFICATE_YEARS: u16 = 50;

type Contents = Vec<(String, Zeroizing<Vec<u8>>)>;

pub(crate) fn run(world: &World, command: KeysCommand) -> Result<Report, Failure> {
    match command {
        KeysCommand::Init(args) => init(world, &args),
        KeysCommand::Certify(args) => renew(world, &args),
        KeysCommand::RotateRoot(args) => rotate_root(world, &args),
        KeysCommand::Escrow(args) => escrow::make(world, &args),
        KeysCommand::Show => show(&world.folder()?, world.now),
    }
}

fn init(world: &World, args: &InitArgs) -> Result<Report, Failure> {
    let passphrase = new_passphrase(world, args.insecure_plaintext)?;
    let root = new_key()?;
    let issuer = Root {
        vendor: &args.vendor,
        key: &root,
        now: world.now,
    };
    let mut contents = issuer.root_files(&args.name, passphrase.as_ref())?;
    for role in [CertifiedRole::Issuing, CertifiedRole::Activation] {
        let key = new_key()?;
        contents.push(key_file(role.key_file(), &key, passphrase.as_ref())?);
        contents.push(issuer.certificate_file(role, key.public_key(), &args.certificate)?);
    }

    // The folder appears whole under its name, or not at all.
    let mut name = world.keys.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let draft = world.keys.with_file_name(name);
    files::make_private_folder(&draft)?;
    let made = fill(&draft, &contents).and_then(|()| {
        files::rename(&draft, &world.keys).map_err(|error| {
            Failure::from(error)
                .help("nothing was overwritten: choose a folder that is not there yet")
        })
    });
    if let Err(failure) = made {
        files::remove_folder(&draft)?;
        return Err(failure);
    }
    show(&world.folder()?, world.now)
}

fn fill(folder: &Path, contents: &Contents) -> Result<(), Failure> {
    for (name, bytes) in contents {
        files::write_new(&folder.join(name), bytes, readers_of(name))?;
    }
    Store::create(&folder.join(REGISTER))
}

fn renew(world: &World, args: &CertifyArgs) -> Result<Report, Failure> {
    let folder = world.folder()?;
    let root = folder.root_key(args.root_key.as_deref(), &world.passphrases)?;
    let issuer = Root {
        vendor: &folder.root().frame().vendor,
        key: &root,
        now: world.now,
    };
    let mut contents = Contents::new();
    let public_key = if args.new_key {
        let key = new_key()?;
        let passphrase = new_passphrase(world, args.insecure_plaintext)?;
        contents.push(key_file(args.role.key_file(), &key, passphrase.as_ref())?);
        key.public_key()
    } else {
        folder.certificate(args.role)?.0.public_key
    };
    contents.push(issuer.certificate_file(args.role, public_key, &args.certificate)?);
    folder.replace(&contents)?;
    show(&world.folder()?, world.now)
}

fn rotate_root(world: &World, args: &RotateArgs) -> Result<Report, Failure> {
    let folder = world.folder()?;
    let vendor = &folder.root().frame().vendor;
    let old = folder.root_key(args.root_key.as_deref(), &world.passphrases)?;
    let new = new_key()?;
    let passphrase = new_passphrase(world, args.insecure_plaintext)?;
    let issuer = Root {
        vendor,
        key: &new,
        now: world.now,
    };
    let mut contents = issuer.root_files(&folder.root().vendor_name, passphrase.as_ref())?;
    let cross = Root {
        vendor,
        key: &old,
        now: world.now,
    };
    contents.push(cross.certificate(
        cross_certificate_file(&old.public_key().id()),
        &Certification {
            role: KeyRole::Root,
            public_key: new.public_key(),
            products: Vec::new(),
            valid_from: world.now,
            valid_until: years_later(world.now, CROSS_CERTIFICATE_YEARS)?,
        },
    )?);
    for role in [CertifiedRole::Issuing, CertifiedRole::Activation] {
        let public_key = folder.certificate(role)?.0.public_key;
        contents.push(issuer.certificate_file(role, public_key, &args.certificate)?);
    }
    folder.replace(&contents)?;
    show(&world.folder()?, world.now)
}

/// A root key at work.
struct Root<'a> {
    vendor: &'a VendorId,
    key: &'a PrivateKey,
    now: CivilSeconds,
}

impl Root<'_> {
    fn root_files(&self, name: &str, passphrase: Option<&Passphrase>) -> Result<Contents, Failure> {
        let signed = vendor_root(self.vendor, name, self.key, self.now)?;
        // The name comes from a command line: what no client would read is refused here.
        octroi_licence::verify_self_signed::<octroi_licence::VendorRoot>(&signed)?;
        let kind = DocumentKind::VendorRoot;
        Ok(vec![
            key_file(ROOT_KEY, self.key, passphrase)?,
            self.public_file(
                ROOT_PUBLIC.to_owned(),
                kind,
                &signed,
                KeyRole::Root,
                self.key.public_key(),
            ),
        ])
    }

    fn certificate_file(
        &self,
        role: CertifiedRole,
        public_key: PublicKey,
        args: &CertificateArgs,
    ) -> Result<(String, Zeroizing<Vec<u8>>), Failure> {
        let certification = Certification {
            role: role.role(),
            public_key,
            products: args.products.clone(),
            valid_from: self.now,
            valid_until: years_later(self.now, args.years)?,
        };
        self.certificate(role.certificate_file().to_owned(), &certification)
    }

    fn certificate(
        &self,
        name: String,
        certification: &Certification,
    ) -> Result<(String, Zeroizing<Vec<u8>>), Failure> {
        let signed = certify(self.vendor, certification, self.key, self.now)?;
        let kind = DocumentKind::KeyCertificate;
        Ok(self.public_file(
            name,
            kind,
            &signed,
            certification.role,
            certification.public_key,
        ))
    }

    fn public_file(
        &self,
        name: String,
        kind: DocumentKind,
        signed: &SignedDocument,
        role: KeyRole,
        key: PublicKey,
    ) -> (String, Zeroizing<Vec<u8>>) {
        let frame = Frame {
            vendor: self.vendor.clone(),
            issued_at: self.now,
            licence: None,
            sequence: 0,
        };
        let summary = key_summary(&frame, role, &key.id().to_string());
        let text = armour(kind, signed, &summary);
        (name, Zeroizing::new(text.into_bytes()))
    }
}

fn key_file(
    name: &str,
    key: &PrivateKey,
    passphrase: Option<&Passphrase>,
) -> Result<(String, Zeroizing<Vec<u8>>), Failure> {
    let pem = key_pem(key, passphrase)?;
    Ok((name.to_owned(), Zeroizing::new(pem.as_bytes().to_vec())))
}

pub(crate) fn new_passphrase(
    world: &World,
    insecure_plaintext: bool,
) -> Result<Option<Passphrase>, Failure> {
    if insecure_plaintext {
        warn("private keys are written unencrypted: for tests only");
        return Ok(None);
    }
    world.passphrases.ask_new().map(Some)
}

/// The same day and time so many years later, in UTC.
fn years_later(now: CivilSeconds, years: u16) -> Result<CivilSeconds, Failure> {
    Timestamp::from_second(now.0)
        .and_then(|now| {
            now.to_zoned(TimeZone::UTC)
                .checked_add(i64::from(years).years())
        })
        .map(|later| CivilSeconds(later.timestamp().as_second()))
        .map_err(|error| {
            Failure::new(error).context("the certificate would end after the calendar")
        })
}

fn show(folder: &KeyFolder, now: CivilSeconds) -> Result<Report, Failure> {
    let root = folder.root();
    let mut text = format!(
        "vendor:      {} ({})\nfolder:      {}\nfingerprint: {}\npublic key:  {} (pin it in your \
         applications)\nroot key:    {}\n",
        root.frame().vendor,
        root.vendor_name,
        folder.path().display(),
        root.public_key.id(),
        root.public_key,
        if folder.path().join(ROOT_KEY).exists() {
            "in the folder; it belongs in a safe place off line"
        } else {
            "kept elsewhere"
        },
    );
    let mut certificates = serde_json::Map::new();
    for role in [CertifiedRole::Issuing, CertifiedRole::Activation] {
        let (certificate, _) = folder.certificate(role)?;
        let ended = if certificate.valid_until <= now {
            " (ended)"
        } else {
            ""
        };
        let name = role.name();
        let label = format!("{:13}", format!("{name}:"));
        let until = in_words(certificate.valid_until);
        let key_id = certificate.public_key.id().to_string();
        text.extend([
            &label,
            &key_id,
            "\n             until ",
            &until,
            ended,
            "\n",
        ]);
        let fact = json!({
            "key_id": certificate.public_key.id().to_string(),
            "public_key": certificate.public_key.to_string(),
            "valid_from_s": certificate.valid_from.0,
            "valid_until_s": certificate.valid_until.0,
            "products": certificate.products,
        });
        certificates.insert(name.to_owned(), fact);
    }
    Ok(Report {
        text,
        json: json!({
            "vendor": root.frame().vendor,
            "name": root.vendor_name,
            "folder": folder.path(),
            "root_file": folder.path().join(ROOT_PUBLIC),
            "root_fingerprint": root.public_key.id().to_string(),
            "root_public_key": root.public_key.to_string(),
            "certificates": certificates,
        }),
    })
}
