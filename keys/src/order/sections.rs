//! What the keys of an order mean: one function a table, each of which asks for the keys that the
//! table has and hands on what it could read. Bounds are those of `octroi-licence`.

use jiff::{civil::Date, tz::TimeZone};
use octroi_licence::{
    CivilSeconds, FEATURES_MAX, FeatureName, LicenceId, ProductId, SEATS_MAX, SITES_MAX, SiteId,
    VendorId, VersionRange, message,
};

use super::{
    binding::{binding, server},
    carried,
    conduct::{self, carried_zone, conduct},
    dates::{Edge, time_zone},
    ending,
    fields::{Field, Table, report_duplicates},
    mistake::MistakeKind,
    reporting::reporting,
    support::{Around, support},
    usage::usage,
    when,
};
use crate::{
    calendar::{Calendar, HolidayLists, YEAR_MIN},
    dates::TermRules,
};

/// What a walk found; complete where no mistake was reported.
#[derive(Default)]
pub(super) struct Order {
    pub(super) vendor: Option<VendorId>,
    pub(super) licence: Option<LicenceId>,
    pub(super) sequence: Option<u64>,
    pub(super) time_zone: Option<String>,
    pub(super) dates: Option<TermRules>,
    pub(super) terms: message::Licence,
}

pub(super) fn order(table: &Table<'_>, now: CivilSeconds, lists: &HolidayLists) -> Order {
    let mut order = Order::default();
    // Where the zone is missing or wrong, which is reported, dates are still compared.
    let mut zone = TimeZone::UTC;
    if let Some(licence) = section(
        table,
        "licence",
        "the licence's identity, vendor and product",
    ) {
        zone = identity(&licence, &mut order).unwrap_or(zone);
        licence.close();
    }
    let terms = &mut order.terms;
    if let Some(client) = section(table, "client", "whose licence it is") {
        let id = client.require("id", "your number of the client");
        terms.client_id = id.and_then(|id| id.text()).unwrap_or_default();
        let name = client.require("name", "the client's company name");
        terms.client_name = name.and_then(|name| name.text()).unwrap_or_default();
        client.close();
    }
    if let Some(accepted) = table.get("terms").and_then(|field| field.table()) {
        terms.terms_acceptance = Some(acceptance(&accepted, &zone, now));
        accepted.close();
    }
    let sites = table.get("sites");
    if let Some(field) = &sites {
        terms.sites = self::sites(field);
    }
    order.dates = when::rules(table, &zone, terms.sites.len(), lists);
    if let Some(rules) = &order.dates {
        carried::carry(rules, terms);
    }
    let mut proven = Vec::new();
    if let Some(field) = table.require("features", "at least one feature with its count") {
        let term = terms.term.unwrap_or_default();
        terms.features = features(&field, &zone, term, &mut proven);
    }
    let ending = table.get("ending").and_then(|field| field.table());
    if let (Some(table), Some(rules)) = (ending, &order.dates) {
        ending::ending(&table, rules, terms);
        table.close();
    }
    conduct(table, &zone, terms);
    let support_table = table.get("support").and_then(|field| field.table());
    if let (Some(table), Some(rules)) = (support_table, &order.dates) {
        let year = Calendar::new(zone.clone()).day_of(now).map(Date::year);
        let around = Around {
            zone: order.time_zone.as_deref().unwrap_or("UTC"),
            rules,
            lists,
            year: year.unwrap_or(YEAR_MIN),
        };
        terms.support = Some(support(&table, &around));
        table.close();
    }
    if let (Some(name), Some(field)) = (&order.time_zone, table.get("licence"))
        && let Err(what) = conduct::zone(name, terms)
    {
        field.mistake(MistakeKind::BadDate, what);
    }
    if let Some(table) = table.get("binding").and_then(|field| field.table()) {
        terms.binding = Some(binding(&table));
        table.close();
    }
    if terms
        .binding
        .as_ref()
        .is_none_or(|binding| binding.hardware_keys.is_empty())
    {
        for field in &proven {
            let what = "the order names no hardware keys: nothing could be granted";
            field.mistake(MistakeKind::Contradiction, what);
        }
    }
    if let Some(table) = table.get("server").and_then(|field| field.table()) {
        terms.server = Some(server(&table));
        table.close();
    }
    if let Some(table) = table.get("reporting").and_then(|field| field.table()) {
        terms.reporting = Some(reporting(&table, &terms.features));
        table.close();
    }
    if let Some(sessions) = table.get("sessions").and_then(|field| field.table()) {
        let span = |key| sessions.get(key).and_then(|field| field.duration(1));
        terms.resume_window_s = span("resume_window").unwrap_or_default();
        terms.minimum_hold_s = span("minimum_hold").unwrap_or_default();
        terms.end_notice_s = span("end_notice").unwrap_or_default();
        sessions.close();
    }
    if let Some(escrow) = table.get("escrow").and_then(|field| field.table()) {
        let key = escrow.require("key", "the public key that may sign an escrow release");
        let key = key.and_then(|key| key.public_key());
        terms.escrow_key = key.map(|key| key.as_bytes().to_vec()).unwrap_or_default();
        escrow.close();
    }
    order
}

