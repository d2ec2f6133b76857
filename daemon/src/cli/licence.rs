//! `octroi licence`: how a licence's life goes on, and the client's notice that it is not to be
//! renewed. What may still be done, until when and in what form is the daemon's word.

use octroi_proto::{
    admin::v1::{
        Declared, ExplainLicenceResponse, LicenceLife, LicenceStatus, NonRenewalNotice,
        OrderStatus, RecordNonRenewalRequest, SupportStatus,
    },
    licensing::v1::RefusalCode,
};
use serde_json::{Value, json};

use super::{
    Context, Done, accept,
    args_acts::{Licence, LicenceNamed, LicenceShow},
    client::Admin,
    declare,
    exit::Exit,
    failure::{Failure, code_of},
    format::{self, plain},
    releases, standing, status, terms,
    text::{
        acts::{self, ActsTexts},
        amendments,
    },
};

pub(super) async fn licence(
    command: Licence,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    match command {
        Licence::Show(show) => self::show(&show, context).await,
        Licence::Accept(accept) => match accept.document {
            Some(digest) => accept::document(&accept.named, digest, context).await,
            None => declare::declare(&accept.named, Declared::Accepted, "", context).await,
        },
        Licence::Reserve(reserve) => declare::reserve(&reserve, context).await,
        Licence::End(end) if end.evaluation => {
            declare::declare(&end.named, Declared::Ended, "", context).await
        }
        Licence::End(end) => self::end(&end.named, context).await,
    }
}

async fn show(arguments: &LicenceShow, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let answer = admin.status(context).await?;
    let vendor = arguments.whose.vendor.as_ref();
    let mut found = Vec::new();
    for realm in &answer.realms {
        if vendor.is_some_and(|vendor| vendor.as_str() != realm.vendor) {
            continue;
        }
        let wanted = |licence: &&LicenceStatus| {
            let named = arguments.licence.as_ref();
            named.is_none_or(|named| named.as_str() == licence.licence_id)
        };
        let of_realm = realm.licences.iter().filter(wanted);
        found.extend(of_realm.map(|licence| (realm.vendor.as_str(), licence)));
    }
    if let (Some(named), true) = (&arguments.licence, found.is_empty()) {
        let message = (texts.licence_unknown)(named.as_str());
        return Err(
            Failure::new(Exit::Failed, "LICENCE_UNKNOWN", message).help(texts.licence_unknown_help)
        );
    }
    let mut text = String::new();
    let mut licences = Vec::with_capacity(found.len());
    for (vendor, licence) in found {
        let terms = terms::asked(&mut admin, vendor, &licence.licence_id, context).await?;
        text.push_str(&readable(vendor, licence, terms.as_ref(), texts, context));
        licences.push(json(vendor, licence, terms.as_ref()));
    }
    if licences.is_empty() {
        text = format!("{}\n", context.texts.status.no_licence);
    }
    Ok(Done::Answer {
        text,
        json: json!({ "licences": licences }),
    })
}

