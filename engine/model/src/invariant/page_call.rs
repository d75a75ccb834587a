//! Invariants of what the page calls: WebSockets Standard, `close()`, `send()` and `bufferedAmount`; Web IDL.

use super::stack::{Called, Column, effect};
use super::{Verdict, claim, invariant, telling};
use crate::profile::{self, AnswerTime, ClosingState, Guard, OpenTask, Profile, ThrowingClose};
use crate::trace::{Attribute, Completion, Entry, Exception, Method, ReadyState, Target};

invariant! {
    CloseArgumentsAreChecked: "INV-50", "close() checks its arguments, and only them";
    source: "API-01", "API-02", "API-03", "API-04", "IDL-01", "IDL-02", "IDL-03", "IDL-04", "IDL-05", "IDL-15", "IDL-16", "UTF8-12";
    predicate: "`close()` throws InvalidAccessError if and only if a code is given that is, after clamping, neither 1000 nor 3000 to 4999; otherwise SyntaxError if and only if a reason is given that has more than 123 bytes; which codes are taken, what is thrown, and whether there are arguments at all, is as the profile has it (K close-codes, K close-exceptions, K close-arguments, K-REASON-ONLY). Another exception comes from the conversion of its arguments only, and what the page's conversion throws `close()` throws. The argument that cannot be converted is the last one that is looked at.";
    witness: "`close()` is called.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: CallEnd;
    needs: CallBegin, CloseArguments, Converted, ToNumber, ToUsvString;
    |c| match *c.entry {
        Entry::CallEnd { method: Method::Close, completion, .. } if c.facts.stack_is_known() => {
            match c.facts.stack.call() {
                Some(Called { conversion: Some(threw @ Completion::Threw(_)), steps, .. }) => {
                    Verdict::of(completion == *threw && steps.is_none())
                }
                Some(called) if called.steps.is_some() => Verdict::of(match called.arguments.exception {
                    Some(exception) => completion == Completion::Threw(exception),
                    None => completion == Completion::Normal,
                }),
                Some(_) => Verdict::of(
                    completion == Completion::Threw(Exception::TypeError) && c.facts.conversion_threw,
                ),
                None => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    CloseDispatch: "INV-54", "close() does what its state asks for";
    source: "API-06", "API-07", "API-08", "API-09", "API-10", "API-16", "FAIL-08";
    predicate: "A `close()` that does not throw fails a connection that is not established, starts the closing handshake of one that is established and not closing, and otherwise does neither, but for the end of TCP that waited for its Close where a Close is answered in a task (K answer-time); in states 2 and 3 it does nothing at all.";
    witness: "A `close()` returns.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: CallEnd;
    needs: CallBegin, CloseArguments, Established, ClosingStarted, Fail, TcpClosed, Closed;
    |c| match *c.entry {
        Entry::CallEnd { method: Method::Close, completion: Completion::Normal, .. }
            if c.facts.stack_is_known() =>
        {
            let Some((called, (ready_state, column))) =
                c.facts.stack.call().and_then(|called| Some((called, called.steps?)))
            else {
                return Verdict::Vacuous;
            };
            let has = |effect: u8| called.effects & effect != 0;
            Verdict::of(match (ready_state, column) {
                (ReadyState::Closing | ReadyState::Closed, _) => called.effects == 0,
                (ReadyState::Connecting | ReadyState::Open, Column::NotEstablished) => {
                    has(effect::FAIL) && !has(effect::START) && !has(effect::WRITE)
                }
                (ReadyState::Connecting | ReadyState::Open, Column::Established) => {
                    has(effect::START) && !has(effect::FAIL) && !has(effect::OTHER)
                }
                (ReadyState::Connecting | ReadyState::Open, Column::Closed)
                    if c.profile.closing_task == Guard::Literal =>
                {
                    true
                }
                (ReadyState::Connecting | ReadyState::Open, Column::Closing | Column::Closed) => {
                    // Where the answer was still to be given, ours is the Close for which the peer's FIN waited.
                    let may_end = || {
                        let Target::Socket(socket) = called.target else { return false };
                        let socket = c.facts.socket(socket);
                        c.profile.answer_time == AnswerTime::InTask && socket.has_rx_fin && socket.is_complete()
                    };
                    !has(effect::START) && !has(effect::FAIL) && (!has(effect::OTHER) || may_end())
                }
            })
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    SendThrowsInConnecting: "INV-56", "send() throws while connecting, and never else";
    source: "API-30", "API-31";
    predicate: "`send()` throws InvalidStateError if and only if `readyState` is 0.";
    witness: "`send()` is called.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: CallEnd;
    needs: CallBegin, SendArgument;
    |c| match *c.entry {
        Entry::CallEnd { method: Method::Send, completion, .. } if c.facts.stack_is_known() => {
            match c.facts.stack.call().and_then(|called| called.steps) {
                Some((ReadyState::Connecting, _)) => {
                    Verdict::of(completion == Completion::Threw(Exception::InvalidStateError))
                }
                Some(_) => Verdict::of(completion == Completion::Normal),
                None => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ClosedIsFinal: "INV-67", "CLOSED is final";
    source: "API-06", "API-16", "API-31";
    predicate: "`readyState` never leaves 3 but where INV-66 lets it, and a `close()` or `send()` that finds it 3 changes nothing and writes nothing; of a `close()` that throws INV-69 speaks.";
    witness: "Such a call returns.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: ReadyState, CallEnd;
    needs: TaskBegin, CallBegin;
    |c| match *c.entry {
        Entry::ReadyState { socket, old: old @ ReadyState::Closed, new } => {
            Verdict::broken_if(!telling::may_go_back(c, socket, old, new))
        }
        Entry::CallEnd { method: Method::Close, completion: Completion::Threw(_), .. } => Verdict::Vacuous,
        Entry::CallEnd { method: Method::Close | Method::Send, .. } => match c.facts.stack.call() {
            Some(called) if matches!(called.steps, Some((ReadyState::Closed, _))) => {
                Verdict::of(called.effects == 0)
            }
            _ => Verdict::Vacuous,
        },
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ClosingAfterClose: "INV-68", "readyState is CLOSING right after close()";
    source: "API-07", "API-08", "API-09";
    predicate: "A `close()` that does not throw and finds `readyState` 0 or 1 leaves it 2, or anything else where it is never 2 (K closing-state).";
    witness: "Such a call returns.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: CallEnd;
    needs: CallBegin, CloseArguments;
    |c| match *c.entry {
        Entry::CallEnd { method: Method::Close, completion: Completion::Normal, ready_state, .. } => {
            match c.facts.stack.call().and_then(|called| called.steps) {
                Some((ReadyState::Connecting | ReadyState::Open, _)) => {
                    let is_shown = c.profile.closing_state != ClosingState::Skipped;
                    Verdict::of((ready_state == ReadyState::Closing) == is_shown)
                }
                _ => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ThrowingCloseChangesNothing: "INV-69", "a close() that throws changes nothing";
    source: "API-01", "API-05", "IDL-16";
    predicate: "A `close()` that throws has changed no state, started or failed nothing and written nothing. Where it sets `readyState` to 2 first (K throwing-close), it has done that and nothing else.";
    witness: "A `close()` throws.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: CallEnd;
    needs: CallBegin;
    |c| match *c.entry {
        Entry::CallEnd { method: Method::Close, completion: Completion::Threw(_), ready_state, .. }
            if c.facts.stack_is_known() =>
        {
            let Some(called) = c.facts.stack.call() else { return Verdict::Vacuous };
            if c.profile.throwing_close == ThrowingClose::ChangesNothing {
                return Verdict::of(called.effects == 0);
            }
            // What the page's conversion throws, it throws before anything is done.
            let is_due = called.arguments.exception.is_some()
                && c.profile.closing_state != ClosingState::Skipped;
            let is_closing = ready_state == ReadyState::Closing;
            let is_changed = called.effects & effect::READY_STATE != 0;
            let is_more = called.effects & !effect::READY_STATE != 0;
            Verdict::of(!is_more && (is_closing || !is_due && !is_changed))
        }
        _ => Verdict::Vacuous,
    }
}

/// Whether `readyState` is 2 if and only if the connection is closing, and stays so until it is closed.
fn is_closing_final(profile: &Profile) -> bool {
    profile.closing_state != ClosingState::Skipped
        && profile.open_task == OpenTask::Guard
        && profile.throwing_close == ThrowingClose::ChangesNothing
}

invariant! {
    BufferedAmount: "INV-86", "bufferedAmount counts what was sent and is not written";
    source: "API-31", "API-32", "API-33";
    predicate: "`bufferedAmount` is what `send()` took and was not written when the present task began; so within a task, and after the connection closed, it grows by exactly what is sent. Where the page's `close()` makes it 0 (K buffered-amount), it stays so, and only what is sent while `readyState` is 1 counts; where there is no such attribute, it is not read.";
    witness: "It is read.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Read;
    needs: CallBegin, SendArgument, TxFrame, TaskBegin;
    |c| match *c.entry {
        Entry::Read { socket, attribute: Attribute::BufferedAmount, value } => {
            let socket = c.facts.socket(socket);
            let counted = match c.profile.buffered_amount {
                profile::BufferedAmount::Absent => return Verdict::Broken,
                profile::BufferedAmount::Grows => socket.accepted_len,
                profile::BufferedAmount::ZeroAfterClose if !is_closing_final(c.profile) => return Verdict::Vacuous,
                profile::BufferedAmount::ZeroAfterClose if socket.page_closed => 0,
                profile::BufferedAmount::ZeroAfterClose => socket.accepted_len - socket.accepted_late_len,
            };
            let amount = counted.saturating_sub(socket.written_before_task);
            Verdict::of(value == u32::try_from(amount).unwrap_or(u32::MAX))
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    CallsAreNested: "INV-89", "calls end in the order in which they must";
    source: "IDL-16", "DOM-21";
    predicate: "A call ends after everything that began inside it, at the object and with the method with which it began; `dispatchEvent()` throws InvalidStateError if and only if its event is being dispatched already.";
    witness: "A call ends.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: CallEnd;
    needs: CallBegin, EventInit, ReadEvent;
    |c| match *c.entry {
        Entry::CallEnd { target, method, completion, .. } if c.facts.stack_is_known() => match c.facts.stack.call() {
            Some(called) => Verdict::of(
                called.target == target
                    && called.method == method
                    && (method != Method::DispatchEvent
                        || called.is_under_dispatch
                            == (completion == Completion::Threw(Exception::InvalidStateError))),
            ),
            None => Verdict::broken_if(target != Target::Global),
        },
        _ => Verdict::Vacuous,
    }
}
