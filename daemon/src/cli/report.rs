//! `octroi report`: what would leave this machine, what left it, sending it, and carrying it by file.
//! Reports are read here from their own bytes, not from what the daemon says about them.

use std::path::Path;

use octroi_licence::{
    DocumentKind, UsageReport, VendorId, Verified, read_armoured, verify_self_signed,
};
use octroi_proto::admin::v1::{
    ExportReportRequest, PreviewReportRequest, PreviewReportResponse, ReceiptTaken,
    ReportHistoryRequest, ReportedExchange, SendReportRequest,
};
use serde_json::{Value, json};

use super::{
    Context, Done,
    args::{Report, ReportHistory},
    client::Admin,
    document,
    failure::Failure,
    format::{self, Column, plain},
    install, report_exchange, report_fields,
    text::reports::{self, ReportTexts},
};

/// A report is made to be carried away, and holds no secret.
const REPORT_MODE: u32 = 0o644;

pub(super) async fn report(
    command: Report,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    match command {
        Report::Preview(whose) => preview(whose.vendor.as_ref(), context).await,
        Report::Send(whose) => send(whose.vendor.as_ref(), context).await,
        Report::History(history) => self::history(&history, context).await,
        Report::Export(export) => {
            self::export(&export.file, export.whose.vendor.as_ref(), context).await
        }
    }
}

fn read(armoured: &str, texts: &ReportTexts) -> Result<Verified<UsageReport>, Failure> {
    let unreadable = || Failure::other(texts.unreadable);
    let (kind, signed) =
        read_armoured(armoured.as_bytes()).map_err(|error| unreadable().because(&error))?;
    if kind != DocumentKind::UsageReport {
        return Err(unreadable());
    }
    verify_self_signed(&signed).map_err(|error| unreadable().because(&error))
}

async fn preview(
    vendor: Option<&VendorId>,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = reports::texts(context.language);
    report_exchange::patiently(context);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin.vendor(vendor, context).await?;
    let mut client = admin.reporting();
    let request = PreviewReportRequest { vendor };
    let answer = admin
        .call(
            context,
            async |_| client.preview_report(request).await,
            |status| report_exchange::failure(status, texts),
        )
        .await?;
    let report = read(&answer.armoured, texts)?;
    let fields = report_fields::json(&report);
    let mut text = heading(&answer, &report, texts, context);
    text.push_str(texts.all_that_leaves);
    text.push('\n');
    text.push_str(&report_fields::lines(&fields, "  "));
    Ok(Done::Answer {
        text,
        json: json!({
            "vendor": answer.vendor,
            "waiting": answer.waiting,
            "server": answer.server,
            "network": answer.network,
            "approval_needed": answer.approval_needed,
            "due_at": at(answer.due_at_s),
            "report": fields,
        }),
    })
}

/// Where the report would go, when, and what it waits for.
fn heading(
    answer: &PreviewReportResponse,
    report: &UsageReport,
    texts: &ReportTexts,
    context: &Context<'_, '_>,
) -> String {
    let stands = if answer.waiting {
        texts.waiting
    } else {
        texts.draft
    };
    let mut lines = vec![stands(report.number, &plain(&answer.vendor))];
    lines.push(match (answer.server.as_str(), answer.network) {
        ("", _) => texts.no_server.to_owned(),
        (_, false) => texts.network_off.to_owned(),
        (server, true) => (texts.goes_to)(&plain(server)),
    });
    lines.push(match answer.due_at_s {
        0 => texts.never_due.to_owned(),
        due => (texts.due)(&format::local_seconds(&context.zone, due)),
    });
    if answer.approval_needed {
        lines.push(texts.approval_needed.to_owned());
    }
    lines.join("\n") + "\n"
}

async fn send(vendor: Option<&VendorId>, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = reports::texts(context.language);
    report_exchange::patiently(context);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin.vendor(vendor, context).await?;
    let mut client = admin.reporting();
    let answer = admin
        .call(
            context,
            async |_| client.send_report(SendReportRequest { vendor }).await,
            |status| report_exchange::failure(status, texts),
        )
        .await?;
    Ok(taken(&answer, context))
}

