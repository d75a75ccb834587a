//! The slow twin of the frame decoder: it has the whole stream before it, and is written from RFC 6455 sections 5.2 to
//! 5.5 in their order.
//!
//! It shares no code with [`Decoder`](super::Decoder), so that the two can be compared.

use super::{Role, Violation};
use crate::trace::{Cause, FrameHead};

/// A whole legal frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame<'a> {
    /// Its first two bytes.
    pub head: FrameHead,
    /// The length of its header: 2 to 14.
    pub header_len: u8,
    /// Its payload as it came.
    masked: &'a [u8],
    /// The masking key, or zeros.
    key: [u8; 4],
}

impl Frame<'_> {
    /// Its payload, unmasked: octet i of it is combined with octet i modulo 4 of the key (section 5.3).
    pub fn payload(&self) -> impl ExactSizeIterator<Item = u8> {
        self.masked.iter().enumerate().map(|(index, byte)| byte ^ self.key[index % 4])
    }
}

/// Whether a message is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Fragmentation {
    NoMessage,
    MessageOpen,
}

/// The frames of a stream, up to the first offence or the first frame of which not all is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReferenceDecoder<'a> {
    role: Role,
    fragmentation: Fragmentation,
    stream: &'a [u8],
}

impl<'a> ReferenceDecoder<'a> {
    /// The frames of the whole of what an endpoint in `role` receives.
    #[must_use]
    pub fn new(role: Role, stream: &'a [u8]) -> Self {
        Self { role, fragmentation: Fragmentation::NoMessage, stream }
    }

    /// Reads the next frame from its first byte; `None` if it is not whole. What decides an offence was taken last.
    fn examine(&self, bytes: &mut &'a [u8]) -> Result<Option<Frame<'a>>, Cause> {
        // FIN, RSV1, RSV2, RSV3 and the opcode.
        let Some(&first) = bytes.split_off_first() else { return Ok(None) };
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
        let Some(&second) = bytes.split_off_first() else { return Ok(None) };
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
            let Some(&byte) = bytes.split_off_first() else { return Ok(None) };
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
                let Some(&byte) = bytes.split_off_first() else { return Ok(None) };
                *octet = byte;
            }
        }

        // The payload.
        let header_len = self.stream.len() - bytes.len();
        let Some(masked) = usize::try_from(len).ok().and_then(|len| bytes.get(..len)) else {
            return Ok(None);
        };
        let header_len = u8::try_from(header_len).expect("a header has 14 bytes at most");
        Ok(Some(Frame { head: FrameHead { first, second }, header_len, masked, key }))
    }
}

impl<'a> Iterator for ReferenceDecoder<'a> {
    type Item = Result<Frame<'a>, Violation>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = self.stream;
        let found = self.examine(&mut bytes);
        let taken = self.stream.len() - bytes.len();
        match found {
            Ok(None) => None,
            Ok(Some(frame)) => {
                self.stream = &bytes[frame.masked.len()..];
                self.fragmentation = match (frame.head.first >> 7, frame.head.first % 16) {
                    (0, 0..=7) => Fragmentation::MessageOpen,
                    (_, 0..=7) => Fragmentation::NoMessage,
                    (_, _) => self.fragmentation,
                };
                Some(Ok(frame))
            }
            Err(cause) => {
                // Nothing that comes behind an offence is a frame.
                self.stream = &[];
                let at = u32::try_from(taken - 1).expect("a header has 14 bytes at most");
                Some(Err(Violation { cause, at }))
            }
        }
    }
}
