//! The records of a page's calls.

use alloc::vec::Vec;

use super::op::{CallOp, Op};
use super::operand::{
    INLINE, LONG, place, read_bytes, read_function, read_ms, read_signal, read_units, read_value,
    write_bytes, write_ms, write_units, write_value,
};
use super::unit::{Reader, put_unit};
use crate::page::{Call, CloseEventInit, Data, JsString, MadeBy, NewEvent, Receiver};
use crate::scenario::bounds;
use crate::scenario::palette::{PAYLOADS, PROTOCOL_LISTS, TEXTS, URLS};
use crate::trace::{
    Attribute, BinaryType, EventMember, EventType, HandlerValue, ListenerOptions, WhichEvent,
};

/// The functions that the second byte of a record stands for beyond the last number: mostly the first.
const LIKELY_PLACES: [u8; 8] = [0, 1, 0, 2, 0, 3, 1, 4];

/// Receivers, in the order of their codes; further codes are the likelier ones again.
const RECEIVERS: [Receiver; 16] = [
    Receiver::Socket(0),
    Receiver::This,
    Receiver::Global,
    Receiver::Socket(1),
    Receiver::Socket(2),
    Receiver::Socket(3),
    Receiver::Socket(0),
    Receiver::This,
    Receiver::Socket(0),
    Receiver::This,
    Receiver::Socket(0),
    Receiver::Socket(0),
    Receiver::This,
    Receiver::Socket(0),
    Receiver::Socket(1),
    Receiver::Socket(0),
];

const ATTRIBUTES: [Attribute; 4] =
    [Attribute::ReadyState, Attribute::BufferedAmount, Attribute::Protocol, Attribute::Extensions];

/// What is behind [`ATTRIBUTES`] in the operand of a read: `binaryType`, and the values that it is set to.
const BINARY_TYPE: u8 = ATTRIBUTES.len() as u8;
const SET_BLOB: u8 = BINARY_TYPE + 1;
const SET_ARRAY_BUFFER: u8 = SET_BLOB + 1;
/// What an event says is read; the other operand says of which event, and what.
const OF_EVENT: u8 = SET_ARRAY_BUFFER + 1;

/// Values of a handler behind the functions: `null`, an object that cannot be called, and functions again.
const NULL: u8 = bounds::FUNCTIONS_MAX as u8;
const NOT_CALLABLE: u8 = NULL + 1;

/// The function that the second byte of a record names.
pub(super) fn function(byte: u8) -> usize {
    if usize::from(byte) < bounds::FUNCTIONS_MAX {
        return usize::from(byte);
    }
    usize::from(LIKELY_PLACES[usize::from(byte) % LIKELY_PLACES.len()])
}

fn receiver(byte: u8) -> Receiver {
    RECEIVERS[usize::from(byte) % RECEIVERS.len()]
}

fn receiver_byte(receiver: Receiver) -> u8 {
    place(RECEIVERS.iter().position(|&known| known == receiver).expect("within the bounds"))
}

/// The type of an event, in the low half of a byte; `close` is the likeliest.
fn event_type(byte: u8) -> EventType {
    match byte & 0x0f {
        0 => EventType::Open,
        1 => EventType::Message,
        2 => EventType::Error,
        3 | 12 | 13 => EventType::Close,
        14 => EventType::PageHide,
        15 => EventType::Unload,
        custom => EventType::Custom(custom - 4),
    }
}

fn type_nibble(event_type: EventType) -> u8 {
    match event_type {
        EventType::Open => 0,
        EventType::Message => 1,
        EventType::Error => 2,
        EventType::Close => 3,
        EventType::Custom(number) => 4 + number,
        EventType::PageHide => 14,
        EventType::Unload => 15,
    }
}

fn target(on: Receiver, event_type: EventType) -> u8 {
    receiver_byte(on) << 4 | type_nibble(event_type)
}

fn handler_value(byte: u8) -> HandlerValue {
    match byte {
        NULL | 0x40..0x60 => HandlerValue::Null,
        NOT_CALLABLE | 0x60..0x68 => HandlerValue::NotCallable,
        _ => HandlerValue::Function(read_function(byte)),
    }
}

