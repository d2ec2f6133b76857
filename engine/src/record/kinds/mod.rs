//! The tables of kinds, and nothing else: their numbers, fields and what those mean.

#[macro_use]
mod base;
#[macro_use]
mod metrics;
#[macro_use]
mod lifecycle;
#[macro_use]
mod metered;
#[macro_use]
mod news;
#[macro_use]
mod proofs;
#[macro_use]
mod endings;
#[macro_use]
mod hardware;
#[macro_use]
mod registers;
