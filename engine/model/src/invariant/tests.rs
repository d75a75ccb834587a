//! For each invariant that is judged entry by entry: a trace on which it holds and is not vacuous, and the same trace
//! with one thing wrong, on which it is broken.

use alloc::vec::Vec;

use super::table::MONITOR_COUNT;
use super::tale::{CAPTURE, NO_OPTIONS, S, Tale, WS, clean, own, refused, trusted, violation};
use super::{Class, INVARIANTS, Kind, Row, Rows};
use crate::profile::{Loss, Profile};
use crate::trace::{
    Attribute, Cause, Completion, EndpointTimer, Entry, EventAttributes, EventType, Exception, FunctionId,
    HandlerValue, Interface, ListenerOptions, Method, PayloadId, ReadyState, Side, SocketId, Task, TcpEnd,
};

fn index(id: &str) -> usize {
    INVARIANTS.iter().position(|invariant| invariant.id == id).expect("an invariant of that name")
}

/// `good` breaks nothing and witnesses `id`; with `wrong` in it, it breaks `id`.
#[track_caller]
fn check(id: &str, mut good: Tale, wrong: impl FnOnce(&mut Tale)) {
    let judgement = good.judge();
    let broken: Vec<_> = judgement.all_broken.iter().map(|index| INVARIANTS[index].id).collect();
    assert!(
        broken.is_empty(),
        "good, but breaks {broken:?} first at {:?}",
        judgement.broken.map(|b| b.entry)
    );
    assert!(judgement.witnessed.contains(index(id)), "{id} is not witnessed");
    wrong(&mut good);
    let judgement = good.judge();
    let broken: Vec<_> = judgement.all_broken.iter().map(|index| INVARIANTS[index].id).collect();
    assert!(broken.contains(&id), "{id} is not broken, but {broken:?} are");
}

fn kind(kind: Kind) -> impl Fn(&Entry) -> bool {
    move |entry| Kind::of(entry) == kind
}

fn nothing(_: &mut Tale) {}

fn plain_clean() -> Tale {
    clean(nothing, nothing)
}

fn plain_own() -> Tale {
    own(Some(1000.0), Some(b"bye"), b"\x03\xe8bye")
}

fn plain_violation() -> Tale {
    violation(&[0x83, 0], Cause::ReservedOpcode, 0)
}

fn is_close_event(entry: &Entry) -> bool {
    matches!(entry, Entry::FireBegin { event, .. } if event.event_type == EventType::Close)
}

/// Changes what both the closed entry and the close event say.
fn say(tale: &mut Tale, new_clean: bool, new_code: u16, new_reason: &[u8]) {
    let new_reason = tale.id(new_reason);
    for entry in &mut tale.trace.entries {
        match entry {
            Entry::Closed { clean, code, reason, .. } => {
                (*clean, *code, *reason) = (new_clean, new_code, new_reason);
            }
            Entry::FireBegin { event, .. } if event.event_type == EventType::Close => {
                (event.was_clean, event.code, event.text) = (new_clean, new_code, new_reason);
            }
            _ => {}
        }
    }
}

/// The peer sends a text message before it closes.
fn with_message() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.frame(0x01, b"he").frame(0x89, b"p").tx(0x8a, b"p").frame(0x80, b"llo");
    tale.add(Entry::Enqueue { task: Task::Message(S) }).message_task(b"hello");
    tale.peer_closes(b"").closing_task();
    tale.rx_fin().ends(TcpEnd::Fin, true, false, 1005, b"").closed_task(nothing).quiescent();
    tale
}

/// The page sends, and reads `bufferedAmount` in between, before it closes.
fn with_sends() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.timer(|t| {
        let read = |value| Entry::Read { socket: S, attribute: Attribute::BufferedAmount, value };
        t.send(b"abc", Completion::Normal, nothing).add(read(3));
        t.send(b"d", Completion::Normal, nothing).add(read(4));
        t.call(Method::Close, Completion::Normal, |t| {
            t.arguments(None, None).start(Side::Us).set(ReadyState::Closing);
        });
        t.send(b"ef", Completion::Normal, nothing).add(read(6));
    });
    tale.tx(0x81, b"abc").tx(0x81, b"d").tx(0x88, b"");
    tale.closing_task().frame(0x88, b"").rx_fin().ends(TcpEnd::Fin, true, false, 1005, b"");
    tale.closed_task(nothing).quiescent();
    tale
}

