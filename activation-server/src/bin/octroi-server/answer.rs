//! `answer`: the two exchanges by file. The same documents, the same office, the same answers.

use std::path::Path;

use octroi_licence::{DocumentKind, armour, message::SignedDocument};
use octroi_server::Office;
use serde_json::json;

use crate::{failure::Failure, files, output::Report, world::World};

pub(crate) async fn run(world: &World, file: &Path, output: &Path) -> Result<Report, Failure> {
    let (kind, signed) = files::read_document(file)?;
    let config = world.config()?;
    let vendor = World::vendor(&config)?;
    let key = World::activation_key(&config, &vendor)?;
    let books = World::open_books(&config, vendor).await?;
    let office = Office::new(books, key, world.clock());
    let (answer, document) = answered(&office, kind, &signed)
        .await
        .map_err(|failure| failure.context(file.display().to_string()))?;
    office.books().close().await;
    files::write_shared(output, armour(answer, &document, "").as_bytes())?;
    Ok(Report {
        text: format!("{answer}: {}", output.display()),
        json: json!({ "kind": answer.name(), "file": output }),
    })
}

async fn answered(
    office: &Office,
    kind: DocumentKind,
    signed: &SignedDocument,
) -> Result<(DocumentKind, SignedDocument), Failure> {
    match kind {
        DocumentKind::ActivationRequest => {
            let certificate = office.activate(signed).await?;
            Ok((DocumentKind::ActivationCertificate, certificate))
        }
        DocumentKind::UsageReport => Ok((DocumentKind::Receipt, office.report(signed).await?)),
        kind => Err(Failure::words(format!("nothing answers: {kind}"))
            .help("daemons write activation requests and usage reports")),
    }
}
