//! The work on the text of a frame: to unmask it (RFC 6455 section 5.3), and to say whether it is UTF-8 (RFC 3629).
//!
//! There are several who do it, and all give the same. The portable one is safe code for any processor; with the
//! feature `kernels` there are those of the crate `wasclean-kernels`, of which one is chosen for the process.

mod block;
mod portable;
mod scratch;
mod steps;

use alloc::vec::Vec;

pub use scratch::Scratch;

/// The bytes for which whatever works in whole vectors is made: those of a control frame.
const SHORT_LEN_MAX: usize = scratch::ROOM - 1;

/// Who works on the text of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel(#[cfg(feature = "kernels")] wasclean_kernels::Kernel);

impl Kernel {
    /// Safe code for any processor.
    pub const PORTABLE: Self = Self(
        #[cfg(feature = "kernels")]
        wasclean_kernels::Kernel::Portable,
    );

    /// The one that this process uses: the portable one, or what `wasclean_kernels::chosen` says.
    #[inline]
    #[must_use]
    pub fn chosen() -> Self {
        #[cfg(feature = "kernels")]
        return Self(wasclean_kernels::chosen());
        #[cfg(not(feature = "kernels"))]
        return Self::PORTABLE;
    }

    /// All that there are, for who compares them.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg(feature = "kernels")]
        return wasclean_kernels::Kernel::available().into_iter().map(Self).collect();
        #[cfg(not(feature = "kernels"))]
        return Vec::from([Self::PORTABLE]);
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        #[cfg(feature = "kernels")]
        return self.0.name();
        #[cfg(not(feature = "kernels"))]
        return "portable";
    }

    /// Writes `text`, the rest of a control frame, combined with `key` into `scratch`; whether that is UTF-8.
    #[inline(always)]
    pub(super) fn unmask_into(self, scratch: &mut Scratch, text: &[u8], key: [u8; 4]) -> bool {
        #[cfg(feature = "kernels")]
        match self.0 {
            wasclean_kernels::Kernel::Portable => {}
            wasclean_kernels::Kernel::Avx2(kernel) => return kernel.unmask_into(scratch.room(), text, key),
            wasclean_kernels::Kernel::Avx512(kernel) => return kernel.unmask_into(scratch.room(), text, key),
        }
        portable::unmask_into(scratch, text, key)
    }

    /// Combines `bytes` with `key`.
    #[inline(always)]
    pub(super) fn unmask(self, bytes: &mut [u8], key: [u8; 4]) {
        #[cfg(feature = "kernels")]
        match self.0 {
            wasclean_kernels::Kernel::Portable => {}
            wasclean_kernels::Kernel::Avx2(kernel) => return kernel.unmask(bytes, key),
            wasclean_kernels::Kernel::Avx512(kernel) => return kernel.unmask(bytes, key),
        }
        portable::unmask(bytes, key);
    }

    /// Combines `text` with `key`; whether it is UTF-8 then.
    #[inline(always)]
    pub(super) fn unmask_text(self, text: &mut [u8], key: [u8; 4]) -> bool {
        #[cfg(feature = "kernels")]
        match self.0 {
            wasclean_kernels::Kernel::Portable => {}
            wasclean_kernels::Kernel::Avx2(kernel) => return kernel.unmask_text(text, key),
            wasclean_kernels::Kernel::Avx512(kernel) => return kernel.unmask_text(text, key),
        }
        portable::unmask(text, key) || portable::is_utf8(text)
    }

    /// Whether `text` is UTF-8.
    #[inline(always)]
    pub(super) fn is_utf8(self, text: &[u8]) -> bool {
        #[cfg(feature = "kernels")]
        match self.0 {
            wasclean_kernels::Kernel::Portable => {}
            wasclean_kernels::Kernel::Avx2(kernel) => return kernel.is_utf8(text),
            wasclean_kernels::Kernel::Avx512(kernel) => return kernel.is_utf8(text),
        }
        portable::is_utf8(text)
    }
}