/// The peer ends the stream without a Close.
fn end_of_stream() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.rx_fin().ends(TcpEnd::Fin, false, false, 1006, b"").closed_task(nothing).quiescent();
    tale
}

/// The peer closes and resets before our answer is written.
fn unanswered() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.frame(0x88, b"\x03\xe9x").start(Side::Peer);
    tale.add(Entry::RxRst { socket: S }).fail(Cause::Reset, 0);
    tale.closed(TcpEnd::Reset, false, true, 1001, b"x").closing_task().closed_task(nothing).quiescent();
    tale
}

/// Our Close is not answered.
fn silence() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.timer(|t| {
        t.close(None, None, b"");
    });
    tale.closing_task().add(Entry::Elapse { by_us: Profile::STANDARD.close_timeout_us });
    tale.add(Entry::TimerFired { socket: S, timer: EndpointTimer::Close });
    tale.ends(TcpEnd::Us, false, false, 1006, b"").closed_task(nothing).quiescent();
    tale
}

/// The peer does not end TCP after both Close frames.
fn lingering() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.peer_closes(b"").closing_task().add(Entry::Elapse { by_us: Profile::STANDARD.linger_us });
    tale.add(Entry::TimerFired { socket: S, timer: EndpointTimer::Linger });
    tale.ends(TcpEnd::Us, true, false, 1005, b"").closed_task(nothing).quiescent();
    tale
}

/// `send()` overflows the send buffer.
fn full() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.timer(|t| {
        t.send(b"abc", Completion::Normal, |t| {
            t.add(Entry::Full { socket: S }).ends(TcpEnd::Us, false, true, 1006, b"");
        });
    });
    tale.closed_task(nothing).quiescent();
    tale
}

/// `close()` while connecting.
fn close_while_connecting() -> Tale {
    let mut tale = Tale::new();
    tale.script(|t| {
        t.call(Method::Close, Completion::Normal, |t| {
            t.arguments(None, None).fail(Cause::ClosedByPage, 0);
            t.closed(TcpEnd::NotConnected, false, true, 1006, b"").set(ReadyState::Closing);
        });
    });
    tale.closed_task(nothing).quiescent();
    tale
}

/// Listeners 1 to 3 without capture, called at `close`.
fn three_listeners() -> Tale {
    clean(
        |t| {
            t.listen(1, NO_OPTIONS).listen(2, NO_OPTIONS).listen(3, NO_OPTIONS);
        },
        |t| {
            t.called(1, "", nothing).add(Entry::Checkpoint);
            t.called(2, "", nothing).add(Entry::Checkpoint);
            t.called(3, "", nothing).add(Entry::Checkpoint);
        },
    )
}

fn is_call_of(number: u8) -> impl Fn(&Entry) -> bool {
    move |entry| matches!(entry, Entry::Listener { function, .. } if function.0 == number)
}

