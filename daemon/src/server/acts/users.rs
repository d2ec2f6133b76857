//! Users by name: who has what, who is blocked, and the list of a directory compared with the named
//! users of a feature. Names are looked up on this machine and become pseudonyms before anything is
//! decided.

use std::collections::BTreeMap;

use octroi_engine::{
    Actor, AssignmentView, Command, ListedUser, Outcome, SyncOutcome, UserPseudonym,
};
use octroi_licence::{AssignmentId, FeatureName, Identity, LicenceId};
use octroi_proto::admin::v1 as wire;
use tonic::{Response, Status};

use super::{bad_name, refused_by, unfitting, view};
use crate::{
    identities::{
        Identities, IdentitiesError, NamedAs, Who, blocking, of_name, of_uid, random, uid_of,
    },
    realm::Realm,
    server::asking::NAME_BYTES_MAX,
    text::sentence,
};

/// Who has an assignment or is blocked.
pub(super) async fn list(realm: &Realm) -> Vec<wire::UserStatus> {
    let seen = realm.read(|reading| {
        let engine = reading.engine;
        let blocked: Vec<UserPseudonym> = engine.blocked_users().collect();
        (engine.assignments(), blocked)
    });
    let Some((assignments, blocked)) = seen.await else {
        return Vec::new();
    };
    let mut users: BTreeMap<UserPseudonym, wire::UserStatus> = BTreeMap::new();
    for user in blocked {
        users.entry(user).or_default().blocked_by_administrator = true;
    }
    for view in assignments {
        let of_user = users.entry(view.user).or_default();
        of_user.assignments.push(assignment(&view));
    }
    let mut names = BTreeMap::new();
    let mut listed = Vec::with_capacity(users.len());
    for (user, status) in users {
        listed.push(wire::UserStatus {
            vendor: realm.vendor().to_string(),
            user: view::name(realm, user, &mut names).await,
            kind: kind_of(realm, user).await.into(),
            ..status
        });
    }
    listed.sort_by(|one, other| one.user.cmp(&other.user));
    listed
}

/// As what a user is known; who was erased, as an account.
async fn kind_of(realm: &Realm, user: UserPseudonym) -> wire::UserKind {
    let identities = realm.identities().clone();
    let found = blocking(move || identities.named_as(user)).await;
    match found.ok().flatten() {
        Some(NamedAs::DeclaredAccount) => wire::UserKind::DeclaredAccount,
        Some(NamedAs::EndUser) => wire::UserKind::EndUser,
        Some(NamedAs::Operation | NamedAs::InContainer) | None => wire::UserKind::Unspecified,
    }
}

fn assignment(view: &AssignmentView) -> wire::AssignmentStatus {
    wire::AssignmentStatus {
        assignment: view.assignment.to_string(),
        licence_id: view.licence.to_string(),
        feature: view.feature.to_string(),
        since_ms: view.since.0,
        category: view
            .category
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        blocked_by_vendor: view.blocked.by_vendor,
        leaver: view.leaver,
        in_excess: view.in_excess,
        erased: view.erased,
    }
}

pub(super) fn internal(error: &IdentitiesError) -> Status {
    Status::internal(sentence(error))
}

/// The account that is meant: its number where digits stand there, else what the system knows of the
/// name, else what the store knows of it.
fn uid_named(identities: &Identities, named: &str) -> Result<Option<u32>, IdentitiesError> {
    if let Ok(uid) = named.parse() {
        return Ok(Some(uid));
    }
    if let Some(uid) = uid_of(named) {
        return Ok(Some(uid));
    }
    let known = identities.known_where(|_, name| name == named)?;
    let who = known.last().map(|known| known.who);
    Ok(who.and_then(|who| match who {
        Who::Account(uid) => Some(uid),
        Who::Named(_) => None,
    }))
}

/// The pseudonym of a user whom the machine or the store knows, made where there is none yet.
async fn pseudonym(
    identities: &Identities,
    named: &str,
) -> Result<Option<UserPseudonym>, IdentitiesError> {
    let (store, name) = (identities.clone(), named.to_owned());
    match blocking(move || uid_named(&store, &name)).await? {
        Some(uid) => of_uid(identities, uid).await.map(Some),
        None => Ok(None),
    }
}

/// As what a name of that kind is kept; `None`: as an account of this machine.
pub(super) fn named_as(kind: i32) -> Result<Option<NamedAs>, Status> {
    match wire::UserKind::try_from(kind) {
        Ok(wire::UserKind::Unspecified) => Ok(None),
        Ok(wire::UserKind::DeclaredAccount) => Ok(Some(NamedAs::DeclaredAccount)),
        Ok(wire::UserKind::EndUser) => Ok(Some(NamedAs::EndUser)),
        Err(_) => Err(Status::invalid_argument(
            "users are known as accounts, declared accounts or end users",
        )),
    }
}

/// Whom programs name so: met now, where nobody named them before.
async fn named(
    identities: &Identities,
    named_as: NamedAs,
    name: &str,
) -> Result<UserPseudonym, Status> {
    if !(1..=NAME_BYTES_MAX).contains(&name.len()) || name.chars().any(char::is_control) {
        return Err(Status::invalid_argument(
            "a user's name has 1 to 256 bytes and no control characters",
        ));
    }
    let found = of_name(identities, named_as, name).await;
    found.map_err(|error| internal(&error))
}

