//! What is said about a licence after its issue: `suspend`, `resume`, `terminate`, `clock-reset`,
//! `revoke`.

use std::path::Path;

use jiff::tz::TimeZone;
use octroi_licence::{CivilSeconds, DocumentKind, LicenceId, armour};
use octroi_vendor::{
    LicenceRecord, Revoke, VendorOrder, VendorOrderKind, give_order,
    order::{Edge, instant_of_text, time_zone},
    order_summary, revocation_summary, revoke as sign_list,
};
use serde_json::json;

use crate::{
    World,
    cli::{CertifiedRole, ClockResetArgs, OrderDetails, RevokeCommand, VendorOrderArgs},
    failure::Failure,
    files::{self, Readers},
    output::Report,
};

pub(crate) fn suspend(world: &World, args: VendorOrderArgs) -> Result<Report, Failure> {
    of_scope(world, args, VendorOrderKind::Suspend)
}

pub(crate) fn resume(world: &World, args: VendorOrderArgs) -> Result<Report, Failure> {
    of_scope(world, args, VendorOrderKind::Resume)
}

pub(crate) fn terminate(world: &World, args: VendorOrderArgs) -> Result<Report, Failure> {
    of_scope(world, args, VendorOrderKind::Terminate)
}

fn of_scope(
    world: &World,
    args: VendorOrderArgs,
    kind: VendorOrderKind,
) -> Result<Report, Failure> {
    let feature = args.feature;
    give(world, &args.licence, &args.details, |_| Ok((kind, feature)))
}

pub(crate) fn clock_reset(world: &World, args: &ClockResetArgs) -> Result<Report, Failure> {
    give(world, &args.licence, &args.details, |zone| {
        let new_time = instant_of_text(&args.new_time, zone, Edge::Start)
            .map_err(|what| Failure::words(what).context("--new-time"))?;
        let kind = VendorOrderKind::ClockReset {
            daemon_key: args.daemon_key,
            anomaly: args.anomaly,
            new_time,
        };
        Ok((kind, None))
    })
}

/// The zone in which the dates of an order are meant.
fn zone_of(details: &OrderDetails, record: &LicenceRecord) -> Result<TimeZone, Failure> {
    let of_licence = record.newest().map(|issued| issued.time_zone.as_str());
    let name = details.time_zone.as_deref().or(of_licence).unwrap_or("UTC");
    time_zone(name).map_err(|what| Failure::words(what).context("--time-zone"))
}

fn give(
    world: &World,
    licence: &LicenceId,
    details: &OrderDetails,
    what: impl FnOnce(
        &TimeZone,
    ) -> Result<(VendorOrderKind, Option<octroi_licence::FeatureName>), Failure>,
) -> Result<Report, Failure> {
    let folder = world.folder()?;
    let store = world.store()?;
    let mut record = store.known(licence)?;
    let zone = zone_of(details, &record)?;
    let (kind, feature) = what(&zone)?;
    let effective_at = effective(details, &zone)?;
    let order = VendorOrder {
        kind,
        feature,
        ground: details.ground.map(Into::into).unwrap_or_default(),
        effective_at,
        reason: details.reason.clone(),
    };
    files::must_be_free(&details.output)?;
    let revocations = store.revocations(&folder.trusted_root())?;
    let key = folder.key(CertifiedRole::Issuing, &world.passphrases)?;
    let authority = key.authority(&folder, revocations);
    let newest = record.newest().map(|issued| issued.digest);
    let newest = newest.ok_or_else(|| Failure::words("the record holds no serial"))?;
    let newest = store.document(newest, &authority.root, &authority.revocations)?;
    let (signed, verified) = give_order(&order, &newest, &mut record, &authority, world.now)?;
    let text = armour(DocumentKind::Order, &signed, &order_summary(&verified));
    store.put_document(verified.digest(), &text)?;
    store.put_record(&record)?;
    files::write_new(&details.output, text.as_bytes(), Readers::Everybody)?;
    let sequence = verified.frame().sequence;
    Ok(Report {
        text: format!(
            "order {sequence} of licence {licence}: {}",
            details.output.display()
        ),
        json: json!({
            "licence": licence,
            "sequence": sequence,
            "digest": verified.digest().to_string(),
            "effective_at_s": effective_at.map(|instant| instant.0),
            "order_file": details.output,
        }),
    })
}

fn effective(details: &OrderDetails, zone: &TimeZone) -> Result<Option<CivilSeconds>, Failure> {
    details
        .effective
        .as_deref()
        .map(|text| instant_of_text(text, zone, Edge::Start))
        .transpose()
        .map_err(|what| Failure::words(what).context("--effective"))
}

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