fn read_protocols(operand: u8, reader: &mut Reader<'_>) -> Vec<JsString> {
    let count = match operand {
        INLINE..0xe0 => usize::from(operand - INLINE),
        LONG => usize::try_from(u32::from_le_bytes(reader.unit())).unwrap_or(usize::MAX),
        _ => {
            let list = PROTOCOL_LISTS[usize::from(operand) % PROTOCOL_LISTS.len()];
            return list.iter().map(|&protocol| protocol.into()).collect();
        }
    };
    let mut protocols = Vec::new();
    while protocols.len() < count.min(bounds::ITEM_LEN_MAX) && !reader.is_empty() {
        let [operand, ..] = reader.unit();
        protocols.push(read_units(operand, TEXTS, reader));
    }
    protocols
}

fn write_protocols(out: &mut Vec<u8>, protocols: &[JsString]) -> u8 {
    let known = |list: &&[&[u16]]| list.iter().copied().eq(protocols.iter().map(|protocol| &**protocol));
    if let Some(index) = PROTOCOL_LISTS.iter().position(known) {
        return place(index);
    }
    let operand = if protocols.len() < 0x20 {
        INLINE + place(protocols.len())
    } else {
        out.extend(u32::try_from(protocols.len()).expect("within the bounds").to_le_bytes());
        LONG
    };
    for protocol in protocols {
        put_unit(out, |out| [write_units(out, TEXTS, protocol), 0, 0, 0]);
    }
    operand
}

pub(super) fn read(op: CallOp, a: u8, b: u8, reader: &mut Reader<'_>) -> Call {
    let close = |on, reader: &mut Reader<'_>| {
        let code = read_value(a, reader);
        Call::Close { on, code, reason: read_value(b, reader) }
    };
    let (on, kind) = (receiver(a >> 4), event_type(a));
    let listen = |options| Call::AddListener { on, event_type: kind, function: read_function(b), options };
    let unlisten =
        |capture| Call::RemoveListener { on, event_type: kind, function: read_function(b), capture };
    let (bubbles, cancelable, was_clean) = (b & 1 != 0, b & 2 != 0, b & 4 != 0);
    match op {
        CallOp::Construct => {
            let url = read_units(a, URLS, reader);
            Call::Construct { url, protocols: read_protocols(b, reader) }
        }
        CallOp::Lifetime => match a % 3 {
            0 => Call::CloseWorker,
            1 => Call::RemoveFrame,
            _ => Call::ConstructInFrame { url: read_units(b, URLS, reader) },
        },
        CallOp::CloseFirst => close(Receiver::Socket(0), reader),
        CallOp::CloseThis => close(Receiver::This, reader),
        CallOp::CloseOn => {
            let [on, ..] = reader.unit();
            close(receiver(on), reader)
        }
        CallOp::SendText => Call::Send { on: receiver(b), data: Data::Text(read_units(a, TEXTS, reader)) },
        CallOp::SendBinary => {
            Call::Send { on: receiver(b), data: Data::Binary(read_bytes(a, PAYLOADS, reader)) }
        }
        CallOp::Listen => listen(ListenerOptions::default()),
        CallOp::ListenOnce => listen(ListenerOptions { once: true, ..ListenerOptions::default() }),
        CallOp::ListenCapture => listen(ListenerOptions { capture: true, ..ListenerOptions::default() }),
        CallOp::ListenWith => {
            let [flags, signal, ..] = reader.unit();
            let signal = (signal >= 0x80).then(|| read_signal(signal));
            let [capture, once, passive] = [flags & 1 != 0, flags & 2 != 0, flags & 4 != 0];
            listen(ListenerOptions { capture, once, passive, signal })
        }
        CallOp::Unlisten => unlisten(false),
        CallOp::UnlistenCapture => unlisten(true),
        CallOp::SetHandler => {
            let event_type = match kind {
                EventType::Custom(number) => event_type(number & 3),
                EventType::PageHide | EventType::Unload => EventType::Close,
                named => named,
            };
            Call::SetHandler { on, event_type, value: handler_value(b) }
        }
        CallOp::DispatchEvent => {
            Call::Dispatch { on, event: NewEvent::Event { event_type: kind, bubbles, cancelable } }
        }
        CallOp::DispatchCloseEvent => {
            let [code, reason, made_by, _] = reader.unit();
            let code = read_value(code, reader);
            let reason = read_value(reason, reader);
            let made_by = if made_by == LEGACY { MadeBy::InitCloseEvent } else { MadeBy::Constructor };
            let init = CloseEventInit { bubbles, cancelable, was_clean, code, reason, made_by };
            Call::Dispatch { on, event: NewEvent::CloseEvent(kind, init) }
        }
        CallOp::DispatchCurrent => Call::Dispatch { on, event: NewEvent::Current },
        CallOp::DispatchKept => Call::Dispatch { on, event: NewEvent::Kept },
        CallOp::StopPropagation => Call::StopPropagation,
        CallOp::StopImmediatePropagation => Call::StopImmediatePropagation,
        CallOp::PreventDefault => Call::PreventDefault,
        CallOp::InitEvent => Call::InitEvent { event_type: kind, bubbles, cancelable },
        CallOp::KeepEvent => Call::KeepEvent,
        CallOp::Abort => Call::Abort(read_signal(a)),
        CallOp::QueueMicrotask => Call::QueueMicrotask(read_function(a)),
        CallOp::SetTimeout => Call::SetTimeout(read_function(a), read_ms(b, reader)),
        CallOp::PostMessage => Call::PostMessage(read_function(a)),
        CallOp::Read => match b & 7 {
            BINARY_TYPE => Call::Read(on, Attribute::BinaryType),
            SET_BLOB => Call::SetBinaryType(on, BinaryType::Blob),
            SET_ARRAY_BUFFER => Call::SetBinaryType(on, BinaryType::ArrayBuffer),
            OF_EVENT => Call::ReadEvent(
                WhichEvent::ALL[usize::from(a & 1)],
                EventMember::ALL[usize::from(a >> 1 & 3) % EventMember::ALL.len()],
            ),
            other => Call::Read(on, ATTRIBUTES[usize::from(other) % ATTRIBUTES.len()]),
        },
        CallOp::Note => Call::Note(a),
        CallOp::Throw => Call::Throw,
        CallOp::ReturnFalse => Call::ReturnFalse,
    }
}

