//! What an entry says, in a few words for a person.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::literal::{cut, hex, is_printable, milliseconds, quoted};
use super::{
    Attribute, Bound, Completion, DocumentId, DocumentState, EndpointTimer, Entry, EventAttributes,
    EventMember, FrameHead, Given, HandlerValue, Interface, ListenerOptions, MessageData, Method, PayloadId,
    Side, SocketId, Target, Task, TcpEnd, Trace, WhichEvent, WorkerState,
};

/// The longest payload that is shown whole, in characters.
const PAYLOAD_COUNT_MAX: usize = 25;

/// Where something happened: a column of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// The peer, its script.
    Peer,
    /// Our endpoint: wire and TCP.
    Endpoint,
    /// The event loop: tasks and microtasks.
    EventLoop,
    /// The page: events, listeners, calls, attributes.
    Page,
}

impl Lane {
    /// All lanes, from left to right.
    pub const ALL: [Self; 4] = [Self::Peer, Self::Endpoint, Self::EventLoop, Self::Page];

    /// The heading of the column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Endpoint => "endpoint",
            Self::EventLoop => "event loop",
            Self::Page => "page",
        }
    }

    /// The first column of the lane, counted from 0.
    ///
    /// A row has text in one lane only, so its text may run on over the lanes to the right.
    #[must_use]
    pub fn column(self) -> usize {
        match self {
            Self::Peer => 12,
            Self::Endpoint => 26,
            Self::EventLoop => 50,
            Self::Page => 64,
        }
    }
}

type Described = (Lane, Option<SocketId>, String);

/// The lane, the WebSocket and the text of an entry; `None` if it needs no line of its own.
pub(super) fn describe(trace: &Trace, position: usize) -> Option<Described> {
    let entry = &trace.entries[position];
    let next = trace.entries.get(position + 1);
    endpoint(trace, entry).or_else(|| event_loop(entry)).or_else(|| page(trace, entry, next))
}

fn payload(trace: &Trace, id: PayloadId) -> String {
    let bytes = trace.payloads.get(id);
    match core::str::from_utf8(bytes) {
        Ok(text) if is_printable(text) => quoted(&cut(text, PAYLOAD_COUNT_MAX)),
        _ => cut(&hex(bytes), PAYLOAD_COUNT_MAX),
    }
}

/// `, label "…"`, or nothing for an empty payload.
fn clause(trace: &Trace, label: &str, id: PayloadId) -> String {
    if id == PayloadId::EMPTY { String::new() } else { format!(", {label} {}", payload(trace, id)) }
}

fn frame(trace: &Trace, head: FrameHead, id: PayloadId) -> String {
    let mut text: String = match head.opcode() {
        0 => "continuation".into(),
        1 => "text".into(),
        2 => "binary".into(),
        8 => "Close".into(),
        9 => "Ping".into(),
        10 => "Pong".into(),
        opcode => format!("opcode {opcode}"),
    };
    if !head.is_final() {
        text.push_str(" (more follows)");
    }
    let bytes = trace.payloads.get(id);
    match (head.opcode(), bytes) {
        (_, []) => {}
        (8, [high, low, reason @ ..]) => {
            text.push_str(&format!(" {}", u16::from_be_bytes([*high, *low])));
            match core::str::from_utf8(reason) {
                Ok("") => {}
                Ok(reason) if is_printable(reason) => {
                    text.push_str(&format!(" {}", quoted(&cut(reason, PAYLOAD_COUNT_MAX))));
                }
                _ => text.push_str(&format!(" {}", cut(&hex(reason), PAYLOAD_COUNT_MAX))),
            }
        }
        _ => text.push_str(&format!(" {}", payload(trace, id))),
    }
    text
}

