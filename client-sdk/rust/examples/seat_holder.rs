//! An application to copy: it asks for a seat, holds it, obeys a revocation, and gives it back.
//!
//! ```text
//! seat_holder --root HEX --product solver-suite --version 2026.1 --feature solver --hold 10
//! ```
//!
//! With `--json` it prints one JSON object a line for everything that happens; each has `event` and
//! `ms`, milliseconds since the program began. Exit codes: 0 the seat was held and given back, 2 wrong
//! arguments, 10 refused, 11 no daemon, 12 the daemon does not answer, 13 the daemon is not to be
//! trusted, 14 the seat or the session was lost, 1 anything else.

use std::{
    error::Error as _,
    io::{self, Read as _, Write as _},
    path::PathBuf,
    process::ExitCode,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use clap::Parser;
use octroi::{
    Beneficiary, CheckoutOptions, CivilSeconds, Client, Error, Event, Seat, SeatEnd, Session,
};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

/// Asks for a seat and holds it until the time is over, standard input ends, or a signal comes.
#[derive(Parser)]
#[command(disable_version_flag = true)]
struct Arguments {
    /// The vendor's root public key, 64 hexadecimal digits; a real application compiles it in.
    #[arg(long)]
    root: String,
    /// The product, as the licence names it.
    #[arg(long)]
    product: String,
    /// The application's version: digits and dots.
    #[arg(long)]
    version: Option<String>,
    /// Release date of this version, in seconds since 1970.
    #[arg(long, value_name = "SECONDS")]
    released_at: Option<i64>,
    /// The feature to ask for.
    #[arg(long)]
    feature: String,
    /// Units of the feature's count.
    #[arg(long, default_value_t = 1)]
    units: u32,
    /// Stand in the queue at most so long where every seat is in use.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    wait: f64,
    /// Hold the seat so long; otherwise until standard input ends.
    #[arg(long, value_name = "SECONDS")]
    hold: Option<f64>,
    /// Another socket than `OCTROI_SOCKET` or the default.
    #[arg(long)]
    socket: Option<PathBuf>,
    /// Nobody sits before this application.
    #[arg(long)]
    unattended: bool,
    /// Ask for this end user behind the application.
    #[arg(long, value_name = "NAME", conflicts_with = "declared_account")]
    on_behalf_of: Option<String>,
    /// Ask for this account, with which the application's user has logged in to it.
    #[arg(long, value_name = "NAME")]
    declared_account: Option<String>,
    /// Keep a revoked seat until it is taken, as no application should.
    #[arg(long)]
    ignore_revocation: bool,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments = Arguments::parse();
    let report = Report {
        json: arguments.json,
        started,
    };
    match run(&arguments, &report) {
        Ok(end) => end.into(),
        Err(error) => {
            report.failed(&error);
            ExitCode::from(exit_code(&error))
        }
    }
}

/// How holding a seat ended.
enum End {
    GivenBack,
    Lost,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        Self::from(match end {
            End::GivenBack => 0,
            End::Lost => 14,
        })
    }
}

fn exit_code(error: &Error) -> u8 {
    match error {
        Error::Refused(_) => 10,
        Error::DaemonAbsent { .. } | Error::SocketForbidden { .. } => 11,
        Error::DaemonNotAnswering { .. } => 12,
        Error::Untrusted(_) | Error::ApplicationTooOld { .. } | Error::DaemonMisbehaved { .. } => {
            13
        }
        Error::SessionLost { .. } => 14,
        Error::InvalidArgument { .. } => 2,
        _ => 1,
    }
}

