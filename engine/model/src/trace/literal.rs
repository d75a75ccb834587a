//! How byte strings and texts are written in the printed forms of a trace.

use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

/// Microseconds as milliseconds with three decimals.
pub(super) fn milliseconds(us: u64) -> String {
    format!("{}.{:03}", us / 1000, us % 1000)
}

/// `bytes` as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes everything");
    }
    text
}

/// `text` in quotation marks with the escapes that `JSON.stringify` writes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => {
                write!(out, "\\u{:04x}", u32::from(character)).expect("a String takes everything");
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// Whether a person can read `text` on a line: no control characters but line ends and tabs.
pub(super) fn is_printable(text: &str) -> bool {
    text.chars().all(|character| !character.is_control() || matches!(character, '\r' | '\n' | '\t'))
}

/// `text` if it is at most `count_max` characters long, else its beginning and an ellipsis, `count_max` in all.
pub(super) fn cut(text: &str, count_max: usize) -> String {
    if text.chars().nth(count_max).is_none() {
        return text.into();
    }
    text.chars().take(count_max.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(quoted(text), want);
    }

    #[test]
    fn texts_are_escaped_as_json_does_it() {
        check("bye", r#""bye""#);
        check("a\"b\\c", r#""a\"b\\c""#);
        check("\0\u{8}\t\n\u{b}\u{c}\r\u{1f}", r#""\u0000\b\t\n\u000b\f\r\u001f""#);
        check("\u{7f}é\u{feff}😀", "\"\u{7f}é\u{feff}😀\"");
    }

    #[test]
    fn a_cut_text_keeps_within_its_width() {
        assert_eq!(cut("abcd", 4), "abcd");
        assert_eq!(cut("abcde", 4), "abc…");
        assert_eq!(cut("éééé", 3), "éé…");
    }

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!(hex(&[0x03, 0xe8, 0x00]), "03e800");
    }
}
