//! Frames: inserted, dropped, swapped and spliced, and changed in one field.

use alloc::vec::Vec;
use core::ops::Range;

use super::{Numbers, below, change_list, one_of};
use crate::scenario::generate::Draw as _;
use crate::wire::mask;

/// Status codes at the borders of what RFC 6455 section 7.4 tells apart.
const CODES: [u16; 22] = [
    0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1014, 1015, 1016, 2999,
    3000, 4999, 5000, 65535,
];

/// Pieces of a payload at the borders of what is UTF-8.
const PIECES: [&[u8]; 22] = [
    b"a",
    b"bye",
    b"\0",
    "\u{e9}".as_bytes(),
    "\u{20ac}".as_bytes(),
    "\u{1f600}".as_bytes(),
    "\u{feff}".as_bytes(),
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe2\x82",
    b"\xf0\x9f\x98",
    b"\x80",
    b"\xff",
    b"\xc1\xbf",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xf5\x80\x80\x80",
    "\u{d7ff}\u{e000}".as_bytes(),
    "\u{800}\u{10000}".as_bytes(),
    "\u{7ffff}\u{10ffff}".as_bytes(),
    b"abcdefghijklm",
];

/// Lengths of a payload at the borders of the forms of a length.
const LENGTHS: [usize; 9] = [0, 1, 2, 123, 124, 125, 126, 127, 128];

/// Lengths that are said and not kept.
const CLAIMS: [u64; 8] = [0, 125, 126, 65_535, 65_536, 1 << 31, i64::MAX as u64, u64::MAX];

/// How a frame's length is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// In the shortest form.
    Shortest,
    /// In two bytes.
    Two,
    /// In eight bytes.
    Eight,
    /// In eight bytes, another one than it has.
    Claimed(u64),
}

/// A frame as its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Frame {
    first: u8,
    form: Form,
    key: Option<[u8; 4]>,
    /// Unmasked.
    payload: Vec<u8>,
}

/// What the first bytes of a frame say.
struct Head {
    first: u8,
    form: Form,
    key: Option<[u8; 4]>,
    /// Where the payload stands, as far as it is there.
    payload: Range<usize>,
}

impl Head {
    /// That of the frame at the front of `bytes`, if it is there.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let (len, form, rest) = match second & 0x7f {
            126 => {
                let (len, rest) = rest.split_first_chunk()?;
                (u64::from(u16::from_be_bytes(*len)), Form::Two, rest)
            }
            127 => {
                let (len, rest) = rest.split_first_chunk()?;
                (u64::from_be_bytes(*len), Form::Eight, rest)
            }
            len => (u64::from(len), Form::Shortest, rest),
        };
        let (key, rest) = if second & 0x80 == 0 {
            (None, rest)
        } else {
            let (key, rest) = rest.split_first_chunk()?;
            (Some(*key), rest)
        };
        let there = usize::try_from(len).unwrap_or(usize::MAX).min(rest.len());
        let form = if there as u64 == len { form } else { Form::Claimed(len) };
        let start = bytes.len() - rest.len();
        Some(Self { first, form, key, payload: start..start + there })
    }
}

impl Frame {
    /// The frame at the front of `bytes`, as far as it is there, and what is behind it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let Head { first, form, key, payload } = Head::read(bytes)?;
        let rest = &bytes[payload.end..];
        let mut payload = bytes[payload].to_vec();
        if let Some(key) = key {
            mask::apply(&mut payload, key, 0);
        }
        Some((Self { first, form, key, payload }, rest))
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mask_bit = if self.key.is_some() { 0x80 } else { 0 };
        let len = self.payload.len();
        out.push(self.first);
        match (self.form, u16::try_from(len)) {
            (Form::Claimed(len), _) => {
                out.push(mask_bit | 127);
                out.extend(len.to_be_bytes());
            }
            (Form::Shortest, Ok(len @ 0..126)) => out.push(mask_bit | u8::try_from(len).expect("below 126")),
            (Form::Shortest | Form::Two, Ok(len)) => {
                out.push(mask_bit | 126);
                out.extend(len.to_be_bytes());
            }
            (Form::Eight, _) | (Form::Shortest | Form::Two, Err(_)) => {
                out.push(mask_bit | 127);
                out.extend((len as u64).to_be_bytes());
            }
        }
        out.extend(self.key.into_iter().flatten());
        let start = out.len();
        out.extend(&self.payload);
        if let Some(key) = self.key {
            mask::apply(&mut out[start..], key, 0);
        }
    }

    /// A likely frame.
    fn new(draw: &mut Numbers) -> Self {
        let first = one_of(&[0x88, 0x88, 0x88, 0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a], draw);
        let key = (draw.below(2) == 0).then(|| one_of(&[[0; 4], [1, 2, 3, 4], [0xff; 4]], draw));
        let mut payload = Vec::new();
        if first == 0x88 && draw.below(4) != 0 {
            payload.extend(one_of(&CODES, draw).to_be_bytes());
        }
        for _ in 0..draw.below(3) {
            payload.extend(one_of(&PIECES, draw));
        }
        Self { first, form: Form::Shortest, key, payload }
    }

    fn change(&mut self, draw: &mut Numbers) {
        match draw.below(12) {
            0..3 => {
                let code = one_of(&CODES, draw).to_be_bytes();
                self.payload.splice(..self.payload.len().min(2), code);
            }
            3..5 => {
                // What a payload ends with is judged by other code than what is within it.
                let len = self.payload.len();
                let at = if draw.below(4) == 0 { len } else { below(len + 1, draw) };
                self.payload.splice(at..at, one_of(&PIECES, draw).iter().copied());
            }
            5 => {
                let len = one_of(&LENGTHS, draw);
                self.payload.resize(len, b'x');
            }
            6 => {
                let len = below(self.payload.len() + 1, draw);
                self.payload.truncate(len);
            }
            7 => self.form = one_of(&[Form::Shortest, Form::Two, Form::Eight], draw),
            8 => self.form = Form::Claimed(one_of(&CLAIMS, draw)),
            9 => {
                self.key = if self.key.is_some() { None } else { Some(one_of(&[[0; 4], [9, 8, 7, 6]], draw)) }
            }
            10 => self.first ^= 1 << draw.below(8),
            _ => self.first = one_of(&[0x88, 0x81, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x83, 0x8f], draw),
        }
    }
}