fn readable(
    vendor: &str,
    licence: &LicenceStatus,
    terms: Option<&ExplainLicenceResponse>,
    texts: &ActsTexts,
    context: &Context<'_, '_>,
) -> String {
    let mut lines = vec![plain(&(context.texts.status.licence)(
        &licence.licence_id,
        licence.serial,
        &licence.product,
        &licence.client_name,
    ))];
    let mut line = |text: String| lines.push(format!("  {}", plain(&text)));
    line(format!("{:<14}{vendor}", texts.vendor));
    let date = |at: i64| format::local_seconds(&context.zone, at);
    let ends = match licence.ends_at_s {
        0 => (context.texts.status.perpetual_from)(&date(licence.starts_at_s)),
        at => (context.texts.status.term_between)(&date(licence.starts_at_s), &date(at)),
    };
    line(format!("{:<14}{ends}", context.texts.status.term));
    for said in life(licence, texts, &context.zone) {
        line(said);
    }
    for said in releases::lines(licence, context.language, &context.zone) {
        line(said);
    }
    let waiting = amendments::texts(context.language);
    for said in accept::amendments(licence, waiting, &context.zone) {
        line(said);
    }
    for feature in &licence.features {
        if let Some(said) = standing::in_use(feature, context.language) {
            line(said);
        }
        for said in standing::lines(feature, context.language, &context.zone) {
            line(said);
        }
    }
    for order in &licence.orders {
        line(self::order(order, texts, &context.zone));
    }
    for level in &licence.support {
        line(support(level, texts, &context.zone));
    }
    if let Some(terms) = terms {
        for said in terms::lines(terms, context) {
            line(said);
        }
    } else if !licence.clauses.is_empty() {
        line(texts.clauses.to_owned());
        for clause in &licence.clauses {
            let of = match clause.feature.as_str() {
                "" => String::new(),
                feature => format!(" ({feature})"),
            };
            line(format!("  {}{of}: {}", clause.subject, clause.clause));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// What stands about renewal, notice and end; sentences.
pub(super) fn life(
    licence: &LicenceStatus,
    texts: &ActsTexts,
    zone: &jiff::tz::TimeZone,
) -> Vec<String> {
    let Some(life) = &licence.life else {
        return Vec::new();
    };
    let date = |at: i64| format::local_seconds(zone, at);
    let mut said = Vec::new();
    let mut say = |at: i64, word: fn(&str) -> String| {
        if at != 0 {
            said.push(word(&date(at)));
        }
    };
    say(life.non_renewal_ends_at_s, texts.not_renewed);
    if life.non_renewal_ends_at_s == 0 {
        say(life.next_period_ends_at_s, texts.renews_until);
    }
    say(life.export_until_s, texts.export_until);
    say(life.standstill_until_s, texts.standstill_until);
    if life.transferred {
        said.push(texts.transferred.to_owned());
    }
    said.extend(declared_lines(life, &licence.licence_id, texts, zone));
    if let Some(notice) = &life.notice {
        said.extend(notice_lines(notice, &licence.licence_id, texts, zone));
    }
    said
}

/// What was declared about the software, and what still can be.
fn declared_lines(
    life: &LicenceLife,
    licence: &str,
    texts: &ActsTexts,
    zone: &jiff::tz::TimeZone,
) -> Vec<String> {
    let date = |at: i64| format::local_seconds(zone, at);
    let mut said = Vec::new();
    if life.evaluation_ends_at_s != 0 {
        said.push((texts.evaluation_until)(
            &date(life.evaluation_ends_at_s),
            licence,
        ));
    }
    if life.silence_accepts_at_s != 0 {
        said.push((texts.reserves_until)(
            &date(life.silence_accepts_at_s),
            licence,
        ));
    }
    if !life.accepted.is_empty() {
        said.push((texts.accepted)(&life.accepted).to_owned());
    }
    if life.reserves && life.accepted.is_empty() {
        said.push(texts.reserves.to_owned());
    }
    if life.ended_by_client {
        said.push(texts.ended_by_client.to_owned());
    }
    if life.guarantee_ends_at_s != 0 {
        said.push((texts.guarantee_until)(&date(life.guarantee_ends_at_s)));
    }
    if !life.end_of_use.is_empty() {
        said.push((texts.use_ended)(&life.end_of_use).to_owned());
    }
    if !life.end_of_use_certificate.is_empty() {
        said.push((texts.use_certified)(&life.end_of_use_certificate));
    } else if life.end_of_use_due_s != 0 {
        said.push((texts.certify_until)(&date(life.end_of_use_due_s), licence));
    }
    said
}

fn notice_lines(
    notice: &NonRenewalNotice,
    licence: &str,
    texts: &ActsTexts,
    zone: &jiff::tz::TimeZone,
) -> Vec<String> {
    let date = |at: i64| format::local_seconds(zone, at);
    let (until, ends) = (date(notice.until_s), date(notice.ends_at_s));
    let mut said = vec![(texts.notice_until)(&until, &ends)];
    if notice.form != "local" {
        said.push((texts.notice_letter)(&notice.address));
    }
    if notice.form != "letter" {
        said.push((texts.notice_local)(licence));
    }
    said
}

/// An order in a sentence.
pub(super) fn order(order: &OrderStatus, texts: &ActsTexts, zone: &jiff::tz::TimeZone) -> String {
    let mut said = (texts.order)(&order.kind, (texts.standing)(&order.standing));
    if order.at_s != 0 {
        said.extend([" ", &format::local_seconds(zone, order.at_s)]);
    }
    for part in [&order.scope, &order.reason] {
        if !part.is_empty() {
            said.extend([" · ", part.as_str()]);
        }
    }
    said
}

/// A level of support in a sentence.
pub(super) fn support(
    level: &SupportStatus,
    texts: &ActsTexts,
    zone: &jiff::tz::TimeZone,
) -> String {
    let mut said = match (level.open, level.opens_at_s) {
        (true, _) => (texts.support_open)(level.level),
        (false, 0) => (texts.support_closed)(level.level),
        (false, at) => (texts.support_opens)(level.level, &format::local_seconds(zone, at)),
    };
    if !level.contact.is_empty() {
        said.extend([" · ", level.contact.as_str()]);
    }
    said
}

/// Life, orders and support, for `--json`.
pub(super) fn life_json(licence: &LicenceStatus) -> Value {
    let instant = |at: i64| (at != 0).then(|| format::rfc3339_of_seconds(at)).flatten();
    let life = licence.life.as_ref().map(|life: &LicenceLife| {
        json!({
            "next_period_ends_at": instant(life.next_period_ends_at_s),
            "notice": life.notice.as_ref().map(|notice| json!({
                "until": instant(notice.until_s),
                "ends_at": instant(notice.ends_at_s),
                "form": notice.form,
                "address": notice.address,
            })),
            "non_renewal_ends_at": instant(life.non_renewal_ends_at_s),
            "export_until": instant(life.export_until_s),
            "standstill_until": instant(life.standstill_until_s),
            "transferred": life.transferred,
            "evaluation_ends_at": instant(life.evaluation_ends_at_s),
            "silence_accepts_at": instant(life.silence_accepts_at_s),
            "accepted": (!life.accepted.is_empty()).then_some(&life.accepted),
            "reserves": life.reserves,
            "ended_by_client": life.ended_by_client,
            "guarantee_ends_at": instant(life.guarantee_ends_at_s),
            "escrow_released": life.escrow_released,
            "end_of_use": (!life.end_of_use.is_empty()).then_some(&life.end_of_use),
            "end_of_use_due": instant(life.end_of_use_due_s),
            "end_of_use_certificate": (!life.end_of_use_certificate.is_empty())
                .then_some(&life.end_of_use_certificate),
        })
    });
    let orders: Vec<Value> = licence
        .orders
        .iter()
        .map(|order| {
            json!({
                "kind": order.kind,
                "digest": order.digest,
                "scope": (!order.scope.is_empty()).then_some(&order.scope),
                "reason": order.reason,
                "standing": order.standing,
                "at": instant(order.at_s),
            })
        })
        .collect();
    let support: Vec<Value> = licence
        .support
        .iter()
        .map(|level| {
            json!({
                "level": level.level,
                "open": level.open,
                "opens_at": instant(level.opens_at_s),
                "contact": level.contact,
            })
        })
        .collect();
    let amendments = accept::amendments_json(licence);
    json!({ "life": life, "orders": orders, "amendments": amendments, "support": support })
}

fn json(vendor: &str, licence: &LicenceStatus, terms: Option<&ExplainLicenceResponse>) -> Value {
    let clauses: Vec<Value> = licence
        .clauses
        .iter()
        .map(|one| {
            json!({
                "subject": one.subject,
                "feature": (!one.feature.is_empty()).then_some(&one.feature),
                "clause": one.clause,
            })
        })
        .collect();
    let mut json = status::json::licence(licence);
    if let Value::Object(fields) = &mut json {
        fields.insert("vendor".to_owned(), vendor.into());
        fields.insert("clauses".to_owned(), clauses.into());
        fields.insert("terms".to_owned(), terms.map(terms::json).into());
    }
    json
}

async fn end(arguments: &LicenceNamed, context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.acts();
    let request = RecordNonRenewalRequest {
        vendor: vendor.clone(),
        licence_id: arguments.licence.to_string(),
    };
    let ended = admin
        .call(
            context,
            async |_| client.record_non_renewal(request).await,
            |_| None,
        )
        .await;
    let answer = match ended {
        Ok(answer) => answer,
        Err(failure) => {
            return Err(with_notice(failure, &vendor, arguments, &mut admin, context).await);
        }
    };
    let ends = format::local_seconds(&context.zone, answer.ends_at_s);
    Ok(Done::Answer {
        text: format!("{}\n", (texts.ended)(&plain(&answer.licence_id), &ends)),
        json: json!({
            "vendor": answer.vendor,
            "licence_id": answer.licence_id,
            "ends_at": format::rfc3339_of_seconds(answer.ends_at_s),
            "ends_at_s": answer.ends_at_s,
        }),
    })
}

/// Where the notice must go by letter, until when and to whom it goes (clause K12).
async fn with_notice(
    failure: Failure,
    vendor: &str,
    arguments: &LicenceNamed,
    admin: &mut Admin,
    context: &Context<'_, '_>,
) -> Failure {
    let by_letter = failure
        .refusal()
        .is_some_and(|refusal| code_of(refusal) == RefusalCode::NonRenewalByLetter);
    if !by_letter {
        return failure;
    }
    let Ok(status) = admin.status(context).await else {
        return failure;
    };
    let texts = acts::texts(context.language);
    let realms = status.realms.iter().filter(|realm| realm.vendor == vendor);
    let mut licences = realms.flat_map(|realm| &realm.licences);
    let wanted = arguments.licence.as_str();
    let found = licences.find(|licence| licence.licence_id == wanted);
    let notice = found.and_then(|licence| licence.life.as_ref()?.notice.as_ref());
    let lines = notice.map(|notice| notice_lines(notice, wanted, texts, &context.zone));
    lines.into_iter().flatten().fold(failure, Failure::help)
}
