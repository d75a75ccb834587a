//! Where the reason of a masked frame is unmasked.

/// Two of the widest vectors: the longest reason, rounded up, with a byte to spare.
pub(super) const ROOM: usize = 128;

/// Memory of the caller for one body of a Close frame: 125 bytes, rounded up so that whole vectors are written.
///
/// It may be used again and again, and what is in it never matters.
#[derive(Clone)]
#[repr(align(64))]
pub struct Scratch([u8; ROOM]);

impl Scratch {
    /// Memory that is ready to be used.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; ROOM])
    }

    /// The first `len` bytes of the text.
    #[inline]
    pub(in crate::wire) fn text(&self, len: usize) -> &[u8] {
        &self.0[..len]
    }

    /// The room for the text and what may be written behind it.
    #[inline]
    pub(super) fn room(&mut self) -> &mut [u8; ROOM] {
        &mut self.0
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}
