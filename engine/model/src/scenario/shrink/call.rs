//! Sizes and simplifications of a page's calls.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use super::parts::{
    bytes_size, simpler_bytes, simpler_times, simpler_units, simpler_values, time_size, units_size,
    value_size,
};
use crate::page::{Call, CloseEventInit, Data, MadeBy, NewEvent, Value};
use crate::scenario::palette::URLS;
use crate::trace::ListenerOptions;

fn url_size(url: &[u16]) -> usize {
    if url == URLS[0] { 0 } else { 1 + url.len() }
}

fn options_size(options: &ListenerOptions) -> usize {
    let ListenerOptions { capture, once, passive, signal } = *options;
    [capture, once, passive, signal.is_some()].into_iter().filter(|&is_set| is_set).count()
}

fn event_size(event: &NewEvent) -> usize {
    match event {
        NewEvent::Current | NewEvent::Kept => 0,
        NewEvent::Event { event_type: _, bubbles, cancelable } => {
            1 + usize::from(*bubbles) + usize::from(*cancelable)
        }
        NewEvent::CloseEvent(_, init) => {
            let CloseEventInit { bubbles, cancelable, was_clean, code, reason, made_by } = init;
            let flags = [*bubbles, *cancelable, *was_clean, *made_by != MadeBy::Constructor]
                .map(usize::from)
                .iter()
                .sum::<usize>();
            4 + flags + value_size(code) + value_size(reason)
        }
    }
}

pub(super) fn size(call: &Call) -> usize {
    let operands = match call {
        Call::Construct { url, protocols } => {
            url_size(url) + protocols.iter().map(|protocol| 1 + units_size(protocol)).sum::<usize>()
        }
        Call::ConstructInFrame { url } => 1 + url_size(url),
        Call::Close { on: _, code, reason } => value_size(code) + value_size(reason),
        Call::Send { on: _, data: Data::Text(text) } => units_size(text),
        Call::Send { on: _, data: Data::Binary(bytes) } => 1 + bytes_size(bytes),
        Call::AddListener { options, .. } => options_size(options),
        Call::RemoveListener { capture, .. } => usize::from(*capture),
        Call::Dispatch { on: _, event } => event_size(event),
        Call::InitEvent { event_type: _, bubbles, cancelable } => {
            usize::from(*bubbles) + usize::from(*cancelable)
        }
        Call::SetTimeout(_, ms) => time_size(*ms),
        Call::Note(note) => usize::from(*note != 0),
        Call::SetHandler { .. }
        | Call::StopPropagation
        | Call::StopImmediatePropagation
        | Call::PreventDefault
        | Call::KeepEvent
        | Call::Abort(_)
        | Call::QueueMicrotask(_)
        | Call::PostMessage(_)
        | Call::Read(..)
        | Call::SetBinaryType(..)
        | Call::ReadEvent(..)
        | Call::RemoveFrame
        | Call::CloseWorker
        | Call::Throw
        | Call::ReturnFalse => 0,
    };
    1 + operands
}

fn simpler_options(options: &ListenerOptions) -> [ListenerOptions; 5] {
    [
        ListenerOptions::default(),
        ListenerOptions { capture: false, ..*options },
        ListenerOptions { once: false, ..*options },
        ListenerOptions { passive: false, ..*options },
        ListenerOptions { signal: None, ..*options },
    ]
}

fn simpler_inits(init: &CloseEventInit) -> Vec<CloseEventInit> {
    let mut simpler = vec![
        CloseEventInit::default(),
        CloseEventInit { bubbles: false, ..init.clone() },
        CloseEventInit { cancelable: false, ..init.clone() },
        CloseEventInit { was_clean: false, ..init.clone() },
        CloseEventInit { made_by: MadeBy::Constructor, ..init.clone() },
    ];
    simpler
        .extend(simpler_values(&init.code).into_iter().map(|code| CloseEventInit { code, ..init.clone() }));
    let reasons = simpler_values(&init.reason).into_iter();
    simpler.extend(reasons.map(|reason| CloseEventInit { reason, ..init.clone() }));
    simpler
}

