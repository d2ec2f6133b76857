//! An HTTP proxy on the way to the vendor's server: `CONNECT` only, so that the proxy sees which
//! server is asked and not a byte of what is said. A proxy that asks for a password is not used.

use std::{fmt, io, str::FromStr};

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::codegen::http::Uri;

/// The longest answer to `CONNECT` that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 8 << 10;

/// `http://host:port`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Proxy {
    host: String,
    port: u16,
}

/// Why a proxy's address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a proxy is http://host:port, without user, password or path, not `{found}`")]
pub struct ProxyError {
    /// What was found.
    pub found: String,
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let error = || ProxyError {
            found: text.chars().take(200).collect(),
        };
        let uri: Uri = text.parse().map_err(|_| error())?;
        let plain = uri.scheme_str() == Some("http")
            && matches!(uri.path(), "" | "/")
            && uri.query().is_none()
            && uri
                .authority()
                .is_some_and(|name| !name.as_str().contains('@'));
        match (uri.host(), uri.port_u16()) {
            (Some(host), Some(port)) if plain && !host.is_empty() => Ok(Self {
                host: host.trim_matches(['[', ']']).to_owned(),
                port,
            }),
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for Proxy {
    type Error = ProxyError;

    fn try_from(text: String) -> Result<Self, ProxyError> {
        text.parse()
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

impl Proxy {
    /// Connects to `authority` (`host:port`) through the proxy. The caller sets the deadline.
    ///
    /// # Source
    /// RFC 9110 section 9.3.6.
    pub(super) async fn connect(&self, authority: &str) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        // Byte by byte: what comes after the empty line is the server's.
        while !answer.ends_with(b"\r\n\r\n") {
            if answer.len() >= ANSWER_BYTES_MAX {
                return Err(not_http("the proxy's answer does not end"));
            }
            answer.push(stream.read_u8().await?);
        }
        let status = status(&answer).ok_or_else(|| not_http("the proxy does not speak HTTP"))?;
        if (200..300).contains(&status) {
            return Ok(stream);
        }
        let text = format!("the proxy answered CONNECT with status {status}");
        Err(io::Error::new(io::ErrorKind::ConnectionRefused, text))
    }
}

fn not_http(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// The number in `HTTP/1.1 200 Connection established`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    words
        .next()
        .filter(|version| version.starts_with("HTTP/1."))?;
    let status = words.next()?;
    (status.len() == 3).then(|| status.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_and_a_port() {
        let proxy: Proxy = "http://proxy.example:3128".parse().unwrap();
        assert_eq!(proxy.to_string(), "http://proxy.example:3128");
        assert_eq!("http://[::1]:8080/".parse::<Proxy>().unwrap().host, "::1");
    }

    #[test]
    fn a_proxy_with_a_password_a_path_or_another_scheme_is_refused() {
        for text in [
            "https://proxy:1",
            "http://user:secret@proxy:1",
            "http://proxy",
            "http://proxy:1/path",
            "proxy:1",
            "",
        ] {
            assert!(text.parse::<Proxy>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_status_line_is_a_status() {
        assert_eq!(
            status(b"HTTP/1.1 200 Connection established\r\n\r\n"),
            Some(200)
        );
        assert_eq!(status(b"HTTP/1.0 407 \r\n\r\n"), Some(407));
        for not in [
            &b"SSH-2.0-x\r\n\r\n"[..],
            b"HTTP/1.1 2000 x\r\n",
            b"\r\n\r\n",
        ] {
            assert_eq!(status(not), None);
        }
    }
}
