//! One whole Close frame from a slice: what a parser of it gives, whichever way it works.
//!
//! [`mod@reference`] reads the frame line by line and is what the text says. [`parse`] is its fast twin: it judges the
//! header at once, and leaves the text to a [`Kernel`](super::Kernel). The two share the values of this file and are
//! compared on the whole space of headers (INV-07).

mod fast;
mod frame;
pub mod reference;

pub use super::text::Scratch;
pub use fast::{parse, parse_by};
pub use frame::{Frame, Reason};

use super::Violation;
use crate::bounded::Bounded;
use crate::status_code::Class;

/// The longest reason: 125 bytes of body without the status code (CLOSE-02).
pub const REASON_LEN_MAX: usize = 123;

/// A legal Close frame.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Parsed {
    /// The status code, if the body is not empty.
    pub status: Option<Status>,
    /// The reason, unmasked and proven to be UTF-8; empty if there is no status code.
    pub reason: Bounded<u8, REASON_LEN_MAX>,
    /// The length of the frame: how many bytes of the slice were used.
    pub len: usize,
}

/// A status code as it was on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status {
    /// The value.
    pub code: u16,
    /// What kind of code it is; whether it is accepted is the endpoint's decision (K-CODE).
    pub class: Class,
}

/// Why there is no Close frame at the start of a slice, in the order in which bytes are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Error {
    /// The frame has another opcode, one that is defined.
    NotClose {
        /// Which.
        opcode: u8,
    },
    /// The frame is a violation of the protocol.
    Violation(Violation),
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}
