//! Traces on which nothing is broken.

use super::super::tale::*;
use super::*;
use crate::profile::{Csp, Profile};
use crate::trace::{
    Attribute, BinaryType, Cause, Completion, EndpointTimer, Entry, EventAttributes, EventType, FunctionId,
    Interface, MessageData, Method, ReadyState, Side, Task, TcpEnd,
};

pub(super) fn plain_clean() -> Tale {
    clean(nothing, nothing)
}

pub(super) fn plain_own() -> Tale {
    own(Some(1000.0), Some(b"bye"), b"\x03\xe8bye")
}

pub(super) fn plain_violation() -> Tale {
    violation(&[0x83, 0], Cause::ReservedOpcode, 0)
}

/// The peer sends a text message before it closes.
pub(super) fn with_message() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.frame(0x01, b"he").frame(0x89, b"p").tx(0x8a, b"p").frame(0x80, b"llo");
    tale.add(Entry::Enqueue { task: Task::Message(S) }).message_task(MessageData::Text, b"hello");
    tale.peer_closes(b"").closing_task();
    tale.rx_fin().ends(TcpEnd::Fin, true, false, 1005, b"").closed_task(nothing).quiescent();
    tale
}

/// A binary message and a text message, with `binaryType` set between the arrival of the first one and its task.
pub(super) fn with_binary_message() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.frame(0x02, b"he").frame(0x80, b"llo").add(Entry::Enqueue { task: Task::Message(S) });
    tale.timer(|t| {
        let read = |value| Entry::Read { socket: S, attribute: Attribute::BinaryType, value };
        let set = Entry::SetBinaryType { socket: S, value: BinaryType::ArrayBuffer };
        t.add(read(0)).add(set).add(read(1));
    });
    tale.message_task(MessageData::ArrayBuffer, b"hello");
    tale.frame(0x81, b"a").add(Entry::Enqueue { task: Task::Message(S) });
    tale.message_task(MessageData::Text, b"a");
    tale.rx_fin().ends(TcpEnd::Fin, false, false, 1006, b"").closed_task(nothing).quiescent();
    tale
}

/// The page sends, and reads `bufferedAmount` in between, before it closes.
pub(super) fn with_sends() -> Tale {
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
pub(super) fn end_of_stream() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.rx_fin().ends(TcpEnd::Fin, false, false, 1006, b"").closed_task(nothing).quiescent();
    tale
}

/// The peer closes and resets before our answer is written.
pub(super) fn unanswered() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.frame(0x88, b"\x03\xe9x").start(Side::Peer);
    tale.add(Entry::RxRst { socket: S }).fail(Cause::Reset, 0);
    tale.closed(TcpEnd::Reset, false, true, 1001, b"x").closing_task().closed_task(nothing).quiescent();
    tale
}

/// Our Close is not answered.
pub(super) fn silence() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.timer(|t| {
        t.close(None, None, b"");
    });
    tale.closing_task().add(Entry::Elapse { by_us: Profile::STANDARD.close_timeout_us });
    tale.add(Entry::TimerFired { socket: S, timer: EndpointTimer::Close });
    tale.ends(TcpEnd::Us, false, false, 1006, b"").closed_task(nothing).quiescent();
    tale
}

/// The peer stops reading and closes; our answer waits until T1.
pub(super) fn unread() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.add(Entry::PeerReads { socket: S, reads: false });
    tale.frame(0x88, b"").start(Side::Peer).closing_task();
    tale.add(Entry::Elapse { by_us: Profile::STANDARD.close_timeout_us });
    tale.add(Entry::TimerFired { socket: S, timer: EndpointTimer::Close });
    tale.ends(TcpEnd::Us, false, false, 1005, b"").closed_task(nothing).quiescent();
    tale
}

/// The peer does not end TCP after both Close frames.
pub(super) fn lingering() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.peer_closes(b"").closing_task().add(Entry::Elapse { by_us: Profile::STANDARD.linger_us });
    tale.add(Entry::TimerFired { socket: S, timer: EndpointTimer::Linger });
    tale.ends(TcpEnd::Us, true, false, 1005, b"").closed_task(nothing).quiescent();
    tale
}

