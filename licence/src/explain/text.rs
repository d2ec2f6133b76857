//! Sentences in a language: the texts of `i18n/*/*.ftl` (Project Fluent), compiled in. Nothing of the
//! machine is asked: the language comes in as a value.

use std::sync::LazyLock;

use fluent_bundle::{
    FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle, memoizer::MemoizerKind,
};

use super::{Sentence, Value};
use crate::{CivilSeconds, Delay, DelayUnit, MeterWindow, Seconds, WeeklyTimes, WindowUnit, Zone};

/// A language that sentences are written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// The language of a locale such as `fr_FR.UTF-8`, or of a tag such as `fr-BE`; English where there
    /// are no texts.
    pub fn of_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.', '@']).next();
        match language {
            Some(language) if language.eq_ignore_ascii_case("fr") => Self::French,
            _ => Self::English,
        }
    }

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The texts as they are compiled in: of terms, and of refusals.
    pub fn sources(self) -> [&'static str; 2] {
        match self {
            Self::English => [
                include_str!("../../i18n/en/terms.ftl"),
                include_str!("../../i18n/en/refusals.ftl"),
            ],
            Self::French => [
                include_str!("../../i18n/fr/terms.ftl"),
                include_str!("../../i18n/fr/refusals.ftl"),
            ],
        }
    }
}

/// A sentence that the texts cannot say; the tests find every one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the texts in {language} cannot say {message}: {fault}")]
pub struct TextFault {
    language: &'static str,
    message: String,
    fault: String,
}

