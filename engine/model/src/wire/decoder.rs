//! The frame decoder: bytes in any pieces, frames out (RFC 6455 section 5.2).

use super::lenient::is_let_pass;
use super::{HEADER_LEN_MAX, Role, Violation, opcode};
use crate::profile::{CloseLength, Fault, HeaderCheck, MaskCheck, Profile};
use crate::trace::{Cause, FrameHead};

/// What the decoder found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A header that is complete and legal.
    Header(Header),
    /// A piece of the payload of the frame whose header came last.
    Payload(Chunk<'a>),
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    /// Its first two bytes.
    pub head: FrameHead,
    /// The length of the payload, below 2^63. No memory is set aside for it.
    pub len: u64,
    /// The length of the header, with the extended length and the masking key: 2 to 14.
    pub header_len: u8,
}

/// A piece of a payload, as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// The bytes, still masked if there is a key.
    pub bytes: &'a [u8],
    /// The index of the first of them in the payload.
    pub offset: u64,
    /// The masking key, for [`mask::apply`](super::mask::apply).
    pub mask: Option<[u8; 4]>,
    /// Whether the payload ends with this piece.
    pub is_last: bool,
}

/// Finds the frames in a stream of bytes that may be cut anywhere (WIRE-13, WIRE-14).
///
/// The state is flat and depends on the bytes alone and not on how they were cut. A legal frame gives one
/// [`Event::Header`] and then one [`Event::Payload`] or more, the last of them with `is_last`; a payload of
/// 0 bytes gives one, which needs no further input. Limits on the size of messages are the endpoint's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decoder {
    pub(super) state: State,
    pub(super) role: Role,
    pub(super) strictness: Strictness,
    /// Whether a fragmented message is open, that is, the next data frame must continue it (WIRE-20).
    pub(super) in_message: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// Between two frames.
    Start,
    /// Within a header; what is not there yet is 0.
    Header { bytes: [u8; HEADER_LEN_MAX], count: u8 },
    /// Within a payload, of which `offset` bytes are done.
    Payload { mask: Option<[u8; 4]>, offset: u64, len: u64 },
    /// After an offence (INV-06).
    Failed(Violation),
}

/// What a decoder lets pass that is an offence, and when it judges.
///
/// What is legal under every profile is decoded without looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Strictness {
    mask: MaskCheck,
    close_length: CloseLength,
    header: HeaderCheck,
}

impl Strictness {
    /// Every offence, as soon as the byte that decides it is there.
    pub const STRICT: Self = Self::of(&Profile::STANDARD);

    /// What `profile` says.
    #[must_use]
    pub const fn of(profile: &Profile) -> Self {
        Self { mask: profile.mask_check, close_length: profile.close_length, header: profile.header_check }
    }
}

