//! Compiles the .proto files with protox (no `protoc` on the build machine) and derives the table of
//! critical terms from the annotations, so that code and annotation cannot disagree.
use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

use prost_reflect::DescriptorPool;

const FILES: [&str; 16] = [
    "octroi/documents/v1/annotations.proto",
    "octroi/documents/v1/changes.proto",
    "octroi/documents/v1/envelope.proto",
    "octroi/documents/v1/licence.proto",
    "octroi/documents/v1/orders.proto",
    "octroi/documents/v1/reports.proto",
    "octroi/documents/v1/terms.proto",
    "octroi/licensing/v1/borrow.proto",
    "octroi/licensing/v1/hardware.proto",
    "octroi/licensing/v1/licensing.proto",
    "octroi/admin/v1/admin.proto",
    "octroi/admin/v1/acts.proto",
    "octroi/admin/v1/news.proto",
    "octroi/admin/v1/registers.proto",
    "octroi/admin/v1/reporting.proto",
    "octroi/activation/v1/activation.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_source_info(true).include_imports(true);
    compiler.open_files(FILES)?;
    let descriptors = compiler.file_descriptor_set();
    let encoded = compiler.encode_file_descriptor_set();
    let pool = DescriptorPool::decode(encoded.as_slice())?;
    fs::write(out.join("terms.rs"), known_terms(&pool)?)?;
    fs::write(out.join("fields.rs"), document_fields(&pool)?)?;
    // Comments are left out here: consumers need shape and annotations only.
    compiler.include_source_info(false);
    fs::write(
        out.join("descriptors.bin"),
        compiler.encode_file_descriptor_set(),
    )?;

    let services = env::var_os("CARGO_FEATURE_SERVICES").is_some();
    tonic_prost_build::configure()
        .codec_path("crate::codec::LeanCodec")
        .build_client(services && env::var_os("CARGO_FEATURE_CLIENT").is_some())
        .build_server(services && env::var_os("CARGO_FEATURE_SERVER").is_some())
        .compile_fds(descriptors)?;
    Ok(())
}

fn known_terms(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let meaning = pool
        .get_extension_by_name("octroi.documents.v1.meaning")
        .ok_or("annotations.proto defines no extension `meaning`")?;
    let mut terms = Vec::new();
    for message in pool.all_messages() {
        for field in message.fields() {
            let options = field.options();
            let value = options.get_extension(&meaning);
            let Some(value) = value.as_message() else {
                continue;
            };
            if let Some(number) = value
                .get_field_by_name("term")
                .and_then(|term| term.as_u32())
                && number > 0
            {
                terms.push((number, field.full_name().to_owned()));
            }
        }
    }
    terms.sort();
    let mut source = String::from("&[\n");
    for (number, name) in terms {
        writeln!(source, "    ({number}, \"{name}\"),")?;
    }
    source.push(']');
    Ok(source)
}

/// Every field of a document that is a term or leads to other fields.
fn document_fields(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let meaning = pool
        .get_extension_by_name("octroi.documents.v1.meaning")
        .ok_or("annotations.proto defines no extension `meaning`")?;
    let documents = "octroi.documents.v1";
    let mut fields = Vec::new();
    for message in pool
        .all_messages()
        .filter(|one| one.package_name() == documents)
    {
        for field in message.fields() {
            let options = field.options();
            let value = options.get_extension(&meaning);
            let term = value
                .as_message()
                .and_then(|value| value.get_field_by_name("term")?.as_u32())
                .unwrap_or(0);
            // What stands inside an informative field is informative too.
            let informative = value
                .as_message()
                .and_then(|value| value.get_field_by_name("informative")?.as_bool())
                .unwrap_or(false);
            let kind = field.kind();
            let inner = kind.as_message().filter(|_| !informative);
            let inner = inner.map(|inner| inner.name().to_owned());
            if term > 0 || inner.is_some() {
                fields.push((message.name().to_owned(), field.number(), term, inner));
            }
        }
    }
    fields.sort();
    let mut source = String::from("&[\n");
    for (message, number, term, inner) in fields {
        let inner = inner.unwrap_or_default();
        writeln!(
            source,
            "    (\"{message}\", {number}, {term}, \"{inner}\"),"
        )?;
    }
    source.push(']');
    Ok(source)
}
