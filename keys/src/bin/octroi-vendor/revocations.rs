//! `revoke`: the next version of the revocation list.

use std::path::Path;

use jiff::tz::TimeZone;
use octroi_licence::{DocumentKind, armour};
use octroi_vendor::{
    Revoke,
    order::{Edge, instant_of_text},
    revocation_summary, revoke as sign_list,
};
use serde_json::json;

use crate::{
    World,
    cli::{CertifiedRole, RevokeCommand},
    failure::Failure,
    files::{self, Readers},
    output::Report,
};

pub(crate) fn revoke(world: &World, command: RevokeCommand) -> Result<Report, Failure> {
    let folder = world.folder()?;
    let store = world.store()?;
    let (revoke, output) = match command {
        RevokeCommand::Licence {
            licence,
            serial_max,
            reason,
            output,
        } => {
            let serial_max = match serial_max {
                Some(serial_max) => serial_max,
                None => store
                    .known(&licence)?
                    .newest()
                    .map_or(0, |issued| issued.serial),
            };
            let revoke = Revoke::Licence {
                licence,
                serial_max,
                reason,
            };
            (revoke, output)
        }
        RevokeCommand::Key {
            key,
            untrusted_after,
            mut honour,
            honour_registered,
            output,
        } => {
            let untrusted_after = instant_of_text(&untrusted_after, &TimeZone::UTC, Edge::Start)
                .map_err(|what| Failure::words(what).context("--untrusted-after"))?;
            if honour_registered {
                honour.extend(store.documents_signed_by(&key)?);
            }
            honour.sort();
            honour.dedup();
            let revoke = Revoke::Key {
                key,
                untrusted_after,
                honoured: honour,
            };
            (revoke, output)
        }
    };
    list(world, &folder, &store, &revoke, &output)
}

fn list(
    world: &World,
    folder: &crate::folder::KeyFolder,
    store: &crate::store::Store,
    revoke: &Revoke,
    output: &Path,
) -> Result<Report, Failure> {
    files::must_be_free(output)?;
    let previous = store.revocation_list(&folder.trusted_root())?;
    let revocations = store.revocations(&folder.trusted_root())?;
    let key = folder.key(CertifiedRole::Issuing, &world.passphrases)?;
    let authority = key.authority(folder, revocations);
    let previous = previous.as_ref().map(octroi_licence::Verified::document);
    let (signed, verified) = sign_list(revoke, previous, &authority, world.now)?;
    let text = armour(
        DocumentKind::RevocationList,
        &signed,
        &revocation_summary(&verified),
    );
    store.put_document(verified.digest(), &text)?;
    store.put_revocation_list(&text)?;
    files::write_new(output, text.as_bytes(), Readers::Everybody)?;
    Ok(Report {
        text: format!("revocation list {}: {}", verified.version, output.display()),
        json: json!({
            "version": verified.version,
            "keys": verified.keys.len(),
            "licences": verified.licences.len(),
            "digest": verified.digest().to_string(),
            "revocation_list_file": output,
        }),
    })
}
