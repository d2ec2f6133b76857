//! Subordinate uids: a user's containers run under uids that `/etc/subuid` (subuid(5)) gave to that
//! user, and all of them count as one user, the owner.

use std::{
    fs::File,
    io::{self, Read as _},
};

/// Longer files are read no further.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The uid that counts as the user of `uid` on this machine.
pub(super) fn user_of(uid: u32) -> u32 {
    let ranges = read("/etc/subuid");
    // Most machines give uids to nobody who asks now; the accounts are then not read.
    if !ranges
        .lines()
        .filter_map(Range::read)
        .any(|range| range.holds(uid))
    {
        return uid;
    }
    owner_of(uid, &ranges, &read("/etc/passwd")).unwrap_or(uid)
}

/// Who owns `uid` according to the text of `/etc/subuid` and `/etc/passwd`. `None` where nobody does,
/// where it is an account of its own, or where the owner is named and has no line in `passwd`.
pub(super) fn owner_of(uid: u32, ranges: &str, accounts: &str) -> Option<u32> {
    let account = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        Some((name, fields.nth(1)?.parse::<u32>().ok()?))
    };
    let accounts: Vec<(String, u32)> = accounts.lines().filter_map(account).collect();
    if accounts.iter().any(|(_, own)| *own == uid) {
        return None;
    }
    let range = ranges
        .lines()
        .filter_map(Range::read)
        .find(|range| range.holds(uid))?;
    accounts
        .iter()
        .find(|(name, _)| name == range.owner)
        .map(|(_, owner)| *owner)
        .or_else(|| range.owner.parse().ok())
}

/// A line of `/etc/subuid`: owner (name or uid), first uid, how many.
struct Range<'a> {
    owner: &'a str,
    first: u32,
    count: u32,
}

impl<'a> Range<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let mut fields = line.trim().split(':');
        let range = Self {
            owner: fields.next().filter(|owner| !owner.is_empty())?,
            first: fields.next()?.parse().ok()?,
            count: fields.next()?.parse().ok()?,
        };
        fields.next().is_none().then_some(range)
    }

    fn holds(&self, uid: u32) -> bool {
        uid.checked_sub(self.first)
            .is_some_and(|place| place < self.count)
    }
}

fn read(path: &str) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, path, "users of containers count for themselves"),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGES: &str =
        "alice:100000:65536\n# a comment\n1001:165536:65536\nnobody-here:300000:10\n";
    const ACCOUNTS: &str = "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n\
                            bob:x:1001:1001::/home/bob:/bin/sh\nservice:x:100500:100500::/:/bin/false\n";

    fn owner(uid: u32) -> Option<u32> {
        owner_of(uid, RANGES, ACCOUNTS)
    }

    #[test]
    fn a_uid_in_a_users_range_counts_as_that_user() {
        assert_eq!(owner(100_000), Some(1000));
        assert_eq!(owner(165_535), Some(1000));
        assert_eq!(
            owner(165_536),
            Some(1001),
            "the owner may be given as a number"
        );
    }

    #[test]
    fn a_uid_outside_every_range_is_nobody_elses() {
        for uid in [0, 1000, 99_999, 231_072, u32::MAX] {
            assert_eq!(owner(uid), None, "{uid}");
        }
    }

    #[test]
    fn an_account_of_its_own_is_not_taken_for_a_containers() {
        assert_eq!(owner(100_500), None);
    }

    #[test]
    fn an_owner_who_cannot_be_found_owns_nothing() {
        assert_eq!(owner(300_005), None);
    }

    #[test]
    fn a_line_that_makes_no_sense_gives_nothing_away() {
        for line in [
            "alice:100000",
            "alice:100000:65536:1",
            ":100000:65536",
            "alice:-1:65536",
            "alice:100000:-5",
            "alice:100000:99999999999",
            "alice",
            "",
        ] {
            assert_eq!(owner_of(100_001, line, ACCOUNTS), None, "{line:?}");
        }
    }

    #[test]
    fn a_range_up_to_the_last_uid_does_not_wrap_around() {
        let ranges = "alice:4294967290:4294967295";
        assert_eq!(owner_of(u32::MAX, ranges, ACCOUNTS), Some(1000));
        assert_eq!(owner_of(3, ranges, ACCOUNTS), None);
    }
}
