//! UTF-8 byte by byte, with an automaton whose states are shifts (after Per Vognsen): the table says by a byte the next
//! state for each, and to go there is one shift.

/// Six bits for each state, which is the number of the lowest one.
const BITS: u32 = 6;

/// An offence, which nothing mends.
const REJECTED: u32 = 0;
/// Between two characters.
const COMPLETE: u32 = BITS;
/// A character needs one, two or three continuation bytes.
const ONE: u32 = 2 * BITS;
const TWO: u32 = 3 * BITS;
const THREE: u32 = 4 * BITS;
/// The same, and the next is narrowed by the lead byte E0, ED, F0 or F4.
const AFTER_E0: u32 = 5 * BITS;
const AFTER_ED: u32 = 6 * BITS;
const AFTER_F0: u32 = 7 * BITS;
const AFTER_F4: u32 = 8 * BITS;

/// The bits of a state.
const STATE: u64 = (1 << BITS) - 1;

static NEXT: [u64; 256] = {
    let mut next = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        next[byte] = row(byte as u8);
        byte += 1;
    }
    next
};

/// The next state for each, in its place.
const fn row(byte: u8) -> u64 {
    let from_complete = match byte {
        0x00..=0x7f => COMPLETE,
        0xc2..=0xdf => ONE,
        0xe0 => AFTER_E0,
        0xed => AFTER_ED,
        0xe1..=0xef => TWO,
        0xf0 => AFTER_F0,
        0xf1..=0xf3 => THREE,
        0xf4 => AFTER_F4,
        0x80..=0xc1 | 0xf5..=0xff => REJECTED,
    };
    let continued = ((COMPLETE as u64) << ONE) | ((ONE as u64) << TWO) | ((TWO as u64) << THREE);
    let narrowed = match byte {
        0x80..=0x8f => ((ONE as u64) << AFTER_ED) | ((TWO as u64) << AFTER_F4),
        0x90..=0x9f => ((ONE as u64) << AFTER_ED) | ((TWO as u64) << AFTER_F0),
        0xa0..=0xbf => ((ONE as u64) << AFTER_E0) | ((TWO as u64) << AFTER_F0),
        0x00..=0x7f | 0xc0..=0xff => return (from_complete as u64) << COMPLETE,
    };
    continued | narrowed
}

/// The state after `text`.
#[inline]
fn after(text: &[u8]) -> u32 {
    // What is above the state is what is left of the row.
    let shifted =
        text.iter().fold(u64::from(COMPLETE), |state, &byte| NEXT[usize::from(byte)] >> (state & STATE));
    (shifted & STATE) as u32
}

/// Whether `text` is UTF-8 (UTF8-01 to UTF8-03).
#[inline]
pub(super) fn is_utf8(text: &[u8]) -> bool {
    after(text) == COMPLETE
}

/// Whether a text that is UTF-8 may begin with these bytes.
#[inline]
pub(super) fn may_begin(text: &[u8]) -> bool {
    after(text) != REJECTED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::utf8::Utf8;

    #[track_caller]
    fn check(text: &[u8]) {
        let mut state = Utf8::new();
        let begins = state.feed(text).is_ok();
        assert_eq!((may_begin(text), is_utf8(text)), (begins, begins && state.is_complete()), "{text:02x?}");
    }

    #[test]
    fn all_texts_of_up_to_three_bytes_are_judged_as_by_the_validator() {
        check(&[]);
        for first in 0..=u8::MAX {
            check(&[first]);
            for second in 0..=u8::MAX {
                check(&[first, second]);
                for third in 0..=u8::MAX {
                    check(&[first, second, third]);
                }
            }
        }
    }

    #[test]
    fn the_fourth_byte_is_a_continuation_byte() {
        for lead in 0xf0..=0xff {
            for second in 0x80..=0xbf {
                for fourth in 0..=u8::MAX {
                    check(&[lead, second, 0x80, fourth]);
                }
            }
        }
    }
}
