//! Lifetimes: what the user agent does with the page's document and worker, and what becomes of their tasks and
//! connections (HTML, document lifecycle and workers; WebSockets Standard, make disappear; DOC-*, WORKER-*).
//!
//! The page has one document, and a frame with another one. They are active or cached together, so what waits in the
//! task queues is runnable as a whole or not at all.

use super::World;
use super::occasion::Occasion;
use crate::choices::{Alternative, Choices, Point, ask};
use crate::endpoint::CloseBody;
use crate::event_loop::QueuedTask;
use crate::page::Page;
use crate::profile::{BackForwardCache, Fault, UnloadWire, WorkerEnd};
use crate::scenario::{Agent, AgentStep, Global};
use crate::status_code::GOING_AWAY;
use crate::trace::{
    Cause, Completion, DocumentId, DocumentState, Entry, EventAttributes, EventType, Exception, PayloadId,
    SocketId, Target, Task, Trace, WorkerState,
};

/// Where the page is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Life {
    /// Its tasks run.
    #[default]
    Active,
    /// Its document is cached: its tasks wait.
    Cached,
    /// Its worker is closing: the running task goes on, and no other one runs.
    Closing,
    /// Its document is destroyed, or its worker has ended.
    Gone,
}

/// What a world remembers of lifetimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Lifetime {
    pub(super) life: Life,
    /// Whether the user agent means to cache the document that is being unloaded.
    means_to_cache: bool,
    is_frame_gone: bool,
    /// Whether a task may have to be dropped when it is queued: never in a run without lifetimes.
    pub(super) drops: bool,
    /// The first step that the user agent has not performed.
    pub(super) next: u8,
    /// How long the user agent still waits, in microseconds.
    pub(super) pause_us: u64,
    /// The WebSockets that belong to the frame, and those that were collected, as sets of bits.
    in_frame: u8,
    collected: u8,
}

impl Lifetime {
    /// A page at its beginning.
    pub(super) fn new(agent: &Agent) -> Self {
        let mut lifetime = Self::default();
        lifetime.begin_step(agent);
        lifetime
    }

    /// Comes to the next step, and begins to wait if that is what it is.
    fn begin_step(&mut self, agent: &Agent) {
        self.pause_us = match agent.steps.get(usize::from(self.next)) {
            Some(AgentStep::Delay { ms }) => u64::from(*ms) * 1000,
            Some(AgentStep::Navigate | AgentStep::Back | AgentStep::Terminate | AgentStep::Collect(_))
            | None => 0,
        };
    }

    /// A WebSocket is made that belongs to the frame.
    pub(super) fn put_in_frame(&mut self, socket: SocketId) {
        self.in_frame |= 1 << socket.0;
    }

    fn is_in_frame(&self, socket: SocketId) -> bool {
        self.in_frame >> socket.0 & 1 != 0
    }

    /// Whether the object was collected as garbage.
    pub(super) fn is_collected(&self, socket: SocketId) -> bool {
        self.collected >> socket.0 & 1 != 0
    }

    /// A WebSocket is collected as garbage.
    pub(super) fn put_away(&mut self, socket: SocketId) {
        self.collected |= 1 << socket.0;
        self.settle_drops();
    }

    fn settle_drops(&mut self) {
        self.drops = self.life != Life::Active || self.is_frame_gone || self.collected != 0;
    }
}

/// How a connection comes to its end whose document or worker is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disappearance {
    /// With a Close that says 1001.
    GoingAway,
    /// With a Close that says nothing.
    Empty,
    /// Without a Close.
    Abrupt,
    /// Failed, with a Close that says 1001 and these words.
    Failing(&'static str),
}

