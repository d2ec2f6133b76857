//! `octroi install --dry-run`: what the daemon says that installing would change. The daemon tries it
//! out on a copy; nothing is installed, recorded or told to any application.

mod json;

use octroi_proto::admin::v1::{
    Changes, FeatureChange, InstallOutcome, LicenceChange, LicenceStatus, PreviewInstallRequest,
    PreviewInstallResponse, PreviewedDocument,
};
use octroi_proto::licensing::v1::Refusal;

use super::{
    Context, Done,
    client::Admin,
    document::DocumentFile,
    exit::Exit,
    failure::{Failure, code_of},
    format::{self, Column, plain},
    install::kind_in_words,
    refusal,
    text::{
        Messages,
        amendments::{self, AmendmentTexts},
        dry_run::{DryRunTexts, texts},
    },
};

/// Asks the daemon what installing these files would change.
pub(super) async fn preview(
    files: &[DocumentFile],
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let answer = ask(files, context).await?;
    let view = View {
        waiting: amendments::texts(context.language),
        texts: texts(context.language),
        messages: context.texts,
        zone: &context.zone,
    };
    Ok(Done::Judged {
        text: view.all(files, &answer),
        json: json::preview(files, &answer),
        exit: exit(&answer),
    })
}

/// The call itself.
pub(super) async fn ask(
    files: &[DocumentFile],
    context: &mut Context<'_, '_>,
) -> Result<PreviewInstallResponse, Failure> {
    let mut admin = Admin::connect(context).await?;
    let request = PreviewInstallRequest {
        armoured: files.iter().map(DocumentFile::armoured).collect(),
    };
    // What fails about a document is in the answer.
    let refused = |_: &tonic::Status| None;
    let call = async |client: &mut octroi_proto::admin::v1::admin_client::AdminClient<_>| {
        client.preview_install(request).await
    };
    admin.call(context, call, refused).await
}

/// As `install` itself would end.
fn exit(answer: &PreviewInstallResponse) -> Exit {
    let exit_of = |document: &PreviewedDocument| {
        if document.refusal.is_some() {
            Exit::Refused
        } else if document.problem_code.is_empty() {
            Exit::Ok
        } else {
            Exit::Document
        }
    };
    answer.documents.last().map_or(Exit::Ok, exit_of)
}

struct View<'a> {
    waiting: &'static AmendmentTexts,
    texts: &'static DryRunTexts,
    messages: &'static Messages,
    zone: &'a jiff::tz::TimeZone,
}

