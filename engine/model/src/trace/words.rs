//! An entry as two numbers with a fixed layout: what a digest and a signature are made of.

use super::{
    Completion, Entry, EventType, Exception, HandlerValue, Interface, MessageData, Method, PayloadId, Side,
    SocketId, Target, Task, TcpEnd,
};

impl Entry {
    /// The entry as two 64-bit words. Different entries have different words, on every machine the same.
    ///
    /// The lowest byte of the first word is the entry's [`kind`](Self::kind). The layout is part of the digest that
    /// a campaign prints: a change here changes every digest and belongs into the changelog.
    #[inline(always)]
    #[must_use]
    pub fn words(&self) -> [u64; 2] {
        match *self {
            Self::Elapse { by_us } => [0, by_us],
            Self::PeerStep { socket, step, bytes, end } => {
                [1 | end.map_or(0, |end| end as u64 + 1) << 8, pair(socket, step) | u64::from(bytes) << 32]
            }
            Self::Rx { socket, bytes } => [2, with_payload(socket, bytes)],
            Self::RxFin { socket } => [3, of(socket)],
            Self::RxRst { socket } => [4, of(socket)],
            Self::TxFin { socket } => [5, of(socket)],
            Self::TcpClosed { socket, by } => [6, pair(socket, tcp_end(by))],
            Self::Request { socket, nonce, protocols } => {
                [7 | u64::from(nonce) << 8, with_payload(socket, protocols)]
            }
            Self::Established { socket, protocol } => [8, with_payload(socket, protocol)],
            Self::RxFrame { socket, head, payload } => {
                [9 | u64::from(head.first) << 8 | u64::from(head.second) << 16, with_payload(socket, payload)]
            }
            Self::TxFrame { socket, head, payload, mask } => [
                10 | u64::from(head.first) << 8 | u64::from(head.second) << 16 | u64::from(mask) << 24,
                with_payload(socket, payload),
            ],
            Self::ClosingStarted { socket, by } => [11, pair(socket, side(by))],
            Self::Fail { socket, cause, at } => [12 | (cause as u64) << 8, of(socket) | u64::from(at) << 32],
            Self::Full { socket } => [13, of(socket)],
            Self::TimerFired { socket, timer } => [14, pair(socket, timer as u8)],
            Self::Closed { socket, clean, error, code, reason } => [
                15 | u64::from(clean) << 8 | u64::from(error) << 9 | u64::from(code) << 16,
                with_payload(socket, reason),
            ],
            Self::Enqueue { task } => [16, of_task(task)],
            Self::TaskBegin { task } => [17, of_task(task)],
            Self::TaskEnd { task } => [18, of_task(task)],
            Self::MicrotaskQueued { function } => [19, u64::from(function.0)],
            Self::MicrotaskBegin { function } => [20, u64::from(function.0)],
            Self::MicrotaskEnd { function, completion } => {
                [21, u64::from(function.0) | of_completion(completion) << 8]
            }
            Self::Checkpoint => [22, 0],
            Self::Report { exception } => [23, of_exception(exception)],
            Self::ReadyState { socket, old, new } => {
                [24, of(socket) | (old as u64) << 8 | (new as u64) << 16]
            }
            Self::Attributes { socket, protocol, extensions } => {
                [25, with_payload(socket, protocol) | index(extensions) << 32]
            }
            Self::FireBegin { target, event } => [
                26 | of_target(target) << 8
                    | of_type(event.event_type) << 24
                    | interface(event.interface) << 40
                    | u64::from(event.is_trusted) << 48
                    | u64::from(event.bubbles) << 49
                    | u64::from(event.cancelable) << 50
                    | u64::from(event.composed) << 51
                    | u64::from(event.was_clean) << 52,
                u64::from(event.code) | index(event.text) << 16,
            ],
            Self::Listener { target, event_type, function, capture, handler, ready_state } => [
                27 | of_target(target) << 8 | of_type(event_type) << 24,
                u64::from(function.0)
                    | u64::from(capture) << 8
                    | u64::from(handler) << 9
                    | (ready_state as u64) << 16,
            ],
            Self::ListenerEnd { target, completion } => {
                [28 | of_target(target) << 8, of_completion(completion)]
            }
            Self::FireEnd { target, event_type, default_prevented } => {
                [29 | of_target(target) << 8 | of_type(event_type) << 24, u64::from(default_prevented)]
            }
            Self::CallBegin { target, method, ready_state } => {
                [30 | of_target(target) << 8, of_method(method) | (ready_state as u64) << 8]
            }
            Self::CloseArguments { socket, code, reason, reason_utf8, code_bits } => [
                31 | of(socket) << 8 | (code as u64) << 16 | (reason as u64) << 17 | index(reason_utf8) << 24,
                code_bits,
            ],
            Self::SendArgument { socket, text, data } => {
                [32 | u64::from(text) << 8, with_payload(socket, data)]
            }
            Self::ConstructorArguments { socket, url, protocols } => {
                [33, with_payload(socket, url) | index(protocols) << 32]
            }
            Self::CallEnd { target, method, ready_state, completion } => [
                34 | of_target(target) << 8,
                of_method(method) | (ready_state as u64) << 8 | of_completion(completion) << 16,
            ],
            Self::AddListener { target, event_type, function, options } => [
                35 | of_target(target) << 8 | of_type(event_type) << 24,
                u64::from(function.0)
                    | u64::from(options.capture) << 8
                    | u64::from(options.once) << 9
                    | u64::from(options.passive) << 10
                    | options.signal.map_or(0, |signal| u64::from(signal.0) + 1) << 16,
            ],
            Self::RemoveListener { target, event_type, function, capture } => [
                36 | of_target(target) << 8 | of_type(event_type) << 24,
                u64::from(function.0) | u64::from(capture) << 8,
            ],
            Self::SetHandler { target, event_type, value } => [
                37 | of_target(target) << 8 | of_type(event_type) << 24,
                match value {
                    HandlerValue::Null => 0,
                    HandlerValue::NotCallable => 1,
                    HandlerValue::Function(function) => 2 | u64::from(function.0) << 8,
                },
            ],
            Self::Abort { signal } => [38, u64::from(signal.0)],
            Self::StopPropagation { immediate } => [39, u64::from(immediate)],
            Self::PreventDefault => [40, 0],
            Self::Read { socket, attribute, value } => {
                [41, of(socket) | (attribute as u64) << 8 | u64::from(value) << 32]
            }
            Self::Note { note } => [42, u64::from(note)],
            Self::Bound { bound } => [43, bound as u64],
            Self::Quiescent => [44, 0],
            Self::PeerReads { socket, reads } => [45, pair(socket, u8::from(reads))],
            Self::Converted { completion } => [46, of_completion(completion)],
            Self::AgentStep { step } => [47, u64::from(step)],
            Self::Belongs { socket, document } => [48, pair(socket, document.0)],
            Self::Document { document, state } => [49, u64::from(document.0) | (state as u64) << 8],
            Self::Worker { state } => [50, state as u64],
            Self::Dropped { task } => [51, of_task(task)],
            Self::Disappears { socket } => [52, of(socket)],
            Self::Collected { socket } => [53, of(socket)],
            Self::TimeStamp { socket, ago_us } => [54 | of(socket) << 8, u64::from(ago_us)],
            Self::SetBinaryType { socket, value } => [55, pair(socket, value as u8)],
            Self::ReadEvent { event, member, value } => {
                [56, event as u64 | (member as u64) << 8 | u64::from(value) << 16]
            }
            Self::SetTimeout { function, delay_ms } => [57, u64::from(function.0) | u64::from(delay_ms) << 8],
            Self::EventInit { event_type, interface: of, bubbles, cancelable, was_clean, reason } => [
                58 | interface(of) << 8
                    | u64::from(bubbles) << 16
                    | u64::from(cancelable) << 17
                    | u64::from(was_clean) << 18
                    | of_type(event_type) << 24,
                index(reason),
            ],
            Self::EventInitCode { code, code_bits } => [59 | (code as u64) << 8, code_bits],
            Self::ToNumber { from, given, throws, bits } => {
                [60 | (from as u64) << 8 | u64::from(throws) << 16 | index(given) << 24, bits]
            }
            Self::ToUsvString { from, given, throws, utf8 } => {
                [61 | (from as u64) << 8 | u64::from(throws) << 16, index(given) | index(utf8) << 16]
            }
            Self::ScriptEnd { completion } => [62, of_completion(completion)],
        }
    }

