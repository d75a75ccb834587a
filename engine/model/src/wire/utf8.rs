//! UTF-8 that comes in pieces (Encoding Standard, UTF-8 decoder; RFC 3629).

/// A validator that is fed a text in pieces and fails at the first byte that cannot continue it (UTF8-01,
/// UTF8-02).
///
/// The state is that of the Encoding Standard's decoder without the code point, which nothing here needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Utf8 {
    /// How many bytes the character that has begun still needs.
    needed: u8,
    /// The bounds of the next continuation byte.
    lower: u8,
    upper: u8,
}

/// Bounds of a continuation byte, where the lead byte does not narrow them.
const LOWER: u8 = 0x80;
const UPPER: u8 = 0xbf;

impl Default for Utf8 {
    fn default() -> Self {
        Self::new()
    }
}

impl Utf8 {
    /// At the beginning of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self::needs(0, LOWER, UPPER)
    }

    const fn needs(needed: u8, lower: u8, upper: u8) -> Self {
        Self { needed, lower, upper }
    }

    /// After an offence: a byte is needed and none is within the bounds.
    const REJECTED: Self = Self::needs(1, 0xff, 0);

    /// Whether the text may end here. If not, it ended within a character (UTF8-03).
    #[inline]
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.needed == 0
    }

    /// Takes the next piece of the text.
    ///
    /// # Errors
    ///
    /// The index in `bytes` of the first byte with which the text can no longer become UTF-8. From then on
    /// every byte is an offence.
    #[inline]
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let mut index = 0;
        while index < bytes.len() {
            if self.is_complete() {
                index += ascii_prefix(&bytes[index..]);
                if index == bytes.len() {
                    break;
                }
            }
            *self = self.after(bytes[index]);
            if *self == Self::REJECTED {
                return Err(index);
            }
            index += 1;
        }
        Ok(())
    }

    /// The state after one more byte.
    #[inline]
    const fn after(self, byte: u8) -> Self {
        match self.needed {
            0 => match byte {
                0x00..=0x7f => Self::new(),
                0xc2..=0xdf => Self::needs(1, LOWER, UPPER),
                // A smaller second byte would be an overlong form.
                0xe0 => Self::needs(2, 0xa0, UPPER),
                0xe1..=0xec | 0xee..=0xef => Self::needs(2, LOWER, UPPER),
                // A larger second byte would be a surrogate.
                0xed => Self::needs(2, LOWER, 0x9f),
                0xf0 => Self::needs(3, 0x90, UPPER),
                0xf1..=0xf3 => Self::needs(3, LOWER, UPPER),
                // A larger second byte would be above U+10FFFF.
                0xf4 => Self::needs(3, LOWER, 0x8f),
                0x80..=0xc1 | 0xf5..=0xff => Self::REJECTED,
            },
            needed if self.lower <= byte && byte <= self.upper => Self::needs(needed - 1, LOWER, UPPER),
            _ => Self::REJECTED,
        }
    }
}

/// How many bytes at the start are ASCII, at least up to the last whole word.
#[inline]
fn ascii_prefix(bytes: &[u8]) -> usize {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let (words, _) = bytes.as_chunks::<8>();
    let ascii = words.iter().take_while(|word| u64::from_ne_bytes(**word) & HIGH_BITS == 0);
    ascii.count() * 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tests::Lcg;
    use std::vec::Vec;

    /// The two ends of every range that the decoder tells apart.
    const BOUNDARIES: [u8; 24] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
        0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ];

    /// Compares the state after `bytes` with what the standard library says of them.
    #[track_caller]
    fn check(state: Utf8, bytes: &[u8]) {
        let (rejected, complete) = match core::str::from_utf8(bytes) {
            Ok(_) => (false, true),
            Err(error) => (error.error_len().is_some(), false),
        };
        assert_eq!((state == Utf8::REJECTED, state.is_complete()), (rejected, complete), "{bytes:02x?}");
    }

    fn fed(mut state: Utf8, byte: u8) -> Utf8 {
        let was_rejected = state == Utf8::REJECTED;
        let result = state.feed(&[byte]);
        assert_eq!(result, if state == Utf8::REJECTED { Err(0) } else { Ok(()) });
        assert!(state == Utf8::REJECTED || !was_rejected, "a rejection lasts");
        state
    }

    #[test]
    fn all_strings_of_up_to_three_bytes_are_judged_as_by_the_standard_library() {
        check(Utf8::new(), b"");
        for first in 0..=u8::MAX {
            let one = fed(Utf8::new(), first);
            check(one, &[first]);
            for second in 0..=u8::MAX {
                let two = fed(one, second);
                check(two, &[first, second]);
                for third in 0..=u8::MAX {
                    check(fed(two, third), &[first, second, third]);
                }
            }
        }
    }

    #[test]
    fn all_boundaries_in_four_bytes_are_judged_as_by_the_standard_library() {
        for first in BOUNDARIES {
            for second in BOUNDARIES {
                for third in BOUNDARIES {
                    let three = fed(fed(fed(Utf8::new(), first), second), third);
                    for fourth in BOUNDARIES {
                        check(fed(three, fourth), &[first, second, third, fourth]);
                    }
                }
            }
        }
    }

    /// Where `bytes` stops being the beginning of UTF-8, and whether it may end at its end.
    fn whole(bytes: &[u8]) -> (Result<(), usize>, bool) {
        let wrong = |end: &usize| {
            core::str::from_utf8(&bytes[..*end]).is_err_and(|error| error.error_len().is_some())
        };
        match (1..=bytes.len()).find(wrong) {
            Some(end) => (Err(end - 1), false),
            None => (Ok(()), core::str::from_utf8(bytes).is_ok()),
        }
    }

    fn in_pieces(bytes: &[u8], cuts: [usize; 2]) -> (Result<(), usize>, bool) {
        let mut state = Utf8::new();
        let mut start = 0;
        for end in [cuts[0], cuts[1], bytes.len()] {
            if let Err(index) = state.feed(&bytes[start..end]) {
                return (Err(start + index), state.is_complete());
            }
            start = end;
        }
        (Ok(()), state.is_complete())
    }

    #[test]
    fn every_chunking_gives_the_same_first_offence() {
        let mut draw = Lcg::new(8);
        let alphabet =
            ["a", "bcdefghi", "\0", "é", "\u{7ff}", "\u{feff}", "€", "\u{ffff}", "𝄞", "\u{10ffff}"];
        for _ in 0..300 {
            let mut bytes = Vec::new();
            for _ in 0..draw.below(8) {
                bytes.extend_from_slice(alphabet[draw.below(alphabet.len())].as_bytes());
            }
            if draw.below(3) > 0 && !bytes.is_empty() {
                let at = draw.below(bytes.len());
                bytes[at] = BOUNDARIES[draw.below(BOUNDARIES.len())];
            }
            bytes.truncate(bytes.len() - bytes.len().min(draw.below(3)));
            let want = whole(&bytes);
            for second in 0..=bytes.len() {
                for first in 0..=second {
                    assert_eq!(in_pieces(&bytes, [first, second]), want, "{bytes:02x?} at {first}, {second}");
                }
            }
        }
    }

    #[test]
    fn a_character_may_be_split_and_the_text_may_not_end_within_it() {
        for text in ["é", "€", "𝄞"] {
            for cut in 1..text.len() {
                let mut state = Utf8::new();
                assert_eq!(state.feed(&text.as_bytes()[..cut]), Ok(()));
                assert!(!state.is_complete());
                assert_eq!(state.feed(&text.as_bytes()[cut..]), Ok(()));
                assert!(state.is_complete());
            }
        }
    }
}
