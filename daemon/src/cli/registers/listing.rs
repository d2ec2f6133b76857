//! What stands in a register, as a table or for `--json`: each record with a sentence, what it is about, and
//! the texts that belong to it.

use octroi_proto::admin::v1::{ListLogbookRequest, LogbookEntry, Register};
use serde_json::{Map, Value, json};

use super::super::{
    Context, Done,
    args_registers::Latest,
    client::Admin,
    failure::Failure,
    format::{self, Column, plain},
    report_exchange,
    text::registers::{self, RegisterTexts},
};

pub(super) async fn list(
    arguments: &Latest,
    register: Register,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = registers::texts(context.language);
    report_exchange::patiently(context);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.registers();
    let request = ListLogbookRequest {
        vendor,
        register: register.into(),
        latest: arguments.last,
    };
    let answer = admin
        .call(
            context,
            async |_| client.list_logbook(request).await,
            |_| None,
        )
        .await?;
    let entries: Vec<Value> = answer
        .entries
        .iter()
        .map(|one| entry_json(one, texts))
        .collect();
    let mut text = match answer.entries.as_slice() {
        [] => format!("{}\n", texts.nothing),
        all => table(all, texts, context),
    };
    if answer.left_out > 0 {
        text.extend([&(texts.left_out)(answer.left_out), "\n"]);
    }
    Ok(Done::Answer {
        text,
        json: json!({
            "vendor": answer.vendor,
            "entries": entries,
            "left_out": answer.left_out,
        }),
    })
}

fn table(all: &[LogbookEntry], texts: &RegisterTexts, context: &Context<'_, '_>) -> String {
    let [number, at, by, what] = texts.columns;
    let columns = [
        Column::Number(number),
        Column::Text(at),
        Column::Text(by),
        Column::Text(what),
    ];
    let rows = all
        .iter()
        .map(|one| {
            vec![
                one.record.to_string(),
                format::local_millis(&context.zone, one.at_ms),
                match one.by.as_str() {
                    "" => "-".to_owned(),
                    by => plain(by),
                },
                plain(&told(one, texts)),
            ]
        })
        .collect();
    format::table("", &columns, rows)
}

/// An entry as a sentence, with what it is about and its texts.
fn told(one: &LogbookEntry, texts: &RegisterTexts) -> String {
    let mut said = what(one, texts).to_owned();
    let fields: Value = serde_json::from_str(&one.fields).unwrap_or_default();
    let about = about(one, &fields);
    if !about.is_empty() {
        said.extend([" (", &about.join(", "), ")"]);
    }
    for text in &one.texts {
        let shown = if text.erased {
            texts.erased
        } else {
            &text.text
        };
        said.extend(["; ", (texts.field)(&text.field), " ", shown]);
    }
    said
}

fn what<'a>(one: &'a LogbookEntry, texts: &RegisterTexts) -> &'a str {
    if one.unclean {
        return texts.started_unclean;
    }
    (texts.event)(&one.event).unwrap_or(&one.event)
}

/// What the fields name that tells people something.
fn about(one: &LogbookEntry, fields: &Value) -> Vec<String> {
    let text = |path: &str| fields.pointer(path).and_then(Value::as_str);
    let number = |path: &str| fields.pointer(path).and_then(Value::as_u64);
    let mut about: Vec<String> = Vec::new();
    about.extend(text("/refusal/code").map(screaming));
    for path in [
        "/reason",
        "/version",
        "/licence",
        "/refusal/licence",
        "/feature",
    ] {
        // A reason of an administrator's is an id; its text is shown.
        let id = path == "/reason" && one.texts.iter().any(|text| text.field == "reason");
        about.extend(text(path).filter(|_| !id).map(str::to_owned));
    }
    about.extend(text("/refusal/feature").map(str::to_owned));
    if !one.user.is_empty() {
        about.push(one.user.clone());
    }
    for path in ["/opened", "/record"] {
        about.extend(number(path).map(|number| format!("#{number}")));
    }
    for path in ["/amount", "/used", "/threshold", "/count"] {
        about.extend(number(path).map(|number| format!("{} {number}", path.trim_matches('/'))));
    }
    about
}

/// A code's stable name.
fn screaming(pascal: &str) -> String {
    let mut name = String::new();
    for one in pascal.chars() {
        if one.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(one.to_ascii_uppercase());
    }
    name
}

fn entry_json(one: &LogbookEntry, texts: &RegisterTexts) -> Value {
    let told: Map<String, Value> = one
        .texts
        .iter()
        .map(|text| {
            let shown = (!text.erased).then_some(text.text.as_str());
            (text.field.clone(), json!(shown))
        })
        .collect();
    json!({
        "record": one.record,
        "at": format::rfc3339_of_millis(one.at_ms),
        "at_ms": one.at_ms,
        "event": one.event,
        "what": what(one, texts),
        "by": (!one.by.is_empty()).then_some(&one.by),
        "user": (!one.user.is_empty()).then_some(&one.user),
        "unclean": one.unclean,
        "texts": told,
        "fields": serde_json::from_str::<Value>(&one.fields).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_by_their_stable_names() {
        assert_eq!(screaming("SeatsExhausted"), "SEATS_EXHAUSTED");
    }
}
