//! Sentences about announcements, releases, moves to another host, and bundles for support, in each
//! language.

use super::{Language, One, Two, news_french::FRENCH};

/// Every sentence.
#[derive(Debug)]
pub(crate) struct NewsTexts {
    pub(crate) none: &'static str,
    pub(crate) received: One,
    pub(crate) effective: One,
    pub(crate) install_by: One,
    pub(crate) due: One,
    pub(crate) answer_awaited: &'static str,
    pub(crate) answer_help: &'static str,
    pub(crate) accepted_at: One,
    pub(crate) objected_at: One,
    pub(crate) accepted: fn(u64) -> String,
    pub(crate) objected: fn(u64) -> String,
    pub(crate) answered_before: fn(u64) -> String,
    pub(crate) answered_next: &'static str,

    /// How many, the latest version, and the contract year's first day and the next one's.
    pub(crate) releases: fn(u32, &str, (&str, &str)) -> String,
    /// The version and the day.
    pub(crate) install: Two,
    /// The version, seats now, and what was granted so far.
    pub(crate) out_of_maintenance: fn(&str, u32, u64) -> String,

    /// Used, included, and when the next contract year begins.
    pub(crate) rehosts: fn(u32, u32, &str) -> String,
    pub(crate) rehosted: &'static str,
    pub(crate) rehost_billed: &'static str,

    pub(crate) bundle_exists: One,
    pub(crate) bundle_exists_help: &'static str,
    pub(crate) bundle_unwritable: One,
    pub(crate) description_empty: &'static str,
    pub(crate) description_help: &'static str,
    pub(crate) confidential: &'static str,
    /// Files and the folder.
    pub(crate) bundle_written: fn(usize, &str) -> String,
    pub(crate) bundle_previewed: fn(usize) -> String,
    pub(crate) bundle_redacted: fn(usize, usize, usize) -> String,
    pub(crate) bundle_next: &'static str,
}

pub(crate) const fn texts(language: Language) -> &'static NewsTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

static ENGLISH: NewsTexts = NewsTexts {
    none: "The vendor announced nothing that came here.",
    received: |at| format!("Came {at}"),
    effective: |day| format!("Comes about on {day}"),
    install_by: |day| {
        format!("To be installed by {day}; older versions are out of maintenance after it")
    },
    due: |day| format!("Until {day}"),
    answer_awaited: "An answer is awaited",
    answer_help: "octroi announcement answer NUMBER --accept, or --object",
    accepted_at: |at| format!("Accepted {at}"),
    objected_at: |at| format!("Objected to {at}"),
    accepted: |number| format!("Announcement {number} is accepted."),
    objected: |number| format!("The objection to announcement {number} is recorded."),
    answered_before: |number| format!("Announcement {number} had this answer before."),
    answered_next: "the next report carries it: octroi report send",
    releases: |count, latest, (from, until)| {
        format!("Releases this contract year ({from} to {until}): {count}; latest {latest}")
    },
    install: |version, before| {
        format!(
            "Version {version} is to be installed before {before}; older ones are out of maintenance then"
        )
    },
    out_of_maintenance: |version, seats, grants| {
        format!(
            "! Out of maintenance: versions before {version} (seats now: {seats}; granted so far: {grants})"
        )
    },
    rehosts: |used, included, until| {
        let left = included.saturating_sub(used);
        format!(
            "Moves to another host this contract year: {used} of {included} included, {left} remain until {until}"
        )
    },
    rehosted: "This activation moved the licence to another host.",
    rehost_billed: "It is beyond what the contract year includes: the vendor bills it.",
    bundle_exists: |folder| format!("{folder} is there already"),
    bundle_exists_help: "name a new folder: --output FOLDER",
    bundle_unwritable: |path| format!("{path} cannot be written"),
    description_empty: "the description is empty",
    description_help: "say what goes wrong: --description TEXT",
    confidential: "CONFIDENTIAL. For the vendor's support only. Read every file before you hand it over.",
    bundle_written: |files, folder| {
        format!("{files} files are written into {folder}, readable by you alone.")
    },
    bundle_previewed: |files| {
        format!("{files} files would be written. Nothing was written or recorded.")
    },
    bundle_redacted: |users, hosts, paths| {
        format!(
            "Replaced by pseudonyms: {users} users, {hosts} hosts and addresses, {paths} paths."
        )
    },
    bundle_next: "read the files, then hand the folder to the vendor's support; nothing was sent",
};