/// What the peer, TCP and our endpoint do.
fn endpoint(trace: &Trace, entry: &Entry) -> Option<Described> {
    let (socket, text) = match *entry {
        Entry::PeerStep { socket, step, .. } => {
            return Some((Lane::Peer, Some(socket), format!("step {step}")));
        }
        Entry::PeerReads { socket, reads } => {
            let text = if reads { "reads again" } else { "stops reading" };
            return Some((Lane::Peer, Some(socket), text.into()));
        }
        Entry::Rx { socket, bytes } => {
            let len = trace.payloads.get(bytes).len();
            let plural = if len == 1 { "" } else { "s" };
            (socket, format!("rx {len} byte{plural} {}", payload(trace, bytes)))
        }
        Entry::RxFin { socket } => (socket, "rx FIN".into()),
        Entry::RxRst { socket } => (socket, "rx RST".into()),
        Entry::TxFin { socket } => (socket, "tx FIN".into()),
        Entry::TcpClosed { socket, by } => {
            let how = match by {
                TcpEnd::NotConnected => "was never open",
                TcpEnd::Fin => "closed by FIN",
                TcpEnd::Reset => "closed by RST",
                TcpEnd::Us => "closed by us",
            };
            (socket, format!("TCP {how}"))
        }
        Entry::Request { socket, nonce, protocols } => {
            (socket, format!("tx request, nonce {nonce}{}", clause(trace, "protocols", protocols)))
        }
        Entry::Established { socket, protocol } => {
            (socket, format!("established{}", clause(trace, "protocol", protocol)))
        }
        Entry::RxFrame { socket, head, payload } => (socket, format!("rx {}", frame(trace, head, payload))),
        Entry::TxFrame { socket, head, payload, .. } => {
            (socket, format!("tx {}", frame(trace, head, payload)))
        }
        Entry::ClosingStarted { socket, by } => {
            let whose = match by {
                Side::Us => "us",
                Side::Peer => "the peer",
            };
            (socket, format!("closing handshake started by {whose}"))
        }
        Entry::Fail { socket, cause, at } => {
            // Of all causes, those that a frame gives have a status code.
            let place = match cause.status_code() {
                Some(_) => format!(", at byte {at} of the frame"),
                None => String::new(),
            };
            (socket, format!("fails: {cause:?} ({}){place}", cause.requirement()))
        }
        Entry::Full { socket } => (socket, "send buffer full".into()),
        Entry::TimerFired { socket, timer } => {
            let what = match timer {
                EndpointTimer::Handshake => "T0: no answer to the request",
                EndpointTimer::Close => "T1: the closing handshake is not complete",
                EndpointTimer::Linger => "T2: no end of TCP after both Close frames",
            };
            (socket, what.into())
        }
        Entry::Closed { socket, clean, error, code, reason } => {
            let clean = if clean { "clean" } else { "unclean" };
            let error = if error { ", with error" } else { "" };
            (socket, format!("closed: {clean}, {code} {}{error}", payload(trace, reason)))
        }
        _ => return None,
    };
    Some((Lane::Endpoint, Some(socket), text))
}

/// What the event loop does.
fn event_loop(entry: &Entry) -> Option<Described> {
    let (socket, text) = match *entry {
        Entry::Enqueue { task } => (task.socket(), format!("queue {}", task_name(task))),
        Entry::TaskBegin { task } => (task.socket(), format!("run {}", task_name(task))),
        Entry::MicrotaskQueued { function } => (None, format!("queue microtask f{}", function.0)),
        Entry::MicrotaskBegin { function } => (None, format!("run microtask f{}", function.0)),
        Entry::MicrotaskEnd { completion: Completion::Threw(exception), .. } => {
            (None, format!("microtask throws {}", exception.name()))
        }
        Entry::AgentStep { step } => (None, format!("the user agent: step {step}")),
        Entry::Document { document, state } => {
            let whose = if document == DocumentId::FRAME { "frame's document" } else { "document" };
            let how = match state {
                DocumentState::Active => "active again",
                DocumentState::Cached => "in the back/forward cache",
                DocumentState::Destroyed => "destroyed",
            };
            (None, format!("the {whose} is {how}"))
        }
        Entry::Worker { state: WorkerState::Running } => (None, "the page is a worker".into()),
        Entry::Worker { state: WorkerState::Closing } => (None, "the worker is closing".into()),
        Entry::Worker { state: WorkerState::Ended } => (None, "the worker has ended".into()),
        Entry::Dropped { task } => (task.socket(), format!("drop {}", task_name(task))),
        Entry::Disappears { socket } => (Some(socket), "is made to disappear".into()),
        Entry::Collected { socket } => (Some(socket), "is collected as garbage".into()),
        Entry::Bound { bound } => (None, format!("stops at a bound: {}", bound_name(bound))),
        Entry::Quiescent => (None, "nothing more can happen".into()),
        _ => return None,
    };
    Some((Lane::EventLoop, socket, text))
}

