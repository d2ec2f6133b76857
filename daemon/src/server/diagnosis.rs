//! What only the daemon can see of what may go wrong, for `octroi doctor`: its clock's judgement, its
//! keys, its reports, the devices that it may open, and whether the vendors' servers answer on the way
//! that reports go. Reads only; what it means is said by whoever asks.

use std::fs;

use octroi_engine::{ClockView, KeyDuty, LicenceView};
use octroi_licence::{ActivationServer, CivilSeconds, LicenceId, ReportingStep};
use octroi_proto::admin::v1 as wire;
use rustix::fs::{Access, access};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    realm::{Realm, confidence},
    reporting::Clerk,
    text::sentence,
};

/// The most servers that are asked at one time; nobody has more.
const SERVERS_MAX: usize = 16;

/// Everything that the daemon sees; with `probe`, of the servers too.
pub(super) async fn diagnose(
    clerk: &Clerk,
    started_at: CivilSeconds,
    probe: bool,
) -> wire::DiagnoseResponse {
    let (devices, closed) = hidraw();
    let network = clerk.network();
    let configuration = clerk.realms().configuration();
    let mut response = wire::DiagnoseResponse {
        started_at_s: started_at.0,
        uid: rustix::process::geteuid().as_raw(),
        network: network.enabled,
        proxy: network
            .proxy
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        usb_keys: configuration.hardware_key.usb,
        hidraw_devices: devices,
        hidraw_closed: closed,
        realms: Vec::new(),
    };
    for realm in clerk.realms().all() {
        response.realms.push(of_realm(clerk, &realm, probe).await);
    }
    response
}

/// HID devices in `/dev`, and how many of them this process may not open.
fn hidraw() -> (u32, u32) {
    let Ok(entries) = fs::read_dir("/dev") else {
        return (0, 0);
    };
    let (mut devices, mut closed) = (0, 0);
    for entry in entries.filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with("hidraw") {
            devices += 1;
            let allowed = access(entry.path(), Access::READ_OK | Access::WRITE_OK);
            closed += u32::from(allowed.is_err());
        }
    }
    (devices, closed)
}

/// What is copied out of a realm's owner.
struct Seen {
    clock: Option<ClockView>,
    keys: Vec<KeyDuty>,
    licences: Vec<LicenceView>,
    servers: Vec<(LicenceId, ActivationServer)>,
}

impl Seen {
    fn of(reading: &crate::realm::Reading<'_>) -> Self {
        let engine = reading.engine;
        let licences = engine.licences();
        let servers = licences
            .iter()
            .filter_map(|view| {
                let documents = engine.documents(&view.licence)?;
                Some((view.licence.clone(), documents.licence.server.clone()?))
            })
            .collect();
        Self {
            clock: engine.clock(reading.now),
            keys: engine.hardware_keys(),
            licences,
            servers,
        }
    }
}

async fn of_realm(clerk: &Clerk, realm: &Realm, probe: bool) -> wire::RealmDiagnosis {
    let mut diagnosis = wire::RealmDiagnosis {
        vendor: realm.vendor().to_string(),
        ..Default::default()
    };
    if let Some(seen) = realm.read(Seen::of).await {
        diagnosis.clock = seen.clock.as_ref().map(clock);
        diagnosis.keys = keys(&seen);
        diagnosis.servers = servers(clerk, &seen.servers, probe).await;
    }
    reports(clerk, realm, &mut diagnosis).await;
    diagnosis
}

fn clock(clock: &ClockView) -> wire::ClockDiagnosis {
    wire::ClockDiagnosis {
        confidence: confidence(clock.confidence).to_owned(),
        anomaly: clock.anomaly.unwrap_or(0),
        confirmed_in_ms: clock
            .confirmed_at
            .map_or(0, |at| at.0.saturating_sub(clock.elapsed.0)),
        mark_ms: clock.mark.0,
    }
}

