//! What a page does: a script that constructs a WebSocket and listens, and the functions that it listens with.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::peer::Connection;
use super::weights::table;
use super::{Draw, bytes, one};
use crate::page::{Call, CloseEventInit, Data, NewEvent, Receiver, Value};
use crate::scenario::palette::{
    PAYLOADS, PAYLOADS_CHEAP, PRIMITIVES, PROTOCOL_LISTS, PROTOCOL_LISTS_GOOD, TEXTS, TIMES_MS, URLS,
    URLS_FETCHED, URLS_GOOD, VALUES,
};
use crate::trace::{Attribute, EventType, FunctionId, HandlerValue, ListenerOptions, SignalId};

/// Functions of a generated page. Number 0 is the script that runs first, the next four listen and are called as
/// microtasks, timers and conversions, and the last one is called by a timer of the first script alone: it may
/// dispatch what the others listen to, and no circle comes about.
const FUNCTIONS: usize = 6;
const LISTENERS: u8 = 4;
const LAST: FunctionId = FunctionId(5);

const UA_TYPES: [EventType; 4] = [EventType::Close, EventType::Open, EventType::Message, EventType::Error];

#[derive(Debug, Clone, Copy)]
enum Body {
    Close,
    Send,
    Read,
    Note,
    SetHandler,
    Listen,
    Unlisten,
    DispatchCustom,
    DispatchCurrent,
    DispatchKept,
    StopPropagation,
    StopImmediatePropagation,
    PreventDefault,
    InitEvent,
    KeepEvent,
    Abort,
    Microtask,
    Timeout,
    PostMessage,
    Throw,
    ReturnFalse,
    Construct,
}

static BODIES: [Body; 256] = table(&[
    (Body::Close, 62),
    (Body::Send, 22),
    (Body::Read, 18),
    (Body::Note, 22),
    (Body::SetHandler, 18),
    (Body::Listen, 18),
    (Body::Unlisten, 8),
    (Body::DispatchCustom, 6),
    (Body::DispatchCurrent, 4),
    (Body::DispatchKept, 5),
    (Body::StopPropagation, 5),
    (Body::StopImmediatePropagation, 8),
    (Body::PreventDefault, 4),
    (Body::InitEvent, 2),
    (Body::KeepEvent, 8),
    (Body::Abort, 6),
    (Body::Microtask, 14),
    (Body::Timeout, 10),
    (Body::PostMessage, 4),
    (Body::Throw, 6),
    (Body::ReturnFalse, 4),
    (Body::Construct, 2),
]);

/// Calls of one function.
static BODY_COUNTS: [u8; 256] = table(&[(0, 16), (1, 110), (2, 80), (3, 40), (5, 10)]);

/// A function that comes after `from`, so that what calls itself later ends; once in a long while, any listener.
#[inline]
fn later(from: u8, byte: u8, draw: &mut impl Draw) -> Option<FunctionId> {
    if byte == 0xff && draw.below(8) == 0 {
        return Some(FunctionId(1 + (draw.below(u32::from(LISTENERS)) as u8)));
    }
    let rest = LISTENERS.checked_sub(from).filter(|&rest| rest > 0)?;
    Some(FunctionId(from + 1 + byte % rest))
}

#[inline]
fn listener(byte: u8) -> FunctionId {
    FunctionId(1 + byte % LISTENERS)
}

#[inline]
fn receiver(byte: u8) -> Receiver {
    match byte & 0x1f {
        0..0x12 => Receiver::Socket(0),
        0x12..0x1d => Receiver::This,
        0x1d => Receiver::Socket(1),
        0x1e if byte < 0x80 => Receiver::Global,
        _ => Receiver::Socket(0),
    }
}

/// An argument of `close()`.
#[inline]
pub(in crate::scenario) fn value(from: u8, byte: u8, draw: &mut impl Draw) -> Value {
    if byte >= 0xf4
        && let Some(function) = later(from, byte, draw)
    {
        return Value::Object(function, one_of(PRIMITIVES, draw));
    }
    VALUES[usize::from(byte) % VALUES.len()].clone()
}

