//! What the daemon said, judged: vendors, licences, keys, clock, ledger, servers, reports.

use octroi_proto::{
    admin::v1::{
        DiagnoseResponse, KeyDiagnosis, LicenceStatus, RealmDiagnosis, RealmStatus, ReportDuty,
        ServerDiagnosis, StatusResponse,
    },
    licensing::v1::RefusalCode,
};

use super::{
    super::{
        Context, failure::code_of, format, install::kind_in_words, refusal,
        text::doctor::DoctorTexts,
    },
    Check, Heard, Kind, State, limits,
    words::user_name,
};

/// How far two clocks may lie apart before it is worth a word, in seconds.
const APART_S: i64 = 600;

/// Everything that only the daemon knows; where it said nothing, that is said.
pub(super) fn all(
    heard: &Heard,
    offline: bool,
    words: &DoctorTexts,
    context: &Context<'_, '_>,
    checks: &mut Vec<Check>,
) {
    let Some(status) = &heard.status else {
        for kind in [
            Kind::TrustedRoot,
            Kind::Licence,
            Kind::HardwareKey,
            Kind::Clock,
            Kind::Ledger,
            Kind::Server,
            Kind::Reports,
        ] {
            checks.push(Check::of(kind, State::NotChecked, words.no_answer, ""));
        }
        return;
    };
    if status.realms.is_empty() {
        let mend = context.texts.daemon.no_vendor_help;
        let check = Check::of(Kind::TrustedRoot, State::Warning, words.no_vendor, mend);
        checks.push(check);
    }
    for realm in &status.realms {
        let diagnosis = heard.diagnosis.as_ref().and_then(|all| {
            let found = all.realms.iter().find(|one| one.vendor == realm.vendor)?;
            Some((all, found))
        });
        let view = View {
            status,
            realm,
            diagnosis,
            offline,
            words,
            context,
        };
        view.realm(checks);
    }
}

/// The process itself.
pub(super) fn daemon(
    status: &StatusResponse,
    diagnosis: &DiagnoseResponse,
    words: &DoctorTexts,
    context: &Context<'_, '_>,
) -> Check {
    let tool = env!("CARGO_PKG_VERSION");
    if status.daemon_version != tool {
        let evidence = (words.versions)(&status.daemon_version, tool);
        return Check::of(Kind::Daemon, State::Warning, evidence, words.versions_mend);
    }
    let since = format::local_seconds(&context.zone, diagnosis.started_at_s);
    let user = user_name(diagnosis.uid);
    Check::ok(
        Kind::Daemon,
        (words.daemon)(&status.daemon_version, &since, &user),
    )
}

struct View<'a, 'console> {
    status: &'a StatusResponse,
    realm: &'a RealmStatus,
    diagnosis: Option<(&'a DiagnoseResponse, &'a RealmDiagnosis)>,
    offline: bool,
    words: &'a DoctorTexts,
    context: &'a Context<'a, 'console>,
}

impl View<'_, '_> {
    fn realm(&self, checks: &mut Vec<Check>) {
        let (words, vendor) = (self.words, self.realm.vendor.as_str());
        let root = (words.vendor)(&self.realm.vendor_name, &self.realm.root_fingerprint);
        checks.push(Check::ok(Kind::TrustedRoot, root).about(vendor));
        if self.realm.licences.is_empty() {
            let mend = self.context.texts.status.no_licence_help;
            let check = Check::of(Kind::Licence, State::Warning, words.no_licence, mend);
            checks.push(check.about(vendor));
        }
        for licence in &self.realm.licences {
            let id = &licence.licence_id;
            checks.push(self.licence(licence).about(id));
            checks.push(self.activation(licence).about(id));
        }
        for pending in &self.realm.pending {
            let kind = kind_in_words(&pending.kind, self.context.texts);
            let expected = pending.expected.to_string();
            let evidence = (words.pending)(&kind, &pending.sequence.to_string(), &expected);
            let mend = (words.pending_mend)(&expected);
            let check = Check::of(Kind::Pending, State::Warning, evidence, mend);
            checks.push(check.about(&pending.licence_id));
        }
        checks.push(self.ledger().about(vendor));
        let Some((all, diagnosis)) = self.diagnosis else {
            return;
        };
        self.keys(all, diagnosis, checks);
        checks.push(self.clock(diagnosis).about(vendor));
        self.servers(all, diagnosis, checks);
        self.reports(diagnosis, checks);
    }

