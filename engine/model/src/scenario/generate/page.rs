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
static BODY_COUNTS: [u8; 256] = table(&[(0, 8), (1, 124), (2, 80), (3, 36), (5, 8)]);

/// The functions that something refers to: a bit each. The others are not generated.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) struct Wanted(u8);

impl Wanted {
    /// For a call that stands alone.
    pub(in crate::scenario) const ALL: Self = Self(0xff);

    #[inline]
    fn contains(self, function: FunctionId) -> bool {
        self.0 >> function.0 & 1 != 0
    }

    #[inline]
    fn want(&mut self, function: FunctionId) -> FunctionId {
        self.0 |= 1 << function.0;
        function
    }

    /// A function that comes after `from`, so that what calls itself later ends; once in a long while, any listener.
    #[inline]
    fn later(&mut self, from: u8, byte: u8, draw: &mut impl Draw) -> Option<FunctionId> {
        if byte == 0xff && draw.below(8) == 0 {
            return Some(FunctionId(1 + (draw.below(u32::from(LISTENERS)) as u8)));
        }
        if from >= LISTENERS {
            return None;
        }
        let ahead = (u16::from(byte) * u16::from(LISTENERS - from)) >> 8;
        Some(self.want(FunctionId(from + 1 + ahead as u8)))
    }

    /// Any listener. One that comes before `from` and that nothing refers to is not generated: `from` itself then.
    #[inline]
    fn listener(&mut self, from: u8, byte: u8) -> FunctionId {
        let function = FunctionId(1 + byte % LISTENERS);
        if function.0 > from || self.contains(function) {
            self.want(function)
        } else {
            FunctionId(from.min(LISTENERS))
        }
    }
}

static RECEIVERS: [Receiver; 256] = table(&[
    (Receiver::Socket(0), 158),
    (Receiver::This, 86),
    (Receiver::Socket(1), 8),
    (Receiver::Global, 4),
]);

#[inline]
fn receiver(byte: u8) -> Receiver {
    RECEIVERS[usize::from(byte)]
}

/// An argument of `close()`.
#[inline]
pub(in crate::scenario) fn value(from: u8, byte: u8, wanted: &mut Wanted, draw: &mut impl Draw) -> Value {
    if byte >= 0xf4
        && let Some(function) = wanted.later(from, byte.rotate_left(4), draw)
    {
        return Value::Object(function, one_of(PRIMITIVES, draw));
    }
    VALUES[usize::from(byte) % VALUES.len()].clone()
}

#[inline]
fn one_of<T: Clone>(values: &[T], draw: &mut impl Draw) -> T {
    values[draw.below(values.len() as u32) as usize].clone()
}

/// Codes that `close()` takes, as Numbers.
static COMMON_CODES: [u64; 8] = {
    const NORMAL: u64 = 1000.0_f64.to_bits();
    const OTHERS: [u64; 3] = [3000.0_f64.to_bits(), 4000.0_f64.to_bits(), 4999.0_f64.to_bits()];
    [NORMAL, NORMAL, NORMAL, NORMAL, NORMAL, OTHERS[0], OTHERS[1], OTHERS[2]]
};

/// `close()` as pages call it, and with everything that it must refuse.
#[inline]
fn close(calls: &mut Vec<Call>, on: Receiver, from: u8, wanted: &mut Wanted, draw: &mut impl Draw) {
    let [kind, a, b] = bytes(draw);
    match kind {
        0..70 => calls.push(Call::Close { on, code: Value::Undefined, reason: Value::Undefined }),
        70..170 => {
            let code = Value::Number(COMMON_CODES[usize::from(a & 7)]);
            if kind < 120 {
                calls.push(Call::Close { on, code, reason: Value::Undefined });
            } else {
                calls.push(Call::Close { on, code, reason: text(b) });
            }
        }
        170..220 => {
            let code = value(from, a, wanted, draw);
            calls.push(Call::Close { on, code, reason: Value::Undefined });
        }
        220..228 => calls.push(Call::Close { on, code: Value::Undefined, reason: text(b) }),
        _ => {
            let code = value(from, a, wanted, draw);
            calls.push(Call::Close { on, code, reason: value(from, b, wanted, draw) });
        }
    }
}

#[inline]
fn text(byte: u8) -> Value {
    let place = if byte < 0x60 { 1 } else { usize::from(byte) % TEXTS.len() };
    Value::String(Cow::Borrowed(TEXTS[place]))
}

