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
    emulator::{CounterStore, Device, Simulated as _},
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
struct Memory;

impl CounterStore for Memory {
    fn store(&mut self, _counter: u64) -> io::Result<()> {
        Ok(())
    }
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

fn counter_of(device: &mut Device<Memory>) -> u64 {
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
        let mut device = device(&vectors, counter(&exchange.counter_before), Memory);
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

#[test]
fn the_protocol_page_states_the_same_bytes() {
    let page: String = include_str!("../PROTOCOL.md")
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    assert!(page.contains(&hex::encode(REPORT_DESCRIPTOR)));
    let vectors = vectors();
    for name in ["INFO", "PROVE"] {
        let exchange = vectors
            .exchanges
            .iter()
            .find(|exchange| exchange.name == name)
            .unwrap();
        for bytes in [&exchange.request]
            .into_iter()
            .chain(&exchange.answers)
            .chain(&exchange.message)
        {
            assert!(page.contains(bytes.as_str()), "{name}: {bytes}");
        }
    }
}
