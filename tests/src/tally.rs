//! What the programs of the virtual machine say of their checks: a line each, then how many held.

use std::{
    fmt::Display,
    io::{self, Write},
    thread,
    time::Instant,
};

use anyhow::bail;

/// How many held so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    passed: u32,
    failed: u32,
}

impl Tally {
    /// Carries out one check on a thread of its own, so that a panic ends it alone, and writes how it
    /// ended; what it found, where it held.
    pub(crate) fn check<T: Send + 'static>(
        &mut self,
        out: &mut impl Write,
        name: impl Display,
        act: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> io::Result<Option<T>> {
        let began = Instant::now();
        let found = match guarded(act) {
            Ok(found) => {
                self.passed += 1;
                writeln!(out, "PASS {name} {:.1} s", began.elapsed().as_secs_f64())?;
                Some(found)
            }
            Err(error) => {
                self.failed += 1;
                writeln!(out, "FAIL {name}: {error:#}")?;
                None
            }
        };
        out.flush()?;
        Ok(found)
    }

    /// Writes the sum, and says whether all held.
    pub(crate) fn sum(&self, out: &mut impl Write) -> io::Result<bool> {
        let Self { passed, failed } = self;
        writeln!(out, "{passed} passed, {failed} failed")?;
        Ok(*failed == 0)
    }
}

fn guarded<T: Send + 'static>(
    act: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    match thread::spawn(act).join() {
        Ok(done) => done,
        Err(panic) => match panic.downcast_ref::<String>() {
            Some(words) => bail!("panicked: {words}"),
            None => bail!("panicked"),
        },
    }
}
