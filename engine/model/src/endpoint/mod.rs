//! A sans-I/O endpoint of RFC 6455, for both roles: sections 4 to 7.
//!
//! Bytes, the ends of the stream, timers and commands go in; frames to write, as trace entries, and facts for the
//! layer above come out. It never reads a clock: it says which timer it needs, and is told when that fires.

mod answer;
mod closing;
mod context;
mod end;
mod failing;
mod read;
mod send_buffer;

pub use closing::{CloseBody, ClosingHandshake, Sent};
pub use context::Context;
pub use send_buffer::{SEND_SLOTS, SendBuffer};

use core::num::NonZeroU16;

use crate::choices::Choices;
use crate::profile::{AnswerTime, DataBeforeClose, FOREVER, Fault, Profile};
use crate::trace::{Cause, EndpointTimer, Entry, PayloadId, Side, TcpEnd};
use crate::wire::{MessageType, Role, Strictness};
use read::{Read, Reading};

/// What the layer above learns, in the order in which it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// The connection is established, with this subprotocol (HS-26).
    Established {
        /// The subprotocol in use, or the empty string.
        protocol: PayloadId,
    },
    /// A whole message was received (RFC 6455 section 6.2).
    Message {
        /// Its data.
        data: PayloadId,
        /// Whether it is text.
        is_text: bool,
    },
    /// The closing handshake is started (CLOSE-10).
    ClosingStarted,
    /// The connection is closed (CLOSE-40); see [`Endpoint::end`].
    Closed,
}

/// The end of a connection, as RFC 6455 section 7.1 defines its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct End {
    /// Closed cleanly (CLOSE-33).
    pub clean: bool,
    /// Failed, or closed because the send buffer was full: the page gets an `error` event (FAIL-13).
    pub error: bool,
    /// The connection close code (CLOSE-30).
    pub code: u16,
    /// The connection close reason (CLOSE-31).
    pub reason: PayloadId,
    /// Whether a Close was refused for its code or its reason.
    pub has_refused_close: bool,
    /// Whether a 101 response had come, be it a valid one or not.
    pub is_upgraded: bool,
}

/// Where the connection is. CLOSING of RFC 6455 is `Open` with a closing handshake that is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum State {
    /// TCP is not there yet.
    #[default]
    Idle,
    /// The opening handshake is under way; the response as far as it arrived.
    Connecting { response: PayloadId, nonce: u8, protocols: PayloadId },
    /// Established.
    Open,
    /// TCP is to be ended.
    Ending(TcpEnd),
    /// TCP is closed.
    Closed(End),
}

/// One endpoint of one connection.
///
/// [`advance`](Self::advance) is the only way forward: every other method notes what happened, and `advance` draws
/// the consequences one fact at a time until it returns `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Endpoint {
    role: Role,
    state: State,
    is_established: bool,
    failed: Option<Cause>,
    is_full: bool,
    fin_received: bool,
    is_writable: bool,
    /// Whether a Close was refused for its code or its reason.
    has_refused_close: bool,
    /// The status code that such a Close had, where that counts.
    refused_code: Option<NonZeroU16>,
    closing: ClosingHandshake,
    closing_told: bool,
    reading: Reading,
    output: SendBuffer,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::client()
    }
}

impl Endpoint {
    /// A client whose opening handshake has not been sent.
    #[must_use]
    pub fn client() -> Self {
        Self {
            role: Role::Client,
            state: State::Idle,
            is_established: false,
            failed: None,
            is_full: false,
            fin_received: false,
            is_writable: true,
            has_refused_close: false,
            refused_code: None,
            closing: ClosingHandshake::default(),
            closing_told: false,
            reading: Reading::new(Role::Client, Strictness::STRICT),
            output: SendBuffer::default(),
        }
    }

    /// A server that has accepted the opening handshake.
    #[must_use]
    pub fn server() -> Self {
        Self {
            role: Role::Server,
            state: State::Open,
            is_established: true,
            reading: Reading::new(Role::Server, Strictness::STRICT),
            ..Self::client()
        }
    }

