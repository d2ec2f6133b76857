//! `octroi remove`: the end of use of a licence, with its certificate in a file for the vendor. With a
//! copy of the ledger first, where that was chosen; what cannot be written is known before anything
//! is ended.

use std::path::Path;

use octroi_licence::VendorId;
use octroi_proto::admin::v1::{RemovalChoice, RemoveRequest};
use serde_json::json;

use super::{
    Context, Done,
    args::{LedgerExport, LedgerFolder},
    args_acts::{Removal, Remove},
    args_registers::Purpose,
    client::Admin,
    document,
    failure::Failure,
    format::plain,
    ledger,
    text::acts,
};

/// A certificate names no person.
const CERTIFICATE_MODE: u32 = 0o644;
const STANDARD_OUTPUT: &str = "-";

/// Ends the use and writes the certificate.
pub(super) async fn remove(
    arguments: &Remove,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    let file = arguments.output.display().to_string();
    let to_file = arguments.output != Path::new(STANDARD_OUTPUT);
    if to_file && arguments.output.exists() {
        let documents = &context.texts.document;
        return Err(Failure::other((documents.exists)(&file)).help(documents.exists_help));
    }
    let named = &arguments.named;
    let mut admin = Admin::connect(context).await?;
    let vendor = admin.vendor(named.whose.vendor.as_ref(), context).await?;
    if !arguments.yes {
        confirm(named.licence.as_str(), context)?;
    }
    if let Some(copy) = &arguments.copy {
        copy_ledger(&vendor, named.licence.as_str(), copy, context).await?;
    }
    let choice = match arguments.choice {
        Removal::Destroy => RemovalChoice::Destroy,
        Removal::Return => RemovalChoice::Return,
        Removal::Copy => RemovalChoice::Copy,
    };
    let request = RemoveRequest {
        vendor,
        licence_id: named.licence.to_string(),
        choice: choice.into(),
    };
    let mut client = admin.acts();
    let answer = admin
        .call(context, async |_| client.remove(request).await, |_| None)
        .await?;
    let certificate = answer.certificate.as_bytes();
    if !to_file && !context.json {
        return Ok(Done::Answer {
            text: answer.certificate,
            json: json!({}),
        });
    }
    if to_file {
        document::write_all(
            &arguments.output,
            CERTIFICATE_MODE,
            context.texts,
            certificate,
        )?;
    }
    let mut said = (texts.removed)(&plain(&answer.licence_id), &file);
    if answer.names_forgotten > 0 {
        said.extend(["\n", &(texts.names_forgotten)(answer.names_forgotten)]);
    }
    Ok(Done::Answer {
        text: format!("{said}\n"),
        json: json!({
            "vendor": answer.vendor,
            "licence_id": answer.licence_id,
            "certificate": answer.certificate,
            "file": to_file.then_some(file),
            "unchanged": answer.unchanged,
            "names_forgotten": answer.names_forgotten,
        }),
    })
}

fn confirm(licence: &str, context: &mut Context<'_, '_>) -> Result<(), Failure> {
    let texts = acts::texts(context.language);
    if !context.console.interactive {
        return Err(Failure::usage(texts.nobody_to_ask_to_remove).help(texts.nobody_to_ask_help));
    }
    let declined = || Failure::other(texts.nothing_removed);
    let question = (texts.remove_question)(&plain(licence));
    let answer = context.console.ask(&question);
    let answer = answer.map_err(|error| declined().because(&error))?;
    let mut yes = context.texts.trust.yes.iter();
    if yes.any(|yes| yes.eq_ignore_ascii_case(&answer)) {
        Ok(())
    } else {
        Err(declined())
    }
}

/// The last back-up that the client keeps: every record of the vendor's ledger.
async fn copy_ledger(
    vendor: &str,
    licence: &str,
    file: &Path,
    context: &mut Context<'_, '_>,
) -> Result<(), Failure> {
    let vendor: Option<VendorId> = vendor.parse().ok();
    let export = LedgerExport {
        ledger: LedgerFolder {
            vendor,
            folder: None,
        },
        excerpt: None,
        purpose: Purpose {
            purpose: format!("end of use of licence {licence}"),
        },
        output: Some(file.to_path_buf()),
    };
    ledger::export(&export, context).await.map(drop)
}
