//! Licences and refusals as sentences. Of a licence every term that it states, one sentence each, with
//! the clause of the contract that it carries out: [`explain`] says which sentences, [`Texts`] writes
//! them in a language. Of a refusal what, why, and what to do ([`Explained`]). Pure: used by the
//! vendor's tool, the client's and applications, so that all read the same. Nothing here judges whether
//! a licence applies, and nothing is issued here.

mod feature;
mod licence;
mod refusal;
mod subject;
mod support;
mod text;

use crate::{CivilSeconds, FeatureName, Licence, MeterWindow, Seconds, WeeklyTimes, Zone};

pub use refusal::{Explained, code_of};
pub use subject::{Subject, SubjectUnknown};
pub use text::{Language, TextFault, Texts};

/// One sentence about one term, before it is written in a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The term.
    pub subject: Subject,
    /// The feature concerned; `None`: the licence.
    pub feature: Option<FeatureName>,
    /// The clause that the term carries out, as the licence quotes it.
    pub clause: Option<String>,
    /// The message's id in the texts, the same in every language.
    pub message: &'static str,
    values: Vec<(&'static str, Value)>,
}

/// A value in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    Number(u64),
    /// A word that texts choose by.
    Word(&'static str),
    Span(Seconds),
    /// The first instant of something.
    From(CivilSeconds, Zone),
    /// The first instant after something.
    Until(CivilSeconds, Zone),
    Times(Vec<WeeklyTimes>),
    Windows(Vec<MeterWindow>),
    Delay(Option<crate::Delay>),
    /// Messages of which one holds.
    AnyOf(Vec<&'static str>),
}

/// Every sentence about a licence: first the licence as a whole, then each feature.
pub fn explain(licence: &Licence) -> Vec<Sentence> {
    let mut sentences = Sentences {
        licence,
        feature: None,
        all: Vec::new(),
    };
    licence::explain(&mut sentences);
    for feature in &licence.features {
        sentences.feature = Some(&feature.name);
        feature::explain(&mut sentences, feature);
    }
    sentences.all
}

/// The sentences so far, and what the next is about.
struct Sentences<'l> {
    licence: &'l Licence,
    feature: Option<&'l FeatureName>,
    all: Vec<Sentence>,
}

impl Sentences<'_> {
    fn say(
        &mut self,
        subject: Subject,
        message: &'static str,
        values: impl IntoIterator<Item = (&'static str, Value)>,
    ) {
        let mut values: Vec<_> = values.into_iter().collect();
        values.extend(self.feature.map(|name| ("feature", text(name))));
        let clause = self.licence.clause(subject.name(), self.feature);
        self.all.push(Sentence {
            subject,
            feature: self.feature.cloned(),
            clause: clause.map(str::to_owned),
            message,
            values,
        });
    }

    fn from(&self, instant: CivilSeconds) -> Value {
        Value::From(instant, self.licence.zone.clone())
    }

    fn until(&self, instant: CivilSeconds) -> Value {
        Value::Until(instant, self.licence.zone.clone())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "references and values alike")]
fn text(value: impl ToString) -> Value {
    Value::Text(value.to_string())
}

fn number(value: impl Into<u64>) -> Value {
    Value::Number(value.into())
}

fn listed(values: impl IntoIterator<Item = impl ToString>) -> Value {
    let texts: Vec<String> = values.into_iter().map(|one| one.to_string()).collect();
    Value::Text(texts.join(", "))
}

/// How many there are.
fn length<T>(list: &[T]) -> Value {
    Value::Number(u64::try_from(list.len()).unwrap_or(u64::MAX))
}