fn task_name(task: Task) -> String {
    match task {
        Task::Script => "script".into(),
        Task::Open(_) => "open".into(),
        Task::Message(_) => "message".into(),
        Task::Closing(_) => "closing".into(),
        Task::Closed(_) => "closed".into(),
        Task::Error(_) => "error".into(),
        Task::Timer(function) => format!("timer f{}", function.0),
        Task::PostedMessage(function) => format!("posted message f{}", function.0),
        Task::Unload => "unload".into(),
    }
}

fn bound_name(bound: Bound) -> &'static str {
    match bound {
        Bound::Steps => "steps",
        Bound::Sockets => "sockets",
        Bound::Listeners => "listeners",
        Bound::Events => "events",
        Bound::Tasks => "tasks",
        Bound::Microtasks => "microtasks",
        Bound::Timers => "timers",
        Bound::Stack => "nesting",
        Bound::Payloads => "byte strings",
        Bound::Livelock => "steps of which nothing can be seen",
    }
}

/// What the page and its objects do.
fn page(trace: &Trace, entry: &Entry, next: Option<&Entry>) -> Option<Described> {
    let (socket, text) = match *entry {
        Entry::ReadyState { socket, old, new } => {
            (Some(socket), format!("readyState {} to {}", old as u8, new as u8))
        }
        Entry::Attributes { protocol, extensions, .. }
            if (protocol, extensions) == (PayloadId::EMPTY, PayloadId::EMPTY) =>
        {
            return None;
        }
        Entry::Attributes { socket, protocol, extensions } => {
            let (protocol, extensions) = (payload(trace, protocol), payload(trace, extensions));
            (Some(socket), format!("protocol {protocol}, extensions {extensions}"))
        }
        Entry::TimeStamp { socket, ago_us } => {
            (Some(socket), format!("the event was made {} ms before", milliseconds(u64::from(ago_us))))
        }
        Entry::FireBegin { target, event } => (target.socket(), fire(trace, &event)),
        Entry::Listener { target, event_type: of, function, capture, handler, ready_state } => {
            let kind = match (handler, capture) {
                (true, _) => format!(" (on{of})"),
                (false, true) => " (capture)".into(),
                (false, false) => String::new(),
            };
            let state = match target {
                Target::Global => String::new(),
                Target::Socket(_) => format!(", readyState {}", ready_state as u8),
            };
            (target.socket(), format!("f{}{kind} is called{state}", function.0))
        }
        Entry::ListenerEnd { target, completion } => (target.socket(), unusual_end(completion)?),
        Entry::FireEnd { target, default_prevented: true, .. } => {
            (target.socket(), "defaultPrevented".into())
        }
        Entry::Report { .. } => (None, "reports the exception".into()),
        Entry::CallBegin { target, method, ready_state } => {
            let state = format!(", readyState {}", ready_state as u8);
            let text = match method {
                Method::Constructor => format!("new WebSocket({})", arguments(trace, next)),
                Method::Close => format!("close({}){state}", arguments(trace, next)),
                Method::Send => format!("send({}){state}", arguments(trace, next)),
                Method::DispatchEvent => "dispatchEvent()".into(),
            };
            (target.socket(), text)
        }
        Entry::CallEnd { target, completion: Completion::Threw(exception), .. } => {
            (target.socket(), format!("throws {}", exception.name()))
        }
        Entry::CallEnd { target, method: Method::Close, ready_state, .. } => {
            (target.socket(), format!("returns, readyState {}", ready_state as u8))
        }
        Entry::AddListener { target, event_type: of, function, options } => {
            let options = listener_options(options);
            (target.socket(), format!("addEventListener(\"{of}\", f{}{options})", function.0))
        }
        Entry::RemoveListener { target, event_type: of, function, capture } => {
            let capture = if capture { ", true" } else { "" };
            (target.socket(), format!("removeEventListener(\"{of}\", f{}{capture})", function.0))
        }
        Entry::SetHandler { target, event_type: of, value } => {
            let value = match value {
                HandlerValue::Null => "null".into(),
                HandlerValue::Function(function) => format!("f{}", function.0),
                HandlerValue::NotCallable => "{}".into(),
            };
            (target.socket(), format!("on{of} = {value}"))
        }
        Entry::Abort { signal } => (None, format!("controller{}.abort()", signal.0)),
        Entry::StopPropagation { immediate: true } => (None, "event.stopImmediatePropagation()".into()),
        Entry::StopPropagation { immediate: false } => (None, "event.stopPropagation()".into()),
        Entry::PreventDefault => (None, "event.preventDefault()".into()),
        Entry::Read { socket, attribute, value } => {
            let name = match attribute {
                Attribute::ReadyState => "readyState",
                Attribute::BufferedAmount => "bufferedAmount",
                Attribute::Protocol => "protocol.length",
                Attribute::Extensions => "extensions.length",
                Attribute::BinaryType => "binaryType",
            };
            (Some(socket), format!("{name} is {value}"))
        }
        Entry::SetBinaryType { socket, value } => {
            (Some(socket), format!("binaryType = \"{}\"", value.name()))
        }
        Entry::ReadEvent { event: WhichEvent::Current, member: EventMember::Itself, .. } => {
            (None, "kept = event".into())
        }
        Entry::ReadEvent { event: WhichEvent::Kept, member: EventMember::Itself, .. } => {
            (None, "the event is the kept one".into())
        }
        Entry::ReadEvent { event, member, value } => {
            let what = match member {
                EventMember::EventPhase | EventMember::DefaultPrevented | EventMember::Itself => "",
                EventMember::ComposedPath => "().length",
            };
            (None, format!("{}.{}{what} is {value}", event.name(), member.name()))
        }
        Entry::EventInit { .. } => (None, event_init(trace, entry, next)?),
        Entry::SetTimeout { function, delay_ms } => {
            (None, format!("setTimeout(f{}, {delay_ms})", function.0))
        }
        Entry::Note { note } => (None, format!("note {note}")),
        Entry::Belongs { socket, .. } => (Some(socket), "belongs to the frame".into()),
        Entry::Converted { completion } => match unusual_end(completion) {
            Some(end) => (None, format!("the conversion {end}")),
            None => return None,
        },
        // These end what has a row already, or nothing worth a line happened.
        Entry::Elapse { .. }
        | Entry::TaskEnd { .. }
        | Entry::ScriptEnd { .. }
        | Entry::MicrotaskEnd { .. }
        | Entry::Checkpoint
        | Entry::FireEnd { .. }
        | Entry::CallEnd { .. }
        // These stand with the call that they belong to.
        | Entry::CloseArguments { .. }
        | Entry::SendArgument { .. }
        | Entry::ConstructorArguments { .. }
        | Entry::ToNumber { .. }
        | Entry::ToUsvString { .. }
        // The endpoint and the event loop have had rows for these.
        | Entry::PeerStep { .. }
        | Entry::PeerReads { .. }
        | Entry::Rx { .. }
        | Entry::RxFin { .. }
        | Entry::RxRst { .. }
        | Entry::TxFin { .. }
        | Entry::TcpClosed { .. }
        | Entry::Request { .. }
        | Entry::Established { .. }
        | Entry::RxFrame { .. }
        | Entry::TxFrame { .. }
        | Entry::ClosingStarted { .. }
        | Entry::Fail { .. }
        | Entry::Full { .. }
        | Entry::TimerFired { .. }
        | Entry::Closed { .. }
        | Entry::Enqueue { .. }
        | Entry::TaskBegin { .. }
        | Entry::MicrotaskQueued { .. }
        | Entry::MicrotaskBegin { .. }
        | Entry::AgentStep { .. }
        | Entry::Document { .. }
        | Entry::Worker { .. }
        | Entry::Dropped { .. }
        | Entry::Disappears { .. }
        | Entry::Collected { .. }
        | Entry::Bound { .. }
        | Entry::Quiescent
        // It is told with the event.
        | Entry::EventInitCode { .. } => return None,
    };
    Some((Lane::Page, socket, text))
}

