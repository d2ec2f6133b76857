//! `octroi key probe`: why a key is not accepted. Each step rests on the one before it: where the daemon
//! looks, what is there, whether it may be opened, whether it answers, who it is, whom it serves.

use octroi_proto::admin::v1::{
    HardwareKeysResponse, HidDevice, KeyProblem, LostKey, NamedKey, PluggedKey,
};
use serde_json::json;

use super::{
    super::{
        Context, Done,
        args_keys::KeyProbe,
        client::Admin,
        doctor::{self, Check, Kind, State, user_name},
        failure::Failure,
        format,
        text::{
            doctor::{DoctorTexts, texts as doctor_texts},
            keys::{KeyTexts, texts},
        },
    },
    RuleFile, ask,
    list::{self, called, serves},
    no_daemon, own_look,
};

pub(super) async fn probe(
    arguments: &KeyProbe,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let words = texts(context.language);
    let general = doctor_texts(context.language);
    let heard = match Admin::connect(context).await {
        Ok(mut admin) => ask(&mut admin, true, context).await,
        Err(failure) => Err(failure),
    };
    let mut checks = Vec::new();
    let (mut seen, of_daemon) = match heard {
        Ok(seen) => {
            let runs = (words.daemon_runs)(&user_name(seen.uid));
            checks.push(Check::ok(Kind::Daemon, runs));
            (seen, true)
        }
        Err(failure) if no_daemon(&failure) => {
            let seen = own_look(arguments.emulator.as_deref());
            let said = (words.no_daemon)(&user_name(seen.uid));
            checks.push(Check::of(
                Kind::Daemon,
                State::Warning,
                said,
                failure.helps(),
            ));
            (seen, false)
        }
        Err(failure) => return Err(failure),
    };
    if let Some(socket) = &arguments.emulator {
        let place = socket.display().to_string();
        if of_daemon && !seen.emulators.contains(&place) {
            let own = own_look(Some(socket));
            seen.plugged.extend(own.plugged);
            seen.problems.extend(own.problems);
            let said = (words.emulator_unknown)(&place);
            let mend = (words.emulator_mend)(&place);
            checks.push(Check::of(Kind::KeyPorts, State::Failed, said, mend));
        }
        only(&mut seen, &place);
        seen.devices.clear();
    } else if let Some(place) = &arguments.place {
        only(&mut seen, &place.display().to_string());
    }
    let probing = Probing {
        seen: &seen,
        of_daemon,
        emulator: arguments.emulator.is_some(),
        rule: &RuleFile::find(),
        words,
        general,
    };
    probing.all(&mut checks);
    Ok(doctor::judged(
        &checks,
        json!({
            "daemon": of_daemon,
            "checks": checks.iter().map(doctor::json).collect::<Vec<_>>(),
            "seen": list::json(&seen),
        }),
        context,
    ))
}

/// Leaves only what is found at one place. What licences name stays: it shows what the key is not.
fn only(seen: &mut HardwareKeysResponse, place: &str) {
    seen.devices.retain(|device| device.place == place);
    seen.plugged.retain(|key| key.place == place);
    seen.problems
        .retain(|problem| problem.place == place || problem.place.is_empty());
}

/// For `octroi doctor`: what keeps the daemon from keys that are plugged in.
pub(in super::super) fn of_ports(
    seen: &HardwareKeysResponse,
    rule: &RuleFile,
    words: &KeyTexts,
    general: &DoctorTexts,
    checks: &mut Vec<Check>,
) {
    let probing = Probing {
        seen,
        of_daemon: true,
        emulator: false,
        rule,
        words,
        general,
    };
    let needed = seen.named.iter().any(|key| !key.emulator_accepted);
    for device in seen.devices.iter().filter(|device| !device.open && needed) {
        checks.push(probing.access(device));
    }
    for problem in &seen.problems {
        if problem.code != "PERMISSION_DENIED" {
            checks.push(probing.unusable(problem));
        }
    }
    for key in &seen.named {
        if key.suspect || key.failure.is_some() {
            checks.push(probing.named(key));
        }
    }
    for key in seen
        .lost
        .iter()
        .filter(|key| key.present || !key.named_by.is_empty())
    {
        checks.push(probing.lost(key));
    }
}

/// For `octroi doctor`: the udev rule, where a licence names a key that is no emulator and the daemon is not
/// root.
pub(in super::super) fn of_rule(
    seen: &HardwareKeysResponse,
    rule: &RuleFile,
    words: &KeyTexts,
) -> Option<Check> {
    let needed = seen.usb_keys && seen.named.iter().any(|key| !key.emulator_accepted);
    if !needed || seen.uid == 0 {
        return None;
    }
    let kind = Kind::KeyAccess;
    Some(match rule {
        RuleFile::Installed(path) => Check::ok(kind, (words.rule_there)(path)),
        RuleFile::Other(path) => {
            let said = (words.rule_other)(path);
            Check::of(kind, State::Warning, said, words.rule_mend)
        }
        RuleFile::Missing => Check::of(kind, State::Warning, words.rule_missing, words.rule_mend),
    })
}

