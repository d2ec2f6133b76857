//! What the daemon must make of hardware keys, as scenarios that are written once: `cargo test` plays
//! them with emulated keys on Unix sockets, and `octroi-key-scenarios` in a virtual machine with
//! virtual keys behind the kernel's own HID and USB stacks. A scenario knows a port where a key can be put in,
//! pulled out and made to misbehave, and nothing of what stands behind it.

mod away;
mod checkouts;
mod control;
mod faults;
mod figures;
mod identity;
mod key;
mod rights;
mod rival;
mod run;
mod scene;
mod several;
mod table;
mod virtual_key;

pub(crate) use control::Control;
pub use key::{Kind, Transport};
pub use run::{Options, run};
pub use scene::Stage;
pub use table::{Scenario, TABLE, play};
