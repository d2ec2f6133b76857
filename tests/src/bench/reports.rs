//! Reports a second at the real activation server, over TLS on loopback with its database on the
//! disk: against bare echoes of the same sizes over the same connections, and against synced writes
//! of the same bytes.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use octroi_licence::{encode_signed, message::SignedDocument};
use octroi_proto::activation::v1::{
    ActivateRequest, ReportRequest, activate_response, report_response,
};
use tokio_rustls::rustls::ClientConfig;

use super::{
    Effort, clients,
    figures::{Figures, Samples},
    fleet::{Fleet, Member},
    tls_echo::{self, Link},
};
use crate::{ActivationServer, Order, Running, Vendor, soon, world::short_folder};

/// Connections at one time.
const CONNECTIONS: usize = 32;

/// Whether a connection serves many reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connections {
    /// Each carries many, and stands when the clock starts.
    Kept,
    /// One for each report, as daemons do; its handshake counts.
    OneEach,
}

/// Measures it all.
pub(super) fn measure(program: &Path, effort: Effort, figures: &mut Figures) -> anyhow::Result<()> {
    let folder = short_folder()?;
    let vendor = Vendor::new(folder.path(), "acme")?;
    let server = ActivationServer::start(&vendor, &folder.path().join("server"))?;
    let order = Order::of(u32::from(effort.daemons))
        .server(&server)
        .reporting("interval_days = 30\nstop_days = 14\nbilled_features = [\"solver\"]");
    let issued = vendor.issue(&order)?;
    server.sell(&issued)?;
    let certificate = fs::read(server.folder().join("tls.crt"))?;
    let config = Arc::new(tls_echo::client(&certificate)?);
    let fleet = Fleet::of(&vendor, &issued)?;
    let real = server.address().trim_start_matches("https://").to_owned();
    let runtime = clients::runtime()?;
    let mut members = runtime.block_on(activated(&fleet, &config, &real, effort.daemons))?;
    // Once, so that the echo can answer at the same length and every report carries a receipt.
    let (_, receipts) = runtime.block_on(sent(&config, &real, &members, Connections::Kept))?;
    let answer_bytes = receipts.first().map_or(0, |one| encode_signed(one).len());
    taken(&fleet, &mut members, receipts)?;
    let (echo, _echoing) = start_echo(program, &server, answer_bytes, folder.path())?;

    let mut samples = [(); 5].map(|()| Samples::default());
    let [kept, kept_echo, each, each_echo, synced] = &mut samples;
    for _ in 0..effort.rounds {
        for (ours, theirs, how) in [
            (&mut *kept, &mut *kept_echo, Connections::Kept),
            (&mut *each, &mut *each_echo, Connections::OneEach),
        ] {
            let (took, receipts) = runtime.block_on(sent(&config, &real, &members, how))?;
            ours.add(took);
            theirs.add(runtime.block_on(sent(&config, &echo, &members, how))?.0);
            taken(&fleet, &mut members, receipts)?;
        }
        synced.add(synced_writes(folder.path(), &members, answer_bytes)?);
    }
    let per_second =
        |samples: &Samples| anyhow::Ok(f64::from(effort.daemons) / samples.p50()? * 1e6);
    figures.value(
        "reports_per_second",
        "reports a second at the server (reference: bare TLS echoes)",
        "/s",
        (per_second(kept)?, per_second(kept_echo)?),
        "",
    );
    figures.value(
        "reports_connecting_per_second",
        "the same, a connection for each report",
        "/s",
        (per_second(each)?, per_second(each_echo)?),
        "",
    );
    figures.ratio(
        "reports_synced_ratio",
        "reports a second against synced writes of the same bytes",
        "/s",
        (per_second(kept)?, per_second(synced)?),
        "",
    );
    Ok(())
}

