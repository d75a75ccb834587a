//! The byte form of a scenario, for a fuzzer: every byte string is some scenario, and every scenario within its
//! bounds is some byte string.
//!
//! A byte string is a row of records. Each has four bytes:
//!
//! | byte | |
//! |---|---|
//! | 0 | what it is: a step of a peer, a call of a function, a setting, something of the user agent's, or nothing |
//! | 1 | whose it is: the number of the peer (with a mark if a write is held back) or of the function |
//! | 2, 3 | two operands |
//!
//! The records of one peer, or of one function, follow one another in the order of its steps or calls, whatever
//! stands between them: no record depends on another. Hence a byte that is changed, a record that is removed,
//! moved or copied, and two inputs that are joined change what they touch and nothing else.
//!
//! An operand is the position of a value in a list of interesting ones (modulo its length), or `c0` and above the
//! length of a value that follows the record, or `ff` if a longer one does, with its length in a unit of four
//! bytes before it. What follows is filled up with zeros to whole units, so that all records stand at multiples of
//! four. A string of script has code units of one byte (`c0` to `df`, `fe`) or two (`e0` to `ef`, `ff`). The
//! few operands that do not fit their record have a unit of their own behind it.
//!
//! Nothing is refused. A value that is cut short by the end of the input is as long as what is there, a record is
//! filled up with zeros, a number beyond its range stands for a likely one, bytes that are no UTF-8 where text
//! belongs are replaced, and a step or call beyond the bounds is dropped. There is no version in it: the text form
//! is the one to keep, and a list of interesting values grows at its end only.

mod agent;
mod call;
mod op;
mod operand;
mod setting;
mod step;
mod unit;

#[cfg(feature = "arbitrary")]
mod unstructured;

use alloc::vec::Vec;

use op::Op;
use unit::Reader;

use super::{Expect, Global, Scenario, bounds};
use crate::profile::Profile;

/// The scenario that `bytes` stand for.
///
/// ```
/// use wasclean_model::scenario::bytes::decode;
///
/// assert_eq!(decode(&[]), Default::default());
/// assert!(decode(b"any bytes at all").is_within_bounds());
/// ```
#[must_use]
pub fn decode(bytes: &[u8]) -> Scenario {
    let mut scenario = Scenario::default();
    decode_into(bytes, &mut scenario);
    scenario
}

/// As [`decode`], into a scenario whose memory is used again. What it held before does not matter.
pub fn decode_into(bytes: &[u8], scenario: &mut Scenario) {
    clear(scenario);
    let mut lens = Lens::default();
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let [op, second, a, b] = reader.unit();
        match Op::of(op) {
            Op::Agent => agent::read(scenario, second, a, &mut reader),
            Op::Step(op) => {
                let step = step::read(op, second, a, b, &mut reader);
                let peer = step::peer(second);
                extend(&mut scenario.peers, &mut lens.peers, peer + 1);
                push_bounded(&mut scenario.peers[peer].steps, step, bounds::PEER_STEPS_MAX);
            }
            Op::Call(op) => {
                let call = call::read(op, a, b, &mut reader);
                let function = call::function(second);
                extend(&mut scenario.page.functions, &mut lens.functions, function + 1);
                push_bounded(&mut scenario.page.functions[function], call, bounds::CALLS_MAX);
            }
            Op::Setting(op) => setting::read(scenario, &mut lens, op, second, [a, b], &mut reader),
        }
    }
    scenario.peers.truncate(lens.peers);
    scenario.page.functions.truncate(lens.functions);
}

/// How many peers and functions the input has, of those that are there with their memory.
#[derive(Debug, Default)]
struct Lens {
    peers: usize,
    functions: usize,
}

/// Back to the empty scenario, but for the empty lists of its peers and functions, which keep their memory.
fn clear(scenario: &mut Scenario) {
    let Scenario { profile, peers, page, agent, choices, expect } = scenario;
    *profile = Profile::default();
    peers.iter_mut().for_each(|peer| peer.steps.clear());
    page.functions.iter_mut().for_each(Vec::clear);
    agent.global = Global::default();
    agent.steps.clear();
    choices.clear();
    *expect = Expect::default();
}

/// Most scenarios are no longer, in bytes.
const LEN_USUAL: usize = 512;

/// The bytes that stand for `scenario`, which [`decode`] gives back.
///
/// A planted [fault](crate::profile::Fault) is left out: a fuzzer varies what some text allows.
///
/// # Panics
///
/// It may panic for a scenario that is not within its [`bounds`]: see [`Scenario::is_within_bounds`].
#[must_use]
pub fn encode(scenario: &Scenario) -> Vec<u8> {
    let mut out = Vec::with_capacity(LEN_USUAL);
    encode_into(scenario, &mut out);
    out
}

/// As [`encode`], into memory that is used again. What it held before does not matter.
///
/// # Panics
///
/// As there.
pub fn encode_into(scenario: &Scenario, out: &mut Vec<u8>) {
    out.clear();
    for (function, calls) in scenario.page.functions.iter().enumerate() {
        for call in calls {
            call::write(out, function, call);
        }
    }
    for (number, peer) in scenario.peers.iter().enumerate() {
        for step in &peer.steps {
            step::write(out, number, step);
        }
    }
    agent::write(out, &scenario.agent);
    setting::write(out, scenario);
}

/// Makes the list at least `len` long, and notes that so much of it is meant.
fn extend<T: Default>(list: &mut Vec<T>, meant: &mut usize, len: usize) {
    *meant = len.max(*meant);
    if list.len() < len {
        list.resize_with(len, T::default);
    }
}

fn push_bounded<T>(list: &mut Vec<T>, item: T, max: usize) {
    if list.len() < max {
        list.push(item);
    }
}

#[cfg(test)]
mod tests;
