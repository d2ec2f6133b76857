//! The vendor's library and tool, tried from outside: through the library's public interface with
//! fixed time and entropy, and through the real command line on real files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod activation;
mod amending;
mod bad_orders;
mod carried_dates;
mod clearance;
mod cli_activate;
mod cli_documents;
mod cli_enrol;
mod cli_given;
mod cli_issue;
mod cli_keys;
mod cli_order;
mod contract_dates;
mod contract_terms;
mod escrow;
mod explaining;
mod in_force;
mod inspecting;
mod issuing;
mod office;
mod openssl;
mod precedence;
mod shares;
mod standing;
mod support;
mod support_terms;
mod templates;
mod vendor_orders;
