//! Issuing: a checked order becomes a signed licence, once. The same order again gives back what
//! was issued; other content under the same serial is refused, and a lower serial too.

use octroi_licence::{
    CivilSeconds, DocumentDigest, Licence, Signer, VendorId, Verified, message::SignedDocument,
};

use crate::{
    ActivationCode, Authority, AuthorityError, DraftFrame, IssuedSerial, LicenceOrder,
    LicenceRecord,
};

/// What came of an order.
#[derive(Debug, Clone)]
pub enum Issue {
    /// A new licence; the record knows it. Store licence, code and record before handing it out.
    New {
        /// The licence as it goes to the client.
        signed: SignedDocument,
        /// The same, read back as a client reads it.
        licence: Box<Verified<Licence>>,
    },
    /// This very order was issued before.
    Repeated {
        /// The licence that was issued then.
        digest: DocumentDigest,
    },
}

/// Why no licence was issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The order is for another vendor's keys.
    #[error("the order names vendor {order}, the keys belong to {keys}")]
    AnotherVendor {
        /// The vendor in the order.
        order: VendorId,
        /// The vendor of the keys.
        keys: VendorId,
    },
    /// The serial was issued with other content.
    #[error("serial {serial} of licence {licence} was issued with other content")]
    SerialTaken {
        /// The licence.
        licence: octroi_licence::LicenceId,
        /// The serial in the order.
        serial: u64,
    },
    /// A newer serial was issued.
    #[error("serial {serial} of licence {licence} is older than serial {newest}, which was issued")]
    SerialOld {
        /// The licence.
        licence: octroi_licence::LicenceId,
        /// The serial in the order.
        serial: u64,
        /// The newest serial.
        newest: u64,
    },
    /// The order states a sequence number that is not the next.
    #[error("the order states sequence {stated}, the next one of licence {licence} is {next}")]
    SequenceNotNext {
        /// The licence.
        licence: octroi_licence::LicenceId,
        /// The number in the order.
        stated: u64,
        /// The number that is due.
        next: u64,
    },
    /// Nothing is granted ever again under a terminated licence.
    #[error("licence {licence} was terminated")]
    Terminated {
        /// The licence.
        licence: octroi_licence::LicenceId,
    },
    /// Signing failed, or clients would refuse the result.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

impl IssueError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::AnotherVendor { .. } => Some("choose the keys with --keys".to_owned()),
            Self::SerialTaken { serial, .. } => Some(format!(
                "a change needs a new serial: write serial = {}",
                serial.saturating_add(1)
            )),
            Self::SerialOld { newest, .. } => Some(format!(
                "write serial = {} to replace it",
                newest.saturating_add(1)
            )),
            Self::SequenceNotNext { .. } => {
                Some("leave `sequence` out of the order: the register counts".to_owned())
            }
            Self::Terminated { .. } => Some("a new licence needs a new id".to_owned()),
            Self::Authority(_) => None,
        }
    }
}

/// Issues the licence that `order` describes. The record must be the one of the order's licence.
///
/// # Errors
/// [`IssueError`]; the record is unchanged then.
pub fn issue<S>(
    order: &LicenceOrder,
    code: &ActivationCode,
    record: &mut LicenceRecord,
    authority: &Authority<'_, S>,
    now: CivilSeconds,
) -> Result<Issue, IssueError>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let licence = || order.licence().clone();
    if *order.vendor() != authority.vendor {
        return Err(IssueError::AnotherVendor {
            order: order.vendor().clone(),
            keys: authority.vendor.clone(),
        });
    }
    let serial = order.serial();
    let content = order.content_digest();
    if let Some(issued) = record
        .issued()
        .iter()
        .find(|issued| issued.serial == serial)
    {
        let same = issued.content == content
            && order
                .sequence()
                .is_none_or(|sequence| sequence == issued.sequence);
        return if same {
            let digest = issued.digest;
            Ok(Issue::Repeated { digest })
        } else {
            let licence = licence();
            Err(IssueError::SerialTaken { licence, serial })
        };
    }
    if record.terminated_at().is_some() {
        return Err(IssueError::Terminated { licence: licence() });
    }
    if let Some(newest) = record.newest().map(|issued| issued.serial)
        && serial < newest
    {
        let licence = licence();
        return Err(IssueError::SerialOld {
            licence,
            serial,
            newest,
        });
    }
    let next = record.next_sequence();
    if let Some(stated) = order.sequence()
        && stated != next
    {
        let licence = licence();
        return Err(IssueError::SequenceNotNext {
            licence,
            stated,
            next,
        });
    }
    let mut draft = order.terms().clone();
    draft.activation_code_digest = code.digest().to_vec();
    let frame = DraftFrame {
        vendor: authority.vendor.clone(),
        issued_at: now,
        licence: Some(licence()),
        sequence: next,
    };
    let (signed, licence) = authority.sign::<_, Licence>(draft, &frame)?;
    record.add_issued(IssuedSerial {
        serial,
        sequence: next,
        digest: licence.digest(),
        content,
        issued_at: now,
        time_zone: order.time_zone().to_owned(),
    });
    Ok(Issue::New {
        signed,
        licence: Box::new(licence),
    })
}
