//! The daemon's two sockets: there, of the right mode, open to this user, and answering.

use std::{fs, io, os::unix::fs::FileTypeExt as _, path::Path};

use octroi_proto::licensing::v1::licensing_client::LicensingClient;
use rustix::fs::{Access, access};

use super::{
    super::{
        Context,
        client::{self, Admin},
        text::doctor::DoctorTexts,
    },
    Check, Kind, State, of_failure,
    words::{group_name, mode, owner},
};

/// What every user may do with the applications' socket.
const FOR_ALL: u32 = 0o666;
/// What users outside the group may do with the administrators': nothing.
const FOR_OTHERS: u32 = 0o007;

/// The applications' socket.
pub(super) async fn applications(words: &DoctorTexts, context: &mut Context<'_, '_>) -> Check {
    let kind = Kind::ApplicationSocket;
    let path = context.paths.socket();
    let found = match found(kind, &path, words, context) {
        Ok(found) => found,
        Err(check) => return check,
    };
    let shown = path.display().to_string();
    let channel = match client::channel(&path, context).await {
        Ok(channel) => channel,
        Err(failure) => return of_failure(kind, &failure, context.texts),
    };
    // A session that nothing is said on: the daemon opens its half and sees the end of ours.
    let mut client = LicensingClient::new(channel);
    let session = client.session(tokio_stream::empty());
    let answered = tokio::time::timeout(context.deadline, session).await;
    let broken = |status: &tonic::Status| std::error::Error::source(status).is_some();
    match answered {
        Err(_) => return silent(kind, &shown, words, context),
        Ok(Err(status)) if broken(&status) => return silent(kind, &shown, words, context),
        Ok(_) => {}
    }
    let bits = mode(&found);
    if found_bits(&found) & FOR_ALL == FOR_ALL {
        return Check::ok(kind, (words.answers)(&shown, &bits));
    }
    Check::of(
        kind,
        State::Warning,
        (words.not_for_all)(&shown, &bits),
        (words.not_for_all_mend)(&shown),
    )
}

/// The administrators' socket, and the connection that the other questions go over.
pub(super) async fn administrators(
    words: &DoctorTexts,
    context: &mut Context<'_, '_>,
) -> Result<(Check, Admin), Check> {
    let kind = Kind::AdminSocket;
    let own = context.socket.clone();
    let path = own.unwrap_or_else(|| context.paths.admin_socket());
    let found = found(kind, &path, words, context)?;
    let admin = Admin::connect(context)
        .await
        .map_err(|failure| of_failure(kind, &failure, context.texts))?;
    let (shown, bits) = (path.display().to_string(), mode(&found));
    let group = group_name(&found);
    let check = if found_bits(&found) & FOR_OTHERS != 0 {
        let evidence = (words.open_to_all)(&shown, &bits);
        Check::of(
            kind,
            State::Warning,
            evidence,
            (words.open_to_all_mend)(&shown),
        )
    } else if context.root.is_none() && !super::words::is_group("octroi") {
        Check::of(kind, State::Warning, words.group_absent, words.group_mend)
    } else {
        Check::ok(kind, (words.admin_answers)(&shown, &bits, &group))
    };
    Ok((check, admin))
}

/// The socket's file, if this user may use it.
fn found(
    kind: Kind,
    path: &Path,
    words: &DoctorTexts,
    context: &Context<'_, '_>,
) -> Result<fs::Metadata, Check> {
    let shown = path.display().to_string();
    let failed = |evidence: String, mend: String| Check::of(kind, State::Failed, evidence, mend);
    let root = context.root.as_ref().map(|root| root.display().to_string());
    let start = || (context.texts.daemon.absent_help)(root.as_deref());
    let found = fs::symlink_metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => failed((words.missing)(&shown), start()),
        io::ErrorKind::PermissionDenied => {
            let folder = path.parent().unwrap_or(path).display().to_string();
            let why = (words.unreadable)(&shown, &error.to_string());
            failed(why, (words.closed_mend)(&folder))
        }
        _ => failed((words.unreadable)(&shown, &error.to_string()), start()),
    })?;
    if !found.file_type().is_socket() {
        return Err(failed(
            (words.no_socket)(&shown),
            (words.no_socket_mend)(&shown),
        ));
    }
    if access(path, Access::WRITE_OK).is_err() {
        let evidence = (words.closed_to_you)(&shown, &mode(&found), &owner(&found));
        let mend = match kind {
            Kind::AdminSocket => context.texts.daemon.not_permitted_help.to_owned(),
            _ => (words.not_for_all_mend)(&shown),
        };
        return Err(failed(evidence, mend));
    }
    Ok(found)
}

fn silent(kind: Kind, path: &str, words: &DoctorTexts, context: &Context<'_, '_>) -> Check {
    let mend = context.texts.daemon.silent_help;
    Check::of(kind, State::Failed, (words.silent)(path), mend)
}

fn found_bits(found: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode()
}
