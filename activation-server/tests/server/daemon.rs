//! A daemon as far as the server meets it: a key, a ledger that grows, the certificates and receipts
//! that it holds, and reports whose bytes are fixed when they are made.

use octroi_licence::{
    ActivationCertificate, Amendment, AnnouncementAnswer, Checkpoint, CivilDay, Count,
    DocumentKind, EndOfUseCertificate, EndOfUseChoice, FeatureUsage, Licence, LicenceUsage,
    Numbered, Order, PublicKey, Receipt, RefusalCode, ReportedDeclaration, RevocationList,
    Revocations, Signer as _, TrustedRoot, UsageReport, Verified, activation_code_proof,
    decode_signed, digest_of, encode_signed, merkle, message, message::SignedDocument, sign,
    verify, verify_self_signed,
};
use octroi_vendor::PrivateKey;
use prost::Message as _;

use crate::{
    client::{Client, Failed},
    vendor::{Issued, NOW, Staff, private_key},
};

#[derive(Clone)]
pub(crate) struct Daemon {
    seed: u8,
    root: TrustedRoot,
    pub(crate) leaves: Vec<[u8; 32]>,
    /// The text in force, as issued or amended.
    pub(crate) licence: Verified<Licence>,
    /// What an amendment makes of it that came and is not in force.
    amendment: Option<Verified<Licence>>,
    code: String,
    pub(crate) site: String,
    pub(crate) asked: Vec<(String, u32)>,
    pub(crate) nonce: u8,
    pub(crate) certificate: Option<SignedDocument>,
    pub(crate) vendor_sequence: u64,
    pub(crate) revocation_version: u64,
    pub(crate) announcement_number: u64,
    pub(crate) answers: Vec<AnnouncementAnswer>,
    /// Seats granted to versions out of maintenance.
    pub(crate) outdated: u64,
    pub(crate) last_receipt: Option<SignedDocument>,
    pub(crate) declarations: Vec<ReportedDeclaration>,
    /// The certificate of the end of use, encoded.
    pub(crate) end_of_use: Vec<u8>,
    /// Reports made so far: each has a nonce of its own.
    reports: u8,
}

impl Daemon {
    pub(crate) fn new(seed: u8, issued: &Issued, staff: &Staff) -> Self {
        Self {
            seed,
            root: staff.trusted(),
            leaves: Vec::new(),
            licence: issued.licence.clone(),
            amendment: None,
            code: issued.code.expose().to_owned(),
            site: String::new(),
            asked: Vec::new(),
            nonce: 1,
            certificate: None,
            vendor_sequence: issued.licence.frame().sequence,
            revocation_version: 0,
            announcement_number: 0,
            answers: Vec::new(),
            outdated: 0,
            last_receipt: None,
            declarations: Vec::new(),
            end_of_use: Vec::new(),
            reports: 0,
        }
    }

    pub(crate) fn with_code(mut self, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self
    }

    pub(crate) fn at(mut self, site: &str) -> Self {
        site.clone_into(&mut self.site);
        self
    }

    pub(crate) fn asks_for(mut self, shares: &[(&str, u32)]) -> Self {
        self.asked = shares
            .iter()
            .map(|(feature, units)| ((*feature).to_owned(), *units))
            .collect();
        self
    }

    /// The same under another key, for instance one that a thief has.
    pub(crate) fn under_key(mut self, seed: u8) -> Self {
        self.seed = seed;
        self
    }

    pub(crate) fn seed(&self) -> u8 {
        self.seed
    }

    fn key(&self) -> PrivateKey {
        private_key(self.seed)
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        self.key().public_key()
    }

    /// The request message, before it is signed.
    pub(crate) fn request_message(&self) -> message::ActivationRequest {
        let (digest, nonce) = (self.licence.digest(), [self.nonce; 16]);
        let proof = activation_code_proof(&self.code, digest, &self.public_key(), &nonce);
        message::ActivationRequest {
            frame: Some(message::DocumentFrame {
                requires: Vec::new(),
                requires_version: "0.1.0".to_owned(),
                vendor: self.licence.frame().vendor.to_string(),
                issued_at_s: NOW.0,
                licence_id: self.licence.id.to_string(),
                sequence: 0,
            }),
            licence_digest: digest.as_bytes().to_vec(),
            daemon_key: self.public_key().as_bytes().to_vec(),
            site: self.site.clone(),
            host: Some(message::HostIdentity {
                salt: vec![9; 16],
                components: [
                    message::HostComponentKind::MachineId,
                    message::HostComponentKind::Disk,
                ]
                .map(|kind| message::HostComponent {
                    kind: kind.into(),
                    digest: vec![self.seed; 32],
                })
                .to_vec(),
            }),
            code_proof: proof.to_vec(),
            nonce: nonce.to_vec(),
            shares: self
                .asked
                .iter()
                .map(|(feature, units)| message::Share {
                    feature: feature.clone(),
                    units: *units,
                })
                .collect(),
            daemon_version: "0.1.0".to_owned(),
        }
    }

