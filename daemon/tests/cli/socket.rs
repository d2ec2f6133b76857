//! Who may use the administrators' socket.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    process::{Command, Stdio},
};

use crate::world::{Running, World};

/// Nobody in particular, and not the owner of anything here.
const ANOTHER_UID: u32 = 54_321;

#[test]
fn a_user_who_may_not_open_the_socket_is_told_of_the_group() {
    let world = World::with_seats(1);
    // Whoever runs this test, the command runs as a user whom the socket's mode keeps out.
    let program = world.path("octroi");
    fs::copy(env!("CARGO_BIN_EXE_octroi"), &program).unwrap();
    let mut command = Command::new(&program);
    if rustix::process::geteuid().is_root() {
        for folder in [
            world.root().to_path_buf(),
            world.path("run"),
            world.path("run/octroi"),
        ] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        command.uid(ANOTHER_UID).gid(ANOTHER_UID);
    } else {
        let socket = world.path("run/octroi/admin.sock");
        fs::set_permissions(socket, fs::Permissions::from_mode(0o000)).unwrap();
    }
    command
        .env("LC_ALL", "C")
        .arg("--root")
        .arg(world.root())
        .arg("status");
    let ended = Running::start(command.stderr(Stdio::piped())).ended();
    assert_eq!(ended.code(), 7, "{ended:?}");
    assert!(ended.error.contains("group octroi"), "{ended:?}");
}
