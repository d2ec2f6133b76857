//! `octroi hostid`: what the daemon can read of this host's identity.

use octroi_proto::admin::v1::{HostIdRequest, HostIdResponse};
use serde_json::{Value, json};

use super::{
    Context, Done,
    args::Hostid,
    client::Admin,
    failure::Failure,
    format::{self, Column, plain},
    text::Messages,
};

/// Asks the daemon, which alone can read all of it.
pub(super) async fn hostid(
    arguments: &Hostid,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let vendor = arguments
        .vendor
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut admin = Admin::connect(context).await?;
    let request = HostIdRequest { vendor };
    let answer = admin
        .call(
            context,
            async |client| client.host_id(request).await,
            |_| None,
        )
        .await?;
    Ok(Done::Answer {
        text: readable(&answer, context.texts),
        json: json(&answer),
    })
}

fn readable(answer: &HostIdResponse, texts: &Messages) -> String {
    let words = &texts.hostid;
    let rows = answer
        .components
        .iter()
        .map(|one| {
            let value = if one.readable {
                one.value.clone()
            } else {
                (words.unreadable)(&plain(&one.problem))
            };
            vec![one.kind.clone(), value]
        })
        .collect();
    let columns = [
        Column::Text(words.column_kind),
        Column::Text(words.column_value),
    ];
    format!("{}{}\n", format::table("", &columns, rows), words.stays)
}

fn json(answer: &HostIdResponse) -> Value {
    let components: Vec<Value> = answer
        .components
        .iter()
        .map(|one| {
            json!({
                "kind": one.kind,
                "readable": one.readable,
                "value": one.readable.then_some(&one.value),
                "problem": (!one.readable).then_some(&one.problem),
            })
        })
        .collect();
    json!({ "components": components })
}
