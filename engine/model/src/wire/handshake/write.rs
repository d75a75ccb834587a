//! Request and response of the opening handshake as bytes (RFC 6455 sections 4.1 and 4.2.2).

use alloc::vec::Vec;

use super::{accept, key};

/// What is particular to the request of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// The host, with its port if that is not the default.
    pub host: &'a [u8],
    /// The path with the query.
    pub path: &'a [u8],
    /// The number of the nonce.
    pub nonce: u8,
    /// The subprotocols separated by commas, of which there may be none.
    pub protocols: &'a [u8],
}

/// Appends the request of a client (HS-11, HS-12). No extension is offered.
pub fn request(out: &mut Vec<u8>, request: &Request<'_>) {
    let Request { host, path, nonce, protocols } = *request;
    out.reserve(256);
    push(out, &[b"GET ", path, b" HTTP/1.1\r\nHost: ", host]);
    push(out, &[b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ", &key(nonce)]);
    push(out, &[b"\r\nSec-WebSocket-Version: 13\r\nOrigin: http://page.test\r\n"]);
    if !protocols.is_empty() {
        push(out, &[b"Sec-WebSocket-Protocol: ", protocols, b"\r\n"]);
    }
    push(out, &[b"\r\n"]);
}

/// Appends the response of a server that accepts the request with this nonce number.
pub fn response(out: &mut Vec<u8>, nonce: u8, protocol: Option<&str>) {
    out.reserve(192);
    push(out, &[BEFORE_ACCEPT, accept(nonce)]);
    if let Some(protocol) = protocol {
        push(out, &[PROTOCOL, protocol.as_bytes()]);
    }
    push(out, &[END]);
}

/// How many bytes [`response`] appends.
#[must_use]
pub fn response_len(protocol: Option<&str>) -> usize {
    let field = protocol.map_or(0, |protocol| PROTOCOL.len() + protocol.len());
    BEFORE_ACCEPT.len() + accept(0).len() + field + END.len()
}

/// The end of the field before, and the name of the one that chooses a subprotocol.
const PROTOCOL: &[u8] = b"\r\nSec-WebSocket-Protocol: ";

/// The response up to the value of `Sec-WebSocket-Accept`.
pub(super) const BEFORE_ACCEPT: &[u8; 97] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";

/// The end of a field and of the head.
pub(super) const END: &[u8; 4] = b"\r\n\r\n";

fn push(out: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(protocols: &[u8], want: &str) {
        let mut out = Vec::new();
        request(&mut out, &Request { host: b"h:81", path: b"/a?b", nonce: 0, protocols });
        assert_eq!(core::str::from_utf8(&out), Ok(want));
    }

    #[test]
    fn a_request_has_the_fields_that_are_required() {
        check(
            b"",
            "GET /a?b HTTP/1.1\r\nHost: h:81\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
             Origin: http://page.test\r\n\r\n",
        );
    }

    #[test]
    fn the_subprotocols_are_in_one_field() {
        check(
            b"chat, v2",
            "GET /a?b HTTP/1.1\r\nHost: h:81\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
             Origin: http://page.test\r\nSec-WebSocket-Protocol: chat, v2\r\n\r\n",
        );
    }
}
