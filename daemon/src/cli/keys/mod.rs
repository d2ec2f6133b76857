//! `octroi key`: hardware keys as the daemon sees them, and why one is not accepted. The daemon holds the
//! keys open and knows what licences name; where none runs, they are opened here, which is said.

mod list;
mod probe;
mod rule;

use std::path::Path;

use octroi_hardware_key::{
    Discovery, KeySource, PRESENCE_WITHIN, discover, emulator::EmulatorSource, hid::HidSource,
};
use octroi_proto::admin::v1::{HardwareKeysRequest, HardwareKeysResponse};
use tonic::Code;

pub(super) use self::{
    probe::{of_ports, of_rule},
    rule::RuleFile,
};
use super::{
    Context, Done,
    args_keys::Key,
    client::Admin,
    exit::Exit,
    failure::Failure,
    report_exchange,
    text::{doctor, keys},
};
use crate::hardware::told;

pub(super) async fn key(command: Key, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    match command {
        Key::List => {
            let mut admin = Admin::connect(context).await?;
            let seen = ask(&mut admin, false, context).await?;
            Ok(list::list(&seen, keys::texts(context.language)))
        }
        Key::Probe(arguments) => probe::probe(&arguments, context).await,
    }
}

/// What the daemon sees; with `look`, at every port now.
pub(super) async fn ask(
    admin: &mut Admin,
    look: bool,
    context: &mut Context<'_, '_>,
) -> Result<HardwareKeysResponse, Failure> {
    // Each silent key takes its time.
    report_exchange::patiently(context);
    let (words, general) = (
        keys::texts(context.language),
        doctor::texts(context.language),
    );
    admin
        .call(
            context,
            async |client| client.hardware_keys(HardwareKeysRequest { look }).await,
            |status| {
                let old = status.code() == Code::Unimplemented;
                old.then(|| Failure::other(words.too_old).help(general.versions_mend))
            },
        )
        .await
}

/// What this process sees itself, where no daemon does: nothing of licences.
fn own_look(emulator: Option<&Path>) -> HardwareKeysResponse {
    let mut sources: Vec<Box<dyn KeySource>> = Vec::new();
    match emulator {
        Some(socket) => sources.push(Box::new(EmulatorSource::new(socket.to_path_buf()))),
        None => sources.push(Box::new(HidSource)),
    }
    let Discovery { keys, problems } = discover(&mut sources, PRESENCE_WITHIN);
    HardwareKeysResponse {
        uid: rustix::process::geteuid().as_raw(),
        usb_keys: true,
        container: told::container().unwrap_or_default(),
        devices: told::devices(),
        plugged: keys
            .iter()
            .map(|found| told::described(&found.key.description(), &found.place, found.emulated))
            .collect(),
        problems: problems.iter().map(told::source).collect(),
        ..HardwareKeysResponse::default()
    }
}

/// Whether a failure says that no daemon runs; with any other the daemon's word would be bypassed.
fn no_daemon(failure: &Failure) -> bool {
    failure.exit == Exit::DaemonAbsent
}
