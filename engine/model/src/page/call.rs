//! The calls that a page's functions make: a small program as data, so that it can be generated, shrunk and printed.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::dom::{JsString, Value};
use crate::trace::{
    Attribute, BinaryType, EventMember, EventType, FunctionId, HandlerValue, ListenerOptions, SignalId,
    WhichEvent,
};

/// What `send()` is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Data {
    /// A string.
    Text(JsString),
    /// The bytes of an `ArrayBuffer`.
    Binary(Cow<'static, [u8]>),
}

/// The object of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Receiver {
    /// `this`: the current target of the event whose listener is running.
    This,
    /// `ws0`, `ws1` and so on: the WebSockets in the order of their construction.
    Socket(u8),
    /// The global object.
    Global,
}

/// `CloseEventInit`, before its conversion.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CloseEventInit {
    /// `bubbles`
    pub bubbles: bool,
    /// `cancelable`
    pub cancelable: bool,
    /// `wasClean`
    pub was_clean: bool,
    /// `code`, converted to an unsigned short by taking it modulo 2^16 (IDL-08).
    pub code: Value,
    /// `reason`
    pub reason: Value,
    /// What makes the event.
    pub made_by: MadeBy,
}

/// What makes a `CloseEvent` of a page's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MadeBy {
    /// `new CloseEvent(type, init)`
    #[default]
    Constructor,
    /// `document.createEvent("CloseEvent")` and then `initCloseEvent` with all arguments, where there still is one
    /// (LEGACY-09, LEGACY-10).
    InitCloseEvent,
}

/// The argument of `dispatchEvent`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NewEvent {
    /// `new Event(type, {bubbles, cancelable})`
    Event {
        /// `type`
        event_type: EventType,
        /// `bubbles`
        bubbles: bool,
        /// `cancelable`
        cancelable: bool,
    },
    /// `new CloseEvent(type, init)`
    CloseEvent(EventType, CloseEventInit),
    /// The event whose listener is running.
    Current,
    /// The event that the page kept with [`Call::KeepEvent`].
    Kept,
}

/// One call of a function of the page.
///
/// An exception that a call ends with is caught by the page, which then goes on with the next one; `Throw` is not
/// caught.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// `new WebSocket(url, protocols)`
    Construct {
        /// The URL.
        url: JsString,
        /// The subprotocols.
        protocols: Vec<JsString>,
    },
    /// `new frame.WebSocket(url)`: the constructor of the page's frame, whose document the WebSocket belongs to.
    ConstructInFrame {
        /// The URL.
        url: JsString,
    },
    /// `frame.remove()`: the frame's document is destroyed.
    RemoveFrame,
    /// `self.close()` of a worker: no other task runs after this one.
    CloseWorker,
    /// `close(code, reason)`
    Close {
        /// The WebSocket.
        on: Receiver,
        /// `code`
        code: Value,
        /// `reason`
        reason: Value,
    },
    /// `send(data)`
    Send {
        /// The WebSocket.
        on: Receiver,
        /// `data`
        data: Data,
    },
    /// `addEventListener(type, function, options)`
    AddListener {
        /// The target.
        on: Receiver,
        /// `type`
        event_type: EventType,
        /// The callback.
        function: FunctionId,
        /// `options`
        options: ListenerOptions,
    },
    /// `removeEventListener(type, function, capture)`
    RemoveListener {
        /// The target.
        on: Receiver,
        /// `type`
        event_type: EventType,
        /// The callback.
        function: FunctionId,
        /// `capture`
        capture: bool,
    },
    /// `onclose = value` and its like.
    SetHandler {
        /// The target.
        on: Receiver,
        /// The type that the handler's name gives: not a custom one.
        event_type: EventType,
        /// The value.
        value: HandlerValue,
    },
    /// `dispatchEvent(event)`
    Dispatch {
        /// The target.
        on: Receiver,
        /// The event.
        event: NewEvent,
    },
    /// `event.stopPropagation()`
    StopPropagation,
    /// `event.stopImmediatePropagation()`
    StopImmediatePropagation,
    /// `event.preventDefault()`
    PreventDefault,
    /// `event.initEvent(type, bubbles, cancelable)`
    InitEvent {
        /// `type`
        event_type: EventType,
        /// `bubbles`
        bubbles: bool,
        /// `cancelable`
        cancelable: bool,
    },
    /// `kept = event`
    KeepEvent,
    /// `controllerN.abort()`
    Abort(SignalId),
    /// `queueMicrotask(function)`
    QueueMicrotask(FunctionId),
    /// `setTimeout(function, ms)`; a number from 2^31 on is a negative `long`, which is as good as 0.
    SetTimeout(FunctionId, u32),
    /// A message to the page itself through a message channel, whose handler is the function.
    PostMessage(FunctionId),
    /// Reads an attribute.
    Read(Receiver, Attribute),
    /// `binaryType = value`
    SetBinaryType(Receiver, BinaryType),
    /// `event.eventPhase` and its like.
    ReadEvent(WhichEvent, EventMember),
    /// Makes a note in the trace.
    Note(u8),
    /// `throw`
    Throw,
    /// `return false`
    ReturnFalse,
}

