//! Amending: a checked order becomes what the licence states from then on, as a signed amendment that
//! names the text it changes. The serial stays; a new serial is issued, not amended (clauses A5, A19,
//! Z16).

use octroi_licence::{
    Amendment, CHANGES_MAX, CivilSeconds, Licence, LicenceId, Signer, TEXT_BYTES_MAX, Verified,
    explain::{Language, Texts, explain},
    message::{self, SignedDocument},
};

use crate::{
    Authority, AuthorityError, DraftFrame, GivenAmendment, LicenceOrder, LicenceRecord,
    authority::may_speak_of,
};

/// What is amended, and from when.
#[derive(Debug, Clone, Copy)]
pub struct Amend<'a> {
    /// The whole as it is to stand.
    pub order: &'a LicenceOrder,
    /// The newest serial.
    pub licence: &'a Verified<Licence>,
    /// What holds now: the outcome of the newest amendment, else the licence itself.
    pub terms: &'a Licence,
    /// It does nothing before; `None`: at once.
    pub effective_at: Option<CivilSeconds>,
    /// It waits for an administrator's acceptance, even where the licence does not ask for that.
    pub countersign: bool,
}

/// Why nothing was amended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AmendError {
    /// The licence is not the newest serial in the record.
    #[error("the register does not know this document of licence {licence}")]
    LicenceUnknown {
        /// The licence.
        licence: LicenceId,
    },
    /// A new serial replaces, an amendment changes.
    #[error("the order states serial {order}, amended is serial {issued}")]
    AnotherSerial {
        /// The serial in the order.
        order: u64,
        /// The serial that was issued.
        issued: u64,
    },
    /// Client and product are those of the licence: another client needs a transfer.
    #[error("an amendment cannot change the licence's {what}")]
    CannotChange {
        /// What it would change.
        what: &'static str,
    },
    /// The order means what holds already.
    #[error("the order changes nothing")]
    NothingChanges,
    /// Nothing is granted ever again under a terminated licence.
    #[error("licence {licence} was terminated")]
    Terminated {
        /// The licence.
        licence: LicenceId,
    },
    /// Signing failed, or clients would refuse the result.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

impl AmendError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::AnotherSerial { .. } => {
                Some("keep the serial to amend it, or replace it: octroi-vendor issue")
            }
            Self::CannotChange { .. } => {
                Some("give a transfer and issue a licence for the new client")
            }
            _ => None,
        }
    }
}

/// Signs an amendment as the next document in the licence's vendor sequence and enters it.
///
/// # Errors
/// [`AmendError`]; the record is unchanged then.
pub fn amend<S>(
    amend: &Amend<'_>,
    record: &mut LicenceRecord,
    authority: &Authority<'_, S>,
    now: CivilSeconds,
) -> Result<(SignedDocument, Verified<Amendment>), AmendError>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let Amend { order, licence, .. } = *amend;
    let id = record.licence().clone();
    let newest = record.newest().filter(|one| one.digest == licence.digest());
    let known = newest.filter(|_| licence.id == *order.licence());
    let Some(newest) = known else {
        return Err(AmendError::LicenceUnknown { licence: id });
    };
    let content = order.content_digest();
    let before = record.newest_amendment();
    let stands = before.map_or(newest.content, |amendment| amendment.content);
    if record.terminated_at().is_some() {
        return Err(AmendError::Terminated { licence: id });
    }
    if order.serial() != licence.serial {
        let (order, issued) = (order.serial(), licence.serial);
        return Err(AmendError::AnotherSerial { order, issued });
    }
    if content == stands {
        return Err(AmendError::NothingChanges);
    }
    let predecessor = before.map_or(licence.digest(), |amendment| amendment.digest);
    let mut outcome = order.terms().clone();
    outcome.activation_code_digest = licence.activation_code_digest.to_vec();
    for (what, before, after) in [
        ("product", licence.product.as_str(), &outcome.product),
        ("client", licence.client_id.as_str(), &outcome.client_id),
    ] {
        if before != after {
            return Err(AmendError::CannotChange { what });
        }
    }
    let frame = DraftFrame {
        vendor: authority.vendor.clone(),
        issued_at: now,
        licence: Some(id),
        sequence: record.next_sequence(),
    };
    let mut draft = message::Amendment {
        frame: None,
        predecessor_digest: predecessor.as_bytes().to_vec(),
        effective_at_s: amend.effective_at.unwrap_or_default().0,
        outcome: Some(outcome),
        changes: Vec::new(),
        countersign_required: amend.countersign,
    };
    // Read as a client will, to say what changes in the words that explain both.
    let (_, read) = authority.sign::<_, Amendment>(draft.clone(), &frame)?;
    draft.changes = changes(amend.terms, &read.outcome);
    draft.changes.truncate(CHANGES_MAX);
    let (signed, verified) = authority.sign::<_, Amendment>(draft, &frame)?;
    may_speak_of(&verified, licence)?;
    record.add_amendment(GivenAmendment {
        sequence: frame.sequence,
        digest: verified.digest(),
        serial: licence.serial,
        content,
        effective_at: amend.effective_at,
        issued_at: now,
    });
    Ok((signed, verified))
}

/// What two states of a licence say differently, in English: each sentence that falls away and each
/// that is new, at most [`TEXT_BYTES_MAX`] bytes each.
pub fn changes(before: &Licence, after: &Licence) -> Vec<String> {
    let texts = Texts::new(Language::English);
    let say = |licence: &Licence| -> Vec<String> {
        let sentences = explain(licence);
        sentences.iter().map(|one| texts.sentence(one)).collect()
    };
    let (old, new) = (say(before), say(after));
    let gone = old.iter().filter(|one| !new.contains(one));
    let come = new.iter().filter(|one| !old.contains(one));
    let gone = gone.map(|one| shortened(&format!("no longer: {one}")));
    gone.chain(come.map(|one| shortened(&format!("now: {one}"))))
        .collect()
}

fn shortened(text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text.to_owned();
    }
    let room = TEXT_BYTES_MAX - '…'.len_utf8();
    let (kept, _) = text.split_at(text.floor_char_boundary(room));
    format!("{kept}…")
}
