//! The `.proto` files of Octroi and the types generated from them. Messages only by default, so that
//! pure crates carry no runtime; the gRPC services stand behind the features `server` and `client`.
//! No behaviour lives here: what a message means is decided in `octroi-licence` and `octroi-engine`.

#[cfg(feature = "services")]
mod codec;

macro_rules! generated {
    ($doc:literal, $package:ident, $file:literal) => {
        #[doc = $doc]
        pub mod $package {
            /// Version 1.
            #[allow(
                warnings,
                clippy::all,
                clippy::pedantic,
                clippy::restriction,
                reason = "generated; documented in the .proto files"
            )]
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/", $file));
            }
        }
    };
}

generated!(
    "`octroi.documents.v1`: what two parties sign and exchange.",
    documents,
    "octroi.documents.v1.rs"
);
generated!(
    "`octroi.licensing.v1`: what applications say to the daemon.",
    licensing,
    "octroi.licensing.v1.rs"
);
generated!(
    "`octroi.admin.v1`: what the administrator's tools say to the daemon.",
    admin,
    "octroi.admin.v1.rs"
);
generated!(
    "`octroi.activation.v1`: what daemons say to the vendor's activation server.",
    activation,
    "octroi.activation.v1.rs"
);

/// The encoded `FileDescriptorSet` of every file above, with the annotations of the document fields.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Every critical term that this version knows: its number and the full name of its field, ascending.
pub const KNOWN_TERMS: &[(u32, &str)] = include!(concat!(env!("OUT_DIR"), "/terms.rs"));

/// Every field of a document that is a critical term or holds a message: its message's name, its
/// number, its term (0: none) and the name of the message that it holds (empty: none, or the field is
/// informative and so is what it holds); ascending. With it a reader finds the terms that a payload states, whatever the payload's `requires` says.
pub const DOCUMENT_FIELDS: &[(&str, u32, u32, &str)] =
    include!(concat!(env!("OUT_DIR"), "/fields.rs"));

/// Says whether this version knows the critical term `number`.
pub fn knows_term(number: u32) -> bool {
    KNOWN_TERMS
        .binary_search_by_key(&number, |(known, _)| *known)
        .is_ok()
}
