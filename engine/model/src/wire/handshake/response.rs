//! The response to the opening handshake (RFC 6455 section 4.1; WebSockets Standard, opening handshake).
//!
//! The lines are judged in the order in which they came, each when it is complete, and what is missing at the
//! end of the head. So the first offence depends on the bytes alone and not on how TCP cut them (WIRE-13).

use core::ops::Range;

use super::{accept, write};
use crate::profile::{AcceptHeader, Fault, Profile};
use crate::trace::Cause;

/// The most bytes that a response may have up to the end of its head (HS-31). Each interim response before it may have
/// as many.
pub const RESPONSE_LEN_MAX: usize = 8192;

/// A response that establishes the connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Accepted {
    /// The length of the response, with the interim responses before it. What follows are frames (HS-27).
    pub head_len: usize,
    /// Where the chosen subprotocol stands; empty if there is none.
    pub protocol: Range<usize>,
}

/// Reads a response from `bytes`, all that came so far, to the request with this nonce number and the
/// subprotocols in `requested`, separated by commas; `None` if more bytes are needed.
///
/// Interim responses are skipped (HS-16).
///
/// # Errors
///
/// The first offence, as soon as the line it stands in is complete. For a page all are the same (HS-24).
#[inline]
pub fn parse_response(bytes: &[u8], nonce: u8, requested: &[u8]) -> Result<Option<Accepted>, Cause> {
    parse_response_under(&Profile::STANDARD, bytes, nonce, requested)
}

/// As [`parse_response`], by an implementation with this profile, which may not look at `Sec-WebSocket-Accept` as it
/// should.
///
/// # Errors
///
/// The same.
#[inline]
pub fn parse_response_under(
    profile: &Profile,
    bytes: &[u8],
    nonce: u8,
    requested: &[u8],
) -> Result<Option<Accepted>, Cause> {
    if requested.is_empty() && is_plain(bytes, nonce) {
        return Ok(Some(Accepted { head_len: PLAIN_LEN, protocol: 0..0 }));
    }
    let mut parser = Parser { profile, bytes, at: 0 };
    loop {
        let head_end_max = parser.at + RESPONSE_LEN_MAX;
        parser.bytes = &bytes[..bytes.len().min(head_end_max)];
        match parser.response(accept(nonce), requested)? {
            Head::Final(accepted) => return Ok(Some(accepted)),
            Head::Interim => {}
            Head::Incomplete if bytes.len() < head_end_max => return Ok(None),
            Head::Incomplete => return Err(Cause::ResponseTooLarge),
        }
    }
}

/// What the next head in the bytes is.
enum Head {
    /// More bytes are needed.
    Incomplete,
    /// That of an interim response.
    Interim,
    /// That of the response that establishes the connection.
    Final(Accepted),
}

/// Whether the response is the one that [`write::response`] writes, without a subprotocol. Nearly all of them are, and
/// comparing it as a whole is much quicker than reading its lines; those would say the same.
#[inline]
fn is_plain(bytes: &[u8], nonce: u8) -> bool {
    let Some((head, rest)) = bytes.split_first_chunk() else { return false };
    let Some((value, rest)) = rest.split_first_chunk() else { return false };
    head == write::BEFORE_ACCEPT && value == accept(nonce) && rest.starts_with(write::END)
}

const PLAIN_LEN: usize = write::BEFORE_ACCEPT.len() + accept(0).len() + write::END.len();

/// What the fields of a head said so far.
#[derive(Default)]
struct Fields {
    upgrade: bool,
    connection: bool,
    accept: bool,
    protocol: Option<Range<usize>>,
}

struct Parser<'a> {
    profile: &'a Profile,
    bytes: &'a [u8],
    /// How much is read.
    at: usize,
}

