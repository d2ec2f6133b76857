//! What may go wrong between this machine and a vendor's server, as the daemon tells it: the stable
//! code, and what to do next.

use std::time::Duration;

use octroi_proto::activation::v1::RefusalCode;
use tonic::{Code, Status};

use super::{Context, exit::Exit, failure::Failure, text::reports::ReportTexts};

/// How long the daemon may take where it asks a server, or reads a whole ledger.
const DEADLINE: Duration = Duration::from_mins(1);

/// Codes of the daemon's own, and how the command ends with each.
const CODES: [(&str, Exit); 30] = [
    ("SERVER_ADDRESS", Exit::Failed),
    ("SERVER_WITHOUT_PINS", Exit::Failed),
    ("SERVER_TLS", Exit::Failed),
    ("SERVER_NOT_REACHED", Exit::Failed),
    ("SERVER_ANOTHER_KEY", Exit::Failed),
    ("SERVER_NOT_ANSWERING", Exit::Failed),
    ("SERVER_GARBLED", Exit::Failed),
    ("SERVER_UNAVAILABLE", Exit::Failed),
    ("SERVER_REFUSED", Exit::Refused),
    ("NETWORK_OFF", Exit::Failed),
    ("NO_SERVER", Exit::Failed),
    ("NOTHING_ACTIVATED", Exit::Failed),
    ("NO_REPORT_WAITS", Exit::Failed),
    ("REPORT_NOT_MADE", Exit::Failed),
    ("REPORTS_FOLDER", Exit::Failed),
    ("RECEIPT_OF_ANOTHER_REPORT", Exit::Document),
    ("DOCUMENT_TOO_LARGE", Exit::Document),
    ("DOCUMENT_MALFORMED", Exit::Document),
    ("DOCUMENT_TOO_MANY_PARTS", Exit::Document),
    ("DOCUMENT_UNTRUSTED", Exit::Document),
    ("DOCUMENT_ALTERED", Exit::Document),
    ("DOCUMENT_OF_ANOTHER_KIND", Exit::Document),
    ("DOCUMENT_KEY_ROLE", Exit::Document),
    ("DOCUMENT_OUTSIDE_CERTIFICATE", Exit::Document),
    ("DOCUMENT_PRODUCT_NOT_COVERED", Exit::Document),
    ("DOCUMENT_OF_ANOTHER_VENDOR", Exit::Document),
    ("DOCUMENT_KEY_REVOKED", Exit::Document),
    ("DOCUMENT_TERM_INVALID", Exit::Document),
    ("DOCUMENT_TOO_NEW", Exit::Document),
    ("DAEMON_TOO_OLD", Exit::Document),
];

/// Gives the daemon the time that an exchange with a server takes.
pub(super) fn patiently(context: &mut Context<'_, '_>) {
    context.deadline = context.deadline.max(DEADLINE);
}

/// What an exchange that failed means; `None`: it is nothing of these.
pub(super) fn failure(status: &Status, texts: &ReportTexts) -> Option<Failure> {
    if status.code() != Code::Aborted {
        return None;
    }
    let code = std::str::from_utf8(status.details()).unwrap_or_default();
    let (code, exit) = known(code);
    let (message, help) = match exit {
        Exit::Refused => (texts.server_refused, texts.server_refused_help),
        Exit::Document => (texts.receipt_refused, texts.receipt_refused_help),
        _ if code.starts_with("SERVER_") => (texts.server_failed, texts.server_failed_help),
        _ => (texts.failed, texts.failed_help),
    };
    Some(Failure::new(exit, code, message).help(help))
}

fn known(code: &str) -> (&'static str, Exit) {
    if let Some(known) = CODES.iter().find(|(known, _)| *known == code) {
        return *known;
    }
    let refused = RefusalCode::from_str_name(&format!("REFUSAL_CODE_{code}"));
    let name = refused.and_then(|code| code.as_str_name().strip_prefix("REFUSAL_CODE_"));
    name.map_or(("FAILED", Exit::Failed), |name| (name, Exit::Refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_refusal_keeps_its_code() {
        assert_eq!(known("NO_SHARE_LEFT"), ("NO_SHARE_LEFT", Exit::Refused));
        assert_eq!(known("SERVER_NOT_REACHED").1, Exit::Failed);
        assert_eq!(known("something else"), ("FAILED", Exit::Failed));
    }
}
