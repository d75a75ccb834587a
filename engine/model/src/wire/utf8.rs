//! UTF-8 that comes in pieces (Encoding Standard, UTF-8 decoder; RFC 3629).

/// A validator that is fed a text in pieces and fails at the first byte that cannot continue it (UTF8-01, UTF8-02).
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
    /// The index in `bytes` of the first byte with which the text can no longer become UTF-8. From then on every
    /// byte is an offence.
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
