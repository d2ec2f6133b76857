//! The report codec, through its public interface: what is whole is read back, what is cut, mixed or
//! made up is named or ignored, and nothing makes it panic.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use octroi_hardware_key::{
    Report,
    protocol::{
        Answer, AnswerFault, AnswerReader, Command, Progress, REPORT_DESCRIPTOR, REPORTS_READ_MAX,
        Request, RequestFault, Status, TransactionId, USAGE, USAGE_PAGE, encode_refusal,
    },
};
use octroi_licence::{KeySerial, PublicKey};
use proptest::prelude::*;

const MINE: TransactionId = TransactionId([1, 2, 3, 4]);
const THEIRS: TransactionId = TransactionId([9, 9, 9, 9]);

fn public_key() -> PublicKey {
    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
        .parse()
        .unwrap()
}

fn info() -> Answer {
    Answer::Info {
        serial: KeySerial([7; 16]),
        public_key: public_key(),
        counter: 41,
    }
}

fn proof() -> Answer {
    Answer::Proof {
        serial: KeySerial([7; 16]),
        counter: 42,
        signature: [0xab; 64],
    }
}

fn with(report: &Report, at: usize, byte: u8) -> Report {
    let mut bytes = *report.as_bytes();
    bytes[at] = byte;
    Report::from_bytes(bytes)
}

fn read(command: Command, reports: &[Report]) -> Vec<Result<Progress, AnswerFault>> {
    let mut reader = AnswerReader::new(command, MINE);
    reports.iter().map(|report| reader.take(report)).collect()
}

#[test]
fn an_answer_in_two_fragments_becomes_whole_with_the_second() {
    for (command, answer) in [(Command::Info, info()), (Command::Prove, proof())] {
        assert_eq!(
            read(command, &answer.encode(MINE)),
            [Ok(Progress::More), Ok(Progress::Whole(answer))]
        );
    }
}

#[test]
fn answers_to_other_programs_are_ignored_wherever_they_stand() {
    let mine = proof().encode(MINE);
    let theirs = info().encode(THEIRS);
    let mixed = [theirs[0], mine[0], theirs[1], theirs[0], mine[1]];
    assert_eq!(
        read(Command::Prove, &mixed),
        [
            Ok(Progress::Ignored),
            Ok(Progress::More),
            Ok(Progress::Ignored),
            Ok(Progress::Ignored),
            Ok(Progress::Whole(proof())),
        ]
    );
}

#[test]
fn a_refusal_is_whole_in_one_report() {
    for code in 1..=255 {
        let status = Status::from_code(code);
        assert_eq!(status.code(), code);
        let refusal = encode_refusal(MINE, Command::Prove.code(), status);
        assert_eq!(
            read(Command::Prove, &[refusal]),
            [Ok(Progress::Refused(status))]
        );
    }
}

#[test]
fn a_fragment_that_is_missing_or_comes_twice_is_named() {
    let reports = proof().encode(MINE);
    assert_eq!(
        read(Command::Prove, &reports[1..]),
        [Err(AnswerFault::Order {
            expected: 0,
            found: 1
        })]
    );
    assert_eq!(
        read(Command::Prove, &[reports[0], reports[0]])[1],
        Err(AnswerFault::Order {
            expected: 1,
            found: 0
        })
    );
}

#[test]
fn an_answer_to_another_command_is_named() {
    assert_eq!(
        read(Command::Prove, &info().encode(MINE)),
        [
            Err(AnswerFault::Command { found: 0x81 }),
            Err(AnswerFault::Command { found: 0x81 })
        ]
    );
}

#[test]
fn an_answer_of_another_version_length_or_padding_is_named() {
    let reports = proof().encode(MINE);
    assert_eq!(
        read(Command::Prove, &[with(&reports[0], 2, 9)]),
        [Err(AnswerFault::Version { found: 9 })]
    );
    assert_eq!(
        read(Command::Prove, &[with(&reports[0], 10, 0xff)]),
        [Err(AnswerFault::Length {
            expected: 88,
            found: 0xff58
        })]
    );
    assert_eq!(
        read(Command::Prove, &[reports[0], with(&reports[1], 63, 1)])[1],
        Err(AnswerFault::Padding)
    );
    let refusal = encode_refusal(MINE, Command::Prove.code(), Status::Busy);
    assert_eq!(
        read(Command::Prove, &[with(&refusal, 30, 1)]),
        [Err(AnswerFault::Padding)]
    );
}

#[test]
fn a_status_that_changes_half_way_is_named() {
    let reports = proof().encode(MINE);
    assert_eq!(
        read(Command::Prove, &[reports[0], with(&reports[1], 9, 5)])[1],
        Err(AnswerFault::Status)
    );
}

#[test]
fn a_public_key_that_is_no_point_is_named() {
    let mut reports = info().encode(MINE);
    // The key's last byte stands at 12 + 16 + 31; this y has no x.
    for at in 28..60 {
        reports[0] = with(&reports[0], at, 0);
    }
    reports[0] = with(&reports[0], 28, 2);
    assert_eq!(
        read(Command::Info, &reports)[1],
        Err(AnswerFault::PublicKey)
    );
}

