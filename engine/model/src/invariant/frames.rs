//! What the received bytes mean, found anew: the oracle that frames and failures of a trace are compared with.
//!
//! It is pulled: each frame or failure in the trace makes it read on to the next frame or offence in the bytes of the
//! last read, and at the next read nothing may be left that the trace did not tell. So its state is flat, it copies no
//! payload, and it agrees with the wire's reference decoder (a test compares them).

use super::codes;
use super::utf8::Utf8;
use crate::profile::{
    CloseLength, DataAfterClose, FramesAfterClose, HeaderCheck, MaskCheck, OneByteClose, Profile, Utf8Check,
};
use crate::trace::{Cause, FrameHead};

/// An offence: the causes that fit it, where more than one may be named, and the range of positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Offence {
    causes: u64,
    first: u32,
    last: u32,
}

impl Offence {
    fn at(causes: u64, at: u32) -> Self {
        Self { causes, first: at, last: at }
    }

    /// Whether a failure for `cause` at byte `at` names this offence.
    #[inline]
    pub(super) fn is(&self, cause: Cause, at: u32) -> bool {
        self.causes & bit(cause) != 0 && (self.first..=self.last).contains(&at)
    }
}

#[inline]
fn bit(cause: Cause) -> u64 {
    1 << cause as u64
}

/// What comes next in the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// No whole frame: more bytes are needed.
    More,
    /// A legal frame. Its payload is `last_len` bytes that end at the cursor, masked with `key`, after those of the
    /// hash `before`.
    Frame { head: FrameHead, len: u64, before: u64, last_len: usize, key: Key, offence: Option<Offence> },
    /// An offence.
    Offence(Offence),
}

/// Which Close frames there were when the bytes were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Closing {
    /// We started the closing handshake, so that a Close would be the answer.
    pub(super) by_us: bool,
    /// The peer's Close was received.
    pub(super) is_received: bool,
}

/// A masking key that begins with the byte for what it is applied to; zeros where nothing is masked.
pub(super) type Key = [u8; 4];

/// `bytes` without the mask of `key`.
#[inline]
pub(super) fn unmasked(bytes: &[u8], key: Key) -> impl Iterator<Item = u8> {
    bytes.iter().enumerate().map(move |(index, byte)| byte ^ key[index % 4])
}

/// Reads a piece of text on which there is the mask of `key`.
#[inline]
fn feed(text: &mut Utf8, piece: &[u8], key: Key) -> Result<(), usize> {
    if key == [0; 4] {
        return text.feed(piece);
    }
    unmasked(piece, key).enumerate().try_for_each(|(index, byte)| text.feed(&[byte]).map_err(|_| index))
}

/// 64-bit FNV-1a.
pub(super) const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of what has the hash `start`, followed by `bytes`.
#[inline]
pub(super) fn hash_on(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().copied().fold(start, hash_byte)
}

#[inline]
pub(super) fn hash_byte(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// Where the oracle stands in the stream of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Frames {
    header: [u8; 14],
    header_count: u8,
    /// The opcode of the message that is open, or 0.
    open: u8,
    in_payload: bool,
    /// The payload: its length, how much of it was in earlier reads, and the hash of that.
    len: u64,
    done: u64,
    before: u64,
    /// Of the message that is open: its bytes so far, how far its text is read, and whether that is already none.
    message_len: u64,
    text: Utf8,
    text_is_wrong: bool,
    /// The status code of the Close frame that is under way, and how far its reason is read.
    pub(super) code: [u8; 2],
    reason: Utf8,
    reason_error: Option<u32>,
    /// The offence that the stream came to.
    offence: Option<Offence>,
}

impl Frames {
    /// Reads on in `bytes`, of which `at` are read; `at` is moved behind what the answer covers.
    #[inline]
    pub(super) fn next(&mut self, bytes: &[u8], at: &mut u32, closing: Closing, profile: &Profile) -> Next {
        if let Some(offence) = self.offence {
            return Next::Offence(offence);
        }
        let next = if closing.is_received {
            self.read_after_close(bytes, at, profile)
        } else {
            self.read(bytes, at, closing, profile)
        };
        if let Next::Offence(offence) = next {
            self.offence = Some(offence);
        }
        next
    }

