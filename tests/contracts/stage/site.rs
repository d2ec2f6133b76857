//! The other stage, for clauses about processes, files and the server: a shipped template, issued by
//! the real `octroi-vendor`, in a real daemon; and the vendor's real activation server where a clause
//! needs one. Time is the machine's: what takes months is played on the first stage.
#![allow(dead_code, reason = "each scenario takes what it needs")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use octroi_licence::{
    DocumentKind, EndOfUseCertificate, Verified, read_armoured, verify_self_signed,
};
use octroi_tests::{
    ActivationServer, Application, Emulator, Machine, Vendor, World, application::Asking,
    client::Said, process::succeed, vendor::text, world::short_folder,
};
use octroi_vendor::order::{FILL_IN, Template};
use serde_json::Value;
use tempfile::TempDir;
use toml::Table;

use super::order;

/// The client's machine with the licence of a template.
pub(crate) struct Site {
    // Both end before their folder is removed.
    pub(crate) server: Option<ActivationServer>,
    pub(crate) world: World,
    order: Table,
    /// The order as it was issued.
    text: String,
}

impl Site {
    /// Signed, installed and activated by file; nobody answers at the server that the licence names.
    pub(crate) fn signed(template: Template, fill: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::of(&order::filled(template, fill))
    }

    /// The same for a template's text that a scenario changed.
    pub(crate) fn of(order: &str) -> anyhow::Result<Self> {
        let (folder, vendor) = vendor_of(order)?;
        let site = Self::installed(folder, vendor, None, order, NO_USB)?;
        site.activated_by_file()?;
        Ok(site)
    }

    /// Signed and installed for machines with a hardware key, which is put in; not activated.
    pub(crate) fn keyed(
        template: Template,
        fill: &[(&str, &str)],
    ) -> anyhow::Result<(Self, Emulator)> {
        let order = order::filled(template, fill);
        let (folder, vendor) = vendor_of(&order)?;
        let mut key = Emulator::new(folder.path())?;
        let keys = format!(
            "host_components_required = 1\nkey_rule = \"any\"\nproof_interval = \"1s\"\n\
             hardware_keys = [{{ kind = \"dongle\", serial = \"{}\", public_key = \"{}\", \
             emulator_accepted = true }}]",
            key.serial(),
            key.public_key()
        );
        let order = order::with(&order, "host_components_required = 3", &keys);
        key.put_in()?;
        let site = Self::installed(folder, vendor, None, &order, &key.configuration())?;
        Ok((site, key))
    }

    /// Signed, installed, and known to the vendor's server, which recorded neither acceptance nor
    /// payment.
    pub(crate) fn served(template: Template, fill: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::served_since(template, fill, 0)
    }

    /// The same by a vendor whose keys were certified so many days ago.
    pub(crate) fn served_since(
        template: Template,
        fill: &[(&str, &str)],
        days: i64,
    ) -> anyhow::Result<Self> {
        Self::served_otherwise(template, fill, days, None)
    }

    /// The same with one text of the order in place of another.
    pub(crate) fn served_otherwise(
        template: Template,
        fill: &[(&str, &str)],
        days: i64,
        otherwise: Option<(&str, &str)>,
    ) -> anyhow::Result<Self> {
        let (folder, vendor) = vendor_of(template.text())?;
        vendor.since_days(days)?;
        let server = ActivationServer::start(&vendor, &folder.path().join("server"))?;
        let address = format!("\"{}\"", server.address());
        let pin = format!("[\"{}\"]", server.key_pin());
        let mut fill = fill.to_vec();
        fill.push(("server.address", &address));
        fill.push(("server.key_pins", &pin));
        let mut order = order::filled(template, &fill);
        if let Some((from, to)) = otherwise {
            order = order::with(&order, from, to);
        }
        let site = Self::installed(folder, vendor, Some(server), &order, NO_USB)?;
        site.server()?.import(&site.world.issued)?;
        Ok(site)
    }

    /// The same, accepted, paid and activated over the network.
    pub(crate) fn online(template: Template, fill: &[(&str, &str)]) -> anyhow::Result<Self> {
        let site = Self::served(template, fill)?;
        site.sold()?;
        site.activated_online()?.ok()?;
        Ok(site)
    }

