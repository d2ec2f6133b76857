//! `octroi logbook`, `intervention`, `announce` and `dispute`: the registers that the administrator keeps.
//! Texts go no further than to this machine's daemon, which keeps them beside the ledger.

mod listing;

use octroi_proto::admin::v1::{
    AddToLogbookRequest, AnnounceOperationRequest, CloseInterventionRequest, DisputeInvoiceRequest,
    EraseTextRequest, ExportLogbookRequest, OpenInterventionRequest, ProvenExport, Register,
};
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::{
    Context, Done,
    args_registers::{
        Announce, Dispute, DisputeOpen, Intervention, InterventionClose, InterventionOpen, Logbook,
        LogbookAct, LogbookAdd, LogbookErase, LogbookExport, Until,
    },
    client::Admin,
    document,
    exit::Exit,
    failure::Failure,
    format, report_exchange,
    text::registers::{self, RegisterTexts},
};

use self::listing::list;

/// What is written out is for its owner.
const EXPORT_MODE: u32 = 0o600;

pub(super) async fn logbook(
    command: Logbook,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    match command.act {
        None => list(&command.list, Register::Unspecified, context).await,
        Some(LogbookAct::List(list)) => listing::list(&list, Register::Unspecified, context).await,
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
        Intervention::List(list) => listing::list(&list, Register::Interventions, context).await,
    }
}

pub(super) async fn dispute(
    command: Dispute,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    match command {
        Dispute::Open(open) => contest(open, context).await,
        Dispute::List(list) => listing::list(&list, Register::Disputes, context).await,
    }
}

/// What the daemon does not take as a text or a name.
fn malformed(status: &Status, texts: &RegisterTexts) -> Option<Failure> {
    (status.code() == Code::InvalidArgument)
        .then(|| Failure::new(Exit::Usage, "TEXT_NOT_TAKEN", texts.not_taken))
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
