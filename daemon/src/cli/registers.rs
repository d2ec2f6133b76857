//! `octroi logbook`, `intervention`, `announce` and `dispute`: the registers that the administrator keeps.
//! Texts go no further than to this machine's daemon, which keeps them beside the ledger.

use octroi_proto::admin::v1::{
    AddToLogbookRequest, AnnounceOperationRequest, CloseInterventionRequest, DisputeInvoiceRequest,
    EraseTextRequest, ExportLogbookRequest, ListLogbookRequest, LogbookEntry,
    OpenInterventionRequest, ProvenExport, Register,
};
use serde_json::{Map, Value, json};
use tonic::{Code, Status};

use super::{
    Context, Done,
    args_registers::{
        Announce, Dispute, DisputeOpen, Intervention, InterventionClose, InterventionOpen, Latest,
        Logbook, LogbookAct, LogbookAdd, LogbookErase, LogbookExport, Until,
    },
    client::Admin,
    document,
    exit::Exit,
    failure::Failure,
    format::{self, Column, plain},
    report_exchange,
    text::registers::{self, RegisterTexts},
};

/// What is written out is for its owner.
const EXPORT_MODE: u32 = 0o600;

pub(super) async fn logbook(
    command: Logbook,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    match command.act {
        None => list(&command.list, Register::Unspecified, context).await,
        Some(LogbookAct::List(list)) => self::list(&list, Register::Unspecified, context).await,
        Some(LogbookAct::Add(add)) => self::add(add, context).await,
        Some(LogbookAct::Export(export)) => self::export(export, context).await,
        Some(LogbookAct::Erase(erase)) => self::erase(&erase, context).await,
    }
}

pub(super) async fn intervention(
    command: Intervention,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    match command {
        Intervention::Open(open) => self::open(open, context).await,
        Intervention::Close(close) => self::close(close, context).await,
        Intervention::List(list) => self::list(&list, Register::Interventions, context).await,
    }
}

pub(super) async fn dispute(
    command: Dispute,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    match command {
        Dispute::Open(open) => contest(open, context).await,
        Dispute::List(list) => self::list(&list, Register::Disputes, context).await,
    }
}

/// What the daemon does not take as a text or a name.
fn malformed(status: &Status, texts: &RegisterTexts) -> Option<Failure> {
    (status.code() == Code::InvalidArgument)
        .then(|| Failure::new(Exit::Usage, "TEXT_NOT_TAKEN", texts.not_taken))
}

