//! `octroi status`: what is licensed here, what stands in the way, and what to do next. All of it is
//! what the daemon says; days are counted by the daemon's clock, not this command's.

pub(super) mod json;
mod registers;

use jiff::tz::TimeZone;
use octroi_proto::admin::v1::{
    FeatureStatus, KeyStatus, LicenceStatus, PendingDocument, RealmStatus, StatusResponse,
};

use super::{
    Context, Done, accept,
    client::Admin,
    failure::{Failure, code_of},
    format::{self, Column, plain},
    install::kind_in_words,
    licence as life, refusal, releases, standing,
    text::{
        Language, Messages,
        acts::{self, ActsTexts},
        amendments::{self, AmendmentTexts},
        registers::{self as registers_texts, RegisterTexts},
    },
};

const SECONDS_PER_DAY: i64 = 86_400;

/// Asks the daemon.
pub(super) async fn status(context: &mut Context<'_, '_>) -> Result<Done, Failure> {
    let answer = Admin::connect(context).await?.status(context).await?;
    Ok(Done::Answer {
        text: readable(&answer, context.texts, context.language, &context.zone),
        json: json::status(&answer),
    })
}

/// For people.
fn readable(
    status: &StatusResponse,
    texts: &Messages,
    language: Language,
    zone: &TimeZone,
) -> String {
    let mut view = View {
        text: String::new(),
        texts,
        acts: acts::texts(language),
        amendments: amendments::texts(language),
        registers: registers_texts::texts(language),
        language,
        zone,
        now_s: None,
    };
    let mut head = vec![format!("octroid {}", status.daemon_version)];
    if let Some(clock) = &status.clock {
        view.now_s = Some(clock.civil_ms.div_euclid(1000));
        let mut shown = format!(
            "{} {} ({})",
            texts.status.clock,
            format::local_millis(zone, clock.civil_ms),
            (texts.status.confidence)(&clock.confidence),
        );
        if !clock.evidence.is_empty() {
            shown.push_str(texts.colon);
            shown.push_str(&clock.evidence);
        }
        head.push(shown);
    }
    head.push((texts.status.sessions)(status.sessions));
    view.line(0, &head.join(" · "));
    for realm in &status.realms {
        view.realm(realm);
    }
    if status.realms.is_empty() {
        view.blank();
        view.line(0, texts.status.no_realm);
        view.help(0, texts.status.no_realm_help);
    }
    if !status.warnings.is_empty() {
        view.blank();
        view.line(0, texts.status.warnings);
        for warning in &status.warnings {
            view.line(2, &format!("! {warning}"));
        }
    }
    view.text
}

/// A text that grows, line by line.
struct View<'a> {
    text: String,
    texts: &'a Messages,
    acts: &'static ActsTexts,
    amendments: &'static AmendmentTexts,
    registers: &'static RegisterTexts,
    language: Language,
    zone: &'a TimeZone,
    /// The daemon's civil time.
    now_s: Option<i64>,
}

