//! Smaller scenarios, for whoever looks for the smallest one that still shows something.
//!
//! Every reduction is smaller by [`size`], so taking one after the other comes to an end.

mod call;
mod parts;
mod step;

use alloc::vec;
use alloc::vec::Vec;

use super::{AgentStep, Global, PeerStep, Scenario};
use crate::page::Call;
use crate::profile::Profile;
use crate::profile::{KNOBS, differing, distance};
use crate::trace::FunctionId;

/// How large a scenario is: a number that every reduction lowers.
///
/// Each peer, function, step of a peer or of the user agent, call and fixed choice counts, and so does every operand
/// by how far it is from the plainest one: the length of a string and its letters other than `a`, a code other than
/// 1000, the bits of a time, an option that is set, a knob that is not the standard's. A function counts too that is
/// named and not there, which is as good as an empty one. What is expected does not count, as no reduction touches it.
#[must_use]
pub fn size(scenario: &Scenario) -> usize {
    let peers = scenario.peers.iter().map(|peer| 1 + peer.steps.iter().map(step::size).sum::<usize>());
    let functions = scenario.page.functions.iter();
    let calls = functions.flatten().map(call::size);
    let functions = parts::functions_len(&scenario.page.functions);
    let agent = &scenario.agent;
    let agent =
        agent.steps.iter().map(agent_step_size).sum::<usize>() + usize::from(agent.global != Global::Window);
    let knobs = distance(&scenario.profile, &Profile::STANDARD);
    peers.sum::<usize>() + functions + calls.sum::<usize>() + scenario.choices.len() + knobs + agent
}

fn agent_step_size(step: &AgentStep) -> usize {
    match step {
        AgentStep::Navigate | AgentStep::Back | AgentStep::Terminate | AgentStep::Collect(_) => 1,
        AgentStep::Delay { ms } => 1 + parts::time_size(*ms),
    }
}

/// One way to make a scenario smaller.
#[derive(Debug, Clone, PartialEq)]
enum Reduction {
    /// The knobs are the standard's.
    StandardProfile,
    /// This knob is the standard's.
    StandardKnob(usize),
    /// No choice is fixed.
    NoChoices,
    /// These choices are not fixed.
    Choices(Chunk),
    /// There is one peer less; those behind it move up.
    Peer(usize),
    /// The page runs in a window.
    Window,
    /// The user agent performs none of these steps.
    AgentSteps(Chunk),
    /// The user agent performs this step instead of one.
    AgentStep(usize, AgentStep),
    /// A peer performs none of these steps.
    Steps(usize, Chunk),
    /// A peer performs this step instead of one.
    Step(usize, usize, PeerStep),
    /// A function makes none of these calls.
    Calls(usize, Chunk),
    /// A function makes this call instead of one.
    Call(usize, usize, Call),
    /// An empty function at the end that nothing refers to goes.
    LastFunction,
    /// The last function takes the number of an empty one that nothing refers to.
    Renumber(usize),
}

/// Positions in a list.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Chunk {
    start: usize,
    len: usize,
}

impl Chunk {
    fn of<T>(self, list: &mut Vec<T>) {
        list.drain(self.start..self.start + self.len);
    }
}

/// The chunks of a list: its halves, then quarters, and at last single places, all from the end. What is left over
/// behind the last whole chunk of a length comes with the smaller ones.
fn chunks(len: usize) -> impl Iterator<Item = Chunk> {
    let lens = core::iter::successors(Some(len.div_ceil(2)), |&chunk| (chunk > 1).then(|| chunk.div_ceil(2)));
    lens.filter(move |_| len > 0).flat_map(move |chunk| {
        (0..len / chunk).rev().map(move |index| Chunk { start: index * chunk, len: chunk })
    })
}

/// Scenarios that are a little simpler than `scenario`, from coarse changes to fine ones, always in the same order.
///
/// Each is smaller by [`size`]. What is expected stays as it is.
///
/// # Panics
///
/// If `scenario` is not [within its bounds](Scenario::is_within_bounds), here or when the next one is made.
pub fn reductions(scenario: &Scenario) -> impl Iterator<Item = Scenario> + use<> {
    let scenario = scenario.clone();
    plan(&scenario).into_iter().map(move |reduction| reduction.apply(&scenario))
}

/// All reductions. Operands are tried last: there are many, and what is dropped needs none.
fn plan(scenario: &Scenario) -> Vec<Reduction> {
    let mut plan = Vec::new();
    plan_structure(scenario, &mut plan);
    plan_operands(scenario, &mut plan);
    plan
}

