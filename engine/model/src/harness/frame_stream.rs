//! The stream of frames, under every segmentation and by every kernel, against the reference.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use super::Broken;
use crate::trace::{Cause, FrameHead};
use crate::wire::reference::ReferenceDecoder;
use crate::wire::{Decoder, Event, Kernel, Role, Violation, mask};

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

/// A frame of a stream.
#[derive(Debug, Clone, Copy)]
struct Place {
    head: FrameHead,
    header_len: usize,
    /// Where its payload ends, in those of all frames.
    payload_end: usize,
}

/// Frames one behind the other, as the reference found them.
#[derive(Debug, Default)]
struct Found {
    frames: Vec<Place>,
    payloads: Vec<u8>,
    violation: Option<Violation>,
}

impl Found {
    /// Decodes `bytes` with the reference, into the memory of what was found before.
    fn decode(&mut self, bytes: &[u8], role: Role) {
        self.frames.clear();
        self.payloads.clear();
        self.violation = None;
        for found in ReferenceDecoder::new(role, bytes) {
            match found {
                Ok(frame) => {
                    self.payloads.extend(frame.payload());
                    self.frames.push(Place {
                        head: frame.head,
                        header_len: frame.header_len.into(),
                        payload_end: self.payloads.len(),
                    });
                }
                Err(violation) => self.violation = Some(violation),
            }
        }
    }

    /// As another decoder's frames are kept.
    fn to_decoded(&self) -> Vec<Decoded> {
        let mut start = 0;
        let mut decoded = Vec::new();
        for place in &self.frames {
            decoded.frame(place.head, &self.payloads[start..place.payload_end]);
            start = place.payload_end;
        }
        decoded
    }

    /// Tells `mark` what the stream is made of, and what part of a frame each cut falls into.
    fn features(&self, cuts: &[usize], mut mark: impl FnMut(usize)) {
        let (mut start, mut payload_start) = (0, 0);
        let mut is_fragmented = false;
        for &Place { head, header_len, payload_end } in &self.frames {
            let payload_len = payload_end - payload_start;
            // Opcodes 0, 1, 2 and 8, 9, 10; the lengths by their powers of two.
            let opcode = usize::from(head.is_control()) << 2 | usize::from(head.opcode() & 0b11);
            let len_class = (usize::BITS - payload_len.leading_zeros()).min(15) as usize;
            let kind = usize::from(is_fragmented) << 1 | usize::from(head.is_final());
            mark((kind << 3 | opcode) << 4 | len_class);
            let end = start + header_len + payload_len;
            for cut in cuts.iter().filter(|cut| (start..end).contains(cut)) {
                // A byte of the header, or one of the four that a masking key tells apart.
                let at = cut - start;
                let part = if at < header_len { at } else { 14 + (at - header_len) % 4 };
                mark(CUTS + (usize::from(head.is_control()) << 5 | part));
            }
            if !head.is_control() {
                is_fragmented = !head.is_final();
            }
            (start, payload_start) = (end, payload_end);
        }
        if let Some(Violation { cause, at }) = self.violation {
            let cause = cause as usize - Cause::ReservedBit as usize;
            mark(VIOLATIONS + (cause.min(15) << 4 | at.min(15) as usize));
        }
    }
}

/// Where the features of cuts begin, behind those of frames.
const CUTS: usize = 1 << 9;
/// Where the features of violations begin.
const VIOLATIONS: usize = CUTS + (1 << 6);

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
        self.is_same &= self.found.frames.get(self.count).is_some_and(|want| {
            self.end = want.payload_end;
            want.head == head && &self.found.payloads[start..self.end] == payload
        });
        self.count += 1;
    }
}

/// Memory for [`frame_stream`], for whoever has many streams.
#[derive(Debug, Default)]
pub struct FrameStreams {
    /// What a client finds, and what a server finds.
    found: [Found; 2],
    buffer: Vec<u8>,
}

