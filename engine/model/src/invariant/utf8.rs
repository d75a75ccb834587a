//! UTF-8 as the Encoding Standard's decoder accepts it, byte by byte: a twin of the wire's validator (UTF8-01).

/// How far a UTF-8 string has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Utf8 {
    /// Continuation bytes that are still needed.
    needed: u8,
    /// The bounds of the next one.
    lower: u8,
    upper: u8,
}

impl Utf8 {
    /// Reads `bytes`; gives the index of the first byte that cannot stand where it stands.
    #[inline]
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), usize> {
        for (index, &byte) in bytes.iter().enumerate() {
            if self.needed == 0 {
                let (needed, lower, upper) = match byte {
                    0x00..=0x7f => continue,
                    0xc2..=0xdf => (1, 0x80, 0xbf),
                    0xe0 => (2, 0xa0, 0xbf),
                    0xed => (2, 0x80, 0x9f),
                    0xe1..=0xef => (2, 0x80, 0xbf),
                    0xf0 => (3, 0x90, 0xbf),
                    0xf1..=0xf3 => (3, 0x80, 0xbf),
                    0xf4 => (3, 0x80, 0x8f),
                    0x80..=0xc1 | 0xf5..=0xff => return Err(index),
                };
                *self = Self { needed, lower, upper };
            } else if (self.lower..=self.upper).contains(&byte) {
                *self = match self.needed {
                    1 => Self::default(),
                    needed => Self { needed: needed - 1, lower: 0x80, upper: 0xbf },
                };
            } else {
                return Err(index);
            }
        }
        Ok(())
    }

    /// Whether the string could end here.
    #[inline]
    pub(super) fn is_complete(self) -> bool {
        self.needed == 0
    }
}

/// Whether `bytes` are UTF-8.
#[inline]
pub(super) fn is_valid(bytes: &[u8]) -> bool {
    let mut state = Utf8::default();
    state.feed(bytes).is_ok() && state.is_complete()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_strings_of_three_bytes_are_judged_as_the_standard_library_does() {
        for first in 0..=255 {
            for second in 0..=255 {
                for third in (0..=255).step_by(3) {
                    let bytes = [first, second, third];
                    assert_eq!(is_valid(&bytes), core::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
                }
            }
        }
    }

    #[test]
    fn four_bytes_reach_the_last_code_point_and_not_further() {
        for (bytes, want) in [
            (&[0xf4, 0x8f, 0xbf, 0xbf], Ok(())),
            (&[0xf4, 0x90, 0x80, 0x80], Err(1)),
            (&[0xf0, 0x8f, 0xbf, 0xbf], Err(1)),
            (&[0xf0, 0x90, 0x80, 0x41], Err(3)),
        ] {
            assert_eq!(Utf8::default().feed(bytes), want, "{bytes:x?}");
        }
    }
}
