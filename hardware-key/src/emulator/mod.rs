//! Simulated keys, a dongle and a FIDO2 security key: the device's side of the protocols over a Unix
//! socket, and the host's way to it. Its secret lies in a file that can be copied, so it protects nothing; a licence honours it
//! only where the vendor wrote `emulator_accepted` into it. For tests, demonstrations and the
//! development of firmware.

mod authenticator;
mod device;
mod fault;
mod server;
mod socket;
mod state;

pub use authenticator::{Algorithm, Authenticator};
pub use device::{CounterStore, Device, Volatile};
pub use fault::{Fault, FaultError, FaultSwitch};
pub use server::{Asked, ServeError, Simulated, serve};
pub use socket::EmulatorSource;
pub use state::{KeyFile, StateError, create};
