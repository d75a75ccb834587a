//! An independent look at the response to the opening handshake (HS-16 to HS-23): a judge that may abstain.
//!
//! It splits the whole head at once where the wire's parser goes line by line, and it calls a response valid or
//! invalid only where the requirements leave no doubt.

use core::iter;
use core::ops::Range;

use super::accept::accept;
use crate::profile::AcceptHeader;

/// What the bytes of a response say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Response {
    /// The head is not complete.
    #[default]
    Incomplete,
    /// It establishes the connection: the length of the head, and where the subprotocol stands.
    Valid { head_len: u32, protocol: (u32, u32) },
    /// It does not, by one of the requirements HS-17 to HS-23.
    Invalid,
    /// The requirements do not decide it, or it is too long for this judge. If the head's end is known, its length.
    Unclear { head_len: Option<u32> },
}

/// The longest response that is looked at.
pub(super) const LEN_MAX: usize = 2048;

/// What most responses begin with, up to the value that answers the nonce; and the only other field that they have.
const USUAL: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
const PROTOCOL: &[u8] = b"\r\nSec-WebSocket-Protocol: ";

/// Judges the bytes that came so far.
#[inline]
pub(super) fn judge(bytes: &[u8], nonce: u8, requested: &[u8], accept: AcceptHeader) -> Response {
    usual(bytes, nonce, requested).unwrap_or_else(|| judge_any(bytes, nonce, requested, accept))
}

/// What to say of a response as servers usually write it, so that the rest of this file is for the others.
fn usual(bytes: &[u8], nonce: u8, requested: &[u8]) -> Option<Response> {
    let Some(rest) = bytes.strip_prefix(USUAL) else {
        return USUAL.starts_with(bytes).then_some(Response::Incomplete);
    };
    let rest = rest.strip_prefix(accept(nonce))?;
    if requested.is_empty() {
        let head_len = small(USUAL.len() + 28 + 4);
        return rest.starts_with(b"\r\n\r\n").then_some(Response::Valid { head_len, protocol: (0, 0) });
    }
    let rest = rest.strip_prefix(PROTOCOL)?;
    let len = rest.iter().position(|byte| !byte.is_ascii_graphic())?;
    let is_requested = requested.split(|&byte| byte == b',').any(|protocol| protocol == &rest[..len]);
    if len == 0 || !is_requested || !rest[len..].starts_with(b"\r\n\r\n") {
        return None;
    }
    let start = USUAL.len() + 28 + PROTOCOL.len();
    let protocol = (small(start), small(start + len));
    Some(Response::Valid { head_len: small(start + len + 4), protocol })
}

#[inline(never)]
fn judge_any(bytes: &[u8], nonce: u8, requested: &[u8], knob: AcceptHeader) -> Response {
    if bytes.len() > LEN_MAX {
        return Response::Unclear { head_len: None };
    }
    let mut start = 0;
    loop {
        let Some((len, end)) = head_end(&bytes[start..]) else { return Response::Incomplete };
        let head = start..start + len;
        let end = start + end;
        match status(&bytes[head.clone()]) {
            Some(101) => return fields(bytes, head, end, nonce, requested, knob),
            // What is wrong with an interim response is not said.
            Some(100..=199) if is_plain(&bytes[head]) => start = end,
            Some(100..=199) => return Response::Unclear { head_len: None },
            Some(_) => return Response::Invalid,
            // Whether it is an interim one is not known either, nor where frames begin.
            None => return Response::Unclear { head_len: None },
        }
    }
}

/// The length of a head without and with the empty line that ends it; lines may end with LF alone.
fn head_end(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut at = 0;
    loop {
        at += bytes[at..].iter().position(|&byte| byte == b'\n')?;
        match bytes[at + 1..] {
            [b'\n', ..] => return Some((at, at + 2)),
            [b'\r', b'\n', ..] => return Some((at, at + 3)),
            _ => at += 1,
        }
    }
}

/// Whether each line after the first is a field.
fn is_plain(head: &[u8]) -> bool {
    lines(head).all(|(start, line)| match start {
        0 => is_text(line),
        _ => is_folded_text(line) && name_and_value(line).is_some(),
    })
}

/// The lines of a head and where they start, each up to its LF and with those that are folded into it (RFC 9112
/// section 5.2).
fn lines(head: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = Some(0);
    iter::from_fn(move || {
        let start = next?;
        let is_end = |at: &usize| head[*at] == b'\n' && !matches!(head.get(at + 1), Some(b' ' | b'\t'));
        let end = (start..head.len()).find(is_end);
        next = end.map(|end| end + 1);
        Some((start, &head[start..end.unwrap_or(head.len())]))
    })
}