fn unusual_end(completion: Completion) -> Option<String> {
    match completion {
        Completion::Normal => None,
        Completion::ReturnedFalse => Some("returns false".into()),
        Completion::Threw(super::Exception::Thrown) => Some("throws".into()),
        Completion::Threw(exception) => Some(format!("throws {}", exception.name())),
    }
}

fn fire(trace: &Trace, event: &EventAttributes) -> String {
    let verb = if event.is_trusted { "fire" } else { "dispatch" };
    let of = event.event_type;
    match event.interface {
        Interface::CloseEvent => {
            let clean = if event.was_clean { "clean" } else { "unclean" };
            format!("{verb} {of}({}, {}, {clean})", event.code, payload(trace, event.text))
        }
        Interface::MessageEvent { data } => {
            let kind = match data {
                MessageData::Text => "",
                MessageData::Blob => ", Blob",
                MessageData::ArrayBuffer => ", ArrayBuffer",
            };
            format!("{verb} {of}({}{kind})", payload(trace, event.text))
        }
        Interface::ErrorEvent => format!("{verb} {of} at the global object"),
        Interface::Event => format!("{verb} {of}"),
    }
}

/// The constructor's call for an event of the page's own; a CloseEvent's code is in the next entry.
fn event_init(trace: &Trace, entry: &Entry, next: Option<&Entry>) -> Option<String> {
    let Entry::EventInit { event_type: of, interface, bubbles, cancelable, was_clean, reason } = *entry
    else {
        return None;
    };
    let mut members = Vec::new();
    for (is_set, name) in [(bubbles, "bubbles"), (cancelable, "cancelable"), (was_clean, "wasClean")] {
        if is_set {
            members.push(format!("{name}: true"));
        }
    }
    if let Some(&Entry::EventInitCode { code: Given::Present, code_bits }) = next {
        members.push(format!("code: {}", f64::from_bits(code_bits)));
    }
    if reason != PayloadId::EMPTY {
        members.push(format!("reason: {}", payload(trace, reason)));
    }
    let interface = if interface == Interface::CloseEvent { "CloseEvent" } else { "Event" };
    Some(match &members[..] {
        [] => format!("new {interface}(\"{of}\")"),
        members => format!("new {interface}(\"{of}\", {{{}}})", members.join(", ")),
    })
}

