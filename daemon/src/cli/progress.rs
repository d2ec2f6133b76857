//! Signs of life for what takes longer than a second; nothing is drawn before, nor where standard
//! error is no terminal or `--json` was asked for.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a command may stay silent.
const SILENCE: Duration = Duration::from_secs(1);
const FRAME: Duration = Duration::from_millis(100);

/// Waits for `future`; after a second `what` is shown until it is there.
pub(super) async fn waiting<F: Future>(shown: bool, what: &'static str, future: F) -> F::Output {
    let mut future = pin!(future);
    tokio::select! {
        output = &mut future => return output,
        () = tokio::time::sleep(SILENCE), if shown => {}
    }
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(FRAME);
    let output = future.await;
    spinner.finish_and_clear();
    output
}

/// A bar that appears once the work has lasted a second.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    /// When to appear; `None` once it has, or never may.
    appears: Option<Instant>,
}

impl Bar {
    /// A bar for work of `total` units, called `what`.
    pub(super) fn new(shown: bool, what: &'static str, total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} % {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self {
            bar,
            appears: shown.then(|| Instant::now() + SILENCE),
        }
    }

    /// So much is done.
    pub(super) fn at(&mut self, done: u64) {
        if self.appears.is_some_and(|at| Instant::now() >= at) {
            self.appears = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
