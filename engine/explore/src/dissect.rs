//! Everything that is in a byte string of frames, and everything that is wrong with it.
//!
//! The decoder of the model stops at the first offence, as an endpoint must (FAIL-03). Somebody who looks at bytes
//! wants the rest too; so this goes on wherever the next frame can still be found.

use wasclean_model::status_code::is_never_on_the_wire;
use wasclean_model::trace::{Cause, FrameHead};
use wasclean_model::wire::utf8::Utf8;
use wasclean_model::wire::{CONTROL_LEN_MAX, Role, close_body, mask, opcode};

/// What a byte string consists of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dissection {
    /// The frames, the last of which may be incomplete.
    pub frames: Vec<Frame>,
    /// What is wrong, in the order of the bytes that show it.
    pub offences: Vec<Offence>,
    /// What is left at the end.
    pub rest: Rest,
}

/// A frame, legal or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The position of its first byte.
    pub at: u64,
    /// The first two bytes.
    pub head: FrameHead,
    /// The length of the header.
    pub header_len: u8,
    /// The length of the payload, as the header says.
    pub len: u64,
    /// The masking key.
    pub mask: Option<[u8; 4]>,
    /// As much of the payload as there is, unmasked.
    pub payload: Vec<u8>,
    /// Its place in a message.
    pub place: Place,
    /// Whether a Close frame came before it: then an endpoint discards it (K-TRAIL).
    pub is_after_close: bool,
}

impl Frame {
    /// Whether all of the payload is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.payload.len() as u64 == self.len
    }

    /// The status code, if it is a complete Close frame that has one, legal or not.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        let is_close = self.head.opcode() == opcode::CLOSE && self.is_complete();
        self.payload.first_chunk().filter(|_| is_close).map(|&code| u16::from_be_bytes(code))
    }

    /// Status code and reason, if it is a complete and legal Close frame with a status code.
    #[must_use]
    pub fn close(&self) -> Option<(u16, &str)> {
        let is_close = self.head.opcode() == opcode::CLOSE && self.is_complete();
        if is_close { close_body::parse(&self.payload).ok().flatten() } else { None }
    }
}

/// The place of a frame in its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A control frame, or one of a reserved opcode: in no message.
    Outside,
    /// The whole message.
    Whole,
    /// The first of several fragments.
    First,
    /// Between the first and the last.
    Middle,
    /// The last of several fragments.
    Last,
}

/// Something that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offence {
    /// The position of the byte that shows it.
    pub at: u64,
    /// The index of the frame.
    pub frame: usize,
    /// What it is.
    pub cause: Cause,
}

/// What is left after the last whole frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// Nothing.
    #[default]
    Nothing,
    /// The beginning of a header: so many bytes.
    Header(usize),
    /// A payload that lacks so many bytes.
    Payload(u64),
    /// So many bytes after a header that does not say where its frame ends.
    Unframed(usize),
}

/// Takes `bytes` apart, as the endpoint in `role` receives them right after the opening handshake.
#[must_use]
pub fn dissect(bytes: &[u8], role: Role) -> Dissection {
    let mut reader = Reader { role, message: None, is_closed: false, found: Dissection::default() };
    let mut rest = bytes;
    while !rest.is_empty() {
        match reader.frame(rest, (bytes.len() - rest.len()) as u64) {
            Some(used) => rest = &rest[used..],
            None => break,
        }
    }
    reader.found
}

struct Reader {
    role: Role,
    /// The message under way; if it is text, its validator until that has found something.
    message: Option<Option<Utf8>>,
    is_closed: bool,
    found: Dissection,
}

/// The length of the payload and of the header without the masking key.
enum Length {
    Known {
        len: u64,
        header_len: usize,
    },
    /// More bytes are needed.
    Short,
    /// The highest bit of a 64-bit length is set: there is no such frame.
    Impossible,
}

impl Reader {
    /// Takes one frame off the front of `bytes` and says how long it is; `None` if nothing can follow it.
    fn frame(&mut self, bytes: &[u8], at: u64) -> Option<usize> {
        self.judge_first(bytes[0], at);
        let Some(&second) = bytes.get(1) else {
            self.found.rest = Rest::Header(bytes.len());
            return None;
        };
        let head = FrameHead { first: bytes[0], second };
        self.judge_second(head, at + 1);
        let (len, key_at) = match self.length(bytes, second, at) {
            Length::Known { len, header_len } => (len, header_len),
            Length::Short => {
                self.found.rest = Rest::Header(bytes.len());
                return None;
            }
            Length::Impossible => {
                self.found.rest = Rest::Unframed(bytes.len());
                return None;
            }
        };
        let header_len = key_at + if head.is_masked() { 4 } else { 0 };
        let Some(after) = bytes.get(header_len..) else {
            self.found.rest = Rest::Header(bytes.len());
            return None;
        };
        let key = if head.is_masked() { bytes[key_at..].first_chunk::<4>().copied() } else { None };
        let there = usize::try_from(len).unwrap_or(usize::MAX).min(after.len());
        let mut payload = after[..there].to_vec();
        if let Some(key) = key {
            mask::apply(&mut payload, key, 0);
        }
        let frame = Frame {
            at,
            head,
            header_len: u8::try_from(header_len).expect("a header has at most 14 bytes"),
            len,
            mask: key,
            payload,
            place: self.place(head),
            is_after_close: self.is_closed,
        };
        self.judge_payload(&frame);
        if !head.is_control() {
            self.advance(head);
        }
        let is_complete = frame.is_complete();
        self.is_closed |= head.opcode() == opcode::CLOSE && is_complete;
        let missing = len - frame.payload.len() as u64;
        self.found.frames.push(frame);
        if is_complete {
            Some(header_len + there)
        } else {
            self.found.rest = Rest::Payload(missing);
            None
        }
    }

