//! What is made of frames that are received (RFC 6455 sections 4.1, 5 and 7.4).

use super::value::{Named, Value, Values, values};
use core::fmt;

values! {
    /// Which received status codes are accepted.
    AcceptCodes {
        /// Every value but those that are never on the wire: 1005, 1006 and 1015.
        NotReserved = "not-reserved",
        /// Every value.
        All = "all",
        /// 1000 to 1003, 1007 to 1014, and 3000 to 4999.
        Registered = "registered",
        /// 1000 to 1003, 1007 to 1013, and 3000 to 4999.
        UpTo1013 = "up-to-1013",
        /// 1000 to 1003, 1007 to 1011, and 3000 to 4999.
        UpTo1011 = "up-to-1011",
    }
}

values! {
    /// Whether the status code of a Close that answers ours is judged.
    AnswerCodes {
        /// As that of any other.
        Judged = "judged",
        /// It is not: every value is accepted.
        All = "all",
        /// Every value but 1005, 1006 and 1015 is accepted; of those the page is told what `refused-answer` says.
        NotReserved = "not-reserved",
    }
}

values! {
    /// What follows what arrives after the peer's Close.
    FramesAfterClose {
        /// It is discarded.
        Discard = "discard",
        /// A frame fails the connection as soon as its header is there.
        Fail = "fail",
        /// Frames are discarded, but what is no legal frame fails the connection.
        FailMalformed = "fail-malformed",
    }
}

values! {
    /// What follows a data frame that arrives after our Close and before the peer's.
    DataAfterClose {
        /// It is received, and its message finds nobody.
        Receive = "receive",
        /// The connection is failed.
        Fail = "fail",
    }
}

values! {
    /// What a masked frame from the server does.
    MaskCheck {
        /// It fails the connection.
        Fail = "fail",
        /// It is unmasked and received.
        Accept = "accept",
    }
}

values! {
    /// How the length of a Close frame is judged.
    CloseLength {
        /// As that of every control frame: at most 125 bytes, in 7 bits.
        Control = "control",
        /// Any length, in any form.
        Any = "any",
    }
}

values! {
    /// When a header is judged.
    HeaderCheck {
        /// As soon as the byte that decides is there.
        EachByte = "each-byte",
        /// When all of it is there.
        Whole = "whole",
    }
}

values! {
    /// What a Close frame with a body of one byte is.
    OneByteClose {
        /// A violation: the connection is failed.
        Fail = "fail",
        /// The same as one without a body.
        Empty = "empty",
    }
}

values! {
    /// What a `Sec-WebSocket-Accept` does that is missing or is not the one for our key.
    AcceptHeader {
        /// It fails the connection.
        Required = "required",
        /// Nothing.
        Ignored = "ignored",
    }
}

values! {
    /// When a text message is found not to be UTF-8.
    Utf8Check {
        /// At the first wrong byte.
        EachByte = "each-byte",
        /// When the message is whole.
        WholeMessage = "whole-message",
    }
}

values! {
    /// What a Ping between our Close and the peer's gets.
    PongAfterClose {
        /// A Pong.
        Answer = "answer",
        /// Nothing.
        Ignore = "ignore",
    }
}

values! {
    /// What becomes of a byte order mark at the beginning of a reason.
    ReasonBom {
        /// It is part of the reason.
        Keep = "keep",
        /// It is taken off.
        Strip = "strip",
    }
}

values! {
    /// What becomes of a reason with a NUL in it.
    ReasonNul {
        /// It stays as it is.
        Keep = "keep",
        /// It ends before the NUL, for the page and in the answer.
        Cut = "cut",
    }
}

values! {
    /// What the page is told of the code of a Close that answers ours and whose reason is not UTF-8, or whose code is
    /// refused by the value `not-reserved` of `answer-codes`.
    RefusedAnswer {
        /// Nothing: 1006.
        Dropped = "dropped",
        /// The code, without the reason, not clean.
        CodeKept = "code-kept",
    }
}

impl AcceptCodes {
    /// Whether a received status code is accepted.
    #[must_use]
    pub fn accepts(self, code: u16) -> bool {
        let up_to = |last: u16| matches!(code, 1000..=1003 | 3000..=4999) || (1007..=last).contains(&code);
        match self {
            Self::NotReserved => !matches!(code, 1005 | 1006 | 1015),
            Self::All => true,
            Self::Registered => up_to(1014),
            Self::UpTo1013 => up_to(1013),
            Self::UpTo1011 => up_to(1011),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: AcceptCodes, refused: &[u16], accepted: &[u16]) {
        for &code in refused {
            assert!(!accept.accepts(code), "{accept}: {code}");
        }
        for &code in accepted {
            assert!(accept.accepts(code), "{accept}: {code}");
        }
    }

    #[test]
    fn each_set_of_codes_has_its_edges() {
        check(AcceptCodes::All, &[], &[0, 999, 1005, 1006, 1015, u16::MAX]);
        check(AcceptCodes::NotReserved, &[1005, 1006, 1015], &[0, 999, 1004, 1016, 2999, 5000, u16::MAX]);
        let outside = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX];
        for (accept, last) in
            [(AcceptCodes::Registered, 1014), (AcceptCodes::UpTo1013, 1013), (AcceptCodes::UpTo1011, 1011)]
        {
            check(accept, &outside, &[1000, 1003, 1007, last, 3000, 4999]);
            check(accept, &[last + 1], &[]);
        }
    }
}
