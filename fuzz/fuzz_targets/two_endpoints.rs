//! Our client and our server over a pipe that delays, cuts and may lose the connection: both close cleanly in the
//! end, or know that it was lost.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness::{self, mutator};

fuzz_target!(|bytes: &[u8]| harness::two_endpoints(bytes).unwrap_or_else(|broken| panic!("{broken}")));
wasclean_fuzz::mutations!(mutator::two_endpoints);