    /// The number of the kind of entry, in the order of the variants' declaration.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> u8 {
        self.words()[0].to_le_bytes()[0]
    }
}

fn of(socket: SocketId) -> u64 {
    u64::from(socket.0)
}

fn pair(socket: SocketId, other: u8) -> u64 {
    of(socket) | u64::from(other) << 8
}

fn index(payload: PayloadId) -> u64 {
    payload.index() as u64
}

fn with_payload(socket: SocketId, payload: PayloadId) -> u64 {
    of(socket) | index(payload) << 16
}

fn of_target(target: Target) -> u64 {
    match target {
        Target::Global => 0,
        Target::Socket(socket) => of(socket) + 1,
    }
}

fn of_type(event_type: EventType) -> u64 {
    match event_type {
        EventType::Open => 0,
        EventType::Message => 1,
        EventType::Error => 2,
        EventType::Close => 3,
        EventType::Custom(number) => 4 + u64::from(number),
        EventType::PageHide => 260,
        EventType::Unload => 261,
    }
}

fn of_task(task: Task) -> u64 {
    match task {
        Task::Script => 0,
        Task::Open(socket) => 1 | of(socket) << 8,
        Task::Message(socket) => 2 | of(socket) << 8,
        Task::Closing(socket) => 3 | of(socket) << 8,
        Task::Closed(socket) => 4 | of(socket) << 8,
        Task::Timer(function) => 5 | u64::from(function.0) << 8,
        Task::PostedMessage(function) => 6 | u64::from(function.0) << 8,
        Task::Error(socket) => 7 | of(socket) << 8,
        Task::Unload => 8,
    }
}

