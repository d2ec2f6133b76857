//! Sentences about a licence as a whole.

use super::{Sentences, Subject, Value, length, listed, number, support, text};
use crate::{
    AbsenceBudget, Acceptance, ActivationServer, Binding, Containers, Eligibility, EndOfUse,
    EndOfUseChoice, Entity, KeyRule, Licence, NonRenewalForm, NoticeBasis, Operations, PostTerm,
    Precedence, Reaction, RehostOver, Rehosts, Renewal, Reporting, Retention, Site, Term,
    TermsAcceptance, Territory, VendorAccess,
};

pub(super) fn explain(to: &mut Sentences<'_>) {
    // Every field is named: one that is added must be given its sentence.
    let Licence {
        id,
        serial,
        product,
        client_id,
        client_name,
        order_number,
        terms_acceptance,
        features: _, // after the licence
        sites,
        term,
        binding,
        server,
        activation_code_digest: _, // of use to nobody who reads
        resume_window,
        minimum_hold,
        reporting,
        escrow_key,
        zone,
        eligibility,
        containers,
        territory,
        renewal,
        post_term,
        end_notice,
        acceptance,
        end_of_use,
        on_tamper,
        on_fork,
        countersign_required,
        precedence,
        retention,
        support,
        rehosts,
        server_regions,
        maintenance_ends_at,
        operations,
        clauses: _, // with each sentence
        convenience_excluded,
    } = to.licence;
    let values = [
        ("licence", text(id)),
        ("serial", number(*serial)),
        ("product", text(product)),
        ("client", text(client_id)),
        ("name", text(client_name)),
    ];
    to.say(Subject::Client, "client", values);
    if !order_number.is_empty() {
        to.say(Subject::Order, "order", [("number", text(order_number))]);
    }
    terms(to, terms_acceptance);
    eligible(to, eligibility);
    self::sites(to, sites);
    self::territory(to, territory.as_ref());
    to.say(Subject::Zone, "zone", [("zone", text(zone.iana()))]);
    self::term(to, *term);
    self::renewal(to, renewal);
    self::acceptance(to, *acceptance);
    if let Some(ends_at) = maintenance_ends_at {
        let date = ("date", to.until(*ends_at));
        to.say(Subject::Maintenance, "maintenance", [date]);
    }
    to.say(Subject::Activation, "activation", []);
    self::server(to, server.as_ref());
    if !server_regions.is_empty() {
        let regions = ("regions", listed(server_regions));
        to.say(Subject::ServerRegions, "server-regions", [regions]);
    }
    self::binding(to, binding);
    self::rehosts(to, *rehosts);
    let kind = match containers {
        Containers::Refuse => "refuse",
        Containers::AsHostUser => "host",
        Containers::EachAsUser => "each",
    };
    to.say(
        Subject::Containers,
        "containers",
        [("kind", Value::Word(kind))],
    );
    let span = ("span", Value::Span(*resume_window));
    to.say(Subject::Sessions, "resume-window", [span]);
    let span = ("span", Value::Span(*minimum_hold));
    to.say(Subject::Sessions, "minimum-hold", [span]);
    self::reporting(to, reporting.as_ref());
    if end_notice.0 > 0 {
        let span = ("span", Value::Span(*end_notice));
        to.say(Subject::EndNotice, "end-notice", [span]);
    }
    afterwards(to, post_term.as_ref(), end_of_use.as_ref());
    to.say(
        Subject::OnTamper,
        "on-tamper",
        [("then", reaction(*on_tamper))],
    );
    to.say(Subject::OnFork, "on-fork", [("then", reaction(*on_fork))]);
    if *countersign_required {
        to.say(Subject::Countersign, "countersign", []);
    }
    if *convenience_excluded {
        to.say(Subject::Convenience, "convenience", []);
    }
    let kind = match precedence {
        Precedence::Order => "order",
        Precedence::GeneralTerms => "general",
        Precedence::DataProtection => "data",
    };
    to.say(
        Subject::Precedence,
        "precedence",
        [("kind", Value::Word(kind))],
    );
    let Retention { ledger, identities } = retention;
    for (message, days) in [
        ("retention-ledger", ledger),
        ("retention-identities", identities),
    ] {
        if let Some(days) = days {
            to.say(Subject::Retention, message, [("days", number(days.0))]);
        }
    }
    self::operations(to, *operations);
    if let Some(support) = support {
        support::explain(to, support);
    }
    if escrow_key.is_some() {
        to.say(Subject::Escrow, "escrow", []);
    }
}

fn reaction(reaction: Reaction) -> Value {
    Value::Word(match reaction {
        Reaction::Report => "report",
        Reaction::Suspend => "suspend",
    })
}

fn terms(to: &mut Sentences<'_>, acceptance: &TermsAcceptance) {
    let TermsAcceptance {
        digest,
        accepted_at,
        reference,
    } = acceptance;
    match accepted_at {
        Some(at) => {
            let date = ("date", to.from(*at));
            to.say(Subject::Terms, "terms-accepted", [date]);
        }
        None => to.say(Subject::Terms, "terms-not-accepted", []),
    }
    if let Some(digest) = digest {
        let digest = ("digest", text(hex::encode(digest)));
        to.say(Subject::Terms, "terms-digest", [digest]);
    }
    if !reference.is_empty() {
        let reference = ("reference", text(reference));
        to.say(Subject::Terms, "terms-reference", [reference]);
    }
}

