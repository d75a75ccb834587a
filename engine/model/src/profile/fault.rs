//! Faults: mistakes that implementations make, each as one switch on top of any profile.
//!
//! A fault is a knob value that no text allows. Planted, it must break an invariant; a fault that breaks none shows a
//! hole in the invariants. The place where a real implementation would make the mistake asks [`Profile::has`].

use core::fmt;

use super::Profile;

/// The part of the model in which a fault is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Bytes and frames.
    Wire,
    /// The protocol's endpoint.
    Endpoint,
    /// Tasks, microtasks and timers.
    EventLoop,
    /// Objects, events and their dispatch.
    Dom,
    /// What stands around a page: documents, workers, memory.
    Lifetime,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wire => "wire",
            Self::Endpoint => "endpoint",
            Self::EventLoop => "event loop",
            Self::Dom => "dom",
            Self::Lifetime => "lifetime",
        })
    }
}

macro_rules! faults {
    ($($fault:ident = $id:literal, $name:literal, $layer:ident: $about:literal;)+) => {
        /// A mistake that the model can be made to make.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum Fault {
            $(#[doc = $about] #[cfg_attr(feature = "serde", serde(rename = $id))] $fault),+
        }

        impl Fault {
            /// All faults with their IDs, in the order of the IDs.
            pub const VALUES: &[(Self, &str)] = &[$((Self::$fault, $id)),+];

            /// `M14` and so on.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$fault => $id),+ }
            }

            /// A few words, joined by hyphens.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$fault => $name),+ }
            }

            /// Where it is planted.
            #[must_use]
            pub fn layer(self) -> Layer {
                match self { $(Self::$fault => Layer::$layer),+ }
            }

            /// What an implementation with this fault does, in one sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$fault => $about),+ }
            }
        }
    };
}