    fn installed(
        folder: TempDir,
        vendor: Vendor,
        server: Option<ActivationServer>,
        order: &str,
        hardware_key: &str,
    ) -> anyhow::Result<Self> {
        // A test's machine shows fewer of its components than a client's.
        let written = order.replace(
            "host_components_required = 3",
            "host_components_required = 1",
        );
        let order = table(&written)?;
        let issued = vendor.issue_text(&written, stated(&order, "id")?)?;
        let me = rustix::process::geteuid().as_raw();
        // The client lets the tests' programs say for whom they ask.
        let configuration = format!(
            "{hardware_key}\n[[callers]]\nuser = {me}\n\
             may = [\"declared-account\", \"on-behalf-of\"]\n"
        );
        // Everybody is of the first company and kind of person that the licence lists.
        let machine = Machine::new(&folder.path().join("m"))?;
        let users = machine.paths().users();
        fs::create_dir_all(users.parent().context("a file has a folder")?)?;
        let first = |section: &str| order.get(section)?.as_array()?.first()?.get("id")?.as_str();
        let people = [("entity", "entities"), ("category", "categories")];
        let people = people.map(|(key, section)| {
            first(section).map_or_else(String::new, |id| format!("{key} = \"{id}\"\n"))
        });
        fs::write(users, people.concat())?;
        let world = World::issued(folder, vendor, issued, &configuration)?;
        Ok(Self {
            server,
            world,
            order,
            text: written,
        })
    }

    /// The vendor amends the licence: one text of its order stands instead of another, from a date on
    /// where `more` states one. Nothing is delivered yet.
    pub(crate) fn amended(
        &mut self,
        from: &str,
        to: &str,
        more: &[&str],
    ) -> anyhow::Result<PathBuf> {
        self.text = order::with(&self.text, from, to);
        let vendor = &self.world.vendor;
        let order = vendor.paper("amended.toml");
        fs::write(&order, &self.text)?;
        let paper = vendor.paper("change.amd");
        let mut line = vec!["amend", text(&order)?, "-o", text(&paper)?];
        line.extend(more);
        vendor.must(&line)?;
        Ok(paper)
    }

    /// The vendor's server.
    pub(crate) fn server(&self) -> anyhow::Result<&ActivationServer> {
        self.server.as_ref().context("the scenario has no server")
    }

    /// The vendor's server stands in another country from now on; `None`: it does not say where.
    pub(crate) fn server_moves(
        &mut self,
        from: Option<&str>,
        to: Option<&str>,
    ) -> anyhow::Result<()> {
        let line = |country: Option<&str>| match country {
            Some(country) => format!("\ncountry = \"{country}\"\n"),
            None => "\n# it does not say where\n".to_owned(),
        };
        let server = self.server.as_mut().context("the scenario has no server")?;
        server.stop()?;
        server.reconfigure(&line(from), &line(to))?;
        server.start_again().map(drop)
    }

    /// What the vendor's books say of the licence.
    pub(crate) fn books(&self) -> anyhow::Result<Value> {
        self.server()?.show(self.licence())
    }

    /// The vendor recorded the client's acceptance and its payment.
    pub(crate) fn sold(&self) -> anyhow::Result<()> {
        for what in ["accept", "paid"] {
            self.server()?.must(&["order", what, self.licence()])?;
        }
        Ok(())
    }

    /// Request, answer, installation.
    pub(crate) fn activated_by_file(&self) -> anyhow::Result<Value> {
        let vendor = &self.world.vendor;
        let request = vendor.paper("request.req");
        self.activated(&["--request", text(&request)?])?.ok()?;
        let answer = vendor.answer(&request)?;
        self.must(&["activate", "--response", text(&answer)?])
    }

    /// At the vendor's server, which may refuse.
    pub(crate) fn activated_online(&self) -> anyhow::Result<Said> {
        self.activated(&["--online"])
    }

    fn activated(&self, how: &[&str]) -> anyhow::Result<Said> {
        self.activated_on(&self.world.machine, how)
    }

    /// The same for a machine of the client's, `--online` or by file.
    pub(crate) fn activated_on(&self, machine: &Machine, how: &[&str]) -> anyhow::Result<Said> {
        let issued = &self.world.issued;
        let sites = self.order.get("sites").and_then(toml::Value::as_array);
        let site = sites.and_then(|sites| sites.first()?.get("id")?.as_str());
        let mut line = vec!["activate", "--licence", &issued.id];
        line.extend(how);
        line.extend(["--code-file", text(&issued.code)?]);
        line.extend(site.iter().flat_map(|site| ["--site", site]));
        machine.octroi(&line)
    }

    /// The licence's identity.
    pub(crate) fn licence(&self) -> &str {
        &self.world.issued.id
    }

    // ---- the client's administrator ----

    /// The administrator's tool; what it refuses is an answer.
    pub(crate) fn octroi(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        self.world.machine.octroi(arguments)
    }

    /// What it says where it must succeed.
    pub(crate) fn must(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        self.octroi(arguments)?.ok()
    }

    /// What it prints for people.
    pub(crate) fn printed(&self, arguments: &[&str]) -> anyhow::Result<String> {
        succeed(&mut self.world.machine.command(arguments)?)
    }

    /// Installs a paper of the vendor's, which must be taken.
    pub(crate) fn install(&self, paper: &Path) -> anyhow::Result<Value> {
        self.world.machine.install(paper)?.ok()
    }

