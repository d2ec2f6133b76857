//! Activation certificates that arrive, and what is told of documents that are not accepted.
//! Certificates are not part of the vendor sequence; each names the number that it assumes, and
//! waits until that is reached. A certificate made for an older serial goes on serving a newer one,
//! up to the lesser of share and count, so that a re-issue stops nobody; what the older one does not
//! name has no share.

use std::{fmt::Display, sync::Arc};

use octroi_licence::{ActivationCertificate, DocumentType, LicenceId, Verified};

use super::Turn;
use crate::{
    Actor, DocumentCode, Event, InstalledDocument, Outcome, Refusal, RefusalCode, rules::elsewhere,
    state::LicenceState,
};

impl Turn<'_> {
    pub(super) fn install_certificate(
        &mut self,
        certificate: Arc<Verified<ActivationCertificate>>,
        actor: Actor,
    ) -> Outcome {
        let (code, digest) = (DocumentCode::ActivationCertificate, certificate.digest());
        let id = certificate.licence.clone();
        let assumed = certificate.frame().sequence;
        let Some(state) = self.engine.state.licences.get(&id) else {
            return self.refuse_document(code, digest, without_licence(&id), actor);
        };
        if state
            .certificate
            .as_ref()
            .is_some_and(|installed| installed.digest == digest)
        {
            return Outcome::AlreadyInstalled;
        }
        if certificate.daemon_key != self.engine.daemon_key {
            let refusal = not_for_this(&self.engine.daemon_key, &certificate.daemon_key);
            return self.refuse_document(code, digest, named(refusal, &id), actor);
        }
        if assumed > state.sequence {
            let expected = state.sequence + 1;
            if state
                .pending
                .values()
                .any(|pending| pending.digest == digest)
            {
                return Outcome::Pending { expected };
            }
            let kept = InstalledDocument::Certificate(certificate);
            return self.keep(&id, (code, digest, assumed), expected, kept, actor);
        }
        if let Err(refusal) = self.certify(&certificate, actor) {
            return self.refuse_document(code, digest, refusal, actor);
        }
        self.changed(&id);
        Outcome::Installed
    }

    /// Refuses a document whose signing key is not certified for the licence's product: verification
    /// alone cannot know which product an order or a certificate is about.
    pub(super) fn signed_for<T>(&self, document: &Verified<T>) -> Result<(), Refusal>
    where
        T: DocumentType,
    {
        let licence = document.frame().licence.as_ref();
        let installed = licence
            .and_then(|id| self.engine.state.licences.get(id))
            .and_then(|state| self.engine.documents.licences.get(&state.digest));
        match installed.map(|installed| document.belongs_to(installed)) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(Refusal {
                licence: licence.cloned(),
                found: error.code().to_owned(),
                ..Refusal::of(RefusalCode::DocumentNotForThisDaemon)
            }),
        }
    }

    /// A certificate that is not in force does not replace one that is: one of two clocks is wrong then,
    /// and no application is to be stopped by that.
    fn would_stop(&self, state: &LicenceState, renewed: &ActivationCertificate) -> Option<Refusal> {
        let held = state.certificate.as_ref()?;
        let held = self.engine.documents.certificates.get(&held.digest)?;
        let begun = |one: &ActivationCertificate| one.valid_from.millis() <= self.civil;
        let over = |one: &ActivationCertificate| {
            one.valid_until
                .is_some_and(|until| until.millis() <= self.civil)
        };
        if !begun(held) || over(held) || (begun(renewed) && !over(renewed)) {
            return None;
        }
        let code = RefusalCode::CertificateNotInForce;
        let until = renewed.valid_until.filter(|_| over(renewed));
        let mut refusal = Refusal::of(code);
        refusal.found = until.unwrap_or(renewed.valid_from).0.to_string();
        refusal.may_change_at = (!begun(renewed)).then(|| renewed.valid_from.millis());
        Some(refusal)
    }

    /// Puts a certificate in force whose sequence number was reached.
    pub(super) fn certify(
        &mut self,
        certificate: &Arc<Verified<ActivationCertificate>>,
        actor: Actor,
    ) -> Result<(), Refusal> {
        let id = &certificate.licence;
        let Some(state) = self.engine.state.licences.get(id) else {
            return Err(without_licence(id));
        };
        self.signed_for(certificate)?;
        let known = state
            .certificate
            .as_ref()
            .map_or(0, |installed| installed.number);
        if certificate.number <= known {
            let code = RefusalCode::DocumentSequenceOld;
            return Err(named(by_number(code, known + 1, certificate.number), id));
        }
        if !state
            .installed
            .values()
            .any(|digest| *digest == certificate.licence_digest)
        {
            let refusal = not_for_this(&state.digest, &certificate.licence_digest);
            return Err(named(refusal, id));
        }
        if let Some(refusal) = self.would_stop(state, certificate) {
            return Err(named(refusal, id));
        }
        let licence = self.engine.documents.licences.get(&state.digest);
        if let Some(refusal) = licence.and_then(|licence| elsewhere(licence, certificate)) {
            return Err(named(refusal, id));
        }
        self.engine
            .documents
            .add(InstalledDocument::Certificate(Arc::clone(certificate)));
        self.emit(Event::CertificateInstalled {
            licence: id.clone(),
            licence_digest: certificate.licence_digest,
            digest: certificate.digest(),
            number: certificate.number,
            actor,
        });
        Ok(())
    }
}

/// A refusal by number: the one that would be accepted and the one that came.
pub(super) fn by_number(code: RefusalCode, expected: u64, found: u64) -> Refusal {
    Refusal {
        expected: expected.to_string(),
        found: found.to_string(),
        ..Refusal::of(code)
    }
}

pub(super) fn not_for_this(expected: &dyn Display, found: &dyn Display) -> Refusal {
    Refusal {
        expected: expected.to_string(),
        found: found.to_string(),
        ..Refusal::of(RefusalCode::DocumentNotForThisDaemon)
    }
}

/// The licence that a document belongs to is not installed.
pub(super) fn without_licence(id: &LicenceId) -> Refusal {
    let expected = format!("licence {id}");
    named(
        Refusal {
            expected,
            ..Refusal::of(RefusalCode::DocumentSequenceGap)
        },
        id,
    )
}

pub(super) fn named(refusal: Refusal, licence: &LicenceId) -> Refusal {
    Refusal {
        licence: Some(licence.clone()),
        ..refusal
    }
}
