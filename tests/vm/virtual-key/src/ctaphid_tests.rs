//! The device's side of CTAPHID, as a program sees it.

use super::*;

fn with_channels(channels: u32) -> CtapHid {
    CtapHid {
        channels,
        ..CtapHid::default()
    }
}

fn feed(hid: &mut CtapHid, channel: u32, command: u8, message: &[u8]) -> Step {
    let mut step = Step::Say(Vec::new());
    for report in frames(channel, command, message) {
        step = hid.take(&report, Instant::now());
    }
    step
}

#[test]
fn two_programs_get_two_channels() {
    let mut hid = CtapHid::default();
    for expected in 1..=2 {
        let Step::Say(said) = feed(&mut hid, BROADCAST, INIT, b"12345678") else {
            unreachable!("INIT is answered");
        };
        let mut answer = b"12345678".to_vec();
        answer.extend([0, 0, 0, expected, 2, 1, 0, 0, 5]);
        assert_eq!(said, frames(BROADCAST, INIT, &answer));
    }
}

#[test]
fn a_message_of_several_packets_is_put_together_and_taken_apart() {
    let mut hid = with_channels(1);
    let message: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let step = feed(&mut hid, 1, CBOR, &message);
    assert_eq!(
        step,
        Step::Work {
            cbor: true,
            message: message.clone()
        }
    );
    assert_eq!(hid.answered(&message), frames(1, CBOR, &message));
}

#[test]
fn another_program_finds_the_key_busy_while_the_firmware_works() {
    let mut hid = with_channels(2);
    feed(&mut hid, 1, CBOR, &[4]);
    assert_eq!(feed(&mut hid, 2, PING, b"?"), Step::Say(busy(2)));
    let init = feed(&mut hid, BROADCAST, INIT, &[0; 8]);
    assert_eq!(init, Step::Say(busy(BROADCAST)));
    assert_eq!(hid.keep_alive(), frames(1, KEEPALIVE, &[PROCESSING]));
    hid.answered(&[0]);
    assert!(hid.keep_alive().is_empty());
    assert_eq!(
        feed(&mut hid, 2, PING, b"?"),
        Step::Say(frames(2, PING, b"?"))
    );
}

#[test]
fn cancelling_reaches_the_firmware_and_is_not_answered() {
    let mut hid = with_channels(2);
    feed(&mut hid, 1, CBOR, &[4]);
    assert_eq!(feed(&mut hid, 2, CANCEL, &[]), Step::Say(Vec::new()));
    assert_eq!(feed(&mut hid, 1, CANCEL, &[]), Step::Cancel);
    assert_eq!(hid.answered(&[0x2d]), frames(1, CBOR, &[0x2d]));
}

#[test]
fn beginning_anew_on_the_own_channel_abandons_what_was_going_on() {
    let mut hid = with_channels(1);
    feed(&mut hid, 1, CBOR, &[4]);
    assert!(matches!(feed(&mut hid, 1, INIT, &[7; 8]), Step::Abandon(_)));
    assert!(hid.answered(&[0]).is_empty());
}

#[test]
fn what_makes_no_sense_is_refused_by_its_error() {
    let mut hid = with_channels(1);
    let refused = |step: Step, channel, code| assert_eq!(step, Step::Say(error(channel, code)));
    refused(feed(&mut hid, 9, PING, b"?"), 9, INVALID_CHANNEL);
    refused(feed(&mut hid, 1, 0x42, b"?"), 1, INVALID_COMMAND);
    refused(feed(&mut hid, 1, INIT, b"short"), 1, INVALID_LENGTH);
    let packets = frames(1, CBOR, &[0; 200]);
    let mut now = Instant::now();
    let mut step = Step::Cancel;
    for index in [0, 2] {
        step = hid.take(&packets[index], now);
    }
    refused(step, 1, INVALID_SEQUENCE);
    hid.take(&packets[0], now);
    assert!(hid.expire(now).is_empty());
    now += PACKET_WITHIN;
    assert_eq!(hid.expire(now), error(1, MESSAGE_TIMEOUT));
}
