//! The timers that a page has set, as far as the trace tells.

use crate::bounded::Bounded;
use crate::trace::FunctionId;

/// Timers that are mirrored.
const TIMERS_MAX: usize = 16;

/// A timer that has not fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Timer {
    function: FunctionId,
    remaining_us: u64,
}

/// The timers of a page in the order in which they were set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Timers {
    set: Bounded<Timer, TIMERS_MAX>,
    /// There were more of them than are mirrored.
    is_lost: bool,
}

impl Timers {
    pub(super) fn clear(&mut self) {
        self.set.clear();
        self.is_lost = false;
    }

    #[inline(never)]
    pub(super) fn set(&mut self, function: FunctionId, delay_ms: u32) {
        // What does not fit into 31 bits is a negative number, and a timer waits for none.
        let wait_ms = if delay_ms >> 31 == 0 { delay_ms } else { 0 };
        let timer = Timer { function, remaining_us: u64::from(wait_ms) * 1000 };
        self.is_lost |= self.set.push(timer).is_err();
    }

    #[inline]
    pub(super) fn elapse(&mut self, by_us: u64) {
        for timer in self.set.iter_mut() {
            timer.remaining_us = timer.remaining_us.saturating_sub(by_us);
        }
    }

    /// Takes the one away whose task is queued.
    #[inline(never)]
    pub(super) fn take(&mut self, function: FunctionId) {
        let is_it = |timer: &Timer| timer.function == function;
        let due = self.set.iter().position(|timer| timer.remaining_us == 0 && is_it(timer));
        if let Some(index) = due.or_else(|| self.set.iter().position(is_it)) {
            self.set.remove(index);
        }
    }

    /// Whether one is left behind if so much time passes; `None` if that is not known.
    #[inline]
    pub(super) fn is_passed_over(&self, by_us: u64) -> Option<bool> {
        let is_passed_over = self.set.iter().any(|timer| timer.remaining_us < by_us);
        (!self.is_lost).then_some(is_passed_over)
    }

    /// The one whose task is to be queued now, if one's is; `None` if that is not known.
    pub(super) fn due(&self) -> Option<Option<FunctionId>> {
        let due = self.set.iter().find(|timer| timer.remaining_us == 0);
        (!self.is_lost).then_some(due.map(|timer| timer.function))
    }

    /// Whether one has not fired; `None` if that is not known.
    pub(super) fn is_any_left(&self) -> Option<bool> {
        (!self.is_lost).then_some(!self.set.is_empty())
    }
}
