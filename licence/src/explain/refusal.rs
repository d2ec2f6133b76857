//! Refusals as sentences: the one place where every code has its words, for the administrator's tools,
//! for applications and for the daemon's log. The texts stand in `i18n/*/refusals.ftl`.

use fluent_bundle::FluentArgs;
use jiff::{Timestamp, tz::TimeZone};
use octroi_proto::licensing::v1::{Refusal, RefusalCode};

use super::{
    Texts,
    text::{TextFault, fluent_number},
};

/// A refusal in words. Each part may stand alone: no capital at the beginning, no full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// What was refused and why.
    pub what: String,
    /// Which rule of which licence, the contract's clause, what stands in the way, when it may change;
    /// as far as the daemon told.
    pub facts: Vec<String>,
    /// What to do next.
    pub next: String,
}

/// The refusal's code; one of a later daemon reads as unspecified.
pub fn code_of(refusal: &Refusal) -> RefusalCode {
    RefusalCode::try_from(refusal.code).unwrap_or(RefusalCode::Unspecified)
}

/// The name of a code's message: its own, in lower case with hyphens.
fn message_of(code: RefusalCode) -> String {
    match code {
        RefusalCode::Unspecified => "refused".to_owned(),
        known => known.as_str_name().to_lowercase().replace('_', "-"),
    }
}

/// Codes whose `expected` and `found` are instants, in seconds.
fn compares_instants(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::LicenceExpired
            | RefusalCode::LicenceNotYetValid
            | RefusalCode::ReportOverdue
            | RefusalCode::OverdraftEnded
            | RefusalCode::OutsideAllowedTimes
            | RefusalCode::MaintenanceEnded
            | RefusalCode::ReleaseDateMissing
            | RefusalCode::NonRenewalByLetter
            | RefusalCode::NonRenewalTooLate
    )
}

impl Texts {
    /// A code in words, without what is particular to one refusal.
    pub fn refusal_code(&self, code: RefusalCode) -> Explained {
        let (what, next) = self.code(&message_of(code)).unwrap_or_default();
        Explained {
            what,
            facts: Vec::new(),
            next,
        }
    }

    /// A refusal in words; instants in `zone`.
    pub fn refusal(&self, refusal: &Refusal, zone: &TimeZone) -> Explained {
        let code = code_of(refusal);
        let mut facts = Facts {
            texts: self,
            zone,
            said: Vec::new(),
        };
        if code == RefusalCode::Unspecified && refusal.code != 0 {
            facts.say("fact-code", |args| {
                args.set("name", "REFUSED");
                args.set("number", refusal.code.to_string());
            });
        }
        facts.named("fact-feature", &refusal.feature);
        facts.named("fact-licence", &refusal.licence_id);
        facts.named("fact-rule", &refusal.rule);
        facts.named("fact-clause", &refusal.clause);
        let window = (code == RefusalCode::AmountExhausted)
            .then(|| refusal.expected.split_once(' '))
            .flatten();
        if let Some((span, limit)) = window {
            facts.say("fact-window", |args| {
                args.set("span", span.to_owned());
                args.set("limit", amount(limit));
                args.set("used", amount(&refusal.found));
            });
        } else if refusal.limit > 0 {
            facts.say("fact-in-use", |args| {
                args.set("used", fluent_number(refusal.in_use.into()));
                args.set("limit", fluent_number(refusal.limit.into()));
            });
        }
        if refusal.waiting > 0 {
            facts.counted("fact-waiting", refusal.waiting);
        }
        if refusal.requested > 1 {
            facts.counted("fact-requested", refusal.requested);
        }
        if window.is_none() {
            let instants = compares_instants(code);
            facts.compared("fact-expected", &refusal.expected, instants);
            facts.compared("fact-found", &refusal.found, instants);
        }
        facts.named("fact-reason", &refusal.reason);
        if refusal.may_change_at_ms != 0
            && let Ok(at) = Timestamp::from_millisecond(refusal.may_change_at_ms)
        {
            let at = shown(at, zone);
            facts.named("fact-change", &at);
        }
        let facts = facts.said;
        Explained {
            facts,
            ..self.refusal_code(code)
        }
    }

    /// A refusal as one line: what, what stands in the way, what to do next.
    pub fn refusal_line(&self, refusal: &Refusal, zone: &TimeZone) -> String {
        let Explained { what, facts, next } = self.refusal(refusal, zone);
        let mut args = FluentArgs::new();
        args.set("what", what.clone());
        args.set("next", next);
        let message = if facts.is_empty() {
            "refusal-line-bare"
        } else {
            args.set("facts", facts.join(", "));
            "refusal-line"
        };
        self.message(message, &args).unwrap_or(what)
    }

    /// What happened, and what to do.
    fn code(&self, id: &str) -> Result<(String, String), TextFault> {
        let none = FluentArgs::new();
        let what = self.message(id, &none)?;
        Ok((what, self.said(id, Some("next"), &none)?))
    }
}

/// What stands in the way, part by part.
struct Facts<'t> {
    texts: &'t Texts,
    zone: &'t TimeZone,
    said: Vec<String>,
}

impl Facts<'_> {
    fn say(&mut self, message: &str, fill: impl FnOnce(&mut FluentArgs<'_>)) {
        let mut args = FluentArgs::new();
        fill(&mut args);
        self.said.extend(self.texts.message(message, &args).ok());
    }

    fn named(&mut self, message: &str, value: &str) {
        if !value.is_empty() {
            self.say(message, |args| args.set("value", value.to_owned()));
        }
    }

    fn counted(&mut self, message: &str, count: u32) {
        self.say(message, |args| {
            args.set("count", fluent_number(count.into()));
        });
    }

    fn compared(&mut self, message: &str, value: &str, instant: bool) {
        let at = instant.then(|| value.parse().ok()).flatten();
        let at = at.and_then(|seconds| Timestamp::from_second(seconds).ok());
        match at {
            Some(at) => self.named(message, &shown(at, self.zone)),
            None => self.named(message, value),
        }
    }
}

fn shown(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    local.strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// An amount as the texts write numbers.
fn amount(text: &str) -> fluent_bundle::FluentValue<'static> {
    match text.parse() {
        Ok(number) => fluent_number(number),
        Err(_) => text.to_owned().into(),
    }
}
