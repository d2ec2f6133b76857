//! Machines as trees of files, and the one that the tests run on.

use std::{fs, io, os::unix::fs::symlink, path::Path};

use octroi_licence::HOST_COMPONENTS_MAX;
use tempfile::TempDir;

use super::{read::DEVICES_MAX, *};

/// A machine made of files.
struct Machine {
    root: TempDir,
}

impl Machine {
    fn new(files: &[(&str, &str)]) -> Self {
        let machine = Self {
            root: tempfile::tempdir().unwrap(),
        };
        for (path, text) in files {
            machine.put(path, text);
        }
        machine
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn facts(&self) -> HostFacts {
        HostFacts::read_under(self.root.path(), Ok("AMD EPYC, 2 cores".to_owned()))
    }

    fn of(&self, kind: HostComponentKind) -> Vec<Result<String, HostProblem>> {
        let facts = self.facts().components;
        facts
            .into_iter()
            .filter(|fact| fact.kind == kind)
            .map(|fact| fact.value)
            .collect()
    }

    fn cards(&self) -> Vec<Result<String, HostProblem>> {
        self.of(HostComponentKind::NetworkCard)
    }

    fn disks(&self) -> Vec<Result<String, HostProblem>> {
        self.of(HostComponentKind::Disk)
    }
}

fn values(found: &[&str]) -> Vec<Result<String, HostProblem>> {
    found.iter().map(|value| Ok((*value).to_owned())).collect()
}

#[test]
fn a_whole_machine_is_read() {
    let machine = Machine::new(&[
        ("etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4\n"),
        (
            "sys/class/dmi/id/product_uuid",
            "4C4C4544-0051-3010-8058-B4C04F503733\n",
        ),
        ("sys/class/dmi/id/board_serial", "/Q0X7P3/CNWS2008AB0123/\n"),
        ("sys/class/net/eno1/address", "B8:CB:29:A1:02:03\n"),
        ("sys/class/net/eno1/addr_assign_type", "0\n"),
        ("sys/class/net/eno1/device/vendor", "0x8086\n"),
        ("sys/block/nvme0n1/device/serial", "S4EVNX0R123456  \n"),
        ("sys/block/nvme0n1/removable", "0\n"),
    ]);
    let facts: Vec<(&str, String)> = machine
        .facts()
        .components
        .into_iter()
        .map(|fact| (fact.kind.name(), fact.value.unwrap()))
        .collect();
    let expected = [
        ("machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4"),
        ("product-uuid", "4c4c4544-0051-3010-8058-b4c04f503733"),
        ("board-serial", "/q0x7p3/cnws2008ab0123/"),
        ("processor", "amd epyc, 2 cores"),
        ("network-card", "b8:cb:29:a1:02:03"),
        ("disk", "s4evnx0r123456"),
    ]
    .map(|(kind, value)| (kind, value.to_owned()));
    assert_eq!(facts, expected);
}

#[test]
fn a_machine_with_nothing_says_so_for_each_kind() {
    let facts = HostFacts::read_under(Path::new("/nowhere"), Err(HostProblem::Absent));
    assert_eq!(facts.components.len(), 6);
    assert!(
        facts
            .components
            .iter()
            .all(|fact| fact.value == Err(HostProblem::Absent))
    );
}

#[test]
fn placeholders_are_problems_and_no_values() {
    let machine = Machine::new(&[
        ("etc/machine-id", "uninitialized\n"),
        (
            "sys/class/dmi/id/product_uuid",
            "00000000-0000-0000-0000-000000000000\n",
        ),
        ("sys/class/dmi/id/board_serial", "To be filled by O.E.M.\n"),
        ("sys/class/net/eth0/address", "00:00:00:00:00:00\n"),
        ("sys/class/net/eth0/device/vendor", "\n"),
    ]);
    let found: Vec<HostFact> = machine
        .facts()
        .components
        .into_iter()
        .filter(|fact| {
            !matches!(
                fact.kind,
                HostComponentKind::Processor | HostComponentKind::Disk
            )
        })
        .collect();
    assert_eq!(found.len(), 4);
    for fact in found {
        assert!(
            matches!(fact.value, Err(HostProblem::Placeholder { .. })),
            "{:?}",
            fact.value
        );
    }
}

#[test]
fn only_cards_that_are_devices_count() {
    let machine = Machine::new(&[
        ("sys/class/net/lo/address", "00:00:00:00:00:00\n"),
        ("sys/class/net/docker0/address", "02:42:5e:00:00:01\n"),
        ("sys/class/net/eth0/address", "b8:cb:29:a1:02:03\n"),
        ("sys/class/net/eth0/device/vendor", "\n"),
        ("sys/class/net/bonding_masters", "bond0\n"),
    ]);
    assert_eq!(machine.cards(), values(&["b8:cb:29:a1:02:03"]));
}

#[test]
fn an_address_that_software_chose_is_a_problem() {
    let machine = Machine::new(&[
        ("sys/class/net/wlan0/address", "9a:00:01:02:03:04\n"),
        ("sys/class/net/wlan0/addr_assign_type", "3\n"),
        ("sys/class/net/wlan0/device/vendor", "\n"),
    ]);
    let found = "9a:00:01:02:03:04".to_owned();
    assert_eq!(machine.cards(), [Err(HostProblem::NotPermanent { found })]);
}

#[test]
fn a_bonded_card_counts_by_its_own_address() {
    let machine = Machine::new(&[]);
    for (card, own) in [("eno1", "b8:cb:29:a1:02:03"), ("eno2", "b8:cb:29:a1:02:04")] {
        machine.put(&format!("sys/class/net/{card}/device/vendor"), "");
        machine.put(
            &format!("sys/class/net/{card}/address"),
            "b8:cb:29:a1:02:03",
        );
        machine.put(&format!("sys/class/net/{card}/addr_assign_type"), "3");
        machine.put(
            &format!("sys/class/net/{card}/bonding_slave/perm_hwaddr"),
            own,
        );
    }
    assert_eq!(
        machine.cards(),
        values(&["b8:cb:29:a1:02:03", "b8:cb:29:a1:02:04"])
    );
}

#[test]
fn what_hangs_on_usb_does_not_count() {
    let machine = Machine::new(&[
        (
            "sys/devices/pci0000:00/usb1/1-2/net/enx0/address",
            "b8:cb:29:a1:02:09\n",
        ),
        (
            "sys/devices/pci0000:00/usb1/1-2/net/enx0/device/vendor",
            "\n",
        ),
        (
            "sys/devices/pci0000:00/usb1/1-3/block/sda/device/wwid",
            "naa.5000c500a1b2c3d4\n",
        ),
        (
            "sys/devices/pci0000:00/ata1/block/sdb/device/wwid",
            "naa.5000c500a1b2c3d5\n",
        ),
        ("sys/class/net/placeholder", ""),
        ("sys/block/placeholder", ""),
    ]);
    let root = machine.root.path();
    let devices = root.join("sys/devices/pci0000:00");
    symlink(
        devices.join("usb1/1-2/net/enx0"),
        root.join("sys/class/net/enx0"),
    )
    .unwrap();
    symlink(
        devices.join("usb1/1-3/block/sda"),
        root.join("sys/block/sda"),
    )
    .unwrap();
    symlink(devices.join("ata1/block/sdb"), root.join("sys/block/sdb")).unwrap();
    assert_eq!(machine.cards(), [Err(HostProblem::Absent)]);
    assert_eq!(machine.disks(), values(&["naa.5000c500a1b2c3d5"]));
}

#[test]
fn each_sort_of_disk_has_its_serial_in_its_own_place() {
    let machine = Machine::new(&[
        ("sys/block/nvme0n1/device/serial", "A-NVME\n"),
        ("sys/block/nvme0n1/wwid", "nvme.1234\n"),
        ("sys/block/vda/serial", "b-virtio\n"),
        ("sys/block/vda/device/vendor", "\n"),
        ("sys/block/sda/device/wwid", "c-scsi\n"),
        ("sys/block/loop0/serial", "no-device\n"),
        ("sys/block/sr0/device/serial", "no-disk\n"),
        ("sys/block/sr0/removable", "1\n"),
        ("sys/block/vdb/serial", "\n"),
        ("sys/block/vdb/device/vendor", "\n"),
    ]);
    let mut expected = values(&["a-nvme", "b-virtio", "c-scsi"]);
    expected.push(Err(HostProblem::Absent));
    assert_eq!(machine.disks(), expected);
}

#[test]
fn the_order_does_not_hang_on_the_names_of_devices_and_no_value_comes_twice() {
    let card = |machine: &Machine, name: &str, address: &str| {
        machine.put(&format!("sys/class/net/{name}/address"), address);
        machine.put(&format!("sys/class/net/{name}/device/vendor"), "");
    };
    let (one, other) = (Machine::new(&[]), Machine::new(&[]));
    card(&one, "eth0", "b8:cb:29:a1:02:03");
    card(&one, "eth1", "b8:cb:29:a1:02:04");
    card(&other, "eth1", "b8:cb:29:a1:02:03");
    card(&other, "eth0", "b8:cb:29:a1:02:04");
    card(&other, "eth2", "B8:CB:29:A1:02:04");
    assert_eq!(one.cards(), other.cards());
    assert_eq!(one.cards().len(), 2);
}

#[test]
fn a_machine_with_very_many_cards_is_read_only_so_far() {
    let machine = Machine::new(&[]);
    for card in 0..100 {
        machine.put(
            &format!("sys/class/net/eth{card}/address"),
            &format!("b8:cb:29:00:00:{card:02x}"),
        );
        machine.put(&format!("sys/class/net/eth{card}/device/vendor"), "");
    }
    assert_eq!(machine.cards().len(), DEVICES_MAX);
    assert!(machine.facts().hash(&[0; 16]).components.len() <= HOST_COMPONENTS_MAX);
}

#[test]
fn a_file_that_only_root_may_read_is_named_with_what_to_do() {
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let problem = HostProblem::of_reading("/sys/class/dmi/id/product_uuid", &denied);
    assert_eq!(
        problem.to_string(),
        "only root may read /sys/class/dmi/id/product_uuid; give the daemon read access to it"
    );
}

#[test]
fn a_folder_in_the_place_of_a_file_is_a_problem_and_no_value() {
    let machine = Machine::new(&[("etc/machine-id/inner", "x")]);
    let found = machine.of(HostComponentKind::MachineId);
    assert!(
        matches!(found.as_slice(), [Err(HostProblem::Unreadable { .. })]),
        "{found:?}"
    );
}

#[test]
fn this_machine_is_read_the_same_twice_and_matches_itself() {
    let facts = HostFacts::read();
    assert_eq!(facts, HostFacts::read());
    let identity = facts.hash(&[3; 16]);
    assert!(!identity.components.is_empty(), "{facts:?}");
    let found = facts.matches(&identity);
    assert_eq!((found.matched, found.readable), (found.of, found.of));
}
