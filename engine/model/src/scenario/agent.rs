//! What the user agent does with the page: a list of steps as data, beside those of the peers.

use alloc::vec::Vec;

/// The user agent: what the page runs in, and what becomes of that.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Agent {
    /// The global object of the page's scripts.
    pub global: Global,
    /// The steps in order. A step that is not possible waits until it is, and those behind it wait with it.
    pub steps: Vec<AgentStep>,
}

/// The global object of the page's scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Global {
    /// A window: tasks have a document, which can be navigated away from.
    #[default]
    Window,
    /// That of a dedicated worker: tasks have no document, and the worker can be closed or terminated.
    Worker,
}

/// One step of the user agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgentStep {
    /// Navigates away: queues the task that unloads the document. Possible while the document is active.
    Navigate,
    /// Goes back to the document. Possible while it is cached.
    Back,
    /// `worker.terminate()`: stops what runs in the worker. Possible until it has ended.
    Terminate,
    /// Collects the WebSocket of this number as garbage. Possible between tasks, when nothing refers to it and the
    /// WebSockets Standard allows it.
    Collect(u8),
    /// Does nothing for so many milliseconds of virtual time.
    Delay {
        /// Milliseconds.
        ms: u32,
    },
}
