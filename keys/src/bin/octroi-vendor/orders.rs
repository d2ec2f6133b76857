//! `order new` and `order check`.

use std::path::Path;

use octroi_licence::CivilSeconds;
use octroi_vendor::{
    LicenceOrder,
    order::{EXAMPLE, ORDER_BYTES_MAX},
};
use serde_json::json;

use crate::{
    World,
    cli::OrderCommand,
    failure::Failure,
    files::{self, Readers},
    output::Report,
};

pub(crate) fn run(world: &World, command: OrderCommand) -> Result<Report, Failure> {
    match command {
        OrderCommand::New { output: None } => Ok(Report {
            text: EXAMPLE.to_owned(),
            json: json!({ "order": EXAMPLE }),
        }),
        OrderCommand::New { output: Some(file) } => {
            files::write_new(&file, EXAMPLE.as_bytes(), Readers::Everybody)?;
            Ok(Report {
                text: format!("example order: {}", file.display()),
                json: json!({ "file": file }),
            })
        }
        OrderCommand::Check { file } => {
            let order = read(&file, world.now)?;
            Ok(Report {
                text: format!(
                    "no mistakes: licence {}, serial {}",
                    order.licence(),
                    order.serial()
                ),
                json: json!({
                    "mistakes": [],
                    "licence": order.licence(),
                    "serial": order.serial(),
                }),
            })
        }
    }
}

/// Reads an order that must be without mistakes.
pub(crate) fn read(file: &Path, now: CivilSeconds) -> Result<LicenceOrder, Failure> {
    let text = files::read_text(file, ORDER_BYTES_MAX)?;
    LicenceOrder::check(&text, now)
        .map_err(|mistakes| Failure::from(mistakes).context(file.display().to_string()))
}
