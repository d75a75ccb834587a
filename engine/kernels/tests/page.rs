//! Texts at the very start and the very end of a page whose neighbours cannot be touched: a kernel that reads past its
//! slice ends the test with a signal.
#![cfg(all(unix, target_arch = "x86_64"))]

use std::ptr;

use wasclean_kernels::{Kernel, ROOM};

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

/// Does all that a kernel does with `text` in `place`, and compares with the standard library.
#[track_caller]
fn check(kernel: Kernel, place: &mut [u8], text: &[u8]) {
    let want = str::from_utf8(text).is_ok();
    let name = kernel.name();
    place.copy_from_slice(text);
    let got = match kernel {
        Kernel::Portable => return,
        Kernel::Avx2(kernel) => kernel.is_utf8(place),
        Kernel::Avx512(kernel) => kernel.is_utf8(place),
    };
    assert_eq!(got, want, "{name}, {text:02x?}");
    for (index, byte) in place.iter_mut().enumerate() {
        *byte ^= KEY[index % 4];
    }
    if place.len() < ROOM {
        let mut room = [0xff; ROOM];
        let got = match kernel {
            Kernel::Portable => return,
            Kernel::Avx2(kernel) => kernel.unmask_into(&mut room, place, KEY),
            Kernel::Avx512(kernel) => kernel.unmask_into(&mut room, place, KEY),
        };
        assert_eq!(got, want, "{name}, masked, {text:02x?}");
        assert_eq!(&room[..text.len()], text, "{name}");
    }
    let masked = place.to_vec();
    match kernel {
        Kernel::Portable => return,
        Kernel::Avx2(kernel) => kernel.unmask(place, KEY),
        Kernel::Avx512(kernel) => kernel.unmask(place, KEY),
    }
    assert_eq!(place, text, "{name}, in place");
    place.copy_from_slice(&masked);
    let got = match kernel {
        Kernel::Portable => return,
        Kernel::Avx2(kernel) => kernel.unmask_text(place, KEY),
        Kernel::Avx512(kernel) => kernel.unmask_text(place, KEY),
    };
    assert_eq!((&*place, got), (text, want), "{name}, in place");
}

#[test]
fn nothing_is_touched_outside_of_the_slice() {
    let mut guarded = Guarded::new();
    for kernel in Kernel::available() {
        for filling in ["x", "é", "€", "𝄞", "aé€𝄞bcdefghijkl"] {
            let long = filling.repeat(300);
            for len in 0..300 {
                let text = &long.as_bytes()[..len];
                let page = guarded.bytes();
                check(kernel, &mut page[PAGE - len..], text);
                check(kernel, &mut page[..len], text);
                // What comes before and behind is no part of it, and is left as it is.
                page.fill(0xf0);
                check(kernel, &mut page[64..64 + len], text);
                assert!(
                    page[..64].iter().chain(&page[64 + len..]).all(|&byte| byte == 0xf0),
                    "{}",
                    kernel.name()
                );
            }
        }
    }
}

#[test]
fn one_byte_that_is_not_ascii_is_seen_wherever_it_is() {
    for kernel in Kernel::available() {
        for len in 1..200 {
            for at in 0..len {
                for byte in [0x80, 0xc3, 0xff] {
                    let mut text = vec![b'x'; len];
                    text[at] = byte;
                    check(kernel, &mut vec![0; len], &text);
                }
            }
        }
    }
}

#[test]
fn a_text_for_which_there_is_no_room_is_refused() {
    for kernel in Kernel::available() {
        let call = || match kernel {
            Kernel::Portable => panic!("portable code is not here"),
            Kernel::Avx2(kernel) => kernel.unmask_into(&mut [0; ROOM], &[0; ROOM], KEY),
            Kernel::Avx512(kernel) => kernel.unmask_into(&mut [0; ROOM], &[0; ROOM], KEY),
        };
        assert!(std::panic::catch_unwind(call).is_err(), "{}", kernel.name());
    }
}
