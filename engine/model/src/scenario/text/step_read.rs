//! One step of a peer: read.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

use super::error::Fault;
use super::lexer::{Cursor, Word};
use super::near;
use super::step_print::{AWAITED, FRAMES, UNREACHABLE, awaited, unreachable};
use super::string::hex;
use crate::scenario::bounds::ITEM_LEN_MAX;
use crate::scenario::{Frame, Item, Payload, PeerStep};

const VERBS: [&str; 18] = [
    "accept",
    "http",
    "close",
    "echo",
    "text",
    "binary",
    "ping",
    "pong",
    "continuation",
    "frame",
    "bytes",
    "wait",
    "delay",
    "fin",
    "rst",
    "stop-reading",
    "resume-reading",
    "unreachable",
];

/// Reads the step that is the whole of `cursor`'s line.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<PeerStep, Fault> {
    let verb = cursor.word();
    let step = match verb.text {
        "wait" => {
            let until = one_of(cursor, "what is waited for", &AWAITED, awaited)?;
            let at_most_ms = if cursor.peek().is_some() { Some(time(cursor)?) } else { None };
            PeerStep::Wait { until, at_most_ms }
        }
        "delay" => PeerStep::Delay { ms: time(cursor)? },
        "fin" => PeerStep::Fin,
        "rst" => PeerStep::Rst,
        "stop-reading" => PeerStep::StopReading,
        "resume-reading" => PeerStep::ResumeReading,
        "unreachable" => {
            PeerStep::Unreachable(one_of(cursor, "why it is unreachable", &UNREACHABLE, unreachable)?)
        }
        _ => {
            let item = item(cursor, verb)?;
            if len(&item) > ITEM_LEN_MAX {
                let message = format!("the step writes {} bytes", len(&item));
                return Err(cursor
                    .within(verb.at)
                    .fault(message, format!("a step writes at most {ITEM_LEN_MAX}")));
            }
            let corked = cursor.eat('+');
            cursor.end("after what is written comes nothing but a `+`, which holds it back")?;
            return Ok(PeerStep::Write { item, corked });
        }
    };
    cursor.end("a step is all of its string")?;
    Ok(step)
}

fn item(cursor: &mut Cursor<'_>, verb: Word<'_>) -> Result<Item, Fault> {
    match verb.text {
        "accept" => {
            let name = cursor.name();
            let protocol = match name.text {
                "" => None,
                "protocol" => {
                    cursor.expect('=', "write accept protocol=\"chat\"")?;
                    Some(Cow::Owned(cursor.utf8_string()?))
                }
                _ => {
                    let message = format!("unknown attribute {}", name.quoted());
                    return Err(name.fault(message, near::advise(name.text, &["protocol"])));
                }
            };
            Ok(Item::Accept { protocol })
        }
        "http" => cursor.utf8_string().map(|text| Item::Http(Cow::Owned(text))),
        "echo" => Ok(Item::Echo),
        "bytes" => {
            let digits = cursor.run(|c| c.is_ascii_alphanumeric() || c == ' ');
            hex(digits.text.chars()).map(|bytes| Item::Bytes(Cow::Owned(bytes))).ok_or_else(|| {
                let advice = "write two digits a byte, as in bytes 8802 03e8";
                digits.fault(format!("expected bytes in hexadecimal, found {}", digits.quoted()), advice)
            })
        }
        "close" if cursor.peek().is_some_and(|c| c.is_ascii_digit()) => {
            let code = status_code(cursor)?;
            let reason = data(cursor)?.unwrap_or_default();
            Ok(Item::Frame(Frame::close(code, reason)))
        }
        "close" => match cursor.peek() {
            None | Some('+') => Ok(Item::Frame(Frame::new(8, &b""[..]))),
            Some(_) => Err(cursor.expected("a status code", "write close 1000 \"bye\", close 1000 or close")),
        },
        "frame" => frame(cursor).map(Item::Frame),
        _ => match FRAMES.iter().find(|(known, _)| *known == verb.text) {
            Some(&(_, opcode)) => {
                Ok(Item::Frame(Frame { payload: payload(cursor)?, ..Frame::new(opcode, &b""[..]) }))
            }
            None if verb.text.is_empty() => Err(cursor.expected("a step", &near::one_of(&VERBS))),
            None => {
                Err(verb.fault(format!("unknown step {}", verb.quoted()), near::advise(verb.text, &VERBS)))
            }
        },
    }
}

