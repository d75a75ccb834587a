//! What the fast parser gives: a Close frame that borrows its reason.

use core::fmt;

use super::{Parsed, Status};
use crate::bounded::Bounded;
use crate::status_code;

/// A legal Close frame, whose reason stays in the input or in the caller's scratch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame<'a> {
    code: Option<u16>,
    reason: Reason<'a>,
    len: usize,
}

impl<'a> Frame<'a> {
    /// A frame without a status code (CLOSE-01), of `len` bytes.
    #[inline]
    pub(super) fn without_status(len: usize) -> Self {
        Self { code: None, reason: Reason(&[]), len }
    }

    /// A frame of `len` bytes with a reason that is proven to be UTF-8.
    #[inline]
    pub(super) fn with_status(code: [u8; 2], reason: &'a [u8], len: usize) -> Self {
        Self { code: Some(u16::from_be_bytes(code)), reason: Reason(reason), len }
    }

    /// The status code with its class, if the body is not empty.
    #[inline]
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.code.map(|code| Status { code, class: status_code::class(code) })
    }

    /// The status code as it was on the wire, if the body is not empty.
    #[inline]
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.code
    }

    /// The reason; empty if there is no status code.
    #[inline]
    #[must_use]
    pub fn reason(&self) -> Reason<'a> {
        self.reason
    }

    /// The length of the frame: how many bytes of the input were used.
    #[inline]
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a frame has two bytes at least")]
    pub fn len(&self) -> usize {
        self.len
    }
}

impl From<Frame<'_>> for Parsed {
    fn from(frame: Frame<'_>) -> Self {
        let mut reason = Bounded::new();
        for &byte in frame.reason.as_bytes() {
            reason.push(byte).expect("a body of 125 bytes leaves 123 for the reason");
        }
        Self { status: frame.status(), reason, len: frame.len }
    }
}

/// The reason of a Close frame: at most 123 bytes that are proven to be UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Reason<'a>(&'a [u8]);

impl<'a> Reason<'a> {
    /// The bytes, unmasked.
    #[inline]
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The text. It is validated once more, because nothing here is unsafe; who needs bytes does not pay.
    ///
    /// # Panics
    ///
    /// Never: only bytes that are UTF-8 become a reason.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        core::str::from_utf8(self.0).expect("it was proven to be UTF-8 when it was parsed")
    }
}

impl fmt::Debug for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A parser under test that is wrong is to be seen and not to panic twice.
        match core::str::from_utf8(self.0) {
            Ok(text) => text.fmt(f),
            Err(_) => write!(f, "{:02x?}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status_code::Class;

    #[test]
    fn a_frame_says_code_class_reason_and_length() {
        let frame = Frame::with_status([0x0f, 0xa0], "né".as_bytes(), 7);
        assert_eq!(frame.status(), Some(Status { code: 4000, class: Class::Private }));
        assert_eq!((frame.code(), frame.reason().as_str(), frame.len()), (Some(4000), "né", 7));
        let parsed = Parsed::from(frame);
        assert_eq!((parsed.status, &parsed.reason[..], parsed.len), (frame.status(), "né".as_bytes(), 7));
    }

    #[test]
    fn an_empty_body_has_neither_code_nor_reason() {
        let frame = Frame::without_status(6);
        assert_eq!((frame.status(), frame.reason().as_str(), frame.len()), (None, "", 6));
    }
}
