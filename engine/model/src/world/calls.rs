//! What the calls of a page do to DOM objects and endpoints.

use alloc::vec::Vec;

use super::World;
use super::callback::Flow;
use super::state::{Address, Callback, Socket};
use crate::choices::Choices;
use crate::dom::web_socket::{CloseDecision, Connection, close_body, is_protocol_token, validate_close};
use crate::dom::{EventId, Value, convert, parse_url};
use crate::endpoint::{CloseBody, Endpoint};
use crate::event_loop::{PageTimer, QueuedTask};
use crate::page::{Call, CloseEventInit, Data, JsString, NewEvent, Page, Receiver};
use crate::profile::Guard;
use crate::trace::{
    Attribute, Bound, Cause, Completion, Entry, EventAttributes, Exception, Given, Interface, Method,
    PayloadId, ReadyState, SocketId, Target, Task, Trace,
};

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
        let target = |on| self.target(on, callback);
        match call {
            Call::Construct { url, protocols } => Flow::Done(self.construct(url, protocols, trace)),
            Call::Close { on, code, reason } => match target(*on) {
                Ok(Target::Socket(socket)) => self.close(socket, code, reason, callback, choices, trace),
                Ok(Target::Global) | Err(()) => Flow::Done(Completion::Threw(Exception::TypeError)),
            },
            Call::Send { on, data } => match target(*on) {
                Ok(Target::Socket(socket)) => Flow::Done(self.send(socket, data, choices, trace)),
                Ok(Target::Global) | Err(()) => Flow::Done(Completion::Threw(Exception::TypeError)),
            },
            Call::Dispatch { on, event } => match target(*on) {
                Ok(target) => self.dispatch_event(target, event, callback, trace),
                Err(()) => Flow::Done(Completion::Threw(Exception::TypeError)),
            },
            Call::Read(on, attribute) => match target(*on) {
                Ok(Target::Socket(socket)) => {
                    let value = self.read(socket, *attribute, trace);
                    trace.emit(Entry::Read { socket, attribute: *attribute, value });
                    DONE
                }
                // The global object has no such attribute: `undefined`.
                Ok(Target::Global) => DONE,
                Err(()) => Flow::Done(Completion::Threw(Exception::TypeError)),
            },
            Call::AddListener { on, event_type, function, options } => {
                let Ok(target) = target(*on) else {
                    return Flow::Done(Completion::Threw(Exception::TypeError));
                };
                trace.emit(Entry::AddListener {
                    target,
                    event_type: *event_type,
                    function: *function,
                    options: *options,
                });
                if self.state.listeners.add(target, *event_type, *function, *options).is_err() {
                    self.hit(Bound::Listeners);
                }
                DONE
            }
            Call::RemoveListener { on, event_type, function, capture } => {
                let Ok(target) = target(*on) else {
                    return Flow::Done(Completion::Threw(Exception::TypeError));
                };
                let (event_type, function, capture) = (*event_type, *function, *capture);
                trace.emit(Entry::RemoveListener { target, event_type, function, capture });
                self.state.listeners.remove(target, event_type, function, capture);
                DONE
            }
            Call::SetHandler { on, event_type, value } => {
                let Ok(target) = target(*on) else {
                    return Flow::Done(Completion::Threw(Exception::TypeError));
                };
                trace.emit(Entry::SetHandler { target, event_type: *event_type, value: *value });
                if self.state.listeners.set_handler(target, *event_type, *value).is_err() {
                    self.hit(Bound::Listeners);
                }
                DONE
            }
            Call::Abort(signal) => {
                trace.emit(Entry::Abort { signal: *signal });
                self.state.listeners.abort(*signal);
                DONE
            }
            Call::StopPropagation => self.with_event(callback, |world, event| {
                trace.emit(Entry::StopPropagation { immediate: false });
                world.state.events[event].stop_propagation();
            }),
            Call::StopImmediatePropagation => self.with_event(callback, |world, event| {
                trace.emit(Entry::StopPropagation { immediate: true });
                world.state.events[event].stop_immediate_propagation();
            }),
            Call::PreventDefault => self.with_event(callback, |world, event| {
                trace.emit(Entry::PreventDefault);
                world.state.events[event].prevent_default();
            }),
            Call::InitEvent { event_type, bubbles, cancelable } => {
                self.with_event(callback, |world, event| {
                    world.state.events[event].init_event(*event_type, *bubbles, *cancelable);
                })
            }
            Call::KeepEvent => self.with_event(callback, |world, event| world.state.events.keep(event)),
            Call::QueueMicrotask(function) => {
                trace.emit(Entry::MicrotaskQueued { function: *function });
                if self.state.tasks.enqueue_microtask(*function).is_err() {
                    self.hit(Bound::Microtasks);
                }
                DONE
            }
            Call::SetTimeout(function, ms) => {
                let timer = PageTimer { function: *function, remaining_us: u64::from(*ms) * 1000 };
                if self.state.timers.set(timer).is_err() {
                    self.hit(Bound::Timers);
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
            Call::Throw => Flow::Done(Completion::Threw(Exception::Thrown)),
            Call::ReturnFalse => Flow::Done(Completion::ReturnedFalse),
        }
    }

    /// The object that a call is made on; an error for a WebSocket that is not there.
    fn target(&self, on: Receiver, callback: &Callback<P::Activation>) -> Result<Target, ()> {
        match on {
            Receiver::This => Ok(callback.this),
            Receiver::Global => Ok(Target::Global),
            Receiver::Socket(index) if usize::from(index) < self.state.sockets.len() => {
                Ok(Target::Socket(SocketId(index)))
            }
            Receiver::Socket(_) => Err(()),
        }
    }

    fn with_event(
        &mut self,
        callback: &Callback<P::Activation>,
        act: impl FnOnce(&mut Self, EventId),
    ) -> Flow {
        match callback.event {
            Some(event) => {
                act(self, event);
                DONE
            }
            None => Flow::Done(Completion::Threw(Exception::TypeError)),
        }
    }

    fn begin_call(&self, target: Target, method: Method, trace: &mut Trace) {
        trace.emit(Entry::CallBegin { target, method, ready_state: self.ready_state(target) });
    }

    fn end_call(
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

    // new WebSocket(url, protocols)

    fn construct(&mut self, url: &JsString, protocols: &[JsString], trace: &mut Trace) -> Completion {
        if self.state.sockets.room() == 0 {
            self.hit(Bound::Sockets);
            return Completion::Normal;
        }
        let index = u8::try_from(self.state.sockets.len()).expect("there are few sockets");
        let socket = SocketId(index);
        let target = Target::Socket(socket);
        self.begin_call(target, Method::Constructor, trace);
        let mut text = core::mem::take(&mut self.scratch);
        text.clear();
        convert::utf16_to_utf8(url, &mut text);
        let url_len = text.len();
        let well_formed = append_protocols(protocols, &mut text);
        let (url, list) = text.split_at(url_len);
        let (url_id, list_id) = (trace.intern(url), trace.intern(list));
        trace.emit(Entry::ConstructorArguments { socket, url: url_id, protocols: list_id });
        // HS-05: the URL is judged before the subprotocols.
        let result = match parse_url(url) {
            Some(address) if well_formed => {
                let host = trace.intern(&address.host_name(url));
                let is_port_bad = address.is_port_bad();
                Ok(Address { host, port: address.port, is_port_bad, protocols: list_id })
            }
            Some(_) | None => Err(Exception::SyntaxError),
        };
        self.scratch = text;
        let result = result.map(|address| {
            let socket = Socket { address, ..Socket::default() };
            self.state.sockets.push(socket).expect("there is room");
        });
        self.end_call(target, Method::Constructor, result, trace)
    }

    // close(code, reason)

    fn close<C: Choices>(
        &mut self,
        socket: SocketId,
        code: &Value,
        reason: &Value,
        callback: &Callback<P::Activation>,
        choices: &mut C,
        trace: &mut Trace,
    ) -> Flow {
        let target = Target::Socket(socket);
        // Web IDL converts the arguments in their order, and an object's conversion runs script (IDL-16).
        const CODE_CONVERTED: u8 = 1;
        const REASON_CONVERTED: u8 = 2;
        if callback.part == 0 {
            self.begin_call(target, Method::Close, trace);
            if let Value::Object(function, _) = code {
                return self.convert(*function, callback, CODE_CONVERTED);
            }
        } else if let Completion::Threw(exception) = callback.last {
            return Flow::Done(self.end_call(target, Method::Close, Err(exception), trace));
        }
        let code_bits = match code {
            Value::Undefined => Ok(None),
            Value::Null
            | Value::Boolean(_)
            | Value::Number(_)
            | Value::BigInt(_)
            | Value::Symbol
            | Value::String(_)
            | Value::Object(..) => convert::to_number(code).map(Some),
        };
        let code_bits = match code_bits {
            Ok(bits) => bits,
            Err(exception) => {
                return Flow::Done(self.end_call(target, Method::Close, Err(exception), trace));
            }
        };
        if callback.part != REASON_CONVERTED
            && let Value::Object(function, _) = reason
        {
            return self.convert(*function, callback, REASON_CONVERTED);
        }
        let result = self.close_steps(socket, (code, code_bits), reason, choices, trace);
        Flow::Done(self.end_call(target, Method::Close, result, trace))
    }

    /// The steps of `close()` (API-01 to API-19).
    fn close_steps<C: Choices>(
        &mut self,
        socket: SocketId,
        (code, code_bits): (&Value, Option<u64>),
        reason: &Value,
        choices: &mut C,
        trace: &mut Trace,
    ) -> Result<(), Exception> {
        // The body of the Close frame: two bytes for the code, then the reason.
        let mut body = core::mem::take(&mut self.scratch);
        body.clear();
        body.extend_from_slice(&[0, 0]);
        let converted = match reason {
            Value::Undefined => Ok(Given::Missing),
            _ => convert::to_usv_string(reason, &mut body).map(|()| Given::Present),
        };
        let result = converted.and_then(|reason_given| {
            let reason_utf8 = trace.intern(&body[2..]);
            // What was given is told from the call and not from what the conversion made of it.
            trace.emit(Entry::CloseArguments {
                socket,
                code: given(code),
                reason: given(reason),
                reason_utf8,
                code_bits: code_bits.unwrap_or_default(),
            });
            self.close_with(socket, code_bits, reason_given, &mut body, choices, trace)
        });
        self.scratch = body;
        result
    }

    fn close_with<C: Choices>(
        &mut self,
        socket: SocketId,
        code_bits: Option<u64>,
        reason_given: Given,
        body: &mut [u8],
        choices: &mut C,
        trace: &mut Trace,
    ) -> Result<(), Exception> {
        let reason_len = match reason_given {
            Given::Missing => None,
            Given::Present => Some(body.len() - 2),
        };
        let code = code_bits.map(convert::clamp_to_unsigned_short);
        // Steps 1 and 2.
        validate_close(code, reason_len)?;
        // Step 3.
        let at = self.state.socket(socket);
        let connection = Connection {
            is_established: at.endpoint.is_established(),
            is_closing_started: at.endpoint.closing().is_started(),
            is_closed: at.endpoint.is_closed(),
        };
        match at.dom.close_decision(connection) {
            CloseDecision::Nothing => return Ok(()),
            CloseDecision::Fail => self.with_endpoint(socket, choices, trace, |endpoint, cx| {
                endpoint.fail(Cause::ClosedByPage, 0, cx);
            }),
            CloseDecision::Start => {
                let close = match close_body(code, reason_len, self.scenario.profile.reason_only) {
                    None => CloseBody::default(),
                    Some(code) => {
                        body[..2].copy_from_slice(&code.to_be_bytes());
                        let reason = trace.intern(&body[2..]);
                        CloseBody { body: trace.intern(body), code: Some(code), reason }
                    }
                };
                self.with_endpoint(socket, choices, trace, |endpoint, _| {
                    endpoint.start_the_closing_handshake(close);
                });
            }
            CloseDecision::StateOnly => {
                let starts_in_vain = connection.is_established && connection.is_closed;
                if starts_in_vain
                    && !connection.is_closing_started
                    && self.scenario.profile.closing_task == Guard::Literal
                {
                    // the text starts a handshake on a transport that is gone, and tells the page so.
                    self.enqueue(QueuedTask::new(Task::Closing(socket)), trace);
                }
            }
        }
        self.set_ready_state(socket, ReadyState::Closing, trace);
        Ok(())
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
        let (text, data) = match data {
            Data::Text(text) => {
                let mut utf8 = core::mem::take(&mut self.scratch);
                utf8.clear();
                convert::utf16_to_utf8(text, &mut utf8);
                let id = trace.intern(&utf8);
                self.scratch = utf8;
                (true, id)
            }
            Data::Binary(bytes) => (false, trace.intern(bytes)),
        };
        trace.emit(Entry::SendArgument { socket, text, data });
        let result = if self.state.socket(socket).dom.ready_state == ReadyState::Connecting {
            Err(Exception::InvalidStateError)
        } else {
            // What cannot be transmitted any more is counted all the same (API-31).
            let len = trace.payloads.get(data).len();
            self.state.socket(socket).dom.buffer(len);
            self.with_endpoint(socket, choices, trace, |endpoint: &mut Endpoint, cx| {
                endpoint.send(text, data, cx);
            });
            Ok(())
        };
        self.end_call(target, Method::Send, result, trace)
    }

    // dispatchEvent(event)

    fn dispatch_event(
        &mut self,
        target: Target,
        event: &NewEvent,
        callback: &Callback<P::Activation>,
        trace: &mut Trace,
    ) -> Flow {
        const CODE_CONVERTED: u8 = 1;
        const REASON_CONVERTED: u8 = 2;
        const DISPATCHED: u8 = 3;
        if callback.part == DISPATCHED {
            return Flow::Done(self.end_call(target, Method::DispatchEvent, Ok(()), trace));
        }
        let event = match event {
            NewEvent::Event { event_type, bubbles, cancelable } => self.create(EventAttributes {
                event_type: *event_type,
                bubbles: *bubbles,
                cancelable: *cancelable,
                ..EventAttributes::default()
            }),
            NewEvent::CloseEvent(event_type, init) => {
                // The constructor runs first: members in their order, code before reason (IDL-09).
                if let Completion::Threw(_) = callback.last
                    && callback.part != 0
                {
                    return Flow::Done(callback.last);
                }
                if callback.part < CODE_CONVERTED
                    && let Value::Object(function, _) = &init.code
                {
                    return self.convert(*function, callback, CODE_CONVERTED);
                }
                if callback.part < REASON_CONVERTED
                    && let Value::Object(function, _) = &init.reason
                {
                    // A code that cannot be converted throws before the reason is looked at.
                    return match convert::to_number(&init.code) {
                        Ok(_) => self.convert(*function, callback, REASON_CONVERTED),
                        Err(exception) => Flow::Done(Completion::Threw(exception)),
                    };
                }
                match close_event(init, trace) {
                    Ok(attributes) => self.create(EventAttributes { event_type: *event_type, ..attributes }),
                    Err(exception) => return Flow::Done(Completion::Threw(exception)),
                }
            }
            NewEvent::Current => callback.event,
            NewEvent::Kept => self.state.events.kept(),
        };
        let Some(event) = event else {
            return Flow::Done(Completion::Threw(Exception::TypeError));
        };
        self.begin_call(target, Method::DispatchEvent, trace);
        match self.state.events[event].begin_synthetic_dispatch() {
            Ok(()) => {
                self.dispatch(target, event, false, trace);
                Flow::Suspended { part: DISPATCHED }
            }
            Err(exception) => Flow::Done(self.end_call(target, Method::DispatchEvent, Err(exception), trace)),
        }
    }

    fn create(&mut self, attributes: EventAttributes) -> Option<EventId> {
        let event = self.state.events.create(attributes);
        if event.is_none() {
            self.hit(Bound::Events);
        }
        event
    }

    // Attributes.

    fn read(&mut self, socket: SocketId, attribute: Attribute, trace: &Trace) -> u32 {
        let dom = self.state.socket(socket).dom;
        let len = |id: PayloadId| u32::try_from(trace.payloads.get(id).len()).unwrap_or(u32::MAX);
        match attribute {
            Attribute::ReadyState => dom.ready_state as u32,
            Attribute::BufferedAmount => dom.buffered_amount,
            Attribute::Protocol => len(dom.protocol),
            Attribute::Extensions => len(dom.extensions),
        }
    }
}

/// Whether an argument is there: one that is `undefined` is not (Web IDL, optional arguments).
fn given(argument: &Value) -> Given {
    match argument {
        Value::Undefined => Given::Missing,
        Value::Null
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::BigInt(_)
        | Value::Symbol
        | Value::String(_)
        | Value::Object(..) => Given::Present,
    }
}

/// Appends the subprotocols, separated by commas, and says whether they are well-formed and different (HS-04; A-32:
/// values that differ in case only count as equal).
fn append_protocols(protocols: &[JsString], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let mut well_formed = true;
    for (index, protocol) in protocols.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let at = out.len();
        convert::utf16_to_utf8(protocol, out);
        let (before, own) = out[start..].split_at(at - start);
        let is_repeated =
            index > 0 && before.split(|&byte| byte == b',').any(|other| other.eq_ignore_ascii_case(own));
        well_formed &= is_protocol_token(own) && !is_repeated;
    }
    well_formed
}

/// `new CloseEvent(type, init)` but for its type (IDL-07 to IDL-11).
fn close_event(init: &CloseEventInit, trace: &mut Trace) -> Result<EventAttributes, Exception> {
    let code = match &init.code {
        Value::Undefined => 0,
        code => convert::modulo_unsigned_short(convert::to_number(code)?),
    };
    let text = match &init.reason {
        Value::Undefined => PayloadId::EMPTY,
        reason => {
            let mut utf8 = Vec::new();
            convert::to_usv_string(reason, &mut utf8)?;
            trace.intern(&utf8)
        }
    };
    Ok(EventAttributes {
        interface: Interface::CloseEvent,
        bubbles: init.bubbles,
        cancelable: init.cancelable,
        was_clean: init.was_clean,
        code,
        text,
        ..EventAttributes::default()
    })
}
