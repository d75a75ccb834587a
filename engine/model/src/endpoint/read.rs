//! What an endpoint makes of the bytes that it receives: the response to the opening handshake, frames, messages
//! (RFC 6455 sections 4.1, 5.4 to 5.6 and 6.2).

use alloc::string::String;
use core::num::NonZeroU16;

use super::{CloseBody, Context, Endpoint, Fact, Sent, State};
use crate::choices::Choices;
use crate::profile::{
    AcceptCodes, AnswerCodes, DataAfterClose, Fault, FramesAfterClose, OneByteClose, PongAfterClose, Profile,
    RefusedAnswer, Utf8Check,
};
use crate::status_code::ABNORMAL_CLOSURE;
use crate::trace::{Cause, Entry, FrameHead, PayloadId};
use crate::wire::close_body::{self, Malformed};
use crate::wire::utf8::Utf8;
use crate::wire::{Chunk, Decoder, Event, Header, Role, Strictness, handshake, mask, opcode};

/// The frame and the message that are being received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Reading {
    decoder: Decoder,
    head: FrameHead,
    header_len: u8,
    /// The payload of the frame, unmasked, as far as it is there.
    frame: PayloadId,
    /// The data of the fragments before this frame.
    message: PayloadId,
    is_text: bool,
    utf8: Utf8,
}

impl Reading {
    pub(super) fn new(role: Role, strictness: Strictness) -> Self {
        Self {
            decoder: Decoder::with_strictness(role, strictness),
            head: FrameHead { first: 0, second: 0 },
            header_len: 0,
            frame: PayloadId::EMPTY,
            message: PayloadId::EMPTY,
            is_text: false,
            utf8: Utf8::default(),
        }
    }

    /// Checks what follows the first `had` bytes of the payload of a text's frame (UTF8-01 to UTF8-03); an error is
    /// the position of the wrong byte in its frame.
    fn check_text(
        &mut self,
        payload: &[u8],
        had: usize,
        is_last: bool,
        profile: &Profile,
    ) -> Result<(), usize> {
        if profile.has(Fault::Utf8PerSegment) {
            self.utf8 = Utf8::default();
        }
        let header_len = usize::from(self.header_len);
        match self.utf8.feed(payload.get(had..).unwrap_or_default()) {
            Err(index) => Err(header_len + had + index),
            // A sequence may end with a frame, but not with the message (UTF8-03).
            Ok(()) if is_last && self.head.is_final() && !self.utf8.is_complete() => {
                Err(header_len + payload.len() - 1)
            }
            Ok(()) => Ok(()),
        }
    }

    // Between two frames, and between two messages, nothing of the last one is left: endpoints that go on alike are
    // equal.

    fn end_frame(&mut self) {
        self.head = FrameHead { first: 0, second: 0 };
        self.header_len = 0;
        self.frame = PayloadId::EMPTY;
    }

    fn end_message(&mut self) -> (PayloadId, bool) {
        let ended = (self.message, self.is_text);
        (self.message, self.is_text, self.utf8) = (PayloadId::EMPTY, false, Utf8::default());
        ended
    }
}

/// What came of reading.
pub(super) enum Read {
    /// Something that the layer above learns.
    Fact(Fact),
    /// Something changed; reading may go on.
    Progress,
    /// Nothing more can be read from what is there.
    NeedsInput,
}