fn eligible(to: &mut Sentences<'_>, eligibility: &Eligibility) {
    let Eligibility {
        entities,
        categories,
    } = eligibility;
    let subject = Subject::Eligibility;
    if !entities.is_empty() {
        let list = ("list", named(entities));
        to.say(subject, "entities", [list]);
    }
    if !categories.is_empty() {
        let list = ("list", named(categories));
        to.say(subject, "categories", [list]);
    }
}

fn named<Id: ToString>(entities: &[Entity<Id>]) -> Value {
    listed(
        entities
            .iter()
            .map(|Entity { id, name }| match name.as_str() {
                "" => id.to_string(),
                name => format!("{name} ({})", id.to_string()),
            }),
    )
}

fn sites(to: &mut Sentences<'_>, sites: &[Site]) {
    let subject = Subject::Sites;
    if sites.is_empty() {
        to.say(subject, "site-any", []);
    }
    for Site {
        id,
        name,
        country,
        hosts_max,
        zone,
    } in sites
    {
        let site = || ("site", text(id));
        to.say(subject, "site", [site()]);
        if !name.is_empty() {
            to.say(subject, "site-name", [site(), ("name", text(name))]);
        }
        if let Some(country) = country {
            let country = ("country", text(country));
            to.say(subject, "site-country", [site(), country]);
        }
        if let Some(most) = hosts_max {
            to.say(subject, "site-hosts", [site(), ("hosts", number(*most))]);
        }
        if let Some(zone) = zone {
            let zone = ("zone", text(zone.iana()));
            to.say(subject, "site-zone", [site(), zone]);
        }
    }
}

fn territory(to: &mut Sentences<'_>, territory: Option<&Territory>) {
    let (message, countries) = match territory {
        None => return,
        Some(Territory::Allowed(countries)) => ("territory-allowed", countries),
        Some(Territory::Denied(countries)) => ("territory-denied", countries),
    };
    to.say(
        Subject::Territory,
        message,
        [("countries", listed(countries))],
    );
}

fn term(to: &mut Sentences<'_>, term: Term) {
    let Term { starts_at, ends_at } = term;
    match starts_at {
        Some(at) => {
            let date = ("date", to.from(at));
            to.say(Subject::Term, "term-from", [date]);
        }
        None => to.say(Subject::Term, "term-from-issue", []),
    }
    match ends_at {
        Some(at) => {
            let date = ("date", to.until(at));
            to.say(Subject::Term, "term-until", [date]);
        }
        None => to.say(Subject::Term, "term-perpetual", []),
    }
}

fn renewal(to: &mut Sentences<'_>, renewal: &Renewal) {
    let subject = Subject::Renewal;
    let (periods, form, basis, address) = match renewal {
        Renewal::None => return to.say(subject, "renewal-none", []),
        Renewal::Express => return to.say(subject, "renewal-express", []),
        Renewal::Tacit {
            periods,
            form,
            basis,
            notice_address,
        } => (periods, form, basis, notice_address),
    };
    if let Some(first) = periods.first() {
        let values = [
            ("date", to.until(first.ends_at)),
            ("notice", to.from(first.notice_until)),
            ("periods", length(periods)),
        ];
        to.say(subject, "renewal-tacit", values);
    }
    let form = match form {
        NonRenewalForm::Letter => "letter",
        NonRenewalForm::Local => "local",
        NonRenewalForm::Any => "any",
    };
    to.say(subject, "renewal-form", [("form", Value::Word(form))]);
    let basis = match basis {
        NoticeBasis::Total => "total",
        NoticeBasis::Period => "period",
    };
    to.say(subject, "renewal-basis", [("basis", Value::Word(basis))]);
    if !address.is_empty() {
        to.say(subject, "renewal-address", [("address", text(address))]);
    }
}

fn acceptance(to: &mut Sentences<'_>, acceptance: Acceptance) {
    let Acceptance {
        evaluation_ends_at,
        reserves_until,
        guarantee_ends_at,
    } = acceptance;
    for (message, at) in [
        ("evaluation", evaluation_ends_at),
        ("reserves", reserves_until),
        ("guarantee", guarantee_ends_at),
    ] {
        if let Some(at) = at {
            let date = ("date", to.until(at));
            to.say(Subject::Acceptance, message, [date]);
        }
    }
}

fn server(to: &mut Sentences<'_>, server: Option<&ActivationServer>) {
    let subject = Subject::Server;
    let Some(server) = server else {
        return to.say(subject, "server-none", []);
    };
    let ActivationServer {
        address,
        key_pins,
        web_pki,
        region,
    } = server;
    to.say(subject, "server", [("address", text(address))]);
    if !key_pins.is_empty() {
        to.say(subject, "server-pins", [("count", length(key_pins))]);
    }
    if *web_pki {
        to.say(subject, "server-web-pki", []);
    }
    if let Some(region) = region {
        to.say(subject, "server-region", [("region", text(region))]);
    }
}

