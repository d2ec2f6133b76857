//! `octroi receipt`: a vendor's receipt that came by file.

use octroi_licence::{DocumentKind, VendorId};
use octroi_proto::admin::v1::ImportReceiptRequest;

use super::{
    Context, Done, args::Receipt, client::Admin, document::DocumentFile, exit::Exit,
    failure::Failure, report, report_exchange, text::reports,
};

/// Hands a receipt to the daemon.
pub(super) async fn receipt(
    command: Receipt,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let Receipt::Import(import) = command;
    let texts = reports::texts(context.language);
    let file = DocumentFile::read(&import.file, context)?;
    if file.kind != DocumentKind::Receipt {
        let kind = (context.texts.document.kind)(file.kind);
        let message = (texts.not_a_receipt)(&file.name, kind);
        let code = "DOCUMENT_OF_ANOTHER_KIND";
        return Err(Failure::new(Exit::Document, code, message));
    }
    let mut admin = Admin::connect(context).await?;
    let vendor: Option<&VendorId> = import.whose.vendor.as_ref();
    let request = ImportReceiptRequest {
        vendor: admin.vendor(vendor, context).await?,
        armoured: file.armoured(),
    };
    let mut client = admin.reporting();
    let answer = admin
        .call(
            context,
            async |_| client.import_receipt(request).await,
            |status| {
                report_exchange::failure(status, texts)
                    .or_else(|| file.rejected(status, context.texts))
            },
        )
        .await?;
    Ok(report::taken(&answer, context))
}