fn run(arguments: &Arguments, report: &Report) -> Result<End, Error> {
    let mut client = Client::builder(arguments.root.as_str())
        .product(&arguments.product)
        .unattended(arguments.unattended);
    if let Some(version) = &arguments.version {
        client = client.version(version);
    }
    if let Some(seconds) = arguments.released_at {
        client = client.released_at(CivilSeconds(seconds));
    }
    if let Some(socket) = &arguments.socket {
        client = client.socket(socket);
    }
    let session = client.build()?.open()?;
    report.opened(&session);

    // Everything that can happen comes together in one place.
    let (tell, happenings) = mpsc::channel();
    pump_events(&session, &tell);
    let options = CheckoutOptions::default()
        .units(arguments.units)
        .wait(seconds(arguments.wait));
    let asked = match whom(arguments) {
        Some(whom) => session.request_for(&arguments.feature, options, whom)?,
        None => session.request(&arguments.feature, options)?,
    };
    let seat = {
        let tell = tell.clone();
        // Waiting in a thread of its own keeps events coming while it stands in the queue.
        thread::spawn(move || drop(tell.send(Happening::Answered(asked.wait()))));
        loop {
            match happenings.recv() {
                Ok(Happening::Answered(answer)) => break answer?,
                Ok(Happening::Event(event)) => report.event(&session, &event),
                Ok(Happening::Stop) | Err(_) => return Ok(End::GivenBack),
            }
        }
    };
    report.granted(&seat);
    stop_on_signals(tell.clone());
    if arguments.hold.is_none() {
        stop_at_end_of_input(tell);
    }
    let until = arguments.hold.map(|hold| Instant::now() + seconds(hold));
    loop {
        let happening = match until {
            None => happenings
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
            Some(until) => happenings.recv_timeout(until.saturating_duration_since(Instant::now())),
        };
        let Ok(Happening::Event(event)) = happening else {
            break;
        };
        report.event(&session, &event);
        if matches!(event, Event::SeatRevoked { .. }) && !arguments.ignore_revocation {
            // A real application saves its user's work here.
            seat.acknowledge();
            report.say(json!({ "event": "acknowledged", "seat": seat.id().0 }));
        }
        if !seat.is_valid() {
            session.close()?;
            return Ok(End::Lost);
        }
    }
    let id = seat.id().0;
    seat.release().wait()?;
    report.say(json!({ "event": "released", "seat": id }));
    session.close()?;
    Ok(End::GivenBack)
}

fn whom(arguments: &Arguments) -> Option<Beneficiary> {
    let end_user = arguments.on_behalf_of.as_ref().map(Beneficiary::end_user);
    let account = arguments.declared_account.as_ref();
    end_user.or_else(|| account.map(Beneficiary::declared_account))
}

/// What the main loop waits for.
enum Happening {
    Answered(Result<Seat, Error>),
    Event(Event),
    Stop,
}

fn pump_events(session: &Session, tell: &Sender<Happening>) {
    let (events, tell) = (session.events(), tell.clone());
    thread::spawn(move || {
        for event in events {
            if tell.send(Happening::Event(event)).is_err() {
                return;
            }
        }
    });
}

fn stop_at_end_of_input(tell: Sender<Happening>) {
    thread::spawn(move || {
        let mut bytes = [0; 1024];
        while io::stdin().read(&mut bytes).is_ok_and(|read| read > 0) {}
        drop(tell.send(Happening::Stop));
    });
}

/// SIGTERM and SIGINT give the seat back; without this the kernel would tell the daemon all the same.
fn stop_on_signals(tell: Sender<Happening>) {
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        runtime.block_on(async {
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            drop(tell.send(Happening::Stop));
            io::Result::Ok(())
        })
    });
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or_default()
}

/// Says what happens, for people or for programs.
struct Report {
    json: bool,
    started: Instant,
}

impl Report {
    fn say(&self, mut happening: Value) {
        let ms = self.started.elapsed().as_secs_f64() * 1000.0;
        if let Value::Object(fields) = &mut happening {
            fields.insert("ms".to_owned(), json!(ms));
        }
        let line = if self.json {
            happening.to_string()
        } else {
            readable(&happening)
        };
        // Nobody reads any more: the seat is held all the same.
        writeln!(io::stdout().lock(), "{line}").unwrap_or_default();
    }

