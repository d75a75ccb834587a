//! The fast parser with nothing but safe code: eight bytes at a time, and blocks where the text is not ASCII.

use super::fast::{Kernel, parse_with};
use super::{Error, Frame, Scratch, block};
use crate::wire::Role;

/// The same as [`parse`](super::parse), and always this implementation.
///
/// # Errors
///
/// The first offence, with the position of the byte that decides it.
#[inline]
pub fn parse<'a>(bytes: &'a [u8], role: Role, scratch: &'a mut Scratch) -> Result<Option<Frame<'a>>, Error> {
    parse_with(bytes, role, scratch, Portable)
}

/// The kernel of it.
#[derive(Clone, Copy)]
pub(super) struct Portable;

/// The highest bit of each of eight bytes.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

impl Kernel for Portable {
    #[inline]
    fn unmask(self, frame: &[u8], at: usize, key: [u8; 4], scratch: &mut Scratch) -> bool {
        let text = &frame[at..];
        if unmask(frame, text, key, scratch) & HIGH_BITS == 0 {
            return true;
        }
        block::is_utf8(scratch.padded(), text.len())
    }

    #[inline]
    fn is_utf8(self, frame: &[u8], at: usize, scratch: &mut Scratch) -> bool {
        let text = &frame[at..];
        if is_ascii(text) {
            return true;
        }
        // Blocks need zeros on either side of the text.
        unmask(frame, text, [0; 4], scratch);
        block::is_utf8(scratch.padded(), text.len())
    }
}

/// Writes `text`, which is the end of `frame`, combined with `key`, and zeros behind it; gives its words, ORed.
#[inline]
fn unmask(frame: &[u8], text: &[u8], key: [u8; 4], scratch: &mut Scratch) -> u64 {
    let key = u64::from(u32::from_le_bytes(key)) * 0x1_0000_0001;
    let (out, _) = scratch.room().as_chunks_mut::<8>();
    let (words, rest) = text.as_chunks::<8>();
    let mut seen = 0;
    for (out, word) in out.iter_mut().zip(words) {
        let word = u64::from_le_bytes(*word) ^ key;
        seen |= word;
        *out = word.to_le_bytes();
    }
    // What is left is the upper end of the last word of the frame, moved down.
    let unused = 8 * (8 - rest.len() as u32);
    let last = match frame.last_chunk() {
        Some(last) => u64::from_le_bytes(*last).checked_shr(unused).unwrap_or(0),
        None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let last = last ^ key.checked_shl(unused).unwrap_or(0).checked_shr(unused).unwrap_or(0);
    out[words.len()] = last.to_le_bytes();
    out[words.len() + 1] = [0; 8];
    seen | last
}

/// Whether all bytes are ASCII: whole words from the start, and one that ends with the text.
#[inline]
fn is_ascii(text: &[u8]) -> bool {
    if let Some(last) = text.last_chunk::<8>() {
        let (words, _) = text.as_chunks::<8>();
        let seen =
            words.iter().fold(u64::from_ne_bytes(*last), |seen, word| seen | u64::from_ne_bytes(*word));
        seen & HIGH_BITS == 0
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (u32::from_ne_bytes(*first) | u32::from_ne_bytes(*last)) & HIGH_BITS as u32 == 0
    } else {
        text.iter().all(u8::is_ascii)
    }
}
