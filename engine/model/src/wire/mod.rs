//! The WebSocket protocol as bytes: frames (RFC 6455 section 5), the body of a Close frame, UTF-8, and the
//! opening handshake as far as it decides how a connection closes.
//!
//! This layer classifies and does not judge: it says which frame there is and what is wrong with it, and
//! leaves to the endpoint what follows from that. Nothing here allocates per frame, reads a clock or makes a
//! choice.

pub mod close_body;
pub mod close_frame;
mod decoder;
pub mod encode;
mod frames;
pub mod handshake;
mod lenient;
pub mod mask;
pub mod reference;
#[cfg(test)]
mod tests;
mod text;
pub mod utf8;

pub use decoder::{Chunk, Decoder, Event, Header, Strictness};
pub use frames::{Frames, Whole};
pub use text::Kernel;

use core::fmt;

use crate::trace::Cause;

/// The role of the endpoint that decodes or encodes. A client masks what it sends, a server does not
/// (RFC 6455 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It opened the connection: the user agent.
    Client,
    /// It accepted the connection.
    Server,
}

impl Role {
    /// The role of the peer.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// The type of a message (RFC 6455 section 5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageType {
    /// Its data is UTF-8.
    Text,
    /// Its data is any bytes.
    Binary,
}

impl MessageType {
    /// The opcode of its first frame.
    #[must_use]
    pub fn opcode(self) -> u8 {
        match self {
            Self::Text => opcode::TEXT,
            Self::Binary => opcode::BINARY,
        }
    }
}

/// An offence of the peer in a frame.
///
/// ```
/// use wasclean_model::wire::{Decoder, Role};
///
/// fn count(role: Role, mut bytes: &[u8]) -> Result<usize, Box<dyn std::error::Error>> {
///     let mut decoder = Decoder::new(role);
///     let mut count = 0;
///     while decoder.next(&mut bytes)?.is_some() {
///         count += 1;
///     }
///     Ok(count)
/// }
///
/// let error = count(Role::Client, &[0x88, 0x02, 0x03, 0xe8, 0x8b]).unwrap_err();
/// assert_eq!(error.to_string(), "at offset 0 of the frame, the opcode is reserved");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Violation {
    /// What is wrong.
    pub cause: Cause,
    /// The position of the byte that decided it, counted from the first byte of the frame.
    pub at: u32,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cause, at } = self;
        write!(f, "at offset {at} of the frame, {cause}")
    }
}

impl core::error::Error for Violation {}

/// The opcodes that are defined (RFC 6455 section 5.2). 3 to 7 and 11 to 15 are reserved (WIRE-06).
pub mod opcode {
    /// A further fragment of a message.
    pub const CONTINUATION: u8 = 0;
    /// A text message, or its first fragment.
    pub const TEXT: u8 = 1;
    /// A binary message, or its first fragment.
    pub const BINARY: u8 = 2;
    /// Close.
    pub const CLOSE: u8 = 8;
    /// Ping.
    pub const PING: u8 = 9;
    /// Pong.
    pub const PONG: u8 = 10;
}

/// The largest payload of a control frame, and the largest that the 7-bit length can say (WIRE-30).
pub const CONTROL_LEN_MAX: u8 = 125;

/// The longest header of a frame: two bytes, a 64-bit length and a masking key (WIRE-01).
pub const HEADER_LEN_MAX: usize = 14;
