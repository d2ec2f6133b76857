//! Every sentence that `octroi` says, in each language: one table of a fixed shape, so that a text
//! missing in one language does not compile. What a licence states and why something was refused is
//! said by `octroi-licence`, as it is to applications. Names of codes, features, metrics and options are the
//! same in all languages. What clap prints (`--help`, misspelt options) and sentences that the daemon
//! hands over are English.

pub(crate) mod acts;
mod acts_french;
pub(crate) mod amendments;
pub(crate) mod doctor;
mod doctor_french;
pub(crate) mod dry_run;
mod english;
mod french;
pub(crate) mod keys;
mod keys_french;
pub(crate) mod lint;
mod lint_french;
pub(crate) mod news;
mod news_french;
pub(crate) mod registers;
mod registers_french;
pub(crate) mod reports;
pub(crate) mod standing;

use octroi::SeatEnd;
use octroi_licence::{ArmourError, DocumentKind, explain::Language as Sentences};

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// English.
    #[value(name = "en")]
    English,
    /// French.
    #[value(name = "fr")]
    French,
}

impl Language {
    /// The language of a POSIX locale name such as `fr_FR.UTF-8`; English where it is none of ours.
    pub(crate) fn of_locale(locale: &str) -> Self {
        let language = locale
            .split(['_', '.', '@', '-'])
            .next()
            .unwrap_or_default();
        if language.eq_ignore_ascii_case("fr") {
            Self::French
        } else {
            Self::English
        }
    }

    /// Its name on the command line.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Its sentences.
    pub(crate) fn messages(self) -> &'static Messages {
        match self {
            Self::English => &english::MESSAGES,
            Self::French => &french::MESSAGES,
        }
    }
}

pub(crate) type One = fn(&str) -> String;
pub(crate) type Two = fn(&str, &str) -> String;

/// Every sentence.
#[derive(Debug)]
pub(crate) struct Messages {
    pub(crate) error_label: &'static str,
    pub(crate) help_label: &'static str,
    /// Between a thing and what is said of it.
    pub(crate) colon: &'static str,
    pub(crate) output_failed: &'static str,
    pub(crate) runtime_failed: &'static str,

    pub(crate) refused: &'static str,
    /// In which `octroi-licence` says what licences state and why something was refused.
    pub(crate) language: Sentences,

    pub(crate) daemon: DaemonTexts,
    pub(crate) document: DocumentTexts,
    pub(crate) trust: TrustTexts,
    pub(crate) activate: ActivateTexts,
    pub(crate) status: StatusTexts,
    pub(crate) seats: SeatsTexts,
    pub(crate) hostid: HostidTexts,
    pub(crate) ledger: LedgerTexts,
    pub(crate) run: RunTexts,
}

/// Talking to the daemon.
#[derive(Debug)]
pub(crate) struct DaemonTexts {
    /// Socket.
    pub(crate) absent: One,
    /// The `--root` folder, where there is one.
    pub(crate) absent_help: fn(Option<&str>) -> String,
    /// Socket, seconds.
    pub(crate) silent: fn(&str, f32) -> String,
    pub(crate) silent_help: &'static str,
    /// Socket.
    pub(crate) not_permitted: One,
    pub(crate) not_permitted_help: &'static str,
    pub(crate) socket_path_too_long: fn(&str, usize) -> String,
    pub(crate) socket_path_help: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) vendor_needed: One,
    pub(crate) vendor_needed_help: &'static str,
    pub(crate) no_vendor: &'static str,
    pub(crate) no_vendor_help: &'static str,
}

/// Reading and installing documents.
#[derive(Debug)]
pub(crate) struct DocumentTexts {
    pub(crate) kind: fn(DocumentKind) -> &'static str,
    pub(crate) armour: fn(&ArmourError) -> String,
    pub(crate) unreadable: One,
    /// Path, bytes allowed.
    pub(crate) too_large: fn(&str, u64) -> String,
    pub(crate) too_large_help: &'static str,
    pub(crate) not_a_file: One,
    pub(crate) damaged: One,
    pub(crate) damaged_help: &'static str,
    pub(crate) refused: One,
    pub(crate) untrusted: One,
    pub(crate) untrusted_help: &'static str,
    pub(crate) root_help: One,
    pub(crate) request_help: &'static str,
    /// File, kind: no document for `install`.
    pub(crate) not_installed_so: Two,
    pub(crate) unwritable: One,
    pub(crate) exists: One,
    pub(crate) exists_help: &'static str,
    /// Kind, licence id.
    pub(crate) applied: Two,
    pub(crate) already: Two,
    pub(crate) pending: Two,
    pub(crate) unknown_outcome: Two,
}

/// `vendor trust`.
#[derive(Debug)]
pub(crate) struct TrustTexts {
    /// Name, vendor, fingerprint.
    pub(crate) shown: fn(&str, &str, &str) -> String,
    pub(crate) question: &'static str,
    pub(crate) yes: &'static [&'static str],
    pub(crate) declined: &'static str,
    pub(crate) declined_help: &'static str,
    pub(crate) nobody_to_ask: &'static str,
    pub(crate) nobody_to_ask_help: &'static str,
    pub(crate) malformed: &'static str,
    /// Expected, found.
    pub(crate) differs: Two,
    pub(crate) differs_help: &'static str,
    pub(crate) not_a_root: Two,
    pub(crate) trusted: Two,
    pub(crate) already: Two,
    pub(crate) next: &'static str,
}

