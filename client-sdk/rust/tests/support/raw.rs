//! What may listen in the daemon's place without speaking its protocol.

use std::{
    io::Write as _,
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    thread,
};

use tempfile::TempDir;

/// A socket on which something else answers.
pub struct Impostor {
    pub socket: PathBuf,
    _folder: TempDir,
}

impl Impostor {
    /// Accepts and never says a word.
    pub fn silent() -> Self {
        Self::answering(hold)
    }

    /// Says something that is not HTTP/2.
    pub fn garbage() -> Self {
        Self::answering(|mut stream| {
            stream.write_all(&[0x47; 4096]).unwrap_or_default();
            hold(stream);
        })
    }

    /// Hangs up.
    pub fn closing() -> Self {
        Self::answering(drop)
    }

    /// Listens and never accepts.
    pub fn deaf() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        Box::leak(Box::new(listener));
        Self {
            socket,
            _folder: folder,
        }
    }

    fn answering(answer: fn(UnixStream)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || answer(stream));
            }
        });
        Self {
            socket,
            _folder: folder,
        }
    }
}

/// Keeps the connection until the other side ends it.
fn hold(mut stream: UnixStream) {
    use std::io::Read as _;
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).is_ok_and(|read| read > 0) {}
}
