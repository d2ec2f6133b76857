//! `octroi ledger`: verifies and writes out a ledger straight from its folder, so that it can be
//! checked where no daemon runs, or where the daemon is not believed. Nothing is ever changed.

use std::{
    fmt, fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use octroi_proto::admin::v1::{ExportMark, ExportedThing, RecordExportRequest};
use serde_json::{Value, json};

use super::{
    Context, Done,
    args::{LedgerExport, LedgerFolder},
    client::Admin,
    document,
    exit::Exit,
    failure::Failure,
    progress::Bar,
    text::{Messages, registers},
};
use crate::ledger::{self, Access, Disk, FolderDisk, LedgerError, LedgerFile, Report, Seq, Tail};
use crate::marking::confidential;

/// Exports hold pseudonyms and all that was done under them.
const EXPORT_MODE: u32 = 0o600;

/// Checks a ledger from its first byte to its last.
pub(super) fn verify(
    arguments: &LedgerFolder,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let folder = folder(arguments, context)?;
    let texts = context.texts;
    let report = check(&folder, context).map_err(|error| failure(&error, &folder, texts))?;
    Ok(Done::Answer {
        text: readable(&report, &folder, texts),
        json: json(&report, &folder),
    })
}

/// Checks a ledger as [`verify`] does; progress is shown.
pub(super) fn check(folder: &Path, context: &Context<'_, '_>) -> Result<Report, LedgerError> {
    ledger::verify(&WatchedDisk::new(folder, context))
}

/// Writes every record as a line of JSON after a line that marks them, or one record with its proof.
/// The daemon records the export first, where it is there; a ledger that lies elsewhere is nobody's here.
pub(super) async fn export(
    arguments: &LedgerExport,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let (folder, vendor) = located(&arguments.ledger, context)?;
    let mark = match &vendor {
        Some(vendor) => recorded(vendor, arguments, context).await?,
        None => unrecorded("", arguments),
    };
    let texts = context.texts;
    let disk = WatchedDisk::new(&folder, context);
    let marked = |value: &Value, output: &mut dyn Write| {
        serde_json::to_writer(&mut *output, value)
            .map_err(io::Error::from)
            .and_then(|()| output.write_all(b"\n"))
            .map_err(unwritten)
    };
    let write = |output: &mut dyn Write| -> Result<(), LedgerError> {
        let Some(sequence) = arguments.excerpt else {
            marked(&json!({ "confidential": confidential(&mark) }), output)?;
            return ledger::export(&disk, output);
        };
        let mut excerpt = ledger::excerpt(&disk, Seq(sequence))?;
        if let Value::Object(fields) = &mut excerpt {
            fields.insert("confidential".to_owned(), confidential(&mark));
        }
        serde_json::to_writer_pretty(&mut *output, &excerpt)
            .map_err(io::Error::from)
            .and_then(|()| output.write_all(b"\n"))
            .and_then(|()| output.flush())
            .map_err(unwritten)
    };
    let Some(path) = &arguments.output else {
        // The records are the output: no object may follow them.
        context.json = false;
        let mut output = BufWriter::new(&mut *context.console.output);
        return match write(&mut output) {
            Err(LedgerError::Io { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {
                Ok(Done::Written)
            }
            Err(error) => Err(failure(&error, &folder, texts)),
            Ok(()) => Ok(Done::Written),
        };
    };
    document::write_new(path, EXPORT_MODE, texts, |file| {
        write(&mut BufWriter::new(file)).map_err(|error| failure(&error, &folder, texts))
    })?;
    drop(disk);
    let path = path.display().to_string();
    let json = json!({
        "folder": folder.display().to_string(),
        "file": path,
        "export_record": (mark.record != 0).then_some(mark.record),
    });
    Ok(Done::Answer {
        text: format!("{}\n", (texts.ledger.words.written)(&path)),
        json,
    })
}

fn unwritten(source: io::Error) -> LedgerError {
    let (action, subject) = ("write", "the export".to_owned());
    LedgerError::Io {
        action,
        subject,
        source,
    }
}

/// Has the daemon record the export. Without one, or where it cannot write its ledger, the ledger is
/// written out all the same: that is when one looks into it.
async fn recorded(
    vendor: &str,
    arguments: &LedgerExport,
    context: &mut Context<'_, '_>,
) -> Result<ExportMark, Failure> {
    let what = match arguments.excerpt {
        Some(_) => ExportedThing::Excerpt,
        None => ExportedThing::Ledger,
    };
    let request = RecordExportRequest {
        vendor: vendor.to_owned(),
        what: what.into(),
        purpose: arguments.purpose.purpose.clone(),
    };
    let asked = async {
        let mut admin = Admin::connect(context).await?;
        let mut client = admin.registers();
        let call = async |_: &mut _| client.record_export(request).await;
        admin.call(context, call, |_| None).await
    };
    match asked.await {
        Ok(mark) => Ok(mark),
        Err(failure) if matches!(failure.exit, Exit::DaemonAbsent | Exit::Refused) => {
            let said = registers::texts(context.language).not_recorded;
            let label = context.texts.help_label;
            context.console.print_error(&format!("{label}{said}\n"));
            Ok(unrecorded(vendor, arguments))
        }
        Err(failure) => Err(failure),
    }
}

fn unrecorded(vendor: &str, arguments: &LedgerExport) -> ExportMark {
    let uid = nix::unistd::geteuid();
    let account = nix::unistd::User::from_uid(uid).ok().flatten();
    ExportMark {
        vendor: vendor.to_owned(),
        record: 0,
        by: account.map_or_else(|| uid.to_string(), |account| account.name),
        at_ms: jiff::Timestamp::now().as_millisecond(),
        purpose: arguments.purpose.purpose.clone(),
    }
}

/// The folder named, the vendor's, or the only one there is; and whose it is, where it is a realm's here.
fn located(
    arguments: &LedgerFolder,
    context: &Context<'_, '_>,
) -> Result<(PathBuf, Option<String>), Failure> {
    let folder = folder(arguments, context)?;
    let vendor = match (&arguments.folder, &arguments.vendor) {
        (Some(_), _) => None,
        (None, Some(vendor)) => Some(vendor.to_string()),
        // The only realm: its folder bears the vendor's name.
        (None, None) => {
            let realm = folder.parent().and_then(Path::file_name);
            realm.and_then(|name| Some(name.to_str()?.to_owned()))
        }
    };
    Ok((folder, vendor))
}

/// The folder named, the vendor's, or the only one there is.
fn folder(arguments: &LedgerFolder, context: &Context<'_, '_>) -> Result<PathBuf, Failure> {
    if let Some(folder) = &arguments.folder {
        return Ok(folder.clone());
    }
    if let Some(vendor) = &arguments.vendor {
        return Ok(context.paths.realm(vendor).ledger());
    }
    let realms = context.paths.realms();
    let texts = &context.texts.ledger;
    let shown = realms.display().to_string();
    let entries = match fs::read_dir(&realms) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unreadable(&error, &realms, context.texts)),
        Ok(entries) => entries.filter_map(Result::ok).collect(),
    };
    let mut vendors: Vec<(String, PathBuf)> = entries
        .into_iter()
        .filter_map(|entry| {
            let vendor = entry.file_name().into_string().ok()?.parse().ok()?;
            let ledger = context.paths.realm(&vendor).ledger();
            ledger.is_dir().then(|| (vendor.to_string(), ledger))
        })
        .collect();
    vendors.sort();
    match vendors.len() {
        0 => Err(
            Failure::new(Exit::Failed, "LEDGER_ABSENT", (texts.no_ledger)(&shown))
                .help(texts.no_ledger_help),
        ),
        1 => Ok(vendors.remove(0).1),
        _ => {
            let names: Vec<String> = vendors.into_iter().map(|(vendor, _)| vendor).collect();
            Err(Failure::usage((texts.several)(&names.join(", "))).help(texts.several_help))
        }
    }
}

fn failure(error: &LedgerError, folder: &Path, texts: &Messages) -> Failure {
    let words = &texts.ledger;
    let shown = folder.display().to_string();
    match error {
        LedgerError::Tampered {
            segment,
            offset,
            seq,
            what,
        } => Failure::new(Exit::LedgerTampered, error.code(), (words.tampered)(&shown))
            .because(error)
            .help(words.tampered_help)
            .after(
                "tampered",
                json!({
                    "folder": shown,
                    "segment": segment,
                    "offset": offset,
                    "seq": seq.0,
                    "what": what.to_string(),
                }),
            ),
        LedgerError::NoLedger => {
            Failure::new(Exit::Failed, error.code(), (words.no_ledger)(&shown))
                .help(words.no_ledger_help)
        }
        LedgerError::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            unreadable(source, folder, texts)
        }
        other => Failure::new(Exit::Failed, other.code(), (words.unreadable)(&shown))
            .because(other)
            .help(other.help()),
    }
}

