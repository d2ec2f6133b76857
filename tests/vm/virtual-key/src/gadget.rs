//! A key as a real USB device: the HID function of a USB gadget, made in configfs, on one of the two ports of
//! `dummy_hcd`, a host controller and a device controller wired to each other. Needs root and the modules
//! `libcomposite`, `usb_f_hid` and `dummy_hcd num=2`.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::{
        fd::{AsFd as _, BorrowedFd},
        unix::fs::{OpenOptionsExt as _, symlink},
    },
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use octroi_hardware_key::{REPORT_BYTES, Report};
use rustix::fs::OFlags;

use crate::port::{Identity, Port};

const GADGETS: &str = "/sys/kernel/config/usb_gadget";
const PREFIX: &str = "octroi-";
const FUNCTION: &str = "functions/hid.octroi";
const LINK: &str = "configs/c.1/hid.octroi";
/// In the order in which they are made; removed in the opposite one.
const FOLDERS: [&str; 4] = [
    "strings/0x409",
    "configs/c.1",
    "configs/c.1/strings/0x409",
    FUNCTION,
];
/// How long the kernel may take to show the function's device node.
const NODE_WITHIN: Duration = Duration::from_secs(5);

/// A gadget that was made. It is not plugged in.
#[derive(Debug)]
pub(crate) struct Gadget {
    folder: PathBuf,
}

impl Gadget {
    /// Makes the gadget; the host sees nothing of it yet. What processes that were killed left behind is removed.
    pub(crate) fn prepare(identity: &Identity) -> anyhow::Result<Self> {
        remove_abandoned();
        let gadget = Self {
            folder: Path::new(GADGETS).join(format!("{PREFIX}{}", process::id())),
        };
        fs::create_dir(&gadget.folder).with_context(|| gadget.folder.display().to_string())?;
        for folder in FOLDERS {
            let folder = gadget.folder.join(folder);
            fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        }
        for (file, value) in [
            ("idVendor", format!("{:#06x}", identity.vendor_id)),
            ("idProduct", format!("{:#06x}", identity.product_id)),
            ("bcdDevice", "0x0100".to_owned()),
            ("bcdUSB", "0x0200".to_owned()),
            ("strings/0x409/serialnumber", identity.serial.clone()),
            ("strings/0x409/manufacturer", "Octroi tests".to_owned()),
            ("strings/0x409/product", identity.product.to_owned()),
            ("configs/c.1/strings/0x409/configuration", "key".to_owned()),
            ("functions/hid.octroi/protocol", "0".to_owned()),
            ("functions/hid.octroi/subclass", "0".to_owned()),
            (
                "functions/hid.octroi/report_length",
                REPORT_BYTES.to_string(),
            ),
        ] {
            gadget.set(file, value.as_bytes())?;
        }
        gadget.set("functions/hid.octroi/report_desc", identity.descriptor)?;
        symlink(gadget.folder.join(FUNCTION), gadget.folder.join(LINK))
            .context("the function could not be put into the configuration")?;
        Ok(gadget)
    }

    /// Plugs it into a port.
    pub(crate) fn plug(self, slot: u8) -> anyhow::Result<Plugged> {
        self.set("UDC", format!("dummy_udc.{slot}").as_bytes())?;
        let numbers = fs::read_to_string(self.folder.join(FUNCTION).join("dev"))?;
        let (_major, minor) = numbers
            .trim()
            .split_once(':')
            .context("the function has no device number")?;
        let path = format!("/dev/hidg{minor}");
        let deadline = Instant::now() + NODE_WITHIN;
        let nonblocking = i32::try_from(OFlags::NONBLOCK.bits())?;
        let node = loop {
            let opened = OpenOptions::new()
                .read(true)
                .write(true)
                .custom_flags(nonblocking)
                .open(&path);
            match opened {
                Ok(node) => break node,
                Err(error) if Instant::now() > deadline => return Err(error).context(path),
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        };
        Ok(Plugged { node, gadget: self })
    }

    fn set(&self, file: &str, value: &[u8]) -> anyhow::Result<()> {
        let path = self.folder.join(file);
        fs::write(&path, value).with_context(|| path.display().to_string())
    }
}

impl Drop for Gadget {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

/// Whatever is there of it; what cannot be removed shows when the next one is made.
fn remove(gadget: &Path) {
    let _unplugged = fs::write(gadget.join("UDC"), "\n");
    let _unlinked = fs::remove_file(gadget.join(LINK));
    for folder in FOLDERS.iter().rev() {
        let _removed = fs::remove_dir(gadget.join(folder));
    }
    let _removed = fs::remove_dir(gadget);
}

fn remove_abandoned() {
    let gadgets = fs::read_dir(GADGETS).into_iter().flatten().flatten();
    for gadget in gadgets {
        let name = gadget.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            remove(&gadget.path());
        }
    }
}

/// A gadget in its port, the device's end of it open.
#[derive(Debug)]
pub(crate) struct Plugged {
    /// Closed before the gadget is removed.
    node: File,
    gadget: Gadget,
}

impl Port for Plugged {
    fn fd(&self) -> BorrowedFd<'_> {
        self.node.as_fd()
    }

    fn read(&mut self) -> io::Result<Option<Report>> {
        let mut bytes = [0; REPORT_BYTES];
        match self.node.read(&mut bytes) {
            Ok(REPORT_BYTES) => Ok(Some(Report::from_bytes(bytes))),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A report that nobody fetches, since no program has the key open, stays where it is.
    fn write(&mut self, report: &Report) -> io::Result<bool> {
        match self.node.write(report.as_bytes()) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Plugged {
    fn drop(&mut self) {
        // First of all out of the port; the rest follows when the node is closed.
        let _unplugged = fs::write(self.gadget.folder.join("UDC"), "\n");
    }
}
