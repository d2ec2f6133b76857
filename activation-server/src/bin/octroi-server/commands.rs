//! The commands that write and read the books.

use std::path::Path;

use jiff::civil::{Date, date};
use octroi_licence::{Announcement, CivilDay, CivilSeconds, Days, LicenceId, PublicKey};
use octroi_server::Entry;
use octroi_vendor::ActivationCode;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    cli::{AnnounceArgs, DocumentsCommand, ImportArgs, RecordArgs},
    failure::Failure,
    files::{self, SMALL_BYTES_MAX},
    output::{Report, warn},
    text,
    world::World,
};

pub(crate) fn pin(world: &World) -> Result<Report, Failure> {
    let pin = hex::encode(World::tls(&world.config()?)?.pin()?);
    Ok(Report {
        json: json!({ "key_pin": pin }),
        text: pin,
    })
}

pub(crate) async fn import(world: &World, args: &ImportArgs) -> Result<Report, Failure> {
    let (kind, signed) = files::read_document(&args.file)?;
    let code = code_of(args)?;
    let books = world.books().await?;
    let entry = books
        .add(kind, &signed, code.as_ref(), world.now())
        .await
        .map_err(|error| Failure::from(error).context(args.file.display().to_string()))?;
    let Report { text, mut json } = added(&entry);
    let known = if code.is_some() {
        "known"
    } else {
        "not known: by file only"
    };
    if let Some(object) = json.as_object_mut() {
        object.insert("code_known".to_owned(), code.is_some().into());
    }
    Ok(Report {
        text: format!("{text}\nactivation code: {known}"),
        json,
    })
}

/// The activation code, from the file that is named or that lies beside the licence.
fn code_of(args: &ImportArgs) -> Result<Option<ActivationCode>, Failure> {
    if args.no_code {
        return Ok(None);
    }
    let beside = args.file.with_extension("code");
    let file = args.code_file.as_deref().unwrap_or(&beside);
    if args.code_file.is_none() && !file.exists() {
        warn(&format!(
            "no activation code: {} is not there; state --code-file",
            file.display()
        ));
        return Ok(None);
    }
    let text = Zeroizing::new(files::read_text(file, SMALL_BYTES_MAX)?);
    text.parse()
        .map(Some)
        .map_err(|error| Failure::new(error).context(file.display().to_string()))
}

fn added(entry: &Entry) -> Report {
    let subject = entry.licence.as_ref().map_or_else(
        || "the vendor".to_owned(),
        |licence| format!("licence {licence}"),
    );
    let before = if entry.repeated {
        " (was there before)"
    } else {
        ""
    };
    if !entry.deliverable {
        warn("the document is too large for a receipt: hand it over by file");
    }
    Report {
        text: format!(
            "{subject}: {}, number {}{before}\ndigest: {}",
            entry.kind, entry.sequence, entry.digest
        ),
        json: json!({
            "kind": entry.kind.name(),
            "licence": entry.licence,
            "sequence": entry.sequence,
            "digest": entry.digest.to_string(),
            "repeated": entry.repeated,
            "deliverable": entry.deliverable,
        }),
    }
}

pub(crate) async fn accept(world: &World, args: &RecordArgs) -> Result<Report, Failure> {
    let at = instant(world, args);
    world.books().await?.accept(&args.licence, at).await?;
    Ok(recorded("terms accepted", &args.licence, at))
}

pub(crate) async fn paid(world: &World, args: &RecordArgs) -> Result<Report, Failure> {
    let at = instant(world, args);
    world.books().await?.pay(&args.licence, at).await?;
    Ok(recorded("payment validated", &args.licence, at))
}

fn instant(world: &World, args: &RecordArgs) -> CivilSeconds {
    args.at
        .map_or_else(|| world.now(), |at| CivilSeconds(at.as_second()))
}

fn recorded(what: &str, licence: &LicenceId, at: CivilSeconds) -> Report {
    Report {
        text: format!("licence {licence}: {what} on {}", text::instant(at)),
        json: json!({ "licence": licence, "recorded": what, "at": at }),
    }
}

pub(crate) async fn show(world: &World, licence: Option<&LicenceId>) -> Result<Report, Failure> {
    let books = world.books().await?;
    let overview = books.overview(licence, world.now()).await?;
    Ok(Report {
        text: text::overview(&overview),
        json: json!({ "licences": overview }),
    })
}

pub(crate) async fn documents(world: &World, command: DocumentsCommand) -> Result<Report, Failure> {
    let DocumentsCommand::Add { file } = command;
    let (kind, signed) = files::read_document(&file)?;
    let books = world.books().await?;
    let entry = books
        .add(kind, &signed, None, world.now())
        .await
        .map_err(|error| Failure::from(error).context(file.display().to_string()))?;
    Ok(added(&entry))
}

pub(crate) async fn announce(world: &World, args: AnnounceArgs) -> Result<Report, Failure> {
    let announcement = Announcement {
        number: 0,
        kind: args.kind,
        text: args.text,
        due: args.due.map(day).transpose()?,
        version: args.version,
        product: args.product,
        effective: args.effective.map(day).transpose()?,
    };
    let books = world.books().await?;
    let (licence, notice) = (args.licence.as_ref(), Days(args.notice_days));
    let number = books
        .announce_ahead(&announcement, licence, notice, world.now())
        .await?;
    Ok(Report {
        text: format!("announcement {number}: receipts bring it from now on"),
        json: json!({ "number": number }),
    })
}

pub(crate) async fn announcements(world: &World) -> Result<Report, Failure> {
    let books = world.books().await?;
    let announcements = books.announcements().await?;
    Ok(Report {
        text: text::announcements(&announcements),
        json: json!({ "announcements": announcements }),
    })
}

fn day(due: Date) -> Result<CivilDay, Failure> {
    let epoch = date(1970, 1, 1);
    let days = due.since(epoch).ok().map(|span| span.get_days());
    days.and_then(|days| u32::try_from(days).ok())
        .filter(|days| *days > 0)
        .map(CivilDay)
        .ok_or_else(|| Failure::words(format!("{due} is no day that a document can state")))
}

pub(crate) async fn unlock(world: &World, licence: &LicenceId) -> Result<Report, Failure> {
    let attempts = world.books().await?.unlock(licence).await?;
    Ok(Report {
        text: format!("licence {licence} unlocked after {attempts} wrong codes"),
        json: json!({ "licence": licence, "failed_attempts": attempts }),
    })
}

pub(crate) async fn write_off(
    world: &World,
    licence: &LicenceId,
    daemon: &PublicKey,
) -> Result<Report, Failure> {
    world.books().await?.write_off(licence, daemon).await?;
    Ok(Report {
        text: format!(
            "licence {licence}: the share of daemon {} is free again",
            daemon.id().short()
        ),
        json: json!({ "licence": licence, "daemon_key": daemon.to_string() }),
    })
}

pub(crate) async fn backup(world: &World, file: &Path) -> Result<Report, Failure> {
    let books = world.books().await?;
    // Made beforehand, so that nobody else can read what is copied into it.
    files::write_private(file, &[])?;
    books.back_up(file).await?;
    Ok(Report {
        text: format!("copied to {}", file.display()),
        json: json!({ "file": file }),
    })
}