#[test]
fn framing() {
    check("INV-05", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::RxFrame { payload, .. } => {
                *payload = PayloadId::EMPTY;
                true
            }
            _ => false,
        });
    });
    check("INV-05", with_message(), |t| {
        t.remove(kind(Kind::RxFrame));
    });
    check("INV-05", with_message(), |t| {
        // A frame that was cut in two is read as a whole.
        let at = t.place(kind(Kind::RxFrame));
        t.trace.entries.truncate(at - 1);
        t.rx(&[0x01, 2, b'h']).rx(b"e").rx_frame(0x01, b"ho");
    });
    check("INV-06", plain_violation(), |t| {
        let payload = PayloadId::EMPTY;
        let head = crate::trace::FrameHead { first: 0x82, second: 0 };
        t.after(kind(Kind::Fail), Entry::RxFrame { socket: S, head, payload });
    });
    check("INV-08", plain_clean(), |t| say(t, true, 0xe803, b"bye"));
    check("INV-12", plain_violation(), |t| {
        t.change(|entry| match entry {
            Entry::Fail { at, .. } => {
                *at = 1;
                true
            }
            _ => false,
        });
    });
    check("INV-12", plain_violation(), |t| {
        t.change(|entry| match entry {
            Entry::Fail { cause, .. } => {
                *cause = Cause::ReservedBit;
                true
            }
            _ => false,
        });
    });
    for (bytes, cause, at) in [
        (&[0x83, 0][..], Cause::ReservedOpcode, 0),
        (&[0xc1, 0], Cause::ReservedBit, 0),
        (&[0x81, 0x80], Cause::MaskedByServer, 1),
        (&[0x08, 0], Cause::FragmentedControl, 0),
        (&[0x81, 1, 0xff], Cause::TextNotUtf8, 2),
        (&[0x88, 1, 3], Cause::CloseBodyOfOneByte, 2),
        (&[0x88, 2, 3, 0xee], Cause::CloseCode, 3),
        (&[0x88, 3, 3, 0xe8, 0xff], Cause::ReasonNotUtf8, 4),
        (&[0x82, 126, 0, 1], Cause::LengthNotMinimal, 3),
    ] {
        check("INV-13", violation(bytes, cause, at), |t| {
            let at = t.place(kind(Kind::Fail));
            t.trace.entries.truncate(at);
            t.rx_fin();
        });
    }
    check("INV-14", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::TxFrame { head, .. } => {
                head.second &= 0x7f;
                true
            }
            _ => false,
        });
    });
    check("INV-23", plain_violation(), |t| {
        let bytes = t.id(b"x");
        t.after(kind(Kind::TcpClosed), Entry::Rx { socket: S, bytes });
    });
    check("INV-35", with_message(), |t| {
        let text = t.id(b"llo");
        t.change(|entry| match entry {
            Entry::FireBegin { event, .. } if event.event_type == EventType::Message => {
                event.text = text;
                true
            }
            _ => false,
        });
    });
    check("INV-35", with_message(), |t| {
        let at = t.place(|entry| matches!(entry, Entry::Enqueue { task: Task::Message(_) }));
        t.trace.entries.truncate(at);
        t.rx_fin();
    });
    check("INV-35", with_message(), |t| {
        let at = t.place(|entry| matches!(entry, Entry::TaskBegin { task: Task::Message(_) }));
        t.trace.entries.drain(at + 1..at + 3);
    });
}

#[test]
fn close_frames_that_are_written() {
    check("INV-20", plain_own(), |t| {
        let again = t.tx_entry(0x88, b"\x03\xe8");
        t.after(kind(Kind::RxFrame), again);
    });
    check("INV-21", plain_own(), |t| {
        let data = t.tx_entry(0x81, b"x");
        t.after(kind(Kind::TxFrame), data);
    });
    check("INV-22", plain_violation(), |t| {
        let pong = t.tx_entry(0x8a, b"");
        t.after(kind(Kind::Fail), pong);
    });
    check("INV-24", plain_own(), |t| {
        let reserved = t.tx_entry(0x88, b"\x03\xed");
        t.replace(kind(Kind::TxFrame), reserved);
    });
    check("INV-36", plain_clean(), |t| {
        let other = t.tx_entry(0x88, b"");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-37", plain_violation(), |t| {
        let other = t.tx_entry(0x88, b"\x03\xe8");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-38", plain_own(), |t| {
        let other = t.tx_entry(0x88, b"\x03\xe8");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-38", own(None, None, b""), |t| {
        let other = t.tx_entry(0x88, b"\x03\xe8");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-38", own(None, Some(b"x"), b"\x03\xe8x"), |t| {
        let other = t.tx_entry(0x88, b"x");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-87", with_sends(), |t| {
        let close = t.tx_entry(0x88, b"");
        t.replace(kind(Kind::TxFrame), close);
    });
    check("INV-87", with_sends(), |t| {
        let cut = t.tx_entry(0x81, b"ab");
        t.replace(kind(Kind::TxFrame), cut);
    });
}

