//! What a page is shown, and how its calls are taken (WebSockets, DOM and HTML Standards).

use super::value::{Named, Value, Values, values};
use core::fmt;

values! {
    /// Whether a task of the WebSocket task source looks at `readyState` before it changes it.
    Guard {
        /// It does nothing if the page went further in the meantime.
        Guard = "guard",
        /// It does what its text says, even backwards.
        Literal = "literal",
    }
}

values! {
    /// What the open task does after the page has called `close()`.
    OpenTask {
        /// Nothing.
        Guard = "guard",
        /// It sets `readyState` from 2 back to 1 and fires `open`.
        Literal = "literal",
        /// It fires `open` and leaves `readyState` at 2.
        FireOnly = "fire-only",
    }
}

values! {
    /// What `close(undefined, reason)` sends.
    ReasonOnly {
        /// 1000 and the reason.
        NormalClosure = "1000",
        /// An empty Close frame; the reason is dropped.
        Empty = "empty",
        /// Nothing: it throws `InvalidAccessError`.
        Throw = "throw",
        /// A Close frame whose body is the reason, so that its first two bytes are read as a status code.
        Raw = "raw",
        /// 1000 and the reason, or an empty Close frame, which is what the texts leave open: which one is a choice.
        Any = "any",
    }
}

values! {
    /// What an event handler's return value `false` does to an event that is not cancelable.
    ReturnFalse {
        /// Nothing.
        RespectCancelable = "respect-cancelable",
        /// The canceled flag is set.
        SetCanceled = "set-canceled",
    }
}

values! {
    /// How task sources map to task queues.
    TaskQueues {
        /// Each source has its own queue; which one is next is a choice, so what any mapping does is among its runs.
        PerSource = "per-source",
        /// All sources share one queue.
        One = "one",
    }
}

values! {
    /// Whether a connection that fails gives an `error` event.
    ErrorEvent {
        /// It does.
        IfFailed = "if-failed",
        /// No connection ever does.
        Never = "never",
    }
}

values! {
    /// Which task fires `error`.
    ErrorTask {
        /// The one that fires `close`, before it.
        WithClose = "with-close",
        /// One of its own, before it; others may run between them.
        Apart = "apart",
        /// One of its own as soon as the failure is noticed; the one that fires `close` is queued when everything else
        /// has run, because it waits for the end of TCP. Where no 101 response came, both are one.
        WhenNoticed = "when-noticed",
    }
}

values! {
    /// `readyState` when `error` is fired.
    StateAtError {
        /// 3.
        Closed = "closed",
        /// 3, but 2 if it was 2 already.
        ClosedUnlessClosing = "closed-unless-closing",
        /// 2.
        Closing = "closing",
        /// What it was; a Close frame that was refused for its code or its reason has made it 2.
        AsItWas = "as-it-was",
    }
}

values! {
    /// When microtasks run.
    Checkpoint {
        /// After each listener that the user agent calls, and after each task.
        EachListener = "each-listener",
        /// After each task only.
        EachTask = "each-task",
    }
}

values! {
    /// Where the events are fired that follow `close()` before the connection is established.
    ConnectingClose {
        /// In a task.
        InTask = "in-task",
        /// Inside the call, which then sets `readyState` to 2.
        Inside = "inside",
        /// Inside the call, and `error` once more in a task.
        InsideAndTask = "inside-and-task",
    }
}

values! {
    /// What a page is told of a connection that was never established.
    HandshakeFailure {
        /// `error`, then `close`.
        ErrorAndClose = "error-and-close",
        /// `error` alone; `readyState` stays as it was.
        ErrorOnly = "error-only",
    }
}

values! {
    /// What a page is told of a URL that its Content Security Policy does not allow.
    Csp {
        /// The constructor throws SecurityError.
        Throw = "throw",
        /// The constructor returns with `readyState` 3, and `error` is fired alone.
        ErrorOnly = "error-only",
        /// What it is told of any connection that is never established: `error`, then `close`.
        ErrorAndClose = "error-and-close",
    }
}

values! {
    /// Whether `readyState` is ever 2.
    ClosingState {
        /// From `close()` or the peer's Close to the end.
        Shown = "shown",
        /// From `close()` to the end, but not when the peer closes.
        AfterCloseCall = "after-close-call",
        /// Never.
        Skipped = "skipped",
    }
}

values! {
    /// What a `close()` does that throws because of its arguments.
    ThrowingClose {
        /// Nothing.
        ChangesNothing = "changes-nothing",
        /// It sets `readyState` to 2 first.
        SetsClosing = "sets-closing",
    }
}

values! {
    /// Which status codes `close()` takes.
    CloseCodes {
        /// 1000, and 3000 to 4999.
        Page = "page",
        /// 1000 to 1003, 1007 to 1014, and 3000 to 4999.
        Registered = "registered",
    }
}

values! {
    /// What `close()` throws for a code that it does not take, and for a reason that is too long.
    CloseExceptions {
        /// `InvalidAccessError` and `SyntaxError`.
        Dom = "dom",
        /// `TypeError` and `RangeError`.
        Language = "language",
    }
}

values! {
    /// Whether `close()` looks at its arguments.
    CloseArguments {
        /// It does.
        Taken = "taken",
        /// It has none: what it is given is ignored.
        None = "none",
    }
}

values! {
    /// What `bufferedAmount` says.
    BufferedAmount {
        /// What was given to `send()` and not yet written, which never shrinks after the end.
        Grows = "grows",
        /// The same of what was sent in OPEN, and 0 once `close()` was called.
        ZeroAfterClose = "zero-after-close",
        /// Nothing: there is no such attribute.
        Absent = "absent",
    }
}

values! {
    /// What becomes of a message that is delivered while `readyState` is 2.
    MessageWhileClosing {
        /// Nothing.
        Drop = "drop",
        /// `message` is fired.
        Fire = "fire",
    }
}

values! {
    /// What the event is that tells of the end.
    CloseInterface {
        /// A `CloseEvent` with `wasClean`, `code` and `reason`.
        CloseEvent = "close-event",
        /// A `CloseEvent` with `wasClean` alone.
        WasCleanOnly = "was-clean-only",
        /// A plain `Event`.
        Event = "event",
    }
}

values! {
    /// Whether a `CloseEvent` has the method `initCloseEvent`.
    InitCloseEvent {
        /// It has not.
        Absent = "absent",
        /// It has, and `document.createEvent("CloseEvent")` makes an event for it.
        Present = "present",
    }
}

values! {
    /// When the event object is made that tells of the end, which is what its `timeStamp` says.
    EventMade {
        /// When it is fired.
        WhenFired = "when-fired",
        /// When the connection is closed, before a task is queued that fires it.
        WhenClosed = "when-closed",
        /// When the connection is closed or when it is fired: which one is a choice.
        Any = "any",
    }
}
