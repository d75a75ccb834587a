//! What the user agent does with the page.

use super::{Draw, one};
use crate::scenario::{AgentStep, bounds};

/// Milliseconds that the user agent waits.
const DELAYS: [u32; 4] = [0, 1, 10, 5000];

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