fn binding(to: &mut Sentences<'_>, binding: &Binding) {
    let Binding {
        hardware_keys,
        revoked_keys,
        key_rule,
        proof_interval,
        absence: AbsenceBudget { budget, window },
        host_components_required,
    } = binding;
    let subject = Subject::Binding;
    if hardware_keys.is_empty() && host_components_required.is_none() {
        to.say(subject, "binding-none", []);
    }
    if !hardware_keys.is_empty() {
        let rule = match key_rule {
            KeyRule::Any => "any",
            KeyRule::All => "all",
        };
        let values = [
            ("rule", Value::Word(rule)),
            ("count", length(hardware_keys)),
            (
                "serials",
                listed(hardware_keys.iter().map(|key| key.serial)),
            ),
        ];
        to.say(subject, "binding-keys", values);
        if hardware_keys.iter().any(|key| key.emulator_accepted) {
            to.say(subject, "binding-emulator", []);
        }
        if !revoked_keys.is_empty() {
            let values = [
                ("count", length(revoked_keys)),
                ("serials", listed(revoked_keys.iter().map(|key| key.serial))),
            ];
            to.say(subject, "binding-revoked", values);
        }
        let span = ("span", Value::Span(*proof_interval));
        to.say(subject, "binding-proof", [span]);
        if budget.0 > 0 {
            let values = [
                ("budget", Value::Span(*budget)),
                ("window", Value::Span(*window)),
            ];
            to.say(subject, "binding-absence", values);
        } else {
            to.say(subject, "binding-absence-none", []);
        }
    }
    if let Some(required) = host_components_required {
        to.say(subject, "binding-host", [("count", number(*required))]);
    }
}

fn rehosts(to: &mut Sentences<'_>, rehosts: Option<Rehosts>) {
    let Some(Rehosts { per_year, over }) = rehosts else {
        return;
    };
    let over = match over {
        RehostOver::Bill => "bill",
        RehostOver::Refuse => "refuse",
    };
    let values = [("count", number(per_year)), ("over", Value::Word(over))];
    to.say(Subject::Rehosts, "rehosts", values);
}

fn reporting(to: &mut Sentences<'_>, reporting: Option<&Reporting>) {
    let subject = Subject::Reporting;
    let Some(reporting) = reporting else {
        return to.say(subject, "reporting-none", []);
    };
    let Reporting {
        interval,
        warn,
        degrade,
        stop,
        approval_required,
        billed,
    } = reporting;
    for (message, days) in [
        ("reporting", interval),
        ("reporting-warn", warn),
        ("reporting-degrade", degrade),
        ("reporting-stop", stop),
    ] {
        to.say(subject, message, [("days", number(days.0))]);
    }
    if *approval_required {
        to.say(subject, "reporting-approval", []);
    }
    if !billed.is_empty() {
        to.say(subject, "reporting-billed", [("features", listed(billed))]);
    }
}

fn afterwards(to: &mut Sentences<'_>, export: Option<&PostTerm>, end: Option<&EndOfUse>) {
    if let Some(PostTerm { export, features }) = export {
        let values = [("days", number(export.0)), ("features", listed(features))];
        to.say(Subject::Export, "export", values);
    }
    if let Some(EndOfUse {
        deadline,
        choices,
        silence,
    }) = end
    {
        let choice = |choice: &EndOfUseChoice| match choice {
            EndOfUseChoice::Destroyed => "choice-destroyed",
            EndOfUseChoice::Returned => "choice-returned",
            EndOfUseChoice::BackupHandedOver => "choice-backup",
        };
        let values = [
            ("days", number(deadline.0)),
            (
                "choices",
                Value::AnyOf(choices.iter().map(choice).collect()),
            ),
        ];
        to.say(Subject::EndOfUse, "end-of-use", values);
        if let Some(silence) = silence {
            let values = [("choice", Value::AnyOf(vec![choice(silence)]))];
            to.say(Subject::EndOfUse, "end-of-use-silence", values);
        }
    }
}

fn operations(to: &mut Sentences<'_>, operations: Option<Operations>) {
    let Some(Operations {
        backup_copies,
        vendor_access,
        maintenance_notice_hours,
    }) = operations
    else {
        return;
    };
    let subject = Subject::Operations;
    let count = ("count", number(backup_copies));
    to.say(subject, "backup-copies", [count]);
    let kind = match vendor_access {
        VendorAccess::None => "none",
        VendorAccess::OnRequest => "on-request",
        VendorAccess::Informed => "informed",
        VendorAccess::Reasonable => "reasonable",
        VendorAccess::RemoteOrBundle => "remote-or-bundle",
    };
    to.say(subject, "vendor-access", [("kind", Value::Word(kind))]);
    if let Some(hours) = maintenance_notice_hours {
        let hours = ("hours", number(hours));
        to.say(subject, "maintenance-notice", [hours]);
    }
}
