//! What stands, for administrators: the engine's views with names resolved on this machine. Reads
//! only.

use std::collections::BTreeMap;

use octroi_engine::{
    Engine, FeatureView, LicenceView, Loan, PendingView, SeatStatus, SeatView, UserPseudonym,
    WaiterView,
};
use octroi_licence::{CivilSeconds, Days, LicenceId};
use octroi_proto::admin::v1 as wire;

use super::{
    registers, view_life,
    view_use::{self, Use},
};
use crate::{
    clock::civil_now,
    host::HostFacts,
    realm::{LedgerState, Realm, confidence, explained_refusal, wire_refusal},
    realms::Realms,
};

/// Everything at one look.
pub(super) async fn status(realms: &Realms) -> wire::StatusResponse {
    let mut response = wire::StatusResponse {
        daemon_version: env!("CARGO_PKG_VERSION").to_owned(),
        clock: Some(wire::ClockStatus {
            civil_ms: civil_now().millis().0,
            confidence: "trusted".to_owned(),
            evidence: String::new(),
        }),
        ..Default::default()
    };
    for realm in realms.all() {
        let read = realm.read(|reading| (Seen::of(reading), reading.engine.state().clone()));
        let Some((seen, state)) = read.await else {
            response
                .warnings
                .push(format!("the realm of {} has stopped", realm.vendor()));
            continue;
        };
        // Digested on a copy: nobody shall wait for a seat while everything is hashed.
        let Ok(digest) = tokio::task::spawn_blocking(move || state.digest()).await else {
            response
                .warnings
                .push(format!("the realm of {} could not be read", realm.vendor()));
            continue;
        };
        response.sessions += seen.sessions;
        if let Some(clock) = &seen.clock {
            response.clock = Some(clock.clone());
        }
        warn(&realm, &seen, &mut response.warnings);
        warn_of_ends(&realm, &seen, &mut response.warnings);
        let registers = Some(registers::open(&realm).await);
        response.realms.push(wire::RealmStatus {
            registers,
            ..realm_status(&realm, seen, digest)
        });
    }
    if response.realms.is_empty() {
        response
            .warnings
            .push("no vendor is trusted yet: octroi vendor trust FILE".to_owned());
    }
    response
}

/// What is copied out of a realm's owner.
struct Seen {
    licences: Vec<LicenceView>,
    /// Documents that came before their licence.
    orphans: Vec<(LicenceId, PendingView)>,
    features: Vec<FeatureView>,
    used: Use,
    sessions: u64,
    ledger: LedgerState,
    clock: Option<wire::ClockStatus>,
    /// The judged civil time.
    now: CivilSeconds,
    /// Of the licences that name one.
    servers: BTreeMap<LicenceId, String>,
    /// What the documents state for people.
    stated: BTreeMap<LicenceId, Stated>,
    /// What was announced of their products.
    releases: BTreeMap<LicenceId, wire::ReleaseStatus>,
}

/// What a licence's documents tell people.
#[derive(Clone, Default)]
struct Stated {
    support: Vec<wire::SupportStatus>,
    clauses: Vec<wire::ClauseStatus>,
    blocked: Option<octroi_proto::licensing::v1::Refusal>,
}

impl Seen {
    fn of(reading: &crate::realm::Reading<'_>) -> Self {
        let engine = reading.engine;
        let clock = engine.clock(reading.now).map(|clock| wire::ClockStatus {
            civil_ms: clock.civil.0,
            confidence: confidence(clock.confidence).to_owned(),
            evidence: match clock.anomaly {
                Some(record) => format!("ledger record {record}"),
                None => String::new(),
            },
        });
        let now = engine.civil_now(reading.now).seconds();
        Self {
            now,
            licences: engine.licences(),
            orphans: engine.pending_without_licence(),
            features: engine.features(),
            used: Use::of(engine, reading.now),
            sessions: u64::try_from(engine.sessions().count()).unwrap_or(u64::MAX),
            ledger: reading.ledger.clone(),
            clock,
            servers: servers(engine),
            stated: stated(engine, now),
            releases: view_life::releases(engine, reading.now),
        }
    }
}

/// The servers that licences name.
pub(super) fn servers(engine: &Engine) -> BTreeMap<LicenceId, String> {
    let licences = engine.licences().into_iter();
    let server = |view: LicenceView| {
        let server = engine.documents(&view.licence)?.licence.server.clone()?;
        Some((view.licence, server.address))
    };
    licences.filter_map(server).collect()
}

fn stated(engine: &Engine, now: CivilSeconds) -> BTreeMap<LicenceId, Stated> {
    let licences = engine.licences().into_iter();
    let stated = |view: LicenceView| {
        let document = engine.documents(&view.licence)?.licence;
        let blocked = view.blocked.map(|one| explained_refusal(one, engine));
        let stated = Stated {
            support: view_life::support(&document, now),
            clauses: view_life::clauses(&document),
            blocked,
        };
        Some((view.licence, stated))
    };
    licences.filter_map(stated).collect()
}

