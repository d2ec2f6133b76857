//! What every port can do, and what a key shows of itself when it is plugged in.

use std::{io, os::fd::BorrowedFd};

use octroi_hardware_key::Report;

/// What the kernel is told of a key. None of it proves anything.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) product: &'static str,
    pub(crate) serial: String,
    pub(crate) vendor_id: u16,
    pub(crate) product_id: u16,
    pub(crate) descriptor: &'static [u8],
}

/// A key's way to the kernel while it is plugged in; to drop it is to pull the key out.
pub(crate) trait Port {
    /// Readable when the host has sent something.
    fn fd(&self) -> BorrowedFd<'_>;

    /// The next report that the host sent; `None` where something else happened, or nothing.
    fn read(&mut self) -> io::Result<Option<Report>>;

    /// Hands a report to the host; `false` where it must be tried again when the port is writable.
    fn write(&mut self, report: &Report) -> io::Result<bool>;
}
