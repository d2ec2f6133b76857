//! What end-to-end tests and the tour share: the real programs, built and found; a world of its own
//! for each test, in a short temporary folder; and the processes in it, each of which ends with its
//! guard. Nothing here knows how a daemon decides, and nothing pretends to be one.

pub mod activation_server;
pub mod application;
pub mod bench;
pub mod binaries;
pub mod client;
pub mod crosscheck;
pub mod crowd;
pub mod daemon;
pub mod deadline;
pub mod emulator;
pub mod keys;
pub mod order;
pub mod process;
pub mod raw;
pub mod server_clock;
pub mod skip;
mod tally;
pub mod template;
pub mod tour;
pub mod vendor;
pub mod world;

pub use activation_server::ActivationServer;
pub use application::Application;
pub use binaries::Binaries;
pub use client::{Machine, Said};
pub use crowd::Crowd;
pub use daemon::Daemon;
pub use deadline::{soon, until};
pub use emulator::Emulator;
pub use order::Order;
pub use process::Running;
pub use raw::RawSession;
pub use vendor::Vendor;
pub use world::World;
