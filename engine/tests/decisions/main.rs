//! The engine through its public interface: what is granted, what is refused and why, what time and
//! crashes do. Documents are signed and verified as in life; clocks are values.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::as_conversions,
    reason = "tests"
)]

mod amendments;
mod approvals;
mod borrow;
mod checkout_proofs;
mod clock;
mod documents;
mod endings;
mod ends;
mod facts;
mod golden;
mod grounds;
mod histories;
mod keys;
mod linger;
mod lost_keys;
mod maintenance_notices;
mod meter_limits;
mod meters;
mod model;
mod named_users;
mod news;
mod notices;
mod orders;
mod overdraft;
mod overdraft_months;
mod places;
mod preview;
mod properties;
mod queue;
mod refusals;
mod registers;
mod renewal;
mod reporting;
mod restart;
mod rules;
mod seats;
mod sessions;
mod support;
mod times_of_day;
mod users;
mod versions;
mod who;
