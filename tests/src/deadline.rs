//! Waiting for what another process does: looked for often, for a bounded time, and named when it
//! does not come. The only place that sleeps.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::bail;

/// How long tests wait for what should happen at once. Long, since machines are busy; what is fast
/// takes milliseconds of it.
pub const SOON: Duration = Duration::from_secs(20);

const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Looks until something is there, at most [`SOON`].
///
/// # Errors
/// `what` did not happen in time, or looking failed.
pub fn soon<T>(what: &str, look: impl FnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    until(Instant::now() + SOON, what, look)
}

/// Looks until something is there, at most until `deadline`.
///
/// # Errors
/// `what` did not happen in time, or looking failed.
pub fn until<T>(
    deadline: Instant,
    what: &str,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            bail!("in vain waited for: {what}");
        }
        thread::sleep(LOOK_EVERY);
    }
}
