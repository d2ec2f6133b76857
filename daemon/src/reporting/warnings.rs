//! What an administrator should know about reports, as `octroi status` says it.

use jiff::Timestamp;
use octroi_licence::{CivilSeconds, ReportingStep};

use super::{clerk::Clerk, schedule::Duty};
use crate::{realm::Realm, text::sentence};

/// Adds what is to be said about one realm's reports.
pub(crate) async fn add(clerk: &Clerk, realm: &Realm, warnings: &mut Vec<String>) {
    let vendor = realm.vendor();
    let waiting = clerk.outbox(realm).waiting();
    match (clerk.duties(realm).await, waiting) {
        (Ok((duties, server, _)), Ok(waiting)) => {
            warnings.extend(duties.iter().filter_map(overdue));
            let approval = clerk.approval_needed(&duties) && server.is_some();
            let unapproved = waiting
                .map(|waiting| waiting.report.number)
                .filter(|number| approval && !clerk.outbox(realm).is_approved(*number));
            if let Some(number) = unapproved {
                warnings.push(format!(
                    "{vendor}: usage report {number} waits for your approval: octroi report preview, then octroi report send"
                ));
            }
        }
        (Err(error), _) => warnings.push(format!("{vendor}: {}", sentence(&error))),
        (_, Err(error)) => warnings.push(format!("{vendor}: {}", sentence(&error))),
    }
}

fn overdue(duty: &Duty) -> Option<String> {
    if duty.step < ReportingStep::Warn {
        return None;
    }
    let (licence, due) = (&duty.licence, day(duty.due_at));
    let end = match duty.step {
        ReportingStep::Stop => "its certificate should have ended since".to_owned(),
        _ => format!(
            "without a receipt its certificate ends on {}",
            day(duty.stop_at)
        ),
    };
    Some(format!(
        "licence {licence}: a usage report was due on {due} and has no receipt; {end}: octroi report send, or octroi report export FILE"
    ))
}

fn day(at: CivilSeconds) -> String {
    Timestamp::from_second(at.0).map_or_else(
        |_| format!("@{}", at.0),
        |at| at.strftime("%Y-%m-%d").to_string(),
    )
}