/// The same, where somebody must be meant.
pub(super) async fn met(
    realm: &Realm,
    kind: Option<NamedAs>,
    named: &str,
) -> Result<UserPseudonym, Status> {
    if let Some(named_as) = kind {
        return self::named(realm.identities(), named_as, named).await;
    }
    let found = pseudonym(realm.identities(), named).await;
    found
        .map_err(|error| internal(&error))?
        .ok_or_else(|| unknown(named))
}

pub(super) fn unknown(named: &str) -> Status {
    Status::not_found(format!("this machine knows no account {named}"))
}

/// Whether an administrator's block stands.
pub(super) async fn is_blocked(realm: &Realm, user: UserPseudonym) -> bool {
    let read = realm.read(move |reading| reading.engine.blocked_users().any(|one| one == user));
    read.await.unwrap_or(false)
}

/// Decides an act on one user.
pub(super) async fn acted(
    realm: &Realm,
    user: String,
    unchanged: bool,
    command: Command,
) -> Result<Response<wire::UserActed>, Status> {
    match realm.ask(command).await {
        Outcome::Done => Ok(Response::new(wire::UserActed {
            vendor: realm.vendor().to_string(),
            user,
            unchanged,
        })),
        Outcome::Refused(refusal) => Err(refused_by(realm, refusal).await),
        _ => Err(unfitting()),
    }
}

/// Compares the named users of a feature with a list.
pub(super) async fn sync(
    realm: &Realm,
    request: wire::SyncUsersRequest,
    actor: Actor,
) -> Result<wire::SyncUsersResponse, Status> {
    let licence: LicenceId = request
        .licence_id
        .parse()
        .map_err(|error| bad_name(&error))?;
    let feature: FeatureName = request.feature.parse().map_err(|error| bad_name(&error))?;
    let counted_as = counted_as(realm, &licence, &feature).await;
    let mut listed = Vec::with_capacity(request.users.len());
    let mut names: BTreeMap<UserPseudonym, String> = BTreeMap::new();
    let mut unknown = Vec::new();
    for one in request.users {
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let entity = optional(&one.entity).map(|text| text.parse()).transpose();
        let category = optional(&one.category).map(|text| text.parse()).transpose();
        let user = if let Some(named_as) = counted_as {
            Some(named(realm.identities(), named_as, &one.user).await?)
        } else {
            let found = pseudonym(realm.identities(), &one.user).await;
            found.map_err(|error| internal(&error))?
        };
        let Some(user) = user else {
            unknown.push(one.user);
            continue;
        };
        names.entry(user).or_insert(one.user);
        let assignment = AssignmentId(random().map_err(|error| internal(&error))?);
        listed.push(ListedUser {
            user,
            entity: entity.map_err(|error| bad_name(&error))?,
            category: category.map_err(|error| bad_name(&error))?,
            assignment,
        });
    }
    let command = Command::SyncUsers {
        licence,
        feature,
        users: listed,
        actor,
    };
    let outcomes = match realm.ask(command).await {
        Outcome::Synced(outcomes) => outcomes,
        Outcome::Refused(refusal) => return Err(refused_by(realm, refusal).await),
        _ => return Err(unfitting()),
    };
    let mut users = Vec::with_capacity(outcomes.len() + unknown.len());
    for (user, outcome) in outcomes {
        users.push(wire::SyncedUser {
            user: view::name(realm, user, &mut names).await,
            result: result(outcome).into(),
        });
    }
    users.extend(unknown.into_iter().map(|user| wire::SyncedUser {
        user,
        result: wire::SyncResult::Unknown.into(),
    }));
    let vendor = realm.vendor().to_string();
    Ok(wire::SyncUsersResponse { vendor, users })
}

/// As what the feature counts users, and so what the names of a list stand for.
async fn counted_as(realm: &Realm, licence: &LicenceId, feature: &FeatureName) -> Option<NamedAs> {
    let (licence, feature) = (licence.clone(), feature.clone());
    let identity = realm.read(move |reading| {
        let documents = reading.engine.documents(&licence)?;
        let mut features = documents.licence.features.iter();
        let found = features.find(|one| one.name == feature)?;
        Some(found.identity)
    });
    match identity.await.flatten()? {
        Identity::DeclaredAccount => Some(NamedAs::DeclaredAccount),
        Identity::EndUser | Identity::EndUserRequired => Some(NamedAs::EndUser),
        _ => None,
    }
}

fn result(outcome: SyncOutcome) -> wire::SyncResult {
    match outcome {
        SyncOutcome::Kept => wire::SyncResult::Kept,
        SyncOutcome::Assigned => wire::SyncResult::Assigned,
        SyncOutcome::NoRoom => wire::SyncResult::NoRoom,
        SyncOutcome::LaterDay => wire::SyncResult::LaterDay,
        SyncOutcome::NotEligible => wire::SyncResult::NotEligible,
        SyncOutcome::CategoryFull => wire::SyncResult::CategoryFull,
        SyncOutcome::Blocked => wire::SyncResult::Blocked,
        SyncOutcome::Leaver => wire::SyncResult::Leaver,
        _ => wire::SyncResult::Unspecified,
    }
}
