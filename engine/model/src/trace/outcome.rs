//! What came out of a run, in the words in which the recordings of real user agents are written.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::literal::{hex, quoted};
use super::{
    Attribute, Completion, Entry, EventAttributes, EventMember, EventType, Exception, Interface, MessageData,
    Method, Payloads, ReadyState, SocketId, Target, Task, Trace,
};

/// What a page saw and what our endpoint wrote, one line for each WebSocket in the order of construction.
///
/// A line consists of tokens in the order in which things happened, with one space between two of them.
///
/// The tokens of `page`:
///
/// | token | meaning |
/// |---|---|
/// | `open@1`, `message@1`, `error@3` | a trusted event was fired at the WebSocket; the digit is `readyState` at that moment |
/// | `message(arraybuffer)@1` | the same for a message whose data is an ArrayBuffer; without it, text or a Blob |
/// | `close(1000,"bye",clean)@3` | the trusted `close` event: code, reason as a JSON string, `wasClean`; `readyState` |
/// | `script:x0@1`, `script:close(4000,"",unclean)@1` | script dispatched an event of its own at the WebSocket, which is told as a trusted one is |
/// | `SYNC` right behind a trusted event | it was fired before the page's first script had returned |
/// | `[flags bubbles cancelable]` | the event before it bubbles or is cancelable; no conforming user agent fires such a one, but script may |
/// | `{close@1` … `}@2` | a call of `close()`: `readyState` before and after, and what happened inside in between |
/// | `{send@1` … `}@1` | a call of `send()`, likewise |
/// | `!InvalidAccessError` | the call that ends next threw this; `!Thrown` is a value of the page's own |
/// | `[buf=5]` | the page read `bufferedAmount` |
/// | `[binaryType=1]` | the page read `binaryType`: 0 is `"blob"`, 1 is `"arraybuffer"` |
/// | `[event.eventPhase=2]`, `[kept.composedPath=0]` | the page read this of the event whose listener is running, or of one that it kept; of the path the length, and always in the line of the first WebSocket |
/// | `n0` | the page made note 0; notes are no socket's, so they are all in the line of the first one |
/// | `NOCLOSE` | no trusted `close` event was fired until the end |
/// | `final@3` | `readyState` at the end |
///
/// The tokens of `wire`, for what our endpoint wrote after the opening handshake:
///
/// | token | meaning |
/// |---|---|
/// | `close[03e8627965]` | a Close frame, by its body in hexadecimal digits |
/// | `op1`, `op10` | another frame, by its opcode |
/// | `tcp-fin` | FIN |
///
/// All other calls and what happens at the global object leave no token. A constructor that throws makes no
/// WebSocket, hence no line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outcome {
    /// What the page saw.
    pub page: Vec<String>,
    /// What our endpoint wrote.
    pub wire: Vec<String>,
}

/// The outcome of the run that `trace` tells of.
#[must_use]
pub fn outcome(trace: &Trace) -> Outcome {
    let mut projection = Projection::default();
    for entry in &trace.entries {
        projection.observe(entry, &trace.payloads);
    }
    projection.finish()
}

#[derive(Default)]
struct Projection {
    lines: Vec<Line>,
    in_first_script: bool,
}

#[derive(Default)]
struct Line {
    page: String,
    wire: String,
    ready_state: ReadyState,
    is_closed: bool,
    /// Whether the line is a WebSocket's: notes can stand alone.
    is_socket: bool,
}

fn push(tokens: &mut String, token: &str) {
    if !tokens.is_empty() {
        tokens.push(' ');
    }
    tokens.push_str(token);
}

impl Projection {
    fn line(&mut self, number: usize) -> &mut Line {
        if self.lines.len() <= number {
            self.lines.resize_with(number + 1, Line::default);
        }
        &mut self.lines[number]
    }

    fn socket(&mut self, socket: SocketId) -> &mut Line {
        let line = self.line(usize::from(socket.0));
        line.is_socket = true;
        line
    }

