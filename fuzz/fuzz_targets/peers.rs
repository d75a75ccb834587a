//! Other implementations: what they make of the bytes that a server writes is what we make of them, or a difference
//! that a rule explains.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness::mutator;

fuzz_target!(
    // libFuzzer's hook ends the process at any panic, and a peer's is caught and counted.
    init: std::panic::set_hook(Box::new(|_| {})),
    |bytes: &[u8]| {
        if let Err(difference) = wasclean_peers::peers(bytes, &mut |_, _| {}) {
            eprintln!("{difference}");
            std::process::abort();
        }
    }
);
wasclean_fuzz::mutations!(mutator::stream);
