//! The frames that are parsed.

use wasclean_model::wire::encode;

/// The lengths of a body that are timed.
pub const BODY_LENS: [usize; 5] = [0, 2, 16, 64, 125];

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// One Close frame.
#[derive(Debug, Clone)]
pub struct Close {
    /// `masked/125-multibyte` and the like.
    pub name: String,
    /// Whether a client sends it.
    pub is_masked: bool,
    /// The frame.
    pub bytes: Vec<u8>,
    /// What it says.
    pub code: Option<u16>,
    /// What it says.
    pub reason: String,
}

/// A reason of exactly `len` bytes.
fn reason(len: usize, is_multibyte: bool) -> String {
    if !is_multibyte {
        return "going away, see you later; ".chars().cycle().take(len).collect();
    }
    let mut reason = String::new();
    // One to four bytes a character, as in a text of some language with a sign now and then.
    for next in "пока, до встречи €𝄞 ".chars().cycle() {
        if reason.len() + next.len_utf8() > len {
            break;
        }
        reason.push(next);
    }
    reason.extend(std::iter::repeat_n('.', len - reason.len()));
    reason
}

fn close(name: String, is_masked: bool, code: Option<u16>, reason: String) -> Close {
    let mut body = Vec::new();
    if let Some(code) = code {
        body.extend(code.to_be_bytes());
        body.extend(reason.bytes());
    }
    let mut bytes = Vec::new();
    encode::frame(&mut bytes, 0x88, &body, is_masked.then_some(KEY));
    Close { name, is_masked, bytes, code, reason }
}

/// The 16 cells: masked or not, each length, ASCII or not where there is a text.
#[must_use]
pub fn cells() -> Vec<Close> {
    let mut cells = Vec::new();
    for is_masked in [true, false] {
        let side = if is_masked { "masked" } else { "unmasked" };
        for len in BODY_LENS {
            for is_multibyte in [false, true] {
                if is_multibyte && len <= 2 {
                    continue;
                }
                let kind = if is_multibyte { "multibyte" } else { "ascii" };
                let code = (len > 0).then_some(1001);
                let text = reason(len.saturating_sub(2), is_multibyte);
                cells.push(close(format!("{side}/{len:03}-{kind}"), is_masked, code, text));
            }
        }
    }
    cells
}

/// A linear congruential generator (Knuth's MMIX constants): the same frames everywhere.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }
}

/// Close frames of mixed lengths, a third of them not ASCII, with various codes and keys.
#[must_use]
pub fn mixed_closes(count: usize, is_masked: bool) -> Vec<Close> {
    let mut draw = Lcg(1);
    let mut closes = Vec::new();
    for _ in 0..count {
        let body_len = BODY_LENS[draw.below(BODY_LENS.len())];
        let body_len = body_len.saturating_sub(draw.below(8)).max(body_len.min(2));
        let code = [1000, 1001, 1011, 3000, 4000, 4999][draw.below(6)];
        let text = reason(body_len.saturating_sub(2), draw.below(3) == 0);
        closes.push(close(String::new(), is_masked, (body_len > 0).then_some(code), text));
    }
    closes
}

/// Frames that must be refused, each for one reason, as they reach a server (masked) or a client.
#[must_use]
pub fn malformed(is_masked: bool) -> Vec<(&'static str, Vec<u8>)> {
    let key = is_masked.then_some(KEY);
    let frame = |first, body: &[u8]| {
        let mut bytes = Vec::new();
        encode::frame(&mut bytes, first, body, key);
        bytes
    };
    let mut wrong_side = Vec::new();
    encode::frame(&mut wrong_side, 0x88, b"\x03\xe8bye", (!is_masked).then_some(KEY));
    vec![
        ("a reserved bit", frame(0xc8, b"\x03\xe8bye")),
        ("a reserved opcode", frame(0x8b, b"\x03\xe8bye")),
        ("no FIN", frame(0x08, b"\x03\xe8bye")),
        ("masked by a server, or not by a client", wrong_side),
        ("126 bytes", frame(0x88, &[&b"\x03\xe8"[..], &[b'x'; 124]].concat())),
        ("a body of one byte", frame(0x88, b"\x03")),
        ("status code 999", frame(0x88, b"\x03\xe7bye")),
        ("status code 1005", frame(0x88, b"\x03\xedbye")),
        ("status code 5000", frame(0x88, b"\x13\x88bye")),
        ("a reason that is not UTF-8", frame(0x88, b"\x03\xe8by\xc0\xae")),
        ("a reason with a surrogate", frame(0x88, b"\x03\xe8by\xed\xa0\x80")),
        ("a reason that is cut off", frame(0x88, b"\x03\xe8by\xe2\x82")),
        ("another opcode", frame(0x89, b"\x03\xe8bye")),
    ]
}

/// One frame of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Small {
    /// The opcode.
    pub opcode: u8,
    /// The payload.
    pub payload: Vec<u8>,
}

/// Small frames of mixed kinds and lengths: texts, a quarter of them not ASCII; binaries; Pings and Pongs.
#[must_use]
pub fn mixed_small(count: usize) -> Vec<Small> {
    let mut draw = Lcg(2);
    (0..count)
        .map(|_| {
            let len = if draw.below(2) == 0 { draw.below(24) } else { draw.below(126) };
            let (opcode, payload) = match draw.below(20) {
                0 => (9, reason(len, false).into_bytes()),
                1 => (10, reason(len, false).into_bytes()),
                2..=6 => (2, (0..len).map(|_| draw.below(256) as u8).collect()),
                7..=10 => (1, reason(len, true).into_bytes()),
                _ => (1, reason(len, false).into_bytes()),
            };
            Small { opcode, payload }
        })
        .collect()
}

/// The bytes of a stream of final frames.
#[must_use]
pub fn stream(frames: &[Small], is_masked: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        let key = (index as u32).wrapping_mul(0x9e37_79b9).to_be_bytes();
        encode::frame(&mut bytes, 0x80 | frame.opcode, &frame.payload, is_masked.then_some(key));
    }
    bytes
}