async fn list(
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

async fn add(arguments: LogbookAdd, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = registers::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.registers();
    let text = arguments.text;
    let request = AddToLogbookRequest { vendor, text };
    let answer = admin
        .call(
            context,
            async |_| client.add_to_logbook(request).await,
            |status| malformed(status, texts),
        )
        .await?;
    Ok(Done::Answer {
        text: format!("{}\n", (texts.added)(answer.record)),
        json: json!({ "vendor": answer.vendor, "record": answer.record }),
    })
}

async fn export(arguments: LogbookExport, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = registers::texts(context.language);
    report_exchange::patiently(context);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.registers();
    let purpose = arguments.purpose.purpose;
    let request = ExportLogbookRequest { vendor, purpose };
    let answer = admin
        .call(
            context,
            async |_| client.export_logbook(request).await,
            |status| malformed(status, texts),
        )
        .await?;
    let Some(path) = &arguments.output else {
        let written = context.console.print(&answer.json);
        return written
            .map(|()| Done::Written)
            .map_err(|error| Failure::other(context.texts.output_failed).because(&error));
    };
    document::write_all(path, EXPORT_MODE, context.texts, answer.json.as_bytes())?;
    let file = path.display().to_string();
    Ok(Done::Answer {
        text: format!("{}\n", (texts.exported)(answer.entries, &file)),
        json: proven_json(&answer, &file),
    })
}

fn proven_json(answer: &ProvenExport, file: &str) -> Value {
    json!({
        "vendor": answer.vendor,
        "file": file,
        "entries": answer.entries,
        "left_out": answer.left_out,
        "export_record": answer.mark.as_ref().map(|mark| mark.record),
    })
}

async fn erase(arguments: &LogbookErase, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = registers::texts(context.language);
    report_exchange::patiently(context);
    if !arguments.yes {
        let question = (texts.erase_question)(arguments.record);
        if !asked(&question, (texts.nobody_to_ask, texts.say_yes), context)? {
            return Err(Failure::other(texts.not_erased));
        }
    }
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.registers();
    let record = arguments.record;
    let request = EraseTextRequest { vendor, record };
    let answer = admin
        .call(
            context,
            async |_| client.erase_text(request).await,
            |status| {
                (status.code() == Code::NotFound).then(|| {
                    Failure::new(Exit::Failed, "NO_TEXTS", (texts.no_texts)(record))
                        .help(texts.no_texts_help)
                })
            },
        )
        .await?;
    Ok(Done::Answer {
        text: format!("{}\n", (texts.erased_texts)(record, answer.texts)),
        json: json!({ "vendor": answer.vendor, "record": record, "texts": answer.texts }),
    })
}

/// Asks a question that is answered by yes or no; without a terminal, that is said.
fn asked(
    question: &str,
    (nobody, help): (&'static str, &'static str),
    context: &mut Context<'_, '_>,
) -> Result<bool, Failure> {
    if !context.console.interactive {
        return Err(Failure::usage(nobody).help(help));
    }
    let answer = context
        .console
        .ask(question)
        .map_err(|error| Failure::other(nobody).because(&error))?;
    let mut yes = context.texts.trust.yes.iter();
    Ok(yes.any(|yes| yes.eq_ignore_ascii_case(&answer)))
}

async fn open(arguments: InterventionOpen, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = registers::texts(context.language);
    let backed_up = match (arguments.backed_up, arguments.without_backup) {
        (true, _) => true,
        (_, true) => false,
        _ => {
            let words = (texts.nobody_to_ask_backup, texts.backup_help);
            if !asked(texts.backup_question, words, context)? {
                return Err(
                    Failure::new(Exit::Failed, "BACKUP_NOT_MADE", texts.no_backup)
                        .help(texts.backup_help),
                );
            }
            true
        }
    };
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.registers();
    let request = OpenInterventionRequest {
        vendor,
        author: arguments.author,
        nature: arguments.nature,
        backed_up,
    };
    let answer = admin
        .call(
            context,
            async |_| client.open_intervention(request).await,
            |status| malformed(status, texts),
        )
        .await?;
    Ok(Done::Answer {
        text: format!(
            "{}\n{}{}\n",
            (texts.opened)(answer.record),
            context.texts.help_label,
            (texts.close_help)(answer.record)
        ),
        json: json!({
            "vendor": answer.vendor,
            "intervention": answer.record,
            "backed_up": backed_up,
        }),
    })
}

async fn close(
    arguments: InterventionClose,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = registers::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.registers();
    let intervention = arguments.intervention;
    let request = CloseInterventionRequest {
        vendor,
        intervention,
        result: arguments.result,
    };
    let answer = admin
        .call(
            context,
            async |_| client.close_intervention(request).await,
            |status| malformed(status, texts),
        )
        .await?;
    Ok(Done::Answer {
        text: format!("{}\n", (texts.closed)(intervention)),
        json: json!({
            "vendor": answer.vendor,
            "intervention": intervention,
            "record": answer.record,
        }),
    })
}

/// The instant that is meant.
fn instant(until: Until, texts: &RegisterTexts, context: &Context<'_, '_>) -> Result<i64, Failure> {
    let seconds = until.seconds(&context.zone);
    seconds.ok_or_else(|| Failure::usage(texts.no_such_day))
}

pub(super) async fn announce(
    arguments: Announce,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = registers::texts(context.language);
    let until_s = instant(arguments.until, texts, context)?;
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.registers();
    let operation = arguments.operation.unwrap_or_default();
    let request = AnnounceOperationRequest {
        vendor,
        licence_id: arguments.licence.to_string(),
        feature: arguments.feature.to_string(),
        operation: operation.clone(),
        amount: arguments.size,
        until_s,
    };
    let answer = admin
        .call(
            context,
            async |_| client.announce_operation(request).await,
            |status| malformed(status, texts),
        )
        .await?;
    let until = format::local_seconds(&context.zone, until_s);
    Ok(Done::Answer {
        text: format!("{}\n", (texts.announced)(arguments.size, &until)),
        json: json!({
            "vendor": answer.vendor,
            "licence_id": arguments.licence.to_string(),
            "feature": arguments.feature.to_string(),
            "operation": (!operation.is_empty()).then_some(operation),
            "size": arguments.size,
            "until": format::rfc3339_of_seconds(until_s),
            "until_s": until_s,
        }),
    })
}

async fn contest(arguments: DisputeOpen, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = registers::texts(context.language);
    let contest_until_s = instant(arguments.until, texts, context)?;
    if arguments.output.exists() {
        // Before anything is recorded: the file belongs to the act.
        let file = arguments.output.display().to_string();
        let words = &context.texts.document;
        return Err(Failure::other((words.exists)(&file)).help(words.exists_help));
    }
    report_exchange::patiently(context);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.registers();
    let request = DisputeInvoiceRequest {
        vendor,
        licence_id: arguments.licence.map(String::from).unwrap_or_default(),
        invoice: arguments.invoice,
        reasons: arguments.reasons,
        contest_until_s,
        records: arguments.record,
    };
    let answer = admin
        .call(
            context,
            async |_| client.dispute_invoice(request).await,
            |status| malformed(status, texts),
        )
        .await?;
    let path = &arguments.output;
    document::write_all(path, EXPORT_MODE, context.texts, answer.json.as_bytes())?;
    let file = path.display().to_string();
    let until = format::local_seconds(&context.zone, contest_until_s);
    let mut json = proven_json(&answer, &file);
    if let Value::Object(fields) = &mut json {
        fields.insert("record".to_owned(), answer.record.into());
        fields.insert("late".to_owned(), answer.late.into());
        let until = format::rfc3339_of_seconds(contest_until_s);
        fields.insert("contest_until".to_owned(), until.into());
        fields.insert("contest_until_s".to_owned(), contest_until_s.into());
    }
    let (said, exit) = if answer.late {
        (
            (texts.contested_late)(answer.record, &until),
            Exit::ChecksWarn,
        )
    } else {
        ((texts.contested)(answer.record, &until), Exit::Ok)
    };
    let help = context.texts.help_label;
    let text = format!("{said}\n{help}{}\n", (texts.send_proof)(&file));
    Ok(Done::Judged { text, json, exit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_by_their_stable_names() {
        assert_eq!(screaming("SeatsExhausted"), "SEATS_EXHAUSTED");
    }
}
