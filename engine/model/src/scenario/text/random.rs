//! Random scenarios for the tests: within the bounds, and as unlike those that somebody would write as can be.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::choices::{Alternative, Decision, Point};
use crate::page::{Call, CloseEventInit, Data, MadeBy, NewEvent, Primitive, Receiver, Script, Value};
use crate::profile::{AcceptCodes, Fault, FramesAfterClose, Loss, OpenTask, Profile, ReasonOnly};
use crate::scenario::{
    Agent, AgentStep, Awaited, Expect, Frame, Global, Item, Payload, Peer, PeerStep, Scenario, Unreachable,
};
use crate::trace::{
    Attribute, BinaryType, EventMember, EventType, FunctionId, HandlerValue, ListenerOptions, SignalId,
    SocketId, TaskSource, WhichEvent,
};

/// A generator of numbers (SplitMix64), so that a test needs nothing but a seed.
pub(super) struct Draw(pub(super) u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn flip(&mut self) -> bool {
        self.below(2) == 0
    }

    pub(super) fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    fn list<T>(&mut self, max: usize, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let len = self.below(max + 1);
        (0..len).map(|_| item(self)).collect()
    }
}

pub(super) fn scenario(draw: &mut Draw) -> Scenario {
    let functions = draw.below(33);
    Scenario {
        profile: profile(draw),
        peers: draw.list(4, |draw| Peer { steps: steps(draw) }),
        page: Script {
            functions: (0..functions).map(|_| draw.list(6, |draw| call(draw, functions))).collect(),
        },
        agent: Agent { global: draw.of(&[Global::Window, Global::Worker]), steps: draw.list(5, agent_step) },
        choices: draw.list(12, decision),
        expect: Expect {
            page: draw.flip().then(|| draw.list(4, text)),
            wire: draw.flip().then(|| draw.list(4, text)),
            breaks: draw.flip().then(|| text(draw)),
        },
    }
}

fn agent_step(draw: &mut Draw) -> AgentStep {
    match draw.below(5) {
        0 => AgentStep::Navigate,
        1 => AgentStep::Back,
        2 => AgentStep::Terminate,
        3 => AgentStep::Collect(draw.below(4) as u8),
        _ => AgentStep::Delay { ms: draw.next() as u32 },
    }
}

fn profile(draw: &mut Draw) -> Profile {
    let mut profile = draw.of(&[Profile::STANDARD, Profile::LITERAL]);
    if draw.flip() {
        profile.close_timeout = draw.of(Loss::VALUES).0;
        profile.accept_codes = draw.of(AcceptCodes::VALUES).0;
        profile.frames_after_close = draw.of(FramesAfterClose::VALUES).0;
        profile.open_task = draw.of(OpenTask::VALUES).0;
        profile.reason_only = draw.of(ReasonOnly::VALUES).0;
        profile.linger_us = draw.next() >> draw.below(64);
        profile.message_len_max = draw.next() as u32;
        profile.fault = draw.flip().then(|| draw.of(Fault::VALUES).0);
    }
    profile
}

fn decision(draw: &mut Draw) -> Decision {
    let socket = SocketId(draw.below(4) as u8);
    let (point, taken) = match draw.below(11) {
        6 => (Point::NavigateCache, draw.of(&[Alternative::Keep, Alternative::Discard])),
        7 => (Point::BackRestore, draw.of(&[Alternative::Restore, Alternative::Evict])),
        9 => (Point::CloseBody, draw.of(&[Alternative::Reason, Alternative::Empty])),
        10 => (Point::CloseStamp, draw.of(&[Alternative::Fired, Alternative::Closed])),
        8 => (Point::WorkerEnd, draw.of(&[Alternative::GoingAway, Alternative::Empty, Alternative::Abrupt])),
        0 => (
            Point::WorldStep,
            draw.of(&[Alternative::Loop, Alternative::Agent, Alternative::Time, Alternative::Reset(socket)]),
        ),
        1 => (Point::WorldStep, draw.of(&[Alternative::Deliver(socket), Alternative::Peer(socket)])),
        2 => (Point::LoopQueue, Alternative::Source(draw.of(&TaskSource::ALL))),
        3 => (Point::TcpWrite, draw.of(&[Alternative::Now, Alternative::Later])),
        4 => (Point::FailClose, draw.of(&[Alternative::Send, Alternative::Omit])),
        _ => (
            draw.of(&[Point::TcpCut, Point::HandshakeNonce, Point::FrameMask]),
            Alternative::Number(draw.next() as u32),
        ),
    };
    Decision { point, taken }
}