fn frame(cursor: &mut Cursor<'_>) -> Result<Frame, Fault> {
    let (mut fin, mut rsv, mut opcode, mut mask) = (None, None, None, None);
    loop {
        let name = cursor.name();
        let is_repeated = match name.text {
            "fin" => fin.is_some(),
            "rsv" => rsv.is_some(),
            "opcode" => opcode.is_some(),
            "mask" => mask.is_some(),
            "" | "bytes" | "close" => {
                cursor.at = name.at;
                break;
            }
            unknown => {
                let advice = near::advise(unknown, &["fin", "rsv", "opcode", "mask"]);
                return Err(name.fault(format!("unknown attribute {}", name.quoted()), advice));
            }
        };
        if is_repeated {
            return Err(name.fault(format!("{} is there twice", name.quoted()), "leave one of them out"));
        }
        cursor.expect('=', "write a frame as in frame fin=0 rsv=4 opcode=1 mask=01020304 \"hi\"")?;
        match name.text {
            "fin" => fin = Some(cursor.decimal("FIN", 1)?),
            "rsv" => rsv = Some(cursor.decimal("RSV1 to RSV3", 7)?),
            "opcode" => opcode = Some(cursor.decimal("an opcode", 15)?),
            _ => {
                let digits = cursor.word();
                let key = hex(digits.text.chars()).and_then(|key| <[u8; 4]>::try_from(key).ok());
                mask = Some(key.ok_or_else(|| {
                    let message = format!("expected a masking key, found {}", digits.quoted());
                    digits.fault(message, "write 8 hexadecimal digits, as in mask=01020304")
                })?);
            }
        }
    }
    let Some(opcode) = opcode else {
        return Err(cursor.expected("`opcode=`", "write a frame as in frame opcode=1 \"hi\""));
    };
    Ok(Frame {
        is_final: fin != Some(0),
        rsv: rsv.unwrap_or(0) as u8,
        opcode: opcode as u8,
        mask,
        payload: payload(cursor)?,
    })
}

fn payload(cursor: &mut Cursor<'_>) -> Result<Payload, Fault> {
    let name = cursor.name();
    if name.text != "close" {
        cursor.at = name.at;
        return Ok(Payload::Bytes(Cow::Owned(data(cursor)?.unwrap_or_default())));
    }
    cursor.expect('(', "write the body of a Close frame as in close(1000, \"bye\")")?;
    let code = status_code(cursor)?;
    let mut reason = Vec::new();
    if cursor.eat(',') {
        let found = data(cursor)?;
        reason = found.ok_or_else(|| cursor.expected("a reason", "write close(1000, \"bye\")"))?;
    }
    cursor.expect(')', "write the body of a Close frame as in close(1000, \"bye\")")?;
    Ok(Payload::Close(code, Cow::Owned(reason)))
}

fn status_code(cursor: &mut Cursor<'_>) -> Result<u16, Fault> {
    cursor.decimal("a status code", u32::from(u16::MAX)).map(|code| code as u16)
}

/// A string's UTF-8 or `bytes("00ff")`, if one of them is next.
fn data(cursor: &mut Cursor<'_>) -> Result<Option<Vec<u8>>, Fault> {
    if cursor.peek() == Some('"') {
        return cursor.utf8_string().map(|text| Some(text.into_bytes()));
    }
    let name = cursor.name();
    if name.text == "bytes" {
        return cursor.bytes_in_parentheses().map(Some);
    }
    cursor.at = name.at;
    match cursor.peek() {
        None | Some('+' | ')') => Ok(None),
        Some(_) => Err(cursor.expected("a string or bytes", "write \"text\" or bytes(\"00ff\")")),
    }
}

pub(super) fn time(cursor: &mut Cursor<'_>) -> Result<u32, Fault> {
    let word = cursor.word();
    let (number, unit) = match (word.text.strip_suffix("ms"), word.text.strip_suffix('s')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 1000),
        (None, None) => ("", 1),
    };
    let is_decimal = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let ms = number.parse().ok().filter(|_| is_decimal).and_then(|number: u32| number.checked_mul(unit));
    ms.ok_or_else(|| {
        let advice = format!("write times as in 700ms or 2s, up to {}ms", u32::MAX);
        if word.text.is_empty() {
            return cursor.expected("a time", &advice);
        }
        word.fault(format!("expected a time, found {}", word.quoted()), advice)
    })
}

