//! Where the daemon is: one socket, found without searching. The environment counts for nothing in
//! a process that runs with more rights than its caller.

use std::{
    env,
    ffi::OsString,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::net::UnixStream;

use crate::{
    Error,
    client::{Settings, invalid},
};

/// Where the daemon listens unless told otherwise.
pub const SOCKET_DEFAULT: &str = "/run/octroi/octroi.sock";
/// The environment variable that names another socket.
pub const SOCKET_VARIABLE: &str = "OCTROI_SOCKET";

/// `sun_path` of `unix(7)` has 108 bytes, the last of them zero.
const SOCKET_PATH_BYTES_MAX: usize = 107;
/// `AT_SECURE` of `getauxval(3)`.
const AT_SECURE: usize = 23;
/// Languages tags in use are far shorter (RFC 5646 section 4.4.1).
const LOCALE_BYTES_MAX: usize = 35;

/// What the process was started with, as far as it may be heeded.
pub(crate) struct Environment {
    secure: bool,
    get: fn(&str) -> Option<OsString>,
}

impl Environment {
    pub(crate) fn of_process() -> Self {
        Self {
            secure: is_secure(fs::read("/proc/self/auxv").ok().as_deref()),
            get: |name| env::var_os(name),
        }
    }

    /// The process has added rights: what it was started with is not heeded.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    fn get(&self, name: &str) -> Option<OsString> {
        (self.get)(name).filter(|value| !self.secure && !value.is_empty())
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.get(SOCKET_VARIABLE)
            .map_or_else(|| PathBuf::from(SOCKET_DEFAULT), PathBuf::from)
    }

    /// `fr_FR.UTF-8` becomes `fr-FR`; nothing usable becomes `en`.
    pub(crate) fn locale(&self) -> String {
        let value = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| self.get(name))
            .and_then(|value| value.into_string().ok())
            .unwrap_or_default();
        let tag = value
            .split(['.', '@'])
            .next()
            .unwrap_or_default()
            .replace('_', "-");
        let usable = tag.len() <= LOCALE_BYTES_MAX
            && tag
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !matches!(tag.as_str(), "" | "C" | "POSIX");
        if usable { tag } else { "en".to_owned() }
    }
}

/// Reads `AT_SECURE` from the auxiliary vector (pairs of native words). What cannot be read counts as
/// secure: the kernel hides the vector from exactly those processes.
fn is_secure(auxv: Option<&[u8]>) -> bool {
    const WORD: usize = size_of::<usize>();
    let word = |bytes: &[u8]| bytes.try_into().map(usize::from_ne_bytes).ok();
    auxv.and_then(|auxv| {
        auxv.chunks_exact(2 * WORD).find_map(|pair| {
            let (key, value) = pair.split_at(WORD);
            (word(key)? == AT_SECURE).then(|| word(value)).flatten()
        })
    }) != Some(0)
}

pub(crate) fn check_length(socket: &Path) -> Result<(), Error> {
    let bytes = socket.as_os_str().len();
    if (1..=SOCKET_PATH_BYTES_MAX).contains(&bytes) {
        return Ok(());
    }
    Err(invalid(
        "socket path",
        format!("it has {bytes} bytes, 1 to {SOCKET_PATH_BYTES_MAX} are possible"),
    ))
}

/// Connects, or says at once that nobody listens. A daemon with a full backlog is asked again; the
/// caller's deadline ends that.
pub(crate) async fn connect(settings: &Settings) -> Result<UnixStream, Error> {
    const BACKLOG_RETRY: Duration = Duration::from_millis(5);
    let socket = || settings.socket.clone();
    loop {
        let error = match UnixStream::connect(&settings.socket).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::WouldBlock => tokio::time::sleep(BACKLOG_RETRY).await,
            ErrorKind::PermissionDenied => {
                return Err(Error::SocketForbidden { socket: socket() });
            }
            reason => {
                return Err(Error::DaemonAbsent {
                    socket: socket(),
                    reason,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auxv(pairs: &[(usize, usize)]) -> Vec<u8> {
        pairs
            .iter()
            .flat_map(|(key, value)| [key.to_ne_bytes(), value.to_ne_bytes()].concat())
            .collect()
    }

    fn environment(secure: bool, get: fn(&str) -> Option<OsString>) -> Environment {
        Environment { secure, get }
    }

    #[test]
    fn this_process_runs_without_added_rights() {
        assert!(!Environment::of_process().secure);
    }

    #[test]
    fn added_rights_and_an_unreadable_vector_both_count_as_secure() {
        assert!(!is_secure(Some(&auxv(&[
            (6, 4096),
            (AT_SECURE, 0),
            (0, 0)
        ]))));
        assert!(is_secure(Some(&auxv(&[(6, 4096), (AT_SECURE, 1), (0, 0)]))));
        assert!(is_secure(Some(&auxv(&[(6, 4096), (0, 0)]))));
        assert!(is_secure(None));
    }

    #[test]
    fn a_secure_process_ignores_its_environment() {
        let get = |name: &str| (name == SOCKET_VARIABLE).then(|| "/tmp/evil.sock".into());
        assert_eq!(environment(true, get).socket(), Path::new(SOCKET_DEFAULT));
        assert_eq!(
            environment(false, get).socket(),
            Path::new("/tmp/evil.sock")
        );
    }

    #[test]
    fn locales_become_language_tags() {
        let tag = |get| environment(false, get).locale();
        assert_eq!(
            tag(|name| (name == "LANG").then(|| "fr_FR.UTF-8".into())),
            "fr-FR"
        );
        assert_eq!(
            tag(|name| (name == "LC_ALL").then(|| "de@euro".into())),
            "de"
        );
        assert_eq!(tag(|_| Some("C.UTF-8".into())), "en");
        assert_eq!(tag(|_| Some("x\n".into())), "en");
        assert_eq!(tag(|_| None), "en");
    }

    #[test]
    fn a_path_that_no_socket_can_have_is_refused_before_connecting() {
        let long = PathBuf::from(format!("/{}", "a".repeat(107)));
        let error = check_length(&long).unwrap_err();
        assert_eq!(error.code(), "INVALID_ARGUMENT");
        assert!(error.to_string().contains("108 bytes"), "{error}");
        assert!(check_length(Path::new("")).is_err());
        assert!(check_length(Path::new(SOCKET_DEFAULT)).is_ok());
    }
}
