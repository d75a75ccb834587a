use alloc::borrow::Cow;
use alloc::vec;

use super::*;
use crate::choices::{Alternative, Decision, Point};
use crate::page::{Call, Data, Primitive, Receiver, Value};
use crate::profile::{self, KNOBS, Profile};
use crate::scenario::generate::{Draw as _, generate};
use crate::scenario::lcg::Lcg;
use crate::scenario::mutate::mutate;
use crate::scenario::{Frame, Item, Payload, Peer, PeerStep};
use crate::trace::{FunctionId, HandlerValue};

#[track_caller]
fn check_round_trip(scenario: &Scenario) {
    assert!(scenario.is_within_bounds(), "{scenario:?}");
    let bytes = encode(scenario);
    assert_eq!(&decode(&bytes), scenario, "{bytes:02x?}");
}

fn peer(steps: Vec<PeerStep>) -> Scenario {
    Scenario { peers: vec![Peer { steps }], ..Scenario::default() }
}

fn write(item: Item) -> PeerStep {
    PeerStep::Write { item, corked: false }
}

fn page(calls: Vec<Call>) -> Scenario {
    let mut scenario = Scenario::default();
    scenario.page.functions.push(calls);
    scenario
}

/// A legal byte string, with values that follow more often than in a uniform one.
fn random_bytes(lcg: &mut Lcg) -> Vec<u8> {
    let len = lcg.below(400) as usize;
    let mut bytes = lcg.bytes(len);
    for byte in &mut bytes {
        if lcg.below(8) == 0 {
            *byte = [0xc0, 0xc1, 0xdf, 0xe1, 0xef, 0xf0, 0xf1, 0xf2, 0xfe, 0xff][lcg.below(10) as usize];
        }
    }
    bytes
}

#[test]
fn every_byte_string_is_a_scenario_that_reads_back() {
    let mut lcg = Lcg::new(1);
    for _ in 0..20_000 {
        check_round_trip(&decode(&random_bytes(&mut lcg)));
    }
}

#[test]
fn what_a_scenario_held_before_does_not_matter() {
    let mut lcg = Lcg::new(7);
    let mut scenario = Scenario::default();
    for _ in 0..20_000 {
        let bytes = random_bytes(&mut lcg);
        decode_into(&bytes, &mut scenario);
        assert_eq!(scenario, decode(&bytes), "{bytes:02x?}");
    }
}

#[test]
fn a_profile_is_written_from_the_nearest_of_the_named_ones() {
    for named in Profile::NAMED {
        for knob in KNOBS {
            let mut scenario = Scenario { profile: named.profile, ..Scenario::default() };
            let other = (knob.read)(&scenario.profile).wrapping_add(1);
            (knob.write)(&mut scenario.profile, other);
            let from = |base: &Profile| profile::distance(&scenario.profile, base);
            let nearest = Profile::NAMED.iter().map(|named| from(&named.profile)).min();
            let records = from(&Profile::STANDARD).min(1 + nearest.expect("there are some"));
            // An amount that is not in the list has two units behind it.
            let units = encode(&scenario).len() / 4;
            assert!((records..=3 * records).contains(&units), "{} {}: {units}", named.name, knob.name);
            check_round_trip(&scenario);
        }
    }
}

#[test]
fn every_string_of_two_bytes_is_a_scenario() {
    for bytes in (0..=u16::MAX).map(u16::to_le_bytes) {
        assert!(decode(&bytes).is_within_bounds());
    }
}

#[test]
fn generated_scenarios_read_back() {
    let mut lcg = Lcg::new(2);
    let mut scenario = Scenario::default();
    for _ in 0..20_000 {
        scenario.profile = Profile::STANDARD;
        generate(&mut scenario, &mut lcg);
        check_round_trip(&scenario);
    }
}

#[test]
fn mutated_scenarios_read_back() {
    let mut lcg = Lcg::new(3);
    let mut scenario = Scenario::default();
    for round in 0..20_000 {
        if round % 100 == 0 {
            generate(&mut scenario, &mut lcg);
        }
        mutate(&mut scenario, &mut lcg);
        check_round_trip(&scenario);
    }
}

