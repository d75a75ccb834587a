//! What a page does: a script that constructs a WebSocket and listens, and the functions that it listens with.

use alloc::vec::Vec;

use super::call::{LISTENERS, UA_TYPES, Wanted, body, close, construct, options, send, synthetic};
use super::peer::Connection;
use super::weights::table;
use super::{Draw, agent, bytes, one};
use crate::page::{Call, NewEvent, Receiver, Value};
use crate::scenario::palette::TIMES_MS;
use crate::trace::{Attribute, BinaryType, EventType, FunctionId, HandlerValue, ListenerOptions, SignalId};

/// Functions of a generated page. Number 0 is the script that runs first, the next four listen and are called as
/// microtasks, timers and conversions, and the last one is called by a timer of the first script alone: it may
/// dispatch what the others listen to, and no circle comes about.
const FUNCTIONS: usize = 6;
const LAST: FunctionId = FunctionId(LISTENERS + 1);

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
    (Extra::Read, 32),
    (Extra::Timeout, 40),
    (Extra::LastTimeout, 34),
    (Extra::Microtask, 12),
    (Extra::PostMessage, 8),
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
        Extra::Read => calls.push(match b {
            0xe8.. => Call::SetBinaryType(on, BinaryType::ArrayBuffer),
            _ if b & 1 == 0 => Call::Read(on, Attribute::ReadyState),
            _ => Call::Read(on, Attribute::BufferedAmount),
        }),
        Extra::Timeout => {
            // Rarely longer than everything else that a connection waits for.
            let ms = if a < 0xf4 { ms } else { TIMES_MS[12 + usize::from(b) % (TIMES_MS.len() - 12)] };
            calls.push(Call::SetTimeout(wanted.want(function), ms));
        }
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
            let on = Receiver::Global;
            wanted.want(function);
            calls.push(if a & 1 == 0 {
                Call::AddListener { on, event_type, function, options }
            } else {
                Call::SetHandler { on, event_type, value: HandlerValue::Function(function) }
            });
        }
        Extra::CustomListener => {
            let event_type = EventType::Custom(b & 1);
            wanted.want(function);
            calls.push(Call::AddListener { on, event_type, function, options: options(a) });
        }
        Extra::DoubleListener => {
            let first = options(a);
            let second = if kind & 1 == 0 { first } else { options(a.rotate_left(u32::from(kind & 6)) ^ 3) };
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

/// Calls of one function.
static BODY_COUNTS: [u8; 256] = table(&[(0, 8), (1, 124), (2, 80), (3, 36), (5, 8)]);

/// Fills `functions` and says which connections the first script asks for.
pub(super) fn generate(functions: &mut Vec<Vec<Call>>, draw: &mut impl Draw) -> Connections {
    if functions.len() != FUNCTIONS {
        functions.resize_with(FUNCTIONS, Vec::new);
    }
    functions.iter_mut().for_each(Vec::clear);
    let mut wanted = Wanted::NONE;
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
        match draw.below(8) {
            0..4 => body(calls, LISTENERS, &mut wanted, draw),
            4..6 => calls.push(Call::Dispatch { on: Receiver::Socket(0), event: NewEvent::Kept }),
            _ => {}
        }
    }
    connections
}

/// One call of any kind, for the function `from`.
pub(in crate::scenario) fn call(from: u8, draw: &mut impl Draw) -> Call {
    let mut calls = Vec::new();
    match draw.below(8) {
        0 if draw.below(4) == 0 => calls.push(agent::call(draw)),
        0 => calls.push(synthetic(one(&[Receiver::Socket(0), Receiver::This], draw), draw)),
        1 | 2 => {
            let mut wanted = Wanted::NONE;
            let mut connections = Connections { kinds: [Connection::Plain; 3], len: 0 };
            extra(&mut calls, &mut connections, &mut wanted, draw);
        }
        _ => {
            let mut wanted = Wanted::ALL;
            body(&mut calls, from.min(LISTENERS), &mut wanted, draw);
        }
    }
    calls.swap_remove(0)
}