/// Code units: of words, quotes of all kinds, controls, lone surrogates, and many of the same.
fn units(draw: &mut Draw) -> Vec<u16> {
    let alphabet = [
        0x61, 0x30, 0x20, 0x22, 0x27, 0x5c, 0x60, 0, 1, 8, 9, 0xa, 0xb, 0xc, 0xd, 0x1b, 0x7f, 0x85, 0xa0,
        0xe4, 0x2028, 0x202e, 0xd800, 0xd83d, 0xde00, 0xdfff, 0xfeff, 0xffff, 0x5d, 0x29, 0x2b, 0x23,
    ];
    match draw.below(4) {
        0 => Vec::new(),
        1 => draw.list(20, |draw| draw.of(&alphabet)),
        2 => {
            let unit = draw.of(&alphabet);
            let mut units = alloc::vec![unit; 30 + draw.below(8)];
            if draw.flip() {
                units.push(draw.of(&alphabet));
            }
            units
        }
        _ => [0xd83d, 0xde00].repeat(30 + draw.below(8)),
    }
}

fn js_string(draw: &mut Draw) -> Cow<'static, [u16]> {
    Cow::Owned(units(draw))
}

fn text(draw: &mut Draw) -> String {
    String::from_utf16_lossy(&units(draw))
}

fn bytes(draw: &mut Draw) -> Cow<'static, [u8]> {
    Cow::Owned(match draw.below(4) {
        0 => Vec::new(),
        1 => draw.list(20, |draw| draw.next() as u8),
        2 => alloc::vec![draw.next() as u8; 30 + draw.below(8)],
        _ => text(draw).into_bytes(),
    })
}

fn number(draw: &mut Draw) -> u64 {
    let odd =
        [0.0, -0.0, 999.5, 1000.0, 65535.0, 65536.0, 1e21, 1e-7, 5e-324, f64::MAX, f64::NAN, f64::INFINITY];
    match draw.below(4) {
        0 => draw.of(&odd).to_bits(),
        1 => (-draw.of(&odd)).to_bits(),
        2 => 0x7ff0_0000_0000_0000 | draw.next(),
        _ => draw.next(),
    }
}

fn function(draw: &mut Draw, functions: usize) -> FunctionId {
    FunctionId(draw.below(functions) as u8)
}

fn value(draw: &mut Draw, functions: usize) -> Value {
    match draw.below(9) {
        0 => Value::Null,
        1 => Value::Boolean(draw.flip()),
        2 => Value::Number(number(draw)),
        3 => Value::BigInt(draw.next() as i64 >> draw.below(64)),
        4 => Value::Symbol,
        5 => Value::String(js_string(draw)),
        6 => Value::Object(function(draw, functions), Primitive::Number(number(draw))),
        7 => Value::Object(function(draw, functions), Primitive::String(js_string(draw))),
        _ => Value::Undefined,
    }
}

fn fired(draw: &mut Draw) -> EventType {
    draw.of(&[EventType::Open, EventType::Message, EventType::Error, EventType::Close])
}

fn event_type(draw: &mut Draw) -> EventType {
    if draw.below(8) == 0 {
        return draw.of(&[EventType::PageHide, EventType::Unload]);
    }
    if draw.flip() { fired(draw) } else { EventType::Custom(draw.below(8) as u8) }
}

fn event(draw: &mut Draw, functions: usize) -> NewEvent {
    match draw.below(4) {
        0 => NewEvent::Event { event_type: event_type(draw), bubbles: draw.flip(), cancelable: draw.flip() },
        1 => NewEvent::CloseEvent(
            event_type(draw),
            CloseEventInit {
                bubbles: draw.flip(),
                cancelable: draw.flip(),
                was_clean: draw.flip(),
                code: value(draw, functions),
                reason: value(draw, functions),
                made_by: draw.of(&[MadeBy::Constructor, MadeBy::InitCloseEvent]),
            },
        ),
        2 => NewEvent::Current,
        _ => NewEvent::Kept,
    }
}