impl<'a> Parser<'a> {
    /// Reads one head.
    fn response(&mut self, accept: &[u8; 28], requested: &[u8]) -> Result<Head, Cause> {
        let Some(line) = self.line()? else {
            could_be_http(&self.bytes[self.at..])?;
            return Ok(Head::Incomplete);
        };
        let is_interim = match status(&self.bytes[line])? {
            // HTTP/1.0 has no upgrade.
            (b'0', b"101") => return Err(Cause::MalformedResponse),
            (_, b"101") => false,
            (_, [b'1', _, _]) => true,
            _ => return Err(Cause::Status),
        };
        let is_ignored = self.profile.accept_header == AcceptHeader::Ignored;
        let mut fields = Fields { accept: is_ignored, ..Fields::default() };
        loop {
            let Some(line) = self.field_line()? else { return Ok(Head::Incomplete) };
            if line.is_empty() {
                break;
            }
            let (name, value) = self.field(line)?;
            if !is_interim {
                self.judge(&mut fields, name, value, accept, requested)?;
            }
        }
        if is_interim { Ok(Head::Interim) } else { fields.accepted(self.at, requested).map(Head::Final) }
    }

    /// The next line without its end: CR LF, or LF alone (RFC 9112 section 2.2). `None` if it is not
    /// complete.
    fn line(&mut self) -> Result<Option<Range<usize>>, Cause> {
        let start = self.at;
        let rest = &self.bytes[start..];
        let Some(len) = first_control(rest) else { return Ok(None) };
        let end_len = match rest[len..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            [b'\r'] => return Ok(None),
            _ => return Err(Cause::MalformedResponse),
        };
        self.at = start + len + end_len;
        Ok(Some(start..start + len))
    }

    /// The next line with those that are folded into it: the ones that begin with whitespace, for which a user agent
    /// reads spaces (RFC 9112 section 5.2). So a line is complete when the first byte behind it is there. The empty
    /// line has nothing behind it that belongs to the head.
    fn field_line(&mut self) -> Result<Option<Range<usize>>, Cause> {
        let Some(mut line) = self.line()? else { return Ok(None) };
        while !line.is_empty() {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t') => {
                    let Some(folded) = self.line()? else { return Ok(None) };
                    line.end = folded.end;
                }
                Some(_) => break,
                None => return Ok(None),
            }
        }
        Ok(Some(line))
    }

    /// Splits a line into the name of a field and where its value is. Line ends inside of a value are whitespace where
    /// it is compared, at its ends and around the commas of a list; elsewhere they are not what was asked for, as the
    /// spaces for which they stand would not be.
    fn field(&self, line: Range<usize>) -> Result<(&'a [u8], Range<usize>), Cause> {
        let text = &self.bytes[line.clone()];
        let name_len = text.iter().position(|&byte| !is_token(byte)).unwrap_or(text.len());
        if name_len == 0 || text.get(name_len) != Some(&b':') {
            return Err(Cause::MalformedResponse);
        }
        let (name, rest) = text.split_at(name_len);
        let value = &rest[1..];
        let end = line.start + name_len + 1 + value.trim_ascii_end().len();
        let start = end - value.trim_ascii().len();
        Ok((name, start..end))
    }

    fn judge(
        &self,
        fields: &mut Fields,
        name: &[u8],
        range: Range<usize>,
        accept: &[u8; 28],
        requested: &[u8],
    ) -> Result<(), Cause> {
        let value = &self.bytes[range.clone()];
        // Of a field that is not a list a second line is never the value that was asked for.
        if name.eq_ignore_ascii_case(b"upgrade") {
            if fields.upgrade || !value.eq_ignore_ascii_case(b"websocket") {
                return Err(Cause::Upgrade);
            }
            fields.upgrade = true;
        } else if name.eq_ignore_ascii_case(b"connection") {
            fields.connection |= list(value).any(|token| token.eq_ignore_ascii_case(b"upgrade"));
        } else if name.eq_ignore_ascii_case(b"sec-websocket-accept") {
            if self.profile.accept_header == AcceptHeader::Ignored {
                return Ok(());
            }
            let is_right = value == accept || self.profile.has(Fault::AnyAccept);
            if fields.accept || !is_right {
                return Err(Cause::Accept);
            }
            fields.accept = true;
        } else if name.eq_ignore_ascii_case(b"sec-websocket-extensions") {
            // We offer none, and the field names one at least.
            return Err(Cause::Extension);
        } else if name.eq_ignore_ascii_case(b"sec-websocket-protocol") {
            if requested.is_empty() {
                return Err(Cause::ProtocolUnrequested);
            }
            let is_one_token = !value.is_empty() && value.iter().copied().all(is_token);
            if fields.protocol.is_some() || !is_one_token {
                return Err(Cause::ProtocolMissing);
            }
            if !list(requested).any(|protocol| protocol == value) {
                return Err(Cause::ProtocolUnrequested);
            }
            fields.protocol = Some(range);
        }
        Ok(())
    }
}

