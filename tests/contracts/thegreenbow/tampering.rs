//! Attempts to change the licence's conditions.

use octroi_engine::RefusalCode;
use octroi_licence::{OrderKind, message::Ground};
use octroi_vendor::order::Template;

use super::{FEATURE, FILL, signed};
use crate::stage::{Contract, Site, order, vendor_order};

/// The terms of a vendor that suspends by itself.
fn strict() -> String {
    let text = order::filled(Template::TheGreenBow, FILL);
    order::with(&text, "on_tamper = \"report\"", "on_tamper = \"suspend\"")
}

#[test]
fn t8_an_edited_licence_is_refused_recorded_and_reported_and_use_goes_on() -> anyhow::Result<()> {
    let site = Site::online(Template::TheGreenBow, FILL)?;
    let refused = site.world.machine.install(&site.edited_licence()?)?;
    assert_eq!(
        (refused.status, refused.code()),
        (5, "DOCUMENT_NOT_TRUSTED")
    );
    assert_eq!(site.recorded("DocumentRefused")?.len(), 1);
    site.holds(FEATURE, "alice")?.finish()?;
    site.reports()?;
    let evidence = &site.books()?["activations"][0]["last_report"]["evidence"];
    assert_eq!(evidence[0]["name"], "DOCUMENT_ALTERED", "{evidence}");
    Ok(())
}

#[test]
fn t8_the_vendor_may_suspend_from_the_date_on_which_it_sends_notice() {
    let mut contract = signed();
    contract.clock_set_back(3_600_000);
    assert_eq!(contract.recorded("ClockBehind"), 1);
    assert!(
        contract.would_grant("alice", FEATURE),
        "it is reported, no more"
    );
    contract.ordered(&vendor_order(OrderKind::Suspend, Ground::Tampering));
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::Suspended));
}

#[test]
fn t8_a_contract_may_say_that_a_clock_set_back_suspends_at_once() {
    let mut contract = Contract::of(&strict());
    contract.clock_set_back(3_600_000);
    assert_eq!(contract.recorded("TamperingSuspended"), 1);
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::Suspended));
}

#[test]
fn t8_a_contract_may_say_that_an_edited_licence_suspends_at_once() -> anyhow::Result<()> {
    let site = Site::of(&strict())?;
    let mut holder = site.holds(FEATURE, "alice")?;
    site.world.machine.install(&site.edited_licence()?)?;
    assert_eq!(holder.event("seat_ended")?["cause"], "SUSPENDED");
    let refused = site.runs(FEATURE, "alice")?.refused()?;
    assert_eq!(refused.code, "SUSPENDED");
    Ok(())
}
