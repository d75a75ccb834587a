//! The stream in units of four bytes.

use alloc::vec::Vec;

/// Length of a unit. Whatever does not fit one takes a whole number of them, so that a changed length leaves the
/// records behind it where they were.
pub(super) const UNIT: usize = 4;

/// Reads units from the front.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next unit. What is missing of it is zero.
    pub(super) fn unit(&mut self) -> [u8; UNIT] {
        let mut unit = [0; UNIT];
        let taken = self.take(UNIT);
        unit[..taken.len()].copy_from_slice(taken);
        unit
    }

    /// The next `len` bytes, or as many as are there, without the padding to whole units.
    pub(super) fn take(&mut self, len: usize) -> &'a [u8] {
        let taken = &self.0[..len.min(self.0.len())];
        self.0 = &self.0[len.next_multiple_of(UNIT).min(self.0.len())..];
        taken
    }

    /// The next two units as a number.
    pub(super) fn number(&mut self) -> u64 {
        let (low, high) = (u32::from_le_bytes(self.unit()), u32::from_le_bytes(self.unit()));
        u64::from(high) << 32 | u64::from(low)
    }
}

/// Appends `bytes` and the padding to whole units.
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    out.resize(out.len().next_multiple_of(UNIT), 0);
}

/// Appends a unit whose contents are known only after what follows it is written.
pub(super) fn put_unit(out: &mut Vec<u8>, contents: impl FnOnce(&mut Vec<u8>) -> [u8; UNIT]) {
    let at = out.len();
    out.extend([0; UNIT]);
    let unit = contents(out);
    out[at..at + UNIT].copy_from_slice(&unit);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_unit_ends_in_zeros() {
        let mut reader = Reader::new(&[1, 2, 3, 4, 5]);
        assert_eq!((reader.unit(), reader.unit(), reader.unit()), ([1, 2, 3, 4], [5, 0, 0, 0], [0; 4]));
        assert!(reader.is_empty());
    }

    #[test]
    fn padding_is_skipped() {
        let mut reader = Reader::new(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!((reader.take(5), reader.take(9)), (&[1, 2, 3, 4, 5][..], &[9][..]));
    }
}
