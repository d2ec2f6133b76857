//! `amend`: what a licence states is changed by an order that states the whole anew.

use octroi_licence::{DocumentKind, Licence, Verified, armour};
use octroi_vendor::{
    Amend, amend, amendment_summary,
    order::{Edge, instant_of_text, time_zone},
};
use serde_json::json;

use crate::{
    World,
    cli::{AmendArgs, CertifiedRole},
    failure::Failure,
    files::{self, Readers},
    orders,
    output::Report,
};

pub(crate) fn run(world: &World, args: &AmendArgs) -> Result<Report, Failure> {
    let (order_text, order) = orders::read_with_text(world, &args.order)?;
    let zone = time_zone(order.time_zone()).map_err(Failure::words)?;
    let effective_at = args
        .effective
        .as_deref()
        .map(|text| instant_of_text(text, &zone, Edge::Start))
        .transpose()
        .map_err(|what| Failure::words(what).context("--effective"))?;
    let folder = world.folder()?;
    let store = world.store()?;
    let id = order.licence();
    let mut record = store.known(id)?;
    files::must_be_free(&args.output)?;
    let revocations = store.revocations(&folder.trusted_root())?;
    let key = folder.key(CertifiedRole::Issuing, &world.passphrases)?;
    let authority = key.authority(&folder, revocations);
    let newest = record.newest().map(|issued| issued.digest);
    let newest = newest.ok_or_else(|| Failure::words("the record holds no serial"))?;
    let (root, revocations) = (&authority.root, &authority.revocations);
    let licence: Verified<Licence> = store.document(newest, root, revocations)?;
    let terms = store.terms_of(&record, &licence, root, revocations)?;
    let asked = Amend {
        order: &order,
        licence: &licence,
        terms: &terms,
        effective_at,
        countersign: args.countersign,
    };
    let (signed, verified) = amend(&asked, &mut record, &authority, world.now)?;
    let summary = amendment_summary(&verified);
    let text = armour(DocumentKind::Amendment, &signed, &summary);
    store.put_document(verified.digest(), &text)?;
    store.put_order(id, order.serial(), &order_text)?;
    store.put_record(&record)?;
    files::write_new(&args.output, text.as_bytes(), Readers::Everybody)?;
    let sequence = verified.frame().sequence;
    Ok(Report {
        text: format!(
            "{}\namendment {sequence} of licence {id}: {}\n{}",
            verified.changes.join("\n"),
            args.output.display(),
            orders::differences_text(&order),
        ),
        json: json!({
            "licence": id,
            "serial": order.serial(),
            "sequence": sequence,
            "digest": verified.digest().to_string(),
            "effective_at_s": effective_at.map(|instant| instant.0),
            "changes": verified.changes,
            "amendment_file": args.output,
            "differences": orders::differences_json(&order),
        }),
    })
}
