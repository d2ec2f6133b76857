//! The overview as text, for people.

use std::fmt::Write as _;

use jiff::Timestamp;
use octroi_licence::{CivilDay, CivilSeconds, LicenceId};
use octroi_proto::activation::v1::RehostStanding;
use octroi_server::{
    ActivationOverview, AnnouncementOverview, CountOverview, LicenceOverview, RehostsOverview,
};

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
    if let Some(year) = one.releases.year_ends_at {
        let latest = one.releases.latest.as_ref();
        writeln!(
            text,
            "  releases this contract year (until {}): {}; latest: {}",
            instant(year),
            one.releases.this_year,
            latest.map_or_else(|| "none".to_owned(), ToString::to_string)
        )?;
    }
    if let Some(moves) = &one.rehosts {
        rehosted(text, moves)?;
    }
    for one in &one.activations {
        activation(text, one)?;
    }
    Ok(())
}

fn rehosted(text: &mut String, moves: &RehostsOverview) -> std::fmt::Result {
    writeln!(
        text,
        "  moves to another host this contract year: {} of {} included, beyond: {}",
        moves.used_this_year, moves.per_year, moves.over
    )?;
    for one in &moves.moves {
        let billed = if one.billed { ", to be billed" } else { "" };
        writeln!(
            text,
            "    {}: daemon {} took the place of {}{billed}",
            instant(one.at),
            one.daemon_key.id().short(),
            one.replaced.id().short()
        )?;
    }
    Ok(())
}

/// How a licence stands with moves to another host, in one line.
pub(crate) fn rehosts(standing: &RehostStanding) -> String {
    let billed = if standing.billed {
        "; this one is beyond what is included and is to be billed"
    } else {
        ""
    };
    format!(
        "moves to another host this contract year: {} of {} included{billed}",
        standing.used, standing.per_year
    )
}

/// The announcements with their answers.
pub(crate) fn announcements(all: &[AnnouncementOverview]) -> String {
    if all.is_empty() {
        return "nothing was announced yet: octroi-server announce KIND TEXT".to_owned();
    }
    let mut text = String::new();
    for one in all {
        if announcement(&mut text, one).is_err() {
            unreachable!("writing into a text never fails");
        }
    }
    text
}

fn announcement(text: &mut String, one: &AnnouncementOverview) -> std::fmt::Result {
    write!(text, "{} {}", one.number, one.kind)?;
    if let Some(version) = &one.version {
        write!(text, " {version}")?;
    }
    if let Some(product) = &one.product {
        write!(text, ", product {product}")?;
    }
    if let Some(licence) = &one.licence {
        write!(text, ", licence {licence}")?;
    }
    if let Some(effective) = one.effective {
        write!(text, ", comes about {}", day(effective))?;
    }
    if let Some(due) = one.due {
        write!(text, ", until {}", day(due))?;
    }
    writeln!(text, ": {}", one.text)?;
    for answer in &one.answers {
        let licences: Vec<&str> = answer.licences.iter().map(LicenceId::as_str).collect();
        writeln!(
            text,
            "  daemon {} ({}): {} on {}",
            answer.daemon_key.id().short(),
            licences.join(", "),
            answer.verdict,
            day(answer.day)
        )?;
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
        for declared in &report.declarations {
            write!(text, "      {}: {}", declared.name, day(declared.day))?;
            match declared.ends_on {
                Some(ends) => writeln!(text, ", ends {}", day(ends))?,
                None => writeln!(text)?,
            }
        }
        if let Some(ended) = &report.end_of_use {
            writeln!(
                text,
                "      END_OF_USE: {}, {:?}, certificate {}",
                day(ended.removed_on),
                ended.choice,
                ended.digest
            )?;
        }
        for feature in &report.features {
            writeln!(
                text,
                "      {}: peak {}, seat days {}, grants {}",
                feature.feature,
                count(feature.peak),
                count(feature.seat_days),
                count(feature.grants)
            )?;
            if feature.outdated.at_most > 0 {
                let outdated = count(feature.outdated);
                writeln!(text, "        by versions out of maintenance: {outdated}")?;
            }
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
