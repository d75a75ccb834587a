//! Invariants of what script sees of a connection's life: WebSockets Standard, feedback from the protocol.

use super::facts::Living;
use super::{Verdict, claim, invariant, telling};
use crate::profile::{ClosingState, ErrorEvent, MessageWhileClosing, OpenTask, StateAtError, ThrowingClose};
use crate::trace::{Attribute, DocumentState, Entry, EventType, ReadyState, Target, Task};

invariant! {
    EventsFireOnce: "INV-60", "open, error and close are fired once";
    source: "API-45", "API-19";
    predicate: "The user agent fires at most one `open`, one `error` and one `close` at a WebSocket. What a `close()` tells itself of a connection that was not established may come once more where the profile says so (K connecting-close).";
    witness: "One of them is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin;
    needs: ;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted => {
            let socket = c.facts.socket(socket);
            match event.event_type {
                EventType::Open => Verdict::of(socket.open_count == 0),
                EventType::Error | EventType::Close if socket.is_told_again(c.profile) => Verdict::Vacuous,
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
    predicate: "`error` and `close` are fired in the closed task only, `error` before `close`, and no task ends between them. `error` has a task of its own where the profile gives it one (K error-task), and where it comes alone and `close` never (K handshake-failure, K csp). A `close()` that tells of the end itself (K connecting-close) fires what the closed task would.";
    witness: "`error` is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin, TaskEnd;
    needs: TaskBegin;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted => {
            let is_inside = || telling::is_told_inside(c, socket);
            let is_running = |task| c.facts.running == Some(task) && c.facts.stack.is_empty();
            let at = c.facts.socket(socket);
            let is_again = || at.is_told_again(c.profile);
            match event.event_type {
                EventType::Error => {
                    let is_apart = at.is_error_apart(c.profile);
                    let task = if is_apart { Task::Error(socket) } else { Task::Closed(socket) };
                    Verdict::of(match at.close_count {
                        0 => is_running(task) || is_inside() || is_again() && is_running(Task::Error(socket)),
                        1.. => is_again(),
                    })
                }
                EventType::Close => {
                    let is_its_place = is_running(Task::Closed(socket)) || is_inside();
                    Verdict::broken_if(!is_its_place || at.is_error_alone(c.profile))
                }
                EventType::Open
                | EventType::Message
                | EventType::Custom(_)
                | EventType::PageHide
                | EventType::Unload => Verdict::Vacuous,
            }
        }
        Entry::TaskEnd { .. } => {
            Verdict::broken_if(c.facts.used().iter().any(|socket| {
                socket.error_count > 0 && socket.close_count == 0 && !socket.is_error_apart(c.profile)
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
            Some(wanted) => Verdict::broken_if(error != wanted),
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
    predicate: "`readyState` is 3 when `error` or `close` is fired and in each of their listeners. When `error` is fired it is what the profile says (K state-at-error), and it may leave 3 where a `close()` that throws sets 2 (K throwing-close).";
    witness: "`error` or `close` is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin, Listener;
    needs: ReadyState;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event }
            if event.is_trusted && matches!(event.event_type, EventType::Error | EventType::Close) =>
        {
            let wanted = match event.event_type {
                EventType::Error => telling::state_at_error(c, socket),
                _ => ReadyState::Closed,
            };
            Verdict::of(c.facts.socket(socket).ready_state == wanted)
        }
        Entry::Listener {
            target: Target::Socket(_),
            event_type: event_type @ (EventType::Error | EventType::Close),
            ready_state,
            ..
        } => {
            let is_trusted = c.facts.stack.dispatch().is_some_and(|dispatch| dispatch.is_trusted);
            // What a listener makes of a state that is not final is no matter of this invariant.
            let is_final = c.profile.throwing_close == ThrowingClose::ChangesNothing
                && (event_type == EventType::Close || c.profile.state_at_error == StateAtError::Closed);
            Verdict::broken_if(is_trusted && is_final && ready_state != ReadyState::Closed)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    OpenInOpenAndMessage: "INV-64", "readyState is OPEN when open or a message is fired";
    source: "API-40", "API-41", "API-17";
    predicate: "`readyState` is 1 when `open` or a `message` is fired, or 2: at `open` if it was that before and the profile fires `open` all the same (K-OPEN-GUARD), at a `message` if the profile says so (K message-while-closing).";
    witness: "`open` or a `message` is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin;
    needs: ReadyState;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event }
            if event.is_trusted && matches!(event.event_type, EventType::Open | EventType::Message) =>
        {
            let socket = c.facts.socket(socket);
            let is_closing_heard = || match event.event_type {
                EventType::Open => {
                    c.profile.open_task == OpenTask::FireOnly && socket.state_before_task == ReadyState::Closing
                }
                _ => c.profile.message_while_closing == MessageWhileClosing::Fire,
            };
            Verdict::of(match socket.ready_state {
                ReadyState::Open => true,
                ReadyState::Closing => is_closing_heard(),
                ReadyState::Connecting | ReadyState::Closed => false,
            })
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NoMessageAfterClose: "INV-65", "open, then messages, then close, and no message after close()";
    source: "API-17", "API-40", "API-41", "API-43";
    predicate: "A `message` is fired after `open` and before `close`; neither `open` nor a `message` is fired after the page's `close()` returned. `open` may be where the open task is not guarded (K-OPEN-GUARD) or cannot see that (K closing-state), and a `message` where `open` undid it or K message-while-closing says so.";
    witness: "`open` or a `message` is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin;
    needs: CallEnd, CloseArguments;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted => {
            let socket = c.facts.socket(socket);
            let profile = c.profile;
            let is_over = socket.close_count > 0 || socket.error_count > 0;
            match event.event_type {
                EventType::Open => {
                    let is_late = socket.page_closed
                        && profile.open_task == OpenTask::Guard
                        && profile.closing_state != ClosingState::Skipped;
                    Verdict::of(!is_over && !is_late)
                }
                EventType::Message => {
                    let is_closing_heard = profile.message_while_closing == MessageWhileClosing::Fire;
                    let is_late = socket.page_closed
                        && profile.open_task != OpenTask::Literal
                        && match profile.closing_state {
                            ClosingState::Shown | ClosingState::AfterCloseCall => !is_closing_heard,
                            ClosingState::Skipped => socket.closing_by.is_some(),
                        };
                    // An open task that does nothing keeps no message back that is heard in CLOSING.
                    let is_opened = socket.open_count > 0 || is_closing_heard;
                    Verdict::of(!is_over && !is_late && is_opened)
                }
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
    predicate: "Each change of `readyState` is to a higher value. It goes back to 1 in an open task that is literal (K-OPEN-GUARD), and from 3 to 2 in a closing task that is literal (K-CLOSING-GUARD), in a `close()` that throws (K throwing-close) and in one that tells of the end itself (K connecting-close), as the profile has it.";
    witness: "`readyState` changes.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: ReadyState;
    needs: TaskBegin, CallBegin, CallEnd;
    |c| match *c.entry {
        Entry::ReadyState { socket, old, new } => {
            Verdict::of(new > old || telling::may_go_back(c, socket, old, new))
        }
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
    claimed: claim::ALWAYS;
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
    predicate: "When a run becomes quiescent, no task is left, and every WebSocket has fired `close` or has an open connection on which neither side has begun to close, nor the peer ended TCP. One that a profile tells of by `error` alone has fired that (K handshake-failure, K csp), and one whose peer says nothing waits for ever where no timer ends that (T0, T1, T2). A cached document's tasks may be left; of a WebSocket whose document, worker or object is gone the connection is closed.";
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
            // A `close()` that threw may have kept the open task from its work.
            let is_open = socket.open_count > 0 || c.profile.throwing_close == ThrowingClose::SetsClosing;
            let living = c.facts.living(socket);
            let is_over = match living {
                Living::Active => socket.is_told(c.profile) || is_healthy && is_open,
                Living::Cached => socket.is_closed || is_healthy,
                Living::Gone => socket.is_closed,
            };
            let is_over = is_over || socket.waits_for_ever(living, c.profile);
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
    predicate: "When a run becomes quiescent, every WebSocket on which a `close()` returned normally has fired `close`, if its document is active, no worker of it was closed and it was not collected. Instead of `close` it may have fired `error`, or wait for ever, where INV-83 says so; and `error` has come once more where the profile says so (K connecting-close).";
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
            let is_one_due = socket.is_told_again(c.profile)
                && socket.error_count < 2
                && c.profile.error_event == ErrorEvent::IfFailed;
            let is_told = socket.is_told(c.profile) && !is_one_due;
            if !is_told && !socket.waits_for_ever(Living::Active, c.profile) {
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
            Entry::Enqueue { task } => Verdict::broken_if(is_in_dispatch && task.socket().is_some()),
            _ => Verdict::broken_if(is_in_dispatch),
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
