//! The clerk deals with one realm's reports: preview, make, send, export, take receipts. One exchange
//! of a realm at a time, whoever asks for it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use octroi_engine::LicenceDocuments;
use octroi_licence::{
    ActivationServer, CivilSeconds, LicenceId, Receipt, VendorId, encode_signed,
    message::SignedDocument,
};
use octroi_proto::activation::v1::{Refusal, RehostStanding};
use tokio::sync::OwnedMutexGuard;

use super::{
    make::{self, Known, MakeError},
    outbox::{Outbox, OutboxError, Stored, Waiting},
    receipt::{self, ReceiptError, Taken, Way},
    schedule::{self, Duty},
    transport::{Answer, Deadlines, ServerLink, TransportError},
};
use crate::{
    config::{NetworkSettings, ReportingSettings},
    paths::RealmPaths,
    realm::Realm,
    realms::SharedRealms,
    server::Installer,
};

/// Why an exchange did not come about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ClerkError {
    /// No report could be made.
    #[error("no report could be made")]
    Make(#[from] MakeError),
    /// The reports' folder.
    #[error("the reports cannot be kept")]
    Outbox(#[from] OutboxError),
    /// No server is named.
    #[error("no licence that is activated names a server; exchange by file")]
    NoServer,
    /// The licence to activate names no server.
    #[error("licence {licence} names no server; activate by file")]
    LicenceWithoutServer { licence: LicenceId },
    /// The administrator forbids it.
    #[error("octroid.toml forbids the network ([network] enabled = false); exchange by file")]
    NetworkOff,
    /// The server was not reached or made no sense.
    #[error("nothing was exchanged")]
    Transport(#[from] TransportError),
    /// The server said no.
    #[error("the vendor's server refused ({}){}", refusal_code(.0), detail(.0))]
    Refused(Box<Refusal>),
    /// The receipt does not count.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// There is nothing that a receipt could answer.
    #[error("no report waits for a receipt")]
    NothingWaits,
}

impl ClerkError {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Make(MakeError::NothingActivated) => "NOTHING_ACTIVATED",
            Self::Make(_) => "REPORT_NOT_MADE",
            Self::Outbox(_) => "REPORTS_FOLDER",
            Self::NoServer | Self::LicenceWithoutServer { .. } => "NO_SERVER",
            Self::NetworkOff => "NETWORK_OFF",
            Self::Transport(error) => error.code(),
            Self::Refused(refusal) => refusal_code(refusal),
            Self::Receipt(error) => error.code(),
            Self::NothingWaits => "NO_REPORT_WAITS",
        }
    }
}

/// The server's code by name, without the prefix that every one has.
pub(crate) fn refusal_code(refusal: &Refusal) -> &'static str {
    let name = refusal.code().as_str_name();
    match name.strip_prefix("REFUSAL_CODE_") {
        None | Some("UNSPECIFIED") => "SERVER_REFUSED",
        Some(name) => name,
    }
}

/// Numbers of a refusal; its texts come from the server and are shown only where they are names.
fn detail(refusal: &Refusal) -> String {
    let mut parts = Vec::new();
    let texts = [
        ("licence", &refusal.licence_id),
        ("feature", &refusal.feature),
        ("site", &refusal.site),
        ("document", &refusal.document_code),
        ("server", &refusal.server_country),
    ];
    for (what, name) in texts {
        let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if !name.is_empty() && name.len() <= 64 && name.bytes().all(named) {
            parts.push(format!("{what} {name}"));
        }
    }
    let regions: Vec<&str> = refusal
        .server_regions
        .iter()
        .map(String::as_str)
        .filter(|region| region.len() <= 3 && region.bytes().all(|byte| byte.is_ascii_uppercase()))
        .take(32)
        .collect();
    if !regions.is_empty() {
        parts.push(format!("regions allowed {}", regions.join(" ")));
    }
    let numbers = [
        ("limit", refusal.limit),
        ("allotted", refusal.allotted),
        ("requested", refusal.requested),
        ("possible", refusal.possible),
        ("attempts", refusal.attempts),
    ];
    for (what, number) in numbers.into_iter().filter(|(_, number)| *number > 0) {
        parts.push(format!("{what} {number}"));
    }
    if parts.is_empty() {
        return String::new();
    }
    format!(": {}", parts.join(", "))
}

/// What would be reported.
#[derive(Debug)]
pub(crate) struct Preview {
    pub(crate) report: SignedDocument,
    /// These very bytes are sent; else a draft.
    pub(crate) waiting: bool,
    pub(crate) server: Option<ActivationServer>,
    pub(crate) approval_needed: bool,
    pub(crate) due_at: Option<CivilSeconds>,
    pub(crate) network: bool,
}

