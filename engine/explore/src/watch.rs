//! Which run each thread of a campaign is at, and which run does not end.

use std::sync::atomic::{AtomicU64, Ordering};

/// The index of no run.
const NONE: u64 = u64::MAX;

/// The run that a thread is at. It is written several times a run, so no two share a cache line.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Place(AtomicU64);

impl Place {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(NONE))
    }

    /// From now on the thread is at this run.
    #[inline]
    pub(crate) fn set(&self, index: u64) {
        self.0.store(index, Ordering::Relaxed);
    }

    /// From now on the thread waits for somebody.
    pub(crate) fn clear(&self) {
        self.set(NONE);
    }

    /// The run that the thread is at.
    pub(crate) fn get(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|&index| index != NONE)
    }
}

/// Looks at the threads now and then, and notices one that stays where it is.
///
/// It counts looks and not time: while a process is stopped, or its machine asleep, nobody looks.
#[derive(Debug)]
pub(crate) struct Watch {
    looks_max: u32,
    /// For each thread, where it was seen last and in how many looks since.
    seen: Vec<(Option<u64>, u32)>,
}

impl Watch {
    /// A watch over `threads` threads that loses patience when it has seen one at the same run in `looks_max` looks.
    pub(crate) fn new(threads: usize, looks_max: u32) -> Self {
        Self { looks_max, seen: vec![(None, 0); threads] }
    }

    /// Looks once; returns the first run that does not end.
    pub(crate) fn look(&mut self, places: &[Place]) -> Option<u64> {
        for ((last, looks), place) in self.seen.iter_mut().zip(places) {
            let now = place.get();
            *looks = if now == *last { *looks + 1 } else { 1 };
            *last = now;
        }
        let at_rest = self.seen.iter().filter(|(_, looks)| *looks >= self.looks_max);
        at_rest.filter_map(|(last, _)| *last).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_stays_where_it_is_is_noticed() {
        let places = [Place::new(), Place::new()];
        let mut watch = Watch::new(2, 3);
        for index in 0..9 {
            places[1].set(index);
            assert_eq!(watch.look(&places), None, "one goes on, the other waits");
        }
        assert_eq!(watch.look(&places), None);
        assert_eq!(watch.look(&places), Some(8));
        places[1].set(9);
        assert_eq!(watch.look(&places), None, "it was slow");
        places[1].clear();
        assert_eq!([(); 5].map(|()| watch.look(&places)), [None; 5], "it waits");
    }
}
