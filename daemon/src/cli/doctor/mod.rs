//! `octroi doctor`: everything that commonly goes wrong, each with what was found and the command that
//! mends it. What this user can see it looks at itself, so that it works where no daemon runs; the
//! rest it asks the daemon. It changes nothing.

mod asked;
mod files;
mod limits;
mod sockets;
mod words;

pub(super) use self::{limits::SOON_S, words::user_name};

use octroi_proto::admin::v1::{
    DiagnoseRequest, DiagnoseResponse, HardwareKeysResponse, StatusResponse,
};
use serde_json::{Value, json};
use tonic::Code;

use super::{
    Context, Done,
    args::Doctor,
    client::Admin,
    exit::Exit,
    failure::Failure,
    format::plain,
    keys, report_exchange,
    text::{
        Messages,
        doctor::{DoctorTexts, texts},
        keys::texts as key_texts,
    },
};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// As it should be.
    Ok,
    /// It works, and will not for ever, or not for everybody.
    Warning,
    /// It does not work.
    Failed,
    /// It could not be looked at.
    NotChecked,
}

impl State {
    const ALL: [Self; 4] = [Self::Ok, Self::Warning, Self::Failed, Self::NotChecked];

    /// Its name for scripts.
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::NotChecked => "not_checked",
        }
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    ApplicationSocket,
    AdminSocket,
    Daemon,
    StateFolder,
    Disk,
    TrustedRoot,
    Licence,
    Activation,
    Pending,
    HardwareKey,
    KeyPorts,
    KeyDevice,
    KeyAccess,
    KeyAnswer,
    KeyIdentity,
    Clock,
    Ledger,
    LedgerChain,
    Server,
    Reports,
    NextLimit,
}

impl Kind {
    /// Its name for scripts.
    const fn name(self) -> &'static str {
        match self {
            Self::ApplicationSocket => "application_socket",
            Self::AdminSocket => "admin_socket",
            Self::Daemon => "daemon",
            Self::StateFolder => "state_folder",
            Self::Disk => "disk",
            Self::TrustedRoot => "trusted_root",
            Self::Licence => "licence",
            Self::Activation => "activation",
            Self::Pending => "pending_document",
            Self::HardwareKey => "hardware_key",
            Self::KeyPorts => "key_ports",
            Self::KeyDevice => "key_device",
            Self::KeyAccess => "key_access",
            Self::KeyAnswer => "key_answer",
            Self::KeyIdentity => "key_identity",
            Self::Clock => "clock",
            Self::Ledger => "ledger",
            Self::LedgerChain => "ledger_chain",
            Self::Server => "server",
            Self::Reports => "reports",
            Self::NextLimit => "next_limit",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    kind: Kind,
    /// Which of several: a vendor, a licence, a key, a server. Empty: there is only one.
    subject: String,
    state: State,
    evidence: String,
    /// What to do; empty: nothing.
    mend: String,
}

impl Check {
    pub(super) fn ok(kind: Kind, evidence: impl Into<String>) -> Self {
        Self::of(kind, State::Ok, evidence, "")
    }

    pub(super) fn of(
        kind: Kind,
        state: State,
        evidence: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            subject: String::new(),
            state,
            evidence: evidence.into(),
            mend: mend.into(),
        }
    }

    pub(super) fn about(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.subject);
        self
    }
}

/// What the daemon said, each as far as it did.
struct Heard {
    status: Option<StatusResponse>,
    diagnosis: Option<DiagnoseResponse>,
    keys: Option<HardwareKeysResponse>,
}

/// Looks at everything.
pub(super) async fn doctor(
    arguments: &Doctor,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let words = texts(context.language);
    let checks = look(arguments, words, context).await;
    let all = Value::Array(checks.iter().map(json).collect());
    Ok(judged(&checks, all, context))
}

/// Checks for people, what scripts get instead, and the exit status that the worst of them gives.
pub(super) fn judged(checks: &[Check], json: Value, context: &Context<'_, '_>) -> Done {
    Done::Judged {
        text: readable(checks, texts(context.language), context.texts),
        json,
        exit: exit(checks),
    }
}

/// The same findings, as `--json` prints them.
pub(super) async fn findings(arguments: &Doctor, context: &mut Context<'_, '_>) -> Vec<Value> {
    let words = texts(context.language);
    let checks = look(arguments, words, context).await;
    checks.iter().map(json).collect()
}

