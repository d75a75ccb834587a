//! Invariants of what script sees of a connection's life: WebSockets Standard, feedback from the protocol.

use super::facts::Living;
use super::{Verdict, claim, invariant};
use crate::profile::{ErrorEvent, OpenTask};
use crate::trace::{Attribute, DocumentState, Entry, EventType, ReadyState, Target, Task};

invariant! {
    EventsFireOnce: "INV-60", "open, error and close are fired once";
    source: "API-45", "API-19";
    predicate: "The user agent fires at most one `open`, one `error` and one `close` at a WebSocket.";
    witness: "One of them is fired.";
    class: Trace;
    claimed: claim::OPEN_GUARD;
    at: FireBegin;
    needs: ;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted => {
            let socket = c.facts.socket(socket);
            match event.event_type {
                EventType::Open => Verdict::of(socket.open_count == 0),
                EventType::Error => Verdict::of(socket.error_count == 0),
                EventType::Close => Verdict::of(socket.close_count == 0),
                EventType::Message | EventType::Custom(_) | EventType::PageHide | EventType::Unload => {
                    Verdict::Vacuous
                },
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ErrorThenClose: "INV-61", "error is followed by close in the same task";
    source: "API-43", "API-45", "LOOP-12", "LOOP-13";
    predicate: "`error` and `close` are fired in the closed task only, `error` before `close`, and no task ends between them. Where a profile tells of a URL that the Content Security Policy does not allow by `error` alone, it is fired in a task of its own and `close` never.";
    witness: "`error` is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin, TaskEnd;
    needs: TaskBegin;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted => {
            let is_its_task = c.facts.running == Some(Task::Closed(socket));
            let is_alone = || {
                c.facts.running == Some(Task::Error(socket)) && c.facts.socket(socket).is_refused(c.profile)
            };
            match event.event_type {
                EventType::Error => {
                    Verdict::of((is_its_task || is_alone()) && c.facts.socket(socket).close_count == 0)
                }
                EventType::Close => Verdict::unless(!is_its_task),
                EventType::Open
                | EventType::Message
                | EventType::Custom(_)
                | EventType::PageHide
                | EventType::Unload => Verdict::Vacuous,
            }
        }
        Entry::TaskEnd { .. } => {
            Verdict::unless(c.facts.used().iter().any(|socket| {
                socket.error_count > socket.close_count && !socket.is_refused(c.profile)
            }))
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ErrorIffFailed: "INV-62", "error is fired if and only if the connection failed";
    source: "API-43", "FAIL-06", "FAIL-12", "FAIL-13";
    predicate: "`error` is fired before `close` if and only if the connection was never established, the peer broke the protocol, the send buffer was full, or the transport was lost in a way that the profile counts as a failure; and never where no connection gives one (K error-event).";
    witness: "`close` is fired after an end that the texts and the profile decide.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: Fail, Full, TcpClosed, TxFrame, RxFrame, TimerFired, Established;
    |c| match *c.entry {
        Entry::Closed { socket, error, .. } => match c.facts.socket(socket).error(c.profile) {
            Some(wanted) => Verdict::unless(error != wanted),
            None => Verdict::Vacuous,
        },
        Entry::FireBegin { target: Target::Socket(socket), event }
            if event.is_trusted && event.event_type == EventType::Close =>
        {
            let socket = c.facts.socket(socket);
            match socket.error(c.profile) {
                Some(wanted) => {
                    let may_be_fired = c.profile.error_event == ErrorEvent::IfFailed;
                    Verdict::of((socket.error_count > 0) == (wanted && may_be_fired))
                }
                None => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ClosedInErrorAndClose: "INV-63", "readyState is CLOSED in error and close";
    source: "API-43", "API-44";
    predicate: "`readyState` is 3 when `error` or `close` is fired and in each of their listeners.";
    witness: "`error` or `close` is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin, Listener;
    needs: ReadyState;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event }
            if event.is_trusted && matches!(event.event_type, EventType::Error | EventType::Close) =>
        {
            Verdict::of(c.facts.socket(socket).ready_state == ReadyState::Closed)
        }
        Entry::Listener {
            target: Target::Socket(_),
            event_type: EventType::Error | EventType::Close,
            ready_state,
            ..
        } => {
            let is_trusted = c.facts.stack.dispatch().is_some_and(|dispatch| dispatch.is_trusted);
            Verdict::unless(is_trusted && ready_state != ReadyState::Closed)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    OpenInOpenAndMessage: "INV-64", "readyState is OPEN when open or a message is fired";
    source: "API-40", "API-41", "API-17";
    predicate: "`readyState` is 1 when `open` or a `message` is fired.";
    witness: "`open` or a `message` is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin;
    needs: ReadyState;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event }
            if event.is_trusted && matches!(event.event_type, EventType::Open | EventType::Message) =>
        {
            Verdict::of(c.facts.socket(socket).ready_state == ReadyState::Open)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NoMessageAfterClose: "INV-65", "open, then messages, then close, and no message after close()";
    source: "API-17", "API-40", "API-41", "API-43";
    predicate: "A `message` is fired after `open` and before `close`; neither `open` nor a `message` is fired after the page's `close()` returned.";
    witness: "`open` or a `message` is fired.";
    class: Trace;
    claimed: claim::OPEN_GUARD;
    at: FireBegin;
    needs: CallEnd, CloseArguments;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted => {
            let socket = c.facts.socket(socket);
            let is_over = socket.close_count > 0 || socket.error_count > 0 || socket.page_closed;
            match event.event_type {
                EventType::Open => Verdict::of(!is_over),
                EventType::Message => Verdict::of(!is_over && socket.open_count > 0),
                EventType::Error
                | EventType::Close
                | EventType::Custom(_)
                | EventType::PageHide
                | EventType::Unload => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ReadyStateNeverDecreases: "INV-66", "readyState never decreases";
    source: "API-06", "API-40", "API-42", "API-43";
    predicate: "Each change of `readyState` is to a higher value.";
    witness: "`readyState` changes.";
    class: Trace;
    claimed: claim::GUARDS;
    at: ReadyState;
    needs: ;
    |c| match *c.entry {
        Entry::ReadyState { old, new, .. } => Verdict::of(new > old),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ReadyStateIsWhatItWasSetTo: "INV-57", "readyState is what it was set to";
    source: "HS-06", "HS-07", "LOOP-14";
    predicate: "Wherever `readyState` is seen, it is 0 or what the last change made it.";
    witness: "`readyState` is seen.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: ReadyState, Listener, CallBegin, CallEnd, Read;
    needs: ;
    |c| match *c.entry {
        Entry::ReadyState { socket, old: seen, .. }
        | Entry::Listener { target: Target::Socket(socket), ready_state: seen, .. }
        | Entry::CallEnd { target: Target::Socket(socket), ready_state: seen, .. } => {
            Verdict::of(c.facts.socket(socket).ready_state == seen)
        }
        Entry::CallBegin { target: Target::Socket(socket), method, ready_state } => {
            let is_constructor = method == crate::trace::Method::Constructor;
            let wanted =
                if is_constructor { ReadyState::Connecting } else { c.facts.socket(socket).ready_state };
            Verdict::of(ready_state == wanted)
        }
        Entry::Read { socket, attribute: Attribute::ReadyState, value } => {
            Verdict::of(value == c.facts.socket(socket).ready_state as u32)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    AttributesAreSetOnce: "INV-85", "protocol and extensions are set in the open task";
    source: "HS-06", "HS-26", "API-36";
    predicate: "`protocol` and `extensions` are empty until the open task sets them, once, to what was established, and keep their values to the end.";
    witness: "They are set or read.";
    class: Trace;
    claimed: claim::OPEN_GUARD;
    at: Attributes, Read;
    needs: Established, TaskBegin;
    |c| match *c.entry {
        Entry::Attributes { socket, protocol, extensions } => {
            let is_its_task = c.facts.running == Some(Task::Open(socket));
            let socket = c.facts.socket(socket);
            let is_right = protocol == socket.protocol && c.payloads.get(extensions).is_empty();
            Verdict::of(is_its_task && !socket.has_attributes && is_right)
        }
        Entry::Read { socket, attribute: Attribute::Protocol, value } => {
            Verdict::of(value == c.facts.socket(socket).attribute_lens.0)
        }
        Entry::Read { socket, attribute: Attribute::Extensions, value } => {
            Verdict::of(value == c.facts.socket(socket).attribute_lens.1)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    EveryConnectionEnds: "INV-83", "every connection ends, or is healthy for ever";
    source: "API-43", "FAIL-01", "CLOSE-14", "CLOSE-36", "DOC-09";
    predicate: "When a run becomes quiescent, no task is left, and every WebSocket has fired `close` or has an open connection on which neither side has begun to close, nor the peer ended TCP. One that a profile tells of by `error` alone has fired that (K csp). A cached document's tasks may be left; of a WebSocket whose document, worker or object is gone the connection is closed.";
    witness: "A run becomes quiescent with a WebSocket in it.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: Quiescent;
    needs: Established, ClosingStarted, Fail, FireBegin;
    |c| {
        let mut verdict = Verdict::Vacuous;
        for socket in c.facts.used().iter().filter(|socket| socket.is_made) {
            let is_healthy = socket.is_established
                && socket.is_receiving()
                && socket.closing_by.is_none()
                && !socket.has_rx_fin
                && !socket.has_rx_rst
                && !socket.peer_has_ended
                && !socket.page_closed;
            let is_over = match c.facts.living(socket) {
                Living::Active if socket.is_refused(c.profile) => {
                    socket.error_count > 0 || c.profile.error_event == ErrorEvent::Never
                }
                Living::Active => socket.close_count > 0 || is_healthy && socket.open_count > 0,
                Living::Cached => socket.is_closed || is_healthy,
                Living::Gone => socket.is_closed,
            };
            let waits = c.facts.has_tasks() && c.facts.document != DocumentState::Cached;
            if !is_over || waits {
                return Verdict::Broken;
            }
            verdict = Verdict::Holds;
        }
        verdict
    }
}

invariant! {
    CloseCallEnds: "INV-84", "close() leads to the close event";
    source: "API-07", "API-08", "API-09", "CLOSE-36", "CLOSE-37";
    predicate: "When a run becomes quiescent, every WebSocket on which a `close()` returned normally has fired `close`, if its document is active, no worker of it was closed and it was not collected.";
    witness: "A run becomes quiescent after such a call.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: Quiescent;
    needs: CallEnd, CloseArguments, FireBegin;
    |c| {
        let mut verdict = Verdict::Vacuous;
        for socket in c.facts.used().iter().filter(|socket| socket.page_closed) {
            if c.facts.living(socket) != Living::Active {
                continue;
            }
            if socket.close_count == 0 {
                return Verdict::Broken;
            }
            verdict = Verdict::Holds;
        }
        verdict
    }
}

invariant! {
    ScriptedEventsChangeNothing: "INV-88", "events of the page's own change nothing";
    source: "DOM-22", "DOM-25";
    predicate: "Dispatching an event of whatever name by script changes no WebSocket's state and writes nothing, apart from what its listeners call.";
    witness: "An event is dispatched by script.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireEnd, ReadyState, TxFrame, Fail, ClosingStarted, Closed, Enqueue;
    needs: FireBegin, CallBegin, CallEnd;
    |c| {
        if !c.facts.stack_is_known() {
            return Verdict::Vacuous;
        }
        let stack = &c.facts.stack;
        let is_in_dispatch = stack.dispatch().is_some_and(|dispatch| !dispatch.is_trusted)
            || stack.call().is_some_and(|called| called.method == crate::trace::Method::DispatchEvent);
        match *c.entry {
            Entry::FireEnd { .. } if is_in_dispatch => Verdict::Holds,
            Entry::FireEnd { .. } => Verdict::Vacuous,
            Entry::Enqueue { task } => Verdict::unless(is_in_dispatch && task.socket().is_some()),
            _ => Verdict::unless(is_in_dispatch),
        }
    }
}

invariant! {
    LiteralOpenGoesBack: "INV-55", "under the literal open task close() is forgotten";
    source: "API-18";
    predicate: "Where the open task is taken literally, `open` is fired even if `close()` was called before, with `readyState` 1.";
    witness: "The open task runs after `close()`.";
    class: Trace;
    claimed: super::Claim {
        about: "where the open task is literal (K-OPEN-GUARD)",
        holds: |profile| matches!(profile.open_task, OpenTask::Literal),
    };
    at: TaskEnd;
    needs: FireBegin, CallEnd, CloseArguments;
    |c| match *c.entry {
        Entry::TaskEnd { task: Task::Open(socket) } if c.facts.socket(socket).page_closed => {
            Verdict::of(c.facts.socket(socket).open_count > 0)
        }
        _ => Verdict::Vacuous,
    }
}