    fn observe(&mut self, entry: &Entry, payloads: &Payloads) {
        match *entry {
            Entry::TaskBegin { task } => self.in_first_script |= task == Task::Script,
            Entry::TaskEnd { task } => self.in_first_script &= task != Task::Script,
            Entry::ReadyState { socket, new, .. } => self.socket(socket).ready_state = new,
            Entry::FireBegin { target: Target::Socket(socket), event } => {
                let sync = event.is_trusted && self.in_first_script;
                self.socket(socket).fire(&event, sync, payloads);
            }
            Entry::CallBegin { target: Target::Socket(socket), method, ready_state } => {
                if let Some(name) = printed(method) {
                    push(&mut self.socket(socket).page, &format!("{{{name}@{}", ready_state as u8));
                }
            }
            Entry::CallEnd { target: Target::Socket(socket), method, ready_state, completion } => {
                if let Some(exception) = exception(completion) {
                    if printed(method).is_some() {
                        push(&mut self.socket(socket).page, &format!("!{}", exception.name()));
                    }
                } else if method == Method::Constructor {
                    self.socket(socket);
                }
                if printed(method).is_some() {
                    push(&mut self.socket(socket).page, &format!("}}@{}", ready_state as u8));
                }
            }
            Entry::Read { socket, attribute: Attribute::BufferedAmount, value } => {
                push(&mut self.socket(socket).page, &format!("[buf={value}]"));
            }
            Entry::Read { socket, attribute: Attribute::BinaryType, value } => {
                push(&mut self.socket(socket).page, &format!("[binaryType={value}]"));
            }
            // What a page does with the object shows elsewhere.
            Entry::ReadEvent { member: EventMember::Itself, .. } => {}
            Entry::ReadEvent { event, member, value } => {
                push(&mut self.line(0).page, &format!("[{}.{}={value}]", event.name(), member.name()));
            }
            Entry::Note { note } => push(&mut self.line(0).page, &format!("n{note}")),
            Entry::TxFrame { socket, head, payload, .. } => {
                let token = match head.opcode() {
                    8 => format!("close[{}]", hex(payloads.get(payload))),
                    opcode => format!("op{opcode}"),
                };
                push(&mut self.socket(socket).wire, &token);
            }
            Entry::TxFin { socket } => push(&mut self.socket(socket).wire, "tcp-fin"),
            Entry::Elapse { .. }
            | Entry::PeerStep { .. }
            | Entry::Rx { .. }
            | Entry::RxFin { .. }
            | Entry::RxRst { .. }
            | Entry::TcpClosed { .. }
            | Entry::Request { .. }
            | Entry::Established { .. }
            | Entry::RxFrame { .. }
            | Entry::ClosingStarted { .. }
            | Entry::Fail { .. }
            | Entry::Full { .. }
            | Entry::TimerFired { .. }
            | Entry::Closed { .. }
            | Entry::Enqueue { .. }
            | Entry::MicrotaskQueued { .. }
            | Entry::MicrotaskBegin { .. }
            | Entry::MicrotaskEnd { .. }
            | Entry::Checkpoint
            | Entry::Report { .. }
            | Entry::Attributes { .. }
            | Entry::FireBegin { .. }
            | Entry::Listener { .. }
            | Entry::ListenerEnd { .. }
            | Entry::FireEnd { .. }
            | Entry::CallBegin { .. }
            | Entry::CloseArguments { .. }
            | Entry::SendArgument { .. }
            | Entry::ConstructorArguments { .. }
            | Entry::CallEnd { .. }
            | Entry::AddListener { .. }
            | Entry::RemoveListener { .. }
            | Entry::SetHandler { .. }
            | Entry::Abort { .. }
            | Entry::StopPropagation { .. }
            | Entry::PreventDefault
            | Entry::Read { .. }
            | Entry::Bound { .. }
            | Entry::Quiescent
            | Entry::PeerReads { .. }
            | Entry::Converted { .. }
            | Entry::AgentStep { .. }
            | Entry::Belongs { .. }
            | Entry::Document { .. }
            | Entry::Worker { .. }
            | Entry::Dropped { .. }
            | Entry::Disappears { .. }
            | Entry::Collected { .. }
            | Entry::TimeStamp { .. }
            | Entry::SetBinaryType { .. }
            | Entry::SetTimeout { .. }
            | Entry::EventInitCode { .. }
            | Entry::ToNumber { .. }
            | Entry::ToUsvString { .. }
            | Entry::ScriptEnd { .. }
            | Entry::EventInit { .. } => {}
        }
    }

