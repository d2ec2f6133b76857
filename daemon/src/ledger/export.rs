//! The ledger for other eyes: every record as a line of JSON, and single records with the proof
//! that a signed checkpoint covers them. Fields are read by the published layout, so that what is
//! shown here is what `FORMAT.md` promises. Pseudonyms stay pseudonyms.

use std::io;

use octroi_engine::Event;
use octroi_licence::{Checkpoint, merkle::inclusion_proof};
use serde_json::{Value, json};

use super::{
    Access, Disk, LedgerError, Seq,
    layout::Layout,
    walk::{Rigour, Visit, walk},
};

/// Writes every record as one line of JSON: `seq`, `kind`, `event`, `time`, `fields`, `chain`.
///
/// # Errors
/// Those of reading, and `Io` where `out` fails.
pub fn export(disk: &dyn Disk, out: &mut dyn io::Write) -> Result<(), LedgerError> {
    let found = walk(disk, Access::Read, Rigour::Full, &mut |visit| {
        serde_json::to_writer(&mut *out, &readable(&visit))
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"))
            .map_err(written)
    })?;
    found.ok_or(LedgerError::NoLedger)?;
    out.flush().map_err(written)
}

fn written(source: io::Error) -> LedgerError {
    let (action, subject) = ("write", "the export".to_owned());
    LedgerError::Io {
        action,
        subject,
        source,
    }
}

/// One record with the proof that the first signed checkpoint after it covers it: `seq`, `body`
/// (hexadecimal), `record` (readable), `checkpoint`, `proof`. `tests/auditor.py --excerpt` checks it.
///
/// An excerpt tells nothing of other records but the hashes beside its path; who can guess a
/// neighbour's every byte can confirm the guess.
///
/// # Errors
/// Those of reading; `NotCovered` where no signed checkpoint covers the record.
pub fn excerpt(disk: &dyn Disk, seq: Seq) -> Result<Value, LedgerError> {
    let mut leaves = Vec::new();
    let mut wanted = None;
    let mut covered = None;
    let found = walk(disk, Access::Read, Rigour::Full, &mut |visit| {
        if visit.seq == seq {
            wanted = Some((hex::encode(visit.body), readable(&visit)));
        }
        if covered.is_some() {
            return Ok(());
        }
        if let Event::CheckpointSigned {
            size,
            root,
            signature,
        } = &visit.record.event
            && *size >= seq.0
        {
            let checkpoint = Checkpoint {
                size: *size,
                root: *root,
            };
            covered = Some((checkpoint, signature.clone()));
        } else {
            leaves.push(visit.leaf);
        }
        Ok(())
    })?;
    let identity = found.ok_or(LedgerError::NoLedger)?.facts.identity;
    let not_covered = || LedgerError::NotCovered { seq };
    let ((body, record), (checkpoint, signature)) = wanted.zip(covered).ok_or_else(not_covered)?;
    let index = seq
        .0
        .checked_sub(1)
        .and_then(|index| usize::try_from(index).ok());
    let proof = usize::try_from(checkpoint.size)
        .ok()
        .and_then(|size| leaves.get(..size))
        .and_then(|leaves| inclusion_proof(leaves, index?))
        .ok_or_else(not_covered)?;
    Ok(json!({
        "format": "octroi-ledger-excerpt/1",
        "vendor_root": identity.vendor_root.to_string(),
        "daemon_key": identity.daemon_key.to_string(),
        "seq": seq.0,
        "body": body,
        "record": record,
        "checkpoint": {
            "size": checkpoint.size,
            "root": hex::encode(checkpoint.root),
            "signature": hex::encode(signature),
        },
        "proof": proof.iter().map(hex::encode).collect::<Vec<_>>(),
    }))
}

/// A record as a line of an export.
pub(super) fn readable(visit: &Visit<'_>) -> Value {
    let record = Layout::published().describe(visit.body);
    let mut line = json!({ "seq": visit.seq.0, "chain": visit.chain.to_string() });
    if let (Value::Object(line), Some(Value::Object(record))) = (&mut line, record) {
        line.extend(record);
    }
    line
}
