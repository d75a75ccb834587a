//! Parsers against their twins: the close frame, and the stream of frames under every segmentation.

use alloc::vec::Vec;

use super::{Broken, same};
use crate::trace::FrameHead;
use crate::wire::close_frame::{self, Parsed, Scratch, parse_by, reference};
use crate::wire::reference::ReferenceDecoder;
use crate::wire::{Decoder, Event, Kernel, Role, Violation, close_body, mask, opcode};

/// A frame as a decoder gave it.
type Decoded = (FrameHead, Vec<u8>);

/// Decodes `bytes` in pieces that end at `cuts`: the frames, and what is wrong with the next one.
fn decode(bytes: &[u8], cuts: &[usize], role: Role) -> (Vec<Decoded>, Option<Violation>) {
    let mut decoder = Decoder::new(role);
    let mut frames = Vec::new();
    let mut head = FrameHead { first: 0, second: 0 };
    let mut payload = Vec::new();
    let mut start = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let mut piece = &bytes[start..end.max(start).min(bytes.len())];
        start = end.max(start).min(bytes.len());
        loop {
            match decoder.next(&mut piece) {
                Err(violation) => return (frames, Some(violation)),
                Ok(None) => break,
                Ok(Some(Event::Header(header))) => head = header.head,
                Ok(Some(Event::Payload(chunk))) => {
                    let at = payload.len();
                    payload.extend_from_slice(chunk.bytes);
                    if let Some(key) = chunk.mask {
                        mask::apply(&mut payload[at..], key, chunk.offset);
                    }
                    if chunk.is_last {
                        frames.push((head, core::mem::take(&mut payload)));
                    }
                }
            }
        }
    }
    (frames, None)
}

/// Decodes `bytes` in whole frames, in pieces that end at `cuts`, keeping what is left of each.
fn decode_whole(
    bytes: &[u8],
    cuts: &[usize],
    role: Role,
    kernel: Kernel,
) -> (Vec<Decoded>, Option<Violation>) {
    let mut decoder = Decoder::new(role);
    let mut frames = Vec::new();
    let mut buffer = Vec::new();
    let mut start = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let end = end.max(start).min(bytes.len());
        buffer.extend_from_slice(&bytes[start..end]);
        start = end;
        let mut batch = decoder.frames_by(kernel, &mut buffer);
        for whole in &mut batch {
            match whole {
                Ok(whole) => frames.push((whole.head, whole.payload.to_vec())),
                Err(violation) => return (frames, Some(violation)),
            }
        }
        let left = batch.into_rest().len();
        buffer.drain(..buffer.len() - left);
    }
    (frames, None)
}

/// Decodes `bytes` one by one with the reference.
fn decode_by_reference(bytes: &[u8], role: Role) -> (Vec<Decoded>, Option<Violation>) {
    let mut decoder = ReferenceDecoder::new(role);
    let mut frames = Vec::new();
    for &byte in bytes {
        match decoder.push(byte) {
            Ok(None) => {}
            Ok(Some(frame)) => frames.push((frame.head, frame.payload)),
            Err(violation) => return (frames, Some(violation)),
        }
    }
    (frames, None)
}

/// Frames do not depend on how TCP cuts the bytes, and the decoder agrees with the reference (INV-05, INV-06).
///
/// # Errors
///
/// The first difference, for either role.
pub fn frame_stream(bytes: &[u8], cuts: &[usize]) -> Result<(), Broken> {
    for role in [Role::Client, Role::Server] {
        let want = decode_by_reference(bytes, role);
        same(
            "INV-05",
            format_args!("{role:?}, in one piece, and by reference"),
            &decode(bytes, &[], role),
            &want,
        )?;
        same(
            "INV-05",
            format_args!("{role:?}, cut at {cuts:?}, and by reference"),
            &decode(bytes, cuts, role),
            &want,
        )?;
        for kernel in [Kernel::chosen(), Kernel::PORTABLE] {
            same(
                "INV-05",
                format_args!(
                    "{role:?}, in whole frames by {}, cut at {cuts:?}, and by reference",
                    kernel.name()
                ),
                &decode_whole(bytes, cuts, role, kernel),
                &want,
            )?;
        }
    }
    Ok(())
}

/// One close frame: the fast parser, and the stream decoder with the body parser, agree with the reference parser
/// (INV-07).
///
/// # Errors
///
/// The first difference, for either role.
pub fn close_frame(bytes: &[u8]) -> Result<(), Broken> {
    let mut scratch = Scratch::new();
    for role in [Role::Client, Role::Server] {
        let want = reference::parse(bytes, role);
        for kernel in [Kernel::chosen(), Kernel::PORTABLE] {
            let fast = parse_by(kernel, bytes, role, &mut scratch).map(|frame| frame.map(Parsed::from));
            same("INV-07", format_args!("{role:?}, {}, and by reference", kernel.name()), &fast, &want)?;
        }
        let want = match want {
            // A frame of another opcode is not this parser's business.
            Err(close_frame::Error::NotClose { .. }) => continue,
            Err(close_frame::Error::Violation(violation)) => Err(violation),
            Ok(parsed) => {
                Ok(parsed.map(|parsed| (parsed.status.map(|status| status.code), parsed.reason.to_vec())))
            }
        };
        same(
            "INV-07",
            format_args!("{role:?}, as a stream, and by reference"),
            &first_close(bytes, role),
            &want,
        )?;
    }
    Ok(())
}

type Close = (Option<u16>, Vec<u8>);

fn first_close(bytes: &[u8], role: Role) -> Result<Option<Close>, Violation> {
    let mut decoder = Decoder::new(role);
    let mut header_len = 0;
    let mut body = Vec::new();
    let mut rest = bytes;
    loop {
        match decoder.next(&mut rest)? {
            None => return Ok(None),
            Some(Event::Header(header)) => {
                debug_assert_eq!(header.head.opcode(), opcode::CLOSE, "the reference said so");
                header_len = header.header_len;
            }
            Some(Event::Payload(chunk)) => {
                body.extend_from_slice(chunk.bytes);
                if let Some(key) = chunk.mask {
                    mask::apply(&mut body, key, chunk.offset);
                }
                if chunk.is_last {
                    let parsed =
                        close_body::parse(&body).map_err(|malformed| malformed.in_frame(header_len))?;
                    return Ok(Some(match parsed {
                        None => (None, Vec::new()),
                        Some((code, reason)) => (Some(code), reason.as_bytes().to_vec()),
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
