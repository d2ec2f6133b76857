//! Makes the seeds: what the emulator's devices answer, the protocol's vectors, and scripts that lead
//! through each way in which an answer may arrive.

use std::{fs, path::PathBuf};

use ciborium::value::Value;
use octroi_hardware_key::{
    Report,
    ctap::{
        BROADCAST, CTAPHID_MESSAGE_BYTES_MAX, ChannelId, HidCommand, MessageReader, NewCredential,
        Received, assertion_request, frames, info_request, key_agreement_request,
        new_credential_request,
    },
    emulator::{Algorithm, Simulated},
    protocol::{Request, TransactionId},
};
use octroi_licence::{HardwareCredential, dongle_message};

use super::properties::{answers, dongle_device, script::SharedLog, security_key};

const CHANNEL: ChannelId = ChannelId(1);

/// Writes all of them.
pub fn write() {
    dongles();
    security_keys();
    security_key_scripts();
}

fn put(target: &str, name: &str, bytes: &[u8]) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

fn dongles() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/dongle-v1.json")).unwrap();
    for (number, exchange) in vectors["exchanges"].as_array().unwrap().iter().enumerate() {
        let request = hex::decode(exchange["request"].as_str().unwrap()).unwrap();
        put("dongle_device", &format!("vector-{number:02}"), &request);
    }
    let log = SharedLog::default();
    let mut device = dongle_device::device(&log);
    let prove = Request::Prove(*dongle_device::challenge().as_bytes());
    let prove = prove.encode(TransactionId([1, 2, 3, 4]));
    let info = Request::Info.encode(TransactionId([5, 6, 7, 8]));
    let session = [prove, info, prove].map(|report| *report.as_bytes());
    put("dongle_device", "proof-info-proof", &session.concat());

    // Serial, counter and signature as they stand in the answer's payload.
    let answer = device.handle(&prove);
    let payload: Vec<u8> = answer
        .iter()
        .flat_map(|report| report.as_bytes()[12..].to_vec())
        .collect();
    put(
        "credentials",
        "dongle-proof",
        &[&[4], &payload[..88]].concat(),
    );
    let message = dongle_message(
        &dongle_device::enrolled().serial,
        1,
        &dongle_device::challenge(),
    );
    put(
        "credentials",
        "dongle-message",
        &[&[4], message.as_slice()].concat(),
    );

    // Flags, number of calls, calls (0 presence, 1 proof, 2 another's proof, 3 enrolment), script.
    let scripts: [(&str, &[u8], &[u8]); 8] = [
        ("sound", &[0, 3, 0, 1, 3], &[0; 8]),
        ("sound-for-ever", &[1, 4, 1, 1, 0, 2], &[0]),
        ("busy-then-sound", &[0, 1, 1], &[0, 0, 5, 1, 0, 0]),
        ("refused", &[0, 2, 1, 0], &[0, 0, 5, 5, 0, 0]),
        (
            "noise-between",
            &[0, 1, 1],
            &[6, 0xa5, 0, 6, 0xa5, 0, 6, 0, 0, 6, 0xff, 0],
        ),
        ("patched", &[0, 1, 1], &[0, 0, 1, 30, 0xee, 0]),
        ("fragment-twice", &[0, 2, 1, 0], &[0, 0, 2, 0, 2, 0]),
        ("unplugged", &[0, 3, 1, 0, 1], &[0, 0, 0, 7, 1]),
    ];
    for (name, head, script) in scripts {
        put("dongle_host", name, &[head, script].concat());
    }
    let mut crafted = vec![0, 1, 1, 0, 0, 4];
    crafted.extend_from_slice(answer[0].as_bytes());
    crafted.push(4);
    crafted.extend_from_slice(answer[1].as_bytes());
    put("dongle_host", "old-proof-under-a-new-id", &crafted);
}

/// Asks the emulated key on a channel of its own; packets sent, and the answer's packets.
fn asked(
    device: &mut impl Simulated,
    channel: ChannelId,
    command: HidCommand,
    payload: &[u8],
) -> (Vec<Report>, Vec<Report>) {
    let packets = frames(channel, command, payload).unwrap();
    let answers = packets
        .iter()
        .flat_map(|packet| device.handle(packet))
        .collect();
    (packets, answers)
}

fn message(channel: ChannelId, packets: &[Report]) -> Vec<u8> {
    let mut reader = MessageReader::new(channel);
    let last = packets
        .iter()
        .map(|packet| reader.take(packet).unwrap())
        .last();
    let Some(Received::Whole { payload, .. }) = last else {
        panic!("the emulated key answers")
    };
    payload
}

