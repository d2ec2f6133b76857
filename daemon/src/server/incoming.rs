//! Sockets and the streams that come in on them. Each carries what the kernel says of its peer,
//! taken once, when the connection is accepted.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tonic::transport::server::Connected;

use crate::{paths::SOCKET_PATH_BYTES_MAX, peer::Peer};

/// Why a socket could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// Linux has no room for the path.
    #[error(
        "the socket path {path} has {bytes} bytes, Linux allows {SOCKET_PATH_BYTES_MAX}; choose a shorter folder"
    )]
    PathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length.
        bytes: usize,
    },
    /// Something that is not a socket stands there.
    #[error("{path} exists and is not a socket; move it away")]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("the socket {path} cannot be opened")]
    Io {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Opens a socket. A stale one of a daemon that was killed is removed: the state folder's lock says
/// that no other daemon lives.
pub(crate) fn listen(path: &Path, mode: u32) -> Result<UnixListener, SocketError> {
    let bytes = path.as_os_str().len() + 1;
    if bytes > SOCKET_PATH_BYTES_MAX {
        return Err(SocketError::PathTooLong {
            path: path.to_path_buf(),
            bytes,
        });
    }
    let io = |source| SocketError::Io {
        path: path.to_path_buf(),
        source,
    };
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path).map_err(io)?,
        Ok(_) => {
            return Err(SocketError::NotASocket {
                path: path.to_path_buf(),
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    let listener = UnixListener::bind(path).map_err(io)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(io)?;
    Ok(listener)
}

/// Takes a socket over that somebody else opened for `path`, and removes.
pub(crate) fn adopt(
    socket: std::os::unix::net::UnixListener,
    path: &Path,
) -> Result<UnixListener, SocketError> {
    socket
        .set_nonblocking(true)
        .and_then(|()| UnixListener::from_std(socket))
        .map_err(|source| SocketError::Io {
            path: path.to_path_buf(),
            source,
        })
}

/// A connection, who is at its other end, and its place among the connections allowed.
pub(crate) struct PeerStream {
    stream: UnixStream,
    peer: Arc<Peer>,
    _place: OwnedSemaphorePermit,
}

/// Accepts connections for ever. One whose peer the kernel does not describe is dropped; where all
/// places are taken, new ones wait in the kernel's queue.
pub(crate) fn accept(
    listener: UnixListener,
    places: Arc<Semaphore>,
) -> impl tokio_stream::Stream<Item = io::Result<PeerStream>> {
    let (connections, accepted) = tokio::sync::mpsc::channel(64);
    tokio::spawn(async move {
        while let Ok(place) = places.clone().acquire_owned().await {
            let stream = tokio::select! {
                () = connections.closed() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        // Out of descriptors or memory: others must end first.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                        continue;
                    }
                },
            };
            match Peer::of(&stream) {
                Ok(peer) => {
                    let stream = PeerStream {
                        stream,
                        peer: Arc::new(peer),
                        _place: place,
                    };
                    if connections.send(Ok(stream)).await.is_err() {
                        return;
                    }
                }
                Err(error) => tracing::warn!(%error, "a caller could not be identified"),
            }
        }
    });
    tokio_stream::wrappers::ReceiverStream::new(accepted)
}

impl Connected for PeerStream {
    type ConnectInfo = Arc<Peer>;
    fn connect_info(&self) -> Self::ConnectInfo {
        self.peer.clone()
    }
}

impl AsyncRead for PeerStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for PeerStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
