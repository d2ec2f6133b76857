//! `octroi announcement`: what the vendor announced, and the client's answer where one is awaited
//! (clauses A17, A21, K14). Which answers still count is the daemon's word.

use octroi_proto::admin::v1::{
    AnnouncementStatus, AnswerAnnouncementRequest, ListAnnouncementsRequest,
};
use serde_json::{Value, json};

use super::{
    Context, Done,
    args::Whose,
    args_news::{Announcement, AnnouncementAnswer},
    client::Admin,
    failure::Failure,
    format::{self, plain},
    report_fields,
    text::news::{self, NewsTexts},
};

pub(super) async fn announcement(
    command: Announcement,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    match command {
        Announcement::List(whose) => list(&whose, context).await,
        Announcement::Answer(answer) => self::answer(&answer, context).await,
    }
}

async fn list(whose: &Whose, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = news::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = whose.vendor.as_ref().map(ToString::to_string);
    let request = ListAnnouncementsRequest {
        vendor: vendor.unwrap_or_default(),
    };
    let mut client = admin.news();
    let answer = admin
        .call(
            context,
            async |_| client.list_announcements(request).await,
            |_| None,
        )
        .await?;
    let all = &answer.announcements;
    let mut text: String = all
        .iter()
        .map(|one| readable(one, texts, context))
        .collect();
    if all.is_empty() {
        text = format!("{}\n", texts.none);
    }
    if all
        .iter()
        .any(|one| one.answerable && one.answer.is_empty())
    {
        text.extend([context.texts.help_label, texts.answer_help, "\n"]);
    }
    Ok(Done::Answer {
        text,
        json: json!({ "announcements": all.iter().map(json).collect::<Vec<_>>() }),
    })
}

/// A day, where one is stated.
fn day(day: u32) -> Option<String> {
    report_fields::day(day).filter(|_| day > 0)
}

fn readable(one: &AnnouncementStatus, texts: &NewsTexts, context: &Context<'_, '_>) -> String {
    let received = format::local_millis(&context.zone, one.received_at_ms);
    let mut head = format!("{} · {} · {}", one.number, one.vendor, one.kind);
    for part in [&one.product, &one.version] {
        if !part.is_empty() {
            head.extend([" · ", part.as_str()]);
        }
    }
    let mut lines = vec![head];
    lines.push(format!("  {}", one.text));
    lines.push(format!("  {}", (texts.received)(&received)));
    if let Some(effective) = day(one.effective_day) {
        lines.push(format!("  {}", (texts.effective)(&effective)));
    }
    if let Some(due) = day(one.due_day) {
        let word = match one.kind.as_str() {
            "release" => texts.install_by,
            _ => texts.due,
        };
        lines.push(format!("  {}", word(&due)));
    }
    let answered = format::local_millis(&context.zone, one.answered_at_ms);
    match one.answer.as_str() {
        "" if one.answerable => lines.push(format!("  {}", texts.answer_awaited)),
        "" => {}
        "objected" => lines.push(format!("  {}", (texts.objected_at)(&answered))),
        _ => lines.push(format!("  {}", (texts.accepted_at)(&answered))),
    }
    lines.iter().map(|line| plain(line) + "\n").collect()
}

fn json(one: &AnnouncementStatus) -> Value {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "vendor": one.vendor,
        "number": one.number,
        "kind": one.kind,
        "text": one.text,
        "version": text(&one.version),
        "product": text(&one.product),
        "effective": day(one.effective_day),
        "due": day(one.due_day),
        "received_at": format::rfc3339_of_millis(one.received_at_ms),
        "answer": text(&one.answer),
        "answered_at": (one.answered_at_ms != 0)
            .then(|| format::rfc3339_of_millis(one.answered_at_ms)),
        "answerable": one.answerable,
    })
}

async fn answer(
    arguments: &AnnouncementAnswer,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = news::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.news();
    let request = AnswerAnnouncementRequest {
        vendor,
        number: arguments.number,
        objects: arguments.object,
    };
    let answer = admin
        .call(
            context,
            async |_| client.answer_announcement(request).await,
            |_| None,
        )
        .await?;
    let said = match (answer.objects, answer.unchanged) {
        (_, true) => texts.answered_before,
        (true, false) => texts.objected,
        (false, false) => texts.accepted,
    };
    let label = context.texts.help_label;
    Ok(Done::Answer {
        text: format!("{}\n{label}{}\n", said(answer.number), texts.answered_next),
        json: json!({
            "vendor": answer.vendor,
            "number": answer.number,
            "answer": if answer.objects { "objected" } else { "accepted" },
            "unchanged": answer.unchanged,
        }),
    })
}
