//! `close(code, reason)` (WebSockets Standard, close; API-01 to API-19, IDL-16).

use super::conversion;
use crate::choices::{Alternative, Choices, Point, ask};
use crate::dom::web_socket::{CloseDecision, Connection, close_body, validate_close};
use crate::dom::{Value, convert};
use crate::endpoint::CloseBody;
use crate::event_loop::QueuedTask;
use crate::page::Page;
use crate::profile::{
    BufferedAmount, CloseArguments, ConnectingClose, Fault, Guard, ReasonOnly, ThrowingClose,
};
use crate::trace::{
    Cause, Completion, Entry, EventType, Exception, Given, Method, PayloadId, ReadyState, SocketId, Target,
    Task, Trace,
};
use crate::world::World;
use crate::world::callback::Flow;
use crate::world::state::{Callback, Frame};

impl<P: Page> World<'_, P> {
    pub(super) fn close<C: Choices>(
        &mut self,
        socket: SocketId,
        code: &Value,
        reason: &Value,
        callback: &Callback<P::Activation>,
        choices: &mut C,
        trace: &mut Trace,
    ) -> Flow {
        // The parts of the call. Web IDL converts the arguments in their order, and an object's conversion runs script
        // (IDL-16); the other two come after events that the call fires itself.
        const CODE_CONVERTED: u8 = 1;
        const REASON_CONVERTED: u8 = 2;
        const ENDED_INSIDE: u8 = 3;
        const FIRED: u8 = 4;
        let target = Target::Socket(socket);
        if callback.part == FIRED {
            return Flow::Done(self.end_call(target, Method::Close, Ok(()), trace));
        }
        if callback.part == ENDED_INSIDE {
            return Flow::Done(self.close_after_events(socket, trace));
        }
        // What is ignored is not even converted.
        let (code, reason) = match self.scenario.profile.close_arguments {
            CloseArguments::Taken => (code, reason),
            CloseArguments::None => (&Value::Undefined, &Value::Undefined),
        };
        if callback.part == 0 {
            self.begin_call(target, Method::Close, trace);
            if let Value::Object(function, _) = code {
                return self.convert(*function, callback, CODE_CONVERTED, trace);
            }
        } else if let Completion::Threw(exception) = callback.last {
            return Flow::Done(self.end_call(target, Method::Close, Err(exception), trace));
        }
        let code_bits = if *code == Value::Undefined && !self.has(Fault::UndefinedIsZero) {
            Ok(None)
        } else if callback.part == REASON_CONVERTED {
            // It was told when it was converted, before the reason.
            convert::to_number(code).map(Some)
        } else {
            conversion::to_number(code, trace).map(Some)
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
            return self.convert(*function, callback, REASON_CONVERTED, trace);
        }
        let was_closed = self.state.socket(socket).endpoint.is_closed();
        let result = self.close_steps(socket, (code, code_bits), reason, choices, trace);
        if self.has(Fault::SynchronousClose) && !was_closed {
            let depth = self.state.stack.len();
            // It fires nothing if the connection is not closed.
            self.fire_close(socket, choices, trace);
            if self.state.stack.len() > depth {
                return Flow::Suspended { part: FIRED };
            }
        }
        match result {
            Ok(Closing::Done) => Flow::Done(self.end_call(target, Method::Close, Ok(()), trace)),
            Ok(Closing::Inside) => Flow::Suspended { part: ENDED_INSIDE },
            Err(exception) => {
                match self.scenario.profile.throwing_close {
                    ThrowingClose::ChangesNothing => {}
                    ThrowingClose::SetsClosing => {
                        self.set_ready_state(socket, ReadyState::Closing, trace);
                    }
                }
                Flow::Done(self.end_call(target, Method::Close, Err(exception), trace))
            }
        }
    }

    /// What is left of a `close()` that has fired the events of the end itself (K connecting-close).
    fn close_after_events(&mut self, socket: SocketId, trace: &mut Trace) -> Completion {
        self.set_ready_state(socket, ReadyState::Closing, trace);
        match self.scenario.profile.connecting_close {
            ConnectingClose::InsideAndTask if self.owes_error(socket) => {
                self.enqueue(QueuedTask::new(Task::Error(socket)), trace);
            }
            ConnectingClose::InTask | ConnectingClose::Inside | ConnectingClose::InsideAndTask => {}
        }
        self.end_call(Target::Socket(socket), Method::Close, Ok(()), trace)
    }

    /// The steps of `close()` (API-01 to API-19).
    fn close_steps<C: Choices>(
        &mut self,
        socket: SocketId,
        (code, code_bits): (&Value, Option<u64>),
        reason: &Value,
        choices: &mut C,
        trace: &mut Trace,
    ) -> Result<Closing, Exception> {
        // The body of the Close frame: two bytes for the code, then the reason.
        let mut body = core::mem::take(&mut self.scratch);
        body.clear();
        body.extend_from_slice(&[0, 0]);
        let converted = match reason {
            Value::Undefined => Ok(Given::Missing),
            _ => conversion::to_usv_string(reason, &mut body, trace).map(|()| Given::Present),
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
    ) -> Result<Closing, Exception> {
        let reason_len = match reason_given {
            Given::Missing => None,
            Given::Present if self.has(Fault::ReasonCountedInUtf16) => {
                let reason = core::str::from_utf8(&body[2..]).expect("it was converted to UTF-8");
                Some(reason.encode_utf16().count())
            }
            Given::Present => Some(body.len() - 2),
        };
        let code = code_bits.map(convert::clamp_to_unsigned_short);
        // Steps 1 and 2.
        let judged = code.filter(|_| !self.has(Fault::AnyCodeIsSet));
        if let Err(exception) = validate_close(judged, reason_len, &self.scenario.profile) {
            if self.has(Fault::ValidatedTooLate)
                && self.state.socket(socket).dom.ready_state < ReadyState::Closing
            {
                self.set_ready_state(socket, ReadyState::Closing, trace);
            }
            return Err(exception);
        }
        if self.has(Fault::NoCloseIfClosedInOpen) && self.is_in_open(socket) {
            self.state.socket(socket).mark = true;
        }
        // Step 3.
        let at = self.state.socket(socket);
        // An attempt that is given up for good knows nothing of having been given up.
        let fails_again = self.scenario.profile.connecting_close == ConnectingClose::InsideAndTask
            && !at.endpoint.is_established();
        let connection = Connection {
            is_established: at.endpoint.is_established(),
            is_closing_started: at.endpoint.is_closing_shown(&self.scenario.profile),
            is_closed: at.endpoint.is_closed() && !fails_again,
        };
        match at.dom.close_decision(connection) {
            CloseDecision::Nothing => {
                if connection.is_closed && self.has(Fault::CloseQueuesAgain) {
                    self.enqueue(QueuedTask::new(Task::Closed(socket)), trace);
                }
                if !self.has(Fault::CloseRearms) {
                    return Ok(Closing::Done);
                }
            }
            CloseDecision::Fail if self.has(Fault::OpensAfterClose) => {}
            CloseDecision::Fail => {
                self.is_ending_inside = self.scenario.profile.connecting_close != ConnectingClose::InTask;
                self.with_endpoint(socket, choices, trace, |endpoint, cx| {
                    endpoint.fail(Cause::ClosedByPage, 0, cx);
                });
                if core::mem::take(&mut self.is_ending_inside) {
                    self.push_end(socket, trace);
                    return Ok(Closing::Inside);
                }
                if self.has(Fault::ClosingAfterSynchronousFail) {
                    self.set_ready_state(socket, ReadyState::Closed, trace);
                }
            }
            CloseDecision::Start => {
                let close = self.close_frame_body(code, reason_len, body, choices, trace);
                self.with_endpoint(socket, choices, trace, |endpoint, cx| {
                    endpoint.start_the_closing_handshake(close, cx);
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
        match self.scenario.profile.buffered_amount {
            BufferedAmount::Grows | BufferedAmount::Absent => {}
            BufferedAmount::ZeroAfterClose => self.state.socket(socket).dom.buffered_amount = 0,
        }
        self.set_ready_state(socket, ReadyState::Closing, trace);
        Ok(Closing::Done)
    }

    /// What the Close frame says that starts the closing handshake (API-11 to API-13, K-REASON-ONLY): of `body`, two
    /// bytes for the code before the reason, as much as goes into it.
    fn close_frame_body<C: Choices>(
        &self,
        code: Option<u16>,
        reason_len: Option<usize>,
        body: &mut [u8],
        choices: &mut C,
        trace: &mut Trace,
    ) -> CloseBody {
        let mut reason_only = self.scenario.profile.reason_only;
        if reason_only == ReasonOnly::Any && code.is_none() && reason_len.is_some_and(|len| len > 0) {
            let alternatives = [Alternative::Reason, Alternative::Empty];
            reason_only = match ask(choices, Point::CloseBody, &alternatives) {
                Alternative::Reason => ReasonOnly::NormalClosure,
                _ => ReasonOnly::Empty,
            };
        }
        match close_body(code, reason_len, reason_only) {
            None if code.is_none() && reason_only == ReasonOnly::Raw => {
                let raw = trace.intern(&body[2..]);
                CloseBody { body: raw, code: None, reason: PayloadId::EMPTY }
            }
            None => CloseBody::default(),
            Some(_) if code.is_none() && self.has(Fault::ReasonWithoutCode) => {
                CloseBody { body: trace.intern(&body[2..]), ..CloseBody::default() }
            }
            Some(code) => {
                body[..2].copy_from_slice(&code.to_be_bytes());
                let reason = trace.intern(&body[2..]);
                CloseBody { body: trace.intern(body), code: Some(code), reason }
            }
        }
    }

    /// Whether the `open` event of `socket` is being dispatched.
    fn is_in_open(&self, socket: SocketId) -> bool {
        self.state.stack.iter().any(|frame| {
            let Frame::Dispatch { dispatch, event, .. } = frame else { return false };
            let event_type = self.state.events[*event].attributes.event_type;
            (dispatch.target(), event_type) == (Target::Socket(socket), EventType::Open)
        })
    }
}

/// How far a `close()` came.
enum Closing {
    /// To its end.
    Done,
    /// To the events of the end, which come next.
    Inside,
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
