//! Who may open a key's node, under udev's own rules and the one that is shipped.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::CommandExt as _,
    },
};

use anyhow::ensure;

use super::device::Device;
use crate::process::run;

/// The daemon's user and group in the virtual machine.
const DAEMON: u32 = 900;
/// `nobody`, and its group.
const NOBODY: u32 = 65_534;

/// udev gives the node to the daemon's group, mode 0660; the daemon's user can use the key, and
/// another user is told why not, and what to do.
pub(super) fn by_rule(device: &Device, kind: &str) -> anyhow::Result<()> {
    let key = device.plug(kind)?;
    let node = fs::metadata(key.node())?;
    ensure!(
        (node.uid(), node.gid(), node.permissions().mode() & 0o777) == (0, DAEMON, 0o660),
        "{}:{} {:o}",
        node.uid(),
        node.gid(),
        node.permissions().mode()
    );
    let enrol = |user: u32| -> anyhow::Result<_> {
        let mut command = device.command(&["octroi-vendor", "enrol-key"])?;
        run(command.uid(user).gid(user))
    };
    let allowed = enrol(DAEMON)?;
    ensure!(allowed.status == 0, "{}", allowed.complaint);
    let forbidden = enrol(NOBODY)?;
    ensure!(
        forbidden.status != 0
            && forbidden
                .complaint
                .contains("permission denied on hardware key"),
        "{}",
        forbidden.complaint
    );
    Ok(())
}
