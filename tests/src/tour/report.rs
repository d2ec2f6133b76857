//! What the tour measured, as one JSON object for machines.

use std::time::Duration;

use serde::Serialize;

/// The last line of `octroi-tour --json`. A field is null where its step was not reached.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what held and what did not, one field of the JSON each"
)]
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Every step held.
    pub ok: bool,
    /// Why not.
    pub error: Option<String>,
    /// From the daemon's start until applications could connect.
    pub daemon_ready_ms: Option<f64>,
    /// Seats that were granted to applications of their own.
    pub granted: u32,
    /// From an application's connecting to its seat, each.
    pub grant_ms: Vec<f64>,
    /// Why the one application too many was refused.
    pub refused_code: Option<String>,
    /// From SIGKILL of an application to its seat in the hands of the next.
    pub reclaim_ms: Option<f64>,
    /// Seats that the same processes held before and after the daemon was killed.
    pub seats_kept: Option<usize>,
    /// From the daemon's SIGKILL until every application had resumed.
    pub restart_ms: Option<f64>,
    /// From pulling the key until an application was told.
    pub key_away_ms: Option<f64>,
    /// From putting it back until an application was told.
    pub key_back_ms: Option<f64>,
    /// Every forgery was refused.
    pub forged_refused: bool,
    /// Kinds of metric under which something was counted and the limit held.
    pub metrics: Vec<&'static str>,
    /// From `octroi activate --online` to its end: the vendor's server asked, its answer installed.
    pub activated_online_ms: Option<f64>,
    /// The vendor's server accepted a report and gave its receipt.
    pub report_accepted: bool,
    /// From `octroi report send` to the receipt's installation.
    pub report_ms: Option<f64>,
    /// The licence was suspended by an order that a receipt brought, and its application was told.
    pub suspended_by_receipt: bool,
    /// From `octroi report send` until the application was told.
    pub suspended_ms: Option<f64>,
    /// The ledger was verified from its first byte to its last.
    pub ledger_ok: bool,
    /// Its records.
    pub ledger_records: Option<u64>,
    /// The whole tour, without building.
    pub total_ms: Option<f64>,
}

/// Milliseconds, to the microsecond.
pub(super) fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

impl Report {
    /// One line of JSON.
    ///
    /// # Errors
    /// None is known.
    pub fn to_line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