async fn look(
    arguments: &Doctor,
    words: &'static DoctorTexts,
    context: &mut Context<'_, '_>,
) -> Vec<Check> {
    let mut checks = vec![sockets::applications(words, context).await];
    let heard = ask(arguments, words, context, &mut checks).await;
    let uid = heard.diagnosis.as_ref().map(|diagnosis| diagnosis.uid);
    checks.extend(files::state_folder(words, uid, context));
    checks.push(files::disk(words, context));
    asked::all(&heard, arguments.offline, words, context, &mut checks);
    if let Some(seen) = &heard.keys {
        let rule = keys::RuleFile::find();
        let of_keys = key_texts(context.language);
        keys::of_ports(seen, &rule, of_keys, words, &mut checks);
        checks.extend(keys::of_rule(seen, &rule, of_keys));
    }
    files::ledger_chains(&heard, words, context, &mut checks);
    checks.push(limits::next(&heard, words, context));
    checks
}

/// Asks the daemon over the administrators' socket; says how that went.
async fn ask(
    arguments: &Doctor,
    words: &DoctorTexts,
    context: &mut Context<'_, '_>,
    checks: &mut Vec<Check>,
) -> Heard {
    let mut heard = Heard {
        status: None,
        diagnosis: None,
        keys: None,
    };
    let mut admin = match sockets::administrators(words, context).await {
        Ok((check, admin)) => {
            checks.push(check);
            admin
        }
        Err(check) => {
            checks.push(check);
            checks.push(Check::of(
                Kind::Daemon,
                State::NotChecked,
                words.no_answer,
                "",
            ));
            return heard;
        }
    };
    let status = match admin.status(context).await {
        Ok(status) => status,
        Err(failure) => {
            checks.push(of_failure(Kind::Daemon, &failure, context.texts));
            return heard;
        }
    };
    let diagnosis = diagnose(&mut admin, !arguments.offline, &status, words, context).await;
    match diagnosis {
        Ok(diagnosis) => {
            checks.push(asked::daemon(&status, &diagnosis, words, context));
            heard.diagnosis = Some(diagnosis);
            // A daemon that is older than this question has answered the others.
            heard.keys = keys::ask(&mut admin, false, context).await.ok();
        }
        Err(failure) => checks.push(of_failure(Kind::Daemon, &failure, context.texts)),
    }
    heard.status = Some(status);
    heard
}

async fn diagnose(
    admin: &mut Admin,
    probe_servers: bool,
    status: &StatusResponse,
    words: &DoctorTexts,
    context: &mut Context<'_, '_>,
) -> Result<DiagnoseResponse, Failure> {
    report_exchange::patiently(context);
    let request = DiagnoseRequest { probe_servers };
    admin
        .call(
            context,
            async |client| client.diagnose(request).await,
            |answered| {
                let old = answered.code() == Code::Unimplemented;
                old.then(|| {
                    Failure::other((words.too_old)(&status.daemon_version))
                        .help(words.versions_mend)
                })
            },
        )
        .await
}

/// A command's failure as a check that failed.
fn of_failure(kind: Kind, failure: &Failure, texts: &Messages) -> Check {
    Check::of(kind, State::Failed, failure.said(texts), failure.helps())
}

/// The worst that was found decides.
fn exit(checks: &[Check]) -> Exit {
    let any = |state| checks.iter().any(|check| check.state == state);
    if any(State::Failed) {
        Exit::ChecksFailed
    } else if any(State::Warning) {
        Exit::ChecksWarn
    } else {
        Exit::Ok
    }
}

fn readable(checks: &[Check], words: &DoctorTexts, texts: &Messages) -> String {
    let width = State::ALL
        .iter()
        .map(|state| (words.state)(*state).chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let state = (words.state)(check.state);
        let mut line = format!("{state:<width$}  {}", (words.kind)(check.kind));
        if !check.subject.is_empty() {
            line.push(' ');
            line.push_str(&check.subject);
        }
        line.push_str(texts.colon);
        line.push_str(&check.evidence);
        text.push_str(&plain(&line));
        text.push('\n');
        if !check.mend.is_empty() {
            let indent = " ".repeat(width + 2);
            let mend = plain(&check.mend);
            text.extend([&indent, texts.help_label, mend.as_str(), "\n"]);
        }
    }
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    text.push_str(&(words.sum)(State::ALL.map(count)));
    text.push('\n');
    text
}

/// A check for scripts.
pub(super) fn json(check: &Check) -> Value {
    json!({
        "check": check.kind.name(),
        "subject": (!check.subject.is_empty()).then_some(&check.subject),
        "state": check.state.name(),
        "evidence": check.evidence,
        "mend": (!check.mend.is_empty()).then_some(&check.mend),
    })
}
