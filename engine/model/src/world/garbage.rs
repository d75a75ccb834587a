//! The collection of a WebSocket as garbage (WebSockets Standard, garbage collection; GC-*).

use super::World;
use crate::choices::Choices;
use crate::endpoint::CloseBody;
use crate::page::Page;
use crate::profile::Fault;
use crate::trace::{Entry, EventType, ReadyState, SocketId, Target, Trace};

impl<P: Page> World<'_, P> {
    /// Whether a WebSocket can be collected: between tasks (N-22), if nothing refers to it and the text allows it.
    ///
    /// What refers to it is: a function of the page that can still run and names it, a task that is queued, an event
    /// that the page kept. One that is not established is never collected: a user agent may wait as long as it likes.
    pub(super) fn may_collect(&self, socket: SocketId) -> bool {
        let Some(at) = self.state.sockets.get(usize::from(socket.0)) else {
            return false;
        };
        let endpoint = &at.endpoint;
        let is_idle = self.state.stack.is_empty() && self.state.events.kept().is_none();
        let has_task = self.state.tasks.iter().any(|queued| queued.task.socket() == Some(socket));
        let is_unheard = self.has(Fault::WrongLifetime) || self.is_unheard(socket, at.dom.ready_state);
        // GC-02.
        let is_sent = endpoint.is_closed() || endpoint.is_established() && !endpoint.has_output();
        !self.state.lifetime.is_collected(socket)
            && is_idle
            && !has_task
            && is_unheard
            && is_sent
            && !self.page.mentions(socket)
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::super::{Progress, run};
    use super::*;
    use crate::choices::First;
    use crate::page::{Activation, Call, Receiver, Script, Scripted, Turn};
    use crate::scenario::{AgentStep, Item, Peer, PeerStep, Scenario};
    use crate::trace::{Attribute, Completion, FunctionId};

    /// A page whose functions the scenario does not know.
    #[derive(Clone, Copy)]
    struct Own<'a>(Scripted<'a>);

    impl Page for Own<'_> {
        type Activation = Activation;

        fn call(&self, function: FunctionId) -> Activation {
            self.0.call(function)
        }

        fn resume(&self, activation: &mut Activation, last: Completion) -> Turn<'_> {
            self.0.resume(activation, last)
        }
    }

    /// The same, and it says that it names nothing.
    #[derive(Clone, Copy)]
    struct Silent<'a>(Own<'a>);

    impl Page for Silent<'_> {
        type Activation = Activation;

        fn call(&self, function: FunctionId) -> Activation {
            self.0.call(function)
        }

        fn resume(&self, activation: &mut Activation, last: Completion) -> Turn<'_> {
            self.0.resume(activation, last)
        }

        fn mentions(&self, _: SocketId) -> bool {
            false
        }
    }

    fn play<P: Page>(scenario: &Scenario, page: P) -> Trace {
        let mut trace = Trace::new();
        let mut world = World::new(scenario, page, &mut trace);
        while world.step(&mut First, &mut trace) == Progress::Running {}
        trace
    }

    fn is_collected(trace: &Trace) -> bool {
        trace.entries.iter().any(|entry| matches!(entry, Entry::Collected { .. }))
    }

    #[test]
    fn what_a_page_of_its_own_names_is_not_collected() {
        let url = "ws://a.test/".encode_utf16().collect();
        let construct = vec![Call::Construct { url, protocols: vec![] }, Call::SetTimeout(FunctionId(1), 50)];
        let read = vec![Call::Read(Receiver::Socket(0), Attribute::ReadyState)];
        let mut scenario = Scenario {
            page: Script { functions: vec![construct, read] },
            peers: vec![Peer {
                steps: vec![PeerStep::Write { item: Item::Accept { protocol: None }, corked: false }],
            }],
            ..Scenario::default()
        };
        scenario.agent.steps = vec![AgentStep::Collect(0)];
        let scripted = run(&scenario, &mut First);
        assert!(!is_collected(&scripted), "the timer's function names it");

        let script = core::mem::take(&mut scenario.page);
        let own = Own(Scripted(&script));
        assert_eq!(play(&scenario, own).entries, scripted.entries);
        assert!(is_collected(&play(&scenario, Silent(own))));
    }
}
