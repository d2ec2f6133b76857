//! The two exchanges with daemons: a request for a certificate, a report for a receipt.

mod activate;
mod receipt;
mod report;

pub use activate::{ActivateError, Activated};
pub use report::ReportError;

/// The largest document that a receipt can bring, in bytes.
pub(crate) const fn delivered_bytes_max() -> usize {
    receipt::DELIVERED_BYTES_MAX
}