    fn finish(self) -> Outcome {
        let mut outcome = Outcome::default();
        for mut line in self.lines {
            if line.is_socket {
                if !line.is_closed {
                    push(&mut line.page, "NOCLOSE");
                }
                push(&mut line.page, &format!("final@{}", line.ready_state as u8));
            }
            outcome.page.push(line.page);
            outcome.wire.push(line.wire);
        }
        outcome
    }
}

impl Line {
    fn fire(&mut self, event: &EventAttributes, sync: bool, payloads: &Payloads) {
        let mut token = String::from(if event.is_trusted { "" } else { "script:" });
        token.push_str(&event.event_type.to_string());
        if event.interface == Interface::CloseEvent {
            let reason = String::from_utf8_lossy(payloads.get(event.text));
            let clean = if event.was_clean { "clean" } else { "unclean" };
            token.push_str(&format!("({},{},{clean})", event.code, quoted(&reason)));
        }
        if event.interface == (Interface::MessageEvent { data: MessageData::ArrayBuffer }) {
            token.push_str("(arraybuffer)");
        }
        token.push_str(&format!("@{}", self.ready_state as u8));
        if sync {
            token.push_str("SYNC");
        }
        push(&mut self.page, &token);
        match (event.bubbles, event.cancelable) {
            (false, false) => {}
            (true, false) => push(&mut self.page, "[flags bubbles]"),
            (false, true) => push(&mut self.page, "[flags cancelable]"),
            (true, true) => push(&mut self.page, "[flags bubbles cancelable]"),
        }
        self.is_closed |= event.is_trusted && event.event_type == EventType::Close;
    }
}

/// The name of a method whose calls leave tokens.
pub(super) fn printed(method: Method) -> Option<&'static str> {
    match method {
        Method::Close => Some("close"),
        Method::Send => Some("send"),
        Method::Constructor | Method::DispatchEvent => None,
    }
}

