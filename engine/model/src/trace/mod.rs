//! What happened: a sequence of [`Entry`] values and the byte strings that they refer to.
//!
//! The alphabet is a leaf: it is made of plain ids and values, so that every layer can emit its entries.

mod cause;
mod entry;
mod payload;
mod words;

use alloc::vec::Vec;

pub use cause::Cause;
pub use entry::{
    Attribute, Bound, Completion, EndpointTimer, Entry, EventAttributes, EventType, Exception, FrameHead,
    FunctionId, Given, HandlerValue, Interface, ListenerOptions, Method, ReadyState, Side, SignalId,
    SocketId, Target, Task, TaskSource, TcpEnd,
};
pub use payload::{PayloadId, Payloads};

/// The entries of one run in their order, with the byte strings that they refer to.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// The byte strings.
    pub payloads: Payloads,
}

impl Trace {
    /// A trace of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends an entry.
    #[inline]
    pub fn emit(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Forgets everything; the memory is kept for the next run.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.payloads.clear();
    }
}
