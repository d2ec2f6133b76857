//! The licences that the daemon showed, each verified under the pinned root with its activation
//! certificate. A licence that is not honoured is kept with its reason: it may not bear a lease, but
//! it does not stand in the way of another that does. Pure: no clock, no socket.

use std::{collections::BTreeMap, time::Duration};

use octroi_licence::{
    ActivationCertificate, Amendment, DocumentDigest, DocumentError, DocumentKind, FeatureName,
    Licence, ProductId, PublicKey, Revocations, TrustedRoot, Verified, VersionRange, digest_of,
    message::SignedDocument, verify, verify_release,
};
use octroi_proto::licensing::v1 as wire;

use crate::{Untrusted, client::Settings};

/// Licences of one product that are looked at; a message of 1 MiB could carry more than is worth
/// verifying before an application starts.
pub(crate) const LICENCES_MAX: usize = 256;

/// A licence under the pinned root, for the application's product.
#[derive(Debug, Clone)]
pub(crate) struct Honoured {
    pub(crate) licence: Verified<Licence>,
    /// Names this daemon's key; `None`: the daemon showed none.
    pub(crate) certificate: Option<Verified<ActivationCertificate>>,
    /// As the daemon showed them, to keep.
    pub(crate) shown: Box<wire::LicenceDocuments>,
    /// Versions for which the escrow agent lifted the certificate's end; `None`: for none.
    pub(crate) released: Option<VersionRange>,
}

/// What the daemon showed, by document digest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Documents(BTreeMap<DocumentDigest, Result<Honoured, Untrusted>>);

impl Documents {
    /// Verifies what the daemon showed and keeps of it, and of what was `known` before, only what
    /// the proof lists.
    pub(crate) fn read(
        shown: &[wire::LicenceDocuments],
        listed: &[DocumentDigest],
        known: Self,
        by: &Reader<'_>,
    ) -> Result<Self, Untrusted> {
        for found in [shown.len(), listed.len()] {
            if found > LICENCES_MAX {
                return Err(Untrusted::TooManyLicences {
                    found,
                    max: LICENCES_MAX,
                });
            }
        }
        let mut all = known.0;
        for one in shown {
            let Some((digest, honoured)) = by.look(one) else {
                continue;
            };
            all.insert(digest, honoured);
        }
        all.retain(|digest, _| listed.contains(digest));
        Ok(Self(all))
    }

    /// An error where documents were shown and none of them is honoured: nobody whom the vendor
    /// knows speaks. Without documents there is nothing to trust and nothing that could be granted;
    /// the daemon's refusals say why.
    pub(crate) fn judge(&self) -> Result<(), Untrusted> {
        if self.0.values().any(Result::is_ok) {
            return Ok(());
        }
        match self.0.values().find_map(|one| one.as_ref().err()) {
            Some(why) => Err(why.clone()),
            None => Ok(()),
        }
    }

    /// How long the daemon keeps seats for an application whose transport was lost, as the licences
    /// themselves state it.
    pub(crate) fn resume_window(&self) -> Duration {
        let windows = self
            .0
            .values()
            .flatten()
            .map(|one| one.licence.resume_window);
        windows.max().map_or(Duration::ZERO, |window| {
            Duration::from_secs(window.0.into())
        })
    }

    /// Says whether a licence wants each check-out of the feature proven by its hardware key.
    pub(crate) fn want_proof(&self, feature: &FeatureName) -> bool {
        let licences = self.0.values().flatten();
        let mut features = licences.flat_map(|one| &one.licence.features);
        features.any(|one| one.name == *feature && one.checkout_proof.is_some())
    }

    /// The licence on which a lease rests.
    pub(crate) fn find(&self, digest: DocumentDigest) -> Result<&Honoured, Untrusted> {
        match self.0.get(&digest) {
            Some(Ok(honoured)) => Ok(honoured),
            Some(Err(why)) => Err(why.clone()),
            None => Err(Untrusted::LicenceNotShown { digest }),
        }
    }
}

