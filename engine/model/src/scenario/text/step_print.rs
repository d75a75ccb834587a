//! One step of a peer: printed.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::lexer::Budget;
use super::string::{push_bytes, push_hex, push_string};
use crate::scenario::{Awaited, Frame, Item, Payload, PeerStep, Unreachable};

/// The frames that have a verb of their own, by opcode. A Close frame's is different, because its payload is.
pub(super) const FRAMES: [(&str, u8); 5] =
    [("continuation", 0), ("text", 1), ("binary", 2), ("ping", 9), ("pong", 10)];

pub(super) const AWAITED: [Awaited; 4] = [Awaited::Request, Awaited::Data, Awaited::Close, Awaited::Fin];

pub(super) fn awaited(awaited: Awaited) -> &'static str {
    match awaited {
        Awaited::Request => "request",
        Awaited::Data => "data",
        Awaited::Close => "close",
        Awaited::Fin => "fin",
    }
}

pub(super) const UNREACHABLE: [Unreachable; 4] =
    [Unreachable::Name, Unreachable::Route, Unreachable::Refused, Unreachable::Tls];

pub(super) fn unreachable(why: Unreachable) -> &'static str {
    match why {
        Unreachable::Name => "name",
        Unreachable::Route => "route",
        Unreachable::Refused => "refused",
        Unreachable::Tls => "tls",
    }
}

/// Appends `step`.
pub(super) fn push_step(line: &mut String, step: &PeerStep, budget: &mut Budget) {
    match step {
        PeerStep::Write { item, corked } => {
            push_item(line, item, budget);
            line.push_str(if *corked { " +" } else { "" });
        }
        PeerStep::Wait { until, at_most_ms } => {
            line.push_str("wait ");
            line.push_str(awaited(*until));
            if let Some(ms) = at_most_ms {
                push_time(line, *ms);
            }
        }
        PeerStep::Delay { ms } => {
            line.push_str("delay");
            push_time(line, *ms);
        }
        PeerStep::Fin => line.push_str("fin"),
        PeerStep::Rst => line.push_str("rst"),
        PeerStep::StopReading => line.push_str("stop-reading"),
        PeerStep::ResumeReading => line.push_str("resume-reading"),
        PeerStep::Unreachable(why) => {
            line.push_str("unreachable ");
            line.push_str(unreachable(*why));
        }
    }
}

fn push_time(line: &mut String, ms: u32) {
    match ms {
        1.. if ms.is_multiple_of(1000) => write!(line, " {}s", ms / 1000),
        _ => write!(line, " {ms}ms"),
    }
    .expect("a string takes everything");
}

fn push_item(line: &mut String, item: &Item, budget: &mut Budget) {
    match item {
        Item::Bytes(bytes) => {
            line.push_str(if bytes.is_empty() { "bytes" } else { "bytes " });
            push_hex(line, bytes);
        }
        Item::Accept { protocol: None } => line.push_str("accept"),
        Item::Accept { protocol: Some(protocol) } => {
            line.push_str("accept protocol=");
            push_text(line, protocol, budget);
        }
        Item::Http(text) => {
            line.push_str("http ");
            push_text(line, text, budget);
        }
        Item::Echo => line.push_str("echo"),
        Item::Frame(frame) => push_frame(line, frame, budget),
    }
}

fn push_frame(line: &mut String, frame: &Frame, budget: &mut Budget) {
    let Frame { is_final, rsv, opcode, mask, payload } = frame;
    let verb = FRAMES.iter().find(|(_, known)| known == opcode).map(|&(name, _)| name);
    match (payload, verb) {
        (Payload::Close(code, reason), _) if is_plain(frame) && *opcode == 8 => {
            write!(line, "close {code}").expect("a string takes everything");
            push_data(line, " ", reason, budget);
            return;
        }
        (Payload::Bytes(bytes), _) if is_plain(frame) && *opcode == 8 && bytes.is_empty() => {
            line.push_str("close");
            return;
        }
        (Payload::Bytes(_) | Payload::Close(..), Some(verb)) if is_plain(frame) => line.push_str(verb),
        (Payload::Bytes(_) | Payload::Close(..), _) => {
            line.push_str(if *is_final { "frame" } else { "frame fin=0" });
            if *rsv != 0 {
                write!(line, " rsv={rsv}").expect("a string takes everything");
            }
            write!(line, " opcode={opcode}").expect("a string takes everything");
            if let Some(key) = mask {
                line.push_str(" mask=");
                push_hex(line, key);
            }
        }
    }
    match payload {
        Payload::Bytes(bytes) => push_data(line, " ", bytes, budget),
        Payload::Close(code, reason) => {
            write!(line, " close({code}").expect("a string takes everything");
            push_data(line, ", ", reason, budget);
            line.push(')');
        }
    }
}

