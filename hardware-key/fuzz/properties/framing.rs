//! CTAPHID's packets put together, by either side.

use octroi_hardware_key::{
    Report,
    ctap::{CTAPHID_MESSAGE_BYTES_MAX, ChannelId, HidCommand, MessageReader, Received, frames},
};

const CHANNEL: ChannelId = ChannelId(0x0102_0304);

/// A byte, then 60 of a packet: on another channel where the byte is odd. Before that the whole input
/// is framed as one message and read back.
pub fn check(input: &[u8]) -> bool {
    round_trip(input);
    let mut reader = MessageReader::new(CHANNEL);
    let mut own: Vec<Report> = Vec::new();
    let mut accepted = false;
    for chunk in input.chunks(61) {
        let (flags, body) = chunk.split_first().expect("no chunk is empty");
        let mut bytes = [0; 64];
        bytes[..4].copy_from_slice(&(CHANNEL.0 + u32::from(flags & 1)).to_be_bytes());
        bytes[4..4 + body.len()].copy_from_slice(body);
        let packet = Report::from_bytes(bytes);
        let begins = bytes[4] & 0x80 != 0;
        match reader.take(&packet) {
            Ok(Received::Ignored) => assert!(flags & 1 == 1 || !begins),
            Ok(Received::More) => {
                if begins {
                    own.clear();
                }
                own.push(packet);
            }
            Ok(Received::Whole { command, payload }) => {
                accepted = true;
                let aside = matches!(command, HidCommand::KeepAlive | HidCommand::Error);
                let mut of = vec![packet];
                if !begins {
                    own.push(packet);
                    of = std::mem::take(&mut own);
                }
                assert!(!begins || aside || own.is_empty(), "one inside another");
                same(command, &payload, &of);
            }
            // Whoever asked gives up; the next question has a new reader.
            Err(_) => {
                reader = MessageReader::new(CHANNEL);
                own.clear();
            }
        }
    }
    accepted
}

/// What was read is what stands in its packets, apart from what follows the payload.
fn same(command: HidCommand, payload: &[u8], packets: &[Report]) {
    assert!(payload.len() <= CTAPHID_MESSAGE_BYTES_MAX);
    let written = frames(CHANNEL, command, payload).expect("it is short enough");
    assert_eq!(written.len(), packets.len());
    let mut left = payload.len();
    for (place, (written, read)) in written.iter().zip(packets).enumerate() {
        let head = if place == 0 { 7 } else { 5 };
        let body = left.min(64 - head);
        left -= body;
        assert_eq!(
            written.as_bytes()[..head + body],
            read.as_bytes()[..head + body]
        );
    }
    assert_eq!(left, 0);
}

fn round_trip(input: &[u8]) {
    let Some(packets) = frames(CHANNEL, HidCommand::Cbor, input) else {
        assert!(input.len() > CTAPHID_MESSAGE_BYTES_MAX);
        return;
    };
    assert!(packets.len() <= 129);
    let mut reader = MessageReader::new(CHANNEL);
    let mut last = None;
    for packet in &packets {
        last = Some(reader.take(packet).expect("it was framed"));
    }
    assert_eq!(
        last,
        Some(Received::Whole {
            command: HidCommand::Cbor,
            payload: input.to_vec()
        })
    );
}
