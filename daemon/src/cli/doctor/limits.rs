//! The next thing that will end or stop by itself, over all vendors.

use octroi_proto::admin::v1::{LicenceStatus, RealmDiagnosis};

use super::{
    super::{
        Context, format,
        text::{Messages, doctor::DoctorTexts},
    },
    Check, Heard, Kind, State,
};

/// What ends within so many seconds is warned of.
pub(in super::super) const SOON_S: i64 = 30 * DAY_S;
const DAY_S: i64 = 86_400;

/// Something that ends.
struct Limit {
    at_s: i64,
    what: String,
    mend: String,
    /// It is put off by itself as long as reports find their receipts.
    renewed: bool,
}

/// How long is left, or since when it is over.
pub(super) fn left(seconds: i64, texts: &Messages) -> String {
    if (0..DAY_S).contains(&seconds) {
        let millis = u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
        return format::length(millis);
    }
    if seconds >= 0 {
        (texts.status.days_left)(seconds / DAY_S)
    } else {
        (texts.status.days_over)(seconds.saturating_neg() / DAY_S)
    }
}

/// The nearest of them that still lies ahead; what is over is told where it ended.
pub(super) fn next(heard: &Heard, words: &DoctorTexts, context: &Context<'_, '_>) -> Check {
    let kind = Kind::NextLimit;
    let Some(status) = &heard.status else {
        return Check::of(kind, State::NotChecked, words.no_answer, "");
    };
    let clock = status.clock.as_ref();
    let now = clock.map_or(0, |clock| clock.civil_ms.div_euclid(1000));
    let mut limits = Vec::new();
    for realm in &status.realms {
        let diagnosis = heard.diagnosis.as_ref().and_then(|all| {
            let mut realms = all.realms.iter();
            realms.find(|one| one.vendor == realm.vendor)
        });
        for licence in &realm.licences {
            of_licence(licence, diagnosis, now, words, &mut limits);
        }
    }
    let ahead = limits.into_iter().filter(|limit| limit.at_s > now);
    let Some(nearest) = ahead.min_by_key(|limit| limit.at_s) else {
        return Check::ok(kind, words.nothing_ends);
    };
    let left_s = nearest.at_s - now;
    let when = format::local_seconds(&context.zone, nearest.at_s);
    let evidence = (words.next)(&nearest.what, &when, &left(left_s, context.texts));
    if left_s <= SOON_S && !nearest.renewed {
        return Check::of(kind, State::Warning, evidence, nearest.mend);
    }
    Check::ok(kind, evidence)
}

fn of_licence(
    licence: &LicenceStatus,
    diagnosis: Option<&RealmDiagnosis>,
    now: i64,
    words: &DoctorTexts,
    limits: &mut Vec<Limit>,
) {
    let id = licence.licence_id.as_str();
    let mut ends = |at_s: i64, what: String, mend: &str, renewed: bool| {
        if at_s != 0 {
            let mend = mend.to_owned();
            limits.push(Limit {
                at_s,
                what,
                mend,
                renewed,
            });
        }
    };
    ends(
        licence.ends_at_s,
        (words.end_of_licence)(id),
        words.renew,
        false,
    );
    let duty = diagnosis.and_then(|diagnosis| {
        let mut reports = diagnosis.reports.iter();
        reports.find(|duty| duty.licence_id == id)
    });
    match duty {
        None => ends(
            licence.certificate_ends_at_s,
            (words.end_of_certificate)(id),
            words.certificate_mend,
            false,
        ),
        Some(duty) => {
            let in_time = matches!(duty.step.as_str(), "current" | "due");
            let grants = (words.end_of_grants)(id);
            ends(duty.degrade_at_s, grants, words.report_mend, in_time);
            let stop = (words.end_without_report)(id);
            ends(duty.stop_at_s, stop, words.report_mend, in_time);
        }
    }
    let keys = diagnosis.iter().flat_map(|diagnosis| &diagnosis.keys);
    let away = keys.filter(|key| key.licence_id == id && key.licence_without_key);
    for key in away {
        let left_s = i64::try_from(key.budget_left_ms / 1000).unwrap_or(i64::MAX);
        let at = now.saturating_add(left_s);
        let mend = (words.key_plug)(&key.serial);
        ends(at, (words.end_of_budget)(id), &mend, false);
    }
}
