//! What happened: a sequence of [`Entry`] values and the byte strings that they refer to.
//!
//! The alphabet is a leaf: it is made of plain ids and values, so that every layer can emit its entries.

#[cfg(feature = "serde")]
mod any_value;
mod cause;
mod describe;
mod entry;
mod event;
#[cfg(feature = "serde")]
pub mod json;
mod literal;
mod outcome;
mod payload;
mod recorded;
mod recorder;
#[cfg(feature = "serde")]
mod renumber;
#[cfg(test)]
mod sample;
mod timeline;
mod vocabulary;
mod words;

use alloc::vec::Vec;

pub use cause::Cause;
pub use describe::Lane;
pub use entry::Entry;
pub use event::{BinaryType, EventAttributes, EventMember, EventType, Interface, MessageData, WhichEvent};
pub use outcome::{Outcome, outcome};
pub use payload::{PayloadId, Payloads};
pub use recorded::{Difference, Log, NotAToken, Recorded};
pub use recorder::{Recorder, Seen};
pub use timeline::{TimelineRow, WIDTH_MAX, render, rows, timeline};
pub use vocabulary::{
    Attribute, Bound, Completion, DocumentId, DocumentState, EndpointTimer, Exception, FrameHead, FunctionId,
    Given, HandlerValue, ListenerOptions, Method, PeerEnd, ReadyState, Side, SignalId, SocketId, Target,
    Task, TaskSource, TcpEnd, ValueType, WorkerState,
};

/// More entries than any run comes to by far.
const ENTRIES_MAX: usize = 1 << 24;

/// The entries of one run in their order, with the byte strings that they refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    ///
    /// # Panics
    ///
    /// If there are 16,777,216 already: only a model that is caught in an endless loop comes to that, and it must not
    /// take the machine's memory with it.
    #[inline]
    pub fn emit(&mut self, entry: Entry) {
        assert!(self.entries.len() < ENTRIES_MAX, "the model tells without end: it is caught in a loop");
        self.entries.push(entry);
    }

    /// The number of `bytes` in [`payloads`](Self::payloads); the empty string's if the store is exhausted, which it
    /// then says.
    #[inline]
    pub fn intern(&mut self, bytes: &[u8]) -> PayloadId {
        self.payloads.intern(bytes).unwrap_or_default()
    }

    /// Forgets everything; the memory is kept for the next run.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.payloads.clear();
    }
}
