//! Everything that the entries so far have told, in one flat value.

use super::kinds::{Kind, Kinds};
use super::listeners::Listeners;
use super::socket::Socket;
use super::stack::{Kept, Stack, Turn};
use super::timers::Timers;
use crate::bounded::Bounded;
use crate::scenario::bounds::SOCKETS_MAX;
use crate::trace::{
    DocumentState, EventAttributes, Exception, FunctionId, SocketId, Task, TaskSource, WorkerState,
};

/// Microtasks that are mirrored.
const MICROTASKS_MAX: usize = 64;

/// WebSocket tasks that are mirrored.
const TASKS_MAX: usize = 64;

/// How far a task is that calls a function of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Script {
    /// The function has not ended.
    #[default]
    Due,
    /// It threw, and that is to be reported.
    Threw(Exception),
    /// It has ended, and there is nothing to report of it any more.
    Done,
}

/// What the facts say about the entry that comes, found once for all invariants that ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// Nothing, or the facts do not know.
    Unknown,
    /// Whether the frame is the next one in the bytes.
    Frame(bool),
    /// Whether the failure names the offence in the bytes, at its position.
    Offence(bool),
    /// The entry is a boundary, and the bytes before it were dealt with.
    Settled,
    /// The bytes before it held a frame that the trace does not have.
    MissedFrame,
    /// The bytes before it held an offence without a failure.
    MissedOffence,
    /// The response before it was valid without *established*, or invalid without a failure.
    MissedResponse,
    /// A message was complete, and no task was queued.
    MissedMessage,
    /// What a listener's call or the end of a dispatch means.
    Turn(Turn),
}

impl Finding {
    /// What is found at nearly every entry of the kind with this number.
    pub(super) const fn usual(kind: u8) -> Self {
        const READS: Kinds =
            Kinds::new(&[Kind::Rx, Kind::RxFin, Kind::RxRst, Kind::TimerFired, Kind::Quiescent]);
        const TURNS: Kinds = Kinds::new(&[Kind::Listener, Kind::FireEnd]);
        if READS.has_number(kind) {
            Self::Settled
        } else if TURNS.has_number(kind) {
            Self::Turn(Turn::Right)
        } else if Kind::RxFrame as u8 == kind {
            Self::Frame(true)
        } else if Kind::Fail as u8 == kind {
            Self::Offence(true)
        } else {
            Self::Unknown
        }
    }
}

/// Whether what happens to a WebSocket still reaches its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Living {
    /// It does.
    Active,
    /// Not before its document is restored.
    Cached,
    /// Never again: its document, its worker or the object is gone.
    Gone,
}

/// What the task that unloads the document has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Unloading {
    /// `pagehide` was fired.
    pub(super) page_was_hidden: bool,
    /// `unload` was fired.
    pub(super) was_unloaded: bool,
    /// A WebSocket disappeared.
    pub(super) is_affected: bool,
}

/// Whether `error` is fired at the global object next, for an exception that was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Report {
    /// It is not: nothing was reported, or while another report was under way.
    #[default]
    Done,
    /// It may be: nobody there listens.
    Unheard,
    /// It has to be.
    Due,
}

/// The facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Facts {
    pub(super) sockets: [Socket; SOCKETS_MAX],
    /// How many sockets the trace has spoken of.
    pub(super) used: u8,
    /// The tasks that are queued, in order.
    pub(super) tasks: Bounded<Option<Task>, TASKS_MAX>,
    pub(super) tasks_are_lost: bool,
    pub(super) running: Option<Task>,
    pub(super) checkpoint_is_due: bool,
    pub(super) microtasks: Bounded<FunctionId, MICROTASKS_MAX>,
    pub(super) microtasks_are_lost: bool,
    pub(super) microtask_report_is_due: bool,
    /// Whether the last argument that was looked at could not be converted.
    pub(super) conversion_threw: bool,
    /// The function of the page that the task calls which is running.
    pub(super) script: Script,
    pub(super) timers: Timers,
    pub(super) report: Report,
    pub(super) listeners: Listeners,
    pub(super) stack: Stack,
    /// The page's document, that of its frame, and its worker if that is coming to its end.
    pub(super) document: DocumentState,
    pub(super) frame: DocumentState,
    pub(super) worker: Option<WorkerState>,
    /// Whether the page runs in a worker.
    pub(super) is_worker: bool,
    pub(super) unloading: Unloading,
    /// Whether WebSockets are being made to disappear: what happens to them then is not what a call does.
    pub(super) is_disappearing: bool,
    /// The event that script has made and not dispatched yet.
    pub(super) made: Option<EventAttributes>,
    /// The event that the page kept, and whether it is what is dispatched next.
    pub(super) kept: Option<Kept>,
    pub(super) kept_is_named: bool,
}

