//! A stream of frames: however the bytes are cut, the decoder says what the reference says of them.
//!
//! The first four bytes of an input are where it is cut, the rest is the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness::{self, mutator};

fuzz_target!(|bytes: &[u8]| harness::cut_stream(bytes).unwrap_or_else(|broken| panic!("{broken}")));
wasclean_fuzz::mutations!(mutator::frame_stream);
