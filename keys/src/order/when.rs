//! What an order says about dates: `[calendar]`, `[term]`, `[renewal]` and `[delays]` become the
//! rules from which the licence's dates are computed.

use jiff::{civil::Date, tz::TimeZone};
use octroi_licence::CivilSeconds;

use super::{
    dates::Edge,
    fields::{Field, Table},
    mistake::MistakeKind,
    sections::section,
};
use crate::{
    calendar::{
        Calendar, Delay, DelayUnit, Extension, HolidayLists, SUPPORT_SPANS_MAX, SupportHours,
    },
    dates::{
        DelayKind, NamedDelay, NonRenewalForm, NoticeBasis, NoticeGrowth, PriceRevision, Renewal,
        RenewalMode, RunsFrom, Side, StartEvent, TermEnd, TermRules,
    },
};

const EXTENSIONS: [(&str, Extension); 3] = [
    ("none", Extension::None),
    ("next-business-day", Extension::NextBusinessDay),
    ("next-working-day", Extension::NextWorkingDay),
];

/// The rules of an order's dates.
pub(super) fn rules(
    order: &Table<'_>,
    zone: &TimeZone,
    sites: usize,
    lists: &HolidayLists,
) -> Option<TermRules> {
    let (calendar, runs_from) = calendar(order, zone, lists);
    let term = section(order, "term", "when the licence may be used")?;
    let rules = term_rules(&term, order, calendar, runs_from, sites, lists);
    term.close();
    rules
}

fn calendar(
    order: &Table<'_>,
    zone: &TimeZone,
    lists: &HolidayLists,
) -> (Calendar, Option<RunsFrom>) {
    let mut calendar = Calendar::new(zone.clone());
    let Some(table) = order.get("calendar").and_then(|field| field.table()) else {
        return (calendar, None);
    };
    adjust(&table, &mut calendar, lists);
    if let Some(field) = table.get("support_hours") {
        let texts: Vec<String> = field
            .list(SUPPORT_SPANS_MAX)
            .iter()
            .filter_map(Field::text)
            .collect();
        match SupportHours::read(zone.clone(), calendar.holidays.clone(), &texts) {
            Ok(support) => calendar.support = Some(support),
            Err((place, error)) => {
                let shown = texts.get(place).map(String::as_str).unwrap_or_default();
                let what = format!("`{}` {error}", shown.escape_debug());
                field.mistake(MistakeKind::UnknownValue, what);
            }
        }
    }
    let runs_from = table
        .get("runs_from")
        .and_then(|field| field.choice(&RunsFrom::WORDS));
    table.close();
    (calendar, runs_from)
}

/// `holidays` and `extension`, of the contract or of one delay.
fn adjust(table: &Table<'_>, calendar: &mut Calendar, lists: &HolidayLists) {
    if let Some(field) = table.get("holidays")
        && let Some(id) = field.text()
    {
        if let Some(list) = lists.get(&id) {
            calendar.holidays = list.clone();
        } else {
            let known: Vec<&str> = lists.ids().collect();
            let what = format!("`{}` is no list of holidays", id.escape_debug());
            let help = format!("known are {}", known.join(", "));
            field.mistake_with_help(MistakeKind::UnknownValue, what, help);
        }
    }
    if let Some(extension) = table
        .get("extension")
        .and_then(|field| field.choice(&EXTENSIONS))
    {
        calendar.extension = extension;
    }
}

