//! The body of a Close frame (RFC 6455 section 5.5.1): nothing, or a status code and a reason.

use core::fmt;

use super::Violation;
use super::utf8::Utf8;
use crate::trace::Cause;

/// What is wrong with the body of a Close frame.
///
/// ```
/// use wasclean_model::wire::close_body;
///
/// fn reason(body: &[u8]) -> Result<&str, Box<dyn std::error::Error>> {
///     Ok(close_body::parse(body)?.map_or("", |(_, reason)| reason))
/// }
///
/// assert_eq!(reason(b"\x03\xe8bye").unwrap(), "bye");
/// assert_eq!(reason(b"\x03\xe8\xff").unwrap_err().to_string(), "at offset 2 of the body, the reason is not UTF-8");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// A body of one byte, which is not a status code (CLOSE-01).
    OneByte,
    /// The reason is not UTF-8 (UTF8-05).
    ReasonNotUtf8 {
        /// The index in the body of the byte that decided it: the first that cannot continue the text, or the
        /// last of the body if the reason ends within a character.
        at: usize,
    },
}

impl Malformed {
    /// The cause for which the connection fails.
    #[must_use]
    pub fn cause(self) -> Cause {
        match self {
            Self::OneByte => Cause::CloseBodyOfOneByte,
            Self::ReasonNotUtf8 { .. } => Cause::ReasonNotUtf8,
        }
    }

    /// The index in the body of the byte that decided it.
    #[must_use]
    pub fn at(self) -> usize {
        match self {
            Self::OneByte => 0,
            Self::ReasonNotUtf8 { at } => at,
        }
    }

    /// The same as a violation in a frame whose header has `header_len` bytes.
    ///
    /// # Panics
    ///
    /// If the position in the frame is not below 2^32.
    #[must_use]
    pub fn in_frame(self, header_len: u8) -> Violation {
        let at = u32::try_from(self.at()).expect("a body that is judged is shorter than 4 GiB");
        let at = at.checked_add(u32::from(header_len)).expect("and so is its frame");
        Violation { cause: self.cause(), at }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at offset {} of the body, {}", self.at(), self.cause())
    }
}

impl core::error::Error for Malformed {}

/// Splits the unmasked body of a Close frame into status code and reason; `None` if it is empty, which a page
/// is told as 1005 (CLOSE-01, CLOSE-30).
///
/// Every 16-bit value is a status code here (CLOSE-05), and a byte order mark is part of the reason
/// (UTF8-06).
///
/// # Errors
///
/// [`Malformed`], with the position in the body.
#[inline]
pub fn parse(body: &[u8]) -> Result<Option<(u16, &str)>, Malformed> {
    let Some((code, reason)) = body.split_first_chunk::<2>() else {
        return if body.is_empty() { Ok(None) } else { Err(Malformed::OneByte) };
    };
    match core::str::from_utf8(reason) {
        Ok(reason) => Ok(Some((u16::from_be_bytes(*code), reason))),
        Err(_) => Err(not_utf8(body, reason)),
    }
}

#[cold]
fn not_utf8(body: &[u8], reason: &[u8]) -> Malformed {
    let at = match Utf8::new().feed(reason) {
        Err(index) => 2 + index,
        Ok(()) => body.len() - 1,
    };
    Malformed::ReasonNotUtf8 { at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &[u8], want: Result<Option<(u16, &str)>, Malformed>) {
        assert_eq!(parse(body), want);
    }

    fn not_utf8_at<'a>(at: usize) -> Result<Option<(u16, &'a str)>, Malformed> {
        Err(Malformed::ReasonNotUtf8 { at })
    }

    #[test]
    fn an_empty_body_has_no_status_code() {
        check(b"", Ok(None));
    }

    #[test]
    fn one_byte_is_not_a_status_code() {
        for byte in 0..=u8::MAX {
            check(&[byte], Err(Malformed::OneByte));
        }
    }

    #[test]
    fn the_status_code_is_big_endian_and_every_value_is_one() {
        check(b"\x03\xe8", Ok(Some((1000, ""))));
        for code in 0..=u16::MAX {
            check(&code.to_be_bytes(), Ok(Some((code, ""))));
        }
    }

    #[test]
    fn the_reason_keeps_byte_order_mark_and_control_characters() {
        check(b"\x03\xe8bye", Ok(Some((1000, "bye"))));
        check(b"\x03\xe8\xef\xbb\xbfA", Ok(Some((1000, "\u{feff}A"))));
        check(b"\x0f\xa0\x00\x1f\x7f", Ok(Some((4000, "\0\u{1f}\u{7f}"))));
    }

    #[test]
    fn a_reason_that_is_not_utf8_is_refused_at_the_deciding_byte() {
        check(b"\x03\xe8\xff", not_utf8_at(2));
        check(b"\x03\xe8ab\xc0\xaf", not_utf8_at(4));
        check(b"\x03\xe8\xed\xa0\x80", not_utf8_at(3));
        check(b"\x03\xe8\xf4\x90\x80\x80", not_utf8_at(3));
    }

    #[test]
    fn a_reason_that_ends_within_a_character_is_refused_at_its_last_byte() {
        check(b"\x03\xe8\xe2", not_utf8_at(2));
        check(b"\x03\xe8a\xe2\x82", not_utf8_at(4));
    }

    #[test]
    fn a_violation_counts_from_the_first_byte_of_the_frame() {
        assert_eq!(Malformed::OneByte.in_frame(6), Violation { cause: Cause::CloseBodyOfOneByte, at: 6 });
        let malformed = Malformed::ReasonNotUtf8 { at: 3 };
        assert_eq!(malformed.in_frame(2), Violation { cause: Cause::ReasonNotUtf8, at: 5 });
    }
}
