//! The parsers of one close frame against their reference, and what they read against what is written.

use alloc::vec::Vec;

use super::{Broken, same};
use crate::wire::close_frame::{self, Parsed, Scratch, parse_by, reference};
use crate::wire::{
    CONTROL_LEN_MAX, Decoder, Event, Kernel, Role, Violation, close_body, encode, mask, opcode,
};

/// The first byte of a Close frame.
const CLOSE_FIRST: u8 = 0x80 | opcode::CLOSE;

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
            assert_eq!(close_frame(&bytes), Ok(()));
        }
    }
}
