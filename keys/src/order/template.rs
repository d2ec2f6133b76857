//! Orders to be filled in, one for each of five real contracts: every term that a clause implies is
//! written out and names its clause. Where the client's own values belong stands [`FILL_IN`], which is
//! not TOML, so that no template is issued unread.

/// What stands where a value is to be written.
pub const FILL_IN: &str = "FILL-IN";

/// A contract's template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Template {
    /// Insurance package, named users, 36 months.
    Zenlocassur,
    /// Karting-centre software, modules and sites, one year or perpetual.
    ApexTiming,
    /// Platform for promotional games.
    Kimple,
    /// E-mail signatures.
    BoostMyMail,
    /// VPN client, counted by terminals.
    TheGreenBow,
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 5] = [
        Self::Zenlocassur,
        Self::ApexTiming,
        Self::Kimple,
        Self::BoostMyMail,
        Self::TheGreenBow,
    ];

    /// Its name, as `order new --template` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zenlocassur => "zenlocassur",
            Self::ApexTiming => "apex-timing",
            Self::Kimple => "kimple",
            Self::BoostMyMail => "boost-my-mail",
            Self::TheGreenBow => "thegreenbow",
        }
    }

    /// The order, to be filled in.
    pub fn text(self) -> &'static str {
        match self {
            Self::Zenlocassur => include_str!("../../templates/zenlocassur.toml"),
            Self::ApexTiming => include_str!("../../templates/apex-timing.toml"),
            Self::Kimple => include_str!("../../templates/kimple.toml"),
            Self::BoostMyMail => include_str!("../../templates/boost-my-mail.toml"),
            Self::TheGreenBow => include_str!("../../templates/thegreenbow.toml"),
        }
    }
}
