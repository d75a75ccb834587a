//! What the calls of a page do to DOM objects and endpoints.

mod close;
mod construct;
mod conversion;
mod dispatch_event;

use super::World;
use super::callback::Flow;
use super::state::{Callback, Frame, State};
use crate::choices::Choices;
use crate::dom::EventId;
use crate::endpoint::Endpoint;
use crate::event_loop::{PageTimer, QueuedTask};
use crate::page::{Call, Data, Page, Receiver};
use crate::profile::{BufferedAmount, Fault};
use crate::scenario::Global;
use crate::trace::{
    Attribute, Bound, Completion, DocumentId, Entry, EventMember, EventType, Exception, FunctionId,
    ListenerOptions, Method, PayloadId, ReadyState, SocketId, Target, Task, Trace, WhichEvent,
};
use crate::wire::MessageType;

const DONE: Flow = Flow::Done(Completion::Normal);

impl<P: Page> World<'_, P> {
    /// Makes the call that `callback` has come to, or the next part of it.
    pub(super) fn perform<C: Choices>(
        &mut self,
        call: &Call,
        callback: &Callback<P::Activation>,
        choices: &mut C,
        trace: &mut Trace,
    ) -> Flow {
        self.try_perform(call, callback, choices, trace)
            .unwrap_or_else(|exception| Flow::Done(Completion::Threw(exception)))
    }

    /// As [`perform`](Self::perform); an error is what a call throws before anything is told of it.
    fn try_perform<C: Choices>(
        &mut self,
        call: &Call,
        callback: &Callback<P::Activation>,
        choices: &mut C,
        trace: &mut Trace,
    ) -> Result<Flow, Exception> {
        Ok(match call {
            Call::Construct { url, protocols } => {
                Flow::Done(self.construct(url, protocols, DocumentId::PAGE, choices, trace))
            }
            Call::ConstructInFrame { .. } if !self.has_frame() => return Err(Exception::TypeError),
            Call::ConstructInFrame { url } => {
                Flow::Done(self.construct(url, &[], DocumentId::FRAME, choices, trace))
            }
            Call::RemoveFrame => Flow::Done(self.remove_frame(choices, trace)),
            Call::CloseWorker => {
                self.close_worker(trace);
                DONE
            }
            Call::Close { on, code, reason } => {
                let socket = self.target(*on, callback)?.socket().ok_or(Exception::TypeError)?;
                self.close(socket, code, reason, callback, choices, trace)
            }
            Call::Send { on, data } => {
                let socket = self.target(*on, callback)?.socket().ok_or(Exception::TypeError)?;
                Flow::Done(self.send(socket, data, choices, trace))
            }
            Call::Dispatch { on, event } => {
                let target = self.target(*on, callback)?;
                self.dispatch_event(target, event, callback, trace)
            }
            Call::Read(on, attribute) => match self.target(*on, callback)? {
                // An attribute that is not there: `undefined`.
                Target::Socket(_) if self.lacks(*attribute) => DONE,
                Target::Socket(socket) => {
                    let value = self.read(socket, *attribute, trace);
                    trace.emit(Entry::Read { socket, attribute: *attribute, value });
                    DONE
                }
                // The global object has no such attribute: `undefined`.
                Target::Global => DONE,
            },
            Call::SetBinaryType(on, value) => match self.target(*on, callback)? {
                Target::Socket(socket) => {
                    trace.emit(Entry::SetBinaryType { socket, value: *value });
                    self.state.socket(socket).dom.binary_type = *value;
                    DONE
                }
                // The global object has no such attribute; it gets a property that means nothing.
                Target::Global => DONE,
            },
            Call::AddListener { on, event_type, function, options } => {
                let target = self.target(*on, callback)?;
                self.add_listener(target, *event_type, *function, *options, trace);
                DONE
            }
            Call::RemoveListener { on, event_type, function, capture } => {
                let target = self.target(*on, callback)?;
                let (event_type, function, capture) = (*event_type, *function, *capture);
                trace.emit(Entry::RemoveListener { target, event_type, function, capture });
                self.state.listeners.remove(target, event_type, function, capture);
                DONE
            }
            Call::SetHandler { on, event_type, value } => {
                let target = self.target(*on, callback)?;
                if !self.has_handler(target, *event_type) {
                    // An ordinary property, which nobody calls.
                    return Ok(DONE);
                }
                trace.emit(Entry::SetHandler { target, event_type: *event_type, value: *value });
                if self.state.listeners.set_handler(target, *event_type, *value).is_err() {
                    self.hit(Bound::Listeners, trace);
                }
                DONE
            }
            Call::Abort(signal) => {
                trace.emit(Entry::Abort { signal: *signal });
                self.state.listeners.abort(*signal);
                DONE
            }
            Call::StopPropagation => {
                let event = callback.event.ok_or(Exception::TypeError)?;
                trace.emit(Entry::StopPropagation { immediate: false });
                self.state.events[event].stop_propagation();
                DONE
            }
            Call::StopImmediatePropagation => {
                let event = callback.event.ok_or(Exception::TypeError)?;
                trace.emit(Entry::StopPropagation { immediate: true });
                self.state.events[event].stop_immediate_propagation();
                DONE
            }
            Call::PreventDefault => {
                let event = callback.event.ok_or(Exception::TypeError)?;
                trace.emit(Entry::PreventDefault);
                self.state.events[event].prevent_default();
                DONE
            }
            Call::InitEvent { event_type, bubbles, cancelable } => {
                let event = callback.event.ok_or(Exception::TypeError)?;
                self.state.events[event].init_event(*event_type, *bubbles, *cancelable);
                DONE
            }
            Call::ReadEvent(which, member) => {
                let event = match which {
                    WhichEvent::Current => callback.event,
                    WhichEvent::Kept => self.state.events.kept(),
                };
                let event = event.ok_or(Exception::TypeError)?;
                if let Some(value) = self.read_event(event, *member) {
                    trace.emit(Entry::ReadEvent { event: *which, member: *member, value });
                }
                DONE
            }
            Call::KeepEvent => {
                let event = callback.event.ok_or(Exception::TypeError)?;
                let (which, member) = (WhichEvent::Current, EventMember::Itself);
                trace.emit(Entry::ReadEvent { event: which, member, value: 0 });
                self.state.events.keep(event);
                DONE
            }
            Call::QueueMicrotask(function) => {
                trace.emit(Entry::MicrotaskQueued { function: *function });
                if self.state.tasks.enqueue_microtask(*function).is_err() {
                    self.hit(Bound::Microtasks, trace);
                }
                DONE
            }
            Call::SetTimeout(function, ms) => {
                trace.emit(Entry::SetTimeout { function: *function, delay_ms: *ms });
                // HTML, timer initialization steps: the timeout is a `long` of Web IDL, and a negative one is 0.
                let timeout_ms = ms.cast_signed().max(0).unsigned_abs();
                let timer = PageTimer { function: *function, remaining_us: u64::from(timeout_ms) * 1000 };
                if self.state.timers.set(timer).is_err() {
                    self.hit(Bound::Timers, trace);
                }
                self.enqueue_due_timers(trace);
                DONE
            }
            Call::PostMessage(function) => {
                self.enqueue(QueuedTask::new(Task::PostedMessage(*function)), trace);
                DONE
            }
            Call::Note(note) => {
                trace.emit(Entry::Note { note: *note });
                DONE
            }
            // A page ends the function instead of making these calls.
            Call::Throw => return Err(Exception::Thrown),
            Call::ReturnFalse => Flow::Done(Completion::ReturnedFalse),
        })
    }

    /// The object that a call is made on; `undefined` has no members, so a WebSocket that is not there is a TypeError.
    fn target(&self, on: Receiver, callback: &Callback<P::Activation>) -> Result<Target, Exception> {
        match on {
            Receiver::This => Ok(callback.this),
            Receiver::Global => Ok(Target::Global),
            Receiver::Socket(index)
                if usize::from(index) < self.state.sockets.len()
                    && !self.state.lifetime.is_collected(SocketId(index)) =>
            {
                Ok(Target::Socket(SocketId(index)))
            }
            Receiver::Socket(_) => Err(Exception::TypeError),
        }
    }

    fn add_listener(
        &mut self,
        target: Target,
        event_type: EventType,
        function: FunctionId,
        options: ListenerOptions,
        trace: &mut Trace,
    ) {
        trace.emit(Entry::AddListener { target, event_type, function, options });
        if self.state.listeners.add(target, event_type, function, options).is_err() {
            self.hit(Bound::Listeners, trace);
        }
        if self.has(Fault::LiveListeners) {
            let State { stack, listeners, .. } = &mut *self.state;
            for frame in stack.iter_mut() {
                if let Frame::Dispatch { dispatch, .. } = frame {
                    dispatch.see_added(listeners);
                }
            }
        }
    }

    fn read_event(&self, event: EventId, member: EventMember) -> Option<u8> {
        let object = &self.state.events[event];
        match member {
            EventMember::EventPhase => Some(object.event_phase()),
            EventMember::ComposedPath => Some(object.composed_path_len()),
            EventMember::DefaultPrevented => Some(u8::from(object.canceled)),
            EventMember::Itself => None,
        }
    }

    pub(super) fn begin_call(&self, target: Target, method: Method, trace: &mut Trace) {
        trace.emit(Entry::CallBegin { target, method, ready_state: self.ready_state(target) });
    }

    pub(super) fn end_call(
        &self,
        target: Target,
        method: Method,
        result: Result<(), Exception>,
        trace: &mut Trace,
    ) -> Completion {
        let completion = result.map_or_else(Completion::Threw, |()| Completion::Normal);
        trace.emit(Entry::CallEnd { target, method, ready_state: self.ready_state(target), completion });
        completion
    }

    // send(data)

    fn send<C: Choices>(
        &mut self,
        socket: SocketId,
        data: &Data,
        choices: &mut C,
        trace: &mut Trace,
    ) -> Completion {
        let target = Target::Socket(socket);
        self.begin_call(target, Method::Send, trace);
        let (message_type, data) = match data {
            Data::Text(text) => {
                let mut utf8 = core::mem::take(&mut self.scratch);
                utf8.clear();
                conversion::string_to_utf8(text, &mut utf8, trace);
                let id = trace.intern(&utf8);
                self.scratch = utf8;
                (MessageType::Text, id)
            }
            Data::Binary(bytes) => (MessageType::Binary, trace.intern(bytes)),
        };
        trace.emit(Entry::SendArgument { socket, text: message_type == MessageType::Text, data });
        let result = if self.state.socket(socket).dom.ready_state == ReadyState::Connecting {
            Err(Exception::InvalidStateError)
        } else {
            // What cannot be transmitted any more is counted all the same (API-31).
            let len = trace.payloads.get(data).len();
            let ready_state = self.state.socket(socket).dom.ready_state;
            let is_counted = self.scenario.profile.buffered_amount != BufferedAmount::ZeroAfterClose
                || ready_state == ReadyState::Open;
            if is_counted {
                self.state.socket(socket).dom.buffer(len);
            }
            self.with_endpoint(socket, choices, trace, |endpoint: &mut Endpoint, cx| {
                endpoint.send(message_type, data, cx);
            });
            Ok(())
        };
        self.end_call(target, Method::Send, result, trace)
    }

    // Attributes.

    /// Whether the object has an event handler for events of this type (WebSockets Standard, interface; HTML,
    /// `GlobalEventHandlers`, `WindowEventHandlers` and `WorkerGlobalScope`; HANDLER-01).
    fn has_handler(&self, target: Target, event_type: EventType) -> bool {
        match (target, event_type) {
            (_, EventType::Message | EventType::Error) => true,
            (_, EventType::Custom(_)) => false,
            (Target::Socket(_), EventType::Open | EventType::Close) => true,
            (Target::Socket(_), EventType::PageHide | EventType::Unload) => false,
            (Target::Global, EventType::Open) => false,
            (Target::Global, EventType::Close | EventType::PageHide | EventType::Unload) => {
                self.scenario.agent.global == Global::Window
            }
        }
    }

    fn lacks(&self, attribute: Attribute) -> bool {
        attribute == Attribute::BufferedAmount
            && self.scenario.profile.buffered_amount == BufferedAmount::Absent
    }

    fn read(&mut self, socket: SocketId, attribute: Attribute, trace: &Trace) -> u32 {
        let dom = self.state.socket(socket).dom;
        let len = |id: PayloadId| u32::try_from(trace.payloads.get(id).len()).unwrap_or(u32::MAX);
        match attribute {
            Attribute::ReadyState => dom.ready_state as u32,
            Attribute::BufferedAmount => dom.buffered_amount,
            Attribute::Protocol => len(dom.protocol),
            Attribute::Extensions => len(dom.extensions),
            Attribute::BinaryType => dom.binary_type as u32,
        }
    }
}