impl Fields {
    /// Judges what is missing at the end of the head.
    fn accepted(self, head_len: usize, requested: &[u8]) -> Result<Accepted, Cause> {
        if !self.upgrade {
            return Err(Cause::Upgrade);
        }
        if !self.connection {
            return Err(Cause::Connection);
        }
        if !self.accept {
            return Err(Cause::Accept);
        }
        if self.protocol.is_none() && !requested.is_empty() {
            return Err(Cause::ProtocolMissing);
        }
        Ok(Accepted { head_len, protocol: self.protocol.unwrap_or(0..0) })
    }
}

/// The minor version and the status code of a status line.
fn status(line: &[u8]) -> Result<(u8, &[u8; 3]), Cause> {
    let malformed = Cause::MalformedResponse;
    let rest = line.strip_prefix(START).ok_or(malformed)?;
    let ([minor, b' ', status @ ..], reason) = rest.split_first_chunk::<5>().ok_or(malformed)? else {
        return Err(malformed);
    };
    let status: &[u8; 3] = status;
    let is_complete = matches!(reason, [] | [b' ', ..]);
    if !is_complete || !minor.is_ascii_digit() || !status.iter().all(u8::is_ascii_digit) {
        return Err(malformed);
    }
    Ok((*minor, status))
}

const START: &[u8; 7] = b"HTTP/1.";

/// `None` if an incomplete line could still become a status line, so that whatever is not HTTP is refused at
/// once.
fn could_be_http(line: &[u8]) -> Result<(), Cause> {
    let len = line.len().min(START.len());
    if line[..len] == START[..len] { Ok(()) } else { Err(Cause::MalformedResponse) }
}

/// The elements of a list separated by commas, without the whitespace around them.
fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

/// The index of the first byte that may not stand in a line: a control character other than the tabulator.
#[inline]
fn first_control(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH_BITS: u64 = ONES * 0x80;
    let (words, _) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let word = u64::from_ne_bytes(*word);
        // Borrows reach higher bytes only, so no word with a byte below 0x20 or equal to 0x7f is passed over.
        let below_space = word.wrapping_sub(ONES * 0x20) & !word;
        let delete = (word ^ (ONES * 0x7f)).wrapping_sub(ONES) & !(word ^ (ONES * 0x7f));
        let is_suspect = (below_space | delete) & HIGH_BITS != 0;
        if is_suspect && let Some(index) = bytes[at..at + 8].iter().position(|&byte| is_control(byte)) {
            return Some(at + index);
        }
        at += 8;
    }
    bytes[at..].iter().position(|&byte| is_control(byte)).map(|index| at + index)
}

#[inline]
fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}

/// Whether a byte may stand in a token (RFC 9110 section 5.6.2).
#[inline]
fn is_token(byte: u8) -> bool {
    static TOKEN: [bool; 256] = {
        let mut token = [false; 256];
        let mut byte = 0;
        while byte < 128_u8 {
            token[byte as usize] = byte.is_ascii_alphanumeric();
            byte += 1;
        }
        let mut marks: &[u8] = b"!#$%&'*+-.^_`|~";
        while let [mark, rest @ ..] = marks {
            token[*mark as usize] = true;
            marks = rest;
        }
        token
    };
    TOKEN[usize::from(byte)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_character_is_found_at_every_place_among_all_others() {
        for byte in 0..=u8::MAX {
            for other in [b' ', b'\t', b'~', 0x80, 0xff] {
                for at in 0..20 {
                    let mut bytes = [other; 20];
                    bytes[at] = byte;
                    let want = matches!(byte, 0..=8 | 10..=31 | 127).then_some(at);
                    assert_eq!(first_control(&bytes), want, "{byte:02x} at {at} among {other:02x}");
                }
            }
        }
    }
}
