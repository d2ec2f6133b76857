//! Online activation, reports and receipts: the real daemon and the real `octroi` against a vendor's
//! server on a real socket over real TLS.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod by_file;
mod by_itself;
mod by_network;
mod doctor;
mod proxy;
mod tls_server;
mod vendor;
mod world;
