//! The text form of a scenario: an error points into the text, and what is read survives being printed and encoded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness::{self, mutator};

fuzz_target!(|source: &str| harness::scenario_text(source).unwrap_or_else(|broken| panic!("{broken}")));
wasclean_fuzz::mutations!(mutator::scenario_text);