    fn offend(&mut self, at: u64, cause: Cause) {
        let frame = self.found.frames.len();
        self.found.offences.push(Offence { at, frame, cause });
    }

    fn judge_first(&mut self, first: u8, at: u64) {
        if first & 0x70 != 0 {
            self.offend(at, Cause::ReservedBit);
        }
        match first & 0x0f {
            opcode::CONTINUATION if self.message.is_none() => self.offend(at, Cause::UnexpectedContinuation),
            opcode::TEXT | opcode::BINARY if self.message.is_some() => {
                self.offend(at, Cause::ExpectedContinuation);
            }
            opcode::CONTINUATION..=opcode::BINARY => (),
            opcode::CLOSE..=opcode::PONG => {
                if first & 0x80 == 0 {
                    self.offend(at, Cause::FragmentedControl);
                }
            }
            _ => self.offend(at, Cause::ReservedOpcode),
        }
    }

    fn judge_second(&mut self, head: FrameHead, at: u64) {
        match (self.role, head.is_masked()) {
            (Role::Client, true) => self.offend(at, Cause::MaskedByServer),
            (Role::Server, false) => self.offend(at, Cause::UnmaskedByClient),
            (Role::Client, false) | (Role::Server, true) => (),
        }
        if head.is_control() && head.second & 0x7f > CONTROL_LEN_MAX {
            self.offend(at, Cause::ControlTooLong);
        }
    }

    fn length(&mut self, bytes: &[u8], second: u8, at: u64) -> Length {
        match second & 0x7f {
            126 => {
                let Some(field) = bytes[2..].first_chunk::<2>() else { return Length::Short };
                let len = u16::from_be_bytes(*field);
                if len < 126 {
                    self.offend(at + 3, Cause::LengthNotMinimal);
                }
                Length::Known { len: u64::from(len), header_len: 4 }
            }
            127 => {
                if bytes.get(2).is_some_and(|byte| byte & 0x80 != 0) {
                    self.offend(at + 2, Cause::LengthHighBit);
                    return Length::Impossible;
                }
                // The first six bytes of the field decide whether 16 bits would have been enough.
                if bytes.get(2..8) == Some(&[0; 6]) {
                    self.offend(at + 7, Cause::LengthNotMinimal);
                }
                let Some(field) = bytes[2..].first_chunk::<8>() else { return Length::Short };
                Length::Known { len: u64::from_be_bytes(*field), header_len: 10 }
            }
            len => Length::Known { len: u64::from(len), header_len: 2 },
        }
    }

    fn place(&self, head: FrameHead) -> Place {
        match (head.opcode(), head.is_final()) {
            (opcode::CONTINUATION, true) => Place::Last,
            (opcode::CONTINUATION, false) => Place::Middle,
            (opcode::TEXT | opcode::BINARY, true) => Place::Whole,
            (opcode::TEXT | opcode::BINARY, false) => Place::First,
            _ => Place::Outside,
        }
    }

    fn judge_payload(&mut self, frame: &Frame) {
        match frame.head.opcode() {
            opcode::CLOSE => self.judge_close(frame),
            opcode::TEXT => self.judge_text(frame, Some(Utf8::new())),
            opcode::CONTINUATION => {
                let utf8 = self.message.flatten();
                self.judge_text(frame, utf8);
            }
            _ => (),
        }
    }

    fn judge_close(&mut self, frame: &Frame) {
        if !frame.is_complete() || frame.len > u64::from(CONTROL_LEN_MAX) {
            return;
        }
        if frame.close_code().is_some_and(is_never_on_the_wire) {
            self.offend(frame.at + u64::from(frame.header_len) + 1, Cause::CloseCode);
        }
        if let Err(malformed) = close_body::parse(&frame.payload) {
            let violation = malformed.in_frame(frame.header_len);
            self.offend(frame.at + u64::from(violation.at), violation.cause);
        }
    }

    /// Feeds the payload to the message's validator and keeps that for the next fragment.
    fn judge_text(&mut self, frame: &Frame, utf8: Option<Utf8>) {
        let mut utf8 = utf8;
        if let Some(validator) = &mut utf8 {
            let payload_at = frame.at + u64::from(frame.header_len);
            match validator.feed(&frame.payload) {
                Err(index) => {
                    self.offend(payload_at + index as u64, Cause::TextNotUtf8);
                    utf8 = None;
                }
                Ok(()) if frame.is_complete() && frame.head.is_final() && !validator.is_complete() => {
                    // The last byte of the frame shows that the character is not continued.
                    self.offend(payload_at + frame.len - 1, Cause::TextNotUtf8);
                }
                Ok(()) => (),
            }
        }
        if self.message.is_some() || frame.head.opcode() == opcode::TEXT {
            self.message = Some(utf8);
        }
    }

    /// Opens, continues or ends the message after a data frame.
    fn advance(&mut self, head: FrameHead) {
        match head.opcode() {
            opcode::CONTINUATION | opcode::TEXT if head.is_final() => self.message = None,
            opcode::BINARY => self.message = if head.is_final() { None } else { Some(None) },
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests;
