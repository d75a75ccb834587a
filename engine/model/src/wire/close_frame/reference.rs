//! The plain parser of one whole Close frame (RFC 6455 section 5.5.1).

use super::{Error, Parsed, Status};
use crate::bounded::Bounded;
use crate::status_code;
use crate::trace::Cause;
use crate::wire::utf8::Utf8;
use crate::wire::{Role, Violation, opcode};

/// Reads the Close frame at the start of `bytes`, as an endpoint in `role` receives it; `None` if more bytes
/// are needed.
///
/// The header is judged byte by byte, as far as it is there; the body when all of it is there.
///
/// # Errors
///
/// The first offence, with the position of the byte that decides it.
pub fn parse(bytes: &[u8], role: Role) -> Result<Option<Parsed>, Error> {
    // The first byte: reserved bits, opcode, FIN.
    let Some(&first) = bytes.first() else { return Ok(None) };
    if first & 0b0111_0000 != 0 {
        return violation(Cause::ReservedBit, 0);
    }
    match first & 0b0000_1111 {
        opcode::CLOSE => {}
        opcode @ (opcode::CONTINUATION | opcode::TEXT | opcode::BINARY | opcode::PING | opcode::PONG) => {
            return Err(Error::NotClose { opcode });
        }
        _ => return violation(Cause::ReservedOpcode, 0),
    }
    if first & 0b1000_0000 == 0 {
        return violation(Cause::FragmentedControl, 0);
    }

    // The second byte: MASK and the length.
    let Some(&second) = bytes.get(1) else { return Ok(None) };
    let is_masked = second & 0b1000_0000 != 0;
    match role {
        Role::Client if is_masked => return violation(Cause::MaskedByServer, 1),
        Role::Server if !is_masked => return violation(Cause::UnmaskedByClient, 1),
        Role::Client | Role::Server => {}
    }
    let body_len = usize::from(second & 0b0111_1111);
    if body_len > 125 {
        return violation(Cause::ControlTooLong, 1);
    }

    // The masking key.
    let mut key = [0; 4];
    let mut header_len = 2;
    if is_masked {
        let Some(octets) = bytes.get(2..6) else { return Ok(None) };
        key.copy_from_slice(octets);
        header_len = 6;
    }

    // The body: empty, or a status code and a reason.
    let len = header_len + body_len;
    let Some(masked_body) = bytes.get(header_len..len) else { return Ok(None) };
    let mut body = [0; 125];
    for (index, byte) in masked_body.iter().enumerate() {
        body[index] = byte ^ key[index % 4];
    }
    let mut reason = Bounded::new();
    if body_len == 0 {
        return Ok(Some(Parsed { status: None, reason, len }));
    }
    if body_len == 1 {
        return violation(Cause::CloseBodyOfOneByte, header_len);
    }
    let code = u16::from_be_bytes([body[0], body[1]]);
    let status = Some(Status { code, class: status_code::class(code) });
    let mut text = Utf8::new();
    for (index, &byte) in body[..body_len].iter().enumerate().skip(2) {
        if text.feed(&[byte]).is_err() {
            return violation(Cause::ReasonNotUtf8, header_len + index);
        }
        reason.push(byte).expect("a body of 125 bytes leaves 123 for the reason");
    }
    if !text.is_complete() {
        return violation(Cause::ReasonNotUtf8, len - 1);
    }
    Ok(Some(Parsed { status, reason, len }))
}

fn violation(cause: Cause, at: usize) -> Result<Option<Parsed>, Error> {
    let at = u32::try_from(at).expect("a Close frame has 131 bytes at most");
    Err(Error::Violation(Violation { cause, at }))
}
