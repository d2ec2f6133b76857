//! Installing a signed document of any kind: read, verify under the realm's root, keep on the disk,
//! then let the engine decide. What does not verify is refused and recorded, since an attempt to
//! change a licence's conditions is evidence (clause T8).

use std::sync::Arc;

use octroi_engine::{Actor, Command, DocumentCode, Engine, Event, Outcome, Refusal, RefusalCode};
use octroi_licence::{
    ActivationCertificate, Amendment, ArmourError, CivilSeconds, DocumentDigest, DocumentError,
    DocumentKind, DocumentType, Licence, LicenceId, Order, RevocationList, Revocations, Verified,
    encode_signed,
    message::{self, SignedDocument},
    read_armoured, verify, verify_release,
};
use octroi_proto::admin::v1::{InstallOutcome, InstallResponse};
use prost::Message as _;
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
    /// It is of a licence that is not here.
    #[error("the escrow release is of licence {licence}, which is not installed")]
    NoLicence { licence: LicenceId },
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
            } => refused(too_old(needed, terms)),
            InstallError::NoLicence { licence } => refused(licence_unknown(licence)),
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

/// Which version is needed, and for which terms.
pub(super) fn too_old(needed: &str, terms: &str) -> Refusal {
    let mut refusal = Refusal::of(RefusalCode::DaemonTooOld);
    refusal.expected = needed.chars().take(64).collect();
    refusal.found = terms.chars().take(128).collect();
    refusal
}

/// The licence that a document is of is not installed.
pub(super) fn licence_unknown(licence: &LicenceId) -> Refusal {
    let mut refusal = Refusal::of(RefusalCode::LicenceUnknown);
    refusal.licence = Some(licence.clone());
    refusal
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
    let released = released_licence(kind, signed);
    let mut known = Vec::with_capacity(realms.len());
    for realm in realms {
        let of = released.clone();
        let read = realm.read(move |reading| Grounds::of(reading.engine, of.as_ref()));
        known.push((realm.clone(), read.await.unwrap_or_default()));
    }
    match vouch(&known, kind, signed) {
        Ok(vouched) => put(vouched, installer).await,
        Err(InstallError::Refused { vendor, source }) => {
            let refusing = realms
                .iter()
                .find(|realm| realm.vendor().as_str() == vendor);
            if let Some(realm) = refusing {
                note_refused(realm, kind, signed, &source, installer).await;
            }
            Err(InstallError::Refused { vendor, source })
        }
        Err(error) => Err(error),
    }
}

/// What a realm judges a document by that arrives.
#[derive(Debug, Default)]
pub(super) struct Grounds {
    revocations: Revocations,
    /// The licence that an escrow release is of.
    licence: Option<Arc<Verified<Licence>>>,
}

impl Grounds {
    pub(super) fn of(engine: &Engine, released: Option<&LicenceId>) -> Self {
        let documents = released.and_then(|licence| engine.documents(licence));
        Self {
            revocations: engine.revocations(),
            licence: documents.map(|documents| documents.licence),
        }
    }
}

/// The licence that an escrow release names, which is needed to verify it; nothing of it is believed yet.
pub(super) fn released_licence(kind: DocumentKind, signed: &SignedDocument) -> Option<LicenceId> {
    if kind != DocumentKind::EscrowRelease {
        return None;
    }
    let release = message::EscrowRelease::decode(signed.payload.as_slice()).ok()?;
    release.frame?.licence_id.parse().ok()
}

/// A document that a realm's root vouches for.
pub(super) struct Vouched {
    pub(super) realm: Realm,
    /// What is known before the engine has decided.
    pub(super) response: InstallResponse,
    pub(super) digest: DocumentDigest,
    /// It does nothing before.
    pub(super) effective_at: Option<CivilSeconds>,
    /// What the engine is asked, by whoever asks.
    pub(super) command: Box<dyn FnOnce(Actor) -> Command + Send>,
    /// Puts it on the disk.
    keep: Box<dyn FnOnce() -> Result<(), StoredDocumentError> + Send>,
}

/// Finds the realm whose root vouches for a document, with the grounds of each. Changes nothing.
pub(super) fn vouch(
    realms: &[(Realm, Grounds)],
    kind: DocumentKind,
    signed: &SignedDocument,
) -> Result<Vouched, InstallError> {
    match kind {
        DocumentKind::Licence => vouch_as::<Licence>(realms, signed, undated, |licence, actor| {
            Command::InstallLicence { licence, actor }
        }),
        DocumentKind::Amendment => {
            let date = |amendment: &Amendment| amendment.effective_at;
            vouch_as::<Amendment>(realms, signed, date, |amendment, actor| {
                Command::InstallAmendment { amendment, actor }
            })
        }
        DocumentKind::EscrowRelease => vouch_for_release(realms, signed),
        DocumentKind::ActivationCertificate => {
            vouch_as::<ActivationCertificate>(realms, signed, undated, |certificate, actor| {
                Command::InstallCertificate { certificate, actor }
            })
        }
        DocumentKind::Order => {
            let date = |order: &Order| order.effective_at;
            vouch_as::<Order>(realms, signed, date, |order, actor| Command::InstallOrder {
                order,
                actor,
            })
        }
        DocumentKind::RevocationList => {
            vouch_as::<RevocationList>(realms, signed, undated, |list, actor| {
                Command::InstallRevocations { list, actor }
            })
        }
        other => Err(InstallError::Kind { kind: other }),
    }
}

