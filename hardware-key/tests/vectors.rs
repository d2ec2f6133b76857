//! The exchanges in `tests/vectors/dongle-v1.json`, which were made without this crate's code, against
//! both sides of it and against `PROTOCOL.md`.
#![cfg(feature = "emulator")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io;

use octroi_hardware_key::{
    Report,
    emulator::{CounterStore, Device, Simulated as _, Volatile},
    protocol::{
        Answer, AnswerReader, Command, Progress, REPORT_DESCRIPTOR, Request, TransactionId,
    },
};
use octroi_licence::PublicKey;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    secret_key: String,
    public_key: PublicKeyText,
    serial: String,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct PublicKeyText(String);

#[derive(Deserialize)]
struct Exchange {
    name: String,
    counter_before: String,
    request: String,
    answers: Vec<String>,
    counter_after: String,
    message: Option<String>,
    signature: Option<String>,
}

#[derive(Debug)]
struct FullDisk;

impl CounterStore for FullDisk {
    fn store(&mut self, _counter: u64) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/dongle-v1.json")).unwrap()
}

fn counter(hex: &str) -> u64 {
    u64::from_str_radix(hex, 16).unwrap()
}

fn report(hex: &str) -> Report {
    Report::from_bytes(hex::decode(hex).unwrap().try_into().unwrap())
}

fn device<S: CounterStore>(vectors: &Vectors, counter: u64, store: S) -> Device<S> {
    let secret_key = hex::decode(&vectors.secret_key).unwrap();
    Device::new(
        vectors.serial.parse().unwrap(),
        &secret_key.try_into().unwrap(),
        counter,
        store,
    )
}

fn transaction(report: &Report) -> TransactionId {
    TransactionId(report.as_bytes()[4..8].try_into().unwrap())
}

fn counter_of(device: &mut Device<Volatile>) -> u64 {
    let mut reader = AnswerReader::new(Command::Info, TransactionId([0; 4]));
    let reports = device.handle(&Request::Info.encode(TransactionId([0; 4])));
    match reports
        .iter()
        .map(|report| reader.take(report).unwrap())
        .last()
    {
        Some(Progress::Whole(Answer::Info { counter, .. })) => counter,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_device_answers_each_vector_to_the_byte() {
    let vectors = vectors();
    assert!(vectors.exchanges.len() > 15);
    for exchange in &vectors.exchanges {
        let mut device = device(&vectors, counter(&exchange.counter_before), Volatile);
        let answers = device.handle(&report(&exchange.request));
        let expected: Vec<Report> = exchange.answers.iter().map(|text| report(text)).collect();
        assert_eq!(answers, expected, "{}", exchange.name);
        assert_eq!(
            counter_of(&mut device),
            counter(&exchange.counter_after),
            "{}",
            exchange.name
        );
    }
}

#[test]
fn the_host_reads_the_proofs_of_the_vectors_and_their_signatures_verify() {
    let vectors = vectors();
    let public_key: PublicKey = vectors.public_key.0.parse().unwrap();
    let mut proofs = 0;
    for exchange in &vectors.exchanges {
        let (Some(message), Some(signature)) = (&exchange.message, &exchange.signature) else {
            continue;
        };
        let request = report(&exchange.request);
        let mut reader = AnswerReader::new(Command::Prove, transaction(&request));
        let last = exchange
            .answers
            .iter()
            .map(|text| reader.take(&report(text)).unwrap())
            .last();
        let Some(Progress::Whole(Answer::Proof {
            serial,
            counter: found,
            signature: read,
        })) = last
        else {
            panic!("{}: {last:?}", exchange.name)
        };
        assert_eq!(serial.to_string(), vectors.serial);
        assert_eq!(found, counter(&exchange.counter_after));
        assert_eq!(&hex::encode(read), signature);
        assert!(public_key.verifies(&hex::decode(message).unwrap(), &read));
        proofs += 1;
    }
    assert_eq!(proofs, 2);
}

#[test]
fn a_counter_that_cannot_be_stored_yields_no_signature() {
    let vectors = vectors();
    let prove = vectors
        .exchanges
        .iter()
        .find(|exchange| exchange.name == "PROVE")
        .unwrap();
    let answers = device(&vectors, 7, FullDisk).handle(&report(&prove.request));
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].as_bytes()[9], 5);
    assert_eq!(answers[0].as_bytes()[10..], [0; 54]);
}

