//! Invariants of lifetimes: HTML, document lifecycle and workers; WebSockets Standard, garbage collection.

use super::facts::{Facts, Living, Report, Unloading};
use super::{Verdict, claim, invariant};
use crate::profile::{BackForwardCache, Profile, UnloadWire, WorkerEnd};
use crate::trace::{
    Bound, DocumentId, DocumentState, Entry, EventType, ReadyState, SocketId, Target, Task, WorkerState,
};

/// The status code 1001 as the body of a Close frame.
const GOING_AWAY: [u8; 2] = 1001_u16.to_be_bytes();

/// Where the document of a task is in its life.
#[inline]
fn document_of(facts: &Facts, task: Task) -> DocumentState {
    let is_of_frame = task.socket().is_some_and(|socket| facts.socket(socket).document == DocumentId::FRAME);
    if is_of_frame { facts.document.max(facts.frame) } else { facts.document }
}

invariant! {
    OnlyActiveDocumentsRun: "INV-44", "a task runs only while its document is active";
    source: "LOOP-02", "LOOP-03", "DOC-01", "DOC-08", "DOC-17", "WORKER-01";
    predicate: "When a task begins, its document is fully active, or it has none: those of a document in the back/forward cache wait until it is restored. So it is when a microtask begins: those that are left when the document stops being fully active never run.";
    witness: "A task or a microtask begins.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TaskBegin, MicrotaskBegin;
    needs: Belongs, Document;
    |c| match *c.entry {
        Entry::TaskBegin { task } => Verdict::of(document_of(c.facts, task) == DocumentState::Active),
        Entry::MicrotaskBegin { .. } => Verdict::of(c.facts.document == DocumentState::Active),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    QueuedTasksRun: "INV-114", "a task that can run does not wait";
    source: "LOOP-02", "LOOP-03", "LOOP-20";
    predicate: "When virtual time passes, or nothing more can happen, no task is queued whose document is active. Of a worker that is coming to its end nothing is said: its tasks are discarded.";
    witness: "Nothing more can happen.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: Elapse, Quiescent;
    needs: Enqueue, TaskBegin, Document, Worker;
    |c| {
        let facts = c.facts;
        let waits = |task: &Option<Task>| {
            task.is_some_and(|task| document_of(facts, task) == DocumentState::Active)
        };
        let is_one_left = !facts.tasks_are_lost && facts.tasks.iter().any(waits);
        match c.entry {
            _ if facts.worker.is_some() => Verdict::Vacuous,
            Entry::Quiescent => Verdict::of(!is_one_left),
            _ => Verdict::broken_if(is_one_left),
        }
    }
}

invariant! {
    NoLivelock: "INV-115", "the world does not go in circles";
    source: "LOOP-02", "LOOP-20";
    predicate: "No run ends because step follows step without an entry of the trace and without a call of the page: whatever can happen shows, or leaves less that can happen.";
    witness: "A run ends.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: Bound, Quiescent;
    needs: Bound;
    |c| match *c.entry {
        Entry::Bound { bound } => Verdict::of(bound != Bound::Livelock),
        _ => Verdict::Holds,
    }
}

invariant! {
    DestroyedDocumentsAreSilent: "INV-45", "nothing runs for a destroyed document";
    source: "DOC-07", "DOC-12";
    predicate: "After a document is destroyed no task of it begins, so no event is fired at its WebSockets but by the task that was running.";
    witness: "A document is destroyed.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TaskBegin, Document;
    needs: Belongs;
    |c| match *c.entry {
        Entry::TaskBegin { task } => Verdict::broken_if(document_of(c.facts, task) == DocumentState::Destroyed),
        Entry::Document { state: DocumentState::Destroyed, .. } => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ClosingWorkersAreSilent: "INV-46", "nothing runs in a closing worker but what is running";
    source: "WORKER-02", "WORKER-03", "WORKER-04", "WORKER-07";
    predicate: "After a worker's closing flag is set no task begins in it; when it has ended, nothing runs at all. It ends once, and not before the flag is set. Of a window the flag is never set.";
    witness: "A worker ends.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TaskBegin, Listener, MicrotaskBegin, Worker;
    needs: ;
    |c| match *c.entry {
        Entry::Worker { state: WorkerState::Ended } => {
            Verdict::of(c.facts.worker == Some(WorkerState::Closing))
        }
        Entry::Worker { state: WorkerState::Closing } => {
            Verdict::broken_if(c.facts.worker.is_some() || !c.facts.is_worker)
        }
        Entry::TaskBegin { .. } => Verdict::broken_if(c.facts.worker.is_some()),
        Entry::Listener { .. } | Entry::MicrotaskBegin { .. } => {
            Verdict::broken_if(c.facts.worker == Some(WorkerState::Ended))
        }
        _ => Verdict::Vacuous,
    }
}

/// Whether the end of a WebSocket's document or worker may write this body of a Close, where that is decided.
fn is_farewell(facts: &Facts, profile: &Profile, body: &[u8]) -> Option<bool> {
    match profile.worker_end {
        _ if facts.worker.is_none() => {
            let has_words = profile.back_forward_cache == BackForwardCache::Disconnect
                && profile.unload_wire == UnloadWire::Words;
            let words = body.strip_prefix(&GOING_AWAY);
            Some(words.is_some_and(|it| it.is_empty() || has_words && it == UnloadWire::WORDS.as_bytes()))
        }
        WorkerEnd::GoingAway => Some(body == GOING_AWAY),
        WorkerEnd::Empty => Some(body.is_empty()),
        WorkerEnd::Abrupt | WorkerEnd::Any => None,
    }
}

invariant! {
    UnloadingInOrder: "INV-104", "a document is unloaded in the order of its steps";
    source: "DOC-02", "DOC-03", "DOC-05", "DOC-06", "DOC-07", "DOC-15";
    predicate: "A task that unloads a document, and no other, fires `pagehide`, then `unload` unless the document is to be cached, and only then touches its WebSockets; it caches the document if `unload` was not fired and no WebSocket disappeared or K-BFCACHE lets them, and destroys it otherwise. What is cached is restored or destroyed by no task, and what is destroyed stays so. `pagehide` bubbles and is cancelable, `unload` is neither.";
    witness: "A document is cached, restored or destroyed.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin, Disappears, Document, TaskEnd;
    needs: TaskBegin;
    |c| {
        let is_unloading = c.facts.running == Some(Task::Unload);
        let Unloading { page_was_hidden, was_unloaded, is_affected } = c.facts.unloading;
        let may_be_kept = c.profile.back_forward_cache == BackForwardCache::Disconnect || !is_affected;
        match *c.entry {
            Entry::FireBegin { target: Target::Global, event } if event.is_trusted => match event.event_type {
                EventType::PageHide => {
                    let is_right = event.bubbles && event.cancelable && !event.composed;
                    Verdict::broken_if(!is_unloading || page_was_hidden || !is_right)
                }
                EventType::Unload => {
                    let is_right = !event.bubbles && !event.cancelable && !event.composed;
                    Verdict::broken_if(!is_unloading || !page_was_hidden || was_unloaded || !is_right)
                }
                _ => Verdict::Vacuous,
            },
            Entry::Disappears { .. } => Verdict::broken_if(is_unloading && !page_was_hidden),
            Entry::Document { document: DocumentId::FRAME, state } => Verdict::of(
                state == DocumentState::Destroyed && c.facts.frame == DocumentState::Active,
            ),
            Entry::Document { state, .. } => Verdict::of(match (c.facts.document, state) {
                (DocumentState::Active, DocumentState::Cached) => {
                    is_unloading && page_was_hidden && !was_unloaded && may_be_kept
                }
                (DocumentState::Active, DocumentState::Destroyed) => {
                    is_unloading && page_was_hidden && (was_unloaded || !may_be_kept)
                }
                (DocumentState::Cached, DocumentState::Active | DocumentState::Destroyed) => {
                    c.facts.running.is_none()
                }
                _ => false,
            }),
            Entry::TaskEnd { task: Task::Unload } => {
                Verdict::broken_if(c.facts.document == DocumentState::Active)
            }
            _ => Verdict::Vacuous,
        }
    }
}

invariant! {
    GoneMeansGoingAway: "INV-101", "a WebSocket whose document is gone says that it goes away";
    source: "DOC-03", "DOC-04", "DOC-05", "DOC-13", "DOC-15", "WORKER-06";
    predicate: "A WebSocket disappears once, and only with its document or worker. What it then writes is one Close with 1001, or what K-WORKER-END or K-BFCACHE says; and when a document is destroyed, every connection of it is closed or closing.";
    witness: "A document is destroyed, or a WebSocket writes a Close because it disappears.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Disappears, TxFrame, Document, Quiescent;
    needs: Belongs, Worker, ClosingStarted, Fail, Closed;
    |c| match *c.entry {
        Entry::Disappears { socket } => {
            let socket = c.facts.socket(socket);
            let is_left = c.facts.running == Some(Task::Unload)
                || c.facts.worker == Some(WorkerState::Ended)
                || c.facts.document == DocumentState::Cached
                || socket.document == DocumentId::FRAME;
            Verdict::broken_if(!is_left || socket.has_disappeared)
        }
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 8 => {
            let socket = c.facts.socket(socket);
            match is_farewell(c.facts, c.profile, c.payloads.get(payload)) {
                Some(is_it) if socket.has_disappeared && socket.received_close.is_none() => {
                    Verdict::of(is_it)
                }
                Some(_) | None => Verdict::Vacuous,
            }
        }
        Entry::Document { document, state: DocumentState::Destroyed } => {
            let is_left = c.facts.used().iter().any(|socket| {
                let is_its = document == DocumentId::PAGE || socket.document == document;
                is_its && socket.is_made && !socket.is_closed && socket.closing_by.is_none()
            });
            Verdict::of(!is_left)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    CollectedIfUnheard: "INV-102", "only what nobody waits for is collected";
    source: "GC-01", "GC-02", "GC-03", "GC-04", "GC-05", "GC-06";
    predicate: "A WebSocket is collected once, and only if it has no listener for an event that can still come, and nothing that waits to be transmitted; what it then writes is one Close without a body, and no task of it begins.";
    witness: "A WebSocket is collected.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Collected, TxFrame, TaskBegin;
    needs: AddListener, RemoveListener, SetHandler, Abort, ReadyState;
    |c| match *c.entry {
        Entry::Collected { socket } => {
            Verdict::of(is_unheard(c.facts, socket) && !c.facts.socket(socket).is_collected)
        }
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 8 => {
            let socket = c.facts.socket(socket);
            let is_own = socket.closing_by == Some(crate::trace::Side::Us) && !socket.page_closed;
            Verdict::broken_if(
                socket.is_collected
                    && is_own
                    && !socket.has_disappeared
                    && socket.failed.is_none()
                    && !c.payloads.get(payload).is_empty(),
            )
        }
        Entry::TxFrame { socket, head, .. } => {
            Verdict::broken_if(c.facts.socket(socket).is_collected && !head.is_control())
        }
        Entry::TaskBegin { task } => Verdict::broken_if(
            task.socket().is_some_and(|socket| c.facts.socket(socket).is_collected),
        ),
        _ => Verdict::Vacuous,
    }
}

/// Whether the listeners that the page has left to a WebSocket allow that it is collected.
#[cold]
fn is_unheard(facts: &Facts, socket: SocketId) -> bool {
    use EventType::{Close, Error, Message, Open};
    let at = facts.socket(socket);
    let awaited: &[EventType] = match at.ready_state {
        ReadyState::Connecting => &[Open, Message, Error, Close],
        ReadyState::Open => &[Message, Error, Close],
        ReadyState::Closing => &[Error, Close],
        ReadyState::Closed => &[],
    };
    let is_sent = at.sends.is_empty() || at.is_closed;
    let has = |of| {
        [false, true]
            .iter()
            .any(|&capture| facts.listeners.clone_for(Target::Socket(socket), of, capture) != 0)
    };
    is_sent && !awaited.iter().any(|&of| has(of))
}

impl Facts {
    /// Whether what happens to a WebSocket still reaches its page.
    pub(super) fn living(&self, socket: &super::socket::Socket) -> Living {
        let is_of_frame = socket.document == DocumentId::FRAME;
        let document = if is_of_frame { self.document.max(self.frame) } else { self.document };
        match document {
            _ if self.worker.is_some() || socket.is_collected => Living::Gone,
            DocumentState::Active => Living::Active,
            DocumentState::Cached => Living::Cached,
            DocumentState::Destroyed => Living::Gone,
        }
    }

    /// What ran is aborted.
    pub(super) fn abort(&mut self) {
        self.stack.clear();
        self.microtasks.clear();
        self.running = None;
        (self.checkpoint_is_due, self.microtask_report_is_due) = (false, false);
        self.report = Report::Done;
        self.listeners.compact();
    }

    /// A task is removed without being run.
    pub(super) fn note_dropped(&mut self, task: Task) {
        if let Some(index) = self.tasks.iter().position(|queued| *queued == Some(task)) {
            self.tasks.remove(index);
        }
        if let Task::Message(socket) = task {
            let messages = &mut self.socket_mut(socket).messages;
            if !messages.is_empty() {
                messages.remove(0);
            }
        }
    }
}
