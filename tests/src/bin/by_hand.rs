//! A process of its own that speaks to the daemon by hand, for tests of what no SDK does: it lets
//! another process inherit its socket, or tries a resume token or a seat that belongs to another.
//!
//! ```text
//! by_hand SOCKET ROOT_KEY hold FEATURE        holds a seat; a child inherits the socket
//! by_hand SOCKET ROOT_KEY resume TOKEN        tries the token (hexadecimal)
//! by_hand SOCKET ROOT_KEY release SEAT        opens a session and gives back a seat of another
//! by_hand SOCKET ROOT_KEY name PID            opens a session for another process
//! ```
//!
//! It prints one JSON object.

use std::{
    env,
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use octroi_proto::licensing::v1::{client_message::Body as Ask, daemon_message::Body as Answer};
use octroi_tests::{
    RawSession,
    raw::{code_of, opening},
};
use rustix::io::{FdFlags, fcntl_setfd};
use serde_json::{Value, json};

/// How long the child that inherits the socket lives, in seconds, if nobody ends it.
const CHILD_LIVES: &str = "120";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [socket, root, what, with] = arguments.as_slice() else {
        bail!("SOCKET ROOT_KEY hold|resume|release|name VALUE");
    };
    let socket = Path::new(socket);
    match what.as_str() {
        "hold" => hold(socket, root, with),
        "resume" => {
            let (_session, answer) = RawSession::resume(socket, root, &hex::decode(with)?)?;
            said(&answered(&answer))
        }
        "release" => {
            let (mut session, _) = RawSession::open(socket, root)?;
            said(&answered(&session.release(with.parse()?)?))
        }
        "name" => {
            let mut session = RawSession::connect(socket)?;
            session.greet()?;
            let mut opening = opening(root)?;
            opening.holder_pid = Some(with.parse()?);
            said(&answered(&session.ask(Ask::Open(opening))?))
        }
        other => bail!("`{other}` is not known"),
    }
}

/// Holds a seat over a socket that a child inherits, until standard input ends.
fn hold(socket: &Path, root: &str, feature: &str) -> anyhow::Result<()> {
    let stream = UnixStream::connect(socket).context("no daemon")?;
    // The default would close the socket in the child.
    fcntl_setfd(&stream, FdFlags::empty())?;
    let mut session = RawSession::over(stream)?;
    session.greet()?;
    let Answer::Opened(opened) = session.ask(Ask::Open(opening(root)?))? else {
        bail!("the session was not opened");
    };
    let seat = session.checkout(feature)?.seat;
    let child = Command::new("sleep")
        .arg(CHILD_LIVES)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    let token = hex::encode(opened.resume_token);
    said(&json!({ "seat": seat, "token": token, "child": child.id() }))?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn answered(answer: &Answer) -> Value {
    let opened = matches!(answer, Answer::Opened(_));
    json!({ "opened": opened, "code": code_of(answer) })
}

fn said(value: &Value) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{value}")?;
    Ok(())
}
