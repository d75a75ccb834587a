//! What an endpoint needs from around it for the length of one call.

use core::ops::Range;

use crate::choices::{Alternative, Choices, Point, ask, ask_number};
use crate::profile::{FailureClose, Profile};
use crate::trace::{Entry, PayloadId, SocketId, Trace};

/// The surroundings of an endpoint: where entries go, who answers what is left open, and which knobs hold.
#[derive(Debug)]
pub struct Context<'a, C> {
    /// The number under which the connection stands in the trace.
    pub socket: SocketId,
    /// The knobs.
    pub profile: &'a Profile,
    /// What happened so far.
    pub trace: &'a mut Trace,
    /// Who chooses.
    pub choices: &'a mut C,
}

impl<C: Choices> Context<'_, C> {
    pub(super) fn emit(&mut self, entry: Entry) {
        self.trace.emit(entry);
    }

    // A store that is exhausted gives the empty string and says so; the world then ends the run.

    pub(super) fn intern(&mut self, bytes: &[u8]) -> PayloadId {
        self.trace.intern(bytes)
    }

    pub(super) fn intern_part(&mut self, id: PayloadId, range: Range<usize>) -> PayloadId {
        self.trace.payloads.intern_part(id, range).unwrap_or_default()
    }

    pub(super) fn append(&mut self, id: PayloadId, bytes: &[u8]) -> PayloadId {
        self.trace.payloads.append(id, bytes).unwrap_or_default()
    }

    pub(super) fn append_with(
        &mut self,
        id: PayloadId,
        bytes: &[u8],
        change: impl FnOnce(&mut [u8]),
    ) -> PayloadId {
        self.trace.payloads.append_with(id, bytes, change).unwrap_or_default()
    }

    pub(super) fn concatenate(&mut self, head: PayloadId, tail: PayloadId) -> PayloadId {
        self.trace.payloads.concatenate(head, tail).unwrap_or_default()
    }

    /// HS-13: one draw a connection.
    pub(super) fn nonce(&mut self) -> u8 {
        u8::try_from(ask_number(self.choices, Point::HandshakeNonce, 256)).expect("it is below 256")
    }

    /// WIRE-11: one draw a frame.
    pub(super) fn mask(&mut self) -> u8 {
        u8::try_from(ask_number(self.choices, Point::FrameMask, 256)).expect("it is below 256")
    }

    /// Whether a frame reaches the transport at once.
    pub(super) fn writes_now(&mut self) -> bool {
        ask(self.choices, Point::TcpWrite, &[Alternative::Now, Alternative::Later]) == Alternative::Now
    }

    /// Whether a Close precedes the end of TCP when the connection is failed (FAIL-02).
    pub(super) fn sends_close_when_failing(&mut self, knob: FailureClose) -> bool {
        match knob {
            FailureClose::Any => {
                ask(self.choices, Point::FailClose, &[Alternative::Send, Alternative::Omit])
                    == Alternative::Send
            }
            FailureClose::Send => true,
            FailureClose::Omit => false,
        }
    }
}
