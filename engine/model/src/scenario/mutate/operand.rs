//! Changes one operand of a step or a call to something at an edge.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::below;
use crate::page::{Call, Data, NewEvent, Receiver, Value};
use crate::scenario::generate::{self, Draw, Wanted, one};
use crate::scenario::palette::{
    CODES, HTTP, PAYLOADS, PROTOCOL_LISTS, PROTOCOLS, RAW, TEXTS, TIMES_MS, URLS,
};
use crate::scenario::{Awaited, Frame, Item, Payload, PeerStep, Unreachable, bounds};
use crate::trace::{
    Attribute, BinaryType, EventMember, EventType, FunctionId, HandlerValue, SignalId, WhichEvent,
};

/// Another value of the list, or the old one with a letter changed, dropped or repeated.
fn letters<T: Copy + 'static>(
    old: &mut Cow<'static, [T]>,
    palette: &'static [&'static [T]],
    letter: impl Fn(u32) -> T,
    draw: &mut impl Draw,
) where
    [T]: alloc::borrow::ToOwned<Owned = Vec<T>>,
{
    if old.is_empty() || draw.below(2) == 0 {
        *old = Cow::Borrowed(one(palette, draw));
        return;
    }
    let at = below(old.len(), draw);
    match draw.below(3) {
        0 => old.to_mut()[at] = letter(draw.below(1 << 16)),
        1 => {
            old.to_mut().remove(at);
        }
        _ if old.len() < bounds::ITEM_LEN_MAX => {
            let again = old[at];
            old.to_mut().insert(at, again);
        }
        _ => old.to_mut().truncate(at),
    }
}