fn start_echo(
    program: &Path,
    server: &ActivationServer,
    answer_bytes: usize,
    folder: &Path,
) -> anyhow::Result<(String, Running)> {
    let said = folder.join("tls-echo.said");
    let mut command = Command::new(program);
    command
        .arg("__tls-echo")
        .arg(server.folder())
        .arg(server.socket_address()?.ip().to_string())
        .arg(answer_bytes.to_string())
        .stdout(File::create(&said)?);
    let running = Running::start("__tls-echo", &mut command, &folder.join("references.log"))?;
    let address = soon("the echo's listener", || {
        let text = fs::read_to_string(&said)?;
        Ok(text.strip_suffix('\n').map(str::to_owned))
    })?;
    Ok((address, running))
}

async fn activated(
    fleet: &Fleet,
    config: &Arc<ClientConfig>,
    address: &str,
    daemons: u16,
) -> anyhow::Result<Vec<Member>> {
    let mut link = Link::open(config, address).await?;
    let mut members = Vec::new();
    for number in 0..daemons {
        let key = Fleet::key(number);
        let request = Some(fleet.request(&key)?);
        let answer = link.client.activate(ActivateRequest { request }).await?;
        match answer.into_inner().outcome {
            Some(activate_response::Outcome::Certificate(certificate)) => {
                members.push(fleet.member(key, certificate)?);
            }
            other => bail!("daemon {number} was not activated: {other:?}"),
        }
    }
    Ok(members)
}

/// Sends every daemon's report; the time from the first to the last answer, and the answers in the
/// daemons' order.
async fn sent(
    config: &Arc<ClientConfig>,
    address: &str,
    members: &[Member],
    how: Connections,
) -> anyhow::Result<(Duration, Vec<SignedDocument>)> {
    let each = members.len().div_ceil(CONNECTIONS);
    let mut shifts = Vec::new();
    for shift in members.chunks(each) {
        let link = match how {
            Connections::Kept => Some(Link::open(config, address).await?),
            Connections::OneEach => None,
        };
        let reports: Vec<SignedDocument> = shift.iter().map(Member::report).collect();
        shifts.push((link, reports));
    }
    let begun = Instant::now();
    let tasks: Vec<_> = shifts
        .into_iter()
        .map(|(link, reports)| {
            let (config, address) = (Arc::clone(config), address.to_owned());
            tokio::spawn(async move { shift(link, &config, &address, reports).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.extend(task.await??);
    }
    Ok((begun.elapsed(), answers))
}

/// Sends reports one after the other.
async fn shift(
    mut link: Option<Link>,
    config: &Arc<ClientConfig>,
    address: &str,
    reports: Vec<SignedDocument>,
) -> anyhow::Result<Vec<SignedDocument>> {
    let mut answers = Vec::new();
    for report in reports {
        let report = Some(report);
        let request = ReportRequest { report };
        let answer = match &mut link {
            Some(link) => link.client.report(request).await?,
            None => {
                Link::open(config, address)
                    .await?
                    .client
                    .report(request)
                    .await?
            }
        };
        match answer.into_inner().outcome {
            Some(report_response::Outcome::Receipt(receipt)) => answers.push(receipt),
            other => bail!("no receipt: {other:?}"),
        }
    }
    Ok(answers)
}

fn taken(
    fleet: &Fleet,
    members: &mut [Member],
    receipts: Vec<SignedDocument>,
) -> anyhow::Result<()> {
    ensure!(members.len() == receipts.len(), "not one receipt for each");
    for (member, receipt) in members.iter_mut().zip(receipts) {
        fleet.takes(member, receipt)?;
    }
    Ok(())
}

/// Appends each report and an answer to a file, synced each time.
fn synced_writes(
    folder: &Path,
    members: &[Member],
    answer_bytes: usize,
) -> anyhow::Result<Duration> {
    let mut file = File::create(folder.join("synced")).context("a file to sync")?;
    let answer = vec![7; answer_bytes];
    let begun = Instant::now();
    for member in members {
        file.write_all(&encode_signed(&member.report()))?;
        file.write_all(&answer)?;
        file.sync_data()?;
    }
    Ok(begun.elapsed())
}
