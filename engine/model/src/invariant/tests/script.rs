//! The event loop, the object, its events and what the page calls.

use super::super::tale::*;
use super::tales::*;
use super::*;
use crate::profile::{EventMade, Loss, Profile};
use crate::trace::{
    Attribute, Cause, Completion, Entry, EventAttributes, EventType, Exception, FunctionId, Given, Interface,
    Method, PayloadId, PeerEnd, ReadyState, Side, Task, ValueType,
};

#[test]
fn tasks() {
    check("INV-40", plain_clean(), |t| {
        let change = Entry::ReadyState { socket: S, old: ReadyState::Open, new: ReadyState::Closing };
        t.after(kind(Kind::RxFrame), change);
    });
    check("INV-41", plain_clean(), |t| {
        t.remove(|entry| matches!(entry, Entry::Enqueue { task: Task::Closing(_) }));
    });
    check("INV-42", plain_clean(), |t| {
        t.before(kind(Kind::Quiescent), Entry::Enqueue { task: Task::Closed(S) });
    });
    for never_queued in [Task::Script, Task::Unload, Task::Timer(FunctionId(9)), Task::Message(S)] {
        check("INV-43", plain_clean(), |t| {
            t.before(kind(Kind::Quiescent), Entry::TaskBegin { task: never_queued });
        });
    }
    let two = |first, second| {
        let mut tale = plain_clean();
        for number in [1, 2] {
            tale.before(
                kind(Kind::Quiescent),
                Entry::Enqueue { task: Task::PostedMessage(FunctionId(number)) },
            );
        }
        for number in [first, second] {
            let task = Task::PostedMessage(FunctionId(number));
            let end = Entry::ScriptEnd { completion: Completion::Normal };
            for entry in [Entry::TaskBegin { task }, end, Entry::TaskEnd { task }, Entry::Checkpoint] {
                tale.before(kind(Kind::Quiescent), entry);
            }
        }
        tale
    };
    check("INV-43", two(1, 2), |t| *t = two(2, 1));
    check("INV-43", plain_clean(), |t| {
        t.replace(
            |entry| matches!(entry, Entry::TaskBegin { task: Task::Closing(_) }),
            Entry::TaskBegin { task: Task::Closed(S) },
        );
    });
    check("INV-47", close_while_connecting(), |t| {
        let error = Entry::FireBegin { target: WS, event: trusted(EventType::Error) };
        t.after(kind(Kind::Fail), error);
    });
    check("INV-48", plain_clean(), |t| {
        t.remove(kind(Kind::Checkpoint));
    });
    check("INV-48", with_microtask(), |t| {
        t.remove(kind(Kind::MicrotaskBegin));
        t.remove(kind(Kind::MicrotaskEnd));
    });
    check("INV-49", with_microtask(), |t| {
        let begin = t.place(kind(Kind::MicrotaskBegin));
        let microtask: Vec<_> = t.trace.entries.drain(begin..begin + 3).collect();
        let end = t.place(kind(Kind::FireEnd)) + 8;
        let end = end.max(t.trace.entries.iter().rposition(kind(Kind::FireEnd)).expect("it is there"));
        t.trace.entries.splice(end..end, microtask);
    });
    check("INV-49", with_microtask(), |t| {
        // The last listener's microtask waits until the dispatch has ended.
        let queued = Entry::MicrotaskQueued { function: FunctionId(6) };
        let last = t.trace.entries.iter().rposition(kind(Kind::ListenerEnd)).expect("it is there");
        t.trace.entries.insert(last, queued);
    });
    check("INV-51", plain_clean(), |t| {
        t.remove(|entry| matches!(entry, Entry::TaskEnd { task: Task::Open(_) }));
    });
    for wrong in [
        |t: &mut Tale| _ = t.remove(kind(Kind::ScriptEnd)),
        |t: &mut Tale| t.before(kind(Kind::ScriptEnd), Entry::ScriptEnd { completion: Completion::Normal }),
        |t: &mut Tale| t.after(kind(Kind::ScriptEnd), Entry::Report { exception: Exception::Thrown }),
    ] {
        check("INV-117", plain_clean(), wrong);
    }
    let throws = || {
        let mut tale = plain_clean();
        tale.replace(
            kind(Kind::ScriptEnd),
            Entry::ScriptEnd { completion: Completion::Threw(Exception::Thrown) },
        );
        tale.after(kind(Kind::ScriptEnd), Entry::Report { exception: Exception::Thrown });
        tale
    };
    check("INV-117", throws(), |t| _ = t.remove(kind(Kind::Report)));
    check("INV-117", throws(), |t| {
        t.replace(kind(Kind::Report), Entry::Report { exception: Exception::SyntaxError });
    });
    check("INV-117", throws(), |t| {
        t.after(kind(Kind::Report), Entry::Report { exception: Exception::Thrown });
    });
    check("INV-52", plain_clean(), |t| {
        t.remove(|entry| matches!(entry, Entry::ReadyState { new: ReadyState::Closing, .. }));
    });
    check("INV-52", plain_clean(), |t| {
        let at = t.place(is_close_event);
        t.trace.entries.drain(at..at + 2);
    });
}