#[inline]
fn one_of<T: Clone>(values: &[T], draw: &mut impl Draw) -> T {
    values[draw.below(values.len() as u32) as usize].clone()
}

/// `close()` as pages call it, and with everything that it must refuse.
#[inline]
fn close(on: Receiver, from: u8, [kind, a, b]: [u8; 3], draw: &mut impl Draw) -> Call {
    let (code, reason) = match kind {
        0..70 => (Value::Undefined, Value::Undefined),
        70..120 => (VALUES[1].clone(), Value::Undefined),
        120..170 => (VALUES[1 + usize::from(a) % 3].clone(), text(b)),
        170..220 => (value(from, a, draw), Value::Undefined),
        220..228 => (Value::Undefined, text(b)),
        _ => (value(from, a, draw), value(from, b, draw)),
    };
    Call::Close { on, code, reason }
}

#[inline]
fn text(byte: u8) -> Value {
    let place = if byte < 0x60 { 1 } else { usize::from(byte) % TEXTS.len() };
    Value::String(Cow::Borrowed(TEXTS[place]))
}

#[inline]
fn send(on: Receiver, [kind, a, _]: [u8; 3]) -> Call {
    let data = if kind & 3 == 0 {
        Data::Binary(Cow::Borrowed(PAYLOADS[usize::from(a) % PAYLOADS_CHEAP]))
    } else if a < 0xc0 {
        Data::Text(Cow::Borrowed(TEXTS[usize::from(a & 3)]))
    } else {
        Data::Text(Cow::Borrowed(TEXTS[usize::from(a) % TEXTS.len()]))
    };
    Call::Send { on, data }
}

#[inline]
fn options(byte: u8) -> ListenerOptions {
    let [capture, once, passive] = [byte & 3 == 0, byte & 12 == 0, byte & 0x70 == 0];
    ListenerOptions { capture, once, passive, signal: (byte >= 0xc0).then_some(SignalId(byte & 1)) }
}

#[inline]
fn construct(byte: u8, second: u8) -> (Call, Option<Connection>) {
    let url = match byte {
        0..226 => 0,
        226..246 => usize::from(byte) % URLS_GOOD,
        246..248 => URLS_GOOD + usize::from(second) % (URLS_FETCHED - URLS_GOOD),
        _ => URLS_FETCHED + usize::from(second) % (URLS.len() - URLS_FETCHED),
    };
    let list = match second {
        0..216 => 0,
        216..252 => 1 + usize::from(second) % (PROTOCOL_LISTS_GOOD - 1),
        _ => PROTOCOL_LISTS_GOOD + usize::from(byte) % (PROTOCOL_LISTS.len() - PROTOCOL_LISTS_GOOD),
    };
    let protocols = match list {
        0 => Vec::new(),
        _ => PROTOCOL_LISTS[list].iter().map(|&protocol| Cow::Borrowed(protocol)).collect(),
    };
    let connection = match list {
        _ if url >= URLS_FETCHED || list >= PROTOCOL_LISTS_GOOD => None,
        0 => Some(Connection::Plain),
        _ => Some(Connection::Asks(list as u8)),
    };
    (Call::Construct { url: Cow::Borrowed(URLS[url]), protocols }, connection)
}

