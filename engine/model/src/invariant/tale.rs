//! Traces made by hand, for tests: small words for what the world emits, in the order in which it emits it.

use alloc::vec::Vec;

use super::{Judgement, judge};
use crate::profile::Profile;
use crate::trace::{
    Cause, Completion, Entry, EventAttributes, EventType, Exception, FrameHead, FunctionId, Given,
    HandlerValue, Interface, ListenerOptions, MessageData, Method, PayloadId, ReadyState, Side, SocketId,
    Target, Task, TcpEnd, Trace,
};
use crate::wire::handshake;

pub(super) const S: SocketId = SocketId(0);
pub(super) const WS: Target = Target::Socket(S);

/// A trace under way.
pub(super) struct Tale {
    pub(super) trace: Trace,
    pub(super) profile: Profile,
    state: ReadyState,
}

impl Tale {
    pub(super) fn new() -> Self {
        Self { trace: Trace::new(), profile: Profile::STANDARD, state: ReadyState::Connecting }
    }

    pub(super) fn judge(&self) -> Judgement {
        judge(&self.trace, &self.profile)
    }

    pub(super) fn id(&mut self, bytes: &[u8]) -> PayloadId {
        self.trace.payloads.intern(bytes).expect("room")
    }

    pub(super) fn add(&mut self, entry: Entry) -> &mut Self {
        self.trace.emit(entry);
        self
    }

    /// Replaces the first entry that is equal to `old`.
    pub(super) fn replace(&mut self, old: impl Fn(&Entry) -> bool, new: Entry) {
        let place = self.place(old);
        self.trace.entries[place] = new;
    }

    /// Changes the first event that script dispatches.
    pub(super) fn change_event(&mut self, change: impl Fn(&mut EventAttributes)) {
        self.change(|entry| match entry {
            Entry::FireBegin { event, .. } if !event.is_trusted => {
                change(event);
                true
            }
            _ => false,
        });
    }

    pub(super) fn change(&mut self, change: impl Fn(&mut Entry) -> bool) {
        assert!(self.trace.entries.iter_mut().any(change), "nothing to change");
    }

    pub(super) fn remove(&mut self, old: impl Fn(&Entry) -> bool) -> Entry {
        let place = self.place(old);
        self.trace.entries.remove(place)
    }

    pub(super) fn after(&mut self, old: impl Fn(&Entry) -> bool, new: Entry) {
        let place = self.place(old);
        self.trace.entries.insert(place + 1, new);
    }

    pub(super) fn before(&mut self, old: impl Fn(&Entry) -> bool, new: Entry) {
        let place = self.place(old);
        self.trace.entries.insert(place, new);
    }

    pub(super) fn place(&self, is_it: impl Fn(&Entry) -> bool) -> usize {
        self.trace.entries.iter().position(is_it).expect("an entry like that")
    }

    pub(super) fn set(&mut self, new: ReadyState) -> &mut Self {
        let old = self.state;
        self.state = new;
        self.add(Entry::ReadyState { socket: S, old, new })
    }

    /// A task and its checkpoint.
    pub(super) fn task(&mut self, task: Task, steps: impl FnOnce(&mut Self)) -> &mut Self {
        self.add(Entry::TaskBegin { task });
        steps(self);
        if matches!(task, Task::Script | Task::Timer(_) | Task::PostedMessage(_)) {
            self.add(Entry::ScriptEnd { completion: Completion::Normal });
        }
        self.add(Entry::TaskEnd { task }).add(Entry::Checkpoint)
    }

    /// The first script: makes the WebSocket and does what `more` does.
    pub(super) fn script(&mut self, more: impl FnOnce(&mut Self)) -> &mut Self {
        self.add(Entry::Enqueue { task: Task::Script });
        self.task(Task::Script, |t| {
            t.construct(S);
            more(t);
        })
    }

    pub(super) fn construct(&mut self, socket: SocketId) -> &mut Self {
        let (target, method, ready_state) =
            (Target::Socket(socket), Method::Constructor, ReadyState::Connecting);
        let url = self.id(b"ws://h/");
        self.add(Entry::CallBegin { target, method, ready_state });
        self.add(Entry::ConstructorArguments { socket, url, protocols: PayloadId::EMPTY });
        self.add(Entry::CallEnd { target, method, ready_state, completion: Completion::Normal })
    }

    pub(super) fn request(&mut self) -> &mut Self {
        self.add(Entry::Request { socket: S, nonce: 1, protocols: PayloadId::EMPTY })
    }

    pub(super) fn response(nonce: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        handshake::response(&mut bytes, nonce, None);
        bytes
    }

    /// Script, request, response, and the open task.
    pub(super) fn opened(more: impl FnOnce(&mut Self)) -> Self {
        let mut tale = Self::established(more);
        tale.open_task(|_| ());
        tale
    }

    pub(super) fn established(more: impl FnOnce(&mut Self)) -> Self {
        let mut tale = Self::new();
        tale.script(more).request();
        tale.rx(&Self::response(1));
        tale.add(Entry::Established { socket: S, protocol: PayloadId::EMPTY });
        tale.add(Entry::Enqueue { task: Task::Open(S) });
        tale
    }

