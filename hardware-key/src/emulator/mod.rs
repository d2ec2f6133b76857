//! A simulated dongle: the device's side of the protocol over a Unix socket, and the host's way to
//! it. Its secret lies in a file that can be copied, so it protects nothing; a licence honours it
//! only where the vendor wrote `emulator_accepted` into it. For tests, demonstrations and the
//! development of firmware.

mod device;
mod fault;
mod server;
mod socket;
mod state;

pub use device::{CounterStore, Device};
pub use fault::{Fault, FaultError};
pub use server::{ServeError, serve};
pub use socket::EmulatorSource;
pub use state::{KeyFile, StateError, create};
