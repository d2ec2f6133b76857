//! Daemons as far as a vendor's server meets them: keys, ledgers that grow, certificates and receipts
//! that they hold. They sign the same documents that `octroid` sends, so that many of them fit into
//! one process.

use anyhow::{Context as _, bail};
use ed25519_dalek::SigningKey;
use octroi_licence::{
    ActivationCertificate, Checkpoint, CivilDay, CivilSeconds, Count, DocumentKind, FeatureUsage,
    Licence, LicenceUsage, Receipt, Revocations, Signer as _, TrustedRoot, UsageReport, VendorRoot,
    Verified, activation_code_proof, encode_signed, merkle, message, message::SignedDocument,
    read_armoured, sign, verify, verify_self_signed,
};
use prost::Message as _;

use crate::{Vendor, order::FEATURE, vendor::Issued, world::seconds_from_now};

/// Records of the ledger between two reports.
const RECORDS: usize = 100;

/// What the daemons of one licence have in common.
#[derive(Debug)]
pub(super) struct Fleet {
    root: TrustedRoot,
    licence: Verified<Licence>,
    code: String,
    now: CivilSeconds,
}

/// One daemon.
#[derive(Debug)]
pub(super) struct Member {
    key: SigningKey,
    leaves: Vec<[u8; 32]>,
    certificate: SignedDocument,
    last_receipt: Option<SignedDocument>,
    /// The report that was made last.
    report: SignedDocument,
}

impl Fleet {
    /// The fleet of a licence.
    pub(super) fn of(vendor: &Vendor, issued: &Issued) -> anyhow::Result<Self> {
        let (_, signed) = read_armoured(&std::fs::read(vendor.root())?)?;
        let root = TrustedRoot::accepted(&verify_self_signed::<VendorRoot>(&signed)?);
        let (_, signed) = read_armoured(&std::fs::read(&issued.licence)?)?;
        let licence = verify::<Licence>(&signed, &root, &Revocations::default())?;
        let text = std::fs::read_to_string(&issued.code)?;
        let code = text
            .lines()
            .rfind(|line| !line.is_empty() && !line.starts_with('#'))
            .context("no activation code")?;
        Ok(Self {
            root,
            licence,
            code: code.trim().to_owned(),
            now: CivilSeconds(seconds_from_now(0)?),
        })
    }

    /// The key of one of at most 65,536 daemons.
    pub(super) fn key(number: u16) -> SigningKey {
        let mut seed = [0x5e; 32];
        seed[..2].copy_from_slice(&number.to_be_bytes());
        SigningKey::from_bytes(&seed)
    }

    /// A daemon's request for one seat.
    pub(super) fn request(&self, key: &SigningKey) -> anyhow::Result<SignedDocument> {
        let (digest, nonce) = (self.licence.digest(), [1; 16]);
        let proof = activation_code_proof(&self.code, digest, &key.public_key(), &nonce);
        let request = message::ActivationRequest {
            frame: Some(message::DocumentFrame {
                requires: Vec::new(),
                requires_version: "0.1.0".to_owned(),
                vendor: self.licence.frame().vendor.to_string(),
                issued_at_s: self.now.0,
                licence_id: self.licence.id.to_string(),
                sequence: 0,
            }),
            licence_digest: digest.as_bytes().to_vec(),
            daemon_key: key.public_key().as_bytes().to_vec(),
            site: String::new(),
            host: None,
            code_proof: proof.to_vec(),
            nonce: nonce.to_vec(),
            shares: vec![message::Share {
                feature: FEATURE.to_owned(),
                units: 1,
            }],
            daemon_version: "0.1.0".to_owned(),
        };
        let kind = DocumentKind::ActivationRequest;
        Ok(sign(kind, request.encode_to_vec(), key, Vec::new())?)
    }

    /// A daemon that was activated, with its first report made.
    pub(super) fn member(
        &self,
        key: SigningKey,
        certificate: SignedDocument,
    ) -> anyhow::Result<Member> {
        let mut member = Member {
            key,
            leaves: Vec::new(),
            certificate,
            last_receipt: None,
            report: SignedDocument::default(),
        };
        self.works(&mut member)?;
        Ok(member)
    }

    /// Lets a daemon take the receipt of its report, as `octroid` would.
    pub(super) fn takes(&self, member: &mut Member, receipt: SignedDocument) -> anyhow::Result<()> {
        let report: Verified<UsageReport> = verify_self_signed(&member.report)?;
        let verified: Verified<Receipt> = verify(&receipt, &self.root, &Revocations::default())?;
        verified.answers(&report)?;
        let [renewed] = verified.certificates.as_slice() else {
            bail!(
                "the certificate was not renewed: {:?}",
                verified.not_renewed
            )
        };
        let kind = DocumentKind::ActivationCertificate;
        member.certificate = octroi_licence::decode_signed(kind, renewed)?;
        member.last_receipt = Some(receipt);
        self.works(member)
    }

    /// Appends records to a daemon's ledger and makes the report about them.
    fn works(&self, member: &mut Member) -> anyhow::Result<()> {
        let revocations = Revocations::default();
        let last: Option<Verified<Receipt>> = match &member.last_receipt {
            Some(receipt) => Some(verify(receipt, &self.root, &revocations)?),
            None => None,
        };
        let from = last.as_ref().map_or(0, |last| last.checkpoint.size);
        for _ in 0..RECORDS {
            let number = u64::try_from(member.leaves.len())?;
            member.leaves.push(merkle::leaf_hash(&number.to_be_bytes()));
        }
        let tree: merkle::Frontier = member.leaves.iter().copied().collect();
        let checkpoint = Checkpoint {
            size: tree.size(),
            root: tree.root(),
        };
        let held: Verified<ActivationCertificate> =
            verify(&member.certificate, &self.root, &revocations)?;
        let number = last.map_or(0, |last| last.report_number) + 1;
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&number.to_be_bytes());
        let today = CivilDay::of(self.now).context("a day")?;
        let exact = |count| Count::of(count, false);
        let report = UsageReport {
            number,
            daemon_key: member.key.public_key(),
            nonce,
            first_day: today,
            last_day: today,
            checkpoint_signature: checkpoint.sign(&self.root.id(), &member.key)?,
            checkpoint,
            consistency: merkle::consistency_proof(&member.leaves, usize::try_from(from)?)
                .context("a proof")?,
            last_receipt: member
                .last_receipt
                .as_ref()
                .map(encode_signed)
                .unwrap_or_default(),
            licences: vec![LicenceUsage {
                licence: self.licence.id.clone(),
                serial: self.licence.serial,
                licence_digest: self.licence.digest(),
                certificate_number: held.number,
                certificate: encode_signed(&member.certificate),
                vendor_sequence: self.licence.frame().sequence,
                declarations: Vec::new(),
                end_of_use_certificate: Vec::new(),
                features: vec![FeatureUsage {
                    feature: FEATURE.parse()?,
                    peak: exact(1),
                    seat_days: exact(30),
                    grants: exact(400),
                    refusals: Vec::new(),
                    outdated: exact(0),
                }],
            }],
            evidence: Vec::new(),
            session_ends: Vec::new(),
            revocation_version: 0,
            announcement_number: 0,
            announcement_answers: Vec::new(),
        };
        let payload = report.payload(&self.licence.frame().vendor, today);
        let kind = DocumentKind::UsageReport;
        member.report = sign(kind, payload, &member.key, Vec::new())?;
        Ok(())
    }
}

impl Member {
    /// The report that is to be sent.
    pub(super) fn report(&self) -> SignedDocument {
        self.report.clone()
    }
}