/// Whether a line has nothing in it but text and the CR of its end.
fn is_text(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.iter().all(|&byte| (byte >= 0x20 || byte == b'\t') && byte != 0x7f)
}

/// As [`is_text`], of each of the lines that are folded into one.
fn is_folded_text(line: &[u8]) -> bool {
    line.split(|&byte| byte == b'\n').all(is_text)
}

/// Splits a line that is certainly a field.
fn name_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = &line[..colon];
    let is_name = !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_name.then_some((name, &line[colon + 1..]))
}

fn small(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// The status code of a head that begins like HTTP/1.1.
fn status(head: &[u8]) -> Option<u16> {
    let [hundreds, tens, ones, rest @ ..] = head.strip_prefix(b"HTTP/1.1 ")? else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let code = digit(hundreds)? * 100 + digit(tens)? * 10 + digit(ones)?;
    matches!(rest, [] | [b' ' | b'\r', ..]).then_some(code)
}

fn fields(
    bytes: &[u8],
    head: Range<usize>,
    end: usize,
    nonce: u8,
    requested: &[u8],
    knob: AcceptHeader,
) -> Response {
    let unclear = Response::Unclear { head_len: Some(small(end)) };
    let (mut upgrades, mut websockets, mut upgrade_token, mut accepts, mut right, mut extensions) =
        (0, 0, false, 0, 0, false);
    let mut chosen: Option<Range<usize>> = None;
    let mut choices = 0;
    for (start, line) in lines(&bytes[head.clone()]) {
        if start == 0 {
            // Whitespace behind the status line is refused by some readers and passed over by others.
            if !is_text(line) {
                return unclear;
            }
            continue;
        }
        if !is_folded_text(line) {
            return unclear;
        }
        let Some((name, padded)) = name_and_value(line) else { return unclear };
        let value = padded.trim_ascii();
        // The length of the name tells the fields that matter apart but for a look at one of them.
        match name.len() {
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                upgrades += 1;
                websockets += u32::from(value.eq_ignore_ascii_case(b"websocket"));
            }
            10 if name.eq_ignore_ascii_case(b"connection") => {
                upgrade_token |= value
                    .split(|&byte| byte == b',')
                    .any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade"));
            }
            20 if name.eq_ignore_ascii_case(b"sec-websocket-accept") && knob == AcceptHeader::Required => {
                accepts += 1;
                right += u32::from(value == accept(nonce));
            }
            22 if name.eq_ignore_ascii_case(b"sec-websocket-protocol") => {
                choices += 1;
                let value_at = head.start + start + line.len() - padded.trim_ascii_start().len();
                chosen = Some(value_at..value_at + value.len());
            }
            24 if name.eq_ignore_ascii_case(b"sec-websocket-extensions") => extensions = true,
            _ => {}
        }
    }
    if upgrades > 1 || accepts > 1 || choices > 1 {
        // A field that is not a list, twice: invalid for some readers, and for others the first or the last counts.
        return unclear;
    }
    let is_requested = match &chosen {
        Some(range) if range.is_empty() => !requested.is_empty(),
        Some(range) => requested
            .split(|&byte| byte == b',')
            .any(|protocol| protocol.trim_ascii() == &bytes[range.clone()]),
        None => requested.is_empty(),
    };
    let is_empty_choice = chosen.as_ref().is_some_and(Range::is_empty);
    let is_for_another = right == 0 && knob == AcceptHeader::Required;
    if websockets == 0 || !upgrade_token || is_for_another || extensions || !is_requested || is_empty_choice {
        return Response::Invalid;
    }
    let protocol = chosen.map_or((0, 0), |range| (small(range.start), small(range.end)));
    Response::Valid { head_len: small(end), protocol }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;
    use crate::wire::handshake;

    fn response(nonce: u8, more: &str) -> String {
        let accept = core::str::from_utf8(handshake::accept(nonce)).expect("ASCII");
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n{more}\r\n"
        )
    }

    #[track_caller]
    fn check(bytes: &str, requested: &str, want: Response) {
        assert_eq!(judge(bytes.as_bytes(), 3, requested.as_bytes(), AcceptHeader::Required), want, "{bytes}");
    }

    #[test]
    fn the_expected_response_is_valid_and_ends_at_its_blank_line() {
        let text = response(3, "");
        let head_len = small(text.len());
        check(&text, "", Response::Valid { head_len, protocol: (0, 0) });
        check(&format!("{text}\u{1}"), "", Response::Valid { head_len, protocol: (0, 0) });
        check(&text[..text.len() - 1], "", Response::Incomplete);
        let bare = text.replace("\r\n", "\n");
        check(&bare, "", Response::Valid { head_len: small(bare.len()), protocol: (0, 0) });
        check(
            &format!("HTTP/1.1 103 Early Hints\r\n\r\n{text}"),
            "",
            Response::Valid { head_len: head_len + 28, protocol: (0, 0) },
        );
    }

    #[test]
    fn what_is_said_of_usual_responses_is_what_a_closer_look_finds() {
        let mut said = 0;
        for (protocol, requested) in [
            (None, ""),
            (None, "a"),
            (Some("a"), ""),
            (Some("a"), "b,a"),
            (Some("a "), "a ,b"),
            (Some(""), ""),
        ] {
            let mut bytes = alloc::vec::Vec::new();
            handshake::response(&mut bytes, 3, protocol);
            bytes.extend(b"\r\n\r\n");
            for at in 0..bytes.len() {
                for byte in [bytes[at], b'\r', b'\n', b' ', b',', b'b'] {
                    let mut changed = bytes.clone();
                    changed[at] = byte;
                    for bytes in [&changed[..], &changed[..at]] {
                        if let Some(found) = usual(bytes, 3, requested.as_bytes()) {
                            said += 1;
                            let text = bytes.escape_ascii();
                            assert_eq!(
                                found,
                                judge_any(bytes, 3, requested.as_bytes(), AcceptHeader::Required),
                                "{text}"
                            );
                        }
                    }
                }
            }
        }
        assert!(said > 1000, "only {said}");
    }

    #[test]
    fn the_subprotocol_must_be_one_of_those_asked_for() {
        let text = response(3, "Sec-WebSocket-Protocol:  b \r\n");
        let at = small(text.find(" b ").expect("it is there")) + 1;
        check(&text, "a,b", Response::Valid { head_len: small(text.len()), protocol: (at, at + 1) });
        check(&text, "a", Response::Invalid);
        check(&text, "", Response::Invalid);
        check(&response(3, ""), "a", Response::Invalid);
    }

    #[test]
    fn a_folded_line_belongs_to_the_one_before_it() {
        let text = response(3, "").replace("keep-alive, Upgrade", "keep-alive,\r\n\tUpgrade,\n x");
        check(&text, "", Response::Valid { head_len: small(text.len()), protocol: (0, 0) });
        let text = response(3, "Sec-WebSocket-Protocol:\r\n b\r\n");
        let at = small(text.find("b\r\n\r\n").expect("it is there"));
        check(&text, "b", Response::Valid { head_len: small(text.len()), protocol: (at, at + 1) });
        check(&response(3, "").replace("websocket", "web\r\n socket"), "", Response::Invalid);
        let text = response(3, "").replace("Protocols\r\n", "Protocols\r\n x\r\n");
        check(&text, "", Response::Unclear { head_len: Some(small(text.len())) });
    }

    #[test]
    fn a_line_ends_with_one_cr() {
        for (old, new) in [("Upgrade\r\n", "Upgrade\r\r\n"), ("Upgrade\r\n", "Upgrade\r\r\n x\r\n")] {
            let text = response(3, "").replace(old, new);
            check(&text, "", Response::Unclear { head_len: Some(small(text.len())) });
        }
    }

    #[test]
    fn a_missing_or_wrong_field_is_invalid() {
        check(&response(4, ""), "", Response::Invalid);
        check(&response(3, "").replace("websocket", "h2c"), "", Response::Invalid);
        check(&response(3, "").replace("keep-alive, Upgrade", "close"), "", Response::Invalid);
        check(&response(3, "").replace("101", "200"), "", Response::Invalid);
        check(&response(3, "Sec-WebSocket-Extensions: x\r\n"), "", Response::Invalid);
    }

    #[test]
    fn what_is_not_plain_http_is_left_open() {
        check("FOO BAR BAZ\r\n\r\n", "", Response::Unclear { head_len: None });
        check("HTTP/1.0 102 x\r\n\r\n", "", Response::Unclear { head_len: None });
        check("HTTP/1.1 100 \r\nno field\r\n\r\n", "", Response::Unclear { head_len: None });
        check(
            &response(3, "Upgrade: websocket\r\n"),
            "",
            Response::Unclear { head_len: Some(small(response(3, "Upgrade: websocket\r\n").len())) },
        );
    }
}
