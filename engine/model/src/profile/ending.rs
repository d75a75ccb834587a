//! How a connection can end, and what a page is told of it (RFC 6455 section 7; requirements 5.1).

use super::value::{Named, Value, Values, values};
use core::fmt;

values! {
    /// What a loss of the transport means for the page.
    Loss {
        /// The connection is closed, not failed: `close` only.
        Drop = "drop",
        /// The connection is failed: `error`, then `close`.
        Fail = "fail",
    }
}

values! {
    /// What RST means between the peer's Close and our answer.
    HalfReset {
        /// The connection is failed: `error`, then `close` with the received code, not clean.
        Fail = "fail",
        /// `close` only, with the received code, not clean.
        Unclean = "unclean",
        /// `close` only, with the received code, clean.
        Clean = "clean",
    }
}

values! {
    /// What RST means after both Close frames.
    LateReset {
        /// Nothing: the handshake is what counts.
        Clean = "clean",
        /// `close` with the received code, not clean.
        Unclean = "unclean",
        /// The connection is failed: `error`, then `close`.
        Fail = "fail",
    }
}

values! {
    /// What the end of the wait for the peer's FIN means after both Close frames.
    LingerResult {
        /// Nothing: clean, with the received code.
        Clean = "clean",
        /// `close` with 1006, not clean.
        Abnormal = "abnormal",
    }
}

values! {
    /// What the page is told of a connection that failed after the peer's Close had come.
    LateFailure {
        /// The received code; clean if both Close frames were there.
        AsReceived = "as-received",
        /// The received code, not clean.
        Unclean = "unclean",
        /// 1006, not clean.
        Abnormal = "abnormal",
    }
}

values! {
    /// What a page is told of an end without the peer's Close after its own.
    UnansweredClose {
        /// 1006, not clean.
        Abnormal = "abnormal",
        /// 1005 and clean, whatever the peer did, and no `error`.
        NoStatus = "no-status",
    }
}

values! {
    /// The code of an end without a Close from the peer.
    AbnormalCode {
        /// 1006, abnormal closure.
        Abnormal = "1006",
        /// 1000, normal closure.
        Normal = "1000",
        /// 0 if the connection failed, 1006 if it did not.
        Zero = "0",
    }
}

values! {
    /// What makes a close clean.
    WasClean {
        /// Both Close frames were there.
        BothCloses = "both-closes",
        /// The connection did not fail.
        NoError = "no-error",
    }
}

values! {
    /// What `wasClean` is where the peer put 1006 on the wire.
    CleanAbnormal {
        /// What it is for any other code.
        AsAny = "as-any",
        /// False.
        Unclean = "unclean",
    }
}
