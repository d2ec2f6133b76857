//! The end-of-use certificate (clauses Z9, A14, B10): the daemon's word that a licence was removed, with
//! nothing finer than a day.

use crate::{
    Checkpoint, CivilDay, DocumentDigest, DocumentKind, DocumentType, EndOfUseChoice, Frame,
    KeyRole, LicenceId, PublicKey, SelfSigned, TermError,
    fields::{array, key_of},
    message,
    terms::contradiction,
};

/// A daemon removed a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndOfUseCertificate {
    /// Which licence.
    pub licence: LicenceId,
    /// The exact document.
    pub licence_digest: DocumentDigest,
    /// The signer.
    pub daemon_key: PublicKey,
    /// When.
    pub removed_on: CivilDay,
    /// The last state of the ledger.
    pub checkpoint: Checkpoint,
    /// What became of software, copies and data.
    pub choice: EndOfUseChoice,
}

impl EndOfUseCertificate {
    /// The message, still without its frame.
    pub fn message(&self) -> message::EndOfUseCertificate {
        message::EndOfUseCertificate {
            frame: None,
            licence_digest: self.licence_digest.as_bytes().to_vec(),
            daemon_key: self.daemon_key.as_bytes().to_vec(),
            removed_day: self.removed_on.0,
            checkpoint: Some(self.checkpoint.wire()),
            choice: self.choice.wire().into(),
        }
    }
}

impl DocumentType for EndOfUseCertificate {
    const KIND: DocumentKind = DocumentKind::EndOfUseCertificate;
    const ROLE: KeyRole = KeyRole::Daemon;
    type Message = message::EndOfUseCertificate;

    fn read(wire: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        let day = CivilDay::of(frame.issued_at).map(CivilDay::start);
        if day != Some(frame.issued_at) || frame.sequence != 0 {
            return contradiction(
                "an end-of-use certificate's frame states a whole day and no sequence",
            );
        }
        let checkpoint = wire.checkpoint.ok_or(TermError::Missing {
            field: "checkpoint",
        })?;
        Ok(Self {
            licence: frame.of_licence()?,
            licence_digest: DocumentDigest::from_bytes(array(
                "licence_digest",
                &wire.licence_digest,
            )?),
            daemon_key: key_of("daemon_key", &wire.daemon_key)?,
            removed_on: CivilDay::read("removed_day", wire.removed_day)?,
            checkpoint: Checkpoint::read(&checkpoint)?,
            choice: EndOfUseChoice::read("choice", wire.choice)?,
        })
    }
}

impl SelfSigned for EndOfUseCertificate {
    fn signer(&self) -> &PublicKey {
        &self.daemon_key
    }
}