impl Call {
    /// The object on which the call is made, if it is one that a [`Receiver`] names.
    #[must_use]
    pub fn receiver(&self) -> Option<Receiver> {
        match self {
            Self::Close { on, .. }
            | Self::Send { on, .. }
            | Self::AddListener { on, .. }
            | Self::RemoveListener { on, .. }
            | Self::SetHandler { on, .. }
            | Self::Dispatch { on, .. }
            | Self::Read(on, _)
            | Self::SetBinaryType(on, _) => Some(*on),
            Self::Construct { .. }
            | Self::ConstructInFrame { .. }
            | Self::RemoveFrame
            | Self::CloseWorker
            | Self::StopPropagation
            | Self::StopImmediatePropagation
            | Self::PreventDefault
            | Self::InitEvent { .. }
            | Self::KeepEvent
            | Self::ReadEvent(..)
            | Self::Abort(_)
            | Self::QueueMicrotask(_)
            | Self::SetTimeout(..)
            | Self::PostMessage(_)
            | Self::Note(_)
            | Self::Throw
            | Self::ReturnFalse => None,
        }
    }

    /// The functions that the call names, whether they are there or not, in the order in which they are written.
    pub fn functions(&self) -> impl Iterator<Item = FunctionId> {
        let named = match self {
            Self::Close { code, reason, .. } => [code.function(), reason.function()],
            Self::Dispatch { event: NewEvent::CloseEvent(_, init), .. } => {
                [init.code.function(), init.reason.function()]
            }
            Self::AddListener { function, .. }
            | Self::RemoveListener { function, .. }
            | Self::SetHandler { value: HandlerValue::Function(function), .. }
            | Self::QueueMicrotask(function)
            | Self::SetTimeout(function, _)
            | Self::PostMessage(function) => [Some(*function), None],
            _ => [None, None],
        };
        named.into_iter().flatten()
    }

    /// As [`functions`](Self::functions), to name others.
    pub fn functions_mut(&mut self) -> impl Iterator<Item = &mut FunctionId> {
        let named = match self {
            Self::Close { code, reason, .. } => [code.function_mut(), reason.function_mut()],
            Self::Dispatch { event: NewEvent::CloseEvent(_, init), .. } => {
                [init.code.function_mut(), init.reason.function_mut()]
            }
            Self::AddListener { function, .. }
            | Self::RemoveListener { function, .. }
            | Self::SetHandler { value: HandlerValue::Function(function), .. }
            | Self::QueueMicrotask(function)
            | Self::SetTimeout(function, _)
            | Self::PostMessage(function) => [Some(function), None],
            Self::SetHandler { value: HandlerValue::Null | HandlerValue::NotCallable, .. }
            | Self::Dispatch { event: NewEvent::Event { .. } | NewEvent::Current | NewEvent::Kept, .. }
            | Self::Construct { .. }
            | Self::ConstructInFrame { .. }
            | Self::RemoveFrame
            | Self::CloseWorker
            | Self::Send { .. }
            | Self::StopPropagation
            | Self::StopImmediatePropagation
            | Self::PreventDefault
            | Self::InitEvent { .. }
            | Self::KeepEvent
            | Self::ReadEvent(..)
            | Self::Abort(_)
            | Self::Read(..)
            | Self::SetBinaryType(..)
            | Self::Note(_)
            | Self::Throw
            | Self::ReturnFalse => [None, None],
        };
        named.into_iter().flatten()
    }
}
