//! What `order check` says about a licence's dates, for people and for machines.

use std::fmt::Write as _;

use jiff::civil::Date;
use octroi_licence::CivilSeconds;
use octroi_vendor::{
    LicenceOrder,
    dates::{
        Anchor, ComputedDelay, Dated, Invoice, LicenceDates, NonRenewalForm, Notice, NoticeBasis,
        NoticeReading, Period, Renewal, RenewalMode,
    },
    order::in_words,
};
use serde_json::{Value, json};

/// The dates, line by line.
pub(crate) fn text(order: &LicenceOrder, dates: &LicenceDates) -> String {
    let mut text = String::new();
    match write(&mut text, order, dates) {
        Ok(()) => text,
        // Writing to a string does not fail.
        Err(std::fmt::Error) => String::new(),
    }
}

fn write(
    text: &mut String,
    order: &LicenceOrder,
    dates: &LicenceDates,
) -> Result<(), std::fmt::Error> {
    let rules = order.term_rules();
    let holidays = match rules.calendar.holidays.name() {
        "" => "none stated",
        name => name,
    };
    line(text, "time zone", order.time_zone())?;
    line(text, "holidays", holidays)?;
    match &dates.start {
        Some(start) => dated(text, "start", "from", start)?,
        None => line(text, "start", "with the issue of the licence")?,
    }
    match &dates.end {
        Some(end) => dated(text, "end", "until", end)?,
        None => line(text, "end", "never: the licence is perpetual")?,
    }
    if let Some(evaluation) = &dates.evaluation {
        dated(text, "evaluation", "until", evaluation)?;
    }
    renewal(text, &rules.renewal, dates)?;
    for invoice in &dates.invoices {
        line(
            text,
            &format!("invoice {}", invoice.period),
            &of_invoice(invoice),
        )?;
    }
    if !dates.price_revisions.is_empty() {
        let days: Vec<String> = dates.price_revisions.iter().map(Date::to_string).collect();
        line(
            text,
            "price",
            &format!("may be revised on {}", days.join(", ")),
        )?;
    }
    for delay in &dates.delays {
        line(text, delay.kind.key(), &of_delay(delay))?;
    }
    Ok(())
}

fn line(text: &mut String, key: &str, what: &str) -> Result<(), std::fmt::Error> {
    writeln!(text, "{key:<20} {what}")
}

fn dated(text: &mut String, key: &str, edge: &str, dated: &Dated) -> Result<(), std::fmt::Error> {
    let Dated { at, day, how } = dated;
    line(
        text,
        key,
        &format!("{day}, {edge} {}: {how}", in_words(*at)),
    )
}

fn renewal(
    text: &mut String,
    renewal: &Renewal,
    dates: &LicenceDates,
) -> Result<(), std::fmt::Error> {
    let period = renewal.period.map(|period| period.to_string());
    let period = period.unwrap_or_default();
    let mode = match renewal.mode {
        RenewalMode::None => "none: the licence ends with its term".to_owned(),
        RenewalMode::Tacit => {
            format!("tacit, by {period} each time, unless one side says no in time")
        }
        RenewalMode::Express => format!("express, by {period}, only by a new order"),
    };
    line(text, "renewal", &mode)?;
    if renewal.mode == RenewalMode::Tacit {
        line(text, "  client's no", renewal.client.form.sentence())?;
        line(text, "  vendor's no", renewal.vendor.form.sentence())?;
        if !renewal.notice_address.is_empty() {
            line(text, "  letters go to", &renewal.notice_address)?;
        }
        let late = "a no after the day named below: the licence goes on for one more period";
        line(text, "  late", late)?;
    }
    for period in &dates.periods {
        let name = match period.number {
            0 => "  first term".to_owned(),
            number => format!("  renewal {number}"),
        };
        let first = period.first_day.map(|day| format!("{day} to "));
        let days = format!("{}{}", first.unwrap_or_default(), period.last_day);
        line(text, &name, &format!("{days}{}", of_notices(period)))?;
    }
    Ok(())
}

fn of_notices(period: &Period) -> String {
    match (period.client_notice, period.vendor_notice) {
        (None, None) => String::new(),
        (Some(client), Some(vendor)) if client == vendor => {
            format!("; notice of either side {}", of_notice(client))
        }
        (client, vendor) => {
            let said = |who: &str, notice: Option<Notice>| {
                notice.map(|notice| format!("; the {who}'s notice {}", of_notice(notice)))
            };
            let client = said("client", client).unwrap_or_default();
            format!("{client}{}", said("vendor", vendor).unwrap_or_default())
        }
    }
}

fn of_notice(notice: Notice) -> String {
    let governing = of_reading(notice.governing);
    match notice.other {
        Some(other) => format!("{governing}; by the other reading {}", of_reading(other)),
        None => governing,
    }
}