/// `activate`.
#[derive(Debug)]
pub(crate) struct ActivateTexts {
    pub(crate) not_a_certificate: Two,
    pub(crate) not_installed: One,
    pub(crate) not_installed_help: &'static str,
    pub(crate) code_prompt: &'static str,
    pub(crate) code_missing: &'static str,
    pub(crate) code_missing_help: &'static str,
    pub(crate) code_malformed: &'static str,
    pub(crate) preview: &'static str,
    pub(crate) written: One,
    pub(crate) next: &'static str,
}

/// `status`.
#[derive(Debug)]
pub(crate) struct StatusTexts {
    pub(crate) clock: &'static str,
    pub(crate) confidence: fn(&str) -> &str,
    pub(crate) sessions: fn(u64) -> String,
    pub(crate) root: &'static str,
    pub(crate) daemon_key: &'static str,
    pub(crate) ledger: &'static str,
    /// Records, records on the disk.
    pub(crate) ledger_state: fn(u64, u64) -> String,
    pub(crate) ledger_unwritable: One,
    pub(crate) ledger_help: &'static str,
    /// Licence, serial, product, client.
    pub(crate) licence: fn(&str, u64, &str, &str) -> String,
    pub(crate) term: &'static str,
    pub(crate) term_between: Two,
    pub(crate) perpetual_from: One,
    pub(crate) days_left: fn(i64) -> String,
    pub(crate) days_over: fn(i64) -> String,
    pub(crate) activation: &'static str,
    pub(crate) activated: &'static str,
    pub(crate) activated_until: One,
    pub(crate) not_activated: &'static str,
    pub(crate) not_activated_help: One,
    pub(crate) not_activated_online_help: One,
    pub(crate) site: &'static str,
    pub(crate) key: &'static str,
    pub(crate) key_present: One,
    pub(crate) key_absent: One,
    pub(crate) key_budget: One,
    pub(crate) column_feature: &'static str,
    pub(crate) column_metric: &'static str,
    pub(crate) column_grouping: &'static str,
    pub(crate) column_licensed: &'static str,
    pub(crate) column_share: &'static str,
    pub(crate) column_in_use: &'static str,
    pub(crate) column_lingering: &'static str,
    pub(crate) column_waiting: &'static str,
    pub(crate) blocked: &'static str,
    pub(crate) pending: &'static str,
    /// Kind, licence, sequence, expected sequence.
    pub(crate) pending_document: fn(&str, &str, u64, u64) -> String,
    pub(crate) pending_help: &'static str,
    pub(crate) warnings: &'static str,
    pub(crate) no_realm: &'static str,
    pub(crate) no_realm_help: &'static str,
    pub(crate) no_licence: &'static str,
    pub(crate) no_licence_help: &'static str,
}

/// `seats` and `release`.
#[derive(Debug)]
pub(crate) struct SeatsTexts {
    pub(crate) none: &'static str,
    pub(crate) column_vendor: &'static str,
    pub(crate) column_feature: &'static str,
    pub(crate) column_seat: &'static str,
    pub(crate) column_units: &'static str,
    pub(crate) column_user: &'static str,
    pub(crate) column_pid: &'static str,
    pub(crate) column_since: &'static str,
    pub(crate) column_state: &'static str,
    pub(crate) column_version: &'static str,
    pub(crate) column_place: &'static str,
    pub(crate) state: fn(&str) -> &str,
    /// "borrowed", end of its period, given back, id.
    pub(crate) borrowed: fn(&str, &str, bool, &str) -> String,
    pub(crate) waiting: &'static str,
    pub(crate) freed: fn(u64) -> String,
    /// Seat, length of time.
    pub(crate) told: fn(u64, &str) -> String,
}

/// `hostid`.
#[derive(Debug)]
pub(crate) struct HostidTexts {
    pub(crate) column_kind: &'static str,
    pub(crate) column_value: &'static str,
    pub(crate) unreadable: One,
    pub(crate) stays: &'static str,
}

/// `ledger`.
#[derive(Debug)]
pub(crate) struct LedgerTexts {
    pub(crate) reading: &'static str,
    pub(crate) no_ledger: One,
    pub(crate) no_ledger_help: &'static str,
    pub(crate) several: One,
    pub(crate) several_help: &'static str,
    pub(crate) unreadable: One,
    pub(crate) unreadable_help: &'static str,
    pub(crate) tampered: One,
    pub(crate) tampered_help: &'static str,
    pub(crate) verified: fn(u64) -> String,
    pub(crate) words: LedgerWords,
}

/// What a verified ledger holds.
#[derive(Debug)]
pub(crate) struct LedgerWords {
    pub(crate) folder: &'static str,
    pub(crate) vendor_root: &'static str,
    pub(crate) daemon_key: &'static str,
    pub(crate) records: &'static str,
    pub(crate) synced: &'static str,
    pub(crate) segments: &'static str,
    pub(crate) checkpoints: &'static str,
    pub(crate) head: &'static str,
    pub(crate) root: &'static str,
    pub(crate) tail: One,
    pub(crate) written: One,
}

/// `run`.
#[derive(Debug)]
pub(crate) struct RunTexts {
    pub(crate) root_unreadable: One,
    pub(crate) root_help: &'static str,
    pub(crate) not_started: One,
    pub(crate) waiting: &'static str,
    /// The gate's own two.
    pub(crate) not_found: One,
    pub(crate) not_executable: One,
    pub(crate) refused_help: &'static str,
    pub(crate) session_failed: &'static str,
    pub(crate) not_proven: &'static str,
    pub(crate) not_proven_help: &'static str,
    /// Length of time that is left.
    pub(crate) revoked: One,
    pub(crate) seat_ended: One,
    pub(crate) cause: fn(SeatEnd) -> &'static str,
    pub(crate) key_away: One,
    pub(crate) licence_ending: Two,
}