impl Endpoint {
    /// Reads on in the response to the opening handshake.
    pub(super) fn read_response<C: Choices>(
        &mut self,
        input: &mut &[u8],
        cx: &mut Context<'_, C>,
    ) -> Option<Fact> {
        let State::Connecting { response, nonce, protocols } = self.state else {
            return None;
        };
        let read = core::mem::take(input);
        let read_before = cx.trace.payloads.get(response).len();
        // What came before is put before it; mostly nothing did.
        let parsed = if read_before == 0 {
            let requested = cx.trace.payloads.get(protocols);
            handshake::parse_response_under(cx.profile, read, nonce, requested)
        } else {
            let response = cx.append(response, read);
            let payloads = &cx.trace.payloads;
            let (response, requested) = (payloads.get(response), payloads.get(protocols));
            handshake::parse_response_under(cx.profile, response, nonce, requested)
        };
        match parsed {
            Ok(None) => {
                let response = cx.append(response, read);
                self.state = State::Connecting { response, nonce, protocols };
                None
            }
            Ok(Some(accepted)) => {
                // What follows the response in the same read belongs to the frames (HS-27).
                *input = &read[accepted.head_len.saturating_sub(read_before).min(read.len())..];
                let protocol = if read_before == 0 {
                    cx.intern(&read[accepted.protocol])
                } else {
                    let response = cx.append(response, read);
                    cx.intern_part(response, accepted.protocol)
                };
                self.state = State::Open;
                self.is_established = true;
                cx.emit(Entry::Established { socket: cx.socket, protocol });
                Some(Fact::Established { protocol })
            }
            Err(cause) => {
                self.fail(cause, 0, cx);
                let opens = cx.profile.has(Fault::OpenAfterFailure);
                opens.then_some(Fact::Established { protocol: PayloadId::EMPTY })
            }
        }
    }

    /// Reads the next part of a frame.
    pub(super) fn read_frames<C: Choices>(&mut self, input: &mut &[u8], cx: &mut Context<'_, C>) -> Read {
        let reads_on = |profile: &Profile| {
            profile.has(Fault::LastCloseCounts) || profile.has(Fault::FramesAfterCloseCount)
        };
        if self.closing.received.is_some() && !reads_on(cx.profile) {
            return self.read_after_close(input, cx);
        }
        let before = *input;
        match self.reading.decoder.next_with(cx.profile.fault, input) {
            Ok(None) => Read::NeedsInput,
            Ok(Some(Event::Header(header))) => {
                self.begin_frame(header, cx);
                Read::Progress
            }
            Ok(Some(Event::Payload(chunk))) => match self.read_payload(chunk, cx) {
                Some(fact) => Read::Fact(fact),
                None => Read::Progress,
            },
            Err(violation) => {
                self.fail_at_frame(violation.cause, violation.at, before.first().copied().unwrap_or(0), cx);
                Read::Progress
            }
        }
    }

    /// What comes after the peer's Close is discarded, or is one violation more (CLOSE-19, WIRE-46, K-TRAIL).
    fn read_after_close<C: Choices>(&mut self, input: &mut &[u8], cx: &mut Context<'_, C>) -> Read {
        if input.is_empty() {
            return Read::NeedsInput;
        }
        let knob = cx.profile.frames_after_close;
        if knob == FramesAfterClose::Discard {
            *input = &[];
            return Read::Progress;
        }
        match (self.reading.decoder.next(input), knob) {
            (Ok(None), _) => Read::NeedsInput,
            (Ok(Some(Event::Header(_))) | Err(_), FramesAfterClose::Fail) => {
                self.fail(Cause::FrameAfterClose, 0, cx);
                Read::Progress
            }
            (Err(violation), _) => {
                self.fail(violation.cause, violation.at, cx);
                Read::Progress
            }
            (Ok(Some(_)), _) => Read::Progress,
        }
    }

    fn begin_frame<C: Choices>(&mut self, header: Header, cx: &mut Context<'_, C>) {
        let reading = &mut self.reading;
        reading.head = header.head;
        reading.header_len = header.header_len;
        reading.frame = PayloadId::EMPTY;
        if header.head.is_control() {
            if cx.profile.has(Fault::ControlResetsMessage) {
                reading.message = PayloadId::EMPTY;
            }
            return;
        }
        if cx.profile.data_after_our_close == DataAfterClose::Fail && self.closing.sent != Sent::No {
            self.fail(Cause::FrameAfterClose, 0, cx);
            return;
        }
        let reading = &mut self.reading;
        if header.head.opcode() != opcode::CONTINUATION {
            reading.message = PayloadId::EMPTY;
            reading.is_text = header.head.opcode() == opcode::TEXT;
            reading.utf8 = Utf8::default();
        }
        let before = cx.trace.payloads.get(reading.message).len() as u64;
        if before.saturating_add(header.len) > u64::from(cx.profile.message_len_max) {
            // WIRE-16: nothing is allocated for what will not be accepted. The last byte of the length decides.
            let key_len = if header.head.is_masked() { 4 } else { 0 };
            self.fail(Cause::TooBig, u32::from(header.header_len) - key_len - 1, cx);
        }
    }

