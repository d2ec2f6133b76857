//! What Linux says of a process: `/proc/PID/stat` and `status` (proc(5)), and whether a pidfd's
//! process has ended.

use std::{
    fs::File,
    io::{self, Read as _},
    os::fd::AsFd,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

/// Both files are far shorter.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// What tells processes of one number apart, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    /// Clock ticks from boot to its start.
    pub(super) start_time: u64,
    /// The uid that it acts under, as a socket that it opens reports it.
    pub(super) effective_uid: u32,
    /// It counts processes as the daemon does; not so in a container with numbers of its own.
    pub(super) own_numbers: bool,
}

/// Reads a process's facts. Two reads: only a pidfd held meanwhile says that they are of one process.
pub(super) fn look(pid: u32) -> io::Result<Facts> {
    let damaged = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "/proc reads otherwise than known",
        )
    };
    let start_time = start_time(&read(pid, "stat")?).ok_or_else(damaged)?;
    let (effective_uid, numbers) = status(&read(pid, "status")?).ok_or_else(damaged)?;
    Ok(Facts {
        start_time,
        effective_uid,
        own_numbers: numbers <= 1,
    })
}

fn read(pid: u32, file: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(format!("/proc/{pid}/{file}"))
        .and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        // A process that ends while it is read.
        Err(error) if error.raw_os_error() == Some(Errno::SRCH.raw_os_error()) => {
            Err(io::ErrorKind::NotFound.into())
        }
        Err(error) => Err(error),
    }
}

/// The process's parent. As with [`look`], only a pidfd held meanwhile says whose it is.
pub(super) fn parent(pid: u32) -> io::Result<u32> {
    parent_in(&read(pid, "stat")?).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Field 4 of `stat`, the second after the command.
fn parent_in(stat: &[u8]) -> Option<u32> {
    field_after_command(stat, 1)
}

/// Field 22 of `stat`. The second field, the command in parentheses, is the process's own to choose:
/// blanks, parentheses and all; it ends at the last parenthesis.
fn start_time(stat: &[u8]) -> Option<u64> {
    const FIELDS_BETWEEN: usize = 19;
    field_after_command(stat, FIELDS_BETWEEN)
}

fn field_after_command<T: std::str::FromStr>(stat: &[u8], index: usize) -> Option<T> {
    let command_end = stat.iter().rposition(|byte| *byte == b')')?;
    std::str::from_utf8(stat.get(command_end + 1..)?)
        .ok()?
        .split_ascii_whitespace()
        .nth(index)?
        .parse()
        .ok()
}

/// The effective uid, and in how many pid namespaces below the daemon's the process has a number,
/// itself counted.
fn status(status: &[u8]) -> Option<(u32, usize)> {
    let status = String::from_utf8_lossy(status);
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::split_ascii_whitespace)
    };
    let effective = field("Uid")?.nth(1)?.parse().ok()?;
    // Kernels before 4.1 do not say it; there is no pidfd either.
    let numbers = field("NSpid").map_or(1, Iterator::count);
    Some((effective, numbers))
}

/// Whether a pidfd's process has ended, reaped or not. Does not wait.
pub(super) fn has_exited(pidfd: &impl AsFd) -> io::Result<bool> {
    let mut watched = [PollFd::new(pidfd, PollFlags::IN)];
    loop {
        match poll(&mut watched, Some(&Timespec::default())) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A real line, with `command` put in.
    fn stat(command: &str) -> Vec<u8> {
        format!(
            "4077 ({command}) S 1 4077 4077 0 -1 4194560 911 0 0 0 1 2 0 0 20 0 1 0 184467 \
             5677056 1019 18446744073709551615 1 1 0 0 0 0 0 4096 81920 0 0 0 17 1 0 0 0 0 0 0 0 0 \
             0 0 0 0 0\n"
        )
        .into_bytes()
    }

    #[test]
    fn the_parent_is_found_beside_it() {
        assert_eq!(parent_in(&stat("a) S 1 (b")), Some(1));
    }

    #[test]
    fn the_start_time_is_found_whatever_the_process_calls_itself() {
        for command in [
            "cat",
            "a b",
            "a) S 1 1 1 1 1",
            "((",
            "))",
            ") (",
            "",
            "x)\n(y",
        ] {
            assert_eq!(start_time(&stat(command)), Some(184_467), "{command:?}");
        }
        let mut not_text = stat("??");
        let at = not_text.iter().position(|byte| *byte == b'?').unwrap();
        not_text[at] = 0xff;
        assert_eq!(start_time(&not_text), Some(184_467));
    }

    #[test]
    fn a_line_cut_short_has_no_start_time() {
        let whole = stat("cat");
        let cut = whole.iter().rposition(|byte| *byte == b')').unwrap() + 20;
        assert_eq!(start_time(&whole[..cut]), None);
        assert_eq!(start_time(b""), None);
        assert_eq!(start_time(b"no parenthesis"), None);
    }

    #[test]
    fn the_uid_is_the_effective_one() {
        let text = b"Name:\tUid:\nUmask:\t0022\nUid:\t1000\t1001\t1002\t1003\nNSpid:\t4077\n";
        assert_eq!(status(text), Some((1001, 1)));
    }

    #[test]
    fn a_process_in_a_container_has_a_number_in_each_namespace() {
        assert_eq!(
            status(b"Uid:\t0\t0\t0\t0\nNSpid:\t4077\t12\t1\n"),
            Some((0, 3))
        );
    }

    #[test]
    fn a_status_without_a_uid_says_nothing() {
        assert_eq!(status(b"Name:\tcat\n"), None);
        assert_eq!(status(b"Uid:\t1000\n"), None);
        assert_eq!(status(b"Uid:\tx\ty\tz\tw\n"), None);
    }

    #[test]
    fn this_process_reads_as_itself() {
        let facts = look(std::process::id()).unwrap();
        assert_eq!(facts.effective_uid, rustix::process::geteuid().as_raw());
        assert!(facts.start_time > 0);
        assert_eq!(look(std::process::id()).unwrap(), facts);
    }
}
