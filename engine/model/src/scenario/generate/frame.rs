//! What a peer writes, and for how long it waits.

use alloc::borrow::Cow;

use super::Draw;
use crate::scenario::palette::{
    CODES, PAYLOADS, PAYLOADS_CHEAP, PAYLOADS_NOT_UTF8, PAYLOADS_SHORT, RAW, TIMES_MS,
};
use crate::scenario::{Frame, Item, PeerStep};

/// Codes, as positions: half of them legal, the others anything.
static CODE_PLACES: [u8; 256] = {
    let mut places = [0; 256];
    let mut index = 96;
    while index < 256 {
        places[index] = ((index - 96) % CODES.len()) as u8;
        index += 1;
    }
    places
};

#[inline]
pub(super) fn code(byte: u8) -> u16 {
    CODES[usize::from(CODE_PLACES[usize::from(byte)])]
}

/// Reasons, as positions: mostly none or a plain one, sometimes anything that fits, rarely one too long.
static REASON_PLACES: [u8; 256] = {
    let mut places = [0; 256];
    let mut index = 0x60;
    while index < 256 {
        places[index] = match index {
            0x60..0xb0 => 1,
            0xb0..0xfd => (index % PAYLOADS_SHORT) as u8,
            _ => 22,
        };
        index += 1;
    }
    places
};

#[inline]
pub(super) fn reason(byte: u8) -> &'static [u8] {
    PAYLOADS[usize::from(REASON_PLACES[usize::from(byte)])]
}

/// Payloads, as positions: mostly short ones.
static PAYLOAD_PLACES: [u8; 256] = {
    let mut places = [0; 256];
    let mut index = 0;
    while index < 256 {
        places[index] = (index % if index < 0xa0 { 5 } else { PAYLOADS_CHEAP }) as u8;
        index += 1;
    }
    places
};

/// A payload, mostly short, rarely one of a length that needs eight bytes.
#[inline]
pub(super) fn payload(byte: u8, draw: &mut impl Draw) -> &'static [u8] {
    if byte == 0xff && draw.below(16) == 0 {
        return PAYLOADS[draw.below(PAYLOADS.len() as u32) as usize];
    }
    PAYLOADS[usize::from(PAYLOAD_PLACES[usize::from(byte)])]
}

/// A text: rarely one that is not UTF-8.
#[inline]
pub(super) fn text(byte: u8, draw: &mut impl Draw) -> &'static [u8] {
    if byte < 0xe0 { PAYLOADS[usize::from(byte & 3)] } else { payload(byte, draw) }
}

/// Times: half of them short, and never the last one, which is longer than anything waits.
static TIMES: [u32; 256] = {
    let mut times = [0; 256];
    let mut index = 0;
    while index < 256 {
        times[index] = TIMES_MS[index % if index < 0x80 { 8 } else { TIMES_MS.len() - 1 }];
        index += 1;
    }
    times
};

#[inline]
pub(super) fn time(byte: u8) -> u32 {
    TIMES[usize::from(byte)]
}

#[inline]
pub(super) fn write(item: Item) -> PeerStep {
    PeerStep::Write { item, corked: false }
}

#[inline]
pub(super) fn frame(opcode: u8, payload: &'static [u8]) -> Frame {
    Frame::new(opcode, payload)
}

#[inline]
pub(super) fn close(code: u16, reason: &'static [u8]) -> Item {
    Item::Frame(Frame::close(code, reason))
}

/// Something that RFC 6455 forbids.
#[inline]
pub(super) fn malformed([kind, a, b]: [u8; 3]) -> Item {
    let legal = [1, 2, 0, 8, 9, 10][usize::from(a) % 6];
    let base = frame(legal, PAYLOADS[usize::from(b) & 3]);
    match kind % 12 {
        0 | 1 => Item::Frame(Frame { rsv: 1 + b % 7, ..base }),
        2 => Item::Frame(Frame { opcode: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15][usize::from(a) % 10], ..base }),
        3 => Item::Frame(Frame { mask: Some([a, b, 3, 4]), ..base }),
        4 => Item::Frame(Frame { mask: Some([0; 4]), ..close_frame(code(a)) }),
        // A control frame that is not final, or too long.
        5 => Item::Frame(Frame { is_final: false, ..frame(8 + a % 3, PAYLOADS[19]) }),
        6 => Item::Frame(frame(8 + a % 3, PAYLOADS[[24, 27, 23][usize::from(b) % 3]])),
        // A Close body of one byte, or with a reason that is not UTF-8.
        7 => Item::Frame(frame(8, PAYLOADS[if a & 3 == 0 { 15 } else { 18 }])),
        8 => close(code(a), PAYLOADS[PAYLOADS_NOT_UTF8[usize::from(b) % PAYLOADS_NOT_UTF8.len()]]),
        9 => Item::Frame(frame(1, PAYLOADS[PAYLOADS_NOT_UTF8[usize::from(b) % PAYLOADS_NOT_UTF8.len()]])),
        10 => Item::Bytes(Cow::Borrowed(RAW[usize::from(a) % RAW.len()])),
        // A fragment of nothing.
        _ => Item::Frame(frame(0, PAYLOADS[3])),
    }
}

fn close_frame(code: u16) -> Frame {
    Frame::close(code, PAYLOADS[0])
}