fn warn(realm: &Realm, seen: &Seen, warnings: &mut Vec<String>) {
    let vendor = realm.vendor();
    if let Some(error) = &seen.ledger.error {
        warnings.push(format!("{vendor}: the ledger cannot be written ({error})"));
    }
    if seen.licences.is_empty() {
        warnings.push(format!(
            "{vendor}: no licence is installed: octroi install FILE"
        ));
    }
    if let Some(clock) = seen
        .clock
        .as_ref()
        .filter(|clock| clock.confidence != "trusted")
    {
        warnings.push(format!(
            "{vendor}: the wall clock is {} ({})",
            clock.confidence, clock.evidence
        ));
    }
}

/// A deadline of this many days is a warning.
const END_OF_USE_WARNED: Days = Days(7);

/// Ends of use that are to be certified soon, or should have been.
fn warn_of_ends(realm: &Realm, seen: &Seen, warnings: &mut Vec<String>) {
    for view in &seen.licences {
        let Some(until) = view.life.facts.end_of_use_due else {
            continue;
        };
        let (vendor, licence) = (realm.vendor(), &view.licence);
        let left = until.0.saturating_sub(seen.now.0);
        if left <= 0 {
            warnings.push(format!(
                "{vendor}: the end of use of licence {licence} should have been certified: octroi remove {licence}"
            ));
        } else if left <= i64::from(END_OF_USE_WARNED.seconds().0) {
            let days = left.div_euclid(i64::from(Days(1).seconds().0));
            warnings.push(format!(
                "{vendor}: the end of use of licence {licence} is to be certified, {days} days are left: octroi remove {licence}"
            ));
        }
    }
}

fn realm_status(realm: &Realm, seen: Seen, digest: [u8; 32]) -> wire::RealmStatus {
    let pending = pending(&seen);
    let mut features: BTreeMap<String, Vec<wire::FeatureStatus>> = BTreeMap::new();
    for view in seen.features {
        let mut status = feature_status(&view);
        seen.used.add(&view, &mut status);
        features
            .entry(view.licence.to_string())
            .or_default()
            .push(status);
    }
    let licences = seen
        .licences
        .into_iter()
        .map(|view| {
            let features = features.remove(view.licence.as_str()).unwrap_or_default();
            let server = seen.servers.get(&view.licence).cloned();
            let stated = seen.stated.get(&view.licence).cloned().unwrap_or_default();
            let releases = seen.releases.get(&view.licence).cloned();
            let status = licence_status(view, features, server.unwrap_or_default(), seen.now);
            wire::LicenceStatus {
                releases,
                support: stated.support,
                clauses: stated.clauses,
                blocked: stated.blocked.or(status.blocked),
                ..status
            }
        })
        .collect();
    wire::RealmStatus {
        vendor: realm.vendor().to_string(),
        vendor_name: realm.root_document().document().vendor_name.clone(),
        root_fingerprint: realm.root().id().to_string(),
        daemon_key: realm.public_key().to_string(),
        licences,
        ledger: Some(wire::LedgerStatus {
            records: seen.ledger.records,
            synced: seen.ledger.synced,
            head: hex::encode(seen.ledger.head),
            writable: seen.ledger.error.is_none(),
            error: seen.ledger.error.unwrap_or_default(),
        }),
        pending,
        state_digest: hex::encode(digest),
        registers: None,
    }
}

/// Documents that wait for others: first those whose licence is here.
fn pending(seen: &Seen) -> Vec<wire::PendingDocument> {
    let of_licences = seen.licences.iter().flat_map(|view| {
        let waiting = view.pending.iter();
        waiting.map(|pending| view_life::pending(&view.licence, pending, false))
    });
    let orphans = seen.orphans.iter();
    let orphans = orphans.map(|(licence, pending)| view_life::pending(licence, pending, true));
    of_licences.chain(orphans).collect()
}

pub(super) fn feature_status(view: &FeatureView) -> wire::FeatureStatus {
    wire::FeatureStatus {
        feature: view.feature.to_string(),
        metric: view.metric.name().to_owned(),
        grouping: view.grouping.name().to_owned(),
        licensed: view.licensed,
        share: view.share,
        in_use: view.in_use,
        lingering: view.lingering,
        waiting: view.waiting,
        overdraft: view_use::overdraft(view),
        soft_limits_crossed: view.soft_limits_crossed.clone(),
        ..Default::default()
    }
}

