//! The event loop's turn: picking a task, running its parts, microtask checkpoints and reports of exceptions
//! (HTML, event loop processing model; WebSockets Standard, feedback from the protocol).

use super::World;
use super::lifetime::Life;
use super::occasion::Occasion;
use super::state::{Callback, Caller, Frame, State};
use crate::choices::{Alternative, Choices, Point, ask};
use crate::endpoint::{End, Endpoint};
use crate::event_loop::QueuedTask;
use crate::page::Page;
use crate::profile::{
    AnswerTime, CloseInterface, ClosingState, Csp, ErrorEvent, ErrorTask, EventMade, Fault, Guard,
    HandshakeFailure, MessageWhileClosing, OpenTask, StateAtError,
};
use crate::status_code::NO_STATUS_RECEIVED;
use crate::trace::{
    Bound, Cause, Completion, Entry, EventAttributes, EventType, Exception, FunctionId, Interface, PayloadId,
    ReadyState, SocketId, Target, Task, TaskSource, Trace,
};

impl<P: Page> World<'_, P> {
    /// Goes on to the next listener that the user agent calls, or to the end of the task.
    pub(super) fn run_event_loop<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) {
        if self.state.stack.is_empty() {
            self.begin_task(choices, trace);
        }
        // A script that was about to be cut off goes on: if it is a listener, the next one is waited before.
        self.has_fired = self.is_script_paused();
        while self.bound.is_none() {
            self.go_on(trace);
            // Frames are changed where they are: they are visited often and hardly change.
            let State { stack, events, listeners, .. } = &mut *self.state;
            let Some(top) = stack.last_mut() else {
                if self.state.lifetime.life == Life::Closing {
                    self.end_worker(choices, trace);
                }
                return;
            };
            match top {
                Frame::Task { thrown, .. } | Frame::Checkpoint { thrown } if thrown.is_some() => {
                    // The part that threw has ended; its exception is reported before the next one.
                    if let Some(exception) = thrown.take() {
                        self.report(exception, trace);
                    }
                }
                Frame::Task { queued, part, .. } => {
                    let (queued, resumed) = (*queued, *part);
                    *part += 1;
                    self.resume_task(queued, resumed, choices, trace);
                }
                Frame::Checkpoint { .. } => self.resume_checkpoint(trace),
                Frame::Callback(callback) => {
                    let callback = *callback;
                    self.resume_callback(callback, choices, trace);
                    if self.can_be_cut_off() && self.is_script_paused() {
                        return;
                    }
                }
                Frame::Dispatch { dispatch, event, thrown, .. } => {
                    let exception = thrown.take();
                    let event = *event;
                    let is_before_listener = exception.is_none() && dispatch.seek(&events[event], listeners);
                    if !self.state.is_script_or_checkpoint_under_way() {
                        // Between two listeners that the user agent calls the world lets other things happen.
                        if is_before_listener && self.has_fired {
                            return;
                        }
                        self.has_fired = true;
                    }
                    match (exception, is_before_listener) {
                        (None, true) => self.call_listener(trace),
                        (None, false) => self.end_dispatch(trace),
                        (Some(exception), _) => self.report(exception, trace),
                    }
                }
            }
        }
    }

    fn begin_task<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) {
        let Some(source) = self.state.tasks.only_source().or_else(|| self.choose_source(choices)) else {
            return;
        };
        let queued = self.state.tasks.take_first_runnable(source).expect("the source has a runnable task");
        // The first step of an iteration, at which bufferedAmount is sampled (API-32).
        for socket in self.state.sockets.iter_mut() {
            let transmitted = socket.endpoint.take_transmitted();
            socket.dom.transmitted(transmitted);
        }
        trace.emit(Entry::TaskBegin { task: queued.task });
        self.push(Frame::Task { queued, part: 0, thrown: None }, trace);
    }

    /// Chooses the queue to take a task from; none if there is no task.
    fn choose_source<C: Choices>(&self, choices: &mut C) -> Option<TaskSource> {
        let sources = self.state.tasks.runnable(self.scenario.profile.task_queues);
        match sources[..] {
            [] => None,
            [only] => Some(only),
            [..] => {
                let mut alternatives = [Alternative::Source(TaskSource::Script); TaskSource::ALL.len()];
                for (alternative, &source) in alternatives.iter_mut().zip(sources.iter()) {
                    *alternative = Alternative::Source(source);
                }
                match ask(choices, Point::LoopQueue, &alternatives[..sources.len()]) {
                    Alternative::Source(source) => Some(source),
                    _ => unreachable!("only sources were offered"),
                }
            }
        }
    }

    /// Runs a part of a task: up to an event, a callback, or its end.
    fn resume_task<C: Choices>(&mut self, queued: QueuedTask, part: u8, choices: &mut C, trace: &mut Trace) {
        match (queued.task, part) {
            (Task::Script, 0) => self.call_from_task(FunctionId(0), Caller::Script, trace),
            (Task::Timer(function) | Task::PostedMessage(function), 0) => {
                self.call_from_task(function, Caller::Task, trace);
            }
            (Task::Open(socket), 0) => self.open(socket, trace),
            (Task::Message(socket), 0) => self.message(socket, queued, trace),
            (Task::Closing(socket), 0) => self.closing(socket, choices, trace),
            (Task::Closed(socket), 0) => self.closed(socket, choices, trace),
            (Task::Closing(socket), 1) if self.has(Fault::CloseAtFrameAndAtEnd) => {
                self.fire_close_of_frame(socket, trace);
            }
            (Task::Closed(socket), 1) if self.has(Fault::CloseBeforeError) => self.fire_error(socket, trace),
            (Task::Closed(socket), 1)
                if self.has(Fault::ErrorAndCloseApart) && self.is_error_first(socket) =>
            {
                self.enqueue(queued, trace);
            }
            (Task::Closed(socket), 1) => self.fire_close(socket, choices, trace),
            (Task::Closed(socket), 2) if self.has(Fault::ClosedAfterDispatch) => {
                self.set_ready_state(socket, ReadyState::Closed, trace);
            }
            (Task::Unload, 0) => self.begin_unload(choices, trace),
            (Task::Unload, 1) => self.fire_unload(trace),
            (Task::Unload, 2) => self.end_unload(choices, trace),
            (Task::Error(socket), 0) if self.owes_error(socket) => self.error(socket, trace),
            // Steps of a task that a call performs end with nothing but themselves (K connecting-close).
            _ if self.state.stack.len() > 1 => {
                self.state.stack.pop();
            }
            _ => {
                trace.emit(Entry::TaskEnd { task: queued.task });
                // After the steps of a task, a microtask checkpoint (LOOP-08).
                self.replace_top(Frame::Checkpoint { thrown: None });
                self.resume_checkpoint(trace);
            }
        }
    }

    fn call_from_task(&mut self, function: FunctionId, caller: Caller, trace: &Trace) {
        self.push(
            Frame::Callback(Callback {
                activation: self.page.call(function),
                caller,
                part: 0,
                last: Completion::Normal,
                event: None,
                this: Target::Global,
            }),
            trace,
        );
    }

    /// Performs a microtask checkpoint (LOOP-09).
    fn resume_checkpoint(&mut self, trace: &mut Trace) {
        match self.state.tasks.dequeue_microtask() {
            Some(function) => {
                trace.emit(Entry::MicrotaskBegin { function });
                self.call_from_task(function, Caller::Microtask(function), trace);
            }
            None => {
                trace.emit(Entry::Checkpoint);
                self.state.stack.pop();
                if self.state.stack.is_empty() {
                    // No dispatch is under way, so no clone of a listener list refers to what was removed.
                    self.state.listeners.forget_removed();
                    self.state.events.settle();
                }
            }
        }
    }

    /// Reports an exception for the global object (LOOP-22): an `error` event there, but not while one is under way.
    pub(super) fn report(&mut self, exception: Exception, trace: &mut Trace) {
        trace.emit(Entry::Report { exception });
        let is_reporting = self
            .state
            .stack
            .iter()
            .any(|frame| matches!(frame, Frame::Dispatch { occasion: Occasion::ErrorReport, .. }));
        if !is_reporting && self.state.listeners.has(Target::Global, EventType::Error) {
            let attributes = EventAttributes {
                event_type: EventType::Error,
                interface: Interface::ErrorEvent,
                is_trusted: true,
                cancelable: true,
                ..EventAttributes::default()
            };
            self.fire(Target::Global, attributes, Occasion::ErrorReport, trace);
        }
    }

    // The tasks of a WebSocket.

    /// The connection is established (API-40).
    fn open(&mut self, socket: SocketId, trace: &mut Trace) {
        let old = self.state.socket(socket).dom.ready_state;
        let mut new = ReadyState::Open;
        if old != ReadyState::Connecting && !self.has(Fault::OpensAfterClose) {
            match self.scenario.profile.open_task {
                OpenTask::Guard => return,
                // the text has no guard.
                OpenTask::Literal => {}
                OpenTask::FireOnly => new = old,
            }
        }
        let protocol = self.state.socket(socket).protocol_in_use;
        // Steps 1 to 3.
        self.set_ready_state(socket, new, trace);
        let dom = &mut self.state.socket(socket).dom;
        dom.protocol = protocol;
        trace.emit(Entry::Attributes { socket, protocol, extensions: dom.extensions });
        // Step 4.
        self.fire(Target::Socket(socket), trusted(EventType::Open), Occasion::Event, trace);
    }

    /// A message has been received (API-41).
    fn message(&mut self, socket: SocketId, queued: QueuedTask, trace: &mut Trace) {
        // Step 1.
        let dom = self.state.socket(socket).dom;
        let profile = &self.scenario.profile;
        let may_be_closing = profile.message_while_closing == MessageWhileClosing::Fire;
        let is_closing_unshown = profile.closing_state == ClosingState::Skipped
            && self.state.sockets[usize::from(socket.0)].endpoint.is_closing_shown(profile);
        let is_heard = match dom.ready_state {
            // The object may be closing all the same.
            ReadyState::Open => !is_closing_unshown,
            ReadyState::Closing => may_be_closing && !is_closing_unshown,
            ReadyState::Connecting | ReadyState::Closed => false,
        };
        if !is_heard && !self.has(Fault::MessageAfterOwnClose) {
            return;
        }
        // Steps 2 and 3: `binaryType` counts as it is now.
        let event = EventAttributes {
            interface: Interface::MessageEvent { data: dom.message_data(queued.is_text) },
            text: queued.data,
            ..trusted(EventType::Message)
        };
        self.fire(Target::Socket(socket), event, Occasion::Event, trace);
    }

    /// The closing handshake is started (API-42).
    fn closing<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        if self.scenario.profile.answer_time == AnswerTime::InTask {
            self.with_endpoint(socket, choices, trace, Endpoint::answer);
        }
        if self.scenario.profile.closing_state == ClosingState::AfterCloseCall {
            return;
        }
        let old = self.state.socket(socket).dom.ready_state;
        let is_guarded = self.scenario.profile.closing_task == Guard::Guard;
        // the text has no guard.
        if old < ReadyState::Closing || !is_guarded && old != ReadyState::Closing {
            self.set_ready_state(socket, ReadyState::Closing, trace);
        }
    }

    /// The connection is closed (API-43), first two steps.
    fn closed<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        if self.has(Fault::BufferedAmountReset) {
            self.state.socket(socket).dom.buffered_amount = 0;
        }
        if self.has(Fault::CloseBeforeError) {
            self.fire_close(socket, choices, trace);
            return;
        }
        let is_silent = self.has(Fault::NoError) || self.is_close_left(socket);
        // A call that performs the steps itself has no other task for the error.
        let is_apart = self.state.stack.len() == 1 && self.is_error_apart(socket);
        if !is_silent && !is_apart && self.owes_error(socket) {
            self.error(socket, trace);
        } else {
            // Step 1.
            self.set_closed(socket, trace);
        }
    }

    /// Whether the end of the connection gives an `error` event.
    pub(super) fn owes_error(&self, socket: SocketId) -> bool {
        self.endpoint(socket).end().is_some_and(|end| end.error)
            && self.scenario.profile.error_event == ErrorEvent::IfFailed
    }

    /// Queues what tells the page of the end of the connection: one task, unless the profile splits it or leaves
    /// something out.
    pub(super) fn enqueue_end(&mut self, socket: SocketId, trace: &mut Trace) {
        let is_error_only = self.is_error_only(socket);
        if self.is_error_apart(socket) && self.owes_error(socket) {
            self.enqueue(QueuedTask::new(Task::Error(socket)), trace);
            if self.scenario.profile.error_task == ErrorTask::WhenNoticed && !is_error_only {
                self.state.socket(socket).owes_closed = true;
                return;
            }
        }
        if !is_error_only {
            self.enqueue(QueuedTask::new(Task::Closed(socket)), trace);
        }
    }

    fn endpoint(&self, socket: SocketId) -> &Endpoint {
        &self.state.sockets[usize::from(socket.0)].endpoint
    }

    /// Whether a connection that was never established ends without a `close`.
    fn is_error_only(&self, socket: SocketId) -> bool {
        let profile = &self.scenario.profile;
        let is_forbidden = || {
            let obstacle = self.state.sockets[usize::from(socket.0)].address.obstacle;
            obstacle == Some(Cause::ContentSecurityPolicy)
        };
        profile.handshake_failure == HandshakeFailure::ErrorOnly && !self.endpoint(socket).is_established()
            || profile.csp == Csp::ErrorOnly && is_forbidden()
    }

    /// Whether `error` has a task of its own.
    fn is_error_apart(&self, socket: SocketId) -> bool {
        self.is_error_only(socket)
            || match self.scenario.profile.error_task {
                ErrorTask::WithClose => false,
                ErrorTask::Apart => true,
                ErrorTask::WhenNoticed => self.endpoint(socket).end().is_some_and(|end| end.is_upgraded),
            }
    }

    /// Queues the tasks that wait for the end of TCP after everything else.
    pub(super) fn enqueue_owed(&mut self, trace: &mut Trace) {
        for index in 0..self.state.sockets.len() {
            let socket = SocketId(u8::try_from(index).expect("there are few sockets"));
            if core::mem::take(&mut self.state.socket(socket).owes_closed) {
                self.enqueue(QueuedTask::new(Task::Closed(socket)), trace);
            }
        }
    }

    /// Puts the steps of the end of the connection on the stack, on top of the call that performs them itself.
    pub(super) fn push_end(&mut self, socket: SocketId, trace: &Trace) {
        let task = if self.is_error_only(socket) { Task::Error(socket) } else { Task::Closed(socket) };
        self.push(Frame::Task { queued: QueuedTask::new(task), part: 0, thrown: None }, trace);
    }

    /// Steps 1 and 2 of a connection that failed.
    fn error(&mut self, socket: SocketId, trace: &mut Trace) {
        let old = self.state.socket(socket).dom.ready_state;
        let has_refused_close =
            self.state.socket(socket).endpoint.end().is_some_and(|end| end.has_refused_close);
        let new = match self.scenario.profile.state_at_error {
            StateAtError::ClosedUnlessClosing if old == ReadyState::Closing => old,
            StateAtError::Closed | StateAtError::ClosedUnlessClosing => ReadyState::Closed,
            StateAtError::Closing => old.max(ReadyState::Closing),
            StateAtError::AsItWas if has_refused_close => ReadyState::Closing,
            StateAtError::AsItWas => old,
        };
        if new == ReadyState::Closed {
            self.set_closed(socket, trace);
        } else {
            self.set_ready_state(socket, new, trace);
        }
        self.fire(Target::Socket(socket), trusted(EventType::Error), Occasion::Event, trace);
    }

    /// `readyState` becomes CLOSED, as soon as a task of the end runs.
    fn set_closed(&mut self, socket: SocketId, trace: &mut Trace) {
        if !self.has(Fault::ClosedAfterDispatch) && !self.has(Fault::StaysClosing) {
            self.set_ready_state(socket, ReadyState::Closed, trace);
        }
    }

    /// The connection is closed, last step: a CloseEvent made only now, after the `error` listeners have run.
    pub(super) fn fire_close<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        let Some(end) = self.state.socket(socket).endpoint.end() else {
            return;
        };
        if self.scenario.profile.fault.is_none_or(|fault| !self.is_close_lost(fault, socket, end)) {
            let ago_us = self.close_made_ago_us(socket, choices);
            self.set_closed(socket, trace);
            if ago_us > 0 {
                trace.emit(Entry::TimeStamp { socket, ago_us });
            }
            self.fire_close_event(socket, end, trace);
        }
    }

    /// How long ago the `close` event was made that is fired now, in microseconds (K-STAMP).
    fn close_made_ago_us<C: Choices>(&mut self, socket: SocketId, choices: &mut C) -> u32 {
        let closed_for_us = self.state.socket(socket).link.closed_for_us;
        match self.scenario.profile.event_made {
            EventMade::WhenFired => 0,
            EventMade::WhenClosed => closed_for_us,
            EventMade::Any if closed_for_us == 0 => 0,
            EventMade::Any => {
                let alternatives = [Alternative::Fired, Alternative::Closed];
                if ask(choices, Point::CloseStamp, &alternatives) == Alternative::Fired {
                    0
                } else {
                    closed_for_us
                }
            }
        }
    }

    fn fire_close_event(&mut self, socket: SocketId, end: End, trace: &mut Trace) {
        let plain = trusted(EventType::Close);
        let was_clean_only =
            EventAttributes { interface: Interface::CloseEvent, was_clean: end.clean, ..plain };
        let event = match self.scenario.profile.close_interface {
            CloseInterface::CloseEvent => {
                EventAttributes { code: end.code, text: end.reason, ..was_clean_only }
            }
            CloseInterface::WasCleanOnly => was_clean_only,
            CloseInterface::Event => plain,
        };
        self.fire(Target::Socket(socket), event, Occasion::Event, trace);
    }

    // Faults that need more than a line.

    /// Fires the `error` event that should have come before `close`.
    fn fire_error(&mut self, socket: SocketId, trace: &mut Trace) {
        if self.owes_error(socket) {
            self.fire(Target::Socket(socket), trusted(EventType::Error), Occasion::Event, trace);
        }
    }

    /// Whether an implementation with this fault fires no `close` at such an end.
    #[cold]
    fn is_close_lost(&self, fault: Fault, socket: SocketId, end: End) -> bool {
        let at = &self.state.sockets[usize::from(socket.0)];
        match fault {
            Fault::NoCloseWithoutHandshake => !at.endpoint.is_established(),
            Fault::NoCloseAfterError => end.error,
            Fault::NoCloseIfClosedInOpen => at.mark,
            _ => false,
        }
    }

    /// Fires the `close` event that belongs to the peer's Close, before TCP has ended.
    fn fire_close_of_frame(&mut self, socket: SocketId, trace: &mut Trace) {
        if let Some(close) = self.state.socket(socket).endpoint.closing().received {
            let code = close.code.unwrap_or(NO_STATUS_RECEIVED);
            let end = End { clean: true, error: false, code, reason: close.reason, ..End::default() };
            self.fire_close_event(socket, end, trace);
        }
    }

    /// Whether `error` was fired by another task, so that `close` alone is left.
    fn is_close_left(&mut self, socket: SocketId) -> bool {
        self.has(Fault::ErrorAndCloseApart) && self.state.socket(socket).mark
    }

    /// Whether the task has fired `error` and leaves `close` to another one.
    fn is_error_first(&mut self, socket: SocketId) -> bool {
        let at = self.state.socket(socket);
        let is_error = at.endpoint.end().is_some_and(|end| end.error);
        is_error && !core::mem::replace(&mut at.mark, true)
    }

    pub(super) fn set_ready_state(&mut self, socket: SocketId, new: ReadyState, trace: &mut Trace) {
        let is_skipped =
            new == ReadyState::Closing && self.scenario.profile.closing_state == ClosingState::Skipped;
        let dom = &mut self.state.socket(socket).dom;
        if dom.ready_state != new && !is_skipped {
            trace.emit(Entry::ReadyState { socket, old: dom.ready_state, new });
            dom.ready_state = new;
        }
    }

    // The stack.

    pub(super) fn push(&mut self, frame: Frame<P::Activation>, trace: &Trace) {
        if self.state.stack.push(frame).is_err() {
            self.hit(Bound::Stack, trace);
        }
    }

    pub(super) fn replace_top(&mut self, frame: Frame<P::Activation>) {
        *self.state.stack.last_mut().expect("what runs is on the stack") = frame;
    }
}

/// The attributes of an event that the user agent fires at a WebSocket (API-46, API-47).
fn trusted(event_type: EventType) -> EventAttributes {
    EventAttributes {
        event_type,
        interface: Interface::Event,
        is_trusted: true,
        bubbles: false,
        cancelable: false,
        composed: false,
        was_clean: false,
        code: 0,
        text: PayloadId::EMPTY,
    }
}
