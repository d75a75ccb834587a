//! Answers that somebody wrote down: a log of an earlier run, or the few that a scenario fixes by hand.

use core::fmt;

use super::{Alternative, Choices, Decision, Point};

/// Answers from a list of named decisions.
///
/// A decision is used at the next question about its choice point. Questions about other points before it, and all
/// questions after the last decision, take the first alternative; so a scenario writes down only what matters, and
/// a full log repeats its run exactly.
#[derive(Debug, Clone)]
pub struct Script<'a> {
    decisions: &'a [Decision],
    position: usize,
    asked: usize,
    mismatch: Option<Mismatch>,
}

/// A decision that could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    /// The position of the decision in the list, from 0.
    pub index: usize,
    /// The decision.
    pub decision: Decision,
    /// How many questions the run had asked before; `None` if it ended without asking about the point again.
    pub asked: Option<usize>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "choice {} of the list, `{}`, ", self.index + 1, self.decision)?;
        match self.asked {
            Some(asked) => write!(f, "is not among the alternatives at question {} of the run", asked + 1),
            None => write!(
                f,
                "was never reached: the run asked no further question about {}",
                self.decision.point
            ),
        }
    }
}

impl core::error::Error for Mismatch {}

impl<'a> Script<'a> {
    /// A source that takes `decisions` in order.
    #[must_use]
    pub fn new(decisions: &'a [Decision]) -> Self {
        Self { decisions, position: 0, asked: 0, mismatch: None }
    }

    /// Whether every decision was taken.
    ///
    /// # Errors
    ///
    /// The first decision that did not fit, or that the run never came to.
    pub fn finish(&self) -> Result<(), Mismatch> {
        match (self.mismatch, self.decisions.get(self.position)) {
            (Some(mismatch), _) => Err(mismatch),
            (None, Some(&decision)) => Err(Mismatch { index: self.position, decision, asked: None }),
            (None, None) => Ok(()),
        }
    }

    fn take(&mut self, point: Point, position: impl FnOnce(Alternative) -> Option<usize>) -> usize {
        let asked = self.asked;
        self.asked += 1;
        let Some(&decision) = self.decisions.get(self.position).filter(|decision| decision.point == point)
        else {
            return 0;
        };
        let index = self.position;
        self.position += 1;
        position(decision.taken).unwrap_or_else(|| {
            self.mismatch.get_or_insert(Mismatch { index, decision, asked: Some(asked) });
            0
        })
    }
}

impl Choices for Script<'_> {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        self.take(point, |taken| alternatives.iter().position(|&offered| offered == taken))
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        let number = self.take(point, |taken| match taken {
            Alternative::Number(number) if number < count => Some(number as usize),
            _ => None,
        });
        u32::try_from(number).expect("it was below a u32")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decisions(texts: &[&str]) -> alloc::vec::Vec<Decision> {
        texts.iter().map(|text| text.parse().expect("a decision")).collect()
    }

    const WRITE: [Alternative; 2] = [Alternative::Now, Alternative::Later];

    #[test]
    fn a_decision_waits_for_its_point() {
        let list = decisions(&["tcp.write=later"]);
        let mut script = Script::new(&list);
        assert_eq!(script.number(Point::FrameMask, 256), 0);
        assert_eq!(script.choose(Point::TcpWrite, &WRITE), 1);
        assert_eq!(script.choose(Point::TcpWrite, &WRITE), 0);
        assert_eq!(script.finish(), Ok(()));
    }

    #[test]
    fn a_decision_that_no_longer_fits_is_named() {
        let list = decisions(&["frame.mask=300", "tcp.write=later"]);
        let mut script = Script::new(&list);
        assert_eq!(script.number(Point::FrameMask, 256), 0);
        assert_eq!(script.finish(), Err(Mismatch { index: 0, decision: list[0], asked: Some(0) }));
    }

    #[test]
    fn a_decision_that_is_never_reached_is_named() {
        let list = decisions(&["tcp.write=later"]);
        assert_eq!(Script::new(&list).finish(), Err(Mismatch { index: 0, decision: list[0], asked: None }));
    }
}
