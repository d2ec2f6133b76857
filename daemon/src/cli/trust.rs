//! `octroi vendor trust`: the administrator's word for a vendor's root key. The fingerprint shown is
//! computed here, from the file, and not asked of the daemon.

use octroi_licence::{DocumentKind, KeyId, VendorRoot, verify_self_signed};
use octroi_proto::admin::v1::TrustVendorRequest;
use serde_json::json;

use super::{
    Context, Done,
    args::Trust,
    client::Admin,
    document::DocumentFile,
    exit::Exit,
    failure::Failure,
    format::{grouped, plain},
};

/// Shows the root, has its fingerprint compared, and tells the daemon.
pub(super) async fn trust(
    arguments: &Trust,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let file = DocumentFile::read(&arguments.file, context)?;
    let texts = context.texts;
    if file.kind != DocumentKind::VendorRoot {
        let message = (texts.trust.not_a_root)(&file.name, (texts.document.kind)(file.kind));
        return Err(Failure::new(
            Exit::Document,
            "DOCUMENT_OF_ANOTHER_KIND",
            message,
        ));
    }
    let root = verify_self_signed::<VendorRoot>(&file.signed).map_err(|error| {
        Failure::new(
            Exit::Document,
            "DOCUMENT_NOT_TRUSTED",
            (texts.document.damaged)(&file.name),
        )
        .because(&error)
        .help(texts.document.damaged_help)
    })?;
    let found = root.public_key.id();
    let shown = (texts.trust.shown)(
        &plain(&root.vendor_name),
        root.frame().vendor.as_str(),
        &grouped(&found.to_string()),
    );
    let expected_fingerprint = match &arguments.fingerprint {
        Some(text) => compared(text, found, context)?,
        None if arguments.yes => String::new(),
        None => {
            if !context.console.interactive {
                return Err(
                    Failure::usage(texts.trust.nobody_to_ask).help(texts.trust.nobody_to_ask_help)
                );
            }
            confirmed(&shown, found, context)?
        }
    };
    let mut admin = Admin::connect(context).await?;
    let request = TrustVendorRequest {
        armoured: file.armoured(),
        expected_fingerprint,
    };
    let answer = admin
        .call(
            context,
            async |client| client.trust_vendor(request).await,
            |status| file.rejected(status, texts),
        )
        .await?;
    let said = if answer.already_trusted {
        texts.trust.already
    } else {
        texts.trust.trusted
    };
    let said = said(&plain(&answer.vendor_name), &plain(&answer.vendor));
    // Where the question was asked, name and fingerprint already stand above it.
    let asked = arguments.fingerprint.is_none() && !arguments.yes;
    let shown = if asked { "" } else { &shown };
    let text = format!("{shown}{said}\n{}{}\n", texts.help_label, texts.trust.next);
    let json = json!({
        "vendor": answer.vendor,
        "vendor_name": answer.vendor_name,
        "fingerprint": answer.fingerprint,
        "already_trusted": answer.already_trusted,
    });
    Ok(Done::Answer { text, json })
}

/// The fingerprint that the administrator typed, if it is the one found.
fn compared(text: &str, found: KeyId, context: &Context<'_, '_>) -> Result<String, Failure> {
    let texts = &context.texts.trust;
    let digits: String = text
        .chars()
        .filter(|one| !one.is_whitespace() && !matches!(one, ':' | '-'))
        .collect();
    let expected: KeyId = digits
        .to_lowercase()
        .parse()
        .map_err(|_| Failure::usage(texts.malformed))?;
    if expected == found {
        return Ok(found.to_string());
    }
    let message = (texts.differs)(&expected.to_string(), &found.to_string());
    Err(Failure::new(Exit::Document, "FINGERPRINT_DIFFERS", message).help(texts.differs_help))
}

fn confirmed(shown: &str, found: KeyId, context: &mut Context<'_, '_>) -> Result<String, Failure> {
    let texts = &context.texts.trust;
    context.console.print_error(shown);
    let answer = context
        .console
        .ask(texts.question)
        .map_err(|error| Failure::other(texts.declined).because(&error))?;
    if texts
        .yes
        .iter()
        .any(|yes| yes.eq_ignore_ascii_case(&answer))
    {
        Ok(found.to_string())
    } else {
        Err(Failure::other(texts.declined).help(texts.declined_help))
    }
}
