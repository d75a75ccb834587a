//! One Close frame: the decoder and the reference parser say the same of any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness::{self, mutator};

fuzz_target!(|bytes: &[u8]| harness::close_frame(bytes).unwrap_or_else(|broken| panic!("{broken}")));
wasclean_fuzz::mutations!(mutator::close_frame);
