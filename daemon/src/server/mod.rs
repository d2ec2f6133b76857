//! What listens: the applications' socket and the administrators'. Nothing here listens on a network.

mod acts;
mod admin;
mod asking;
mod changes;
mod diagnosis;
mod dry_run;
mod explaining;
mod incoming;
mod install;
mod keys;
mod news;
mod next_steps;
mod registers;
mod reporting;
mod session;
mod view;
mod view_life;
mod view_use;

use std::{future::Future, pin::Pin, sync::Arc};

use octroi_proto::{
    admin::v1::{
        acts_server::ActsServer, admin_server::AdminServer, news_server::NewsServer,
        registers_server::RegistersServer, reporting_server::ReportingServer,
    },
    licensing::v1::{
        ClientMessage, DaemonMessage,
        licensing_server::{Licensing, LicensingServer},
    },
};
use tokio::net::UnixListener;
use tokio::sync::Semaphore;
use tokio_stream::{StreamExt as _, adapters::Map, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming, transport::Server};

pub(crate) use incoming::{SocketError, adopt, listen};
pub(crate) use install::{Installer, install_in};

use self::{
    acts::ActsService, admin::AdminService, news::NewsService, registers::RegistersService,
    reporting::ReportingService,
};
use crate::{peer::Peer, realm::Outgoing, realms::Realms, reporting::Clerk};

/// The largest message that an application may send, in bytes.
const CLIENT_MESSAGE_BYTES_MAX: usize = 64 << 10;
/// The largest message on the administrators' socket, in bytes: an armoured document.
const ADMIN_MESSAGE_BYTES_MAX: usize = 5 << 20;
/// Streams on one connection; the SDK opens one.
const STREAMS_PER_CONNECTION_MAX: u32 = 64;

/// What a session's stream says to the application.
type Answers = Map<ReceiverStream<Outgoing>, fn(Outgoing) -> Result<DaemonMessage, Status>>;

struct LicensingService {
    realms: Arc<Realms>,
}

#[tonic::async_trait]
impl Licensing for LicensingService {
    type SessionStream = Answers;

    async fn session(
        &self,
        request: Request<Streaming<ClientMessage>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let peer = caller(&request)?;
        let (outgoing, answers) = session::channel();
        // A task of its own: it must tell the realm even when the transport drops the response.
        tokio::spawn(session::serve(
            self.realms.clone(),
            peer,
            request.into_inner(),
            outgoing,
        ));
        let sent: fn(Outgoing) -> Result<DaemonMessage, Status> = |answer| Ok(*answer);
        Ok(Response::new(ReceiverStream::new(answers).map(sent)))
    }
}

/// Who called, as the kernel said when the connection was accepted.
fn caller<T>(request: &Request<T>) -> Result<Arc<Peer>, Status> {
    request
        .extensions()
        .get::<Arc<Peer>>()
        .cloned()
        .ok_or_else(|| Status::internal("the connection carries no peer"))
}

type Serving = Pin<Box<dyn Future<Output = Result<(), tonic::transport::Error>> + Send>>;

/// Serves applications until `stop` resolves.
pub(crate) fn serve_applications(
    listener: UnixListener,
    realms: Arc<Realms>,
    connections_max: u32,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Serving {
    let service = LicensingServer::new(LicensingService { realms })
        .max_decoding_message_size(CLIENT_MESSAGE_BYTES_MAX);
    let places = places(connections_max);
    let router = Server::builder()
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .add_service(service);
    Box::pin(router.serve_with_incoming_shutdown(incoming::accept(listener, places), stop))
}

/// Serves administrators until `stop` resolves.
pub(crate) fn serve_administrators(
    listener: UnixListener,
    realms: Arc<Realms>,
    clerk: Clerk,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Serving {
    let reporting = ReportingService::new(clerk.clone());
    let reporting =
        ReportingServer::new(reporting).max_decoding_message_size(ADMIN_MESSAGE_BYTES_MAX);
    let acts = ActsServer::new(ActsService::new(Arc::clone(&realms)))
        .max_decoding_message_size(ADMIN_MESSAGE_BYTES_MAX);
    let registers = RegistersServer::new(RegistersService::new(Arc::clone(&realms)))
        .max_decoding_message_size(ADMIN_MESSAGE_BYTES_MAX);
    let news = NewsServer::new(NewsService::new(clerk.clone()))
        .max_decoding_message_size(ADMIN_MESSAGE_BYTES_MAX);
    let service = AdminServer::new(AdminService::new(realms, clerk))
        .max_decoding_message_size(ADMIN_MESSAGE_BYTES_MAX);
    let router = Server::builder()
        .add_service(service)
        .add_service(acts)
        .add_service(registers)
        .add_service(news)
        .add_service(reporting);
    Box::pin(router.serve_with_incoming_shutdown(incoming::accept(listener, places(256)), stop))
}

fn places(connections_max: u32) -> Arc<Semaphore> {
    let places = usize::try_from(connections_max).unwrap_or(Semaphore::MAX_PERMITS);
    Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)))
}
