//! Waiting for what another process does: looked for often, for a bounded time, and named when it
//! does not come. The only place that sleeps.

use std::{
    env,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use anyhow::bail;

/// How long tests wait for what should happen at once. Long, since machines are busy; what is fast
/// takes milliseconds of it.
pub const SOON: Duration = Duration::from_secs(20);

/// By how much deadlines are stretched, a whole number: for a machine that is itself simulated.
pub const PATIENCE: &str = "OCTROI_PATIENCE";

const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A time that is enough on a machine of metal, stretched by [`PATIENCE`].
pub fn patiently(within: Duration) -> Duration {
    static FACTOR: OnceLock<u32> = OnceLock::new();
    let factor = *FACTOR.get_or_init(|| {
        let stated = env::var(PATIENCE).ok().and_then(|text| text.parse().ok());
        stated.filter(|factor| *factor > 0).unwrap_or(1)
    });
    within.saturating_mul(factor)
}

/// Lets time pass in which nothing is waited for: for a measurement over that time.
pub fn let_pass(time: Duration) {
    thread::sleep(time);
}

/// Looks until something is there, at most [`SOON`], stretched.
///
/// # Errors
/// `what` did not happen in time, or looking failed.
pub fn soon<T>(what: &str, look: impl FnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    until(Instant::now() + patiently(SOON), what, look)
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
        let began = Instant::now();
        if let Some(found) = look()? {
            return Ok(found);
        }
        let looked = Instant::now();
        if looked >= deadline {
            bail!("in vain waited for: {what}");
        }
        // What is waited for needs the processor too.
        thread::sleep(looked.duration_since(began).max(LOOK_EVERY));
    }
}
