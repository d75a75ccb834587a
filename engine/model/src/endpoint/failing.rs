//! The Close frame that precedes the end of TCP when a connection is failed: whether there is one, its code, its words
//! (RFC 6455 section 7.1.7; K-FAILCODE, FAIL-02).

use crate::profile::{FailureClose, FailureWords, FrameFailureCode, Profile, Utf8FailureCode};
use crate::status_code::{INVALID_FRAME_PAYLOAD_DATA, NORMAL_CLOSURE, PROTOCOL_ERROR};
use crate::trace::Cause;

/// The code, and whether it is sent; `None` where no Close frame can follow.
pub(super) fn failure_close(cause: Cause, profile: &Profile) -> Option<(u16, FailureClose)> {
    let code = cause.status_code()?;
    let utf8 = |knob| match knob {
        Utf8FailureCode::InvalidPayload => INVALID_FRAME_PAYLOAD_DATA,
        Utf8FailureCode::ProtocolError => PROTOCOL_ERROR,
    };
    Some(match cause {
        Cause::ReasonNotUtf8 => (utf8(profile.reason_failure_code), profile.reason_failure_close),
        Cause::CloseCode => (code, profile.code_failure_close),
        Cause::TextNotUtf8 => (utf8(profile.text_failure_code), profile.frame_failure_close),
        _ if code == PROTOCOL_ERROR => {
            let code = match profile.frame_failure_code {
                FrameFailureCode::ProtocolError => PROTOCOL_ERROR,
                FrameFailureCode::NormalClosure => NORMAL_CLOSURE,
            };
            (code, profile.frame_failure_close)
        }
        _ => (code, profile.frame_failure_close),
    })
}

/// The reason that goes with it, `first` being the first byte of the frame. Nobody prescribes one; where an
/// implementation's own words are not known they are left out.
pub(super) fn failure_words(cause: Cause, first: u8, words: FailureWords) -> &'static str {
    const RSV1: u8 = 0x40;
    match words {
        FailureWords::None => "",
        FailureWords::Chromium => match cause {
            Cause::ReservedBit => "Invalid reserved bit",
            Cause::ReservedOpcode => "Unknown opcode",
            Cause::MaskedByServer => "Masked frame from server",
            Cause::UnexpectedContinuation => "Unexpected continuation",
            Cause::ExpectedContinuation => "Previous data frame unfinished",
            Cause::TextNotUtf8 => "Invalid UTF-8 in text frame",
            Cause::ReasonNotUtf8 => "Invalid UTF-8 in Close frame",
            Cause::FragmentedControl
            | Cause::ControlTooLong
            | Cause::LengthHighBit
            | Cause::LengthNotMinimal => "WebSocket Protocol Error",
            _ => "",
        },
        FailureWords::Undici => match cause {
            Cause::ReservedBit if first & RSV1 != 0 => "Expected RSV1 to be clear.",
            Cause::ReservedBit => "RSV1, RSV2, RSV3 must be clear",
            Cause::ReservedOpcode => "Invalid opcode received",
            Cause::MaskedByServer => "Frame cannot be masked",
            Cause::FragmentedControl => "Invalid frame type was fragmented.",
            Cause::ControlTooLong => "Control frame either too large or fragmented",
            Cause::UnexpectedContinuation => "Unexpected continuation frame",
            Cause::ExpectedContinuation => "Expected continuation frame",
            Cause::LengthHighBit => "Received payload length > 2^31 bytes.",
            Cause::CloseBodyOfOneByte => "Received close frame with a 1-byte body.",
            Cause::CloseCode => "Invalid status code",
            Cause::ReasonNotUtf8 => "Invalid UTF-8",
            Cause::TextNotUtf8 => "Received invalid UTF-8 in text frame.",
            _ => "",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_standard_the_code_is_the_one_of_the_cause_and_the_choice_is_free() {
        for cause in Cause::ALL {
            let want = cause.status_code().map(|code| (code, FailureClose::Any));
            assert_eq!(failure_close(cause, &Profile::STANDARD), want, "{cause:?}");
            assert_eq!(failure_words(cause, 0, FailureWords::None), "");
        }
    }

    #[test]
    fn all_words_fit_into_a_close_frame() {
        for cause in Cause::ALL {
            for (words, _) in FailureWords::VALUES {
                assert!(failure_words(cause, 0xff, *words).len() <= 123, "{cause:?}");
            }
        }
    }
}
