//! Asking the daemon: connect, one call with a deadline, and what its failures mean. Which vendor is
//! meant, where the command line does not say, is found out here too.

use std::{error::Error as _, io, path::Path, time::Duration};

use hyper_util::rt::TokioIo;
use octroi_licence::VendorId;
use octroi_proto::{
    admin::v1::{
        StatusRequest, StatusResponse, acts_client::ActsClient, admin_client::AdminClient,
        news_client::NewsClient, registers_client::RegistersClient,
        reporting_client::ReportingClient,
    },
    licensing::v1::Refusal,
};
use prost::Message as _;
use tokio::net::UnixStream;
use tonic::{
    Code, Response, Status,
    transport::{Channel, Endpoint},
};

use super::{Context, exit::Exit, failure::Failure, progress};
use crate::paths::SOCKET_PATH_BYTES_MAX;

/// The largest answer that is read, in bytes: some hundred thousand seats.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// A connection to the daemon's admin socket.
#[derive(Debug)]
pub(super) struct Admin {
    client: AdminClient<Channel>,
    reporting: ReportingClient<Channel>,
    acts: ActsClient<Channel>,
    registers: RegistersClient<Channel>,
    news: NewsClient<Channel>,
    socket: String,
}

impl Admin {
    /// Connects at once or fails at once.
    pub(super) async fn connect(context: &Context<'_, '_>) -> Result<Self, Failure> {
        let path = context
            .socket
            .clone()
            .unwrap_or_else(|| context.paths.admin_socket());
        let channel = channel(&path, context).await?;
        let reporting =
            ReportingClient::new(channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX);
        let acts = ActsClient::new(channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX);
        let registers =
            RegistersClient::new(channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX);
        let news = NewsClient::new(channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX);
        let client = AdminClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
        Ok(Self {
            client,
            reporting,
            acts,
            registers,
            news,
            socket: path.display().to_string(),
        })
    }

    /// The same connection, for calls about reports; they go through [`Self::call`] too.
    pub(super) fn reporting(&self) -> ReportingClient<Channel> {
        self.reporting.clone()
    }

    /// The same connection, for acts; they go through [`Self::call`] too.
    pub(super) fn acts(&self) -> ActsClient<Channel> {
        self.acts.clone()
    }

    /// The same connection, for registers; they go through [`Self::call`] too.
    pub(super) fn registers(&self) -> RegistersClient<Channel> {
        self.registers.clone()
    }

    /// The same connection, for announcements; they go through [`Self::call`] too.
    pub(super) fn news(&self) -> NewsClient<Channel> {
        self.news.clone()
    }

    /// Makes one call. What fails with anything but a refusal, silence or a missing permission is
    /// told by `otherwise`.
    pub(super) async fn call<T>(
        &mut self,
        context: &Context<'_, '_>,
        call: impl AsyncFnOnce(&mut AdminClient<Channel>) -> Result<Response<T>, Status>,
        otherwise: impl FnOnce(&Status) -> Option<Failure>,
    ) -> Result<T, Failure> {
        let answer = within(context.deadline, call(&mut self.client));
        let shown = context.console.progress;
        match progress::waiting(shown, context.texts.daemon.waiting, answer).await {
            Some(Ok(response)) => Ok(response.into_inner()),
            Some(Err(status)) => Err(self.failure(&status, context, otherwise)),
            None => Err(silent(&self.socket, context.deadline, context)),
        }
    }

    /// The daemon's status.
    pub(super) async fn status(
        &mut self,
        context: &Context<'_, '_>,
    ) -> Result<StatusResponse, Failure> {
        self.call(
            context,
            async |client| client.status(StatusRequest {}).await,
            |_| None,
        )
        .await
    }

    /// The vendor that is meant: the one named, or the only one trusted.
    pub(super) async fn vendor(
        &mut self,
        named: Option<&VendorId>,
        context: &Context<'_, '_>,
    ) -> Result<String, Failure> {
        if let Some(vendor) = named {
            return Ok(vendor.to_string());
        }
        let realms = self.status(context).await?.realms;
        let texts = &context.texts.daemon;
        let mut vendors: Vec<String> = realms.into_iter().map(|realm| realm.vendor).collect();
        match vendors.len() {
            0 => Err(Failure::other(texts.no_vendor).help(texts.no_vendor_help)),
            1 => Ok(vendors.remove(0)),
            _ => Err(Failure::usage((texts.vendor_needed)(&vendors.join(", ")))
                .help(texts.vendor_needed_help)),
        }
    }

