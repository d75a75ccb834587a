//! The fast parser with the intrinsics of another crate, behind its safe functions.

use wasclean_kernels::{Avx2, Avx512, ROOM, chosen};

use super::fast::{Kernel, parse_with};
use super::portable::Portable;
use super::{Error, Frame, Scratch};
use crate::wire::Role;

/// The same as [`parse`](super::parse) with a kernel of the caller's choice.
///
/// # Errors
///
/// The first offence, with the position of the byte that decides it.
#[inline]
pub fn parse<'a>(
    kernel: wasclean_kernels::Kernel,
    bytes: &'a [u8],
    role: Role,
    scratch: &'a mut Scratch,
) -> Result<Option<Frame<'a>>, Error> {
    parse_with(bytes, role, scratch, kernel)
}

/// The kernel that was chosen for the process, which a frame without a text does not ask for.
#[derive(Clone, Copy)]
pub(super) struct Chosen;

impl Kernel for Chosen {
    #[inline]
    fn unmask(self, frame: &[u8], at: usize, key: [u8; 4], scratch: &mut Scratch) -> bool {
        Kernel::unmask(chosen(), frame, at, key, scratch)
    }

    #[inline]
    fn is_utf8(self, frame: &[u8], at: usize, scratch: &mut Scratch) -> bool {
        Kernel::is_utf8(chosen(), frame, at, scratch)
    }
}

impl Kernel for wasclean_kernels::Kernel {
    #[inline]
    fn unmask(self, frame: &[u8], at: usize, key: [u8; 4], scratch: &mut Scratch) -> bool {
        match self {
            Self::Portable => Portable.unmask(frame, at, key, scratch),
            Self::Avx2(kernel) => Avx2::unmask(kernel, frame, at, key, room(scratch)),
            Self::Avx512(kernel) => Avx512::unmask(kernel, frame, at, key, room(scratch)),
        }
    }

    #[inline]
    fn is_utf8(self, frame: &[u8], at: usize, scratch: &mut Scratch) -> bool {
        match self {
            Self::Portable => Portable.is_utf8(frame, at, scratch),
            Self::Avx2(kernel) => kernel.is_utf8(frame, at),
            Self::Avx512(kernel) => kernel.is_utf8(frame, at),
        }
    }
}

#[inline]
fn room(scratch: &mut Scratch) -> &mut [u8; ROOM] {
    scratch.room().first_chunk_mut().expect("it is shorter than the whole")
}