#[test]
fn what_the_constructor_tells() {
    let ends = |new: Completion, state: ReadyState| {
        move |t: &mut Tale| {
            t.change(|entry| match entry {
                Entry::CallEnd { completion, ready_state, .. } => {
                    (*completion, *ready_state) = (new, state);
                    true
                }
                _ => false,
            });
        }
    };
    let threw = |exception| ends(Completion::Threw(exception), ReadyState::Connecting);
    check("INV-103", refused(), threw(Exception::SecurityError));
    check("INV-103", refused(), threw(Exception::Thrown));
    check("INV-103", refused(), ends(Completion::Normal, ReadyState::Closed));
    check("INV-103", forbidden(), ends(Completion::Normal, ReadyState::Connecting));
    check("INV-103", forbidden(), threw(Exception::SecurityError));
    check("INV-103", forbidden(), |t| t.profile = Profile::STANDARD);
    // What a profile says of a URL that is forbidden holds for no other.
    check("INV-103", forbidden(), |t| constructed_with(t, "ws://a.test/", ""));
    let taken = || {
        let mut tale = refused();
        constructed_with(&mut tale, "ws://h/", "chat");
        tale
    };
    check("INV-107", taken(), threw(Exception::SyntaxError));
    for url in ["ws://h/#", "/chat#x", "ftp://h/", "ws://h:65536/", "wss://h:+8/", "ws://h:8x"] {
        check("INV-107", taken(), |t| constructed_with(t, url, "chat"));
    }
    for list in ["chat,CHAT", "a b", "chat,"] {
        check("INV-107", taken(), |t| constructed_with(t, "ws://h/", list));
    }
    for url in ["WS://H/", "http://h", "https://h:/", "wss://a.b:65535?x", "/chat"] {
        let given = || {
            let mut tale = taken();
            constructed_with(&mut tale, url, "chat");
            tale
        };
        check("INV-107", given(), threw(Exception::SyntaxError));
    }
    check("INV-40", forbidden(), |t| t.profile = Profile::STANDARD);
    check("INV-61", forbidden(), |t| t.profile = Profile::STANDARD);
    check("INV-61", forbidden(), |t| t.closed_task(nothing).profile = Profile::STANDARD);
    check("INV-83", forbidden(), |t| {
        t.remove(|entry| matches!(entry, Entry::FireBegin { .. }));
    });
}