    pub(crate) fn request(&self) -> SignedDocument {
        let payload = self.request_message().encode_to_vec();
        self.sign(DocumentKind::ActivationRequest, payload)
    }

    pub(crate) fn sign(&self, kind: DocumentKind, payload: Vec<u8>) -> SignedDocument {
        sign(kind, payload, &self.key(), Vec::new()).unwrap()
    }

    /// Asks to be activated and keeps the certificate.
    pub(crate) async fn activate(
        &mut self,
        client: &Client,
    ) -> Result<Verified<ActivationCertificate>, Failed> {
        let certificate = client.activate(self.request()).await?;
        let verified = self.certified(&certificate);
        self.certificate = Some(certificate);
        Ok(verified)
    }

    fn certified(&self, certificate: &SignedDocument) -> Verified<ActivationCertificate> {
        let verified: Verified<ActivationCertificate> =
            verify(certificate, &self.root, &Revocations::default()).unwrap();
        assert_eq!(verified.daemon_key, self.public_key());
        verified.belongs_to(&self.licence).unwrap();
        verified
    }

    pub(crate) fn held(&self) -> Verified<ActivationCertificate> {
        self.certified(self.certificate.as_ref().unwrap())
    }

    /// Units held of a feature.
    pub(crate) fn share(&self, feature: &str) -> u32 {
        let held = self.held();
        let share = held
            .shares
            .iter()
            .find(|one| one.feature.as_str() == feature);
        share.map_or(0, |share| share.units.0)
    }

    /// Appends records to the ledger.
    pub(crate) fn work(&mut self, records: u64) {
        for _ in 0..records {
            let record = format!("record {} of {}", self.leaves.len(), self.seed);
            self.leaves.push(merkle::leaf_hash(record.as_bytes()));
        }
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let frontier: merkle::Frontier = self.leaves.iter().copied().collect();
        Checkpoint {
            size: frontier.size(),
            root: frontier.root(),
        }
    }

    /// Certifies that nothing of the licence is used any more.
    pub(crate) fn ends_its_use(&mut self) -> SignedDocument {
        let today = CivilDay::of(NOW).unwrap();
        let certificate = EndOfUseCertificate {
            licence: self.licence.id.clone(),
            licence_digest: self.licence.digest(),
            daemon_key: self.public_key(),
            removed_on: today,
            checkpoint: self.checkpoint(),
            choice: EndOfUseChoice::Destroyed,
        };
        let payload = message::EndOfUseCertificate {
            frame: Some(message::DocumentFrame {
                vendor: self.licence.frame().vendor.to_string(),
                licence_id: self.licence.id.to_string(),
                issued_at_s: today.start().0,
                ..message::DocumentFrame::default()
            }),
            ..certificate.message()
        };
        let kind = DocumentKind::EndOfUseCertificate;
        let signed = self.sign(kind, payload.encode_to_vec());
        self.end_of_use = encode_signed(&signed);
        signed
    }

