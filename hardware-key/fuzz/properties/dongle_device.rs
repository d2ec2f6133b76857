//! The device's side of the dongle's protocol: 64-byte reports in, answers out, as `PROTOCOL.md` says.

use octroi_hardware_key::{
    Report,
    emulator::{Device, Simulated as _},
    protocol::{
        Answer, AnswerReader, Command, Progress, Request, RequestFault, Status, TransactionId,
    },
};
use octroi_licence::{
    DongleProof, HardwareChallenge, HardwareCredential, HardwareKey, HardwareProof, KeySerial,
    verify_hardware_proof,
};

use super::script::SharedLog;

const SERIAL: KeySerial = KeySerial([0x42; 16]);

/// A dongle that counts into `log`.
pub fn device(log: &SharedLog) -> Device<SharedLog> {
    Device::new(SERIAL, &[7; 32], 0, log.clone())
}

/// What a licence says of it.
pub fn enrolled() -> HardwareKey {
    HardwareKey {
        serial: SERIAL,
        credential: HardwareCredential::Dongle {
            public_key: device(&SharedLog::default()).public_key(),
        },
        emulator_accepted: false,
    }
}

/// The challenge of all these properties.
pub fn challenge() -> HardwareChallenge {
    HardwareChallenge::for_enrolment(&[9; 32])
}

fn whole(command: Command, transaction: TransactionId, answers: &[Report]) -> Progress {
    let mut reader = AnswerReader::new(command, transaction);
    let mut last = Progress::Ignored;
    for answer in answers {
        last = reader.take(answer).expect("the device's answer is sound");
    }
    last
}

/// Every 64 bytes are a report.
pub fn check(input: &[u8]) -> bool {
    let log = SharedLog::default();
    let mut device = device(&log);
    let mut accepted = false;
    for chunk in input.chunks(64) {
        let mut bytes = [0; 64];
        bytes[..chunk.len()].copy_from_slice(chunk);
        let report = Report::from_bytes(bytes);
        let before = log.with(|log| log.counter);
        let _class = device.asked(&report);
        let answers = device.handle(&report);
        let counted = log.with(|log| log.counter) - before;
        match Request::decode(&report) {
            Ok((transaction, request)) => {
                accepted = true;
                assert_eq!(request.encode(transaction), report);
                let proves = matches!(request, Request::Prove(_));
                assert_eq!(counted, u64::from(proves));
                assert_eq!(answers.len(), 2);
                sound(&request, transaction, &answers, before + counted);
            }
            Err(RequestFault::Foreign) => {
                assert!(answers.is_empty());
                assert_eq!(counted, 0);
            }
            Err(RequestFault::Refused {
                transaction,
                status,
                ..
            }) => {
                assert_eq!(counted, 0);
                assert_ne!(status, Status::Done);
                let [answer] = answers.as_slice() else {
                    panic!("a refusal is one report: {answers:?}")
                };
                let answer = answer.as_bytes();
                assert_eq!(answer[..2], *b"OD");
                assert_eq!(answer[3], bytes[3] | 0x80);
                assert_eq!(answer[4..8], transaction.0);
                assert_eq!(answer[9], status.code());
                assert_eq!(answer[10..], [0; 54]);
            }
        }
        for answer in answers {
            let _nonsense = device.garble(answer);
        }
    }
    let transaction = TransactionId([1, 2, 3, 4]);
    let answers = device.handle(&Request::Info.encode(transaction));
    let counter = log.with(|log| log.counter);
    sound(&Request::Info, transaction, &answers, counter);
    accepted
}

/// The answer is read back, and a proof is one.
fn sound(request: &Request, transaction: TransactionId, answers: &[Report], expected: u64) {
    match (request, whole(request.command(), transaction, answers)) {
        (Request::Info, Progress::Whole(Answer::Info { counter, .. })) => {
            assert_eq!(counter, expected);
        }
        (
            Request::Prove(bytes),
            Progress::Whole(Answer::Proof {
                serial,
                counter,
                signature,
            }),
        ) => {
            assert_eq!((serial, counter), (SERIAL, expected));
            if bytes == challenge().as_bytes() {
                let proof = HardwareProof::Dongle(DongleProof {
                    serial,
                    counter,
                    signature,
                });
                let found = verify_hardware_proof(&enrolled(), &challenge(), &proof);
                assert_eq!(found, Ok(expected));
            }
        }
        (_, answer) => panic!("{answer:?}"),
    }
}