impl View<'_> {
    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn line(&mut self, indent: usize, line: &str) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(&plain(line));
        self.text.push('\n');
    }

    fn named(&mut self, indent: usize, name: &str, value: &str) {
        self.line(indent, &format!("{name:<14}{value}"));
    }

    fn help(&mut self, indent: usize, help: &str) {
        self.line(indent, &format!("{}{help}", self.texts.help_label));
    }

    fn realm(&mut self, realm: &RealmStatus) {
        let texts = &self.texts.status;
        self.blank();
        self.line(0, &format!("{} ({})", realm.vendor, realm.vendor_name));
        self.named(2, texts.root, &realm.root_fingerprint);
        self.named(2, texts.daemon_key, &realm.daemon_key);
        if let Some(ledger) = &realm.ledger {
            let state = (texts.ledger_state)(ledger.records, ledger.synced);
            self.named(2, texts.ledger, &state);
            if !ledger.writable {
                self.line(
                    4,
                    &format!("! {}", (texts.ledger_unwritable)(&ledger.error)),
                );
                self.help(6, texts.ledger_help);
            }
        }
        if let Some(registers) = &realm.registers {
            self.registers(registers);
        }
        for licence in &realm.licences {
            self.licence(licence);
        }
        if realm.licences.is_empty() {
            self.blank();
            self.line(2, texts.no_licence);
            self.help(2, texts.no_licence_help);
        }
        if !realm.pending.is_empty() {
            self.blank();
            self.line(2, texts.pending);
            for document in &realm.pending {
                self.pending(document);
            }
            self.help(4, texts.pending_help);
        }
    }

    fn licence(&mut self, licence: &LicenceStatus) {
        let texts = &self.texts.status;
        self.blank();
        self.line(
            2,
            &(texts.licence)(
                &licence.licence_id,
                licence.serial,
                &licence.product,
                &licence.client_name,
            ),
        );
        self.named(4, texts.term, &self.term(licence));
        self.named(4, texts.activation, &self.activation(licence));
        if !licence.site.is_empty() {
            self.named(4, texts.site, &licence.site);
        }
        if let Some(key) = &licence.hardware_key
            && (key.required || !key.present.is_empty() || !key.absent.is_empty())
        {
            self.named(4, texts.key, &self.key(key));
        }
        if !licence.features.is_empty() {
            self.features(&licence.features);
        }
        let acts = self.acts;
        for said in life::life(licence, acts, self.zone) {
            self.line(4, &said);
        }
        for said in releases::lines(licence, self.language, self.zone) {
            self.line(4, &said);
        }
        for said in accept::amendments(licence, self.amendments, self.zone) {
            self.line(4, &said);
        }
        for order in &licence.orders {
            self.line(4, &life::order(order, acts, self.zone));
        }
        for level in &licence.support {
            self.line(4, &life::support(level, acts, self.zone));
        }
        match &licence.blocked {
            Some(refusal) => {
                let code = code_of(refusal);
                let explained = refusal::explained(refusal, self.texts, self.zone);
                let colon = self.texts.colon;
                let name = code.as_str_name();
                let said = refusal::said(&explained);
                self.line(4, &format!("! {}{colon}{name}{colon}{said}", texts.blocked));
                self.help(6, &explained.next);
            }
            None if !licence.activated => {
                if !licence.server.is_empty() {
                    self.help(4, &(texts.not_activated_online_help)(&licence.licence_id));
                }
                self.help(4, &(texts.not_activated_help)(&licence.licence_id));
            }
            None => {}
        }
    }

    fn term(&self, licence: &LicenceStatus) -> String {
        let texts = &self.texts.status;
        let from = format::local_seconds(self.zone, licence.starts_at_s);
        if licence.ends_at_s == 0 {
            return (texts.perpetual_from)(&from);
        }
        let until = format::local_seconds(self.zone, licence.ends_at_s);
        let mut term = (texts.term_between)(&from, &until);
        if let Some(now) = self.now_s {
            let left = licence.ends_at_s.saturating_sub(now);
            let rest = if left > 0 {
                (texts.days_left)(left / SECONDS_PER_DAY)
            } else {
                (texts.days_over)(left.saturating_neg() / SECONDS_PER_DAY)
            };
            term.extend([" (", &rest, ")"]);
        }
        term
    }

    fn activation(&self, licence: &LicenceStatus) -> String {
        let texts = &self.texts.status;
        match (licence.activated, licence.certificate_ends_at_s) {
            (false, _) => texts.not_activated.to_owned(),
            (true, 0) => texts.activated.to_owned(),
            (true, until) => (texts.activated_until)(&format::local_seconds(self.zone, until)),
        }
    }

    fn key(&self, key: &KeyStatus) -> String {
        let texts = &self.texts.status;
        let mut parts = Vec::new();
        if !key.present.is_empty() {
            parts.push((texts.key_present)(&key.present.join(", ")));
        }
        if !key.absent.is_empty() {
            parts.push((texts.key_absent)(&key.absent.join(", ")));
        }
        if key.required {
            parts.push((texts.key_budget)(&format::length(key.budget_left_ms)));
        }
        parts.join(", ")
    }

    fn features(&mut self, features: &[FeatureStatus]) {
        let texts = &self.texts.status;
        let columns = [
            Column::Text(texts.column_feature),
            Column::Text(texts.column_metric),
            Column::Text(texts.column_grouping),
            Column::Number(texts.column_licensed),
            Column::Number(texts.column_share),
            Column::Number(texts.column_in_use),
            Column::Number(texts.column_lingering),
            Column::Number(texts.column_waiting),
        ];
        let rows = features
            .iter()
            .map(|feature| {
                vec![
                    feature.feature.clone(),
                    feature.metric.clone(),
                    feature.grouping.clone(),
                    feature.licensed.to_string(),
                    feature.share.to_string(),
                    feature.in_use.to_string(),
                    feature.lingering.to_string(),
                    feature.waiting.to_string(),
                ]
            })
            .collect();
        self.text.push_str(&format::table("    ", &columns, rows));
        for feature in features {
            for said in standing::lines(feature, self.language, self.zone) {
                self.line(4, &said);
            }
        }
    }

    fn pending(&mut self, document: &PendingDocument) {
        let kind = kind_in_words(&document.kind, self.texts);
        let mut line = if document.without_licence {
            (self.amendments.orphan)(&kind, &document.licence_id)
        } else {
            let PendingDocument {
                licence_id,
                sequence,
                expected,
                ..
            } = document;
            (self.texts.status.pending_document)(&kind, licence_id, *sequence, *expected)
        };
        if document.effective_at_s != 0 {
            let date = format::local_seconds(self.zone, document.effective_at_s);
            line.extend([" · ", &(self.amendments.from)(&date)]);
        }
        if !document.reason.is_empty() {
            line.extend([" · ", document.reason.as_str()]);
        }
        self.line(4, &format!("! {line}"));
    }
}
