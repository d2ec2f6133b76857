//! Whether a process runs in a container, seen from the daemon: what Linux lets anybody read of it —
//! its control groups, its user namespace's map (`cgroups(7)`, `user_namespaces(7)`) and the process
//! numbers that it has — compared with the daemon's own. A daemon in the same container is in none, for
//! its own callers. Whoever is root on the machine can hide all of it.

use std::{
    fs::{self, File},
    io::{self, Read as _},
};

/// The files are far shorter.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// A longer name of a container is cut; what is lost only makes two look like one.
const NAME_BYTES_MAX: usize = 200;

/// What can be seen of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Signs {
    /// Its control groups, one hierarchy a line.
    pub(super) cgroups: String,
    /// Its user namespace's map of uids, as seen from the daemon's.
    pub(super) uid_map: String,
    /// It counts processes as the daemon does.
    pub(super) own_numbers: bool,
}

/// Reads the signs of a process: only a pidfd held meanwhile says that they are of one.
pub(super) fn look(pid: u32, own_numbers: bool) -> io::Result<Signs> {
    Ok(Signs {
        cgroups: read(pid, "cgroup")?,
        // Kernels without user namespaces have no such file.
        uid_map: read(pid, "uid_map").unwrap_or_default(),
        own_numbers,
    })
}