fn simpler_events(event: &NewEvent) -> Vec<NewEvent> {
    match event {
        NewEvent::Current | NewEvent::Kept => vec![],
        NewEvent::Event { event_type, bubbles, cancelable } => {
            let event =
                |bubbles, cancelable| NewEvent::Event { event_type: *event_type, bubbles, cancelable };
            vec![event(false, false), event(*bubbles, false), event(false, *cancelable)]
        }
        NewEvent::CloseEvent(event_type, init) => {
            let plain = NewEvent::Event { event_type: *event_type, bubbles: false, cancelable: false };
            let inits = simpler_inits(init).into_iter();
            core::iter::once(plain).chain(inits.map(|init| NewEvent::CloseEvent(*event_type, init))).collect()
        }
    }
}

/// Calls that may be simpler than `call`.
pub(super) fn simpler(call: &Call) -> Vec<Call> {
    match call {
        Call::Construct { url, protocols } => {
            let construct = |protocols: Vec<_>| Call::Construct { url: url.clone(), protocols };
            let mut simpler =
                vec![Call::Construct { url: Cow::Borrowed(URLS[0]), protocols: protocols.clone() }];
            for dropped in 0..protocols.len() {
                let mut fewer = protocols.clone();
                fewer.remove(dropped);
                simpler.push(construct(fewer));
            }
            for (index, protocol) in protocols.iter().enumerate() {
                for new in simpler_units(protocol) {
                    let mut plainer = protocols.clone();
                    plainer[index] = new;
                    simpler.push(construct(plainer));
                }
            }
            simpler
                .extend(simpler_units(url).map(|url| Call::Construct { url, protocols: protocols.clone() }));
            simpler
        }
        Call::ConstructInFrame { url } => {
            let mut simpler = vec![
                Call::Construct { url: url.clone(), protocols: vec![] },
                Call::ConstructInFrame { url: Cow::Borrowed(URLS[0]) },
            ];
            simpler.extend(simpler_units(url).map(|url| Call::ConstructInFrame { url }));
            simpler
        }
        Call::Close { on, code, reason } => {
            let close = |code: Value, reason: Value| Call::Close { on: *on, code, reason };
            let mut simpler = vec![close(Value::Undefined, Value::Undefined)];
            simpler.extend(simpler_values(reason).into_iter().map(|reason| close(code.clone(), reason)));
            simpler.extend(simpler_values(code).into_iter().map(|code| close(code, reason.clone())));
            simpler
        }
        Call::Send { on, data: Data::Text(text) } => {
            simpler_units(text).map(|text| Call::Send { on: *on, data: Data::Text(text) }).collect()
        }
        Call::Send { on, data: Data::Binary(bytes) } => {
            let text = Data::Text(bytes.iter().map(|_| u16::from(b'a')).collect());
            let binary = simpler_bytes(bytes).map(Data::Binary);
            core::iter::once(text).chain(binary).map(|data| Call::Send { on: *on, data }).collect()
        }
        Call::AddListener { on, event_type, function, options } => simpler_options(options)
            .map(|options| Call::AddListener {
                on: *on,
                event_type: *event_type,
                function: *function,
                options,
            })
            .into(),
        Call::RemoveListener { on, event_type, function, capture: _ } => {
            vec![Call::RemoveListener {
                on: *on,
                event_type: *event_type,
                function: *function,
                capture: false,
            }]
        }
        Call::Dispatch { on, event } => {
            simpler_events(event).into_iter().map(|event| Call::Dispatch { on: *on, event }).collect()
        }
        Call::InitEvent { event_type, bubbles, cancelable } => {
            let init = |bubbles, cancelable| Call::InitEvent { event_type: *event_type, bubbles, cancelable };
            vec![init(false, false), init(*bubbles, false), init(false, *cancelable)]
        }
        Call::SetTimeout(function, ms) => {
            simpler_times(*ms).into_iter().map(|ms| Call::SetTimeout(*function, ms)).collect()
        }
        Call::Note(_) => vec![Call::Note(0)],
        Call::SetHandler { .. }
        | Call::StopPropagation
        | Call::StopImmediatePropagation
        | Call::PreventDefault
        | Call::KeepEvent
        | Call::Abort(_)
        | Call::QueueMicrotask(_)
        | Call::PostMessage(_)
        | Call::Read(..)
        | Call::SetBinaryType(..)
        | Call::ReadEvent(..)
        | Call::RemoveFrame
        | Call::CloseWorker
        | Call::Throw
        | Call::ReturnFalse => vec![],
    }
}
