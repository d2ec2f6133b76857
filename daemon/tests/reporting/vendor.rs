//! A vendor of its own with a server: real keys and documents. The server keeps every byte that it
//! was sent and answers as a test wants.

use std::{
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use ed25519_dalek::SigningKey;
use octroi_licence::{
    ActivationRequest, DocumentKind, Signer as _, UsageReport, Verified, activation_code_digest,
    armour, digest_of, encode_signed,
    message::{self, SignedDocument},
    sign, verify_self_signed,
};
use octroi_proto::activation::v1::{
    ActivateRequest, ActivateResponse, Refusal, RefusalCode, ReportRequest, ReportResponse,
    activate_response, activation_server::Activation, report_response,
};
use prost::Message;
use tonic::{Request, Response, Status};

pub(crate) const VENDOR: &str = "acme";
pub(crate) const LICENCE: &str = "acme-1";
pub(crate) const PRODUCT: &str = "suite";
pub(crate) const FEATURE: &str = "solver";
pub(crate) const CODE: &str = "ABCDE-FGHJK-LMNPQ";
pub(crate) const SEATS: u32 = 9;
pub(crate) const DAY_S: i64 = 86_400;
pub(crate) const YEAR_S: i64 = 365 * DAY_S;

fn root() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn issuing() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

fn activation() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

pub(crate) fn now_s() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

fn long_ago_s() -> i64 {
    now_s() - 30 * DAY_S
}

/// The root's public key, as an application pins it.
pub(crate) fn root_key() -> String {
    root().public_key().to_string()
}

/// `root.pub`.
pub(crate) fn root_document() -> String {
    let payload = message::VendorRoot {
        frame: Some(frame("", 1, long_ago_s())),
        vendor_name: "Acme Solvers SAS".into(),
        public_key: root().public_key().as_bytes().to_vec(),
    };
    let kind = DocumentKind::VendorRoot;
    armour(kind, &signed(kind, &payload, &root(), Vec::new()), "")
}

/// A licence that asks for daily reports to the server at `address` with the key `pin`.
pub(crate) fn licence(address: &str, pin: [u8; 32]) -> String {
    let payload = message::Licence {
        frame: Some(frame(LICENCE, 1, long_ago_s())),
        serial: 1,
        product: PRODUCT.into(),
        client_id: "c-1".into(),
        features: vec![message::Feature {
            name: FEATURE.into(),
            metric: message::Metric::Concurrent.into(),
            count: SEATS,
            grouping: message::Grouping::Checkout.into(),
            ..Default::default()
        }],
        term: Some(message::Term {
            starts_at_s: long_ago_s(),
            ends_at_s: 0,
        }),
        activation_code_digest: activation_code_digest(CODE).to_vec(),
        server: Some(message::ActivationServer {
            address: address.to_owned(),
            key_pins: vec![pin.to_vec()],
            ..Default::default()
        }),
        reporting: Some(message::Reporting {
            interval_days: 1,
            warn_days: 1,
            degrade_days: 20,
            stop_days: 30,
            ..Default::default()
        }),
        ..Default::default()
    };
    let chain = vec![key_certificate(message::KeyRole::Issuing, &issuing())];
    let kind = DocumentKind::Licence;
    armour(kind, &signed(kind, &payload, &issuing(), chain), "")
}

fn key_certificate(role: message::KeyRole, key: &SigningKey) -> SignedDocument {
    let payload = message::KeyCertificate {
        frame: Some(frame("", 1, long_ago_s())),
        role: role.into(),
        public_key: key.public_key().as_bytes().to_vec(),
        products: Vec::new(),
        valid_from_s: long_ago_s() - 2 * YEAR_S,
        valid_until_s: now_s() + 4 * YEAR_S,
    };
    signed(DocumentKind::KeyCertificate, &payload, &root(), Vec::new())
}

fn frame(licence: &str, sequence: u64, issued_at_s: i64) -> message::DocumentFrame {
    message::DocumentFrame {
        vendor: VENDOR.into(),
        issued_at_s,
        licence_id: licence.into(),
        sequence,
        ..Default::default()
    }
}

fn signed(
    kind: DocumentKind,
    payload: &impl Message,
    key: &SigningKey,
    chain: Vec<SignedDocument>,
) -> SignedDocument {
    let Ok(signed) = sign(kind, payload.encode_to_vec(), key, chain);
    signed
}

fn by_activation(kind: DocumentKind, payload: &impl Message) -> SignedDocument {
    let chain = vec![key_certificate(message::KeyRole::Activation, &activation())];
    signed(kind, payload, &activation(), chain)
}

/// A certificate over all seats.
fn certificate(
    licence_digest: &[u8],
    daemon_key: &[u8],
    request_digest: &[u8],
    number: u64,
    issued_at_s: i64,
) -> SignedDocument {
    let payload = message::ActivationCertificate {
        frame: Some(frame(LICENCE, 1, issued_at_s)),
        licence_digest: licence_digest.to_vec(),
        certificate_number: number,
        daemon_key: daemon_key.to_vec(),
        valid_from_s: long_ago_s(),
        shares: vec![message::Share {
            feature: FEATURE.into(),
            units: SEATS,
        }],
        request_digest: request_digest.to_vec(),
        ..Default::default()
    };
    by_activation(DocumentKind::ActivationCertificate, &payload)
}

/// How the server deals with a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deals {
    /// With a receipt and a renewed certificate.
    Well,
    /// It is busy.
    Busy,
    /// It refuses.
    Refusing,
    /// With the receipt of the first report again.
    WithTheFirstReceipt,
    /// With a receipt that holds a certificate for another daemon.
    WithAnothersCertificate,
    /// Well, by a clock that is so many seconds ahead.
    ByAClockAhead(i64),
}