/// What an exchange over the network came to.
#[derive(Debug)]
pub(crate) enum Exchange {
    /// A receipt came.
    Receipt(Taken),
    /// The report waits for an administrator.
    Unapproved {
        /// Its number.
        number: u64,
    },
}

/// Every realm's clerk.
#[derive(Clone)]
pub(crate) struct Clerk {
    realms: SharedRealms,
    network: NetworkSettings,
    reporting: ReportingSettings,
    deadlines: Deadlines,
    busy: Arc<Mutex<BTreeMap<VendorId, Arc<tokio::sync::Mutex<()>>>>>,
}

impl Clerk {
    pub(crate) fn new(realms: SharedRealms) -> Self {
        let configuration = realms.configuration();
        Self {
            network: configuration.network.clone(),
            reporting: configuration.reporting.clone(),
            deadlines: Deadlines::default(),
            busy: Arc::default(),
            realms,
        }
    }

    pub(crate) fn realms(&self) -> &SharedRealms {
        &self.realms
    }

    /// One exchange of a realm at a time.
    async fn turn(&self, realm: &Realm) -> OwnedMutexGuard<()> {
        let mutex = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(busy.entry(realm.vendor().clone()).or_default())
        };
        mutex.lock_owned().await
    }

    fn paths(&self, realm: &Realm) -> RealmPaths {
        self.realms.paths_of(realm.vendor())
    }

    pub(crate) fn outbox(&self, realm: &Realm) -> Outbox {
        Outbox::new(self.paths(realm).reports())
    }

    fn ledger(&self, realm: &Realm) -> PathBuf {
        self.paths(realm).ledger()
    }

    /// What the realm's licences ask, and the server that they name.
    pub(super) async fn duties(
        &self,
        realm: &Realm,
    ) -> Result<(Vec<Duty>, Option<ActivationServer>, CivilSeconds), ClerkError> {
        let known = Known::of(realm).await?;
        let last = self.outbox(realm).last_receipt_time(known.now)?;
        let duties = Duty::of(known.documents(), last, known.now);
        Ok((duties, schedule::server(known.documents()), known.now))
    }

    pub(super) fn approval_needed(&self, duties: &[Duty]) -> bool {
        self.reporting.approval || duties.iter().any(|duty| duty.approval_required)
    }

    /// The report that waits, or a draft; nothing is changed.
    pub(crate) async fn preview(&self, realm: &Realm) -> Result<Preview, ClerkError> {
        let _turn = self.turn(realm).await;
        let outbox = self.outbox(realm);
        let (duties, server, _) = self.duties(realm).await?;
        let (waiting, draft) = if let Some(waiting) = outbox.waiting()? {
            (waiting, false)
        } else {
            let draft = make::make(realm, &self.ledger(realm), outbox.last()?, true).await?;
            (draft, true)
        };
        let approved = !draft && outbox.is_approved(waiting.report.number);
        Ok(Preview {
            report: waiting.signed,
            waiting: !draft,
            server,
            approval_needed: self.approval_needed(&duties) && !approved,
            due_at: duties.first().map(|duty| duty.due_at),
            network: self.network.enabled,
        })
    }

    /// The report that waits; one is made and fixed where none does.
    async fn waiting(&self, realm: &Realm) -> Result<Waiting, ClerkError> {
        let outbox = self.outbox(realm);
        if let Some(waiting) = outbox.waiting()? {
            return Ok(waiting);
        }
        let waiting = make::make(realm, &self.ledger(realm), outbox.last()?, false).await?;
        outbox.store(waiting.report.number, &encode_signed(&waiting.signed))?;
        tracing::info!(
            vendor = %realm.vendor(),
            number = waiting.report.number,
            "a usage report is fixed"
        );
        Ok(waiting)
    }

    /// The report to carry to the vendor.
    pub(crate) async fn export(&self, realm: &Realm) -> Result<(u64, SignedDocument), ClerkError> {
        let _turn = self.turn(realm).await;
        let waiting = self.waiting(realm).await?;
        Ok((waiting.report.number, waiting.signed))
    }

    /// Sends the report because an administrator says so, which approves it.
    pub(crate) async fn send(&self, realm: &Realm, uid: u32) -> Result<Taken, ClerkError> {
        let _turn = self.turn(realm).await;
        let server = self.server(realm).await?;
        let waiting = self.waiting(realm).await?;
        self.outbox(realm).approve(waiting.report.number)?;
        let installer = Installer::Administrator(uid);
        self.exchange(realm, &server, &waiting, installer).await
    }

    /// Sends the report because it is due; one that needs approval waits for it.
    pub(super) async fn send_due(&self, realm: &Realm) -> Result<Exchange, ClerkError> {
        let _turn = self.turn(realm).await;
        let server = self.server(realm).await?;
        let (duties, ..) = self.duties(realm).await?;
        let waiting = self.waiting(realm).await?;
        let number = waiting.report.number;
        if self.approval_needed(&duties) && !self.outbox(realm).is_approved(number) {
            return Ok(Exchange::Unapproved { number });
        }
        self.exchange(realm, &server, &waiting, Installer::Vendor)
            .await
            .map(Exchange::Receipt)
    }

    async fn exchange(
        &self,
        realm: &Realm,
        server: &ActivationServer,
        waiting: &Waiting,
        installer: Installer,
    ) -> Result<Taken, ClerkError> {
        let outbox = self.outbox(realm);
        outbox.sending(waiting.report.number, crate::clock::civil_now())?;
        let link = self.link(server);
        match link.report(waiting.signed.clone()).await? {
            Answer::Refused(refusal) => {
                if refusal_code(&refusal) == "LEDGER_FORKED" {
                    receipt::fork_found(realm).await;
                }
                Err(ClerkError::Refused(Box::new(refusal)))
            }
            Answer::Document(signed) => {
                let way = Way::Network;
                Ok(receipt::take(realm, &outbox, waiting, &signed, installer, way).await?)
            }
        }
    }

    /// Takes a receipt that was carried here.
    pub(crate) async fn import(
        &self,
        realm: &Realm,
        signed: &SignedDocument,
        uid: u32,
    ) -> Result<Taken, ClerkError> {
        let _turn = self.turn(realm).await;
        let outbox = self.outbox(realm);
        if let Some(last) = outbox.last()?
            && last.receipt_bytes == encode_signed(signed)
        {
            let server_time = last.receipt.frame.unwrap_or_default().issued_at_s;
            return Ok(Taken {
                number: last.report.number,
                server_time: CivilSeconds(server_time),
                again: true,
                installed: Vec::new(),
                notes: Vec::new(),
                announcements: Vec::new(),
            });
        }
        let Some(waiting) = outbox.waiting()? else {
            // Whoever signed it, it answers nothing; but say first what is wrong with itself.
            receipt::verified::<Receipt>(realm, signed)
                .await
                .map_err(ReceiptError::Document)?;
            return Err(ClerkError::NothingWaits);
        };
        let installer = Installer::Administrator(uid);
        Ok(receipt::take(realm, &outbox, &waiting, signed, installer, Way::File).await?)
    }

    pub(crate) async fn history(&self, realm: &Realm) -> Result<Vec<Stored>, ClerkError> {
        let _turn = self.turn(realm).await;
        Ok(self.outbox(realm).history()?)
    }

    /// Sends an activation request to the server that its licence names; gives the server's answer.
    pub(crate) async fn activate(
        &self,
        server: &ActivationServer,
        request: SignedDocument,
    ) -> Result<(SignedDocument, Option<RehostStanding>), ClerkError> {
        match self.link(server).activate(request).await? {
            (Answer::Refused(refusal), _) => Err(ClerkError::Refused(Box::new(refusal))),
            (Answer::Document(signed), rehosts) => Ok((signed, rehosts)),
        }
    }

    /// The server of one licence, activated or not, if the network may be used.
    pub(crate) async fn server_of(
        &self,
        realm: &Realm,
        licence: &LicenceId,
    ) -> Result<ActivationServer, ClerkError> {
        self.network_allowed()?;
        let wanted = licence.clone();
        let found: Option<LicenceDocuments> = realm
            .read(move |reading| reading.engine.documents(&wanted))
            .await
            .flatten();
        let server = found.and_then(|documents| documents.licence.server.clone());
        server.ok_or_else(|| ClerkError::LicenceWithoutServer {
            licence: licence.clone(),
        })
    }

    /// Looks whether a server answers and has one of the pinned keys; says nothing to it.
    pub(crate) async fn probe(&self, server: &ActivationServer) -> Result<(), ClerkError> {
        self.network_allowed()?;
        Ok(self.link(server).probe().await?)
    }

    pub(crate) fn network(&self) -> &NetworkSettings {
        &self.network
    }

    async fn server(&self, realm: &Realm) -> Result<ActivationServer, ClerkError> {
        self.network_allowed()?;
        let (_, server, _) = self.duties(realm).await?;
        server.ok_or(ClerkError::NoServer)
    }

    pub(super) fn network_allowed(&self) -> Result<(), ClerkError> {
        if self.network.enabled {
            Ok(())
        } else {
            Err(ClerkError::NetworkOff)
        }
    }

    fn link<'a>(&'a self, server: &'a ActivationServer) -> ServerLink<'a> {
        ServerLink {
            server,
            proxy: self.network.proxy.as_ref(),
            deadlines: self.deadlines,
        }
    }
}
