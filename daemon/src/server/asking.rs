//! What an application asks in an open session, as commands for the engine: names become pseudonyms
//! here, durable before their first use, and only callers that the administrator listed may name
//! anybody. Nothing else is decided here.

use std::{collections::BTreeSet, sync::Arc};

use octroi_engine::{
    Beneficiary, Command, RefusalCode, RequestNumber, SeatId, TextId, UserPseudonym, Whom,
};
use octroi_licence::{AssignmentId, BorrowId, PublicKey, ReservationId, Seconds};
use octroi_proto::licensing::v1::{
    self as wire, beneficiary::Whom as Named, client_message::Body as Ask,
    daemon_message::Body as Answer,
};
use tokio::sync::{OnceCell, mpsc};

use super::session::{Serving, answer, only, random};
use crate::{
    identities::{self, Identities, NamedAs},
    realm::{Message, Outgoing, Realm},
    roster::{Assigned, ListedName, Naming, Roster},
};

/// The longest name of somebody for whom a program asks, in bytes.
pub(super) const NAME_BYTES_MAX: usize = 256;

/// The caller of a stream, as far as it names for whom it asks. What is looked up of it is looked up
/// once.
pub(super) struct Namer {
    roster: Arc<Roster>,
    uid: u32,
    account: OnceCell<Option<String>>,
    may: Option<BTreeSet<Naming>>,
}

impl Namer {
    pub(super) fn new(roster: &Arc<Roster>, uid: u32) -> Self {
        Self {
            roster: Arc::clone(roster),
            uid,
            account: OnceCell::new(),
            may: None,
        }
    }

    async fn account(&self) -> Option<&str> {
        let account = self.account.get_or_init(|| identities::account(self.uid));
        account.await.as_deref()
    }

    /// The engine's beneficiary for what the application says.
    async fn beneficiary(
        &mut self,
        realm: &Realm,
        said: Option<wire::Beneficiary>,
    ) -> Result<Beneficiary, Box<wire::Refusal>> {
        let assignment = AssignmentId(random()?);
        let Some(named) = said.and_then(|said| said.whom) else {
            let assigned = self.own().await;
            return Ok(Beneficiary {
                entity: assigned.entity,
                category: assigned.category,
                ..Beneficiary::own(assignment)
            });
        };
        let (naming, named_as, name) = match named {
            Named::DeclaredAccount(name) => {
                (Naming::DeclaredAccount, NamedAs::DeclaredAccount, name)
            }
            Named::OnBehalfOf(name) => (Naming::OnBehalfOf, NamedAs::EndUser, name),
        };
        let well_formed = (1..=NAME_BYTES_MAX).contains(&name.len());
        if !well_formed || name.chars().any(char::is_control) {
            return Err(only(RefusalCode::RequestNotUnderstood));
        }
        if !self.may(naming).await {
            return Err(only(RefusalCode::CallerNotListed));
        }
        let user = kept(realm.identities(), named_as, &name).await?;
        let (whom, listed) = match naming {
            Naming::DeclaredAccount => (
                Whom::DeclaredAccount(user),
                ListedName::DeclaredAccount(name),
            ),
            Naming::OnBehalfOf => (Whom::EndUser(user), ListedName::EndUser(name)),
        };
        let Assigned { entity, category } = self.roster.of_name(&listed);
        Ok(Beneficiary {
            whom,
            entity,
            category,
            assignment,
        })
    }

    /// Company and kind of the caller itself.
    async fn own(&self) -> Assigned {
        if self.roster.says_nothing_of_users() {
            return Assigned::default();
        }
        let (roster, uid) = (Arc::clone(&self.roster), self.uid);
        roster.of_account(uid, self.account().await)
    }

    async fn may(&mut self, naming: Naming) -> bool {
        if self.may.is_none() {
            let (roster, uid) = (Arc::clone(&self.roster), self.uid);
            let may = roster.may(uid, self.account().await);
            if may.is_empty() {
                tracing::warn!(
                    uid,
                    "a program names for whom it asks, and octroid.toml does not list its user under [[callers]]"
                );
            }
            self.may = Some(may);
        }
        self.may.as_ref().is_some_and(|may| may.contains(&naming))
    }
}

/// Hands one request of an open session to its realm. `false`: the realm has stopped.
pub(super) async fn request(
    serving: &mut Serving,
    number: u64,
    answered_below: RequestNumber,
    body: Ask,
    permit: mpsc::OwnedPermit<Outgoing>,
) -> bool {
    let session = serving.session;
    let borrower = match &body {
        Ask::Borrow(borrow) => boxed_key(&borrow.borrower_key),
        Ask::RenewBorrow(renewal) => boxed_key(&renewal.borrower_key),
        _ => None,
    };
    let nonce = match &body {
        Ask::Checkout(checkout) => match hardware_nonce(&checkout.hardware_nonce) {
            Ok(nonce) => nonce,
            Err(refusal) => {
                answer(permit, number, Answer::Refused(*refusal));
                return true;
            }
        },
        _ => None,
    };
    let message = match body {
        Ask::Acknowledge(acknowledge) => Message::Tell {
            command: Command::Acknowledge {
                session,
                epoch: serving.epoch,
                seat: SeatId(acknowledge.seat),
            },
        },
        Ask::List(_) => Message::List {
            session,
            number,
            permit,
        },
        body => match command(serving, RequestNumber(number), answered_below, body).await {
            Ok(command) => Message::Request {
                session,
                number,
                command,
                borrower,
                nonce,
                permit,
            },
            Err(refusal) => {
                answer(permit, number, Answer::Refused(*refusal));
                return true;
            }
        },
    };
    serving.realm.send(message).await
}

