//! Document files: read within bounds, damage named before anything reaches the daemon, and written
//! without overwriting what is there.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use octroi_licence::{
    ARMOURED_BYTES_MAX, DocumentKind, armour, message::SignedDocument, read_armoured,
};
use tonic::{Code, Status};

use super::{Context, exit::Exit, failure::Failure, text::Messages};

/// A document as it was found.
#[derive(Debug, Clone)]
pub(super) struct DocumentFile {
    /// The file's name, for messages.
    pub(super) name: String,
    pub(super) kind: DocumentKind,
    pub(super) signed: SignedDocument,
}

impl DocumentFile {
    /// Reads the one document in a file; `-` is standard input.
    pub(super) fn read(path: &Path, context: &mut Context<'_, '_>) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let bytes = read_bounded(path, ARMOURED_BYTES_MAX, context)?;
        let texts = &context.texts.document;
        match read_armoured(&bytes) {
            Ok((kind, signed)) => Ok(Self { name, kind, signed }),
            Err(error) => {
                let message = (texts.damaged)(&name);
                Err(Failure::new(Exit::Document, "DOCUMENT_DAMAGED", message)
                    .because_of((texts.armour)(&error))
                    .help(texts.damaged_help))
            }
        }
    }

    /// What goes to the daemon: the document alone, without the text that stood around it.
    pub(super) fn armoured(&self) -> String {
        armour(self.kind, &self.signed, "")
    }

    /// What the daemon's answer about this document means.
    pub(super) fn rejected(&self, status: &Status, texts: &Messages) -> Option<Failure> {
        let texts = &texts.document;
        match status.code() {
            Code::InvalidArgument => Some(
                Failure::new(
                    Exit::Document,
                    "DOCUMENT_DAMAGED",
                    (texts.refused)(&self.name),
                )
                .help(texts.damaged_help),
            ),
            Code::Unauthenticated | Code::NotFound => Some(
                Failure::new(
                    Exit::Document,
                    "DOCUMENT_NOT_TRUSTED",
                    (texts.untrusted)(&self.name),
                )
                .help(texts.untrusted_help),
            ),
            _ => None,
        }
    }
}

/// Reads a file of at most `max` bytes; of a larger one nothing is read where its size is known.
pub(super) fn read_bounded(
    path: &Path,
    max: usize,
    context: &mut Context<'_, '_>,
) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    let texts = &context.texts.document;
    let bytes_max = u64::try_from(max).unwrap_or(u64::MAX);
    let too_large = || {
        Failure::new(
            Exit::Document,
            "DOCUMENT_TOO_LARGE",
            (texts.too_large)(&name, bytes_max),
        )
        .help(texts.too_large_help)
    };
    let unreadable = |error: &io::Error| Failure::other((texts.unreadable)(&name)).because(error);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::Read::take(&mut *context.console.input, bytes_max.saturating_add(1))
            .read_to_end(&mut bytes)
    } else {
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        let found = file.metadata().map_err(|error| unreadable(&error))?;
        if found.is_dir() {
            return Err(Failure::other((texts.not_a_file)(&name)));
        }
        if found.len() > bytes_max {
            return Err(too_large());
        }
        file.take(bytes_max.saturating_add(1))
            .read_to_end(&mut bytes)
    };
    read.map_err(|error| unreadable(&error))?;
    if bytes.len() > max {
        Err(too_large())
    } else {
        Ok(bytes)
    }
}

/// Writes a new file with these permissions; one that exists stays as it is, and a half-written one
/// is taken away again.
pub(super) fn write_new(
    path: &Path,
    mode: u32,
    texts: &Messages,
    write: impl FnOnce(&mut File) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let name = path.display().to_string();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::other((texts.document.exists)(&name)).help(texts.document.exists_help)
        }
        _ => Failure::other((texts.document.unwritable)(&name)).because(&error),
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(failed)?;
    let written = write(&mut file).and_then(|()| file.sync_all().map_err(failed));
    if written.is_err() {
        // It is ours, and what is in it is worth nothing.
        fs::remove_file(path).unwrap_or_default();
    }
    written
}

/// Writes all of `bytes` to a new file.
pub(super) fn write_all(
    path: &Path,
    mode: u32,
    texts: &Messages,
    bytes: &[u8],
) -> Result<(), Failure> {
    let unwritable = (texts.document.unwritable)(&path.display().to_string());
    write_new(path, mode, texts, |file| {
        file.write_all(bytes)
            .map_err(|error| Failure::other(unwritable).because(&error))
    })
}
