//! The server's configuration: TOML, read strictly. Relative paths are meant from the folder of the
//! file. [`Config::EXAMPLE`] documents every key and is what `init` writes.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use octroi_licence::{Country, NameError};
use serde::Deserialize;

use crate::{DatabaseOptions, Limits};

/// The port that `init` writes.
pub const DEFAULT_PORT: u16 = 7443;
/// The longest configuration that is read, in bytes.
pub const CONFIG_BYTES_MAX: usize = 64 << 10;

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not TOML, an unknown key, or a value of another type.
    #[error("the configuration cannot be read: {what}")]
    Syntax {
        /// What and where.
        what: String,
    },
    /// A number outside its bounds.
    #[error("{key} is {found}, allowed are {min} to {max}")]
    Range {
        /// The key.
        key: &'static str,
        /// What stands there.
        found: u64,
        /// The least allowed.
        min: u64,
        /// The greatest allowed.
        max: u64,
    },
}

/// What the server is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the server stands, as certificates and receipts state it; `None`: not stated.
    pub country: Option<Country>,
    /// TLS certificate, PEM.
    pub tls_certificate: PathBuf,
    /// TLS key, PEM.
    pub tls_key: PathBuf,
    /// The vendor's root, armoured.
    pub root: PathBuf,
    /// The activation key, encrypted PKCS#8 PEM.
    pub activation_key: PathBuf,
    /// Its certificate, armoured.
    pub activation_certificate: PathBuf,
    /// Certificates from older roots to the newer, armoured.
    pub cross_certificates: Vec<PathBuf>,
    /// A file whose first line is the activation key's passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// The database.
    pub database: PathBuf,
    /// How it is opened.
    pub database_options: DatabaseOptions,
    /// What the listener may spend.
    pub limits: Limits,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(default = "default_listen")]
    listen: SocketAddr,
    country: Option<String>,
    tls: Tls,
    vendor: Vendor,
    #[serde(default)]
    database: Database,
    #[serde(default)]
    limits: LimitsText,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vendor {
    root: PathBuf,
    activation_key: PathBuf,
    activation_certificate: PathBuf,
    #[serde(default)]
    cross_certificates: Vec<PathBuf>,
    passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Database {
    file: PathBuf,
    busy_timeout_ms: u64,
    mib_max: Option<u64>,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            file: "octroi-server.db".into(),
            busy_timeout_ms: 5_000,
            mib_max: None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsText {
    connections: u64,
    requests_at_once: u64,
    request_seconds: u64,
    connection_seconds: u64,
}

impl Default for LimitsText {
    fn default() -> Self {
        Self {
            connections: 256,
            requests_at_once: 64,
            request_seconds: 30,
            connection_seconds: 300,
        }
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT)
}

impl Config {
    /// A configuration that shows and explains every key.
    pub const EXAMPLE: &str = include_str!("example.toml");

    /// Reads a configuration whose relative paths are meant from `folder`.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let text: Text = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            what: error.to_string().trim_end().to_owned(),
        })?;
        let place = |path: PathBuf| folder.join(path);
        let Database {
            file,
            busy_timeout_ms,
            mib_max,
        } = text.database;
        let busy = range("database.busy_timeout_ms", busy_timeout_ms, 1, 600_000)?;
        let mib_max = mib_max
            .map(|mib| range("database.mib_max", mib, 1, 1 << 20))
            .transpose()?;
        let limits = text.limits;
        let connections = range("limits.connections", limits.connections, 1, 100_000)?;
        let at_once = range(
            "limits.requests_at_once",
            limits.requests_at_once,
            1,
            10_000,
        )?;
        let request = range("limits.request_seconds", limits.request_seconds, 1, 3_600)?;
        let connection = range(
            "limits.connection_seconds",
            limits.connection_seconds,
            1,
            86_400,
        )?;
        Ok(Self {
            listen: text.listen,
            country: text.country.as_deref().map(country).transpose()?,
            tls_certificate: place(text.tls.certificate),
            tls_key: place(text.tls.key),
            root: place(text.vendor.root),
            activation_key: place(text.vendor.activation_key),
            activation_certificate: place(text.vendor.activation_certificate),
            cross_certificates: text
                .vendor
                .cross_certificates
                .into_iter()
                .map(place)
                .collect(),
            passphrase_file: text.vendor.passphrase_file.map(place),
            database: place(file),
            database_options: DatabaseOptions {
                busy_timeout: Duration::from_millis(busy),
                mib_max: mib_max.and_then(|mib| u32::try_from(mib).ok()),
            },
            limits: Limits {
                connections: usize::try_from(connections).unwrap_or(usize::MAX),
                requests_at_once: usize::try_from(at_once).unwrap_or(usize::MAX),
                request: Duration::from_secs(request),
                connection: Duration::from_secs(connection),
            },
        })
    }
}

fn country(text: &str) -> Result<Country, ConfigError> {
    let read: Result<Country, NameError> = text.parse();
    read.map_err(|error| ConfigError::Syntax {
        what: format!("country: {error}"),
    })
}

fn range(key: &'static str, found: u64, min: u64, max: u64) -> Result<u64, ConfigError> {
    if (min..=max).contains(&found) {
        Ok(found)
    } else {
        Err(ConfigError::Range {
            key,
            found,
            min,
            max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        Config::read(text, Path::new("/etc/octroi-server"))
    }

    #[test]
    fn the_example_is_the_defaults_written_out() {
        let example = read(Config::EXAMPLE).unwrap();
        let least = read(
            "[tls]\ncertificate = 'tls.crt'\nkey = 'tls.key'\n[vendor]\nroot = 'root.pub'\n\
             activation_key = 'activation.key'\nactivation_certificate = 'activation.crt'\n",
        )
        .unwrap();
        assert_eq!(example, least);
        assert!(example.listen.ip().is_loopback());
    }

    #[test]
    fn paths_are_meant_from_the_folder_of_the_file() {
        let config = read(Config::EXAMPLE).unwrap();
        let database = Path::new("/etc/octroi-server/octroi-server.db");
        assert_eq!(config.database, database);
    }

    #[test]
    fn a_country_is_two_capital_letters() {
        let stating = |country: &str| {
            read(&Config::EXAMPLE.replace("#country = \"FR\"", &format!("country = \"{country}\"")))
        };
        assert_eq!(stating("LU").unwrap().country.unwrap().as_str(), "LU");
        for wrong in ["lu", "EEA", ""] {
            assert!(stating(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_key_is_named() {
        let text = Config::EXAMPLE.replace("[limits]", "[limits]\nconections = 5");
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains("conections"), "{error}");
    }

    #[test]
    fn numbers_are_bounded() {
        for (from, to) in [
            ("busy_timeout_ms = 5000", "busy_timeout_ms = 0"),
            ("connections = 256", "connections = 0"),
            ("request_seconds = 30", "request_seconds = 999999"),
        ] {
            assert!(Config::EXAMPLE.contains(from));
            let error = read(&Config::EXAMPLE.replace(from, to)).unwrap_err();
            assert!(matches!(error, ConfigError::Range { .. }), "{error}");
        }
    }
}