/// `send()` overflows the send buffer.
pub(super) fn full() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.profile.send_buffer_len_max = 2;
    tale.timer(|t| {
        t.send(b"abc", Completion::Normal, |t| {
            t.add(Entry::Full { socket: S }).ends(TcpEnd::Us, false, true, 1006, b"");
        });
    });
    tale.closed_task(nothing).quiescent();
    tale
}

/// `close()` while connecting.
pub(super) fn close_while_connecting() -> Tale {
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
pub(super) fn three_listeners() -> Tale {
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

pub(super) fn refused_by_tls() -> Tale {
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

/// The first of two listeners for `close` queues a microtask.
pub(super) fn with_microtask() -> Tale {
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

/// A close event of the page's own while the connection is open.
pub(super) fn with_scripted_event() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.timer(|t| {
        let interface = Interface::CloseEvent;
        t.dispatch_made(EventAttributes { interface, ..trusted(EventType::Close) }, nothing);
    });
    tale.quiescent();
    tale
}

/// `close()` in the listener of `close`.
pub(super) fn closed_twice() -> Tale {
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

/// The peer closes an open connection: everything in its place, `listeners` for `close`.
pub(super) fn clean(more: impl FnOnce(&mut Tale), listeners: impl FnOnce(&mut Tale)) -> Tale {
    let mut tale = Tale::opened(more);
    tale.peer_closes(b"\x03\xe8bye").closing_task();
    tale.rx_fin().ends(TcpEnd::Fin, true, false, 1000, b"bye");
    tale.closed_task(listeners).quiescent();
    tale
}

/// The page closes an open connection with these arguments, and the peer answers.
pub(super) fn own(code: Option<f64>, reason: Option<&[u8]>, body: &[u8]) -> Tale {
    let mut tale = Tale::opened(|_| ());
    tale.timer(|t| {
        t.close(code, reason, body);
    });
    tale.closing_task().frame(0x88, b"\x0f\xa0x");
    tale.rx_fin().ends(TcpEnd::Fin, true, false, 4000, b"x");
    tale.closed_task(|_| ()).quiescent();
    tale
}

/// The connection fails before it is established.
pub(super) fn refused() -> Tale {
    let mut tale = Tale::new();
    tale.script(|_| ()).fail(Cause::Refused, 0).closed(TcpEnd::NotConnected, false, true, 1006, b"");
    tale.closed_task(|_| ()).quiescent();
    tale
}

/// The Content Security Policy does not allow the URL, and the profile tells the page so by `error` alone.
pub(super) fn forbidden() -> Tale {
    let mut tale = Tale::new();
    tale.profile.csp = Csp::ErrorOnly;
    let url = tale.id(b"ws://blocked.test/");
    let (target, method, protocols) = (WS, Method::Constructor, tale.id(b""));
    tale.add(Entry::Enqueue { task: Task::Script }).task(Task::Script, |t| {
        t.add(Entry::CallBegin { target, method, ready_state: ReadyState::Connecting });
        t.add(Entry::ConstructorArguments { socket: S, url, protocols });
        t.fail(Cause::ContentSecurityPolicy, 0).add(Entry::TcpClosed { socket: S, by: TcpEnd::NotConnected });
        t.add(Entry::Closed { socket: S, clean: false, error: true, code: 1006, reason: protocols });
        t.add(Entry::Enqueue { task: Task::Error(S) }).set(ReadyState::Closed);
        t.add(Entry::CallEnd {
            target,
            method,
            ready_state: ReadyState::Closed,
            completion: Completion::Normal,
        });
    });
    tale.task(Task::Error(S), |t| {
        t.fire(EventType::Error, nothing);
    });
    tale.quiescent();
    tale
}

/// The peer sends `bytes`, for which the connection fails at `at`.
pub(super) fn violation(bytes: &[u8], cause: Cause, at: u32) -> Tale {
    let mut tale = Tale::opened(|_| ());
    let code = cause.status_code().expect("a cause for a frame").to_be_bytes();
    tale.rx(bytes).fail(cause, at).start(Side::Us).tx(0x88, &code);
    tale.ends(TcpEnd::Us, false, true, 1006, b"").closing_task().closed_task(|_| ()).quiescent();
    tale
}
