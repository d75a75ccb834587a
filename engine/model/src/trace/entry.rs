//! The alphabet of a trace: one entry for each thing that happened, made of plain ids and values.
//!
//! An invariant reads these entries and nothing else, and a recording of a real user agent is written in them,
//! so an entry says what was observable at that moment and never how the model came to it.

use super::event::{BinaryType, EventAttributes, EventMember, EventType, Interface, WhichEvent};
use super::vocabulary::{
    Attribute, Bound, Completion, DocumentId, DocumentState, EndpointTimer, Exception, FrameHead, FunctionId,
    Given, HandlerValue, ListenerOptions, Method, PeerEnd, ReadyState, Side, SignalId, SocketId, Target,
    Task, TcpEnd, ValueType, WorkerState,
};
use super::{Cause, PayloadId};

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "entry", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Entry {
    // The environment.
    /// Virtual time passes.
    Elapse {
        /// Microseconds since the entry before.
        by_us: u64,
    },
    /// The peer performs a step of its script.
    PeerStep {
        /// The connection.
        socket: SocketId,
        /// The position of the step in the peer's script.
        step: u8,
        /// How many bytes it writes.
        bytes: u32,
        /// How it ends its direction of TCP, if it does.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        end: Option<PeerEnd>,
    },

    // TCP, as seen by the endpoint.
    /// Bytes arrive, in one read.
    Rx {
        /// The connection.
        socket: SocketId,
        /// What arrived.
        bytes: PayloadId,
    },
    /// The peer's FIN arrives.
    RxFin {
        /// The connection.
        socket: SocketId,
    },
    /// The peer's RST arrives.
    RxRst {
        /// The connection.
        socket: SocketId,
    },
    /// We send FIN.
    TxFin {
        /// The connection.
        socket: SocketId,
    },
    /// The TCP connection is closed.
    TcpClosed {
        /// The connection.
        socket: SocketId,
        /// How.
        by: TcpEnd,
    },

    // The RFC 6455 endpoint.
    /// The opening handshake is written.
    Request {
        /// The connection.
        socket: SocketId,
        /// The nonce, by its number (HS-13).
        nonce: u8,
        /// The subprotocols asked for, separated by commas.
        protocols: PayloadId,
    },
    /// The connection is established.
    Established {
        /// The connection.
        socket: SocketId,
        /// The subprotocol in use.
        protocol: PayloadId,
    },
    /// A whole legal frame was received.
    RxFrame {
        /// The connection.
        socket: SocketId,
        /// Its first two bytes.
        head: FrameHead,
        /// Its payload, unmasked.
        payload: PayloadId,
    },
    /// A frame is written to the transport.
    TxFrame {
        /// The connection.
        socket: SocketId,
        /// Its first two bytes.
        head: FrameHead,
        /// Its payload, before masking.
        payload: PayloadId,
        /// The masking key, by its number (WIRE-11).
        mask: u8,
    },
    /// The closing handshake is started.
    ClosingStarted {
        /// The connection.
        socket: SocketId,
        /// Whose Close started it.
        by: Side,
    },
    /// The WebSocket connection is failed.
    Fail {
        /// The connection.
        socket: SocketId,
        /// Why.
        cause: Cause,
        /// For frames: the position of the deciding byte, counted from the first byte of the frame.
        at: u32,
    },
    /// The send buffer is flagged as full.
    Full {
        /// The connection.
        socket: SocketId,
    },
    /// A timer of the endpoint fires.
    TimerFired {
        /// The connection.
        socket: SocketId,
        /// Which.
        timer: EndpointTimer,
    },
    /// The WebSocket connection is closed (RFC 6455 section 7.1.4).
    Closed {
        /// The connection.
        socket: SocketId,
        /// Whether the closing handshake was complete before TCP ended.
        clean: bool,
        /// Whether the connection was failed or the send buffer flagged as full.
        error: bool,
        /// The connection close code.
        code: u16,
        /// The connection close reason.
        reason: PayloadId,
    },

    // The event loop.
    /// A task is queued.
    Enqueue {
        /// The task.
        task: Task,
    },
    /// A task begins to run.
    TaskBegin {
        /// The task.
        task: Task,
    },
    /// The running task's steps have ended.
    TaskEnd {
        /// The task.
        task: Task,
    },
    /// A microtask is queued.
    MicrotaskQueued {
        /// Its callback.
        function: FunctionId,
    },
    /// A microtask begins to run.
    MicrotaskBegin {
        /// Its callback.
        function: FunctionId,
    },
    /// The running microtask has ended.
    MicrotaskEnd {
        /// Its callback.
        function: FunctionId,
        /// How.
        completion: Completion,
    },
    /// A microtask checkpoint was performed: the microtask queue is empty.
    Checkpoint,
    /// An exception is reported for the global object.
    Report {
        /// What was thrown.
        exception: Exception,
    },

    // DOM objects.
    /// `readyState` changes.
    ReadyState {
        /// The WebSocket.
        socket: SocketId,
        /// From.
        old: ReadyState,
        /// To.
        new: ReadyState,
    },
    /// `protocol` and `extensions` are set.
    Attributes {
        /// The WebSocket.
        socket: SocketId,
        /// `protocol`
        protocol: PayloadId,
        /// `extensions`
        extensions: PayloadId,
    },
    /// An event is about to be dispatched.
    FireBegin {
        /// At what.
        target: Target,
        /// The event object's attributes.
        event: EventAttributes,
    },
    /// A listener's callback is called.
    Listener {
        /// The current target.
        target: Target,
        /// The event's type.
        event_type: EventType,
        /// The callback.
        function: FunctionId,
        /// Whether it is the first pass, that of the capturing listeners.
        capture: bool,
        /// Whether it is an event handler's listener.
        handler: bool,
        /// The target's `readyState`, if it has one.
        ready_state: ReadyState,
    },
    /// The callback of a listener has ended.
    ListenerEnd {
        /// The current target.
        target: Target,
        /// How.
        completion: Completion,
    },
    /// The dispatch has ended.
    FireEnd {
        /// At what.
        target: Target,
        /// The event's type.
        event_type: EventType,
        /// `defaultPrevented`
        default_prevented: bool,
    },

    // What the page calls.
    /// A method is called.
    CallBegin {
        /// On what: a WebSocket, which for the constructor is the one that is being made; for `dispatchEvent` also the
        /// global object.
        target: Target,
        /// The method.
        method: Method,
        /// `readyState` before the call.
        ready_state: ReadyState,
    },
    /// The arguments of the `close()` that was called last, after their conversion.
    CloseArguments {
        /// The WebSocket.
        socket: SocketId,
        /// Whether `code` is there.
        code: Given,
        /// Whether `reason` is there.
        reason: Given,
        /// `reason` as UTF-8.
        reason_utf8: PayloadId,
        /// `code` as the 64 bits of a double.
        code_bits: u64,
    },
    /// The argument of the `send()` that was called last.
    SendArgument {
        /// The WebSocket.
        socket: SocketId,
        /// Whether it is text.
        text: bool,
        /// The data; text as UTF-8.
        data: PayloadId,
    },
    /// The arguments of the constructor that was called last.
    ConstructorArguments {
        /// The WebSocket that is being made.
        socket: SocketId,
        /// The URL as it was given, as UTF-8.
        url: PayloadId,
        /// The subprotocols asked for, as UTF-8, separated by commas.
        protocols: PayloadId,
    },
    /// The method has returned or thrown.
    CallEnd {
        /// On what, as in [`CallBegin`](Self::CallBegin).
        target: Target,
        /// The method.
        method: Method,
        /// `readyState` after the call.
        ready_state: ReadyState,
        /// How.
        completion: Completion,
    },
    /// `addEventListener`
    AddListener {
        /// On what.
        target: Target,
        /// The event's type.
        event_type: EventType,
        /// The callback.
        function: FunctionId,
        /// The options.
        options: ListenerOptions,
    },
    /// `removeEventListener`
    RemoveListener {
        /// On what.
        target: Target,
        /// The event's type.
        event_type: EventType,
        /// The callback.
        function: FunctionId,
        /// `capture`
        capture: bool,
    },
    /// An event handler attribute is set.
    SetHandler {
        /// On what.
        target: Target,
        /// The event's type.
        event_type: EventType,
        /// The new value, after its conversion.
        value: HandlerValue,
    },
    /// `AbortController.abort()`
    Abort {
        /// The controller.
        signal: SignalId,
    },
    /// `stopPropagation()` or `stopImmediatePropagation()` on the event that is being dispatched.
    StopPropagation {
        /// Whether it was the immediate one.
        immediate: bool,
    },
    /// `preventDefault()` on the event that is being dispatched.
    PreventDefault,
    /// The page reads an attribute.
    Read {
        /// The WebSocket.
        socket: SocketId,
        /// Which.
        attribute: Attribute,
        /// What it read.
        value: u32,
    },
    /// The page makes a note of its own.
    Note {
        /// Which.
        note: u8,
    },

    // The end.
    /// The run came up against a bound of the model and ends.
    Bound {
        /// Which.
        bound: Bound,
    },
    /// Nothing more can happen: no task is runnable, nothing is under way, no timer is set.
    Quiescent,

    // Entries that were added later; the numbers of the others stay.
    /// The peer stops reading, or goes on. While it does not read, the transport takes nothing from our endpoint.
    PeerReads {
        /// The connection.
        socket: SocketId,
        /// Whether it reads from now on.
        reads: bool,
    },
    /// The page's function that converts an argument has ended (Web IDL; IDL-16).
    Converted {
        /// How it ended.
        completion: Completion,
    },
    /// The user agent performs a step of its list.
    AgentStep {
        /// The position of the step in the list.
        step: u8,
    },
    /// A WebSocket belongs to another document than the page's.
    Belongs {
        /// The WebSocket that is being made.
        socket: SocketId,
        /// The document.
        document: DocumentId,
    },
    /// A document comes to another state of its life.
    Document {
        /// The document.
        document: DocumentId,
        /// The state.
        state: DocumentState,
    },
    /// The page runs in a worker, which comes to another state of its life.
    Worker {
        /// How far.
        state: WorkerState,
    },
    /// A task that was queued is removed without being run: its document or worker is gone, or its WebSocket.
    Dropped {
        /// The task.
        task: Task,
    },
    /// The user agent makes a WebSocket disappear, because its document or worker is gone.
    Disappears {
        /// The WebSocket.
        socket: SocketId,
    },
    /// A WebSocket object is collected as garbage.
    Collected {
        /// The WebSocket.
        socket: SocketId,
    },
    /// The event that is fired next at the WebSocket was made before, and so says its `timeStamp`. Without this entry
    /// an event is made when it is fired.
    TimeStamp {
        /// The WebSocket.
        socket: SocketId,
        /// How long before, in microseconds; `u32::MAX` stands for that much or more.
        ago_us: u32,
    },
    /// `binaryType` is set.
    SetBinaryType {
        /// The WebSocket.
        socket: SocketId,
        /// The new value.
        value: BinaryType,
    },
    /// The page looks at where an event is in its dispatch.
    ReadEvent {
        /// The event.
        event: WhichEvent,
        /// What of it.
        member: EventMember,
        /// What it read.
        value: u8,
    },
    /// `setTimeout`
    SetTimeout {
        /// Its callback.
        function: FunctionId,
        /// After how many milliseconds, as script says it: a number from 2^31 on is a negative `long`, and means 0.
        delay_ms: u32,
    },
    /// Script makes an event, which is dispatched for the first time next: what its constructor was given.
    EventInit {
        /// The event's type.
        event_type: EventType,
        /// Its interface: `Event` or `CloseEvent`.
        #[cfg_attr(feature = "serde", serde(flatten))]
        interface: Interface,
        /// `bubbles`
        bubbles: bool,
        /// `cancelable`
        cancelable: bool,
        /// `wasClean` of a CloseEvent, else false.
        was_clean: bool,
        /// `reason` of a CloseEvent as UTF-8, else empty.
        reason: PayloadId,
    },
    /// The `code` of the CloseEvent that was made last.
    EventInitCode {
        /// Whether it is there.
        code: Given,
        /// The code as the 64 bits of a double.
        code_bits: u64,
    },
    /// A value that script passes, and that is no Number, is converted to one.
    ToNumber {
        /// What kind of value it is.
        from: ValueType,
        /// A Number as the 64 bits of a double, a BigInt as those of an integer, a String as its code units of 16 bits,
        /// the higher byte first; else empty.
        given: PayloadId,
        /// Whether the conversion throws a TypeError.
        throws: bool,
        /// The Number as the 64 bits of a double.
        bits: u64,
    },
    /// A value that script passes, and that is no string of printable ASCII, is
    /// converted to a string of Unicode scalar values (Web IDL, `USVString`).
    ToUsvString {
        /// What kind of value it is.
        from: ValueType,
        /// The value, as in [`ToNumber`](Self::ToNumber).
        given: PayloadId,
        /// Whether the conversion throws a TypeError.
        throws: bool,
        /// The string as UTF-8.
        utf8: PayloadId,
    },
    /// The page's function that a task called has ended: the first script, that of a timer or of a posted message.
    ScriptEnd {
        /// How it ended.
        completion: Completion,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Entry>() <= 16, "{}", size_of::<Entry>());
    }
}
