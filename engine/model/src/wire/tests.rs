//! Twins compared: the decoder with its reference, whole input with input in pieces, what is written with
//! what is read, and the Close frame's reference parser with both.

use std::vec;
use std::vec::Vec;

use super::reference::ReferenceDecoder;
use super::{Decoder, Event, Header, Kernel, Role, Violation, close_body, close_frame, encode, mask, opcode};
use crate::trace::FrameHead;

const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// A linear congruential generator (Knuth's MMIX constants), so that a test needs no other source of numbers.
pub(super) struct Lcg(u64);

impl Lcg {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `count`, which is not 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// A whole frame with its payload unmasked.
#[derive(Debug, PartialEq, Eq)]
struct Frame {
    head: FrameHead,
    header_len: u8,
    payload: Vec<u8>,
}

/// What a stream of bytes is: its frames, and its first offence with its position in the stream.
type Decoded = (Vec<Frame>, Option<(usize, Violation)>);

/// Decodes the pieces of a stream, and checks that the events of each frame fit together.
fn decode<'a>(decoder: &mut Decoder, pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let mut frames = Vec::new();
    let mut open: Option<(Header, Vec<u8>)> = None;
    let mut used = 0;
    for piece in pieces {
        let mut input = piece;
        loop {
            let before = input.len();
            let event = decoder.next(&mut input);
            used += before - input.len();
            match event {
                Ok(Some(Event::Header(header))) => {
                    assert!(open.is_none(), "a header within a frame");
                    open = Some((header, Vec::new()));
                }
                Ok(Some(Event::Payload(chunk))) => {
                    let (header, mut payload) = open.take().expect("a payload without a header");
                    assert_eq!(chunk.offset, payload.len() as u64);
                    payload.extend_from_slice(chunk.bytes);
                    if let Some(key) = chunk.mask {
                        mask::apply(&mut payload[chunk.offset as usize..], key, chunk.offset);
                    }
                    assert_eq!(chunk.is_last, payload.len() as u64 == header.len);
                    if chunk.is_last {
                        frames.push(Frame { head: header.head, header_len: header.header_len, payload });
                    } else {
                        open = Some((header, payload));
                    }
                }
                Ok(None) => {
                    assert!(input.is_empty(), "bytes are left and nothing came of them");
                    break;
                }
                Err(violation) => return (frames, Some((used - 1, violation))),
            }
        }
    }
    (frames, None)
}

/// Decodes the pieces of a stream with whole frames from a buffer that keeps what is left, and by events at its end.
fn decode_whole<'a>(kernel: Kernel, role: Role, pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let mut decoder = Decoder::new(role);
    let mut frames = Vec::new();
    let mut buffer = Vec::new();
    let mut used = 0;
    for piece in pieces {
        buffer.extend_from_slice(piece);
        let mut batch = decoder.frames_by(kernel, &mut buffer);
        let mut offence = None;
        for whole in &mut batch {
            match whole {
                Ok(whole) => {
                    assert_eq!(whole.is_utf8(), core::str::from_utf8(whole.payload).is_ok());
                    let payload = whole.payload.to_vec();
                    frames.push(Frame { head: whole.head, header_len: whole.header_len, payload });
                }
                Err(violation) => offence = Some(violation),
            }
        }
        assert!(batch.next().is_none(), "it has ended");
        let left = batch.into_rest().len();
        let taken = buffer.len() - left;
        used += taken;
        if let Some(violation) = offence {
            assert_eq!(decoder.next(&mut &b"x"[..]), Err(violation), "an offence lasts");
            let mut legal = Vec::new();
            encode::frame(&mut legal, 0x8a, b"", (role == Role::Server).then_some([1, 2, 3, 4]));
            let again: Vec<_> = decoder.frames(&mut legal).map(|whole| whole.map(|_| ())).collect();
            assert_eq!(again, [Err(violation)], "an offence lasts");
            return (frames, Some((used - 1, violation)));
        }
        buffer.drain(..taken);
    }
    // What is left is no offence, and not whole.
    let (rest, offence) = decode(&mut decoder, [&buffer[..]]);
    assert!(rest.is_empty() && offence.is_none());
    (frames, None)
}