    /// What the next report says; its nonce is fresh.
    pub(crate) fn next_report(&mut self) -> UsageReport {
        self.reports += 1;
        let last: Option<Verified<Receipt>> = self
            .last_receipt
            .as_ref()
            .map(|receipt| verify(receipt, &self.root, &Revocations::default()).unwrap());
        let from = last.as_ref().map_or(0, |receipt| receipt.checkpoint.size);
        let from = usize::try_from(from).unwrap();
        let checkpoint = self.checkpoint();
        let certificate = self.certificate.as_ref();
        let number = certificate.map_or(1, |signed| {
            let held: Verified<ActivationCertificate> =
                verify(signed, &self.root, &Revocations::default()).unwrap();
            held.number
        });
        UsageReport {
            number: last.map_or(0, |receipt| receipt.report_number) + 1,
            daemon_key: self.public_key(),
            nonce: [self.reports; 16],
            first_day: CivilDay::of(NOW).unwrap(),
            last_day: CivilDay::of(NOW).unwrap(),
            checkpoint_signature: checkpoint.sign(&self.root.id(), &self.key()).unwrap(),
            checkpoint,
            consistency: merkle::consistency_proof(&self.leaves, from).unwrap_or_default(),
            last_receipt: self
                .last_receipt
                .as_ref()
                .map(encode_signed)
                .unwrap_or_default(),
            licences: vec![LicenceUsage {
                licence: self.licence.id.clone(),
                serial: self.licence.serial,
                licence_digest: self.licence.digest(),
                certificate_number: number,
                certificate: certificate.map(encode_signed).unwrap_or_default(),
                vendor_sequence: self.vendor_sequence,
                declarations: self.declarations.clone(),
                end_of_use_certificate: self.end_of_use.clone(),
                features: vec![FeatureUsage {
                    feature: "solver".parse().unwrap(),
                    peak: Count::of(2, false),
                    seat_days: Count::of(31, false),
                    grants: Count::of(470, false),
                    refusals: vec![(
                        Numbered::Known(RefusalCode::SeatsExhausted),
                        Count::of(12, false),
                    )],
                    outdated: Count::of(self.outdated, false),
                }],
            }],
            evidence: vec![(Numbered::Known(message::EvidenceKind::ClockSetBack), 1)],
            session_ends: Vec::new(),
            revocation_version: self.revocation_version,
            announcement_number: self.announcement_number,
            announcement_answers: self.answers.clone(),
        }
    }

    /// A report, signed: its bytes are fixed from now on.
    pub(crate) fn report(&mut self) -> SignedDocument {
        let report = self.next_report();
        self.signed_report(&report)
    }

    pub(crate) fn signed_report(&self, report: &UsageReport) -> SignedDocument {
        let vendor = &self.licence.frame().vendor;
        let payload = report.payload(vendor, report.last_day);
        self.sign(DocumentKind::UsageReport, payload)
    }

    /// Reports and takes the receipt in.
    pub(crate) async fn reports(&mut self, client: &Client) -> Result<Verified<Receipt>, Failed> {
        let report = self.report();
        let receipt = client.report(report.clone()).await?;
        Ok(self.take(&report, &receipt))
    }

    /// Takes a receipt in as a daemon does: it must answer the report and nothing else; documents
    /// are applied in order, then certificates.
    pub(crate) fn take(
        &mut self,
        report: &SignedDocument,
        receipt: &SignedDocument,
    ) -> Verified<Receipt> {
        let report: Verified<UsageReport> = verify_self_signed(report).unwrap();
        let verified: Verified<Receipt> =
            verify(receipt, &self.root, &Revocations::default()).unwrap();
        verified.answers(&report).unwrap();
        for pending in &verified.documents {
            self.apply(pending.kind().unwrap(), &pending.document);
        }
        for certificate in &verified.certificates {
            let signed = decode_signed(DocumentKind::ActivationCertificate, certificate).unwrap();
            let renewed = self.certified(&signed);
            assert!(renewed.number > self.held().number);
            assert!(renewed.frame().sequence <= self.vendor_sequence);
            self.certificate = Some(signed);
        }
        if let Some(last) = verified.announcements.last() {
            self.announcement_number = last.number;
        }
        self.last_receipt = Some(receipt.clone());
        verified
    }

    fn apply(&mut self, kind: DocumentKind, document: &[u8]) {
        let signed = decode_signed(kind, document).unwrap();
        let none = Revocations::default();
        if kind == DocumentKind::RevocationList {
            let list: Verified<RevocationList> = verify(&signed, &self.root, &none).unwrap();
            self.revocation_version = list.version;
            return;
        }
        let sequence = if kind == DocumentKind::Licence {
            self.licence = verify(&signed, &self.root, &none).unwrap();
            self.licence.frame().sequence
        } else if kind == DocumentKind::Amendment {
            let amendment: Verified<Amendment> = verify(&signed, &self.root, &none).unwrap();
            let sequence = amendment.frame().sequence;
            self.amendment = Some(amendment.amended());
            if !amendment.countersign_required {
                self.accept();
            }
            sequence
        } else {
            let order: Verified<Order> = verify(&signed, &self.root, &none).unwrap();
            order.frame().sequence
        };
        self.vendor_sequence += 1;
        assert_eq!(sequence, self.vendor_sequence, "contiguous");
    }
}

impl Daemon {
    /// An administrator accepts the amendment that waits.
    pub(crate) fn accept(&mut self) {
        self.licence = self.amendment.take().expect("an amendment waits");
    }
}

/// Digest of a report's payload, as receipts name it.
pub(crate) fn report_digest(report: &SignedDocument) -> octroi_licence::DocumentDigest {
    digest_of(DocumentKind::UsageReport, &report.payload)
}
