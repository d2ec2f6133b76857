//! Installing a signed document of any kind: read, verify under the realm's root, keep on the disk,
//! then let the engine decide. What does not verify is refused and recorded, since an attempt to
//! change a licence's conditions is evidence (clause T8).

use std::sync::Arc;

use octroi_engine::{Actor, Command, DocumentCode, Event, Outcome, Refusal, RefusalCode};
use octroi_licence::{
    ActivationCertificate, ArmourError, DocumentError, DocumentKind, DocumentType, Licence, Order,
    RevocationList, Revocations, Verified, encode_signed, message::SignedDocument, read_armoured,
    verify,
};
use octroi_proto::admin::v1::{InstallOutcome, InstallResponse};
use sha2::{Digest as _, Sha256};
use tonic::Status;

use crate::{documents::StoredDocumentError, realm::Realm, realms::Realms, text::sentence};

/// Why a document was not installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum InstallError {
    /// The text is damaged.
    #[error("the document cannot be read")]
    Armour(#[from] ArmourError),
    /// No realm's root vouches for it.
    #[error("no trusted vendor vouches for this {kind}")]
    NoVendor { kind: DocumentKind },
    /// The realm's root does not vouch for it.
    #[error("the document of vendor {vendor} is refused")]
    Refused {
        vendor: String,
        #[source]
        source: DocumentError,
    },
    /// The kind is not installed.
    #[error("a document of kind {kind} is not installed here")]
    Kind { kind: DocumentKind },
    /// The file could not be kept.
    #[error("the document could not be kept")]
    Store(#[from] StoredDocumentError),
    /// The engine refused it.
    #[error("the document is refused: {:?}{}", .0.code, found(&.0.expected, &.0.found))]
    Engine(Box<Refusal>),
}

impl From<InstallError> for Status {
    fn from(error: InstallError) -> Self {
        let refused = |refusal: Refusal| super::admin::refused_with(&error, refusal);
        match &error {
            InstallError::Engine(refusal) => refused((**refusal).clone()),
            InstallError::Refused {
                source: DocumentError::TooNew { needed, terms, .. },
                ..
            } => {
                let mut refusal = Refusal::of(RefusalCode::DaemonTooOld);
                refusal.expected = needed.chars().take(64).collect();
                refusal.found = terms.chars().take(128).collect();
                refused(refusal)
            }
            InstallError::Armour(_) | InstallError::Kind { .. } => {
                Self::invalid_argument(sentence(&error))
            }
            InstallError::NoVendor { .. } | InstallError::Refused { .. } => {
                Self::unauthenticated(sentence(&error))
            }
            InstallError::Store(_) => Self::internal(sentence(&error)),
        }
    }
}

fn found(expected: &str, found: &str) -> String {
    match (expected, found) {
        ("", "") => String::new(),
        (expected, "") => format!(" (expected {expected})"),
        ("", found) => format!(" (found {found})"),
        (expected, found) => format!(" (expected {expected}, found {found})"),
    }
}

/// Who brings a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Installer {
    /// Somebody on the administrators' socket, by uid.
    Administrator(u32),
    /// The vendor, in a receipt that came without an administrator.
    Vendor,
}

/// Installs an armoured document in the realm whose root vouches for it.
pub(crate) async fn install(
    realms: &Realms,
    armoured: &str,
    uid: u32,
) -> Result<InstallResponse, InstallError> {
    let (kind, signed) = read_armoured(armoured.as_bytes())?;
    install_in(&realms.all(), kind, &signed, Installer::Administrator(uid)).await
}

/// Installs a document in that of the realms whose root vouches for it.
pub(crate) async fn install_in(
    realms: &[Realm],
    kind: DocumentKind,
    signed: &SignedDocument,
    installer: Installer,
) -> Result<InstallResponse, InstallError> {
    match kind {
        DocumentKind::Licence => {
            install_as::<Licence>(realms, signed, installer, |licence, actor| {
                Command::InstallLicence { licence, actor }
            })
            .await
        }
        DocumentKind::ActivationCertificate => {
            install_as::<ActivationCertificate>(realms, signed, installer, |certificate, actor| {
                Command::InstallCertificate { certificate, actor }
            })
            .await
        }
        DocumentKind::Order => {
            install_as::<Order>(realms, signed, installer, |order, actor| {
                Command::InstallOrder { order, actor }
            })
            .await
        }
        DocumentKind::RevocationList => {
            install_as::<RevocationList>(realms, signed, installer, |list, actor| {
                Command::InstallRevocations { list, actor }
            })
            .await
        }
        other => Err(InstallError::Kind { kind: other }),
    }
}

