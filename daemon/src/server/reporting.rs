//! The administrators' service for what goes to the vendors' servers and comes back. Reports are the
//! clerk's work; here stands only how they are asked for.

use octroi_licence::{
    CivilSeconds, DocumentKind, LicenceId, armour, message::SignedDocument, read_armoured,
};
use octroi_proto::admin::v1::{self as wire, reporting_server::Reporting};
use tonic::{Code, Request, Response, Status};

use super::{
    admin::{bad_name, realm_of, recorded_request},
    install::{Installer, install_in},
    next_steps::add_next_steps,
};
use crate::{
    realm::Realm,
    reporting::{Clerk, ClerkError, Taken},
    text::sentence,
};

/// The service on the administrators' socket.
pub(super) struct ReportingService {
    clerk: Clerk,
}

impl ReportingService {
    pub(super) fn new(clerk: Clerk) -> Self {
        Self { clerk }
    }

    fn realm(&self, vendor: &str) -> Result<Realm, Status> {
        realm_of(self.clerk.realms(), vendor)
    }
}

#[tonic::async_trait]
impl Reporting for ReportingService {
    async fn activate_online(
        &self,
        request: Request<wire::CreateActivationRequestRequest>,
    ) -> Result<Response<wire::ActivateOnlineResponse>, Status> {
        let uid = super::caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let licence: LicenceId = request
            .licence_id
            .parse()
            .map_err(|error| bad_name(&error))?;
        let server = self.clerk.server_of(&realm, &licence).await;
        let server = server.map_err(|error| failed(&error))?;
        let made = recorded_request(self.clerk.realms(), &realm, &request, uid).await?;
        let (_, signed) = read_armoured(made.armoured.as_bytes())
            .map_err(|error| Status::internal(sentence(&error)))?;
        let answer = self.clerk.activate(&server, signed).await;
        let (certificate, rehosts) = answer.map_err(|error| failed(&error))?;
        let kind = DocumentKind::ActivationCertificate;
        let installer = Installer::Administrator(uid);
        let realms = std::slice::from_ref(&realm);
        let mut response = install_in(realms, kind, &certificate, installer).await?;
        crate::service::compare_hosts(&realm).await;
        add_next_steps(self.clerk.realms().keys(), &realm, &mut response).await;
        Ok(Response::new(wire::ActivateOnlineResponse {
            installed: Some(response),
            server: server.address,
            sent: made.preview,
            rehosts,
        }))
    }

    async fn preview_report(
        &self,
        request: Request<wire::PreviewReportRequest>,
    ) -> Result<Response<wire::PreviewReportResponse>, Status> {
        let realm = self.realm(&request.into_inner().vendor)?;
        let preview = self.clerk.preview(&realm).await;
        let preview = preview.map_err(|error| failed(&error))?;
        Ok(Response::new(wire::PreviewReportResponse {
            vendor: realm.vendor().to_string(),
            armoured: armoured(&preview.report),
            waiting: preview.waiting,
            server: preview.server.map(|one| one.address).unwrap_or_default(),
            approval_needed: preview.approval_needed,
            due_at_s: preview.due_at.map_or(0, |due| due.0),
            network: preview.network,
        }))
    }

    async fn send_report(
        &self,
        request: Request<wire::SendReportRequest>,
    ) -> Result<Response<wire::ReceiptTaken>, Status> {
        let uid = super::caller(&request)?.uid();
        let realm = self.realm(&request.into_inner().vendor)?;
        let taken = self.clerk.send(&realm, uid).await;
        Ok(answer(&realm, taken.map_err(|error| failed(&error))?))
    }

    async fn export_report(
        &self,
        request: Request<wire::ExportReportRequest>,
    ) -> Result<Response<wire::ExportReportResponse>, Status> {
        let realm = self.realm(&request.into_inner().vendor)?;
        let exported = self.clerk.export(&realm).await;
        let (number, report) = exported.map_err(|error| failed(&error))?;
        Ok(Response::new(wire::ExportReportResponse {
            vendor: realm.vendor().to_string(),
            number,
            armoured: armoured(&report),
        }))
    }

    async fn import_receipt(
        &self,
        request: Request<wire::ImportReceiptRequest>,
    ) -> Result<Response<wire::ReceiptTaken>, Status> {
        let uid = super::caller(&request)?.uid();
        let request = request.into_inner();
        let (kind, signed) = read_armoured(request.armoured.as_bytes())
            .map_err(|error| Status::invalid_argument(sentence(&error)))?;
        if kind != DocumentKind::Receipt {
            let text = format!("this is a {kind}, not a receipt");
            return Err(Status::invalid_argument(text));
        }
        let realm = self.realm(&request.vendor)?;
        let taken = self.clerk.import(&realm, &signed, uid).await;
        Ok(answer(&realm, taken.map_err(|error| failed(&error))?))
    }

    async fn report_history(
        &self,
        request: Request<wire::ReportHistoryRequest>,
    ) -> Result<Response<wire::ReportHistoryResponse>, Status> {
        let realm = self.realm(&request.into_inner().vendor)?;
        let history = self.clerk.history(&realm).await;
        let history = history.map_err(|error| failed(&error))?;
        let exchanges = history.into_iter().map(|stored| {
            let receipt = stored.receipt.as_ref();
            wire::ReportedExchange {
                number: stored.number,
                report: armoured(&stored.report),
                sent_at_s: stored.sent.map_or(0, |sent| sent.0),
                receipt: receipt
                    .map(|receipt| armour(DocumentKind::Receipt, receipt, ""))
                    .unwrap_or_default(),
                server_time_s: receipt.and_then(server_time).map_or(0, |time| time.0),
            }
        });
        Ok(Response::new(wire::ReportHistoryResponse {
            exchanges: exchanges.collect(),
        }))
    }
}

fn armoured(report: &SignedDocument) -> String {
    armour(DocumentKind::UsageReport, report, "")
}

/// The date of a receipt that was verified when it came.
fn server_time(receipt: &SignedDocument) -> Option<CivilSeconds> {
    use prost::Message as _;
    let receipt = octroi_licence::message::Receipt::decode(receipt.payload.as_slice()).ok()?;
    Some(CivilSeconds(receipt.frame?.issued_at_s))
}

fn answer(realm: &Realm, taken: Taken) -> Response<wire::ReceiptTaken> {
    let announcements = taken
        .announcements
        .into_iter()
        .map(|one| wire::Announcement {
            number: one.number,
            kind: one.kind,
            text: one.text,
            due_day: one.due.map_or(0, |day| day.0),
            version: one.version.map(String::from).unwrap_or_default(),
            product: one.product.map(String::from).unwrap_or_default(),
            effective_day: one.effective.map_or(0, |day| day.0),
        });
    Response::new(wire::ReceiptTaken {
        vendor: realm.vendor().to_string(),
        number: taken.number,
        server_time_s: taken.server_time.0,
        already_taken: taken.again,
        installed: taken.installed,
        notes: taken.notes,
        announcements: announcements.collect(),
    })
}

/// The stable code travels in the details.
fn failed(error: &ClerkError) -> Status {
    let code = error.code();
    Status::with_details(Code::Aborted, sentence(error), code.as_bytes().into())
}
