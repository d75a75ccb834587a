//! A scenario is data: what the peer does, what the page does, which profile holds, and what must come out.

mod agent;
pub mod bytes;
pub mod generate;
mod in_bounds;
#[cfg(test)]
pub(crate) mod lcg;
pub mod mutate;
mod palette;
mod peer;
pub mod shrink;
#[cfg(feature = "text")]
pub mod text;

use alloc::string::String;
use alloc::vec::Vec;

pub use agent::{Agent, AgentStep, Global};
pub use peer::{Awaited, Frame, Item, Payload, Peer, PeerStep, Unreachable};

use crate::choices::Decision;
use crate::page::Script;
use crate::profile::Profile;

/// A run up to the choices that it makes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Scenario {
    /// The knobs.
    pub profile: Profile,
    /// The peers: the page's n-th connection reaches the n-th of them. A connection without a peer is refused.
    pub peers: Vec<Peer>,
    /// The page.
    pub page: Script,
    /// The user agent.
    pub agent: Agent,
    /// The choices that are fixed; all others take their first alternative. [`world::replay`](crate::world::replay)
    /// plays them; what is given a source of choices takes all of them from there.
    pub choices: Vec<Decision>,
    /// What must come out, where the scenario is a case to check.
    pub expect: Expect,
}

/// What must come out of a run, per WebSocket in the order of construction, in the words of
/// [`Outcome`](crate::trace::Outcome).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Expect {
    /// What the page sees, if that is said. An empty list says that there is no WebSocket.
    pub page: Option<Vec<String>>,
    /// What our endpoint writes, if that is said. An empty list says that there is no WebSocket.
    pub wire: Option<Vec<String>>,
    /// The invariant that the run must break, by its ID, if it shows a fault.
    pub breaks: Option<String>,
}

/// The bounds that a scenario must keep, checked where one is read and kept where one is generated.
pub mod bounds {
    /// Peers of a scenario, and WebSockets of a world.
    pub const SOCKETS_MAX: usize = 4;
    /// Steps of one peer.
    pub const PEER_STEPS_MAX: usize = 200;
    /// Steps of the user agent.
    pub const AGENT_STEPS_MAX: usize = 16;
    /// Functions of a page.
    pub const FUNCTIONS_MAX: usize = 32;
    /// Calls of one function.
    pub const CALLS_MAX: usize = 200;
    /// Bytes that one step writes, its symbols as they stand in the scenario.
    pub const ITEM_LEN_MAX: usize = 1 << 20;
    /// Abort controllers of a page.
    pub const SIGNALS_MAX: usize = 4;
    /// Custom event types.
    pub const CUSTOM_TYPES_MAX: usize = 8;
}
