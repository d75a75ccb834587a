//! UTF-8 judged in blocks of 16 bytes without a branch, in a form that compilers turn into vector instructions; and
//! byte by byte where there is no block.

use super::steps;

/// How many bytes are judged at once.
const BLOCK: usize = 16;

/// How far a character reaches: the fourth byte depends on the first.
const REACH: usize = 3;

/// A block behind the bytes on which it depends.
type Window = [u8; REACH + BLOCK];

/// Whether `text` is UTF-8 (UTF8-01 to UTF8-03).
pub(super) fn is_utf8(text: &[u8]) -> bool {
    let (Some((first, _)), Some(last)) = (text.split_first_chunk::<REACH>(), text.last_chunk()) else {
        return steps::is_utf8(text);
    };
    // Windows from the start, and one that ends with the text; they may overlap.
    let mut offence = [0_u8; BLOCK];
    for index in 0..=(text.len() - REACH - BLOCK) / BLOCK {
        let window = text[index * BLOCK..].first_chunk();
        judge_block(window.expect("there is room for the last of them"), &mut offence);
    }
    judge_block(last, &mut offence);
    // The highest bit of each is the verdict. What is missing is the start, and whether the end is one.
    u128::from_ne_bytes(offence) & HIGH_BITS == 0 && steps::may_begin(first) && !is_cut_off(last)
}

/// The highest bit of each byte of a block.
const HIGH_BITS: u128 = u128::from_ne_bytes([0x80; BLOCK]);

/// Whether a character begins too late to end.
#[inline]
fn is_cut_off(&[.., third_last, second_last, last]: &Window) -> bool {
    (third_last >= 0xf0) | (second_last >= 0xe0) | (last >= 0xc0)
}

/// Adds the offences of a block.
#[inline]
fn judge_block(window: &Window, offence: &mut [u8; BLOCK]) {
    for (index, offence) in offence.iter_mut().enumerate() {
        *offence |= judge([window[index], window[index + 1], window[index + 2], window[index + 3]]);
    }
}

/// Whether the last of four consecutive bytes is an offence, in the highest bit; the other bits mean nothing.
#[inline]
fn judge([third_before, second_before, before, byte]: [u8; 4]) -> u8 {
    // The highest bit is set in: a continuation byte; a byte behind a lead byte of 2, 3 or 4; the second behind a
    // lead byte of 3 or 4; the third behind a lead byte of 4. The first and the others must agree.
    let is_continuation = byte & !(byte << 1);
    let is_second = before & (before << 1);
    let is_third = second_before.saturating_sub(0xe0 - 0x80);
    let is_fourth = third_before.saturating_sub(0xf0 - 0x80);
    let misplaced = is_continuation ^ (is_second | is_third | is_fourth);
    // What is misplaced nowhere and yet no character. The two bits below the highest of a continuation byte tell
    // its four quarters: 80, 90, a0, b0.
    let (half, quarter) = (byte << 2, byte << 3);
    let never = when(byte >= 0xf5) | when(byte & 0xfe == 0xc0);
    let overlong = when(before == 0xe0) & !half | when(before == 0xf0) & !(half | quarter);
    let too_large = when(before == 0xed) & half | when(before == 0xf4) & (half | quarter);
    misplaced | never | overlong | too_large
}

#[inline]
fn when(condition: bool) -> u8 {
    if condition { 0xff } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8]) {
        assert_eq!(is_utf8(text), core::str::from_utf8(text).is_ok(), "{text:02x?}");
    }

    /// The two ends of every range of bytes that differ, and one between.
    const CLASSES: [u8; 25] = [
        0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
        0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ];

    #[test]
    fn all_pairs_of_bytes_are_judged_as_by_the_standard_library() {
        for first in 0..=u8::MAX {
            check(&[first]);
            for second in 0..=u8::MAX {
                check(&[first, second]);
            }
        }
    }

    #[test]
    fn all_boundaries_in_four_bytes_are_judged_as_by_the_standard_library_across_blocks() {
        for at in [0, 13, 14, 15, 16] {
            let mut text = [b'x'; 20];
            for first in CLASSES {
                for second in CLASSES {
                    for third in CLASSES {
                        for fourth in CLASSES {
                            text[at..at + 4].copy_from_slice(&[first, second, third, fourth]);
                            check(&text[..at + 4]);
                        }
                    }
                }
            }
        }
    }
}
