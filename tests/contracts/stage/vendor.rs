//! The vendor's side of a scenario: keys from fixed seeds, the order language, the register, and the
//! library that `octroi-vendor` and the activation server share. Documents are really signed and read
//! back as a client reads them. The keys are worth nothing and sign nothing outside tests.

use octroi_licence::{
    ActivationCertificate, Amendment, CivilSeconds, Country, DocumentKind, DocumentType,
    HostComponentKind, KeyRole, Licence, LicenceId, Order, Revocations, Signer as _, TrustedRoot,
    VendorId, VendorRoot, Verified, activation_code_proof, message, message::SignedDocument, sign,
    verify, verify_self_signed,
};
use octroi_vendor::{
    ActivationCode, ActivationRefusal, Amend, AmendError, Answer, AnswerError, Authority,
    Certification, Clearance, Desk, Grant, Issue, LicenceOrder, LicenceRecord, PrivateKey, Request,
    VendorOrder, VendorOrderError, VendorSequence, View, amend, answer, certify, certify_daemon,
    give_order, issue, vendor_root,
};
use prost::Message as _;
use zeroize::Zeroizing;

/// Keys are certified for so long: longer than any scenario.
const CENTURY_S: i64 = 100 * 31_557_600;

pub(crate) fn key(seed: u8) -> PrivateKey {
    PrivateKey::from_entropy(&Zeroizing::new([seed; 32]))
}

pub(crate) struct Vendor {
    id: VendorId,
    root: Verified<VendorRoot>,
    issuing: PrivateKey,
    issuing_chain: SignedDocument,
    activation: PrivateKey,
    activation_chain: SignedDocument,
    record: LicenceRecord,
    licence: Option<Verified<Licence>>,
    /// The licence as the newest amendment leaves it.
    amended: Option<Verified<Licence>>,
    code: ActivationCode,
    pub(crate) clearance: Clearance,
}

impl Vendor {
    pub(crate) fn new(id: &VendorId, licence: &LicenceId, now: CivilSeconds) -> Self {
        let (root_key, issuing, activation) = (key(1), key(2), key(3));
        let certificate = |role, key: &PrivateKey| {
            let certification = Certification {
                role,
                public_key: key.public_key(),
                products: Vec::new(),
                valid_from: CivilSeconds(now.0 - 86_400),
                valid_until: CivilSeconds(now.0 + CENTURY_S),
            };
            certify(id, &certification, &root_key, now).unwrap()
        };
        let root = vendor_root(id, "The vendor", &root_key, now).unwrap();
        Self {
            id: id.clone(),
            root: verify_self_signed(&root).unwrap(),
            issuing_chain: certificate(KeyRole::Issuing, &issuing),
            activation_chain: certificate(KeyRole::Activation, &activation),
            issuing,
            activation,
            record: LicenceRecord::new(licence.clone()),
            licence: None,
            amended: None,
            code: ActivationCode::from_entropy(&Zeroizing::new([7; 16])),
            clearance: Clearance::BY_HAND,
        }
    }

