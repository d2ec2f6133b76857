//! The gRPC service: messages in, answers out. What an answer says is decided in the office; here is
//! only how many may ask at once, and what is told of failures.

use std::sync::Arc;

use octroi_proto::activation::v1::{
    ActivateRequest, ActivateResponse, Refusal, ReportRequest, ReportResponse, activate_response,
    activation_server::{Activation, ActivationServer},
    report_response,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::{Request, Response, Status, async_trait};

use crate::{ActivateError, ExchangeError, Office, ReportError};

/// The largest message, in bytes: a document of 1 MiB and the frame around it.
pub const MESSAGE_BYTES_MAX: usize = octroi_licence::DOCUMENT_BYTES_MAX + (64 << 10);

/// The service over one office.
#[derive(Debug)]
pub(crate) struct Service {
    office: Arc<Office>,
    at_once: Semaphore,
}

impl Service {
    /// The service as a tonic server, with messages bounded.
    pub(crate) fn bounded(office: Arc<Office>, at_once: usize) -> ActivationServer<Self> {
        ActivationServer::new(Self {
            office,
            at_once: Semaphore::new(at_once),
        })
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(MESSAGE_BYTES_MAX)
    }

    fn admit(&self) -> Result<SemaphorePermit<'_>, Status> {
        self.at_once
            .try_acquire()
            .map_err(|_| Status::resource_exhausted("too many requests at once; try again later"))
    }
}

#[async_trait]
impl Activation for Service {
    async fn activate(
        &self,
        request: Request<ActivateRequest>,
    ) -> Result<Response<ActivateResponse>, Status> {
        let _permit = self.admit()?;
        let signed = required(request.into_inner().request, "request")?;
        let mut rehosts = None;
        let outcome = match self.office.activate(&signed).await {
            Ok(activated) => {
                rehosts = activated.rehosts;
                activate_response::Outcome::Certificate(activated.certificate)
            }
            Err(ActivateError::Refused(refusal)) => {
                let wire = Refusal::from(&refusal);
                tracing::info!(code = wire.code().as_str_name(), "activation refused");
                activate_response::Outcome::Refusal(wire)
            }
            Err(ActivateError::Failed(error)) => return Err(failed(&error)),
        };
        Ok(Response::new(ActivateResponse {
            outcome: Some(outcome),
            rehosts,
        }))
    }

    async fn report(
        &self,
        request: Request<ReportRequest>,
    ) -> Result<Response<ReportResponse>, Status> {
        let _permit = self.admit()?;
        let signed = required(request.into_inner().report, "report")?;
        let outcome = match self.office.report(&signed).await {
            Ok(receipt) => report_response::Outcome::Receipt(receipt),
            Err(ReportError::Refused(refusal)) => {
                let wire = Refusal::from(&refusal);
                tracing::info!(code = wire.code().as_str_name(), "report refused");
                report_response::Outcome::Refusal(wire)
            }
            Err(ReportError::Failed(error)) => return Err(failed(&error)),
        };
        Ok(Response::new(ReportResponse {
            outcome: Some(outcome),
        }))
    }
}

fn required<T>(field: Option<T>, name: &str) -> Result<T, Status> {
    field.ok_or_else(|| Status::invalid_argument(format!("the message holds no {name}")))
}

/// What a failure is to the daemon; the vendor reads the rest in the log.
fn failed(error: &ExchangeError) -> Status {
    let causes = chain(error);
    match error {
        ExchangeError::Database(error) if error.is_passing() => {
            tracing::warn!(error = causes, help = error.help(), "nothing was decided");
            Status::unavailable("the server's database is busy or full; send the same again later")
        }
        _ => {
            tracing::error!(error = causes, "nothing was decided");
            Status::internal("the server could not answer; its log says why")
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        // A transparent error is its cause.
        let words = cause.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}