/// The server's books.
#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) deals: Deals,
    /// Activation requests, as they came.
    pub(crate) requests: Vec<Vec<u8>>,
    /// Reports, as they came.
    pub(crate) reports: Vec<Vec<u8>>,
    first_receipt: Option<SignedDocument>,
    certificates: u64,
    /// How long ago certificates and receipts say that they were made.
    pub(crate) made_days_ago: i64,
}

/// The vendor's server.
#[derive(Debug, Clone)]
pub(crate) struct Vendor(Arc<Mutex<Books>>);

impl Vendor {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Books {
            deals: Deals::Well,
            requests: Vec::new(),
            reports: Vec::new(),
            first_receipt: None,
            certificates: 0,
            made_days_ago: 0,
        })))
    }

    pub(crate) fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.0.lock().unwrap()
    }

    pub(crate) fn deals(&self, deals: Deals) {
        self.books().deals = deals;
    }

    /// The receipt of a report that was carried here.
    pub(crate) fn receipt_by_file(&self, report: &SignedDocument) -> String {
        let receipt = self.books().receipt(report);
        armour(DocumentKind::Receipt, &receipt, "")
    }
}

impl Books {
    fn receipt(&mut self, signed: &SignedDocument) -> SignedDocument {
        let report: Verified<UsageReport> = verify_self_signed(signed).unwrap();
        let realm = root().public_key().id();
        assert!(
            report
                .checkpoint
                .verifies(&realm, &report.daemon_key, &report.checkpoint_signature),
            "the checkpoint is the daemon's"
        );
        let anothers = self.deals == Deals::WithAnothersCertificate;
        let daemon_key = if anothers {
            SigningKey::from_bytes(&[9; 32]).public_key()
        } else {
            report.daemon_key
        };
        self.certificates += 1;
        let usage = &report.licences[0];
        let renewed = certificate(
            usage.licence_digest.as_bytes(),
            daemon_key.as_bytes(),
            &[0; 32],
            self.certificates,
            now_s(),
        );
        let ahead_s = match self.deals {
            Deals::ByAClockAhead(seconds) => seconds,
            _ => 0,
        };
        let payload = message::Receipt {
            frame: Some(frame("", 0, now_s() + ahead_s)),
            report_digest: report.digest().as_bytes().to_vec(),
            daemon_key: report.daemon_key.as_bytes().to_vec(),
            nonce: report.nonce.to_vec(),
            report_number: report.number,
            checkpoint: Some(message::LedgerCheckpoint {
                size: report.checkpoint.size,
                root: report.checkpoint.root.to_vec(),
                signature: Vec::new(),
            }),
            certificates: vec![encode_signed(&renewed)],
            announcements: vec![message::Announcement {
                number: report.number,
                kind: "release".into(),
                text: "Suite 8 is out".into(),
                due_day: 0,
                ..Default::default()
            }],
            ..Default::default()
        };
        by_activation(DocumentKind::Receipt, &payload)
    }
}

#[tonic::async_trait]
impl Activation for Vendor {
    async fn activate(
        &self,
        request: Request<ActivateRequest>,
    ) -> Result<Response<ActivateResponse>, Status> {
        let request = request.into_inner().request.unwrap();
        let mut books = self.books();
        books.requests.push(encode_signed(&request));
        let asked: Verified<ActivationRequest> = verify_self_signed(&request).unwrap();
        let outcome = if asked.proves(CODE) {
            books.certificates += 1;
            activate_response::Outcome::Certificate(certificate(
                asked.licence_digest.as_bytes(),
                asked.daemon_key.as_bytes(),
                digest_of(DocumentKind::ActivationRequest, &request.payload).as_bytes(),
                books.certificates,
                now_s() - books.made_days_ago * DAY_S,
            ))
        } else {
            activate_response::Outcome::Refusal(Refusal {
                code: RefusalCode::ActivationCodeWrong.into(),
                attempts: 1,
                limit: 10,
                ..Refusal::default()
            })
        };
        Ok(Response::new(ActivateResponse {
            outcome: Some(outcome),
            rehosts: None,
        }))
    }

    async fn report(
        &self,
        request: Request<ReportRequest>,
    ) -> Result<Response<ReportResponse>, Status> {
        let report = request.into_inner().report.unwrap();
        let mut books = self.books();
        books.reports.push(encode_signed(&report));
        let outcome = match books.deals {
            Deals::Busy => return Err(Status::unavailable("the database is locked")),
            Deals::Refusing => report_response::Outcome::Refusal(Refusal {
                code: RefusalCode::LedgerForked.into(),
                ..Refusal::default()
            }),
            Deals::WithTheFirstReceipt => {
                report_response::Outcome::Receipt(books.first_receipt.clone().unwrap())
            }
            _ => {
                let receipt = books.receipt(&report);
                books.first_receipt.get_or_insert_with(|| receipt.clone());
                report_response::Outcome::Receipt(receipt)
            }
        };
        Ok(Response::new(ReportResponse {
            outcome: Some(outcome),
        }))
    }
}
