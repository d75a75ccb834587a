//! Parsers against their twins: the close frame, and the stream of frames under every segmentation.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use super::{Broken, same};
use crate::trace::FrameHead;
use crate::wire::close_frame::{self, Parsed, Scratch, parse_by, reference};
use crate::wire::reference::ReferenceDecoder;
use crate::wire::{
    CONTROL_LEN_MAX, Decoder, Event, Kernel, Role, Violation, close_body, encode, mask, opcode,
};

/// The first byte of a Close frame.
const CLOSE_FIRST: u8 = 0x80 | opcode::CLOSE;

/// A frame as a decoder gave it.
type Decoded = (FrameHead, Vec<u8>);

/// Takes the frames of a decoder, one after another, with their unmasked payloads.
trait Sink {
    fn frame(&mut self, head: FrameHead, payload: &[u8]);
}

impl Sink for Vec<Decoded> {
    fn frame(&mut self, head: FrameHead, payload: &[u8]) {
        self.push((head, payload.to_vec()));
    }
}

/// A way to find the frames of a stream.
#[derive(Debug, Clone, Copy)]
enum Way<'a> {
    /// Events, from pieces that end at the cuts.
    Events(&'a [usize]),
    /// Whole frames, from pieces that end at the cuts.
    Whole(&'a [usize], Kernel),
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events([]) => write!(f, "in one piece"),
            Self::Events(cuts) => write!(f, "cut at {cuts:?}"),
            Self::Whole(cuts, kernel) => write!(f, "in whole frames by {}, cut at {cuts:?}", kernel.name()),
        }
    }
}

impl Way<'_> {
    /// Decodes `bytes` and says what is wrong behind the frames. `buffer` is memory.
    ///
    /// It is compiled once for whoever takes the frames: a fuzzer pays for each branch that is there twice.
    #[inline(never)]
    fn decode(
        self,
        bytes: &[u8],
        role: Role,
        buffer: &mut Vec<u8>,
        sink: &mut dyn Sink,
    ) -> Option<Violation> {
        buffer.clear();
        match self {
            Self::Events(cuts) => decode(bytes, cuts, role, buffer, sink),
            Self::Whole(cuts, kernel) => decode_whole(bytes, cuts, role, kernel, buffer, sink),
        }
    }
}

/// Decodes `bytes` in pieces that end at `cuts`; `payload` is memory.
#[inline(never)]
fn decode(
    bytes: &[u8],
    cuts: &[usize],
    role: Role,
    payload: &mut Vec<u8>,
    sink: &mut dyn Sink,
) -> Option<Violation> {
    let mut decoder = Decoder::new(role);
    let mut head = FrameHead { first: 0, second: 0 };
    let mut start = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let end = end.max(start).min(bytes.len());
        let mut piece = &bytes[start..end];
        start = end;
        loop {
            match decoder.next(&mut piece) {
                Err(violation) => return Some(violation),
                Ok(None) => break,
                Ok(Some(Event::Header(header))) => head = header.head,
                Ok(Some(Event::Payload(chunk))) => {
                    let at = payload.len();
                    payload.extend_from_slice(chunk.bytes);
                    if let Some(key) = chunk.mask {
                        mask::apply(&mut payload[at..], key, chunk.offset);
                    }
                    if chunk.is_last {
                        sink.frame(head, payload);
                        payload.clear();
                    }
                }
            }
        }
    }
    None
}

/// Decodes `bytes` in whole frames, in pieces that end at `cuts`, keeping what is left of each in `buffer`.
#[inline(never)]
fn decode_whole(
    bytes: &[u8],
    cuts: &[usize],
    role: Role,
    kernel: Kernel,
    buffer: &mut Vec<u8>,
    sink: &mut dyn Sink,
) -> Option<Violation> {
    let mut decoder = Decoder::new(role);
    let mut start = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let end = end.max(start).min(bytes.len());
        buffer.extend_from_slice(&bytes[start..end]);
        start = end;
        let mut batch = decoder.frames_by(kernel, buffer);
        for whole in &mut batch {
            match whole {
                Ok(whole) => sink.frame(whole.head, whole.payload),
                Err(violation) => return Some(violation),
            }
        }
        let left = batch.into_rest().len();
        buffer.drain(..buffer.len() - left);
    }
    None
}

/// Frames one behind the other, as the reference found them.
#[derive(Debug, Default)]
struct Found {
    /// The head of each, and where its payload ends.
    frames: Vec<(FrameHead, usize)>,
    payloads: Vec<u8>,
    violation: Option<Violation>,
}