    /// Reads the next part of a frame's payload.
    fn read_payload<C: Choices>(&mut self, chunk: Chunk<'_>, cx: &mut Context<'_, C>) -> Option<Fact> {
        let reading = &mut self.reading;
        let had = cx.trace.payloads.get(reading.frame).len();
        reading.frame = match chunk.mask {
            None => cx.append(reading.frame, chunk.bytes),
            Some(key) => {
                cx.append_with(reading.frame, chunk.bytes, |bytes| mask::apply(bytes, key, chunk.offset))
            }
        };
        let is_checked_now = cx.profile.utf8_check == Utf8Check::EachByte;
        if is_checked_now && !reading.head.is_control() && reading.is_text {
            let payload = cx.trace.payloads.get(reading.frame);
            if let Err(index) = reading.check_text(payload, had, chunk.is_last, cx.profile) {
                let at = u32::try_from(index).unwrap_or(u32::MAX);
                self.fail(Cause::TextNotUtf8, at, cx);
                return None;
            }
        }
        if !chunk.is_last {
            return None;
        }
        let (head, header_len, frame) = (reading.head, reading.header_len, reading.frame);
        reading.end_frame();
        let is_close = head.opcode() == opcode::CLOSE;
        if self.closing.received.is_some() && is_close != cx.profile.has(Fault::LastCloseCounts) {
            // Only a fault reads on after a Close: the one for the Closes that follow, the other for all else.
            return None;
        }
        if is_close && chunk.offset != 0 && cx.profile.has(Fault::CloseInOneSegment) {
            return None;
        }
        self.receive_frame(head, header_len, frame, cx)
    }

    /// A whole frame is there.
    fn receive_frame<C: Choices>(
        &mut self,
        head: FrameHead,
        header_len: u8,
        frame: PayloadId,
        cx: &mut Context<'_, C>,
    ) -> Option<Fact> {
        match head.opcode() {
            opcode::CLOSE => self.receive_close(head, header_len, frame, cx),
            opcode::PING => {
                cx.emit(Entry::RxFrame { socket: cx.socket, head, payload: frame });
                if cx.profile.pong_after_our_close == PongAfterClose::Ignore && self.closing.sent != Sent::No
                {
                    return None;
                }
                // Owed until the peer's Close is there, also after our own (WIRE-32, K-PONG).
                self.output.push_pong(frame);
                self.write_or_wait(cx);
            }
            opcode::PONG => cx.emit(Entry::RxFrame { socket: cx.socket, head, payload: frame }),
            _ => {
                self.reading.message = cx.concatenate(self.reading.message, frame);
                if cx.profile.utf8_check == Utf8Check::WholeMessage
                    && head.is_final()
                    && self.reading.is_text
                    && core::str::from_utf8(cx.trace.payloads.get(self.reading.message)).is_err()
                {
                    self.fail(Cause::TextNotUtf8, u32::from(header_len), cx);
                    return None;
                }
                cx.emit(Entry::RxFrame { socket: cx.socket, head, payload: frame });
                if head.is_final() {
                    let (data, is_text) = self.reading.end_message();
                    return Some(Fact::Message { data, is_text });
                }
            }
        }
        None
    }