    pub(super) fn open_task(&mut self, listeners: impl FnOnce(&mut Self)) -> &mut Self {
        self.task(Task::Open(S), |t| {
            t.set(ReadyState::Open);
            t.add(Entry::Attributes { socket: S, protocol: PayloadId::EMPTY, extensions: PayloadId::EMPTY });
            t.fire(EventType::Open, listeners);
        })
    }

    pub(super) fn rx(&mut self, bytes: &[u8]) -> &mut Self {
        let bytes = self.id(bytes);
        self.add(Entry::Rx { socket: S, bytes })
    }

    /// A short frame in a read of its own.
    pub(super) fn frame(&mut self, first: u8, payload: &[u8]) -> &mut Self {
        let mut bytes = Vec::from([first, payload.len() as u8]);
        bytes.extend(payload);
        self.rx(&bytes);
        self.rx_frame(first, payload)
    }

    pub(super) fn rx_frame(&mut self, first: u8, payload: &[u8]) -> &mut Self {
        let head = FrameHead { first, second: payload.len() as u8 };
        let payload = self.id(payload);
        self.add(Entry::RxFrame { socket: S, head, payload })
    }

    pub(super) fn tx(&mut self, first: u8, payload: &[u8]) -> &mut Self {
        let entry = self.tx_entry(first, payload);
        self.add(entry)
    }

    pub(super) fn tx_entry(&mut self, first: u8, payload: &[u8]) -> Entry {
        let head = FrameHead { first, second: 0x80 | payload.len() as u8 };
        Entry::TxFrame { socket: S, head, payload: self.id(payload), mask: 0 }
    }

    pub(super) fn start(&mut self, by: Side) -> &mut Self {
        self.add(Entry::ClosingStarted { socket: S, by });
        self.add(Entry::Enqueue { task: Task::Closing(S) })
    }

    /// The peer's Close and our answer.
    pub(super) fn peer_closes(&mut self, body: &[u8]) -> &mut Self {
        self.frame(0x88, body).start(Side::Peer).tx(0x88, body)
    }

    pub(super) fn closing_task(&mut self) -> &mut Self {
        self.task(Task::Closing(S), |t| {
            if t.state < ReadyState::Closing {
                t.set(ReadyState::Closing);
            }
        })
    }

    pub(super) fn fail(&mut self, cause: Cause, at: u32) -> &mut Self {
        self.add(Entry::Fail { socket: S, cause, at })
    }

    pub(super) fn rx_fin(&mut self) -> &mut Self {
        self.add(Entry::RxFin { socket: S })
    }

    /// FIN from us and the end.
    pub(super) fn ends(
        &mut self,
        by: TcpEnd,
        clean: bool,
        error: bool,
        code: u16,
        reason: &[u8],
    ) -> &mut Self {
        self.add(Entry::TxFin { socket: S });
        self.closed(by, clean, error, code, reason)
    }

    pub(super) fn closed(
        &mut self,
        by: TcpEnd,
        clean: bool,
        error: bool,
        code: u16,
        reason: &[u8],
    ) -> &mut Self {
        let reason = self.id(reason);
        self.add(Entry::TcpClosed { socket: S, by });
        self.add(Entry::Closed { socket: S, clean, error, code, reason });
        self.add(Entry::Enqueue { task: Task::Closed(S) })
    }

    /// The closed task, with what the closed entry said.
    pub(super) fn closed_task(&mut self, listeners: impl FnOnce(&mut Self)) -> &mut Self {
        let said = self.trace.entries.iter().rev().find_map(|entry| match *entry {
            Entry::Closed { clean, error, code, reason, .. } => Some((clean, error, code, reason)),
            _ => None,
        });
        let (was_clean, error, code, text) = said.expect("it is closed");
        self.task(Task::Closed(S), |t| {
            t.set(ReadyState::Closed);
            if error {
                t.fire(EventType::Error, |_| ());
            }
            let interface = Interface::CloseEvent;
            let event = EventAttributes { was_clean, code, text, interface, ..trusted(EventType::Close) };
            t.dispatch(WS, event, listeners);
        })
    }

    pub(super) fn fire(&mut self, event_type: EventType, listeners: impl FnOnce(&mut Self)) -> &mut Self {
        self.dispatch(WS, trusted(event_type), listeners)
    }

    pub(super) fn dispatch(
        &mut self,
        target: Target,
        event: EventAttributes,
        listeners: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.add(Entry::FireBegin { target, event });
        listeners(self);
        self.add(Entry::FireEnd { target, event_type: event.event_type, default_prevented: false })
    }

    /// Script makes an event with these attributes, and dispatches it.
    pub(super) fn dispatch_made(
        &mut self,
        attributes: EventAttributes,
        listeners: impl FnOnce(&mut Self),
    ) -> &mut Self {
        let event = EventAttributes { is_trusted: false, ..attributes };
        let EventAttributes { event_type, interface, bubbles, cancelable, was_clean, .. } = event;
        let reason = event.text;
        self.add(Entry::EventInit { event_type, interface, bubbles, cancelable, was_clean, reason });
        self.call(Method::DispatchEvent, Completion::Normal, |t| {
            t.dispatch(WS, event, listeners);
        })
    }

