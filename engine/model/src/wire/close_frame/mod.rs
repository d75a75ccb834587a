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

use core::fmt;

use super::{Violation, opcode};
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
///
/// ```
/// use wasclean_model::wire::{Role, close_frame};
///
/// fn code(bytes: &[u8]) -> Result<Option<u16>, Box<dyn std::error::Error>> {
///     let frame = close_frame::reference::parse(bytes, Role::Client)?.ok_or("more to come")?;
///     Ok(frame.status.map(|status| status.code))
/// }
///
/// assert_eq!(code(&[0x88, 2, 0x03, 0xe8]).unwrap(), Some(1000));
/// let error = code(&[0x88, 1, 0x03]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "at offset 2 of the frame, the body of a Close frame is empty or has at least two bytes"
/// );
/// let error = code(&[0x89, 0]).unwrap_err();
/// assert_eq!(error.to_string(), "the opcode is 9 and not 8, that of a Close frame");
/// ```
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotClose { opcode } => {
                write!(f, "the opcode is {opcode} and not {}, that of a Close frame", opcode::CLOSE)
            }
            Self::Violation(violation) => violation.fmt(f),
        }
    }
}

impl core::error::Error for Error {}