fn keys(seen: &Seen) -> Vec<wire::KeyDiagnosis> {
    let elapsed = seen.clock.as_ref().map_or(0, |clock| clock.elapsed.0);
    let duties = seen.keys.iter().map(|duty| {
        let of_licence = seen
            .licences
            .iter()
            .find(|view| view.licence == duty.licence)
            .and_then(|view| view.key.as_ref());
        let absent_since = of_licence.and_then(|key| key.absent_since);
        wire::KeyDiagnosis {
            licence_id: duty.licence.to_string(),
            serial: duty.enrolled.serial.to_string(),
            present: duty.present,
            proven: duty.last_proof.is_some(),
            proven_ago_ms: duty
                .last_proof
                .map_or(0, |proof| elapsed.saturating_sub(proof.0)),
            proof_interval_ms: duty.proof_interval_ms,
            emulator_accepted: duty.enrolled.emulator_accepted,
            licence_without_key: absent_since.is_some(),
            absent_ms: absent_since.map_or(0, |since| elapsed.saturating_sub(since.0)),
            budget_left_ms: of_licence.map_or(0, |key| key.budget_left_ms),
        }
    });
    duties.collect()
}

/// The servers that licences name, each once, asked at the same time.
async fn servers(
    clerk: &Clerk,
    named: &[(LicenceId, ActivationServer)],
    probe: bool,
) -> Vec<wire::ServerDiagnosis> {
    let mut distinct: Vec<(ActivationServer, Vec<String>)> = Vec::new();
    for (licence, server) in named {
        match distinct.iter_mut().find(|(known, _)| known == server) {
            Some((_, licences)) => licences.push(licence.to_string()),
            None => distinct.push((server.clone(), vec![licence.to_string()])),
        }
    }
    let mut found: Vec<wire::ServerDiagnosis> = distinct
        .iter()
        .map(|(server, licences)| wire::ServerDiagnosis {
            address: server.address.clone(),
            licence_ids: licences.clone(),
            key_pins: u32::try_from(server.key_pins.len()).unwrap_or(u32::MAX),
            ..Default::default()
        })
        .collect();
    if !probe || !clerk.network().enabled {
        return found;
    }
    let mut probes = JoinSet::new();
    for (position, (server, _)) in distinct.into_iter().enumerate().take(SERVERS_MAX) {
        let clerk = clerk.clone();
        probes.spawn(async move {
            let began = Instant::now();
            let found = clerk.probe(&server).await;
            (position, found, began.elapsed())
        });
    }
    while let Some(ended) = probes.join_next().await {
        let Ok((position, outcome, took)) = ended else {
            continue;
        };
        if let Some(server) = found.get_mut(position) {
            server.probed = true;
            server.reached = outcome.is_ok();
            server.took_ms = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
            if let Err(error) = outcome {
                error.code().clone_into(&mut server.code);
                server.problem = sentence(&error);
            }
        }
    }
    found
}

async fn reports(clerk: &Clerk, realm: &Realm, diagnosis: &mut wire::RealmDiagnosis) {
    match clerk.standing(realm).await {
        Err(error) => diagnosis.reports_error = sentence(&error),
        Ok(standing) => {
            diagnosis.reports = standing
                .duties
                .iter()
                .map(|duty| wire::ReportDuty {
                    licence_id: duty.licence.to_string(),
                    due_at_s: duty.due_at.0,
                    warn_at_s: duty.warn_at.0,
                    degrade_at_s: duty.degrade_at.0,
                    stop_at_s: duty.stop_at.0,
                    step: step(duty.step).to_owned(),
                })
                .collect();
            diagnosis.waiting_report = standing.waiting.unwrap_or(0);
            diagnosis.approval_needed = standing.approval_needed;
            if let Some(last) = standing.last {
                diagnosis.last_report = last.number;
                diagnosis.server_time_s = last.server_time.0;
                diagnosis.sent_at_s = last.sent.map_or(0, |sent| sent.0);
            }
        }
    }
}

fn step(step: ReportingStep) -> &'static str {
    match step {
        ReportingStep::Current => "current",
        ReportingStep::Due => "due",
        ReportingStep::Warn => "warn",
        ReportingStep::Degrade => "degrade",
        ReportingStep::Stop => "stop",
    }
}
