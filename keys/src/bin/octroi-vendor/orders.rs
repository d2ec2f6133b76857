//! `order new` and `order check`.

use std::path::Path;

use octroi_vendor::{
    LicenceOrder,
    order::{EXAMPLE, ORDER_BYTES_MAX, Template},
};
use serde_json::json;

use crate::{
    World, calendars,
    cli::OrderCommand,
    dates,
    failure::Failure,
    files::{self, Readers},
    output::Report,
};

pub(crate) fn run(world: &World, command: OrderCommand) -> Result<Report, Failure> {
    match command {
        OrderCommand::New { template, output } => {
            let text = template.map_or(EXAMPLE, |template| Template::from(template).text());
            let Some(file) = output else {
                return Ok(Report {
                    text: text.to_owned(),
                    json: json!({ "order": text }),
                });
            };
            files::write_new(&file, text.as_bytes(), Readers::Everybody)?;
            Ok(Report {
                text: format!("order: {}", file.display()),
                json: json!({ "file": file }),
            })
        }
        OrderCommand::Check { file, event_day } => {
            let order = read(world, &file)?;
            let dates = order.dates(event_day).map_err(Failure::new)?;
            Ok(Report {
                text: format!(
                    "no mistakes: licence {}, serial {}\n\n{}",
                    order.licence(),
                    order.serial(),
                    dates::text(&order, &dates),
                ),
                json: json!({
                    "mistakes": [],
                    "licence": order.licence(),
                    "serial": order.serial(),
                    "dates": dates::json(&order, &dates),
                }),
            })
        }
    }
}

/// Reads an order that must be without mistakes.
pub(crate) fn read(world: &World, file: &Path) -> Result<LicenceOrder, Failure> {
    let text = files::read_text(file, ORDER_BYTES_MAX)?;
    let lists = calendars::holiday_lists(&world.keys)?;
    LicenceOrder::check_with(&text, world.now, &lists)
        .map_err(|mistakes| Failure::from(mistakes).context(file.display().to_string()))
}
