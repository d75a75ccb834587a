//! All that a world remembers from one step to the next: small, flat, comparable and hashable.

use super::lifetime::Lifetime;
use super::link::Link;
use super::occasion::Occasion;
use super::peer_bytes::Known;
use crate::bounded::Bounded;
use crate::dom::{Dispatch, EventId, Events, Listeners, WebSocket};
use crate::endpoint::Endpoint;
use crate::event_loop::{QueuedTask, TaskQueues, Timers};
use crate::scenario::bounds::SOCKETS_MAX;
use crate::trace::{
    Cause, Completion, EndpointTimer, Exception, FunctionId, PayloadId, SocketId, Target, Task, Trace,
};

/// How deeply tasks, dispatches, callbacks, conversions and checkpoints nest.
pub const STACK_MAX: usize = 12;

/// The state of a world whose page has activations of type `A`.
///
/// Deadlines are relative and numbers are used again, so worlds that differ in nothing but their age are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State<A: Copy + Default> {
    pub(super) sockets: Bounded<Socket, SOCKETS_MAX>,
    pub(super) listeners: Listeners,
    pub(super) events: Events,
    pub(super) tasks: TaskQueues,
    pub(super) timers: Timers,
    pub(super) stack: Bounded<Frame<A>, STACK_MAX>,
    pub(super) lifetime: Lifetime,
}

impl<A: Copy + Default> Default for State<A> {
    fn default() -> Self {
        Self {
            sockets: Bounded::new(),
            listeners: Listeners::default(),
            events: Events::default(),
            tasks: TaskQueues::default(),
            timers: Timers::default(),
            stack: Bounded::new(),
            lifetime: Lifetime::default(),
        }
    }
}

/// One WebSocket from end to end: the DOM object, the endpoint, and the connection to its peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Socket {
    pub(super) dom: WebSocket,
    pub(super) endpoint: Endpoint,
    pub(super) link: Link,
    pub(super) address: Address,
    /// The subprotocol in use, which script sees from the open task on.
    pub(super) protocol_in_use: PayloadId,
    /// The endpoint's timer and the microseconds until it fires.
    pub(super) timer: Option<(EndpointTimer, u64)>,
    /// What a planted fault remembers; without one it is false.
    pub(super) mark: bool,
    /// Whether the closed task is queued only when everything else has run.
    pub(super) owes_closed: bool,
}

impl Socket {
    /// What the symbols that its peer writes refer to.
    #[inline]
    pub(super) fn known<'t>(&self, trace: &'t Trace) -> Known<'t> {
        let close = self.endpoint.closing().written().unwrap_or_default();
        Known { nonce: self.link.nonce, close: trace.payloads.get(close.body) }
    }
}

/// Where a connection leads; two with the same address share a host in the sense of HS-14.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Address {
    pub(super) host: PayloadId,
    pub(super) port: u16,
    /// Why it is not connected to, where the URL alone decides that.
    pub(super) obstacle: Option<Cause>,
    pub(super) protocols: PayloadId,
}

/// Something that is under way in the event loop, and that goes on when what is above it on the stack has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Frame<A> {
    /// A task, with the number of its next part.
    Task { queued: QueuedTask, part: u8, thrown: Option<Exception> },
    /// The dispatch of an event.
    Dispatch { dispatch: Dispatch, event: EventId, thrown: Option<Exception>, occasion: Occasion },
    /// A function of the page.
    Callback(Callback<A>),
    /// A microtask checkpoint.
    Checkpoint { thrown: Option<Exception> },
}

impl<A> Default for Frame<A> {
    fn default() -> Self {
        Self::Task { queued: QueuedTask::new(Task::Script), part: 0, thrown: None }
    }
}

/// A function of the page that is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Callback<A> {
    /// What it remembers: from before the call that it is making, if it is making one.
    pub(super) activation: A,
    pub(super) caller: Caller,
    /// How far the call is that it is making: 0 before a call.
    pub(super) part: u8,
    /// How the last call, or the last part of the call, ended.
    pub(super) last: Completion,
    /// `event`, where there is one.
    pub(super) event: Option<EventId>,
    /// `this`
    pub(super) this: Target,
}

/// Who called a function of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Caller {
    /// A task runs the first script.
    Script,
    /// A task runs the callback of a timer or a message port.
    Task,
    /// A dispatch calls a listener.
    Listener { is_handler: bool },
    /// A checkpoint runs a microtask.
    Microtask(FunctionId),
    /// Web IDL converts an argument of a call.
    Conversion,
}

impl<A: Copy + Default> State<A> {
    /// Back to a world in which nothing has happened.
    pub(super) fn clear(&mut self) {
        self.sockets.clear();
        self.listeners.clear();
        self.events.clear();
        self.tasks.clear();
        self.timers.clear();
        self.stack.clear();
        self.lifetime = Lifetime::default();
    }

    /// Whether a function of the page is running, or a microtask checkpoint is being performed: no checkpoint is due
    /// when a callback returns (LOOP-09, LOOP-10).
    ///
    /// The first script is running until its exception is reported: it is cleaned up after that (HTML, run a classic
    /// script), so what is called by the report finds it on the stack.
    pub(super) fn is_script_or_checkpoint_under_way(&self) -> bool {
        self.stack.iter().any(|frame| match frame {
            Frame::Callback(_) | Frame::Checkpoint { .. } => true,
            Frame::Task { queued, .. } => queued.task == Task::Script,
            Frame::Dispatch { .. } => false,
        })
    }

    pub(super) fn socket(&mut self, socket: SocketId) -> &mut Socket {
        &mut self.sockets[usize::from(socket.0)]
    }
}