fn term_rules(
    table: &Table<'_>,
    order: &Table<'_>,
    calendar: Calendar,
    runs_from: Option<RunsFrom>,
    sites: usize,
    lists: &HolidayLists,
) -> Option<TermRules> {
    let zone = calendar.zone.clone();
    let starts_field = table.get("starts");
    let starts = starts_field
        .as_ref()
        .and_then(|field| field.instant(&zone, Edge::Start));
    let event = table
        .get("start_event")
        .and_then(|field| field.choice(&StartEvent::WORDS));
    let end = end(table, &zone, starts, sites);
    if starts_field.is_none() && matches!(end, Some(TermEnd::After(_))) {
        table.missing("starts", "the day from which the length is counted");
    }
    let evaluation = table
        .get("evaluation")
        .and_then(|field| term_length(&field));
    if evaluation.is_some() && starts_field.is_none() {
        table.missing("starts", "the day from which the evaluation is counted");
    }
    let delivered = table.get("delivered").and_then(|field| day(&field, &zone));
    let length = match end {
        Some(TermEnd::After(length)) => Some(length),
        _ => None,
    };
    let renewal = order.get("renewal").and_then(|field| {
        let table = field.table()?;
        let renewal = renewal(&table, length, starts.is_some());
        if renewal.mode != RenewalMode::None && end == Some(TermEnd::Perpetual) {
            let what = "a perpetual licence is not renewed";
            field.mistake(MistakeKind::Contradiction, what);
        }
        table.close();
        Some(renewal)
    });
    let price_revision = order.get("price").and_then(|field| {
        let table = field.table()?;
        let revision = table
            .get("revision")
            .and_then(|field| field.choice(&PriceRevision::WORDS));
        table.close();
        revision
    });
    let delays = order.get("delays").and_then(|field| field.table());
    let delays = delays.map(|table| delays_of(table, &calendar, runs_from, lists));
    let rules = TermRules {
        calendar,
        start_event: event.unwrap_or(StartEvent::Stated),
        starts,
        end: end?,
        evaluation,
        delivered,
        renewal: renewal.unwrap_or_default(),
        price_revision: price_revision.unwrap_or_default(),
        delays: delays.unwrap_or_default(),
    };
    check(table, &rules, starts_field.is_some());
    Some(rules)
}

/// What can be said only of the whole.
fn check(table: &Table<'_>, rules: &TermRules, starts_stated: bool) {
    // A start that is missing or wrong is reported already.
    if starts_stated && rules.starts.is_none()
        || !starts_stated && matches!(rules.end, TermEnd::After(_))
    {
        return;
    }
    let dates = match rules.compute(None) {
        Ok(dates) => dates,
        Err(error) => return table.mistake(MistakeKind::BadDate, error.to_string()),
    };
    if let (Some(evaluation), Some(end)) = (&dates.evaluation, &dates.end)
        && evaluation.at > end.at
    {
        let what = "the evaluation is longer than the term";
        table.mistake(MistakeKind::Contradiction, what.to_owned());
    }
    if let (Some(first), Some(notice)) = (
        dates.start,
        dates.periods.first().and_then(|first| first.client_notice),
    ) && notice.governing.deadline <= first.at
    {
        let what = "the client's notice of non-renewal is longer than the term";
        table.mistake(MistakeKind::Contradiction, what.to_owned());
    }
}

fn end(
    table: &Table<'_>,
    zone: &TimeZone,
    starts: Option<CivilSeconds>,
    sites: usize,
) -> Option<TermEnd> {
    let (ends, length) = (table.get("ends"), table.get("length"));
    let perpetual = table.get("perpetual");
    let is_perpetual = perpetual.as_ref().and_then(Field::boolean).unwrap_or(false);
    if let (Some(length), Some(_)) = (&length, &ends) {
        let what = "a term has a length or an end; leave one of the two out";
        length.mistake(MistakeKind::Contradiction, what);
    }
    let fixed = ends
        .as_ref()
        .and_then(|field| field.instant(zone, Edge::End));
    if let (Some(start), Some(end), Some(field)) = (starts, fixed, &ends)
        && end <= start
    {
        field.mistake(MistakeKind::EndsBeforeStart, "does not lie after `starts`");
    }
    let after = length.as_ref().and_then(term_length);
    if let (Some(perpetual), true) = (&perpetual, is_perpetual) {
        if ends.is_some() || length.is_some() {
            let what = "a perpetual licence has no end; leave one of the two out";
            perpetual.mistake(MistakeKind::Contradiction, what);
        } else if sites > 1 {
            perpetual.mistake(
                MistakeKind::Contradiction,
                format!("a perpetual licence is for one site (clause A2), the order names {sites}"),
            );
        }
        return Some(TermEnd::Perpetual);
    }
    if ends.is_none() && length.is_none() {
        let what = "the last day, or a `length`, or `perpetual = true`";
        table.missing("ends", what);
    }
    match (fixed, after) {
        (Some(end), _) => Some(TermEnd::Fixed(end)),
        (None, Some(length)) => Some(TermEnd::After(length)),
        (None, None) => None,
    }
}

