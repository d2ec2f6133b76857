//! What the tour leaves behind: files to go on with by hand, or everything running.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{scene::Scene, shown, teller::Teller};
use crate::Binaries;

/// Fails unless the folder is new or empty: nothing is overwritten.
pub(super) fn must_be_empty(folder: &Path) -> anyhow::Result<()> {
    let mut entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("{}", folder.display()))?,
    };
    if entries.next().is_some() {
        bail!("{} is not empty; choose a new folder", folder.display());
    }
    Ok(())
}

/// Copies what was made: papers and ledger under plain names, and what is needed to go on.
pub(super) fn copy(scene: &Scene, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let folder = &folder.canonicalize()?;
    let machine = &scene.machine;
    for (from, name) in [
        (scene.order.clone(), "order.toml"),
        (scene.issued.licence.clone(), "client.lic"),
        (scene.issued.code.clone(), "client.code"),
        (scene.vendor.root(), "root.pub"),
        (scene.key.state().to_path_buf(), "key.state"),
    ] {
        fs::copy(&from, folder.join(name)).with_context(|| format!("{}", from.display()))?;
    }
    copy_folder(&scene.ledger()?, &folder.join("ledger"))?;
    copy_folder(&scene.vendor.folder().join("keys"), &folder.join("vendor"))?;
    if let Some(server) = &scene.server {
        copy_folder(server.folder(), &folder.join("server"))?;
    }
    let logs = folder.join("logs");
    fs::create_dir_all(&logs)?;
    for place in [scene.folder(), machine.root()] {
        for file in files(place)? {
            if file.extension().is_some_and(|extension| extension == "log")
                && let Some(name) = file.file_name()
            {
                fs::copy(&file, logs.join(name))?;
            }
        }
    }
    // The daemon's files, with the key's new place.
    let root = folder.join("machine");
    copy_folder(&machine.paths().state(), &root.join("var/lib/octroi"))?;
    fs::create_dir_all(root.join("etc/octroi"))?;
    let configuration = configuration(folder);
    fs::write(root.join("etc/octroi/octroid.toml"), &configuration)?;
    fs::write(folder.join("octroid.toml"), &configuration)?;
    Ok(())
}

fn configuration(folder: &Path) -> String {
    let socket = folder.join("key.sock");
    format!(
        "[hardware_key]\nusb = false\nemulators = [{:?}]\n",
        socket.display().to_string()
    )
}

/// The files directly in a folder.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("{}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if entry.file_type()?.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Says how to go on by hand with what was kept.
pub(super) fn explain(folder: &Path, teller: &Teller) {
    let folder = folder
        .canonicalize()
        .unwrap_or_else(|_| folder.to_path_buf());
    let programs = Binaries::get()
        .ok()
        .and_then(|binaries| binaries.octroi.parent());
    let programs = programs.unwrap_or(Path::new("target/release"));
    let text = format!(
        "\nWhat was made is in {folder}. To go on by hand:\n\n\
         \x20 export PATH={programs}:$PATH; cd {folder}\n\
         \x20 octroi-key-emulator run --state key.state --socket key.sock &\n\
         \x20 octroid --root machine &\n\
         \x20 octroi-server --config server/octroi-server.toml show\n\
         \x20 octroi-server --config server/octroi-server.toml &\n\
         \x20 octroi --root machine status\n\
         \x20 octroi --root machine run --feature solver --product solver-suite --version 4.2 \
         --vendor-root root.pub -- sleep 60 &\n\
         \x20 octroi --root machine seats\n\
         \x20 octroi --root machine report preview --vendor acme\n\
         \x20 octroi ledger verify --folder ledger\n\
         \x20 octroi-vendor inspect client.lic\n\
         \x20 octroi-vendor --keys vendor order check order.toml",
        folder = shown(&folder),
        programs = shown(programs),
    );
    teller.plain(&text);
}

/// Leaves everything running until Ctrl-C or SIGTERM.
pub(super) fn stay(scene: &Scene, teller: &Teller) -> anyhow::Result<()> {
    let programs = Binaries::get()?
        .octroi
        .parent()
        .context("a program lies in a folder")?;
    let root = scene.machine.root();
    teller.plain(&format!(
        "\nEverything stays as it is. In another terminal:\n\n\
         \x20 export PATH={programs}:$PATH OCTROI_ROOT={root}\n\
         \x20 octroi status\n\
         \x20 octroi seats\n\
         \x20 octroi release SEAT\n\
         \x20 octroi report history\n\
         \x20 octroi-server --config {server} show\n\
         \x20 octroi run --feature solver --product solver-suite --version 4.2 --vendor-root {key} -- sleep 60\n\
         \x20 tail -f {root}/octroid.log\n\n\
         Ctrl-C ends it.",
        programs = shown(programs),
        root = shown(root),
        key = scene.vendor.root_public_key(),
        server = shown(&scene.server()?.configuration()),
    ));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        anyhow::Ok(())
    })
}
