//! Safe code for any processor: eight bytes at a time, and blocks where a short text is not ASCII.

use super::{SHORT_LEN_MAX, Scratch, block};

/// The highest bit of each of eight bytes.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Writes `text` combined with `key` into `scratch`; whether that is UTF-8.
#[inline]
pub(super) fn unmask_into(scratch: &mut Scratch, text: &[u8], key: [u8; 4]) -> bool {
    let key = twice(key);
    let (out, _) = scratch.room().as_chunks_mut::<8>();
    let (words, rest) = text.as_chunks::<8>();
    let mut seen = 0;
    for (out, word) in out.iter_mut().zip(words) {
        let word = u64::from_le_bytes(*word) ^ key;
        seen |= word;
        *out = word.to_le_bytes();
    }
    let unused = 8 * (8 - rest.len() as u32);
    let last = match text.last_chunk() {
        // What is left is the upper end of the last eight bytes, moved down.
        Some(last) => u64::from_le_bytes(*last).checked_shr(unused).unwrap_or(0),
        None => short_word(rest),
    };
    let last = last ^ key.checked_shl(unused).unwrap_or(0).checked_shr(unused).unwrap_or(0);
    out[words.len()] = last.to_le_bytes();
    (seen | last) & HIGH_BITS == 0 || block::is_utf8(scratch.text(text.len()))
}

/// Combines `bytes` with `key`; whether they are ASCII then.
#[inline]
pub(super) fn unmask(bytes: &mut [u8], key: [u8; 4]) -> bool {
    let twice = twice(key);
    let mut seen = 0;
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        let plain = u64::from_le_bytes(*word) ^ twice;
        seen |= plain;
        *word = plain.to_le_bytes();
    }
    let (half, rest) = match rest.split_first_chunk_mut::<4>() {
        Some((half, rest)) => {
            *half = (u32::from_le_bytes(*half) ^ twice as u32).to_le_bytes();
            (u32::from_le_bytes(*half), rest)
        }
        None => (0, rest),
    };
    let mut last = 0;
    for (byte, key) in rest.iter_mut().zip(key) {
        *byte ^= key;
        last |= *byte;
    }
    (seen | u64::from(half) | u64::from(last)) & HIGH_BITS == 0
}

/// Whether `text` is UTF-8.
#[inline]
pub(super) fn is_utf8(text: &[u8]) -> bool {
    is_ascii(text)
        || if text.len() <= SHORT_LEN_MAX { block::is_utf8(text) } else { core::str::from_utf8(text).is_ok() }
}

/// The key for eight bytes.
#[inline]
fn twice(key: [u8; 4]) -> u64 {
    u64::from(u32::from_le_bytes(key)) * 0x1_0000_0001
}

/// The first eight bytes as a word, or fewer with zeros behind them.
#[inline]
pub(super) fn short_word(bytes: &[u8]) -> u64 {
    if let Some(word) = bytes.first_chunk() {
        return u64::from_le_bytes(*word);
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
        // Two halves that overlap.
        (Some(first), Some(last), _) => {
            let last = u64::from(u32::from_le_bytes(*last)) << (8 * (bytes.len() - 4));
            u64::from(u32::from_le_bytes(*first)) | last
        }
        (_, _, [first, .., last]) => {
            let middle = u64::from(bytes[bytes.len() / 2]) << (8 * (bytes.len() / 2));
            u64::from(*first) | middle | u64::from(*last) << (8 * (bytes.len() - 1))
        }
        (_, _, &[byte]) => u64::from(byte),
        (_, _, []) => 0,
    }
}

/// Whether all bytes are ASCII: whole words from the start, and one that ends with the text.
#[inline]
fn is_ascii(text: &[u8]) -> bool {
    let seen = match text.last_chunk::<8>() {
        Some(last) => {
            let (words, _) = text.as_chunks::<8>();
            words.iter().fold(u64::from_ne_bytes(*last), |seen, word| seen | u64::from_ne_bytes(*word))
        }
        None => short_word(text),
    };
    seen & HIGH_BITS == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    fn masked(text: &[u8]) -> Vec<u8> {
        text.iter().enumerate().map(|(index, byte)| byte ^ KEY[index % 4]).collect()
    }

    #[track_caller]
    fn check(text: &[u8]) {
        let want = core::str::from_utf8(text).is_ok();
        assert_eq!(is_utf8(text), want, "{text:02x?}");
        let mut bytes = masked(text);
        if text.len() <= SHORT_LEN_MAX {
            let mut scratch = Scratch::new();
            assert_eq!(unmask_into(&mut scratch, &bytes, KEY), want, "{text:02x?}");
            assert_eq!(scratch.text(text.len()), text);
        }
        assert_eq!(unmask(&mut bytes, KEY), text.is_ascii(), "{text:02x?}");
        assert_eq!(bytes, text);
    }

    #[test]
    fn every_length_is_unmasked_and_judged_as_by_the_standard_library() {
        for filling in ["x", "é", "€", "𝄞", "aé€𝄞bcdefghijkl"] {
            let long = filling.repeat(140);
            for len in 0..140 {
                check(&long.as_bytes()[..len]);
            }
        }
    }

    #[test]
    fn one_byte_that_is_not_ascii_is_seen_wherever_it_is() {
        for len in 0..140 {
            for at in 0..len {
                let mut text = [b'x'; 140];
                text[at] = 0xff;
                check(&text[..len]);
            }
        }
    }
}