/// The arguments of a call, which follow it in the trace unless their conversion called the page.
fn arguments(trace: &Trace, next: Option<&Entry>) -> String {
    match next {
        Some(&Entry::CloseArguments { code: Given::Missing, reason: Given::Missing, .. }) => String::new(),
        Some(&Entry::CloseArguments { code, reason, reason_utf8, code_bits, .. }) => {
            let mut text = match code {
                Given::Missing => "undefined".into(),
                Given::Present => format!("{}", f64::from_bits(code_bits)),
            };
            if reason == Given::Present {
                text.push_str(&format!(", {}", payload(trace, reason_utf8)));
            }
            text
        }
        Some(&Entry::SendArgument { data, .. }) => payload(trace, data),
        Some(&Entry::ConstructorArguments { url, protocols, .. }) => {
            format!("{}{}", payload(trace, url), clause(trace, "protocols", protocols))
        }
        _ => "…".into(),
    }
}

fn listener_options(options: ListenerOptions) -> String {
    let mut text = String::new();
    for (is_set, name) in [(options.capture, "capture"), (options.once, "once"), (options.passive, "passive")]
    {
        if is_set {
            text.push_str(&format!(", {name}"));
        }
    }
    if let Some(signal) = options.signal {
        text.push_str(&format!(", signal {}", signal.0));
    }
    text
}
