//! `answer`: the two exchanges by file. The same documents, the same office, the same answers.

use std::path::Path;

use octroi_licence::{DocumentKind, armour, message::SignedDocument};
use octroi_proto::activation::v1::RehostStanding;
use octroi_server::Office;
use serde_json::json;

use crate::{failure::Failure, files, output::Report, text, world::World};

pub(crate) async fn run(world: &World, file: &Path, output: &Path) -> Result<Report, Failure> {
    let (kind, signed) = files::read_document(file)?;
    let config = world.config()?;
    let vendor = World::vendor(&config)?;
    let key = World::activation_key(&config, &vendor)?;
    let books = World::open_books(&config, vendor).await?;
    let office = Office::new(books, key, world.clock()).in_country(config.country);
    let (answer, document, rehosts) = answered(&office, kind, &signed)
        .await
        .map_err(|failure| failure.context(file.display().to_string()))?;
    office.books().close().await;
    files::write_shared(output, armour(answer, &document, "").as_bytes())?;
    let mut text = format!("{answer}: {}", output.display());
    if let Some(rehosts) = &rehosts {
        text.push('\n');
        text.push_str(&text::rehosts(rehosts));
    }
    Ok(Report {
        text,
        json: json!({
            "kind": answer.name(),
            "file": output,
            "rehosts": rehosts.map(|one| json!({
                "per_year": one.per_year,
                "used": one.used,
                "rehosted": one.rehosted,
                "billed": one.billed,
            })),
        }),
    })
}

async fn answered(
    office: &Office,
    kind: DocumentKind,
    signed: &SignedDocument,
) -> Result<(DocumentKind, SignedDocument, Option<RehostStanding>), Failure> {
    match kind {
        DocumentKind::ActivationRequest => {
            let activated = office.activate(signed).await?;
            let kind = DocumentKind::ActivationCertificate;
            Ok((kind, activated.certificate, activated.rehosts))
        }
        DocumentKind::UsageReport => {
            let receipt = office.report(signed).await?;
            Ok((DocumentKind::Receipt, receipt, None))
        }
        kind => Err(Failure::words(format!("nothing answers: {kind}"))
            .help("daemons write activation requests and usage reports")),
    }
}
