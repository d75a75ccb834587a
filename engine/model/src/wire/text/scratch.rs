//! Where the reason of a masked frame is unmasked.

/// What comes before a text and what may be written behind it: so much that the text begins a line of the cache.
pub(super) const PAD: usize = 64;

/// Two of the widest vectors: the longest reason, rounded up.
pub(super) const ROOM: usize = 128;

/// Memory of the caller for one body of a Close frame: 125 bytes, rounded up so that whole vectors are written.
///
/// It may be used again and again, and what is in it never matters.
#[derive(Clone)]
#[repr(align(64))]
pub struct Scratch {
    /// Starts with zeros that nothing overwrites: what comes before the first character.
    bytes: [u8; PAD + ROOM + PAD],
}

impl Scratch {
    /// Memory that is ready to be used.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; PAD + ROOM + PAD] }
    }

    /// The first `len` bytes of the text.
    #[inline]
    pub(in crate::wire) fn text(&self, len: usize) -> &[u8] {
        &self.bytes[PAD..PAD + len]
    }

    /// The room for the text, in whole vectors.
    #[cfg(feature = "kernels")]
    #[inline]
    pub(super) fn room(&mut self) -> &mut [u8; ROOM] {
        self.room_and_pad().first_chunk_mut().expect("it is shorter than the whole")
    }

    /// The room for the text and what is written behind it.
    #[inline]
    pub(super) fn room_and_pad(&mut self) -> &mut [u8; ROOM + PAD] {
        self.bytes.last_chunk_mut().expect("it is shorter than the whole")
    }

    /// The text with the zeros before it.
    #[inline]
    pub(super) fn padded(&self) -> &[u8; PAD + ROOM + PAD] {
        &self.bytes
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
