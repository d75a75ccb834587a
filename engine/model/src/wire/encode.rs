//! Frames as bytes (RFC 6455 section 5.2), always with the shortest form of the length (WIRE-04).

use alloc::vec::Vec;

use super::{Role, mask};
use crate::trace::FrameHead;

/// The first two bytes of a final frame that an endpoint in `role` sends, with a payload of `len` bytes: a
/// client's frames are masked, a server's are not (WIRE-09, WIRE-10).
#[inline]
#[must_use]
pub fn head(opcode: u8, len: u64, role: Role) -> FrameHead {
    let masked = match role {
        Role::Client => 0x80,
        Role::Server => 0,
    };
    FrameHead { first: 0x80 | opcode, second: masked | length_field(len) }
}

/// The 7-bit length: the length itself, or which longer form follows (WIRE-02).
fn length_field(len: u64) -> u8 {
    match len {
        0..=125 => len as u8,
        126..=0xffff => 126,
        _ => 127,
    }
}

/// How many bytes a frame has whose payload has `len`.
#[must_use]
pub fn frame_len(len: usize, mask: Option<[u8; 4]>) -> usize {
    let extended = match length_field(len as u64) {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    2 + extended + mask.map_or(0, |key| key.len()) + len
}

/// Appends a frame to `out`: `first` is its first byte as it goes to the wire, legal or not, and `payload` is
/// masked with `mask` if there is one.
pub fn frame(out: &mut Vec<u8>, first: u8, payload: &[u8], mask: Option<[u8; 4]>) {
    let len = payload.len() as u64;
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let field = length_field(len);
    out.reserve(payload.len() + super::HEADER_LEN_MAX);
    out.extend_from_slice(&[first, masked | field]);
    match field {
        126 => out.extend_from_slice(&(len as u16).to_be_bytes()),
        127 => out.extend_from_slice(&len.to_be_bytes()),
        _ => {}
    }
    let Some(key) = mask else {
        out.extend_from_slice(payload);
        return;
    };
    out.extend_from_slice(&key);
    let start = out.len();
    out.extend_from_slice(payload);
    mask::apply(&mut out[start..], key, 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::opcode;
    use std::vec;

    #[track_caller]
    fn check(first: u8, payload: &[u8], mask: Option<[u8; 4]>, want: &[u8]) {
        let mut got = vec![0xee];
        frame(&mut got, first, payload, mask);
        assert_eq!(got[0], 0xee);
        assert_eq!(&got[1..], want);
    }

    #[test]
    fn the_samples_of_the_rfc() {
        check(0x81, b"Hello", None, b"\x81\x05Hello");
        check(
            0x81,
            b"Hello",
            Some([0x37, 0xfa, 0x21, 0x3d]),
            b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
        );
        check(0x01, b"Hel", None, b"\x01\x03Hel");
        check(0x80, b"lo", None, b"\x80\x02lo");
        check(
            0x8a,
            b"Hello",
            Some([0x37, 0xfa, 0x21, 0x3d]),
            b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
        );
    }

    #[test]
    fn the_length_takes_its_shortest_form() {
        #[track_caller]
        fn check(len: usize, want: &[u8]) {
            let mut got = vec![];
            frame(&mut got, 0x82, &vec![0; len], None);
            assert_eq!(&got[..got.len() - len], want, "{len}");
            assert_eq!(
                head(opcode::BINARY, len as u64, Role::Server),
                FrameHead { first: got[0], second: got[1] }
            );
        }
        check(0, &[0x82, 0]);
        check(125, &[0x82, 125]);
        check(126, &[0x82, 126, 0, 126]);
        check(256, &[0x82, 126, 1, 0]);
        check(0xffff, &[0x82, 126, 0xff, 0xff]);
        check(0x1_0000, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_client_masks_even_an_empty_frame() {
        assert_eq!(head(opcode::CLOSE, 0, Role::Client), FrameHead { first: 0x88, second: 0x80 });
        assert_eq!(head(opcode::CLOSE, 0, Role::Server), FrameHead { first: 0x88, second: 0 });
        check(0x88, b"", Some([1, 2, 3, 4]), b"\x88\x80\x01\x02\x03\x04");
    }
}