pub(super) fn section<'r>(table: &Table<'r>, key: &'static str, what: &str) -> Option<Table<'r>> {
    table.require(key, what).and_then(|field| field.table())
}

fn identity(table: &Table<'_>, order: &mut Order) -> Option<TimeZone> {
    let id = table.require("id", "the licence's identity over all its serials");
    order.licence = id.and_then(|field| field.name());
    let serial = table.require("serial", "1 for the first, higher to replace");
    order.terms.serial = serial
        .and_then(|field| field.integer(1, u64::MAX))
        .unwrap_or_default();
    order.sequence = table
        .get("sequence")
        .and_then(|field| field.integer(1, u64::MAX));
    let vendor = table.require("vendor", "your vendor id, as in `keys init`");
    order.vendor = vendor.and_then(|field| field.name());
    let product = table.require("product", "the product that the features belong to");
    order.terms.product = product
        .and_then(|field| field.name::<ProductId>())
        .map(Into::into)
        .unwrap_or_default();
    let number = table.get("order_number").and_then(|field| field.text());
    order.terms.order_number = number.unwrap_or_default();
    let what = "the IANA time zone of the order's dates, such as \"Europe/Paris\"";
    let zone = table.require("time_zone", what)?;
    order.time_zone = zone.text();
    zone.parse("a text in quotes", MistakeKind::BadDate, time_zone)
}

/// Clause T3.
fn acceptance(table: &Table<'_>, zone: &TimeZone, now: CivilSeconds) -> message::TermsAcceptance {
    let digest = table.get("digest").and_then(|field| field.hex::<32>());
    let accepted = table.get("accepted");
    let accepted_at = accepted
        .as_ref()
        .and_then(|field| field.instant(zone, Edge::Start));
    if let (Some(field), Some(at)) = (&accepted, accepted_at)
        && at > now
    {
        field.mistake(MistakeKind::Contradiction, "lies in the future");
    }
    if accepted.is_some() && table.get("digest").is_none() {
        table.missing("digest", "SHA-256 of the text that was accepted");
    }
    let reference = table.get("reference").and_then(|field| field.text());
    message::TermsAcceptance {
        terms_digest: digest.map(Vec::from).unwrap_or_default(),
        accepted_at_s: accepted_at.unwrap_or_default().0,
        reference: reference.unwrap_or_default(),
    }
}

/// `starts` and `ends`, the end after the start.
fn dates(table: &Table<'_>, zone: &TimeZone) -> message::Term {
    let starts = table
        .get("starts")
        .and_then(|field| field.instant(zone, Edge::Start));
    let ends = table.get("ends");
    let ends_at = ends
        .as_ref()
        .and_then(|field| field.instant(zone, Edge::End));
    if let (Some(start), Some(end), Some(field)) = (starts, ends_at, &ends)
        && end <= start
    {
        field.mistake(MistakeKind::EndsBeforeStart, "does not lie after `starts`");
    }
    message::Term {
        starts_at_s: starts.unwrap_or_default().0,
        ends_at_s: ends_at.unwrap_or_default().0,
    }
}

fn sites(field: &Field<'_>) -> Vec<message::Site> {
    let mut names = Vec::new();
    let mut sites = Vec::new();
    for table in field.tables(SITES_MAX) {
        let id = table.require("id", "a short name that the client states at activation");
        let name = id.as_ref().and_then(Field::name::<SiteId>);
        names.extend(name.clone().map(|name| name.to_string()).zip(id));
        let hosts_max = table
            .get("hosts_max")
            .and_then(|field| field.count(1, SEATS_MAX));
        sites.push(message::Site {
            id: name.map(Into::into).unwrap_or_default(),
            name: table
                .get("name")
                .and_then(|field| field.text())
                .unwrap_or_default(),
            country: table
                .get("country")
                .and_then(|field| country(&field))
                .unwrap_or_default(),
            hosts_max: hosts_max.unwrap_or_default(),
            zone: table.get("time_zone").and_then(|field| site_zone(&field)),
        });
        table.close();
    }
    report_duplicates(names.into_iter());
    sites
}

/// A zone of the site's own, in which its windows and times of day are meant.
fn site_zone(field: &Field<'_>) -> Option<message::Zone> {
    let name = field.text()?;
    let carried = time_zone(&name).and_then(|_| carried_zone(&name));
    carried
        .map_err(|what| field.mistake(MistakeKind::BadDate, what))
        .ok()
}

