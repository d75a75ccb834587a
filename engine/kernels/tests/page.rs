//! Texts at the very start and the very end of a page whose neighbours cannot be touched: a kernel that reads past its
//! slice ends the test with a signal.
#![cfg(all(unix, target_arch = "x86_64"))]

use std::ptr;

use wasclean_kernels::{Kernel, ROOM, TEXT_LEN_MAX};

/// Pages are no larger on this architecture unless one asks for it.
const PAGE: usize = 4096;

/// One page that may be used, between two that may not.
struct Guarded(*mut u8);

impl Guarded {
    fn new() -> Self {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: three fresh pages, which nothing else uses; the one in the middle becomes usable.
        unsafe {
            let start = libc::mmap(ptr::null_mut(), 3 * PAGE, libc::PROT_NONE, flags, -1, 0);
            assert_ne!(start, libc::MAP_FAILED);
            let page = start.cast::<u8>().add(PAGE);
            assert_eq!(libc::mprotect(page.cast(), PAGE, libc::PROT_READ | libc::PROT_WRITE), 0);
            Self(page)
        }
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the page is ours, and initialized by the kernel of the operating system.
        unsafe { std::slice::from_raw_parts_mut(self.0, PAGE) }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: what `new` mapped, and nothing of it is borrowed any more.
        unsafe { libc::munmap(self.0.sub(PAGE).cast(), 3 * PAGE) };
    }
}

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Judges `text` behind `before` bytes in `place`, unmasked and masked, and compares with the standard library.
#[track_caller]
fn check(kernel: Kernel, place: &mut [u8], before: usize, text: &[u8]) {
    let want = str::from_utf8(text).is_ok();
    let mut room = [0xff; ROOM];
    let mut is_utf8 = |frame: &[u8], key: Option<[u8; 4]>| match (kernel, key) {
        (Kernel::Portable, _) => want,
        (Kernel::Avx2(kernel), None) => kernel.is_utf8(frame, before),
        (Kernel::Avx512(kernel), None) => kernel.is_utf8(frame, before),
        (Kernel::Avx2(kernel), Some(key)) => kernel.unmask(frame, before, key, &mut room),
        (Kernel::Avx512(kernel), Some(key)) => kernel.unmask(frame, before, key, &mut room),
    };
    // What comes before the text is no part of it, whatever it looks like.
    place.fill(0xf0);
    place[before..].copy_from_slice(text);
    assert_eq!(is_utf8(place, None), want, "{}, {text:02x?}", kernel.name());
    for (index, byte) in place[before..].iter_mut().enumerate() {
        *byte ^= KEY[index % 4];
    }
    assert_eq!(is_utf8(place, Some(KEY)), want, "{}, masked, {text:02x?}", kernel.name());
    if kernel != Kernel::Portable {
        assert_eq!(&room[..text.len()], text, "{}", kernel.name());
    }
}

#[test]
fn nothing_is_read_outside_of_the_slice() {
    let mut guarded = Guarded::new();
    for kernel in Kernel::available() {
        for filling in ["x", "é", "€", "𝄞", "aé€𝄞bcdefghijkl"] {
            for len in 0..=TEXT_LEN_MAX {
                let text = &filling.as_bytes().repeat(TEXT_LEN_MAX)[..len];
                for before in [4, 8] {
                    let page = guarded.bytes();
                    check(kernel, &mut page[PAGE - before - len..], before, text);
                    check(kernel, &mut page[..before + len], before, text);
                }
            }
        }
    }
}

#[test]
fn a_text_that_is_too_long_or_has_too_little_before_it_is_refused() {
    for kernel in Kernel::available() {
        for (frame, at) in [(&[0; 132][..], 4), (&[0; 10], 3), (&[0; 10], 11), (&[0; 10], usize::MAX)] {
            let call = || match kernel {
                Kernel::Portable => panic!("portable code is not here"),
                Kernel::Avx2(kernel) => kernel.is_utf8(frame, at),
                Kernel::Avx512(kernel) => kernel.unmask(frame, at, KEY, &mut [0; ROOM]),
            };
            assert!(std::panic::catch_unwind(call).is_err(), "{} at {at}", kernel.name());
        }
    }
}