impl Decoder {
    /// A decoder at the start of the stream that an endpoint in `role` receives.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self::with_strictness(role, Strictness::STRICT)
    }

    /// As [`new`](Self::new), but not as strict.
    #[must_use]
    pub const fn with_strictness(role: Role, strictness: Strictness) -> Self {
        Self { state: State::Start, role, strictness, in_message: false }
    }

    /// Whether a fragmented message has begun and has not ended.
    #[must_use]
    pub fn is_in_message(&self) -> bool {
        self.in_message
    }

    /// The next event of the stream whose next bytes are `input`, which is moved past what was used; `None`
    /// if there is none before more bytes come, and then all of `input` is used.
    ///
    /// # Errors
    ///
    /// The first offence of a header, as soon as the byte that decides it is there (WIRE-15), with `input`
    /// just behind that byte. The same error comes again at every further call.
    #[inline]
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Event<'a>>, Violation> {
        self.next_with(None, input)
    }

    /// As [`next`](Self::next), in an implementation with a fault.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next), but for what the fault lets pass.
    #[inline]
    pub fn next_with<'a>(
        &mut self,
        fault: Option<Fault>,
        input: &mut &'a [u8],
    ) -> Result<Option<Event<'a>>, Violation> {
        let (mut bytes, count) = match &mut self.state {
            State::Start if input.is_empty() => return Ok(None),
            State::Start => match self.short_header(input) {
                Some(header) => return Ok(Some(Event::Header(header))),
                None => ([0; HEADER_LEN_MAX], 0),
            },
            State::Header { bytes, count } => (*bytes, *count),
            State::Payload { mask, offset, len } => {
                let left = *len - *offset;
                if input.is_empty() && left > 0 {
                    return Ok(None);
                }
                let take = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
                let (bytes, rest) = input.split_at(take);
                *input = rest;
                let is_last = take as u64 == left;
                let chunk = Chunk { bytes, offset: *offset, mask: *mask, is_last };
                if is_last {
                    self.state = State::Start;
                } else {
                    *offset += take as u64;
                }
                return Ok(Some(Event::Payload(chunk)));
            }
            State::Failed(violation) => return Err(*violation),
        };
        match self.collect_header(fault, input, &mut bytes, count)? {
            Some(count) => Ok(Some(Event::Header(self.long_header(&bytes, count)))),
            None => Ok(None),
        }
    }

    /// The common case: the whole of a legal header with a 7-bit length is there. Otherwise nothing is used.
    #[inline]
    fn short_header(&mut self, input: &mut &[u8]) -> Option<Header> {
        let (&[first, second], rest) = input.split_first_chunk()?;
        let (masked, mask, rest) = match self.role {
            Role::Client => (0, None, rest),
            Role::Server => {
                let (key, rest) = rest.split_first_chunk()?;
                (0x80, Some(*key), rest)
            }
        };
        let len = second ^ masked;
        if len > 125 || judge_first(first, self.in_message).is_err() {
            return None;
        }
        let header_len = if mask.is_some() { 6 } else { 2 };
        *input = rest;
        Some(self.enter_payload(FrameHead { first, second }, u64::from(len), header_len, mask))
    }

    /// Takes the header a byte at a time and judges each; gives its length when it is complete.
    ///
    /// What it gives fits into registers, so that the common case is not made to go through memory.
    #[cold]
    #[inline(never)]
    fn collect_header(
        &mut self,
        fault: Option<Fault>,
        input: &mut &[u8],
        bytes: &mut [u8; HEADER_LEN_MAX],
        mut count: u8,
    ) -> Result<Option<u8>, Violation> {
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            bytes[usize::from(count)] = byte;
            count += 1;
            let is_whole =
                count >= 2 && count == (FrameHead { first: bytes[0], second: bytes[1] }).header_len();
            let offence = match self.strictness.header {
                HeaderCheck::EachByte => self.offence(fault, bytes, count - 1),
                HeaderCheck::Whole if is_whole => {
                    (0..count).find_map(|index| self.offence(fault, bytes, index))
                }
                HeaderCheck::Whole => None,
            };
            if let Some(violation) = offence {
                self.state = State::Failed(violation);
                return Err(violation);
            }
            if is_whole {
                return Ok(Some(count));
            }
        }
        self.state = State::Header { bytes: *bytes, count };
        Ok(None)
    }

    /// What the byte at `index` of a header offends against that is not let pass.
    #[inline]
    fn offence(&self, fault: Option<Fault>, bytes: &[u8; HEADER_LEN_MAX], index: u8) -> Option<Violation> {
        let cause = self.judge(bytes, index).err()?;
        (!is_let_pass(fault, cause, bytes[0])).then_some(Violation { cause, at: u32::from(index) })
    }

    /// Judges the byte at `index` of a header whose bytes before it are legal.
    #[inline]
    fn judge(&self, bytes: &[u8; HEADER_LEN_MAX], index: u8) -> Result<(), Cause> {
        let length_field = bytes[1] & 0x7f;
        let has_any_length =
            self.strictness.close_length == CloseLength::Any && bytes[0] & 0x0f == opcode::CLOSE;
        match (index, length_field) {
            (0, _) => judge_first(bytes[0], self.in_message),
            (1, _) => {
                // A mask that is accepted is not looked at; what else there is to judge is.
                let passes = self.role == Role::Client && self.strictness.mask == MaskCheck::Accept;
                let second = if passes { bytes[1] & 0x7f } else { bytes[1] };
                match judge_second(bytes[0], second, self.role) {
                    Err(Cause::ControlTooLong) if has_any_length => Ok(()),
                    judged => judged,
                }
            }
            (2, 127) if bytes[2] & 0x80 != 0 => Err(Cause::LengthHighBit),
            // A length that the 7 bits could say (WIRE-04).
            (3, 126) if bytes[2] == 0 && bytes[3] < 126 && !has_any_length => Err(Cause::LengthNotMinimal),
            // A length that 16 bits could say: its upper six bytes decide that.
            (7, 127) if bytes[2..8] == [0; 6] && !has_any_length => Err(Cause::LengthNotMinimal),
            _ => Ok(()),
        }
    }

    /// Enters the payload after a complete header of `count` bytes.
    fn long_header(&mut self, bytes: &[u8; HEADER_LEN_MAX], count: u8) -> Header {
        let (len, key_at) = match bytes[1] & 0x7f {
            126 => (u64::from(u16::from_be_bytes([bytes[2], bytes[3]])), 4),
            127 => (u64::from_be_bytes(core::array::from_fn(|index| bytes[2 + index])), 10),
            short => (u64::from(short), 2),
        };
        let mask = (bytes[1] & 0x80 != 0).then(|| core::array::from_fn(|index| bytes[key_at + index]));
        self.enter_payload(FrameHead { first: bytes[0], second: bytes[1] }, len, count, mask)
    }

    #[inline]
    fn enter_payload(&mut self, head: FrameHead, len: u64, header_len: u8, mask: Option<[u8; 4]>) -> Header {
        // Control frames may come between fragments and leave the message open (WIRE-23).
        if !head.is_control() {
            self.in_message = !head.is_final();
        }
        self.state = State::Payload { mask, offset: 0, len };
        Header { head, len, header_len }
    }
}

