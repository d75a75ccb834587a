//! The WebSocket object (WebSockets Standard, interface WebSocket; API-01 to API-36).

use crate::profile::{CloseCodes, CloseExceptions, Profile, ReasonOnly};
use crate::status_code::{self, NORMAL_CLOSURE};
use crate::trace::{BinaryType, Exception, MessageData, PayloadId, ReadyState};

/// The longest reason, in bytes of UTF-8 (API-03, UTF8-12).
pub const REASON_LEN_MAX: usize = 123;

/// The attributes of a WebSocket that script can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct WebSocket {
    /// `readyState`
    pub ready_state: ReadyState,
    /// `protocol`
    pub protocol: PayloadId,
    /// `extensions`
    pub extensions: PayloadId,
    /// `bufferedAmount` in bytes, saturating.
    pub buffered_amount: u32,
    /// `binaryType`
    pub binary_type: BinaryType,
}

/// What the object knows of its connection when a method looks at it: protocol state, which runs ahead of
/// `readyState` by the tasks that are queued (API-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// Whether the connection was ever established.
    pub is_established: bool,
    /// Whether the closing handshake is started.
    pub is_closing_started: bool,
    /// Whether the connection is closed.
    pub is_closed: bool,
}

/// What `close()` decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseDecision {
    /// Nothing happens.
    Nothing,
    /// The connection is failed; `readyState` becomes CLOSING.
    Fail,
    /// The closing handshake is started; `readyState` becomes CLOSING.
    Start,
    /// `readyState` becomes CLOSING and nothing else happens: the peer closes already.
    StateOnly,
}

impl WebSocket {
    /// Which branch of the third step of `close()` applies (API-06 to API-09, §5.2).
    #[must_use]
    pub fn close_decision(&self, connection: Connection) -> CloseDecision {
        match self.ready_state {
            ReadyState::Closing | ReadyState::Closed => CloseDecision::Nothing,
            // a connection that is closed has nothing left to fail or to start.
            ReadyState::Connecting | ReadyState::Open if connection.is_closed => CloseDecision::StateOnly,
            ReadyState::Connecting | ReadyState::Open if !connection.is_established => CloseDecision::Fail,
            ReadyState::Connecting | ReadyState::Open if !connection.is_closing_started => {
                CloseDecision::Start
            }
            ReadyState::Connecting | ReadyState::Open => CloseDecision::StateOnly,
        }
    }

    /// Counts the data of a `send()` (API-31, API-32).
    pub fn buffer(&mut self, len: usize) {
        self.buffered_amount = self.buffered_amount.saturating_add(u32::try_from(len).unwrap_or(u32::MAX));
    }

    /// What `data` is made of a message (API-41).
    #[must_use]
    pub fn message_data(&self, is_text: bool) -> MessageData {
        if is_text { MessageData::Text } else { self.binary_type.data() }
    }

    /// Takes off what was transmitted before the event loop's present iteration (API-32).
    pub fn transmitted(&mut self, len: u32) {
        self.buffered_amount = self.buffered_amount.saturating_sub(len);
    }
}

/// The first two steps of `close()`, which come before anything else in every `readyState` (API-02 to API-04).
///
/// # Errors
///
/// `InvalidAccessError` for a code that a page may not set, then `SyntaxError` for a reason of more than
/// [`REASON_LEN_MAX`] bytes.
pub fn validate_close(
    code: Option<u16>,
    reason_len: Option<usize>,
    profile: &Profile,
) -> Result<(), Exception> {
    let (wrong_code, too_long) = match profile.close_exceptions {
        CloseExceptions::Dom => (Exception::InvalidAccessError, Exception::SyntaxError),
        CloseExceptions::Language => (Exception::TypeError, Exception::RangeError),
    };
    if code.is_some_and(|code| !takes(code, profile.close_codes)) {
        return Err(wrong_code);
    }
    if code.is_none() && reason_len.is_some() && profile.reason_only == ReasonOnly::Throw {
        return Err(wrong_code);
    }
    if reason_len.is_some_and(|len| len > REASON_LEN_MAX) {
        return Err(too_long);
    }
    Ok(())
}

