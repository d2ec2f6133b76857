//! Two real contracts from the templates that are shipped, beside the tour's own licence in the same
//! daemon: named users and amounts of Kimple, terminals of `TheGreenBow`.

use anyhow::{Context as _, bail, ensure};
use octroi::Consumption;
use octroi_vendor::order::Template;
use serde_json::Value;

use super::{report::Report, scene::Scene, teller::Teller};
use crate::{
    Application, Vendor, application::Asking, template::filled, vendor::Issued, vendor::text,
};

/// A contract in force, and the vendor that signed it.
struct Contract {
    vendor: Vendor,
    issued: Issued,
    product: &'static str,
}

/// Each further kind of metric, under the contract that has it.
pub(super) fn of_each_metric(
    scene: &mut Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    teller.step("Two real contracts from shipped templates: Kimple and TheGreenBow");
    let kimple = Template::Kimple;
    let fill = [("licence.id", "\"kimple\""), ("features.count", "1")];
    let kimple = Contract::signed(scene, kimple, "platform", &fill)?;
    named_users(&kimple, scene, teller)?;
    report.metrics.push("named_user");
    amounts(&kimple, scene, teller)?;
    report.metrics.push("metered");
    let fill = [("licence.id", "\"thegreenbow\""), ("features.count", "2")];
    let vpn = Contract::signed(scene, Template::TheGreenBow, "vpn-client", &fill)?;
    terminals(&vpn, scene, teller)?;
    report.metrics.push("host");
    Ok(())
}

/// Clause K1: access is personal; a user counts once, however many programs run.
fn named_users(contract: &Contract, scene: &Scene, teller: &mut Teller) -> anyhow::Result<()> {
    let operations = |user: &str| {
        let asking = contract.asking(scene, "operations");
        scene.start(&asking.with(&["--declared-account", user]))
    };
    let mut twice = [operations("alice")?, operations("alice")?];
    for application in &mut twice {
        application.granted()?;
    }
    ensure!(
        contract.in_use(scene, "operations")? == 1,
        "alice counts twice"
    );
    let refused = operations("bruno")?.refused()?;
    ensure!(
        refused.code == "NO_ASSIGNMENT_LEFT",
        "bruno: {}",
        refused.code
    );
    teller.say(format_args!(
        "named users (K1): alice runs two programs and counts once; bruno is refused: {}",
        refused.code
    ));
    twice.into_iter().try_for_each(Application::finish)
}

/// Clause K4: participants are counted; nothing is refused, what was not announced is recorded.
fn amounts(contract: &Contract, scene: &Scene, teller: &mut Teller) -> anyhow::Result<()> {
    let client = octroi::Client::builder(contract.vendor.root_public_key())
        .product(contract.product)
        .socket(scene.machine.paths().socket())
        .build()?;
    let session = client.open()?;
    let mut counted = 0;
    for amount in [20_000, 40_000] {
        let Consumption::Consumed(consumed) = session.consume("participants", amount)? else {
            bail!("participants wait for an approval that nobody asks for");
        };
        counted = consumed.windows.first().map_or(0, |window| window.used);
    }
    session.close()?;
    ensure!(counted == 60_000, "{counted} participants were counted");
    teller.say(format_args!(
        "amounts (K4): {counted} participants this month, counted by the daemon"
    ));
    Ok(())
}

/// Clause T6: a terminal counts once, whoever uses it.
fn terminals(contract: &Contract, scene: &Scene, teller: &mut Teller) -> anyhow::Result<()> {
    let asking = contract.asking(scene, "vpn-client");
    let asking = asking.with(&["--released-at", "1768435200"]);
    let mut twice = [scene.start(&asking)?, scene.start(&asking)?];
    for application in &mut twice {
        application.granted()?;
    }
    let terminals = contract.in_use(scene, "vpn-client")?;
    ensure!(terminals == 1, "{terminals} terminals are one");
    teller.say("terminals (T6): two programs run on this one, and it counts once");
    twice.into_iter().try_for_each(Application::finish)
}

impl Contract {
    /// Filled in, issued, trusted, installed, activated by file.
    fn signed(
        scene: &Scene,
        template: Template,
        product: &'static str,
        fill: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let vendor = Vendor::new(scene.folder(), template.name())?;
        let issued = vendor.issue_text(&filled(template, fill)?, template.name())?;
        let machine = &scene.machine;
        machine.trust(&vendor)?;
        machine.install(&issued.licence)?.ok()?;
        let request = vendor.paper("request.req");
        let ask = ["activate", "--site", "main", "--licence", &issued.id];
        let files = [
            "--request",
            text(&request)?,
            "--code-file",
            text(&issued.code)?,
        ];
        machine.octroi(&[&ask[..], &files].concat())?.ok()?;
        let answer = vendor.answer(&request)?;
        machine
            .octroi(&["activate", "--response", text(&answer)?])?
            .ok()?;
        Ok(Self {
            vendor,
            issued,
            product,
        })
    }

    fn asking(&self, scene: &Scene, feature: &str) -> Asking {
        let socket = scene.machine.paths().socket();
        Asking::new(&socket, self.vendor.root_public_key(), feature).of_product(self.product)
    }

    /// How many of a feature are in use.
    fn in_use(&self, scene: &Scene, feature: &str) -> anyhow::Result<u64> {
        let status = scene.machine.status()?;
        let list = |value: &Value, name: &str| {
            let list = value.get(name).and_then(Value::as_array);
            list.cloned().unwrap_or_default()
        };
        let realms = list(&status, "realms");
        let mut licences = realms.iter().flat_map(|realm| list(realm, "licences"));
        let named = |value: &Value, key: &str, name: &str| {
            value.get(key).and_then(Value::as_str) == Some(name)
        };
        let licence = licences.find(|one| named(one, "licence_id", &self.issued.id));
        let features = licence
            .map(|one| list(&one, "features"))
            .unwrap_or_default();
        let of = features.iter().find(|one| named(one, "feature", feature));
        of.and_then(|one| one.get("in_use")?.as_u64())
            .with_context(|| format!("`octroi status` says nothing of {feature}"))
    }
}