async fn install_as<T: DocumentType + Send + Sync + 'static>(
    realms: &[Realm],
    signed: &SignedDocument,
    installer: Installer,
    command: impl FnOnce(Arc<Verified<T>>, Actor) -> Command,
) -> Result<InstallResponse, InstallError> {
    let mut refused: Option<(&Realm, DocumentError)> = None;
    for realm in realms {
        let revocations = realm.read(|reading| reading.engine.revocations()).await;
        let revocations = revocations.unwrap_or_default();
        match verify_in::<T>(realm, signed, &revocations) {
            Ok(document) => return put(realm, document, installer, command).await,
            Err(DocumentError::Untrusted { .. }) => {}
            Err(error) => refused = Some((realm, error)),
        }
    }
    let Some((realm, source)) = refused else {
        return Err(InstallError::NoVendor { kind: T::KIND });
    };
    let vendor = realm.vendor().to_string();
    note_refused::<T>(realm, signed, &source, installer).await;
    Err(InstallError::Refused { vendor, source })
}

fn verify_in<T: DocumentType>(
    realm: &Realm,
    signed: &SignedDocument,
    revocations: &Revocations,
) -> Result<Verified<T>, DocumentError> {
    verify::<T>(signed, realm.root(), revocations)
}

async fn put<T: DocumentType>(
    realm: &Realm,
    document: Verified<T>,
    installer: Installer,
    command: impl FnOnce(Arc<Verified<T>>, Actor) -> Command,
) -> Result<InstallResponse, InstallError> {
    realm.documents().keep(&document)?;
    let document = Arc::new(document);
    let mut response = InstallResponse {
        kind: T::KIND.name().to_owned(),
        vendor: realm.vendor().to_string(),
        licence_id: document
            .frame()
            .licence
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        digest: document.digest().to_string(),
        ..Default::default()
    };
    let outcome = match realm
        .ask(command(document.clone(), actor_of(realm, installer).await))
        .await
    {
        Outcome::AlreadyInstalled => InstallOutcome::AlreadyInstalled,
        Outcome::Pending { expected } => {
            response.notes.push(format!(
                "document {expected} of the vendor's sequence is missing; this one waits for it"
            ));
            InstallOutcome::Pending
        }
        Outcome::Refused(refusal) => {
            return Err(InstallError::Engine(Box::new(refusal)));
        }
        _ => InstallOutcome::Applied,
    };
    response.outcome = outcome.into();
    Ok(response)
}

/// Who asked, by pseudonym; where none can be kept, the daemon answers for itself.
pub(crate) async fn actor(realm: &Realm, uid: u32) -> Actor {
    match crate::identities::of_uid(realm.identities(), uid).await {
        Ok(user) => Actor::Administrator(user),
        Err(error) => {
            tracing::error!(%error, "an administrator's pseudonym could not be kept");
            Actor::Daemon
        }
    }
}

async fn actor_of(realm: &Realm, installer: Installer) -> Actor {
    match installer {
        Installer::Administrator(uid) => actor(realm, uid).await,
        Installer::Vendor => Actor::Vendor,
    }
}

async fn note_refused<T: DocumentType>(
    realm: &Realm,
    signed: &SignedDocument,
    error: &DocumentError,
    installer: Installer,
) {
    let document = match T::KIND {
        DocumentKind::ActivationCertificate => DocumentCode::ActivationCertificate,
        DocumentKind::Order => DocumentCode::Order,
        DocumentKind::RevocationList => DocumentCode::RevocationList,
        _ => DocumentCode::Licence,
    };
    let event = Event::DocumentRefused {
        document,
        digest: Sha256::digest(encode_signed(signed)).into(),
        reason: reason(error).to_owned(),
        actor: actor_of(realm, installer).await,
    };
    realm.note(event).await;
}

/// One word for the ledger: never text that came with the document.
fn reason(error: &DocumentError) -> &'static str {
    match error {
        DocumentError::TooLarge { .. } => "too-large",
        DocumentError::Malformed { .. } => "malformed",
        DocumentError::TooMany { .. } => "too-many",
        DocumentError::Untrusted { .. } => "untrusted",
        DocumentError::SignatureInvalid { .. } => "signature-invalid",
        DocumentError::AnotherKind { .. } => "another-kind",
        DocumentError::WrongRole { .. } => "wrong-role",
        DocumentError::OutsideCertificate { .. } => "outside-certificate",
        DocumentError::ProductNotCovered { .. } => "product-not-covered",
        DocumentError::AnotherVendor { .. } => "another-vendor",
        DocumentError::KeyRevoked { .. } => "key-revoked",
        DocumentError::TooNew { .. } => "too-new",
        _ => "term",
    }
}