/// Whether `close()` takes a status code.
fn takes(code: u16, knob: CloseCodes) -> bool {
    status_code::may_be_set_by_close(code)
        || match knob {
            CloseCodes::Page => false,
            CloseCodes::Registered => matches!(code, 1000..=1003 | 1007..=1014),
        }
}

/// The status code and whether the reason goes into the Close frame (API-11 to API-13).
#[must_use]
pub fn close_body(code: Option<u16>, reason_len: Option<usize>, knob: ReasonOnly) -> Option<u16> {
    match (code, reason_len, knob) {
        (Some(code), _, _) => Some(code),
        // Of several ways the plainest; the caller has chosen.
        (None, Some(1..), ReasonOnly::NormalClosure | ReasonOnly::Any) => Some(NORMAL_CLOSURE),
        (None, Some(1..), ReasonOnly::Empty | ReasonOnly::Throw | ReasonOnly::Raw)
        | (None, Some(0) | None, _) => None,
    }
}

/// Whether `protocol` can be an element of `Sec-WebSocket-Protocol`: not empty, printable ASCII without separators
/// (RFC 6455 section 4.1, request 10; HS-04).
#[must_use]
pub fn is_protocol_token(protocol: &[u8]) -> bool {
    // All of printable ASCII but the separators of RFC 2616 section 2.2.
    let is_token = |byte| {
        matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9')
            || matches!(
                byte,
                b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            )
    };
    !protocol.is_empty() && protocol.iter().copied().all(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ESTABLISHED: Connection =
        Connection { is_established: true, is_closing_started: false, is_closed: false };

    #[track_caller]
    fn check(ready_state: ReadyState, connection: Connection, want: CloseDecision) {
        let socket = WebSocket { ready_state, ..WebSocket::default() };
        assert_eq!(socket.close_decision(connection), want);
    }

    #[test]
    fn close_looks_at_ready_state_first_and_at_the_protocol_after_that() {
        let pending = Connection { is_established: false, ..ESTABLISHED };
        let closing = Connection { is_closing_started: true, ..ESTABLISHED };
        let closed = Connection { is_closed: true, ..closing };
        check(ReadyState::Connecting, pending, CloseDecision::Fail);
        check(ReadyState::Connecting, ESTABLISHED, CloseDecision::Start);
        check(ReadyState::Connecting, closing, CloseDecision::StateOnly);
        check(ReadyState::Open, ESTABLISHED, CloseDecision::Start);
        check(ReadyState::Open, closing, CloseDecision::StateOnly);
        check(ReadyState::Open, closed, CloseDecision::StateOnly);
        for connection in [pending, ESTABLISHED, closing, closed] {
            check(ReadyState::Closing, connection, CloseDecision::Nothing);
            check(ReadyState::Closed, connection, CloseDecision::Nothing);
        }
    }

    #[test]
    fn the_code_is_judged_before_the_reason() {
        assert_eq!(
            validate_close(Some(1), Some(200), &Profile::STANDARD),
            Err(Exception::InvalidAccessError)
        );
        assert_eq!(validate_close(Some(1000), Some(124), &Profile::STANDARD), Err(Exception::SyntaxError));
        assert_eq!(validate_close(None, Some(123), &Profile::STANDARD), Ok(()));
        for (code, ok) in
            [(999, false), (1000, true), (1001, false), (2999, false), (3000, true), (4999, true)]
        {
            assert_eq!(validate_close(Some(code), None, &Profile::STANDARD).is_ok(), ok, "{code}");
        }
        assert_eq!(validate_close(Some(5000), None, &Profile::STANDARD), Err(Exception::InvalidAccessError));
    }

    #[test]
    fn protocol_tokens() {
        for byte in 0..=u8::MAX {
            let is_separator = b"()<>@,;:\\\"/[]?={} \t".contains(&byte);
            assert_eq!(is_protocol_token(&[byte]), byte.is_ascii_graphic() && !is_separator, "{byte:02x}");
        }
        for (token, ok) in [("chat", true), ("", false), ("a b", false), ("a,b", false), ("é", false)] {
            assert_eq!(is_protocol_token(token.as_bytes()), ok, "{token}");
        }
    }
}
