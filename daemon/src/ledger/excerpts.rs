//! Many records with the proof that one signed checkpoint covers them all, for files that are to prove
//! something elsewhere: the log book, a contested invoice. The tree is hashed once for all of them.

use std::collections::VecDeque;

use octroi_engine::{Event, Record};
use octroi_licence::merkle::inclusion_proofs;
use serde_json::{Value, json};

use super::{
    Access, Disk, LedgerError, Seq,
    export::readable,
    walk::{Rigour, walk},
};

/// What was found, and proven.
#[derive(Debug)]
pub(crate) struct Excerpts {
    /// `format`, `vendor_root`, `daemon_key`, `checkpoint` and `excerpts`, as `tests/auditor.py
    /// --excerpt` reads them.
    pub(crate) json: Value,
    /// How many records it proves.
    pub(crate) proven: u64,
    /// Earlier ones, for which there was no room.
    pub(crate) left_out: u64,
}

struct Found {
    seq: Seq,
    body: String,
    record: Value,
}

/// The latest records that are wanted, at most so many, under the last signed checkpoint; what it does
/// not cover is not among them.
///
/// # Errors
/// Those of reading; `NotCovered` where no checkpoint was signed yet.
pub(crate) fn excerpts(
    disk: &dyn Disk,
    most: usize,
    wanted: &mut dyn FnMut(Seq, &Record) -> bool,
) -> Result<Excerpts, LedgerError> {
    let mut found: VecDeque<Found> = VecDeque::new();
    let (mut leaves, mut left_out) = (Vec::new(), 0_u64);
    let mut last = None;
    let facts = walk(disk, Access::Read, Rigour::Full, &mut |visit| {
        leaves.push(visit.leaf);
        if let Event::CheckpointSigned {
            size,
            root,
            signature,
        } = &visit.record.event
        {
            last = Some((*size, *root, signature.clone()));
        }
        if wanted(visit.seq, &visit.record) {
            if found.len() >= most {
                found.pop_front();
                left_out += 1;
            }
            found.push_back(Found {
                seq: visit.seq,
                body: hex::encode(visit.body),
                record: readable(&visit),
            });
        }
        Ok(())
    })?;
    let identity = facts.ok_or(LedgerError::NoLedger)?.facts.identity;
    let not_covered = || LedgerError::NotCovered { seq: Seq(1) };
    let (size, root, signature) = last.ok_or_else(not_covered)?;
    let whole = usize::try_from(size).map_err(|_| not_covered())?;
    let leaves = leaves.get(..whole).ok_or_else(not_covered)?;
    found.retain(|one| one.seq.0 <= size);
    let place = |one: &Found| usize::try_from(one.seq.0.saturating_sub(1)).unwrap_or(usize::MAX);
    let places: Vec<usize> = found.iter().map(place).collect();
    let proofs = inclusion_proofs(leaves, &places).ok_or_else(not_covered)?;
    let proven = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let records: Vec<Value> = found
        .into_iter()
        .zip(proofs)
        .map(|(one, proof)| {
            json!({
                "seq": one.seq.0,
                "body": one.body,
                "record": one.record,
                "proof": proof.iter().map(hex::encode).collect::<Vec<_>>(),
            })
        })
        .collect();
    Ok(Excerpts {
        json: json!({
            "format": "octroi-ledger-excerpts/1",
            "vendor_root": identity.vendor_root.to_string(),
            "daemon_key": identity.daemon_key.to_string(),
            "checkpoint": {
                "size": size,
                "root": hex::encode(root),
                "signature": hex::encode(signature),
            },
            "excerpts": records,
        }),
        proven,
        left_out,
    })
}