fn exception(completion: Completion) -> Option<Exception> {
    match completion {
        Completion::Threw(exception) => Some(exception),
        Completion::Normal | Completion::ReturnedFalse => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::super::WhichEvent;
    use super::super::sample::{self, A, B};
    use super::*;

    #[track_caller]
    fn check(trace: &Trace, page: &[&str], wire: &[&str]) {
        let found = outcome(trace);
        assert_eq!(found.page, page);
        assert_eq!(found.wire, wire);
    }

    #[test]
    fn a_clean_close_is_told_in_five_tokens() {
        check(
            &sample::clean_close(),
            &[r#"open@1 close(1000,"bye",clean)@3 final@3"#],
            &["close[03e8627965] tcp-fin"],
        );
    }

    #[test]
    fn a_call_encloses_what_happens_inside() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, A);
        sample::begin(&mut trace, A, Method::Close, ReadyState::Open);
        sample::begin(&mut trace, A, Method::Close, ReadyState::Open);
        sample::end(&mut trace, A, Method::Close, ReadyState::Closing, Completion::Normal);
        let threw = Completion::Threw(Exception::InvalidAccessError);
        sample::end(&mut trace, A, Method::Close, ReadyState::Closing, threw);
        sample::begin(&mut trace, A, Method::DispatchEvent, ReadyState::Closing);
        sample::end(&mut trace, A, Method::DispatchEvent, ReadyState::Closing, threw);
        check(&trace, &["{close@1 {close@1 }@2 !InvalidAccessError }@2 NOCLOSE final@0"], &[""]);
    }

    #[test]
    fn each_socket_has_its_line_and_notes_are_in_the_first() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, A);
        sample::construct(&mut trace, B);
        trace.emit(Entry::ReadyState { socket: B, old: ReadyState::Connecting, new: ReadyState::Open });
        sample::fire(&mut trace, B, EventType::Open);
        trace.emit(Entry::Note { note: 7 });
        trace.emit(Entry::Read { socket: B, attribute: Attribute::BufferedAmount, value: 5 });
        trace.emit(Entry::Read { socket: B, attribute: Attribute::Protocol, value: 4 });
        trace.emit(Entry::Read { socket: B, attribute: Attribute::BinaryType, value: 1 });
        check(&trace, &["n7 NOCLOSE final@0", "open@1 [buf=5] [binaryType=1] NOCLOSE final@1"], &["", ""]);
    }

    #[test]
    fn where_an_event_is_in_its_dispatch_is_told_in_the_first_line() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, A);
        let (event, member) = (WhichEvent::Kept, EventMember::ComposedPath);
        trace.emit(Entry::ReadEvent { event, member, value: 0 });
        trace.emit(Entry::ReadEvent {
            event: WhichEvent::Current,
            member: EventMember::EventPhase,
            value: 2,
        });
        check(&trace, &["[kept.composedPath=0] [event.eventPhase=2] NOCLOSE final@0"], &[""]);
    }

    #[test]
    fn an_event_of_script_is_told_as_such_and_closes_nothing() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, A);
        let text = trace.payloads.intern(b"x").expect("room");
        let (event_type, interface) = (EventType::Close, Interface::CloseEvent);
        let event = EventAttributes { event_type, interface, code: 7, text, ..EventAttributes::default() };
        trace.emit(Entry::FireBegin { target: Target::Socket(A), event });
        let (event_type, bubbles) = (EventType::Custom(3), true);
        let event = EventAttributes { event_type, bubbles, ..EventAttributes::default() };
        trace.emit(Entry::FireBegin { target: Target::Socket(A), event });
        let told = r#"script:close(7,"x",unclean)@0 script:x3@0 [flags bubbles] NOCLOSE final@0"#;
        check(&trace, &[told], &[""]);
    }

    #[test]
    fn only_an_array_buffer_is_told() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, A);
        for data in [MessageData::Text, MessageData::Blob, MessageData::ArrayBuffer] {
            let event = EventAttributes {
                event_type: EventType::Message,
                interface: Interface::MessageEvent { data },
                is_trusted: true,
                ..EventAttributes::default()
            };
            trace.emit(Entry::FireBegin { target: Target::Socket(A), event });
        }
        check(&trace, &["message@0 message@0 message(arraybuffer)@0 NOCLOSE final@0"], &[""]);
    }

    #[test]
    fn a_constructor_that_throws_makes_no_line() {
        let mut trace = Trace::new();
        sample::begin(&mut trace, A, Method::Constructor, ReadyState::Connecting);
        let threw = Completion::Threw(Exception::SyntaxError);
        sample::end(&mut trace, A, Method::Constructor, ReadyState::Connecting, threw);
        check(&trace, &[], &[]);
        trace.emit(Entry::Note { note: 1 });
        check(&trace, &["n1"], &[""]);
    }

    #[test]
    fn an_event_inside_the_first_script_is_marked() {
        let mut trace = Trace::new();
        trace.emit(Entry::TaskBegin { task: Task::Script });
        sample::construct(&mut trace, A);
        sample::fire(&mut trace, A, EventType::Error);
        trace.emit(Entry::TaskEnd { task: Task::Script });
        sample::fire(&mut trace, A, EventType::Error);
        check(&trace, &["error@0SYNC error@0 NOCLOSE final@0"], &[""]);
    }

    #[test]
    fn events_of_the_global_object_leave_no_token() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, A);
        for is_trusted in [false, true] {
            let event =
                EventAttributes { event_type: EventType::Error, is_trusted, ..EventAttributes::default() };
            trace.emit(Entry::FireBegin { target: Target::Global, event });
        }
        check(&trace, &["NOCLOSE final@0"], &[""]);
    }

    #[test]
    fn flags_and_odd_reasons_are_shown() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, A);
        let text = trace.payloads.intern(b"a\0\"\xc3\xa9").expect("room");
        let event = EventAttributes {
            event_type: EventType::Close,
            interface: Interface::CloseEvent,
            is_trusted: true,
            bubbles: true,
            cancelable: true,
            code: 1006,
            text,
            ..EventAttributes::default()
        };
        trace.emit(Entry::FireBegin { target: Target::Socket(A), event });
        let want = r#"close(1006,"a\u0000\"é",unclean)@0 [flags bubbles cancelable] final@0"#;
        check(&trace, &[want], &[""]);
    }

    #[test]
    fn frames_are_told_by_opcode() {
        let mut trace = Trace::new();
        for first in [0x81, 0x8a, 0x88] {
            sample::tx(&mut trace, A, first, b"");
        }
        assert_eq!(outcome(&trace).wire, vec!["op1 op10 close[]"]);
    }
}