async fn command(
    serving: &mut Serving,
    number: RequestNumber,
    answered_below: RequestNumber,
    body: Ask,
) -> Result<Command, Box<wire::Refusal>> {
    let (session, epoch) = (serving.session, serving.epoch);
    Ok(match body {
        Ask::Checkout(checkout) => Command::Checkout {
            session,
            epoch,
            number,
            answered_below,
            feature: feature(&checkout.feature)?,
            units: checkout.units.max(1),
            wait_ms: checkout.wait_ms,
            beneficiary: beneficiary(serving, checkout.beneficiary).await?,
            proofs: (!checkout.hardware_nonce.is_empty()).then(Box::default),
        },
        Ask::Release(release) => Command::Release {
            session,
            epoch,
            number,
            answered_below,
            seat: SeatId(release.seat),
        },
        Ask::Consume(consume) => Command::Consume {
            session,
            epoch,
            number,
            answered_below,
            feature: feature(&consume.feature)?,
            amount: consume.amount,
            operation: operation(serving, &consume.operation).await?,
            reservation: ReservationId(random()?),
            beneficiary: beneficiary(serving, consume.beneficiary).await?,
        },
        Ask::Borrow(borrow) => Command::Borrow {
            session,
            epoch,
            number,
            answered_below,
            feature: feature(&borrow.feature)?,
            units: borrow.units.max(1),
            longest: Seconds(borrow.longest_s),
            borrow: borrowed_by(&borrow.borrower_key)?,
            beneficiary: beneficiary(serving, borrow.beneficiary).await?,
        },
        Ask::RenewBorrow(renewal) => Command::RenewBorrow {
            session,
            epoch,
            number,
            answered_below,
            borrow: borrowed_by(&renewal.borrower_key)?,
            beneficiary: beneficiary(serving, renewal.beneficiary).await?,
        },
        Ask::Return(given_back) => Command::Return {
            session,
            epoch,
            number,
            answered_below,
            borrow: borrowed_by(&given_back.borrower_key)?,
        },
        Ask::CancelWait(cancel) => Command::CancelWait {
            session,
            epoch,
            checkout: RequestNumber(cancel.checkout_number),
        },
        Ask::Goodbye(_) => Command::Goodbye { session, epoch },
        Ask::Hello(_) | Ask::Open(_) | Ask::Resume(_) | Ask::Acknowledge(_) | Ask::List(_) => {
            return Err(only(RefusalCode::RequestNotUnderstood));
        }
    })
}

async fn beneficiary(
    serving: &mut Serving,
    said: Option<wire::Beneficiary>,
) -> Result<Beneficiary, Box<wire::Refusal>> {
    serving.namer.beneficiary(&serving.realm, said).await
}

/// The id of an operation that a program names, the same each time; its name stays beside those of
/// people, since nothing keeps a program from putting one in it.
async fn operation(serving: &Serving, name: &str) -> Result<Option<TextId>, Box<wire::Refusal>> {
    if name.is_empty() {
        return Ok(None);
    }
    if name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(only(RefusalCode::RequestNotUnderstood));
    }
    kept(serving.realm.identities(), NamedAs::Operation, name)
        .await
        .map(|id| Some(TextId(id.0)))
}

pub(super) async fn kept(
    identities: &Identities,
    named_as: NamedAs,
    name: &str,
) -> Result<UserPseudonym, Box<wire::Refusal>> {
    identities::of_name(identities, named_as, name)
        .await
        .map_err(|error| {
            tracing::error!(%error, "a pseudonym could not be kept");
            only(RefusalCode::LedgerUnwritable)
        })
}

/// What the application wants proven by hardware keys, if anything.
fn hardware_nonce(nonce: &[u8]) -> Result<Option<Box<[u8; 32]>>, Box<wire::Refusal>> {
    if nonce.is_empty() {
        return Ok(None);
    }
    let nonce = nonce.try_into().map(|nonce| Some(Box::new(nonce)));
    nonce.map_err(|_| only(RefusalCode::RequestNotUnderstood))
}

fn boxed_key(key: &[u8]) -> Option<Box<PublicKey>> {
    PublicKey::from_bytes(key).map(Box::new)
}

/// The borrowed seat of a borrower's key: who does not know the key asks about none.
fn borrowed_by(key: &[u8]) -> Result<BorrowId, Box<wire::Refusal>> {
    PublicKey::from_bytes(key)
        .map(|key| BorrowId::of_borrower(&key))
        .ok_or_else(|| only(RefusalCode::RequestNotUnderstood))
}

fn feature(name: &str) -> Result<octroi_licence::FeatureName, Box<wire::Refusal>> {
    name.parse().map_err(|_| {
        Box::new(wire::Refusal {
            found: name.chars().take(64).collect(),
            ..*only(RefusalCode::FeatureNotLicensed)
        })
    })
}
