//! Takes an entry into the facts, after it was judged.

use core::mem;

use super::arguments::{Arguments, modulo_to_u16};
use super::facts::{Facts, Report, Script};
use super::stack::{Called, Dispatch, Frame, WhoseEvent, effect};
use crate::profile::Profile;
use crate::trace::{
    Completion, DocumentId, DocumentState, EndpointTimer, Entry, EventAttributes, EventMember, EventType,
    Given, Method, Payloads, Side, SocketId, Target, Task, WhichEvent, WorkerState,
};

impl Facts {
    /// Takes `entry` in, after it was judged.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn note(&mut self, entry: &Entry, payloads: &Payloads, profile: &Profile) {
        match *entry {
            Entry::Elapse { by_us } => self.elapse(by_us, profile),
            Entry::PeerStep { socket, bytes, end, .. } => {
                let socket = self.socket_mut(socket);
                socket.peer_has_ended |= end.is_some();
                socket.peer_wrote = socket.peer_wrote.saturating_add(u64::from(bytes));
            }
            Entry::PeerReads { socket, reads } => self.socket_mut(socket).stops_reading = !reads,
            Entry::Rx { socket, bytes } => self.note_rx(socket, bytes, payloads, profile),
            Entry::RxFin { socket } => self.socket_mut(socket).has_rx_fin = true,
            Entry::RxRst { socket } => self.socket_mut(socket).has_rx_rst = true,
            Entry::TxFin { socket } => {
                self.socket_mut(socket).has_tx_fin = true;
                self.effect(socket, effect::OTHER);
            }
            Entry::TcpClosed { socket, by } => {
                self.socket_mut(socket).end = Some(by);
                self.effect(socket, effect::OTHER);
            }
            Entry::Request { socket, nonce, protocols } => {
                let socket = self.socket_mut(socket);
                socket.is_requested = true;
                (socket.nonce, socket.requested) = (nonce, protocols);
            }
            Entry::Established { socket, protocol } => self.note_established(socket, protocol, payloads),
            Entry::RxFrame { socket, head, payload } => {
                self.note_frame(socket, head.first, payload, payloads, profile);
            }
            Entry::TxFrame { socket, head, payload, .. } => {
                self.note_written(socket, head.opcode(), payload, payloads);
                self.effect(socket, effect::WRITE);
            }
            Entry::ClosingStarted { socket, by } => {
                let call = self.stack.call().filter(|_| !self.is_disappearing);
                let asked = call.map(|called| called.arguments);
                let socket_facts = self.socket_mut(socket);
                if socket_facts.closing_by.is_none() {
                    socket_facts.closing_by = Some(by);
                    socket_facts.closed_first = by == Side::Us && socket_facts.failed.is_none();
                    socket_facts.asked = asked.filter(|_| socket_facts.closed_first);
                }
                self.effect(socket, effect::START);
            }
            Entry::Fail { socket, cause, .. } => {
                self.socket_mut(socket).failed.get_or_insert(cause);
                self.effect(socket, effect::FAIL);
            }
            Entry::Full { socket } => self.socket_mut(socket).is_full = true,
            Entry::TimerFired { socket, timer } => {
                let socket = self.socket_mut(socket);
                match timer {
                    EndpointTimer::Handshake => socket.handshake_timer_fired = true,
                    EndpointTimer::Close => socket.close_timer_fired = true,
                    EndpointTimer::Linger => socket.linger_timer_fired = true,
                }
            }
            Entry::Closed { socket, .. } => {
                self.socket_mut(socket).is_closed = true;
                self.effect(socket, effect::OTHER);
            }
            Entry::Enqueue { task } => {
                if let Task::Timer(function) = task {
                    self.timers.take(function);
                }
                self.note_queued(task);
            }
            Entry::TaskBegin { task } => {
                self.note_task(task);
                self.script = Script::Due;
            }
            Entry::ScriptEnd { completion } => {
                self.script = match completion {
                    Completion::Threw(exception) => Script::Threw(exception),
                    Completion::Normal | Completion::ReturnedFalse => Script::Done,
                };
            }
            Entry::TaskEnd { task } => {
                self.running = None;
                self.checkpoint_is_due = true;
                if let Task::Closed(socket) = task {
                    self.socket_mut(socket).closed_has_run = true;
                }
            }
            Entry::SetTimeout { function, delay_ms } => self.timers.set(function, delay_ms),
            Entry::EventInit { event_type, interface, bubbles, cancelable, was_clean, reason } => {
                self.made = Some(EventAttributes {
                    event_type,
                    interface,
                    is_trusted: false,
                    bubbles,
                    cancelable,
                    composed: false,
                    was_clean,
                    code: 0,
                    text: reason,
                });
            }
            Entry::EventInitCode { code, code_bits } => {
                if let (Some(made), Given::Present) = (&mut self.made, code) {
                    made.code = modulo_to_u16(code_bits);
                }
            }
            Entry::MicrotaskQueued { function } => {
                self.microtasks_are_lost |= self.microtasks.push(function).is_err();
            }
            Entry::MicrotaskBegin { .. } => {
                if !self.microtasks.is_empty() {
                    self.microtasks.remove(0);
                }
                self.stack.push(Frame::Microtask);
            }
            Entry::MicrotaskEnd { completion, .. } => {
                self.stack.pop();
                self.microtask_report_is_due = matches!(completion, Completion::Threw(_));
            }
            Entry::Checkpoint => (self.checkpoint_is_due, self.report) = (false, Report::Done),
            Entry::Report { .. } => {
                self.report = self.next_report();
                if self.microtask_report_is_due {
                    self.microtask_report_is_due = false;
                } else if let Some(dispatch) = self.stack.dispatch_mut() {
                    dispatch.report_is_due = false;
                } else {
                    self.script = Script::Done;
                }
            }
            Entry::ReadyState { socket, new, .. } => {
                self.socket_mut(socket).ready_state = new;
                self.effect(socket, effect::READY_STATE);
            }
            Entry::Attributes { socket, protocol, extensions } => {
                let len = |id| u32::try_from(payloads.get(id).len()).unwrap_or(u32::MAX);
                let socket = self.socket_mut(socket);
                socket.has_attributes = true;
                socket.attribute_lens = (len(protocol), len(extensions));
            }
            Entry::FireBegin { target, event } => {
                self.made = None;
                if target == Target::Global && event.is_trusted {
                    self.note_fired_at_global(event.event_type);
                }
                let in_script = self.stack.is_in_script();
                let again = self.stack.call().is_some_and(|called| called.event == WhoseEvent::Kept);
                let mut dispatch = Dispatch::new(target, &event, in_script, &self.listeners);
                if let (true, false, Some(kept)) = (again, event.is_trusted, self.kept) {
                    dispatch = dispatch.again(kept);
                }
                self.stack.push(Frame::Dispatch(dispatch));
                if let (Target::Socket(socket), true) = (target, event.is_trusted) {
                    let socket = self.socket_mut(socket);
                    socket.is_stamped = false;
                    let count = match event.event_type {
                        EventType::Open => &mut socket.open_count,
                        EventType::Error => &mut socket.error_count,
                        EventType::Close => &mut socket.close_count,
                        EventType::Message => {
                            socket.current = None;
                            return;
                        }
                        EventType::Custom(_) | EventType::PageHide | EventType::Unload => return,
                    };
                    *count = count.saturating_add(1);
                }
            }
            Entry::Listener { .. } => self.stack.push(Frame::Listener),
            Entry::ListenerEnd { completion, .. } => {
                self.stack.pop();
                if let Some(dispatch) = self.stack.dispatch_mut() {
                    match completion {
                        Completion::Normal => {}
                        Completion::ReturnedFalse => dispatch.return_false(profile.return_false),
                        Completion::Threw(_) => (dispatch.threw, dispatch.report_is_due) = (true, true),
                    }
                }
            }
            Entry::FireEnd { .. } => {
                if let (Some(Frame::Dispatch(dispatch)), Some(kept)) = (self.stack.pop(), &mut self.kept)
                    && dispatch.is_kept
                {
                    kept.canceled = dispatch.canceled;
                }
                if !self.stack.is_dispatching() {
                    self.listeners.compact();
                }
            }
            Entry::CallBegin { target, method, .. } => {
                if let (Target::Socket(socket), Method::Constructor) = (target, method) {
                    self.make(socket);
                }
                let event = match (self.made, mem::take(&mut self.kept_is_named)) {
                    (Some(_), _) => WhoseEvent::Made,
                    (None, true) => WhoseEvent::Kept,
                    (None, false) => WhoseEvent::Current,
                };
                let is_under_dispatch = match event {
                    WhoseEvent::Made => false,
                    WhoseEvent::Kept => self.stack.dispatch_of_kept().is_some(),
                    WhoseEvent::Current => true,
                };
                self.stack.push(Frame::Call(Called {
                    target,
                    method,
                    event,
                    is_under_dispatch,
                    steps: None,
                    arguments: Arguments::default(),
                    conversion: None,
                    effects: 0,
                }));
            }
            Entry::CloseArguments { socket, code, reason, reason_utf8, code_bits } => {
                let facts = self.socket(socket);
                let steps = Some((facts.ready_state, facts.column()));
                let len = payloads.get(reason_utf8).len();
                let arguments = Arguments::new(profile, code, code_bits, reason, reason_utf8, len);
                if let Some(called) = self.stack.call_mut() {
                    (called.steps, called.arguments) = (steps, arguments);
                }
            }
            Entry::SendArgument { socket, text, data } => {
                self.note_send(socket, text, data, payloads, profile);
            }
            Entry::ConstructorArguments { socket, url, protocols } => {
                let socket = self.socket_mut(socket);
                (socket.url, socket.requested) = (url, protocols);
            }
            Entry::CallEnd { target, method, completion, .. } => self.note_return(target, method, completion),
            Entry::AddListener { target, event_type, function, options } => {
                self.listeners.add(target, event_type, function, options);
            }
            Entry::RemoveListener { target, event_type, function, capture } => {
                self.listeners.remove(target, event_type, function, capture);
                self.compact_if_idle();
            }
            Entry::SetHandler { target, event_type, value } => {
                self.listeners.set_handler(target, event_type, value);
                self.compact_if_idle();
            }
            Entry::Abort { signal } => {
                self.listeners.abort(signal);
                self.compact_if_idle();
            }
            Entry::StopPropagation { immediate } => {
                if let Some(dispatch) = self.stack.dispatch_of_listener_mut() {
                    dispatch.stop(immediate);
                } else {
                    // Whose event it was is not said; what follows in the dispatch is not judged.
                    self.stack.is_lost |= self.stack.is_dispatching();
                }
            }
            Entry::ToNumber { throws, .. } | Entry::ToUsvString { throws, .. } => {
                self.conversion_threw = throws;
            }
            Entry::Converted { completion } => {
                self.conversion_threw = false;
                if let Some(called) = self.stack.call_mut() {
                    called.conversion = Some(completion);
                }
            }
            Entry::PreventDefault => {
                if let Some(dispatch) = self.stack.dispatch_of_listener_mut() {
                    dispatch.prevent_default();
                } else {
                    // Whose event it was is not said.
                    self.stack.is_lost |= self.stack.is_dispatching();
                }
            }
            Entry::Belongs { socket, document } => self.socket_mut(socket).document = document,
            Entry::Document { document, state } => {
                self.is_disappearing = false;
                match document {
                    // A script removed the frame: what disappeared with it was not the page's.
                    DocumentId::FRAME => (self.frame, self.unloading.is_affected) = (state, false),
                    _ => self.document = state,
                }
                if self.document != DocumentState::Active {
                    // What is left of the microtasks never runs.
                    self.microtasks.clear();
                }
            }
            Entry::Worker { state: WorkerState::Running } => self.is_worker = true,
            Entry::Worker { state } => {
                self.worker = Some(state);
                if state == WorkerState::Ended {
                    self.abort();
                }
            }
            Entry::Dropped { task } => self.note_dropped(task),
            Entry::Disappears { socket } => {
                self.socket_mut(socket).has_disappeared = true;
                self.is_disappearing = true;
                self.unloading.is_affected = true;
            }
            Entry::Collected { socket } => self.socket_mut(socket).is_collected = true,
            Entry::TimeStamp { socket, .. } => self.socket_mut(socket).is_stamped = true,
            Entry::ReadEvent { event, member: EventMember::Itself, .. } => match event {
                WhichEvent::Current => self.keep(),
                WhichEvent::Kept => self.kept_is_named = true,
            },
            Entry::ReadEvent { .. } => {}
            Entry::SetBinaryType { socket, value } => self.socket_mut(socket).binary_type = value,
            Entry::AgentStep { .. }
            | Entry::Read { .. }
            | Entry::Note { .. }
            | Entry::Bound { .. }
            | Entry::Quiescent => {}
        }
    }

    /// What follows the report of an exception (LOOP-22).
    #[cold]
    fn next_report(&self) -> Report {
        let callable = |capture| {
            let listeners = self.listeners.clone_for(Target::Global, EventType::Error, capture);
            self.listeners.first_callable(listeners).is_some()
        };
        if self.stack.is_lost || self.listeners.is_lost {
            Report::Unheard
        } else if self.stack.is_reporting() {
            Report::Done
        } else if callable(false) || callable(true) {
            Report::Due
        } else {
            Report::Unheard
        }
    }

    #[cold]
    fn note_fired_at_global(&mut self, event_type: EventType) {
        match event_type {
            EventType::Error => self.report = Report::Done,
            EventType::PageHide => self.unloading.page_was_hidden = true,
            EventType::Unload => self.unloading.was_unloaded = true,
            EventType::Open | EventType::Message | EventType::Close | EventType::Custom(_) => {}
        }
    }

    pub(super) fn compact_if_idle(&mut self) {
        if !self.stack.is_dispatching() {
            self.listeners.compact();
        }
    }

    /// Attributes a change of `socket` to the method that is running, if it is one of that socket's.
    #[inline]
    pub(super) fn effect(&mut self, socket: SocketId, effect: u8) {
        if let Some(called) = self.stack.call_mut()
            && called.target == Target::Socket(socket)
            && !self.is_disappearing
        {
            called.effects |= effect;
        }
    }

    #[inline(never)]
    pub(super) fn elapse(&mut self, by_us: u64, profile: &Profile) {
        // Those of a document that is cached are suspended (DOC-02).
        if self.document == DocumentState::Active {
            self.timers.elapse(by_us);
        }
        let limit = |time: u64, max: u64| time.saturating_add(by_us).min(max.saturating_add(1));
        for socket in &mut self.sockets[..usize::from(self.used)] {
            if socket.is_closed {
                let by_us = u32::try_from(by_us).unwrap_or(u32::MAX);
                socket.since_closed = socket.since_closed.saturating_add(by_us);
                continue;
            }
            if socket.is_requested && !socket.is_established {
                socket.since_request = limit(socket.since_request, profile.handshake_timeout_us);
            }
            if socket.closing_by.is_some() {
                socket.since_started = limit(socket.since_started, profile.close_timeout_us);
            }
            if socket.sent_close.is_some() {
                socket.since_sent = limit(socket.since_sent, profile.close_timeout_us);
            }
            if socket.is_complete() {
                socket.since_complete = limit(socket.since_complete, profile.linger_us);
            }
        }
    }
}