#[inline]
pub(super) fn place(socket: SocketId) -> usize {
    // A scenario has four WebSockets at most; in a recording with more, those beyond share a place and prove nothing.
    usize::from(socket.0) % SOCKETS_MAX
}

impl Facts {
    /// Back to the beginning; what was never touched is not written.
    pub(super) fn clear(&mut self) {
        for socket in &mut self.sockets[..usize::from(self.used)] {
            *socket = Socket::default();
        }
        self.used = 0;
        self.tasks.clear();
        self.microtasks.clear();
        self.timers.clear();
        self.listeners.clear();
        self.stack.clear();
        self.running = None;
        (self.tasks_are_lost, self.microtasks_are_lost) = (false, false);
        (self.checkpoint_is_due, self.microtask_report_is_due) = (false, false);
        (self.script, self.conversion_threw) = (Script::Due, false);
        self.report = Report::Done;
        (self.document, self.frame) = (DocumentState::Active, DocumentState::Active);
        (self.worker, self.is_worker, self.unloading) = (None, false, Unloading::default());
        self.is_disappearing = false;
        self.made = None;
        (self.kept, self.kept_is_named) = (None, false);
    }

    /// The page keeps the event whose listener is running.
    pub(super) fn keep(&mut self) {
        self.kept = self.stack.keep();
    }

    /// Whether the event that the page kept is canceled, by the dispatch that is under way or one before.
    pub(super) fn is_kept_canceled(&self) -> Option<bool> {
        let before = self.kept?.canceled;
        Some(self.stack.dispatch_of_kept().map_or(before, |dispatch| dispatch.canceled))
    }

    #[inline]
    pub(super) fn socket(&self, socket: SocketId) -> &Socket {
        &self.sockets[place(socket)]
    }

    #[inline]
    pub(super) fn socket_mut(&mut self, socket: SocketId) -> &mut Socket {
        let place = place(socket);
        self.used = self.used.max(place as u8 + 1);
        &mut self.sockets[place]
    }

    /// A WebSocket begins to be constructed.
    #[inline]
    pub(super) fn make(&mut self, socket: SocketId) {
        // Of a place that nothing was said about nothing needs to be forgotten.
        if place(socket) < usize::from(self.used) {
            self.forget(socket);
        }
        self.socket_mut(socket).is_made = true;
    }

    /// Forgets everything about a WebSocket.
    #[inline(never)]
    pub(super) fn forget(&mut self, socket: SocketId) {
        *self.socket_mut(socket) = Socket::default();
    }

    /// The sockets that the trace has spoken of.
    #[inline]
    pub(super) fn used(&self) -> &[Socket] {
        &self.sockets[..usize::from(self.used)]
    }

    /// The place of the task of `source` that runs next.
    #[inline]
    pub(super) fn next_task(&self, source: TaskSource) -> Option<usize> {
        self.tasks.iter().position(|task| task.is_some_and(|task| task.source() == source))
    }

    #[inline]
    pub(super) fn has_tasks(&self) -> bool {
        self.next_task(TaskSource::WebSocket).is_some()
    }

    /// Whether script is running as far as the stack shows, apart from a whole script or timer callback.
    #[inline]
    pub(super) fn stack_is_known(&self) -> bool {
        !self.stack.is_lost
    }
}