/// Says what a receipt brought.
pub(super) fn taken(answer: &ReceiptTaken, context: &Context<'_, '_>) -> Done {
    let texts = reports::texts(context.language);
    let at_local = format::local_seconds(&context.zone, answer.server_time_s);
    let said = if answer.already_taken {
        texts.already_taken
    } else {
        texts.taken
    };
    let mut text = said(answer.number, &at_local) + "\n";
    for installed in &answer.installed {
        text.push_str(&install::readable(installed, context));
    }
    for note in &answer.notes {
        text.extend([texts.note, &plain(note), "\n"]);
    }
    for one in &answer.announcements {
        let due = report_fields::day(one.due_day).filter(|_| one.due_day > 0);
        let due = due.map_or_else(String::new, |day| (texts.announced_until)(&day));
        let (kind, said) = (plain(&one.kind), plain(&one.text));
        text.extend([texts.announcement, &kind, &due, ": ", &said, "\n"]);
    }
    Done::Answer {
        text,
        json: json!({
            "vendor": answer.vendor,
            "number": answer.number,
            "server_time": at(answer.server_time_s),
            "already_taken": answer.already_taken,
            "report_accepted": true,
            "installed": answer.installed.iter().map(install::answer_json).collect::<Vec<_>>(),
            "notes": answer.notes,
            "announcements": answer.announcements.iter().map(|one| json!({
                "number": one.number,
                "kind": one.kind,
                "text": one.text,
                "due": report_fields::day(one.due_day).filter(|_| one.due_day > 0),
            })).collect::<Vec<_>>(),
        }),
    }
}

async fn export(
    path: &Path,
    vendor: Option<&VendorId>,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = reports::texts(context.language);
    let to_output = path == Path::new("-");
    let name = path.display().to_string();
    if !to_output && path.exists() {
        let message = (context.texts.document.exists)(&name);
        return Err(Failure::other(message).help(context.texts.document.exists_help));
    }
    report_exchange::patiently(context);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin.vendor(vendor, context).await?;
    let mut client = admin.reporting();
    let answer = admin
        .call(
            context,
            async |_| client.export_report(ExportReportRequest { vendor }).await,
            |status| report_exchange::failure(status, texts),
        )
        .await?;
    let report = read(&answer.armoured, texts)?;
    let json = json!({
        "vendor": answer.vendor,
        "number": answer.number,
        "file": (!to_output).then_some(&name),
        "armoured": answer.armoured,
        "report": report_fields::json(&report),
    });
    let text = if to_output {
        answer.armoured
    } else {
        let bytes = answer.armoured.as_bytes();
        document::write_all(path, REPORT_MODE, context.texts, bytes)?;
        let next = texts.exported_next;
        let label = context.texts.help_label;
        format!(
            "{}\n{label}{next}\n",
            (texts.exported)(answer.number, &name)
        )
    };
    Ok(Done::Answer { text, json })
}

async fn history(
    arguments: &ReportHistory,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = reports::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.reporting();
    let request = ReportHistoryRequest { vendor };
    let answer = admin
        .call(
            context,
            async |_| client.report_history(request).await,
            |status| report_exchange::failure(status, texts),
        )
        .await?;
    let wanted =
        |one: &ReportedExchange| arguments.number.is_none_or(|number| number == one.number);
    let (mut rows, mut said, mut shown) = (Vec::new(), Vec::new(), String::new());
    for exchange in answer.exchanges.iter().filter(|one| wanted(one)) {
        let report = read(&exchange.report, texts)?;
        let fields = report_fields::json(&report);
        if arguments.number.is_some() {
            shown = report_fields::lines(&fields, "  ");
        }
        let local = |at: i64| match at {
            0 => texts.not_yet.to_owned(),
            at => format::local_seconds(&context.zone, at),
        };
        rows.push(vec![
            exchange.number.to_string(),
            report_fields::days(&report),
            local(exchange.sent_at_s),
            local(exchange.server_time_s),
        ]);
        said.push(exchange_json(exchange, &fields));
    }
    let text = if rows.is_empty() {
        format!("{}\n", texts.no_history)
    } else {
        let [number, days, sent, receipt] = texts.columns;
        let columns = [
            Column::Number(number),
            Column::Text(days),
            Column::Text(sent),
            Column::Text(receipt),
        ];
        format::table("", &columns, rows) + &shown
    };
    Ok(Done::Answer {
        text,
        json: json!({ "exchanges": said }),
    })
}

fn exchange_json(exchange: &ReportedExchange, fields: &Value) -> Value {
    json!({
        "number": exchange.number,
        "sent_at": at(exchange.sent_at_s),
        "server_time": at(exchange.server_time_s),
        "report": fields,
        "armoured_report": exchange.report,
        "armoured_receipt": (!exchange.receipt.is_empty()).then_some(&exchange.receipt),
    })
}

/// 0 is no time.
fn at(seconds: i64) -> Option<String> {
    format::rfc3339_of_seconds(seconds).filter(|_| seconds != 0)
}
