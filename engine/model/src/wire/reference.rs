//! The slow twin of the frame decoder: a byte at a time, written from RFC 6455 sections 5.2 to 5.5 in their
//! order, with whole frames out.
//!
//! It shares no code with [`Decoder`](super::Decoder), so that the two can be compared, and invariants use it
//! as their oracle. It keeps whole payloads, so its memory grows with what it is given.

use alloc::vec::Vec;

use super::{Role, Violation};
use crate::trace::{Cause, FrameHead};

/// A whole legal frame.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Its first two bytes.
    pub head: FrameHead,
    /// The length of its header: 2 to 14.
    pub header_len: u8,
    /// Its payload, unmasked.
    pub payload: Vec<u8>,
}

/// Whether a message is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Fragmentation {
    NoMessage,
    MessageOpen,
}

/// Finds the frames in a stream of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReferenceDecoder {
    role: Role,
    fragmentation: Fragmentation,
    /// The bytes of the frame that is under way.
    frame: Vec<u8>,
    /// How long that frame is, once its header is there; before that, as much as there is of it. There is nothing to
    /// see until then.
    len: u64,
    failed: Option<Violation>,
}

impl ReferenceDecoder {
    /// A decoder at the start of the stream that an endpoint in `role` receives.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self { role, fragmentation: Fragmentation::NoMessage, frame: Vec::new(), len: 0, failed: None }
    }

    /// As [`new`](Self::new), in the memory of this decoder.
    pub fn restart(&mut self, role: Role) {
        let mut frame = core::mem::take(&mut self.frame);
        frame.clear();
        *self = Self { frame, ..Self::new(role) };
    }

    /// Takes the next byte of the stream; gives the frame that it completes, if it does.
    ///
    /// # Errors
    ///
    /// The first offence, at the byte that decides it, and the same again for every byte after it.
    pub fn push(&mut self, byte: u8) -> Result<Option<Frame>, Violation> {
        if let Some(violation) = self.failed {
            return Err(violation);
        }
        self.frame.push(byte);
        if (self.frame.len() as u64) < self.len {
            return Ok(None);
        }
        match self.examine() {
            Ok(None) => Ok(None),
            Ok(Some(frame)) => {
                self.frame.clear();
                self.len = 0;
                self.fragmentation = match (frame.head.first >> 7, frame.head.first % 16) {
                    (0, 0..=7) => Fragmentation::MessageOpen,
                    (_, 0..=7) => Fragmentation::NoMessage,
                    (_, _) => self.fragmentation,
                };
                Ok(Some(frame))
            }
            Err(cause) => {
                let at = u32::try_from(self.frame.len() - 1).unwrap_or(u32::MAX);
                let violation = Violation { cause, at };
                self.failed = Some(violation);
                Err(violation)
            }
        }
    }

    /// Reads the frame from its first byte, as far as it is there.
    fn examine(&mut self) -> Result<Option<Frame>, Cause> {
        let mut bytes = self.frame.iter().copied();

        // FIN, RSV1, RSV2, RSV3 and the opcode.
        let Some(first) = bytes.next() else { return Ok(None) };
        let fin = first >> 7 == 1;
        let rsv = (first >> 4) % 8;
        let opcode = first % 16;
        // No extension was negotiated that could give the reserved bits a meaning.
        if rsv != 0 {
            return Err(Cause::ReservedBit);
        }
        let is_control = match opcode {
            0..=2 => false,
            8..=10 => true,
            _ => return Err(Cause::ReservedOpcode),
        };
        // Section 5.5: control frames are not fragmented.
        if is_control && !fin {
            return Err(Cause::FragmentedControl);
        }
        // Section 5.4: the fragments of one message are not mixed with those of another.
        match (opcode, self.fragmentation) {
            (0, Fragmentation::NoMessage) => return Err(Cause::UnexpectedContinuation),
            (1 | 2, Fragmentation::MessageOpen) => return Err(Cause::ExpectedContinuation),
            _ => {}
        }

        // MASK and the payload length.
        let Some(second) = bytes.next() else { return Ok(None) };
        let masked = second >> 7 == 1;
        // Section 5.1: a client masks all frames, a server none.
        match (self.role, masked) {
            (Role::Client, true) => return Err(Cause::MaskedByServer),
            (Role::Server, false) => return Err(Cause::UnmaskedByClient),
            _ => {}
        }
        let announced = u64::from(second % 128);
        // Section 5.5: the payload of a control frame has 125 bytes at most.
        if is_control && announced >= 126 {
            return Err(Cause::ControlTooLong);
        }

        // The extended payload length, in network byte order, and no longer than needed.
        let extended_count = match announced {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mut extended = 0_u64;
        for index in 0..extended_count {
            let Some(byte) = bytes.next() else { return Ok(None) };
            if extended_count == 8 && index == 0 && byte >= 128 {
                return Err(Cause::LengthHighBit);
            }
            extended = extended * 256 + u64::from(byte);
            // From here on the bytes of the 16-bit form follow, so a value of 0 stays below 65,536.
            if extended_count == 8 && index == 5 && extended == 0 {
                return Err(Cause::LengthNotMinimal);
            }
        }
        if extended_count == 2 && extended <= 125 {
            return Err(Cause::LengthNotMinimal);
        }
        let len = if extended_count == 0 { announced } else { extended };

        // The masking key.
        let mut key = [0_u8; 4];
        if masked {
            for octet in &mut key {
                let Some(byte) = bytes.next() else { return Ok(None) };
                *octet = byte;
            }
        }

        // The payload. Section 5.3: octet i of it is combined with octet i modulo 4 of the key.
        let header_len = self.frame.len() - bytes.len();
        if (bytes.len() as u64) < len {
            self.len = header_len as u64 + len;
            return Ok(None);
        }
        let payload = bytes.enumerate().map(|(index, byte)| byte ^ key[index % 4]).collect();
        let header_len = u8::try_from(header_len).expect("a header has 14 bytes at most");
        Ok(Some(Frame { head: FrameHead { first, second }, header_len, payload }))
    }
}
