//! Keeps the log of another source's answers.

use alloc::vec::Vec;

use super::{Alternative, Choices, Decision, Point};

/// Passes every question on to `inner` and keeps the answers, which [`Script`](super::Script) can repeat.
#[derive(Debug, Clone)]
pub struct Logged<C> {
    inner: C,
    log: Vec<Decision>,
}

impl<C: Choices> Logged<C> {
    /// A source that answers as `inner` does.
    #[must_use]
    pub fn new(inner: C) -> Self {
        Self { inner, log: Vec::new() }
    }

    /// The answers given so far, in order.
    #[must_use]
    pub fn into_log(self) -> Vec<Decision> {
        self.log
    }
}

impl<C: Choices> Choices for Logged<C> {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        let index = self.inner.choose(point, alternatives);
        self.log.push(Decision { point, taken: alternatives[index] });
        index
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        let number = self.inner.number(point, count);
        self.log.push(Decision { point, taken: Alternative::Number(number) });
        number
    }
}