fn undated<T>(_: &T) -> Option<CivilSeconds> {
    None
}

/// A release stands by the escrow key that its licence names: the vendor's root has no say.
fn vouch_for_release(
    realms: &[(Realm, Grounds)],
    signed: &SignedDocument,
) -> Result<Vouched, InstallError> {
    let of_licence = realms
        .iter()
        .find_map(|(realm, grounds)| Some((realm, grounds.licence.as_deref()?)));
    let Some((realm, licence)) = of_licence else {
        return Err(
            match released_licence(DocumentKind::EscrowRelease, signed) {
                Some(licence) => InstallError::NoLicence { licence },
                None => InstallError::NoVendor {
                    kind: DocumentKind::EscrowRelease,
                },
            },
        );
    };
    match verify_release(signed, licence) {
        Ok(release) => Ok(Vouched::of(realm, release, None, |release, actor| {
            Command::InstallEscrowRelease { release, actor }
        })),
        Err(source) => Err(InstallError::Refused {
            vendor: realm.vendor().to_string(),
            source,
        }),
    }
}

fn vouch_as<T: DocumentType + Send + Sync + 'static>(
    realms: &[(Realm, Grounds)],
    signed: &SignedDocument,
    date: impl FnOnce(&T) -> Option<CivilSeconds>,
    command: impl FnOnce(Arc<Verified<T>>, Actor) -> Command + Send + 'static,
) -> Result<Vouched, InstallError> {
    let mut refused = InstallError::NoVendor { kind: T::KIND };
    for (realm, grounds) in realms {
        match verify::<T>(signed, realm.root(), &grounds.revocations) {
            Ok(document) => {
                let date = date(&document);
                return Ok(Vouched::of(realm, document, date, command));
            }
            Err(DocumentError::Untrusted { .. }) => {}
            Err(source) => {
                let vendor = realm.vendor().to_string();
                refused = InstallError::Refused { vendor, source };
            }
        }
    }
    Err(refused)
}

impl Vouched {
    fn of<T: DocumentType + Send + Sync + 'static>(
        realm: &Realm,
        document: Verified<T>,
        effective_at: Option<CivilSeconds>,
        command: impl FnOnce(Arc<Verified<T>>, Actor) -> Command + Send + 'static,
    ) -> Self {
        let document = Arc::new(document);
        let licence = document.frame().licence.as_ref();
        let response = InstallResponse {
            kind: T::KIND.name().to_owned(),
            vendor: realm.vendor().to_string(),
            licence_id: licence.map(ToString::to_string).unwrap_or_default(),
            digest: document.digest().to_string(),
            ..Default::default()
        };
        let (kept, store) = (Arc::clone(&document), realm.documents().clone());
        Self {
            realm: realm.clone(),
            response,
            digest: document.digest(),
            effective_at,
            command: Box::new(move |actor| command(document, actor)),
            keep: Box::new(move || store.keep(&kept)),
        }
    }
}

async fn put(vouched: Vouched, installer: Installer) -> Result<InstallResponse, InstallError> {
    (vouched.keep)()?;
    let realm = vouched.realm;
    let command = (vouched.command)(actor_of(&realm, installer).await);
    let outcome = realm.ask(command).await;
    let now = realm.read(|reading| reading.engine.civil_now(reading.now).seconds());
    let now = now.await.unwrap_or(CivilSeconds(0));
    with_outcome(vouched.response, vouched.effective_at, outcome, now)
}

/// What the engine decided, as it is told at `now`.
pub(super) fn with_outcome(
    mut response: InstallResponse,
    effective_at: Option<CivilSeconds>,
    outcome: Outcome,
    now: CivilSeconds,
) -> Result<InstallResponse, InstallError> {
    let later = effective_at.filter(|date| *date > now);
    response.effective_at_s = later.map_or(0, |date| date.0);
    let outcome = match outcome {
        Outcome::AlreadyInstalled => InstallOutcome::AlreadyInstalled,
        Outcome::Pending { expected } => {
            response.notes.push(format!(
                "document {expected} of the vendor's sequence is missing; this one waits for it"
            ));
            InstallOutcome::Pending
        }
        Outcome::AwaitsAcceptance => InstallOutcome::AwaitsAcceptance,
        Outcome::Refused(refusal) => return Err(InstallError::Engine(Box::new(refusal))),
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

async fn note_refused(
    realm: &Realm,
    kind: DocumentKind,
    signed: &SignedDocument,
    error: &DocumentError,
    installer: Installer,
) {
    let document = match kind {
        DocumentKind::ActivationCertificate => DocumentCode::ActivationCertificate,
        DocumentKind::Order => DocumentCode::Order,
        DocumentKind::Amendment => DocumentCode::Amendment,
        DocumentKind::EscrowRelease => DocumentCode::EscrowRelease,
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
