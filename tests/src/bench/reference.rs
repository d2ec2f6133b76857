//! The references: a bare tonic service that answers each message of a stream with one of the same
//! size class, and a socket that sends bytes back. Both are processes of their own, as the daemon is.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixListener as StdListener,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use octroi_proto::licensing::v1::{
    ClientMessage, DaemonMessage, Granted, Lease, Released,
    client_message::Body as Ask,
    daemon_message::Body as Answer,
    licensing_server::{Licensing, LicensingServer},
};
use tokio::{net::UnixListener, sync::mpsc};
use tokio_stream::wrappers::{ReceiverStream, UnixListenerStream};
use tonic::{Request, Response, Status, Streaming, transport::Server};

use crate::{Running, deadline::soon};

/// Bytes of one ping.
pub(super) const PING_BYTES: usize = 64;
/// Bytes of an encoded lease, so that the reference's answers are as long as the daemon's.
const LEASE_BYTES: usize = 96;

/// The running references.
#[derive(Debug)]
pub(super) struct References {
    pub(super) echo_process: Running,
    _raw_process: Running,
    /// The benchmark itself.
    pub(super) program: PathBuf,
    pub(super) echo: PathBuf,
    pub(super) raw: PathBuf,
}

impl References {
    pub(super) fn start(program: PathBuf, folder: &Path) -> anyhow::Result<Self> {
        let (echo, raw) = (folder.join("echo.sock"), folder.join("raw.sock"));
        let start = |name: &str, socket: &Path| {
            let mut command = Command::new(&program);
            command.arg(name).arg(socket);
            let running = Running::start(name, &mut command, &folder.join("references.log"))?;
            soon("a reference that listens", || {
                Ok(socket.exists().then_some(()))
            })?;
            anyhow::Ok(running)
        };
        let echo_process = start("__echo", &echo)?;
        let raw_process = start("__raw", &raw)?;
        Ok(Self {
            echo_process,
            _raw_process: raw_process,
            program,
            echo,
            raw,
        })
    }
}

struct Echo;

#[tonic::async_trait]
impl Licensing for Echo {
    type SessionStream = ReceiverStream<Result<DaemonMessage, Status>>;

    async fn session(
        &self,
        request: Request<Streaming<ClientMessage>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let (answers, outgoing) = mpsc::channel(1_024);
        tokio::spawn(async move {
            let mut incoming = request.into_inner();
            while let Ok(Some(message)) = incoming.message().await {
                let answer = DaemonMessage {
                    number: message.number,
                    body: message.body.as_ref().map(echo),
                };
                if answers.send(Ok(answer)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(outgoing)))
    }
}

fn echo(body: &Ask) -> Answer {
    match body {
        Ask::Checkout(_) => Answer::Granted(Granted {
            lease: Some(Lease {
                terms: vec![7; LEASE_BYTES],
                mac: vec![7; 32],
                hardware_proof: Vec::new(),
            }),
        }),
        _ => Answer::Released(Released { seat: 1 }),
    }
}

/// Serves the bare stream until killed.
pub(super) fn serve_echo(socket: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = UnixListener::bind(socket).context("the echo's socket")?;
        let incoming = UnixListenerStream::new(listener);
        let server = Server::builder().add_service(LicensingServer::new(Echo));
        Ok(server.serve_with_incoming(incoming).await?)
    })
}

/// Sends back what comes, one connection after the other, until killed.
pub(super) fn serve_raw(socket: &Path) -> anyhow::Result<()> {
    let listener = StdListener::bind(socket).context("the raw socket")?;
    loop {
        let (mut connection, _) = listener.accept()?;
        let mut bytes = [0; PING_BYTES];
        while connection.read_exact(&mut bytes).is_ok() {
            connection.write_all(&bytes)?;
        }
    }
}