#[test]
fn the_end_of_a_connection() {
    check("INV-25", plain_clean(), |t| {
        let again = t.trace.entries[t.place(kind(Kind::RxFrame))];
        t.after(kind(Kind::RxFrame), again);
    });
    check("INV-26", plain_clean(), |t| {
        t.remove(kind(Kind::TcpClosed));
    });
    check("INV-27", plain_clean(), |t| {
        let at = t.place(kind(Kind::TxFrame));
        t.trace.entries.truncate(at);
        t.quiescent();
    });
    check("INV-27", plain_clean(), |t| {
        let at = t.place(kind(Kind::TxFrame));
        t.trace.entries.truncate(at);
        t.ends(TcpEnd::Us, false, false, 1000, b"bye");
    });
    check("INV-28", with_message(), |t| {
        let other = t.tx_entry(0x8a, b"q");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-28", with_message(), |t| {
        let at = t.place(kind(Kind::TxFrame));
        t.trace.entries.truncate(at);
        t.timer(|t| {
            t.send(b"x", Completion::Normal, nothing);
        });
        t.tx(0x81, b"x").quiescent();
    });
    check("INV-29", plain_clean(), |t| {
        let closed = t.trace.entries[t.place(kind(Kind::Closed))];
        t.after(kind(Kind::Closed), closed);
    });
    check("INV-30", plain_clean(), |t| {
        t.remove(kind(Kind::RxFin));
    });
    check("INV-31", plain_clean(), |t| {
        let ping = t.tx_entry(0x8a, b"");
        t.after(kind(Kind::Request), ping);
    });
    check("INV-39", silence(), |t| {
        t.change(|entry| match entry {
            Entry::Elapse { by_us } => {
                *by_us -= 1;
                true
            }
            _ => false,
        });
    });
    check("INV-39", lingering(), |t| {
        t.remove(kind(Kind::TimerFired));
        t.after(kind(Kind::Elapse), Entry::Elapse { by_us: 1 });
    });
    check("INV-39", silence(), |t| {
        let fired = Entry::TimerFired { socket: S, timer: EndpointTimer::Close };
        t.after(kind(Kind::Closed), fired);
    });
    check("INV-53", full(), |t| {
        t.change(|entry| match entry {
            Entry::Closed { error, .. } => {
                *error = false;
                true
            }
            _ => false,
        });
    });
}

#[test]
fn the_opening_handshake() {
    let second = || {
        let mut tale = Tale::new();
        tale.script(|t| {
            t.construct(SocketId(1));
        });
        tale.request()
            .rx(&Tale::response(1))
            .add(Entry::Established { socket: S, protocol: PayloadId::EMPTY });
        tale.add(Entry::Enqueue { task: Task::Open(S) });
        tale.add(Entry::Request { socket: SocketId(1), nonce: 2, protocols: PayloadId::EMPTY });
        tale
    };
    check("INV-32", second(), |t| {
        t.remove(kind(Kind::Established));
    });
    check("INV-34", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::Request { nonce, .. } => {
                *nonce += 1;
                true
            }
            _ => false,
        });
    });
    check("INV-34", plain_clean(), |t| {
        let at = t.place(kind(Kind::Established));
        t.trace.entries.truncate(at);
        t.rx_fin();
    });
    check("INV-34", plain_clean(), |t| {
        let other = t.id(b"chat");
        t.change(|entry| match entry {
            Entry::Established { protocol, .. } => {
                *protocol = other;
                true
            }
            _ => false,
        });
    });
    check("INV-80", refused(), |t| say(t, false, 1000, b""));
    check("INV-80", close_while_connecting(), |t| {
        let open = Entry::FireBegin { target: WS, event: trusted(EventType::Open) };
        t.before(|entry| matches!(entry, Entry::FireBegin { .. }), open);
    });
    check("INV-82", refused_by_tls(), |t| say(t, false, 1015, b""));
}

fn refused_by_tls() -> Tale {
    let mut tale = refused();
    tale.change(|entry| match entry {
        Entry::Fail { cause, .. } => {
            *cause = Cause::TlsFailed;
            true
        }
        _ => false,
    });
    tale
}

