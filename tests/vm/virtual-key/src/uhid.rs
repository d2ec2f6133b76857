//! A key on `/dev/uhid` (`linux/uhid.h`): the kernel's HID layer believes in a USB device that no USB layer has seen.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::fd::{AsFd as _, BorrowedFd},
};

use octroi_hardware_key::{REPORT_BYTES, Report};

use crate::port::{Identity, Port};

// Event types.
const DESTROY: u32 = 1;
const OUTPUT: u32 = 6;
const GET_REPORT: u32 = 9;
const GET_REPORT_REPLY: u32 = 10;
const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
const SET_REPORT: u32 = 13;
const SET_REPORT_REPLY: u32 = 14;

const DATA_BYTES: usize = 4096;
/// `struct uhid_event`, whose longest member is that of `CREATE2`.
const EVENT_BYTES: usize = 4 + 128 + 64 + 64 + 2 + 2 + 4 * 4 + DATA_BYTES;
/// hidapi passes over devices of any bus but USB, Bluetooth, I2C and SPI.
const BUS_USB: u16 = 3;
const EIO: u16 = 5;

/// A device that was made and not yet destroyed.
#[derive(Debug)]
pub(crate) struct Uhid(File);

impl Uhid {
    /// Makes the device, which the kernel then announces.
    pub(crate) fn create(identity: &Identity, slot: u8) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/uhid")?;
        let length = u16::try_from(identity.descriptor.len()).map_err(io::Error::other)?;
        let mut event = Vec::with_capacity(EVENT_BYTES);
        event.extend(CREATE2.to_ne_bytes());
        event.extend(padded::<128>(identity.product));
        event.extend(padded::<64>(&format!("octroi-virtual-key/{slot}")));
        event.extend(padded::<64>(&identity.serial));
        event.extend(length.to_ne_bytes());
        event.extend(BUS_USB.to_ne_bytes());
        event.extend(u32::from(identity.vendor_id).to_ne_bytes());
        event.extend(u32::from(identity.product_id).to_ne_bytes());
        event.extend(0x0100_u32.to_ne_bytes()); // version
        event.extend(0_u32.to_ne_bytes()); // country
        event.extend(identity.descriptor);
        event.resize(EVENT_BYTES, 0);
        file.write_all(&event)?;
        Ok(Self(file))
    }
}

/// A text that ends with a zero byte, cut to what there is room for.
fn padded<const BYTES: usize>(text: &str) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    for (to, from) in bytes.iter_mut().take(BYTES - 1).zip(text.bytes()) {
        *to = from;
    }
    bytes
}

impl Port for Uhid {
    fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    fn read(&mut self) -> io::Result<Option<Report>> {
        let mut event = [0; EVENT_BYTES];
        let length = self.0.read(&mut event)?;
        let event = event.get(..length).unwrap_or_default();
        let Some((kind, rest)) = event.split_first_chunk::<4>() else {
            return Ok(None);
        };
        match u32::from_ne_bytes(*kind) {
            OUTPUT => Ok(output(rest)),
            // Neither kind of key knows feature reports; unanswered, the kernel would wait for five seconds.
            kind @ (GET_REPORT | SET_REPORT) => {
                let (reply, more) = if kind == GET_REPORT {
                    (GET_REPORT_REPLY, 2)
                } else {
                    (SET_REPORT_REPLY, 0)
                };
                let mut answer = reply.to_ne_bytes().to_vec();
                answer.extend(rest.iter().take(4)); // the request's number
                answer.extend(EIO.to_ne_bytes());
                answer.resize(answer.len() + more, 0);
                self.0.write_all(&answer)?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn write(&mut self, report: &Report) -> io::Result<bool> {
        let mut event = INPUT2.to_ne_bytes().to_vec();
        event.extend([64, 0]); // little-endian, as this is built for nothing else
        event.extend(report.as_bytes());
        self.0.write_all(&event).map(|()| true)
    }
}

/// The kernel hands over the report's number too, 0 where reports have none: 65 bytes.
fn output(event: &[u8]) -> Option<Report> {
    let (data, rest) = event.split_at_checked(DATA_BYTES)?;
    let size = usize::from(u16::from_ne_bytes(*rest.first_chunk()?));
    let data = data.get(..size)?;
    let report = match data {
        [0, report @ ..] if report.len() == REPORT_BYTES => report,
        report => report,
    };
    report.try_into().ok().map(Report::from_bytes)
}

impl Drop for Uhid {
    fn drop(&mut self) {
        // The kernel does the same when the file is closed.
        let _told = self.0.write_all(&DESTROY.to_ne_bytes());
    }
}
