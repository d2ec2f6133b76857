//! `octroi`, the administrator's command line: asks the daemon over the admin socket, reads ledgers
//! without it, and runs programs while a seat is held. It decides nothing about licences, and keeps
//! no state of its own. Text views are for people and may change; `--json` is the stable interface.

mod accept;
mod activate;
mod announcement;
mod args;
mod args_acts;
mod args_keys;
mod args_news;
mod args_registers;
mod client;
mod console;
mod declare;
mod diagnose;
mod doctor;
mod document;
mod dry_run;
mod exit;
mod failure;
mod format;
mod hostid;
mod install;
mod keys;
mod ledger;
mod licence;
mod lint;
mod progress;
mod receipt;
mod refusal;
mod registers;
mod releases;
mod remove;
mod report;
mod report_exchange;
mod report_fields;
mod run;
mod seats;
mod standing;
mod status;
mod terms;
mod text;
mod trust;
mod users;
mod why;

#[cfg(test)]
mod tests;

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal as _},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::Parser as _;
use jiff::tz::TimeZone;
use serde_json::Value;

use self::{
    args::{Arguments, Command, Ledger, Vendor},
    console::Console,
    exit::Exit,
    failure::Failure,
    text::{Language, Messages},
};
use crate::paths::Paths;

/// How long the daemon may take to answer a call.
const DEADLINE: Duration = Duration::from_secs(5);

/// Runs `octroi` with this process's arguments, environment, terminal and zone, and gives back what
/// it exits with.
pub fn main() -> ExitCode {
    let surroundings = Surroundings {
        locale: ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| env::var(name).ok())
            .find(|value| !value.is_empty()),
        zone: TimeZone::system(),
        deadline: DEADLINE,
    };
    let mut console = Console {
        input: &mut io::stdin().lock(),
        output: &mut io::stdout().lock(),
        error: &mut io::stderr(),
        interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
        progress: io::stderr().is_terminal(),
    };
    ExitCode::from(execute(env::args_os(), surroundings, &mut console))
}

/// What a command takes from the process around it.
#[derive(Debug, Clone)]
struct Surroundings {
    locale: Option<String>,
    zone: TimeZone,
    /// How long the daemon may take to answer a call.
    deadline: Duration,
}

/// What every command works with.
struct Context<'a, 'console> {
    language: Language,
    texts: &'static Messages,
    zone: TimeZone,
    deadline: Duration,
    paths: Paths,
    root: Option<PathBuf>,
    socket: Option<PathBuf>,
    json: bool,
    console: &'a mut Console<'console>,
}

/// What a command that did not fail hands back.
enum Done {
    /// What was found or changed: for people, and for `--json`.
    Answer { text: String, json: Value },
    /// The same, where what was found decides how the process exits.
    Judged {
        text: String,
        json: Value,
        exit: Exit,
    },
    /// Already written, as it was asked for.
    Written,
    /// `run`: the program's own status.
    Exited(u8),
}

/// Runs one command line.
fn execute(
    arguments: impl IntoIterator<Item = OsString>,
    surroundings: Surroundings,
    console: &mut Console<'_>,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return parsing_ended(&error, console),
    };
    let common = arguments.common;
    let language = common.lang.unwrap_or_else(|| {
        surroundings
            .locale
            .as_deref()
            .map_or(Language::English, Language::of_locale)
    });
    let texts = language.messages();
    console.progress &= !common.json;
    let mut context = Context {
        language,
        texts,
        zone: surroundings.zone,
        deadline: surroundings.deadline,
        paths: common
            .root
            .as_deref()
            .map_or_else(Paths::system, Paths::under),
        root: common.root,
        socket: common.socket,
        json: common.json,
        console,
    };
    let (text, json, exit) = match dispatch(arguments.command, &mut context) {
        Ok(Done::Exited(status)) => return status,
        Ok(Done::Written) => return Exit::Ok.code(),
        Ok(Done::Answer { text, json }) => (text, json, Exit::Ok),
        Ok(Done::Judged { text, json, exit }) => (text, json, exit),
        Err(failure) => return failed(&failure, common.json, texts, context.console),
    };
    let written = if common.json {
        context.console.print_json(&json)
    } else {
        context.console.print(&text)
    };
    match written {
        Ok(()) => exit.code(),
        Err(error) => {
            let failure = Failure::other(texts.output_failed).because(&error);
            failed(&failure, false, texts, context.console)
        }
    }
}

/// `--help`, `--version` and command lines that make no sense.
fn parsing_ended(error: &clap::Error, console: &mut Console<'_>) -> u8 {
    let text = error.render().to_string();
    if error.use_stderr() {
        console.print_error(&text);
        Exit::Usage.code()
    } else {
        console
            .print(&text)
            .map_or(Exit::Failed, |()| Exit::Ok)
            .code()
    }
}

/// Says what failed: always for people, and with `--json` as an object too.
fn failed(failure: &Failure, json: bool, texts: &Messages, console: &mut Console<'_>) -> u8 {
    console.print_error(&failure.readable(texts));
    if json && console.print_json(&failure.json()).is_err() {
        console.print_error(texts.output_failed);
    }
    failure.exit.code()
}

fn dispatch(command: Command, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    match command {
        Command::Gate(gate) => Ok(Done::Exited(run::gate(&gate, context))),
        Command::Ledger(Ledger::Verify(folder)) => ledger::verify(&folder, context),
        asking => {
            // One thread: `run` ties its program's life to the thread that started it.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Failure::other(context.texts.runtime_failed).because(&error))?;
            runtime.block_on(ask(asking, context))
        }
    }
}

async fn ask(command: Command, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    match command {
        Command::Vendor(Vendor::Trust(trust)) => trust::trust(&trust, context).await,
        Command::Install(install) => install::install(&install, context).await,
        Command::Lint(lint) => lint::lint(&lint, context).await,
        Command::Activate(activate) => activate::activate(activate, context).await,
        Command::Report(command) => report::report(command, context).await,
        Command::Receipt(command) => receipt::receipt(command, context).await,
        Command::Status => status::status(context).await,
        Command::Doctor(doctor) => doctor::doctor(&doctor, context).await,
        Command::Key(command) => keys::key(command, context).await,
        Command::Seats(seats) => seats::seats(&seats, context).await,
        Command::Release(release) => seats::release(&release, context).await,
        Command::Users(command) => users::users(command, context).await,
        Command::Logbook(command) => registers::logbook(command, context).await,
        Command::Intervention(command) => registers::intervention(command, context).await,
        Command::Announce(announce) => registers::announce(announce, context).await,
        Command::Dispute(command) => registers::dispute(command, context).await,
        Command::Ledger(Ledger::Export(export)) => ledger::export(&export, context).await,
        Command::Why(why) => why::why(&why, context).await,
        Command::Licence(command) => licence::licence(command, context).await,
        Command::Diagnose(arguments) => diagnose::diagnose(&arguments, context).await,
        Command::Announcement(command) => announcement::announcement(command, context).await,
        Command::Remove(arguments) => remove::remove(&arguments, context).await,
        Command::Hostid(hostid) => hostid::hostid(&hostid, context).await,
        Command::Run(run) => run::run(&run, context).await,
        Command::Gate(_) | Command::Ledger(Ledger::Verify(_)) => Err(Failure::other(
            "a command that needs no daemon was sent to one",
        )),
    }
}
