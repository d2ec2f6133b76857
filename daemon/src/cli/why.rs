//! `octroi why`: what was refused, from the ledger: which rule and clause, what stood in the way, when
//! it may change, and what to do. A refusal's number is its record's.

use octroi_proto::admin::v1::{PastRefusal, PastRefusalsRequest};
use serde_json::{Value, json};
use tonic::Code;

use super::{
    Context, Done,
    args_acts::Why,
    client::Admin,
    exit::Exit,
    failure::{Failure, code_of, refusal_json},
    format::{self, Column, plain},
    refusal, report_exchange,
    text::acts::{self, ActsTexts},
};

pub(super) async fn why(arguments: &Why, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    report_exchange::patiently(context);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.acts();
    let request = PastRefusalsRequest {
        vendor,
        record: arguments.refusal.unwrap_or(0),
        latest: arguments.last.unwrap_or(1),
    };
    let answer = admin
        .call(
            context,
            async |_| client.past_refusals(request).await,
            |status| {
                (status.code() == Code::NotFound).then(|| {
                    Failure::new(Exit::Failed, "NO_SUCH_REFUSAL", texts.no_such_refusal)
                        .help(texts.no_such_refusal_help)
                })
            },
        )
        .await?;
    let refusals: Vec<Value> = answer
        .refusals
        .iter()
        .map(|one| json(one, context))
        .collect();
    let text = match (arguments.refusal, answer.refusals.as_slice()) {
        (Some(_), [one]) => told(one, texts, context),
        (_, []) => format!("{}\n", texts.no_refusals),
        (_, all) => table(all, texts, context),
    };
    Ok(Done::Answer {
        text,
        json: json!({ "refusals": refusals }),
    })
}

fn told(one: &PastRefusal, texts: &ActsTexts, context: &Context<'_, '_>) -> String {
    let refused = one.refusal.clone().unwrap_or_default();
    let code = code_of(&refused);
    let explained = refusal::explained(&refused, context.texts, &context.zone);
    let at = format::local_millis(&context.zone, one.at_ms);
    let mut text = format!("{}\n", (texts.refused_at)(one.record, &at));
    let mut named = |name: &str, value: &str| {
        if !value.is_empty() {
            text.extend([format!("  {name:<14}{}\n", plain(value))]);
        }
    };
    let name = code.as_str_name();
    let colon = context.texts.colon;
    named(texts.asked, (texts.asked_for)(&one.asked));
    named(texts.who, &one.user);
    if one.pid != 0 {
        named(texts.process, &one.pid.to_string());
    }
    named(texts.product, &one.product);
    let number = refused.code;
    named(
        texts.why,
        &format!("{name} ({number}){colon}{}", explained.what),
    );
    named(texts.rule, &refused.rule);
    named(texts.clause, &one.clause);
    named(texts.details, &explained.facts.join(", "));
    named(texts.next, &explained.next);
    text
}

fn table(all: &[PastRefusal], texts: &ActsTexts, context: &Context<'_, '_>) -> String {
    let [number, at, user, feature, code, clause] = texts.refusal_columns;
    let columns = [
        Column::Number(number),
        Column::Text(at),
        Column::Text(user),
        Column::Text(feature),
        Column::Text(code),
        Column::Text(clause),
    ];
    let rows = all
        .iter()
        .map(|one| {
            let refused = one.refusal.clone().unwrap_or_default();
            let or_dash = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
            vec![
                one.record.to_string(),
                format::local_millis(&context.zone, one.at_ms),
                or_dash(&one.user),
                or_dash(&refused.feature),
                code_of(&refused).as_str_name().to_owned(),
                or_dash(&one.clause),
            ]
        })
        .collect();
    let table = format::table("", &columns, rows);
    format!("{table}{}{}\n", context.texts.help_label, texts.why_help)
}

fn json(one: &PastRefusal, context: &Context<'_, '_>) -> Value {
    let refused = one.refusal.clone().unwrap_or_default();
    let explained = refusal::explained(&refused, context.texts, &context.zone);
    json!({
        "vendor": one.vendor,
        "record": one.record,
        "at": format::rfc3339_of_millis(one.at_ms),
        "at_ms": one.at_ms,
        "asked": one.asked,
        "user": one.user,
        "pid": one.pid,
        "product": (!one.product.is_empty()).then_some(&one.product),
        "clause": (!one.clause.is_empty()).then_some(&one.clause),
        "refusal": refusal_json(&refused),
        "what": explained.what,
        "facts": explained.facts,
        "next": explained.next,
    })
}
