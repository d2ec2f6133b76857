//! Countries and unions of countries: where a licence may be used, where the vendor's server may
//! stand. The lists of members are data of this version.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::contradiction;
use crate::{
    NameError, TermError,
    fields::{list, name, unique},
    message,
};

/// The most countries in one list.
const COUNTRIES_MAX: usize = 300;

/// The European Union.
const EU: &str = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";
/// What the European Economic Area has besides.
const EEA_BESIDES: &str = "IS LI NO";

/// A country: two capital letters, ISO 3166-1 alpha-2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.as_bytes() {
            [one, two] if one.is_ascii_uppercase() && two.is_ascii_uppercase() => {
                Ok(Self([*one, *two]))
            }
            _ => Err(NameError::Alphabet {
                what: "country",
                found: text
                    .chars()
                    .take(8)
                    .collect::<String>()
                    .escape_debug()
                    .to_string(),
                allowed: "two capital letters (ISO 3166-1 alpha-2)",
            }),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// One country or a union of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// The European Union.
    Eu,
    /// The European Economic Area: the Union, Iceland, Liechtenstein and Norway.
    Eea,
    /// One country.
    Country(Country),
}

impl Region {
    /// Says whether the country lies in the region.
    pub fn covers(self, country: Country) -> bool {
        let among = |list: &str| list.split(' ').any(|member| member == country.as_str());
        match self {
            Self::Eu => among(EU),
            Self::Eea => among(EU) || among(EEA_BESIDES),
            Self::Country(one) => one == country,
        }
    }
}

impl FromStr for Region {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text {
            "EU" => Ok(Self::Eu),
            "EEA" => Ok(Self::Eea),
            country => country.parse().map(Self::Country),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eu => f.write_str("EU"),
            Self::Eea => f.write_str("EEA"),
            Self::Country(country) => country.fmt(f),
        }
    }
}

/// Where a licence may be used (clauses K2, T11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Territory {
    /// In these countries alone.
    Allowed(BTreeSet<Country>),
    /// Anywhere but in these.
    Denied(BTreeSet<Country>),
}

impl Territory {
    /// Says whether the licence may be used in the country; a country that is not known is nowhere.
    pub fn covers(&self, country: Option<Country>) -> bool {
        country.is_some_and(|country| match self {
            Self::Allowed(countries) => countries.contains(&country),
            Self::Denied(countries) => !countries.contains(&country),
        })
    }
}

pub(crate) fn territory(wire: message::Territory) -> Result<Territory, TermError> {
    use message::territory::Kind;
    let countries = |wire: message::CountryList| {
        let countries = list("territory", wire.countries, 1, COUNTRIES_MAX, |one| {
            name::<Country>("territory", &one)
        })?;
        unique("territory", countries.iter())?;
        Ok(countries.into_iter().collect())
    };
    match wire.kind {
        Some(Kind::Allowed(wire)) => countries(wire).map(Territory::Allowed),
        Some(Kind::Denied(wire)) => countries(wire).map(Territory::Denied),
        None => Err(TermError::Unknown { field: "territory" }),
    }
}

/// Reads a country that may be left out.
pub(crate) fn optional_country(
    field: &'static str,
    code: &str,
) -> Result<Option<Country>, TermError> {
    match code {
        "" => Ok(None),
        code => name(field, code).map(Some),
    }
}

pub(crate) fn regions(wire: Vec<String>) -> Result<Vec<Region>, TermError> {
    let field = "server_regions";
    let regions = list(field, wire, 0, COUNTRIES_MAX, |one| {
        name::<Region>(field, &one)
    })?;
    unique(field, regions.iter())?;
    Ok(regions)
}

/// The server named by the licence stands where the licence says.
pub(crate) fn server_stands_in(
    regions: &[Region],
    stated: Option<Region>,
) -> Result<(), TermError> {
    match stated {
        Some(Region::Country(country))
            if !regions.is_empty() && !regions.iter().any(|region| region.covers(country)) =>
        {
            contradiction(format!(
                "the server's region {country} is none of the licence's server_regions"
            ))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(text: &str) -> Country {
        text.parse().unwrap()
    }

    #[test]
    fn a_union_covers_its_members() {
        assert_eq!(EU.split(' ').count(), 27);
        assert!(EU.split(' ').all(|code| Region::Eu.covers(country(code))));
        assert!(Region::Eea.covers(country("NO")) && !Region::Eu.covers(country("NO")));
        assert!(!Region::Eea.covers(country("CH")));
    }

    #[test]
    fn a_country_that_is_not_known_lies_in_no_territory() {
        let countries = || BTreeSet::from([country("FR")]);
        assert!(Territory::Allowed(countries()).covers(Some(country("FR"))));
        assert!(!Territory::Denied(countries()).covers(Some(country("FR"))));
        assert!(Territory::Denied(countries()).covers(Some(country("LU"))));
        assert!(!Territory::Denied(countries()).covers(None));
        assert!(!Territory::Allowed(countries()).covers(None));
    }
}