#[test]
fn a_response_may_come_a_byte_at_a_time_with_a_close_behind_it() {
    let mut tale = Tale::new();
    tale.script(nothing).request();
    let mut bytes = Tale::response(1);
    let head_len = bytes.len();
    bytes.extend([0x88, 2, 3, 0xe8]);
    for byte in &bytes[..head_len - 2] {
        tale.rx(&[*byte]);
    }
    tale.rx(&bytes[head_len - 2..]).add(Entry::Established { socket: S, protocol: PayloadId::EMPTY });
    tale.add(Entry::Enqueue { task: Task::Open(S) });
    tale.rx_frame(0x88, b"\x03\xe8")
        .start(Side::Peer)
        .tx(0x88, b"\x03\xe8")
        .open_task(nothing)
        .closing_task();
    tale.rx_fin().ends(TcpEnd::Fin, true, false, 1000, b"").closed_task(nothing).quiescent();
    check("INV-05", tale, |t| {
        t.remove(kind(Kind::RxFrame));
    });
}

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
    check("INV-51", plain_clean(), |t| {
        t.remove(|entry| matches!(entry, Entry::TaskEnd { task: Task::Open(_) }));
    });
    check("INV-52", plain_clean(), |t| {
        t.remove(|entry| matches!(entry, Entry::ReadyState { new: ReadyState::Closing, .. }));
    });
    check("INV-52", plain_clean(), |t| {
        let at = t.place(is_close_event);
        t.trace.entries.drain(at..at + 2);
    });
}

