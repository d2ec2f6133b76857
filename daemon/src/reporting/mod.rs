//! What this machine tells its vendors, and when: usage reports of anonymous counts, their receipts,
//! and activation over the network. Counting is a pure fold over ledger records, the schedule pure
//! arithmetic; files, sockets, clocks and entropy stand beside them, each in a file of its own.
//!
//! Nothing leaves the machine by itself unless a licence that the administrator installed *and*
//! activated names a server and asks for reports. Everything else an administrator asks for, by
//! network or by file. `[network] enabled = false` keeps it to files. What is sent is stored first,
//! and what was sent can be read. Never here: user names, host names, versions, texts of
//! applications, or anything finer than a day.

mod clerk;
mod counts;
mod make;
mod outbox;
mod proxy;
mod receipt;
mod runner;
mod schedule;
mod standing;
mod tls;
mod transport;
pub(crate) mod warnings;

pub use proxy::{Proxy, ProxyError};

pub(crate) use clerk::{Clerk, ClerkError};
pub(crate) use outbox::Stored;
pub(crate) use receipt::Taken;
pub(crate) use runner::run;