faults! {
    CloseTwice = "M01", "close-twice", EventLoop:
        "The peer's Close and the end of the stream after it each queue the task that fires `close`.";
    CloseAtFrameAndAtEnd = "M02", "close-at-frame-and-at-end", EventLoop:
        "`close` is fired when the peer's Close arrives, and again when TCP has ended.";
    NoCloseWithoutHandshake = "M03", "no-close-without-handshake", EventLoop:
        "No `close` is fired if the connection was never established.";
    NoCloseAfterError = "M04", "no-close-after-error", EventLoop:
        "No `close` is fired after `error`.";
    NoCloseIfClosedInOpen = "M05", "no-close-if-closed-in-open", EventLoop:
        "No `close` is fired if a listener of `open` called `close()`.";
    ClosedAfterDispatch = "M06", "closed-after-dispatch", EventLoop:
        "`readyState` becomes CLOSED only after `close` was dispatched.";
    StaysClosing = "M07", "stays-closing", EventLoop:
        "`readyState` never becomes CLOSED.";
    ClosingAfterSynchronousFail = "M08", "closing-after-synchronous-fail", Dom:
        "`close()` before the handshake is done sets CLOSED, and CLOSING after that.";
    SynchronousClose = "M09", "synchronous-close", Dom:
        "`close()` fires the `close` event before it returns, if the connection is closed by then.";
    ErrorAndCloseApart = "M10", "error-and-close-apart", EventLoop:
        "`error` and `close` are fired by two tasks.";
    CloseBeforeError = "M11", "close-before-error", EventLoop:
        "`close` is fired before `error`.";
    ErrorOnEndOfStream = "M12", "error-on-end-of-stream", Endpoint:
        "A FIN without a Close fails the connection.";
    NoError = "M13", "no-error", EventLoop:
        "No `error` is fired when the connection was failed.";
    NoCheckpointBetweenListeners = "M14", "no-checkpoint-between-listeners", EventLoop:
        "No microtask checkpoint follows a listener, although no script is left on the stack.";
    OwnCode = "M15", "own-code", Endpoint:
        "The `close` event has the code and reason that were sent, not those received.";
    LastCloseCounts = "M16", "last-close-counts", Endpoint:
        "A second Close of the peer replaces the first.";
    EmptyIsNormal = "M17", "empty-is-normal", Endpoint:
        "A Close without a status code is reported as 1000.";
    FailureIsZero = "M18", "failure-is-zero", Endpoint:
        "A connection that ends without a Close is reported with code 0.";
    AbnormalFromWire = "M19", "abnormal-from-wire", Endpoint:
        "A Close with code 1006 is accepted.";
    AnyCodeIsSet = "M20", "any-code-is-set", Dom:
        "`close()` accepts every code.";
    OneByteIsNoStatus = "M21", "one-byte-is-no-status", Endpoint:
        "A Close with a body of one byte counts as one without a status code.";
    LittleEndianCode = "M22", "little-endian-code", Endpoint:
        "The status code of a received Close is read with its bytes swapped.";
    ReasonCountedInUtf16 = "M23", "reason-counted-in-utf16", Dom:
        "`close()` counts the code units of the reason, not its bytes in UTF-8.";
    ReasonEndsAtNul = "M24", "reason-ends-at-nul", Endpoint:
        "A received reason ends at its first NUL.";
    NoByteOrderMark = "M25", "no-byte-order-mark", Endpoint:
        "A byte order mark at the beginning of a received reason is taken off.";
    LossyReason = "M26", "lossy-reason", Endpoint:
        "A reason that is not UTF-8 is accepted, with U+FFFD in the place of what is wrong.";
    Utf8PerSegment = "M27", "utf8-per-segment", Endpoint:
        "Each piece of a text message that TCP delivers is validated on its own.";
    ValidatedTooLate = "M28", "validated-too-late", Dom:
        "`close()` sets CLOSING before it looks at its arguments.";
    UndefinedIsZero = "M29", "undefined-is-zero", Dom:
        "`close(undefined)` is taken for `close(0)`.";
    ReasonWithoutCode = "M30", "reason-without-code", Dom:
        "`close(undefined, reason)` sends a body that begins with the reason.";
    CleanIfNormal = "M31", "clean-if-normal", Endpoint:
        "`wasClean` says whether the code is 1000.";
    CleanIfNoError = "M32", "clean-if-no-error", Endpoint:
        "`wasClean` says whether no `error` was fired.";
    CleanIfReceived = "M33", "clean-if-received", Endpoint:
        "`wasClean` says whether a Close was received.";
    CleanIfSent = "M34", "clean-if-sent", Endpoint:
        "`wasClean` says whether a Close was sent.";
    UncleanAfterReset = "M35", "unclean-after-reset", Endpoint:
        "An RST after both Close frames makes the end unclean.";
    NoAnswer = "M36", "no-answer", Endpoint:
        "The peer's Close is not answered.";
    AnswerTwice = "M37", "answer-twice", Endpoint:
        "The peer's Close is answered twice.";
    ZeroForEmpty = "M38", "zero-for-empty", Endpoint:
        "A Close without a status code is answered with code 0.";
    DataAfterClose = "M39", "data-after-close", Endpoint:
        "`send()` still writes after our Close.";
    PongAfterBothCloses = "M40", "pong-after-both-closes", Endpoint:
        "A Pong that waits behind our Close is written although the peer's Close is there.";
    FramesAfterCloseCount = "M41", "frames-after-close-count", Endpoint:
        "Frames after the peer's Close are processed, and messages delivered.";
    MessageAfterOwnClose = "M42", "message-after-own-close", EventLoop:
        "`message` is fired although `readyState` is no longer OPEN.";
    DataLostAtClose = "M43", "data-lost-at-close", Endpoint:
        "What waits to be sent is given up when our Close is sent.";
    EndOvertakesFrames = "M44", "end-overtakes-frames", Endpoint:
        "The end of the stream is noticed before the bytes that arrived ahead of it.";
    CloseInOneSegment = "M45", "close-in-one-segment", Endpoint:
        "A Close is only noticed if its body arrives in one read.";
    ControlResetsMessage = "M46", "control-resets-message", Endpoint:
        "A control frame between fragments drops the fragments before it.";
    NoCloseBetweenFragments = "M47", "no-close-between-fragments", Endpoint:
        "A Close between the fragments of a message is a protocol error.";
    MaskedByServer = "M48", "masked-by-server", Wire:
        "A masked frame from a server is accepted.";
    AnyLength = "M49", "any-length", Wire:
        "Lengths that are not minimal are accepted, and control frames of more than 125 bytes.";
    AnyControlHead = "M50", "any-control-head", Wire:
        "Control frames are accepted with reserved bits, and in fragments.";
    NoCloseTimer = "M51", "no-close-timer", Endpoint:
        "Nothing bounds the wait for the peer's Close.";
    TimerRestarted = "M52", "timer-restarted", EventLoop:
        "Traffic restarts the timer that bounds the closing handshake.";
    TimerNotCancelled = "M53", "timer-not-cancelled", EventLoop:
        "The timer of a connection is not cancelled when the connection ends.";
    OpensAfterClose = "M54", "opens-after-close", Dom:
        "`close()` before the handshake is done does not keep the connection from opening.";
    EarlyCloseIsClean = "M55", "early-close-is-clean", Endpoint:
        "`close()` before the handshake is done gives a clean end with code 1000.";
    EarlyCloseIsNoError = "M56", "early-close-is-no-error", Endpoint:
        "`close()` before the handshake is done gives `close` without `error`.";
    CloseQueuesAgain = "M57", "close-queues-again", Dom:
        "`close()` on a closed connection queues the task that fires `error` and `close` again.";
    LiveListeners = "M58", "live-listeners", Dom:
        "A listener that is added while an event is dispatched hears it in the same pass.";
    ThrowEndsDispatch = "M59", "throw-ends-dispatch", Dom:
        "A listener that throws keeps those behind it from being called.";
    CloseRearms = "M60", "close-rearms", Dom:
        "`close()` sets CLOSING although `readyState` is CLOSED.";
    BufferedAmountReset = "M61", "buffered-amount-reset", EventLoop:
        "`bufferedAmount` is 0 once the connection is closed.";
    EventFlags = "M62", "event-flags", Dom:
        "Events of the user agent bubble, are cancelable and are not trusted.";
    DestroyedContextFires = "M63", "destroyed-context-fires", Lifetime:
        "Tasks run although their document was destroyed or their worker closed.";
    FrozenLosesEvents = "M64", "frozen-loses-events", Lifetime:
        "Tasks that wait for a frozen document are dropped.";
    WrongLifetime = "M65", "wrong-lifetime", Lifetime:
        "A WebSocket is collected although a listener waits for its events.";
    CloseLostWhenFull = "M66", "close-lost-when-full", Endpoint:
        "Our Close is dropped if the send buffer has no room for it, as if it were data.";
    ParserPaused = "M67", "parser-paused", Endpoint:
        "Nothing is read, not even a Close, while the peer does not read.";
    AnyAccept = "M68", "any-accept", Wire:
        "The value of `Sec-WebSocket-Accept` is not checked.";
    OpenAfterFailure = "M69", "open-after-failure", Endpoint:
        "A handshake that failed queues the task that fires `open`.";
    TaskOfAnother = "M70", "task-of-another", EventLoop:
        "The task that fires `close` goes to the newest WebSocket.";
}

