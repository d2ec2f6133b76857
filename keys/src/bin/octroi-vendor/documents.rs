//! `inspect` and `verify`: reading documents, with and without believing them.

use octroi_licence::{
    ActivationCertificate, ActivationRequest, Amendment, DocumentError, DocumentKind, DocumentType,
    EndOfUseCertificate, KeyCertificate, Licence, Order, RevocationList, Revocations, TermSet,
    TrustedRoot, VendorRoot, Verified, message::SignedDocument, verify_self_signed,
};
use octroi_vendor::{inspect as tree, order::in_words};
use serde_json::json;

use crate::{
    cli::{InspectArgs, VerifyArgs},
    failure::Failure,
    folder::{expect_kind, read_document},
    output::Report,
};

pub(crate) fn inspect(args: &InspectArgs) -> Result<Report, Failure> {
    let (kind, signed) = read_document(&args.file)?;
    let tree = tree(kind, &signed).map_err(Failure::new)?;
    Ok(Report {
        text: format!(
            "NOT VERIFIED: anybody can have written this\n{}",
            tree.to_text()
        ),
        json: json!({ "verified": false, "document": tree }),
    })
}

pub(crate) fn verify(args: &VerifyArgs) -> Result<Report, Failure> {
    let (kind, signed) = read_document(&args.root)?;
    expect_kind(kind, DocumentKind::VendorRoot, &args.root)?;
    let in_root = |error| Failure::from(error).context(args.root.display().to_string());
    let root: Verified<VendorRoot> = verify_self_signed(&signed).map_err(in_root)?;
    let trusted = TrustedRoot::accepted(&root);
    let mut revocations = Revocations::default();
    if let Some(file) = &args.revocations {
        let (kind, signed) = read_document(file)?;
        expect_kind(kind, DocumentKind::RevocationList, file)?;
        let list = octroi_licence::verify::<RevocationList>(&signed, &trusted, &revocations)
            .map_err(|error| Failure::from(error).context(file.display().to_string()))?;
        revocations = Revocations::of(&list);
    }

    let (kind, signed) = read_document(&args.file)?;
    let under_root = Under {
        signed: &signed,
        root: &trusted,
        revocations: &revocations,
    };
    let verified = match kind {
        DocumentKind::VendorRoot => under_root.is_root(),
        DocumentKind::KeyCertificate => under_root.check::<KeyCertificate>(),
        DocumentKind::Licence => under_root.licence(),
        DocumentKind::Order => under_root.check::<Order>(),
        DocumentKind::Amendment => under_root.check::<Amendment>(),
        DocumentKind::EndOfUseCertificate => self_signed::<EndOfUseCertificate>(&signed),
        DocumentKind::RevocationList => under_root.check::<RevocationList>(),
        DocumentKind::ActivationCertificate => under_root.check::<ActivationCertificate>(),
        DocumentKind::ActivationRequest => self_signed::<ActivationRequest>(&signed),
        _ => Err(Failure::words(format!(
            "this version cannot verify: {kind}"
        ))),
    }
    .map_err(|failure| failure.context(args.file.display().to_string()))?;
    let note = if kind == DocumentKind::ActivationRequest {
        "\nsigned by the daemon key that it names; whether to trust that key is for you to decide"
    } else {
        ""
    };
    Ok(Report {
        text: format!(
            "verified: {kind} of {}, issued {}\ndigest:    {}\nsigned by: {}{note}",
            verified.vendor,
            in_words(verified.issued_at),
            verified.digest,
            verified.signed_by
        ),
        json: json!({
            "verified": true,
            "kind": kind.name(),
            "vendor": verified.vendor,
            "licence": verified.licence,
            "sequence": verified.sequence,
            "issued_at_s": verified.issued_at.0,
            "digest": verified.digest.to_string(),
            "signed_by": verified.signed_by.to_string(),
        }),
    })
}

/// What is told of a verified document of any kind.
struct Fact {
    vendor: octroi_licence::VendorId,
    licence: Option<octroi_licence::LicenceId>,
    sequence: u64,
    issued_at: octroi_licence::CivilSeconds,
    digest: octroi_licence::DocumentDigest,
    signed_by: octroi_licence::KeyId,
}

impl Fact {
    fn of<T>(verified: &Verified<T>) -> Self {
        let frame = verified.frame();
        Self {
            vendor: frame.vendor.clone(),
            licence: frame.licence.clone(),
            sequence: frame.sequence,
            issued_at: frame.issued_at,
            digest: verified.digest(),
            signed_by: verified.signed_by(),
        }
    }
}

struct Under<'a> {
    signed: &'a SignedDocument,
    root: &'a TrustedRoot,
    revocations: &'a Revocations,
}

impl Under<'_> {
    fn check<T: DocumentType>(&self) -> Result<Fact, Failure> {
        Ok(Fact::of(&self.read::<T>()?))
    }

    /// Whatever this version knows: a client of a later version may honour it.
    fn read<T: DocumentType>(&self) -> Result<Verified<T>, DocumentError> {
        octroi_licence::verify_with(self.signed, self.root, self.revocations, TermSet::KNOWN)
    }

    fn licence(&self) -> Result<Fact, Failure> {
        let licence = self.read::<Licence>()?;
        if self
            .revocations
            .licence_revoked(&licence.id, licence.serial)
        {
            return Err(Failure::words(format!(
                "serial {} of licence {} was revoked",
                licence.serial, licence.id
            ))
            .refused("LICENCE_REVOKED"));
        }
        Ok(Fact::of(&licence))
    }

    /// A root is trusted only if it is the very root to compare with.
    fn is_root(&self) -> Result<Fact, Failure> {
        let found: Verified<VendorRoot> = verify_self_signed(self.signed)?;
        if found.public_key == *self.root.key() {
            return Ok(Fact::of(&found));
        }
        Err(DocumentError::Untrusted {
            kind: DocumentKind::VendorRoot,
            root: self.root.id(),
        }
        .into())
    }
}

fn self_signed<T: octroi_licence::SelfSigned>(signed: &SignedDocument) -> Result<Fact, Failure> {
    Ok(Fact::of(&verify_self_signed::<T>(signed)?))
}
