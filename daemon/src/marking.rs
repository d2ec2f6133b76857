//! What exported files are marked with: that they are confidential, who wrote them, when and what for
//! (clause T19). The mark stands in the file; the record of the export in the ledger.

use jiff::Timestamp;
use octroi_proto::admin::v1::ExportMark;
use serde_json::{Value, json};

/// What every marked file says.
const NOTICE: &str = "confidential: for the purpose stated, and for nobody else";

/// The mark as it stands in a file. A mark without a record is of an export of which the ledger knows
/// nothing: no daemon was there to record it.
pub(crate) fn confidential(mark: &ExportMark) -> Value {
    let at = Timestamp::from_millisecond(mark.at_ms).ok();
    json!({
        "notice": NOTICE,
        "vendor": (!mark.vendor.is_empty()).then_some(&mark.vendor),
        "exported_by": mark.by,
        "exported_at": at.map(|at| at.to_string()),
        "purpose": (!mark.purpose.is_empty()).then_some(&mark.purpose),
        "record": (mark.record != 0).then_some(mark.record),
    })
}