    fn authority<'a>(
        &self,
        key: &'a PrivateKey,
        chain: &SignedDocument,
    ) -> Authority<'a, PrivateKey> {
        Authority {
            vendor: self.id.clone(),
            signer: key,
            chain: vec![chain.clone()],
            root: TrustedRoot::accepted(&self.root),
            revocations: Revocations::default(),
        }
    }

    /// What the client's daemon makes of a document: verified under the trusted root, with every term
    /// in it carried out.
    pub(crate) fn read<T: DocumentType>(&self, signed: &SignedDocument) -> Verified<T> {
        let root = TrustedRoot::accepted(&self.root);
        verify(signed, &root, &Revocations::default()).expect("the client honours the document")
    }

    pub(crate) fn licence(&self) -> &Verified<Licence> {
        self.licence.as_ref().expect("a licence was issued")
    }

    pub(crate) fn record(&self) -> &LicenceRecord {
        &self.record
    }

    pub(crate) fn issue(&mut self, order: &LicenceOrder, now: CivilSeconds) -> Verified<Licence> {
        let mut record = self.record.clone();
        let authority = self.authority(&self.issuing, &self.issuing_chain);
        let issued = issue(order, &self.code, &mut record, &authority, now).expect("it is issued");
        let Issue::New { signed, .. } = issued else {
            panic!("the order was issued before");
        };
        let licence = self.read::<Licence>(&signed);
        self.record = record;
        self.licence = Some(self.read(&signed));
        licence
    }

    /// What holds: the licence as it was amended last.
    pub(crate) fn terms(&self) -> &Verified<Licence> {
        self.amended.as_ref().unwrap_or_else(|| self.licence())
    }

    /// Amends the newest serial, at once or from a date on.
    pub(crate) fn amend(
        &mut self,
        order: &LicenceOrder,
        effective_at: Option<CivilSeconds>,
        now: CivilSeconds,
    ) -> Verified<Amendment> {
        let mut record = self.record.clone();
        let authority = self.authority(&self.issuing, &self.issuing_chain);
        let asked = Amend {
            order,
            licence: self.licence(),
            terms: self.terms(),
            effective_at,
            countersign: false,
        };
        let amended = amend(&asked, &mut record, &authority, now);
        let (signed, _) = amended.expect("it is amended");
        let amendment = self.read::<Amendment>(&signed);
        self.record = record;
        self.amended = Some(amendment.amended());
        amendment
    }

    pub(crate) fn order(
        &mut self,
        order: &VendorOrder,
        now: CivilSeconds,
    ) -> Result<Verified<Order>, VendorOrderError> {
        let mut record = self.record.clone();
        let authority = self.authority(&self.issuing, &self.issuing_chain);
        let given = give_order(
            order,
            self.licence(),
            self.licence(),
            &mut record,
            &authority,
            now,
        );
        let (signed, _) = given?;
        self.record = record;
        Ok(self.read(&signed))
    }

    pub(crate) fn amendment(
        &mut self,
        order: &LicenceOrder,
        effective_at: Option<CivilSeconds>,
        now: CivilSeconds,
    ) -> Result<Verified<Amendment>, AmendError> {
        let mut record = self.record.clone();
        let authority = self.authority(&self.issuing, &self.issuing_chain);
        let wanted = Amend {
            order,
            licence: self.licence(),
            terms: self.licence(),
            effective_at,
            countersign: false,
        };
        let (signed, _) = amend(&wanted, &mut record, &authority, now)?;
        self.record = record;
        Ok(self.read(&signed))
    }

    /// Answers the request of a daemon at `site`.
    pub(crate) fn activate(
        &mut self,
        daemon: &PrivateKey,
        site: Option<&str>,
        shares: &[(&str, u32)],
        now: CivilSeconds,
    ) -> Result<Verified<ActivationCertificate>, ActivationRefusal> {
        let request = self.request(daemon, site, shares, now);
        let mut record = self.record.clone();
        let authority = self.authority(&self.activation, &self.activation_chain);
        let desk = Desk {
            sequence: VendorSequence::of(self.licence()),
            country: Some(country()),
            code: &self.code,
            authority: &authority,
            clearance: self.clearance,
            validity: None,
        };
        let answered = answer(&request, &desk, &mut record, now);
        self.record = record;
        match answered {
            Ok(Answer::Granted { signed, .. }) => Ok(self.read(&signed)),
            Ok(Answer::Repeated { .. }) => panic!("no request is made twice"),
            Err(AnswerError::Refused(refusal)) => Err(refusal),
            Err(error) => panic!("{error}"),
        }
    }

    /// What a receipt carries: the certificate of `before`, renewed as of now.
    pub(crate) fn renew(
        &self,
        before: &ActivationCertificate,
        now: CivilSeconds,
    ) -> Verified<ActivationCertificate> {
        let authority = self.authority(&self.activation, &self.activation_chain);
        let grant = Grant {
            number: before.number + 1,
            daemon_key: before.daemon_key,
            site: before.site.clone(),
            host: before.host.as_ref().map(|_| host()),
            shares: before.shares.clone(),
            request: before.request_digest,
            sequence: self.record.last_sequence(),
            server_country: Some(country()),
        };
        let stands = VendorSequence::of(self.terms()).in_force(View {
            at: now,
            up_to: self.record.last_sequence(),
            shown: None,
        });
        let renewed = certify_daemon(&stands, grant, &authority, None, now);
        self.read(&renewed.expect("the certificate is renewed").signed)
    }

    fn request(
        &self,
        daemon: &PrivateKey,
        site: Option<&str>,
        shares: &[(&str, u32)],
        now: CivilSeconds,
    ) -> Request {
        let licence = self.licence();
        let public_key = daemon.public_key();
        // Fresh for each request of a daemon.
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&now.0.to_be_bytes());
        nonce[8] = u8::try_from(self.record.activations().len()).unwrap();
        let code = self.code.expose();
        let proof = activation_code_proof(code, licence.digest(), &public_key, &nonce);
        let request = message::ActivationRequest {
            frame: Some(message::DocumentFrame {
                requires: Vec::new(),
                requires_version: "0.1.0".to_owned(),
                vendor: self.id.to_string(),
                issued_at_s: now.0,
                licence_id: licence.id.to_string(),
                sequence: 0,
            }),
            licence_digest: licence.digest().as_bytes().to_vec(),
            daemon_key: public_key.as_bytes().to_vec(),
            site: site.unwrap_or_default().to_owned(),
            host: licence.binding.host_components_required.map(|_| host()),
            code_proof: proof.to_vec(),
            nonce: nonce.to_vec(),
            shares: shares
                .iter()
                .map(|(feature, units)| message::Share {
                    feature: (*feature).to_owned(),
                    units: *units,
                })
                .collect(),
            daemon_version: "0.1.0".to_owned(),
        };
        let kind = DocumentKind::ActivationRequest;
        let signed = sign(kind, request.encode_to_vec(), daemon, Vec::new()).unwrap();
        Request::read(&signed).unwrap()
    }
}

/// Where the vendor's server stands in every scenario.
fn country() -> Country {
    "FR".parse().unwrap()
}

/// The one host of every scenario; hashes of components that nobody has.
fn host() -> message::HostIdentity {
    let component = |kind: HostComponentKind, byte| message::HostComponent {
        kind: kind.wire().into(),
        digest: vec![byte; 32],
    };
    message::HostIdentity {
        salt: vec![9; 16],
        components: vec![
            component(HostComponentKind::MachineId, 1),
            component(HostComponentKind::NetworkCard, 2),
            component(HostComponentKind::Disk, 3),
            component(HostComponentKind::ProductUuid, 4),
        ],
    }
}
