//! What a receipt brings: renewed certificates, documents that the daemon lacks, announcements, and
//! word of other branches. Bounded, so that the next report can carry the receipt: what does not fit
//! comes with the next.

use octroi_licence::{
    Announcement, CivilSeconds, DocumentDigest, DocumentKind, FORKS_MAX, Licence, LicenceId,
    LicenceUsage, PENDING_MAX, PendingDocument, ProductId, RECEIPT_BYTES_MAX, Receipt, Revocations,
    UsageReport, Verified, decode_signed, encode_signed, message, message::SignedDocument,
};
use octroi_vendor::{
    Activation, DraftFrame, Grant, Granted, InForce, VendorSequence, View, certify_daemon,
};

use super::report::Reported;
use crate::{
    DatabaseError, ExchangeError, Office, ReportError,
    database::{
        Change,
        allotments::{self, Allotment},
        announcements::{self, StoredAnnouncement},
        documents, incidents, licences,
    },
    renewal::{kept_shares, renewed_shares},
    standing::Standing,
};

/// How a receipt's bytes are shared out; what is left of them is for its own frame, signature, chain
/// and short lists. Pending documents, and so the largest document that a receipt can bring:
pub(crate) const DELIVERED_BYTES_MAX: usize = 192 << 10;
/// Renewed certificates:
const CERTIFICATES_BYTES_MAX: usize = 128 << 10;
/// Texts of announcements:
const ANNOUNCED_BYTES_MAX: usize = 96 << 10;
const _: () = assert!(
    DELIVERED_BYTES_MAX + CERTIFICATES_BYTES_MAX + ANNOUNCED_BYTES_MAX + (64 << 10)
        <= RECEIPT_BYTES_MAX
);
const FORKED: &str = "LEDGER_FORKED";
const USE_ENDED: &str = "USE_ENDED";

/// Documents of one receipt as they are gathered.
#[derive(Debug, Default)]
struct Delivery {
    documents: Vec<PendingDocument>,
    bytes: usize,
    more: bool,
}

impl Delivery {
    /// Adds a document; gives whether it found room.
    fn add(&mut self, kind: DocumentKind, document: &[u8]) -> bool {
        let fits = self.documents.len() < PENDING_MAX
            && self.bytes + document.len() <= DELIVERED_BYTES_MAX;
        if fits {
            self.bytes += document.len();
            self.documents.push(PendingDocument {
                kind: kind.name().to_owned(),
                document: document.to_vec(),
            });
        } else {
            self.more = true;
        }
        fits
    }
}

impl Office {
    /// Makes the receipt of a report that is accepted, and stores what it renews.
    pub(super) async fn receipt(
        &self,
        change: &mut Change,
        report: &Verified<UsageReport>,
        mut reported: Vec<Reported<'_>>,
        (revocations, now): (&Revocations, CivilSeconds),
    ) -> Result<(SignedDocument, Verified<Receipt>), ReportError> {
        let mut delivery = Delivery::default();
        self.deliver_revocations(change, report, &mut delivery)
            .await?;
        let (mut certificates, mut not_renewed) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        // Whoever ends first goes first, so that a full receipt leaves out nobody for long.
        reported.sort_by_key(|one| {
            one.allotment
                .as_ref()
                .and_then(|held| held.activation.ends_at)
        });
        for one in reported {
            let id = &one.usage.licence;
            let Some(standing) = one.standing else {
                not_renewed.push((id.clone(), "LICENCE_UNKNOWN".to_owned()));
                continue;
            };
            let reached = deliver(&standing, one.usage.vendor_sequence, &mut delivery);
            let Some(held) = one.allotment else {
                not_renewed.push((id.clone(), "NOT_ACTIVATED".to_owned()));
                continue;
            };
            if held.adopted {
                allotments::put(change, id, &held).await?;
            }
            if one.ended {
                // Nothing is used there any more: what it held is free for others.
                allotments::write_off(change, id, &report.daemon_key).await?;
                not_renewed.push((id.clone(), USE_ENDED.to_owned()));
                continue;
            }
            let renewal = self
                .renew(
                    change,
                    &standing,
                    (&held, one.usage),
                    reached,
                    (revocations, now),
                )
                .await?;
            match renewal {
                Renewal::NotDue => {}
                Renewal::Refused(reason) => not_renewed.push((id.clone(), reason.to_owned())),
                Renewal::Renewed(renewed) => {
                    bytes += renewed.certificate.len();
                    if bytes > CERTIFICATES_BYTES_MAX {
                        not_renewed.push((id.clone(), "RECEIPT_FULL".to_owned()));
                        delivery.more = true;
                    } else {
                        allotments::put(change, id, &renewed).await?;
                        certificates.push(renewed.certificate);
                    }
                }
            }
        }
        let announcements = self.announce(change, report, &mut delivery).await?;
        let receipt = Receipt {
            report_digest: report.digest(),
            daemon_key: report.daemon_key,
            nonce: report.nonce,
            report_number: report.number,
            server_time: now,
            checkpoint: report.checkpoint,
            certificates,
            documents: delivery.documents,
            announcements,
            not_renewed,
            forks: incidents::tell(change, &report.daemon_key, FORKED, FORKS_MAX).await?,
            more: delivery.more,
            server_country: self.country,
        };
        Ok(self.signed(&receipt, revocations)?)
    }