/// Judges the first byte of a frame: reserved bits, opcode, FIN, and the frame's place in its message.
#[inline]
fn judge_first(first: u8, in_message: bool) -> Result<(), Cause> {
    if first & 0x70 != 0 {
        return Err(Cause::ReservedBit);
    }
    match first & 0x0f {
        0 if !in_message => Err(Cause::UnexpectedContinuation),
        1 | 2 if in_message => Err(Cause::ExpectedContinuation),
        0..=2 => Ok(()),
        8..=10 if first & 0x80 == 0 => Err(Cause::FragmentedControl),
        8..=10 => Ok(()),
        _ => Err(Cause::ReservedOpcode),
    }
}

/// Judges the second byte of a frame: who masks, and how long a control frame is, whatever follows (WIRE-30).
fn judge_second(first: u8, second: u8, role: Role) -> Result<(), Cause> {
    match (role, second & 0x80 != 0) {
        (Role::Client, true) => return Err(Cause::MaskedByServer),
        (Role::Server, false) => return Err(Cause::UnmaskedByClient),
        (Role::Client, false) | (Role::Server, true) => {}
    }
    if first & 0x08 != 0 && second & 0x7f > 125 {
        return Err(Cause::ControlTooLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes `bytes` in one piece and gives the first offence and how much was used up to it.
    fn first_offence(role: Role, bytes: &[u8]) -> Option<(Violation, usize)> {
        let mut decoder = Decoder::new(role);
        let mut input = bytes;
        loop {
            match decoder.next(&mut input) {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(violation) => {
                    assert_eq!(decoder.next(&mut input), Err(violation), "an offence lasts");
                    return Some((violation, bytes.len() - input.len()));
                }
            }
        }
    }

    /// Checks that a client refuses `bytes` at their last byte, which is at position `at` of its frame.
    #[track_caller]
    fn check(bytes: &[u8], cause: Cause, at: u32) {
        assert_eq!(first_offence(Role::Client, bytes), Some((Violation { cause, at }, bytes.len())));
        assert_eq!(first_offence(Role::Client, &bytes[..bytes.len() - 1]), None, "one byte earlier");
    }

    #[track_caller]
    fn check_legal(bytes: &[u8]) {
        assert_eq!(first_offence(Role::Client, bytes), None);
    }

    #[test]
    fn each_reserved_bit_is_refused_at_the_first_byte_in_every_frame() {
        for rsv in 1..8 {
            for opcode in 0..16 {
                for fin in [0, 0x80] {
                    check(&[fin | rsv << 4 | opcode], Cause::ReservedBit, 0);
                }
            }
        }
    }

    #[test]
    fn each_reserved_opcode_is_refused_at_the_first_byte() {
        for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
            check(&[opcode], Cause::ReservedOpcode, 0);
            check(&[0x80 | opcode], Cause::ReservedOpcode, 0);
        }
    }

    #[test]
    fn a_control_frame_is_final_and_says_its_length_in_seven_bits() {
        for opcode in [8, 9, 10] {
            check(&[opcode], Cause::FragmentedControl, 0);
            check(&[0x80 | opcode, 126], Cause::ControlTooLong, 1);
            check(&[0x80 | opcode, 127], Cause::ControlTooLong, 1);
            check_legal(&[0x80 | opcode, 125]);
        }
    }

    #[track_caller]
    fn check_lenient(profile: Profile, bytes: &[u8], want: Option<Cause>) {
        let mut decoder = Decoder::with_strictness(Role::Client, Strictness::of(&profile));
        let mut input = bytes;
        let found = loop {
            match decoder.next(&mut input) {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(violation) => break Some(violation.cause),
            }
        };
        assert_eq!(found, want, "{bytes:x?}");
    }

    #[test]
    fn a_lenient_decoder_lets_pass_what_it_is_lenient_about_and_nothing_else() {
        let masks = Profile { mask_check: MaskCheck::Accept, ..Profile::STANDARD };
        check_lenient(masks, b"\x88\x82\0\0\0\0\x03\xe8", None);
        check_lenient(masks, &[0x88, 0xfe], Some(Cause::ControlTooLong));
        check_lenient(masks, &[0x88, 0x7e], Some(Cause::ControlTooLong));
        let lengths = Profile { close_length: CloseLength::Any, ..Profile::STANDARD };
        check_lenient(lengths, b"\x88\x7e\0\x02\x03\xe8", None);
        check_lenient(lengths, &[0x89, 126], Some(Cause::ControlTooLong));
        check_lenient(lengths, &[0x82, 126, 0, 1], Some(Cause::LengthNotMinimal));
    }

    #[test]
    fn a_patient_decoder_judges_a_header_when_it_is_whole() {
        let whole = Profile { header_check: HeaderCheck::Whole, ..Profile::STANDARD };
        check_lenient(whole, &[0x83], None);
        check_lenient(whole, &[0x83, 0], Some(Cause::ReservedOpcode));
        check_lenient(whole, &[0xff; 4], None);
        check_lenient(whole, &[0xff; 14], Some(Cause::ReservedBit));
    }

    #[test]
    fn only_a_client_masks() {
        check(&[0x81, 0x80], Cause::MaskedByServer, 1);
        check(&[0x88, 0xfe], Cause::MaskedByServer, 1);
        let want = Violation { cause: Cause::UnmaskedByClient, at: 1 };
        for second in [0, 5, 126, 127] {
            assert_eq!(first_offence(Role::Server, &[0x88, second]), Some((want, 2)));
        }
    }

    #[test]
    fn a_length_of_64_bits_leaves_its_highest_bit_zero() {
        check(&[0x82, 127, 0x80], Cause::LengthHighBit, 2);
        check(&[0x82, 127, 0xff], Cause::LengthHighBit, 2);
        check_legal(b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff");
    }

    #[test]
    fn a_length_takes_its_shortest_form() {
        check(&[0x82, 126, 0, 0], Cause::LengthNotMinimal, 3);
        check(&[0x82, 126, 0, 125], Cause::LengthNotMinimal, 3);
        check_legal(&[0x82, 126, 0, 126]);
        check_legal(&[0x82, 126, 1, 0]);
        check(&[0x82, 127, 0, 0, 0, 0, 0, 0], Cause::LengthNotMinimal, 7);
        check_legal(&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_continuation_needs_a_message_and_a_message_needs_its_continuation() {
        check(&[0x80], Cause::UnexpectedContinuation, 0);
        check(&[0x00], Cause::UnexpectedContinuation, 0);
        check(&[0x81, 0, 0x80], Cause::UnexpectedContinuation, 0);
        check(&[0x01, 0, 0x80, 0, 0x80], Cause::UnexpectedContinuation, 0);
        for first in [0x01, 0x81, 0x02, 0x82] {
            check(&[0x01, 0, first], Cause::ExpectedContinuation, 0);
            check(&[0x01, 0, 0x00, 0, first], Cause::ExpectedContinuation, 0);
        }
    }

    #[test]
    fn control_frames_between_fragments_leave_the_message_open() {
        for control in [0x88, 0x89, 0x8a] {
            check_legal(&[0x01, 0, control, 0, 0x00, 0, control, 0, 0x80, 0, 0x81, 0]);
            check(&[0x01, 0, control, 0, 0x81], Cause::ExpectedContinuation, 0);
        }
    }

    #[test]
    fn a_huge_length_takes_no_memory_and_waits() {
        let mut decoder = Decoder::new(Role::Client);
        let mut input = &b"\x82\x7f\x40\0\0\0\0\0\0\0abc"[..];
        let head = FrameHead { first: 0x82, second: 127 };
        let header = Header { head, len: 1 << 62, header_len: 10 };
        assert_eq!(decoder.next(&mut input), Ok(Some(Event::Header(header))));
        let chunk = Chunk { bytes: b"abc", offset: 0, mask: None, is_last: false };
        assert_eq!(decoder.next(&mut input), Ok(Some(Event::Payload(chunk))));
        assert_eq!(decoder.next(&mut input), Ok(None));
    }

    #[test]
    fn an_empty_payload_is_one_last_piece_without_further_input() {
        let mut decoder = Decoder::new(Role::Server);
        let mut input = &b"\x88\x80\x01\x02\x03\x04"[..];
        let header = Header { head: FrameHead { first: 0x88, second: 0x80 }, len: 0, header_len: 6 };
        assert_eq!(decoder.next(&mut input), Ok(Some(Event::Header(header))));
        let chunk = Chunk { bytes: b"", offset: 0, mask: Some([1, 2, 3, 4]), is_last: true };
        assert_eq!(decoder.next(&mut input), Ok(Some(Event::Payload(chunk))));
        assert_eq!(decoder.next(&mut input), Ok(None));
    }
}
