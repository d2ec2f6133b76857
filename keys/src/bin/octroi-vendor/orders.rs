//! `order new` and `order check`.

use std::path::Path;

use octroi_vendor::{
    LicenceOrder,
    order::{Difference, EXAMPLE, ORDER_BYTES_MAX, Template, Text},
};
use serde_json::{Value, json};

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
                    "no mistakes: licence {}, serial {}\n{}\n{}",
                    order.licence(),
                    order.serial(),
                    differences_text(&order),
                    dates::text(&order, &dates),
                ),
                json: json!({
                    "mistakes": [],
                    "licence": order.licence(),
                    "serial": order.serial(),
                    "differences": differences_json(&order),
                    "dates": dates::json(&order, &dates),
                }),
            })
        }
    }
}

/// Reads an order that must be without mistakes.
pub(crate) fn read(world: &World, file: &Path) -> Result<LicenceOrder, Failure> {
    read_with_text(world, file).map(|(_, order)| order)
}

/// The same, with its text.
pub(crate) fn read_with_text(
    world: &World,
    file: &Path,
) -> Result<(String, LicenceOrder), Failure> {
    let text = files::read_text(file, ORDER_BYTES_MAX)?;
    let lists = calendars::holiday_lists(&world.keys)?;
    let order = LicenceOrder::check_with(&text, world.now, &lists)
        .map_err(|mistakes| Failure::from(mistakes).context(file.display().to_string()))?;
    Ok((text, order))
}

/// In what the order differs from the general terms, a line each.
pub(crate) fn differences_text(order: &LicenceOrder) -> String {
    let line = |difference: &Difference| format!("difference: {difference}\n");
    order.differences().iter().map(line).collect()
}

/// The same for machines.
pub(crate) fn differences_json(order: &LicenceOrder) -> Value {
    let difference = |difference: &Difference| {
        json!({
            "at": difference.at,
            "order": difference.order,
            "general_terms": difference.general_terms,
            "won": match difference.won {
                Text::Order => "order",
                Text::GeneralTerms => "general-terms",
            },
        })
    };
    order.differences().iter().map(difference).collect()
}
