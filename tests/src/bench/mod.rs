//! Figures for the hot path, each beside a reference measured in the same run, A B A B, since the
//! machines are shared and noisy: ratios mean something, absolute times little. The daemon is the
//! real one with a real licence; the references have the same process layout and do nothing but
//! carry bytes.

mod clients;
mod figures;
mod fleet;
mod latency;
mod life;
mod memory;
mod reference;
mod reports;
mod tls_echo;

use std::{net::IpAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::figures::Figures;
use crate::{Order, World, process::say};

/// Seats held while growth is measured.
const MANY_SEATS: u32 = 100_000;
/// Seats held beside.
const FEW_SEATS: u32 = 100;

/// Measures check-outs, memory, reclaim, start and reports against references in the same run.
#[derive(Debug, Parser)]
#[command(name = "octroi-bench", version, about)]
struct Arguments {
    /// Print one JSON object as the last line.
    #[arg(long)]
    json: bool,
    /// A tenth of the work: for trying the benchmark itself, not for figures.
    #[arg(long)]
    quick: bool,
    /// Measure only this; may be given several times.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    #[command(subcommand)]
    reference: Option<Reference>,
}

/// What the benchmark starts as processes of their own.
#[derive(Debug, Subcommand)]
enum Reference {
    /// Answers on a bare stream.
    #[command(name = "__echo", hide = true)]
    Echo { socket: PathBuf },
    /// Sends bytes back.
    #[command(name = "__raw", hide = true)]
    Raw { socket: PathBuf },
    /// Connects, asks once on a bare stream, and ends.
    #[command(name = "__once", hide = true)]
    Once { socket: PathBuf },
    /// Answers reports over TLS.
    #[command(name = "__tls-echo", hide = true)]
    TlsEcho {
        folder: PathBuf,
        /// The address that the certificate names.
        address: IpAddr,
        answer_bytes: usize,
    },
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Latency,
    Growth,
    Memory,
    Reclaim,
    ColdStart,
    Start,
    Server,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// Rounds of A and B.
    rounds: usize,
    /// Pairs measured in each round.
    pairs: usize,
    /// Sessions opened for their memory.
    sessions: u32,
    /// Processes killed, and processes started.
    processes: usize,
    /// Records of the ledger that the daemon starts on.
    records: u64,
    /// Daemons that report to the activation server in each round.
    daemons: u16,
}

/// Runs the benchmark, or one of its references.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.reference {
        Some(Reference::Echo { socket }) => reference::serve_echo(socket),
        Some(Reference::Raw { socket }) => reference::serve_raw(socket),
        Some(Reference::Once { socket }) => clients::ask_once(socket),
        Some(Reference::TlsEcho {
            folder,
            address,
            answer_bytes,
        }) => tls_echo::serve(folder, *address, *answer_bytes),
        None => run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("octroi-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let effort = if arguments.quick {
        Effort {
            rounds: 2,
            pairs: 300,
            sessions: 200,
            processes: 10,
            records: 100_000,
            daemons: 64,
        }
    } else {
        Effort {
            rounds: 10,
            pairs: 1_500,
            sessions: 2_000,
            processes: 100,
            records: 1_000_000,
            daemons: 512,
        }
    };
    let mut figures = Figures::default();
    // Before anything is built: cargo may put a new program in the place of this one.
    let program = std::env::current_exe()?;
    if arguments.only == [Part::Server] {
        reports::measure(&program, effort, &mut figures)?;
        return figures.print(arguments.json);
    }
    let order = Order::of(2 * MANY_SEATS);
    let mut world = World::with(&order)?;
    let references = reference::References::start(program, world.folder())?;
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    if wanted(Part::Latency) {
        say("one client, and 64 in flight");
        latency::measure(&world, &references, effort, &mut figures)?;
    }
    if wanted(Part::Growth) {
        say("the same with many seats held");
        latency::growth(&world, effort, &mut figures)?;
    }
    if wanted(Part::Memory) {
        say("memory");
        memory::measure(&mut world, &references, effort, &mut figures)?;
    }
    if wanted(Part::Reclaim) {
        say("death of processes");
        life::reclaim(&world, effort, &mut figures)?;
    }
    if wanted(Part::ColdStart) {
        say("start of processes");
        life::cold_start(&world, &references, effort, &mut figures)?;
    }
    if wanted(Part::Start) {
        say("start of the daemon");
        life::start(&mut world, effort, &mut figures)?;
    }
    if wanted(Part::Server) {
        say("the activation server");
        reports::measure(&references.program, effort, &mut figures)?;
    }
    figures.print(arguments.json)
}
