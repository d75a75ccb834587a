use wasclean_model::scenario::generate::Draw as _;
use wasclean_model::wire::{Decoder, Event};

use super::*;
use crate::seeded::Seeded;

#[track_caller]
fn check(bytes: &[u8], want: &[(u64, Cause)]) -> Dissection {
    let found = dissect(bytes, Role::Client);
    let offences: Vec<_> = found.offences.iter().map(|offence| (offence.at, offence.cause)).collect();
    assert_eq!(offences, want);
    found
}

#[test]
fn a_close_frame_is_told_with_code_and_reason() {
    let found = check(b"\x88\x05\x03\xe8bye", &[]);
    assert_eq!(found.frames[0].close(), Some((1000, "bye")));
    assert_eq!(found.rest, Rest::Nothing);
}

#[test]
fn everything_wrong_with_one_frame_is_told() {
    check(
        b"\x78\xfe\x00\x01\0\0\0\0x",
        &[
            (0, Cause::ReservedBit),
            (0, Cause::FragmentedControl),
            (1, Cause::MaskedByServer),
            (1, Cause::ControlTooLong),
            (3, Cause::LengthNotMinimal),
            (8, Cause::CloseBodyOfOneByte),
        ],
    );
}

#[test]
fn it_goes_on_with_the_next_frame_while_that_can_be_found() {
    let found = check(b"\x83\x01x\x88\x01y", &[(0, Cause::ReservedOpcode), (5, Cause::CloseBodyOfOneByte)]);
    assert_eq!(found.frames.len(), 2);
    let found = check(b"\x82\x7f\x80xyz", &[(2, Cause::LengthHighBit)]);
    assert_eq!((found.frames.len(), found.rest), (0, Rest::Unframed(6)));
}

#[test]
fn a_message_is_validated_over_its_fragments() {
    check(b"\x01\x01\xe2\x00\x01\x82\x80\x01\xac", &[]);
    check(b"\x01\x01\xe2\x89\x00\x80\x01x", &[(7, Cause::TextNotUtf8)]);
    check(b"\x01\x01\xe2\x80\x00", &[(4, Cause::TextNotUtf8)]);
    check(b"\x02\x01\xe2\x80\x01\xff", &[]);
}

#[test]
fn codes_that_are_never_on_the_wire_are_refused() {
    check(b"\x88\x02\x03\xed", &[(3, Cause::CloseCode)]);
    check(b"\x88\x02\x03\xec", &[]);
}

#[test]
fn a_code_and_a_reason_that_are_wrong_are_both_told() {
    let found = check(b"\x88\x03\x03\xed\xff", &[(3, Cause::CloseCode), (4, Cause::ReasonNotUtf8)]);
    assert_eq!((found.frames[0].close_code(), found.frames[0].close()), (Some(1005), None));
    let found = check(b"\x88\x03\x03\xe8\xff", &[(4, Cause::ReasonNotUtf8)]);
    assert_eq!(found.frames[0].close_code(), Some(1000));
    assert_eq!(check(b"\x88\x03\x03\xe8", &[]).frames[0].close_code(), None, "it is not complete");
}

#[test]
fn what_is_left_is_told() {
    assert_eq!(check(b"\x88", &[]).rest, Rest::Header(1));
    assert_eq!(check(b"\x82\x7e\x01", &[]).rest, Rest::Header(3));
    assert_eq!(check(b"\x82\x05ab", &[]).rest, Rest::Payload(3));
    assert!(check(b"\x88\x00\x81\x01x", &[]).frames[1].is_after_close);
}

/// The first offence of a header, as the model's decoder tells it, with its position in `bytes`.
fn first_of_decoder(bytes: &[u8], role: Role) -> Option<(u64, Cause)> {
    let mut decoder = Decoder::new(role);
    let mut input = bytes;
    let mut frame_at = 0;
    loop {
        match decoder.next(&mut input) {
            Ok(Some(Event::Payload(chunk))) if chunk.is_last => frame_at = bytes.len() - input.len(),
            Ok(Some(_)) => (),
            Ok(None) => return None,
            Err(violation) => return Some((frame_at as u64 + u64::from(violation.at), violation.cause)),
        }
    }
}

#[test]
fn the_first_offence_of_a_header_is_the_decoders() {
    let mut seeded = Seeded::new(3);
    let mut offences = 0;
    for index in 0..20_000 {
        seeded.begin_run(index);
        let mut bytes = Vec::new();
        for _ in 0..=seeded.below(4) {
            let payload_len = seeded.below(4);
            bytes.push(
                [0x81, 0x01, 0x80, 0x00, 0x88, 0x82, 0x89, 0x08, 0xc1, 0x83][seeded.below(10) as usize],
            );
            let second = [payload_len, payload_len, 0x80 | payload_len, 126, 127][seeded.below(5) as usize];
            bytes.push(second.to_le_bytes()[0]);
            (0..payload_len).for_each(|_| bytes.push(seeded.below(256).to_le_bytes()[0]));
        }
        for role in [Role::Client, Role::Server] {
            let mine = dissect(&bytes, role).offences.into_iter().find(|offence| {
                !matches!(
                    offence.cause,
                    Cause::TextNotUtf8 | Cause::CloseBodyOfOneByte | Cause::ReasonNotUtf8 | Cause::CloseCode
                )
            });
            let mine = mine.map(|offence| (offence.at, offence.cause));
            offences += usize::from(mine.is_some());
            assert_eq!(mine, first_of_decoder(&bytes, role), "{bytes:02x?} to a {role:?}");
        }
    }
    assert!(offences > 10_000, "{offences}");
}
