//! What stands open in the registers: interventions, and operations with what is announced of them.

use octroi_proto::admin::v1::{OpenRegisters, OperationStatus};
use serde_json::{Value, json};

use super::{View, format};

impl View<'_> {
    pub(super) fn registers(&mut self, registers: &OpenRegisters) {
        let texts = self.registers;
        let open = registers.interventions.len();
        if open > 0 {
            self.line(2, &format!("! {}", (texts.interventions_open)(open)));
        }
        for one in &registers.operations {
            let name = match one.operation.as_str() {
                "" => (texts.unnamed)(&format::local_seconds(self.zone, one.month_s)),
                name => name.to_owned(),
            };
            let name = format!("{} · {name}", one.feature);
            let told = if one.announced > 0 {
                let until = format::local_seconds(self.zone, one.announced_until_s);
                (texts.operation_announced)(&name, one.used, one.announced, &until)
            } else {
                (texts.operation)(&name, one.used, one.announce_above)
            };
            self.line(2, &told);
            if one.unannounced {
                self.line(4, &format!("! {}", texts.unannounced));
            }
        }
    }
}

/// The same for `--json`.
pub(super) fn json(registers: &OpenRegisters) -> Value {
    json!({
        "interventions": registers.interventions.iter().map(|one| json!({
            "intervention": one.record,
            "since": format::rfc3339_of_millis(one.since_ms),
            "since_ms": one.since_ms,
        })).collect::<Vec<_>>(),
        "operations": registers.operations.iter().map(operation).collect::<Vec<_>>(),
    })
}

fn operation(one: &OperationStatus) -> Value {
    let announced = (one.announced > 0).then_some(one.announced);
    let until = announced.map(|_| one.announced_until_s);
    let named = (!one.operation.is_empty()).then_some(&one.operation);
    json!({
        "licence_id": one.licence_id,
        "feature": one.feature,
        "operation": named,
        "month": named.is_none().then(|| format::rfc3339_of_seconds(one.month_s)).flatten(),
        "used": one.used,
        "announced": announced,
        "announced_until": until.and_then(format::rfc3339_of_seconds),
        "announced_until_s": until,
        "announce_above": one.announce_above,
        "unannounced": one.unannounced,
    })
}
