//! `octroi lint`: reads documents and says what is wrong or odd about them, before anybody installs
//! them. Verified under a root that is at hand, and under the daemon's trust where it answers; what
//! nobody can verify is read all the same, and said to be so. It changes nothing.

mod content;
mod finding;
mod read;

use std::path::Path;

use octroi_licence::{
    CivilSeconds, DocumentError, DocumentKind, TrustedRoot, VendorRoot, verify_self_signed,
};
use octroi_proto::admin::v1::{InstallOutcome, PreviewInstallResponse, StatusResponse};
use serde_json::{Value, json};

pub(crate) use self::finding::Code;
use self::{content::Here, finding::Finding};
use super::{
    Context, Done,
    args::Lint,
    client::Admin,
    doctor::State,
    document::DocumentFile,
    dry_run,
    exit::Exit,
    failure::{Failure, code_of},
    format::{self, plain},
    text::lint::{LintTexts, texts},
};
use crate::{clock::civil_now, config::Configuration};

/// One file and what was found in it.
struct Linted {
    name: String,
    file: Option<DocumentFile>,
    /// Somebody vouched for it.
    verified: bool,
    findings: Vec<Finding>,
}

/// Looks at every file.
pub(super) async fn lint(arguments: &Lint, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let root = match &arguments.vendor_root {
        Some(path) => Some(root_in(path, context)?),
        None => None,
    };
    let mut linted: Vec<Linted> = Vec::new();
    for path in &arguments.files {
        linted.push(read_file(path, context));
    }
    let status = if arguments.offline {
        None
    } else {
        ask_status(context).await
    };
    let roots: Vec<TrustedRoot> = root.into_iter().chain(known_roots(context)).collect();
    let site = Configuration::read(&context.paths.configuration());
    let zone = context.zone.clone();
    let here = Here {
        now: now(status.as_ref()),
        site: site.ok().and_then(|configuration| configuration.site),
        at: &move |seconds| format::local_seconds(&zone, seconds),
    };
    for one in &mut linted {
        content(one, &roots, status.as_ref(), &here);
    }
    if status.is_some() {
        against_daemon(&mut linted, context).await?;
    }
    for one in &mut linted {
        let installable = one
            .file
            .as_ref()
            .is_some_and(|file| is_signed_by_vendor(file.kind));
        let told = [
            Code::NotTrusted,
            Code::AnotherVendor,
            Code::NotAccepted,
            Code::TermInvalid,
            Code::DaemonTooOld,
            Code::Damaged,
        ];
        let known_bad = one
            .findings
            .iter()
            .any(|finding| told.contains(&finding.code));
        if installable && !one.verified && !known_bad {
            one.findings.push(Finding::new(Code::NotVerified, "", ""));
        }
        one.findings.dedup();
    }
    let words = texts(context.language);
    Ok(Done::Judged {
        text: readable(&linted, words, context),
        json: Value::Array(linted.iter().map(|one| as_json(one, words)).collect()),
        exit: exit(&linted),
    })
}

fn read_file(path: &Path, context: &mut Context<'_, '_>) -> Linted {
    let mut one = Linted {
        name: path.display().to_string(),
        file: None,
        verified: false,
        findings: Vec::new(),
    };
    match DocumentFile::read(path, context) {
        Ok(file) => one.file = Some(file),
        Err(failure) => {
            let code = match failure.exit {
                Exit::Document => Code::Damaged,
                _ => Code::Unreadable,
            };
            let said = failure.said(context.texts);
            one.findings.push(Finding::new(code, "", said));
        }
    }
    one
}

/// A root that the caller names.
fn root_in(path: &Path, context: &mut Context<'_, '_>) -> Result<TrustedRoot, Failure> {
    let file = DocumentFile::read(path, context)?;
    verify_self_signed::<VendorRoot>(&file.signed)
        .map(|root| TrustedRoot::accepted(&root))
        .map_err(|error| {
            let texts = &context.texts.document;
            Failure::new(
                Exit::Document,
                "DOCUMENT_DAMAGED",
                (texts.damaged)(&file.name),
            )
            .because(&error)
            .help(texts.damaged_help)
        })
}

/// The roots that the administrator trusted, where this user may read them.
fn known_roots(context: &mut Context<'_, '_>) -> Vec<TrustedRoot> {
    let Ok(entries) = std::fs::read_dir(context.paths.realms()) else {
        return Vec::new();
    };
    let files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path().join("root.pub")))
        .collect();
    let mut roots = Vec::new();
    for file in files {
        roots.extend(root_in(&file, context));
    }
    roots
}

/// The daemon's status, if it answers; without one the documents are read all the same.
async fn ask_status(context: &mut Context<'_, '_>) -> Option<StatusResponse> {
    let mut admin = Admin::connect(context).await.ok()?;
    admin.status(context).await.ok()
}

