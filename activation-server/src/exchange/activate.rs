//! A request for an activation certificate. The vendor's library decides; here the decision is made
//! on the books, in one transaction, so that two hosts that ask at once never get the same share.

use octroi_licence::{
    DocumentKind, Licence, Verified, decode_signed, encode_signed,
    message::{self, SignedDocument},
};
use octroi_proto::activation::v1::RehostStanding;
use octroi_vendor::{ActivationRefusal, Answer, AnswerError, Desk, LicenceRecord, Request, answer};

use crate::{
    ActivateRefusal, DatabaseError, ExchangeError, Office,
    database::{
        Change,
        allotments::{self, Allotment},
        documents, licences,
        rehosts::{self, Rehost},
    },
    rehosts::{self as moves, Before},
    standing::{Standing, holds},
};

/// What a request gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Activated {
    /// The certificate.
    pub certificate: SignedDocument,
    /// How the licence stands with moves to another host (clause A8); `None`: it speaks of none.
    pub rehosts: Option<RehostStanding>,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivateError {
    /// The request may not have what it asks for.
    #[error("the activation is refused")]
    Refused(#[from] ActivateRefusal),
    /// Nothing was decided.
    #[error(transparent)]
    Failed(#[from] ExchangeError),
}

impl From<DatabaseError> for ActivateError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ActivationRefusal> for ActivateError {
    fn from(refusal: ActivationRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl Office {
    /// Answers an activation request. The same request gets the same bytes again.
    ///
    /// # Errors
    /// [`ActivateError`].
    pub async fn activate(&self, signed: &SignedDocument) -> Result<Activated, ActivateError> {
        let request = Request::read(signed).map_err(ActivateRefusal::Document)?;
        if request.vendor() != self.books.vendor().id() {
            return Err(ActivateRefusal::VendorUnknown.into());
        }
        let mut change = self.books.database.begin().await?;
        let answered = allotments::answer(&mut change, request.digest()).await?;
        let vendor = self.books.vendor();
        let verified = &self.books.verified;
        let revocations = verified.revocations(&mut change, vendor).await?;
        let standing = Standing::read(
            &mut change,
            request.licence(),
            vendor,
            verified,
            &revocations,
        )
        .await?;
        let register = rehosts::of_licence(&mut change, request.licence()).await?;
        if let Some(answered) = answered {
            let newest = standing.as_ref().and_then(Standing::newest);
            let now = self.now();
            return Ok(Activated {
                certificate: stored_certificate(&answered)?,
                rehosts: newest
                    .and_then(|one| moves::standing(one, &register, request.digest(), now)),
            });
        }
        let unknown = || ActivationRefusal::LicenceUnknown {
            licence: request.licence().clone(),
        };
        let standing = standing.ok_or_else(unknown)?;
        let licence = asked_for(&request, &standing)?;
        let code = documents::code(&mut change, licence.digest()).await?;
        let code = code.ok_or_else(|| ActivateRefusal::CodeUnknown {
            licence: licence.id.clone(),
        })?;
        let authority = self.key.authority(vendor, revocations.as_ref().clone());
        let desk = Desk {
            sequence: standing.sequence_of(licence),
            country: self.country,
            code: &code,
            authority: &authority,
            clearance: standing.clearance(),
            validity: None,
        };
        let activations = allotments::of_licence(&mut change, &licence.id).await?;
        let held =
            allotments::of_daemon(&mut change, &licence.id, &request.document().daemon_key).await?;
        let held = held.and_then(|held| host_of(&held.certificate));
        let now = self.now();
        let before = Before {
            licence,
            activations: &activations,
            held: held.as_ref(),
            register: &register,
            now,
        };
        let replaced = before.replaced(request.document());
        let allowed = before.allow(replaced);
        let mut record = standing.record(activations);
        let answered = answer(&request, &desk, &mut record, now);
        if record.failed_attempts() != standing.row.failed_attempts {
            let attempts = record.failed_attempts();
            licences::set_failed_attempts(&mut change, &licence.id, attempts).await?;
        }
        match answered {
            Ok(Answer::Granted { signed, .. }) => {
                let billed = allowed.map_err(|used_up| ActivateRefusal::RehostsUsedUp {
                    per_year: used_up.per_year,
                    again_at: used_up.again_at,
                })?;
                let mut register = register;
                if let (Some(replaced), Some(_)) = (replaced, licence.rehosts) {
                    let moved = Rehost {
                        request: request.digest(),
                        daemon_key: request.document().daemon_key,
                        replaced,
                        at: now,
                        billed,
                    };
                    rehosts::add(&mut change, &licence.id, &moved).await?;
                    register.push(moved);
                }
                store(change, licence, &record, &signed).await?;
                Ok(Activated {
                    certificate: signed,
                    rehosts: moves::standing(licence, &register, request.digest(), now),
                })
            }
            Ok(Answer::Repeated { .. }) => {
                // The answers are asked first: only a written-off daemon's request comes so far.
                Err(ExchangeError::from(DatabaseError::Unreadable { what: "an answer" }).into())
            }
            Err(AnswerError::Refused(refusal)) => {
                // A wrong code counts whether or not anybody reads the refusal.
                change.commit().await.map_err(DatabaseError::from)?;
                Err(refusal.into())
            }
            Err(AnswerError::Authority(error)) => Err(ExchangeError::from(error).into()),
            Err(_) => {
                Err(ExchangeError::from(DatabaseError::Unreadable { what: "an answer" }).into())
            }
        }
    }
}

/// The serial whose text the request names, amended or not, if it is the newest.
fn asked_for<'a>(
    request: &Request,
    standing: &'a Standing,
) -> Result<&'a Verified<Licence>, ActivateError> {
    let asked = request.document().licence_digest;
    let named = standing.serial_with_text(asked);
    if let (Some(named), Some(newest)) = (named, standing.newest()) {
        if named.serial == newest.serial {
            return Ok(newest);
        }
        return Err(ActivationRefusal::LicenceSuperseded {
            serial: named.serial,
            newest: newest.serial,
        }
        .into());
    }
    match &standing.refused {
        Some(error) if holds(standing, asked) => {
            Err(ActivateRefusal::Licence(error.clone()).into())
        }
        _ => Err(ActivationRefusal::LicenceUnknown {
            licence: request.licence().clone(),
        }
        .into()),
    }
}

/// Stores the newest activation of the record with its certificate.
async fn store(
    mut change: Change,
    licence: &Verified<Licence>,
    record: &LicenceRecord,
    signed: &SignedDocument,
) -> Result<(), DatabaseError> {
    let Some(activation) = record.activations().last() else {
        return Err(DatabaseError::Unreadable {
            what: "an activation",
        });
    };
    let allotment = Allotment {
        activation: activation.clone(),
        certificate: encode_signed(signed),
        adopted: false,
    };
    allotments::put(&mut change, &licence.id, &allotment).await?;
    allotments::add_answer(&mut change, &licence.id, &allotment).await?;
    Ok(change.commit().await?)
}

/// The host in the certificate that a daemon holds, as the books keep it.
fn host_of(bytes: &[u8]) -> Option<message::HostIdentity> {
    let signed = decode_signed(DocumentKind::ActivationCertificate, bytes).ok()?;
    let certificate: message::ActivationCertificate =
        prost::Message::decode(signed.payload.as_slice()).ok()?;
    certificate.host
}

fn stored_certificate(bytes: &[u8]) -> Result<SignedDocument, ActivateError> {
    decode_signed(DocumentKind::ActivationCertificate, bytes).map_err(|_| {
        DatabaseError::Unreadable {
            what: "certificate",
        }
        .into()
    })
}