fn decode_by_reference(role: Role, bytes: &[u8]) -> Decoded {
    let mut reference = ReferenceDecoder::new(role, bytes);
    let mut frames = Vec::new();
    let mut start = 0;
    for found in &mut reference {
        match found {
            Ok(frame) => {
                let payload: Vec<u8> = frame.payload().collect();
                start += usize::from(frame.header_len) + payload.len();
                frames.push(Frame { head: frame.head, header_len: frame.header_len, payload });
            }
            Err(violation) => {
                assert!(reference.next().is_none(), "nothing comes behind an offence");
                return (frames, Some((start + violation.at as usize, violation)));
            }
        }
    }
    (frames, None)
}

/// Checks that the two decoders find the same in `bytes`, whole and byte by byte.
#[track_caller]
fn check_against_reference(role: Role, bytes: &[u8]) {
    let want = decode_by_reference(role, bytes);
    assert_eq!(decode(&mut Decoder::new(role), [bytes]), want, "{role:?}, whole: {bytes:02x?}");
    assert_eq!(decode(&mut Decoder::new(role), bytes.chunks(1)), want, "{role:?}, in bytes: {bytes:02x?}");
    for kernel in Kernel::available() {
        let name = kernel.name();
        assert_eq!(decode_whole(kernel, role, [bytes]), want, "{role:?}, whole, {name}: {bytes:02x?}");
    }
}

/// The bytes that can follow the first two so that all classes of lengths and bodies are seen.
fn tails(second: u8) -> Vec<Vec<u8>> {
    let announced: &[&[u8]] = match second & 0x7f {
        126 => &[&[0, 0], &[0, 125], &[0, 126], &[1, 0]],
        127 => &[
            &[0; 8],
            &[0, 0, 0, 0, 0, 0, 0xff, 0xff],
            &[0, 0, 0, 0, 0, 1, 0, 0],
            &[0x40, 0, 0, 0, 0, 0, 0, 0],
            &[0x80, 0, 0, 0, 0, 0, 0, 0],
        ],
        _ => &[&[]],
    };
    let body_len = match second & 0x7f {
        len @ 0..=125 => len,
        _ => 130,
    };
    let key: &[u8] = if second & 0x80 != 0 { &[0x11, 0x22, 0x44, 0x88] } else { &[] };
    let body: Vec<u8> = (0..body_len).collect();
    announced.iter().map(|length| [length, key, &body].concat()).collect()
}

#[test]
fn all_first_two_bytes_with_every_class_of_length_are_decoded_as_by_the_reference() {
    for role in ROLES {
        let mut message_opens = Vec::new();
        encode::frame(&mut message_opens, 0x01, b"a", (role == Role::Server).then_some([1, 2, 3, 4]));
        for head in 0..=u16::MAX {
            let [first, second] = head.to_be_bytes();
            for tail in tails(second) {
                check_against_reference(role, &[&[first, second], &tail[..]].concat());
                check_against_reference(role, &[&message_opens[..], &[first, second], &tail[..]].concat());
            }
        }
    }
}

