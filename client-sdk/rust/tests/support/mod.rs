//! A vendor with real keys and a daemon that speaks the real protocol over a real socket, and that can
//! be told to misbehave.

pub mod daemon;
mod granting;
pub mod lending;
pub mod misbehaviour;
mod opening;
pub mod proving;
pub mod raw;
pub mod vendor;
pub mod world;

pub use daemon::FakeDaemon;
pub use misbehaviour::Misbehaviour;
pub use vendor::{LicenceSpec, NOW_S, Vendor};
pub use world::World;

use std::time::Duration;

/// No test waits longer for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(10);
