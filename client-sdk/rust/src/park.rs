//! Waiting in ordinary threads, without a runtime: the thread parks until the future's waker unparks
//! it or the time is over. Works inside a runtime's thread too, where tokio's own blocking calls would
//! panic.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for as long as it takes.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

/// Waits for at most `time`; `None`: it is over. The future is polled at least once.
pub(crate) fn block_on_for<F: Future>(future: F, time: Duration) -> Option<F::Output> {
    let Some(end) = Instant::now().checked_add(time) else {
        return Some(block_on(future));
    };
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_another_thread_sends_is_received() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let other = thread::spawn(move || sender.send(7));
        assert_eq!(block_on_for(receiver, Duration::from_secs(10)), Some(Ok(7)));
        other.join().unwrap().unwrap();
    }

    #[test]
    fn nothing_is_waited_for_beyond_the_time() {
        let never = std::future::pending::<()>();
        assert_eq!(block_on_for(never, Duration::from_millis(1)), None);
    }
}