fn map(members: Vec<(Value, Value)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&Value::Map(members), &mut bytes).unwrap();
    bytes
}

fn integer(number: i64) -> Value {
    Value::Integer(number.into())
}

fn security_keys() {
    for (name, algorithm) in [("ed25519", Algorithm::Ed25519), ("es256", Algorithm::Es256)] {
        let mut device = security_key::device(algorithm, &SharedLog::default());
        let algorithm_flag = u8::from(algorithm == Algorithm::Es256);
        let (init, given) = asked(&mut device, BROADCAST, HidCommand::Init, &[7; 8]);
        assert_eq!(message(BROADCAST, &given)[8..12], CHANNEL.0.to_be_bytes());
        let new = NewCredential {
            client_data_hash: [1; 32],
            user: [2; 16],
            pin: None,
        };
        let enrolled = security_key::enrolled(algorithm);
        let HardwareCredential::Fido2(credential) = &enrolled.credential else {
            panic!("a security key's credential is one")
        };
        let challenge = dongle_device::challenge();
        let requests = [
            ("info", info_request()),
            ("credential", new_credential_request(&new).unwrap()),
            (
                "assertion",
                assertion_request(&credential.id, challenge.as_bytes()).unwrap(),
            ),
        ];
        let mut steps = vec![algorithm_flag];
        push_packets(&mut steps, &init);
        for (which, (what, request)) in (0..).zip(requests) {
            let (sent, answered) = asked(&mut device, CHANNEL, HidCommand::Cbor, &request);
            push_packets(&mut steps, &sent);
            // As a message, which the property frames itself.
            let length = u16::try_from(request.len()).unwrap().to_be_bytes();
            let whole = [
                &[algorithm_flag, 1, 0, 6, 0, 8][..],
                &[7; 8],
                &[1, 1, 0x10],
                &length,
                &request,
            ];
            put(
                "emulated_security_key",
                &format!("{what}-{name}"),
                &whole.concat(),
            );
            let mut framed = Vec::new();
            for packet in &answered {
                framed.push(0);
                framed.extend_from_slice(&packet.as_bytes()[4..]);
            }
            put("framing", &format!("{what}-{name}"), &framed);
            let answer = message(CHANNEL, &answered);
            put(
                "answers",
                &format!("{what}-{name}"),
                &[&[which], &answer[1..]].concat(),
            );
            if what == "assertion" {
                let map: Value = ciborium::from_reader(&answer[1..]).unwrap();
                let parts: Vec<u8> = [1, 2]
                    .iter()
                    .flat_map(|at| map.as_map().unwrap()[*at].1.as_bytes().unwrap().clone())
                    .collect();
                put(
                    "credentials",
                    &format!("proof-{name}"),
                    &[vec![3], parts].concat(),
                );
            }
        }
        put("emulated_security_key", &format!("packets-{name}"), &steps);
        let id = credential.id.as_bytes();
        put("credentials", &format!("id-{name}"), &[&[2], id].concat());
        let key = credential.public_key.as_bytes();
        put("credentials", &format!("key-{name}"), &[&[0], key].concat());
    }
    let agreed = answers::agreed();
    put(
        "answers",
        "agreement-one",
        &[&[3], agreed.as_slice()].concat(),
    );
    put(
        "answers",
        "agreement-two",
        &[&[4], agreed.as_slice()].concat(),
    );
    let token = map(vec![(integer(2), Value::Bytes(vec![0x5a; 48]))]);
    put("answers", "token", &[&[5], token.as_slice()].concat());
    let agreed: Value = ciborium::from_reader(agreed.as_slice()).unwrap();
    let point = agreed.as_map().unwrap()[0].1.as_map().unwrap();
    let [x, y] = [3, 4].map(|at| point[at].1.as_bytes().unwrap().clone());
    put("credentials", "coordinates", &[vec![1], x, y].concat());

    // Signs of life between the packets of an answer, a packet of another channel, one missing.
    let packets = frames(CHANNEL, HidCommand::Ping, &[0x5a; 200]).unwrap();
    let body = |packet: &Report| packet.as_bytes()[4..].to_vec();
    let mut alive = [0; 61];
    alive[1..5].copy_from_slice(&[0x80 | 0x3b, 0, 1, 1]);
    let mut mixed = Vec::new();
    for packet in &packets {
        mixed.extend_from_slice(
            &[vec![0], body(packet), alive.to_vec(), vec![1], body(packet)].concat(),
        );
    }
    put("framing", "signs-of-life-and-others", &mixed);
    let missing = [vec![0], body(&packets[0]), vec![0], body(&packets[2])].concat();
    put("framing", "one-missing", &missing);
    put("framing", "longest", &vec![0; CTAPHID_MESSAGE_BYTES_MAX]);
    let cancelled = {
        let mut steps = vec![0];
        let init = frames(BROADCAST, HidCommand::Init, &[7; 8]).unwrap();
        let half = frames(CHANNEL, HidCommand::Ping, &[1; 100]).unwrap();
        let cancel = frames(CHANNEL, HidCommand::Cancel, &[]).unwrap();
        push_packets(
            &mut steps,
            &[init[0], half[0], cancel[0], half[0], init[0], half[1]],
        );
        steps
    };
    put(
        "emulated_security_key",
        "half-sent-and-cancelled",
        &cancelled,
    );
}

