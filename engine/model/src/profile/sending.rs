//! What is sent: answers, Close frames of connections that fail, data (RFC 6455 sections 5.5.1, 7.1.7 and 7.4.1).

use super::value::{Named, Value, Values, values};
use core::fmt;

values! {
    /// What the answer to a Close says.
    Answer {
        /// The received code and reason.
        Verbatim = "verbatim",
        /// The received code and reason, but nothing for the code 0.
        VerbatimButZero = "verbatim-but-zero",
        /// The received code alone.
        CodeOnly = "code-only",
        /// Nothing.
        Empty = "empty",
    }
}

values! {
    /// What the answer to a Close without a status code says.
    AnswerToEmpty {
        /// Nothing.
        Empty = "empty",
        /// 1000.
        NormalClosure = "1000",
    }
}

values! {
    /// When a Close is answered.
    AnswerTime {
        /// At once, whatever the page has still to be told.
        AtOnce = "at-once",
        /// In the task that tells the page: until then the page can send, and can close first.
        InTask = "in-task",
    }
}

values! {
    /// Whether a Close precedes the end of TCP when the connection is failed.
    FailureClose {
        /// It does or it does not, in each run anew: a choice.
        Any = "any",
        /// It does.
        Send = "send",
        /// It does not.
        Omit = "omit",
    }
}

values! {
    /// The status code that is sent where text is not UTF-8.
    Utf8FailureCode {
        /// 1007, invalid frame payload data.
        InvalidPayload = "1007",
        /// 1002, protocol error.
        ProtocolError = "1002",
    }
}

values! {
    /// The status code that is sent where a frame breaks the protocol.
    FrameFailureCode {
        /// 1002, protocol error.
        ProtocolError = "1002",
        /// 1000, normal closure.
        NormalClosure = "1000",
    }
}

values! {
    /// The reason that is sent when the connection is failed.
    FailureWords {
        /// None.
        None = "none",
        /// The words of Chromium's network stack.
        Chromium = "chromium",
        /// The words of undici.
        Undici = "undici",
    }
}

values! {
    /// What becomes of data that the page sent in the task in which it calls `close()`.
    DataBeforeClose {
        /// It goes out before the Close.
        Sent = "sent",
        /// It is lost.
        Lost = "lost",
    }
}
