//! The records of a peer's steps.

use alloc::vec::Vec;

use super::op::{Op, StepOp};
use super::operand::{
    INLINE, LONG, place, read_bytes, read_code, read_ms, read_str, write_bytes, write_code, write_ms,
    write_str,
};
use super::unit::{Reader, put_unit};
use crate::scenario::palette::{HTTP, PAYLOADS, PROTOCOLS, RAW};
use crate::scenario::{Awaited, Frame, Item, Payload, PeerStep, Unreachable};
use crate::wire::opcode;

/// The second byte of a record: the peer in the low half, and whether a write is held back in the highest bits.
const CORKED: u8 = 0xe0;
/// A frame is not final if the operand is at least this.
const NOT_FINAL: u8 = 0xe0;

const AWAITED: [Awaited; 4] = [Awaited::Close, Awaited::Data, Awaited::Request, Awaited::Fin];
const UNREACHABLE: [Unreachable; 4] =
    [Unreachable::Refused, Unreachable::Name, Unreachable::Route, Unreachable::Tls];

/// The peer that the second byte of a record names: mostly the first.
pub(super) fn peer(byte: u8) -> usize {
    match byte & 0x0f {
        number @ 0..=3 => usize::from(number),
        14 | 15 => 1,
        _ => 0,
    }
}

fn head(frame: &Frame) -> u8 {
    u8::from(frame.is_final) << 7 | frame.rsv << 4 | frame.opcode
}

fn frame(first: u8, mask: Option<[u8; 4]>, payload: Payload) -> Item {
    Item::Frame(Frame {
        is_final: first & 0x80 != 0,
        rsv: first >> 4 & 7,
        opcode: first & 0x0f,
        mask,
        payload,
    })
}

/// A frame with an opcode that RFC 6455 defines.
fn legal(opcode: u8, a: u8, b: u8, reader: &mut Reader<'_>) -> Item {
    let first = opcode | if b >= NOT_FINAL { 0 } else { 0x80 };
    frame(first, None, Payload::Bytes(read_bytes(a, PAYLOADS, reader)))
}

fn item(op: StepOp, a: u8, b: u8, reader: &mut Reader<'_>) -> Option<Item> {
    Some(match op {
        StepOp::Accept if a == LONG || a % 4 == 3 || a >= INLINE => {
            // Three in four of the short codes are an answer without a subprotocol.
            let operand = if a < INLINE { a / 4 } else { a };
            Item::Accept { protocol: Some(read_str(operand, PROTOCOLS, reader)) }
        }
        StepOp::Accept => Item::Accept { protocol: None },
        StepOp::Close => {
            let code = read_code(a, reader);
            frame(0x88, None, Payload::Close(code, read_bytes(b, PAYLOADS, reader)))
        }
        StepOp::Echo => Item::Echo,
        StepOp::Continuation => legal(opcode::CONTINUATION, a, b, reader),
        StepOp::Text => legal(opcode::TEXT, a, b, reader),
        StepOp::Binary => legal(opcode::BINARY, a, b, reader),
        StepOp::AnyClose => legal(opcode::CLOSE, a, b, reader),
        StepOp::Ping => legal(opcode::PING, a, b, reader),
        StepOp::Pong => legal(opcode::PONG, a, b, reader),
        StepOp::OddFrame => frame(a, None, Payload::Bytes(read_bytes(b, PAYLOADS, reader))),
        StepOp::MaskedFrame => {
            let key = reader.unit();
            frame(a, Some(key), Payload::Bytes(read_bytes(b, PAYLOADS, reader)))
        }
        StepOp::OddClose => {
            let [first, is_masked, _, _] = reader.unit();
            let key = (is_masked >= 0x80).then(|| reader.unit());
            let code = read_code(a, reader);
            frame(first, key, Payload::Close(code, read_bytes(b, PAYLOADS, reader)))
        }
        StepOp::Bytes => Item::Bytes(read_bytes(a, RAW, reader)),
        StepOp::Http => Item::Http(read_str(a, HTTP, reader)),
        StepOp::Wait
        | StepOp::Delay
        | StepOp::Fin
        | StepOp::Rst
        | StepOp::StopReading
        | StepOp::ResumeReading
        | StepOp::Unreachable => return None,
    })
}

