//! The proofs of the parser of Close frames that take longer than a test may: each kernel against the reference.
//!
//! Without an argument, every boundary of UTF-8 in four bytes at every position of the longest reason, masked and not
//! (80 million frames, one to two minutes on one core). With the argument `four`, every reason of four bytes besides
//! (four thousand million frames, about ten minutes on one core). All cores are used.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;
use std::{env, thread};

use wasclean_model::wire::close_frame::{Frame, Parsed, Scratch, parse_by, reference};
use wasclean_model::wire::{Kernel, Role, encode};

/// The two ends of every range of bytes that UTF-8 tells apart.
const BOUNDARIES: [u8; 24] = [
    0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
    0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
];

const REASON_LEN: usize = 123;

/// Compares each kernel with the reference.
fn check(kernels: &[Kernel], scratch: &mut Scratch, bytes: &[u8], role: Role) {
    let want = reference::parse(bytes, role);
    for &kernel in kernels {
        let is_same = match (parse_by(kernel, bytes, role, scratch), &want) {
            (Ok(Some(frame)), Ok(Some(parsed))) => says(&frame, parsed),
            (Ok(None), Ok(None)) => true,
            (Err(error), Err(offence)) => error == *offence,
            (Ok(_) | Err(_), _) => false,
        };
        assert!(is_same, "{}, {role:?}, {bytes:02x?}, by reference {want:?}", kernel.name());
    }
}

fn says(frame: &Frame<'_>, parsed: &Parsed) -> bool {
    frame.status() == parsed.status
        && frame.reason().as_bytes() == &parsed.reason[..]
        && frame.len() == parsed.len
}

/// Lets all cores do the numbers below `count`.
fn share(count: u32, work: impl Fn(u32, &mut Scratch) + Sync) {
    let next = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut scratch = Scratch::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    work(number, &mut scratch);
                }
            });
        }
    });
}

/// All boundaries in four bytes at `at`, in a reason of letters, and as its end.
fn boundaries(kernels: &[Kernel], at: usize, scratch: &mut Scratch) {
    let mut body = [b'x'; 2 + REASON_LEN];
    let mut masked = Vec::new();
    for window in 0..BOUNDARIES.len().pow(4) {
        for place in 0..4 {
            body[2 + at + place] = BOUNDARIES[window / BOUNDARIES.len().pow(place as u32) % BOUNDARIES.len()];
        }
        let mut unmasked = [0x88; 4 + REASON_LEN];
        unmasked[1] = body.len() as u8;
        unmasked[2..].copy_from_slice(&body);
        check(kernels, scratch, &unmasked, Role::Client);
        masked.clear();
        encode::frame(&mut masked, 0x88, &body[..6 + at], Some([0x37, 0xfa, 0x21, 0x3d]));
        check(kernels, scratch, &masked, Role::Server);
    }
}

/// All reasons of four bytes that begin with the two of `upper`.
fn four(kernels: &[Kernel], upper: u32, scratch: &mut Scratch) {
    let mut frame = *b"\x88\x06\x03\xe8abcd";
    for lower in 0..1 << 16 {
        frame[4..].copy_from_slice(&(upper << 16 | lower).to_be_bytes());
        check(kernels, scratch, &frame, Role::Client);
    }
}

fn main() {
    let kernels = Kernel::available();
    let names: Vec<&str> = kernels.iter().map(|kernel| kernel.name()).collect();
    println!("kernels: {}", names.join(", "));
    let start = Instant::now();
    share((REASON_LEN - 3) as u32, |at, scratch| boundaries(&kernels, at as usize, scratch));
    println!("every boundary at every position: {:.0} s", start.elapsed().as_secs_f64());
    if env::args().nth(1).as_deref() == Some("four") {
        share(1 << 16, |upper, scratch| four(&kernels, upper, scratch));
        println!("every reason of four bytes: {:.0} s", start.elapsed().as_secs_f64());
    }
}
