//! Strings as TOML writes them: printed.

use alloc::string::String;
use core::fmt::Write as _;

use super::string::is_visible;

/// Appends `text` as a literal string if it can be one, because that needs no second layer of escapes.
pub(super) fn push(file: &mut String, text: &str) {
    if text.contains(|c| c == '\'' || !is_visible(c)) {
        push_basic(file, text);
    } else {
        file.push('\'');
        file.push_str(text);
        file.push('\'');
    }
}

/// Appends a name, which by habit stands in double quotes.
pub(super) fn push_name(file: &mut String, name: &str) {
    if name.contains(['"', '\\']) { push(file, name) } else { push_basic(file, name) }
}

fn push_basic(file: &mut String, text: &str) {
    file.push('"');
    for c in text.chars() {
        match c {
            '"' => file.push_str("\\\""),
            '\\' => file.push_str("\\\\"),
            '\n' => file.push_str("\\n"),
            '\r' => file.push_str("\\r"),
            '\t' => file.push_str("\\t"),
            '\u{8}' => file.push_str("\\b"),
            '\u{c}' => file.push_str("\\f"),
            _ if !is_visible(c) => {
                let code = u32::from(c);
                let written =
                    if code > 0xffff { write!(file, "\\U{code:08X}") } else { write!(file, "\\u{code:04X}") };
                written.expect("a string takes everything");
            }
            _ => file.push(c),
        }
    }
    file.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str, want_name: &str) {
        for (push, want) in [(push as fn(&mut String, &str), want), (push_name, want_name)] {
            let mut file = String::from("a = ");
            push(&mut file, text);
            assert_eq!(&file[4..], want);
            let table = toml::de::DeTable::parse(&file).expect("it is TOML");
            assert_eq!(table.get_ref().get("a").expect("a key").get_ref().as_str(), Some(text));
        }
    }

    #[test]
    fn a_string_is_literal_where_it_can_be() {
        check("", "''", "\"\"");
        check("note(3)", "'note(3)'", "\"note(3)\"");
        check(r#"send("\n")"#, r#"'send("\n")'"#, r#"'send("\n")'"#);
        check("ä\u{2028}", r#""ä\u2028""#, r#""ä\u2028""#);
    }

    #[test]
    fn quotes_and_controls_are_escaped() {
        check("it's \"\\\"", r#""it's \"\\\"""#, r#""it's \"\\\"""#);
        check(
            "\n\r\t\u{8}\u{c}\0\u{7f}\u{85}",
            r#""\n\r\t\b\f\u0000\u007F\u0085""#,
            r#""\n\r\t\b\f\u0000\u007F\u0085""#,
        );
    }
}
