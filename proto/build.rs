//! Compiles the .proto files with protox (no `protoc` on the build machine) and derives the table of
//! critical terms from the annotations, so that code and annotation cannot disagree.
use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

use prost_reflect::DescriptorPool;

const FILES: [&str; 8] = [
    "octroi/documents/v1/annotations.proto",
    "octroi/documents/v1/envelope.proto",
    "octroi/documents/v1/licence.proto",
    "octroi/documents/v1/orders.proto",
    "octroi/documents/v1/reports.proto",
    "octroi/licensing/v1/licensing.proto",
    "octroi/admin/v1/admin.proto",
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
    fs::write(
        out.join("terms.rs"),
        known_terms(&DescriptorPool::decode(encoded.as_slice())?)?,
    )?;
    // Comments are left out here: consumers need shape and annotations only.
    compiler.include_source_info(false);
    fs::write(
        out.join("descriptors.bin"),
        compiler.encode_file_descriptor_set(),
    )?;

    let services = env::var_os("CARGO_FEATURE_SERVICES").is_some();
    tonic_prost_build::configure()
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
