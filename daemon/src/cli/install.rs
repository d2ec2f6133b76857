//! `octroi install`: hands signed documents to the daemon. All are read before the first is sent, so
//! that a damaged one changes nothing; they are installed in the order given, up to the first that
//! the daemon does not take.

use octroi_licence::DocumentKind;
use octroi_proto::admin::v1::{InstallOutcome, InstallRequest, InstallResponse};
use serde_json::{Value, json};

use super::{
    Context, Done,
    args::Install,
    client::Admin,
    document::DocumentFile,
    dry_run,
    exit::Exit,
    failure::Failure,
    format::{self, plain},
    text::{Messages, amendments},
};

/// Installs every file.
pub(super) async fn install(
    arguments: &Install,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let mut files = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        let file = DocumentFile::read(path, context)?;
        installable(&file, context.texts)?;
        files.push(file);
    }
    if arguments.dry_run {
        return dry_run::preview(&files, context).await;
    }
    let mut admin = Admin::connect(context).await?;
    let (mut text, mut documents) = (String::new(), Vec::new());
    for file in &files {
        match send(&mut admin, file, context).await {
            Ok(answer) => {
                text.push_str(&readable(&answer, context));
                documents.push(json(file, &answer));
            }
            Err(failure) => {
                // What went before stands, and is said in either form.
                if !context.json {
                    context.console.print(&text).unwrap_or_default();
                }
                return Err(failure.after("documents", Value::Array(documents)));
            }
        }
    }
    Ok(Done::Answer {
        text,
        json: json!({ "documents": documents }),
    })
}

/// Sends one document.
pub(super) async fn send(
    admin: &mut Admin,
    file: &DocumentFile,
    context: &Context<'_, '_>,
) -> Result<InstallResponse, Failure> {
    let request = InstallRequest {
        armoured: file.armoured(),
    };
    admin
        .call(
            context,
            async |client| client.install(request).await,
            |status| file.rejected(status, context.texts),
        )
        .await
}

/// Says what became of a document.
pub(super) fn readable(answer: &InstallResponse, context: &Context<'_, '_>) -> String {
    let (texts, waiting) = (context.texts, amendments::texts(context.language));
    let outcome = match answer.outcome() {
        InstallOutcome::AwaitsAcceptance => waiting.installed_awaits,
        InstallOutcome::Applied => texts.document.applied,
        InstallOutcome::AlreadyInstalled => texts.document.already,
        InstallOutcome::Pending => texts.document.pending,
        InstallOutcome::Unspecified => texts.document.unknown_outcome,
    };
    let mut text = outcome(
        &plain(&kind_in_words(&answer.kind, texts)),
        &plain(&answer.licence_id),
    );
    text.push('\n');
    let mut line = |said: &str| text.extend(["  ", &plain(said), "\n"]);
    if answer.effective_at_s != 0 {
        let date = format::local_seconds(&context.zone, answer.effective_at_s);
        line(&(waiting.from)(&date));
    }
    if answer.outcome() == InstallOutcome::AwaitsAcceptance {
        line(&(waiting.awaits)(&answer.licence_id, &answer.digest));
    }
    for note in &answer.notes {
        text.push_str("  ");
        text.push_str(&plain(note));
        text.push('\n');
    }
    text
}

/// What became of a document, for `--json`.
pub(super) fn json(file: &DocumentFile, answer: &InstallResponse) -> Value {
    let mut json = answer_json(answer);
    if let Value::Object(fields) = &mut json {
        fields.insert("file".to_owned(), file.name.clone().into());
    }
    json
}

/// The same of a document that came in no file.
pub(super) fn answer_json(answer: &InstallResponse) -> Value {
    let effective_at = (answer.effective_at_s != 0).then_some(answer.effective_at_s);
    json!({
        "effective_at": effective_at.and_then(format::rfc3339_of_seconds),
        "effective_at_s": effective_at,
        "kind": answer.kind,
        "vendor": answer.vendor,
        "licence_id": answer.licence_id,
        "digest": answer.digest,
        "outcome": match answer.outcome() {
            InstallOutcome::Applied => "applied",
            InstallOutcome::AlreadyInstalled => "already_installed",
            InstallOutcome::Pending => "pending",
            InstallOutcome::AwaitsAcceptance => "awaits_acceptance",
            InstallOutcome::Unspecified => "unknown",
        },
        "notes": answer.notes,
    })
}

/// A kind as the daemon names it, in the reader's language.
pub(super) fn kind_in_words(name: &str, texts: &Messages) -> String {
    DocumentKind::ALL
        .into_iter()
        .find(|kind| kind.name() == name || kind.to_string() == name)
        .map_or_else(
            || name.to_owned(),
            |kind| (texts.document.kind)(kind).to_owned(),
        )
}

/// Roots need the administrator's word, and requests go the other way.
fn installable(file: &DocumentFile, texts: &Messages) -> Result<(), Failure> {
    let help = match file.kind {
        DocumentKind::VendorRoot => (texts.document.root_help)(&file.name),
        DocumentKind::ActivationRequest => texts.document.request_help.to_owned(),
        _ => return Ok(()),
    };
    let message = (texts.document.not_installed_so)(&file.name, (texts.document.kind)(file.kind));
    Err(Failure::new(Exit::Document, "DOCUMENT_OF_ANOTHER_KIND", message).help(help))
}