#[test]
fn the_life_of_the_object() {
    check("INV-57", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::CallEnd { ready_state, .. } => {
                *ready_state = ReadyState::Open;
                true
            }
            _ => false,
        });
    });
    check("INV-60", plain_clean(), |t| {
        let end = t.trace.entries.iter().rposition(kind(Kind::FireEnd)).expect("it is there");
        let event = t.trace.entries[end - 1..=end].to_vec();
        t.trace.entries.splice(end..end, event);
    });
    check("INV-61", refused(), |t| {
        // The close event comes in a task of its own.
        let place = t.place(is_close_event);
        let task = Task::Closed(S);
        let between = [Entry::TaskEnd { task }, Entry::Checkpoint, Entry::TaskBegin { task }];
        t.trace.entries.splice(place..place, between);
    });
    check("INV-62", end_of_stream(), |t| {
        let error = Entry::FireBegin { target: WS, event: trusted(EventType::Error) };
        let end = Entry::FireEnd { target: WS, event_type: EventType::Error, default_prevented: false };
        let place = t.place(is_close_event);
        t.trace.entries.splice(place..place, [error, end]);
    });
    check("INV-62", plain_violation(), |t| {
        let place = t.place(
            |entry| matches!(entry, Entry::FireBegin { event, .. } if event.event_type == EventType::Error),
        );
        t.trace.entries.drain(place..place + 2);
    });
    check("INV-62", silence(), |t| t.profile.close_timeout = Loss::Fail);
    check("INV-62", end_of_stream(), |t| t.profile.fin_without_close = Loss::Fail);
    check("INV-63", plain_clean(), |t| {
        let change = t.remove(|entry| matches!(entry, Entry::ReadyState { new: ReadyState::Closed, .. }));
        let end = t.trace.entries.iter().rposition(kind(Kind::FireEnd)).expect("it is there");
        t.trace.entries.insert(end + 1, change);
    });
    check("INV-64", with_message(), |t| {
        t.replace(
            |entry| matches!(entry, Entry::ReadyState { new: ReadyState::Open, .. }),
            Entry::ReadyState { socket: S, old: ReadyState::Connecting, new: ReadyState::Closing },
        );
    });
    check("INV-65", with_message(), |t| {
        let mut page = Tale::new();
        page.close_without_effect();
        let place = t.place(|entry| matches!(entry, Entry::TaskBegin { task: Task::Message(_) }));
        for entry in &mut page.trace.entries {
            if let Entry::CallBegin { ready_state, .. } | Entry::CallEnd { ready_state, .. } = entry {
                *ready_state = ReadyState::Open;
            }
        }
        t.trace.entries.splice(place..place, page.trace.entries);
    });
    check("INV-66", plain_clean(), |t| {
        let back = Entry::ReadyState { socket: S, old: ReadyState::Closed, new: ReadyState::Closing };
        t.before(kind(Kind::Quiescent), back);
    });
    check("INV-67", closed_twice(), |t| {
        let place = t.trace.entries.iter().rposition(kind(Kind::CallEnd)).expect("it is there");
        t.trace.entries.insert(place, Entry::ClosingStarted { socket: S, by: Side::Us });
    });
    check("INV-70", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::FireBegin { event, .. } if event.event_type == EventType::Close => {
                event.bubbles = true;
                true
            }
            _ => false,
        });
    });
    check("INV-70", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::FireBegin { event, .. } if event.event_type == EventType::Close => {
                event.is_trusted = false;
                true
            }
            _ => false,
        });
    });
    check("INV-71", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::FireEnd { default_prevented, .. } => {
                *default_prevented = true;
                true
            }
            _ => false,
        });
    });
    check("INV-83", end_of_stream(), |t| {
        let place = t.place(|entry| matches!(entry, Entry::Enqueue { task: Task::Closed(_) }));
        t.trace.entries.truncate(place);
        t.quiescent();
    });
    let mut healthy = Tale::opened(nothing);
    healthy.quiescent();
    check("INV-83", healthy, |t| {
        // Its RST never arrives.
        let end = Some(PeerEnd::Reset);
        t.before(kind(Kind::Quiescent), Entry::PeerStep { socket: S, step: 1, bytes: 0, end });
    });
    check("INV-84", silence(), |t| {
        let place = t.place(kind(Kind::Elapse));
        t.trace.entries.truncate(place);
        t.quiescent();
    });
    check("INV-85", plain_clean(), |t| {
        let protocol = t.id(b"chat");
        t.change(|entry| match entry {
            Entry::Attributes { protocol: said, .. } => {
                *said = protocol;
                true
            }
            _ => false,
        });
    });
    check("INV-88", with_scripted_event(), |t| {
        let event_end = t.place(|entry| matches!(entry, Entry::FireEnd { event_type: EventType::Close, .. }));
        let change = Entry::ReadyState { socket: S, old: ReadyState::Open, new: ReadyState::Closed };
        t.trace.entries.insert(event_end, change);
    });
}

#[test]
fn what_the_close_event_says() {
    check("INV-72", end_of_stream(), |t| say(t, true, 1006, b""));
    check("INV-72", end_of_stream(), |t| say(t, false, 1006, b"x"));
    check("INV-73", with_message(), |t| say(t, true, 1005, b"x"));
    check("INV-74", plain_clean(), |t| say(t, false, 1000, b"bye"));
    check("INV-74", end_of_stream(), |t| say(t, true, 1006, b""));
    check("INV-74", unanswered(), |t| say(t, true, 1001, b"x"));
    check("INV-75", plain_own(), |t| say(t, true, 1000, b"bye"));
    check("INV-75", with_message(), |t| say(t, true, 1000, b""));
    check("INV-75", unanswered(), |t| say(t, false, 1006, b""));
    check("INV-76", unanswered(), |t| {
        let answer = t.tx_entry(0x88, b"\x03\xe9x");
        t.before(kind(Kind::RxRst), answer);
    });
    check("INV-77", plain_violation(), |t| say(t, false, 1002, b""));
    check("INV-77", end_of_stream(), |t| say(t, false, 0, b""));
    check("INV-78", plain_clean(), |t| say(t, true, 1000, &[b'x'; 124]));
    check("INV-78", plain_clean(), |t| say(t, true, 1000, b"\xff"));
    check("INV-79", plain_clean(), |t| say(t, true, 1015, b"bye"));
}