/// The texts of one language.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// The texts of a language, read once.
    pub fn of(language: Language) -> &'static Self {
        static ENGLISH: LazyLock<Texts> = LazyLock::new(|| Texts::new(Language::English));
        static FRENCH: LazyLock<Texts> = LazyLock::new(|| Texts::new(Language::French));
        match language {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        }
    }

    /// The texts of a language.
    pub fn new(language: Language) -> Self {
        let tag = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Terminals show the marks that isolate values.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match language {
            Language::English => grouped_by_comma,
            Language::French => grouped_by_space,
        }));
        for source in language.sources() {
            let resource = match FluentResource::try_new(source.to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    /// A sentence with its full stop. What cannot be said is shown as its id.
    pub fn sentence(&self, sentence: &Sentence) -> String {
        let said = self.try_sentence(sentence);
        said.unwrap_or_else(|_| sentence.message.to_owned())
    }

    /// The same, telling what cannot be said.
    ///
    /// # Errors
    /// [`TextFault`], where a message is missing or lacks a value.
    pub fn try_sentence(&self, sentence: &Sentence) -> Result<String, TextFault> {
        let mut args = FluentArgs::new();
        for (name, value) in &sentence.values {
            args.set(*name, self.value(value)?);
        }
        self.message(sentence.message, &args)
    }

    pub(super) fn message(&self, id: &str, args: &FluentArgs<'_>) -> Result<String, TextFault> {
        self.said(id, None, args)
    }

    /// A message, or its attribute.
    pub(super) fn said(
        &self,
        id: &str,
        attribute: Option<&str>,
        args: &FluentArgs<'_>,
    ) -> Result<String, TextFault> {
        let fault = |fault: String| TextFault {
            language: self.language.tag(),
            message: id.to_owned(),
            fault,
        };
        let message = self.bundle.get_message(id);
        let pattern = message.and_then(|message| match attribute {
            None => message.value(),
            Some(name) => Some(message.get_attribute(name)?.value()),
        });
        let pattern = pattern.ok_or_else(|| fault("no such message".to_owned()))?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors);
        match errors.first() {
            None => Ok(text.into_owned()),
            Some(error) => Err(fault(error.to_string())),
        }
    }

    fn value(&self, value: &Value) -> Result<FluentValue<'static>, TextFault> {
        let text = match value {
            Value::Number(number) => return Ok(fluent_number(*number)),
            Value::Word(word) => return Ok((*word).into()),
            Value::Text(text) => text.clone(),
            Value::Span(span) => self.span(*span)?,
            Value::From(at, zone) => self.from(*at, zone)?,
            Value::Until(at, zone) => self.until(*at, zone)?,
            Value::Times(times) => joined(times, |one| self.weekly(*one))?,
            Value::Windows(windows) => joined(windows, |one| self.window(*one))?,
            Value::Delay(delay) => self.delay(*delay)?,
            Value::AnyOf(ids) => {
                let none = FluentArgs::new();
                let texts: Result<Vec<_>, _> =
                    ids.iter().map(|id| self.message(id, &none)).collect();
                texts?.join(&format!(" {} ", self.message("or", &none)?))
            }
        };
        Ok(text.into())
    }

    fn span(&self, span: Seconds) -> Result<String, TextFault> {
        let units = [
            (86_400, "span-days"),
            (3_600, "span-hours"),
            (60, "span-minutes"),
        ];
        let whole = units
            .iter()
            .find(|(unit, _)| span.0 > 0 && span.0.is_multiple_of(*unit));
        let (unit, id) = whole.copied().unwrap_or((1, "span-seconds"));
        let mut args = FluentArgs::new();
        args.set("n", fluent_number((span.0 / unit).into()));
        self.message(id, &args)
    }

    fn from(&self, at: CivilSeconds, zone: &Zone) -> Result<String, TextFault> {
        let Some(local) = zone.local(at) else {
            return self.message("no-date", &FluentArgs::new());
        };
        let date = self.date(local.date())?;
        if local.time() == jiff::civil::Time::midnight() {
            return Ok(date);
        }
        let mut args = FluentArgs::new();
        args.set("date", date);
        args.set("time", format!("{:02}:{:02}", local.hour(), local.minute()));
        self.message("moment", &args)
    }

    /// An end is the first instant after: at midnight, the day before is the last.
    fn until(&self, at: CivilSeconds, zone: &Zone) -> Result<String, TextFault> {
        let local = zone.local(at);
        let midnight = local.filter(|local| local.time() == jiff::civil::Time::midnight());
        let last = midnight.and_then(|local| local.date().yesterday().ok());
        let Some(last) = last else {
            return self.from(at, zone);
        };
        let mut args = FluentArgs::new();
        args.set("date", self.date(last)?);
        self.message("end-of-day", &args)
    }

    fn date(&self, date: jiff::civil::Date) -> Result<String, TextFault> {
        let mut args = FluentArgs::new();
        args.set("day", i64::from(date.day()));
        args.set("month", i64::from(date.month()));
        args.set("year", date.year().to_string());
        self.message("date", &args)
    }

    fn weekly(&self, times: WeeklyTimes) -> Result<String, TextFault> {
        let minute = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        let mut args = FluentArgs::new();
        args.set("days", self.days(times.weekdays())?);
        args.set("from", minute(times.from_minute()));
        args.set("until", minute(times.until_minute()));
        self.message("weekly", &args)
    }

    /// Runs of days: `Mon–Fri`.
    fn days(&self, weekdays: [bool; 7]) -> Result<String, TextFault> {
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for (day, _) in (1..).zip(weekdays).filter(|(_, on)| *on) {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == day => *last = day,
                _ => runs.push((day, day)),
            }
        }
        joined(&runs, |(first, last)| {
            let named = |day: i64| {
                let mut args = FluentArgs::new();
                args.set("n", day);
                self.message("weekday", &args)
            };
            if first == last {
                return named(*first);
            }
            Ok(format!("{}–{}", named(*first)?, named(*last)?))
        })
    }

    fn window(&self, window: MeterWindow) -> Result<String, TextFault> {
        let unit = match window.unit {
            WindowUnit::Hour => "hour",
            WindowUnit::Day => "day",
            WindowUnit::Month => "month",
        };
        let mut args = FluentArgs::new();
        args.set("amount", fluent_number(window.amount));
        args.set("unit", unit);
        self.message("window", &args)
    }

    fn delay(&self, delay: Option<Delay>) -> Result<String, TextFault> {
        let mut args = FluentArgs::new();
        let Some(Delay { amount, unit }) = delay else {
            return self.message("support-unbounded", &args);
        };
        let unit = match unit {
            DelayUnit::SupportHours => "support-hours",
            DelayUnit::BusinessDays => "business-days",
            DelayUnit::WorkingDays => "working-days",
            DelayUnit::CalendarDays => "calendar-days",
            DelayUnit::Hours => "hours",
        };
        args.set("n", fluent_number(amount.into()));
        args.set("unit", unit);
        self.message("delay", &args)
    }
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Texts").field(&self.language).finish()
    }
}

fn joined<T>(
    list: &[T],
    say: impl Fn(&T) -> Result<String, TextFault>,
) -> Result<String, TextFault> {
    let texts: Result<Vec<String>, TextFault> = list.iter().map(say).collect();
    Ok(texts?.join(", "))
}

/// Numbers beyond what a float holds exactly are written out: no text chooses by them.
pub(super) fn fluent_number(number: u64) -> FluentValue<'static> {
    match u32::try_from(number) {
        Ok(small) => FluentValue::from(small),
        Err(_) => FluentValue::from(number.to_string()),
    }
}

fn grouped_by_comma<M: MemoizerKind>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, ',')
}

/// A narrow space that does not break.
fn grouped_by_space<M: MemoizerKind>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, '\u{202f}')
}

/// A number with its thousands apart.
fn grouped(value: &FluentValue<'_>, mark: char) -> Option<String> {
    let FluentValue::Number(number) = value else {
        return None;
    };
    let digits = number.as_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    Some(text)
}
