//! Scenarios, programs of EventTarget calls, and answers to the questions of two endpoints.

use alloc::vec::Vec;

use super::{Numbers, below, change_list, one_of};
use crate::harness::Program;
use crate::scenario::Scenario;
use crate::scenario::bytes::{decode, encode};
use crate::scenario::generate::{Draw as _, generate};
use crate::scenario::mutate::mutate;

/// A change of the scenario that a `world` input stands for.
#[must_use]
pub fn world(bytes: &[u8], draw: &mut Numbers) -> Vec<u8> {
    let mut scenario = decode(bytes);
    change(&mut scenario, draw);
    encode(&scenario)
}

/// The change that [`world`] makes, of the scenario itself.
pub(in crate::harness) fn change(scenario: &mut Scenario, draw: &mut Numbers) {
    if scenario.page.functions.is_empty() && scenario.peers.is_empty() || draw.below(64) == 0 {
        let profile = scenario.profile;
        generate(scenario, draw);
        scenario.profile = profile;
    } else {
        mutate(scenario, draw);
    }
}

/// A change of the program that a `dispatch` input stands for.
#[must_use]
pub fn dispatch(bytes: &[u8], draw: &mut Numbers) -> Vec<u8> {
    let mut program = Program::decode(bytes);
    for _ in 0..=draw.below(3) {
        let count = program.functions.len();
        let index = one_of(&[0, below(count, draw)], draw);
        if draw.below(8) == 0 {
            let from = program.functions[below(count, draw)].clone();
            program.functions[index].extend(from);
            continue;
        }
        change_list(&mut program.functions[index], draw, |draw| {
            let mut record = [0; 4];
            record.fill_with(|| u8::try_from(draw.below(256)).expect("below 256"));
            // Few targets and types make it likely that what is added is also dispatched.
            record[1] = 0;
            record[2] &= one_of(&[0x07, 0x27, 0xff], draw);
            Program::decode(&record).functions[0][0]
        });
    }
    program.encode()
}

/// A change of the answers that a `two_endpoints` input stands for: small numbers mostly, for there are few
/// alternatives to choose from.
#[must_use]
pub fn two_endpoints(bytes: &[u8], draw: &mut Numbers) -> Vec<u8> {
    let mut answers = bytes.to_vec();
    for _ in 0..=draw.below(4) {
        change_list(&mut answers, draw, |draw| {
            u8::try_from(if draw.below(4) == 0 { draw.below(256) } else { draw.below(8) }).expect("below 256")
        });
    }
    answers
}
