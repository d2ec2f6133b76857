//! The desk: the one thread at which every application is served, from its socket through its
//! realm's owner and back. A check-out passes four tasks, each of which wakes the next; on one thread
//! that costs a place in a queue, on several a system call and a cold cache each time. What takes
//! long (administration, reports, hardware keys, disk syncs) must never be done here.

use std::{io, thread};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// The running thread. It ends, and what still runs on it is dropped, when this is closed or dropped.
#[derive(Debug)]
pub(crate) struct Desk {
    handle: Handle,
    thread: thread::JoinHandle<()>,
    open: oneshot::Sender<()>,
}

impl Desk {
    /// Starts the thread.
    pub(crate) fn open() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (open, closed) = oneshot::channel::<()>();
        let thread = thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || {
                // Nothing is ever sent: the sender's end is the word.
                drop(runtime.block_on(closed));
            })?;
        Ok(Self {
            handle,
            thread,
            open,
        })
    }

    /// Where to spawn what serves applications.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Ends the thread; blocks until it has ended.
    pub(crate) fn close(self) {
        let Self { thread, open, .. } = self;
        drop(open);
        if thread.join().is_err() {
            tracing::error!("the applications' thread did not end in good order");
        }
    }
}