struct Probing<'a> {
    seen: &'a HardwareKeysResponse,
    of_daemon: bool,
    /// One emulated key alone is looked at.
    emulator: bool,
    rule: &'a RuleFile,
    words: &'a KeyTexts,
    general: &'a DoctorTexts,
}

impl Probing<'_> {
    fn all(&self, checks: &mut Vec<Check>) {
        let seen = self.seen;
        if !self.emulator {
            checks.push(self.ports());
        }
        checks.push(self.devices());
        checks.extend(seen.devices.iter().map(|device| self.access(device)));
        let problems = seen.problems.iter();
        let told = problems.filter(|problem| {
            // Told above, with the device.
            let devices = &mut seen.devices.iter();
            problem.code != "PERMISSION_DENIED"
                || !devices.any(|device| device.place == problem.place)
        });
        checks.extend(told.map(|problem| self.unusable(problem)));
        for key in &seen.plugged {
            let said = (self.words.answers)((self.words.kind)(&key.kind), &called(key));
            checks.push(Check::ok(Kind::KeyAnswer, said).about(&key.place));
            checks.push(self.identity(key).about(&key.place));
        }
        if !self.of_daemon {
            let said = self.general.no_answer;
            checks.push(Check::of(Kind::HardwareKey, State::NotChecked, said, ""));
            return;
        }
        if seen.named.is_empty() {
            let (said, mend) = (self.words.none_named, self.words.none_named_mend);
            checks.push(Check::of(Kind::HardwareKey, State::Warning, said, mend));
        }
        checks.extend(seen.named.iter().map(|key| self.named(key)));
        checks.extend(seen.lost.iter().map(|key| self.lost(key)));
    }

    fn ports(&self) -> Check {
        let (seen, words, kind) = (self.seen, self.words, Kind::KeyPorts);
        if !seen.usb_keys && seen.emulators.is_empty() {
            return Check::of(
                kind,
                State::Failed,
                words.looks_nowhere,
                self.general.key_usb_off,
            );
        }
        if !seen.usb_keys {
            let said = (words.looks_at_emulators)(&seen.emulators.join(", "));
            return if seen.devices.is_empty() {
                Check::ok(kind, said)
            } else {
                Check::of(kind, State::Failed, said, self.general.key_usb_off)
            };
        }
        if self.of_daemon && !seen.watching {
            let (said, mend) = (words.unwatched, words.unwatched_mend);
            return Check::of(kind, State::Warning, said, mend);
        }
        Check::ok(kind, words.looks_at_usb)
    }

    fn devices(&self) -> Check {
        let (seen, words, kind) = (self.seen, self.words, Kind::KeyDevice);
        let count = seen.devices.len() + seen.plugged.iter().filter(|key| key.emulated).count();
        if count > 0 || !seen.plugged.is_empty() {
            return Check::ok(kind, (words.devices)(count.max(seen.plugged.len())));
        }
        if self.emulator {
            return Check::of(
                kind,
                State::Failed,
                words.no_emulator,
                words.no_emulator_mend,
            );
        }
        let mend = match seen.container.as_str() {
            "" => words.no_device_mend.to_owned(),
            name => (words.container_mend)(name),
        };
        Check::of(kind, State::Failed, words.no_device, mend)
    }

    fn access(&self, device: &HidDevice) -> Check {
        let (words, kind) = (self.words, Kind::KeyAccess);
        let user = user_name(self.seen.uid);
        let check = if device.open {
            Check::ok(kind, (words.may_open)(&user, &device.product))
        } else {
            let mend = match self.rule {
                RuleFile::Installed(_) => words.rule_again_mend,
                RuleFile::Other(_) | RuleFile::Missing => words.rule_mend,
            };
            let said = (words.may_not_open)(&user, &device.product);
            Check::of(kind, State::Failed, said, mend)
        };
        check.about(&device.place)
    }

    fn unusable(&self, problem: &KeyProblem) -> Check {
        let mend = (self.words.mend)(&problem.code);
        Check::of(
            Kind::KeyAnswer,
            State::Failed,
            problem.problem.as_str(),
            mend,
        )
        .about(&problem.place)
    }

    /// Who a key that answers is, and whom it serves.
    fn identity(&self, key: &PluggedKey) -> Check {
        let (seen, words, kind) = (self.seen, self.words, Kind::KeyIdentity);
        if !self.of_daemon {
            return Check::of(kind, State::NotChecked, self.general.no_answer, "");
        }
        let lost = seen.lost.iter().find(|lost| {
            key.lost.contains(&lost.serial) || (!key.serial.is_empty() && key.serial == lost.serial)
        });
        if let Some(lost) = lost {
            let said = (words.is_revoked)(&lost.revoked_by);
            return Check::of(kind, State::Failed, said, words.revoked_mend);
        }
        let licences: Vec<&str> = serves(key, seen)
            .map(|one| one.licence_id.as_str())
            .collect();
        if !licences.is_empty() {
            return Check::ok(kind, (words.serves)(&licences.join(", ")));
        }
        let is = |named: &&NamedKey| {
            key.is.contains(&named.serial) || (!key.serial.is_empty() && key.serial == named.serial)
        };
        let named: Vec<&NamedKey> = seen.named.iter().filter(is).collect();
        if key.emulated && !named.iter().any(|named| named.emulator_accepted) {
            // Not asked for a proof, since none would count.
            let accepting = seen.named.iter().any(|named| named.emulator_accepted);
            if !named.is_empty() || !accepting {
                let (said, mend) = (words.emulator_refused, words.emulator_refused_mend);
                return Check::of(kind, State::Failed, said, mend);
            }
        }
        if let Some(named) = named.iter().find(|named| named.suspect) {
            let said = (words.behind)(&named.licence_id);
            return Check::of(kind, State::Failed, said, words.behind_mend);
        }
        if let Some(named) = named.first() {
            let failure = named.failure.as_ref();
            let why = failure.map_or(words.not_proven, |failure| failure.problem.as_str());
            let said = (words.gives_no_proof)(&named.licence_id, why);
            let mend = failure.map_or(words.again_mend, |failure| (words.mend)(&failure.code));
            return Check::of(kind, State::Failed, said, mend);
        }
        if seen.named.is_empty() {
            return Check::of(
                kind,
                State::Warning,
                words.none_named,
                words.none_named_mend,
            );
        }
        let failure = seen
            .named
            .iter()
            .filter(|named| named.kind == key.kind && !key.is_not.contains(&named.serial))
            .find_map(|named| named.failure.as_ref());
        if let Some(failure) = failure {
            let mend = (words.mend)(&failure.code);
            return Check::of(kind, State::Failed, failure.problem.as_str(), mend);
        }
        let wanted: Vec<&str> = seen
            .named
            .iter()
            .map(|named| named.serial.as_str())
            .collect();
        let said = (words.another)(&wanted.join(", "));
        // A spare key beside the right one harms nobody.
        let state = if seen.named.iter().any(|named| named.licence_without_key) {
            State::Failed
        } else {
            State::Warning
        };
        Check::of(kind, state, said, words.another_mend)
    }

    /// A key that a licence names: here, or what is missing.
    fn named(&self, key: &NamedKey) -> Check {
        let (words, general) = (self.words, self.general);
        let subject = format!("{} {}", key.licence_id, key.serial);
        let of = |state, said: String, mend: String| {
            Check::of(Kind::HardwareKey, state, said, mend).about(&subject)
        };
        if key.suspect {
            let said = (words.behind)(&key.licence_id);
            return of(State::Failed, said, words.behind_mend.to_owned());
        }
        if key.present && key.proven {
            let said = (general.key_proven)(&format::length(key.proven_ago_ms));
            return of(State::Ok, said, String::new());
        }
        let busy = |failure: &&KeyProblem| failure.code != "ABSENT";
        if let Some(failure) = key.failure.as_ref().filter(busy) {
            let mend = (words.mend)(&failure.code).to_owned();
            return of(State::Failed, failure.problem.clone(), mend);
        }
        if !key.licence_without_key {
            return of(State::Ok, general.key_not_needed.to_owned(), String::new());
        }
        let since = format::length(key.absent_ms);
        let said = (general.key_away)(&since, &format::length(key.budget_left_ms));
        let state = match key.budget_left_ms {
            0 => State::Failed,
            _ => State::Warning,
        };
        of(state, said, (general.key_plug)(&key.serial))
    }

    fn lost(&self, key: &LostKey) -> Check {
        let words = self.words;
        let said = (words.is_revoked)(&key.revoked_by);
        let check = if key.present {
            Check::of(Kind::HardwareKey, State::Warning, said, words.revoked_mend)
        } else if key.named_by.is_empty() {
            Check::ok(Kind::HardwareKey, said)
        } else {
            let said = (words.named_in_vain)(&said, &key.named_by.join(", "));
            Check::of(
                Kind::HardwareKey,
                State::Failed,
                said,
                words.named_in_vain_mend,
            )
        };
        check.about(&key.serial)
    }
}
