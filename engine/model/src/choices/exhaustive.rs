//! Every answer to every question, one run after another.

use alloc::vec::Vec;

use super::{Alternative, Choices, Point};

/// An odometer over the answers that a program asked for.
///
/// Each run repeats the answers of the run before up to the last one that can still be raised, raises it, and
/// answers 0 from there on. Nothing is known beforehand about how many questions there are.
///
/// ```
/// use wasclean_model::choices::{Alternative, Choices as _, Exhaustive, Point};
///
/// let mut seen = Vec::new();
/// let mut every = Exhaustive::new();
/// while every.next_run() {
///     let first = every.choose(Point::TcpWrite, &[Alternative::Now, Alternative::Later]);
///     let second = if first == 0 { every.number(Point::FrameMask, 3) } else { 0 };
///     seen.push((first, second));
/// }
/// assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 0)]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Exhaustive {
    answers: Vec<Answer>,
    position: usize,
    started: bool,
    canonical: &'static [Point],
}

#[derive(Debug, Clone, Copy)]
struct Answer {
    taken: u32,
    count: u32,
}

impl Exhaustive {
    /// An enumeration of all answers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An enumeration in which the choice points `canonical` always take their first alternative: a stated bound.
    #[must_use]
    pub fn with_canonical(canonical: &'static [Point]) -> Self {
        Self { canonical, ..Self::default() }
    }

    /// Prepares the next run; false when there is none left.
    #[must_use]
    pub fn next_run(&mut self) -> bool {
        self.position = 0;
        if !self.started {
            self.started = true;
            return true;
        }
        while let Some(last) = self.answers.last_mut() {
            if last.taken + 1 < last.count {
                last.taken += 1;
                return true;
            }
            self.answers.pop();
        }
        false
    }

    fn below(&mut self, point: Point, count: u32) -> u32 {
        if self.canonical.contains(&point) {
            return 0;
        }
        let taken = match self.answers.get(self.position) {
            Some(answer) => {
                assert_eq!(answer.count, count, "the program asked something else in the same place");
                answer.taken
            }
            None => {
                self.answers.push(Answer { taken: 0, count });
                0
            }
        };
        self.position += 1;
        taken
    }
}

impl Choices for Exhaustive {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        let count = u32::try_from(alternatives.len()).expect("a handful of alternatives");
        self.below(point, count) as usize
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        self.below(point, count)
    }
}