    fn signed(
        &self,
        receipt: &Receipt,
        revocations: &Revocations,
    ) -> Result<(SignedDocument, Verified<Receipt>), ExchangeError> {
        let vendor = self.books.vendor();
        let authority = self.key.authority(vendor, revocations.clone());
        let frame = DraftFrame {
            vendor: vendor.id().clone(),
            issued_at: receipt.server_time,
            licence: None,
            sequence: 0,
        };
        Ok(authority.sign::<message::Receipt, Receipt>(receipt.message(), &frame)?)
    }

    /// The newest revocation list replaces all older ones.
    async fn deliver_revocations(
        &self,
        change: &mut Change,
        report: &UsageReport,
        delivery: &mut Delivery,
    ) -> Result<(), DatabaseError> {
        let newest = documents::newest_revocation_list(change).await?;
        if let Some(list) = newest.filter(|list| list.sequence > report.revocation_version) {
            delivery.add(list.kind, &list.bytes);
        }
        Ok(())
    }

    /// Announcements that the daemon does not have; as many as find room.
    async fn announce(
        &self,
        change: &mut Change,
        report: &UsageReport,
        delivery: &mut Delivery,
    ) -> Result<Vec<Announcement>, DatabaseError> {
        let mut held: Vec<(&LicenceId, ProductId)> = Vec::new();
        for one in &report.licences {
            let row = licences::get(change, &one.licence).await?;
            held.extend(row.map(|row| (&one.licence, row.product)));
        }
        let concerns = |one: &StoredAnnouncement| {
            let mut held = held.iter();
            held.any(|(licence, product)| one.concerns(licence, product))
        };
        let stored = announcements::above(change, report.announcement_number).await?;
        let mut found: Vec<Announcement> = stored
            .into_iter()
            .filter(concerns)
            .take(PENDING_MAX + 1)
            .map(|one| one.announcement)
            .collect();
        let all = found.len();
        let mut bytes = 0;
        found.truncate(PENDING_MAX);
        found.retain(|one| {
            bytes += one.text.len();
            bytes <= ANNOUNCED_BYTES_MAX
        });
        delivery.more |= found.len() < all;
        Ok(found)
    }

    /// Renews what a daemon holds of a licence, as far as the documents that it will have allow.
    async fn renew(
        &self,
        change: &mut Change,
        standing: &Standing,
        (held, usage): (&Allotment, &LicenceUsage),
        reached: u64,
        (revocations, now): (&Revocations, CivilSeconds),
    ) -> Result<Renewal, ExchangeError> {
        let Some(serial) = standing.serial_within(reached) else {
            return Ok(Renewal::Refused("LICENCE_UNKNOWN"));
        };
        let stands = standing.sequence_of(serial).in_force(View {
            at: now,
            up_to: reached,
            shown: Some(usage.licence_digest),
        });
        let licence = stands.text();
        if licence.reporting.is_none() {
            return Ok(Renewal::NotDue);
        }
        let activation = &held.activation;
        if activation.written_off {
            return Ok(Renewal::Refused("WRITTEN_OFF"));
        }
        if revocations.licence_revoked(&licence.id, licence.serial) {
            return Ok(Renewal::Refused("LICENCE_REVOKED"));
        }
        if let Some(ended) = stands.ended(now) {
            return Ok(Renewal::Refused(ended.code()));
        }
        if !licence.server_may_stand_in(self.country) {
            return Ok(Renewal::Refused("SERVER_REGION_NOT_ALLOWED"));
        }
        let is_live = activation.ends_at.is_none_or(|ends_at| now < ends_at);
        let counted = is_live && !held.adopted;
        let certificate = certificate_of(held);
        let sequence = certificate
            .as_ref()
            .and_then(|one| sequence_then(standing, one));
        let before = certificate.as_ref().zip(sequence.as_ref());
        let before = before.map(|(certificate, sequence)| in_force_then(certificate, sequence));
        let shares = if counted && before.as_ref().is_some_and(|one| same_counts(one, &stands)) {
            kept_shares(activation)
        } else {
            let others = allotments::others(change, &licence.id, activation, now).await?;
            match renewed_shares(&stands, before.as_ref(), activation, &others, counted) {
                Ok(shares) => shares,
                Err(reason) => return Ok(Renewal::Refused(reason)),
            }
        };
        let authority = self.key.authority(self.books.vendor(), revocations.clone());
        let grant = Grant {
            number: activation.number.saturating_add(1),
            daemon_key: activation.daemon_key,
            site: activation.site.clone(),
            host: certificate.and_then(|certificate| certificate.host),
            shares,
            request: activation.request,
            sequence: reached,
            server_country: self.country,
        };
        let granted = certify_daemon(&stands, grant, &authority, None, now)?;
        Ok(Renewal::Renewed(Box::new(allotted(licence, &granted))))
    }
}