/// One call in the function `from`.
#[inline]
fn body(from: u8, draw: &mut impl Draw) -> Call {
    let [kind, a, b] = bytes(draw);
    let on = receiver(a);
    let event_type = UA_TYPES[usize::from(b & 3)];
    let custom = EventType::Custom(b >> 5 & 1);
    match BODIES[usize::from(kind)] {
        Body::Close => close(on, from, bytes(draw), draw),
        Body::Send => send(on, bytes(draw)),
        Body::Read => {
            let attributes = [
                Attribute::ReadyState,
                Attribute::BufferedAmount,
                Attribute::BufferedAmount,
                Attribute::Protocol,
                Attribute::ReadyState,
                Attribute::Extensions,
            ];
            Call::Read(on, attributes[usize::from(b) % attributes.len()])
        }
        Body::Note => Call::Note(b & 7),
        Body::SetHandler => {
            let value = match a >> 5 {
                0 | 1 => HandlerValue::Null,
                2 if b >= 0xc0 => HandlerValue::NotCallable,
                _ => HandlerValue::Function(listener(b >> 2)),
            };
            Call::SetHandler { on, event_type, value }
        }
        Body::Listen => {
            let event_type = if b >= 0xf0 { custom } else { event_type };
            Call::AddListener { on, event_type, function: listener(b >> 2), options: options(kind ^ a) }
        }
        Body::Unlisten => {
            Call::RemoveListener { on, event_type, function: listener(b >> 2), capture: a & 0x60 == 0 }
        }
        Body::DispatchCustom => {
            let event = NewEvent::Event { event_type: custom, bubbles: b & 1 == 0, cancelable: b & 2 == 0 };
            Call::Dispatch { on, event }
        }
        Body::DispatchCurrent => Call::Dispatch { on, event: NewEvent::Current },
        Body::DispatchKept => Call::Dispatch { on, event: NewEvent::Kept },
        Body::StopPropagation => Call::StopPropagation,
        Body::StopImmediatePropagation => Call::StopImmediatePropagation,
        Body::PreventDefault => Call::PreventDefault,
        Body::InitEvent => {
            let event_type = if b & 0x10 == 0 { custom } else { event_type };
            Call::InitEvent { event_type, bubbles: b & 4 == 0, cancelable: b & 8 == 0 }
        }
        Body::KeepEvent => Call::KeepEvent,
        Body::Abort => Call::Abort(SignalId(b & 1)),
        Body::Microtask => later(from, b, draw).map_or(Call::Note(b & 7), Call::QueueMicrotask),
        Body::Timeout => later(from, b, draw)
            .map_or(Call::KeepEvent, |function| Call::SetTimeout(function, TIMES_MS[usize::from(a % 12)])),
        Body::PostMessage => later(from, b, draw).map_or(Call::Note(b & 7), Call::PostMessage),
        Body::Throw => Call::Throw,
        Body::ReturnFalse => Call::ReturnFalse,
        Body::Construct => construct(a, b).0,
    }
}

/// An event that a page makes up, of a type that the user agent fires too.
#[inline]
fn synthetic(on: Receiver, draw: &mut impl Draw) -> Call {
    let [kind, a, b] = bytes(draw);
    let (bubbles, cancelable) = (kind & 1 == 0, kind & 2 == 0);
    let event_type = UA_TYPES[usize::from(kind >> 6)];
    if kind & 4 == 0 {
        return Call::Dispatch { on, event: NewEvent::Event { event_type, bubbles, cancelable } };
    }
    let event_type = if kind & 0x30 == 0 { event_type } else { EventType::Close };
    let init = CloseEventInit {
        bubbles,
        cancelable,
        was_clean: kind & 8 == 0,
        code: VALUES[usize::from(a) % VALUES.len()].clone(),
        reason: if b & 1 == 0 { text(b) } else { VALUES[usize::from(b) % VALUES.len()].clone() },
    };
    Call::Dispatch { on, event: NewEvent::CloseEvent(event_type, init) }
}

#[derive(Debug, Clone, Copy)]
enum Extra {
    Close,
    Send,
    Read,
    Timeout,
    LastTimeout,
    Microtask,
    PostMessage,
    Construct,
    Synthetic,
    ReportErrors,
    CustomListener,
    DoubleListener,
    NullThenSet,
    NotCallable,
    Unlisten,
    Abort,
    Note,
    Throw,
    ReturnFalse,
}