impl<P: Page> World<'_, P> {
    // The steps of the user agent.

    /// Whether the user agent can perform its next step.
    #[cold]
    pub(super) fn can_perform_agent_step(&self) -> bool {
        let lifetime = &self.state.lifetime;
        let is_worker = self.scenario.agent.global == Global::Worker;
        match self.scenario.agent.steps.get(usize::from(lifetime.next)) {
            None => false,
            Some(AgentStep::Navigate) => {
                let is_pending = self.state.tasks.iter().any(|queued| queued.task == Task::Unload);
                !is_worker && lifetime.life == Life::Active && !is_pending
            }
            Some(AgentStep::Back) => lifetime.life == Life::Cached,
            Some(AgentStep::Terminate) => is_worker && lifetime.life != Life::Gone,
            Some(AgentStep::Collect(number)) => self.may_collect(SocketId(*number)),
            Some(AgentStep::Delay { .. }) => lifetime.pause_us == 0,
        }
    }

    pub(super) fn perform_agent_step<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) {
        let next = self.state.lifetime.next;
        let Some(&step) = self.scenario.agent.steps.get(usize::from(next)) else {
            return;
        };
        trace.emit(Entry::AgentStep { step: next });
        self.state.lifetime.next += 1;
        self.state.lifetime.begin_step(&self.scenario.agent);
        match step {
            AgentStep::Navigate => self.enqueue(QueuedTask::new(Task::Unload), trace),
            AgentStep::Back => self.go_back(choices, trace),
            AgentStep::Terminate => self.terminate(choices, trace),
            AgentStep::Collect(number) => self.collect(SocketId(number), choices, trace),
            AgentStep::Delay { .. } => {}
        }
    }

    // Documents.

    /// Unloads the document (DOC-02), first part: `pagehide`.
    pub(super) fn begin_unload<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) {
        let alternatives = [Alternative::Keep, Alternative::Discard];
        let taken = ask(choices, Point::NavigateCache, &alternatives);
        self.state.lifetime.means_to_cache = taken == Alternative::Keep;
        let event = EventAttributes {
            event_type: EventType::PageHide,
            is_trusted: true,
            bubbles: true,
            cancelable: true,
            ..EventAttributes::default()
        };
        self.fire(Target::Global, event, Occasion::Event, trace);
    }

    /// Second part: `unload`, unless the document is to be cached; that a WebSocket will keep it from being cached is
    /// not known yet (DOC-06).
    pub(super) fn fire_unload(&mut self, trace: &mut Trace) {
        if !self.state.lifetime.means_to_cache {
            let event = EventAttributes {
                event_type: EventType::Unload,
                is_trusted: true,
                ..EventAttributes::default()
            };
            self.fire(Target::Global, event, Occasion::Event, trace);
        }
    }

    /// Third part: the WebSockets disappear, and the document is cached or destroyed (DOC-03, DOC-05, DOC-15).
    ///
    /// What is left of its microtasks, where the checkpoint comes after tasks alone, does not run: HTML runs no script
    /// of a document that is not fully active ("check if we can run script"). For a promise's job the text says so;
    /// for a callback, as that of `queueMicrotask()`, Web IDL does not yet (whatwg/webidl issue 993). A WebSocket that
    /// it made would belong to nothing (DOC-17).
    pub(super) fn end_unload<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) {
        let means_to_cache = self.state.lifetime.means_to_cache;
        let disconnects = self.scenario.profile.back_forward_cache == BackForwardCache::Disconnect;
        let is_disconnected = means_to_cache && disconnects;
        let disappearance = match self.scenario.profile.unload_wire {
            _ if !is_disconnected => Disappearance::GoingAway,
            UnloadWire::Nothing => Disappearance::Abrupt,
            UnloadWire::GoingAway => Disappearance::Failing(""),
            UnloadWire::Words => Disappearance::Failing(UnloadWire::WORDS),
        };
        let is_affected = self.make_all_disappear(disappearance, choices, trace);
        if means_to_cache && (is_disconnected || !is_affected) {
            self.state.lifetime.life = Life::Cached;
            trace.emit(Entry::Document { document: DocumentId::PAGE, state: DocumentState::Cached });
            self.state.lifetime.settle_drops();
            self.state.tasks.clear_microtasks();
            if self.has(Fault::FrozenLosesEvents) {
                while self.state.tasks.take_if(|_| true).is_some() {}
            }
        } else {
            self.destroy(trace);
        }
    }

    /// Back to a cached document, which may have been evicted (N-27).
    fn go_back<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) {
        let alternatives = [Alternative::Restore, Alternative::Evict];
        match ask(choices, Point::BackRestore, &alternatives) {
            Alternative::Restore => {
                self.state.lifetime.life = Life::Active;
                self.state.lifetime.settle_drops();
                trace.emit(Entry::Document { document: DocumentId::PAGE, state: DocumentState::Active });
            }
            _ => {
                // What was opened before the document was cached is gone by now, but for what was closing then.
                self.make_all_disappear(Disappearance::GoingAway, choices, trace);
                self.destroy(trace);
            }
        }
    }

    /// Destroys the document: its tasks are removed without being run (DOC-07).
    fn destroy(&mut self, trace: &mut Trace) {
        self.state.lifetime.life = Life::Gone;
        trace.emit(Entry::Document { document: DocumentId::PAGE, state: DocumentState::Destroyed });
        self.drop_tasks(trace);
        self.state.tasks.clear_microtasks();
    }

    /// `frame.remove()`: the frame's document is destroyed at once, and no event tells it so.
    pub(super) fn remove_frame<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) -> Completion {
        if !self.has_frame() {
            return Completion::Threw(Exception::TypeError);
        }
        for socket in self.socket_ids() {
            if self.state.lifetime.is_in_frame(socket) {
                self.disappear(socket, Disappearance::GoingAway, choices, trace);
            }
        }
        self.state.lifetime.is_frame_gone = true;
        trace.emit(Entry::Document { document: DocumentId::FRAME, state: DocumentState::Destroyed });
        self.drop_tasks(trace);
        Completion::Normal
    }

    /// Whether the page has a frame: a window has one until it is removed.
    pub(super) fn has_frame(&self) -> bool {
        self.scenario.agent.global == Global::Window && !self.state.lifetime.is_frame_gone
    }

    // Workers.

    /// `self.close()` of a worker: what is queued is discarded, the running task goes on (WORKER-02, WORKER-03). A
    /// window that no script has opened ignores it.
    pub(super) fn close_worker(&mut self, trace: &mut Trace) {
        if self.scenario.agent.global == Global::Worker && self.state.lifetime.life == Life::Active {
            self.state.lifetime.life = Life::Closing;
            trace.emit(Entry::Worker { state: WorkerState::Closing });
            self.drop_tasks(trace);
        }
    }

    /// `worker.terminate()`: what runs is aborted, between two listeners or between two calls of one (WORKER-04, N-29).
    fn terminate<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) {
        self.close_worker(trace);
        self.state.stack.clear();
        self.state.tasks.clear_microtasks();
        self.state.events.clear();
        self.state.listeners.forget_removed();
        self.end_worker(choices, trace);
    }

    /// Whether `terminate()` can come between two calls of a script.
    #[inline]
    pub(super) fn can_be_cut_off(&self) -> bool {
        self.scenario.agent.global == Global::Worker
            && self.state.lifetime.life != Life::Gone
            && self.scenario.agent.steps.get(usize::from(self.state.lifetime.next))
                == Some(&AgentStep::Terminate)
    }

    /// The event loop of a closing worker is gone (WORKER-10); what becomes of its connections no text says
    /// (WORKER-06).
    #[cold]
    pub(super) fn end_worker<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) {
        self.state.lifetime.life = Life::Gone;
        trace.emit(Entry::Worker { state: WorkerState::Ended });
        let disappearance = match self.scenario.profile.worker_end {
            WorkerEnd::GoingAway => Disappearance::GoingAway,
            WorkerEnd::Empty => Disappearance::Empty,
            WorkerEnd::Abrupt => Disappearance::Abrupt,
            WorkerEnd::Any => {
                let alternatives = [Alternative::GoingAway, Alternative::Empty, Alternative::Abrupt];
                match ask(choices, Point::WorkerEnd, &alternatives) {
                    Alternative::Empty => Disappearance::Empty,
                    Alternative::Abrupt => Disappearance::Abrupt,
                    _ => Disappearance::GoingAway,
                }
            }
        };
        self.make_all_disappear(disappearance, choices, trace);
    }

    // Connections.

    fn socket_ids(&self) -> impl Iterator<Item = SocketId> + use<P> {
        (0..u8::try_from(self.state.sockets.len()).expect("there are few sockets")).map(SocketId)
    }

    fn make_all_disappear<C: Choices>(
        &mut self,
        disappearance: Disappearance,
        choices: &mut C,
        trace: &mut Trace,
    ) -> bool {
        let mut is_affected = false;
        for socket in self.socket_ids() {
            is_affected |= self.disappear(socket, disappearance, choices, trace);
        }
        is_affected
    }

    /// Makes a WebSocket disappear; says whether that made a difference (DOC-04).
    fn disappear<C: Choices>(
        &mut self,
        socket: SocketId,
        disappearance: Disappearance,
        choices: &mut C,
        trace: &mut Trace,
    ) -> bool {
        let endpoint = &self.state.socket(socket).endpoint;
        if endpoint.is_closed() || endpoint.is_closing_shown(&self.scenario.profile) {
            return false;
        }
        trace.emit(Entry::Disappears { socket });
        let is_established = endpoint.is_established();
        match disappearance {
            Disappearance::GoingAway if is_established => {
                let body = trace.intern(&GOING_AWAY.to_be_bytes());
                let close = CloseBody { body, code: Some(GOING_AWAY), reason: PayloadId::EMPTY };
                self.start_closing(socket, close, choices, trace);
            }
            Disappearance::Empty if is_established => {
                self.start_closing(socket, CloseBody::default(), choices, trace);
            }
            Disappearance::Failing(words) => {
                self.with_endpoint(socket, choices, trace, |endpoint, cx| {
                    endpoint.disconnect(GOING_AWAY, words, cx);
                });
            }
            Disappearance::GoingAway | Disappearance::Empty | Disappearance::Abrupt => {
                self.with_endpoint(socket, choices, trace, |endpoint, cx| {
                    endpoint.fail(Cause::Disappeared, 0, cx);
                });
            }
        }
        true
    }

    pub(super) fn start_closing<C: Choices>(
        &mut self,
        socket: SocketId,
        close: CloseBody,
        choices: &mut C,
        trace: &mut Trace,
    ) {
        self.with_endpoint(socket, choices, trace, |endpoint, cx| {
            endpoint.start_the_closing_handshake(close, cx);
        });
    }

    // Tasks.

    /// Removes the tasks that nobody is left to run for.
    fn drop_tasks(&mut self, trace: &mut Trace) {
        self.state.lifetime.settle_drops();
        if matches!(self.state.lifetime.life, Life::Closing | Life::Gone) {
            self.state.timers.clear();
        }
        let mut tasks = core::mem::take(&mut self.state.tasks);
        while let Some(queued) = tasks.take_if(|queued| self.is_orphan(queued.task)) {
            trace.emit(Entry::Dropped { task: queued.task });
        }
        self.state.tasks = tasks;
    }

    /// Drops a task instead of queueing it, if nobody is left to run it for; says whether it did.
    #[cold]
    pub(super) fn drop_instead(&self, task: Task, trace: &mut Trace) -> bool {
        if self.state.lifetime.life == Life::Cached && self.has(Fault::FrozenLosesEvents) {
            return true;
        }
        let is_orphan = self.is_orphan(task);
        if is_orphan {
            trace.emit(Entry::Dropped { task });
        }
        is_orphan
    }

    /// Whether the document, worker or object of a task is gone.
    fn is_orphan(&self, task: Task) -> bool {
        if self.has(Fault::DestroyedContextFires) {
            return false;
        }
        let lifetime = &self.state.lifetime;
        match lifetime.life {
            Life::Closing | Life::Gone => true,
            Life::Active | Life::Cached => task.socket().is_some_and(|socket| {
                lifetime.is_collected(socket) || lifetime.is_in_frame(socket) && lifetime.is_frame_gone
            }),
        }
    }
}