fn call(draw: &mut Draw, functions: usize) -> Call {
    let on = match draw.below(3) {
        0 => Receiver::This,
        1 => Receiver::Global,
        _ => Receiver::Socket(draw.below(4) as u8),
    };
    match draw.below(22) {
        0 => Call::Construct { url: js_string(draw), protocols: draw.list(3, js_string) },
        1 => Call::Close { on, code: value(draw, functions), reason: value(draw, functions) },
        2 => Call::Send { on, data: Data::Text(js_string(draw)) },
        3 => Call::Send { on, data: Data::Binary(bytes(draw)) },
        4 => Call::AddListener {
            on,
            event_type: event_type(draw),
            function: function(draw, functions),
            options: ListenerOptions {
                capture: draw.flip(),
                once: draw.flip(),
                passive: draw.flip(),
                signal: draw.flip().then(|| SignalId(draw.below(4) as u8)),
            },
        },
        5 => Call::RemoveListener {
            on,
            event_type: event_type(draw),
            function: function(draw, functions),
            capture: draw.flip(),
        },
        6 => {
            let function = HandlerValue::Function(function(draw, functions));
            let value = draw.of(&[HandlerValue::Null, function, HandlerValue::NotCallable]);
            Call::SetHandler { on, event_type: fired(draw), value }
        }
        7 => Call::Dispatch { on, event: event(draw, functions) },
        8 => Call::StopPropagation,
        9 => Call::StopImmediatePropagation,
        10 => Call::PreventDefault,
        11 => Call::InitEvent { event_type: event_type(draw), bubbles: draw.flip(), cancelable: draw.flip() },
        12 => Call::KeepEvent,
        13 => Call::Abort(SignalId(draw.below(4) as u8)),
        14 => Call::QueueMicrotask(function(draw, functions)),
        15 => Call::SetTimeout(function(draw, functions), draw.next() as u32),
        16 => Call::PostMessage(function(draw, functions)),
        17 => {
            let attributes = [
                Attribute::ReadyState,
                Attribute::BufferedAmount,
                Attribute::Protocol,
                Attribute::Extensions,
                Attribute::BinaryType,
            ];
            Call::Read(on, draw.of(&attributes))
        }
        18 => Call::Note(draw.next() as u8),
        20 => Call::ReadEvent(draw.of(&WhichEvent::ALL), draw.of(&EventMember::ALL)),
        19 => Call::SetBinaryType(on, draw.of(&BinaryType::ALL)),
        _ => draw.of(&[Call::Throw, Call::ReturnFalse]),
    }
}

fn steps(draw: &mut Draw) -> Vec<PeerStep> {
    let mut steps = draw.list(8, step);
    if draw.below(4) == 0 {
        let why = [Unreachable::Name, Unreachable::Route, Unreachable::Refused, Unreachable::Tls];
        steps.insert(0, PeerStep::Unreachable(draw.of(&why)));
    }
    steps
}

fn step(draw: &mut Draw) -> PeerStep {
    match draw.below(8) {
        0 => PeerStep::Wait {
            until: draw.of(&[Awaited::Request, Awaited::Data, Awaited::Close, Awaited::Fin]),
            at_most_ms: draw.flip().then(|| ms(draw)),
        },
        1 => PeerStep::Delay { ms: ms(draw) },
        2 => draw.of(&[PeerStep::Fin, PeerStep::Rst, PeerStep::StopReading, PeerStep::ResumeReading]),
        _ => PeerStep::Write { item: item(draw), corked: draw.flip() },
    }
}

fn ms(draw: &mut Draw) -> u32 {
    let any = draw.next() as u32;
    draw.of(&[0, 1, 999, 1000, 2500, 4_294_967_000, u32::MAX, any])
}

fn item(draw: &mut Draw) -> Item {
    match draw.below(8) {
        0 => Item::Bytes(bytes(draw)),
        1 => Item::Accept { protocol: draw.flip().then(|| Cow::Owned(text(draw))) },
        2 => Item::Http(Cow::Owned(text(draw))),
        3 => Item::Echo,
        4 => Item::Frame(Frame::new(draw.below(16) as u8, bytes(draw))),
        5 => Item::Frame(Frame::close(draw.next() as u16, bytes(draw))),
        _ => Item::Frame(Frame {
            is_final: draw.flip(),
            rsv: draw.below(8) as u8,
            opcode: draw.below(16) as u8,
            mask: draw.flip().then(|| (draw.next() as u32).to_be_bytes()),
            payload: match draw.below(2) {
                0 => Payload::Bytes(bytes(draw)),
                _ => Payload::Close(draw.next() as u16, bytes(draw)),
            },
        }),
    }
}
