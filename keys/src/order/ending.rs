//! The `[ending]` table of an order: what may be used and what is due after the licence's end, with the
//! days of `[delays]`. They run from whatever end comes, so the licence carries a number of days.

use octroi_licence::message;

use super::{
    fields::{Field, Table, report_duplicates},
    mistake::MistakeKind,
    reporting::features_of,
};
use crate::{
    calendar::DelayUnit,
    dates::{DelayKind, TermRules},
};

const CHOICES: [(&str, message::EndOfUseChoice); 3] = [
    ("destroyed", message::EndOfUseChoice::Destroyed),
    ("returned", message::EndOfUseChoice::Returned),
    (
        "backup-handed-over",
        message::EndOfUseChoice::BackupHandedOver,
    ),
];
const CHOICES_MAX: usize = 8;

/// Writes what follows the end into `terms`, whose features are known already.
pub(super) fn ending(table: &Table<'_>, rules: &TermRules, terms: &mut message::Licence) {
    if let Some(field) = table.get("export_features") {
        let features = features_of(&field, &terms.features);
        if let Some(export_days) = days(&field, rules, DelayKind::Export) {
            terms.post_term = Some(message::PostTerm {
                export_days,
                features,
            });
        }
    }
    if let Some(field) = table.get("choices") {
        let stated: Vec<_> = field
            .list(CHOICES_MAX)
            .into_iter()
            .filter_map(|field| Some((field.choice(&CHOICES)?, field.text()?, field)))
            .collect();
        let choices = stated.iter().map(|(choice, ..)| (*choice).into()).collect();
        report_duplicates(stated.into_iter().map(|(_, word, field)| (word, field)));
        if let Some(deadline_days) = days(&field, rules, DelayKind::Return) {
            let silence = table
                .get("silence")
                .and_then(|field| field.choice(&CHOICES));
            terms.end_of_use = Some(message::EndOfUse {
                deadline_days,
                choices,
                silence: silence.unwrap_or_default().into(),
            });
        }
    }
}

/// The days of a delay after the end, which must be stated in calendar days.
fn days(field: &Field<'_>, rules: &TermRules, kind: DelayKind) -> Option<u32> {
    let delay = rules.delays.iter().find(|delay| delay.kind == kind);
    let days = delay.filter(|delay| delay.delay.unit() == DelayUnit::CalendarDays);
    if days.is_none() {
        let key = kind.key();
        let what = format!("needs delays.{key} in calendar days");
        field.mistake(MistakeKind::Contradiction, what);
    }
    days.map(|delay| delay.delay.length().into())
}