    fn now_s(&self) -> i64 {
        let clock = self.status.clock.as_ref();
        clock.map_or(0, |clock| clock.civil_ms.div_euclid(1000))
    }

    fn at(&self, seconds: i64) -> String {
        format::local_seconds(&self.context.zone, seconds)
    }

    fn licence(&self, licence: &LicenceStatus) -> Check {
        let (words, texts) = (self.words, &self.context.texts.status);
        let now = self.now_s();
        let term = if licence.ends_at_s == 0 {
            (texts.perpetual_from)(&self.at(licence.starts_at_s))
        } else {
            let (from, until) = (self.at(licence.starts_at_s), self.at(licence.ends_at_s));
            let left = limits::left(licence.ends_at_s - now, self.context.texts);
            format!("{} ({left})", (texts.term_between)(&from, &until))
        };
        let evidence = (words.licence)(&licence.serial.to_string(), &licence.product, &term);
        let kind = Kind::Licence;
        // What concerns activation and keys is told there.
        let elsewhere = [
            RefusalCode::NotActivated,
            RefusalCode::HardwareKeyAbsent,
            RefusalCode::ReportOverdue,
        ];
        if let Some(blocked) = &licence.blocked
            && !elsewhere.contains(&code_of(blocked))
        {
            let code = code_of(blocked);
            let context = self.context;
            let explained = refusal::explained(blocked, context.texts, &context.zone);
            let colon = self.context.texts.colon;
            let name = code.as_str_name();
            let said = refusal::said(&explained);
            let evidence = format!("{evidence}{}{name}{colon}{said}", self.words.and);
            let state = match code {
                RefusalCode::LicenceNotYetValid => State::Warning,
                _ => State::Failed,
            };
            return Check::of(kind, state, evidence, explained.next);
        }
        if licence.ends_at_s != 0 && licence.ends_at_s - now <= limits::SOON_S {
            return Check::of(kind, State::Warning, evidence, words.renew);
        }
        Check::ok(kind, evidence)
    }

    fn activation(&self, licence: &LicenceStatus) -> Check {
        let (words, texts) = (self.words, &self.context.texts.status);
        let kind = Kind::Activation;
        if !licence.activated {
            let id = &licence.licence_id;
            let by_file = (texts.not_activated_help)(id);
            let mend = match licence.server.as_str() {
                "" => by_file,
                _ => format!("{} | {by_file}", (texts.not_activated_online_help)(id)),
            };
            return Check::of(kind, State::Failed, texts.not_activated, mend);
        }
        if licence.certificate_ends_at_s == 0 {
            return Check::ok(kind, texts.activated);
        }
        let left_s = licence.certificate_ends_at_s - self.now_s();
        let until = (texts.activated_until)(&self.at(licence.certificate_ends_at_s));
        let left = limits::left(left_s, self.context.texts);
        let evidence = format!("{until} ({left})");
        if left_s <= 0 {
            let over = format!(
                "{}{}{evidence}",
                words.certificate_over, self.context.texts.colon
            );
            return Check::of(kind, State::Failed, over, words.certificate_mend);
        }
        // Where reports are due their receipts renew it; whether they come is told there.
        let renewed = self.diagnosis.is_some_and(|(_, diagnosis)| {
            let mut reports = diagnosis.reports.iter();
            reports.any(|duty| duty.licence_id == licence.licence_id)
        });
        if left_s <= limits::SOON_S && !renewed {
            return Check::of(kind, State::Warning, evidence, words.certificate_mend);
        }
        Check::ok(kind, evidence)
    }

