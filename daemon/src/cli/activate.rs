//! `octroi activate`: at the vendor's server, or by file. The request names this machine's daemon and proves that
//! the asker has the activation code, without holding it; all that leaves the machine is shown.

use std::path::Path;

use octroi_licence::{DocumentKind, LicenceId};
use octroi_proto::{activation::v1::RehostStanding, admin::v1::CreateActivationRequestRequest};
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    Context, Done,
    args::Activate,
    client::Admin,
    document::{self, DocumentFile},
    exit::Exit,
    failure::Failure,
    format::{self, plain},
    install, report_exchange,
    text::{news, reports},
};

/// Bytes read of a file that holds an activation code; some text around it is allowed for.
const CODE_FILE_BYTES_MAX: usize = 4096;
const CODE_BYTES_MAX: usize = 128;
/// A request is made to be carried away, and holds no secret.
const REQUEST_MODE: u32 = 0o644;

/// Makes a request, or installs the answer to one.
pub(super) async fn activate(
    arguments: Activate,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    if let (true, Some(licence)) = (arguments.online, &arguments.licence) {
        return online(licence, &arguments, context).await;
    }
    match (&arguments.request, &arguments.response, &arguments.licence) {
        (_, Some(response), _) => install_response(response, context).await,
        (Some(path), None, Some(licence)) => request(path, licence, &arguments, context).await,
        // The parser asks for one of the two, and for the licence with a request.
        _ => Err(Failure::usage(
            "octroi activate --online --licence ID | --request FILE --licence ID | --response FILE",
        )),
    }
}

async fn install_response(path: &Path, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let file = DocumentFile::read(path, context)?;
    let texts = context.texts;
    if file.kind != DocumentKind::ActivationCertificate {
        let kind = (texts.document.kind)(file.kind);
        let message = (texts.activate.not_a_certificate)(&file.name, kind);
        return Err(Failure::new(
            Exit::Document,
            "DOCUMENT_OF_ANOTHER_KIND",
            message,
        ));
    }
    let mut admin = Admin::connect(context).await?;
    let answer = install::send(&mut admin, &file, context).await?;
    Ok(Done::Answer {
        text: install::readable(&answer, context),
        json: install::json(&file, &answer),
    })
}

async fn request(
    path: &Path,
    licence: &LicenceId,
    arguments: &Activate,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = context.texts;
    let to_output = path == Path::new("-");
    if !to_output && path.exists() {
        let message = (texts.document.exists)(&path.display().to_string());
        return Err(Failure::other(message).help(texts.document.exists_help));
    }
    let mut admin = Admin::connect(context).await?;
    let request = asked(licence, arguments, &mut admin, context).await?;
    let vendor = request.vendor.clone();
    let answer = admin
        .call(
            context,
            async |client| client.create_activation_request(request).await,
            |_| None,
        )
        .await?;
    let mut preview = format!("{}\n", texts.activate.preview);
    for line in &answer.preview {
        preview.push_str("  ");
        preview.push_str(&plain(line));
        preview.push('\n');
    }
    let json = json!({
        "vendor": vendor,
        "licence_id": licence.as_str(),
        "file": (!to_output).then(|| path.display().to_string()),
        "armoured": answer.armoured,
        "preview": answer.preview,
    });
    if to_output {
        context.console.print_error(&preview);
        return Ok(Done::Answer {
            text: answer.armoured,
            json,
        });
    }
    document::write_all(path, REQUEST_MODE, texts, answer.armoured.as_bytes())?;
    let written = (texts.activate.written)(&path.display().to_string());
    let text = format!(
        "{preview}{written}\n{}{}\n",
        texts.help_label, texts.activate.next
    );
    Ok(Done::Answer { text, json })
}

/// What the daemon is asked to make a request of.
async fn asked(
    licence: &LicenceId,
    arguments: &Activate,
    admin: &mut Admin,
    context: &mut Context<'_, '_>,
) -> Result<CreateActivationRequestRequest, Failure> {
    let vendor = match &arguments.vendor {
        Some(vendor) => vendor.to_string(),
        None => vendor_of(licence, admin, context).await?,
    };
    let code = activation_code(arguments, context)?;
    let site = arguments.site.as_ref().map(ToString::to_string);
    Ok(CreateActivationRequestRequest {
        vendor,
        licence_id: licence.to_string(),
        activation_code: code.to_string(),
        site: site.unwrap_or_default(),
    })
}

