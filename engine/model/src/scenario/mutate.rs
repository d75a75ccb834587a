//! Changes a scenario a little, in what it does and not in how it is written.

mod operand;

use alloc::vec::Vec;

use super::generate::{self, Draw};
use super::{Agent, Expect, Global, Peer, Scenario, bounds};
use crate::page::Call;

/// One or a few changes: a step or call is inserted, removed, repeated, moved, changed in one operand, or several
/// are copied to another place.
///
/// A scenario within its [`bounds`] stays within them. What was expected of it need not hold any more, so nothing
/// is expected of the changed one. The knobs stay as they are.
pub fn mutate(scenario: &mut Scenario, draw: &mut impl Draw) {
    scenario.expect = Expect::default();
    let count = [1, 1, 1, 2, 2, 3, 4, 6][draw.below(8) as usize];
    for _ in 0..count {
        match draw.below(16) {
            0 if !scenario.choices.is_empty() => {
                let index = below(scenario.choices.len(), draw);
                scenario.choices.remove(index);
            }
            1 if !scenario.agent.steps.is_empty() || draw.below(8) == 0 => {
                change_the_agent(&mut scenario.agent, draw);
            }
            0..8 => change_a_peer(&mut scenario.peers, draw),
            _ => change_a_function(&mut scenario.page.functions, draw),
        }
    }
}

/// A position below `len`, which is at least 1.
fn below(len: usize, draw: &mut impl Draw) -> usize {
    draw.below(u32::try_from(len).expect("a short list")) as usize
}

/// The position of a list, the first one more often than the others.
fn list(len: usize, draw: &mut impl Draw) -> usize {
    if draw.below(3) == 0 { 0 } else { below(len, draw) }
}

fn change_a_peer(peers: &mut Vec<Peer>, draw: &mut impl Draw) {
    if peers.is_empty() || peers.len() < bounds::SOCKETS_MAX && draw.below(32) == 0 {
        peers.push(Peer::default());
    }
    if peers.len() > 1 && draw.below(16) == 0 {
        let [a, b] = [below(peers.len(), draw), below(peers.len(), draw)];
        peers.swap(a, b);
        return;
    }
    let index = list(peers.len(), draw);
    let from = below(peers.len(), draw);
    let lists = |peers: &mut Vec<Peer>, index: usize| core::mem::take(&mut peers[index].steps);
    let mut steps = lists(peers, index);
    match draw.below(8) {
        0 if from != index => splice(&mut steps, &peers[from].steps, bounds::PEER_STEPS_MAX, draw),
        0..3 if !steps.is_empty() => {
            let at = below(steps.len(), draw);
            operand::change_step(&mut steps[at], draw);
        }
        _ => change(&mut steps, bounds::PEER_STEPS_MAX, generate::step, draw),
    }
    peers[index].steps = steps;
}

fn change_the_agent(agent: &mut Agent, draw: &mut impl Draw) {
    if draw.below(8) == 0 {
        agent.global = match agent.global {
            Global::Window => Global::Worker,
            Global::Worker => Global::Window,
        };
    } else {
        change(&mut agent.steps, bounds::AGENT_STEPS_MAX, generate::agent_step, draw);
    }
}

fn change_a_function(functions: &mut Vec<Vec<Call>>, draw: &mut impl Draw) {
    if functions.is_empty() || functions.len() < bounds::FUNCTIONS_MAX && draw.below(32) == 0 {
        functions.push(Vec::new());
    }
    let index = list(functions.len(), draw);
    let from = below(functions.len(), draw);
    let number = u8::try_from(index).expect("within the bounds");
    let mut calls = core::mem::take(&mut functions[index]);
    match draw.below(8) {
        0 if from != index => splice(&mut calls, &functions[from], bounds::CALLS_MAX, draw),
        0..3 if !calls.is_empty() => {
            let at = below(calls.len(), draw);
            operand::change_call(&mut calls[at], number, draw);
        }
        _ => change(&mut calls, bounds::CALLS_MAX, |draw| generate::call(number, draw), draw),
    }
    functions[index] = calls;
}

/// One change of a list: something new, something less, something twice, or another order.
fn change<T: Clone, D: Draw>(list: &mut Vec<T>, max: usize, new: impl Fn(&mut D) -> T, draw: &mut D) {
    if list.is_empty() {
        list.push(new(draw));
        return;
    }
    let (a, b) = (below(list.len(), draw), below(list.len(), draw));
    match draw.below(8) {
        0..3 if list.len() < max => list.insert(below(list.len() + 1, draw), new(draw)),
        3 => list[a] = new(draw),
        4 if list.len() < max => list.insert(b, list[a].clone()),
        5 => list.swap(a, b),
        6 => {
            let moved = list.remove(a);
            list.insert(b, moved);
        }
        _ => {
            list.remove(a);
        }
    }
}

/// Copies a part of `from` into `list`.
fn splice<T: Clone>(list: &mut Vec<T>, from: &[T], max: usize, draw: &mut impl Draw) {
    if from.is_empty() {
        return;
    }
    let start = below(from.len(), draw);
    let len = (1 + below(from.len() - start, draw)).min(max.saturating_sub(list.len()));
    let at = below(list.len() + 1, draw);
    list.splice(at..at, from[start..start + len].iter().cloned());
}

#[cfg(test)]
mod tests;