/// The daemon's clock, which judges dates; else this machine's.
fn now(status: Option<&StatusResponse>) -> CivilSeconds {
    let clock = status.and_then(|status| status.clock.as_ref());
    clock.map_or_else(civil_now, |clock| {
        CivilSeconds(clock.civil_ms.div_euclid(1000))
    })
}

/// What the document says, and under which of the roots at hand it was signed.
fn content(
    one: &mut Linted,
    roots: &[TrustedRoot],
    status: Option<&StatusResponse>,
    here: &Here<'_>,
) {
    let Some(file) = &one.file else { return };
    let (kind, signed) = (file.kind, &file.signed);
    one.findings
        .extend(content::findings(kind, &signed.payload, here));
    one.findings.extend(read::signer(kind, signed, here.at));
    let own = read::self_signed(kind, signed);
    if let Some(verified) = own {
        one.verified = verified.is_ok();
        one.findings
            .extend(verified.err().map(|error| refused(&error)));
    }
    let mut refusals = Vec::new();
    for root in roots {
        match read::verified(kind, signed, root) {
            Some(Ok(())) => {
                one.verified = true;
                refusals.clear();
                break;
            }
            Some(Err(error)) => refusals.push(refused(&error)),
            None => break,
        }
    }
    // A reason that is about the document tells more than that another vendor did not sign it.
    let telling = refusals.iter().position(|one| one.code != Code::NotTrusted);
    if !refusals.is_empty() {
        let refusal = refusals.swap_remove(telling.unwrap_or(0));
        // A mistake in the terms was found by reading them already.
        if one.findings.iter().all(|known| known.code != refusal.code) {
            one.findings.push(refusal);
        }
    }
    let special = match kind {
        DocumentKind::VendorRoot => {
            let root = verify_self_signed::<VendorRoot>(signed).ok();
            let fingerprint = root.map(|root| root.document().public_key.id().to_string());
            fingerprint.and_then(|fingerprint| {
                let realms = status.iter().flat_map(|status| &status.realms);
                let mut trusted = realms.map(|realm| &realm.root_fingerprint);
                let known = trusted.any(|known| *known == fingerprint);
                (!known).then(|| Finding::new(Code::RootNotTrusted, "public_key", fingerprint))
            })
        }
        DocumentKind::ActivationRequest
        | DocumentKind::UsageReport
        | DocumentKind::EndOfUseCertificate => Some(Finding::new(Code::GoesToVendor, "", "")),
        DocumentKind::Receipt => Some(Finding::new(Code::ReceiptImport, "", "")),
        DocumentKind::KeyCertificate => {
            Some(Finding::new(Code::KindNotInstalled, "", kind.to_string()))
        }
        _ => None,
    };
    one.findings.extend(special);
}

fn refused(error: &DocumentError) -> Finding {
    let code = match error {
        DocumentError::Untrusted { .. } => Code::NotTrusted,
        DocumentError::AnotherVendor { .. } => Code::AnotherVendor,
        DocumentError::TooNew { .. } => Code::DaemonTooOld,
        DocumentError::Term { .. } => Code::TermInvalid,
        DocumentError::Malformed { .. } => Code::Damaged,
        _ => Code::NotAccepted,
    };
    Finding::new(code, "", crate::text::sentence(error))
}

/// Tries the documents out at the daemon, each after those before it that it would accept.
async fn against_daemon(
    linted: &mut [Linted],
    context: &mut Context<'_, '_>,
) -> Result<(), Failure> {
    let mut accepted: Vec<DocumentFile> = Vec::new();
    for one in linted {
        let Some(file) = one.file.take_if(|file| is_installed(file.kind)) else {
            continue;
        };
        accepted.push(file);
        let answer = dry_run::ask(&accepted, context).await?;
        let judged = judge(&answer, one, context);
        // It goes back to where it came from; the daemon sees it again only if it would accept it.
        match (judged, accepted.pop()) {
            (true, Some(file)) => {
                accepted.push(file.clone());
                one.file = Some(file);
            }
            (_, file) => one.file = file,
        }
    }
    Ok(())
}