#[inline]
fn send(calls: &mut Vec<Call>, on: Receiver, [kind, a, _]: [u8; 3]) {
    if kind & 3 == 0 {
        let payload = PAYLOADS[usize::from(a) % PAYLOADS_CHEAP];
        calls.push(Call::Send { on, data: Data::Binary(Cow::Borrowed(payload)) });
    } else {
        let place = if a < 0xc0 { usize::from(a & 3) } else { usize::from(a) % TEXTS.len() };
        calls.push(Call::Send { on, data: Data::Text(Cow::Borrowed(TEXTS[place])) });
    }
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

/// One call in the function `from`. It is written in its place at once, as copying it costs more than making it.
#[inline]
fn body(calls: &mut Vec<Call>, from: u8, wanted: &mut Wanted, draw: &mut impl Draw) {
    let [kind, a, b] = bytes(draw);
    let on = receiver(a);
    let event_type = UA_TYPES[usize::from(b & 3)];
    let custom = EventType::Custom(b >> 5 & 1);
    match BODIES[usize::from(kind)] {
        Body::Close => close(calls, on, from, wanted, draw),
        Body::Send => send(calls, on, bytes(draw)),
        Body::Read => calls.push(Call::Read(on, ATTRIBUTES[usize::from(b & 7)])),
        Body::Note => calls.push(Call::Note(b & 7)),
        Body::SetHandler => {
            let value = match a >> 5 {
                0 | 1 => HandlerValue::Null,
                2 if b >= 0xc0 => HandlerValue::NotCallable,
                _ => HandlerValue::Function(wanted.listener(from, b >> 2)),
            };
            calls.push(Call::SetHandler { on, event_type, value });
        }
        Body::Listen => {
            let event_type = if b >= 0xf0 { custom } else { event_type };
            let function = wanted.listener(from, b >> 2);
            calls.push(Call::AddListener { on, event_type, function, options: options(kind ^ a) });
        }
        Body::Unlisten => {
            let function = wanted.listener(from, b >> 2);
            calls.push(Call::RemoveListener { on, event_type, function, capture: a & 0x60 == 0 });
        }
        Body::DispatchCustom => {
            let event = NewEvent::Event { event_type: custom, bubbles: b & 1 == 0, cancelable: b & 2 == 0 };
            calls.push(Call::Dispatch { on, event });
        }
        Body::DispatchCurrent => calls.push(Call::Dispatch { on, event: NewEvent::Current }),
        Body::DispatchKept => calls.push(Call::Dispatch { on, event: NewEvent::Kept }),
        Body::StopPropagation => calls.push(Call::StopPropagation),
        Body::StopImmediatePropagation => calls.push(Call::StopImmediatePropagation),
        Body::PreventDefault => calls.push(Call::PreventDefault),
        Body::InitEvent => {
            let event_type = if b & 0x10 == 0 { custom } else { event_type };
            calls.push(Call::InitEvent { event_type, bubbles: b & 4 == 0, cancelable: b & 8 == 0 });
        }
        Body::KeepEvent => calls.push(Call::KeepEvent),
        Body::Abort => calls.push(Call::Abort(SignalId(b & 1))),
        Body::Microtask => match wanted.later(from, b, draw) {
            Some(function) => calls.push(Call::QueueMicrotask(function)),
            None => calls.push(Call::Note(b & 7)),
        },
        Body::Timeout => match wanted.later(from, b, draw) {
            Some(function) => calls.push(Call::SetTimeout(function, TIMES_MS[usize::from(a % 12)])),
            None => calls.push(Call::KeepEvent),
        },
        Body::PostMessage => match wanted.later(from, b, draw) {
            Some(function) => calls.push(Call::PostMessage(function)),
            None => calls.push(Call::Note(b & 7)),
        },
        Body::Throw => calls.push(Call::Throw),
        Body::ReturnFalse => calls.push(Call::ReturnFalse),
        Body::Construct => calls.push(construct(a, b).0),
    }
}

/// What a page reads, the more telling attributes more often.
static ATTRIBUTES: [Attribute; 8] = [
    Attribute::ReadyState,
    Attribute::BufferedAmount,
    Attribute::ReadyState,
    Attribute::BufferedAmount,
    Attribute::ReadyState,
    Attribute::BufferedAmount,
    Attribute::Protocol,
    Attribute::Extensions,
];

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

static EXTRA_COUNTS: [u8; 256] = table(&[(0, 72), (1, 112), (2, 48), (3, 24)]);

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
fn extra(calls: &mut Vec<Call>, connections: &mut Connections, wanted: &mut Wanted, draw: &mut impl Draw) {
    let [kind, a, b] = bytes(draw);
    let on = Receiver::Socket(0);
    let event_type = UA_TYPES[usize::from(b & 3)];
    let function = FunctionId(1 + (b >> 2) % LISTENERS);
    let ms = TIMES_MS[usize::from(a % 12)];
    match EXTRAS[usize::from(kind)] {
        Extra::Close => close(calls, on, 0, wanted, draw),
        Extra::Send => send(calls, on, bytes(draw)),
        Extra::Read => calls
            .push(Call::Read(on, if b & 1 == 0 { Attribute::ReadyState } else { Attribute::BufferedAmount })),
        Extra::Timeout => calls.push(Call::SetTimeout(wanted.want(function), ms)),
        Extra::LastTimeout => calls.push(Call::SetTimeout(wanted.want(LAST), ms)),
        Extra::Microtask => calls.push(Call::QueueMicrotask(wanted.want(function))),
        Extra::PostMessage => calls.push(Call::PostMessage(wanted.want(function))),
        Extra::Construct => {
            let (call, connection) = construct(a, b);
            calls.push(call);
            connections.push(connection);
            if a & 1 == 0 {
                let value = HandlerValue::Function(wanted.listener(0, a >> 1));
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
            wanted.want(function);
            calls.push(Call::AddListener { on: Receiver::Global, event_type, function, options });
        }
        Extra::CustomListener => {
            let event_type = EventType::Custom(b & 1);
            wanted.want(function);
            calls.push(Call::AddListener { on, event_type, function, options: options(a) });
        }
        Extra::DoubleListener => {
            let first = options(a);
            let second = if kind & 1 == 0 { first } else { options(a ^ 3) };
            wanted.want(function);
            calls.push(Call::AddListener { on, event_type, function, options: first });
            calls.push(Call::AddListener { on, event_type, function, options: second });
        }
        Extra::NullThenSet => {
            calls.push(Call::SetHandler { on, event_type, value: HandlerValue::Null });
            calls.push(Call::SetHandler {
                on,
                event_type,
                value: HandlerValue::Function(wanted.want(function)),
            });
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
fn main(calls: &mut Vec<Call>, wanted: &mut Wanted, draw: &mut impl Draw) -> Connections {
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
    // Almost always something hears of the close; the other events go unheard in half of the runs.
    let mut heard = which & 0b1110 | u8::from(how >= 8);
    while heard != 0 {
        let index = heard.trailing_zeros();
        heard &= heard - 1;
        let event_type = UA_TYPES[index as usize];
        let function = wanted.want(FunctionId(1 + (functions >> (2 * index)) % LISTENERS));
        if how >> index & 0x11 == 0 {
            let options = options(options_byte.rotate_left(index));
            calls.push(Call::AddListener { on, event_type, function, options });
        } else {
            let value = HandlerValue::Function(function);
            calls.push(Call::SetHandler { on, event_type, value });
        }
    }
    for _ in 0..EXTRA_COUNTS[usize::from(more)] {
        extra(calls, &mut connections, wanted, draw);
    }
    connections
}

/// Removes all calls.
///
/// To drop one is to branch on what it is, which no processor foresees, and most calls own nothing: those are
/// forgotten, which is the same. It saves a fifth of the time of generating.
fn clear(calls: &mut Vec<Call>) {
    while let Some(call) = calls.pop() {
        match call {
            Call::Construct { .. } | Call::Close { .. } | Call::Send { .. } | Call::Dispatch { .. } => {
                drop(call)
            }
            Call::AddListener { .. }
            | Call::RemoveListener { .. }
            | Call::SetHandler { .. }
            | Call::StopPropagation
            | Call::StopImmediatePropagation
            | Call::PreventDefault
            | Call::InitEvent { .. }
            | Call::KeepEvent
            | Call::Abort(_)
            | Call::QueueMicrotask(_)
            | Call::SetTimeout(..)
            | Call::PostMessage(_)
            | Call::Read(..)
            | Call::Note(_)
            | Call::Throw
            | Call::ReturnFalse => core::mem::forget(call),
        }
    }
}

/// Fills `functions` and says which connections the first script asks for.
pub(super) fn generate(functions: &mut Vec<Vec<Call>>, draw: &mut impl Draw) -> Connections {
    if functions.len() != FUNCTIONS {
        functions.resize_with(FUNCTIONS, Vec::new);
    }
    functions.iter_mut().for_each(clear);
    let mut wanted = Wanted(0);
    let connections = main(&mut functions[0], &mut wanted, draw);
    let counts = draw.below(u32::MAX).to_le_bytes();
    for (from, count) in (1..=LISTENERS).zip(counts) {
        if wanted.contains(FunctionId(from)) {
            let calls = &mut functions[usize::from(from)];
            for _ in 0..BODY_COUNTS[usize::from(count)] {
                body(calls, from, &mut wanted, draw);
            }
        }
    }
    if wanted.contains(LAST) {
        let calls = &mut functions[usize::from(LAST.0)];
        let call = synthetic(Receiver::Socket(0), draw);
        calls.push(call);
        if draw.below(2) == 0 {
            body(calls, LISTENERS, &mut wanted, draw);
        }
    }
    connections
}

/// One call of any kind, for the function `from`.
pub(in crate::scenario) fn call(from: u8, draw: &mut impl Draw) -> Call {
    let mut calls = Vec::new();
    match draw.below(8) {
        0 => calls.push(synthetic(one(&[Receiver::Socket(0), Receiver::This], draw), draw)),
        1 | 2 => {
            let mut connections = Connections { kinds: [Connection::Plain; 3], len: 0 };
            extra(&mut calls, &mut connections, &mut Wanted(0), draw);
        }
        _ => body(&mut calls, from.min(LISTENERS), &mut Wanted::ALL.clone(), draw),
    }
    calls.swap_remove(0)
}