/// Asks the vendor's server and installs its answer.
async fn online(
    licence: &LicenceId,
    arguments: &Activate,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = reports::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let request = asked(licence, arguments, &mut admin, context).await?;
    report_exchange::patiently(context);
    let mut client = admin.reporting();
    let answer = admin
        .call(
            context,
            async |_| client.activate_online(request).await,
            |status| report_exchange::failure(status, texts),
        )
        .await?;
    let installed = answer.installed.unwrap_or_default();
    let mut text = (texts.activated_by)(&plain(&answer.server)) + "\n";
    text.push_str(&install::readable(&installed, context));
    if let Some(rehosts) = &answer.rehosts {
        for said in moves(rehosts, context) {
            text.extend([said.as_str(), "\n"]);
        }
    }
    text.push_str(texts.sent);
    text.push('\n');
    for line in &answer.sent {
        text.push_str("  ");
        text.push_str(&plain(line));
        text.push('\n');
    }
    Ok(Done::Answer {
        text,
        json: json!({
            "server": answer.server,
            "installed": install::answer_json(&installed),
            "sent": answer.sent,
            "rehosts": answer.rehosts.map(|one| json!({
                "per_year": one.per_year,
                "used": one.used,
                "remaining": one.per_year.saturating_sub(one.used),
                "rehosted": one.rehosted,
                "billed": one.billed,
                "contract_year_ends_at": (one.year_ends_s != 0)
                    .then(|| format::rfc3339_of_seconds(one.year_ends_s)),
            })),
        }),
    })
}

/// How many moves to another host remain (clause A8).
fn moves(rehosts: &RehostStanding, context: &Context<'_, '_>) -> Vec<String> {
    let texts = news::texts(context.language);
    let until = format::local_seconds(&context.zone, rehosts.year_ends_s);
    let mut said = Vec::new();
    if rehosts.rehosted {
        said.push(texts.rehosted.to_owned());
    }
    if rehosts.billed {
        said.push(texts.rehost_billed.to_owned());
    }
    said.push((texts.rehosts)(rehosts.used, rehosts.per_year, &until));
    said
}

/// The vendor that the licence is from, as far as only one has it installed.
async fn vendor_of(
    licence: &LicenceId,
    admin: &mut Admin,
    context: &Context<'_, '_>,
) -> Result<String, Failure> {
    let holds = |realm: &octroi_proto::admin::v1::RealmStatus| {
        realm
            .licences
            .iter()
            .any(|one| one.licence_id == licence.as_str())
    };
    let realms = admin.status(context).await?.realms;
    let mut vendors: Vec<String> = realms
        .into_iter()
        .filter(holds)
        .map(|realm| realm.vendor)
        .collect();
    let texts = context.texts;
    match vendors.len() {
        0 => Err(
            Failure::other((texts.activate.not_installed)(licence.as_str()))
                .help(texts.activate.not_installed_help),
        ),
        1 => Ok(vendors.remove(0)),
        _ => Err(
            Failure::usage((texts.daemon.vendor_needed)(&vendors.join(", ")))
                .help(texts.daemon.vendor_needed_help),
        ),
    }
}

/// The code as given, from its file, or asked for without echo.
fn activation_code(
    arguments: &Activate,
    context: &mut Context<'_, '_>,
) -> Result<Zeroizing<String>, Failure> {
    let texts = &context.texts.activate;
    let code = match (&arguments.code, &arguments.code_file) {
        (Some(code), _) => Zeroizing::new(code.clone()),
        (None, Some(path)) => {
            let bytes = document::read_bounded(path, CODE_FILE_BYTES_MAX, context)?;
            let bytes = Zeroizing::new(bytes);
            let text =
                std::str::from_utf8(&bytes).map_err(|_| Failure::usage(texts.code_malformed))?;
            Zeroizing::new(code_in(text).to_owned())
        }
        (None, None) if context.console.interactive => {
            let code = rpassword::prompt_password(texts.code_prompt)
                .map_err(|error| Failure::other(texts.code_missing).because(&error))?;
            Zeroizing::new(code)
        }
        (None, None) => {
            return Err(Failure::usage(texts.code_missing).help(texts.code_missing_help));
        }
    };
    let trimmed = code.trim();
    let known = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | ' ');
    if trimmed.is_empty() || trimmed.len() > CODE_BYTES_MAX || !trimmed.chars().all(known) {
        return Err(Failure::usage(texts.code_malformed).help(texts.code_missing_help));
    }
    Ok(Zeroizing::new(trimmed.to_owned()))
}

/// The code in its file: the last line that is neither empty nor a comment.
fn code_in(text: &str) -> &str {
    text.lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or_default()
}
