//! Sentences about the support that a licence promises.

use super::{Sentences, Subject, Value, listed, number, text};
use crate::{HolidayRule, Severity, Support, SupportHours, SupportLevel};

pub(super) fn explain(to: &mut Sentences<'_>, support: &Support) {
    // Every field is named: one that is added must be given its sentence.
    let Support {
        zone,
        levels,
        severities,
        holidays,
        contact,
    } = support;
    let subject = Subject::Support;
    to.say(subject, "support-zone", [("zone", text(zone.iana()))]);
    for one in levels {
        level(to, one);
    }
    for Severity {
        id,
        name,
        respond,
        restore,
    } in severities
    {
        let name = if name.is_empty() { id } else { name };
        let values = [
            ("name", text(name)),
            ("respond", Value::Delay(*respond)),
            ("restore", Value::Delay(*restore)),
        ];
        to.say(subject, "support-severity", values);
    }
    if !holidays.is_empty() {
        let count = u64::try_from(holidays.len()).unwrap_or(u64::MAX);
        to.say(subject, "support-holiday-list", [("count", number(count))]);
    }
    if !contact.is_empty() {
        to.say(subject, "support-contact", [("contact", text(contact))]);
    }
}

fn level(to: &mut Sentences<'_>, level: &SupportLevel) {
    let subject = Subject::Support;
    let SupportLevel {
        level,
        hours,
        administrators_only,
    } = level;
    let level = || ("level", number(*level));
    if hours.is_empty() {
        to.say(subject, "support-level-always", [level()]);
    }
    for SupportHours {
        times,
        holidays,
        severities,
    } in hours
    {
        let hours = ("hours", Value::Times(vec![*times]));
        to.say(subject, "support-level", [level(), hours]);
        let rule = match holidays {
            HolidayRule::Closed => "closed",
            HolidayRule::Open => "open",
            HolidayRule::Also => "also",
        };
        to.say(subject, "support-holidays", [("rule", Value::Word(rule))]);
        if !severities.is_empty() {
            let values = [level(), ("severities", listed(severities))];
            to.say(subject, "support-only", values);
        }
    }
    if *administrators_only {
        to.say(subject, "support-administrators", [level()]);
    }
}