    /// Whether the connection was ever established.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.is_established
    }

    /// Whether the opening handshake is under way.
    #[must_use]
    pub fn is_connecting(&self) -> bool {
        matches!(self.state, State::Connecting { .. })
    }

    /// Whether the opening handshake has not been sent.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// The closing handshake.
    #[must_use]
    pub fn closing(&self) -> &ClosingHandshake {
        &self.closing
    }

    /// How the connection ended, once it is closed.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        match self.state {
            State::Closed(end) => Some(end),
            State::Idle | State::Connecting { .. } | State::Open | State::Ending(_) => None,
        }
    }

    /// Whether the connection is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed(_))
    }

    /// Whether something waits in the send buffer that the transport would take.
    #[must_use]
    pub fn has_something_to_write(&self) -> bool {
        self.is_writable && self.state == State::Open && !self.output.is_empty()
    }

    /// Whether something waits in the send buffer, whether or not the peer reads.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// Whether bytes that arrive are read: from the request on, until the peer's FIN or the end of the connection.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        matches!(self.state, State::Connecting { .. } | State::Open) && !self.fin_received
    }

    /// Whether the peer reads.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.is_writable
    }

    /// Takes the number of bytes of application data that were transmitted since this was asked last.
    pub fn take_transmitted(&mut self) -> u32 {
        self.output.take_transmitted()
    }

    /// The timer that must be running now, and for how many microseconds if it is started now.
    ///
    /// At most one runs at a time: T0 until the connection is established, T1 until the closing handshake that was
    /// started is complete, T2 until TCP ends after that.
    #[must_use]
    pub fn timer(&self, profile: &Profile) -> Option<(EndpointTimer, u64)> {
        let (timer, us) = match self.state {
            State::Connecting { .. } => (EndpointTimer::Handshake, profile.handshake_timeout_us),
            State::Open if self.closing.is_complete() => (EndpointTimer::Linger, profile.linger_us),
            State::Open if self.closing.is_started() && !profile.has(Fault::NoCloseTimer) => {
                (EndpointTimer::Close, profile.close_timeout_us)
            }
            State::Idle | State::Open | State::Ending(_) | State::Closed(_) => return None,
        };
        (us != FOREVER).then_some((timer, us))
    }

    /// The TCP connection is there: sends the opening handshake, and returns its nonce (HS-12, HS-13).
    pub fn connect<C: Choices>(&mut self, protocols: PayloadId, cx: &mut Context<'_, C>) -> u8 {
        let nonce = cx.nonce();
        self.state = State::Connecting { response: PayloadId::EMPTY, nonce, protocols };
        self.reading = Reading::new(self.role, Strictness::of(cx.profile));
        cx.emit(Entry::Request { socket: cx.socket, nonce, protocols });
        nonce
    }

    /// Starts the closing handshake (RFC 6455 section 7.1.2; CLOSE-11).
    ///
    /// Does nothing unless the connection is established and no Close was sent or received.
    pub fn start_the_closing_handshake<C: Choices>(&mut self, body: CloseBody, cx: &mut Context<'_, C>) {
        if self.state == State::Open && !self.is_closing_shown(cx.profile) {
            self.closing.sent = Sent::Due(body);
            match cx.profile.data_before_close {
                DataBeforeClose::Sent => {}
                DataBeforeClose::Lost => self.output.drop_data(),
            }
        }
    }

    /// Whether the closing handshake is started as far as the page's calls are concerned: not yet, where a received
    /// Close is answered in the task that tells the page (K-ECHO).
    #[must_use]
    pub fn is_closing_shown(&self, profile: &Profile) -> bool {
        match profile.answer_time {
            AnswerTime::AtOnce => self.closing.is_started(),
            AnswerTime::InTask => self.closing.sent != Sent::No,
        }
    }

    /// Answers the peer's Close, unless that was done or the page has closed first.
    pub fn answer<C: Choices>(&mut self, cx: &mut Context<'_, C>) {
        if let (State::Open, Some(body), Sent::No) = (self.state, self.closing.received, self.closing.sent) {
            self.closing.sent = Sent::Due(body.answer(cx));
        }
    }

    /// Sends a message (RFC 6455 section 6.1); not if the connection is not open or is closing (API-31).
    ///
    /// If the data does not fit into the send buffer, the buffer is flagged as full and TCP is closed without a Close
    /// frame (FAIL-12).
    pub fn send<C: Choices>(&mut self, message_type: MessageType, data: PayloadId, cx: &mut Context<'_, C>) {
        let is_closing = self.is_closing_shown(cx.profile) && !cx.profile.has(Fault::DataAfterClose);
        if self.state != State::Open || is_closing {
            return;
        }
        let len = cx.trace.payloads.get(data).len();
        if self.output.has_room_for(len, cx.profile.send_buffer_len_max) {
            self.output.push_data(message_type, data, len);
            match cx.profile.data_before_close {
                DataBeforeClose::Sent => self.write_or_wait(cx),
                DataBeforeClose::Lost => {}
            }
        } else {
            self.is_full = true;
            cx.emit(Entry::Full { socket: cx.socket });
            self.state = State::Ending(TcpEnd::Us);
        }
    }

    /// The transport takes what waits in the send buffer.
    pub fn write<C: Choices>(&mut self, cx: &mut Context<'_, C>) {
        if self.has_something_to_write() {
            self.output.flush(self.role, &mut self.closing, cx);
        }
    }

    /// The peer reads, or no longer does.
    pub fn set_writable(&mut self, is_writable: bool) {
        self.is_writable = is_writable;
    }

    /// Draws the next consequence of what happened, reading from `input` as far as needed.
    ///
    /// Returns one fact, or `None` when nothing more follows: `input` is then empty unless the connection ended.
    pub fn advance<C: Choices>(&mut self, input: &mut &[u8], cx: &mut Context<'_, C>) -> Option<Fact> {
        loop {
            if self.closing.is_started() && !self.closing_told {
                self.closing_told = true;
                let by = if self.closing.received.is_some() { Side::Peer } else { Side::Us };
                cx.emit(Entry::ClosingStarted { socket: cx.socket, by });
                return Some(Fact::ClosingStarted);
            }
            if let Sent::Due(body) = self.closing.sent {
                self.produce_close(body, cx);
                continue;
            }
            match self.state {
                State::Ending(by) => {
                    self.close_tcp(by, cx);
                    return Some(Fact::Closed);
                }
                State::Idle | State::Closed(_) => return None,
                State::Connecting { .. } => {
                    if input.is_empty() {
                        return None;
                    }
                    if let Some(fact) = self.read_response(input, cx) {
                        return Some(fact);
                    }
                }
                State::Open => {
                    if self.closing.received.is_some()
                        && self.closing.sent == Sent::No
                        && cx.profile.answer_time == AnswerTime::AtOnce
                        && !cx.profile.has(Fault::NoAnswer)
                    {
                        // With the received code and reason (CLOSE-12, CLOSE-13, K-ECHO).
                        self.answer(cx);
                        continue;
                    }
                    if self.settle() {
                        continue;
                    }
                    match self.read_frames(input, cx) {
                        Read::Fact(fact) => return Some(fact),
                        Read::Progress => {}
                        Read::NeedsInput => return None,
                    }
                }
            }
        }
    }

    /// Ends TCP if nothing is left to wait for; says whether it did.
    fn settle(&mut self) -> bool {
        let by = if self.closing.is_complete() && self.role == Role::Server {
            // The server ends TCP first (CLOSE-15).
            TcpEnd::Us
        } else if self.fin_received && !self.closing.is_answer_pending() {
            TcpEnd::Fin
        } else {
            return false;
        };
        self.state = State::Ending(by);
        true
    }

    /// Puts our Close behind everything that was sent before (API-14).
    fn produce_close<C: Choices>(&mut self, body: CloseBody, cx: &mut Context<'_, C>) {
        self.closing.sent = Sent::Buffered(body);
        if self.failed.is_some() {
            // Only asked for where the transport takes it at once; what waits before it is given up.
            self.output.clear();
            self.output.push_close(body.body);
            self.output.flush(self.role, &mut self.closing, cx);
            self.state = State::Ending(TcpEnd::Us);
            return;
        }
        if cx.profile.has(Fault::DataLostAtClose) {
            self.output.clear();
        }
        if cx.profile.has(Fault::CloseLostWhenFull)
            && !self
                .output
                .has_room_for(cx.trace.payloads.get(body.body).len(), cx.profile.send_buffer_len_max)
        {
            return;
        }
        self.output.push_close(body.body);
        if cx.profile.has(Fault::AnswerTwice)
            && self.closing.received.is_some()
            && self.output.len() < SEND_SLOTS
        {
            self.output.push_close(body.body);
        }
        self.write_or_wait(cx);
    }

    fn write_or_wait<C: Choices>(&mut self, cx: &mut Context<'_, C>) {
        let is_first = self.output.len() == 1;
        if self.is_writable && is_first && cx.writes_now() {
            self.output.flush(self.role, &mut self.closing, cx);
        }
    }
}