fn plan_structure(scenario: &Scenario, plan: &mut Vec<Reduction>) {
    if scenario.choices.len() > 1 {
        plan.push(Reduction::NoChoices);
    }
    if scenario.agent.global != Global::Window {
        plan.push(Reduction::Window);
    }
    plan.extend(chunks(scenario.agent.steps.len()).map(Reduction::AgentSteps));
    let functions = &scenario.page.functions;
    plan.extend((0..scenario.peers.len()).rev().map(Reduction::Peer));
    // Whole lists first, the first script last: most of the others hang on it.
    for (function, calls) in functions.iter().enumerate().rev().filter(|(_, calls)| !calls.is_empty()) {
        plan.push(Reduction::Calls(function, Chunk { start: 0, len: calls.len() }));
    }
    for (peer, steps) in scenario.peers.iter().map(|peer| &peer.steps).enumerate() {
        if !steps.is_empty() {
            plan.push(Reduction::Steps(peer, Chunk { start: 0, len: steps.len() }));
        }
    }
    if parts::is_last_spare(functions) {
        plan.push(Reduction::LastFunction);
    }
    plan.extend(parts::spare_function(functions).map(Reduction::Renumber));
    if distance(&scenario.profile, &Profile::STANDARD) > 1 {
        plan.push(Reduction::StandardProfile);
    }
    // Chunks of all lists, the longer ones first. A chunk that is a whole list is there already.
    let mut drops = Vec::new();
    for (peer, steps) in scenario.peers.iter().map(|peer| &peer.steps).enumerate() {
        drops.extend(
            chunks(steps.len())
                .filter(|chunk| chunk.len < steps.len())
                .map(|chunk| (chunk.len, Reduction::Steps(peer, chunk))),
        );
    }
    for (function, calls) in functions.iter().enumerate().rev() {
        drops.extend(
            chunks(calls.len())
                .filter(|chunk| chunk.len < calls.len())
                .map(|chunk| (chunk.len, Reduction::Calls(function, chunk))),
        );
    }
    drops.extend(chunks(scenario.choices.len()).map(|chunk| (chunk.len, Reduction::Choices(chunk))));
    drops.sort_by_key(|&(len, _)| core::cmp::Reverse(len));
    plan.extend(drops.into_iter().map(|(_, drop)| drop));
}

fn plan_operands(scenario: &Scenario, plan: &mut Vec<Reduction>) {
    let knobs = differing(&scenario.profile, &Profile::STANDARD);
    plan.extend(knobs.map(|(index, _)| Reduction::StandardKnob(index)));
    for (index, old) in scenario.agent.steps.iter().enumerate() {
        if let AgentStep::Delay { ms } = *old {
            let simpler = parts::simpler_times(ms).into_iter().map(|ms| AgentStep::Delay { ms });
            let simpler = smaller(simpler.collect(), agent_step_size, agent_step_size(old));
            plan.extend(simpler.into_iter().map(|new| Reduction::AgentStep(index, new)));
        }
    }
    for (peer, steps) in scenario.peers.iter().map(|peer| &peer.steps).enumerate() {
        for (index, old) in steps.iter().enumerate() {
            let simpler = smaller(step::simpler(old), step::size, step::size(old));
            plan.extend(simpler.into_iter().map(|new| Reduction::Step(peer, index, new)));
        }
    }
    for (function, calls) in scenario.page.functions.iter().enumerate() {
        for (index, old) in calls.iter().enumerate() {
            let simpler = smaller(call::simpler(old), call::size, call::size(old));
            plan.extend(simpler.into_iter().map(|new| Reduction::Call(function, index, new)));
        }
    }
}

/// Those of `candidates` that are smaller than `than`, each once.
fn smaller<T: PartialEq>(candidates: Vec<T>, size: fn(&T) -> usize, than: usize) -> Vec<T> {
    let mut kept = Vec::new();
    for candidate in candidates {
        if size(&candidate) < than && !kept.contains(&candidate) {
            kept.push(candidate);
        }
    }
    kept
}

impl Reduction {
    fn apply(self, scenario: &Scenario) -> Scenario {
        let mut smaller = scenario.clone();
        match self {
            Self::StandardProfile => {
                smaller.profile = Profile { fault: smaller.profile.fault, ..Profile::STANDARD };
            }
            Self::StandardKnob(index) => {
                (KNOBS[index].write)(&mut smaller.profile, (KNOBS[index].read)(&Profile::STANDARD));
            }
            Self::NoChoices => smaller.choices = vec![],
            Self::Choices(chunk) => chunk.of(&mut smaller.choices),
            Self::Peer(peer) => {
                smaller.peers.remove(peer);
            }
            Self::Window => smaller.agent.global = Global::Window,
            Self::AgentSteps(chunk) => chunk.of(&mut smaller.agent.steps),
            Self::AgentStep(index, new) => smaller.agent.steps[index] = new,
            Self::Steps(peer, chunk) => chunk.of(&mut smaller.peers[peer].steps),
            Self::Step(peer, index, new) => smaller.peers[peer].steps[index] = new,
            Self::Calls(function, chunk) => chunk.of(&mut smaller.page.functions[function]),
            Self::Call(function, index, new) => smaller.page.functions[function][index] = new,
            Self::LastFunction => {
                smaller.page.functions.pop();
            }
            Self::Renumber(free) => {
                let functions = &mut smaller.page.functions;
                let last = parts::functions_len(functions) - 1;
                functions.resize_with(last + 1, Vec::new);
                functions.swap_remove(free);
                let numbers =
                    [last, free].map(|number| FunctionId(u8::try_from(number).expect("within bounds")));
                parts::rename(functions, numbers);
            }
        }
        smaller
    }
}

#[cfg(test)]
mod tests;