/// What the daemon said of the last document; whether it would accept it.
fn judge(answer: &PreviewInstallResponse, one: &mut Linted, context: &Context<'_, '_>) -> bool {
    let Some(document) = answer.documents.last() else {
        return false;
    };
    if let Some(refusal) = &document.refusal {
        let explained = super::refusal::explained(refusal, context.texts, &context.zone);
        let name = code_of(refusal).as_str_name();
        let said = super::refusal::said(&explained);
        let said = format!("{name}{}{said}", context.texts.colon);
        one.verified = true;
        one.findings.push(Finding::new(Code::NotAccepted, "", said));
        return false;
    }
    let Some(installed) = &document.installed else {
        let code = match document.problem_code.as_str() {
            "DOCUMENT_NOT_TRUSTED" => Code::NotTrusted,
            "DOCUMENT_OF_ANOTHER_KIND" => Code::KindNotInstalled,
            _ => Code::Damaged,
        };
        // Somebody may trust it: a root that the caller named.
        if one.findings.iter().all(|finding| finding.code != code) {
            let problem = document.problem.clone();
            one.findings.push(Finding::new(code, "", problem));
        }
        return false;
    };
    one.verified = true;
    one.findings
        .retain(|finding| finding.code != Code::NotTrusted);
    match installed.outcome() {
        InstallOutcome::AlreadyInstalled => {
            let digest = installed.digest.clone();
            one.findings
                .push(Finding::new(Code::AlreadyInstalled, "", digest));
        }
        InstallOutcome::Pending => {
            let notes = installed.notes.join(" ");
            one.findings
                .push(Finding::new(Code::Gap, "frame.sequence", notes));
        }
        InstallOutcome::AwaitsAcceptance => {
            let digest = installed.digest.clone();
            one.findings
                .push(Finding::new(Code::AwaitsAcceptance, "", digest));
        }
        InstallOutcome::Applied | InstallOutcome::Unspecified => {}
    }
    let lost = answer.changes.as_ref().map_or(0, |all| all.seats.len());
    if lost > 0 {
        one.findings
            .push(Finding::new(Code::TakesSeats, "", lost.to_string()));
    }
    true
}

/// Kinds that `octroi install` takes.
fn is_installed(kind: DocumentKind) -> bool {
    matches!(
        kind,
        DocumentKind::Licence
            | DocumentKind::ActivationCertificate
            | DocumentKind::Order
            | DocumentKind::RevocationList
            | DocumentKind::Amendment
            | DocumentKind::EscrowRelease
    )
}

fn is_signed_by_vendor(kind: DocumentKind) -> bool {
    is_installed(kind) || matches!(kind, DocumentKind::Receipt | DocumentKind::KeyCertificate)
}

fn exit(linted: &[Linted]) -> Exit {
    let findings = || linted.iter().flat_map(|one| &one.findings);
    let any = |state| findings().any(|finding| finding.code.about().1 == state);
    if any(State::Failed) {
        Exit::ChecksFailed
    } else if any(State::Warning) {
        Exit::ChecksWarn
    } else {
        Exit::Ok
    }
}

fn readable(linted: &[Linted], words: &LintTexts, context: &Context<'_, '_>) -> String {
    let mut text = String::new();
    for one in linted {
        let kind = one.file.as_ref().map(|file| {
            let licence = read::frame(&file.signed.payload);
            let licence = licence.map(|frame| frame.licence_id).unwrap_or_default();
            let kind = (context.texts.document.kind)(file.kind);
            format!("{}{kind} {licence}", context.texts.colon)
        });
        let mut head = format!("{}{}", one.name, kind.unwrap_or_default());
        if one.verified {
            head = format!("{} ({})", head.trim_end(), words.verified);
        }
        let mut line = |indent: usize, line: &str| {
            text.push_str(&" ".repeat(indent));
            text.push_str(plain(line).trim_end());
            text.push('\n');
        };
        line(0, &head);
        for finding in &one.findings {
            let (name, state) = finding.code.about();
            let told = (words.finding)(finding.code);
            let state = (words.state)(state);
            let mut said = format!("{state}  {name}{}{}", context.texts.colon, told.what);
            for part in [&finding.found, &finding.place] {
                if !part.is_empty() {
                    said.extend([" [", part.as_str(), "]"]);
                }
            }
            line(2, &said);
            line(4, told.why);
            line(4, &format!("{}{}", context.texts.help_label, told.next));
        }
        if one.findings.is_empty() {
            line(2, words.nothing);
        }
    }
    text
}

fn as_json(one: &Linted, words: &LintTexts) -> Value {
    let findings = one.findings.iter().map(|finding| {
        let (name, state) = finding.code.about();
        let told = (words.finding)(finding.code);
        json!({
            "code": name,
            "state": match state {
                State::Ok => "note",
                State::Warning => "warning",
                State::Failed => "failed",
                State::NotChecked => "not_checked",
            },
            "where": (!finding.place.is_empty()).then_some(&finding.place),
            "found": (!finding.found.is_empty()).then_some(&finding.found),
            "what": told.what,
            "why": told.why,
            "do": told.next,
        })
    });
    json!({
        "file": one.name,
        "kind": one.file.as_ref().map(|file| file.kind.name()),
        "verified": one.verified,
        "findings": findings.collect::<Vec<_>>(),
    })
}
