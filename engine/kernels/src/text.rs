//! The safe face of the kernels: lengths are checked here, once for all of them.

use crate::{Avx2, Avx512};

/// The longest text: two vectors of 64 bytes, with a zero behind it, which is how a character that is cut off is seen.
pub const TEXT_LEN_MAX: usize = 127;

/// The room that a text of any such length needs, in whole vectors.
pub const ROOM: usize = 128;

/// The bytes of the frame that come before its text at least: a header of two, and a status code.
#[cfg(target_arch = "x86_64")]
const BEFORE_MIN: usize = 4;

/// Whether the text of `frame` from `at` on is one that kernels take.
#[cfg(target_arch = "x86_64")]
#[inline]
#[track_caller]
fn check(frame: &[u8], at: usize) {
    let is_taken = at >= BEFORE_MIN && frame.len() >= at && frame.len() - at <= TEXT_LEN_MAX;
    assert!(is_taken, "a text of {TEXT_LEN_MAX} bytes at most, behind {BEFORE_MIN} others");
}

macro_rules! face {
    ($kernel:ident, $module:ident) => {
        impl $kernel {
            /// Writes what `frame` has from `at` on, combined with `key`, to the start of `room`; whether that is
            /// UTF-8. Behind the text `room` gets bytes without a meaning.
            ///
            /// # Panics
            ///
            /// If there are fewer than four bytes before the text, or more than [`TEXT_LEN_MAX`] in it.
            #[inline]
            #[must_use]
            pub fn unmask(self, frame: &[u8], at: usize, key: [u8; 4], room: &mut [u8; ROOM]) -> bool {
                #[cfg(target_arch = "x86_64")]
                {
                    check(frame, at);
                    // SAFETY: `self` proves that the processor has the instructions, and `check` what the kernel
                    // needs of its slice.
                    unsafe { crate::$module::unmask(frame, at, i32::from_le_bytes(key), room) }
                }
                #[cfg(not(target_arch = "x86_64"))]
                {
                    let _ = (frame, at, key, room);
                    match self.0 {}
                }
            }

            /// Whether what `frame` has from `at` on is UTF-8.
            ///
            /// # Panics
            ///
            /// If there are fewer than four bytes before the text, or more than [`TEXT_LEN_MAX`] in it.
            #[inline]
            #[must_use]
            pub fn is_utf8(self, frame: &[u8], at: usize) -> bool {
                #[cfg(target_arch = "x86_64")]
                {
                    check(frame, at);
                    // SAFETY: as above.
                    unsafe { crate::$module::is_utf8(frame, at) }
                }
                #[cfg(not(target_arch = "x86_64"))]
                {
                    let _ = (frame, at);
                    match self.0 {}
                }
            }
        }
    };
}

face!(Avx2, avx2);
face!(Avx512, avx512);
