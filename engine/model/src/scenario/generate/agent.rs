//! What the user agent does with the page, and the part that the page has in it.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::call::{LISTENERS, Wanted, body};
use super::peer::{self, Connection};
use super::weights::table;
use super::{Draw, bytes, one};
use crate::page::{Call, Receiver};
use crate::scenario::palette::{TIMES_MS, URLS};
use crate::scenario::{AgentStep, Global, Peer, Scenario, bounds};
use crate::trace::{EventType, FunctionId, HandlerValue, ListenerOptions};

/// Milliseconds that the user agent waits.
const DELAYS: [u32; 4] = [0, 1, 10, 5000];

/// What becomes of a page.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Navigated,
    NavigatedAndBack,
    FrameRemoved,
    WorkerCloses,
    WorkerTerminated,
    Collected,
    /// Several things, in an order that may make no sense.
    Any,
}

static FATES: [Fate; 256] = table(&[
    (Fate::Navigated, 44),
    (Fate::NavigatedAndBack, 60),
    (Fate::FrameRemoved, 40),
    (Fate::WorkerCloses, 28),
    (Fate::WorkerTerminated, 28),
    (Fate::Collected, 36),
    (Fate::Any, 20),
]);

/// Gives a generated scenario a user agent that does something, and a page that has a part in it.
#[cold]
pub(super) fn generate(into: &mut Scenario, draw: &mut impl Draw) {
    let [fate, waits, more] = bytes(draw);
    let functions = &mut into.page.functions;
    let steps = &mut into.agent.steps;
    if waits & 3 == 0 {
        steps.push(AgentStep::Delay { ms: one(&DELAYS, draw) });
    }
    match FATES[usize::from(fate)] {
        Fate::Navigated => {
            hear_of_unloading(functions, draw);
            steps.push(AgentStep::Navigate);
        }
        Fate::NavigatedAndBack => {
            if more & 1 == 0 {
                hear_of_unloading(functions, draw);
            }
            steps.push(AgentStep::Navigate);
            if waits & 12 == 0 {
                steps.push(AgentStep::Delay { ms: one(&DELAYS, draw) });
            }
            steps.push(AgentStep::Back);
            if more & 6 == 0 {
                steps.push(AgentStep::Navigate);
            }
        }
        Fate::FrameRemoved => {
            construct_in_frame(functions, &mut into.peers, draw);
            call_somewhere(functions, Call::RemoveFrame, draw);
            if more & 3 == 0 {
                steps.push(AgentStep::Navigate);
            }
        }
        Fate::WorkerCloses => {
            into.agent.global = Global::Worker;
            call_somewhere(functions, Call::CloseWorker, draw);
        }
        Fate::WorkerTerminated => {
            into.agent.global = Global::Worker;
            steps.push(AgentStep::Terminate);
        }
        Fate::Collected => {
            // What is named or listened to later is not garbage.
            functions[1..].iter_mut().for_each(Vec::clear);
            if more & 1 == 0 {
                functions[0]
                    .retain(|call| !matches!(call, Call::AddListener { .. } | Call::SetHandler { .. }));
            }
            steps.push(AgentStep::Collect(0));
        }
        Fate::Any => {
            if more & 1 == 0 {
                into.agent.global = Global::Worker;
            }
            call_somewhere(functions, call(draw), draw);
            steps.extend((0..=more >> 6).map(|_| agent_step(draw)));
        }
    }
}

/// A listener that the page's last moments call.
fn hear_of_unloading(functions: &mut [Vec<Call>], draw: &mut impl Draw) {
    let [which, kind, _] = bytes(draw);
    let from = 1 + which % LISTENERS;
    functions[0].push(Call::AddListener {
        on: Receiver::Global,
        event_type: if kind < 192 { EventType::PageHide } else { EventType::Unload },
        function: FunctionId(from),
        options: ListenerOptions::default(),
    });
    let mut wanted = Wanted::ALL;
    body(&mut functions[usize::from(from)], from, &mut wanted, draw);
}

/// One more WebSocket, which belongs to the frame.
fn construct_in_frame(functions: &mut [Vec<Call>], peers: &mut Vec<Peer>, draw: &mut impl Draw) {
    let number = u8::try_from(peers.len()).expect("there are few peers");
    functions[0].push(in_frame());
    functions[0].push(Call::SetHandler {
        on: Receiver::Socket(number),
        event_type: EventType::Close,
        value: HandlerValue::Function(FunctionId(1)),
    });
    let mut peer = Peer::default();
    peer::generate(&mut peer.steps, Connection::Plain, draw);
    peers.push(peer);
}

fn in_frame() -> Call {
    Call::ConstructInFrame { url: Cow::Borrowed(URLS[0]) }
}

/// Lets a listener of the page make `call`; one that has nothing else to do is called by a timer.
fn call_somewhere(functions: &mut [Vec<Call>], call: Call, draw: &mut impl Draw) {
    let [which, place, time] = bytes(draw);
    let from = 1 + which % LISTENERS;
    let calls = &mut functions[usize::from(from)];
    let is_idle = calls.is_empty();
    calls.insert(usize::from(place) % (calls.len() + 1), call);
    if is_idle {
        functions[0].push(Call::SetTimeout(FunctionId(from), TIMES_MS[usize::from(time % 12)]));
    }
}

/// A call that has to do with lifetimes.
pub(super) fn call(draw: &mut impl Draw) -> Call {
    match draw.below(3) {
        0 => Call::CloseWorker,
        1 => Call::RemoveFrame,
        _ => in_frame(),
    }
}

/// A step of the user agent.
pub(in crate::scenario) fn agent_step<D: Draw>(draw: &mut D) -> AgentStep {
    match draw.below(8) {
        0..3 => AgentStep::Navigate,
        3 => AgentStep::Back,
        4 => AgentStep::Terminate,
        5 | 6 => AgentStep::Collect(draw.below(bounds::SOCKETS_MAX as u32) as u8),
        _ => AgentStep::Delay { ms: one(&DELAYS, draw) },
    }
}