impl View<'_> {
    fn all(&self, files: &[DocumentFile], answer: &PreviewInstallResponse) -> String {
        let mut text = String::new();
        for (file, document) in files.iter().zip(&answer.documents) {
            line(&mut text, 0, &self.document(&file.name, document));
            let notes = document.installed.iter().flat_map(|one| &one.notes);
            for note in notes {
                line(&mut text, 2, note);
            }
        }
        let left = files.len().saturating_sub(answer.documents.len());
        if left > 0 {
            line(&mut text, 0, &(self.texts.not_tried)(left));
        }
        let now = answer.changes.clone().unwrap_or_default();
        text.push('\n');
        if now == Changes::default() && answer.later.is_empty() {
            line(&mut text, 0, self.texts.nothing);
        }
        if now != Changes::default() {
            line(&mut text, 0, self.texts.now);
            self.changes(&mut text, &now);
        }
        for later in &answer.later {
            let date = format::local_seconds(self.zone, later.at_s);
            line(&mut text, 0, &(self.texts.on)(&date));
            self.changes(&mut text, &later.changes.clone().unwrap_or_default());
        }
        line(&mut text, 0, self.texts.nothing_done);
        text
    }

    fn document(&self, file: &str, document: &PreviewedDocument) -> String {
        if let Some(refusal) = &document.refusal {
            return (self.texts.not_accepted)(file, &self.refusal(refusal));
        }
        let Some(installed) = &document.installed else {
            let why = format!("{}: {}", document.problem_code, document.problem);
            return (self.texts.not_accepted)(file, &why);
        };
        let kind = kind_in_words(&installed.kind, self.messages);
        let said = match installed.outcome() {
            InstallOutcome::AlreadyInstalled => self.texts.already,
            InstallOutcome::Pending => self.texts.pending,
            InstallOutcome::AwaitsAcceptance => self.waiting.would_await,
            InstallOutcome::Applied | InstallOutcome::Unspecified => {
                if document.effective_at_s != 0 {
                    let date = format::local_seconds(self.zone, document.effective_at_s);
                    return (self.texts.dated)(&kind, &installed.licence_id, &date);
                }
                self.texts.applied
            }
        };
        said(&kind, &installed.licence_id)
    }

    fn refusal(&self, refused: &Refusal) -> String {
        let explained = refusal::explained(refused, self.messages, self.zone);
        let name = code_of(refused).as_str_name();
        format!("{name}{}{}", self.messages.colon, refusal::said(&explained))
    }

    fn changes(&self, text: &mut String, changes: &Changes) {
        for licence in &changes.licences {
            self.licence(text, licence);
        }
        if !changes.features.is_empty() {
            self.features(text, &changes.features);
        }
        if !changes.seats.is_empty() {
            line(text, 2, self.texts.losers);
            let columns = [
                Column::Number(self.texts.column_seat),
                Column::Text(self.texts.column_feature),
                Column::Number(self.texts.column_units),
                Column::Text(self.texts.column_user),
                Column::Number(self.texts.column_pid),
                Column::Text(self.texts.column_why),
            ];
            let rows = changes.seats.iter().map(|loss| {
                let seat = loss.seat.clone().unwrap_or_default();
                vec![
                    seat.seat.to_string(),
                    seat.feature,
                    seat.units.to_string(),
                    seat.user,
                    seat.pid.to_string(),
                    (self.texts.cause)(loss.cause()).to_owned(),
                ]
            });
            text.push_str(&format::table("    ", &columns, rows.collect()));
        }
        if !changes.waiters.is_empty() {
            line(text, 2, self.texts.waiters);
            for change in &changes.waiters {
                let waiter = change.waiter.clone().unwrap_or_default();
                let answer = match &change.refusal {
                    Some(refusal) => self.refusal(refusal),
                    None => self.texts.served.to_owned(),
                };
                let pid = waiter.pid;
                let (user, feature) = (&waiter.user, &waiter.feature);
                let colon = self.messages.colon;
                line(
                    text,
                    4,
                    &format!("{user} ({pid}), {feature}{colon}{answer}"),
                );
            }
        }
    }

    fn licence(&self, text: &mut String, change: &LicenceChange) {
        let texts = self.texts;
        let id = |one: &LicenceStatus| one.licence_id.clone();
        let (id, lines) = match (&change.before, &change.after) {
            (before, None) => (
                before.as_ref().map(id).unwrap_or_default(),
                vec![texts.gone.to_owned()],
            ),
            (None, Some(after)) => {
                let (from, until) = (
                    self.at(after.starts_at_s, texts.never),
                    self.at(after.ends_at_s, texts.never),
                );
                let mut lines = vec![(texts.new)(&from, &until)];
                lines.extend(self.blocked(None, after.blocked.as_ref()));
                (id(after), lines)
            }
            (Some(before), Some(after)) => (id(after), self.differences(before, after)),
        };
        line(text, 2, &format!("{id}{}", self.messages.colon.trim_end()));
        for one in lines {
            line(text, 4, &one);
        }
    }

    fn differences(&self, before: &LicenceStatus, after: &LicenceStatus) -> Vec<String> {
        let texts = self.texts;
        let mut lines = Vec::new();
        if before.serial != after.serial {
            lines.push((texts.serial)(before.serial, after.serial));
        }
        let mut dated = |said: super::text::Two, none: &str, before: i64, after: i64| {
            if before != after {
                lines.push(said(&self.at(before, none), &self.at(after, none)));
            }
        };
        dated(
            texts.starts,
            texts.never,
            before.starts_at_s,
            after.starts_at_s,
        );
        dated(texts.ends, texts.never, before.ends_at_s, after.ends_at_s);
        let certified = |one: &LicenceStatus| (one.activated, one.certificate_ends_at_s);
        if certified(before) != certified(after) {
            let until = |(activated, until): (bool, i64)| {
                let none = if activated {
                    texts.never
                } else {
                    texts.none_yet
                };
                self.at(until, none)
            };
            let said = (texts.certificate)(&until(certified(before)), &until(certified(after)));
            lines.push(said);
        }
        lines.extend(self.blocked(before.blocked.as_ref(), after.blocked.as_ref()));
        if lines.is_empty() {
            lines.push(texts.only_number.to_owned());
        }
        lines
    }

    fn blocked(&self, before: Option<&Refusal>, after: Option<&Refusal>) -> Option<String> {
        let sentence = |refusal: &Refusal| refusal::of_code(code_of(refusal), self.messages).what;
        match (before, after) {
            (None, Some(after)) => Some((self.texts.blocked)(
                code_of(after).as_str_name(),
                &sentence(after),
            )),
            (Some(before), Some(after)) if before.code != after.code => {
                Some((self.texts.still_blocked)(
                    code_of(after).as_str_name(),
                    &sentence(after),
                ))
            }
            (Some(before), None) => Some((self.texts.unblocked)(code_of(before).as_str_name())),
            _ => None,
        }
    }

    fn at(&self, seconds: i64, none: &str) -> String {
        if seconds == 0 {
            return none.to_owned();
        }
        format::local_seconds(self.zone, seconds)
    }

    fn features(&self, text: &mut String, features: &[FeatureChange]) {
        let columns = [
            Column::Text(self.texts.column_licence),
            Column::Text(self.texts.column_feature),
            Column::Number(self.texts.column_licensed),
            Column::Number(self.texts.column_here),
            Column::Number(self.texts.column_difference),
            Column::Number(self.texts.column_in_use),
        ];
        let rows = features.iter().map(|change| {
            let before = change.before.clone().unwrap_or_default();
            let after = change.after.clone().unwrap_or_default();
            let difference = i64::from(change.limit_after) - i64::from(change.limit_before);
            vec![
                change.licence_id.clone(),
                named(change).to_owned(),
                moved(before.licensed, after.licensed),
                moved(change.limit_before, change.limit_after),
                if difference == 0 {
                    "0".to_owned()
                } else {
                    format!("{difference:+}")
                },
                moved(before.in_use, after.in_use),
            ]
        });
        text.push_str(&format::table("    ", &columns, rows.collect()));
        for change in features.iter().filter(|change| is_exhausted(change)) {
            line(text, 4, &(self.texts.exhausted)(named(change)));
        }
    }
}

fn named(change: &FeatureChange) -> &str {
    let either = change.after.as_ref().or(change.before.as_ref());
    either.map_or("", |one| one.feature.as_str())
}

/// There was room, and would be none.
fn is_exhausted(change: &FeatureChange) -> bool {
    let in_use = |one: &Option<octroi_proto::admin::v1::FeatureStatus>| {
        one.as_ref().map_or(0, |one| one.in_use)
    };
    change.limit_after > 0
        && in_use(&change.before) < change.limit_before
        && in_use(&change.after) >= change.limit_after
}

fn moved(before: u32, after: u32) -> String {
    if before == after {
        after.to_string()
    } else {
        format!("{before} → {after}")
    }
}

fn line(text: &mut String, indent: usize, line: &str) {
    text.push_str(&" ".repeat(indent));
    text.push_str(&plain(line));
    text.push('\n');
}
