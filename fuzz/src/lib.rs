//! What the targets share: every other mutation is one of the input's structure, the rest are libFuzzer's own.

use wasclean_model::harness::mutator::{Mutator, Numbers};

/// Changes the first `size` bytes of `data`; how many there are then, at most `max_size`.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, structural: Mutator) -> usize {
    if seed.is_multiple_of(2) {
        let changed = structural(&data[..size], &mut Numbers::new(seed));
        if let Some(place) = data[..max_size].get_mut(..changed.len()) {
            place.copy_from_slice(&changed);
            return changed.len();
        }
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
}

/// Defines a target's mutations.
#[macro_export]
macro_rules! mutations {
    ($structural:path) => {
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate(data, size, max_size, seed, $structural)
        });
    };
}
