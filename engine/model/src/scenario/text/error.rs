//! What is wrong with a text, where, and what to write instead.

use alloc::string::String;
use core::fmt;
use core::ops::Range;

/// Why a text is not a scenario.
///
/// It is printed as `line:column: message; advice`, so that a program only has to put the file's name before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes of the text that are meant; empty where something is missing.
    pub span: Range<usize>,
    /// What was expected and what was found instead.
    pub message: String,
    /// What to write instead.
    pub advice: String,
}

impl TextError {
    pub(super) fn new(source: &str, span: Range<usize>, fault: Fault) -> Self {
        let start = floor(source, span.start);
        let before = &source[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            span: start..floor(source, span.end).max(start),
            message: fault.message,
            advice: fault.advice,
        }
    }
}

/// The last character boundary at or before `offset`: a report must not fail over where it points.
fn floor(source: &str, offset: usize) -> usize {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.line, self.column, self.message, self.advice)
    }
}

impl core::error::Error for TextError {}

/// What is wrong with one line of the text: a call or a step. Its span counts from the start of the line's string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) advice: String,
}

impl Fault {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { span, message: message.into(), advice: advice.into() }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[track_caller]
    fn check(source: &str, at: usize, want: (usize, usize)) {
        let error = TextError::new(source, at..at + 1, Fault::new(0..0, "what", "why"));
        assert_eq!((error.line, error.column), want);
    }

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        check("ab\ncd", 0, (1, 1));
        check("ab\ncd", 2, (1, 3));
        check("ab\ncd", 4, (2, 2));
        check("\r\nä€c", 7, (2, 3));
    }

    #[test]
    fn a_place_inside_a_character_or_past_the_end_is_moved_to_the_left() {
        check("ä€c", 3, (1, 2));
        check("ab", 100, (1, 3));
        check("", 1, (1, 1));
    }

    #[test]
    fn an_error_is_one_line() {
        let error = TextError::new("a\nb", 2..3, Fault::new(0..0, "unknown key `b`", "did you mean `a`?"));
        assert_eq!(error.to_string(), "2:1: unknown key `b`; did you mean `a`?");
    }
}