    /// A whole Close frame is there (RFC 6455 sections 5.5.1 and 7.1.5; CLOSE-01, CLOSE-05).
    fn receive_close<C: Choices>(
        &mut self,
        head: FrameHead,
        header_len: u8,
        body: PayloadId,
        cx: &mut Context<'_, C>,
    ) {
        if self.reading.decoder.is_in_message() && cx.profile.has(Fault::NoCloseBetweenFragments) {
            self.fail(Cause::ExpectedContinuation, 0, cx);
            return;
        }
        let bytes = cx.trace.payloads.get(body);
        // The bytes are judged in their order: the code before the reason.
        let code = bytes.first_chunk().map(|&code| u16::from_be_bytes(code));
        if let Some(code) = code
            && !self.accepts(code, cx)
        {
            self.has_refused_close = true;
            if cx.profile.answer_codes == AnswerCodes::NotReserved {
                self.note_refused(code, cx.profile);
            }
            self.fail(Cause::CloseCode, u32::from(header_len) + 1, cx);
            return;
        }
        let close = match close_body::parse(bytes) {
            Err(Malformed::OneByte) if cx.profile.one_byte_close == OneByteClose::Empty => {
                CloseBody::default()
            }
            Err(malformed) if !is_let_pass(cx.profile.fault, malformed) => {
                self.note_malformed(malformed, body, cx);
                let violation = malformed.in_frame(header_len);
                self.fail(violation.cause, violation.at, cx);
                return;
            }
            Ok(_) | Err(_) => {
                code.map_or_else(CloseBody::default, |code| CloseBody::received(body, code, cx))
            }
        };
        cx.emit(Entry::RxFrame { socket: cx.socket, head, payload: body });
        self.closing.received = Some(match cx.profile.fault {
            None => close,
            Some(fault) => misread(fault, close, cx),
        });
    }

    /// Whether a status code may be received (K-CODE). That of an answer to our Close may be judged otherwise.
    fn accepts<C>(&self, code: u16, cx: &Context<'_, C>) -> bool {
        cx.profile.accept_codes.accepts(code)
            || self.takes_as_answer(code, cx)
            || code == ABNORMAL_CLOSURE && cx.profile.has(Fault::AbnormalFromWire)
    }

    /// Whether a Close would be the answer to ours, and the profile accepts this code in one.
    fn takes_as_answer<C>(&self, code: u16, cx: &Context<'_, C>) -> bool {
        self.closing.sent != Sent::No
            && match cx.profile.answer_codes {
                AnswerCodes::Judged => false,
                AnswerCodes::All => true,
                AnswerCodes::NotReserved => AcceptCodes::NotReserved.accepts(code),
            }
    }

    /// What is remembered of the code of a Close frame that answers ours and is refused.
    fn note_refused(&mut self, code: u16, profile: &Profile) {
        if self.closing.sent != Sent::No && profile.refused_answer == RefusedAnswer::CodeKept {
            self.refused_code = NonZeroU16::new(code);
        }
    }

    /// What is remembered of a Close frame that is refused.
    fn note_malformed<C: Choices>(&mut self, malformed: Malformed, body: PayloadId, cx: &mut Context<'_, C>) {
        match malformed {
            Malformed::OneByte => {}
            Malformed::ReasonNotUtf8 { .. } => {
                self.has_refused_close = true;
                if let Some(code) = cx.trace.payloads.get(body).first_chunk() {
                    self.note_refused(u16::from_be_bytes(*code), cx.profile);
                }
            }
        }
    }
}

/// Whether an implementation with this fault accepts such a body.
fn is_let_pass(fault: Option<Fault>, malformed: Malformed) -> bool {
    match malformed {
        Malformed::OneByte => fault == Some(Fault::OneByteIsNoStatus),
        Malformed::ReasonNotUtf8 { .. } => fault == Some(Fault::LossyReason),
    }
}

/// What an implementation with this fault makes of a Close.
#[cold]
fn misread<C: Choices>(fault: Fault, close: CloseBody, cx: &mut Context<'_, C>) -> CloseBody {
    let reason = cx.trace.payloads.get(close.reason);
    match fault {
        Fault::LittleEndianCode => CloseBody { code: close.code.map(u16::swap_bytes), ..close },
        Fault::ReasonEndsAtNul => {
            let len = reason.iter().position(|&byte| byte == 0).unwrap_or(reason.len());
            CloseBody { reason: cx.intern_part(close.reason, 0..len), ..close }
        }
        Fault::NoByteOrderMark if reason.starts_with("\u{feff}".as_bytes()) => {
            let len = reason.len();
            CloseBody { reason: cx.intern_part(close.reason, 3..len), ..close }
        }
        Fault::LossyReason => {
            let text = String::from_utf8_lossy(reason).into_owned();
            CloseBody { reason: cx.intern(text.as_bytes()), ..close }
        }
        _ => close,
    }
}
