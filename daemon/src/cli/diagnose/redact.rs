//! What points to a person, a machine or a place becomes a pseudonym, the same for the same thing
//! throughout one bundle. Which is which is nowhere written down.
//!
//! Users are the accounts of people on this machine, whoever the daemon names, and whatever has an `@`;
//! hosts are this machine's names and addresses; paths are those outside of the system's own folders.
//! Credentials in an address are never kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// What may stand as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Keep {
    pub(super) users: bool,
    pub(super) hosts: bool,
    pub(super) paths: bool,
}

/// Folders that are the same on every machine.
const COMMON: [&str; 10] = [
    "/etc/octroi",
    "/run/octroi",
    "/var/lib/octroi",
    "/usr",
    "/lib",
    "/bin",
    "/sbin",
    "/dev",
    "/proc",
    "/sys",
];

/// Names that were met, and what stands for each.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    keep: Keep,
    known_users: BTreeSet<String>,
    known_hosts: BTreeSet<String>,
    users: BTreeMap<String, usize>,
    hosts: BTreeMap<String, usize>,
    paths: BTreeMap<String, usize>,
}

impl Redactor {
    pub(super) fn new(
        keep: Keep,
        users: impl IntoIterator<Item = String>,
        hosts: impl IntoIterator<Item = String>,
    ) -> Self {
        let hosts = hosts.into_iter().map(|one| one.to_ascii_lowercase());
        Self {
            keep,
            known_users: users.into_iter().filter(|one| !one.is_empty()).collect(),
            known_hosts: hosts.filter(|one| !one.is_empty()).collect(),
            ..Self::default()
        }
    }

    /// How many users, hosts and paths were replaced.
    pub(super) fn replaced(&self) -> (usize, usize, usize) {
        (self.users.len(), self.hosts.len(), self.paths.len())
    }

    /// A text with pseudonyms.
    pub(super) fn text(&mut self, text: &str) -> String {
        let mut redacted = String::with_capacity(text.len());
        let mut word = String::new();
        for one in text.chars() {
            if one.is_alphanumeric() || "_.@/:-".contains(one) {
                word.push(one);
            } else {
                redacted.push_str(&self.word(&word));
                word.clear();
                redacted.push(one);
            }
        }
        redacted.push_str(&self.word(&word));
        redacted
    }

    fn word(&mut self, word: &str) -> String {
        let whole = word.trim_end_matches(['.', ':']);
        let rest = word.get(whole.len()..).unwrap_or_default();
        self.whole(whole) + rest
    }

    fn whole(&mut self, word: &str) -> String {
        if word.is_empty() {
            return String::new();
        }
        if let Some((scheme, rest)) = word.split_once("://") {
            // A password may stand before the @.
            let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
            return format!("{scheme}://{}", self.parts(rest, '/'));
        }
        if self.known_users.contains(word) || word.contains('@') {
            return pseudonym("user", word, self.keep.users, &mut self.users);
        }
        if self.is_host(word) {
            return pseudonym("host", word, self.keep.hosts, &mut self.hosts);
        }
        if word.starts_with('/') && word.len() > 1 && !is_common(word) {
            return pseudonym("path", word, self.keep.paths, &mut self.paths);
        }
        for separator in [':', '/'] {
            if word.contains(separator) {
                return self.parts(word, separator);
            }
        }
        word.to_owned()
    }

    fn parts(&mut self, word: &str, separator: char) -> String {
        let parts: Vec<String> = word.split(separator).map(|one| self.whole(one)).collect();
        parts.join(&separator.to_string())
    }

    fn is_host(&self, word: &str) -> bool {
        let address = |ip: IpAddr| !ip.is_loopback() && !ip.is_unspecified();
        self.known_hosts.contains(&word.to_ascii_lowercase()) || word.parse().is_ok_and(address)
    }
}

fn is_common(path: &str) -> bool {
    COMMON.iter().any(|folder| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn pseudonym(kind: &str, word: &str, keep: bool, met: &mut BTreeMap<String, usize>) -> String {
    if keep {
        return word.to_owned();
    }
    let next = met.len() + 1;
    let number = met.entry(word.to_owned()).or_insert(next);
    format!("{kind}-{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(keep: Keep) -> Redactor {
        Redactor::new(keep, ["alice".to_owned()], ["Ws12".to_owned()])
    }

    #[test]
    fn users_hosts_and_paths_become_pseudonyms_the_same_for_the_same() {
        let mut redactor = redactor(Keep::default());
        let said = "alice on ws12 (192.0.2.7): /home/alice/cad, bob@example.com; alice again.";
        assert_eq!(
            redactor.text(said),
            "user-1 on host-1 (host-2): path-1, user-2; user-1 again."
        );
        assert_eq!(redactor.replaced(), (2, 2, 1));
    }

    #[test]
    fn what_every_machine_has_stays() {
        let said = "octroid listens at /run/octroi/octroi.sock on 127.0.0.1:9319, version 2026.1.";
        assert_eq!(redactor(Keep::default()).text(said), said);
    }

    #[test]
    fn what_is_to_be_kept_is_and_credentials_never() {
        let keep = Keep {
            users: true,
            hosts: true,
            paths: true,
        };
        let mut redactor = redactor(keep);
        assert_eq!(
            redactor.text("alice at ws12, http://carol:secret@proxy:3128"),
            "alice at ws12, http://proxy:3128"
        );
        assert_eq!(redactor.replaced(), (0, 0, 0));
    }

    #[test]
    fn json_stays_json() {
        let text = r#"{"user":"alice","host":"ws12:27000","file":"/srv/secret"}"#;
        let redacted = redactor(Keep::default()).text(text);
        let read: serde_json::Value = serde_json::from_str(&redacted).unwrap();
        assert_eq!(read["user"], "user-1");
        assert_eq!(read["host"], "host-1:27000");
        assert_eq!(read["file"], "path-1");
    }
}
