//! Choices from a fuzzer's bytes.

use super::{Alternative, Choices, Point};

/// Takes one byte for a choice among up to 256 alternatives and four for more; when the bytes are used up, every
/// choice is the first alternative.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// A source that reads `bytes` from the front.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn below(&mut self, count: u32) -> u32 {
        let width = if count <= 256 { 1 } else { 4 };
        let (taken, rest) = self.0.split_at(self.0.len().min(width));
        self.0 = rest;
        taken.iter().rev().fold(0_u32, |number, &byte| number << 8 | u32::from(byte)) % count
    }
}

impl Choices for Bytes<'_> {
    fn choose(&mut self, _: Point, alternatives: &[Alternative]) -> usize {
        let count = u32::try_from(alternatives.len()).expect("a handful of alternatives");
        self.below(count) as usize
    }

    fn number(&mut self, _: Point, count: u32) -> u32 {
        self.below(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_string_answers_every_question() {
        let mut choices = Bytes::new(&[7, 0, 1, 0, 0, 0]);
        assert_eq!(choices.choose(Point::TcpWrite, &[Alternative::Now, Alternative::Later]), 1);
        assert_eq!(choices.number(Point::FrameMask, 256), 0);
        assert_eq!(choices.number(Point::TcpCut, 1000), 1);
        assert_eq!(choices.number(Point::TcpCut, 1000), 0);
    }
}
