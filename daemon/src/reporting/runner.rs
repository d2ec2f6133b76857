//! The task that sends what is due. It looks every half minute, which costs nothing while nothing is
//! due; entropy and clocks are read here and nowhere else in this folder's arithmetic.

use std::{collections::BTreeMap, time::Duration};

use octroi_licence::{ReportingStep, VendorId};
use tokio::{sync::watch, time::Instant};

use super::{
    clerk::{Clerk, ClerkError, Exchange},
    schedule,
};
use crate::{realm::Realm, text::sentence};

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often it is looked whether a report was approved or the server may be asked at last.
const WAITING_EVERY: Duration = Duration::from_mins(1);

/// One realm's next sending.
struct Plan {
    at: Instant,
    failures: u32,
    told_unapproved: bool,
}

/// Sends reports when they are due, until `stopped` says so.
pub(crate) async fn run(clerk: Clerk, mut stopped: watch::Receiver<bool>) {
    let mut plans: BTreeMap<VendorId, Plan> = BTreeMap::new();
    loop {
        for realm in clerk.realms().all() {
            let look = look(&clerk, &realm, &mut plans);
            tokio::select! {
                () = look => {}
                // What was stored is sent after the next start.
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
        let next = plans.values().map(|plan| plan.at).min();
        let look = Instant::now() + LOOK_EVERY;
        tokio::select! {
            () = tokio::time::sleep_until(next.map_or(look, |next| next.min(look))) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

async fn look(clerk: &Clerk, realm: &Realm, plans: &mut BTreeMap<VendorId, Plan>) {
    let vendor = realm.vendor();
    let (duties, server, now) = match clerk.duties(realm).await {
        Ok(found) => found,
        Err(error) => {
            let error = sentence(&error);
            tracing::warn!(error, %vendor, "it cannot be told whether a report is due");
            return;
        }
    };
    let due = duties
        .first()
        .filter(|duty| duty.step >= ReportingStep::Due);
    let (Some(duty), true) = (due, server.is_some() && clerk.network_allowed().is_ok()) else {
        plans.remove(vendor);
        return;
    };
    let Some(plan) = plans.get_mut(vendor) else {
        let wait = schedule::first_attempt(duty.due_at, duty.interval, now, entropy());
        let at = Instant::now() + wait;
        let (failures, told_unapproved) = (0, false);
        plans.insert(
            vendor.clone(),
            Plan {
                at,
                failures,
                told_unapproved,
            },
        );
        return;
    };
    if plan.at > Instant::now() {
        return;
    }
    match clerk.send_due(realm).await {
        Ok(Exchange::Receipt(taken)) => {
            let number = taken.number;
            tracing::info!(%vendor, number, "the vendor's receipt came");
            for note in &taken.notes {
                tracing::warn!(%vendor, number, note, "the receipt left something undone");
            }
            plans.remove(vendor);
        }
        Ok(Exchange::Unapproved { number }) => {
            if !plan.told_unapproved {
                tracing::warn!(%vendor, number, "a usage report waits for `octroi report send`");
            }
            plan.told_unapproved = true;
            plan.at = Instant::now() + WAITING_EVERY;
        }
        Err(error) => {
            plan.failures = plan.failures.saturating_add(1);
            let wait = schedule::retry_after(plan.failures, entropy());
            plan.at = Instant::now() + wait;
            say(vendor, &error, wait);
        }
    }
}

fn say(vendor: &VendorId, error: &ClerkError, wait: Duration) {
    let (code, again_in_s) = (error.code(), wait.as_secs());
    let error = sentence(error);
    tracing::warn!(error, code, again_in_s, %vendor, "no receipt for the usage report");
}

/// Without entropy nothing is spread, and everything still works.
fn entropy() -> u32 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u32::from_le_bytes(bytes),
        Err(_) => 0,
    }
}
