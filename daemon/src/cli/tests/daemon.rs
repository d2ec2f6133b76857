//! The fake daemon: answers each call as told and remembers what was asked.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use octroi_proto::{
    admin::v1::{
        self as wire, CheckpointRequest, CheckpointResponse, CreateActivationRequestRequest,
        CreateActivationRequestResponse, DiagnoseRequest, DiagnoseResponse, ExplainLicenceRequest,
        ExplainLicenceResponse, HostIdRequest, HostIdResponse, InstallRequest, InstallResponse,
        PreviewInstallRequest, PreviewInstallResponse, ReleaseSeatRequest, ReleaseSeatResponse,
        SeatsRequest, SeatsResponse, StatusRequest, StatusResponse, TrustVendorRequest,
        TrustVendorResponse,
        acts_server::{Acts, ActsServer},
        admin_server::{Admin, AdminServer},
        registers_server::{Registers, RegistersServer},
    },
    licensing::v1::{Refusal, RefusalCode},
};
use prost::Message as _;
use tempfile::TempDir;
use tokio::{net::UnixListener, runtime::Runtime};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::{Code, Request, Response, Status};

type Answers<T> = Mutex<VecDeque<Result<T, Status>>>;

/// What is answered, call by call; a call without an answer is not implemented.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) trust: Answers<TrustVendorResponse>,
    pub(super) install: Answers<InstallResponse>,
    pub(super) preview: Answers<PreviewInstallResponse>,
    pub(super) diagnose: Answers<DiagnoseResponse>,
    pub(super) keys: Answers<wire::HardwareKeysResponse>,
    pub(super) explain: Answers<ExplainLicenceResponse>,
    pub(super) request: Answers<CreateActivationRequestResponse>,
    pub(super) status: Answers<StatusResponse>,
    pub(super) seats: Answers<SeatsResponse>,
    pub(super) release: Answers<ReleaseSeatResponse>,
    pub(super) hostid: Answers<HostIdResponse>,
    pub(super) users: Answers<wire::ListUsersResponse>,
    pub(super) block: Answers<wire::UserActed>,
    pub(super) unblock: Answers<wire::UserActed>,
    pub(super) extract: Answers<wire::ExportUserResponse>,
    pub(super) erase: Answers<wire::EraseUserResponse>,
    pub(super) sync: Answers<wire::SyncUsersResponse>,
    pub(super) refusals: Answers<wire::PastRefusalsResponse>,
    pub(super) non_renewal: Answers<wire::RecordNonRenewalResponse>,
    pub(super) declare: Answers<wire::DeclareResponse>,
    pub(super) accept_document: Answers<wire::AcceptDocumentResponse>,
    pub(super) logbook: Answers<wire::ListLogbookResponse>,
    pub(super) entered: Answers<wire::Entered>,
    pub(super) texts: Answers<wire::EraseTextResponse>,
    pub(super) proven: Answers<wire::ProvenExport>,
    pub(super) announced: Answers<wire::AnnounceOperationResponse>,
    pub(super) mark: Answers<wire::ExportMark>,
    pub(super) remove: Answers<wire::RemoveResponse>,
    /// Every request as it came in, in its debug form.
    asked: Mutex<Vec<String>>,
}

impl Script {
    fn next<T, R: std::fmt::Debug>(
        &self,
        answers: &Answers<T>,
        request: Request<R>,
    ) -> Result<Response<T>, Status> {
        self.asked
            .lock()
            .unwrap()
            .push(format!("{:?}", request.into_inner()));
        let unscripted = || Err(Status::unimplemented("nothing was scripted for this call"));
        answers
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or_else(unscripted)
            .map(Response::new)
    }
}

/// Adds one answer to the script.
pub(super) fn answer<T>(answers: &Answers<T>, answer: Result<T, Status>) {
    answers.lock().unwrap().push_back(answer);
}

/// A refusal as the daemon sends it.
pub(super) fn refused(code: RefusalCode) -> Status {
    let refusal = Refusal {
        code: code.into(),
        ..Refusal::default()
    };
    Status::with_details(
        Code::FailedPrecondition,
        "refused",
        refusal.encode_to_vec().into(),
    )
}