    fn read(&mut self, bytes: &[u8], at: &mut u32, closing: Closing, profile: &Profile) -> Next {
        if !self.in_payload {
            match self.read_header(bytes, at, profile) {
                None => return Next::More,
                Some(Err(offence)) => return Next::Offence(offence),
                Some(Ok(())) => {}
            }
            let (first, header_len) = (self.header[0], u32::from(self.header_count));
            if first & 0x08 == 0 {
                if closing.by_us && profile.data_after_our_close == DataAfterClose::Fail {
                    return Next::Offence(Offence::at(bit(Cause::FrameAfterClose), 0));
                }
                if first & 0x0f != 0 {
                    (self.message_len, self.text, self.text_is_wrong) = (0, Utf8::default(), false);
                }
                self.message_len = self.message_len.saturating_add(self.len);
                if self.message_len > u64::from(profile.message_len_max) {
                    // Which byte of the length decided it depends on the limit.
                    let last = header_len - 1;
                    return Next::Offence(Offence { causes: bit(Cause::TooBig), first: 1, last });
                }
            } else if first & 0x0f == 8 {
                (self.code, self.reason, self.reason_error) = ([0; 2], Utf8::default(), None);
            }
        }
        let key = self.key();
        let piece_at =
            u32::from(self.header_count).saturating_add(u32::try_from(self.done).unwrap_or(u32::MAX));
        let piece = self.take(bytes, at);
        let (first, is_final) = (self.header[0], self.header[0] & 0x80 != 0);
        if first & 0x08 == 0 && self.open == 1 {
            if let Err(index) = feed(&mut self.text, piece, key) {
                if profile.utf8_check == Utf8Check::EachByte {
                    let at = piece_at.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
                    return Next::Offence(Offence::at(bit(Cause::TextNotUtf8), at));
                }
                self.text_is_wrong = true;
            }
        } else if first & 0x0f == 8 {
            self.close_body(piece, piece_at, key);
        }
        self.done += piece.len() as u64;
        if self.done < self.len {
            self.before = unmasked(piece, key).fold(self.before, hash_byte);
            return Next::More;
        }
        let end = piece_at.saturating_add(u32::try_from(piece.len()).unwrap_or(u32::MAX));
        let head = FrameHead { first, second: self.header[1] };
        let mut offence = None;
        if first & 0x08 == 0 && is_final {
            if self.open == 1 && (self.text_is_wrong || !self.text.is_complete()) {
                // Of text that ends within a character, whether that is said of the last byte or of the end is open.
                offence = Some(Offence { causes: bit(Cause::TextNotUtf8), first: 0, last: end });
            }
        } else if first & 0x0f == 8 {
            offence = self.close_offence(end, closing, profile);
            if let Some(offence) = offence {
                return Next::Offence(offence);
            }
        }
        self.end_frame();
        self.offence = offence;
        Next::Frame { head, len: self.len, before: self.before, last_len: piece.len(), key, offence }
    }

    /// Of what comes after the peer's Close there is nothing to receive, but there may be an offence in it (K-TRAIL).
    #[cold]
    fn read_after_close(&mut self, bytes: &[u8], at: &mut u32, profile: &Profile) -> Next {
        let knob = profile.frames_after_close;
        if knob == FramesAfterClose::Discard {
            return Next::More;
        }
        loop {
            if !self.in_payload {
                match (self.read_header(bytes, at, profile), knob) {
                    (None, _) => return Next::More,
                    (Some(_), FramesAfterClose::Fail) => {
                        return Next::Offence(Offence::at(bit(Cause::FrameAfterClose), 0));
                    }
                    (Some(Err(offence)), _) => return Next::Offence(offence),
                    (Some(Ok(())), _) => {}
                }
            }
            self.done += self.take(bytes, at).len() as u64;
            if self.done < self.len {
                return Next::More;
            }
            self.end_frame();
        }
    }

