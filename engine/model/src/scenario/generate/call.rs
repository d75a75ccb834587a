//! The calls of a page's functions.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::peer::Connection;
use super::weights::table;
use super::{Draw, bytes};
use crate::endpoint::SEND_SLOTS;
use crate::page::{Call, CloseEventInit, Data, NewEvent, Receiver, Value};
use crate::scenario::palette::{
    PAYLOADS, PAYLOADS_CHEAP, PRIMITIVES, PROTOCOL_LISTS, PROTOCOL_LISTS_GOOD, TEXTS, TIMES_MS,
    URL_FORBIDDEN, URLS, URLS_FETCHED, URLS_GOOD, VALUES,
};
use crate::trace::{
    Attribute, BinaryType, EventMember, EventType, FunctionId, HandlerValue, ListenerOptions, SignalId,
    WhichEvent,
};

/// How many functions are called as listeners, from number 1.
pub(super) const LISTENERS: u8 = 4;
/// The types of the events that a user agent fires.
pub(super) const UA_TYPES: [EventType; 4] =
    [EventType::Close, EventType::Open, EventType::Message, EventType::Error];

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
    (Body::Close, 59),
    (Body::Send, 22),
    (Body::Read, 18),
    (Body::Note, 18),
    (Body::SetHandler, 18),
    (Body::Listen, 18),
    (Body::Unlisten, 8),
    (Body::DispatchCustom, 6),
    (Body::DispatchCurrent, 4),
    (Body::DispatchKept, 5),
    (Body::StopPropagation, 5),
    (Body::StopImmediatePropagation, 8),
    (Body::PreventDefault, 10),
    (Body::InitEvent, 2),
    (Body::KeepEvent, 8),
    (Body::Abort, 6),
    (Body::Microtask, 14),
    (Body::Timeout, 10),
    (Body::PostMessage, 4),
    (Body::Throw, 6),
    (Body::ReturnFalse, 4),
    (Body::Construct, 3),
]);

/// The functions that something refers to: a bit each. The others are not generated.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) struct Wanted(u8);

impl Wanted {
    /// For a call that stands alone.
    pub(in crate::scenario) const ALL: Self = Self(0xff);
    /// At the beginning.
    pub(super) const NONE: Self = Self(0);

    #[inline]
    pub(super) fn contains(self, function: FunctionId) -> bool {
        self.0 >> function.0 & 1 != 0
    }

