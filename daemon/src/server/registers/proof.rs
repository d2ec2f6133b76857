//! What is written out with proof: records under a signed checkpoint, beside them the texts that they
//! prove, and the mark of the export.

use std::{collections::BTreeSet, path::PathBuf};

use octroi_engine::{KeptText, Record};
use octroi_proto::admin::v1::{self as wire, Register};
use serde_json::{Value, json};
use tonic::Status;

use super::seen;
use crate::{
    identities::blocking,
    ledger::{Excerpts, FolderDisk, Seq, excerpts},
    marking::confidential,
    realm::Realm,
    server::acts::history::on_disk,
    text::sentence,
};

/// Records in one export.
const RECORDS_MAX: usize = 10_000;

/// A text of a record, with its field.
type Texts = Vec<(u64, &'static str, KeptText)>;

/// The log book.
pub(super) async fn logbook(
    realm: &Realm,
    folder: PathBuf,
    mark: wire::ExportMark,
) -> Result<wire::ProvenExport, Status> {
    let wanted = |_: Seq, record: &Record| seen::belongs(&record.event, Register::Unspecified);
    proven(realm, folder, wanted, mark).await
}

/// One record and others that bear it out.
pub(super) async fn records(
    realm: &Realm,
    folder: PathBuf,
    (one, others): (u64, Vec<u64>),
    mark: wire::ExportMark,
) -> Result<wire::ProvenExport, Status> {
    let mut all: BTreeSet<u64> = others.into_iter().collect();
    all.insert(one);
    proven(realm, folder, move |seq, _| all.contains(&seq.0), mark).await
}

async fn proven(
    realm: &Realm,
    folder: PathBuf,
    wanted: impl Fn(Seq, &Record) -> bool + Send + 'static,
    mark: wire::ExportMark,
) -> Result<wire::ProvenExport, Status> {
    let read = on_disk(move || {
        let mut texts: Texts = Vec::new();
        let found = excerpts(
            &FolderDisk::new(&folder),
            RECORDS_MAX,
            &mut |seq, record| {
                let takes = wanted(seq, record);
                if takes {
                    let of_record = seen::proven(&record.event).into_iter();
                    texts.extend(of_record.map(|(field, text)| (seq.0, field, text)));
                }
                takes
            },
        )?;
        Ok((found, texts))
    });
    let (found, texts) = read.await?;
    let Excerpts {
        mut json,
        proven,
        left_out,
    } = found;
    let held: BTreeSet<u64> = seqs(&json);
    let identities = realm.identities().clone();
    let shown = blocking(move || {
        let mut shown = Vec::new();
        for (record, field, kept) in texts {
            if !held.contains(&record) {
                continue;
            }
            let text = identities.proven(kept.id)?;
            shown.push(json!({
                "record": record,
                "field": field,
                "digest": kept.digest.to_string(),
                "text": text.as_ref().map(|text| &text.text),
                "salt": text.as_ref().map(|text| hex::encode(text.salt)),
            }));
        }
        Ok(shown)
    });
    let shown: Vec<Value> = shown
        .await
        .map_err(|error| Status::internal(sentence(&error)))?;
    if let Value::Object(fields) = &mut json {
        fields.insert("texts".to_owned(), shown.into());
        fields.insert("left_out".to_owned(), left_out.into());
        fields.insert("confidential".to_owned(), confidential(&mark));
    }
    Ok(wire::ProvenExport {
        vendor: realm.vendor().to_string(),
        json: format!("{json:#}\n"),
        mark: Some(mark),
        entries: proven,
        left_out,
        ..wire::ProvenExport::default()
    })
}

fn seqs(excerpts: &Value) -> BTreeSet<u64> {
    let records = excerpts.get("excerpts").and_then(Value::as_array);
    let numbers = records.into_iter().flatten();
    numbers.filter_map(|one| one.get("seq")?.as_u64()).collect()
}
