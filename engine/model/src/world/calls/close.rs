//! `close(code, reason)` (WebSockets Standard, close; API-01 to API-19, IDL-16).

use crate::choices::Choices;
use crate::dom::web_socket::{CloseDecision, Connection, close_body, validate_close};
use crate::dom::{Value, convert};
use crate::endpoint::CloseBody;
use crate::event_loop::QueuedTask;
use crate::page::Page;
use crate::profile::Guard;
use crate::trace::{
    Cause, Completion, Entry, Exception, Given, Method, ReadyState, SocketId, Target, Task, Trace,
};
use crate::world::World;
use crate::world::callback::Flow;
use crate::world::state::Callback;

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