fn of_reading(reading: NoticeReading) -> String {
    let length = reading.length.map(|length| length.to_string());
    let basis = match reading.basis {
        None => "",
        Some(NoticeBasis::Total) => " for all years so far",
        Some(NoticeBasis::Period) => " for the years of the period",
    };
    let length = length.map(|length| format!(" ({length} before the end{basis})"));
    let length = length.unwrap_or_else(|| " (the last day)".to_owned());
    format!("until {}{length}", reading.last_day)
}

fn of_invoice(invoice: &Invoice) -> String {
    let ends = invoice
        .ends
        .map(|(last, _)| format!(", ended when unpaid after {last}"));
    format!(
        "for renewal {}: issued {}, due {}, suspendable from {}{}",
        invoice.period,
        invoice.issued,
        invoice.due,
        in_words(invoice.suspendable),
        ends.unwrap_or_default(),
    )
}

fn of_delay(delay: &ComputedDelay) -> String {
    let ComputedDelay { kind, how, .. } = delay;
    let bounds = kind.bounds();
    match (delay.until, delay.from) {
        (Some((last, at)), Some(from)) => {
            let unless = match kind.anchor() {
                Anchor::AfterEnd => " (if the licence ends with its first term)",
                _ => "",
            };
            let at = in_words(at);
            format!("{bounds} until {last} ({at}){unless}: {how}; the event's day is {from}")
        }
        _ => format!("{bounds}: {how}"),
    }
}

/// The dates as JSON: days as `YYYY-MM-DD`, instants in seconds since 1970.
pub(crate) fn json(order: &LicenceOrder, dates: &LicenceDates) -> Value {
    let rules = order.term_rules();
    let periods: Vec<Value> = dates.periods.iter().map(period).collect();
    let invoices: Vec<Value> = dates.invoices.iter().map(invoice).collect();
    let delays: Vec<Value> = dates.delays.iter().map(delay).collect();
    json!({
        "time_zone": order.time_zone(),
        "holidays": rules.calendar.holidays.name(),
        "start": dates.start.as_ref().map(dated_json),
        "end": dates.end.as_ref().map(dated_json),
        "evaluation": dates.evaluation.as_ref().map(dated_json),
        "renewal": {
            "mode": word(&RenewalMode::WORDS, rules.renewal.mode),
            "period": rules.renewal.period.map(|period| period.to_string()),
            "client_form": word(&NonRenewalForm::WORDS, rules.renewal.client.form),
            "vendor_form": word(&NonRenewalForm::WORDS, rules.renewal.vendor.form),
        },
        "periods": periods,
        "invoices": invoices,
        "price_revisions": dates.price_revisions.iter().map(Date::to_string).collect::<Vec<_>>(),
        "delays": delays,
    })
}

fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], of: T) -> Option<&'static str> {
    words
        .iter()
        .find(|(_, value)| *value == of)
        .map(|(word, _)| *word)
}

fn dated_json(dated: &Dated) -> Value {
    json!({ "day": dated.day.to_string(), "at_s": seconds(dated.at), "how": dated.how })
}

fn period(period: &Period) -> Value {
    json!({
        "number": period.number,
        "first_day": period.first_day.map(|day| day.to_string()),
        "last_day": period.last_day.to_string(),
        "starts_at_s": period.starts.map(seconds),
        "ends_at_s": seconds(period.ends),
        "client_notice": period.client_notice.map(notice),
        "vendor_notice": period.vendor_notice.map(notice),
    })
}

fn notice(notice: Notice) -> Value {
    let mut object = reading(notice.governing);
    if let Some(object) = object.as_object_mut() {
        object.insert("other".to_owned(), notice.other.map(reading).into());
    }
    object
}

fn reading(reading: NoticeReading) -> Value {
    json!({
        "basis": reading.basis.and_then(|basis| word(&NoticeBasis::WORDS, basis)),
        "length": reading.length.map(|length| length.to_string()),
        "last_day": reading.last_day.to_string(),
        "deadline_s": seconds(reading.deadline),
    })
}

fn invoice(invoice: &Invoice) -> Value {
    json!({
        "period": invoice.period,
        "issued": invoice.issued.to_string(),
        "due": invoice.due.to_string(),
        "suspendable_at_s": seconds(invoice.suspendable),
        "ends_at_s": invoice.ends.map(|(_, at)| seconds(at)),
    })
}

fn delay(delay: &ComputedDelay) -> Value {
    json!({
        "delay": delay.kind.key(),
        "length": delay.delay.to_string(),
        "from": delay.from.map(|day| day.to_string()),
        "last_day": delay.until.map(|(day, _)| day.to_string()),
        "until_s": delay.until.map(|(_, at)| seconds(at)),
        "how": delay.how,
    })
}

fn seconds(instant: CivilSeconds) -> i64 {
    instant.0
}
