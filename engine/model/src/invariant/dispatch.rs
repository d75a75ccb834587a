//! Invariants of dispatch: DOM, dispatching events; HTML, event handlers. What a turn means is found in `stack.rs`.

use super::facts::{Finding, Report};
use super::stack::{Dispatch, Turn};
use super::{Context, Verdict, claim, invariant};
use crate::profile::Checkpoint;
use crate::trace::{Entry, EventAttributes, EventMember, EventType, Interface, Target, Task, WhichEvent};

/// Broken at `turns`, and a witness at the end of a dispatch of which `applies` holds.
#[inline(always)]
fn judge(c: &Context<'_>, turns: &[Turn], applies: impl FnOnce(&Dispatch) -> bool) -> Verdict {
    match (c.finding, c.entry) {
        (Finding::Turn(Turn::Right), Entry::FireEnd { .. }) => match c.facts.stack.dispatch() {
            Some(dispatch) if applies(dispatch) => Verdict::Holds,
            _ => Verdict::Vacuous,
        },
        (Finding::Turn(turn), _) => Verdict::broken_if(turns.contains(&turn)),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ListenersInOrder: "INV-90", "listeners are called in order, those that capture first";
    source: "DOM-10", "DOM-11", "HANDLER-03", "HANDLER-04";
    predicate: "In a dispatch the listeners that capture are called first, then the others, each group whole and in the order of registration; an event handler keeps the place that it had when it was first set.";
    witness: "Two listeners are called in one dispatch.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Listener, FireEnd;
    needs: FireBegin, AddListener, RemoveListener, SetHandler, Abort, StopPropagation, ListenerEnd;
    |c| judge(c, &[Turn::Skipped], |dispatch| dispatch.calls > 1)
}

invariant! {
    OncePerPass: "INV-91", "no listener is called twice";
    source: "DOM-02", "DOM-06", "HANDLER-08";
    predicate: "No listener is called twice in one pass, and one that was registered with `once` is called once in its life.";
    witness: "A listener is called.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Listener, FireEnd;
    needs: FireBegin, AddListener, RemoveListener, SetHandler, Abort, StopPropagation, ListenerEnd;
    |c| judge(c, &[Turn::Twice], |dispatch| dispatch.calls > 0)
}

invariant! {
    RemovedIsNotCalled: "INV-92", "a removed listener is not called";
    source: "DOM-03", "DOM-04", "DOM-05", "DOM-13", "HANDLER-02", "HANDLER-07", "HANDLER-15";
    predicate: "A listener is called only if it is registered and not removed when its turn comes.";
    witness: "A dispatch passes over a listener that was removed during it.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Listener, FireEnd;
    needs: FireBegin, AddListener, RemoveListener, SetHandler, Abort, StopPropagation, ListenerEnd;
    |c| judge(c, &[Turn::Removed], |dispatch| dispatch.passed_removed)
}

invariant! {
    ListsAreClonedPerPass: "INV-93", "each pass has the listeners that were there when it began";
    source: "DOM-12", "DOM-31", "HANDLER-07";
    predicate: "A listener that is added in a pass is not called in that pass, and one that is added in the first pass and does not capture is called in the second.";
    witness: "A listener is added during a dispatch.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Listener, FireEnd;
    needs: FireBegin, AddListener, RemoveListener, SetHandler, Abort, StopPropagation, ListenerEnd;
    |c| judge(c, &[Turn::Late, Turn::SkippedNew], |dispatch| dispatch.has_grown(&c.facts.listeners))
}

invariant! {
    StoppedIsStopped: "INV-94", "stopped propagation stops";
    source: "DOM-14", "DOM-15", "DOM-16", "HANDLER-14";
    predicate: "After `stopPropagation()` in the first pass there is no second one, and after `stopImmediatePropagation()` no further listener is called.";
    witness: "Propagation is stopped.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Listener, FireEnd;
    needs: FireBegin, AddListener, RemoveListener, SetHandler, Abort, StopPropagation, ListenerEnd;
    |c| judge(c, &[Turn::Stopped], |dispatch| dispatch.stopped)
}

/// Whether microtasks wait at the end of a listener, where a checkpoint comes before anything is reported (LOOP-10).
fn reports_before_microtasks(c: &Context<'_>) -> bool {
    c.profile.checkpoint == Checkpoint::EachListener
        && c.facts.stack_is_known()
        && !c.facts.microtasks_are_lost
        && !c.facts.microtasks.is_empty()
        && c.facts.stack.dispatch().is_some_and(|dispatch| {
            dispatch.report_is_due
                && dispatch.target != Target::Global
                && dispatch.is_fired_by_the_user_agent()
        })
}

invariant! {
    ThrowingChangesNothing: "INV-95", "a listener that throws changes nothing for the others";
    source: "DOM-17", "HANDLER-13", "LOOP-22";
    predicate: "After a listener threw, the others are called as if it had not, and the exception is reported once, before the next of them and after the microtasks that were waiting; what is thrown while `error` is fired at the global object does not fire it again.";
    witness: "A listener throws.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Listener, FireBegin, FireEnd, Report;
    needs: FireBegin, ListenerEnd, MicrotaskEnd, TaskBegin;
    |c| {
        if let Entry::Report { .. } = c.entry {
            // In the checkpoint after a task anything can be reported.
            let Some(running) = c.facts.running else { return Verdict::Vacuous };
            // A dispatch of a task of the WebSocket task source, with nothing else to report from.
            let is_due = c.facts.microtask_report_is_due
                || !c.facts.stack_is_known()
                || c.facts.stack.dispatch().is_none_or(|dispatch| dispatch.report_is_due);
            let is_early = is_due && !c.facts.microtask_report_is_due && reports_before_microtasks(c);
            return Verdict::broken_if(
                matches!(running, Task::Open(_) | Task::Message(_) | Task::Closed(_)) && (!is_due || is_early),
            );
        }
        if let Entry::FireBegin { target, event } = c.entry {
            let is_report = *target == Target::Global && event.is_trusted;
            return Verdict::broken_if(is_report && c.facts.stack_is_known() && c.facts.stack.is_reporting());
        }
        match c.facts.stack.dispatch() {
            Some(dispatch) if dispatch.report_is_due && dispatch.target != Target::Global => Verdict::Broken,
            _ => judge(c, &[Turn::SkippedAfterThrow], |dispatch| dispatch.threw),
        }
    }
}

invariant! {
    ReportsAreFired: "INV-105", "an exception that is reported is fired at the global object";
    source: "LOOP-22";
    predicate: "After an exception is reported `error` is fired at the global object, as an ErrorEvent that is cancelable and does not bubble, before any other listener is called and unless nobody listens or such an event is under way there; and it is fired for nothing else.";
    witness: "It is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin, FireEnd, Listener, Checkpoint;
    needs: Report, AddListener, RemoveListener, SetHandler, Abort, ListenerEnd;
    |c| match c.entry {
        Entry::FireBegin { target: Target::Global, event }
            if event.is_trusted && event.event_type == EventType::Error =>
        {
            let is_error_event = event.interface == Interface::ErrorEvent && event.cancelable && !event.bubbles;
            Verdict::of(is_error_event && c.facts.report != Report::Done)
        }
        _ => Verdict::broken_if(c.facts.report == Report::Due),
    }
}

/// Whether an event that is dispatched is as canceled as it should be.
fn is_canceled(dispatch: &Dispatch, default_prevented: bool) -> Verdict {
    if dispatch.canceled { Verdict::of(default_prevented) } else { Verdict::broken_if(default_prevented) }
}

invariant! {
    CanceledAsAsked: "INV-58", "an event is canceled as its listeners ask";
    source: "DOM-16", "DOM-19", "HANDLER-10";
    predicate: "`defaultPrevented` is true, as soon as it is read and when the dispatch has ended, if a listener that is not passive called `preventDefault()` on a cancelable event, or an event handler returned `false` where the profile lets that count; and if it was true before, which the end of a dispatch and another one do not change; otherwise it is false.";
    witness: "A listener canceled the event.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireEnd, ReadEvent;
    needs: FireBegin, Listener, ListenerEnd, PreventDefault, AddListener, RemoveListener, SetHandler, Abort, ReadEvent;
    |c| match *c.entry {
        Entry::FireEnd { default_prevented, .. } if c.facts.stack_is_known() && !c.facts.listeners.is_lost => {
            match c.facts.stack.dispatch() {
                Some(dispatch) => is_canceled(dispatch, default_prevented),
                None => Verdict::Vacuous,
            }
        }
        Entry::ReadEvent { event, member: EventMember::DefaultPrevented, value }
            if c.facts.stack_is_known() && !c.facts.listeners.is_lost =>
        {
            match (event, c.facts.stack.dispatch_of_listener()) {
                (WhichEvent::Current, Some(dispatch)) => is_canceled(dispatch, value != 0),
                (WhichEvent::Current, None) => Verdict::Broken,
                (WhichEvent::Kept, _) => match c.facts.is_kept_canceled() {
                    Some(true) => Verdict::of(value != 0),
                    Some(false) => Verdict::broken_if(value != 0),
                    None => Verdict::Broken,
                },
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    CurrentTargetIsTheSocket: "INV-96", "listeners are called for the event that is dispatched";
    source: "DOM-10", "DOM-20", "DOM-24";
    predicate: "A listener is called only during a dispatch, for its target and its type, and the innermost dispatch ends first.";
    witness: "A listener is called.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Listener, FireEnd;
    needs: FireBegin, ListenerEnd;
    |c| match (c.finding, c.entry) {
        (Finding::Turn(_), Entry::FireEnd { target, event_type, .. }) => match c.facts.stack.dispatch() {
            Some(dispatch) if dispatch.target != *target || dispatch.event_type != *event_type => Verdict::Broken,
            Some(dispatch) if dispatch.calls > 0 => Verdict::Holds,
            _ => Verdict::Vacuous,
        },
        (Finding::Turn(Turn::WrongTarget), _) => Verdict::Broken,
        _ => Verdict::Vacuous,
    }
}

/// What an event says of its place while it is dispatched: AT_TARGET, and a path of its target alone.
fn inside(member: EventMember) -> Option<u8> {
    match member {
        EventMember::EventPhase => Some(2),
        EventMember::ComposedPath => Some(1),
        EventMember::DefaultPrevented | EventMember::Itself => None,
    }
}

invariant! {
    EventsSayWhereTheyAre: "INV-111", "an event says where it is in its dispatch";
    source: "DOM-10", "DOM-11", "DOM-20";
    predicate: "While an event is dispatched, in both passes, its `eventPhase` is 2 and its `composedPath()` has one item; else they are 0 and empty. The event whose listener is running is dispatched; the one that was kept is the one that the page kept last, and is dispatched from the beginning of a dispatch of it to its end.";
    witness: "`eventPhase` or `composedPath()` is read, of a kept event while none is dispatched.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: ReadEvent;
    needs: FireBegin, FireEnd;
    |c| match *c.entry {
        Entry::ReadEvent { event, member, value } => match (event, inside(member)) {
            (_, None) => Verdict::Vacuous,
            _ if !c.facts.stack_is_known() => Verdict::Vacuous,
            (WhichEvent::Current, Some(inside)) => {
                Verdict::of(c.facts.stack.is_dispatching() && value == inside)
            }
            (WhichEvent::Kept, Some(inside)) => {
                let is_dispatched = c.facts.stack.dispatch_of_kept().is_some();
                let wanted = if is_dispatched { inside } else { 0 };
                let is_right = c.facts.kept.is_some() && value == wanted;
                if is_right && c.facts.stack.is_dispatching() { Verdict::Vacuous } else { Verdict::of(is_right) }
            }
        },
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ScriptedEventsAreAsMade: "INV-113", "an event that script makes is as it was asked for";
    source: "DOM-21", "IDL-08", "IDL-10", "IDL-11";
    predicate: "An event that script makes is dispatched with the type, flags, `wasClean`, reason and code that its constructor was given, the code modulo 2^16, the rest as by default; it is not trusted. Whatever script dispatches is dispatched at the target of its call, and what it did not make is the event that it kept, as that was.";
    witness: "An event that script made is dispatched.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin, CallEnd;
    needs: EventInit, EventInitCode, CallBegin, ReadEvent;
    |c| match *c.entry {
        Entry::FireBegin { target, event } if !event.is_trusted => {
            let is_at_its_target = !c.facts.stack_is_known()
                || c.facts.stack.call().is_some_and(|called| called.target == target);
            match c.facts.made {
                Some(made) => Verdict::of(made == event && is_at_its_target),
                // Dispatching it takes its trust away.
                None => Verdict::broken_if(
                    !is_at_its_target
                        || c.facts.stack_is_known()
                            && c.facts.kept.map(|kept| EventAttributes { is_trusted: false, ..kept.event })
                                != Some(event),
                ),
            }
        }
        // It is dispatched before anything else is, and cannot be under dispatch already.
        _ => Verdict::broken_if(c.facts.made.is_some()),
    }
}

invariant! {
    HandlerValueIsCurrent: "INV-97", "an event handler is called with its value of the moment";
    source: "HANDLER-01", "HANDLER-05", "HANDLER-06";
    predicate: "An event handler is called once per dispatch at most, with the function that is its value when its turn comes, and not at all if that is null or cannot be called.";
    witness: "An event handler is called.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Listener;
    needs: FireBegin, SetHandler, ListenerEnd;
    |c| match (c.finding, c.entry) {
        (Finding::Turn(Turn::WrongValue), _) => Verdict::Broken,
        (Finding::Turn(Turn::Right), Entry::Listener { handler: true, .. }) => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}
