//! What an implementation makes of the bytes that a server writes, and what the model makes of them.

use wasclean_model::profile::Profile;
use wasclean_model::status_code::is_never_on_the_wire;
use wasclean_model::trace::{Cause, FrameHead};
use wasclean_model::wire::utf8::Utf8;
use wasclean_model::wire::{Decoder, Event, Header, Role, close_body, opcode};

/// Whether a Pong stands inside a fragmented message, as far as `bytes` are read.
#[must_use]
pub fn has_pong_inside(bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new(Role::Client);
    let mut rest = bytes;
    let mut is_open = false;
    while let Ok(Some(event)) = decoder.next(&mut rest) {
        let Event::Header(header) = event else { continue };
        if header.head.is_control() {
            if is_open && header.head.opcode() == opcode::PONG {
                return true;
            }
        } else {
            is_open = !header.head.is_final();
        }
    }
    false
}

/// A Close of which not all is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseUnderWay {
    /// How many bytes its body will have.
    pub len: u64,
    /// What is there of it.
    pub body: Vec<u8>,
}

impl CloseUnderWay {
    /// Whether its reason is already no UTF-8, whatever follows.
    #[must_use]
    pub fn is_reason_wrong(&self) -> bool {
        self.body.get(2..).is_some_and(|reason| Utf8::default().feed(reason).is_err())
    }
}

/// The Close within whose body `bytes` end.
#[must_use]
pub fn close_under_way(bytes: &[u8]) -> Option<CloseUnderWay> {
    let mut decoder = Decoder::new(Role::Client);
    let mut rest = bytes;
    let mut under_way = None;
    while let Ok(Some(event)) = decoder.next(&mut rest) {
        match event {
            Event::Header(Header { head, len, .. }) => {
                let is_close = head.opcode() == opcode::CLOSE;
                under_way = is_close.then_some(CloseUnderWay { len, body: Vec::new() });
            }
            Event::Payload(chunk) if chunk.is_last => under_way = None,
            Event::Payload(chunk) => {
                if let Some(close) = &mut under_way {
                    close.body.extend_from_slice(chunk.bytes);
                }
            }
        }
    }
    under_way
}

/// How it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// A Close was received, with this code and reason.
    Close(Option<u16>, Vec<u8>),
    /// The bytes are refused.
    Refused,
    /// More bytes are needed.
    Waiting,
    /// The implementation panicked.
    Panicked,
}

/// A complete message: whether it is text, and its bytes.
pub type Message = (bool, Vec<u8>);

/// What an implementation makes of the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The complete messages before the end.
    pub messages: Vec<Message>,
    /// The end.
    pub end: End,
}

/// The model's verdict, under `standard`, and the cause if it refuses.
#[must_use]
pub fn ours(bytes: &[u8]) -> (Verdict, Option<Cause>) {
    let mut messages = Vec::new();
    match read(bytes, &mut messages) {
        Ok(end) => (Verdict { messages, end }, None),
        Err(cause) => (Verdict { messages, end: End::Refused }, Some(cause)),
    }
}

fn read(bytes: &[u8], messages: &mut Vec<Message>) -> Result<End, Cause> {
    let mut decoder = Decoder::new(Role::Client);
    let mut rest = bytes;
    let (mut head, mut header_len) = (FrameHead { first: 0, second: 0 }, 0);
    let mut body = Vec::new();
    // The open message and the state of its text.
    let ((mut is_text, mut data), mut utf8) = ((false, Vec::new()), Utf8::default());
    while let Some(event) = decoder.next(&mut rest).map_err(|violation| violation.cause)? {
        let chunk = match event {
            Event::Header(header) => {
                (head, header_len) = (header.head, header.header_len);
                body.clear();
                if !head.is_control() && head.opcode() != opcode::CONTINUATION {
                    ((is_text, data), utf8) = ((head.opcode() == opcode::TEXT, Vec::new()), Utf8::default());
                }
                let len = data.len() as u64 + header.len;
                if !head.is_control() && len > u64::from(Profile::STANDARD.message_len_max) {
                    return Err(Cause::TooBig);
                }
                continue;
            }
            Event::Payload(chunk) => chunk,
        };
        if head.is_control() {
            body.extend(chunk.bytes);
        } else {
            data.extend(chunk.bytes);
            // Text is judged byte by byte.
            if is_text && utf8.feed(chunk.bytes).is_err() {
                return Err(Cause::TextNotUtf8);
            }
        }
        if !chunk.is_last {
            continue;
        }
        if head.opcode() == opcode::CLOSE {
            let parsed =
                close_body::parse(&body).map_err(|malformed| malformed.in_frame(header_len).cause)?;
            return match parsed {
                None => Ok(End::Close(None, Vec::new())),
                Some((code, _)) if is_never_on_the_wire(code) => Err(Cause::CloseCode),
                Some((code, reason)) => Ok(End::Close(Some(code), reason.as_bytes().to_vec())),
            };
        }
        if !head.is_control() && head.is_final() {
            if is_text && !utf8.is_complete() {
                return Err(Cause::TextNotUtf8);
            }
            messages.push((is_text, std::mem::take(&mut data)));
        }
    }
    Ok(End::Waiting)
}
