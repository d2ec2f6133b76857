//! What the escrow agent does: make its key, and release a licence with it. The vendor's folder is not
//! needed: the vendor may be gone.

use octroi_licence::{
    DocumentKind, Licence, Revocations, Signer as _, TermSet, TrustedRoot, VendorRoot, Verified,
    VersionRange, armour, verify_self_signed, verify_with,
};
use octroi_vendor::{release, release_summary};
use serde_json::json;

use crate::{
    World,
    cli::{EscrowKeyArgs, EscrowReleaseArgs},
    failure::Failure,
    files::{self, Readers},
    folder::{expect_kind, read_document, read_key},
    keys::new_passphrase,
    output::Report,
    secrets::{key_pem, new_key},
};

pub(crate) fn make(world: &World, args: &EscrowKeyArgs) -> Result<Report, Failure> {
    files::must_be_free(&args.output)?;
    let passphrase = new_passphrase(world, args.insecure_plaintext)?;
    let key = new_key()?;
    let pem = key_pem(&key, passphrase.as_ref())?;
    files::write_new(&args.output, pem.as_bytes(), Readers::Owner)?;
    let public = key.public_key();
    Ok(Report {
        text: format!(
            "escrow key:  {}\npublic key:  {public}\nthe vendor writes it into orders: [escrow] \
             key = \"{public}\"",
            args.output.display()
        ),
        json: json!({ "public_key": public.to_string(), "key_file": args.output }),
    })
}

pub(crate) fn run(world: &World, args: &EscrowReleaseArgs) -> Result<Report, Failure> {
    let (kind, signed) = read_document(&args.root)?;
    expect_kind(kind, DocumentKind::VendorRoot, &args.root)?;
    let root: Verified<VendorRoot> = verify_self_signed(&signed)?;
    let (kind, signed) = read_document(&args.licence)?;
    expect_kind(kind, DocumentKind::Licence, &args.licence)?;
    let root = TrustedRoot::accepted(&root);
    let licence: Verified<Licence> =
        verify_with(&signed, &root, &Revocations::default(), TermSet::KNOWN)?;
    let named = licence
        .escrow_key
        .ok_or_else(|| Failure::words(format!("licence {} names no escrow key", licence.id)))?;
    files::must_be_free(&args.output)?;
    let key = read_key(&args.key, &named, &world.passphrases)
        .map_err(|failure| failure.help(format!("the licence names the escrow key {named}")))?;
    let versions = VersionRange {
        minimum: args.minimum.clone(),
        maximum: args.maximum.clone(),
    };
    let released = release(&licence, args.case.into(), &versions, &key, world.now);
    let (signed, verified) = released.map_err(Failure::new)?;
    let summary = release_summary(&verified);
    let text = armour(DocumentKind::EscrowRelease, &signed, &summary);
    files::write_new(&args.output, text.as_bytes(), Readers::Everybody)?;
    Ok(Report {
        text: format!("licence {} released: {}", licence.id, args.output.display()),
        json: json!({
            "licence": licence.id,
            "digest": verified.digest().to_string(),
            "release_file": args.output,
        }),
    })
}
