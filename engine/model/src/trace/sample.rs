//! Traces made by hand, for the tests of the printed forms.

use super::{
    Completion, Entry, EventAttributes, EventType, Exception, FrameHead, FunctionId, Given, Interface,
    Method, PayloadId, ReadyState, Side, SocketId, Target, Task, TcpEnd, Trace,
};

pub(super) const A: SocketId = SocketId(0);
pub(super) const B: SocketId = SocketId(1);

pub(super) fn begin(trace: &mut Trace, socket: SocketId, method: Method, ready_state: ReadyState) {
    trace.emit(Entry::CallBegin { target: Target::Socket(socket), method, ready_state });
}

pub(super) fn end(
    trace: &mut Trace,
    socket: SocketId,
    method: Method,
    ready_state: ReadyState,
    completion: Completion,
) {
    trace.emit(Entry::CallEnd { target: Target::Socket(socket), method, ready_state, completion });
}

pub(super) fn construct(trace: &mut Trace, socket: SocketId) {
    begin(trace, socket, Method::Constructor, ReadyState::Connecting);
    let url = trace.payloads.intern(b"ws://a.test/").expect("room");
    trace.emit(Entry::ConstructorArguments { socket, url, protocols: PayloadId::EMPTY });
    end(trace, socket, Method::Constructor, ReadyState::Connecting, Completion::Normal);
}

pub(super) fn fire(trace: &mut Trace, socket: SocketId, event_type: EventType) {
    let event = EventAttributes { event_type, is_trusted: true, ..EventAttributes::default() };
    trace.emit(Entry::FireBegin { target: Target::Socket(socket), event });
    trace.emit(Entry::FireEnd { target: Target::Socket(socket), event_type, default_prevented: false });
}

pub(super) fn tx(trace: &mut Trace, socket: SocketId, first: u8, payload: &[u8]) {
    let second = 0x80 | u8::try_from(payload.len()).expect("a short payload");
    let payload = trace.payloads.intern(payload).expect("room");
    trace.emit(Entry::TxFrame { socket, head: FrameHead { first, second }, payload, mask: 0 });
}

/// The peer closes with 1000 and a reason, we answer, and it ends TCP; two listeners look on.
pub(super) fn clean_close() -> Trace {
    let mut trace = Trace::new();
    let task = |trace: &mut Trace, task: Task| {
        trace.emit(Entry::Enqueue { task });
        trace.emit(Entry::TaskBegin { task });
    };
    let done = |trace: &mut Trace, task: Task| {
        if task == Task::Script {
            trace.emit(Entry::ScriptEnd { completion: Completion::Normal });
        }
        trace.emit(Entry::TaskEnd { task });
        trace.emit(Entry::Checkpoint);
    };
    task(&mut trace, Task::Script);
    construct(&mut trace, A);
    done(&mut trace, Task::Script);
    trace.emit(Entry::Request { socket: A, nonce: 0, protocols: PayloadId::EMPTY });
    trace.emit(Entry::PeerStep { socket: A, step: 0, bytes: 38, end: None });
    let bytes = trace.payloads.intern(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").expect("room");
    trace.emit(Entry::Rx { socket: A, bytes });
    trace.emit(Entry::Established { socket: A, protocol: PayloadId::EMPTY });
    task(&mut trace, Task::Open(A));
    trace.emit(Entry::ReadyState { socket: A, old: ReadyState::Connecting, new: ReadyState::Open });
    trace.emit(Entry::Attributes { socket: A, protocol: PayloadId::EMPTY, extensions: PayloadId::EMPTY });
    fire(&mut trace, A, EventType::Open);
    done(&mut trace, Task::Open(A));
    trace.emit(Entry::Elapse { by_us: 25_000 });
    trace.emit(Entry::PeerStep { socket: A, step: 1, bytes: 7, end: None });
    let bytes = trace.payloads.intern(b"\x88\x05\x03\xe8bye").expect("room");
    trace.emit(Entry::Rx { socket: A, bytes });
    let payload = trace.payloads.intern(b"\x03\xe8bye").expect("room");
    trace.emit(Entry::RxFrame { socket: A, head: FrameHead { first: 0x88, second: 0x05 }, payload });
    trace.emit(Entry::ClosingStarted { socket: A, by: Side::Peer });
    trace.emit(Entry::Enqueue { task: Task::Closing(A) });
    tx(&mut trace, A, 0x88, b"\x03\xe8bye");
    trace.emit(Entry::TaskBegin { task: Task::Closing(A) });
    trace.emit(Entry::ReadyState { socket: A, old: ReadyState::Open, new: ReadyState::Closing });
    done(&mut trace, Task::Closing(A));
    trace.emit(Entry::RxFin { socket: A });
    trace.emit(Entry::TxFin { socket: A });
    trace.emit(Entry::TcpClosed { socket: A, by: TcpEnd::Fin });
    let reason = trace.payloads.intern(b"bye").expect("room");
    trace.emit(Entry::Closed { socket: A, clean: true, error: false, code: 1000, reason });
    task(&mut trace, Task::Closed(A));
    trace.emit(Entry::ReadyState { socket: A, old: ReadyState::Closing, new: ReadyState::Closed });
    let event = EventAttributes {
        event_type: EventType::Close,
        interface: Interface::CloseEvent,
        is_trusted: true,
        was_clean: true,
        code: 1000,
        text: reason,
        ..EventAttributes::default()
    };
    let target = Target::Socket(A);
    trace.emit(Entry::FireBegin { target, event });
    for handler in [false, true] {
        trace.emit(Entry::Listener {
            target,
            event_type: EventType::Close,
            function: FunctionId(1 + u8::from(handler)),
            capture: false,
            handler,
            ready_state: ReadyState::Closed,
        });
        let completion =
            if handler { Completion::Threw(Exception::Thrown) } else { Completion::ReturnedFalse };
        trace.emit(Entry::ListenerEnd { target, completion });
        trace.emit(Entry::Checkpoint);
        if handler {
            trace.emit(Entry::Report { exception: Exception::Thrown });
        }
    }
    trace.emit(Entry::FireEnd { target, event_type: EventType::Close, default_prevented: false });
    done(&mut trace, Task::Closed(A));
    trace.emit(Entry::Quiescent);
    trace
}

/// A call of `close()` with arguments, and a protocol violation.
pub(super) fn arguments_and_failure() -> Trace {
    let mut trace = Trace::new();
    construct(&mut trace, A);
    begin(&mut trace, A, Method::Close, ReadyState::Open);
    let reason_utf8 = trace.payloads.intern(&[b'a'; 123]).expect("room");
    trace.emit(Entry::CloseArguments {
        socket: A,
        code: Given::Present,
        reason: Given::Present,
        reason_utf8,
        code_bits: 3000_f64.to_bits(),
    });
    end(&mut trace, A, Method::Close, ReadyState::Closing, Completion::Normal);
    trace.emit(Entry::Fail { socket: A, cause: super::Cause::ControlTooLong, at: 1 });
    trace
}