fn bytes(old: &mut Cow<'static, [u8]>, palette: &'static [&'static [u8]], draw: &mut impl Draw) {
    letters(old, palette, |number| number.to_le_bytes()[0], draw);
}

fn units(old: &mut Cow<'static, [u16]>, palette: &'static [&'static [u16]], draw: &mut impl Draw) {
    letters(old, palette, |number| if number & 1 == 0 { number as u16 } else { number as u16 & 0x7f }, draw);
}

fn code(draw: &mut impl Draw) -> u16 {
    match draw.below(8) {
        0 => draw.below(1 << 16) as u16,
        1 => 990 + draw.below(40) as u16,
        _ => one(CODES, draw),
    }
}

fn ms(old: u32, draw: &mut impl Draw) -> u32 {
    match draw.below(4) {
        0 => old.saturating_add(1),
        1 => old.saturating_sub(1),
        _ => one(TIMES_MS, draw),
    }
}

fn frame(frame: &mut Frame, draw: &mut impl Draw) {
    match draw.below(8) {
        0 => frame.is_final = !frame.is_final,
        1 => frame.rsv ^= one(&[1, 2, 4], draw),
        2 => frame.opcode = one(&[0, 1, 2, 8, 9, 10, 3, 15], draw),
        3 => {
            frame.mask = match frame.mask {
                None => Some(one(&[[0; 4], [1, 2, 3, 4], [0xff; 4]], draw)),
                Some(_) => None,
            };
        }
        _ => match &mut frame.payload {
            Payload::Bytes(payload) => bytes(payload, PAYLOADS, draw),
            Payload::Close(status, _) if draw.below(2) == 0 => *status = code(draw),
            Payload::Close(_, reason) => bytes(reason, PAYLOADS, draw),
        },
    }
}

fn template(old: &mut Cow<'static, str>, draw: &mut impl Draw) {
    if draw.below(2) == 0 {
        *old = Cow::Borrowed(one(HTTP, draw));
        return;
    }
    // One line goes, or comes twice.
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let Some(last) = lines.len().checked_sub(1) else { return };
    let chosen = below(last + 1, draw);
    let is_repeated = draw.below(2) == 0 && old.len() * 2 <= bounds::ITEM_LEN_MAX;
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index != chosen || is_repeated {
            text.push_str(line);
        }
        if index == chosen && is_repeated {
            text.push_str(line);
        }
    }
    *old = Cow::Owned(text);
}

fn item(item: &mut Item, draw: &mut impl Draw) {
    match item {
        Item::Bytes(raw) => bytes(raw, RAW, draw),
        Item::Accept { protocol } => {
            *protocol = match protocol {
                None => Some(Cow::Borrowed(one(PROTOCOLS, draw))),
                Some(_) => None,
            };
        }
        Item::Http(text) => template(text, draw),
        Item::Frame(old) => frame(old, draw),
        Item::Echo => *item = Item::Frame(Frame::close(code(draw), one(PAYLOADS, draw))),
    }
}

/// Changes one operand of `step`.
pub(super) fn change_step(step: &mut PeerStep, draw: &mut impl Draw) {
    match step {
        PeerStep::Write { corked, .. } if draw.below(8) == 0 => *corked = !*corked,
        PeerStep::Write { item: old, .. } => item(old, draw),
        PeerStep::Wait { until, at_most_ms } => match draw.below(4) {
            0 => *until = one(&[Awaited::Request, Awaited::Data, Awaited::Close, Awaited::Fin], draw),
            1 => *at_most_ms = None,
            _ => *at_most_ms = Some(ms(at_most_ms.unwrap_or(0), draw)),
        },
        PeerStep::Delay { ms: old } => *old = ms(*old, draw),
        PeerStep::Fin => *step = PeerStep::Rst,
        PeerStep::Rst => *step = PeerStep::Fin,
        PeerStep::StopReading => *step = PeerStep::ResumeReading,
        PeerStep::ResumeReading => *step = PeerStep::StopReading,
        PeerStep::Unreachable(kind) => {
            let kinds = [Unreachable::Name, Unreachable::Route, Unreachable::Refused, Unreachable::Tls];
            *kind = one(&kinds, draw);
        }
    }
}

fn receiver(on: &mut Receiver, draw: &mut impl Draw) {
    *on = one(&[Receiver::Socket(0), Receiver::This, Receiver::Socket(1), Receiver::Global], draw);
}

fn function(id: &mut FunctionId, draw: &mut impl Draw) {
    *id = FunctionId(draw.below(6) as u8);
}

fn value(from: u8, draw: &mut impl Draw) -> Value {
    let mut wanted = Wanted::ALL;
    generate::value(from, draw.below(256) as u8, &mut wanted, draw)
}

fn event_type(old: &mut EventType, draw: &mut impl Draw) {
    use EventType::{Close, Custom, Error, Message, Open};
    *old = one(&[Open, Message, Error, Close, Custom(0), Custom(1)], draw);
}

fn event(event: &mut NewEvent, from: u8, draw: &mut impl Draw) {
    match event {
        NewEvent::Event { event_type: kind, bubbles, cancelable } => match draw.below(4) {
            0 => *bubbles = !*bubbles,
            1 => *cancelable = !*cancelable,
            2 => event_type(kind, draw),
            _ => *event = NewEvent::Kept,
        },
        NewEvent::CloseEvent(kind, init) => match draw.below(6) {
            0 => init.bubbles = !init.bubbles,
            1 => init.cancelable = !init.cancelable,
            2 => init.was_clean = !init.was_clean,
            3 => event_type(kind, draw),
            4 => init.code = value(from, draw),
            _ => init.reason = value(from, draw),
        },
        NewEvent::Current => *event = NewEvent::Kept,
        NewEvent::Kept => *event = NewEvent::Current,
    }
}

/// Changes one operand of `call`, which the function `from` makes.
pub(super) fn change_call(call: &mut Call, from: u8, draw: &mut impl Draw) {
    match call {
        Call::Construct { url, .. } if draw.below(2) == 0 => units(url, URLS, draw),
        Call::Construct { protocols, .. } => {
            let list = one(PROTOCOL_LISTS, draw);
            *protocols = list.iter().map(|&protocol| Cow::Borrowed(protocol)).collect();
        }
        Call::Close { on, code, reason } => match draw.below(5) {
            0 => receiver(on, draw),
            1 | 2 => *code = value(from, draw),
            _ => *reason = value(from, draw),
        },
        Call::Send { on, data } => match data {
            _ if draw.below(4) == 0 => receiver(on, draw),
            Data::Text(text) => units(text, TEXTS, draw),
            Data::Binary(payload) => bytes(payload, PAYLOADS, draw),
        },
        Call::AddListener { on, event_type: kind, function: id, options } => match draw.below(7) {
            0 => receiver(on, draw),
            1 => event_type(kind, draw),
            2 => function(id, draw),
            3 => options.capture = !options.capture,
            4 => options.once = !options.once,
            5 => options.passive = !options.passive,
            _ => options.signal = options.signal.is_none().then_some(SignalId(draw.below(2) as u8)),
        },
        Call::RemoveListener { on, event_type: kind, function: id, capture } => match draw.below(4) {
            0 => receiver(on, draw),
            1 => event_type(kind, draw),
            2 => function(id, draw),
            _ => *capture = !*capture,
        },
        Call::SetHandler { on, event_type: kind, value } => match draw.below(3) {
            0 => receiver(on, draw),
            1 => {
                *kind = one(&[EventType::Open, EventType::Message, EventType::Error, EventType::Close], draw);
            }
            _ => {
                let number = FunctionId(draw.below(6) as u8);
                let function = HandlerValue::Function(number);
                *value = one(&[HandlerValue::Null, HandlerValue::NotCallable, function, function], draw);
            }
        },
        Call::Dispatch { on, .. } if draw.below(4) == 0 => receiver(on, draw),
        Call::Dispatch { event: dispatched, .. } => event(dispatched, from, draw),
        Call::InitEvent { event_type: kind, bubbles, cancelable } => match draw.below(3) {
            0 => event_type(kind, draw),
            1 => *bubbles = !*bubbles,
            _ => *cancelable = !*cancelable,
        },
        Call::Abort(signal) => *signal = SignalId(draw.below(bounds::SIGNALS_MAX as u32) as u8),
        Call::QueueMicrotask(id) | Call::PostMessage(id) => function(id, draw),
        Call::SetTimeout(id, _) if draw.below(2) == 0 => function(id, draw),
        Call::SetTimeout(_, old) => *old = ms(*old, draw),
        Call::Read(on, _) if draw.below(2) == 0 => receiver(on, draw),
        Call::Read(_, attribute) => {
            *attribute = one(
                &[
                    Attribute::ReadyState,
                    Attribute::BufferedAmount,
                    Attribute::Protocol,
                    Attribute::BinaryType,
                ],
                draw,
            );
        }
        Call::ReadEvent(event, _) if draw.below(2) == 0 => *event = one(&WhichEvent::ALL, draw),
        Call::ReadEvent(_, member) => *member = one(&EventMember::ALL, draw),
        Call::SetBinaryType(on, _) if draw.below(2) == 0 => receiver(on, draw),
        Call::SetBinaryType(_, value) => *value = one(&BinaryType::ALL, draw),
        Call::Note(note) => *note = draw.below(256) as u8,
        Call::StopPropagation => *call = Call::StopImmediatePropagation,
        Call::StopImmediatePropagation => *call = Call::StopPropagation,
        Call::Throw => *call = Call::ReturnFalse,
        Call::ReturnFalse => *call = Call::Throw,
        Call::ConstructInFrame { url } => units(url, URLS, draw),
        Call::PreventDefault | Call::KeepEvent | Call::RemoveFrame | Call::CloseWorker => {}
    }
}
