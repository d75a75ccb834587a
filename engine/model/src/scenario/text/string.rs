//! Strings as JavaScript writes them, `repeat`, and bytes in hexadecimal: read and printed.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::error::Fault;
use super::lexer::{Budget, Cursor, Word};

/// One character more often than this in a row is printed with `repeat`.
const SPELLED_OUT_MAX: usize = 32;

const ESCAPES: &str = r#"the escapes are \" \\ \n \r \t \b \f \v \0 \xHH \uHHHH and \u{H}"#;

impl<'a> Cursor<'a> {
    /// A string: its code units.
    pub(super) fn string(&mut self) -> Result<Vec<u16>, Fault> {
        self.rest();
        let start = self.at;
        if !self.eat('"') {
            let advice = match self.peek() {
                Some('\'' | '`') => "write strings of a page or a peer in double quotes",
                _ => "write it in double quotes, as in \"bye\"",
            };
            return Err(self.expected("a string", advice));
        }
        let mut units = Vec::new();
        loop {
            // The white space inside a string belongs to it, so nothing here skips any.
            let Some(c) = self.text[self.at..].chars().next() else {
                return Err(self.within(start).fault("the string does not end", "close it with a `\"`"));
            };
            self.at += c.len_utf8();
            match c {
                '"' => break,
                '\\' => self.escape(&mut units)?,
                '\r' | '\n' => {
                    let end = Word { text: &self.text[self.at - 1..self.at], at: self.at - 1 };
                    return Err(
                        end.fault("a string ends on the line it begins on", "write \\r and \\n instead")
                    );
                }
                _ => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            }
        }
        if self.eat('.') { self.repeated(&units, start) } else { Ok(units) }
    }

    /// A string that has a UTF-8 form, for what is not JavaScript's.
    pub(super) fn utf8_string(&mut self) -> Result<String, Fault> {
        self.rest();
        let start = self.at;
        let units = self.string()?;
        String::from_utf16(&units).map_err(|_| {
            self.within(start).fault(
                "expected text, found a lone surrogate, which has no UTF-8 form",
                "write the bytes that are meant, as in bytes(\"eda080\")",
            )
        })
    }

