//! Invariants of the event loop: HTML, event loops; WebSockets Standard, feedback from the protocol.

use super::facts::Script;
use super::{Verdict, claim, invariant, telling};
use crate::profile::{Checkpoint, ClosingState, Guard, OpenTask, ThrowingClose};
use crate::trace::{DocumentState, Entry, EventType, Method, ReadyState, Target, Task};

invariant! {
    ReadyStateChangesInTasks: "INV-40", "readyState changes in tasks and in close()";
    source: "LOOP-14", "HS-07", "DOM-22";
    predicate: "`readyState` changes in a task of the WebSocket's own or directly inside a call of its `close()`; in its constructor if the Content Security Policy does not allow the URL and the profile (K csp) says so.";
    witness: "`readyState` changes.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: ReadyState;
    needs: TaskBegin, TaskEnd, CallBegin, CallEnd;
    |c| match *c.entry {
        Entry::ReadyState { socket, .. } if c.facts.stack_is_known() => {
            let stack = &c.facts.stack;
            Verdict::of(match stack.call() {
                Some(called) => {
                    let is_refused = || c.facts.socket(socket).is_refused(c.profile);
                    called.target == Target::Socket(socket)
                        && match called.method {
                            Method::Close => true,
                            Method::Constructor => is_refused(),
                            Method::Send | Method::DispatchEvent => false,
                        }
                }
                None => stack.is_empty() && c.facts.running.and_then(Task::socket) == Some(socket),
            })
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    EachStateHasItsTask: "INV-110", "each readyState comes in its task";
    source: "API-07", "API-08", "API-40", "API-42", "API-43";
    predicate: "`readyState` becomes 1 in the open task, 2 in the closing task or inside `close()`, as far as the profile shows it (K closing-state), and 3 in the closed task, or in that of `error` where it has one of its own. Where the profile says so, it becomes 2 before `error` is fired (K state-at-error), and 3 in a `close()` that tells of the end itself (K connecting-close).";
    witness: "`readyState` changes.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: ReadyState;
    needs: TaskBegin, TaskEnd, CallBegin, CallEnd;
    |c| match *c.entry {
        Entry::ReadyState { socket, new, .. } if c.facts.stack_is_known() => {
            let called = c.facts.stack.call().map(|called| called.method);
            let closing_state = c.profile.closing_state;
            Verdict::of(match (new, called, c.facts.running) {
                (ReadyState::Closing, _, _) if closing_state == ClosingState::Skipped => false,
                (ReadyState::Closing, Some(Method::Close), _) => true,
                (ReadyState::Closed, Some(Method::Close), _) => telling::is_told_inside(c, socket),
                (ReadyState::Closed, Some(Method::Constructor), _) => {
                    c.facts.socket(socket).is_refused(c.profile)
                }
                (_, Some(_), _) | (_, _, None) | (ReadyState::Connecting, _, _) => false,
                (ReadyState::Open, None, Some(task)) => task == Task::Open(socket),
                (ReadyState::Closing, None, Some(task)) => {
                    task == Task::Closing(socket) && closing_state == ClosingState::Shown
                        || telling::is_closing_at_error(c, socket, task)
                }
                (ReadyState::Closed, None, Some(task)) => {
                    task == Task::Closed(socket) || task == Task::Error(socket)
                }
            })
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    QueueingOrder: "INV-41", "tasks are queued in the order of a connection's life";
    source: "API-40", "API-41", "API-42", "API-43", "API-45", "API-48", "CLOSE-10";
    predicate: "For each WebSocket the open task is queued first and once, when it is established; then messages; the closing task at most once, when the closing handshake is started, or where it is not guarded (K-CLOSING-GUARD) whenever `close()` finds the connection closed; the closed task last and once, when the connection is closed.";
    witness: "The closed task is queued.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Enqueue;
    needs: Established, ClosingStarted, Closed, CallBegin;
    |c| match *c.entry {
        Entry::Enqueue { task } => {
            let Some(id) = task.socket() else { return Verdict::Vacuous };
            let socket = c.facts.socket(id);
            let is_unguarded = c.profile.closing_task == Guard::Literal;
            match task {
                Task::Open(_) => Verdict::broken_if(
                    socket.open_is_queued || socket.closed_is_queued || !socket.is_established,
                ),
                Task::Message(_) => Verdict::broken_if(!socket.open_is_queued || socket.closed_is_queued),
                Task::Closing(_) => {
                    let is_late = socket.closing_is_queued || socket.closed_is_queued;
                    let is_right = !is_late && socket.closing_by.is_some();
                    let is_in_vain = is_unguarded && socket.is_closed && telling::is_in_close(c.facts, id);
                    Verdict::broken_if(!socket.open_is_queued || !is_right && !is_in_vain)
                }
                Task::Closed(_) => {
                    let is_right = socket.closing_is_queued == socket.closing_by.is_some();
                    let may_be_in_vain = is_unguarded && socket.closing_is_queued;
                    Verdict::of(
                        !socket.closed_is_queued
                            && socket.is_closed
                            && socket.open_is_queued == socket.is_established
                            && (is_right || may_be_in_vain),
                    )
                }
                // Where `error` has a task of its own, INV-61 says which.
                Task::Script | Task::Timer(_) | Task::PostedMessage(_) | Task::Error(_) | Task::Unload => {
                    Verdict::Vacuous
                }
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NothingQueuedAfterClosed: "INV-42", "nothing is queued after the closed task";
    source: "API-45", "CLOSE-19";
    predicate: "After the closed task of a WebSocket no further task of it is queued, but the closing task where that is literal (K-CLOSING-GUARD), and the task of an `error` that comes once more (K connecting-close).";
    witness: "The closed task runs.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Enqueue, TaskBegin;
    needs: ;
    |c| match *c.entry {
        Entry::Enqueue { task } => Verdict::broken_if(
            task.socket().is_some_and(|socket| c.facts.socket(socket).closed_is_queued)
                && match task {
                    Task::Closing(_) => c.profile.closing_task == Guard::Guard,
                    Task::Error(socket) => !c.facts.socket(socket).is_told_again(c.profile),
                    _ => true,
                },
        ),
        Entry::TaskBegin { task: Task::Closed(_) } => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}

invariant! {
    TasksRunInOrder: "INV-43", "tasks run in the order in which they were queued";
    source: "LOOP-03", "LOOP-05", "LOOP-06", "API-48";
    predicate: "The tasks of a task source, for that of WebSockets those of all sockets together, run in the order in which they were queued, and each of them once. No other task runs.";
    witness: "A task runs.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TaskBegin;
    needs: Enqueue;
    |c| match *c.entry {
        Entry::TaskBegin { task } if !c.facts.tasks_are_lost => {
            let next = c.facts.next_task(task.source());
            Verdict::of(next.is_some_and(|next| c.facts.tasks[next] == Some(task)))
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NoEventInsideCalls: "INV-47", "no event inside a call";
    source: "API-15", "HS-07", "LOOP-14";
    predicate: "While the constructor, `close()` or `send()` of a WebSocket runs, the user agent fires no event at it, but `error` and `close` where a `close()` tells itself of the end of a connection that was not established (K connecting-close).";
    witness: "One of them returns.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin, CallEnd;
    needs: CallBegin;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted && c.facts.stack_is_known() => {
            let is_of_end = matches!(event.event_type, EventType::Error | EventType::Close);
            let may_be_fired = is_of_end && telling::is_told_inside(c, socket);
            Verdict::broken_if(c.facts.stack.is_in_method_of(socket) && !may_be_fired)
        }
        Entry::CallEnd { method: Method::Constructor | Method::Close | Method::Send, .. } => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}

invariant! {
    CheckpointAfterTasks: "INV-48", "a microtask checkpoint after each task";
    source: "LOOP-08", "LOOP-09";
    predicate: "After each task there is a microtask checkpoint before the next one; microtasks run in the order in which they were queued, and a checkpoint ends when none is left. Those of a document that is not fully active any more are gone.";
    witness: "A task begins after another one.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TaskBegin, Quiescent, Checkpoint, MicrotaskBegin;
    needs: MicrotaskQueued, TaskEnd, Document;
    |c| {
        let is_empty = c.facts.microtasks.is_empty() || c.facts.microtasks_are_lost;
        match *c.entry {
            Entry::TaskBegin { task: Task::Script } => Verdict::broken_if(c.facts.checkpoint_is_due),
            Entry::TaskBegin { .. } | Entry::Quiescent => Verdict::of(!c.facts.checkpoint_is_due && is_empty),
            Entry::Checkpoint => Verdict::broken_if(!is_empty),
            Entry::MicrotaskBegin { function } => Verdict::broken_if(
                !c.facts.microtasks_are_lost && c.facts.microtasks.first() != Some(&function),
            ),
            _ => Verdict::Vacuous,
        }
    }
}

invariant! {
    CheckpointBetweenListeners: "INV-49", "microtasks run after each listener of an event that the user agent fires";
    source: "LOOP-10", "LOOP-11";
    predicate: "In a dispatch by the user agent no microtask is waiting when a listener after the first is called, nor when the dispatch ends after a listener, nor when `close` is fired after `error`; and no microtask runs while a listener or a call is running. What is said of the dispatch at a WebSocket is said of `pagehide` and `unload` too. Where microtasks run after each task only (K checkpoint), none runs in a task.";
    witness: "Such a dispatch calls a second listener, or ends after one; or `close` is fired after `error`; or, where microtasks run after each task only, one begins.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Listener, FireBegin, FireEnd, MicrotaskBegin;
    needs: MicrotaskQueued, ListenerEnd, CallBegin, CallEnd, Document;
    |c| {
        if c.facts.microtasks_are_lost || !c.facts.stack_is_known() {
            return Verdict::Vacuous;
        }
        let is_empty = c.facts.microtasks.is_empty();
        // At the global object that tells of an exception, other microtasks may be waiting, or under way.
        let is_fired_by_a_task = |target, event_type| match target {
            Target::Socket(_) => true,
            Target::Global => c.facts.running == Some(Task::Unload) && event_type != EventType::Error,
        };
        match *c.entry {
            Entry::MicrotaskBegin { .. } if c.profile.checkpoint == Checkpoint::EachTask => {
                Verdict::of(c.facts.running.is_none() && c.facts.stack.is_empty())
            }
            _ if c.profile.checkpoint == Checkpoint::EachTask => Verdict::Vacuous,
            Entry::Listener { target, event_type, .. } | Entry::FireEnd { target, event_type, .. }
                if is_fired_by_a_task(target, event_type) =>
            {
                // The turn of this listener is counted already.
                let is_first = u8::from(matches!(c.entry, Entry::Listener { .. }));
                match c.facts.stack.dispatch() {
                    Some(dispatch) if dispatch.is_fired_by_the_user_agent() && dispatch.calls > is_first => {
                        Verdict::of(is_empty)
                    }
                    _ => Verdict::Vacuous,
                }
            }
            Entry::FireBegin { target: Target::Socket(socket), event }
                if event.is_trusted
                    && event.event_type == EventType::Close
                    && c.facts.socket(socket).error_count > 0
                    && c.facts.stack.is_empty() =>
            {
                Verdict::of(is_empty)
            }
            Entry::MicrotaskBegin { .. } => {
                // While the first script is running an event is fired for what it throws, and its microtasks wait.
                let is_in_script = c.facts.running == Some(Task::Script) && c.facts.stack.is_dispatching();
                Verdict::broken_if(is_in_script || c.facts.stack.is_in_listener_or_call())
            }
            _ => Verdict::Vacuous,
        }
    }
}

invariant! {
    TimersFireWhenDue: "INV-112", "a timer fires when it is due";
    source: "LOOP-18", "DOC-02";
    predicate: "The task of a timer is queued once, when the time is over that `setTimeout` was told, and of those that are due together first that of the one that was set first. Time does not pass over a timer, and a run does not end before all have fired. While the document is cached its timers wait. After it is destroyed, or in a worker that is closing, nothing is said of them: INV-45 and INV-46 speak of their tasks.";
    witness: "The task of a timer is queued.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Elapse, Enqueue, Quiescent;
    needs: SetTimeout, Document, Worker;
    |c| {
        let is_active = c.facts.document == DocumentState::Active;
        let timers = &c.facts.timers;
        match *c.entry {
            // Nothing begins any more (INV-45, INV-46).
            _ if c.facts.document == DocumentState::Destroyed || c.facts.worker.is_some() => Verdict::Vacuous,
            Entry::Elapse { by_us } => {
                Verdict::broken_if(is_active && timers.is_passed_over(by_us) == Some(true))
            }
            Entry::Enqueue { task: Task::Timer(function) } => match timers.due() {
                None => Verdict::Vacuous,
                Some(due) => Verdict::of(is_active && due == Some(function)),
            },
            Entry::Quiescent => Verdict::broken_if(is_active && timers.is_any_left() == Some(true)),
            _ => Verdict::Vacuous,
        }
    }
}

invariant! {
    OneTaskAtATime: "INV-51", "one task at a time";
    source: "LOOP-07", "LOOP-12";
    predicate: "A task runs to its end before another one begins.";
    witness: "A task ends.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TaskBegin, TaskEnd;
    needs: ;
    |c| match *c.entry {
        Entry::TaskBegin { .. } => Verdict::broken_if(c.facts.running.is_some()),
        Entry::TaskEnd { task } => Verdict::of(c.facts.running == Some(task)),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    TasksDoTheirWork: "INV-52", "a task does what it was queued for";
    source: "API-40", "API-42", "API-43";
    predicate: "After the open task `readyState` is not CONNECTING, and `open` was fired in it if it was before, or if the task is not guarded (K-OPEN-GUARD); after the closing task it is CLOSING or CLOSED, or what it was where that is not shown (K closing-state). In the closed task `close` is fired, and `readyState` is CLOSED after it, unless a `close()` threw and left CLOSING (K throwing-close); in the task that `error` has of its own `error` is fired.";
    witness: "One of these tasks ends.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TaskEnd;
    needs: ReadyState, FireBegin, TaskBegin;
    |c| match *c.entry {
        Entry::TaskEnd { task: Task::Open(socket) } => {
            let socket = c.facts.socket(socket);
            let is_guarded = c.profile.open_task == OpenTask::Guard;
            let is_due = !is_guarded || socket.state_before_task == ReadyState::Connecting;
            Verdict::of(socket.ready_state != ReadyState::Connecting && is_due == (socket.open_count > 0))
        }
        Entry::TaskEnd { task: Task::Closing(socket) } => {
            let socket = c.facts.socket(socket);
            Verdict::of(match c.profile.closing_state {
                ClosingState::Shown => socket.ready_state >= ReadyState::Closing,
                ClosingState::AfterCloseCall | ClosingState::Skipped => {
                    socket.ready_state == socket.state_before_task
                }
            })
        }
        Entry::TaskEnd { task: Task::Closed(socket) } => {
            let socket = c.facts.socket(socket);
            let is_right = match socket.ready_state {
                ReadyState::Closed => true,
                ReadyState::Closing => c.profile.throwing_close == ThrowingClose::SetsClosing,
                ReadyState::Connecting | ReadyState::Open => false,
            };
            Verdict::of(is_right && socket.close_count > 0)
        }
        Entry::TaskEnd { task: Task::Error(socket) } => Verdict::of(c.facts.socket(socket).error_count > 0),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    TasksCallTheirFunction: "INV-117", "a task calls its function once, and what that throws is reported";
    source: "LOOP-07", "LOOP-18", "LOOP-22";
    predicate: "The task of the first script, of a timer and of a posted message calls its function once; if that throws, the exception is reported before the task ends, and once. Of a worker that is closing nothing is said.";
    witness: "Such a task ends.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: ScriptEnd, Report, TaskEnd;
    needs: TaskBegin, ListenerEnd, MicrotaskEnd, FireBegin, Worker;
    |c| {
        let calls_a_function =
            matches!(c.facts.running, Some(Task::Script | Task::Timer(_) | Task::PostedMessage(_)));
        if c.facts.worker.is_some() {
            return Verdict::Vacuous;
        }
        match *c.entry {
            Entry::ScriptEnd { .. } => {
                Verdict::broken_if(!calls_a_function || c.facts.script != Script::Due || !c.facts.stack.is_empty())
            }
            Entry::Report { exception } if calls_a_function && c.facts.stack_is_known() => {
                let is_of_another = c.facts.microtask_report_is_due || c.facts.stack.dispatch().is_some();
                Verdict::broken_if(!is_of_another && c.facts.script != Script::Threw(exception))
            }
            Entry::TaskEnd { .. } if calls_a_function => Verdict::of(c.facts.script == Script::Done),
            _ => Verdict::Vacuous,
        }
    }
}