/// A frame of a stream.
#[derive(Debug, Clone)]
enum Piece<'a> {
    /// As it stands there.
    There(&'a [u8]),
    /// As it was made or changed.
    Made(Frame),
}

impl Piece<'_> {
    fn change(&mut self, draw: &mut Numbers) {
        if let Self::There(bytes) = self {
            let (frame, _) = Frame::read(bytes).expect("it was found as a frame");
            *self = Self::Made(frame);
        }
        if let Self::Made(frame) = self {
            frame.change(draw);
        }
    }
}

/// The frames of a stream, and what is too short for one.
fn read(bytes: &[u8]) -> (Vec<Piece<'_>>, &[u8]) {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while let Some(head) = Head::read(rest) {
        let (frame, behind) = rest.split_at(head.payload.end);
        pieces.push(Piece::There(frame));
        rest = behind;
    }
    (pieces, rest)
}

fn write(pieces: &[Piece<'_>], tail: &[u8], out: &mut Vec<u8>) {
    for piece in pieces {
        match piece {
            Piece::There(bytes) => out.extend_from_slice(bytes),
            Piece::Made(frame) => frame.write(out),
        }
    }
    out.extend_from_slice(tail);
}

/// A change of the one frame of a `close_frame` input.
#[must_use]
pub fn close_frame(bytes: &[u8], draw: &mut Numbers) -> Vec<u8> {
    let (mut frame, tail) = Frame::read(bytes).unwrap_or_else(|| (Frame::new(draw), &[][..]));
    for _ in 0..=draw.below(3) {
        frame.change(draw);
    }
    let mut out = Vec::new();
    frame.write(&mut out);
    out.extend_from_slice(tail);
    if draw.below(8) == 0 {
        out.truncate(below(out.len() + 1, draw));
    }
    out
}

/// A change of the frames of a stream.
#[must_use]
pub fn stream(bytes: &[u8], draw: &mut Numbers) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 * bytes.len());
    change_stream(bytes, draw, &mut out);
    out
}

/// The same, to the end of `out`.
fn change_stream(bytes: &[u8], draw: &mut Numbers, out: &mut Vec<u8>) {
    let (mut pieces, tail) = read(bytes);
    for _ in 0..=draw.below(2) {
        if pieces.is_empty() || draw.below(2) == 0 {
            change_list(&mut pieces, draw, |draw| Piece::Made(Frame::new(draw)));
        } else {
            let index = below(pieces.len(), draw);
            pieces[index].change(draw);
        }
    }
    write(&pieces, if draw.below(4) == 0 { &[] } else { tail }, out);
}

/// A change of a `frame_stream` input: of its frames, or of where they are cut.
#[must_use]
pub fn frame_stream(bytes: &[u8], draw: &mut Numbers) -> Vec<u8> {
    let mut cuts = [0; 4];
    let (head, rest) = bytes.split_at(bytes.len().min(cuts.len()));
    cuts[..head.len()].copy_from_slice(head);
    if draw.below(4) == 0 {
        let index = below(cuts.len(), draw);
        cuts[index] = u8::try_from(below(rest.len() + 1, draw)).unwrap_or(u8::MAX);
        return [&cuts[..], rest].concat();
    }
    let mut out = Vec::with_capacity(2 * bytes.len());
    out.extend_from_slice(&cuts);
    change_stream(rest, draw, &mut out);
    out
}

/// A stream, read and written.
#[cfg(test)]
pub(super) fn rewritten(bytes: &[u8]) -> Vec<u8> {
    let (mut pieces, tail) = read(bytes);
    for piece in &mut pieces {
        if let Piece::There(bytes) = piece {
            *piece = Piece::Made(Frame::read(bytes).expect("it was found as a frame").0);
        }
    }
    let mut out = Vec::new();
    write(&pieces, tail, &mut out);
    out
}
