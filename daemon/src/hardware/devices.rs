//! HID devices in `/dev` that are keys by what the kernel says of them, whether or not this process may
//! open them. Nothing is opened, and nothing said to a device.

use std::{
    fs,
    path::{Path, PathBuf},
};

use octroi_hardware_key::protocol::REPORT_DESCRIPTOR;
use octroi_licence::HardwareKeyKind;
use rustix::fs::{Access, access};

/// How the report descriptor of a security key begins: usage page FIDO, usage CTAPHID (CTAP 2.1,
/// section 11.2.8).
const FIDO_DESCRIPTOR: [u8; 5] = [0x06, 0xd0, 0xf1, 0x09, 0x01];
/// Devices that are looked at.
const DEVICES_MAX: usize = 256;

/// A device node of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyDevice {
    /// The node.
    pub(crate) place: PathBuf,
    /// The device's name, as the kernel says it; may be empty.
    pub(crate) product: String,
    /// By its report descriptor.
    pub(crate) kind: HardwareKeyKind,
    /// This process may read and write it.
    pub(crate) open: bool,
}

impl KeyDevice {
    /// Every key on this machine, by its node's name.
    pub(crate) fn all() -> Vec<Self> {
        Self::under(Path::new("/sys/class/hidraw"), Path::new("/dev"))
    }

    fn under(class: &Path, dev: &Path) -> Vec<Self> {
        let entries = fs::read_dir(class).into_iter().flatten();
        let mut devices: Vec<Self> = entries
            .filter_map(Result::ok)
            .take(DEVICES_MAX)
            .filter_map(|entry| {
                let device = entry.path().join("device");
                let descriptor = fs::read(device.join("report_descriptor")).ok()?;
                let place = dev.join(entry.file_name());
                let open = access(&place, Access::READ_OK | Access::WRITE_OK).is_ok();
                let described = fs::read_to_string(device.join("uevent")).unwrap_or_default();
                let product = described
                    .lines()
                    .find_map(|line| line.strip_prefix("HID_NAME="))
                    .unwrap_or_default()
                    .to_owned();
                Some(Self {
                    kind: kind(&descriptor)?,
                    place,
                    product,
                    open,
                })
            })
            .collect();
        devices.sort_by(|one, other| one.place.cmp(&other.place));
        devices
    }
}

fn kind(descriptor: &[u8]) -> Option<HardwareKeyKind> {
    if descriptor == REPORT_DESCRIPTOR.as_slice() {
        Some(HardwareKeyKind::Dongle)
    } else if descriptor.starts_with(&FIDO_DESCRIPTOR) {
        Some(HardwareKeyKind::Fido2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(class: &Path, name: &str, descriptor: &[u8], product: &str) {
        let device = class.join(name).join("device");
        fs::create_dir_all(&device).unwrap();
        fs::write(device.join("report_descriptor"), descriptor).unwrap();
        fs::write(
            device.join("uevent"),
            format!("DRIVER=x\nHID_NAME={product}\n"),
        )
        .unwrap();
    }

    #[test]
    fn keys_are_told_from_keyboards_and_with_whether_they_may_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (class, dev) = (folder.path().join("class"), folder.path().join("dev"));
        fs::create_dir_all(&dev).unwrap();
        device(&class, "hidraw0", &[0x05, 0x01, 0x09, 0x06], "A keyboard");
        let mut fido = FIDO_DESCRIPTOR.to_vec();
        fido.extend([0xa1, 0x01]);
        device(&class, "hidraw1", &fido, "Nitrokey 3");
        device(
            &class,
            "hidraw2",
            REPORT_DESCRIPTOR.as_slice(),
            "Octroi Key",
        );
        fs::write(dev.join("hidraw2"), "").unwrap();
        let found = KeyDevice::under(&class, &dev);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.product.as_str(), one.kind, one.open))
            .collect();
        assert_eq!(
            told,
            [
                ("Nitrokey 3", HardwareKeyKind::Fido2, false),
                ("Octroi Key", HardwareKeyKind::Dongle, true),
            ]
        );
    }
}