/// The name of a process's process namespace; empty where the daemon may not see it, as with most
/// processes of other users.
pub(super) fn namespace(pid: u32) -> String {
    fs::read_link(format!("/proc/{pid}/ns/pid"))
        .map(|link| link.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn read(pid: u32, file: &str) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(format!("/proc/{pid}/{file}"))?
        .take(FILE_BYTES_MAX)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The container in which a process with these signs runs, by a name that stays the same as long as it
/// does; `None`: in none but the daemon's `own`. `namespace` is asked only where it tells.
pub(super) fn container(
    signs: &Signs,
    own: &Signs,
    namespace: impl FnOnce() -> String,
) -> Option<String> {
    let of_group = named_by_group(&signs.cgroups);
    let named = of_group.filter(|name| named_by_group(&own.cgroups).as_ref() != Some(name));
    if named.is_some() {
        return named;
    }
    let other_users = words(&signs.uid_map) != words(&own.uid_map);
    if signs.own_numbers && !other_users {
        return None;
    }
    // Made by hand, by a sandbox or by an engine that is not known: nothing but the namespaces and the
    // control group tell one from another.
    let namespace = namespace();
    let place = if namespace.is_empty() {
        deepest(&signs.cgroups)
    } else {
        &namespace
    };
    let map = words(&signs.uid_map).join(" ");
    Some(cut(&format!("namespaces {place} {map}")))
}

/// The part of a control group's path that a container engine made, from its beginning.
fn named_by_group(cgroups: &str) -> Option<String> {
    cgroups.lines().find_map(|line| {
        let path = line.splitn(3, ':').nth(2)?;
        let mut before = None;
        let found = path.split('/').find(|part| {
            let engines = made_by_engine(part) || before.is_some_and(|before| under(before, part));
            before = Some(*part);
            engines
        })?;
        Some(cut(found))
    })
}

/// Names that engines give: Docker, containerd and CRI-O under systemd, Podman, LXC and Incus,
/// systemd-nspawn.
fn made_by_engine(part: &str) -> bool {
    const BEGINNINGS: [&str; 8] = [
        "docker-",
        "cri-containerd-",
        "crio-",
        "nerdctl-",
        "libpod-",
        "lxc.payload",
        "machine-",
        "systemd-nspawn@",
    ];
    let begins = BEGINNINGS.iter().any(|beginning| {
        part.strip_prefix(beginning)
            .is_some_and(|rest| !rest.is_empty())
    });
    begins
        && part.strip_suffix(".slice").is_none()
        && part != "libpod-parent"
        && !part.starts_with("libpod-conmon")
}

/// Engines that make a group of their own and one below it for each container.
fn under(parent: &str, part: &str) -> bool {
    matches!(parent, "docker" | "lxc" | "garden" | "buildkit") && !part.is_empty()
        || parent.starts_with("kubepods") && !part.is_empty() && !part.starts_with("kubepods")
        || parent.starts_with("pod") && parent.len() > 30 && !part.is_empty()
}

fn deepest(cgroups: &str) -> &str {
    let paths = cgroups
        .lines()
        .filter_map(|line| line.splitn(3, ':').nth(2));
    paths.max_by_key(|path| path.len()).unwrap_or("")
}

fn words(text: &str) -> Vec<&str> {
    text.split_ascii_whitespace().collect()
}

fn cut(name: &str) -> String {
    let mut end = name.len().min(NAME_BYTES_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let name = name.get(..end).unwrap_or_default();
    name.replace(char::is_control, "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "         0          0 4294967295\n";

    fn host() -> Signs {
        Signs {
            cgroups: "0::/system.slice/octroid.service\n".to_owned(),
            uid_map: ALL.to_owned(),
            own_numbers: true,
        }
    }

    fn seen(signs: &Signs, own: &Signs) -> Option<String> {
        container(signs, own, || "pid:[4026532001]".to_owned())
    }

    fn in_group(path: &str) -> Option<String> {
        let signs = Signs {
            cgroups: format!("0::{path}\n"),
            ..host()
        };
        seen(&signs, &host())
    }

    #[test]
    fn a_service_or_a_login_is_in_no_container() {
        for path in [
            "/",
            "/user.slice/user-1000.slice/user@1000.service/app.slice/app-solver.scope",
            "/system.slice/docker.service",
            "/system.slice/containerd.service",
            "/machine.slice",
            "/machine.slice/libpod-parent",
            "/docker",
        ] {
            assert_eq!(in_group(path), None, "{path}");
        }
    }

    #[test]
    fn engines_are_known_by_their_control_groups() {
        let id = "4f5d".repeat(16);
        for (path, name) in [
            (
                format!("/system.slice/docker-{id}.scope"),
                format!("docker-{id}.scope"),
            ),
            (format!("/docker/{id}"), id.clone()),
            (format!("/docker/{id}/init.scope"), id.clone()),
            (
                format!(
                    "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{id}.scope/container"
                ),
                format!("libpod-{id}.scope"),
            ),
            (
                format!(
                    "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podab.slice/cri-containerd-{id}.scope"
                ),
                format!("cri-containerd-{id}.scope"),
            ),
            (
                "/lxc.payload.web/system.slice/app.service".to_owned(),
                "lxc.payload.web".to_owned(),
            ),
            (
                "/machine.slice/systemd-nspawn@web.service/payload".to_owned(),
                "systemd-nspawn@web.service".to_owned(),
            ),
        ] {
            assert_eq!(in_group(&path), Some(name), "{path}");
        }
    }

    #[test]
    fn of_several_hierarchies_one_names_the_container() {
        let signs = Signs {
            cgroups: "9:name=systemd:/\n4:memory:/docker/abc\n0::/\n".to_owned(),
            ..host()
        };
        assert_eq!(seen(&signs, &host()), Some("abc".to_owned()));
    }

    #[test]
    fn numbers_or_users_of_its_own_make_a_container_too() {
        let numbered = Signs {
            own_numbers: false,
            ..host()
        };
        let name = seen(&numbered, &host()).unwrap();
        assert_eq!(name, "namespaces pid:[4026532001] 0 0 4294967295");
        let users = Signs {
            uid_map: "         0       1000          1\n".to_owned(),
            ..host()
        };
        let name = container(&users, &host(), String::new).unwrap();
        assert_eq!(name, "namespaces /system.slice/octroid.service 0 1000 1");
    }

    #[test]
    fn callers_from_the_daemons_own_container_are_in_none() {
        let inside = Signs {
            cgroups: "0::/docker/abc\n".to_owned(),
            uid_map: "0 100000 65536\n".to_owned(),
            ..host()
        };
        assert_eq!(seen(&inside, &inside), None);
        let beside = Signs {
            cgroups: "0::/docker/def\n".to_owned(),
            ..inside.clone()
        };
        assert_eq!(seen(&beside, &inside), Some("def".to_owned()));
    }

    #[test]
    fn this_process_is_in_no_container_but_its_own() {
        let own = look(std::process::id(), true).unwrap();
        assert!(!own.cgroups.is_empty());
        assert_eq!(seen(&own, &own), None);
    }

    #[test]
    fn a_long_or_hostile_name_is_cut_and_cleaned() {
        let signs = Signs {
            cgroups: format!("0::/docker/{}\u{1b}é{}\n", "a".repeat(198), "b".repeat(300)),
            ..host()
        };
        let name = seen(&signs, &host()).unwrap();
        assert!(name.len() <= NAME_BYTES_MAX);
        assert!(!name.contains(char::is_control));
    }
}
