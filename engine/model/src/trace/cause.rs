//! Why a WebSocket connection fails, as one closed list with the requirement that each cause breaks.

use core::fmt;

/// What made an endpoint "fail the WebSocket connection" (RFC 6455 section 7.1.7).
///
/// It is an error that says what is wrong in words, such as the one of an opening handshake:
///
/// ```
/// use wasclean_model::trace::Cause;
/// use wasclean_model::wire::handshake::parse_response;
///
/// fn head_len(bytes: &[u8]) -> Result<usize, Box<dyn std::error::Error>> {
///     Ok(parse_response(bytes, 0, b"")?.ok_or("more to come")?.head_len)
/// }
///
/// let error = head_len(b"HTTP/1.1 404 Not Found\r\n\r\n").unwrap_err();
/// assert_eq!(error.to_string(), "the status of the response is not 101");
/// assert_eq!(error.downcast_ref(), Some(&Cause::Status));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Cause {
    // Before anything was received.
    /// The address could not be resolved (HS-25).
    NameNotResolved,
    /// No route leads to the address (HS-25).
    Unroutable,
    /// The TCP connection was refused (HS-25).
    Refused,
    /// The TLS handshake failed (HS-25).
    TlsFailed,
    /// The port is one that must not be connected to (HS-09).
    BadPort,
    /// The opening handshake was not answered in time (N-11).
    HandshakeTimeout,
    /// The page called `close()` before the connection was established (FAIL-08).
    ClosedByPage,
    // The response to the opening handshake.
    /// The response is not HTTP (HS-31).
    MalformedResponse,
    /// The response head is larger than the limit (HS-31).
    ResponseTooLarge,
    /// The final status is not 101 (HS-17).
    Status,
    /// `Upgrade` is missing or is not `websocket` (HS-19).
    Upgrade,
    /// `Connection` is missing or does not name `upgrade` (HS-20).
    Connection,
    /// `Sec-WebSocket-Accept` is missing or is not the one for our key (HS-21).
    Accept,
    /// An extension that was not offered (HS-22).
    Extension,
    /// A subprotocol was requested and none was chosen (HS-18).
    ProtocolMissing,
    /// A subprotocol that was not requested (HS-23).
    ProtocolUnrequested,
    // Frames.
    /// A reserved bit is set without an extension (WIRE-05).
    ReservedBit,
    /// A reserved opcode (WIRE-06).
    ReservedOpcode,
    /// A control frame without FIN (WIRE-31).
    FragmentedControl,
    /// A frame from the server is masked (WIRE-07).
    MaskedByServer,
    /// A frame from the client is not masked (WIRE-08).
    UnmaskedByClient,
    /// A control frame that announces more than 125 bytes (WIRE-30).
    ControlTooLong,
    /// A 64-bit length with its highest bit set (WIRE-03).
    LengthHighBit,
    /// A length in a longer form than needed (WIRE-04).
    LengthNotMinimal,
    /// A continuation frame without a message to continue (WIRE-21).
    UnexpectedContinuation,
    /// A new data frame inside a fragmented message (WIRE-22).
    ExpectedContinuation,
    /// A message larger than the limit (WIRE-16).
    TooBig,
    /// A text message that is not UTF-8 (UTF8-04).
    TextNotUtf8,
    /// A Close frame with a body of one byte (CLOSE-01).
    CloseBodyOfOneByte,
    /// A status code that must not be on the wire (CLOSE-03, K-CODE).
    CloseCode,
    /// A close reason that is not UTF-8 (UTF8-05).
    ReasonNotUtf8,
    /// A frame after the peer's Close, under a profile that refuses it (K-TRAIL).
    FrameAfterClose,
    // TCP.
    /// The peer ended the stream without a Close, before or after ours (FAIL-06, K-EOF).
    EndOfStream,
    /// The peer reset the connection (FAIL-06).
    Reset,
    /// The closing handshake was not complete in time (K-T1): the peer did not answer our Close, or did not read our
    /// answer.
    CloseTimeout,
    // Lifetimes.
    /// The document or worker is gone, or the document goes into the back/forward cache (DOC-04, DOC-15).
    Disappeared,
    // The page again.
    /// The Content Security Policy of the page does not allow the URL (HS-08, HS-10).
    ContentSecurityPolicy,
}

