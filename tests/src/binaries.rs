//! The real programs: built by cargo where they are not up to date, and found beside the program
//! that runs.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context as _, bail};

/// Where the programs lie. All were built from this source tree in one profile.
#[derive(Debug, Clone)]
pub struct Binaries {
    /// The daemon.
    pub octroid: PathBuf,
    /// The administrator's command line.
    pub octroi: PathBuf,
    /// The vendor's tool.
    pub vendor: PathBuf,
    /// The vendor's activation server.
    pub server: PathBuf,
    /// The simulated hardware key.
    pub emulator: PathBuf,
    /// The sample application.
    pub application: PathBuf,
    /// The process that speaks to the daemon by hand.
    pub by_hand: PathBuf,
}

/// The folder of programs that were built before, where there is no cargo. Nothing is built then, and
/// what is missing there is missed when it is started.
pub const BINARIES: &str = "OCTROI_BINARIES";

const PROGRAMS: [&str; 7] = [
    "octroid",
    "octroi",
    "octroi-vendor",
    "octroi-server",
    "octroi-key-emulator",
    "seat_holder",
    "by_hand",
];

impl Binaries {
    /// Builds them, once in this process, and says where they are.
    ///
    /// # Errors
    /// They do not build.
    pub fn get() -> anyhow::Result<&'static Self> {
        static BUILT: OnceLock<Result<Binaries, String>> = OnceLock::new();
        BUILT
            .get_or_init(|| match env::var_os(BINARIES) {
                Some(folder) => Ok(Self::within(Path::new(&folder))),
                None => Self::build().map_err(|error| format!("{error:#}")),
            })
            .as_ref()
            .map_err(|error| anyhow::anyhow!("{error}"))
    }

    fn build() -> anyhow::Result<Self> {
        let program = env::current_exe()?;
        let folder = profile_folder(&program)?;
        let target = folder.parent().context("the build folder has no parent")?;
        let profile = match folder.file_name().and_then(OsStr::to_str) {
            Some("debug") => "dev",
            Some(profile) => profile,
            None => bail!("{} is no build folder", folder.display()),
        };
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["build", "--workspace", "--profile", profile])
            .arg("--target-dir")
            .arg(target)
            .current_dir(workspace())
            .stdin(Stdio::null());
        // What cargo tells this program of its package would be news to build scripts that look at
        // it (ring's does): they, and everything above them, would be built anew each time.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        // The same selection of packages and kinds as the command that built this program: then
        // features are the same, and nothing is built twice.
        if program.starts_with(folder.join("deps")) {
            command.args(["--quiet", "--bins", "--examples"]);
        } else {
            command.args(PROGRAMS.map(|name| format!("--bin={name}")));
        }
        let status = command.status().with_context(|| format!("{command:?}"))?;
        if !status.success() {
            bail!("the programs do not build: {command:?}");
        }
        for path in PROGRAMS.map(|name| folder.join(name)) {
            if !path.exists() {
                bail!("cargo did not build {}", path.display());
            }
        }
        Ok(Self::within(&folder))
    }

    fn within(folder: &Path) -> Self {
        Self {
            octroid: folder.join("octroid"),
            octroi: folder.join("octroi"),
            vendor: folder.join("octroi-vendor"),
            server: folder.join("octroi-server"),
            emulator: folder.join("octroi-key-emulator"),
            application: folder.join("seat_holder"),
            by_hand: folder.join("by_hand"),
        }
    }
}

/// `target/<profile>` of a program that was built there, a test or not.
fn profile_folder(program: &Path) -> anyhow::Result<PathBuf> {
    let folder = program.parent().context("the program lies nowhere")?;
    let inner = folder
        .file_name()
        .is_some_and(|name| name == "deps" || name == "examples");
    let folder = if inner { folder.parent() } else { Some(folder) };
    folder
        .map(Path::to_path_buf)
        .context("the build folder has no parent")
}

/// The folder of the source tree.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_lie_beside_a_program_and_above_a_test() {
        let folder = |path| profile_folder(Path::new(path)).unwrap();
        assert_eq!(folder("/t/release/octroi-tour"), Path::new("/t/release"));
        assert_eq!(
            folder("/t/debug/deps/end_to_end-0a1b"),
            Path::new("/t/debug")
        );
    }
}
