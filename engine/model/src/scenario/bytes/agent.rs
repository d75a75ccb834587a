//! The records of the user agent.

use alloc::vec::Vec;

use super::op::Op;
use super::operand::{place, read_ms, write_ms};
use super::unit::{Reader, put_unit};
use crate::scenario::{Agent, AgentStep, Global, Scenario, bounds};

/// How many kinds of records there are; the first and the last are nothing.
const KINDS: u8 = 8;

pub(super) fn read(scenario: &mut Scenario, second: u8, a: u8, reader: &mut Reader<'_>) {
    let step = match second % KINDS {
        1 => AgentStep::Navigate,
        2 => AgentStep::Back,
        3 => AgentStep::Terminate,
        4 => AgentStep::Collect(a % place(bounds::SOCKETS_MAX)),
        5 => AgentStep::Delay { ms: read_ms(a, reader) },
        6 => {
            scenario.agent.global = Global::Worker;
            return;
        }
        _ => return,
    };
    super::push_bounded(&mut scenario.agent.steps, step, bounds::AGENT_STEPS_MAX);
}

pub(super) fn write(out: &mut Vec<u8>, agent: &Agent) {
    let Agent { global, steps } = agent;
    match global {
        Global::Window => {}
        Global::Worker => put_unit(out, |_| [Op::Agent.byte(), 6, 0, 0]),
    }
    for step in steps {
        put_unit(out, |out| {
            let (kind, a) = match *step {
                AgentStep::Navigate => (1, 0),
                AgentStep::Back => (2, 0),
                AgentStep::Terminate => (3, 0),
                AgentStep::Collect(socket) => (4, socket),
                AgentStep::Delay { ms } => (5, write_ms(out, ms)),
            };
            [Op::Agent.byte(), kind, a, 0]
        });
    }
}
