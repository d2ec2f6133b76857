//! Taking a receipt: verified under the realm's root, for exactly the report that waits; then what is
//! in it is installed as if an administrator had brought it, documents before the certificates that
//! assume them; then it is kept, which completes the exchange. Killed in between, the daemon sends
//! the same report again and everything is already installed.

use octroi_engine::{Command, Event};
use octroi_licence::{
    ActivationCertificate, Announcement, CivilSeconds, DocumentError, DocumentKind, DocumentType,
    LicenceId, Receipt, ReceiptMismatch, Verified, decode_signed, message::SignedDocument, verify,
};
use octroi_proto::admin::v1::InstallResponse;

use super::outbox::{Outbox, OutboxError, Waiting};
use crate::{
    realm::Realm,
    server::{Installer, install_in},
    text::sentence,
};

/// How far a server's clock may differ from this machine's without a word, in seconds.
const CLOCKS_DIFFER_S: u64 = 600;

/// Why a receipt was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ReceiptError {
    /// It does not stand under the vendor's root.
    #[error("the receipt is refused")]
    Document(#[from] DocumentError),
    /// It answers another report.
    #[error("the receipt is refused")]
    Mismatch(#[from] ReceiptMismatch),
    /// It could not be kept.
    #[error("the receipt could not be kept")]
    Outbox(#[from] OutboxError),
}

impl ReceiptError {
    /// The stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Document(error) => error.code(),
            Self::Mismatch(mismatch) => mismatch.code(),
            Self::Outbox(_) => "REPORTS_FOLDER",
        }
    }
}

/// How a receipt came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Just now, from the server: its time is the present.
    Network,
    /// By file: its time is some time ago.
    File,
}

/// What a receipt brought.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) number: u64,
    pub(crate) server_time: CivilSeconds,
    pub(crate) again: bool,
    pub(crate) installed: Vec<InstallResponse>,
    /// What was not installed or renewed and why, for people.
    pub(crate) notes: Vec<String>,
    pub(crate) announcements: Vec<Announcement>,
}

/// Verifies a document of the vendor's under the realm's root.
pub(super) async fn verified<T: DocumentType>(
    realm: &Realm,
    signed: &SignedDocument,
) -> Result<Verified<T>, DocumentError> {
    let revocations = realm.read(|reading| reading.engine.revocations()).await;
    verify(signed, realm.root(), &revocations.unwrap_or_default())
}

/// Takes the receipt of the report that waits.
pub(super) async fn take(
    realm: &Realm,
    outbox: &Outbox,
    waiting: &Waiting,
    signed: &SignedDocument,
    installer: Installer,
    way: Way,
) -> Result<Taken, ReceiptError> {
    let receipt: Verified<Receipt> = verified(realm, signed).await?;
    receipt.answers(&waiting.report)?;
    let mut taken = Taken {
        number: receipt.report_number,
        server_time: receipt.server_time,
        again: false,
        installed: Vec::new(),
        notes: Vec::new(),
        announcements: receipt.announcements.clone(),
    };
    if way == Way::Network {
        judge_clock(realm, receipt.server_time, &mut taken.notes).await;
    }
    for pending in &receipt.documents {
        match pending.kind() {
            Some(kind) => put(realm, kind, &pending.document, installer, &mut taken).await,
            None => taken.notes.push(format!(
                "a document of the kind {} is of a later version and was left alone: update the daemon",
                pending.kind
            )),
        }
    }
    for certificate in &receipt.certificates {
        let kind = DocumentKind::ActivationCertificate;
        if let Some(licence) = would_stop(realm, certificate).await {
            taken.notes.push(format!(
                "licence {licence}: the renewed certificate is not valid by this machine's clock; the one that is held stays: compare the vendor's clock and this machine's"
            ));
            continue;
        }
        put(realm, kind, certificate, installer, &mut taken).await;
    }
    for (licence, reason) in &receipt.not_renewed {
        taken.notes.push(format!(
            "licence {licence} was not renewed ({reason}): ask the vendor"
        ));
    }
    if !receipt.forks.is_empty() {
        fork_found(realm).await;
        taken.notes.push(format!(
            "the vendor saw {} other branches of this daemon's ledger: two machines run from one copy of its state",
            receipt.forks.len()
        ));
    }
    if receipt.more {
        taken
            .notes
            .push("more documents wait at the vendor: send another report".to_owned());
    }
    for one in &receipt.announcements {
        realm
            .ask(Command::ReceiveAnnouncement(Box::new(one.clone())))
            .await;
    }
    crate::service::compare_hosts(realm).await;
    outbox.answered(taken.number, receipt.bytes())?;
    Ok(taken)
}

/// Records that a copy of this daemon's state ran beside the original: the licence may say what then
/// happens.
pub(super) async fn fork_found(realm: &Realm) {
    realm.note(Event::ForkFound {}).await;
}

/// Names the licence whose certificate is in force, where the one that would replace it is not: then
/// one of the two clocks is wrong, and no application is to be stopped by that.
async fn would_stop(realm: &Realm, certificate: &[u8]) -> Option<LicenceId> {
    let signed = decode_signed(DocumentKind::ActivationCertificate, certificate).ok()?;
    let renewed: Verified<ActivationCertificate> = verified(realm, &signed).await.ok()?;
    let licence = renewed.frame().licence.clone()?;
    let of = licence.clone();
    let known = realm.read(move |reading| {
        let now = reading.engine.civil_now(reading.now).seconds();
        (now, reading.engine.documents(&of))
    });
    let (now, documents) = known.await?;
    let held = documents?.certificate?;
    let in_force = |one: &ActivationCertificate| {
        one.valid_from <= now && one.valid_until.is_none_or(|until| now < until)
    };
    (in_force(&held) && !in_force(&renewed)).then_some(licence)
}

async fn put(
    realm: &Realm,
    kind: DocumentKind,
    bytes: &[u8],
    installer: Installer,
    taken: &mut Taken,
) {
    let signed = match decode_signed(kind, bytes) {
        Ok(signed) => signed,
        Err(error) => {
            let error = sentence(&error);
            return taken
                .notes
                .push(format!("the {kind} in the receipt: {error}"));
        }
    };
    match install_in(std::slice::from_ref(realm), kind, &signed, installer).await {
        Ok(response) => taken.installed.push(response),
        Err(error) => {
            let error = sentence(&error);
            tracing::warn!(error, %kind, vendor = %realm.vendor(), "a document in a receipt was not installed");
            taken
                .notes
                .push(format!("the {kind} in the receipt: {error}"));
        }
    }
}

/// The server's time is evidence: it confirms a wall clock that leapt and agrees with it. A server
/// whose clock is wrong moves nothing; it is said, since one of the two is wrong.
async fn judge_clock(realm: &Realm, server_time: CivilSeconds, notes: &mut Vec<String>) {
    let civil = server_time.millis();
    realm.ask(Command::ClockEvidence { civil }).await;
    let ours = crate::clock::civil_now();
    let apart = ours.0.abs_diff(server_time.0);
    if apart > CLOCKS_DIFFER_S {
        let (vendor, seconds) = (realm.vendor(), apart);
        tracing::warn!(%vendor, seconds, "the vendor's clock and this machine's differ");
        notes.push(format!(
            "the vendor's clock and this machine's differ by {seconds} seconds: compare both with a third; nothing was changed by it"
        ));
    }
}