static EXTRAS: [Extra; 256] = table(&[
    (Extra::Close, 7),
    (Extra::Send, 5),
    (Extra::Read, 16),
    (Extra::Timeout, 48),
    (Extra::LastTimeout, 34),
    (Extra::Microtask, 18),
    (Extra::PostMessage, 10),
    (Extra::Construct, 40),
    (Extra::Synthetic, 8),
    (Extra::ReportErrors, 14),
    (Extra::CustomListener, 10),
    (Extra::DoubleListener, 14),
    (Extra::NullThenSet, 8),
    (Extra::NotCallable, 4),
    (Extra::Unlisten, 5),
    (Extra::Abort, 4),
    (Extra::Note, 7),
    (Extra::Throw, 2),
    (Extra::ReturnFalse, 2),
]);

static EXTRA_COUNTS: [u8; 256] = table(&[(0, 64), (1, 96), (2, 64), (3, 32)]);

/// The connections that the first script asks for, in order; they say what the peers answer.
#[derive(Debug)]
pub(super) struct Connections {
    kinds: [Connection; 3],
    len: u8,
}

impl Connections {
    fn push(&mut self, connection: Option<Connection>) {
        let slot = self.kinds.get_mut(usize::from(self.len));
        if let (Some(slot), Some(connection)) = (slot, connection) {
            *slot = connection;
            self.len += 1;
        }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.len)
    }
}

impl IntoIterator for Connections {
    type Item = Connection;
    type IntoIter = core::iter::Take<core::array::IntoIter<Connection, 3>>;

    fn into_iter(self) -> Self::IntoIter {
        let len = self.len();
        self.kinds.into_iter().take(len)
    }
}

#[inline]
fn extra(calls: &mut Vec<Call>, connections: &mut Connections, draw: &mut impl Draw) {
    let [kind, a, b] = bytes(draw);
    let on = Receiver::Socket(0);
    let event_type = UA_TYPES[usize::from(b & 3)];
    let function = listener(b >> 2);
    let ms = TIMES_MS[usize::from(a % 12)];
    match EXTRAS[usize::from(kind)] {
        Extra::Close => calls.push(close(on, 0, bytes(draw), draw)),
        Extra::Send => calls.push(send(on, bytes(draw))),
        Extra::Read => calls
            .push(Call::Read(on, if b & 1 == 0 { Attribute::ReadyState } else { Attribute::BufferedAmount })),
        Extra::Timeout => calls.push(Call::SetTimeout(function, ms)),
        Extra::LastTimeout => calls.push(Call::SetTimeout(LAST, ms)),
        Extra::Microtask => calls.push(Call::QueueMicrotask(function)),
        Extra::PostMessage => calls.push(Call::PostMessage(function)),
        Extra::Construct => {
            let (call, connection) = construct(a, b);
            calls.push(call);
            connections.push(connection);
            if a & 1 == 0 {
                let value = HandlerValue::Function(listener(a >> 1));
                calls.push(Call::SetHandler { on: Receiver::Socket(1), event_type: EventType::Close, value });
            }
            if a >= 0xe0 {
                // The first one was in the way of the second (HS-14).
                calls.push(Call::Close { on, code: Value::Undefined, reason: Value::Undefined });
            }
        }
        Extra::Synthetic => calls.push(synthetic(on, draw)),
        Extra::ReportErrors => {
            let options = ListenerOptions::default();
            let event_type = EventType::Error;
            calls.push(Call::AddListener { on: Receiver::Global, event_type, function, options });
        }
        Extra::CustomListener => {
            let event_type = EventType::Custom(b & 1);
            calls.push(Call::AddListener { on, event_type, function, options: options(a) });
        }
        Extra::DoubleListener => {
            let first = options(a);
            let second = if kind & 1 == 0 { first } else { options(a ^ 3) };
            calls.push(Call::AddListener { on, event_type, function, options: first });
            calls.push(Call::AddListener { on, event_type, function, options: second });
        }
        Extra::NullThenSet => {
            calls.push(Call::SetHandler { on, event_type, value: HandlerValue::Null });
            calls.push(Call::SetHandler { on, event_type, value: HandlerValue::Function(function) });
        }
        Extra::NotCallable => {
            calls.push(Call::SetHandler { on, event_type, value: HandlerValue::NotCallable });
        }
        Extra::Unlisten => calls.push(Call::RemoveListener { on, event_type, function, capture: a & 3 == 0 }),
        Extra::Abort => calls.push(Call::Abort(SignalId(b & 1))),
        Extra::Note => calls.push(Call::Note(b & 7)),
        Extra::Throw => calls.push(Call::Throw),
        Extra::ReturnFalse => calls.push(Call::ReturnFalse),
    }
}

