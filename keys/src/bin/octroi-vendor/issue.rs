//! `issue`: from an order to a licence and its activation code.

use octroi_licence::{DocumentKind, Licence, armour};
use octroi_vendor::{ActivationCode, Issue, LicenceRecord, issue, licence_summary};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    World,
    cli::{CertifiedRole, IssueArgs},
    failure::Failure,
    files::{self, Readers},
    orders,
    output::{Report, warn},
    secrets::random,
};

pub(crate) fn run(world: &World, args: &IssueArgs) -> Result<Report, Failure> {
    let (order_text, order) = orders::read_with_text(world, &args.order)?;
    let code_file = args
        .code_file
        .clone()
        .unwrap_or_else(|| args.output.with_extension("code"));
    if code_file == args.output {
        return Err(
            Failure::words("licence and activation code would be the same file")
                .help("state another name with --code-file: the code never travels in the licence"),
        );
    }
    let folder = world.folder()?;
    let store = world.store()?;
    let id = order.licence();
    let record = store.record(id)?;
    let mut record = record.unwrap_or_else(|| LicenceRecord::new(id.clone()));
    let revocations = store.revocations(&folder.trusted_root())?;
    let key = folder.key(CertifiedRole::Issuing, &world.passphrases)?;
    let authority = key.authority(&folder, revocations);

    let code = ActivationCode::from_entropy(&random()?);
    let issued = issue(&order, &code, &mut record, &authority, world.now)?;
    let (digest, repeated) = match issued {
        Issue::New { signed, licence } => {
            // Before anything counts: a name that is taken would leave the licence unwritten.
            files::must_be_free(&args.output)?;
            files::must_be_free(&code_file)?;
            let text = armour(DocumentKind::Licence, &signed, &licence_summary(&licence));
            store.put_code(id, order.serial(), &code)?;
            store.put_order(id, order.serial(), &order_text)?;
            store.put_document(licence.digest(), &text)?;
            store.put_record(&record)?;
            (licence.digest(), false)
        }
        Issue::Repeated { digest } => {
            // After an amendment the register holds the amended order.
            if store.order(id, order.serial())?.is_none() {
                store.put_order(id, order.serial(), &order_text)?;
            }
            (digest, true)
        }
    };
    let licence = store.document::<Licence>(digest, &authority.root, &authority.revocations)?;
    warn_of(&licence);
    let code = store.code(id, order.serial())?;
    let code_text = Zeroizing::new(format!("{}\n", code.expose()));
    files::write_new(
        &args.output,
        &store.document_text(digest)?,
        Readers::Everybody,
    )?;
    files::write_new(&code_file, code_text.as_bytes(), Readers::Owner)?;

    let again = if repeated {
        " (issued before, the same again)"
    } else {
        ""
    };
    Ok(Report {
        text: format!(
            "licence {id}, serial {}{again}\nlicence file:    {}\nactivation code: {} \
             (send it to the client separately)\ndigest:          {digest}\n{}",
            licence.serial,
            args.output.display(),
            code_file.display(),
            orders::differences_text(&order),
        ),
        json: json!({
            "licence": id,
            "serial": licence.serial,
            "sequence": licence.frame().sequence,
            "digest": digest.to_string(),
            "licence_file": args.output,
            "code_file": code_file,
            "repeated": repeated,
            "differences": orders::differences_json(&order),
        }),
    })
}

/// Says what is allowed and seldom meant.
fn warn_of(licence: &Licence) {
    let keys = &licence.binding.hardware_keys;
    if keys.iter().any(|key| key.emulator_accepted) {
        warn("the licence accepts a software emulator as hardware key: for tests only");
    }
    if licence.terms_acceptance.accepted_at.is_none() {
        warn("no activation is answered until a serial records that the terms were accepted");
    }
}