#[test]
fn reports_of_others_are_read_only_so_many() {
    let noise = vec![Report::from_bytes([0xa5; 64]); REPORTS_READ_MAX.try_into().unwrap()];
    let (last, before) = read(Command::Info, &noise)
        .split_last()
        .map(|(last, before)| (*last, before.to_vec()))
        .unwrap();
    assert!(
        before
            .iter()
            .all(|progress| *progress == Ok(Progress::Ignored))
    );
    assert_eq!(
        last,
        Err(AnswerFault::Flood {
            reports: REPORTS_READ_MAX
        })
    );
}

#[test]
fn the_report_descriptor_states_the_usage_that_is_looked_for() {
    assert_eq!(
        REPORT_DESCRIPTOR[..5],
        [
            0x06,
            USAGE_PAGE.to_le_bytes()[0],
            USAGE_PAGE.to_le_bytes()[1],
            0x09,
            USAGE.to_le_bytes()[0]
        ]
    );
}

fn any_report() -> impl Strategy<Value = Report> {
    // Half of them near enough to a real one to get past the first checks.
    let noise = proptest::collection::vec(any::<u8>(), 64);
    let near = (
        any::<bool>(),
        any::<u8>(),
        0_u8..4,
        proptest::collection::vec(any::<u8>(), 54),
    )
        .prop_map(|(mine, command, index, rest)| {
            let transaction = if mine { MINE.0 } else { THEIRS.0 };
            let mut bytes = b"OD\x01".to_vec();
            bytes.push(0x80 | (command & 3));
            bytes.extend_from_slice(&transaction);
            bytes.push(index);
            bytes.extend_from_slice(&rest);
            bytes.push(0);
            bytes
        });
    prop_oneof![noise, near].prop_map(|bytes| Report::from_bytes(bytes.try_into().unwrap()))
}

proptest! {
    #[test]
    fn garbage_never_panics_and_never_becomes_a_proof(
        reports in proptest::collection::vec(any_report(), 0..20),
    ) {
        let mut reader = AnswerReader::new(Command::Prove, MINE);
        for report in &reports {
            // A device must survive it too.
            if let Ok((_, request)) = Request::decode(report) {
                prop_assert!(matches!(request, Request::Info | Request::Prove(_)));
            }
            match reader.take(report) {
                Ok(Progress::Ignored) => {}
                Ok(Progress::Whole(_)) => prop_assert!(false, "made from garbage"),
                Ok(Progress::More | Progress::Refused(_)) | Err(_) => break,
            }
        }
    }

    #[test]
    fn fragments_reassemble_among_any_reports_of_others(
        serial: [u8; 16],
        counter: u64,
        signature in proptest::collection::vec(any::<u8>(), 64),
        transaction: [u8; 4],
        noise in proptest::collection::vec((0_usize..3, any::<[u8; 32]>()), 0..50),
    ) {
        let transaction = TransactionId(transaction);
        let answer = Answer::Proof {
            serial: KeySerial(serial),
            counter,
            signature: signature.try_into().unwrap(),
        };
        let mut reader = AnswerReader::new(Command::Prove, transaction);
        let mut last = None;
        for (place, own) in answer.encode(transaction).iter().enumerate() {
            for (_, bytes) in noise.iter().filter(|(at, _)| *at == place) {
                let other = Request::Prove(*bytes).encode(TransactionId(
                    transaction.0.map(|byte| byte.wrapping_add(1)),
                ));
                prop_assert_eq!(reader.take(&other), Ok(Progress::Ignored));
            }
            last = Some(reader.take(own));
        }
        prop_assert_eq!(last, Some(Ok(Progress::Whole(answer))));
    }

    #[test]
    fn a_request_is_read_back_as_it_was_written(challenge: [u8; 32], transaction: [u8; 4]) {
        let transaction = TransactionId(transaction);
        for request in [Request::Info, Request::Prove(challenge)] {
            prop_assert_eq!(
                Request::decode(&request.encode(transaction)),
                Ok((transaction, request))
            );
        }
    }

    #[test]
    fn one_wrong_byte_in_the_frame_of_a_request_is_never_carried_out(
        challenge: [u8; 32],
        at in prop_oneof![0_usize..4, 8_usize..12, 44_usize..64],
        flip in 1_u8..,
    ) {
        let sound = Request::Prove(challenge).encode(MINE);
        let bent = with(&sound, at, sound.as_bytes()[at] ^ flip);
        match Request::decode(&bent) {
            Err(RequestFault::Foreign) => prop_assert!(at < 4),
            Err(RequestFault::Refused { transaction, status, .. }) => {
                prop_assert_eq!(transaction, MINE);
                prop_assert_ne!(status, Status::Done);
            }
            Ok(request) => prop_assert!(false, "{request:?}"),
        }
    }
}
