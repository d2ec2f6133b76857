//! `octroi diagnose`: what the vendor's support asks for where it cannot look itself (clause T15): the
//! description, the whole configuration, logs, and every piece of third-party software. For
//! administrators alone, plain text to be read before it is handed over, redacted unless told otherwise;
//! the ledger tells that it was written, of which files, and how much was left unredacted. Nothing is sent.

mod machine;
mod redact;

use std::{
    collections::VecDeque,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use octroi_licence::VendorId;
use octroi_proto::admin::v1::{
    RecordDiagnosisRequest, RecordDiagnosisResponse, SeatsRequest, SeatsResponse,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use self::redact::{Keep, Redactor};
use super::{
    Context, Done,
    args::Doctor,
    args_news::Diagnose,
    client::Admin,
    doctor,
    failure::Failure,
    format::plain,
    status,
    text::news::{self, NewsTexts},
};
use crate::ledger::{FolderDisk, read_described};

/// Records of the ledger, the newest.
const RECORDS: usize = 1_000;
/// Bytes of a description that is read.
const DESCRIPTION_BYTES_MAX: u64 = 64 << 10;

/// A file of the bundle.
struct Part {
    name: String,
    text: String,
}

impl Part {
    fn new(name: &str, text: String) -> Self {
        Self {
            name: name.to_owned(),
            text,
        }
    }

    fn json(name: &str, value: &Value) -> Self {
        Self::new(name, format!("{value:#}\n"))
    }
}

pub(super) async fn diagnose(
    arguments: &Diagnose,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = news::texts(context.language);
    if let Some(folder) = &arguments.output
        && folder.exists()
    {
        let message = (texts.bundle_exists)(&folder.display().to_string());
        return Err(Failure::other(message).help(texts.bundle_exists_help));
    }
    let description = description(arguments, texts, context)?;
    // Whoever may not ask the daemon may not have its diagnosis either.
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let seats = seats(&mut admin, &vendor, context).await?;
    let keep = Keep {
        users: arguments.include_users,
        hosts: arguments.include_hosts,
        paths: arguments.include_paths,
    };
    let people = seats.seats.iter().map(|seat| seat.user.clone());
    let people = people.chain(machine::people());
    let host = machine::host_name();
    let short = host.split('.').next().unwrap_or_default().to_owned();
    let mut redactor = Redactor::new(keep, people, [host, short]);
    let mut parts = gather(&description, &vendor, &seats, keep, context).await?;
    for part in &mut parts {
        part.text = redactor.text(&part.text);
    }
    // Package names and versions point to nobody, and a version may look like an address.
    parts.push(Part::json("third-party.json", &machine::third_party()));
    let sums = sums_of(&parts);
    let promised = if arguments.preview {
        RecordDiagnosisResponse::default()
    } else {
        record(&mut admin, &vendor, arguments, &sums, context).await?
    };
    let manifest = manifest(&vendor, arguments, &promised, &redactor);
    parts.push(Part::new("SHA256SUMS", sums));
    parts.insert(0, Part::json("manifest.json", &manifest));
    let written = match &arguments.output {
        Some(folder) => {
            write(folder, &parts, texts)?;
            (texts.bundle_written)(parts.len(), &folder.display().to_string())
        }
        None => (texts.bundle_previewed)(parts.len()),
    };
    let (users, hosts, paths) = redactor.replaced();
    let label = context.texts.help_label;
    let previewed = parts.iter().filter(|_| arguments.preview);
    let previewed: Vec<String> = previewed
        .map(|part| format!("==> {}\n{}\n", part.name, shown(&part.text)))
        .collect();
    let text = format!(
        "{}{}\n{written}\n{}\n{label}{}\n",
        previewed.concat(),
        texts.confidential,
        (texts.bundle_redacted)(users, hosts, paths),
        texts.bundle_next
    );
    let files: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    Ok(Done::Answer {
        text,
        json: json!({
            "folder": arguments.output.as_ref().map(|folder| folder.display().to_string()),
            "files": files,
            "recorded": !arguments.preview,
            "manifest": manifest,
            "contents": arguments.preview.then(|| contents(&parts)),
        }),
    })
}

/// Control characters could rule the terminal; line ends are meant.
fn shown(text: &str) -> String {
    text.lines().map(|line| plain(line) + "\n").collect()
}

fn contents(parts: &[Part]) -> Value {
    let all = parts.iter();
    all.map(|part| (part.name.clone(), Value::String(part.text.clone())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn description(
    arguments: &Diagnose,
    texts: &NewsTexts,
    context: &mut Context<'_, '_>,
) -> Result<String, Failure> {
    let mut text = arguments.description.clone();
    if text == "-" {
        text.clear();
        let input = &mut *context.console.input;
        let read = io::Read::take(input, DESCRIPTION_BYTES_MAX);
        io::read_to_string(read)
            .map(|read| text = read)
            .map_err(|error| Failure::other(texts.description_empty).because(&error))?;
    }
    if text.trim().is_empty() {
        return Err(Failure::usage(texts.description_empty).help(texts.description_help));
    }
    Ok(text)
}

async fn seats(
    admin: &mut Admin,
    vendor: &str,
    context: &Context<'_, '_>,
) -> Result<SeatsResponse, Failure> {
    let request = SeatsRequest {
        vendor: vendor.to_owned(),
        ..SeatsRequest::default()
    };
    admin
        .call(
            context,
            async |client| client.seats(request).await,
            |_| None,
        )
        .await
}

async fn gather(
    description: &str,
    vendor: &str,
    seats: &SeatsResponse,
    keep: Keep,
    context: &mut Context<'_, '_>,
) -> Result<Vec<Part>, Failure> {
    let status = Admin::connect(context).await?.status(context).await?;
    let mut told = status::json::status(&status);
    // Another vendor's licences are none of this one's business.
    if let Some(realms) = told.get_mut("realms").and_then(Value::as_array_mut) {
        realms.retain(|realm| realm["vendor"] == vendor);
    }
    let several = status.realms.len() > 1;
    let mut checks = doctor::findings(&Doctor { offline: true }, context).await;
    if several {
        checks.retain(|check| !names_another(check, vendor, &status.realms));
    }
    let held = seats.seats.iter().map(|seat| {
        json!({
            "licence": seat.licence_id,
            "feature": seat.feature,
            "units": seat.units,
            "user": seat.user,
            "product": seat.product,
            "version": seat.version,
        })
    });
    let held: Vec<Value> = held.collect();
    let configuration = read(&context.paths.configuration());
    let users = if keep.users {
        read(&context.paths.users())
    } else {
        "left out: it names people (--include-users)\n".to_owned()
    };
    let logs = match context.root {
        None => machine::journal(),
        Some(_) => {
            "a daemon with --root writes to its standard error, not to the journal\n".to_owned()
        }
    };
    Ok(vec![
        Part::new("description.txt", format!("{}\n", description.trim_end())),
        Part::json("doctor.json", &Value::Array(checks)),
        Part::json("status.json", &told),
        Part::json("seats.json", &Value::Array(held)),
        Part::new("configuration/octroid.toml", configuration),
        Part::new("configuration/users.toml", users),
        Part::new("logs/journal.txt", logs),
        Part::new("logs/ledger.jsonl", ledger(vendor, context)),
        Part::json("system.json", &machine::system()),
    ])
}

fn names_another(
    check: &Value,
    vendor: &str,
    realms: &[octroi_proto::admin::v1::RealmStatus],
) -> bool {
    let text = check.to_string();
    let mut others = realms.iter().filter(|realm| realm.vendor != vendor);
    others.any(|realm| {
        let mut licences = realm.licences.iter();
        text.contains(&realm.vendor) || licences.any(|one| text.contains(&one.licence_id))
    })
}

fn read(path: &Path) -> String {
    match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            "there is none: defaults hold\n".to_owned()
        }
        Err(error) => format!("cannot be read: {error}\n"),
    }
}

/// The newest records of the vendor's ledger, in which people stand under pseudonyms.
fn ledger(vendor: &str, context: &Context<'_, '_>) -> String {
    let Ok(vendor) = vendor.parse::<VendorId>() else {
        return String::new();
    };
    let folder = context.paths.realm(&vendor).ledger();
    let mut newest: VecDeque<String> = VecDeque::with_capacity(RECORDS);
    let found = read_described(&FolderDisk::new(&folder), &mut |_, _, described| {
        if newest.len() == RECORDS {
            newest.pop_front();
        }
        newest.push_back(described().to_string());
    });
    match found {
        Ok(()) => newest.into_iter().map(|line| line + "\n").collect(),
        Err(error) => format!("the ledger cannot be read: {error}\n"),
    }
}

async fn record(
    admin: &mut Admin,
    vendor: &str,
    arguments: &Diagnose,
    sums: &str,
    context: &Context<'_, '_>,
) -> Result<RecordDiagnosisResponse, Failure> {
    let request = RecordDiagnosisRequest {
        vendor: vendor.to_owned(),
        digest: Sha256::digest(sums).to_vec(),
        severity: arguments.severity.clone(),
        includes_users: arguments.include_users,
        includes_hosts: arguments.include_hosts,
        includes_paths: arguments.include_paths,
    };
    let mut client = admin.news();
    admin
        .call(
            context,
            async |_| client.record_diagnosis(request).await,
            |_| None,
        )
        .await
}

fn manifest(
    vendor: &str,
    arguments: &Diagnose,
    promised: &RecordDiagnosisResponse,
    redactor: &Redactor,
) -> Value {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (users, hosts, paths) = redactor.replaced();
    json!({
        "confidential": true,
        "for": "the vendor's support, levels 2 and 3; handed over by an administrator",
        "vendor": vendor,
        "severity": text(&arguments.severity),
        "severity_name": text(&promised.severity_name),
        "respond": text(&promised.respond),
        "restore": text(&promised.restore),
        "contact": text(&promised.contact),
        "includes": {
            "users": arguments.include_users,
            "hosts": arguments.include_hosts,
            "paths": arguments.include_paths,
        },
        "replaced": { "users": users, "hosts": hosts, "paths": paths },
    })
}

/// A new folder that its owner alone can read.
fn write(folder: &Path, parts: &[Part], texts: &NewsTexts) -> Result<(), Failure> {
    let unwritable = |path: &Path, error: &io::Error| {
        Failure::other((texts.bundle_unwritable)(&path.display().to_string())).because(error)
    };
    let make = |path: &Path| {
        let made = DirBuilder::new().mode(0o700).create(path);
        made.map_err(|error| unwritable(path, &error))
    };
    make(folder)?;
    for inner in ["configuration", "logs"] {
        make(&folder.join(inner))?;
    }
    for part in parts {
        let path = folder.join(&part.name);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(part.text.as_bytes()))
            .map_err(|error| unwritable(&path, &error))?;
    }
    Ok(())
}

/// Checksums of the parts, as `sha256sum --check` reads them.
fn sums_of(parts: &[Part]) -> String {
    let lines: Vec<String> = parts
        .iter()
        .map(|part| {
            format!(
                "{}  {}\n",
                hex::encode(Sha256::digest(&part.text)),
                part.name
            )
        })
        .collect();
    lines.concat()
}