fn unreadable(error: &io::Error, folder: &Path, texts: &Messages) -> Failure {
    let message = (texts.ledger.unreadable)(&folder.display().to_string());
    let (exit, code) = match error.kind() {
        io::ErrorKind::PermissionDenied => (Exit::NotPermitted, "NOT_PERMITTED"),
        _ => (Exit::Failed, "LEDGER_UNREADABLE"),
    };
    Failure::new(exit, code, message)
        .because(error)
        .help(texts.ledger.unreadable_help)
}

fn readable(report: &Report, folder: &Path, texts: &Messages) -> String {
    let words = &texts.ledger.words;
    let mut text = format!("{}\n", (texts.ledger.verified)(report.records.0));
    let mut named = |name: &str, value: &dyn fmt::Display| {
        text.extend([format!("  {name:<20}{value}\n")]);
    };
    named(words.folder, &folder.display());
    named(words.vendor_root, &report.identity.vendor_root);
    named(words.daemon_key, &report.identity.daemon_key);
    named(words.segments, &report.segments);
    named(words.records, &report.records);
    named(words.synced, &report.synced);
    named(words.checkpoints, &report.checkpoints);
    named(words.head, &report.head);
    named(words.root, &hex::encode(report.checkpoint.root));
    if let Tail::Damaged { bytes, .. } = &report.tail {
        text.extend(["  ! ", &(words.tail)(&bytes.to_string()), "\n"]);
    }
    text
}