pub(super) fn licence_status(
    view: LicenceView,
    features: Vec<wire::FeatureStatus>,
    server: String,
    now: CivilSeconds,
) -> wire::LicenceStatus {
    let certificate = view.certificate.as_ref();
    wire::LicenceStatus {
        life: Some(view_life::life(&view.life, now)),
        orders: view.orders.iter().map(view_life::order).collect(),
        amendments: view.amendments.iter().map(view_life::amendment).collect(),
        licence_id: view.licence.to_string(),
        serial: view.serial,
        product: view.product.map(String::from).unwrap_or_default(),
        client_name: view.client_name,
        digest: view.digest.to_string(),
        starts_at_s: view.term.starts_at.map_or(0, |at| at.0),
        ends_at_s: view.term.ends_at.map_or(0, |at| at.0),
        activated: certificate.is_some(),
        certificate_ends_at_s: certificate
            .and_then(|certificate| certificate.valid_until)
            .map_or(0, |at| at.0),
        site: certificate
            .and_then(|certificate| certificate.site.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default(),
        features,
        hardware_key: view.key.map(|key| wire::KeyStatus {
            required: true,
            present: key.present.iter().map(ToString::to_string).collect(),
            absent: key.absent.iter().map(ToString::to_string).collect(),
            budget_left_ms: key.budget_left_ms,
        }),
        blocked: view.blocked.map(wire_refusal),
        sequence: view.sequence,
        server,
        ..Default::default()
    }
}

/// Seats and waiters of one realm.
pub(super) async fn seats(realm: &Realm, feature: &str, response: &mut wire::SeatsResponse) {
    let wanted = feature.to_owned();
    let seen = realm.read(move |reading| {
        let wanted = |feature: &str| wanted.is_empty() || wanted == feature;
        let loans = reading.engine.loans();
        let mut loans: BTreeMap<_, _> = loans.map(|loan| (loan.seat, loan)).collect();
        let seats: Vec<(SeatView, Option<Loan>)> = reading
            .engine
            .seats()
            .filter(|seat| wanted(seat.feature.as_str()))
            .map(|seat| {
                let loan = loans.remove(&seat.seat);
                (seat, loan)
            })
            .collect();
        let waiters: Vec<WaiterView> = reading
            .engine
            .waiters()
            .filter(|waiter| wanted(waiter.feature.as_str()))
            .collect();
        let used = Use::of(reading.engine, reading.now);
        let features = reading.engine.features().into_iter();
        let features = features.filter(|view| wanted(view.feature.as_str()));
        let features = features.map(|view| {
            let mut status = feature_status(&view);
            used.add(&view, &mut status);
            (view.licence, status)
        });
        (seats, waiters, features.collect::<Vec<_>>())
    });
    let Some((seats, waiters, features)) = seen.await else {
        return;
    };
    let vendor = realm.vendor().to_string();
    for (licence, feature) in features {
        response.features.push(wire::FeatureOfLicence {
            vendor: vendor.clone(),
            licence_id: licence.to_string(),
            feature: Some(feature),
        });
    }
    let mut names = BTreeMap::new();
    for (seat, loan) in seats {
        let user = name(realm, seat.user, &mut names).await;
        response.seats.push(wire::Seat {
            loan: loan.as_ref().map(loan_of),
            ..seat_of(&vendor, seat, user)
        });
    }
    for waiter in waiters {
        let user = name(realm, waiter.user, &mut names).await;
        response.waiters.push(waiter_of(&vendor, &waiter, user));
    }
}

pub(super) fn seat_of(vendor: &str, seat: SeatView, user: String) -> wire::Seat {
    wire::Seat {
        vendor: vendor.to_owned(),
        licence_id: seat.licence.to_string(),
        product: seat.product.map(String::from).unwrap_or_default(),
        feature: seat.feature.to_string(),
        seat: seat.seat.0,
        units: seat.units,
        user,
        pid: seat.process.map_or(0, |process| process.pid),
        since_ms: seat.since.0,
        state: match seat.status {
            SeatStatus::Held => "held",
            SeatStatus::Lingering { .. } => "lingering",
            SeatStatus::Revoked { .. } => "revoked",
            SeatStatus::Borrowed { .. } => "borrowed",
        }
        .to_owned(),
        version: seat
            .version
            .map(|version| version.to_string())
            .unwrap_or_default(),
        loan: None,
    }
}

fn loan_of(loan: &Loan) -> wire::Loan {
    wire::Loan {
        borrow: loan.borrow.to_string(),
        until_s: loan.until.0,
        longest_s: loan.longest.0,
        returned: loan.returned,
    }
}

pub(super) fn waiter_of(vendor: &str, waiter: &WaiterView, user: String) -> wire::Waiter {
    wire::Waiter {
        vendor: vendor.to_owned(),
        feature: waiter.feature.to_string(),
        user,
        pid: waiter.process.map_or(0, |process| process.pid),
        units: waiter.units,
        place: waiter.place,
    }
}

/// Who a pseudonym is, looked up once.
pub(super) async fn name(
    realm: &Realm,
    user: UserPseudonym,
    names: &mut BTreeMap<UserPseudonym, String>,
) -> String {
    if let Some(name) = names.get(&user) {
        return name.clone();
    }
    let name = realm.user_name(user).await;
    names.insert(user, name.clone());
    name
}

/// The host's components, for this machine's administrator only.
pub(super) fn host_components(facts: &HostFacts) -> Vec<wire::HostIdComponent> {
    facts
        .components
        .iter()
        .map(|fact| {
            let (value, problem) = match &fact.value {
                Ok(value) => (value.clone(), String::new()),
                Err(problem) => (String::new(), problem.to_string()),
            };
            let (kind, readable) = (fact.kind.name().to_owned(), problem.is_empty());
            wire::HostIdComponent {
                kind,
                readable,
                value,
                problem,
            }
        })
        .collect()
}