fn renewal(table: &Table<'_>, term: Option<Delay>, starts: bool) -> Renewal {
    let mode = table.require("mode", "\"none\", \"tacit\" or \"express\"");
    let mode = mode.and_then(|field| field.choice(&RenewalMode::WORDS));
    let period_field = table.get("period");
    let period = match &period_field {
        Some(field) => term_length(field),
        None => term,
    };
    if period_field.is_none() && term.is_none() && mode != Some(RenewalMode::None) {
        let what = "how long each renewal is: the term has no `length` to be repeated";
        table.missing("period", what);
    }
    let of = |key| {
        let table = table.get(key).and_then(|field| field.table());
        table.map(side).unwrap_or_default()
    };
    let (client, vendor) = (of("client"), of("vendor"));
    let address = table.get("notice_address").and_then(|field| field.text());
    let growth = table.get("notice_growth").and_then(|field| {
        let growth = notice_growth(field.table()?);
        let in_months = |side: Side| side.notice.is_none_or(|notice| notice.months().is_some());
        if !in_months(client) || !in_months(vendor) || !starts {
            let what = "notice grows by the year: notices must be in months, and the term needs \
                        `starts`";
            field.mistake(MistakeKind::Contradiction, what);
            return None;
        }
        growth
    });
    Renewal {
        mode: mode.unwrap_or_default(),
        period,
        growth,
        client,
        vendor,
        notice_address: address.unwrap_or_default(),
    }
}

fn notice_growth(table: Table<'_>) -> Option<NoticeGrowth> {
    let basis = table.require("basis", "\"total\" or \"period\"");
    let basis = basis.and_then(|field| field.choice(&NoticeBasis::WORDS));
    let most = table.require("months_max", "the most months that notice grows to");
    let most = most.and_then(|field| field.integer(1, 120));
    table.close();
    Some(NoticeGrowth {
        basis: basis?,
        months_max: u16::try_from(most?).ok()?,
    })
}

fn side(table: Table<'_>) -> Side {
    let notice = table.get("notice").and_then(|field| day_delay(&field));
    let form = table
        .get("form")
        .and_then(|field| field.choice(&NonRenewalForm::WORDS));
    table.close();
    Side {
        notice,
        form: form.unwrap_or(NonRenewalForm::Any),
    }
}

fn delays_of(
    table: Table<'_>,
    calendar: &Calendar,
    runs_from: Option<RunsFrom>,
    lists: &HolidayLists,
) -> Vec<NamedDelay> {
    let mut delays = Vec::new();
    for kind in DelayKind::all() {
        let Some(field) = table.get(kind.key()) else {
            continue;
        };
        let mut calendar = calendar.clone();
        let mut counted_from = kind.is_notice().then_some(runs_from).flatten();
        let length = if field.is_table() {
            let Some(table) = field.table() else { continue };
            adjust(&table, &mut calendar, lists);
            if let Some(field) = table.get("runs_from") {
                counted_from = field.choice(&RunsFrom::WORDS);
            }
            let length = table.require("length", "how long, such as \"15 business days\"");
            table.close();
            length
        } else {
            Some(field)
        };
        let hours = calendar.support.is_some();
        if let Some(field) = length
            && let Some(delay) = delay(&field)
        {
            if delay.unit() == DelayUnit::SupportHours && !hours {
                let what = "support hours are counted, but calendar.support_hours is not stated";
                field.mistake(MistakeKind::Contradiction, what);
                continue;
            }
            delays.push(NamedDelay {
                kind,
                delay,
                calendar,
                runs_from: counted_from,
            });
        }
    }
    table.close();
    delays
}

fn delay(field: &Field<'_>) -> Option<Delay> {
    field.parse(
        "a delay in quotes, such as \"15 business days\"",
        MistakeKind::BadDuration,
        str::parse,
    )
}

/// A delay that is counted in days, not in hours.
fn day_delay(field: &Field<'_>) -> Option<Delay> {
    let delay = delay(field)?;
    if delay.unit() == DelayUnit::SupportHours {
        let what = "is counted in days, months or years, not in support hours";
        field.mistake(MistakeKind::Contradiction, what);
        return None;
    }
    Some(delay)
}

/// The length of a term.
fn term_length(field: &Field<'_>) -> Option<Delay> {
    let length = delay(field)?;
    if length.unit() == DelayUnit::CalendarDays || length.months().is_some() {
        return Some(length);
    }
    let what = "a term is counted in calendar days, months or years";
    field.mistake(MistakeKind::Contradiction, what);
    None
}

/// A whole day.
fn day(field: &Field<'_>, zone: &TimeZone) -> Option<Date> {
    let at = field.instant(zone, Edge::Start)?;
    Calendar::new(zone.clone())
        .day_of(at)
        .map_err(|error| field.mistake(MistakeKind::BadDate, error.to_string()))
        .ok()
}
