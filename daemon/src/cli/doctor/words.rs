//! Values as the checks show them: modes, owners, sizes, lengths of time.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
};

/// Permissions in octal.
pub(super) fn mode(found: &fs::Metadata) -> String {
    format!("{:04o}", found.permissions().mode() & 0o7777)
}

/// The owner's name, or its number where `/etc/passwd` does not know it.
pub(super) fn owner(found: &fs::Metadata) -> String {
    user_name(found.uid())
}

/// A user's name, or its number where `/etc/passwd` does not know it.
pub(in super::super) fn user_name(uid: u32) -> String {
    named("/etc/passwd", uid)
}

/// The group's name, or its number.
pub(super) fn group_name(found: &fs::Metadata) -> String {
    named("/etc/group", found.gid())
}

/// Says whether the system has a group of this name.
pub(super) fn is_group(name: &str) -> bool {
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    groups
        .lines()
        .any(|line| line.split(':').next() == Some(name))
}

/// The name of a number in a file of the form `name:password:number:…`.
fn named(file: &str, number: u32) -> String {
    let wanted = number.to_string();
    let lines = fs::read_to_string(file).unwrap_or_default();
    let name = lines.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(wanted.as_str())).then(|| name.to_owned())
    });
    name.unwrap_or(wanted)
}

/// Bytes in the largest unit of which there is one, with a tenth.
pub(super) fn size(bytes: u64) -> String {
    let units = [
        (1_u64 << 40, "TiB"),
        (1 << 30, "GiB"),
        (1 << 20, "MiB"),
        (1 << 10, "KiB"),
    ];
    for (unit, name) in units {
        if bytes >= unit {
            let tenths = (bytes % unit) * 10 / unit;
            return format!("{}.{tenths} {name}", bytes / unit);
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_in_the_largest_unit() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1_536), "1.5 KiB");
        assert_eq!(size((3 << 30) + (1 << 29)), "3.5 GiB");
        assert_eq!(size(u64::MAX), "16777215.9 TiB");
    }

    #[test]
    fn the_superuser_is_known_by_name_and_nobodys_number_stays_one() {
        assert_eq!(user_name(0), "root");
        assert_eq!(user_name(4_294_000_000), "4294000000");
    }
}
