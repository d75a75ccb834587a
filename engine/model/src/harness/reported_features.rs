//! How features are reported to libFuzzer.

use core::sync::atomic::AtomicU8;
use core::sync::atomic::Ordering::Relaxed;

/// The features that were reported to libFuzzer through its extra counters.
///
/// libFuzzer looks through its counters after each input, and looks up what it finds in them: with one counter for each
/// feature, that took a fifth of the time of an execution of `world`. So a counter stands for eight features, by the
/// eight ranges of a counter that libFuzzer tells apart (with `-use_counters=1`, its default), and a feature is
/// reported once in a process: one that is known makes no input interesting. If two new ones share a counter, one of
/// them waits for the next input that has it.
///
/// ```
/// use core::sync::atomic::AtomicU8;
/// use wasclean_model::harness::{FEATURE_COUNT, ReportedFeatures};
///
/// const COUNTERS: usize = FEATURE_COUNT.div_ceil(8);
/// static REPORTED: ReportedFeatures<COUNTERS> = ReportedFeatures::new();
/// // In a fuzz target: #[unsafe(link_section = "__libfuzzer_extra_counters")]
/// static EXTRA_COUNTERS: [AtomicU8; COUNTERS] = [const { AtomicU8::new(0) }; COUNTERS];
///
/// REPORTED.report(10, &EXTRA_COUNTERS);
/// assert_eq!(EXTRA_COUNTERS[1].load(core::sync::atomic::Ordering::Relaxed), 3);
/// ```
#[derive(Debug)]
pub struct ReportedFeatures<const COUNTERS: usize> {
    /// For each counter, the set of its features that were reported.
    sets: [AtomicU8; COUNTERS],
}

/// A value in each of the ranges of a counter that libFuzzer tells apart.
const RANGES: [u8; 8] = [1, 2, 3, 4, 8, 16, 32, 128];

impl<const COUNTERS: usize> ReportedFeatures<COUNTERS> {
    /// Nothing was reported yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { sets: [const { AtomicU8::new(0) }; COUNTERS] }
    }

    /// Reports a feature through `counters`, all of which libFuzzer sets to 0 before an input.
    ///
    /// # Panics
    ///
    /// If the feature is not below eight times the number of counters.
    #[inline]
    pub fn report(&self, feature: usize, counters: &[AtomicU8; COUNTERS]) {
        let (place, range) = (feature / RANGES.len(), feature % RANGES.len());
        let set = self.sets[place].load(Relaxed);
        if set >> range & 1 == 0 && counters[place].load(Relaxed) == 0 {
            counters[place].store(RANGES[range], Relaxed);
            self.sets[place].store(set | 1 << range, Relaxed);
        }
    }
}

impl<const COUNTERS: usize> Default for ReportedFeatures<COUNTERS> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What libFuzzer reads in its counters after an input with these features.
    fn after(reported: &ReportedFeatures<2>, features: &[usize]) -> [u8; 2] {
        let counters = [const { AtomicU8::new(0) }; 2];
        features.iter().for_each(|&feature| reported.report(feature, &counters));
        counters.map(AtomicU8::into_inner)
    }

    #[test]
    fn a_feature_is_reported_once() {
        let reported = ReportedFeatures::new();
        assert_eq!(after(&reported, &[0, 15, 0]), [1, 128]);
        assert_eq!(after(&reported, &[15, 0]), [0, 0]);
    }

    #[test]
    fn of_two_that_share_a_counter_the_second_waits() {
        let reported = ReportedFeatures::new();
        assert_eq!(after(&reported, &[3, 4]), [4, 0]);
        assert_eq!(after(&reported, &[3, 4]), [8, 0]);
        assert_eq!(after(&reported, &[3, 4]), [0, 0]);
    }

    #[test]
    fn each_feature_of_a_counter_is_in_a_range_of_its_own() {
        // As libFuzzer divides them: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, 128 and above.
        let range = |count: u8| [1, 2, 3, 7, 15, 31, 127, 255].iter().position(|&last| count <= last);
        for feature in 0..8 {
            assert_eq!(range(after(&ReportedFeatures::new(), &[feature])[0]), Some(feature));
        }
    }
}
