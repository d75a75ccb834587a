//! The only source of nondeterminism: whatever the specifications or the environment leave open is asked here.
//!
//! A fuzzer's bytes, a list written by hand, a recorded log and an exhaustive enumeration are implementations of
//! one trait, so what one of them finds, every other can show. The seeded one lives with the engines, because it
//! needs a generator.

mod bytes;
mod exhaustive;
mod logged;
mod point;
mod script;

pub use bytes::Bytes;
pub use exhaustive::Exhaustive;
pub use logged::Logged;
pub use point::{Alternative, Decision, DecisionError, Point};
pub use script::{Mismatch, Script};

/// Answers what is left open.
///
/// The world asks before it changes anything, and it asks only where there are at least two alternatives. The
/// first alternative is always the plainest: a source that answers 0 throughout gives the run a reader expects.
pub trait Choices {
    /// Chooses one of `alternatives`, of which there are at least two, by its position.
    ///
    /// An implementation must return a position below `alternatives.len()`.
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize;

    /// Chooses a number below `count`, which is at least two.
    ///
    /// An implementation must return a number below `count`.
    fn number(&mut self, point: Point, count: u32) -> u32;
}

impl<C: Choices + ?Sized> Choices for &mut C {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        (**self).choose(point, alternatives)
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        (**self).number(point, count)
    }
}

/// Asks which of `alternatives` happens.
///
/// # Panics
///
/// If `choices` does not keep its contract. That is said here, where it is known whose fault it is.
#[inline]
pub(crate) fn ask<C: Choices + ?Sized>(
    choices: &mut C,
    point: Point,
    alternatives: &[Alternative],
) -> Alternative {
    let position = choices.choose(point, alternatives);
    *alternatives.get(position).expect("`Choices::choose` returns a position below `alternatives.len()`")
}

/// Asks for a number below `count`.
///
/// # Panics
///
/// As [`ask`].
#[inline]
pub(crate) fn ask_number<C: Choices + ?Sized>(choices: &mut C, point: Point, count: u32) -> u32 {
    let number = choices.number(point, count);
    assert!(number < count, "`Choices::number` returns a number below `count`");
    number
}

/// The plainest run: always the first alternative.
#[derive(Debug, Clone, Copy, Default)]
pub struct First;

impl Choices for First {
    fn choose(&mut self, _: Point, _: &[Alternative]) -> usize {
        0
    }

    fn number(&mut self, _: Point, _: u32) -> u32 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers as if there were one more.
    struct OneTooMany;

    impl Choices for OneTooMany {
        fn choose(&mut self, _: Point, alternatives: &[Alternative]) -> usize {
            alternatives.len()
        }

        fn number(&mut self, _: Point, count: u32) -> u32 {
            count
        }
    }

    #[test]
    #[should_panic(expected = "`Choices::choose` returns a position below `alternatives.len()`")]
    fn a_position_that_was_not_offered_is_refused() {
        ask(&mut OneTooMany, Point::TcpWrite, &[Alternative::Now, Alternative::Later]);
    }

    #[test]
    #[should_panic(expected = "`Choices::number` returns a number below `count`")]
    fn a_number_that_was_not_offered_is_refused() {
        ask_number(&mut OneTooMany, Point::TcpCut, 3);
    }
}
