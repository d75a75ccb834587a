//! How many instructions the parsers take: the same work as in the criterion benchmarks, without their noise.
//!
//! Valgrind has no AVX-512, so what is counted besides the portable kernel is the one with AVX2.

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use wasclean_model::wire::close_frame::{Scratch, parse_by, reference};
use wasclean_model::wire::{Decoder, Event, Kernel, Role, encode};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A kernel by its name, which must be there: a count of another one would be a wrong count.
fn kernel(name: &str) -> Kernel {
    let found = Kernel::available().into_iter().find(|kernel| kernel.name() == name);
    found.unwrap_or_else(|| panic!("this processor has no {name}"))
}

/// A Close frame of which 100 are parsed.
fn close(name: &str, reason: &str) -> (Kernel, Vec<u8>) {
    let mut bytes = Vec::new();
    encode::frame(&mut bytes, 0x88, &[&b"\x03\xe8"[..], reason.as_bytes()].concat(), Some(KEY));
    (kernel(name), bytes)
}

fn ascii(name: &str) -> (Kernel, Vec<u8>) {
    close(name, &"bye ".repeat(30))
}

fn multibyte(name: &str) -> (Kernel, Vec<u8>) {
    close(name, &"пока €𝄞 ".repeat(6))
}

// 100 Close frames, masked, with a long reason.
#[library_benchmark]
#[bench::ascii_portable(ascii("portable"))]
#[bench::ascii_avx2(ascii("avx2"))]
#[bench::multibyte_portable(multibyte("portable"))]
#[bench::multibyte_avx2(multibyte("avx2"))]
fn close_frames((kernel, bytes): (Kernel, Vec<u8>)) -> usize {
    let mut scratch = Scratch::new();
    let mut sum = 0;
    for _ in 0..100 {
        let parsed = parse_by(kernel, black_box(&bytes), Role::Server, &mut scratch);
        let frame = parsed.expect("a legal frame").expect("a whole one");
        sum += frame.reason().as_bytes().len();
    }
    sum
}

// One by the reference.
#[library_benchmark]
#[bench::multibyte(multibyte("portable"))]
fn close_frame_reference((_, bytes): (Kernel, Vec<u8>)) -> usize {
    reference::parse(black_box(&bytes), Role::Server).expect("a legal frame").expect("a whole one").len
}

/// 1,000 small frames, as a server receives them.
fn stream(name: &str) -> (Kernel, Vec<u8>) {
    let mut bytes = Vec::new();
    for index in 0..1000_usize {
        let (first, text) =
            [(0x81, "hello, "), (0x81, "привет, "), (0x82, "\0\u{1}\u{7f}"), (0x89, "ping")][index % 4];
        let payload: Vec<u8> = text.bytes().cycle().take(index * 7 % 15 * text.len() / 2 * 2 % 120).collect();
        let end = (0..=payload.len()).rev().find(|end| str::from_utf8(&payload[..*end]).is_ok()).unwrap_or(0);
        encode::frame(&mut bytes, first, &payload[..end], Some(KEY));
    }
    (kernel(name), bytes)
}

#[library_benchmark]
#[bench::portable(stream("portable"))]
#[bench::avx2(stream("avx2"))]
fn frames((kernel, mut bytes): (Kernel, Vec<u8>)) -> usize {
    let mut decoder = Decoder::new(Role::Server);
    let mut texts = 0;
    for frame in decoder.frames_by(kernel, black_box(&mut bytes)) {
        let frame = frame.expect("a legal frame");
        texts += usize::from(frame.head.opcode() == 1 && frame.is_utf8());
    }
    assert_eq!(texts, 500);
    texts
}

#[library_benchmark]
#[bench::all(stream("portable"))]
fn events((_, bytes): (Kernel, Vec<u8>)) -> usize {
    let mut decoder = Decoder::new(Role::Server);
    let mut rest = black_box(&bytes[..]);
    let mut count = 0;
    while let Some(event) = decoder.next(&mut rest).expect("legal frames") {
        count += usize::from(matches!(event, Event::Payload(chunk) if chunk.is_last));
    }
    assert_eq!(count, 1000);
    count
}

library_benchmark_group!(name = close_frame; benchmarks = close_frames, close_frame_reference);
library_benchmark_group!(name = stream_of_frames; benchmarks = frames, events);
main!(library_benchmark_groups = close_frame, stream_of_frames);