/// The first of two listeners for `close` queues a microtask.
fn with_microtask() -> Tale {
    let function = FunctionId(5);
    clean(
        |t| {
            t.listen(1, NO_OPTIONS).listen(2, NO_OPTIONS);
        },
        |t| {
            t.called(1, "", |t| {
                t.add(Entry::MicrotaskQueued { function });
            });
            t.add(Entry::MicrotaskBegin { function });
            t.add(Entry::MicrotaskEnd { function, completion: Completion::Normal }).add(Entry::Checkpoint);
            t.called(2, "", nothing).add(Entry::Checkpoint);
        },
    )
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
        for entry in page.trace.entries.iter_mut() {
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

/// A close event of the page's own while the connection is open.
fn with_scripted_event() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.timer(|t| {
        t.call(Method::DispatchEvent, Completion::Normal, |t| {
            let interface = Interface::CloseEvent;
            let event = EventAttributes { interface, is_trusted: false, ..trusted(EventType::Close) };
            t.dispatch(WS, event, nothing);
        });
    });
    tale.quiescent();
    tale
}

/// `close()` in the listener of `close`.
fn closed_twice() -> Tale {
    clean(
        |t| {
            t.handle(1);
        },
        |t| {
            t.called(1, "h", |t| {
                t.close_without_effect();
            });
            t.add(Entry::Checkpoint);
        },
    )
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
    check("INV-86", with_sends(), |t| {
        let last = t.trace.entries.iter().rposition(kind(Kind::Read)).expect("it is there");
        if let Entry::Read { value, .. } = &mut t.trace.entries[last] {
            *value = 0;
        }
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
}

#[test]
fn dispatches() {
    check("INV-90", three_listeners(), |t| {
        let (second, third) = (t.place(is_call_of(2)), t.place(is_call_of(3)));
        t.trace.entries.swap(second, third);
    });
    check("INV-90", three_listeners(), |t| {
        let third = t.place(is_call_of(3));
        t.trace.entries.drain(third..third + 3);
    });
    check("INV-91", three_listeners(), |t| {
        let third = t.place(is_call_of(3));
        let second = t.trace.entries[t.place(is_call_of(2))];
        t.trace.entries[third] = second;
    });
    check("INV-96", three_listeners(), |t| {
        t.change(|entry| match entry {
            Entry::Listener { event_type, .. } => {
                *event_type = EventType::Message;
                true
            }
            _ => false,
        });
    });

    // The first listener removes the second and adds a fourth.
    let changing = || {
        clean(
            |t| {
                t.listen(1, NO_OPTIONS).listen(2, NO_OPTIONS).listen(3, NO_OPTIONS);
            },
            |t| {
                t.called(1, "", |t| {
                    let (event_type, function) = (EventType::Close, FunctionId(2));
                    t.add(Entry::RemoveListener { target: WS, event_type, function, capture: false });
                    t.listen(4, NO_OPTIONS);
                });
                t.called(3, "", nothing);
            },
        )
    };
    let call_too = |number: u8| {
        move |t: &mut Tale| {
            let third = t.place(is_call_of(3));
            let mut call = t.trace.entries[third..third + 2].to_vec();
            if let Entry::Listener { function, .. } = &mut call[0] {
                *function = FunctionId(number);
            }
            t.trace.entries.splice(third + 2..third + 2, call);
        }
    };
    check("INV-92", changing(), call_too(2));
    check("INV-93", changing(), call_too(4));

    // A listener that captures adds one that does not, which is called in the second pass.
    let growing = clean(
        |t| {
            t.listen(1, CAPTURE);
        },
        |t| {
            t.called(1, "c", |t| {
                t.listen(2, NO_OPTIONS);
            });
            t.called(2, "", nothing);
        },
    );
    check("INV-93", growing, |t| {
        let second = t.place(is_call_of(2));
        t.trace.entries.drain(second..second + 2);
    });

    for immediate in [false, true] {
        let stopping = clean(
            |t| {
                t.listen(3, NO_OPTIONS).listen(1, CAPTURE).listen(2, CAPTURE);
            },
            |t| {
                t.called(1, "c", |t| {
                    t.add(Entry::StopPropagation { immediate });
                });
                if !immediate {
                    t.called(2, "c", nothing);
                }
            },
        );
        check("INV-94", stopping, |t| {
            let first = t.place(is_call_of(1));
            let mut call = [t.trace.entries[first], t.trace.entries[first + 2]];
            if let Entry::Listener { function, capture, .. } = &mut call[0] {
                (*function, *capture) = (FunctionId(3), false);
            }
            let end = t.trace.entries.iter().rposition(kind(Kind::FireEnd)).expect("it is there");
            t.trace.entries.splice(end..end, call);
        });
    }

    let throwing = || {
        clean(
            |t| {
                t.listen(1, NO_OPTIONS).listen(2, NO_OPTIONS);
            },
            |t| {
                t.enter(1, "").leave(Completion::Threw(Exception::Thrown)).add(Entry::Checkpoint);
                t.add(Entry::Report { exception: Exception::Thrown }).called(2, "", nothing);
            },
        )
    };
    check("INV-95", throwing(), |t| {
        let second = t.place(is_call_of(2));
        t.trace.entries.drain(second..second + 2);
    });
    check("INV-95", throwing(), |t| {
        t.remove(kind(Kind::Report));
    });
    check("INV-95", throwing(), |t| {
        t.after(kind(Kind::Report), Entry::Report { exception: Exception::Thrown });
    });

    let handled = clean(
        |t| {
            t.listen(1, NO_OPTIONS).handle(2);
        },
        |t| {
            t.called(1, "", |t| {
                t.handle(3);
            });
            t.called(3, "h", nothing);
        },
    );
    check("INV-97", handled, |t| {
        t.change(|entry| match entry {
            Entry::Listener { function, handler: true, .. } => {
                *function = FunctionId(2);
                true
            }
            _ => false,
        });
    });
    let once = ListenerOptions { once: true, ..NO_OPTIONS };
    let once_with_handler = clean(
        |t| {
            t.listen(1, once);
            t.add(Entry::SetHandler {
                target: WS,
                event_type: EventType::Close,
                value: HandlerValue::NotCallable,
            });
        },
        |t| {
            t.called(1, "", nothing);
        },
    );
    check("INV-91", once_with_handler, |t| {
        let first = t.place(is_call_of(1));
        let call = t.trace.entries[first..first + 2].to_vec();
        t.trace.entries.splice(first..first, call);
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

#[test]
fn every_invariant_that_is_judged_here_has_a_test() {
    let source = include_str!("tests.rs");
    for invariant in INVARIANTS {
        let is_tested = source.contains(&alloc::format!("check(\"{}\"", invariant.id));
        let is_judged = matches!(invariant.class, Class::Trace | Class::Liveness);
        assert_eq!(is_tested, is_judged, "{}", invariant.id);
    }
    assert!(
        INVARIANTS[MONITOR_COUNT..]
            .iter()
            .all(|row| matches!(row.class, Class::Relational | Class::Function))
    );
}

#[test]
fn no_two_invariants_have_the_same_id_and_each_has_a_source() {
    for (index, invariant) in INVARIANTS.iter().enumerate() {
        assert!(INVARIANTS[..index].iter().all(|other| other.id != invariant.id), "{}", invariant.id);
        assert!(!invariant.sources.is_empty() && invariant.predicate.ends_with('.'), "{}", invariant.id);
    }
}

#[test]
fn the_rows_of_the_outcome_table_are_told_apart() {
    let rows = |tale: Tale| tale.judge().rows;
    let only = |row: Row| 1_u16 << row as u8;
    for (tale, row) in [
        (refused(), Row::NotEstablished),
        (close_while_connecting(), Row::NotEstablished),
        (plain_violation(), Row::Violation),
        (plain_clean(), Row::Clean),
        (plain_own(), Row::Clean),
        (silence(), Row::OurCloseAlone),
        (unanswered(), Row::TheirCloseAlone),
        (full(), Row::Full),
        (lingering(), Row::Linger),
        (end_of_stream(), Row::LostWithoutFailure),
    ] {
        assert_eq!(rows(tale).bits(), only(row), "{row:?}");
    }
    assert_eq!(Rows::default().bits(), 0);
}

#[test]
fn a_recording_is_judged_by_what_it_can_contain() {
    use super::{Kinds, applicable};
    let script_only = Kinds::new(&[Kind::FireBegin, Kind::FireEnd, Kind::ReadyState]);
    let set = applicable(&Profile::STANDARD, script_only);
    assert!(
        set.contains(index("INV-60")) && !set.contains(index("INV-75")) && !set.contains(index("INV-61"))
    );
    assert!(!applicable(&Profile::STANDARD, Kinds::ALL).contains(index("INV-55")));
}

#[test]
fn monitors_that_are_restarted_judge_as_new_ones() {
    let (first, second) = (with_message(), plain_violation());
    let mut monitors = super::Monitors::new(&Profile::STANDARD);
    monitors.judge(&first.trace);
    assert_eq!(monitors.judge(&second.trace), second.judge());
    monitors.restart();
    assert_eq!(monitors, super::Monitors::new(&Profile::STANDARD));
}

#[test]
fn any_sequence_of_entries_is_judged_without_panic() {
    let mut all = Vec::new();
    for tale in
        [with_message(), with_sends(), unanswered(), full(), close_while_connecting(), with_microtask()]
    {
        all.push(tale.trace);
    }
    let mut seed = 7_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..2000 {
        let trace = &all[random(all.len())];
        let mut monitors = super::Monitors::new(&Profile::STANDARD);
        for _ in 0..random(400) {
            let mut entry = trace.entries[random(trace.entries.len())];
            if let Entry::AddListener { target, .. } | Entry::CallBegin { target, .. } = &mut entry {
                *target = crate::trace::Target::Socket(SocketId(random(300) as u8));
            }
            monitors.observe(&entry, &trace.payloads);
        }
    }
}

/// Run with `--release -- --ignored`-free: prints what judging costs, and never fails for it.
#[test]
fn what_judging_costs() {
    let tale = with_message();
    let mut monitors = super::Monitors::new(&Profile::STANDARD);
    let rounds = 100_000;
    let begin = std::time::Instant::now();
    let mut witnessed = 0;
    for _ in 0..rounds {
        witnessed |=
            std::hint::black_box(&mut monitors).judge(std::hint::black_box(&tale.trace)).witnessed.count();
    }
    let entries = tale.trace.entries.len() as u128 * rounds;
    std::eprintln!(
        "{} entries, {} ns an entry, {} ns a run, facts {} bytes, {witnessed}",
        tale.trace.entries.len(),
        begin.elapsed().as_nanos() as f64 / entries as f64,
        begin.elapsed().as_nanos() / rounds,
        size_of::<super::facts::Facts>(),
    );
}