fn json(report: &Report, folder: &Path) -> Value {
    json!({
        "ledger_ok": true,
        "folder": folder.display().to_string(),
        "vendor_root": report.identity.vendor_root.to_string(),
        "daemon_key": report.identity.daemon_key.to_string(),
        "segments": report.segments,
        "records": report.records.0,
        "synced": report.synced.0,
        "checkpoints": report.checkpoints,
        "head": report.head.to_string(),
        "root": hex::encode(report.checkpoint.root),
        "tail": match &report.tail {
            Tail::Clean => Value::Null,
            Tail::Damaged { segment, from, bytes, what } => json!({
                "segment": segment,
                "from": from.0,
                "bytes": bytes,
                "what": what.to_string(),
            }),
        },
    })
}

/// A ledger's folder that shows how far it was read, and refuses to be changed.
#[derive(Debug)]
struct WatchedDisk {
    folder: FolderDisk,
    reading: Arc<Reading>,
}

#[derive(Debug)]
struct Reading {
    bar: Mutex<Bar>,
    bytes: AtomicU64,
}

impl WatchedDisk {
    fn new(folder: &Path, context: &Context<'_, '_>) -> Self {
        let disk = FolderDisk::new(folder);
        let length = |name: &String| -> Option<u64> {
            fs::metadata(folder.join(name))
                .ok()
                .map(|found| found.len())
        };
        let total = disk
            .names()
            .unwrap_or_default()
            .iter()
            .filter_map(length)
            .sum();
        let bar = Bar::new(
            context.console.progress,
            context.texts.ledger.reading,
            total,
        );
        let reading = Reading {
            bar: Mutex::new(bar),
            bytes: AtomicU64::new(0),
        };
        Self {
            folder: disk,
            reading: Arc::new(reading),
        }
    }
}

fn read_only<T>() -> io::Result<T> {
    Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
}

impl Disk for WatchedDisk {
    fn names(&self) -> io::Result<Vec<String>> {
        self.folder.names()
    }

    fn open(&self, name: &str, _: Access) -> io::Result<Arc<dyn LedgerFile>> {
        let file = self.folder.open(name, Access::Read)?;
        Ok(Arc::new(WatchedFile {
            file,
            reading: self.reading.clone(),
        }))
    }

    fn create(&self, _: &str) -> io::Result<Arc<dyn LedgerFile>> {
        read_only()
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        read_only()
    }

    fn sync_names(&self) -> io::Result<()> {
        read_only()
    }

    fn place(&self) -> String {
        self.folder.place()
    }
}

#[derive(Debug)]
struct WatchedFile {
    file: Arc<dyn LedgerFile>,
    reading: Arc<Reading>,
}

impl LedgerFile for WatchedFile {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(offset, buffer)?;
        let more = u64::try_from(read).unwrap_or(u64::MAX);
        let done = self
            .reading
            .bytes
            .fetch_add(more, Ordering::Relaxed)
            .saturating_add(more);
        self.reading
            .bar
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .at(done);
        Ok(read)
    }

    fn write_at(&self, _: u64, _: &[u8]) -> io::Result<usize> {
        read_only()
    }

    fn cut(&self, _: u64) -> io::Result<()> {
        read_only()
    }

    fn sync(&self) -> io::Result<()> {
        read_only()
    }

    fn allocate(&self, _: u64, _: u64) -> io::Result<()> {
        read_only()
    }
}