fn of_completion(completion: Completion) -> u64 {
    match completion {
        Completion::Normal => 0,
        Completion::ReturnedFalse => 1,
        Completion::Threw(exception) => 2 + of_exception(exception),
    }
}

fn of_exception(exception: Exception) -> u64 {
    match exception {
        Exception::SyntaxError => 0,
        Exception::InvalidAccessError => 1,
        Exception::InvalidStateError => 2,
        Exception::TypeError => 3,
        Exception::Thrown => 4,
        Exception::RangeError => 5,
        Exception::NotSupportedError => 6,
        Exception::SecurityError => 7,
    }
}

fn of_method(method: Method) -> u64 {
    match method {
        Method::Constructor => 0,
        Method::Close => 1,
        Method::Send => 2,
        Method::DispatchEvent => 3,
    }
}

fn interface(interface: Interface) -> u64 {
    match interface {
        Interface::Event => 0,
        Interface::MessageEvent { data: MessageData::Text } => 1,
        Interface::CloseEvent => 2,
        Interface::ErrorEvent => 3,
        Interface::MessageEvent { data: MessageData::Blob } => 4,
        Interface::MessageEvent { data: MessageData::ArrayBuffer } => 5,
    }
}

fn side(side: Side) -> u8 {
    match side {
        Side::Us => 0,
        Side::Peer => 1,
    }
}