const PAGE: &str = include_str!("../PROTOCOL.md");

/// Bytes in hexadecimal that stand between the fences of a part of the page.
fn printed(part: &str) -> Vec<u8> {
    let fenced = part.split("```").skip(1).step_by(2);
    let digits: String = fenced.flat_map(str::split_whitespace).collect();
    hex::decode(digits).unwrap()
}

/// What stands in the page under a heading, up to the next.
fn under(heading: &str) -> &'static str {
    let (_, part) = PAGE.split_once(&format!("\n{heading}\n")).unwrap();
    part.split_once("\n#").map_or(part, |(part, _)| part)
}

fn exchange<'v>(vectors: &'v Vectors, name: &str) -> &'v Exchange {
    let found = vectors.exchanges.iter().find(|one| one.name == name);
    found.unwrap_or_else(|| panic!("no vector is named {name}"))
}

#[test]
fn the_protocol_page_prints_the_descriptors_that_are_compared() {
    let both = printed(under("## 1. USB and HID"));
    let (configuration, report) = both.split_at(41);
    assert_eq!(report, REPORT_DESCRIPTOR);
    // Each descriptor begins with its length and its kind; the first tells the length of all.
    let mut kinds = Vec::new();
    let mut rest = configuration;
    while let [length, kind, ..] = rest {
        kinds.push(*kind);
        rest = &rest[usize::from(*length)..];
    }
    assert_eq!(kinds, [2, 4, 0x21, 5, 5]);
    assert_eq!(configuration[2..4], 41_u16.to_le_bytes());
    assert_eq!(configuration[25..27], 34_u16.to_le_bytes());
    for endpoint in [&configuration[27..34], &configuration[34..]] {
        assert_eq!(endpoint[3..6], [3, 64, 0], "interrupt, 64 bytes");
    }
}

#[test]
fn every_exchange_that_the_protocol_page_prints_is_what_the_device_does() {
    let vectors = vectors();
    for name in ["INFO", "PROVE"] {
        let exchange = exchange(&vectors, name);
        let all: String = [&exchange.request]
            .into_iter()
            .chain(&exchange.message)
            .chain(&exchange.answers)
            .map(String::as_str)
            .collect();
        let printed = printed(under(&format!("### {name}")));
        assert_eq!(hex::encode(&printed), all, "{name}");
        // Not by the vectors alone: the device of the page's first words, with its counter at 7.
        let mut device = device(&vectors, 7, Volatile);
        let (request, answers) = printed.split_first_chunk().unwrap();
        let answered = device.handle(&Report::from_bytes(*request));
        let answered: Vec<u8> = answered
            .iter()
            .flat_map(|report| *report.as_bytes())
            .collect();
        assert!(answers.ends_with(&answered) && answered.len() == 128);
    }
    let mut key = [0; 32];
    for (byte, number) in key.iter_mut().zip(0..) {
        *byte = number;
    }
    assert_eq!(vectors.secret_key, hex::encode(key));
}

#[test]
fn every_other_vector_stands_in_the_protocol_pages_table_with_the_bytes_that_it_begins_with() {
    let vectors = vectors();
    let rows: Vec<Vec<&str>> = under("### What goes wrong")
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let printed: Vec<&str> = rows.iter().map(|row| row[1]).collect();
    let mut expected: Vec<&str> = vectors
        .exchanges
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    expected.retain(|name| !["INFO", "PROVE", "PROVE on a new key"].contains(name));
    assert_eq!(printed, expected);
    for row in rows {
        let exchange = exchange(&vectors, row[1]);
        let bytes = |cell: &str| cell.replace(['`', ' '], "");
        assert_eq!(counter(row[2]), counter(&exchange.counter_before));
        assert_eq!(bytes(row[3]), exchange.request[..24], "{}", row[1]);
        match exchange.answers.as_slice() {
            [] => assert_eq!(row[4], "– (none)", "{}", row[1]),
            [answer] => {
                assert_eq!(bytes(row[4]), answer[..24], "{}", row[1]);
                assert!(answer[24..].bytes().all(|digit| digit == b'0'));
            }
            more => panic!("{}: {more:?}", row[1]),
        }
    }
}
