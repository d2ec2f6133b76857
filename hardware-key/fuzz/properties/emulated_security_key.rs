//! The device's side of CTAP2, as the emulator has it: packets in, packets out.

use octroi_hardware_key::{
    Report,
    ctap::{
        BROADCAST, ChannelId, HidCommand, MessageReader, Received, frames, info_request,
        read_response,
    },
    emulator::{Algorithm, Simulated as _},
};

use super::{
    script::{Script, SharedLog},
    security_key::device,
};

/// Packets of the longest message.
const PACKETS_MAX: usize = 129;

/// Steps: packets as they stand, and whole messages on the first channels.
pub fn check(input: &[u8]) -> bool {
    let mut script = Script::new(input, false);
    let log = SharedLog::default();
    let algorithm = if script.byte() & 1 == 0 {
        Algorithm::Ed25519
    } else {
        Algorithm::Es256
    };
    let mut device = device(algorithm, &log);
    let mut accepted = false;
    while let Some(step) = script.next() {
        let channel = match script.byte() % 4 {
            0 => BROADCAST,
            number => ChannelId(number.into()),
        };
        let packets = if step & 1 == 0 {
            vec![Report::from_bytes(script.array())]
        } else {
            let command = HidCommand::from_code(script.byte() & 0x7f);
            let length = u16::from_be_bytes(script.array());
            frames(channel, command, &script.take(usize::from(length % 2048))).unwrap_or_default()
        };
        for packet in packets {
            let before = log.with(|log| log.counter);
            let _class = device.asked(&packet);
            let answers = device.handle(&packet);
            let counted = log.with(|log| log.counter) - before;
            assert!(counted <= 1);
            assert!(answers.len() <= PACKETS_MAX);
            for answer in &answers {
                let _nonsense = device.garble(*answer);
            }
            accepted |= whole(&packet, &answers).is_some_and(|(command, payload)| {
                command == HidCommand::Cbor && matches!(read_response(&payload), Ok(Ok(_)))
            });
        }
    }
    // Whatever came before, who asks for a channel gets one, and an answer on it. A message that
    // another channel left half sent is ended first.
    for channel in 0..=3 {
        let channel = if channel == 0 {
            BROADCAST
        } else {
            ChannelId(channel)
        };
        let cancel = frames(channel, HidCommand::Cancel, &[]).expect("it is short");
        let said = device.handle(&cancel[0]);
        assert!(said.is_empty(), "a cancellation has no answer");
    }
    let init = frames(BROADCAST, HidCommand::Init, &[5; 8]).expect("it is short");
    let answers = device.handle(&init[0]);
    let (command, payload) = whole(&init[0], &answers).expect("a channel is given");
    assert_eq!((command, &payload[..8]), (HidCommand::Init, &[5; 8][..]));
    let channel = payload[8..12].try_into().expect("a channel has 4 bytes");
    let ask = frames(
        ChannelId(u32::from_be_bytes(channel)),
        HidCommand::Cbor,
        &info_request(),
    );
    let ask = ask.expect("it is short");
    let (_, payload) = whole(&ask[0], &device.handle(&ask[0])).expect("getInfo is answered");
    assert!(matches!(read_response(&payload), Ok(Ok(_))));
    accepted
}

/// What answers a packet: one message on its channel, or nothing.
fn whole(packet: &Report, answers: &[Report]) -> Option<(HidCommand, Vec<u8>)> {
    let (channel, _) = packet.as_bytes().split_first_chunk()?;
    let mut reader = MessageReader::new(ChannelId(u32::from_be_bytes(*channel)));
    let mut last = None;
    for answer in answers {
        assert!(last.is_none(), "one answer at most");
        match reader.take(answer).expect("an answer is sound") {
            Received::Whole { command, payload } => last = Some((command, payload)),
            Received::More => {}
            Received::Ignored => panic!("an answer on another channel"),
        }
    }
    assert_eq!(last.is_some(), !answers.is_empty(), "half an answer");
    last
}