impl Found {
    /// Decodes `bytes` one by one with the reference, into the memory of what was found before.
    fn decode(&mut self, bytes: &[u8], role: Role) {
        self.frames.clear();
        self.payloads.clear();
        self.violation = None;
        let mut decoder = ReferenceDecoder::new(role);
        for &byte in bytes {
            match decoder.push(byte) {
                Ok(None) => {}
                Ok(Some(frame)) => {
                    self.payloads.extend_from_slice(&frame.payload);
                    self.frames.push((frame.head, self.payloads.len()));
                }
                Err(violation) => {
                    self.violation = Some(violation);
                    return;
                }
            }
        }
    }

    /// As another decoder's frames are kept.
    fn to_decoded(&self) -> Vec<Decoded> {
        let mut start = 0;
        let mut decoded = Vec::new();
        for &(head, end) in &self.frames {
            decoded.frame(head, &self.payloads[start..end]);
            start = end;
        }
        decoded
    }
}

/// Holds the frames of another decoder against what was found.
struct Beside<'a> {
    found: &'a Found,
    /// How many frames were given.
    count: usize,
    /// Where the payload of the last one ends.
    end: usize,
    is_same: bool,
}

impl<'a> Beside<'a> {
    fn new(found: &'a Found) -> Self {
        Self { found, count: 0, end: 0, is_same: true }
    }

    /// Whether all frames were given, each as it was found.
    fn is_complete(&self) -> bool {
        self.is_same && self.count == self.found.frames.len()
    }
}

impl Sink for Beside<'_> {
    fn frame(&mut self, head: FrameHead, payload: &[u8]) {
        let start = self.end;
        self.is_same &= self.found.frames.get(self.count).is_some_and(|&(want, end)| {
            self.end = end;
            want == head && &self.found.payloads[start..end] == payload
        });
        self.count += 1;
    }
}

/// Memory for [`frame_stream`], for whoever has many streams.
#[derive(Debug, Default)]
pub struct FrameStreams {
    found: Found,
    buffer: Vec<u8>,
}

impl FrameStreams {
    /// Memory that is empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`frame_stream`].
    ///
    /// # Errors
    ///
    /// The first difference, for either role.
    pub fn check(&mut self, bytes: &[u8], cuts: &[usize]) -> Result<(), Broken> {
        for role in [Role::Client, Role::Server] {
            self.found.decode(bytes, role);
            for way in [
                Way::Events(&[]),
                Way::Events(cuts),
                Way::Whole(cuts, Kernel::chosen()),
                Way::Whole(cuts, Kernel::PORTABLE),
            ] {
                let mut beside = Beside::new(&self.found);
                let violation = way.decode(bytes, role, &mut self.buffer, &mut beside);
                if !beside.is_complete() || violation != self.found.violation {
                    return Err(self.difference(way, bytes, role));
                }
            }
        }
        Ok(())
    }

    /// What the reference found, and what `way` finds.
    #[cold]
    fn difference(&mut self, way: Way<'_>, bytes: &[u8], role: Role) -> Broken {
        let mut other = Vec::new();
        let violation = way.decode(bytes, role, &mut self.buffer, &mut other);
        let found = (self.found.to_decoded(), self.found.violation);
        let detail = format!("{role:?}, {way}, and by reference: {:?} and {found:?}", (other, violation));
        Broken { invariant: "INV-05", detail }
    }
}

/// Frames do not depend on how TCP cuts the bytes, and the decoder agrees with the reference (INV-05, INV-06).
///
/// # Errors
///
/// The first difference, for either role.
pub fn frame_stream(bytes: &[u8], cuts: &[usize]) -> Result<(), Broken> {
    FrameStreams::new().check(bytes, cuts)
}

/// One close frame: the fast parser, and the stream decoder with the body parser, agree with the reference parser, and
/// a legal frame that is written again is the same and is accepted by the other side (INV-07).
///
/// # Errors
///
/// The first difference, for either role.
pub fn close_frame(bytes: &[u8]) -> Result<(), Broken> {
    let mut scratch = Scratch::new();
    for role in [Role::Client, Role::Server] {
        let want = reference::parse(bytes, role);
        for kernel in [Kernel::chosen(), Kernel::PORTABLE] {
            let fast = fast(kernel, bytes, role, &mut scratch);
            same("INV-07", format_args!("{role:?}, {}, and by reference", kernel.name()), &fast, &want)?;
        }
        if let Ok(Some(parsed)) = &want {
            written_again(bytes, role, parsed)?;
        }
        let want = match &want {
            // A frame of another opcode is not this parser's business.
            Err(close_frame::Error::NotClose { .. }) => continue,
            Err(close_frame::Error::Violation(violation)) => Err(*violation),
            Ok(parsed) => Ok(parsed
                .as_ref()
                .map(|parsed| (parsed.status.as_ref().map(|status| status.code), &parsed.reason[..]))),
        };
        let mut body = [0; CONTROL_LEN_MAX as usize];
        let streamed = first_close(bytes, role, &mut body);
        same("INV-07", format_args!("{role:?}, as a stream, and by reference"), &streamed, &want)?;
    }
    Ok(())
}

