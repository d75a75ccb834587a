//! A program of EventTarget calls: the dispatcher does what the steps of the DOM standard do.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness::{self, Program, mutator};

fuzz_target!(|program: Program| harness::dispatch(&program).unwrap_or_else(|broken| panic!("{broken}")));
wasclean_fuzz::mutations!(mutator::dispatch);