    /// The rest of `bytes("00ff")` after the name.
    pub(super) fn bytes_in_parentheses(&mut self) -> Result<Vec<u8>, Fault> {
        self.expect('(', "write bytes(\"00ff\")")?;
        self.rest();
        let start = self.at;
        let units = self.string()?;
        let bytes = hex(units.iter().map(|&unit| char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}')));
        let bytes = bytes.ok_or_else(|| {
            self.within(start)
                .fault("expected bytes in hexadecimal", "write two digits a byte, as in bytes(\"00ff\")")
        })?;
        self.expect(')', "close the parenthesis after the string of bytes")?;
        Ok(bytes)
    }

    fn escape(&mut self, units: &mut Vec<u16>) -> Result<(), Fault> {
        let start = self.at - 1;
        let rest = &self.text[self.at..];
        let mut chars = rest.chars();
        let Some(kind) = chars.next() else {
            return Err(self.within(start).fault("expected an escape, found the end of the line", ESCAPES));
        };
        self.at += kind.len_utf8();
        let unit = match kind {
            '"' | '\\' | '\'' | '/' => u16::from(kind as u8),
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'b' => 0x08,
            'f' => 0x0c,
            'v' => 0x0b,
            '0' if !chars.next().is_some_and(|next| next.is_ascii_digit()) => 0,
            'x' => self.code_unit(start, 2)?,
            'u' if rest[1..].starts_with('{') => {
                let end = rest.find('}').filter(|&end| end <= 8);
                let code_point = end.and_then(|end| u32::from_str_radix(&rest[2..end], 16).ok());
                let (Some(end), Some(code_point)) = (end, code_point.filter(|&code| code <= 0x10_ffff))
                else {
                    return Err(self.within(start).fault("expected a code point up to 10FFFF", ESCAPES));
                };
                self.at += end;
                match char::from_u32(code_point) {
                    Some(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
                    // A surrogate, hence 16 bits.
                    None => units.push(code_point as u16),
                }
                return Ok(());
            }
            'u' => self.code_unit(start, 4)?,
            '0' => {
                return Err(self
                    .within(start)
                    .fault("`\\0` before a digit is no escape", "write \\x00 instead"));
            }
            _ => {
                let escape = self.within(start);
                return Err(escape.fault(format!("unknown escape {}", escape.quoted()), ESCAPES));
            }
        };
        units.push(unit);
        Ok(())
    }

    fn code_unit(&mut self, start: usize, digits: usize) -> Result<u16, Fault> {
        let hex = self.text[self.at..].get(..digits);
        let hex = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match hex.and_then(|hex| u16::from_str_radix(hex, 16).ok()) {
            Some(unit) => {
                self.at += digits;
                Ok(unit)
            }
            None => Err(self.within(start).fault(format!("expected {digits} hexadecimal digits"), ESCAPES)),
        }
    }

    fn repeated(&mut self, units: &[u16], start: usize) -> Result<Vec<u16>, Fault> {
        let name = self.name();
        if name.text != "repeat" {
            return Err(name.fault(
                format!("expected `repeat`, found {}", name.quoted()),
                "write a long string as \"a\".repeat(123)",
            ));
        }
        self.expect('(', "write the count in parentheses, as in \"a\".repeat(123)")?;
        let count = self.decimal("the number of repetitions", u32::MAX)?;
        self.expect(')', "write the count in parentheses, as in \"a\".repeat(123)")?;
        let len = usize::try_from(count).ok().and_then(|count| count.checked_mul(units.len()));
        if !len.is_some_and(|len| self.budget.take(len)) {
            return Err(self.within(start).fault(
                "the string is too long",
                format!("all repeated strings of a file have at most {} characters together", Budget::MAX),
            ));
        }
        Ok(units.repeat(count as usize))
    }

    /// What was read since `start`.
    pub(super) fn within(&self, start: usize) -> Word<'a> {
        Word { text: &self.text[start..self.at], at: start }
    }
}

/// The bytes that pairs of hexadecimal digits stand for; spaces do not count.
pub(super) fn hex(digits: impl Iterator<Item = char>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut high = None;
    for digit in digits.filter(|&digit| digit != ' ') {
        let digit = u8::try_from(digit.to_digit(16)?).ok()?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    high.is_none().then_some(bytes)
}

/// Appends `bytes` in hexadecimal.
pub(super) fn push_hex(line: &mut String, bytes: &[u8]) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    for byte in bytes {
        line.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// Appends the string `units`.
pub(super) fn push_string(line: &mut String, units: &[u16], budget: &mut Budget) {
    let character_len = if is_pair(units) { 2 } else { 1 };
    let is_repeated = units.len() > SPELLED_OUT_MAX * character_len
        && units.len().is_multiple_of(character_len)
        && units.chunks_exact(character_len).all(|chunk| chunk == &units[..character_len])
        && budget.take(units.len());
    if is_repeated {
        push_literal(line, &units[..character_len]);
        write!(line, ".repeat({})", units.len() / character_len).expect("a string takes everything");
    } else {
        push_literal(line, units);
    }
}

/// Appends `bytes("00ff")`.
pub(super) fn push_bytes(line: &mut String, bytes: &[u8], budget: &mut Budget) {
    line.push_str("bytes(\"");
    let is_repeated = bytes.len() > SPELLED_OUT_MAX
        && bytes.iter().all(|byte| byte == &bytes[0])
        && budget.take(bytes.len().saturating_mul(2));
    if is_repeated {
        push_hex(line, &bytes[..1]);
        write!(line, "\".repeat({}))", bytes.len()).expect("a string takes everything");
    } else {
        push_hex(line, bytes);
        line.push_str("\")");
    }
}

fn is_pair(units: &[u16]) -> bool {
    matches!(units, [0xd800..=0xdbff, 0xdc00..=0xdfff, ..])
}

fn push_literal(line: &mut String, units: &[u16]) {
    line.push('"');
    let mut chars = char::decode_utf16(units.iter().copied()).peekable();
    while let Some(c) = chars.next() {
        match c {
            Ok('"') => line.push_str("\\\""),
            Ok('\\') => line.push_str("\\\\"),
            Ok('\n') => line.push_str("\\n"),
            Ok('\r') => line.push_str("\\r"),
            Ok('\t') => line.push_str("\\t"),
            Ok('\u{8}') => line.push_str("\\b"),
            Ok('\u{c}') => line.push_str("\\f"),
            Ok('\u{b}') => line.push_str("\\v"),
            Ok('\0') => {
                // Before a digit it would be read as an octal escape.
                let is_before_digit = matches!(chars.peek(), Some(Ok('0'..='9')));
                line.push_str(if is_before_digit { "\\x00" } else { "\\0" });
            }
            Ok(c) if is_visible(c) => line.push(c),
            Ok(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    push_unit(line, *unit);
                }
            }
            Err(lone) => push_unit(line, lone.unpaired_surrogate()),
        }
    }
    line.push('"');
}

fn push_unit(line: &mut String, unit: u16) {
    match u8::try_from(unit) {
        Ok(byte) => {
            line.push_str("\\x");
            push_hex(line, &[byte]);
        }
        Err(_) => {
            line.push_str("\\u");
            push_hex(line, &unit.to_be_bytes());
        }
    }
}

/// Whether a reader sees the character, and sees it where it stands: no control, separator, mark of direction or
/// of order, no variation selector and no tag.
pub(super) fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(
            u32::from(c),
            0xa0 | 0xad | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x2000..=0x200f
                | 0x2028..=0x202f | 0x205f..=0x206f | 0x3000 | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0
                | 0xfff0..=0xfffb | 0xfffe..=0xffff | 0xe0000..=0x10ffff
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(units: &[u16], want: &str) {
        let mut line = String::new();
        push_string(&mut line, units, &mut Budget::new());
        assert_eq!(line, want);
        assert_eq!(Cursor::new(&line, &mut Budget::new()).string().as_deref(), Ok(units));
    }

    fn utf16(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    #[track_caller]
    fn check_fault(text: &str, message: &str) {
        let fault = Cursor::new(text, &mut Budget::new()).string().expect_err(text);
        assert_eq!(fault.message, message);
    }

    #[test]
    fn a_string_is_printed_as_javascript_writes_it() {
        check(&[], r#""""#);
        check(&utf16("it's \"ä😀\"\\"), r#""it's \"ä😀\"\\""#);
        check(&utf16("\n\r\t\u{8}\u{c}\u{b}\0\u{1}\u{7f}"), r#""\n\r\t\b\f\v\0\x01\x7f""#);
        check(&utf16("\x005\0a"), r#""\x005\0a""#);
        check(&utf16("\u{202e}\u{feff}\u{e0041}"), r#""\u202e\ufeff\udb40\udc41""#);
    }

    #[test]
    fn a_lone_surrogate_is_escaped_and_a_pair_is_not() {
        check(&[0xd83d], r#""\ud83d""#);
        check(&[0xde00, 0xd83d], r#""\ude00\ud83d""#);
        check(&[0xd83d, 0xd83d, 0xde00, 0xde00], r#""\ud83d😀\ude00""#);
    }

    #[test]
    fn one_character_many_times_is_repeated() {
        check(&[97; 32], &format!("\"{}\"", "a".repeat(32)));
        check(&[97; 33], r#""a".repeat(33)"#);
        check(&[0xd800; 40], r#""\ud800".repeat(40)"#);
        check(&utf16(&"😀".repeat(33)), r#""😀".repeat(33)"#);
        check(&utf16(&"😀".repeat(32)), &format!("\"{}\"", "😀".repeat(32)));
        check(&[0; 100], r#""\0".repeat(100)"#);
    }

    #[test]
    fn a_pair_that_is_cut_off_is_not_repeated() {
        let mut units = utf16(&"😀".repeat(40));
        units.pop();
        check(&units, &format!("\"{}\\ud83d\"", "😀".repeat(39)));
    }

    #[test]
    fn without_a_budget_nothing_is_repeated() {
        let mut line = String::new();
        let mut budget = Budget::new();
        assert!(budget.take(Budget::MAX - 35));
        push_string(&mut line, &[97; 36], &mut budget);
        assert_eq!(line, format!("\"{}\"", "a".repeat(36)));
    }

    #[test]
    fn other_escapes_are_read() {
        let read = |text| Cursor::new(text, &mut Budget::new()).string();
        assert_eq!(
            read(r#""\u{1F600}\u{d800}\/\'" "#),
            Ok([&utf16("😀")[..], &[0xd800, 0x2f, 0x27]].concat())
        );
        assert_eq!(read(r#" "ab" . repeat ( 3 ) "#), Ok(utf16("ababab")));
        assert_eq!(read(r#""a".repeat(0)"#), Ok(Vec::new()));
    }

    #[test]
    fn a_wrong_string_is_a_fault() {
        check_fault("bye", "expected a string, found `bye`");
        check_fault("\"bye", "the string does not end");
        check_fault("\"bye\\", "expected an escape, found the end of the line");
        check_fault("\"\n\"", "a string ends on the line it begins on");
        check_fault(r#""\q""#, "unknown escape `\\q`");
        check_fault(r#""\01""#, "`\\0` before a digit is no escape");
        check_fault(r#""\x+1""#, "expected 2 hexadecimal digits");
        check_fault(r#""\u12ä4""#, "expected 4 hexadecimal digits");
        check_fault(r#""\u{110000}""#, "expected a code point up to 10FFFF");
        check_fault(r#""\u{}""#, "expected a code point up to 10FFFF");
        check_fault(r#""\u{ä""#, "expected a code point up to 10FFFF");
        check_fault(r#""a".length"#, "expected `repeat`, found `length`");
        check_fault(r#""aaaaaaaaaa".repeat(4294967295)"#, "the string is too long");
    }

    #[test]
    fn bytes_are_printed_and_read_back() {
        for (bytes, want) in [
            (&[][..], r#"bytes("")"#),
            (&[0, 0xff], r#"bytes("00ff")"#),
            (&[7; 33], r#"bytes("07".repeat(33))"#),
        ] {
            let mut line = String::new();
            push_bytes(&mut line, bytes, &mut Budget::new());
            assert_eq!(line, want);
            let mut budget = Budget::new();
            let mut cursor = Cursor::new(&line, &mut budget);
            cursor.name();
            assert_eq!(cursor.bytes_in_parentheses().as_deref(), Ok(bytes));
        }
    }

    #[test]
    fn half_a_byte_is_no_byte() {
        assert_eq!(hex("00 f".chars()), None);
        assert_eq!(hex("0g".chars()), None);
        assert_eq!(hex("0 0 FF".chars()), Some([0, 0xff].into()));
    }
}
