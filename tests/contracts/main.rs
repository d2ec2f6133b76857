//! Five real licence contracts, clause by clause: what each clause asks of the client's machine is a
//! scenario here, named by the clause, played through real documents and the real engine, or through
//! real processes where the clause is about them. `README.md` lists clause and test; `listing` holds
//! it to that.
#![allow(
    clippy::large_stack_arrays,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod apex_timing;
mod boost_my_mail;
mod differences;
mod explanations;
mod hard_cases;
mod kimple;
mod listing;
mod stage;
mod thegreenbow;
mod zenlocassur;
