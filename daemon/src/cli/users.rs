//! `octroi users`: who has what and who is blocked, and the acts on one user or a list of them. Names
//! go no further than to this machine's daemon.

mod listed;

use octroi_proto::admin::v1::{
    BlockUserRequest, EraseUserRequest, ExportUserRequest, ExportUserResponse, ListUsersRequest,
    UnblockUserRequest, UserActed, UserKind, UserStatus,
};
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::{
    Context, Done,
    args_acts::{Kind, User, UserBlock, UserErase, UserExport, Users},
    client::Admin,
    document,
    exit::Exit,
    failure::Failure,
    format::{self, Column, plain},
    report_exchange,
    text::acts::{self, ActsTexts},
};
use crate::marking::confidential;

/// Bytes of a reason; the daemon takes no more.
const REASON_BYTES_MAX: usize = 1_000;
/// An extract names a person.
const EXTRACT_MODE: u32 = 0o600;

pub(super) async fn users(command: Users, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    match command {
        Users::List(whose) => {
            let vendor = whose.vendor.map(String::from).unwrap_or_default();
            list(vendor, context).await
        }
        Users::Block(block) => self::block(block, context).await,
        Users::Unblock(user) => unblock(user, context).await,
        Users::Export(export) => self::export(&export, context).await,
        Users::Erase(erase) => self::erase(&erase, context).await,
        Users::Sync(sync) => listed::sync(&sync, context).await,
    }
}

fn wire_kind(kind: Kind) -> UserKind {
    match kind {
        Kind::System => UserKind::Unspecified,
        Kind::Account => UserKind::DeclaredAccount,
        Kind::EndUser => UserKind::EndUser,
    }
}

/// As `--kind` names it.
fn kind_name(user: &UserStatus) -> &'static str {
    match user.kind() {
        UserKind::Unspecified => "system",
        UserKind::DeclaredAccount => "account",
        UserKind::EndUser => "end-user",
    }
}

/// An account that nobody here knows.
fn unknown(status: &Status, texts: &ActsTexts) -> Option<Failure> {
    (status.code() == Code::NotFound).then(|| {
        Failure::new(Exit::Failed, "USER_UNKNOWN", texts.user_unknown).help(texts.user_unknown_help)
    })
}

async fn list(vendor: String, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let mut client = admin.acts();
    let request = ListUsersRequest { vendor };
    let answer = admin
        .call(
            context,
            async |_| client.list_users(request).await,
            |_| None,
        )
        .await?;
    let users: Vec<Value> = answer.users.iter().map(user_json).collect();
    Ok(Done::Answer {
        text: readable(&answer.users, texts, &context.zone),
        json: json!({ "users": users }),
    })
}

fn readable(users: &[UserStatus], texts: &ActsTexts, zone: &jiff::tz::TimeZone) -> String {
    if users.is_empty() {
        return format!("{}\n", texts.no_users);
    }
    let columns = texts.user_columns.map(Column::Text);
    let mut rows = Vec::new();
    for user in users {
        let row = |licence: &str, feature: &str, since: String, notes: &[&str], id: &str| {
            vec![
                user.vendor.clone(),
                user.user.clone(),
                licence.to_owned(),
                feature.to_owned(),
                since,
                notes.join(", "),
                id.to_owned(),
            ]
        };
        let kind = match user.kind() {
            UserKind::Unspecified => None,
            UserKind::DeclaredAccount => Some(texts.declared_account),
            UserKind::EndUser => Some(texts.end_user),
        };
        let blocked = user
            .blocked_by_administrator
            .then_some(texts.blocked_by_administrator);
        let of_user = || kind.into_iter().chain(blocked);
        if user.assignments.is_empty() {
            let notes: Vec<&str> = of_user().collect();
            rows.push(row("-", "-", "-".to_owned(), &notes, "-"));
        }
        for one in &user.assignments {
            let mut notes: Vec<&str> = of_user().collect();
            let stated = [
                (one.blocked_by_vendor, texts.blocked_by_vendor),
                (one.leaver, texts.leaver),
                (one.in_excess, texts.in_excess),
                (one.erased, texts.erased),
            ];
            notes.extend(
                stated
                    .into_iter()
                    .filter(|(is, _)| *is)
                    .map(|(_, word)| word),
            );
            let since = format::local_millis(zone, one.since_ms);
            rows.push(row(
                &one.licence_id,
                &one.feature,
                since,
                &notes,
                &one.assignment,
            ));
        }
    }
    format::table("", &columns, rows)
}

fn user_json(user: &UserStatus) -> Value {
    let assignments: Vec<Value> = user
        .assignments
        .iter()
        .map(|one| {
            json!({
                "assignment": one.assignment,
                "licence_id": one.licence_id,
                "feature": one.feature,
                "since": format::rfc3339_of_millis(one.since_ms),
                "since_ms": one.since_ms,
                "category": (!one.category.is_empty()).then_some(&one.category),
                "blocked_by_vendor": one.blocked_by_vendor,
                "leaver": one.leaver,
                "in_excess": one.in_excess,
                "erased": one.erased,
            })
        })
        .collect();
    json!({
        "vendor": user.vendor,
        "user": user.user,
        "kind": kind_name(user),
        "blocked_by_administrator": user.blocked_by_administrator,
        "assignments": assignments,
    })
}

