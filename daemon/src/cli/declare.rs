//! `octroi licence accept` and `reserve`, and `end --evaluation`: what the client declares about the
//! software that it was given. Until when it may is the daemon's word.

use octroi_proto::admin::v1::{DeclareRequest, Declared};
use serde_json::json;

use super::{
    Context, Done,
    args_acts::{LicenceNamed, LicenceReserve},
    client::Admin,
    failure::Failure,
    format::plain,
    text::acts,
};

/// Bytes of a text that goes to the daemon.
const TEXT_BYTES_MAX: usize = 1_000;

/// Records reserves.
pub(super) async fn reserve(
    arguments: &LicenceReserve,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let text = arguments.reason.as_str();
    if text.trim().is_empty() || text.len() > TEXT_BYTES_MAX {
        return Err(Failure::usage(
            (acts::texts(context.language).reason_length)(TEXT_BYTES_MAX)
        ));
    }
    declare(&arguments.named, Declared::Reserves, text, context).await
}

/// Declares a fact and says what became of it.
pub(super) async fn declare(
    named: &LicenceNamed,
    declared: Declared,
    text: &str,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin.vendor(named.whose.vendor.as_ref(), context).await?;
    let mut client = admin.acts();
    let request = DeclareRequest {
        vendor,
        licence_id: named.licence.to_string(),
        declared: declared.into(),
        text: text.to_owned(),
    };
    let answer = admin
        .call(context, async |_| client.declare(request).await, |_| None)
        .await?;
    let licence = plain(&answer.licence_id);
    let said = if answer.unchanged {
        (texts.declared_before)(&licence)
    } else {
        (texts.declared)(declared, &licence)
    };
    let name = declared.as_str_name().trim_start_matches("DECLARED_");
    Ok(Done::Answer {
        text: format!("{said}\n"),
        json: json!({
            "vendor": answer.vendor,
            "licence_id": answer.licence_id,
            "declared": name.to_lowercase(),
            "unchanged": answer.unchanged,
        }),
    })
}