impl FrameStreams {
    /// A [feature](Self::features) is a number below this.
    pub const FEATURE_COUNT: usize = VIOLATIONS + (1 << 8);

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
        let ways = [
            Way::Events(&[]),
            Way::Events(cuts),
            Way::Whole(cuts, Kernel::chosen()),
            Way::Whole(cuts, Kernel::PORTABLE),
        ];
        for (found, role) in self.found.iter_mut().zip([Role::Client, Role::Server]) {
            found.decode(bytes, role);
            // Kernels are for what is masked, and a client gets nothing that is.
            let ways = if role == Role::Client { &ways[..3] } else { &ways };
            for &way in ways {
                let mut beside = Beside::new(found);
                let violation = way.decode(bytes, role, &mut self.buffer, &mut beside);
                if !beside.is_complete() || violation != found.violation {
                    return Err(difference(way, bytes, role, found));
                }
            }
        }
        Ok(())
    }

    /// Tells `mark` what the stream that was checked last is made of: its frames by opcode, length and whether they
    /// continue a message, the part of a frame that each of `cuts` falls into, and what is wrong with it. That guides
    /// a fuzzer where branches do not: the reference, which says it, takes the same ones for every frame.
    pub fn features(&self, cuts: &[usize], mut mark: impl FnMut(usize)) {
        for found in &self.found {
            found.features(cuts, &mut mark);
        }
    }
}

/// What the reference found, and what `way` finds.
#[cold]
fn difference(way: Way<'_>, bytes: &[u8], role: Role, found: &Found) -> Broken {
    let mut other = Vec::new();
    let violation = way.decode(bytes, role, &mut Vec::new(), &mut other);
    let found = (found.to_decoded(), found.violation);
    let detail = format!("{role:?}, {way}, and by reference: {:?} and {found:?}", (other, violation));
    Broken { invariant: "INV-05", detail }
}

/// Frames do not depend on how TCP cuts the bytes, and the decoder agrees with the reference (INV-05, INV-06).
///
/// # Errors
///
/// The first difference, for either role.
pub fn frame_stream(bytes: &[u8], cuts: &[usize]) -> Result<(), Broken> {
    FrameStreams::new().check(bytes, cuts)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

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

    fn features_of(bytes: &[u8], cuts: &[usize]) -> BTreeSet<usize> {
        let mut streams = FrameStreams::new();
        assert_eq!(streams.check(bytes, cuts), Ok(()));
        let mut found = BTreeSet::new();
        streams.features(cuts, |feature| {
            assert!(feature < FrameStreams::FEATURE_COUNT);
            found.insert(feature);
        });
        found
    }

    #[test]
    fn features_tell_frames_cuts_and_violations_apart() {
        let text = [0x81, 3, b'a', b'b', b'c'];
        assert_eq!(features_of(&text, &[]), features_of(&[0x81, 2, b'x', b'y'], &[]));
        assert_eq!(features_of(&text, &[5]), features_of(&text, &[]), "between frames");
        let mut different: Vec<BTreeSet<usize>> = [
            (&text[..], &[][..]),
            (&text, &[0]),
            (&text, &[1]),
            (&text, &[2]),
            (&text, &[3]),
            (&text[..1], &[]),
            (&[0x81, 0], &[]),
            (&[0x82, 0], &[]),
            (&[0x89, 0], &[]),
            (&[0x01, 0], &[]),
            (&[0x01, 0, 0x80, 0], &[]),
            (&[0x01, 0, 0x00, 0], &[]),
            (&[0x01, 0, 0x81], &[]),
            (&[0x83], &[]),
            (&[0x82, 126, 0, 1], &[]),
            (&[0x82, 127, 0x80], &[]),
        ]
        .map(|(bytes, cuts)| features_of(bytes, cuts))
        .into();
        let count = different.len();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), count);
    }

    #[test]
    fn decoders_agree_on_noise_that_looks_like_frames() {
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
        }
    }
}
