//! Names, numbers and types of everything that travels may be added to, never changed: documents are
//! kept for years, and daemon and applications are updated apart.
//!
//! `interface.txt` is what was promised. After an addition write it anew with
//! `OCTROI_WRITE_INTERFACE=1 cargo test -p octroi-proto`; this never takes a line away. Before the
//! first release a line may be removed by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use octroi_proto::FILE_DESCRIPTOR_SET;
use prost_reflect::{Cardinality, DescriptorPool, FieldDescriptor, MethodDescriptor};

fn promised_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interface.txt")
}

fn promised() -> Vec<String> {
    let text = fs::read_to_string(promised_file()).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// One line a field, enumeration value and call, in the order of names and numbers.
fn current() -> Vec<String> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the descriptors decode");
    let ours = |package: &str| package.starts_with("octroi.");
    let mut lines = Vec::new();
    for message in pool.all_messages().filter(|one| ours(one.package_name())) {
        lines.extend(message.fields().map(|field| {
            let owner = message.full_name();
            (owner.to_owned(), field.number(), field_line(&field))
        }));
    }
    for kind in pool.all_enums().filter(|one| ours(one.package_name())) {
        lines.extend(kind.values().map(|value| {
            let (owner, number) = (kind.full_name(), value.number());
            let line = format!("value {owner} {number} {}", value.name());
            (owner.to_owned(), number.unsigned_abs(), line)
        }));
    }
    for service in pool.services().filter(|one| ours(one.package_name())) {
        lines.extend(service.methods().map(|method| {
            let line = call_line(&method);
            (method.full_name().to_owned(), 0, line)
        }));
    }
    lines.sort();
    lines.into_iter().map(|(_, _, line)| line).collect()
}

fn field_line(field: &FieldDescriptor) -> String {
    let kind = field.kind();
    let kind = match (kind.as_message(), kind.as_enum()) {
        (Some(message), _) => message.full_name().to_owned(),
        (_, Some(values)) => values.full_name().to_owned(),
        (None, None) => format!("{kind:?}"),
    };
    let label = match (field.cardinality(), field.containing_oneof()) {
        (Cardinality::Repeated, _) => "repeated ".to_owned(),
        (_, Some(choice)) if !choice.is_synthetic() => format!("one of {}: ", choice.name()),
        (_, Some(_)) => "optional ".to_owned(),
        (_, None) => String::new(),
    };
    let owner = field.parent_message().full_name().to_owned();
    let options = field.options();
    let meanings: Vec<String> = options
        .extensions()
        .map(|(_, value)| format!(" [{}]", value.to_string().trim_matches(['{', '}'])))
        .collect();
    let meaning = meanings.concat();
    format!(
        "field {owner} {} {}: {label}{kind}{meaning}",
        field.number(),
        field.name()
    )
}

fn call_line(method: &MethodDescriptor) -> String {
    let stream = |streams: bool| if streams { "stream " } else { "" };
    format!(
        "call {} ({}{}) returns ({}{})",
        method.full_name(),
        stream(method.is_client_streaming()),
        method.input().full_name(),
        stream(method.is_server_streaming()),
        method.output().full_name(),
    )
}

#[test]
fn nothing_that_was_promised_is_gone_or_changed() {
    let current: BTreeSet<String> = current().into_iter().collect();
    let lost: Vec<String> = promised()
        .into_iter()
        .filter(|line| !current.contains(line))
        .collect();
    assert!(
        lost.is_empty(),
        "changed or removed, which breaks readers of older documents and older peers:\n{}",
        lost.join("\n")
    );
}

#[test]
fn everything_that_travels_is_promised() {
    let current = current();
    let promised: BTreeSet<String> = promised().into_iter().collect();
    let lost = promised.iter().any(|line| !current.contains(line));
    if env::var_os("OCTROI_WRITE_INTERFACE").is_some() && !lost {
        fs::write(promised_file(), current.join("\n") + "\n").expect("writes the file");
        return;
    }
    let new: Vec<&String> = current
        .iter()
        .filter(|line| !promised.contains(*line))
        .collect();
    assert!(
        new.is_empty(),
        "write tests/interface.txt anew (OCTROI_WRITE_INTERFACE=1): {new:#?}"
    );
}

#[test]
fn no_number_serves_two_names() {
    let mut seen = BTreeSet::new();
    for line in promised() {
        let head: Vec<&str> = line.split(' ').take(3).collect();
        if !line.starts_with("call ") {
            assert!(seen.insert(head.join(" ")), "{line}");
        }
    }
}
