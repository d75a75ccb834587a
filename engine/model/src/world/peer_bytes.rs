//! The bytes of what a peer writes, where a symbol stands for something that only the run knows.

use alloc::vec::Vec;

use crate::scenario::{Frame, Item, Payload};
use crate::wire::{encode, handshake};

/// What a run knows that a peer's symbols refer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// The nonce of the client's opening handshake.
    pub(super) nonce: u8,
    /// The body of the client's Close, if it sent one.
    pub(super) close: &'a [u8],
}

/// Appends the bytes of `item` to `out`.
pub(super) fn encode_item(item: &Item, known: Known<'_>, out: &mut Vec<u8>) {
    match item {
        Item::Bytes(bytes) => out.extend_from_slice(bytes),
        Item::Accept { protocol } => handshake::response(out, known.nonce, protocol.as_deref()),
        Item::Http(text) => {
            let mut parts = text.split("{accept}");
            out.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
            for part in parts {
                out.extend_from_slice(handshake::accept(known.nonce));
                out.extend_from_slice(part.as_bytes());
            }
        }
        Item::Frame(frame) => encode_frame(frame, out),
        Item::Echo => encode::frame(out, 0x88, known.close, None),
    }
}

/// How many bytes [`encode_item`] appends.
pub(super) fn encoded_len(item: &Item, known: Known<'_>) -> usize {
    match item {
        Item::Bytes(bytes) => bytes.len(),
        Item::Accept { protocol } => handshake::response_len(protocol.as_deref()),
        Item::Http(text) => {
            let symbol = "{accept}";
            let grows_by = handshake::accept(known.nonce).len() - symbol.len();
            text.len() + text.matches(symbol).count() * grows_by
        }
        Item::Frame(frame) => {
            let len = match &frame.payload {
                Payload::Bytes(bytes) => bytes.len(),
                Payload::Close(_, reason) => 2 + reason.len(),
            };
            encode::frame_len(len, frame.mask)
        }
        Item::Echo => encode::frame_len(known.close.len(), None),
    }
}

fn encode_frame(frame: &Frame, out: &mut Vec<u8>) {
    let first = u8::from(frame.is_final) << 7 | (frame.rsv & 7) << 4 | frame.opcode & 0x0f;
    match &frame.payload {
        Payload::Bytes(bytes) => encode::frame(out, first, bytes, frame.mask),
        Payload::Close(code, reason) => {
            let code = code.to_be_bytes();
            let mut short = [0; 125];
            match short.get_mut(..2 + reason.len()) {
                Some(body) => {
                    body[..2].copy_from_slice(&code);
                    body[2..].copy_from_slice(reason);
                    encode::frame(out, first, body, frame.mask);
                }
                // A body that no Close frame can have; the frame is written all the same.
                None => encode::frame(out, first, &[&code, &**reason].concat(), frame.mask),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(item: &Item, want: &[u8]) {
        let mut out = Vec::new();
        let known = Known { nonce: 0, close: b"\x03\xe8x" };
        encode_item(item, known, &mut out);
        assert_eq!(out, want);
        assert_eq!(encoded_len(item, known), out.len());
    }

    #[test]
    fn the_length_is_known_before_the_bytes() {
        let known = Known { nonce: 7, close: b"" };
        let mut items = alloc::vec![Item::Echo, Item::Bytes(b"abc"[..].into())];
        for protocol in [None, Some("chat".into())] {
            items.push(Item::Accept { protocol });
        }
        for text in ["", "{accept", "{accept}{accept}", "a {accept} b"] {
            items.push(Item::Http(text.into()));
        }
        for len in [0, 122, 123, 124, 125, 126, 65_533, 65_534, 65_535, 65_536] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let reason = alloc::vec![b'x'; len];
                items.push(Item::Frame(Frame { mask, ..Frame::new(2, reason.clone()) }));
                items.push(Item::Frame(Frame { mask, ..Frame::close(1000, reason) }));
            }
        }
        for item in items {
            let mut out = Vec::new();
            encode_item(&item, known, &mut out);
            assert_eq!(encoded_len(&item, known), out.len());
        }
    }

    #[test]
    fn symbols_become_what_the_run_knows() {
        check(&Item::Echo, b"\x88\x03\x03\xe8x");
        check(&Item::Frame(Frame::close(1001, &b"ab"[..])), b"\x88\x04\x03\xe9ab");
        check(
            &Item::Frame(Frame {
                rsv: 4,
                is_final: false,
                mask: Some([1, 2, 3, 4]),
                ..Frame::new(1, &b"a"[..])
            }),
            b"\x41\x81\x01\x02\x03\x04`",
        );
    }

    #[test]
    fn a_response_carries_the_accept_value_of_the_key() {
        let accept = handshake::accept(0);
        let mut want = b"HTTP/1.1 101 x\r\nA: ".to_vec();
        want.extend_from_slice(accept);
        want.extend_from_slice(b"\r\n");
        check(&Item::Http("HTTP/1.1 101 x\r\nA: {accept}\r\n".into()), &want);
    }
}