fn tcp_end(end: TcpEnd) -> u8 {
    match end {
        TcpEnd::NotConnected => 0,
        TcpEnd::Fin => 1,
        TcpEnd::Reset => 2,
        TcpEnd::Us => 3,
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::trace::{
        BinaryType, Cause, DocumentId, DocumentState, EventAttributes, EventMember, FrameHead, FunctionId,
        Given, ListenerOptions, PeerEnd, ReadyState, SignalId, ValueType, WhichEvent, WorkerState,
    };

    fn samples() -> Vec<Entry> {
        let socket = SocketId(1);
        let target = Target::Socket(SocketId(0));
        let message = |data| EventAttributes {
            interface: Interface::MessageEvent { data },
            ..EventAttributes::default()
        };
        let event_init =
            |event_type, interface, [bubbles, cancelable, was_clean]: [bool; 3]| Entry::EventInit {
                event_type,
                interface,
                bubbles,
                cancelable,
                was_clean,
                reason: PayloadId::EMPTY,
            };
        let given = PayloadId::EMPTY;
        let to_number = |from, throws, bits| Entry::ToNumber { from, given, throws, bits };
        let to_usv_string = |from, throws| Entry::ToUsvString { from, given, throws, utf8: given };
        let mut entries = alloc::vec![
            Entry::Elapse { by_us: u64::MAX },
            Entry::Elapse { by_us: 0 },
            Entry::PeerStep { socket, step: 0, bytes: 0, end: None },
            Entry::PeerStep { socket, step: 0, bytes: 0, end: Some(PeerEnd::Fin) },
            Entry::PeerStep { socket, step: 0, bytes: 0, end: Some(PeerEnd::Reset) },
            Entry::PeerStep { socket, step: 0, bytes: 1, end: None },
            Entry::PeerStep { socket: SocketId(0), step: 1, bytes: 0, end: None },
            Entry::PeerReads { socket, reads: false },
            Entry::PeerReads { socket, reads: true },
            Entry::Converted { completion: Completion::Normal },
            Entry::Converted { completion: Completion::Threw(Exception::Thrown) },
            Entry::ScriptEnd { completion: Completion::Normal },
            Entry::ScriptEnd { completion: Completion::Threw(Exception::Thrown) },
            Entry::AgentStep { step: 1 },
            Entry::Belongs { socket, document: DocumentId::FRAME },
            Entry::Document { document: DocumentId::PAGE, state: DocumentState::Cached },
            Entry::Document { document: DocumentId::PAGE, state: DocumentState::Destroyed },
            Entry::Document { document: DocumentId::FRAME, state: DocumentState::Destroyed },
            Entry::Worker { state: WorkerState::Running },
            Entry::Worker { state: WorkerState::Closing },
            Entry::Worker { state: WorkerState::Ended },
            Entry::Dropped { task: Task::Closed(socket) },
            Entry::Dropped { task: Task::Unload },
            Entry::Disappears { socket },
            Entry::Collected { socket },
            Entry::TimeStamp { socket, ago_us: 1 },
            Entry::TimeStamp { socket, ago_us: 2 },
            Entry::SetBinaryType { socket, value: BinaryType::Blob },
            Entry::SetBinaryType { socket, value: BinaryType::ArrayBuffer },
            Entry::ReadEvent { event: WhichEvent::Current, member: EventMember::EventPhase, value: 0 },
            Entry::ReadEvent { event: WhichEvent::Current, member: EventMember::EventPhase, value: 1 },
            Entry::ReadEvent { event: WhichEvent::Current, member: EventMember::ComposedPath, value: 0 },
            Entry::ReadEvent { event: WhichEvent::Current, member: EventMember::DefaultPrevented, value: 0 },
            Entry::ReadEvent { event: WhichEvent::Kept, member: EventMember::EventPhase, value: 0 },
            Entry::ReadEvent { event: WhichEvent::Kept, member: EventMember::Itself, value: 0 },
            Entry::RxFrame { socket, head: FrameHead { first: 0x88, second: 2 }, payload: PayloadId::EMPTY },
            Entry::RxFrame { socket, head: FrameHead { first: 2, second: 0x88 }, payload: PayloadId::EMPTY },
            Entry::TxFrame {
                socket,
                head: FrameHead { first: 0x88, second: 2 },
                payload: PayloadId::EMPTY,
                mask: 1
            },
            Entry::MicrotaskEnd { function: FunctionId(2), completion: Completion::Normal },
            Entry::MicrotaskEnd { function: FunctionId(2), completion: Completion::ReturnedFalse },
            Entry::ReadyState { socket, old: ReadyState::Open, new: ReadyState::Closing },
            Entry::ReadyState { socket, old: ReadyState::Closing, new: ReadyState::Open },
            Entry::FireBegin { target, event: EventAttributes::default() },
            Entry::FireBegin { target, event: EventAttributes { code: 1, ..EventAttributes::default() } },
            Entry::FireBegin {
                target,
                event: EventAttributes { was_clean: true, ..EventAttributes::default() }
            },
            Entry::FireBegin { target: Target::Global, event: EventAttributes::default() },
            Entry::FireBegin { target, event: message(MessageData::Text) },
            Entry::FireBegin { target, event: message(MessageData::Blob) },
            Entry::FireBegin { target, event: message(MessageData::ArrayBuffer) },
            Entry::FireEnd { target, event_type: EventType::Custom(255), default_prevented: false },
            Entry::FireEnd { target, event_type: EventType::Open, default_prevented: false },
            Entry::FireEnd { target, event_type: EventType::PageHide, default_prevented: false },
            Entry::FireEnd { target, event_type: EventType::Unload, default_prevented: false },
            Entry::SetHandler { target, event_type: EventType::Open, value: HandlerValue::NotCallable },
            Entry::SetHandler {
                target,
                event_type: EventType::Open,
                value: HandlerValue::Function(FunctionId(0))
            },
            Entry::SetTimeout { function: FunctionId(0), delay_ms: 1 },
            Entry::SetTimeout { function: FunctionId(1), delay_ms: 0 },
            Entry::EventInitCode { code: Given::Missing, code_bits: 0 },
            Entry::EventInitCode { code: Given::Present, code_bits: 0 },
            Entry::EventInitCode { code: Given::Present, code_bits: 1 << 63 },
            to_number(ValueType::Null, false, 0),
            to_number(ValueType::Symbol, false, 0),
            to_number(ValueType::Null, true, 0),
            to_number(ValueType::Null, false, u64::MAX),
            to_usv_string(ValueType::Null, false),
            to_usv_string(ValueType::Symbol, false),
            to_usv_string(ValueType::Null, true),
            event_init(EventType::Open, Interface::Event, [false; 3]),
            event_init(EventType::Message, Interface::Event, [false; 3]),
            event_init(EventType::Custom(255), Interface::Event, [false; 3]),
            event_init(EventType::Open, Interface::CloseEvent, [false; 3]),
            event_init(EventType::Open, Interface::Event, [true, false, false]),
            event_init(EventType::Open, Interface::Event, [false, true, false]),
            event_init(EventType::Open, Interface::Event, [false, false, true]),
            Entry::Checkpoint,
            Entry::Quiescent,
        ];
        for signal in [None, Some(SignalId(0)), Some(SignalId(255))] {
            let options = ListenerOptions { signal, ..ListenerOptions::default() };
            let function = FunctionId(0);
            entries.push(Entry::AddListener { target, event_type: EventType::Close, function, options });
        }
        entries.extend(Cause::ALL.map(|cause| Entry::Fail { socket, cause, at: 7 }));
        entries
    }

    #[test]
    fn different_entries_have_different_words() {
        let entries = samples();
        for (at, left) in entries.iter().enumerate() {
            for right in &entries[at + 1..] {
                assert_ne!(left.words(), right.words(), "{left:?} and {right:?}");
            }
        }
    }

    #[test]
    fn the_layout_is_fixed() {
        let fail = Entry::Fail { socket: SocketId(2), cause: Cause::CloseTimeout, at: 3 };
        assert_eq!(fail.words(), [12 | 34 << 8, 2 | 3 << 32]);
        assert_eq!((fail.kind(), Entry::Quiescent.kind()), (12, 44));
    }
}
