//! Reading an order's values with their places: each reader gives the value back or reports what is
//! wrong with it, so that one walk finds every mistake. Knows nothing of what the keys mean.

use std::{cell::RefCell, collections::BTreeMap, ops::Range, str::FromStr};

use jiff::tz::TimeZone;
use octroi_licence::{
    CivilSeconds, NameError, ProductVersion, PublicKey, SPAN_MAX_S, TEXT_BYTES_MAX,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    dates::{self, Edge},
    mistake::{MistakeKind, Report},
};

/// A table of the order. Remembers which keys were asked for: [`Table::close`] reports the others.
pub(super) struct Table<'r> {
    report: &'r Report<'r>,
    entries: &'r DeTable<'r>,
    /// Where the table begins: stands in for what is missing in it.
    span: Range<usize>,
    path: String,
    asked: RefCell<Vec<&'static str>>,
}

impl<'r> Table<'r> {
    pub(super) fn new(
        report: &'r Report<'r>,
        entries: &'r DeTable<'r>,
        span: Range<usize>,
        path: String,
    ) -> Self {
        Self {
            report,
            entries,
            span,
            path,
            asked: RefCell::default(),
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// What stands under `key`, if anything does.
    pub(super) fn get(&self, key: &'static str) -> Option<Field<'r>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        drop(asked);
        self.entries
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(name, value)| Field {
                report: self.report,
                key_span: name.span(),
                value,
                path: self.path_of(key),
            })
    }

    /// What must stand under `key`; its absence is a mistake.
    pub(super) fn require(&self, key: &'static str, what: &str) -> Option<Field<'r>> {
        let found = self.get(key);
        if found.is_none() {
            self.missing(key, what);
        }
        found
    }

    pub(super) fn missing(&self, key: &str, what: &str) {
        let at = self.path_of(key);
        let what = format!("is missing: {what}");
        self.report.add(&self.span, MistakeKind::Missing, &at, what);
    }

    /// Reports a mistake of the table as a whole.
    pub(super) fn mistake(&self, kind: MistakeKind, what: String) {
        self.report.add(&self.span, kind, &self.path, what);
    }

    /// Reports every key that nobody asked for.
    pub(super) fn close(self) {
        let asked = self.asked.borrow();
        for key in self.entries.keys() {
            let name = key.get_ref().as_ref();
            if !asked.contains(&name) {
                let help = nearest(name, &asked)
                    .map(|near| format!("did you mean `{near}`?"))
                    .or_else(|| Some(format!("known here: {}", asked.join(", "))));
                self.report.add_with_help(
                    &key.span(),
                    MistakeKind::UnknownKey,
                    &self.path_of(name),
                    "orders have no such key".to_owned(),
                    help,
                );
            }
        }
    }
}

/// The known word that a slip of the keyboard away from `word`.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let slips_max = (word.chars().count() / 3).clamp(1, 3);
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, candidate)| candidate)
}

/// A value with its place.
#[derive(Clone)]
pub(super) struct Field<'r> {
    report: &'r Report<'r>,
    key_span: Range<usize>,
    value: &'r Spanned<DeValue<'r>>,
    path: String,
}

impl<'r> Field<'r> {
    /// Reports a mistake at the value.
    pub(super) fn mistake(&self, kind: MistakeKind, what: impl Into<String>) {
        self.report
            .add(&self.value.span(), kind, &self.path, what.into());
    }

    pub(super) fn mistake_with_help(&self, kind: MistakeKind, what: String, help: String) {
        let span = self.value.span();
        self.report
            .add_with_help(&span, kind, &self.path, what, Some(help));
    }

    fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.mistake(
            MistakeKind::WrongType,
            format!("is {found}, expected is {expected}"),
        );
        None
    }

    /// A value read from a string, or a mistake of `kind`.
    pub(super) fn parse<T, E: ToString>(
        &self,
        expected: &str,
        kind: MistakeKind,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Some(text) = self.value.get_ref().as_str() else {
            return self.wrong_type(expected);
        };
        read(text)
            .map_err(|error| self.mistake(kind, error.to_string()))
            .ok()
    }

    /// Text for people.
    pub(super) fn text(&self) -> Option<String> {
        self.parse("a text in quotes", MistakeKind::BadName, |text| {
            if text.len() > TEXT_BYTES_MAX {
                let length = text.len();
                return Err(format!(
                    "has {length} bytes, at most {TEXT_BYTES_MAX} are allowed"
                ));
            }
            if text.chars().any(char::is_control) {
                return Err("holds control characters; only printable text is allowed".to_owned());
            }
            Ok(text.to_owned())
        })
    }

    /// A name with an alphabet.
    pub(super) fn name<T: FromStr<Err = NameError>>(&self) -> Option<T> {
        self.parse("a text in quotes", MistakeKind::BadName, T::from_str)
    }

    /// A whole number.
    pub(super) fn integer(&self, min: u64, max: u64) -> Option<u64> {
        let Some(number) = self.value.get_ref().as_integer() else {
            return self.wrong_type("a whole number");
        };
        let read = u64::from_str_radix(number.as_str(), number.radix());
        match read {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            _ => {
                self.mistake(
                    MistakeKind::OutOfRange,
                    format!("is {number}, allowed are {min} to {max}"),
                );
                None
            }
        }
    }

    /// A whole number of a licence.
    pub(super) fn count(&self, min: u32, max: u32) -> Option<u32> {
        self.integer(min.into(), max.into())
            .and_then(|number| u32::try_from(number).ok())
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value.get_ref().as_bool() {
            Some(boolean) => Some(boolean),
            None => self.wrong_type("true or false"),
        }
    }

    /// Bytes in hexadecimal.
    pub(super) fn hex<const N: usize>(&self) -> Option<[u8; N]> {
        self.parse("hexadecimal in quotes", MistakeKind::BadHex, |text| {
            let mut bytes = [0; N];
            hex::decode_to_slice(text.trim(), &mut bytes)
                .map(|()| bytes)
                .map_err(|_| format!("must be {N} bytes in hexadecimal ({} digits)", 2 * N))
        })
    }

    /// An Ed25519 public key in hexadecimal.
    pub(super) fn public_key(&self) -> Option<PublicKey> {
        let bytes = self.hex::<32>()?;
        let key = PublicKey::from_bytes(&bytes);
        if key.is_none() {
            self.mistake(MistakeKind::BadHex, "is not an Ed25519 public key");
        }
        key
    }

    pub(super) fn version(&self) -> Option<ProductVersion> {
        self.parse("a version in quotes", MistakeKind::BadVersion, str::parse)
    }

    /// A span of time with its unit, such as `5m` or `7d`, in seconds.
    pub(super) fn duration(&self, min: u32) -> Option<u32> {
        let seconds = self.parse(
            "a span of time in quotes, such as \"90s\", \"5m\", \"7d\"",
            MistakeKind::BadDuration,
            dates::seconds,
        )?;
        let bounds = i64::from(min)..=i64::from(SPAN_MAX_S);
        if !bounds.contains(&seconds) {
            self.mistake(
                MistakeKind::OutOfRange,
                format!("is {seconds} seconds, allowed are {min} to {SPAN_MAX_S}"),
            );
            return None;
        }
        u32::try_from(seconds).ok()
    }

    /// An instant, from a TOML date or date and time.
    pub(super) fn instant(&self, zone: &TimeZone, edge: Edge) -> Option<CivilSeconds> {
        let Some(datetime) = self.value.get_ref().as_datetime() else {
            return self.wrong_type("a date without quotes, such as 2027-01-31");
        };
        dates::instant(datetime, zone, edge)
            .map_err(|what| self.mistake(MistakeKind::BadDate, what))
            .ok()
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let Some(text) = self.value.get_ref().as_str() else {
            return self.wrong_type("a text in quotes");
        };
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let help = nearest(text, &words).map_or_else(
                || format!("known are {}", words.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            let shown: String = text.chars().take(64).collect();
            self.mistake_with_help(
                MistakeKind::UnknownValue,
                format!("`{}` is not known", shown.escape_debug()),
                help,
            );
        }
        found.map(|(_, choice)| *choice)
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.get_ref().as_table().is_some()
    }

    pub(super) fn table(&self) -> Option<Table<'r>> {
        match self.value.get_ref().as_table() {
            Some(entries) => Some(Table::new(
                self.report,
                entries,
                // A table under a header has no text of its own: the key in the header is its place.
                self.key_span.clone(),
                self.path.clone(),
            )),
            None => self.wrong_type("a table"),
        }
    }

    /// The entries of a list, each with its place; none where it is no list or too long.
    pub(super) fn list(&self, max: usize) -> Vec<Self> {
        let Some(entries) = self.value.get_ref().as_array() else {
            return self.wrong_type("a list").unwrap_or_default();
        };
        if entries.len() > max {
            let found = entries.len();
            self.mistake(
                MistakeKind::OutOfRange,
                format!("has {found} entries, at most {max} are allowed"),
            );
            return Vec::new();
        }
        entries
            .iter()
            .enumerate()
            .map(|(index, value)| Self {
                report: self.report,
                key_span: value.span(),
                value,
                path: format!("{}[{}]", self.path, index + 1),
            })
            .collect()
    }

    /// The tables of a list of tables.
    pub(super) fn tables(&self, max: usize) -> Vec<Table<'r>> {
        self.list(max).iter().filter_map(Self::table).collect()
    }
}

/// Reports every name that stands twice.
pub(super) fn report_duplicates<'r>(fields: impl Iterator<Item = (String, Field<'r>)>) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (name, field) in fields {
        if let Some(first) = seen.get(&name) {
            let what = format!("`{name}` stands at {first} already");
            field.mistake(MistakeKind::Duplicate, what);
        } else {
            seen.insert(name, field.path.clone());
        }
    }
}