fn write_listener(out: &mut Vec<u8>, options: &ListenerOptions) -> CallOp {
    match *options {
        ListenerOptions { capture: false, once: false, passive: false, signal: None } => CallOp::Listen,
        ListenerOptions { capture: false, once: true, passive: false, signal: None } => CallOp::ListenOnce,
        ListenerOptions { capture: true, once: false, passive: false, signal: None } => CallOp::ListenCapture,
        ListenerOptions { capture, once, passive, signal } => {
            let flags = u8::from(capture) | u8::from(once) << 1 | u8::from(passive) << 2;
            out.extend([flags, signal.map_or(0, |signal| 0x80 | signal.0), 0, 0]);
            CallOp::ListenWith
        }
    }
}

/// Marks an event that `initCloseEvent` makes.
const LEGACY: u8 = 1;

fn write_event(out: &mut Vec<u8>, on: Receiver, event: &NewEvent) -> (CallOp, u8, u8) {
    let flags = |bubbles: bool, cancelable: bool| u8::from(bubbles) | u8::from(cancelable) << 1;
    match event {
        NewEvent::Event { event_type, bubbles, cancelable } => {
            (CallOp::DispatchEvent, target(on, *event_type), flags(*bubbles, *cancelable))
        }
        NewEvent::CloseEvent(event_type, init) => {
            put_unit(out, |out| {
                let code = write_value(out, &init.code);
                let made_by = match init.made_by {
                    MadeBy::Constructor => 0,
                    MadeBy::InitCloseEvent => LEGACY,
                };
                [code, write_value(out, &init.reason), made_by, 0]
            });
            let flags = flags(init.bubbles, init.cancelable) | u8::from(init.was_clean) << 2;
            (CallOp::DispatchCloseEvent, target(on, *event_type), flags)
        }
        NewEvent::Current => (CallOp::DispatchCurrent, receiver_byte(on) << 4, 0),
        NewEvent::Kept => (CallOp::DispatchKept, receiver_byte(on) << 4, 0),
    }
}