pub(super) fn read(op: StepOp, second: u8, a: u8, b: u8, reader: &mut Reader<'_>) -> PeerStep {
    if let Some(item) = item(op, a, b, reader) {
        return PeerStep::Write { item, corked: second >= CORKED };
    }
    match op {
        StepOp::Wait => {
            let at_most_ms = if (INLINE..LONG).contains(&a) { None } else { Some(read_ms(a, reader)) };
            PeerStep::Wait { until: AWAITED[usize::from(b) % AWAITED.len()], at_most_ms }
        }
        StepOp::Delay => PeerStep::Delay { ms: read_ms(a, reader) },
        StepOp::Rst => PeerStep::Rst,
        StepOp::StopReading => PeerStep::StopReading,
        StepOp::ResumeReading => PeerStep::ResumeReading,
        StepOp::Unreachable => PeerStep::Unreachable(UNREACHABLE[usize::from(a) % UNREACHABLE.len()]),
        StepOp::Fin
        | StepOp::Accept
        | StepOp::Close
        | StepOp::Echo
        | StepOp::Continuation
        | StepOp::Text
        | StepOp::Binary
        | StepOp::AnyClose
        | StepOp::Ping
        | StepOp::Pong
        | StepOp::OddFrame
        | StepOp::MaskedFrame
        | StepOp::OddClose
        | StepOp::Bytes
        | StepOp::Http => PeerStep::Fin,
    }
}

fn write_frame(out: &mut Vec<u8>, frame: &Frame) -> (StepOp, u8, u8) {
    let first = head(frame);
    match (&frame.payload, frame.mask) {
        (Payload::Bytes(bytes), None) => {
            let payload = write_bytes(out, PAYLOADS, bytes);
            let op = match first & 0x7f {
                opcode::CONTINUATION => StepOp::Continuation,
                opcode::TEXT => StepOp::Text,
                opcode::BINARY => StepOp::Binary,
                opcode::CLOSE => StepOp::AnyClose,
                opcode::PING => StepOp::Ping,
                opcode::PONG => StepOp::Pong,
                _ => return (StepOp::OddFrame, first, payload),
            };
            (op, payload, if frame.is_final { 0 } else { NOT_FINAL })
        }
        (Payload::Bytes(bytes), Some(key)) => {
            out.extend(key);
            (StepOp::MaskedFrame, first, write_bytes(out, PAYLOADS, bytes))
        }
        (Payload::Close(code, reason), mask) => {
            let is_odd = first != 0x88 || mask.is_some();
            if is_odd {
                out.extend([first, if mask.is_some() { 0x80 } else { 0 }, 0, 0]);
                out.extend(mask.into_iter().flatten());
            }
            let code = write_code(out, *code);
            let reason = write_bytes(out, PAYLOADS, reason);
            (if is_odd { StepOp::OddClose } else { StepOp::Close }, code, reason)
        }
    }
}

pub(super) fn write(out: &mut Vec<u8>, peer: usize, step: &PeerStep) {
    put_unit(out, |out| {
        let (op, a, b) = match step {
            PeerStep::Write { item, corked: _ } => match item {
                Item::Bytes(bytes) => (StepOp::Bytes, write_bytes(out, RAW, bytes), 0),
                Item::Accept { protocol: None } => (StepOp::Accept, 0, 0),
                Item::Accept { protocol: Some(protocol) } => {
                    let operand = write_str(out, PROTOCOLS, protocol);
                    (StepOp::Accept, if operand < INLINE { operand * 4 + 3 } else { operand }, 0)
                }
                Item::Http(template) => (StepOp::Http, write_str(out, HTTP, template), 0),
                Item::Frame(frame) => write_frame(out, frame),
                Item::Echo => (StepOp::Echo, 0, 0),
            },
            PeerStep::Wait { until, at_most_ms } => {
                let a = at_most_ms.map_or(INLINE, |ms| write_ms(out, ms));
                let b = AWAITED.iter().position(|known| known == until).expect("all four are there");
                (StepOp::Wait, a, place(b))
            }
            PeerStep::Delay { ms } => (StepOp::Delay, write_ms(out, *ms), 0),
            PeerStep::Fin => (StepOp::Fin, 0, 0),
            PeerStep::Rst => (StepOp::Rst, 0, 0),
            PeerStep::StopReading => (StepOp::StopReading, 0, 0),
            PeerStep::ResumeReading => (StepOp::ResumeReading, 0, 0),
            PeerStep::Unreachable(kind) => {
                let a = UNREACHABLE.iter().position(|known| known == kind).expect("all four are there");
                (StepOp::Unreachable, place(a), 0)
            }
        };
        let corked = match step {
            PeerStep::Write { corked: true, .. } => CORKED,
            PeerStep::Write { corked: false, .. }
            | PeerStep::Wait { .. }
            | PeerStep::Delay { .. }
            | PeerStep::Fin
            | PeerStep::Rst
            | PeerStep::StopReading
            | PeerStep::ResumeReading
            | PeerStep::Unreachable(_) => 0,
        };
        [Op::Step(op).byte(), place(peer) | corked, a, b]
    });
}
