//! The vendor's activation server and the client's daemon: activation over TLS, a report that the
//! administrator reads before it leaves, its receipt, and an order that the next receipt brings.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{
    report::{Report, ms},
    scene::Scene,
    teller::Teller,
};
use crate::{
    ActivationServer, Application, Order, application::Asking, process::succeed, vendor::Issued,
};

/// The licence of this part: another product of the same vendor's, sold with the server.
const LICENCE: &str = "licence-0002";
const FEATURE: &str = "mesher";
/// Its seats.
const SEATS: u32 = 3;
/// When it asks for reports.
const REPORTING: &str = "interval_days = 30\nstop_days = 14";

/// The whole part. The server stays in the scene.
pub(super) fn life(
    scene: &mut Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    let issued = sold(scene, teller)?;
    activated(&issued, scene, teller, report)?;
    let mut application = scene.start(&asking(scene))?;
    let granted = application.granted()?;
    let what = format!(
        "process {} holds seat {} of {FEATURE}",
        application.pid(),
        granted.seat
    );
    teller.took(what, application.asked_for());
    reported(&issued, scene, teller, report)?;
    suspended(&issued, scene, application, teller, report)
}

fn asking(scene: &Scene) -> Asking {
    let socket = scene.machine.paths().socket();
    Asking::new(&socket, scene.vendor.root_public_key(), FEATURE)
}

/// The vendor starts its server and issues a licence that names it.
fn sold(scene: &mut Scene, teller: &mut Teller) -> anyhow::Result<Issued> {
    teller.step("The vendor starts its activation server and issues a licence that names it");
    let began = Instant::now();
    let server = ActivationServer::start(&scene.vendor, &scene.folder().join("server"))?;
    teller.took(
        format!("octroi-server listens on {}, TLS 1.3", server.address()),
        began.elapsed(),
    );
    teller.say(format_args!(
        "licences know it by its key: {}…",
        server.key_pin().get(..16).unwrap_or_default()
    ));
    let order = Order::empty()
        .licence(LICENCE)
        .feature(FEATURE, SEATS, "checkout")
        .accepted_later()
        .server(&server)
        .reporting(REPORTING);
    let issued = scene.vendor.issue(&order)?;
    server.import(&scene.issued)?;
    server.import(&issued)?;
    scene.machine.install(&issued.licence)?.ok()?;
    scene.server = Some(server);
    Ok(issued)
}

/// Nothing is activated before the terms are accepted and the payment is validated; then it is, in
/// one exchange.
fn activated(
    issued: &Issued,
    scene: &Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    let server = scene.server()?;
    teller.step("The administrator activates it online");
    for (missing, record) in [
        ("TERMS_NOT_ACCEPTED", "accept"),
        ("PAYMENT_NOT_RECORDED", "paid"),
    ] {
        let early = scene.machine.activate_online(issued)?;
        ensure!(
            early.code() == missing,
            "before `order {record}`: {}",
            early.json
        );
        server.must(&["order", record, &issued.id])?;
        teller.say(format_args!(
            "refused: {missing}; then the vendor records it: octroi-server order {record}"
        ));
    }
    let began = Instant::now();
    let said = scene.machine.activate_online(issued)?.ok()?;
    let took = began.elapsed();
    teller.took("activated: request, certificate and its installation", took);
    for line in said
        .get("sent")
        .and_then(Value::as_array)
        .context("it is not said what was sent")?
    {
        teller.say(format_args!(
            "sent: {}",
            line.as_str().unwrap_or_default().trim()
        ));
    }
    report.activated_online_ms = Some(ms(took));
    Ok(())
}

/// The administrator reads the report, sends it, and has the receipt.
fn reported(
    issued: &Issued,
    scene: &Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    teller.step("The administrator reads the anonymous report before it leaves, and sends it");
    teller.show(&succeed(
        &mut scene.machine.command(&["report", "preview"])?,
    )?);
    let began = Instant::now();
    let taken = sent(scene)?;
    let took = began.elapsed();
    ensure!(
        taken.get("report_accepted") == Some(&Value::Bool(true)),
        "the receipt says {taken}"
    );
    teller.took(
        "sent; the vendor's receipt countersigns the ledger and renews the certificate",
        took,
    );
    let renewed = outcomes(&taken, "activation-certificate");
    ensure!(
        renewed == ["applied"],
        "of the renewed certificate: {taken}"
    );
    // The vendor's books, not the daemon's word.
    let shown = scene.server()?.must(&["show", &issued.id])?;
    let grants = shown
        .pointer("/licences/0/activations/0/last_report/features/0/grants")
        .context("the vendor's books hold no counts")?;
    let bound = |name: &str| grants.get(name).and_then(Value::as_u64);
    let (least, most) = (bound("at_least"), bound("at_most"));
    ensure!((least, most) == (Some(1), Some(4)), "counted are {grants}");
    teller.say(format_args!(
        "all that the vendor knows of {FEATURE} now: 1 to 4 check-outs that day"
    ));
    report.report_accepted = true;
    report.report_ms = Some(ms(took));
    Ok(())
}

/// The vendor suspends the licence; the receipt of the next report brings the order, and the
/// application is told on its open session.
fn suspended(
    issued: &Issued,
    scene: &Scene,
    mut application: Application,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    teller.step("The vendor suspends the licence; the next receipt brings the order");
    let order = scene.vendor.order("suspend", &issued.id)?;
    scene.server()?.deliver(&order)?;
    let began = Instant::now();
    let taken = sent(scene)?;
    ensure!(
        outcomes(&taken, "order") == ["applied"],
        "the receipt brought {taken}"
    );
    let ended = application.event_since("seat_ended", began)?;
    let took = began.elapsed();
    ensure!(
        ended.get("cause") == Some(&Value::from("SUSPENDED")),
        "the application was told {ended}"
    );
    teller.took(
        format!(
            "process {} is told that its seat ended: SUSPENDED",
            application.pid()
        ),
        took,
    );
    let mut next = scene.start(&asking(scene))?;
    let refused = next.refused()?;
    ensure!(refused.code == "SUSPENDED", "refused with {}", refused.code);
    teller.say(format_args!("another one is refused: {}", refused.message));
    // The other licence is none of its business.
    ensure!(
        !scene.machine.seats()?.is_empty(),
        "the other licence's seats"
    );
    report.suspended_by_receipt = true;
    report.suspended_ms = Some(ms(took));
    Ok(())
}

fn sent(scene: &Scene) -> anyhow::Result<Value> {
    scene.machine.octroi(&["report", "send"])?.ok()
}

/// What became of the documents of a kind that a receipt brought.
fn outcomes<'v>(taken: &'v Value, kind: &str) -> Vec<&'v str> {
    let installed = taken.get("installed").and_then(Value::as_array);
    installed
        .into_iter()
        .flatten()
        .filter(|one| one.get("kind").and_then(Value::as_str) == Some(kind))
        .filter_map(|one| one.get("outcome").and_then(Value::as_str))
        .collect()
}
