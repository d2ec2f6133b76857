//! Measures the engine alone: what a check-out and its release cost with few and with many seats
//! held, and what a held seat costs in memory. `cargo run --release -p octroi-engine --example
//! measure`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a measurement that prints its result"
)]
#![allow(
    dead_code,
    reason = "the vendor of the tests knows more than is measured"
)]

#[path = "../tests/decisions/support/vendor.rs"]
mod vendor;

use std::{hint::black_box, sync::Arc, time::Instant};

use octroi_engine::{
    Actor, Beneficiary, BootId, Caller, Command, Engine, Epoch, Now, Outcome, Policy,
    ProcessIdentity, RequestNumber, SeatId, SessionId, TokenHash, UserPseudonym,
};
use octroi_licence::{AssignmentId, CivilMillis, message::Grouping};

struct Bench {
    engine: Engine,
    now: Now,
    number: u64,
}

fn id(number: u64) -> [u8; 16] {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    id[8..].copy_from_slice(&number.to_be_bytes());
    id
}

impl Bench {
    fn new() -> Self {
        let policy = Policy {
            sessions_max: 1_000_000,
            sessions_per_user_max: 1_000_000,
            ..Policy::default()
        };
        let mut bench = Self {
            engine: Engine::new(policy, vendor::public("daemon")),
            now: Now {
                boot_id: BootId([1; 16]),
                boottime_ms: 1_000,
                civil_ms: CivilMillis(vendor::TODAY * 1000),
            },
            number: 1,
        };
        bench.send(Command::Start {
            version: "0.1.0".to_owned(),
            living: Vec::new(),
        });
        let licence = vendor::licence(&vendor::terms(
            "wb-1",
            vec![
                vendor::feature("cad", 1_000_000),
                vendor::grouped("users", 1_000_000, Grouping::User),
            ],
        ));
        let certificate = vendor::certificate(&vendor::activation(&licence));
        let actor = Actor::Daemon;
        bench.send(Command::InstallLicence {
            licence: Arc::clone(&licence),
            actor,
        });
        bench.send(Command::InstallCertificate { certificate, actor });
        bench
    }

    fn send(&mut self, command: Command) -> Outcome {
        self.engine.decide(command, self.now).outcome
    }

    fn open(&mut self, number: u64) -> SessionId {
        let session = SessionId(id(number));
        let outcome = self.send(Command::Open {
            session,
            number: RequestNumber(1),
            caller: Caller {
                user: UserPseudonym(id(number % 1_000)),
                identified: true,
                process: Some(ProcessIdentity {
                    pid: u32::try_from(number).unwrap(),
                    start_time: number,
                }),
                container: None,
            },
            product: vendor::PRODUCT.parse().unwrap(),
            version: Some("2026.1.3".parse().unwrap()),
            released_at: None,
            unattended: false,
            token: TokenHash([7; 32]),
        });
        assert!(matches!(outcome, Outcome::Session { .. }));
        session
    }

    fn checkout(&mut self, session: SessionId, feature: &str) -> SeatId {
        self.number += 1;
        let outcome = self.send(Command::Checkout {
            session,
            epoch: Epoch(1),
            number: RequestNumber(self.number),
            answered_below: RequestNumber(self.number),
            feature: feature.parse().unwrap(),
            units: 1,
            wait_ms: 0,
            beneficiary: Beneficiary::own(AssignmentId([0; 16])),
            proofs: None,
        });
        match outcome {
            Outcome::Granted(grant) => grant.seat,
            other => panic!("{other:?}"),
        }
    }

    fn release(&mut self, session: SessionId, seat: SeatId) {
        self.number += 1;
        let outcome = self.send(Command::Release {
            session,
            epoch: Epoch(1),
            number: RequestNumber(self.number),
            answered_below: RequestNumber(self.number),
            seat,
        });
        assert_eq!(outcome, Outcome::Released { seat });
    }

    /// The median over rounds of the time that a check-out and its release take, in nanoseconds.
    fn pair_ns(&mut self, session: SessionId, feature: &str) -> u128 {
        const ROUNDS: usize = 200;
        const PAIRS: u32 = 500;
        let mut rounds = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for _ in 0..PAIRS {
                let seat = self.checkout(session, feature);
                self.release(session, black_box(seat));
            }
            rounds.push(start.elapsed().as_nanos() / u128::from(PAIRS));
        }
        rounds.sort_unstable();
        rounds[ROUNDS / 2]
    }
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}

fn main() {
    const MANY: u64 = 100_000;
    for feature in ["cad", "users"] {
        let mut bench = Bench::new();
        let holder = bench.open(1);
        let asker = bench.open(2);
        for _ in 0..100 {
            bench.checkout(holder, feature);
        }
        bench.pair_ns(asker, feature);
        let few = bench.pair_ns(asker, feature);
        let before = resident();
        for _ in 100..MANY {
            bench.checkout(holder, feature);
        }
        let seat_bytes = (resident() - before) / (MANY - 100);
        let many = bench.pair_ns(asker, feature);
        println!("{feature}: one session holds all");
        println!("  check-out and release: {few} ns with 100 seats, {many} ns with {MANY}");
        println!("  a held seat: {seat_bytes} bytes");
    }

    let mut bench = Bench::new();
    let sessions: Vec<SessionId> = (1..=100).map(|number| bench.open(number)).collect();
    for session in &sessions {
        bench.checkout(*session, "cad");
    }
    let few = bench.pair_ns(sessions[50], "cad");
    let before = resident();
    let more: Vec<SessionId> = (101..=MANY).map(|number| bench.open(number)).collect();
    let session_bytes = (resident() - before) / (MANY - 100);
    let before = resident();
    for session in &more {
        bench.checkout(*session, "cad");
    }
    let seat_bytes = (resident() - before) / (MANY - 100);
    let many = bench.pair_ns(sessions[50], "cad");
    println!("cad: a session for each seat");
    println!("  check-out and release: {few} ns with 100 seats, {many} ns with {MANY}");
    println!("  a session: {session_bytes} bytes, its seat: {seat_bytes} bytes");
    let start = Instant::now();
    black_box(bench.engine.digest());
    println!("  state digest: {} ms", start.elapsed().as_millis());
    let start = Instant::now();
    for _ in 0..2_000 {
        for session in [&more[7], &more[77_777], &more[33_333]] {
            let seat = bench.checkout(*session, "cad");
            bench.release(*session, seat);
        }
    }
    println!(
        "  over three sessions: {} ns",
        start.elapsed().as_nanos() / 6_000
    );
}