    fn ledger(&self) -> Check {
        let kind = Kind::Ledger;
        let ledger = self.realm.ledger.clone().unwrap_or_default();
        let texts = &self.context.texts.status;
        if !ledger.writable {
            let evidence = (texts.ledger_unwritable)(&ledger.error);
            return Check::of(kind, State::Failed, evidence, texts.ledger_help);
        }
        let mut evidence = (self.words.ledger)(ledger.records, ledger.synced);
        if let Some((all, _)) = self.diagnosis {
            let started = (self.words.ledger_started)(&self.at(all.started_at_s));
            evidence.extend([self.words.and, &started]);
        }
        Check::ok(kind, evidence)
    }

    fn keys(&self, all: &DiagnoseResponse, diagnosis: &RealmDiagnosis, checks: &mut Vec<Check>) {
        if diagnosis.keys.is_empty() {
            let none = Check::ok(Kind::HardwareKey, self.words.no_key);
            checks.push(none.about(&self.realm.vendor));
        }
        for key in &diagnosis.keys {
            checks.push(self.key(all, key).about(&key.serial));
        }
    }

    fn key(&self, all: &DiagnoseResponse, key: &KeyDiagnosis) -> Check {
        let (words, kind) = (self.words, Kind::HardwareKey);
        let found = match (key.present, key.proven, key.licence_without_key) {
            (true, true, _) => (words.key_proven)(&format::length(key.proven_ago_ms)),
            (true, false, _) => words.key_present.to_owned(),
            (false, _, false) => words.key_not_needed.to_owned(),
            (false, _, true) => {
                let since = format::length(key.absent_ms);
                let evidence = (words.key_away)(&since, &format::length(key.budget_left_ms));
                let mend = if !all.usb_keys && !key.emulator_accepted {
                    words.key_usb_off.to_owned()
                } else if all.hidraw_closed > 0 {
                    (words.key_udev)(all.hidraw_closed, all.hidraw_devices)
                } else {
                    (words.key_plug)(&key.serial)
                };
                let state = match key.budget_left_ms {
                    0 => State::Failed,
                    _ => State::Warning,
                };
                return Check::of(kind, state, evidence, mend);
            }
        };
        if key.emulator_accepted {
            let evidence = (words.key_emulated)(&found);
            return Check::of(kind, State::Warning, evidence, words.key_emulated_mend);
        }
        Check::ok(kind, found)
    }

    fn clock(&self, diagnosis: &RealmDiagnosis) -> Check {
        let (words, kind) = (self.words, Kind::Clock);
        let clock = diagnosis.clock.clone().unwrap_or_default();
        let now = self.now_s();
        let server = diagnosis.server_time_s;
        if clock.confidence == "behind" {
            let mark = format::local_millis(&self.context.zone, clock.mark_ms);
            let evidence = (words.clock_behind)(&self.at(now), &mark);
            return Check::of(kind, State::Failed, evidence, words.clock_mend);
        }
        if clock.confidence == "provisional" {
            let left = format::length(clock.confirmed_in_ms);
            let evidence = (words.clock_leapt)(clock.anomaly, &left);
            return Check::of(kind, State::Warning, evidence, words.clock_leapt_mend);
        }
        if server > now + APART_S {
            let evidence = (words.server_ahead)(&self.at(server), &self.at(now));
            return Check::of(kind, State::Warning, evidence, words.clock_mend);
        }
        // A report that had to be repeated left long before its receipt: only the other way tells.
        if diagnosis.sent_at_s != 0 && diagnosis.sent_at_s > server + APART_S {
            let evidence = (words.here_ahead)(&self.at(server), &self.at(diagnosis.sent_at_s));
            return Check::of(kind, State::Warning, evidence, words.clock_mend);
        }
        let mut evidence = (words.clock_ok)(&self.at(now));
        if server != 0 {
            let last = (words.server_time)(&self.at(server));
            evidence.extend([self.words.and, &last]);
        }
        Check::ok(kind, evidence)
    }