#[test]
fn what_the_page_calls() {
    let throwing = |code: f64, reason: &[u8], exception| {
        let mut tale = Tale::opened(nothing);
        tale.timer(|t| {
            t.close_that_throws(code, reason, exception);
        });
        tale
    };
    let other = |t: &mut Tale| {
        let end = t.trace.entries.iter().rposition(kind(Kind::CallEnd)).expect("it is there");
        if let Entry::CallEnd { completion, .. } = &mut t.trace.entries[end] {
            *completion = Completion::Threw(Exception::TypeError);
        }
    };
    check("INV-50", throwing(999.0, b"", Exception::InvalidAccessError), other);
    check("INV-50", throwing(f64::NAN, b"", Exception::InvalidAccessError), other);
    check("INV-50", throwing(1.0, &[b'x'; 200], Exception::InvalidAccessError), other);
    check("INV-50", throwing(1000.0, &[b'x'; 124], Exception::SyntaxError), other);
    check(
        "INV-50",
        own(Some(999.5), Some(&[b'x'; 123]), &[b"\x03\xe8".as_slice(), &[b'x'; 123]].concat()),
        other,
    );
    check("INV-54", close_while_connecting(), |t| {
        t.remove(kind(Kind::Fail));
    });
    check("INV-54", plain_own(), |t| {
        let fail = Entry::Fail { socket: S, cause: Cause::ClosedByPage, at: 0 };
        t.after(kind(Kind::CloseArguments), fail);
    });
    check("INV-56", with_sends(), |t| {
        t.change(|entry| match entry {
            Entry::CallEnd { method: Method::Send, completion, .. } => {
                *completion = Completion::Threw(Exception::InvalidStateError);
                true
            }
            _ => false,
        });
    });
    check("INV-68", plain_own(), |t| {
        t.remove(|entry| matches!(entry, Entry::ReadyState { new: ReadyState::Closing, .. }));
        t.change(|entry| match entry {
            Entry::CallEnd { method: Method::Close, ready_state, .. } => {
                *ready_state = ReadyState::Open;
                true
            }
            _ => false,
        });
    });
    check("INV-69", throwing(5.0, b"", Exception::InvalidAccessError), |t| {
        let change = Entry::ReadyState { socket: S, old: ReadyState::Open, new: ReadyState::Closing };
        t.after(kind(Kind::CloseArguments), change);
    });
    let converting = |completion| {
        let mut tale = Tale::opened(nothing);
        tale.timer(|t| {
            t.call(Method::Close, completion, |t| {
                t.add(Entry::Converted { completion: Completion::Threw(Exception::Thrown) });
            });
        });
        tale
    };
    check("INV-50", converting(Completion::Threw(Exception::Thrown)), |t| {
        *t = converting(Completion::Threw(Exception::TypeError));
    });
    check("INV-50", converting(Completion::Threw(Exception::Thrown)), |t| {
        // What the conversion threw is forgotten.
        let reason_utf8 = t.id(b"");
        let (code, reason) = (Given::Missing, Given::Missing);
        let arguments = Entry::CloseArguments { socket: S, code, reason, reason_utf8, code_bits: 0 };
        t.after(kind(Kind::Converted), arguments);
    });
    check("INV-86", with_sends(), |t| {
        // What was written before the task is still counted in it.
        t.timer(|t| {
            t.add(Entry::Read { socket: S, attribute: Attribute::BufferedAmount, value: 6 });
        });
    });
    check("INV-86", with_sends(), |t| {
        let last = t.trace.entries.iter().rposition(kind(Kind::Read)).expect("it is there");
        if let Entry::Read { value, .. } = &mut t.trace.entries[last] {
            *value = 0;
        }
    });
    check("INV-86", with_sends(), |t| {
        let read = Entry::Read { socket: S, attribute: Attribute::BufferedAmount, value: 6 };
        let begin = t.place(|entry| matches!(entry, Entry::TaskBegin { task: Task::Closing(_) }));
        t.trace.entries.insert(begin + 1, read);
    });
    check("INV-89", plain_own(), |t| {
        t.change(|entry| match entry {
            Entry::CallEnd { method: method @ Method::Close, .. } => {
                *method = Method::Send;
                true
            }
            _ => false,
        });
    });
    for (task, early) in [(Task::Open(S), ReadyState::Closing), (Task::Closing(S), ReadyState::Closed)] {
        check("INV-110", plain_clean(), |t| {
            let begin = t.place(|entry| *entry == Entry::TaskBegin { task });
            let change = t.trace.entries[begin..].iter_mut().find(|entry| kind(Kind::ReadyState)(entry));
            if let Some(Entry::ReadyState { new, .. }) = change {
                *new = early;
            }
        });
    }
    check("INV-110", plain_own(), |t| {
        t.change(|entry| match entry {
            Entry::ReadyState { new: new @ ReadyState::Closing, .. } => {
                *new = ReadyState::Closed;
                true
            }
            _ => false,
        });
    });

    // The page was away for a second between the end of the connection and its event.
    let late = |event_made| {
        let mut tale = plain_clean();
        tale.profile.event_made = event_made;
        tale.after(kind(Kind::Closed), Entry::Elapse { by_us: 1_000_000 });
        tale
    };
    let stamp = |ago_us| Entry::TimeStamp { socket: S, ago_us };
    let stamped = |event_made| {
        let mut tale = late(event_made);
        tale.before(is_close_event, stamp(1_000_000));
        tale
    };
    check("INV-108", late(EventMade::WhenFired), |t| t.before(is_close_event, stamp(1_000_000)));
    check("INV-108", late(EventMade::Any), |t| t.before(is_close_event, stamp(999_999)));
    check("INV-108", stamped(EventMade::Any), |t| t.replace(kind(Kind::TimeStamp), stamp(0)));
    check("INV-108", stamped(EventMade::WhenClosed), |t| {
        t.remove(kind(Kind::TimeStamp));
    });
    check("INV-108", stamped(EventMade::WhenClosed), |t| {
        let error = Entry::FireBegin { target: WS, event: trusted(EventType::Error) };
        t.after(kind(Kind::TimeStamp), error);
    });

    // What cannot be converted is the last argument that is looked at (IDL-16).
    let symbol = || {
        let mut tale = plain_own();
        let method = Method::Close;
        tale.timer(|t| {
            t.call(method, Completion::Threw(Exception::TypeError), |t| {
                t.add(Entry::ToNumber {
                    from: ValueType::Symbol,
                    given: PayloadId::EMPTY,
                    throws: true,
                    bits: 0,
                });
            });
        });
        tale
    };
    check("INV-50", symbol(), |t| {
        t.after(kind(Kind::ToNumber), Entry::Converted { completion: Completion::Normal });
    });

    // An event that is dispatched already is the only one that cannot be dispatched.
    let at_once = || {
        let mut tale = plain_own();
        let (target, method, ready_state) = (WS, Method::DispatchEvent, ReadyState::Closed);
        let completion = Completion::Normal;
        let (event_type, interface) = (EventType::Custom(0), Interface::Event);
        let (bubbles, cancelable, was_clean, reason) = (false, false, false, PayloadId::EMPTY);
        tale.timer(|t| {
            t.add(Entry::EventInit { event_type, interface, bubbles, cancelable, was_clean, reason });
            t.add(Entry::CallBegin { target, method, ready_state });
            t.dispatch(WS, EventAttributes { event_type, ..EventAttributes::default() }, nothing);
            t.add(Entry::CallEnd { target, method, ready_state, completion });
        });
        tale
    };
    check("INV-89", at_once(), |t| {
        t.change(|entry| match entry {
            Entry::CallEnd { method: Method::DispatchEvent, completion, .. } => {
                *completion = Completion::Threw(Exception::InvalidStateError);
                true
            }
            _ => false,
        });
    });
}

#[test]
fn under_the_literal_profile_the_open_task_goes_back() {
    let mut tale = Tale::established(nothing);
    tale.profile = Profile::LITERAL;
    tale.timer(|t| {
        t.close(None, None, b"");
    });
    tale.open_task(nothing);
    check("INV-55", tale, |t| {
        let place = t.place(kind(Kind::FireBegin));
        t.trace.entries.drain(place..place + 2);
    });
}
