//! `decode`: what a byte string of frames consists of, and everything that is wrong with it.

use std::ffi::{OsStr, OsString};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use wasclean_explore::dissect::{Dissection, Frame, Offence, Place, Rest, dissect};
use wasclean_model::status_code::{class, registration};
use wasclean_model::wire::Role;

use crate::bytes::{self, Form};
use crate::failure::{Failure, Verdict};
use crate::output::Output;
use crate::style::{BAD, FAINT, GOOD, STRONG};
use crate::words;

const EXAMPLES: &str = "\
Examples:
  wasclean decode 880503e8627965
  wasclean decode \"81 85 37fa213d 7f9f4d5158\" --role server
  wasclean decode capture.bin
  printf '\\x88\\x00' | wasclean decode -

The exit status is 1 if something is wrong. After an offence an endpoint reads nothing more; what follows is shown \
where the next frame can still be found.";

/// Decode frames and Close frames, with everything that is wrong in them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Hexadecimal digits, a file, or - for standard input
    #[arg(value_name = "HEX or FILE", required = true, num_args = 1..)]
    bytes: Vec<OsString>,
    /// Who receives the bytes: a client's frames are masked, a server's are not
    #[arg(long, value_enum, default_value = "client")]
    role: Receiver,
    /// The file holds hexadecimal digits and not the bytes themselves
    #[arg(long)]
    hex: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Receiver {
    /// The bytes come from a server
    Client,
    /// The bytes come from a client
    Server,
}

pub(crate) fn decode(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let form = if arguments.hex { Form::Hex } else { Form::Raw };
    // Several arguments are digits that were not quoted.
    let bytes = bytes::read(&arguments.bytes.join(OsStr::new(" ")), form)?;
    let role = match arguments.role {
        Receiver::Client => Role::Client,
        Receiver::Server => Role::Server,
    };
    let found = dissect(&bytes, role);
    for (index, frame) in found.frames.iter().enumerate() {
        out.line(describe(frame))?;
        for offence in found.offences.iter().filter(|offence| offence.frame == index) {
            out.line(complaint(offence, &bytes, &found))?;
        }
        out.object(&frame_object(frame))?;
    }
    // Of a header that is not complete there is no frame, but there may be offences.
    let rest_at = found
        .frames
        .last()
        .map_or(0, |frame| frame.at + u64::from(frame.header_len) + frame.payload.len() as u64);
    let rest = match found.rest {
        Rest::Nothing if bytes.is_empty() => Some("no bytes, hence no frame".to_owned()),
        Rest::Nothing => None,
        Rest::Header(count) => Some(format!(
            "{rest_at:06x}  the end: {} of a header that is longer",
            words::counted(count as u64, "byte")
        )),
        Rest::Payload(missing) => {
            Some(format!("{rest_at:06x}  the end: the payload lacks {}", words::counted(missing, "byte")))
        }
        Rest::Unframed(count) => Some(format!(
            "{rest_at:06x}  {} whose frame has no known end",
            words::counted(count as u64, "byte")
        )),
    };
    if let Some(rest) = rest {
        out.line(words::faint(rest))?;
    }
    for offence in found.offences.iter().filter(|offence| offence.frame >= found.frames.len()) {
        out.line(complaint(offence, &bytes, &found))?;
    }
    let frames = words::counted(found.frames.len() as u64, "frame");
    if found.offences.is_empty() {
        out.line(format_args!("{GOOD}{frames}, nothing wrong{GOOD:#}"))?;
    } else {
        out.line(format_args!(
            "{BAD}{frames}, {}{BAD:#}",
            words::counted(found.offences.len() as u64, "offence")
        ))?;
    }
    out.object(&json!({
        "bytes": bytes.len(),
        "frames": found.frames.len(),
        "offences": found.offences.iter().map(|offence| offence_object(offence, &found)).collect::<Vec<_>>(),
        "rest": match found.rest {
            Rest::Nothing => json!(null),
            Rest::Header(count) => json!({ "kind": "header", "bytes": count }),
            Rest::Payload(missing) => json!({ "kind": "payload", "missing": missing }),
            Rest::Unframed(count) => json!({ "kind": "unframed", "bytes": count }),
        },
    }))?;
    Ok(Verdict::of(!found.offences.is_empty()))
}

