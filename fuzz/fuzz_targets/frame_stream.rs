//! A stream of frames: however the bytes are cut, the decoder says what the reference says of them.
//!
//! The first four bytes of an input are where it is cut, the rest is the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness;

fuzz_target!(|input: ([u8; 4], &[u8])| {
    let (cuts, bytes) = input;
    harness::frame_stream(bytes, &cuts.map(usize::from)).unwrap_or_else(|broken| panic!("{broken}"));
});
