//! Where a character of a TOML string stands in the file.

/// The offset in `raw`, a TOML string with its delimiters, of what became the byte `decoded` of its value.
pub(super) fn offset(raw: &str, decoded: usize) -> usize {
    let (start, is_literal) = open(raw);
    if is_literal {
        return (start + decoded).min(raw.len());
    }
    let bytes = raw.as_bytes();
    let (mut at, mut value_len) = (start, 0);
    while let Some(&byte) = bytes.get(at) {
        let escape = bytes.get(at + 1).copied().filter(|_| byte == b'\\');
        if let Some(b' ' | b'\t' | b'\r' | b'\n') = escape {
            // A backslash at the end of a line takes the white space after it away.
            let space = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            at += 1 + space;
            continue;
        }
        if value_len >= decoded {
            break;
        }
        let digits = match escape {
            // Bytes and not characters: both sides count them alike.
            None => {
                at += 1;
                value_len += 1;
                continue;
            }
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            Some(_) => 0,
        };
        let escaped = raw.get(at + 2..at + 2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        value_len += escaped.and_then(char::from_u32).map_or(1, char::len_utf8);
        at += 2 + digits;
    }
    at.min(raw.len())
}

/// The length of the opening delimiter with the newline that belongs to it, and whether there are no escapes.
fn open(raw: &str) -> (usize, bool) {
    for (delimiter, is_literal) in [("'''", true), ("\"\"\"", false)] {
        // A string of two quotes and nothing else is an empty one.
        if raw.len() >= 6 && raw.starts_with(delimiter) {
            let newline = match raw.as_bytes()[3..] {
                [b'\r', b'\n', ..] => 2,
                [b'\n', ..] => 1,
                _ => 0,
            };
            return (3 + newline, is_literal);
        }
    }
    (1, raw.starts_with('\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `raw` contains an `@`; its offset is what must come out for the `@` in the value that TOML reads.
    #[track_caller]
    fn check(raw: &str) {
        let file = alloc::format!("key = {raw}");
        let table = toml::de::DeTable::parse(&file).expect("it is TOML");
        let value = table.get_ref().get("key").expect("a key").get_ref().as_str().expect("a string");
        let decoded = value.find('@').expect("an @");
        assert_eq!(offset(raw, decoded), raw.find('@').expect("an @"), "{raw}");
    }

    #[test]
    fn a_literal_string_is_shifted_by_its_delimiter() {
        check("'ä@b'");
        check("'''ä@'''");
        check("'''\nab\n@'''");
        check("'''\r\nab\r\n@'''");
    }

    #[test]
    fn escapes_of_a_basic_string_are_counted() {
        check(r#""@""#);
        check(r#""a\"b\\ \t@""#);
        check(r#""\u00e4\U0001F600\x41@""#);
        check("\"\"\"\nab\\\n   \n  @\"\"\"");
        check("\"\"\"\"ab\"\r\n@\"\"\"");
    }
}