/// Who reads: what the application pins, and the daemon that showed the documents.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) root: &'a TrustedRoot,
    pub(crate) product: &'a ProductId,
    /// `None`: whichever daemon the certificate names.
    pub(crate) daemon_key: Option<&'a PublicKey>,
}

impl<'a> Reader<'a> {
    /// For what was kept: no daemon is there to compare with.
    pub(crate) fn of_no_session(application: &'a Settings) -> Self {
        Self {
            root: &application.root,
            product: &application.product,
            daemon_key: None,
        }
    }

    /// One licence with its certificate.
    pub(crate) fn documents(&self, shown: &wire::LicenceDocuments) -> Result<Honoured, Untrusted> {
        let found = self.look(shown).map(|(_, honoured)| honoured);
        found.unwrap_or(Err(Untrusted::LeaseMalformed { what: "licence" }))
    }

    /// What is shown as one licence, by its digest; `None`: no licence is.
    fn look(
        &self,
        shown: &wire::LicenceDocuments,
    ) -> Option<(DocumentDigest, Result<Honoured, Untrusted>)> {
        let (kind, signed, read) = match (&shown.amendment, &shown.licence) {
            (Some(amendment), _) => (DocumentKind::Amendment, amendment, self.amended(amendment)),
            (None, Some(licence)) => (DocumentKind::Licence, licence, self.licence(licence)),
            (None, None) => return None,
        };
        let honoured = read.and_then(|licence| self.honoured(shown, licence));
        Some((digest_of(kind, &signed.payload), honoured))
    }

    fn licence(&self, licence: &SignedDocument) -> Result<Verified<Licence>, Untrusted> {
        verify::<Licence>(licence, self.root, &Revocations::default()).map_err(unnamed)
    }

    /// The licence as an amendment leaves it. The vendor signed the whole of it, so the text that it
    /// changed is not needed; whether it was accepted, the daemon knows.
    fn amended(&self, amendment: &SignedDocument) -> Result<Verified<Licence>, Untrusted> {
        verify::<Amendment>(amendment, self.root, &Revocations::default())
            .map(|amendment| amendment.amended())
            .map_err(unnamed)
    }

    fn honoured(
        &self,
        shown: &wire::LicenceDocuments,
        licence: Verified<Licence>,
    ) -> Result<Honoured, Untrusted> {
        let none = Revocations::default();
        if licence.product != *self.product {
            return Err(Untrusted::AnotherProduct {
                licence: licence.id.clone(),
                expected: self.product.clone(),
                found: licence.product.clone(),
            });
        }
        let released = match &shown.escrow_release {
            None => None,
            Some(release) => {
                let release = verify_release(release, &licence);
                let release = release.map_err(|source| Untrusted::Document {
                    licence: Some(licence.id.clone()),
                    source: Box::new(source),
                })?;
                Some(release.versions.clone())
            }
        };
        let Some(certificate) = &shown.certificate else {
            return Ok(Honoured {
                licence,
                certificate: None,
                shown: Box::new(shown.clone()),
                released,
            });
        };
        let certificate = verify::<ActivationCertificate>(certificate, self.root, &none)
            .and_then(|certificate| {
                // An older serial's certificate serves until the next one, so digests may differ;
                // licence, vendor and product may not.
                certificate.belongs_to(&licence)?;
                Ok(certificate)
            })
            .map_err(|source| Untrusted::Document {
                licence: Some(licence.id.clone()),
                source: Box::new(source),
            })?;
        if self
            .daemon_key
            .is_some_and(|key| certificate.daemon_key != *key)
        {
            return Err(Untrusted::AnotherDaemon {
                licence: licence.id.clone(),
            });
        }
        Ok(Honoured {
            licence,
            certificate: Some(certificate),
            shown: Box::new(shown.clone()),
            released,
        })
    }
}

fn unnamed(source: DocumentError) -> Untrusted {
    Untrusted::Document {
        licence: None,
        source: Box::new(source),
    }
}
