//! The causes of a failed connection in words.

use wasclean_model::trace::Cause;

/// A cause as the end of a sentence.
#[must_use]
pub fn offence(cause: Cause) -> &'static str {
    match cause {
        Cause::NameNotResolved => "the name could not be resolved",
        Cause::Unroutable => "there is no route to the address",
        Cause::Refused => "the TCP connection was refused",
        Cause::TlsFailed => "the TLS handshake failed",
        Cause::BadPort => "the port must not be connected to",
        Cause::ContentSecurityPolicy => "the Content Security Policy of the page does not allow the URL",
        Cause::HandshakeTimeout => "the opening handshake was not answered in time",
        Cause::ClosedByPage => "the page called close() before it was established",
        Cause::MalformedResponse => "the response is not HTTP",
        Cause::ResponseTooLarge => "the head of the response is too large",
        Cause::Status => "the status of the response is not 101",
        Cause::Upgrade => "the response does not upgrade to websocket",
        Cause::Connection => "the Connection header does not name upgrade",
        Cause::Accept => "Sec-WebSocket-Accept is missing or is not the one for our key",
        Cause::Extension => "the response names an extension that was not offered",
        Cause::ProtocolMissing => "none of the requested subprotocols was chosen",
        Cause::ProtocolUnrequested => "a subprotocol was chosen that was not requested",
        Cause::ReservedBit => "a reserved bit is set",
        Cause::ReservedOpcode => "the opcode is reserved",
        Cause::FragmentedControl => "a control frame must not be fragmented",
        Cause::MaskedByServer => "a server must not mask its frames",
        Cause::UnmaskedByClient => "a client must mask its frames",
        Cause::ControlTooLong => "a control frame has at most 125 bytes of payload",
        Cause::LengthHighBit => "the highest bit of a 64-bit length must be 0",
        Cause::LengthNotMinimal => "the length is not in its shortest form",
        Cause::UnexpectedContinuation => "there is no message to continue",
        Cause::ExpectedContinuation => "the message under way must be continued first",
        Cause::TooBig => "the message is too large",
        Cause::TextNotUtf8 => "the text is not UTF-8",
        Cause::CloseBodyOfOneByte => "the body of a Close frame is empty or has at least two bytes",
        Cause::CloseCode => "this status code must not be on the wire",
        Cause::ReasonNotUtf8 => "the reason is not UTF-8",
        Cause::FrameAfterClose => "a frame came after the Close frame",
        Cause::EndOfStream => "the peer ended the stream without a Close frame",
        Cause::Reset => "the peer reset the connection",
        Cause::CloseTimeout => "the closing handshake was not complete in time",
        Cause::Disappeared => "its document or worker goes away",
        // The list of causes may grow; the requirement beside it says the rest.
        _ => "for a cause that has no words here",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_words_of_its_own() {
        let mut words: Vec<&str> = Cause::ALL.into_iter().map(offence).collect();
        words.sort_unstable();
        assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{words:#?}");
        assert!(!words.contains(&"for a cause that has no words here"));
    }
}