pub(super) fn write(out: &mut Vec<u8>, function: usize, call: &Call) {
    put_unit(out, |out| {
        let (op, a, b) = match call {
            Call::Construct { url, protocols } => {
                let url = write_units(out, URLS, url);
                (CallOp::Construct, url, write_protocols(out, protocols))
            }
            Call::CloseWorker => (CallOp::Lifetime, 0, 0),
            Call::RemoveFrame => (CallOp::Lifetime, 1, 0),
            Call::ConstructInFrame { url } => (CallOp::Lifetime, 2, write_units(out, URLS, url)),
            Call::Close { on, code, reason } => {
                let op = match on {
                    Receiver::Socket(0) => CallOp::CloseFirst,
                    Receiver::This => CallOp::CloseThis,
                    Receiver::Socket(_) | Receiver::Global => {
                        out.extend([receiver_byte(*on), 0, 0, 0]);
                        CallOp::CloseOn
                    }
                };
                let code = write_value(out, code);
                (op, code, write_value(out, reason))
            }
            Call::Send { on, data: Data::Text(text) } => {
                (CallOp::SendText, write_units(out, TEXTS, text), receiver_byte(*on))
            }
            Call::Send { on, data: Data::Binary(bytes) } => {
                (CallOp::SendBinary, write_bytes(out, PAYLOADS, bytes), receiver_byte(*on))
            }
            Call::AddListener { on, event_type, function, options } => {
                (write_listener(out, options), target(*on, *event_type), function.0)
            }
            Call::RemoveListener { on, event_type, function, capture } => {
                let op = if *capture { CallOp::UnlistenCapture } else { CallOp::Unlisten };
                (op, target(*on, *event_type), function.0)
            }
            Call::SetHandler { on, event_type, value } => {
                let value = match value {
                    HandlerValue::Function(function) => function.0,
                    HandlerValue::Null => NULL,
                    HandlerValue::NotCallable => NOT_CALLABLE,
                };
                (CallOp::SetHandler, target(*on, *event_type), value)
            }
            Call::Dispatch { on, event } => write_event(out, *on, event),
            Call::StopPropagation => (CallOp::StopPropagation, 0, 0),
            Call::StopImmediatePropagation => (CallOp::StopImmediatePropagation, 0, 0),
            Call::PreventDefault => (CallOp::PreventDefault, 0, 0),
            Call::InitEvent { event_type, bubbles, cancelable } => {
                let flags = u8::from(*bubbles) | u8::from(*cancelable) << 1;
                (CallOp::InitEvent, type_nibble(*event_type), flags)
            }
            Call::KeepEvent => (CallOp::KeepEvent, 0, 0),
            Call::Abort(signal) => (CallOp::Abort, signal.0, 0),
            Call::QueueMicrotask(function) => (CallOp::QueueMicrotask, function.0, 0),
            Call::SetTimeout(function, ms) => (CallOp::SetTimeout, function.0, write_ms(out, *ms)),
            Call::PostMessage(function) => (CallOp::PostMessage, function.0, 0),
            Call::Read(on, attribute) => {
                let known = ATTRIBUTES.iter().position(|known| known == attribute);
                (CallOp::Read, receiver_byte(*on) << 4, known.map_or(BINARY_TYPE, place))
            }
            Call::SetBinaryType(on, value) => {
                let set = match value {
                    BinaryType::Blob => SET_BLOB,
                    BinaryType::ArrayBuffer => SET_ARRAY_BUFFER,
                };
                (CallOp::Read, receiver_byte(*on) << 4, set)
            }
            Call::ReadEvent(event, member) => (CallOp::Read, *event as u8 | (*member as u8) << 1, OF_EVENT),
            Call::Note(note) => (CallOp::Note, *note, 0),
            Call::Throw => (CallOp::Throw, 0, 0),
            Call::ReturnFalse => (CallOp::ReturnFalse, 0, 0),
        };
        [Op::Call(op).byte(), place(function), a, b]
    });
}