fn push_packets(steps: &mut Vec<u8>, packets: &[Report]) {
    for packet in packets {
        steps.extend_from_slice(&[0, 0]);
        steps.extend_from_slice(packet.as_bytes());
    }
}

/// Flags, number of calls, calls (0 presence, 1 proof, 2 enrolment, 3 enrolment with a PIN), script.
fn security_key_scripts() {
    // A channel and getInfo are three packets of a sound key.
    let opened = [0_u8, 0, 0];
    let scripts: [(&str, &[u8], &[u8]); 9] = [
        ("sound", &[0, 3, 0, 1, 2], &[0; 16]),
        ("sound-p256", &[2, 3, 2, 1, 0], &[0; 16]),
        ("sound-for-ever", &[1, 4, 1, 0, 1, 2], &[0]),
        (
            "signs-of-life",
            &[0, 1, 1],
            &[5, 1, 5, 1, 0, 5, 1, 0, 5, 1, 0, 0],
        ),
        ("wants-a-touch", &[0, 2, 1, 0], &[5, 2, 0, 0, 0]),
        ("busy-then-sound", &[0, 1, 1], &[6, 6, 0, 0, 0, 0]),
        (
            "channel-forgotten",
            &[0, 2, 1, 1],
            &[6, 0x0b, 0, 0, 0, 0, 0],
        ),
        (
            "channel-forgotten-then-silent",
            &[0, 2, 1, 1],
            &[6, 0x0b, 10, 0, 0, 0],
        ),
        ("unplugged", &[0, 2, 1, 0], &[10, 1]),
    ];
    for (name, head, script) in scripts {
        let script = if head[0] & 1 == 0 {
            [&opened, script].concat()
        } else {
            script.to_vec()
        };
        put("security_key", name, &[head, &script].concat());
    }
    // Nobody's channels.
    for (name, channel) in [("channel-0", 0), ("channel-broadcast", u32::MAX)] {
        let mut script = vec![0, 1, 0, 9];
        script.extend_from_slice(&channel.to_be_bytes());
        script.extend_from_slice(&[4, 0, 0]);
        put("security_key", name, &script);
    }
    // A key with a PIN, by its own answers to getInfo, to the exchange and to the question for a token.
    let text = |text: &str| Value::Text(text.to_owned());
    let info = map(vec![
        (
            integer(1),
            Value::Array(vec![text("FIDO_2_0"), text("FIDO_2_1")]),
        ),
        (integer(3), Value::Bytes(vec![3; 16])),
        (
            integer(4),
            Value::Map(vec![(text("clientPin"), Value::Bool(true))]),
        ),
        (integer(6), Value::Array(vec![integer(1)])),
    ]);
    put(
        "answers",
        "info-with-a-pin",
        &[&[0], info.as_slice()].concat(),
    );
    let token = map(vec![(integer(2), Value::Bytes(vec![0x5a; 32]))]);
    let mut script = vec![0, 1, 3, 0];
    for body in [&info, &answers::agreed(), &token] {
        script.push(8);
        script.extend_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
        script.extend_from_slice(body);
    }
    put("security_key", "with-a-pin", &script);
    let asked = key_agreement_request(octroi_hardware_key::ctap::PinProtocol::Two).unwrap();
    let length = u16::try_from(asked.len()).unwrap().to_be_bytes();
    let step = [&[0, 1, 1, 0x10][..], &length, &asked].concat();
    put("emulated_security_key", "pin-not-known", &step);
}