    fn opened(&self, session: &Session) {
        self.say(json!({
            "event": "opened",
            "pid": std::process::id(),
            "epoch": session.epoch(),
            "daemon_key": session.daemon_key().to_string(),
            "daemon_version": session.daemon_version(),
        }));
    }

    fn granted(&self, seat: &Seat) {
        let lease = seat.lease();
        self.say(json!({
            "event": "granted",
            "seat": lease.seat.0,
            "feature": lease.feature.as_str(),
            "units": lease.units,
            "overdrawn": lease.overdrawn,
            "licence": lease.licence.as_str(),
            "licence_digest": lease.licence_digest.to_string(),
            "granted_at_ms": lease.granted_at.0,
            "ends_at_s": lease.ends_at.map(|end| end.0),
        }));
    }

    fn failed(&self, error: &Error) {
        let mut happening = json!({
            "event": "failed",
            "code": error.code(),
            "text": chain(error),
        });
        if let (Some(refusal), Value::Object(fields)) = (error.refusal(), &mut happening) {
            fields.insert("event".to_owned(), json!("refused"));
            fields.insert(
                "feature".to_owned(),
                json!(refusal.feature.as_ref().map(octroi::FeatureName::as_str)),
            );
            fields.insert(
                "licence".to_owned(),
                json!(refusal.licence.as_ref().map(octroi::LicenceId::as_str)),
            );
            fields.insert("limit".to_owned(), json!(refusal.limit));
            fields.insert("in_use".to_owned(), json!(refusal.in_use));
            fields.insert("waiting".to_owned(), json!(refusal.waiting));
            fields.insert(
                "may_change_at_ms".to_owned(),
                json!(refusal.may_change_at.map(|at| at.0)),
            );
        }
        self.say(happening);
    }

    fn event(&self, session: &Session, event: &Event) {
        self.say(match event {
            Event::SeatRevoked { seat, hold } => json!({
                "event": "seat_revoked", "seat": seat.0, "hold_ms": millis(*hold),
            }),
            Event::SeatEnded { seat, cause } => ended(seat.0, *cause),
            Event::Waiting {
                feature,
                place,
                deadline,
            } => json!({
                "event": "waiting", "feature": feature.as_str(), "place": place,
                "deadline_ms": millis(*deadline),
            }),
            Event::LicenceEnding {
                licence,
                feature,
                ends_at,
            } => json!({
                "event": "licence_ending", "licence": licence.as_str(),
                "feature": feature.as_ref().map(ToString::to_string), "ends_at_s": ends_at.0,
            }),
            Event::HardwareKeyAway {
                licence,
                budget_left,
            } => json!({
                "event": "hardware_key_away", "licence": licence.as_str(),
                "budget_left_ms": millis(*budget_left),
            }),
            Event::HardwareKeyBack { licence } => json!({
                "event": "hardware_key_back", "licence": licence.as_str(),
            }),
            Event::DocumentsChanged { licence } => json!({
                "event": "documents_changed", "licence": licence.as_str(),
            }),
            Event::DaemonStopping => json!({ "event": "daemon_stopping" }),
            Event::Disconnected { window } => json!({
                "event": "disconnected", "window_ms": millis(*window),
            }),
            Event::Resumed { away } => json!({
                "event": "resumed", "away_ms": millis(*away), "epoch": session.epoch(),
            }),
            Event::SessionLost { why } => json!({
                "event": "session_lost", "code": "SESSION_LOST", "text": why.to_string(),
            }),
            Event::Missed { count } => json!({ "event": "missed", "count": count }),
            _ => json!({ "event": "other" }),
        });
    }
}

fn ended(seat: u64, cause: SeatEnd) -> Value {
    json!({ "event": "seat_ended", "seat": seat, "cause": cause.as_str() })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// An error and what caused it, on one line.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn readable(happening: &Value) -> String {
    let Value::Object(fields) = happening else {
        return happening.to_string();
    };
    let event = fields
        .get("event")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let rest: Vec<String> = fields
        .iter()
        .filter(|(name, _)| *name != "event")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{event}: {}", rest.join(" "))
}