    /// Reads on in a header, up to its end or an offence.
    #[inline]
    fn read_header(&mut self, bytes: &[u8], at: &mut u32, profile: &Profile) -> Option<Result<(), Offence>> {
        loop {
            let &byte = bytes.get(*at as usize)?;
            *at += 1;
            self.header[usize::from(self.header_count)] = byte;
            self.header_count += 1;
            let announced = self.announced();
            let judged = match profile.header_check {
                HeaderCheck::EachByte => self.header_count..=self.header_count,
                HeaderCheck::Whole if announced.is_some() => 1..=self.header_count,
                HeaderCheck::Whole => continue,
            };
            for count in judged {
                if let Some(causes) = self.header_causes(count, profile) {
                    return Some(Err(Offence::at(causes, u32::from(count) - 1)));
                }
            }
            let Some(len) = announced else { continue };
            self.in_payload = true;
            (self.len, self.done, self.before) = (len, 0, HASH_START);
            if let opcode @ (1 | 2) = self.header[0] & 0x0f {
                self.open = opcode;
            }
            return Some(Ok(()));
        }
    }

    /// What there is of the rest of the payload.
    #[inline]
    fn take<'a>(&self, bytes: &'a [u8], at: &mut u32) -> &'a [u8] {
        let rest = &bytes[*at as usize..];
        let take = usize::try_from(self.len - self.done).map_or(rest.len(), |left| left.min(rest.len()));
        *at += u32::try_from(take).unwrap_or(u32::MAX);
        &rest[..take]
    }

    #[inline]
    fn end_frame(&mut self) {
        // A message ends with a final frame that is no control frame.
        if self.header[0] & 0x88 == 0x80 {
            self.open = 0;
        }
        (self.in_payload, self.header_count) = (false, 0);
    }

    /// What is wrong with the last of the first `count` bytes of the header.
    fn header_causes(&self, count: u8, profile: &Profile) -> Option<u64> {
        let [first, second, ..] = self.header;
        let opcode = first & 0x0f;
        let has_any_length = || opcode == 8 && profile.close_length == CloseLength::Any;
        let mut causes = 0;
        match (count, second & 0x7f) {
            (1, _) => {
                if first & 0x70 != 0 {
                    causes |= bit(Cause::ReservedBit);
                }
                match opcode {
                    0 if self.open == 0 => causes |= bit(Cause::UnexpectedContinuation),
                    1 | 2 if self.open != 0 => causes |= bit(Cause::ExpectedContinuation),
                    3..=7 | 11..=15 => causes |= bit(Cause::ReservedOpcode),
                    _ => {}
                }
                if opcode >= 8 && first & 0x80 == 0 {
                    causes |= bit(Cause::FragmentedControl);
                }
            }
            (2, len) => {
                if second & 0x80 != 0 && profile.mask_check == MaskCheck::Fail {
                    causes |= bit(Cause::MaskedByServer);
                }
                if opcode >= 8 && len > 125 && !has_any_length() {
                    causes |= bit(Cause::ControlTooLong);
                }
            }
            (3, 127) if self.header[2] & 0x80 != 0 => causes = bit(Cause::LengthHighBit),
            (4, 126) if self.header[2] == 0 && self.header[3] < 126 && !has_any_length() => {
                causes = bit(Cause::LengthNotMinimal);
            }
            (8, 127) if self.header[2..8] == [0; 6] && !has_any_length() => {
                causes = bit(Cause::LengthNotMinimal);
            }
            _ => {}
        }
        (causes != 0).then_some(causes)
    }

    /// The length of the payload, once the header is complete.
    #[inline]
    fn announced(&self) -> Option<u64> {
        if self.header_count < 2 {
            return None;
        }
        let second = self.header[1];
        let (len_end, len) = match second & 0x7f {
            126 => (4, u64::from(u16::from_be_bytes([self.header[2], self.header[3]]))),
            127 => (10, self.header[2..10].iter().fold(0, |len, &byte| len << 8 | u64::from(byte))),
            len => (2, u64::from(len)),
        };
        let key_len = second >> 7 << 2;
        (self.header_count == len_end + key_len).then_some(len)
    }

    /// The masking key, which ends the header, from the byte on that is for what comes next of the payload.
    #[inline]
    fn key(&self) -> Key {
        if self.header[1] & 0x80 == 0 {
            return [0; 4];
        }
        let end = usize::from(self.header_count);
        core::array::from_fn(|index| self.header[end - 4 + (index + (self.done % 4) as usize) % 4])
    }

    fn close_body(&mut self, piece: &[u8], piece_at: u32, key: Key) {
        for (index, byte) in (self.done..2).zip(unmasked(piece, key)) {
            self.code[usize::try_from(index).unwrap_or(0)] = byte;
        }
        // What belongs to the code is no text; the key goes on behind it.
        let code_len = 2_usize.saturating_sub(usize::try_from(self.done).unwrap_or(2)).min(piece.len());
        let (mut key, reason_at) = (key, piece_at + code_len as u32);
        key.rotate_left(code_len);
        if self.reason_error.is_none() {
            self.reason_error = feed(&mut self.reason, &piece[code_len..], key)
                .err()
                .map(|index| reason_at.saturating_add(u32::try_from(index).unwrap_or(u32::MAX)));
        }
    }

    fn close_offence(&self, end: u32, closing: Closing, profile: &Profile) -> Option<Offence> {
        let header_len = u32::from(self.header_count);
        if self.len == 0 {
            return None;
        }
        if self.len == 1 {
            let is_wrong = profile.one_byte_close == OneByteClose::Fail;
            return is_wrong.then_some(Offence::at(bit(Cause::CloseBodyOfOneByte), header_len));
        }
        let code = u16::from_be_bytes(self.code);
        let is_taken_as_answer = closing.by_us && codes::is_accepted_as_answer(profile.answer_codes, code);
        let is_refused = !codes::is_accepted(profile.accept_codes, code) && !is_taken_as_answer;
        let reason_at =
            if self.reason.is_complete() { self.reason_error } else { self.reason_error.or(Some(end - 1)) };
        match (is_refused, reason_at) {
            (false, None) => None,
            (false, Some(at)) => Some(Offence::at(bit(Cause::ReasonNotUtf8), at)),
            (true, reason_at) => {
                let causes = bit(Cause::CloseCode) | reason_at.map_or(0, |_| bit(Cause::ReasonNotUtf8));
                // Either byte of the code may be said to decide it.
                Some(Offence { causes, first: header_len, last: reason_at.unwrap_or(header_len + 1) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::wire::Role;
    use crate::wire::reference::ReferenceDecoder;

    /// Reads `bytes` cut into pieces of `piece` bytes; the frames, and the offence with the count of bytes read.
    fn read(bytes: &[u8], piece: usize, profile: &Profile) -> (Vec<(u8, u64, u64)>, Option<Offence>) {
        let mut frames = Frames::default();
        let mut found = Vec::new();
        for bytes in bytes.chunks(piece) {
            let mut at = 0;
            loop {
                match frames.next(bytes, &mut at, Closing::default(), profile) {
                    Next::More => break,
                    Next::Frame { head, len, before, last_len, key, .. } => {
                        let last = &bytes[at as usize - last_len..at as usize];
                        found.push((head.first, len, unmasked(last, key).fold(before, hash_byte)));
                    }
                    Next::Offence(offence) => return (found, Some(offence)),
                }
            }
        }
        (found, None)
    }

    fn random(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 33
    }

    #[test]
    fn it_agrees_with_the_reference_decoder_however_the_bytes_are_cut() {
        let mut seed = 1;
        let mut offences = 0;
        for _ in 0..20_000 {
            let mut bytes = Vec::new();
            for _ in 0..1 + random(&mut seed) % 4 {
                let first = [0x81, 0x82, 0x01, 0x02, 0x80, 0x00, 0x89, 0x8a, 0x88, 0xff]
                    [random(&mut seed) as usize % 10];
                let len = random(&mut seed) % 6;
                match random(&mut seed) % 16 {
                    0 => bytes.extend([first, 126, 0, len as u8]),
                    1 => bytes.extend([first, 127, 0, 0, 0, 0, 0, 0, 0, len as u8]),
                    2 => bytes.extend([first, random(&mut seed) as u8]),
                    _ => bytes.extend([first, len as u8]),
                }
                bytes.extend((0..len).map(|_| b'a' + (random(&mut seed) % 20) as u8));
            }
            let mut want = Vec::new();
            let mut violation = None;
            for found in ReferenceDecoder::new(Role::Client, &bytes) {
                match found {
                    Ok(frame) => {
                        let payload: Vec<u8> = frame.payload().collect();
                        let is_short_close = frame.head.opcode() == 8 && payload.len() == 1;
                        if is_short_close {
                            violation = Some((Cause::CloseBodyOfOneByte, 2));
                            break;
                        }
                        want.push((frame.head.first, payload.len() as u64, hash_on(HASH_START, &payload)));
                    }
                    Err(found) => {
                        violation = Some((found.cause, found.at));
                        break;
                    }
                }
            }
            for piece in [1, 2, 3, bytes.len()] {
                let (found, offence) = read(&bytes, piece, &Profile::STANDARD);
                let content = bit(Cause::TextNotUtf8) | bit(Cause::ReasonNotUtf8) | bit(Cause::CloseCode);
                if offence.is_some_and(|offence| offence.causes & content != 0) {
                    // The reference looks at no content; what it found up to here must be the same.
                    assert_eq!(found[..], want[..found.len()]);
                    continue;
                }
                assert_eq!(found, want, "{bytes:x?} by {piece}");
                match (violation, offence) {
                    (None, None) => {}
                    (Some((cause, at)), Some(offence)) => {
                        offences += 1;
                        assert!(offence.is(cause, at), "{bytes:x?}: {cause:?} at {at}, not {offence:?}");
                    }
                    (want, found) => panic!("{bytes:x?}: {want:?}, {found:?}"),
                }
            }
        }
        assert!(offences > 1000, "only {offences} offences");
    }

    #[track_caller]
    fn check(bytes: &[u8], cause: Cause, at: u32) {
        for piece in 1..=bytes.len() {
            let (_, offence) = read(bytes, piece, &Profile { message_len_max: 300, ..Profile::STANDARD });
            assert!(offence.expect("an offence").is(cause, at), "{offence:?} by {piece}");
        }
    }

    #[test]
    fn what_the_endpoint_judges_itself_is_found_too() {
        check(&[0x81, 3, b'a', 0xc0, 0x80], Cause::TextNotUtf8, 3);
        check(&[0x01, 1, 0xe2, 0x80, 1, 0x41], Cause::TextNotUtf8, 2);
        check(&[0x81, 1, 0xe2], Cause::TextNotUtf8, 2);
        check(&[0x88, 1, 3], Cause::CloseBodyOfOneByte, 2);
        check(&[0x88, 2, 3, 0xee], Cause::CloseCode, 3);
        check(&[0x88, 4, 3, 0xe8, b'a', 0xff], Cause::ReasonNotUtf8, 5);
        check(&[0x88, 4, 3, 0xe8, b'a', 0xe2], Cause::ReasonNotUtf8, 5);
        check(&[0x82, 126, 1, 45], Cause::TooBig, 3);
        check(&[0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0], Cause::TooBig, 9);
    }

    #[test]
    fn under_a_profile_that_takes_every_code_1006_is_one() {
        let (frames, offence) = read(&[0x88, 2, 3, 0xee], 4, &Profile::LITERAL);
        assert_eq!((frames.len(), offence), (1, None));
    }
}