#[tonic::async_trait]
impl Admin for Shared {
    async fn trust_vendor(
        &self,
        request: Request<TrustVendorRequest>,
    ) -> Result<Response<TrustVendorResponse>, Status> {
        self.0.next(&self.0.trust, request)
    }
    async fn install(
        &self,
        request: Request<InstallRequest>,
    ) -> Result<Response<InstallResponse>, Status> {
        self.0.next(&self.0.install, request)
    }
    async fn preview_install(
        &self,
        request: Request<PreviewInstallRequest>,
    ) -> Result<Response<PreviewInstallResponse>, Status> {
        self.0.next(&self.0.preview, request)
    }
    async fn diagnose(
        &self,
        request: Request<DiagnoseRequest>,
    ) -> Result<Response<DiagnoseResponse>, Status> {
        self.0.next(&self.0.diagnose, request)
    }
    async fn hardware_keys(
        &self,
        request: Request<wire::HardwareKeysRequest>,
    ) -> Result<Response<wire::HardwareKeysResponse>, Status> {
        self.0.next(&self.0.keys, request)
    }
    async fn explain_licence(
        &self,
        request: Request<ExplainLicenceRequest>,
    ) -> Result<Response<ExplainLicenceResponse>, Status> {
        self.0.next(&self.0.explain, request)
    }
    async fn create_activation_request(
        &self,
        request: Request<CreateActivationRequestRequest>,
    ) -> Result<Response<CreateActivationRequestResponse>, Status> {
        self.0.next(&self.0.request, request)
    }
    async fn status(
        &self,
        request: Request<StatusRequest>,
    ) -> Result<Response<StatusResponse>, Status> {
        self.0.next(&self.0.status, request)
    }
    async fn seats(
        &self,
        request: Request<SeatsRequest>,
    ) -> Result<Response<SeatsResponse>, Status> {
        self.0.next(&self.0.seats, request)
    }
    async fn release_seat(
        &self,
        request: Request<ReleaseSeatRequest>,
    ) -> Result<Response<ReleaseSeatResponse>, Status> {
        self.0.next(&self.0.release, request)
    }
    async fn host_id(
        &self,
        request: Request<HostIdRequest>,
    ) -> Result<Response<HostIdResponse>, Status> {
        self.0.next(&self.0.hostid, request)
    }
    async fn checkpoint(
        &self,
        _: Request<CheckpointRequest>,
    ) -> Result<Response<CheckpointResponse>, Status> {
        Err(Status::unimplemented("octroi does not ask for checkpoints"))
    }
}

#[tonic::async_trait]
impl Acts for Shared {
    async fn remove(
        &self,
        request: Request<wire::RemoveRequest>,
    ) -> Result<Response<wire::RemoveResponse>, Status> {
        self.0.next(&self.0.remove, request)
    }
    async fn declare(
        &self,
        request: Request<wire::DeclareRequest>,
    ) -> Result<Response<wire::DeclareResponse>, Status> {
        self.0.next(&self.0.declare, request)
    }
    async fn accept_document(
        &self,
        request: Request<wire::AcceptDocumentRequest>,
    ) -> Result<Response<wire::AcceptDocumentResponse>, Status> {
        self.0.next(&self.0.accept_document, request)
    }
    async fn list_users(
        &self,
        request: Request<wire::ListUsersRequest>,
    ) -> Result<Response<wire::ListUsersResponse>, Status> {
        self.0.next(&self.0.users, request)
    }
    async fn block_user(
        &self,
        request: Request<wire::BlockUserRequest>,
    ) -> Result<Response<wire::UserActed>, Status> {
        self.0.next(&self.0.block, request)
    }
    async fn unblock_user(
        &self,
        request: Request<wire::UnblockUserRequest>,
    ) -> Result<Response<wire::UserActed>, Status> {
        self.0.next(&self.0.unblock, request)
    }
    async fn export_user(
        &self,
        request: Request<wire::ExportUserRequest>,
    ) -> Result<Response<wire::ExportUserResponse>, Status> {
        self.0.next(&self.0.extract, request)
    }
    async fn erase_user(
        &self,
        request: Request<wire::EraseUserRequest>,
    ) -> Result<Response<wire::EraseUserResponse>, Status> {
        self.0.next(&self.0.erase, request)
    }
    async fn sync_users(
        &self,
        request: Request<wire::SyncUsersRequest>,
    ) -> Result<Response<wire::SyncUsersResponse>, Status> {
        self.0.next(&self.0.sync, request)
    }
    async fn past_refusals(
        &self,
        request: Request<wire::PastRefusalsRequest>,
    ) -> Result<Response<wire::PastRefusalsResponse>, Status> {
        self.0.next(&self.0.refusals, request)
    }
    async fn record_non_renewal(
        &self,
        request: Request<wire::RecordNonRenewalRequest>,
    ) -> Result<Response<wire::RecordNonRenewalResponse>, Status> {
        self.0.next(&self.0.non_renewal, request)
    }
}

