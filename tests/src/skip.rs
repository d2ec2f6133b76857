//! Tests that need what a machine may not have (root, a second user) say so and are skipped in
//! sight; where everything must run, skipping fails.

use std::env;

use anyhow::bail;

/// Set to `1`, it makes a skipped test fail.
pub const REQUIRE_ALL: &str = "OCTROI_REQUIRE_ALL";

/// Says that a test is skipped.
///
/// # Errors
/// Where [`REQUIRE_ALL`] is set.
pub fn skipped(reason: &str) -> anyhow::Result<()> {
    if env::var(REQUIRE_ALL).is_ok_and(|value| value == "1") {
        bail!("skipped although {REQUIRE_ALL}=1: {reason}");
    }
    crate::process::say(&format!("SKIPPED: {reason}"));
    Ok(())
}

/// Ends a test, whose result is `anyhow::Result<()>`, unless a condition holds; see [`skipped`].
#[macro_export]
macro_rules! require {
    ($condition:expr, $reason:expr) => {
        if !$condition {
            return $crate::skip::skipped($reason);
        }
    };
}

/// Says whether this process is root, which can be another user and mount file systems.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