#[test]
fn lengths_at_the_edges_of_an_operand_read_back() {
    for len in [0, 1, 14, 15, 16, 30, 31, 32, 33, 255, 256, 65_537, bounds::ITEM_LEN_MAX] {
        let narrow: Vec<u16> = vec![0xff; len];
        let wide: Vec<u16> = vec![0xd800; len];
        let text: alloc::string::String = "q".repeat(len);
        check_round_trip(&page(vec![
            Call::Construct { url: narrow.clone().into(), protocols: vec![wide.clone().into()] },
            Call::Close {
                on: Receiver::Socket(3),
                code: Value::String(narrow.clone().into()),
                reason: Value::Object(FunctionId(31), Primitive::String(wide.into())),
            },
            Call::Send { on: Receiver::Global, data: Data::Binary(vec![7; len].into()) },
            Call::Throw,
        ]));
        check_round_trip(&peer(vec![
            write(Item::Bytes(vec![9; len].into())),
            write(Item::Http(text.clone().into())),
            write(Item::Accept { protocol: Some(text.clone().into()) }),
            write(Item::Frame(Frame::close(1234, vec![9; len]))),
            PeerStep::Fin,
        ]));
        let mut scenario = Scenario::default();
        scenario.expect.page = Some(vec![text.clone()]);
        scenario.expect.wire = Some(vec![text.clone(), text.clone()]);
        check_round_trip(&scenario);
        scenario.expect.wire = Some(Vec::new());
        scenario.expect.breaks = Some(text);
        check_round_trip(&scenario);
    }
}

#[test]
fn many_subprotocols_read_back() {
    for count in [0, 1, 31, 32, 33, 1000] {
        let protocols = vec![Cow::Borrowed(&[0x71_u16][..]); count];
        check_round_trip(&page(vec![Call::Construct { url: Cow::Borrowed(&[]), protocols }, Call::Throw]));
    }
}

#[test]
fn every_first_byte_and_mask_of_a_frame_reads_back() {
    for first in 0..=255_u8 {
        for mask in [None, Some([0; 4]), Some([1, 2, 3, 0xff])] {
            for payload in [Payload::Bytes(Cow::Borrowed(b"hi")), Payload::Close(1000, Cow::Borrowed(b"bye"))]
            {
                let frame = Frame {
                    is_final: first & 0x80 != 0,
                    rsv: first >> 4 & 7,
                    opcode: first & 15,
                    mask,
                    payload,
                };
                let corked = first & 1 == 0;
                check_round_trip(&peer(vec![PeerStep::Write { item: Item::Frame(frame), corked }]));
            }
        }
    }
}

#[test]
fn every_status_code_reads_back() {
    for code in 0..=u16::MAX {
        let frame = Frame::close(code, &b""[..]);
        check_round_trip(&peer(vec![write(Item::Frame(frame)), PeerStep::Fin]));
    }
}

#[test]
fn numbers_that_are_in_no_list_read_back() {
    let numbers = [0, 1, u64::MAX, 1000, 0x4090_0000_0000_0001, f64::NAN.to_bits() | 7];
    for bits in numbers {
        check_round_trip(&page(vec![
            Call::Close {
                on: Receiver::This,
                code: Value::Number(bits),
                reason: Value::BigInt(bits.cast_signed()),
            },
            Call::Close {
                on: Receiver::Socket(0),
                code: Value::Object(FunctionId(0), Primitive::Number(bits)),
                reason: Value::Undefined,
            },
            Call::SetTimeout(FunctionId(3), bits as u32),
        ]));
        let mut scenario = Scenario::default();
        scenario.profile.linger_us = bits;
        scenario.profile.message_len_max = bits as u32;
        for point in [Point::TcpCut, Point::HandshakeNonce, Point::FrameMask] {
            scenario.choices.push(Decision { point, taken: Alternative::Number(bits as u32) });
            scenario.choices.push(Decision { point, taken: Alternative::Number(bits as u32 & 0xffff) });
        }
        check_round_trip(&scenario);
    }
}

#[test]
fn every_named_profile_reads_back_with_one_knob_changed() {
    for profile in Profile::NAMED.iter().map(|named| named.profile) {
        let mut scenario = Scenario { profile, ..Scenario::default() };
        check_round_trip(&scenario);
        for knob in KNOBS {
            for number in 0..4 {
                scenario.profile = profile;
                (knob.write)(&mut scenario.profile, number);
                check_round_trip(&scenario);
            }
        }
    }
}

