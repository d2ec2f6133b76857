//! `octroid.toml`: what an administrator can set. Unknown keys are refused with their line, so that
//! a misspelt one is not silently without effect.

use std::path::{Path, PathBuf};

use octroi_licence::SiteId;
use serde::Deserialize;

use crate::{
    reporting::Proxy,
    roster::ListedCaller,
    settings_file::{self, SettingsFileError},
};

/// The largest configuration file that is read, in bytes.
pub const CONFIGURATION_BYTES_MAX: u64 = 1 << 20;

/// Everything that can be set; every key may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Configuration {
    /// Where this machine stands, for licences that name sites.
    pub site: Option<SiteId>,
    /// Bounds on what applications can take.
    pub limits: Limits,
    /// Hardware keys.
    pub hardware_key: HardwareKeySettings,
    /// The ledger.
    pub ledger: LedgerSettings,
    /// The way to the vendors' servers.
    pub network: NetworkSettings,
    /// Usage reports.
    pub reporting: ReportingSettings,
    /// Programs that may name for whom they ask, by the user as whom they run.
    pub callers: Vec<ListedCaller>,
}

/// Bounds on what applications can take.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Sessions in one realm.
    pub sessions_max: u32,
    /// Sessions of one user in one realm.
    pub sessions_per_user_max: u32,
    /// Open connections in all.
    pub connections_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions_max: 65_536,
            sessions_per_user_max: 4_096,
            connections_max: 65_536,
        }
    }
}

/// Where hardware keys are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HardwareKeySettings {
    /// Look at the machine's USB keys.
    pub usb: bool,
    /// Sockets of software emulators: honoured only by licences that say so.
    pub emulators: Vec<PathBuf>,
}

impl Default for HardwareKeySettings {
    fn default() -> Self {
        Self {
            usb: true,
            emulators: Vec::new(),
        }
    }
}

/// How the ledger is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerSettings {
    /// Bytes at which a new segment begins.
    pub segment_bytes_max: u64,
}

impl Default for LedgerSettings {
    fn default() -> Self {
        Self {
            segment_bytes_max: 64 << 20,
        }
    }
}

/// The way to the vendors' servers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSettings {
    /// Ask the servers that licences name, when a report is due or an administrator says so. Off:
    /// everything goes by file.
    pub enabled: bool,
    /// An HTTP proxy on the way, `http://host:port`.
    pub proxy: Option<Proxy>,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            proxy: None,
        }
    }
}

/// Usage reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportingSettings {
    /// No report leaves before `octroi report send`, whatever the licences say.
    pub approval: bool,
}

impl Configuration {
    /// Reads the file; without one, everything has its default.
    ///
    /// # Errors
    /// [`SettingsFileError`], naming the file.
    pub fn read(path: &Path) -> Result<Self, SettingsFileError> {
        settings_file::read(path, CONFIGURATION_BYTES_MAX, Self::parse)
    }

    fn parse(text: &str) -> Result<Self, String> {
        settings_file::from_toml(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_means_the_defaults() {
        assert_eq!(Configuration::parse("").unwrap(), Configuration::default());
    }

    #[test]
    fn a_proxy_that_is_none_is_refused_with_its_line() {
        let message = Configuration::parse("[network]\nproxy = \"ftp://x\"\n").unwrap_err();
        assert!(
            message.contains("line 2") && message.contains("http://host:port"),
            "{message}"
        );
    }

    #[test]
    fn a_caller_that_may_what_does_not_exist_is_refused_with_its_line() {
        let text = "[[callers]]\nuser = \"svc-app\"\nmay = [\"everything\"]\n";
        let message = Configuration::parse(text).unwrap_err();
        assert!(
            message.contains("line 3") && message.contains("on-behalf-of"),
            "{message}"
        );
    }

    #[test]
    fn a_misspelt_key_is_refused_with_its_line() {
        let message = Configuration::parse("[limits]\nsession_max = 3\n").unwrap_err();
        assert!(
            message.contains("line 2") && message.contains("session_max"),
            "{message}"
        );
    }
}
