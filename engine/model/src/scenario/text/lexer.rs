//! The cursor that reads one line of a page or of a peer: names, words, signs, small numbers.

use alloc::format;
use alloc::string::String;
use core::ops::Range;

use super::error::Fault;

/// How many characters of the text a message repeats.
const QUOTED_MAX: usize = 24;

/// How many code units `repeat` may still add. One budget serves a whole file, because a short file could
/// otherwise ask for any amount of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget(usize);

impl Budget {
    /// Code units that all the repeated strings of one file may have together.
    pub(super) const MAX: usize = 1 << 25;

    pub(super) fn new() -> Self {
        Self(Self::MAX)
    }

    /// Takes `len` code units, if that many are left.
    pub(super) fn take(&mut self, len: usize) -> bool {
        let left = self.0.checked_sub(len);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// Reads a line from left to right. White space between two things does not count.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) budget: &'a mut Budget,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, budget: &'a mut Budget) -> Self {
        Self { text, at: 0, budget }
    }

    /// What is left, without the white space before it.
    pub(super) fn rest(&mut self) -> &'a str {
        let rest = self.text[self.at..].trim_start_matches([' ', '\t', '\r', '\n']);
        self.at = self.text.len() - rest.len();
        rest
    }

    pub(super) fn peek(&mut self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Steps over `sign`, if it is next.
    pub(super) fn eat(&mut self, sign: char) -> bool {
        let is_next = self.peek() == Some(sign);
        if is_next {
            self.at += sign.len_utf8();
        }
        is_next
    }

    /// Steps over `sign`, which must be next.
    pub(super) fn expect(&mut self, sign: char, advice: &str) -> Result<(), Fault> {
        if self.eat(sign) { Ok(()) } else { Err(self.expected(&format!("`{sign}`"), advice)) }
    }

    /// Steps over the longest run of characters that `is_part` accepts; it may be empty.
    pub(super) fn run(&mut self, is_part: impl Fn(char) -> bool) -> Word<'a> {
        let rest = self.rest();
        let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let start = self.at;
        self.at += len;
        Word { text: &rest[..len], at: start }
    }

    /// An identifier as JavaScript has it, in ASCII; empty if there is none.
    pub(super) fn name(&mut self) -> Word<'a> {
        match self.peek() {
            Some(c) if c.is_ascii_alphabetic() || c == '_' || c == '$' => {
                self.run(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
            }
            _ => Word { text: "", at: self.at },
        }
    }

    /// A word of a peer's step: letters, digits and hyphens; empty if there is none.
    pub(super) fn word(&mut self) -> Word<'a> {
        self.run(|c| c.is_ascii_alphanumeric() || c == '-')
    }

    /// A decimal number of at most `max`; `what` names it in the message.
    pub(super) fn decimal(&mut self, what: &str, max: u32) -> Result<u32, Fault> {
        let word = self.word();
        if word.text.is_empty() {
            return Err(self.expected(what, &format!("write a number from 0 to {max}")));
        }
        word.decimal(what, max)
    }

    /// The end of the line.
    pub(super) fn end(&mut self, advice: &str) -> Result<(), Fault> {
        match self.peek() {
            None => Ok(()),
            Some(';') => {
                Err(self.expected("the end of the line", "leave the `;` out, one call is one string"))
            }
            Some(_) => Err(self.expected("the end of the line", advice)),
        }
    }

    /// A fault at the next thing: `what` was expected, something else was found.
    pub(super) fn expected(&mut self, what: &str, advice: &str) -> Fault {
        let found = self.found();
        Fault::new(found.span(), format!("expected {what}, found {}", found.quoted()), advice)
    }

    /// The next thing, for a message: a run of letters and digits, or one character.
    fn found(&mut self) -> Word<'a> {
        let rest = self.rest();
        let len = match rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()) {
            0 => rest.chars().next().map_or(0, char::len_utf8),
            len => len,
        };
        Word { text: &rest[..len], at: self.at }
    }
}

/// A part of a line and where it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl Word<'_> {
    pub(super) fn span(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// The word as a message repeats it.
    pub(super) fn quoted(self) -> String {
        if self.text.is_empty() { String::from("the end of the line") } else { quoted(self.text) }
    }

    pub(super) fn fault(self, message: impl Into<String>, advice: impl Into<String>) -> Fault {
        Fault::new(self.span(), message, advice)
    }

    /// The word as a decimal number of at most `max`.
    pub(super) fn decimal(self, what: &str, max: u32) -> Result<u32, Fault> {
        let is_decimal = !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit());
        let number = self.text.parse().ok().filter(|&number: &u32| is_decimal && number <= max);
        number.ok_or_else(|| {
            self.fault(
                format!("expected {what}, found {}", self.quoted()),
                format!("write a number from 0 to {max}"),
            )
        })
    }
}

/// `text` in backticks, on one line and not too long.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("`");
    for (index, c) in text.chars().enumerate() {
        if index == QUOTED_MAX {
            quoted.push_str("...");
            break;
        }
        if c.is_control() { quoted.extend(c.escape_default()) } else { quoted.push(c) }
    }
    quoted.push('`');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_steps_from_thing_to_thing() {
        let mut budget = Budget::new();
        let mut cursor = Cursor::new("  ws0 . close(12 )", &mut budget);
        assert_eq!(cursor.name().text, "ws0");
        assert!(cursor.eat('.'));
        let name = cursor.name();
        assert_eq!((name.text, name.span()), ("close", 8..13));
        assert!(cursor.expect('(', "").is_ok());
        assert_eq!(cursor.decimal("a number", 12), Ok(12));
        assert!(cursor.end("").is_err());
        assert!(cursor.eat(')'));
        assert_eq!(cursor.end(""), Ok(()));
    }

    #[test]
    fn a_fault_points_at_what_was_found() {
        let mut budget = Budget::new();
        let mut cursor = Cursor::new("a  hello!", &mut budget);
        cursor.name();
        let fault = cursor.expected("`(`", "do");
        assert_eq!((fault.span, &*fault.message), (3..8, "expected `(`, found `hello`"));
        cursor.name();
        assert_eq!(cursor.expected("`(`", "do").message, "expected `(`, found `!`");
        cursor.eat('!');
        assert_eq!(cursor.expected("`(`", "do").message, "expected `(`, found the end of the line");
    }

    #[test]
    fn a_number_has_a_bound_and_no_sign() {
        for text in ["256", "-1", "+1", "1a", "", "99999999999999999999"] {
            let mut budget = Budget::new();
            let fault = Cursor::new(text, &mut budget).decimal("a note", 255).expect_err(text);
            assert_eq!(fault.advice, "write a number from 0 to 255");
        }
    }

    #[test]
    fn a_message_repeats_no_more_than_a_few_characters() {
        assert_eq!(quoted("a\u{1b}b"), "`a\\u{1b}b`");
        assert_eq!(quoted(&"ä".repeat(25)), alloc::format!("`{}...`", "ä".repeat(24)));
    }

    #[test]
    fn a_budget_is_not_touched_by_what_exceeds_it() {
        let mut budget = Budget::new();
        assert!(!budget.take(Budget::MAX + 1));
        assert!(budget.take(Budget::MAX));
        assert!(!budget.take(1));
        assert!(budget.take(0));
    }
}
