//! Status codes as the oracle reads them (RFC 6455 section 7.4): tables of its own, since of one that it shared with
//! the endpoint neither would know that it is wrong.

use crate::profile::{AcceptCodes, AnswerCodes, FrameFailureCode, Profile, Utf8FailureCode};
use crate::trace::Cause;

/// Whether a code stands for something that did not come from a Close frame, so that none may carry it (CLOSE-03).
#[inline]
pub(super) fn is_never_written(code: u16) -> bool {
    code == 1005 || code == 1006 || code == 1015
}

/// Whether a code may be received (K-CODE).
#[inline]
pub(super) fn is_accepted(knob: AcceptCodes, code: u16) -> bool {
    // The last of those that are registered below 3000.
    let last = match knob {
        AcceptCodes::All => return true,
        AcceptCodes::NotReserved => return !is_never_written(code),
        AcceptCodes::Registered => 1014,
        AcceptCodes::UpTo1013 => 1013,
        AcceptCodes::UpTo1011 => 1011,
    };
    match code {
        ..1000 | 1004..1007 | 5000.. => false,
        1000..3000 => code <= last,
        3000..5000 => true,
    }
}

/// Whether this code is accepted where it answers our Close, although it may not be elsewhere (K answer-codes).
pub(super) fn is_accepted_as_answer(knob: AnswerCodes, code: u16) -> bool {
    match knob {
        AnswerCodes::Judged => false,
        AnswerCodes::All => true,
        AnswerCodes::NotReserved => !is_never_written(code),
    }
}

/// The code of the Close that can follow a failure under a profile (K-FAILCODE).
pub(super) fn of_failure_under(cause: Cause, profile: &Profile) -> Option<u16> {
    let is_told_by_1002 = match cause {
        Cause::TextNotUtf8 => profile.text_failure_code == Utf8FailureCode::ProtocolError,
        Cause::ReasonNotUtf8 => profile.reason_failure_code == Utf8FailureCode::ProtocolError,
        _ => false,
    };
    match of_failure(cause)? {
        _ if is_told_by_1002 => Some(1002),
        // What is said of frames is not said of the codes in them.
        1002 if cause != Cause::CloseCode
            && profile.frame_failure_code == FrameFailureCode::NormalClosure =>
        {
            Some(1000)
        }
        code => Some(code),
    }
}

/// The code of the Close that can follow a failure: the peer broke a rule of frames, sent what its type does not allow,
/// or too much of it (FAIL-07). `None` if it did nothing of the kind.
pub(super) fn of_failure(cause: Cause) -> Option<u16> {
    match cause {
        Cause::ReservedBit
        | Cause::ReservedOpcode
        | Cause::FragmentedControl
        | Cause::MaskedByServer
        | Cause::UnmaskedByClient
        | Cause::ControlTooLong
        | Cause::LengthHighBit
        | Cause::LengthNotMinimal
        | Cause::UnexpectedContinuation
        | Cause::ExpectedContinuation
        | Cause::CloseBodyOfOneByte
        | Cause::CloseCode
        | Cause::FrameAfterClose => Some(1002),
        Cause::TextNotUtf8 | Cause::ReasonNotUtf8 => Some(1007),
        Cause::TooBig => Some(1009),
        Cause::NameNotResolved
        | Cause::Unroutable
        | Cause::Refused
        | Cause::TlsFailed
        | Cause::BadPort
        | Cause::ContentSecurityPolicy
        | Cause::HandshakeTimeout
        | Cause::ClosedByPage
        | Cause::MalformedResponse
        | Cause::ResponseTooLarge
        | Cause::Status
        | Cause::Upgrade
        | Cause::Connection
        | Cause::Accept
        | Cause::Extension
        | Cause::ProtocolMissing
        | Cause::ProtocolUnrequested
        | Cause::EndOfStream
        | Cause::Reset
        | Cause::CloseTimeout
        | Cause::Disappeared => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status_code;

    #[test]
    fn the_tables_of_codes_agree() {
        use AcceptCodes::{All, NotReserved, Registered, UpTo1011, UpTo1013};
        for code in 0..=u16::MAX {
            assert_eq!(is_never_written(code), status_code::is_never_on_the_wire(code), "{code}");
            for knob in [NotReserved, All, Registered, UpTo1013, UpTo1011] {
                assert_eq!(is_accepted(knob, code), knob.accepts(code), "{knob}: {code}");
            }
        }
        for cause in Cause::ALL {
            assert_eq!(of_failure(cause), cause.status_code(), "{cause:?}");
        }
    }
}