/// The script that runs first.
#[inline]
fn main(calls: &mut Vec<Call>, draw: &mut impl Draw) -> Connections {
    let mut connections = Connections { kinds: [Connection::Plain; 3], len: 0 };
    let [a, b, again] = bytes(draw);
    let (call, connection) = construct(a, b);
    calls.push(call);
    connections.push(connection);
    if connection.is_none() && again >= 0x20 {
        // A page that is told of its mistake goes on with a good URL.
        let (call, connection) = construct(0, again);
        calls.push(call);
        connections.push(connection);
    }
    let on = Receiver::Socket(0);
    let [how, which, options_byte] = bytes(draw);
    let [functions, more, _] = bytes(draw);
    for (index, event_type) in UA_TYPES.into_iter().enumerate() {
        // Almost always something hears of the close, the other events go unheard in half of the runs.
        let is_heard = if index == 0 { how >= 8 } else { which >> index & 1 == 0 };
        if !is_heard {
            continue;
        }
        let function = FunctionId(1 + (functions >> (2 * index)) % LISTENERS);
        calls.push(if how >> index & 0x11 == 0 {
            Call::AddListener {
                on,
                event_type,
                function,
                options: options(options_byte.rotate_left(index as u32)),
            }
        } else {
            Call::SetHandler { on, event_type, value: HandlerValue::Function(function) }
        });
    }
    for _ in 0..EXTRA_COUNTS[usize::from(more)] {
        extra(calls, &mut connections, draw);
    }
    connections
}

/// Fills `functions` and says which connections the first script asks for.
pub(super) fn generate(functions: &mut Vec<Vec<Call>>, draw: &mut impl Draw) -> Connections {
    if functions.len() != FUNCTIONS {
        functions.resize_with(FUNCTIONS, Vec::new);
    }
    for calls in functions.iter_mut() {
        calls.clear();
    }
    let connections = main(&mut functions[0], draw);
    let counts = draw.below(u32::MAX).to_le_bytes();
    for (from, count) in (1..=LISTENERS).zip(counts) {
        let calls = &mut functions[usize::from(from)];
        for _ in 0..BODY_COUNTS[usize::from(count)] {
            calls.push(body(from, draw));
        }
    }
    if functions[0].iter().any(|call| matches!(call, Call::SetTimeout(function, _) if *function == LAST)) {
        let calls = &mut functions[usize::from(LAST.0)];
        let count = 1 + draw.below(2);
        for _ in 0..count {
            let call =
                if draw.below(2) == 0 { synthetic(Receiver::Socket(0), draw) } else { body(LISTENERS, draw) };
            calls.push(call);
        }
    }
    connections
}

/// One call of any kind, for the function `from`.
pub(in crate::scenario) fn call(from: u8, draw: &mut impl Draw) -> Call {
    match draw.below(8) {
        0 => synthetic(one(&[Receiver::Socket(0), Receiver::This], draw), draw),
        1 | 2 => {
            let mut calls = Vec::new();
            extra(&mut calls, &mut Connections { kinds: [Connection::Plain; 3], len: 0 }, draw);
            calls.swap_remove(0)
        }
        _ => body(from.min(LISTENERS), draw),
    }
}
