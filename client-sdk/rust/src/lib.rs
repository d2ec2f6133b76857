//! What a licensed application links: ask for a seat, hold it, give it back.
//!
//! The application pins its vendor's root key. It connects to the licence daemon of its own machine
//! (`octroid`, over a Unix socket), and believes nothing that does not descend from that root: the
//! daemon shows licences and activation certificates that the vendor signed, proves that it is the
//! daemon for which they were made, and proves every seat under a key of this session alone.
//!
//! ```no_run
//! # fn main() -> Result<(), octroi::Error> {
//! // The vendor's root public key, compiled in: whoever replaces the daemon cannot replace this.
//! const ROOT: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
//!
//! let client = octroi::Client::builder(ROOT)
//!     .product("solver-suite")
//!     .version("2026.1")
//!     .build()?;
//! let session = client.open()?;
//! let seat = match session.checkout("solver") {
//!     Ok(seat) => seat,
//!     Err(error) => {
//!         // Stable codes for programs, one line for people.
//!         eprintln!("{}: {error}", error.code());
//!         return Err(error);
//!     }
//! };
//! seat.on_lost(|cause| eprintln!("the seat is gone: {cause}"));
//!
//! while seat.is_valid() {
//!     // work
//! #   break;
//! }
//! drop(seat); // gives the seat back
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::open`] is for ordinary, blocking code; [`Client::open_async`] serves the session on the
//! caller's tokio runtime. [`Seat`]s are the same in both.
//!
//! # For whom
//! A licence may count named users whom the operating system does not know: accounts of the
//! application, or end users behind an application server. The program names them; the administrator
//! lists its user under `[[callers]]` in `octroid.toml`:
//!
//! ```no_run
//! # fn serve(session: &octroi::Session) -> Result<(), octroi::Error> {
//! use octroi::Beneficiary;
//! let seat = session.checkout_for("portal", Beneficiary::end_user("m.curie"))?;
//! if seat.overdrawn() > 0 {
//!     eprintln!("granted over the limit, as the licence allows for a time");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Amounts
//! A metered feature is not held but consumed. The amount counts in every window of the licence or in
//! none; a refusal names the window that is full and when it opens again:
//!
//! ```no_run
//! # fn send(session: &octroi::Session) -> Result<(), octroi::Error> {
//! use octroi::Consumption;
//! match session.consume("messages", 500) {
//!     Ok(Consumption::Consumed(consumed)) => println!("left: {:?}", consumed.remaining()),
//!     Ok(_) => println!("waits for approval"),
//!     Err(error) => {
//!         if let Some(full) = error.refusal().and_then(octroi::Refusal::full_window) {
//!             println!("the {} is full until {:?}", full.span.as_str(), full.reopens_at);
//!         }
//!         return Err(error);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Borrowing
//! Where the licence lends seats, one may be taken along: it outlives session and daemon until its
//! period ends, and is renewed or given back over any later session of the same user:
//!
//! ```no_run
//! # fn leave(client: &octroi::Client, session: &octroi::Session) -> Result<(), octroi::Error> {
//! let borrowed = session.borrow("solver", octroi::BorrowOptions::default())?;
//! borrowed.keep_in("/home/curie/.solver/seat")?;
//! // Later, without a daemon:
//! let mut borrowed = client.borrowed("/home/curie/.solver/seat")?;
//! if borrowed.is_valid() {
//!     // work
//! }
//! // Back again:
//! client.open()?.return_early(&mut borrowed)?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Session::list`] tells at any time what each window leaves, to plan with
//! ([`FeatureUse::remaining`]).
//!
//! # Words
//! Programs match on codes. People are told by [`Refusal`]'s `Display` in the language of the process
//! (`LC_ALL`, `LC_MESSAGES`, `LANG`) or of [`ClientBuilder::locale`], English or French: what was
//! refused, under which rule of the licence and which clause of the contract, what stands in the way,
//! when it may change, what to do next. [`Refusal::what`], [`Refusal::facts`] and
//! [`Refusal::next_step`] are its parts.
//!
//! # What the application must do
//! - **Hold the [`Seat`]** for as long as it uses what the seat allows, and look at
//!   [`Seat::is_valid`] now and then, or have itself told by [`Seat::on_lost`].
//! - **Obey a revocation**: on [`Event::SeatRevoked`] save the user's work, stop, and call
//!   [`Seat::acknowledge`].
//! - **Not fork and go on**: a session belongs to the process that opened it. A forked child must not
//!   use its parent's session or seats; every call there says [`Error::Forked`]. Where the session is
//!   served by the application's own runtime, a child must not run that runtime either, since it
//!   shares the socket.
//!
//! # What the SDK does by itself
//! - It finds the daemon at `OCTROI_SOCKET`, else at [`SOCKET_DEFAULT`]; it never searches. In a
//!   process with added rights (`AT_SECURE`: set-uid, file capabilities) the environment is ignored.
//! - It says [`Error::DaemonAbsent`] at once, and [`Error::DaemonNotAnswering`] after a deadline.
//! - When the connection is lost or the daemon starts anew it resumes: seats stay valid, requests are
//!   asked again under the same numbers, and seats that ended meanwhile are told by
//!   [`Event::SeatEnded`]. After [`ClientBuilder::reconnect_for`] without success the session is lost.
//! - It judges every date by the civil time in the lease, which the daemon guards, never by this
//!   machine's clock.
//!
//! # Security
//! What the SDK cannot do: stop a user who alters the application itself. The proofs stop a daemon
//! that no vendor activated, one that serves another vendor's key, and leases that are forged or
//! replayed. Refusals and events are not proven: they can only take away.

mod answers;
pub mod asynchronous;
mod beneficiary;
mod blocking;
mod borrow;
mod client;
mod clock;
mod connection;
mod consumption;
mod cover;
mod documents;
mod driver;
mod error;
mod event;
mod lease;
mod lending;
mod park;
mod pending;
mod proof;
mod refusal;
mod request;
mod resumption;
mod seat;
mod shared;
mod socket;
mod state;

pub use beneficiary::{BENEFICIARY_BYTES_MAX, Beneficiary};
pub use blocking::{Events, Session};
pub use borrow::{BorrowOptions, BorrowedSeat};
pub use client::{Client, ClientBuilder, DEADLINE_DEFAULT, RECONNECT_FOR_DEFAULT, RootKey};
pub use consumption::{
    ConsumeOptions, Consumed, Consumption, FullWindow, ReservationDecision, Window, WindowSpan,
};
pub use error::{Error, Loss, Untrusted};
pub use event::{EVENTS_MAX, Event, SeatEnd, SeatId};
pub use lease::Lease;
pub use pending::FeatureUse;
pub use refusal::{Refusal, RefusalCode};
pub use request::{CheckoutOptions, PendingSeat, Release};
pub use seat::{Seat, SeatStatus};
pub use socket::{SOCKET_DEFAULT, SOCKET_VARIABLE};
pub use state::REQUESTS_MAX;

pub use octroi_licence::{
    BorrowId, BorrowedLeaseError, CivilMillis, CivilSeconds, DocumentDigest, DocumentError,
    FeatureName, LicenceId, ProductId, ProductVersion, PublicKey, ReservationId, explain::Language,
};
