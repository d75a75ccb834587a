//! What the targets share: every other mutation is one of the input's structure, the rest are libFuzzer's own.

pub use wasclean_model::harness::ReportedFeatures;
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

/// Defines `mark`, which reports a feature of an input to libFuzzer, a number below `$count`: what makes an input
/// interesting beside the code that runs, or in its place.
#[macro_export]
macro_rules! features {
    ($count:expr) => {
        const COUNTERS: usize = usize::div_ceil($count, 8);
        static REPORTED: $crate::ReportedFeatures<COUNTERS> = $crate::ReportedFeatures::new();

        // libFuzzer takes those that are not 0 for coverage, and clears them.
        #[used]
        #[cfg_attr(target_os = "linux", unsafe(link_section = "__libfuzzer_extra_counters"))]
        static EXTRA_COUNTERS: [std::sync::atomic::AtomicU8; COUNTERS] =
            [const { std::sync::atomic::AtomicU8::new(0) }; COUNTERS];

        #[inline]
        fn mark(feature: usize) {
            REPORTED.report(feature, &EXTRA_COUNTERS);
        }
    };
}