impl Cause {
    /// All causes, in the order of their declaration.
    pub const ALL: [Self; 37] = [
        Self::NameNotResolved,
        Self::Unroutable,
        Self::Refused,
        Self::TlsFailed,
        Self::BadPort,
        Self::HandshakeTimeout,
        Self::ClosedByPage,
        Self::MalformedResponse,
        Self::ResponseTooLarge,
        Self::Status,
        Self::Upgrade,
        Self::Connection,
        Self::Accept,
        Self::Extension,
        Self::ProtocolMissing,
        Self::ProtocolUnrequested,
        Self::ReservedBit,
        Self::ReservedOpcode,
        Self::FragmentedControl,
        Self::MaskedByServer,
        Self::UnmaskedByClient,
        Self::ControlTooLong,
        Self::LengthHighBit,
        Self::LengthNotMinimal,
        Self::UnexpectedContinuation,
        Self::ExpectedContinuation,
        Self::TooBig,
        Self::TextNotUtf8,
        Self::CloseBodyOfOneByte,
        Self::CloseCode,
        Self::ReasonNotUtf8,
        Self::FrameAfterClose,
        Self::EndOfStream,
        Self::Reset,
        Self::CloseTimeout,
        Self::Disappeared,
        Self::ContentSecurityPolicy,
    ];

    /// The requirement that the peer, the network or the page made apply.
    #[must_use]
    pub fn requirement(self) -> &'static str {
        match self {
            Self::NameNotResolved | Self::Unroutable | Self::Refused | Self::TlsFailed => "HS-25",
            Self::BadPort => "HS-09",
            Self::HandshakeTimeout => "N-11",
            Self::ClosedByPage => "FAIL-08",
            Self::MalformedResponse | Self::ResponseTooLarge => "HS-31",
            Self::Status => "HS-17",
            Self::Upgrade => "HS-19",
            Self::Connection => "HS-20",
            Self::Accept => "HS-21",
            Self::Extension => "HS-22",
            Self::ProtocolMissing => "HS-18",
            Self::ProtocolUnrequested => "HS-23",
            Self::ReservedBit => "WIRE-05",
            Self::ReservedOpcode => "WIRE-06",
            Self::FragmentedControl => "WIRE-31",
            Self::MaskedByServer => "WIRE-07",
            Self::UnmaskedByClient => "WIRE-08",
            Self::ControlTooLong => "WIRE-30",
            Self::LengthHighBit => "WIRE-03",
            Self::LengthNotMinimal => "WIRE-04",
            Self::UnexpectedContinuation => "WIRE-21",
            Self::ExpectedContinuation => "WIRE-22",
            Self::TooBig => "WIRE-16",
            Self::TextNotUtf8 => "UTF8-04",
            Self::CloseBodyOfOneByte => "CLOSE-01",
            Self::CloseCode => "CLOSE-03",
            Self::ReasonNotUtf8 => "UTF8-05",
            Self::FrameAfterClose => "WIRE-46",
            Self::EndOfStream | Self::Reset => "FAIL-06",
            Self::CloseTimeout => "CLOSE-36",
            Self::Disappeared => "DOC-04",
            Self::ContentSecurityPolicy => "HS-10",
        }
    }

    /// The status code of the Close frame that precedes the end of TCP, if one is sent at all
    /// (RFC 6455 section 7.1.7; the RFC column of the table for K-FAILCODE).
    ///
    /// `None` where no Close frame can follow: the connection was never established, or the transport is gone.
    #[must_use]
    pub fn status_code(self) -> Option<u16> {
        match self {
            Self::TooBig => Some(1009),
            Self::TextNotUtf8 | Self::ReasonNotUtf8 => Some(1007),
            Self::ReservedBit
            | Self::ReservedOpcode
            | Self::FragmentedControl
            | Self::MaskedByServer
            | Self::UnmaskedByClient
            | Self::ControlTooLong
            | Self::LengthHighBit
            | Self::LengthNotMinimal
            | Self::UnexpectedContinuation
            | Self::ExpectedContinuation
            | Self::CloseBodyOfOneByte
            | Self::CloseCode
            | Self::FrameAfterClose => Some(1002),
            Self::NameNotResolved
            | Self::Unroutable
            | Self::Refused
            | Self::TlsFailed
            | Self::BadPort
            | Self::HandshakeTimeout
            | Self::ClosedByPage
            | Self::MalformedResponse
            | Self::ResponseTooLarge
            | Self::Status
            | Self::Upgrade
            | Self::Connection
            | Self::Accept
            | Self::Extension
            | Self::ProtocolMissing
            | Self::ProtocolUnrequested
            | Self::EndOfStream
            | Self::Reset
            | Self::CloseTimeout
            | Self::Disappeared
            | Self::ContentSecurityPolicy => None,
        }
    }
}

