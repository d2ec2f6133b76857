//! What a licence carries of its order's dates: instants and days, which daemons compare. How they are
//! computed is the rules' affair.

use octroi_licence::{CivilSeconds, RENEWALS_MAX, message};

use crate::dates::{
    DelayKind, LicenceDates, NonRenewalForm, NoticeBasis, Period, RenewalMode, TermEnd, TermRules,
};

/// Writes term, renewal, acceptance and end of use. Dates outside the calendar are left out: the
/// check of the rules reports them.
pub(super) fn carry(rules: &TermRules, terms: &mut message::Licence) {
    let fixed = match rules.end {
        TermEnd::Fixed(ends) => Some(ends),
        TermEnd::Perpetual | TermEnd::After(_) => None,
    };
    let dates = rules.compute(None).ok();
    let end = dates.as_ref().and_then(|dates| dates.end.as_ref());
    terms.term = Some(message::Term {
        starts_at_s: rules.starts.unwrap_or_default().0,
        ends_at_s: end.map(|end| end.at).or(fixed).unwrap_or_default().0,
    });
    terms.renewal = renewal(rules);
    if let Some(dates) = &dates {
        terms.acceptance = acceptance(dates);
    }
}

fn renewal(rules: &TermRules) -> Option<message::Renewal> {
    let renewal = &rules.renewal;
    let kind = match renewal.mode {
        RenewalMode::None => return None,
        RenewalMode::Tacit => message::RenewalKind::Tacit,
        RenewalMode::Express => message::RenewalKind::Express,
    };
    let basis = match renewal.growth.map(|growth| growth.basis) {
        None => message::NoticeBasis::Unspecified,
        Some(NoticeBasis::Total) => message::NoticeBasis::Total,
        Some(NoticeBasis::Period) => message::NoticeBasis::Period,
    };
    // Of the client's forms only the closed account is recorded by its own tool.
    let form = match renewal.client.form {
        NonRenewalForm::Any => message::NonRenewalForm::Any,
        NonRenewalForm::AccountClosed => message::NonRenewalForm::Local,
        NonRenewalForm::Writing | NonRenewalForm::Letter | NonRenewalForm::Excluded => {
            message::NonRenewalForm::Letter
        }
    };
    Some(message::Renewal {
        kind: kind.into(),
        periods: match renewal.mode {
            RenewalMode::Tacit => periods(rules),
            RenewalMode::None | RenewalMode::Express => Vec::new(),
        },
        non_renewal_form: form.into(),
        notice_basis: basis.into(),
        notice_address: renewal.notice_address.clone(),
    })
}

/// The renewals with the deadline of each, which lies in the period before; fewer than the most where
/// the calendar ends.
fn periods(rules: &TermRules) -> Vec<message::RenewalPeriod> {
    let most = u32::try_from(RENEWALS_MAX).unwrap_or(u32::MAX);
    let carried = |number| {
        let (before, period) = (rules.period(number - 1).ok()?, rules.period(number).ok()?);
        Some(message::RenewalPeriod {
            ends_at_s: period.ends.0,
            notice_until_s: deadline(&before).0,
        })
    };
    (1..=most).map_while(carried).collect()
}

/// Until when a period's renewal can be refused on the client's machine: by the client, or where it
/// cannot, by the vendor.
fn deadline(period: &Period) -> CivilSeconds {
    let notice = period.client_notice.or(period.vendor_notice);
    let deadline = notice.map_or(period.ends, |notice| notice.governing.deadline);
    // A term that ends within a day ends before its day does.
    deadline.min(period.ends)
}

fn acceptance(dates: &LicenceDates) -> Option<message::Acceptance> {
    let until = |kind| {
        let delay = dates.delays.iter().find(|delay| delay.kind == kind);
        let until = delay.and_then(|delay| delay.until);
        until.map_or(0, |(_, at)| at.0)
    };
    let acceptance = message::Acceptance {
        evaluation_ends_at_s: dates.evaluation.as_ref().map_or(0, |window| window.at.0),
        reserves_until_s: until(DelayKind::Defects),
        guarantee_ends_at_s: until(DelayKind::Guarantee),
    };
    (acceptance != message::Acceptance::default()).then_some(acceptance)
}