    pub(super) fn message_task(&mut self, data: MessageData, bytes: &[u8]) -> &mut Self {
        let text = self.id(bytes);
        self.task(Task::Message(S), |t| {
            let interface = Interface::MessageEvent { data };
            let event = EventAttributes { text, interface, ..trusted(EventType::Message) };
            t.dispatch(WS, event, |_| ());
        })
    }

    pub(super) fn call(
        &mut self,
        method: Method,
        completion: Completion,
        steps: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.add(Entry::CallBegin { target: WS, method, ready_state: self.state });
        steps(self);
        self.add(Entry::CallEnd { target: WS, method, ready_state: self.state, completion })
    }

    pub(super) fn arguments(&mut self, code: Option<f64>, reason: Option<&[u8]>) -> &mut Self {
        let given = |is_there: bool| if is_there { Given::Present } else { Given::Missing };
        let reason_utf8 = self.id(reason.unwrap_or_default());
        self.add(Entry::CloseArguments {
            socket: S,
            code: given(code.is_some()),
            reason: given(reason.is_some()),
            reason_utf8,
            code_bits: code.unwrap_or_default().to_bits(),
        })
    }

    /// `close(code, reason)` on an open connection, with the frame that it writes.
    pub(super) fn close(&mut self, code: Option<f64>, reason: Option<&[u8]>, body: &[u8]) -> &mut Self {
        self.call(Method::Close, Completion::Normal, |t| {
            t.arguments(code, reason).start(Side::Us).tx(0x88, body).set(ReadyState::Closing);
        })
    }

    pub(super) fn close_that_throws(&mut self, code: f64, reason: &[u8], exception: Exception) -> &mut Self {
        self.call(Method::Close, Completion::Threw(exception), |t| {
            t.arguments(Some(code), Some(reason));
        })
    }

    pub(super) fn close_without_effect(&mut self) -> &mut Self {
        self.call(Method::Close, Completion::Normal, |t| {
            t.arguments(None, None);
        })
    }

    pub(super) fn send(
        &mut self,
        data: &[u8],
        completion: Completion,
        more: impl FnOnce(&mut Self),
    ) -> &mut Self {
        let data = self.id(data);
        self.call(Method::Send, completion, |t| {
            t.add(Entry::SendArgument { socket: S, text: true, data });
            more(t);
        })
    }

    /// A timer's task, in which script runs.
    pub(super) fn timer(&mut self, steps: impl FnOnce(&mut Self)) -> &mut Self {
        self.set_timeout(9, 0).fires(9).task(Task::Timer(FunctionId(9)), steps)
    }

    pub(super) fn set_timeout(&mut self, function: u8, delay_ms: u32) -> &mut Self {
        self.add(Entry::SetTimeout { function: FunctionId(function), delay_ms })
    }

    /// The task of a timer is queued.
    pub(super) fn fires(&mut self, function: u8) -> &mut Self {
        self.add(Entry::Enqueue { task: Task::Timer(FunctionId(function)) })
    }

    pub(super) fn listen(&mut self, function: u8, options: ListenerOptions) -> &mut Self {
        let (event_type, function) = (EventType::Close, FunctionId(function));
        self.add(Entry::AddListener { target: WS, event_type, function, options })
    }

    pub(super) fn handle(&mut self, function: u8) -> &mut Self {
        let value = HandlerValue::Function(FunctionId(function));
        self.add(Entry::SetHandler { target: WS, event_type: EventType::Close, value })
    }

    /// A listener for `close` is called: `c` with capture, `h` as a handler.
    pub(super) fn called(&mut self, function: u8, kind: &str, steps: impl FnOnce(&mut Self)) -> &mut Self {
        self.enter(function, kind);
        steps(self);
        self.leave(Completion::Normal)
    }

    pub(super) fn enter(&mut self, function: u8, kind: &str) -> &mut Self {
        self.add(Entry::Listener {
            target: WS,
            event_type: EventType::Close,
            function: FunctionId(function),
            capture: kind == "c",
            handler: kind == "h",
            ready_state: self.state,
        })
    }

    pub(super) fn leave(&mut self, completion: Completion) -> &mut Self {
        self.add(Entry::ListenerEnd { target: WS, completion })
    }

    pub(super) fn quiescent(&mut self) -> &mut Self {
        self.add(Entry::Quiescent)
    }
}

pub(super) fn trusted(event_type: EventType) -> EventAttributes {
    EventAttributes { event_type, is_trusted: true, ..EventAttributes::default() }
}

pub(super) const NO_OPTIONS: ListenerOptions =
    ListenerOptions { capture: false, once: false, passive: false, signal: None };

pub(super) const CAPTURE: ListenerOptions = ListenerOptions { capture: true, ..NO_OPTIONS };