/// What is wrong, as the end of a sentence.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NameNotResolved => "the name could not be resolved",
            Self::Unroutable => "there is no route to the address",
            Self::Refused => "the TCP connection was refused",
            Self::TlsFailed => "the TLS handshake failed",
            Self::BadPort => "the port must not be connected to",
            Self::HandshakeTimeout => "the opening handshake was not answered in time",
            Self::ClosedByPage => "the page called close() before it was established",
            Self::MalformedResponse => "the response is not HTTP",
            Self::ResponseTooLarge => "the head of the response is too large",
            Self::Status => "the status of the response is not 101",
            Self::Upgrade => "the response does not upgrade to websocket",
            Self::Connection => "the Connection header does not name upgrade",
            Self::Accept => "Sec-WebSocket-Accept is missing or is not the one for our key",
            Self::Extension => "the response names an extension that was not offered",
            Self::ProtocolMissing => "none of the requested subprotocols was chosen",
            Self::ProtocolUnrequested => "a subprotocol was chosen that was not requested",
            Self::ReservedBit => "a reserved bit is set",
            Self::ReservedOpcode => "the opcode is reserved",
            Self::FragmentedControl => "a control frame must not be fragmented",
            Self::MaskedByServer => "a server must not mask its frames",
            Self::UnmaskedByClient => "a client must mask its frames",
            Self::ControlTooLong => "a control frame has at most 125 bytes of payload",
            Self::LengthHighBit => "the highest bit of a 64-bit length must be 0",
            Self::LengthNotMinimal => "the length is not in its shortest form",
            Self::UnexpectedContinuation => "there is no message to continue",
            Self::ExpectedContinuation => "the message under way must be continued first",
            Self::TooBig => "the message is too large",
            Self::TextNotUtf8 => "the text is not UTF-8",
            Self::CloseBodyOfOneByte => "the body of a Close frame is empty or has at least two bytes",
            Self::CloseCode => "this status code must not be on the wire",
            Self::ReasonNotUtf8 => "the reason is not UTF-8",
            Self::FrameAfterClose => "a frame came after the Close frame",
            Self::EndOfStream => "the peer ended the stream without a Close frame",
            Self::Reset => "the peer reset the connection",
            Self::CloseTimeout => "the closing handshake was not complete in time",
            Self::Disappeared => "its document or worker goes away",
            Self::ContentSecurityPolicy => "the Content Security Policy of the page does not allow the URL",
        })
    }
}

impl core::error::Error for Cause {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn the_list_is_complete_and_in_order() {
        for (index, cause) in Cause::ALL.into_iter().enumerate() {
            assert_eq!(cause as usize, index, "{cause:?}");
        }
        assert_eq!(Cause::ALL.len(), Cause::ContentSecurityPolicy as usize + 1);
    }

    #[test]
    fn every_cause_has_words_of_its_own() {
        let mut words: Vec<_> = Cause::ALL.into_iter().map(|cause| cause.to_string()).collect();
        words.sort_unstable();
        assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{words:#?}");
    }
}