/// The certificate that a daemon holds: the host as it was activated stands in it, and the text for which
/// it was made.
fn certificate_of(held: &Allotment) -> Option<message::ActivationCertificate> {
    let signed = decode_signed(DocumentKind::ActivationCertificate, &held.certificate).ok()?;
    prost::Message::decode(signed.payload.as_slice()).ok()
}

fn digest_in(certificate: &message::ActivationCertificate) -> Option<DocumentDigest> {
    let digest = certificate.licence_digest.as_slice().try_into().ok()?;
    Some(DocumentDigest::from_bytes(digest))
}

/// The licence for which a certificate was made, with what was said of it.
fn sequence_then<'a>(
    standing: &'a Standing,
    certificate: &message::ActivationCertificate,
) -> Option<VendorSequence<'a>> {
    let serial = standing.serial_with_text(digest_in(certificate)?)?;
    let mut sequence = standing.sequence_of(serial);
    // Amendments behind the text that the certificate names came into force later.
    let named = digest_in(certificate);
    let amendments = &mut sequence.amendments;
    let last = amendments
        .iter()
        .position(|one| Some(one.digest()) == named);
    amendments.truncate(last.map_or(0, |last| last + 1));
    Some(sequence)
}

/// What held when a certificate was given.
fn in_force_then<'a>(
    certificate: &message::ActivationCertificate,
    sequence: &VendorSequence<'a>,
) -> InForce<'a> {
    let frame = certificate.frame.as_ref();
    sequence.in_force(View {
        at: CivilSeconds(frame.map_or(0, |frame| frame.issued_at_s)),
        up_to: frame.map_or(0, |frame| frame.sequence),
        shown: digest_in(certificate),
    })
}

/// Says whether nothing is to be shared out anew: the same serial, with the same counts.
fn same_counts(before: &InForce<'_>, after: &InForce<'_>) -> bool {
    let counts = |one: &InForce<'_>| -> Vec<_> {
        let features = one.text().features.iter();
        let count = |feature| (one.count(feature, true), one.count(feature, false));
        features
            .map(|feature| (feature.name.clone(), count(feature)))
            .collect()
    };
    before.text().serial == after.text().serial && counts(before) == counts(after)
}

/// What becomes of a certificate.
enum Renewal {
    /// Nothing: it needs no receipt.
    NotDue,
    /// It may not go on, for this stable reason.
    Refused(&'static str),
    /// It goes on.
    Renewed(Box<Allotment>),
}

/// Gathers what the daemon lacks of a licence's sequence; gives the number that it will have reached.
fn deliver(standing: &Standing, applied: u64, delivery: &mut Delivery) -> u64 {
    let mut reached = applied.min(standing.last_sequence());
    for document in &standing.documents {
        if document.sequence <= applied {
            continue;
        }
        // Behind a gap in the books, or without room, the daemon could not apply what comes next.
        if document.sequence != reached + 1 || !delivery.add(document.kind, &document.bytes) {
            break;
        }
        reached = document.sequence;
    }
    reached
}

fn allotted(licence: &Licence, granted: &Granted) -> Allotment {
    let certificate = &granted.certificate;
    Allotment {
        activation: Activation {
            number: certificate.number,
            serial: licence.serial,
            daemon_key: certificate.daemon_key,
            site: certificate.site.clone(),
            shares: certificate
                .shares
                .iter()
                .map(|share| (share.feature.clone(), share.units))
                .collect(),
            request: certificate.request_digest,
            certificate: certificate.digest(),
            answered_at: certificate.frame().issued_at,
            ends_at: granted.ends_at,
            written_off: false,
        },
        certificate: encode_signed(&granted.signed),
        adopted: false,
    }
}