    fn servers(&self, all: &DiagnoseResponse, diagnosis: &RealmDiagnosis, checks: &mut Vec<Check>) {
        if diagnosis.servers.is_empty() {
            let none = Check::ok(Kind::Server, self.words.no_server);
            checks.push(none.about(&self.realm.vendor));
        }
        for server in &diagnosis.servers {
            checks.push(self.server(all, server).about(&server.address));
        }
    }

    fn server(&self, all: &DiagnoseResponse, server: &ServerDiagnosis) -> Check {
        let (words, kind) = (self.words, Kind::Server);
        let not_checked = |why, mend| Check::of(kind, State::NotChecked, why, mend);
        if !all.network {
            return not_checked(words.server_off, words.by_file);
        }
        if self.offline {
            return not_checked(words.server_offline, words.server_offline_mend);
        }
        if !server.probed {
            return not_checked(words.server_many, "");
        }
        if server.reached {
            let through = match all.proxy.as_str() {
                "" => String::new(),
                proxy => format!(" ({proxy})"),
            };
            return Check::ok(kind, (words.server)(server.took_ms, &through));
        }
        let evidence = (words.server_problem)(&server.code, &server.problem);
        let mend = match server.code.as_str() {
            "SERVER_ANOTHER_KEY" => words.server_another_key_mend.to_owned(),
            "SERVER_WITHOUT_PINS" => words.server_no_pins_mend.to_owned(),
            _ => (words.server_mend)(&server.address),
        };
        Check::of(kind, State::Failed, evidence, mend)
    }

    fn reports(&self, diagnosis: &RealmDiagnosis, checks: &mut Vec<Check>) {
        let (words, kind) = (self.words, Kind::Reports);
        let vendor = &self.realm.vendor;
        if !diagnosis.reports_error.is_empty() {
            let error = diagnosis.reports_error.as_str();
            let check = Check::of(kind, State::Failed, error, words.report_mend);
            checks.push(check.about(vendor));
            return;
        }
        if diagnosis.approval_needed {
            let evidence = (words.report_approval)(diagnosis.waiting_report);
            let mend = words.report_approval_mend;
            checks.push(Check::of(kind, State::Warning, evidence, mend).about(vendor));
        }
        if diagnosis.reports.is_empty() {
            checks.push(Check::ok(kind, words.no_reports).about(vendor));
        }
        for duty in &diagnosis.reports {
            checks.push(self.duty(duty, diagnosis).about(&duty.licence_id));
        }
    }

    fn duty(&self, duty: &ReportDuty, diagnosis: &RealmDiagnosis) -> Check {
        let words = self.words;
        let (due, degrade, stop) = (
            self.at(duty.due_at_s),
            self.at(duty.degrade_at_s),
            self.at(duty.stop_at_s),
        );
        let (state, mut evidence) = match duty.step.as_str() {
            "warn" => (
                State::Warning,
                (words.report_overdue)(&due, &degrade, &stop),
            ),
            "degrade" => (State::Failed, (words.report_degraded)(&due, &stop)),
            "stop" => (State::Failed, (words.report_stopped)(&due)),
            _ => (State::Ok, (words.report_due)(&due)),
        };
        if diagnosis.last_report != 0 {
            let at = self.at(diagnosis.server_time_s);
            evidence.extend([
                self.words.and,
                &(words.report_last)(diagnosis.last_report, &at),
            ]);
        }
        let mend = match state {
            State::Ok => "",
            _ => words.report_mend,
        };
        Check::of(Kind::Reports, state, evidence, mend)
    }
}