/// Streams with a frame of each kind, legal and not.
fn streams(role: Role) -> Vec<Vec<u8>> {
    let mask = (role == Role::Server).then_some([0x37, 0xfa, 0x21, 0x3d]);
    let stream = |frames: &[(u8, &[u8])]| {
        let mut out = Vec::new();
        for (first, payload) in frames {
            encode::frame(&mut out, *first, payload, mask);
        }
        out
    };
    let mut streams = vec![
        stream(&[(0x81, b"Hello"), (0x88, b"\x03\xe8bye")]),
        stream(&[(0x01, b"Hel"), (0x89, b"ping"), (0x00, b""), (0x80, b"lo"), (0x82, b"\0\xff")]),
        stream(&[(0x01, b""), (0x00, b""), (0x80, b""), (0x88, b"")]),
        stream(&[(0x02, b"ab"), (0x88, b"\x03\xe8")]),
        stream(&[(0x82, &[7; 130]), (0x8a, b"x")]),
        stream(&[(0x8a, b""), (0x82, &[7; 126])]),
        stream(&[(0x81, b"ok"), (0x80, b"no message to continue")]),
        stream(&[(0x01, b"a"), (0x81, b"inside")]),
        stream(&[(0x81, b"ok"), (0x91, b"reserved bit")]),
        stream(&[(0x8a, b""), (0x83, b"reserved opcode")]),
        stream(&[(0x8a, b""), (0x09, b"fragmented ping")]),
        stream(&[(0x88, &[b'x'; 126])]),
    ];
    let second = if mask.is_some() { 0x80 } else { 0 };
    streams.push(vec![0x82, second ^ 0x80, 1, 2, 3, 4, 5]);
    streams.push(vec![0x82, second | 126, 0, 5, 1, 2, 3, 4, 5]);
    streams.push(vec![0x82, second | 127, 0, 0, 0, 0, 0, 0, 1, 0, 5, 6, 7]);
    streams.push(vec![0x82, second | 127, 0x80, 0, 0, 0, 0, 0, 1, 0, 5, 6, 7]);
    streams.push(vec![0x82, second | 127, 0, 0, 0, 0, 0, 1, 0, 0, 5, 6, 7, 8, 9, 10]);
    streams
}

#[test]
fn every_segmentation_with_one_or_two_cuts_gives_the_same_frames_offence_and_state() {
    for role in ROLES {
        for stream in streams(role) {
            let mut whole = Decoder::new(role);
            let want = decode(&mut whole, [&stream[..]]);
            assert_eq!(decode_by_reference(role, &stream), want);
            for second in 0..=stream.len() {
                for first in 0..=second {
                    let mut decoder = Decoder::new(role);
                    let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
                    assert_eq!(decode(&mut decoder, pieces), want, "cuts {first}, {second} of {stream:02x?}");
                    assert_eq!(decoder, whole, "cuts {first}, {second} of {stream:02x?}");
                    let frames = decode_whole(Kernel::chosen(), role, pieces);
                    assert_eq!(frames, want, "cuts {first}, {second} of {stream:02x?}");
                }
            }
        }
    }
}

#[test]
fn all_segmentations_of_sixteen_bytes_give_the_same() {
    let stream = b"\x01\x02ab\x89\x01x\x80\x00\x88\x05\x03\xe8bye";
    let want = decode_by_reference(Role::Client, stream);
    assert_eq!((stream.len(), want.0.len()), (16, 4));
    for cuts in 0..1_u32 << (stream.len() - 1) {
        let mut pieces = Vec::new();
        let mut start = 0;
        for end in 1..=stream.len() {
            if end == stream.len() || cuts >> (end - 1) & 1 == 1 {
                pieces.push(&stream[start..end]);
                start = end;
            }
        }
        assert_eq!(decode(&mut Decoder::new(Role::Client), pieces), want, "{cuts:b}");
    }
}

#[test]
fn a_frame_that_is_written_is_read_back() {
    let mut draw = Lcg::new(4);
    for role in ROLES {
        for len in [0, 1, 2, 7, 8, 9, 124, 125, 126, 127, 128, 255, 256, 0xffff, 0x1_0000, 0x1_0001] {
            for opcode in [opcode::TEXT, opcode::BINARY, opcode::CLOSE, opcode::PING, opcode::PONG] {
                if opcode >= opcode::CLOSE && len > 125 {
                    continue;
                }
                let payload: Vec<u8> = (0..len).map(|_| draw.byte()).collect();
                let mask = (role == Role::Client).then(|| core::array::from_fn(|_| draw.byte()));
                let head = encode::head(opcode, len as u64, role);
                let mut bytes = Vec::new();
                encode::frame(&mut bytes, head.first, &payload, mask);
                let header_len = u8::try_from(bytes.len() - len).expect("at most 14");
                let want = (vec![Frame { head, header_len, payload }], None);
                assert_eq!(decode(&mut Decoder::new(role.peer()), [&bytes[..]]), want);
                assert_eq!(decode(&mut Decoder::new(role.peer()), bytes.chunks(3)), want);
                assert_eq!(decode_by_reference(role.peer(), &bytes), want);
            }
        }
    }
}