    fn failure(
        &self,
        status: &Status,
        context: &Context<'_, '_>,
        otherwise: impl FnOnce(&Status) -> Option<Failure>,
    ) -> Failure {
        let texts = &context.texts.daemon;
        let failed = |failure: Failure| failure.because_of(status.message());
        match status.code() {
            Code::FailedPrecondition => match Refusal::decode(status.details()) {
                Ok(refusal) if refusal.code != 0 => {
                    Failure::refused(refusal, context.texts, &context.zone)
                }
                _ => failed(Failure::new(
                    Exit::Refused,
                    "REFUSED",
                    context.texts.refused,
                )),
            },
            Code::PermissionDenied => failed(not_permitted(&self.socket, context)),
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
                failed(silent(&self.socket, context.deadline, context))
            }
            Code::DataLoss => failed(
                Failure::new(Exit::LedgerTampered, "LEDGER_TAMPERED", texts.failed)
                    .help(context.texts.ledger.tampered_help),
            ),
            // Not the daemon's own words: the connection broke.
            Code::Unknown | Code::Internal if status.source().is_some() => {
                failed(silent(&self.socket, context.deadline, context))
            }
            _ => failed(otherwise(status).unwrap_or_else(|| Failure::other(texts.failed))),
        }
    }
}

/// Connects to one of the daemon's sockets, at once or not at all.
pub(super) async fn channel(path: &Path, context: &Context<'_, '_>) -> Result<Channel, Failure> {
    let socket = path.display().to_string();
    if path.as_os_str().len() >= SOCKET_PATH_BYTES_MAX {
        let texts = &context.texts.daemon;
        let message = (texts.socket_path_too_long)(&socket, SOCKET_PATH_BYTES_MAX - 1);
        return Err(Failure::usage(message).help(texts.socket_path_help));
    }
    let stream = match within(context.deadline, UnixStream::connect(path)).await {
        Some(Ok(stream)) => stream,
        Some(Err(error)) => return Err(not_connected(&socket, &error, context)),
        None => return Err(silent(&socket, context.deadline, context)),
    };
    let mut stream = Some(TokioIo::new(stream));
    // The name is needed by HTTP and used by nobody.
    let endpoint = Endpoint::from_static("http://octroid");
    let connector = tower::service_fn(move |_| {
        let stream = stream
            .take()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
        std::future::ready(stream)
    });
    match within(context.deadline, endpoint.connect_with_connector(connector)).await {
        Some(Ok(channel)) => Ok(channel),
        Some(Err(error)) => Err(silent(&socket, context.deadline, context).because(&error)),
        None => Err(silent(&socket, context.deadline, context)),
    }
}

async fn within<F: Future>(deadline: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(deadline, future).await.ok()
}

fn not_connected(socket: &str, error: &io::Error, context: &Context<'_, '_>) -> Failure {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return not_permitted(socket, context).because(error);
    }
    absent(socket, context.root.as_deref(), context).because(error)
}

/// No daemon listens there.
pub(super) fn absent(socket: &str, root: Option<&Path>, context: &Context<'_, '_>) -> Failure {
    let texts = &context.texts.daemon;
    let root = root.map(|root| root.display().to_string());
    Failure::new(Exit::DaemonAbsent, "DAEMON_ABSENT", (texts.absent)(socket))
        .help((texts.absent_help)(root.as_deref()))
}

/// A daemon is there and says nothing.
pub(super) fn silent(socket: &str, waited: Duration, context: &Context<'_, '_>) -> Failure {
    let texts = &context.texts.daemon;
    let message = (texts.silent)(socket, waited.as_secs_f32());
    Failure::new(Exit::DaemonAbsent, "DAEMON_NOT_ANSWERING", message).help(texts.silent_help)
}

/// The socket's mode or the daemon says no.
pub(super) fn not_permitted(socket: &str, context: &Context<'_, '_>) -> Failure {
    let texts = &context.texts.daemon;
    Failure::new(
        Exit::NotPermitted,
        "NOT_PERMITTED",
        (texts.not_permitted)(socket),
    )
    .help(texts.not_permitted_help)
}