fn opcode_name(opcode: u8) -> &'static str {
    match opcode {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "Close",
        9 => "Ping",
        10 => "Pong",
        _ => "reserved",
    }
}

fn place_name(place: Place) -> &'static str {
    match place {
        Place::Outside => "",
        Place::Whole => "whole message",
        Place::First => "first fragment",
        Place::Middle => "fragment",
        Place::Last => "last fragment",
    }
}

fn describe(frame: &Frame) -> String {
    let head = frame.head;
    let mut words = vec![words::counted(frame.len, "byte")];
    if head.opcode() > 10 || (3..8).contains(&head.opcode()) {
        words.push(format!("opcode {}", head.opcode()));
    }
    if !place_name(frame.place).is_empty() {
        words.push(place_name(frame.place).to_owned());
    }
    if !head.is_final() && frame.place == Place::Outside {
        words.push("without FIN".to_owned());
    }
    let rsv = head.first >> 4 & 7;
    if rsv != 0 {
        words.push(format!("RSV {rsv:03b}"));
    }
    if let Some(mask) = frame.mask {
        words.push(format!("masked with {}", words::hex(&mask)));
    }
    if frame.is_after_close {
        words.push("after a Close, so it is discarded (K-TRAIL)".to_owned());
    }
    let contents = match (head.opcode(), frame.close_code()) {
        (8, Some(code)) => {
            let reason = match frame.close() {
                Some((_, reason)) => format!("{reason:?}"),
                None => words::hex(&frame.payload[2..]),
            };
            format!("\n        code {code} ({}, {:?}), reason {reason}", registration(code).name, class(code))
        }
        (8, None) if frame.len == 0 => "\n        no status code: a page is told 1005".to_owned(),
        _ if frame.payload.is_empty() => String::new(),
        (1, _) => format!("\n        {}", words::preview(&frame.payload)),
        _ => format!("\n        {}", words::hex(&frame.payload)),
    };
    format!(
        "{FAINT}{:06x}{FAINT:#}  {STRONG}{}{STRONG:#}, {}{contents}",
        frame.at,
        opcode_name(head.opcode()),
        words.join(", ")
    )
}

fn complaint(offence_at: &Offence, bytes: &[u8], found: &Dissection) -> String {
    let Offence { at, cause, .. } = *offence_at;
    let byte = usize::try_from(at).ok().and_then(|at| bytes.get(at)).copied().unwrap_or_default();
    let is_first = found.offences.first() == Some(offence_at);
    let consequence = match (is_first, cause.status_code()) {
        (true, Some(code)) => format!("; the connection is failed with Close {code}"),
        (true, None) => "; the connection is failed".to_owned(),
        (false, _) => String::new(),
    };
    format!(
        "        {BAD}wrong{BAD:#} at offset {at} (byte {byte:02x}): {cause} ({}){consequence}",
        cause.requirement()
    )
}

fn frame_object(frame: &Frame) -> Value {
    json!({
        "event": "frame",
        "at": frame.at,
        "fin": frame.head.is_final(),
        "rsv": frame.head.first >> 4 & 7,
        "opcode": frame.head.opcode(),
        "name": opcode_name(frame.head.opcode()),
        "mask": frame.mask.map(|mask| words::hex(&mask)),
        "header_len": frame.header_len,
        "len": frame.len,
        "complete": frame.is_complete(),
        "place": place_name(frame.place),
        "after_close": frame.is_after_close,
        "payload": frame.payload.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "close": frame.close().map(|(code, reason)| json!({
            "code": code,
            "name": registration(code).name,
            "class": format!("{:?}", class(code)),
            "reason": reason,
        })),
    })
}

fn offence_object(offence_at: &Offence, found: &Dissection) -> Value {
    json!({
        "at": offence_at.at,
        "frame": offence_at.frame,
        "cause": offence_at.cause,
        "requirement": offence_at.cause.requirement(),
        "message": offence_at.cause.to_string(),
        "close_code": offence_at.cause.status_code(),
        "decides": found.offences.first() == Some(offence_at),
    })
}
