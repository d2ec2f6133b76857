//! Reads the facts. Every path is under a root that a test can choose; only the processor comes from
//! sysinfo, and so as a value.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use octroi_licence::HostComponentKind;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use super::{
    HostFact, HostFacts, HostProblem,
    value::{VALUE_BYTES_MAX, checked},
};

/// Devices of one kind that are looked at; more belong to hosts of many machines.
pub(super) const DEVICES_MAX: usize = 16;
/// Entries of a folder of `/sys` that are looked at.
const ENTRIES_MAX: usize = 4096;

impl HostFacts {
    /// Reads this machine. Blocks for some milliseconds.
    pub fn read() -> Self {
        Self::read_under(Path::new("/"), processor())
    }

    /// Reads the machine whose `/etc` and `/sys` lie under `root`.
    pub fn read_under(root: &Path, processor: Result<String, HostProblem>) -> Self {
        let mut components = vec![
            file(root, HostComponentKind::MachineId, "etc/machine-id"),
            file(
                root,
                HostComponentKind::ProductUuid,
                "sys/class/dmi/id/product_uuid",
            ),
            file(
                root,
                HostComponentKind::BoardSerial,
                "sys/class/dmi/id/board_serial",
            ),
            HostFact {
                kind: HostComponentKind::Processor,
                source: "sysinfo".to_owned(),
                value: processor.and_then(|text| checked(&text)),
            },
        ];
        components.extend(devices(
            root,
            HostComponentKind::NetworkCard,
            "sys/class/net",
            network_card,
        ));
        components.extend(devices(root, HostComponentKind::Disk, "sys/block", disk));
        Self { components }
    }
}

/// Brand and number of cores: what stays when a kernel is replaced.
fn processor() -> Result<String, HostProblem> {
    let failed = |error: sysinfo::Error| HostProblem::Unreadable {
        path: "the processor's description".to_owned(),
        reason: error.to_string(),
    };
    let what = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let system = System::new_with_specifics(what).map_err(failed)?;
    let brand = system
        .cpus()
        .first()
        .map(|cpu| cpu.brand().trim())
        .unwrap_or_default();
    if brand.is_empty() {
        return Err(HostProblem::Absent);
    }
    let cores = System::physical_core_count().map_err(failed)?;
    Ok(format!("{brand}, {cores} cores"))
}

fn file(root: &Path, kind: HostComponentKind, path: &str) -> HostFact {
    let value = read(&root.join(path), &format!("/{path}"))
        .and_then(|text| text.ok_or(HostProblem::Absent))
        .and_then(|text| checked(&text));
    HostFact {
        kind,
        source: format!("/{path}"),
        value,
    }
}

/// The facts of a folder of devices: values first, each once, then problems. A machine with no
/// such device has one fact that says so.
fn devices(
    root: &Path,
    kind: HostComponentKind,
    folder: &str,
    value: impl Fn(&Path, &str) -> Option<Result<String, HostProblem>>,
) -> Vec<HostFact> {
    let mut facts: Vec<HostFact> = entries(&root.join(folder))
        .into_iter()
        .filter_map(|name| {
            let source = format!("/{folder}/{name}");
            let value = value(&root.join(folder).join(&name), &source)?;
            Some(HostFact {
                kind,
                source,
                value,
            })
        })
        .collect();
    facts.sort_by(|one, other| match (&one.value, &other.value) {
        (Ok(one), Ok(other)) => one.cmp(other),
        (Ok(_), Err(_)) => std::cmp::Ordering::Less,
        (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
        (Err(_), Err(_)) => one.source.cmp(&other.source),
    });
    // Bonded cards and disks on two paths show one value twice.
    facts.dedup_by(|one, other| one.value.is_ok() && one.value == other.value);
    facts.truncate(DEVICES_MAX);
    if facts.is_empty() {
        let source = format!("/{folder}");
        facts.push(HostFact {
            kind,
            source,
            value: Err(HostProblem::Absent),
        });
    }
    facts
}

fn entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .take(ENTRIES_MAX)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// The hardware address of a card that is a device and not a bridge, a tunnel or the like.
fn network_card(card: &Path, source: &str) -> Option<Result<String, HostProblem>> {
    /// The address is the manufacturer's (`NET_ADDR_PERM` in `linux/netdevice.h`).
    const PERMANENT: &str = "0";
    if !card.join("device").exists() || is_pluggable(card) {
        return None;
    }
    // A bonded card shows the bond's address; its own stands here.
    let bonded = read(&card.join("bonding_slave/perm_hwaddr"), source);
    if let Ok(Some(own)) = bonded {
        return Some(checked(&own));
    }
    let address = match read(&card.join("address"), &format!("{source}/address")) {
        Ok(Some(address)) => checked(&address),
        Ok(None) => return None,
        Err(problem) => Err(problem),
    };
    let assigned = read(&card.join("addr_assign_type"), source).ok().flatten();
    Some(address.and_then(|address| match assigned {
        Some(assigned) if assigned.trim() != PERMANENT => {
            Err(HostProblem::NotPermanent { found: address })
        }
        Some(_) | None => Ok(address),
    }))
}

/// The serial number of a disk that stays in the machine.
fn disk(disk: &Path, source: &str) -> Option<Result<String, HostProblem>> {
    let removable = read(&disk.join("removable"), source).ok().flatten();
    if !disk.join("device").exists()
        || removable.is_some_and(|removable| removable.trim() == "1")
        || is_pluggable(disk)
    {
        return None;
    }
    // NVMe and MMC, virtio, then the identifier that SCSI and NVMe disks have for the world.
    let mut problem = HostProblem::Absent;
    for place in ["device/serial", "serial", "device/wwid", "wwid"] {
        match read(&disk.join(place), &format!("{source}/{place}"))
            .and_then(|text| text.ok_or(HostProblem::Absent))
            .and_then(|text| checked(&text))
        {
            Ok(serial) => return Some(Ok(serial)),
            Err(HostProblem::Absent) => {}
            Err(other) => problem = other,
        }
    }
    Some(Err(problem))
}

/// Whether the device hangs on USB, where it comes and goes with its owner.
fn is_pluggable(device: &Path) -> bool {
    let real: PathBuf = fs::canonicalize(device).unwrap_or_default();
    real.components()
        .any(|part| part.as_os_str().to_string_lossy().starts_with("usb"))
}

/// A small file's text; `None` where there is no such file.
fn read(path: &Path, shown: &str) -> Result<Option<String>, HostProblem> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(VALUE_BYTES_MAX * 4).unwrap_or(u64::MAX);
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(HostProblem::of_reading(shown, &error)),
    }
}
