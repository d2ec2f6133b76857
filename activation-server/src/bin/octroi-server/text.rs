//! The overview as text, for people.

use std::fmt::Write as _;

use jiff::Timestamp;
use octroi_licence::{CivilDay, CivilSeconds};
use octroi_server::{ActivationOverview, CountOverview, LicenceOverview};

/// An instant in UTC.
pub(crate) fn instant(at: CivilSeconds) -> String {
    Timestamp::from_second(at.0).map_or_else(|_| at.to_string(), |at| at.to_string())
}

fn day(day: CivilDay) -> String {
    let text = instant(day.start());
    text.split_once('T')
        .map_or(text.clone(), |(day, _)| day.to_owned())
}

fn when(at: Option<CivilSeconds>, otherwise: &str) -> String {
    at.map_or_else(|| otherwise.to_owned(), instant)
}

fn count(count: CountOverview) -> String {
    if count.at_least == count.at_most {
        count.at_least.to_string()
    } else {
        format!("{} to {}", count.at_least, count.at_most)
    }
}

/// Every licence with what hangs on it.
pub(crate) fn overview(licences: &[LicenceOverview]) -> String {
    if licences.is_empty() {
        return "no licences yet: octroi-server import CLIENT.lic".to_owned();
    }
    let mut text = String::new();
    for one in licences {
        if licence(&mut text, one).is_err() {
            unreachable!("writing into a text never fails");
        }
    }
    text
}

fn licence(text: &mut String, one: &LicenceOverview) -> std::fmt::Result {
    let serial = one
        .serial
        .map_or_else(|| "none".to_owned(), |serial| serial.to_string());
    writeln!(
        text,
        "licence {} (product {}, client {}), serial {serial}, until {}",
        one.licence,
        one.product,
        one.client,
        when(one.ends_at, "perpetual")
    )?;
    writeln!(
        text,
        "  terms accepted: {}; paid: {}",
        when(one.terms_accepted_at, "no"),
        when(one.paid_at, "no")
    )?;
    if one.failed_attempts > 0 {
        let locked = if one.locked { " (locked)" } else { "" };
        writeln!(text, "  wrong codes: {}{locked}", one.failed_attempts)?;
    }
    for feature in &one.features {
        writeln!(
            text,
            "  {} ({}): {} of {} allotted",
            feature.feature, feature.metric, feature.allotted, feature.count
        )?;
    }
    for one in &one.activations {
        activation(text, one)?;
    }
    Ok(())
}

fn activation(text: &mut String, one: &ActivationOverview) -> std::fmt::Result {
    let state = match (one.written_off, one.live) {
        (true, _) => "written off",
        (_, true) => "live",
        (_, false) => "ended",
    };
    let site = one
        .site
        .as_ref()
        .map_or_else(String::new, |site| format!(" at {site}"));
    writeln!(
        text,
        "  daemon {}{site}: {state}, certificate {} of {} until {}",
        one.daemon_key,
        one.certificate_number,
        instant(one.certified_at),
        when(one.ends_at, "the licence ends")
    )?;
    for (feature, units) in &one.shares {
        writeln!(text, "    share: {} {feature}", units.0)?;
    }
    if let Some(report) = &one.last_report {
        writeln!(
            text,
            "    report {} of {}: {} to {}, {} ledger records",
            report.number,
            instant(report.answered_at),
            day(report.first_day),
            day(report.last_day),
            report.ledger_size
        )?;
        for feature in &report.features {
            writeln!(
                text,
                "      {}: peak {}, seat days {}, grants {}",
                feature.feature,
                count(feature.peak),
                count(feature.seat_days),
                count(feature.grants)
            )?;
            for refusal in &feature.refusals {
                writeln!(text, "        {}: {}", refusal.name, count(refusal.count))?;
            }
        }
        for evidence in &report.evidence {
            writeln!(text, "      {}: {}", evidence.name, count(evidence.count))?;
        }
    }
    for incident in &one.incidents {
        writeln!(
            text,
            "    {}: {} time(s), last {}, ledger of {} records ({})",
            incident.code,
            incident.times,
            instant(incident.last_at),
            incident.ledger_size,
            incident.ledger_root
        )?;
    }
    Ok(())
}
