//! The parser around the work on the text: the header in one comparison, and every offence on a path of its own.

use super::{Error, Frame, Scratch};
use crate::trace::Cause;
use crate::wire::utf8::Utf8;
use crate::wire::{CONTROL_LEN_MAX, Kernel, Role, Violation, opcode};

/// FIN and the opcode of Close.
const FIRST: u8 = 0x80 | opcode::CLOSE;

/// The bit of the second byte that says that there is a masking key.
const MASK: u8 = 0x80;

/// Reads the Close frame at the start of `bytes`, as an endpoint in `role` receives it; `None` if more bytes are
/// needed. Nothing is given out of a frame that is not legal as a whole.
///
/// The header is judged byte by byte, as far as it is there; the body when all of it is there. The reason stays
/// in `bytes`, or in `scratch` if it was masked.
///
/// # Errors
///
/// The first offence, with the position of the byte that decides it, as [`reference`](mod@super::reference) says.
#[inline]
pub fn parse<'a>(bytes: &'a [u8], role: Role, scratch: &'a mut Scratch) -> Result<Option<Frame<'a>>, Error> {
    parse_with(bytes, role, scratch, Kernel::chosen)
}

/// The same as [`parse`] with a kernel of the caller's choice.
///
/// # Errors
///
/// As there.
#[inline]
pub fn parse_by<'a>(
    kernel: Kernel,
    bytes: &'a [u8],
    role: Role,
    scratch: &'a mut Scratch,
) -> Result<Option<Frame<'a>>, Error> {
    parse_with(bytes, role, scratch, || kernel)
}

/// Reads a Close frame; which kernel there is, is asked if there is a text.
///
/// A call of it, with its result in memory, would cost as much as the work on a short frame.
#[inline(always)]
fn parse_with<'a>(
    bytes: &'a [u8],
    role: Role,
    scratch: &'a mut Scratch,
    kernel: impl Fn() -> Kernel,
) -> Result<Option<Frame<'a>>, Error> {
    let (mask, header_len) = match role {
        Role::Client => (0, 2),
        Role::Server => (MASK, 6),
    };
    let &[first, second, ..] = bytes else { return short(bytes) };
    // Too large also if the mask bit is the wrong one.
    let body_len = second ^ mask;
    if first != FIRST || body_len > CONTROL_LEN_MAX {
        return Err(header_offence(first, second, role));
    }
    let Some(frame) = bytes.get(..header_len + usize::from(body_len)) else { return Ok(None) };
    let Some((code, text)) = frame[header_len..].split_first_chunk::<2>() else {
        return if body_len == 0 {
            Ok(Some(Frame::without_status(header_len)))
        } else {
            Err(one_byte(header_len))
        };
    };
    let (code, text, is_utf8) = match role {
        // A code alone is what most pages send.
        Role::Client => (*code, text, text.is_empty() || kernel().is_utf8(text)),
        Role::Server => {
            let key = [frame[2], frame[3], frame[4], frame[5]];
            // The text is behind two bytes of the payload.
            let turned = [key[2], key[3], key[0], key[1]];
            let is_utf8 = text.is_empty() || kernel().unmask_into(scratch, text, turned);
            ([code[0] ^ key[0], code[1] ^ key[1]], scratch.text(text.len()), is_utf8)
        }
    };
    if !is_utf8 {
        return Err(not_utf8(text, header_len + 2));
    }
    Ok(Some(Frame::with_status(code, text, frame.len())))
}

/// Nothing, or the first byte alone.
#[cold]
fn short<'a>(bytes: &[u8]) -> Result<Option<Frame<'a>>, Error> {
    match bytes.first() {
        Some(&first) if first != FIRST => Err(first_offence(first)),
        Some(_) | None => Ok(None),
    }
}

/// What is wrong with a first byte that is not that of a Close frame.
#[cold]
fn first_offence(first: u8) -> Error {
    let cause = match (first & 0x70, first & 0x0f) {
        (1.., _) => Cause::ReservedBit,
        (0, 3..=7 | 11..) => Cause::ReservedOpcode,
        (0, opcode::CLOSE) => Cause::FragmentedControl,
        (0, opcode) => return Error::NotClose { opcode },
    };
    Violation { cause, at: 0 }.into()
}

/// What is wrong with the first two bytes, one of which is.
#[cold]
fn header_offence(first: u8, second: u8, role: Role) -> Error {
    if first != FIRST {
        return first_offence(first);
    }
    let cause = match (role, second & MASK) {
        (Role::Client, MASK) => Cause::MaskedByServer,
        (Role::Server, 0) => Cause::UnmaskedByClient,
        (Role::Client | Role::Server, _) => Cause::ControlTooLong,
    };
    Violation { cause, at: 1 }.into()
}

#[cold]
fn one_byte(header_len: usize) -> Error {
    violation(Cause::CloseBodyOfOneByte, header_len)
}

/// Where a text that begins `at` that byte of the frame is not UTF-8.
#[cold]
fn not_utf8(text: &[u8], at: usize) -> Error {
    let index = match Utf8::new().feed(text) {
        Err(index) => index,
        Ok(()) => text.len() - 1,
    };
    violation(Cause::ReasonNotUtf8, at + index)
}

fn violation(cause: Cause, at: usize) -> Error {
    let at = u32::try_from(at).expect("a Close frame has 131 bytes at most");
    Violation { cause, at }.into()
}