    #[inline]
    pub(super) fn want(&mut self, function: FunctionId) -> FunctionId {
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
    pub(super) fn listener(&mut self, from: u8, byte: u8) -> FunctionId {
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
pub(super) fn close(
    calls: &mut Vec<Call>,
    on: Receiver,
    from: u8,
    wanted: &mut Wanted,
    draw: &mut impl Draw,
) {
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

/// `send()`, rarely so often at once that a send buffer is filled to its last place, or overflows.
#[inline]
pub(super) fn send(calls: &mut Vec<Call>, on: Receiver, [kind, a, burst]: [u8; 3]) {
    if burst >= 0xfc {
        let count = SEND_SLOTS - 2 + usize::from(burst & 1);
        calls.extend((0..count).map(|_| Call::Send { on, data: Data::Text(Cow::Borrowed(TEXTS[2])) }));
        return;
    }
    if kind & 3 == 0 {
        // Rarely one whose length needs eight bytes, or just does not.
        let place = if burst == 0xfb && a >= 0xc0 {
            29 + usize::from(a & 1)
        } else {
            usize::from(a) % PAYLOADS_CHEAP
        };
        let payload = PAYLOADS[place];
        calls.push(Call::Send { on, data: Data::Binary(Cow::Borrowed(payload)) });
    } else {
        let place = if a < 0xc0 { usize::from(a & 3) } else { usize::from(a) % TEXTS.len() };
        calls.push(Call::Send { on, data: Data::Text(Cow::Borrowed(TEXTS[place])) });
    }
}

#[inline]
pub(super) fn options(byte: u8) -> ListenerOptions {
    let [capture, once, passive] = [byte & 3 == 0, byte & 12 == 0, byte & 0x70 == 0];
    ListenerOptions { capture, once, passive, signal: (byte >= 0xc0).then_some(SignalId(byte & 1)) }
}

#[inline]
pub(super) fn construct(byte: u8, second: u8) -> (Call, Option<Connection>) {
    let url = match byte {
        0..226 => 0,
        226..244 => usize::from(byte) % URLS_GOOD,
        244..246 => URL_FORBIDDEN + 1 + usize::from(second) % (URLS.len() - URL_FORBIDDEN - 1),
        246 => URLS_GOOD + usize::from(second) % (URLS_FETCHED - URLS_GOOD),
        247 => URL_FORBIDDEN,
        _ => URLS_FETCHED + usize::from(second) % (URL_FORBIDDEN - URLS_FETCHED),
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
        _ if (URLS_FETCHED..URL_FORBIDDEN).contains(&url) || list >= PROTOCOL_LISTS_GOOD => None,
        0 => Some(Connection::Plain),
        _ => Some(Connection::Asks(list as u8)),
    };
    (Call::Construct { url: Cow::Borrowed(URLS[url]), protocols }, connection)
}

/// One call in the function `from`. It is written in its place at once, as copying it costs more than making it.
#[inline]
pub(super) fn body(calls: &mut Vec<Call>, from: u8, wanted: &mut Wanted, draw: &mut impl Draw) {
    let [kind, a, b] = bytes(draw);
    let on = receiver(a);
    let event_type = UA_TYPES[usize::from(b & 3)];
    let custom = EventType::Custom(b >> 5 & 1);
    match BODIES[usize::from(kind)] {
        Body::Close => close(calls, on, from, wanted, draw),
        Body::Send => send(calls, on, bytes(draw)),
        Body::Read => calls.push(match b {
            0xe0.. => {
                Call::SetBinaryType(on, if b & 3 == 0 { BinaryType::Blob } else { BinaryType::ArrayBuffer })
            }
            0xd8..0xe0 => Call::Read(on, Attribute::BinaryType),
            _ => Call::Read(on, ATTRIBUTES[usize::from(b & 7)]),
        }),
        Body::Note if b >= 0x90 => calls.push(Call::ReadEvent(
            WhichEvent::ALL[usize::from(b >> 2 & 1)],
            EventMember::ALL[usize::from(b & 3) % EventMember::ALL.len()],
        )),
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
        Body::PreventDefault => {
            calls.push(Call::PreventDefault);
            if b >= 0x80 {
                // It stays canceled, which shows if it is dispatched again (DOM-16).
                calls.push(Call::KeepEvent);
            }
        }
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
pub(super) fn synthetic(on: Receiver, draw: &mut impl Draw) -> Call {
    let [kind, a, b] = bytes(draw);
    let (bubbles, cancelable) = (kind & 1 == 0, kind & 2 == 0);
    let event_type = UA_TYPES[usize::from(kind >> 6)];
    if kind & 4 == 0 {
        // What the user agent fires at the global object comes from a page too.
        let on = if a >= 0xe0 { Receiver::Global } else { on };
        return Call::Dispatch { on, event: NewEvent::Event { event_type, bubbles, cancelable } };
    }
    let event_type = if kind & 0x30 == 0 { event_type } else { EventType::Close };
    let init = CloseEventInit {
        bubbles,
        cancelable,
        was_clean: kind & 8 == 0,
        code: VALUES[usize::from(a) % VALUES.len()].clone(),
        reason: if b & 1 == 0 { text(b) } else { VALUES[usize::from(b) % VALUES.len()].clone() },
        ..CloseEventInit::default()
    };
    Call::Dispatch { on, event: NewEvent::CloseEvent(event_type, init) }
}
