//! `octroi run`: holds a seat for a program that asks for none itself. The program's process is the
//! holder, so the seat ends with it, however it ends; `octroi` stays beside it, keeps the session,
//! passes signals on and hands its exit status back. Where the seat is refused the program has not
//! run.

mod gate;
mod signals;

use std::{
    ffi::OsStr,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use octroi::{CheckoutOptions, Client, Error, Event, Seat, asynchronous::Session};
use octroi_licence::{
    ARMOURED_BYTES_MAX, DocumentKind, PublicKey, VendorRoot, read_armoured, verify_self_signed,
};
use octroi_proto::licensing::v1::{Refusal, RefusalCode};
use rustix::process::Signal;
use tokio::process::Child;

use self::{gate::Waiting, signals::Signals};
use super::{
    Context, Done,
    args::Run,
    client::{absent, not_permitted, silent},
    document,
    exit::Exit,
    failure::Failure,
    format, progress,
};

pub(super) use self::gate::{GATE, gate};

/// How long giving the seat back may take after the program has ended; its end frees the seat too.
const GOODBYE: Duration = Duration::from_secs(2);
/// Exit statuses above this are signals.
const SIGNAL_BASE: i32 = 128;

/// Runs a program while a seat is held for it.
pub(super) async fn run(arguments: &Run, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = context.texts;
    let root = vendor_root(&arguments.vendor_root, context)?;
    let program = arguments
        .command
        .first()
        .map(|one| one.to_string_lossy())
        .unwrap_or_default();
    let not_started =
        |error: &std::io::Error| Failure::other((texts.run.not_started)(&program)).because(error);
    let mut signals = Signals::listen().map_err(|error| not_started(&error))?;
    let mut waiting = Waiting::start(&arguments.command, context.language.tag())
        .await
        .map_err(|error| not_started(&error))?;
    let socket = socket(context);
    let asking = hold(arguments, root, socket, waiting.pid, context.language.tag());
    let seat = tokio::select! {
        seat = progress::waiting(context.console.progress, texts.run.waiting, asking) => seat,
        signal = signals.next() => {
            waiting.turn_away().await;
            return Ok(Done::Exited(killed_by(signal.as_raw())));
        }
        // A key pressed on the terminal ends the waiting process as well.
        ended = waiting.child.wait() => {
            return match ended {
                Ok(status) => Ok(Done::Exited(exit_of(status))),
                Err(error) => Err(not_started(&error)),
            };
        }
    };
    let held = match seat {
        Ok(held) => held,
        Err(error) => {
            waiting.turn_away().await;
            return Err(failure(error, context).help(texts.run.refused_help));
        }
    };
    let pid = waiting.pid;
    let mut child = waiting.open().await.map_err(|error| not_started(&error))?;
    let status = accompany(&mut child, pid, &held, &mut signals, context).await;
    // The program has ended; the seat is free either way, this only makes it so at once.
    tokio::time::timeout(GOODBYE, held.give_back())
        .await
        .unwrap_or_default();
    status
        .map(|status| Done::Exited(exit_of(status)))
        .map_err(|error| not_started(&error))
}

/// Stays beside the program until it ends.
async fn accompany(
    child: &mut Child,
    pid: u32,
    held: &Held,
    signals: &mut Signals,
    context: &mut Context<'_, '_>,
) -> std::io::Result<ExitStatus> {
    let (mut listening, mut seated, mut asked_to_end) = (true, true, false);
    loop {
        let notice = tokio::select! {
            ended = child.wait() => return ended,
            signal = signals.next() => {
                signals::pass_on(pid, signal);
                None
            }
            cause = held.seat.lost(), if seated => {
                seated = false;
                let text = (context.texts.run.seat_ended)((context.texts.run.cause)(cause));
                Some(Notice { text, stops: true })
            }
            event = held.session.next_event(), if listening => {
                listening = event.is_some();
                event.and_then(|event| told(&event, context))
            }
        };
        if let Some(notice) = notice {
            // Once: to many programs a second one means "at once".
            if notice.stops && !asked_to_end {
                asked_to_end = true;
                signals::send(pid, Signal::TERM);
            }
            context
                .console
                .print_error(&format!("octroi: {}\n", notice.text));
        }
    }
}

/// The session and its seat.
#[derive(Debug)]
struct Held {
    session: Session,
    seat: Seat,
}

impl Held {
    async fn give_back(self) {
        // The daemon has the program's end; its answers change nothing any more.
        self.seat.release().await.unwrap_or_default();
        self.session.close().await.unwrap_or_default();
    }
}

/// Opens a session that belongs to `holder` and checks the seat out.
async fn hold(
    arguments: &Run,
    root: PublicKey,
    socket: Option<PathBuf>,
    holder: u32,
    language: &str,
) -> Result<Held, Error> {
    let mut client = Client::builder(root)
        .product(arguments.product.as_str())
        .holder_pid(holder)
        .locale(language);
    if let Some(version) = &arguments.product_version {
        client = client.version(version.to_string());
    }
    if let Some(socket) = socket {
        client = client.socket(socket);
    }
    let session = client.build()?.open_async().await?;
    let options = CheckoutOptions::default()
        .units(arguments.units)
        .wait(Duration::from_secs(arguments.wait.into()));
    let seat = session
        .checkout_with(arguments.feature.as_str(), options)
        .await?;
    Ok(Held { session, seat })
}

/// What the program's user must know.
struct Notice {
    text: String,
    /// The program must end.
    stops: bool,
}

fn told(event: &Event, context: &Context<'_, '_>) -> Option<Notice> {
    let texts = &context.texts.run;
    let length =
        |time: Duration| format::length(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    let notice = |text, stops| Some(Notice { text, stops });
    match event {
        Event::SeatRevoked { hold, .. } => notice((texts.revoked)(&length(*hold)), true),
        Event::HardwareKeyAway { budget_left, .. } => {
            notice((texts.key_away)(&length(*budget_left)), false)
        }
        Event::LicenceEnding {
            licence,
            feature,
            ends_at,
        } => {
            let at = format::local_seconds(&context.zone, ends_at.0);
            let what = match feature {
                Some(feature) => format!("{licence} ({feature})"),
                None => licence.to_string(),
            };
            notice((texts.licence_ending)(&what, &at), false)
        }
        // The SDK sees to these; what takes the seat away is told by the seat itself.
        _ => None,
    }
}

/// Where applications find the daemon; `None` leaves it to the SDK's own rules.
fn socket(context: &Context<'_, '_>) -> Option<PathBuf> {
    let under_root = || context.root.is_some().then(|| context.paths.socket());
    context.socket.clone().or_else(under_root)
}

/// The root key, written out or in a document.
fn vendor_root(argument: &OsStr, context: &mut Context<'_, '_>) -> Result<PublicKey, Failure> {
    if let Some(key) = argument.to_str().and_then(|text| text.parse().ok()) {
        return Ok(key);
    }
    let path = Path::new(argument);
    let bytes = document::read_bounded(path, ARMOURED_BYTES_MAX, context)
        .map_err(|failure| failure.help(context.texts.run.root_help))?;
    let written_out = || std::str::from_utf8(&bytes).ok()?.trim().parse().ok();
    let in_document = || match read_armoured(&bytes) {
        Ok((DocumentKind::VendorRoot, signed)) => verify_self_signed::<VendorRoot>(&signed)
            .ok()
            .map(|root| root.public_key),
        _ => None,
    };
    written_out().or_else(in_document).ok_or_else(|| {
        let texts = &context.texts.run;
        let message = (texts.root_unreadable)(&path.display().to_string());
        Failure::new(Exit::Document, "DOCUMENT_DAMAGED", message).help(texts.root_help)
    })
}

/// Why there is no seat.
fn failure(error: Error, context: &Context<'_, '_>) -> Failure {
    let texts = &context.texts.run;
    match error {
        Error::DaemonAbsent { ref socket, .. } => absent(
            &socket.display().to_string(),
            context.root.as_deref(),
            context,
        )
        .because(&error),
        Error::SocketForbidden { ref socket } => {
            not_permitted(&socket.display().to_string(), context).because(&error)
        }
        Error::DaemonNotAnswering { ref socket, waited } => {
            silent(&socket.display().to_string(), waited, context)
        }
        Error::DaemonMisbehaved { .. } => {
            Failure::new(Exit::DaemonAbsent, error.code(), texts.session_failed).because(&error)
        }
        Error::Refused(refusal) => Failure::refused(wire(&refusal), context.texts, &context.zone),
        Error::Untrusted(_) | Error::ApplicationTooOld { .. } => {
            Failure::new(Exit::Document, error.code(), texts.not_proven)
                .because(&error)
                .help(texts.not_proven_help)
        }
        Error::InvalidArgument { .. } => Failure::usage(texts.session_failed).because(&error),
        _ => Failure::new(Exit::Failed, error.code(), texts.session_failed).because(&error),
    }
}

/// A refusal as the daemon sent it.
fn wire(refusal: &octroi::Refusal) -> Refusal {
    let code = match refusal.code {
        octroi::RefusalCode::Unknown(number) => number,
        known => RefusalCode::from_str_name(known.as_str()).map_or(0, i32::from),
    };
    Refusal {
        code,
        rule: refusal.rule.clone(),
        clause: refusal.clause.clone(),
        reason: refusal.reason.clone(),
        feature: refusal
            .feature
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        licence_id: refusal
            .licence
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        limit: refusal.limit,
        in_use: refusal.in_use,
        waiting: refusal.waiting,
        requested: refusal.requested,
        may_change_at_ms: refusal.may_change_at.map_or(0, |at| at.0),
        expected: refusal.expected.clone(),
        found: refusal.found.clone(),
    }
}

/// The exit status that stands for the program's own.
fn exit_of(status: ExitStatus) -> u8 {
    match (status.code(), status.signal()) {
        (Some(code), _) => u8::try_from(code).unwrap_or(u8::MAX),
        (None, Some(signal)) => killed_by(signal),
        (None, None) => u8::MAX,
    }
}

fn killed_by(signal: i32) -> u8 {
    u8::try_from(SIGNAL_BASE.saturating_add(signal)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_exit_status_is_handed_on() {
        assert_eq!(exit_of(ExitStatus::from_raw(0)), 0);
        assert_eq!(exit_of(ExitStatus::from_raw(42 << 8)), 42);
    }

    #[test]
    fn a_program_that_a_signal_ended_is_told_as_shells_tell_it() {
        assert_eq!(exit_of(ExitStatus::from_raw(Signal::KILL.as_raw())), 137);
        assert_eq!(exit_of(ExitStatus::from_raw(Signal::TERM.as_raw())), 143);
    }

    #[test]
    fn every_refusal_of_the_sdk_keeps_its_code() {
        for code in octroi::RefusalCode::ALL {
            assert!(
                RefusalCode::from_str_name(code.as_str()).is_some(),
                "{code}"
            );
        }
    }
}
