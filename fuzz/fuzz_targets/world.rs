//! A whole scenario: no run of any breaks an invariant.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness::{self, mutator};

fuzz_target!(|bytes: &[u8]| harness::world(bytes).unwrap_or_else(|broken| panic!("{broken}")));
wasclean_fuzz::mutations!(mutator::world);