/// Whether the frame differs from [`Frame::new`] in its payload only.
fn is_plain(frame: &Frame) -> bool {
    frame.is_final && frame.rsv == 0 && frame.mask.is_none()
}

fn push_text(line: &mut String, text: &str, budget: &mut Budget) {
    push_string(line, &text.encode_utf16().collect::<Vec<_>>(), budget);
}

/// Appends `before` and `data`, as text if it is some, or nothing if there are no bytes.
fn push_data(line: &mut String, before: &str, data: &[u8], budget: &mut Budget) {
    if data.is_empty() {
        return;
    }
    line.push_str(before);
    match core::str::from_utf8(data) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n')) => {
            push_text(line, text, budget);
        }
        Ok(_) | Err(_) => push_bytes(line, data, budget),
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Fault;
    use super::super::lexer::Cursor;
    use super::super::step_read::read;
    use super::*;

    fn parse(text: &str) -> Result<PeerStep, Fault> {
        read(&mut Cursor::new(text, &mut Budget::new()))
    }

    /// `text` is read, and printed as `want`, which is read as the same.
    #[track_caller]
    fn check(text: &str, want: &str) {
        let step = parse(text).expect(text);
        let mut line = String::new();
        push_step(&mut line, &step, &mut Budget::new());
        assert_eq!(line, want);
        assert_eq!(parse(&line), Ok(step));
    }

    #[test]
    fn every_kind_of_step_is_read_and_printed() {
        for text in [
            "accept",
            r#"accept protocol="chat""#,
            r#"accept protocol="""#,
            r#"http "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n""#,
            "close",
            "close 1000",
            r#"close 65535 "bye""#,
            r#"close 1000 bytes("c328")"#,
            "echo",
            r#"text "hi""#,
            "text",
            r#"binary bytes("00ff")"#,
            r#"ping "x""#,
            "pong",
            r#"continuation "a".repeat(70000)"#,
            r#"ping close(1000, "x")"#,
            r#"frame fin=0 rsv=4 opcode=1 mask=01020304 "hi""#,
            r#"frame opcode=8 mask=00000000 close(1000, "x")"#,
            "frame fin=0 opcode=8 close(1000)",
            r#"frame opcode=8 "ab""#,
            "frame opcode=15",
            "bytes",
            "bytes 880203e8",
            "accept +",
            "close 1000 +",
            "bytes 88 +",
            "wait close",
            "wait close 700ms",
            "wait request 2s",
            "wait data 0ms",
            "wait fin",
            "delay 50ms",
            "fin",
            "rst",
            "stop-reading",
            "resume-reading",
            "unreachable name",
            "unreachable route",
            "unreachable refused",
            "unreachable tls",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn what_is_written_otherwise_is_printed_in_one_form() {
        check("bytes 8802 03E8", "bytes 880203e8");
        check("  close  1000  \"\"  +  ", "close 1000 +");
        check("frame opcode=1 fin=1 rsv=0 \"hi\"", "text \"hi\"");
        check("frame opcode=8 close(1000)", "close 1000");
        check("frame opcode=8", "close");
        check("wait close 2000ms", "wait close 2s");
        check("text bytes(\"6869\")", "text \"hi\"");
        check("text \"\\0\"", "text bytes(\"00\")");
        check("binary bytes(\"00\".repeat(65536))", "binary bytes(\"00\".repeat(65536))");
    }
}
