//! The safe face of the kernels: lengths are checked here, once for all of them.

use crate::{Avx2, Avx512};

/// The room for a short text: two vectors of 64 bytes, of which the last byte is a zero behind the text.
pub const ROOM: usize = 128;

macro_rules! face {
    ($kernel:ident, $module:ident) => {
        impl $kernel {
            /// Writes `text` combined with `key` to the start of `room`; whether that is UTF-8. What `room` has behind
            /// the text has no meaning.
            ///
            /// # Panics
            ///
            /// If the text is not shorter than the room.
            #[inline]
            #[must_use]
            pub fn unmask_into(self, room: &mut [u8; ROOM], text: &[u8], key: [u8; 4]) -> bool {
                assert!(text.len() < ROOM, "a text of fewer than {ROOM} bytes");
                #[cfg(target_arch = "x86_64")]
                // SAFETY: `self` proves that the processor has the instructions; the text is short enough.
                unsafe {
                    crate::$module::unmask_into(room, text, i32::from_le_bytes(key))
                }
                #[cfg(not(target_arch = "x86_64"))]
                match self.0 {}
            }

            /// Combines `bytes` with `key`, in place.
            #[inline]
            pub fn unmask(self, bytes: &mut [u8], key: [u8; 4]) {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: `self` proves that the processor has the instructions.
                unsafe {
                    crate::$module::unmask(bytes, i32::from_le_bytes(key));
                }
                #[cfg(not(target_arch = "x86_64"))]
                match self.0 {}
            }

            /// Combines `text` with `key`, in place; whether it is UTF-8 then.
            #[inline]
            #[must_use]
            pub fn unmask_text(self, text: &mut [u8], key: [u8; 4]) -> bool {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: `self` proves that the processor has the instructions.
                unsafe {
                    crate::$module::unmask_text(text, i32::from_le_bytes(key))
                }
                #[cfg(not(target_arch = "x86_64"))]
                match self.0 {}
            }

            /// Whether `text` is UTF-8.
            #[inline]
            #[must_use]
            pub fn is_utf8(self, text: &[u8]) -> bool {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: `self` proves that the processor has the instructions.
                unsafe {
                    crate::$module::is_utf8(text)
                }
                #[cfg(not(target_arch = "x86_64"))]
                match self.0 {}
            }
        }
    };
}

face!(Avx2, avx2);
face!(Avx512, avx512);