    /// The administrator lists the users anew.
    pub(crate) fn people(&mut self, list: &str) -> anyhow::Result<()> {
        fs::write(self.world.machine.paths().users(), list)?;
        self.world.stop_daemon()?;
        self.world.start_daemon()
    }

    /// Runs `octroi remove` and reads the certificate that it wrote.
    pub(crate) fn removed(
        &self,
        choice: &str,
        more: &[&str],
    ) -> anyhow::Result<Verified<EndOfUseCertificate>> {
        let file = self.world.folder().join("end-of-use.txt");
        let mut line = vec!["remove", self.licence(), "--choice", choice, "--yes"];
        line.extend(["--output", text(&file)?]);
        line.extend(more);
        self.must(&line)?;
        let (kind, signed) = read_armoured(&fs::read(&file)?)?;
        fs::remove_file(&file)?;
        anyhow::ensure!(kind == DocumentKind::EndOfUseCertificate);
        Ok(verify_self_signed(&signed)?)
    }

    /// What `octroi status` says of the licence.
    pub(crate) fn status(&self) -> anyhow::Result<Value> {
        let status = self.world.machine.status()?;
        let licence = status.pointer("/realms/0/licences/0");
        Ok(licence.context("no licence is installed")?.clone())
    }

    /// The ledger's records of one kind, as an auditor exports them.
    pub(crate) fn recorded(&self, kind: &str) -> anyhow::Result<Vec<Value>> {
        let records = self.ledger()?;
        Ok(records
            .into_iter()
            .filter(|record| record["event"] == kind)
            .collect())
    }

    /// Every record of the ledger, verified and exported.
    pub(crate) fn ledger(&self) -> anyhow::Result<Vec<Value>> {
        let folder = self.world.machine.realm(&self.world.vendor)?.ledger();
        let folder = text(&folder)?;
        let lines = self.printed(&["ledger", "export", "--folder", folder])?;
        let records = lines.lines().map(serde_json::from_str);
        records
            .collect::<Result<_, _>>()
            .context("the ledger exports JSON lines")
    }

    /// A report that the vendor's server takes.
    pub(crate) fn reports(&self) -> anyhow::Result<Value> {
        let said = self.must(&["report", "send"])?;
        anyhow::ensure!(said["report_accepted"] == true, "{said}");
        Ok(said)
    }

    // ---- applications ----

    /// An application of the licence's product that asks as the licence wants it asked.
    pub(crate) fn asking(&self, feature: &str, user: &str) -> anyhow::Result<Asking> {
        let socket = self.world.socket();
        let root = self.world.vendor.root_public_key();
        let asking = Asking::new(&socket, root, feature).of_product(self.product()?);
        let asking = asking.with(&["--released-at", RELEASED_AT]);
        let features = self.order.get("features").and_then(toml::Value::as_array);
        let mut features = features.into_iter().flatten();
        let named =
            |one: &&toml::Value| one.get("name").and_then(toml::Value::as_str) == Some(feature);
        let identity = features.find(named).and_then(|one| one.get("identity"));
        Ok(match identity.and_then(toml::Value::as_str) {
            Some("declared-account") => asking.with(&["--declared-account", user]),
            Some(_) => asking.with(&["--on-behalf-of", user]),
            None => asking,
        })
    }

    /// Runs an application for a user; it says whether it got a seat.
    pub(crate) fn runs(&self, feature: &str, user: &str) -> anyhow::Result<Application> {
        Application::start(&self.asking(feature, user)?, self.world.folder())
    }

    /// The same; it must get one.
    pub(crate) fn holds(&self, feature: &str, user: &str) -> anyhow::Result<Application> {
        let mut application = self.runs(feature, user)?;
        application.granted()?;
        Ok(application)
    }

    /// The product that the licence is for.
    pub(crate) fn product(&self) -> anyhow::Result<&str> {
        stated(&self.order, "product")
    }
}

const NO_USB: &str = "[hardware_key]\nusb = false\n";
/// 2026-01-15: within every maintenance of a scenario.
const RELEASED_AT: &str = "1768435200";

/// A folder with the vendor that an order or template names.
fn vendor_of(text: &str) -> anyhow::Result<(TempDir, Vendor)> {
    let folder = short_folder()?;
    let vendor = Vendor::new(folder.path(), stated(&table(text)?, "vendor")?)?;
    Ok((folder, vendor))
}

fn table(text: &str) -> anyhow::Result<Table> {
    Ok(text.replace(FILL_IN, "\"\"").parse()?)
}

/// What a line of the section `[licence]` says.
fn stated<'o>(order: &'o Table, key: &str) -> anyhow::Result<&'o str> {
    let value = order.get("licence").and_then(|licence| licence.get(key));
    let value = value.and_then(toml::Value::as_str);
    value.with_context(|| format!("the order states no {key}"))
}
