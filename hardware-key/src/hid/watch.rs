//! Tells when a hidraw node comes, goes or changes its permissions, so that keys are looked for only
//! then. Works with no udev running.

use std::{
    io,
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init},
    io::Errno,
};

/// A watch over the folder of device nodes. Readable when something happened there, so that an async
/// runtime can wait on it too.
#[derive(Debug)]
pub struct HidrawWatch {
    inotify: OwnedFd,
}

impl HidrawWatch {
    /// Watches `folder`, `/dev` on a real machine.
    ///
    /// # Errors
    /// What the system said.
    pub fn new(folder: &Path) -> io::Result<Self> {
        let inotify = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        // A node is first made and then given its permissions, which a daemon that is not root
        // needs; hence ATTRIB.
        add_watch(
            &inotify,
            folder,
            WatchFlags::CREATE | WatchFlags::ATTRIB | WatchFlags::DELETE,
        )?;
        Ok(Self { inotify })
    }

    /// Takes what has happened so far and says whether any of it concerned a hidraw node. Does not
    /// wait.
    ///
    /// # Errors
    /// What the system said.
    pub fn changed(&mut self) -> io::Result<bool> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(&self.inotify, &mut buffer);
        let mut changed = false;
        loop {
            match events.next() {
                Ok(event) => {
                    let hidraw = event
                        .file_name()
                        .is_some_and(|name| name.to_bytes().starts_with(b"hidraw"));
                    // After an overflow it is not known what was missed.
                    changed |= hidraw || event.events().contains(ReadFlags::QUEUE_OVERFLOW);
                }
                Err(Errno::WOULDBLOCK) => return Ok(changed),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits at most `within` for something to happen in the folder, then answers as
    /// [`Self::changed`].
    ///
    /// # Errors
    /// What the system said.
    pub fn wait(&mut self, within: Duration) -> io::Result<bool> {
        let timeout = Timespec::try_from(within).unwrap_or(Timespec {
            tv_sec: 3600,
            tv_nsec: 0,
        });
        let mut ready = [PollFd::new(&self.inotify, PollFlags::IN)];
        match poll(&mut ready, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => Ok(false),
            Ok(_) => self.changed(),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for HidrawWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_node_that_comes_and_goes_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = HidrawWatch::new(folder.path()).unwrap();
        assert!(!watch.changed().unwrap());
        fs::write(folder.path().join("hidraw0"), "").unwrap();
        assert!(watch.wait(Duration::from_secs(5)).unwrap());
        fs::remove_file(folder.path().join("hidraw0")).unwrap();
        assert!(watch.wait(Duration::from_secs(5)).unwrap());
        assert!(!watch.changed().unwrap());
    }

    #[test]
    fn permissions_given_later_are_noticed() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let node = folder.path().join("hidraw3");
        fs::write(&node, "").unwrap();
        let mut watch = HidrawWatch::new(folder.path()).unwrap();
        fs::set_permissions(&node, fs::Permissions::from_mode(0o660)).unwrap();
        assert!(watch.changed().unwrap());
    }

    #[test]
    fn other_nodes_do_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = HidrawWatch::new(folder.path()).unwrap();
        fs::write(folder.path().join("tty0"), "").unwrap();
        assert!(!watch.wait(Duration::from_secs(5)).unwrap());
    }
}
