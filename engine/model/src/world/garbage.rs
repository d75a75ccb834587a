//! The collection of a WebSocket as garbage (WebSockets Standard, garbage collection; GC-*).

use super::World;
use crate::choices::Choices;
use crate::endpoint::CloseBody;
use crate::page::{Page, Receiver};
use crate::profile::Fault;
use crate::trace::{Entry, EventType, FunctionId, ReadyState, SocketId, Target, Trace};

impl<P: Page> World<'_, P> {
    /// Whether a WebSocket can be collected: between tasks (N-22), if nothing refers to it and the text allows it.
    ///
    /// What refers to it is: a function of the page that can still run and names it, a task that is queued, an event
    /// that the page kept. The first script runs once, unless some function names it as a listener, a timer or the
    /// like. One that is not established is never collected: a user agent may wait as long as it likes.
    pub(super) fn may_collect(&self, socket: SocketId) -> bool {
        let Some(at) = self.state.sockets.get(usize::from(socket.0)) else {
            return false;
        };
        let endpoint = &at.endpoint;
        let is_idle = self.state.stack.is_empty() && self.state.events.kept().is_none();
        let has_task = self.state.tasks.iter().any(|queued| queued.task.socket() == Some(socket));
        let functions = &self.scenario.page.functions;
        let is_script_named =
            functions.iter().flatten().any(|call| call.functions().any(|it| it == FunctionId(0)));
        let mut later = functions.iter().skip(usize::from(!is_script_named)).flatten();
        let is_named = later.any(|call| call.receiver() == Some(Receiver::Socket(socket.0)));
        let is_unheard = self.has(Fault::WrongLifetime) || self.is_unheard(socket, at.dom.ready_state);
        // GC-02.
        let is_sent = endpoint.is_closed() || endpoint.is_established() && !endpoint.has_output();
        !self.state.lifetime.is_collected(socket)
            && is_idle
            && !has_task
            && !is_named
            && is_unheard
            && is_sent
    }

    /// Whether no listener waits for what can still happen to a WebSocket (GC-01).
    fn is_unheard(&self, socket: SocketId, ready_state: ReadyState) -> bool {
        use EventType::{Close, Error, Message, Open};
        let awaited: &[EventType] = match ready_state {
            ReadyState::Connecting => &[Open, Message, Error, Close],
            ReadyState::Open => &[Message, Error, Close],
            ReadyState::Closing => &[Error, Close],
            ReadyState::Closed => &[],
        };
        let listeners = &self.state.listeners;
        !awaited.iter().any(|&event_type| listeners.has(Target::Socket(socket), event_type))
    }

    /// Collects a WebSocket: if its connection is open, a Close without a status code is sent (GC-03).
    pub(super) fn collect<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        trace.emit(Entry::Collected { socket });
        self.state.lifetime.put_away(socket);
        self.start_closing(socket, CloseBody::default(), choices, trace);
    }
}