#[test]
fn lists_that_are_empty_or_full_read_back() {
    let mut scenario = Scenario::default();
    scenario.peers.resize(bounds::SOCKETS_MAX, Peer::default());
    scenario.page.functions.resize(bounds::FUNCTIONS_MAX, Vec::new());
    check_round_trip(&scenario);
    scenario.peers[1].steps = vec![PeerStep::Rst; bounds::PEER_STEPS_MAX];
    scenario.page.functions[30] = vec![Call::ReturnFalse; bounds::CALLS_MAX];
    check_round_trip(&scenario);
    let mut bytes = encode(&scenario);
    bytes.extend(encode(&scenario));
    assert_eq!(decode(&bytes), scenario, "what is beyond the bounds is dropped");
}

#[test]
fn common_things_take_four_bytes() {
    let handler = HandlerValue::Function(FunctionId(1));
    for call in [
        Call::Construct { url: "ws://a.test/".encode_utf16().collect(), protocols: Vec::new() },
        Call::SetHandler {
            on: Receiver::Socket(0),
            event_type: crate::trace::EventType::Close,
            value: handler,
        },
        Call::Close { on: Receiver::Socket(0), code: Value::number(1000.0), reason: Value::string("bye") },
    ] {
        assert_eq!(encode(&page(vec![call])).len(), 4);
    }
    for item in [
        Item::Accept { protocol: None },
        Item::Echo,
        Item::Frame(Frame::close(1000, &b"bye"[..])),
        Item::Frame(Frame::new(1, &b"hi"[..])),
    ] {
        assert_eq!(encode(&peer(vec![write(item)])).len(), 4);
    }
}

/// All steps and calls, in an order that does not depend on whose they are.
fn lists(scenario: &Scenario) -> Vec<Vec<alloc::string::String>> {
    let print = |step: &dyn core::fmt::Debug| alloc::format!("{step:?}");
    let mut lists: Vec<Vec<_>> = Vec::new();
    for number in 0..bounds::SOCKETS_MAX {
        let steps = scenario.peers.get(number).map_or(&[][..], |peer| &peer.steps);
        lists.push(steps.iter().map(|step| print(step)).collect());
    }
    for number in 0..bounds::FUNCTIONS_MAX {
        let calls = scenario.page.functions.get(number).map_or(&[][..], |calls| calls);
        lists.push(calls.iter().map(|call| print(call)).collect());
    }
    lists
}

/// How many insertions, removals and replacements lead from one list to the other.
fn distance<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (above + 1).min(row[j] + 1).min(diagonal + usize::from(x != y));
            diagonal = above;
        }
    }
    row[b.len()]
}

#[test]
fn random_inputs_are_three_steps_or_more() {
    let mut lcg = Lcg::new(4);
    let runs = 2000;
    let long = (0..runs).filter(|_| lists(&decode(&lcg.bytes(64))).concat().len() >= 3).count();
    assert!(long * 100 >= runs * 95, "only {long} of {runs}");
}

#[test]
fn a_changed_byte_changes_one_step() {
    let mut lcg = Lcg::new(5);
    let mut changes: Vec<usize> = Vec::new();
    for _ in 0..2000 {
        let mut bytes = lcg.bytes(64);
        let before = lists(&decode(&bytes));
        bytes[lcg.below(64) as usize] ^= 1 + lcg.below(255) as u8;
        let after = lists(&decode(&bytes));
        changes.push(before.iter().zip(&after).map(|(a, b)| distance(a, b)).sum());
    }
    changes.sort_unstable();
    let (median, most) = (changes[changes.len() / 2], changes[changes.len() * 95 / 100]);
    assert!(median <= 1 && most <= 8, "median {median}, 95 in 100 at most {most}");
}

#[test]
fn a_changed_byte_of_a_generated_scenario_changes_two_steps_at_most() {
    let mut lcg = Lcg::new(6);
    let mut scenario = Scenario::default();
    let mut changes: Vec<usize> = Vec::new();
    for _ in 0..2000 {
        scenario.profile = Profile::STANDARD;
        generate(&mut scenario, &mut lcg);
        let mut bytes = encode(&scenario);
        let at = lcg.below(u32::try_from(bytes.len()).expect("short")) as usize;
        bytes[at] ^= 1 + lcg.below(255) as u8;
        let (before, after) = (lists(&scenario), lists(&decode(&bytes)));
        changes.push(before.iter().zip(&after).map(|(a, b)| distance(a, b)).sum());
    }
    changes.sort_unstable();
    assert!(changes[changes.len() / 2] <= 2, "median {}", changes[changes.len() / 2]);
}