/// The one of `known` whose name is next.
fn one_of<T: Copy>(
    cursor: &mut Cursor<'_>,
    what: &str,
    known: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, Fault> {
    let word = cursor.word();
    match known.iter().find(|&&value| name(value) == word.text) {
        Some(&value) => Ok(value),
        None => {
            let names: Vec<_> = known.iter().map(|&value| name(value)).collect();
            cursor.at = word.at;
            Err(cursor.expected(what, &near::advise(word.text, &names)))
        }
    }
}

/// The bytes that an item writes, its symbols as they stand in the scenario.
fn len(item: &Item) -> usize {
    match item {
        Item::Bytes(bytes) => bytes.len(),
        Item::Accept { protocol } => protocol.as_ref().map_or(0, |protocol| protocol.len()),
        Item::Http(text) => text.len(),
        Item::Frame(Frame { payload: Payload::Bytes(bytes), .. }) => bytes.len(),
        Item::Frame(Frame { payload: Payload::Close(_, reason), .. }) => 2 + reason.len(),
        Item::Echo => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::Budget;
    use super::*;

    fn parse(text: &str) -> Result<PeerStep, Fault> {
        read(&mut Cursor::new(text, &mut Budget::new()))
    }

    #[track_caller]
    fn check_fault(text: &str, at: usize, message: &str, advice: &str) {
        let fault = parse(text).expect_err(text);
        assert_eq!((fault.span.start, &*fault.message, &*fault.advice), (at, message, advice));
    }

    #[test]
    fn a_near_miss_is_told_the_right_word() {
        check_fault("stop-readin", 0, "unknown step `stop-readin`", "did you mean `stop-reading`?");
        check_fault("Close 1000", 0, "unknown step `Close`", "did you mean `close`?");
        check_fault("wait clsoe", 5, "expected what is waited for, found `clsoe`", "did you mean `close`?");
        check_fault("frame opcod=1", 6, "unknown attribute `opcod`", "did you mean `opcode`?");
        check_fault("accept protocl=\"a\"", 7, "unknown attribute `protocl`", "did you mean `protocol`?");
    }

    #[test]
    fn a_fault_points_into_the_step() {
        check_fault(
            "close \"bye\"",
            6,
            "expected a status code, found `\"`",
            "write close 1000 \"bye\", close 1000 or close",
        );
        check_fault(
            "close 65536",
            6,
            "expected a status code, found `65536`",
            "write a number from 0 to 65535",
        );
        check_fault(
            "close 1000 bye",
            11,
            "expected a string or bytes, found `bye`",
            "write \"text\" or bytes(\"00ff\")",
        );
        check_fault(
            "delay 50",
            6,
            "expected a time, found `50`",
            "write times as in 700ms or 2s, up to 4294967295ms",
        );
        check_fault(
            "delay 4294968s",
            6,
            "expected a time, found `4294968s`",
            "write times as in 700ms or 2s, up to 4294967295ms",
        );
        check_fault(
            "bytes 880",
            6,
            "expected bytes in hexadecimal, found `880`",
            "write two digits a byte, as in bytes 8802 03e8",
        );
        check_fault(
            "frame opcode=1 mask=0102",
            20,
            "expected a masking key, found `0102`",
            "write 8 hexadecimal digits, as in mask=01020304",
        );
        check_fault("frame rsv=8", 10, "expected RSV1 to RSV3, found `8`", "write a number from 0 to 7");
        check_fault("frame fin=1 fin=0", 12, "`fin` is there twice", "leave one of them out");
        check_fault("fin +", 4, "expected the end of the line, found `+`", "a step is all of its string");
        check_fault(
            "text \"\\ud800\"",
            5,
            "expected text, found a lone surrogate, which has no UTF-8 form",
            "write the bytes that are meant, as in bytes(\"eda080\")",
        );
    }

    #[test]
    fn a_step_writes_no_more_than_its_bound() {
        assert!(parse("text \"a\".repeat(1048576)").is_ok());
        assert!(parse("close 1000 \"a\".repeat(1048574)").is_ok());
        check_fault(
            "close 1000 \"a\".repeat(1048575)",
            0,
            "the step writes 1048577 bytes",
            "a step writes at most 1048576",
        );
    }
}
