//! Numbers, names and commands as people read them.

use crate::style::FAINT;
use std::fmt::Display;
use std::path::Path;

/// 1234567 as `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 finding`, `2 findings`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A path as one word of a command line; `-` stays what it is, which is standard input.
pub(crate) fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    if text == "-" || (!text.is_empty() && text.chars().all(is_plain) && !text.starts_with('-')) {
        text
    } else if text.starts_with('-') {
        shell(&Path::new(".").join(path))
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Printable text of a byte string, cut at 60 characters.
pub(crate) fn preview(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let cut: String = text.chars().take(60).collect();
    let more = if cut.len() < text.len() { "..." } else { "" };
    format!("{cut:?}{more}")
}

/// `text` in the background.
pub(crate) fn faint(text: impl Display) -> String {
    format!("{FAINT}{text}{FAINT:#}")
}

/// Two digits for each byte, cut at 32 bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out: String = bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > 32 {
        out.push_str("...");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, want) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), want);
        }
        assert_eq!((counted(1, "run"), counted(2, "run")), ("1 run".to_owned(), "2 runs".to_owned()));
    }

    #[test]
    fn a_path_can_be_pasted_into_a_shell() {
        for (path, want) in [
            ("findings/INV-20-ab.toml", "findings/INV-20-ab.toml"),
            ("my findings/x", "'my findings/x'"),
            ("it's", r"'it'\''s'"),
            ("-x", "./-x"),
            ("-", "-"),
        ] {
            assert_eq!(shell(Path::new(path)), want);
        }
    }
}
