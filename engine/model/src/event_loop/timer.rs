//! Timers of a page in virtual time: relative deadlines in microseconds (HTML, timers; LOOP-18).

use crate::bounded::{Bounded, Full};
use crate::trace::FunctionId;

/// How many timers can be set at the same time.
pub const TIMERS_MAX: usize = 8;

/// A `setTimeout` that has not fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PageTimer {
    /// Its callback.
    pub function: FunctionId,
    /// Microseconds until it is due.
    pub remaining_us: u64,
}

/// The timers of one page in the order in which they are due, and in that of their setting where they are due together.
///
/// Deadlines are kept relative to now, so that two worlds that differ in nothing but their age are equal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Timers(Bounded<PageTimer, TIMERS_MAX>);

impl Timers {
    /// Sets a timer.
    ///
    /// # Errors
    ///
    /// [`Full`] if [`TIMERS_MAX`] timers are set.
    pub fn set(&mut self, timer: PageTimer) -> Result<(), Full> {
        let place = self.0.iter().take_while(|set| set.remaining_us <= timer.remaining_us).count();
        self.0.push(timer)?;
        self.0[place..].rotate_right(1);
        Ok(())
    }

    /// Microseconds until the next timer is due.
    #[must_use]
    pub fn next_us(&self) -> Option<u64> {
        self.0.first().map(|timer| timer.remaining_us)
    }

    /// Lets time pass.
    pub fn elapse(&mut self, us: u64) {
        for timer in self.0.iter_mut() {
            timer.remaining_us = timer.remaining_us.saturating_sub(us);
        }
    }

    /// Takes the timer that is due first, if its time has come.
    pub fn take_due(&mut self) -> Option<FunctionId> {
        let is_due = self.0.first()?.remaining_us == 0;
        is_due.then(|| self.0.remove(0).function)
    }

    /// Removes all timers.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_when_due_and_in_the_order_of_setting() {
        let mut timers = Timers::default();
        for (function, remaining_us) in [(1, 20), (2, 10), (3, 10)] {
            timers.set(PageTimer { function: FunctionId(function), remaining_us }).expect("room");
        }
        assert_eq!(timers.next_us(), Some(10));
        timers.elapse(10);
        assert_eq!(timers.take_due(), Some(FunctionId(2)));
        assert_eq!(timers.take_due(), Some(FunctionId(3)));
        assert_eq!(timers.take_due(), None);
        timers.elapse(10);
        assert_eq!(timers.take_due(), Some(FunctionId(1)));
        assert_eq!(timers.next_us(), None);
    }

    #[test]
    fn the_order_of_setting_only_matters_among_timers_that_are_due_together() {
        let set = |order: [(u8, u64); 3]| {
            let mut timers = Timers::default();
            for (function, remaining_us) in order {
                timers.set(PageTimer { function: FunctionId(function), remaining_us }).expect("room");
            }
            timers
        };
        assert_eq!(set([(1, 20), (2, 10), (3, 30)]), set([(3, 30), (2, 10), (1, 20)]));
        assert_ne!(set([(1, 20), (2, 20), (3, 30)]), set([(2, 20), (1, 20), (3, 30)]));
    }
}