#[tonic::async_trait]
impl Registers for Shared {
    async fn list_logbook(
        &self,
        request: Request<wire::ListLogbookRequest>,
    ) -> Result<Response<wire::ListLogbookResponse>, Status> {
        self.0.next(&self.0.logbook, request)
    }
    async fn add_to_logbook(
        &self,
        request: Request<wire::AddToLogbookRequest>,
    ) -> Result<Response<wire::Entered>, Status> {
        self.0.next(&self.0.entered, request)
    }
    async fn erase_text(
        &self,
        request: Request<wire::EraseTextRequest>,
    ) -> Result<Response<wire::EraseTextResponse>, Status> {
        self.0.next(&self.0.texts, request)
    }
    async fn export_logbook(
        &self,
        request: Request<wire::ExportLogbookRequest>,
    ) -> Result<Response<wire::ProvenExport>, Status> {
        self.0.next(&self.0.proven, request)
    }
    async fn open_intervention(
        &self,
        request: Request<wire::OpenInterventionRequest>,
    ) -> Result<Response<wire::Entered>, Status> {
        self.0.next(&self.0.entered, request)
    }
    async fn close_intervention(
        &self,
        request: Request<wire::CloseInterventionRequest>,
    ) -> Result<Response<wire::Entered>, Status> {
        self.0.next(&self.0.entered, request)
    }
    async fn announce_operation(
        &self,
        request: Request<wire::AnnounceOperationRequest>,
    ) -> Result<Response<wire::AnnounceOperationResponse>, Status> {
        self.0.next(&self.0.announced, request)
    }
    async fn dispute_invoice(
        &self,
        request: Request<wire::DisputeInvoiceRequest>,
    ) -> Result<Response<wire::ProvenExport>, Status> {
        self.0.next(&self.0.proven, request)
    }
    async fn record_export(
        &self,
        request: Request<wire::RecordExportRequest>,
    ) -> Result<Response<wire::ExportMark>, Status> {
        self.0.next(&self.0.mark, request)
    }
}

struct Shared(Arc<Script>);

/// A fake daemon under a folder of its own, as `octroid --root` lays it out.
pub(super) struct Daemon {
    pub(super) script: Arc<Script>,
    folder: TempDir,
    _runtime: Runtime,
}

impl Daemon {
    pub(super) fn start() -> Self {
        let folder = TempDir::with_prefix("octroi-").unwrap();
        let run = folder.path().join("run/octroi");
        fs::create_dir_all(&run).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let script = Arc::new(Script::default());
        let service = AdminServer::new(Shared(script.clone()));
        let acts = ActsServer::new(Shared(script.clone()));
        let registers = RegistersServer::new(Shared(script.clone()));
        let listener = {
            let _entered = runtime.enter();
            UnixListener::bind(run.join("admin.sock")).unwrap()
        };
        runtime.spawn(
            tonic::transport::Server::builder()
                .add_service(service)
                .add_service(acts)
                .add_service(registers)
                .serve_with_incoming(UnixListenerStream::new(listener)),
        );
        Self {
            script,
            folder,
            _runtime: runtime,
        }
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file beside the daemon and gives its path back.
    pub(super) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Every request so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.script.asked.lock().unwrap().clone()
    }
}