impl Fault {
    /// The fault with this ID, in capital letters or not.
    #[must_use]
    pub fn with_id(id: &str) -> Option<Self> {
        Self::VALUES.iter().find(|(_, known)| known.eq_ignore_ascii_case(id)).map(|&(fault, _)| fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Profile {
    /// Whether this fault is planted.
    #[inline]
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// The same knobs with a fault planted.
    #[must_use]
    pub fn with_fault(self, fault: Fault) -> Self {
        Self { fault: Some(fault), ..self }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn faults_are_numbered_without_gaps_and_have_names_of_their_own() {
        for (number, (fault, id)) in (1..).zip(Fault::VALUES) {
            assert_eq!(*id, format!("M{number:02}"));
            assert_eq!(fault.id(), *id);
        }
        assert_eq!(Fault::VALUES.len(), 70);
        let names: BTreeSet<_> = Fault::VALUES.iter().map(|(fault, _)| fault.name()).collect();
        assert_eq!(names.len(), 70);
    }

    #[test]
    fn a_planted_fault_is_there_alone_and_costs_a_byte() {
        let planted = Profile::LITERAL.with_fault(Fault::NoError);
        assert!(planted.has(Fault::NoError) && !planted.has(Fault::NoAnswer));
        assert_eq!(Profile { fault: None, ..planted }, Profile::LITERAL);
        assert_eq!(planted.name(), None);
        assert_eq!(size_of::<Option<Fault>>(), 1);
    }
}