/// The frame at the start of `bytes` is what writing gives that `parsed` says, and its echo is a legal frame for
/// whoever sent it, with the same code and reason.
#[inline(never)]
fn written_again(bytes: &[u8], role: Role, parsed: &Parsed) -> Result<(), Broken> {
    let mut body = Vec::new();
    if let Some(status) = parsed.status {
        body.extend_from_slice(&status.code.to_be_bytes());
        body.extend_from_slice(&parsed.reason);
    }
    let (key, other, own_key) = match role {
        Role::Client => (None, Role::Server, Some([0x37, 0xfa, 0x21, 0x3d])),
        Role::Server => (bytes.get(2..).and_then(|rest| rest.first_chunk().copied()), Role::Client, None),
    };
    let mut frame = Vec::new();
    encode::frame(&mut frame, CLOSE_FIRST, &body, key);
    same(
        "INV-07",
        format_args!("{role:?}, written again, and as it was"),
        &&frame[..],
        &&bytes[..parsed.len],
    )?;
    frame.clear();
    encode::frame(&mut frame, CLOSE_FIRST, &body, own_key);
    let want = Parsed { len: frame.len(), ..parsed.clone() };
    let echoed = reference::parse(&frame, other);
    same("INV-07", format_args!("the echo of {role:?}, and what it answers"), &echoed, &Ok(Some(want)))
}

/// The fast parser, compiled once for all kernels and roles: a fuzzer pays for each branch that is there twice.
#[inline(never)]
fn fast(
    kernel: Kernel,
    bytes: &[u8],
    role: Role,
    scratch: &mut Scratch,
) -> Result<Option<Parsed>, close_frame::Error> {
    parse_by(kernel, bytes, role, scratch).map(|frame| frame.map(Parsed::from))
}

/// The code and the reason of a Close frame.
type Close<'a> = (Option<u16>, &'a [u8]);

/// The Close frame at the start of a stream, by the stream decoder.
#[inline(never)]
fn first_close<'a>(
    bytes: &[u8],
    role: Role,
    body: &'a mut [u8; CONTROL_LEN_MAX as usize],
) -> Result<Option<Close<'a>>, Violation> {
    let mut decoder = Decoder::new(role);
    let mut header_len = 0;
    let mut len = 0;
    let mut rest = bytes;
    loop {
        match decoder.next(&mut rest)? {
            None => return Ok(None),
            Some(Event::Header(header)) => {
                debug_assert_eq!(header.head.opcode(), opcode::CLOSE, "the reference said so");
                header_len = header.header_len;
            }
            Some(Event::Payload(chunk)) => {
                let place = &mut body[len..][..chunk.bytes.len()];
                len += chunk.bytes.len();
                place.copy_from_slice(chunk.bytes);
                if let Some(key) = chunk.mask {
                    mask::apply(place, key, chunk.offset);
                }
                if chunk.is_last {
                    let parsed = close_body::parse(&body[..len])
                        .map_err(|malformed| malformed.in_frame(header_len))?;
                    return Ok(Some(match parsed {
                        None => (None, &[]),
                        Some((code, reason)) => (Some(code), reason.as_bytes()),
                    }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_the_same_only_if_each_is_and_none_is_missing() {
        let mut found = Found::default();
        found.decode(&[0x81, 1, b'a', 0x82, 0], Role::Client);
        type Given<'a> = ([u8; 2], &'a [u8]);
        let is_same = |frames: &[Given<'_>]| {
            let mut beside = Beside::new(&found);
            for &([first, second], payload) in frames {
                beside.frame(FrameHead { first, second }, payload);
            }
            beside.is_complete()
        };
        let one: Given<'_> = ([0x81, 1], b"a");
        let other: Given<'_> = ([0x82, 0], b"");
        assert!(is_same(&[one, other]));
        for differs in [
            &[one][..],
            &[other, one],
            &[one, other, other],
            &[([0x81, 1], b"b"), other],
            &[one, ([0x81, 0], b"")],
            &[([0x81, 1], b"ab"), other],
        ] {
            assert!(!is_same(differs), "{differs:?}");
        }
    }

    #[test]
    fn parsers_agree_on_noise_that_looks_like_frames() {
        let mut state = 1_u32;
        let mut draw = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((u64::from(state) * u64::from(below)) >> 32) as u32
        };
        for _ in 0..20_000 {
            let len = draw(24);
            let mut bytes: Vec<u8> = (0..len).map(|_| draw(256) as u8).collect();
            if let [first, second, ..] = &mut bytes[..] {
                *first = [0x88, 0x81, 0x01, 0x80, 0x89, *first][draw(6) as usize];
                *second &= 0x8f;
            }
            let cuts = [draw(24) as usize, draw(24) as usize];
            assert_eq!(frame_stream(&bytes, &cuts), Ok(()));
            assert_eq!(close_frame(&bytes), Ok(()));
        }
    }
}