pub(super) fn country(field: &Field<'_>) -> Option<String> {
    field.parse("a text in quotes", MistakeKind::BadName, |text| {
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(text.to_owned())
        } else {
            Err("must be two capital letters (ISO 3166-1 alpha-2), such as \"FR\"")
        }
    })
}

/// `proven` are the fields that want check-outs proven by a hardware key.
fn features<'r>(
    field: &Field<'r>,
    zone: &TimeZone,
    licence: message::Term,
    proven: &mut Vec<Field<'r>>,
) -> Vec<message::Feature> {
    let tables = field.tables(FEATURES_MAX);
    if tables.is_empty() {
        field.mistake(
            MistakeKind::Missing,
            "holds no feature; at least one is needed",
        );
    }
    let mut names = Vec::new();
    let mut features = Vec::new();
    for table in tables {
        let name_field = table.require("name", "the name that the application asks for");
        let name = name_field.as_ref().and_then(Field::name::<FeatureName>);
        names.extend(name.clone().map(|name| name.to_string()).zip(name_field));
        let (metric, grouping) = metric(&table);
        let count = table.require("count", "how many seats or hosts");
        let count = count.and_then(|field| field.count(1, SEATS_MAX));
        let linger = table.get("linger").and_then(|field| field.duration(0));
        let term = feature_term(&table, zone, licence);
        let versions = table.get("versions").and_then(|field| field.table());
        let mut feature = message::Feature {
            name: name.map(Into::into).unwrap_or_default(),
            metric: metric.into(),
            count: count.unwrap_or_default(),
            grouping: grouping.into(),
            versions: versions.map(self::versions),
            linger_s: linger.unwrap_or_default(),
            term: (term != message::Term::default()).then_some(term),
            ..message::Feature::default()
        };
        usage(&table, zone, &mut feature);
        if feature.checkout_proof != 0 {
            proven.extend(table.get("proof_per_checkout"));
        }
        features.push(feature);
        table.close();
    }
    report_duplicates(names.into_iter());
    features
}

fn metric(table: &Table<'_>) -> (message::Metric, message::Grouping) {
    use message::{Grouping, Metric};
    let metric = table
        .require(
            "metric",
            "\"concurrent\", \"host\", \"named-user\" or \"metered\"",
        )
        .and_then(|field| {
            field.choice(&[
                ("concurrent", Metric::Concurrent),
                ("host", Metric::Host),
                ("named-user", Metric::NamedUser),
                ("metered", Metric::Metered),
            ])
        });
    let field = table.get("grouping");
    let grouping = field.as_ref().and_then(|field| {
        field.choice(&[
            ("checkout", Grouping::Checkout),
            ("user", Grouping::User),
            ("user-host", Grouping::UserHost),
            ("host", Grouping::Host),
            ("process", Grouping::Process),
        ])
    });
    match (metric, field) {
        (Some(Metric::Concurrent), None) => table.missing("grouping", "who takes one seat"),
        (Some(Metric::Host), Some(field)) => {
            let what = "the metric \"host\" counts hosts and has no grouping";
            field.mistake(MistakeKind::Contradiction, what);
        }
        (Some(Metric::NamedUser | Metric::Metered), Some(field)) => {
            let what = "only the metric \"concurrent\" has a grouping";
            field.mistake(MistakeKind::Contradiction, what);
        }
        _ => {}
    }
    (metric.unwrap_or_default(), grouping.unwrap_or_default())
}

fn feature_term(table: &Table<'_>, zone: &TimeZone, licence: message::Term) -> message::Term {
    let term = dates(table, zone);
    if let Some(field) = table.get("starts")
        && term.starts_at_s != 0
        && term.starts_at_s < licence.starts_at_s
    {
        field.mistake(
            MistakeKind::Contradiction,
            "lies before the licence's own start",
        );
    }
    if let Some(field) = table.get("ends")
        && licence.ends_at_s != 0
        && term.ends_at_s > licence.ends_at_s
    {
        field.mistake(
            MistakeKind::Contradiction,
            "lies after the licence's own end",
        );
    }
    term
}

fn versions(table: Table<'_>) -> message::VersionRange {
    let minimum = table.get("minimum").and_then(|field| field.version());
    let maximum_field = table.get("maximum");
    let maximum = maximum_field.as_ref().and_then(Field::version);
    let range = VersionRange { minimum, maximum };
    if let (Some(minimum), Some(_), Some(field)) = (&range.minimum, &range.maximum, &maximum_field)
        && !range.covers(minimum)
    {
        field.mistake(MistakeKind::EndsBeforeStart, "does not lie after `minimum`");
    }
    let text = |version: Option<octroi_licence::ProductVersion>| {
        version.map(String::from).unwrap_or_default()
    };
    table.close();
    message::VersionRange {
        minimum: text(range.minimum),
        maximum: text(range.maximum),
    }
}