#[test]
fn arbitrary_bytes_are_decoded_as_by_the_reference() {
    let mut draw = Lcg::new(1);
    for _ in 0..20_000 {
        let mut bytes: Vec<u8> = (0..draw.below(40)).map(|_| draw.byte()).collect();
        // A first byte that is legal leads further.
        if let Some(first) = bytes.first_mut().filter(|_| draw.below(4) > 0) {
            *first = [0x81, 0x01, 0x82, 0x88, 0x89, 0x8a][draw.below(6)];
        }
        for role in ROLES {
            check_against_reference(role, &bytes);
        }
    }
}

/// What the decoder and the parser of bodies together say of one Close frame.
fn close_by_decoder(bytes: &[u8], role: Role) -> Result<Option<close_frame::Parsed>, close_frame::Error> {
    let (frames, offence) = decode(&mut Decoder::new(role), [bytes]);
    let Some(frame) = frames.first() else {
        return offence.map_or(Ok(None), |(_, violation)| Err(violation.into()));
    };
    let body = close_body::parse(&frame.payload).map_err(|body| body.in_frame(frame.header_len))?;
    let mut reason = crate::bounded::Bounded::new();
    for &byte in body.map_or("", |(_, reason)| reason).as_bytes() {
        reason.push(byte).expect("room");
    }
    let status = body.map(|(code, _)| close_frame::Status { code, class: crate::status_code::class(code) });
    Ok(Some(close_frame::Parsed { status, reason, len: usize::from(frame.header_len) + frame.payload.len() }))
}

#[track_caller]
fn check_close_frame(bytes: &[u8], role: Role) {
    let is_other = |first: &u8| first & 0x70 == 0 && matches!(first & 0x0f, 0..=2 | 9 | 10);
    let want = match bytes.first().filter(|first| is_other(first)) {
        Some(first) => Err(close_frame::Error::NotClose { opcode: first & 0x0f }),
        None => close_by_decoder(bytes, role),
    };
    assert_eq!(close_frame::reference::parse(bytes, role), want, "{role:?} {bytes:02x?}");
}

#[test]
fn the_reference_of_close_frames_agrees_with_the_decoder_on_all_first_two_bytes() {
    for role in ROLES {
        for head in 0..=u16::MAX {
            let [first, second] = head.to_be_bytes();
            for tail in tails(second) {
                check_close_frame(&[&[first, second], &tail[..]].concat(), role);
            }
        }
    }
}

#[test]
fn the_reference_of_close_frames_agrees_with_the_decoder_on_bodies_and_their_prefixes() {
    let mut draw = Lcg::new(2);
    let pieces = ["a", "reason", "é", "€", "𝄞", "\u{feff}", "\0"];
    for round in 0..3000 {
        let mut body = vec![draw.byte(), draw.byte()];
        for _ in 0..draw.below(30) {
            body.extend_from_slice(pieces[draw.below(pieces.len())].as_bytes());
        }
        body.truncate(draw.below(126));
        if round % 2 == 0 && !body.is_empty() {
            let at = draw.below(body.len());
            body[at] = draw.byte();
        }
        for role in ROLES {
            let mut bytes = Vec::new();
            let mask = (role == Role::Server).then(|| core::array::from_fn(|_| draw.byte()));
            encode::frame(&mut bytes, 0x88, &body, mask);
            for len in 0..=bytes.len() {
                check_close_frame(&bytes[..len], role);
            }
            bytes.extend_from_slice(b"what follows");
            check_close_frame(&bytes, role);
        }
    }
}