async fn block(arguments: UserBlock, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    if arguments.reason.len() > REASON_BYTES_MAX {
        let message = format!("--reason: at most {REASON_BYTES_MAX} bytes");
        return Err(Failure::usage(message));
    }
    let texts = acts::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.who.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.acts();
    let request = BlockUserRequest {
        vendor,
        user: arguments.who.user,
        reason: arguments.reason,
        kind: wire_kind(arguments.who.kind).into(),
    };
    let answer = admin
        .call(
            context,
            async |_| client.block_user(request).await,
            |status| unknown(status, texts),
        )
        .await?;
    Ok(acted(&answer, true, texts))
}

async fn unblock(arguments: User, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.acts();
    let request = UnblockUserRequest {
        vendor,
        user: arguments.user,
        kind: wire_kind(arguments.kind).into(),
    };
    let answer = admin
        .call(
            context,
            async |_| client.unblock_user(request).await,
            |status| unknown(status, texts),
        )
        .await?;
    Ok(acted(&answer, false, texts))
}

fn acted(answer: &UserActed, blocked: bool, texts: &ActsTexts) -> Done {
    let said = match (blocked, answer.unchanged) {
        (true, false) => texts.blocked,
        (true, true) => texts.blocked_before,
        (false, false) => texts.unblocked,
        (false, true) => texts.not_blocked,
    };
    Done::Answer {
        text: format!("{}\n", said(&plain(&answer.user))),
        json: json!({
            "vendor": answer.vendor,
            "user": answer.user,
            "blocked": blocked,
            "unchanged": answer.unchanged,
        }),
    }
}

async fn export(arguments: &UserExport, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    report_exchange::patiently(context);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.who.whose.vendor.as_ref(), context)
        .await?;
    let mut whole: Option<ExportUserResponse> = None;
    loop {
        let mut client = admin.acts();
        let request = ExportUserRequest {
            vendor: vendor.clone(),
            user: arguments.who.user.clone(),
            after: whole.as_ref().map_or(0, |whole| whole.next_after),
            kind: wire_kind(arguments.who.kind).into(),
            purpose: arguments.purpose.purpose.clone(),
        };
        let part = admin
            .call(
                context,
                async |_| client.export_user(request).await,
                |status| unknown(status, texts),
            )
            .await?;
        let next = part.next_after;
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => {
                whole.records.extend(part.records);
                whole.texts.extend(part.texts);
                whole.next_after = next;
            }
        }
        if next == 0 {
            break;
        }
    }
    let extract = extract_json(&whole.unwrap_or_default());
    let Some(path) = &arguments.output else {
        // The extract is the output, in either form.
        context.json = true;
        let written = context.console.print_json(&extract);
        return written
            .map(|()| Done::Written)
            .map_err(|error| Failure::other(context.texts.output_failed).because(&error));
    };
    let bytes = format!("{extract:#}\n");
    document::write_all(path, EXTRACT_MODE, context.texts, bytes.as_bytes())?;
    let file = path.display().to_string();
    Ok(Done::Answer {
        text: format!("{}\n", (texts.exported)(&plain(&arguments.who.user), &file)),
        json: json!({ "vendor": vendor, "user": arguments.who.user, "file": file }),
    })
}

fn extract_json(extract: &ExportUserResponse) -> Value {
    let records: Vec<Value> = extract
        .records
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| Value::from(line.as_str())))
        .collect();
    let texts: Vec<Value> = extract
        .texts
        .iter()
        .map(|text| json!({ "record": text.record, "text": text.text }))
        .collect();
    json!({
        "format": "octroi-user-extract/1",
        "confidential": extract.mark.as_ref().map(confidential),
        "vendor": extract.vendor,
        "user": extract.user,
        "uids": extract.uids,
        "pseudonyms": extract.pseudonyms,
        "texts": texts,
        "records": records,
    })
}

async fn erase(arguments: &UserErase, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    report_exchange::patiently(context);
    if !arguments.yes {
        confirm(&arguments.who.user, texts, context)?;
    }
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.who.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.acts();
    let request = EraseUserRequest {
        vendor,
        user: arguments.who.user.clone(),
        kind: wire_kind(arguments.who.kind).into(),
    };
    let answer = admin
        .call(
            context,
            async |_| client.erase_user(request).await,
            |status| unknown(status, texts),
        )
        .await?;
    let mut text = format!("{}\n", (texts.forgotten)(&plain(&arguments.who.user)));
    if answer.assignments_kept > 0 {
        text.extend([&(texts.kept_counted)(answer.assignments_kept), "\n"]);
    }
    Ok(Done::Answer {
        text,
        json: json!({
            "vendor": answer.vendor,
            "pseudonyms": answer.pseudonyms,
            "texts": answer.texts,
            "assignments_kept": answer.assignments_kept,
        }),
    })
}

fn confirm(user: &str, texts: &ActsTexts, context: &mut Context<'_, '_>) -> Result<(), Failure> {
    if !context.console.interactive {
        return Err(Failure::usage(texts.nobody_to_ask).help(texts.nobody_to_ask_help));
    }
    let declined = || Failure::other(texts.declined);
    let answer = context
        .console
        .ask(&(texts.erase_question)(&plain(user)))
        .map_err(|error| declined().because(&error))?;
    let mut yes = context.texts.trust.yes.iter();
    if yes.any(|yes| yes.eq_ignore_ascii_case(&answer)) {
        Ok(())
    } else {
        Err(declined())
    }
}
