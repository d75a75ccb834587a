//! Responses to the opening handshake, good and bad, whole and in every prefix.

use std::format;
use std::string::String;
use std::vec::Vec;

use super::{Accepted, RESPONSE_LEN_MAX, accept, parse_response, response};
use crate::trace::Cause;
use crate::wire::tests::Lcg;

const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn accepted(protocol: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    response(&mut out, 0, protocol);
    out
}

/// A response with this status line and these fields.
fn head(status_line: &str, fields: &[&str]) -> String {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    format!("{status_line}\r\n{fields}\r\n")
}

/// A 101 with its three required fields, and these before them.
fn head_101(fields: &[&str]) -> String {
    let accept = format!("Sec-WebSocket-Accept: {ACCEPT}");
    let required = ["Upgrade: websocket", "Connection: Upgrade", &accept];
    head("HTTP/1.1 101 Switching Protocols", &[fields, &required].concat())
}

/// Checks what comes of a response, and that each of its prefixes says the same or that more is needed.
#[track_caller]
fn check(bytes: &[u8], requested: &str, want: Result<Option<Accepted>, Cause>) {
    let requested = requested.as_bytes();
    let shown = bytes.escape_ascii();
    assert_eq!(parse_response(bytes, 0, requested), want, "{shown}");
    let mut decided = None;
    for len in 0..=bytes.len() {
        let result = parse_response(&bytes[..len], 0, requested);
        if result != Ok(None) || decided.is_some() {
            assert_eq!(&result, decided.get_or_insert_with(|| result.clone()), "{len} bytes of {shown}");
        }
    }
    assert_eq!(decided.unwrap_or(Ok(None)), want, "in bytes: {shown}");
}

#[track_caller]
fn check_accepts(text: &str) {
    check(text.as_bytes(), "", Ok(Some(Accepted { head_len: text.len(), protocol: 0..0 })));
}

#[track_caller]
fn check_refuses(text: &str, cause: Cause) {
    check(text.as_bytes(), "", Err(cause));
}

#[track_caller]
fn check_protocol(text: &str, requested: &str, want: Result<&str, Cause>) {
    let want = want.map(|protocol| {
        let start = text.find(protocol).expect("the value is in the text");
        Some(Accepted { head_len: text.len(), protocol: start..start + protocol.len() })
    });
    check(text.as_bytes(), requested, want);
}

#[test]
fn what_a_server_writes_is_accepted_for_its_nonce_and_no_other() {
    for nonce in 0..=u8::MAX {
        let mut bytes = Vec::new();
        response(&mut bytes, nonce, None);
        let want = Accepted { head_len: bytes.len(), protocol: 0..0 };
        assert_eq!(parse_response(&bytes, nonce, b""), Ok(Some(want)));
        assert_eq!(parse_response(&bytes, nonce.wrapping_add(1), b""), Err(Cause::Accept));
    }
}

#[test]
fn no_prefix_of_a_response_is_accepted() {
    for protocol in [None, Some("chat")] {
        let bytes = accepted(protocol);
        for len in 0..bytes.len() {
            assert_eq!(
                parse_response(&bytes[..len], 0, protocol.unwrap_or("").as_bytes()),
                Ok(None),
                "{len}"
            );
        }
    }
}

#[test]
fn what_follows_the_head_is_left_to_the_frames() {
    let mut bytes = accepted(None);
    let head_len = bytes.len();
    bytes.extend_from_slice(b"\x88\x02\x03\xe8");
    check(&bytes, "", Ok(Some(Accepted { head_len, protocol: 0..0 })));
}

#[test]
fn interim_responses_are_skipped_whatever_they_say() {
    let last = head_101(&[]);
    for interim in [
        head("HTTP/1.1 100 Continue", &[]),
        head("HTTP/1.1 102 Processing", &["Upgrade: h2c", "Sec-WebSocket-Extensions: x"]),
        head("HTTP/1.1 103 Early Hints", &["Link: </style.css>; rel=preload"]),
        head("HTTP/1.1 199", &[]),
    ] {
        check_accepts(&format!("{interim}{last}"));
        check_accepts(&format!("{interim}{interim}{last}"));
        check_refuses(&format!("{interim}{}", head("HTTP/1.1 404 Not Found", &[])), Cause::Status);
    }
}

#[test]
fn another_final_status_is_refused() {
    for status in ["200 OK", "204 No Content", "301 Moved", "401 Unauthorized", "404", "500 x", "000", "999 "]
    {
        check_refuses(&head(&format!("HTTP/1.1 {status}"), &["Location: /"]), Cause::Status);
    }
    check_refuses("HTTP/1.0 404 Not Found\r\n\r\n", Cause::Status);
}

#[test]
fn what_is_not_http_is_refused_at_the_first_byte_that_says_so() {
    check_refuses("FOO BAR BAZ\r\n\r\n", Cause::MalformedResponse);
    assert_eq!(parse_response(b"F", 0, b""), Err(Cause::MalformedResponse));
    assert_eq!(parse_response(b"HTTP/2", 0, b""), Err(Cause::MalformedResponse));
    assert_eq!(parse_response(b"HTTP/1.", 0, b""), Ok(None));
    let required = head_101(&[]);
    let after_the_line = &required[required.find('\r').expect("a line")..];
    for line in [
        "",
        "HTTP/1.1",
        "HTTP/1.1 ",
        "HTTP/1.1 10",
        "HTTP/1.1 1010",
        "HTTP/1.1 1x1",
        "HTTP/1.x 101 A",
        "http/1.1 101 A",
        "HTTP/1.1  101 A",
        "HTTP/1.1\t101 A",
        "HTTP/1.0 101 A",
        "HTTP/11 101 A",
        " HTTP/1.1 101 A",
        "HTTP/1.1 101 \x01",
    ] {
        check_refuses(&format!("{line}{after_the_line}"), Cause::MalformedResponse);
    }
    for line in ["HTTP/1.1 101", "HTTP/1.1 101 ", "HTTP/1.1 101 Any\tword \u{e9}", "HTTP/1.2 101 A"] {
        check_accepts(&format!("{line}{after_the_line}"));
    }
}

#[test]
fn a_field_that_is_not_one_is_refused() {
    for field in ["no colon", ": no name", "Space before : colon", "a\0: b", "a: \0", "a: b\rc", "a: \x7f"] {
        check_refuses(&head_101(&["X: y", field]), Cause::MalformedResponse);
    }
    check_accepts(&head_101(&["X:", "Y: ", "Z:\t a b \t", "!#$%&'*+-.^_`|~0aZ: \u{e9}"]));
}

#[test]
fn a_line_that_begins_with_whitespace_goes_on_with_the_one_before_it() {
    check_accepts(&head_101(&["X: y", " folded", "\t: and again", "Y: z"]));
    check_accepts(&head_101(&["X:", " ", "Y: z"]).replace("\r\n", "\n"));
    check_accepts(&with_line("Connection", "Connection: keep-alive,\r\n\tUpgrade\r\n"));
    check_accepts(&with_line("Upgrade", "Upgrade:\r\n websocket \r\n \r\n"));
    check_refuses(&with_line("Upgrade", "Upgrade: web\r\n socket\r\n"), Cause::Upgrade);
    check_refuses(&with_line("Connection", "Connection: up\r\n grade\r\n"), Cause::Connection);
    check_refuses(&head_101(&["X: y", " \0"]), Cause::MalformedResponse);
    // A name is in one line with its colon, and the status line is no field.
    check_refuses(&head_101(&["X", " : y"]), Cause::MalformedResponse);
    check_refuses(&head("HTTP/1.1 101 A\r\n folded", &["Upgrade: websocket"]), Cause::MalformedResponse);
    // Whether a line is complete is known with the byte behind it.
    let line = "HTTP/1.1 101 A\r\nUpgrade: x\r\n";
    assert_eq!(parse_response(line.as_bytes(), 0, b""), Ok(None));
    assert_eq!(parse_response(format!("{line}\r").as_bytes(), 0, b""), Err(Cause::Upgrade));
}

#[test]
fn a_line_may_end_with_lf_alone() {
    check_accepts(&head_101(&["X: y"]).replace("\r\n", "\n"));
    check_refuses(&head_101(&["X: y"]).replace("\r\n", "\r"), Cause::MalformedResponse);
}

#[test]
fn names_and_keywords_are_compared_without_case() {
    check_accepts(&format!(
        "HTTP/1.1 101 A\r\nUPGRADE: WebSocket\r\nconnection:uPGRADE\r\nsec-websocket-accept:\t {ACCEPT} \t\r\n\r\n"
    ));
}

/// The 101 with one of its lines replaced.
fn with_line(name: &str, line: &str) -> String {
    let text = head_101(&[]);
    let mut lines: Vec<&str> = text.split_inclusive("\r\n").collect();
    let index = lines.iter().position(|line| line.starts_with(name)).expect("the line is there");
    lines[index] = line;
    lines.concat()
}

#[test]
fn upgrade_is_there_and_says_websocket() {
    check_refuses(&with_line("Upgrade", ""), Cause::Upgrade);
    for value in ["", "h2c", "websocket2", "websocket, h2c", "websocket/13"] {
        check_refuses(&with_line("Upgrade", &format!("Upgrade: {value}\r\n")), Cause::Upgrade);
    }
    check_refuses(&head_101(&["Upgrade: websocket"]), Cause::Upgrade);
}

#[test]
fn connection_is_a_list_that_names_upgrade() {
    check_refuses(&with_line("Connection", ""), Cause::Connection);
    for value in ["", "keep-alive", "upgraded", "up grade", "keep-alive; upgrade"] {
        check_refuses(&with_line("Connection", &format!("Connection: {value}\r\n")), Cause::Connection);
    }
    for value in ["keep-alive, Upgrade", "upgrade,close", ",\tupgrade ,,"] {
        check_accepts(&with_line("Connection", &format!("Connection: {value}\r\n")));
    }
    check_accepts(&head_101(&["Connection: keep-alive"]));
    check_accepts(&with_line("Connection", "Connection: Upgrade\r\nConnection: keep-alive\r\n"));
}

#[test]
fn accept_is_the_text_that_answers_the_key() {
    check_refuses(&with_line("Sec-WebSocket-Accept", ""), Cause::Accept);
    check_refuses(&with_line("Sec-WebSocket-Accept", "Sec-WebSocket-Accept:\r\n"), Cause::Accept);
    let upper = ACCEPT.to_ascii_uppercase();
    check_refuses(
        &with_line("Sec-WebSocket-Accept", &format!("Sec-WebSocket-Accept: {upper}\r\n")),
        Cause::Accept,
    );
    check_refuses(&head_101(&[&format!("Sec-WebSocket-Accept: {ACCEPT}")]), Cause::Accept);
    let text = head_101(&[]);
    let start = text.find(ACCEPT).expect("it is there");
    for at in start..start + ACCEPT.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let result = parse_response(&bytes, 0, b"");
            assert!(matches!(result, Err(Cause::Accept | Cause::MalformedResponse)), "{at} {bit} {result:?}");
        }
    }
}

#[test]
fn no_extension_was_offered() {
    for field in [
        "Sec-WebSocket-Extensions: permessage-deflate",
        "sec-websocket-extensions: x; y",
        "Sec-WebSocket-Extensions:",
    ] {
        check_refuses(&head_101(&[field]), Cause::Extension);
    }
}

#[test]
fn the_subprotocol_is_one_of_those_requested() {
    let chosen = |value: &str| head_101(&[&format!("Sec-WebSocket-Protocol: {value}")]);
    check_protocol(&chosen("chat"), "chat", Ok("chat"));
    check_protocol(&chosen(" v2\t"), "chat, v2,v3", Ok("v2"));
    check_protocol(&chosen("chat"), "v2", Err(Cause::ProtocolUnrequested));
    check_protocol(&chosen("Chat"), "chat", Err(Cause::ProtocolUnrequested));
    check_protocol(&chosen("chat"), "", Err(Cause::ProtocolUnrequested));
    check_protocol(&chosen(""), "", Err(Cause::ProtocolUnrequested));
    check_protocol(&head_101(&[]), "chat", Err(Cause::ProtocolMissing));
    for unparsable in ["", "chat, v2", "a b", "\"chat\""] {
        check_protocol(&chosen(unparsable), "chat,v2", Err(Cause::ProtocolMissing));
    }
    let twice = head_101(&["Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: chat"]);
    check_protocol(&twice, "chat", Err(Cause::ProtocolMissing));
}

#[test]
fn the_first_offence_in_the_order_of_the_bytes_is_the_one_that_counts() {
    check_refuses("HTTP/1.1 404 \x01\r\n\r\n", Cause::MalformedResponse);
    check_refuses("HTTP/1.1 101 A\r\nUpgrade: x\r\nno colon\r\n\r\n", Cause::Upgrade);
    check_refuses("HTTP/1.1 101 A\r\nno colon\r\nUpgrade: x\r\n\r\n", Cause::MalformedResponse);
    check_refuses("HTTP/1.1 101 A\r\n\r\n", Cause::Upgrade);
}

#[test]
fn a_response_ends_within_the_limit() {
    let padded = |len: usize| {
        let empty = head_101(&["X: "]).len();
        head_101(&[&format!("X: {}", "y".repeat(len - empty))])
    };
    let largest = padded(RESPONSE_LEN_MAX);
    assert_eq!(largest.len(), RESPONSE_LEN_MAX);
    let want = Accepted { head_len: RESPONSE_LEN_MAX, protocol: 0..0 };
    assert_eq!(parse_response(largest.as_bytes(), 0, b""), Ok(Some(want)));
    let one_more = padded(RESPONSE_LEN_MAX + 1);
    assert_eq!(parse_response(one_more.as_bytes(), 0, b""), Err(Cause::ResponseTooLarge));
    assert_eq!(
        parse_response(&one_more.as_bytes()[..RESPONSE_LEN_MAX], 0, b""),
        Err(Cause::ResponseTooLarge)
    );
    assert_eq!(parse_response(&one_more.as_bytes()[..RESPONSE_LEN_MAX - 1], 0, b""), Ok(None));
    // Interim responses do not count (HS-16).
    let interim = head("HTTP/1.1 103 Early Hints", &[&format!("X: {}", "y".repeat(4000))]).repeat(5);
    assert_eq!(parse_response(interim.as_bytes(), 0, b""), Ok(None));
    let want = Accepted { head_len: interim.len() + RESPONSE_LEN_MAX, protocol: 0..0 };
    assert_eq!(parse_response((interim.clone() + &largest).as_bytes(), 0, b""), Ok(Some(want)));
    let one_more = interim + &one_more;
    assert_eq!(parse_response(one_more.as_bytes(), 0, b""), Err(Cause::ResponseTooLarge));
}

#[test]
fn changed_responses_are_judged_alike_in_every_prefix() {
    let mut draw = Lcg::new(3);
    let text = head("HTTP/1.1 103 Early Hints", &["Link: x"]) + &head_101(&["Sec-WebSocket-Protocol: chat"]);
    let mut accepted_count = 0;
    for _ in 0..4000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..1 + draw.below(2) {
            let at = draw.below(bytes.len());
            match draw.below(4) {
                0 => bytes[at] = draw.byte(),
                1 => bytes[at] = *b"\r\n\t :,0aZ".get(draw.below(9)).expect("nine of them"),
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, draw.byte()),
            }
        }
        let want = parse_response(&bytes, 0, b"chat");
        accepted_count += usize::from(matches!(want, Ok(Some(_))));
        check(&bytes, "chat", want);
    }
    // Both outcomes are seen: a reason phrase or a hint may say anything.
    assert!((400..3600).contains(&accepted_count), "{accepted_count}");
}

#[test]
fn arbitrary_bytes_are_never_accepted_and_never_panic() {
    let mut draw = Lcg::new(5);
    let words = [
        "HTTP/1.1 101 ",
        "HTTP/1.1 100 ",
        "\r\n",
        "\r",
        "\n",
        "Upgrade:",
        "websocket",
        "Connection:",
        ",",
        ":",
        " ",
    ];
    for round in 0..20_000 {
        let mut bytes = Vec::new();
        for _ in 0..draw.below(30) {
            match draw.below(4) {
                0 => bytes.push(draw.byte()),
                _ => bytes.extend_from_slice(words[draw.below(words.len())].as_bytes()),
            }
        }
        let result = parse_response(&bytes, round as u8, b"a,b");
        assert!(!matches!(result, Ok(Some(_))), "{}", bytes.escape_ascii());
    }
    assert_eq!(accept(0), ACCEPT.as_bytes());
}
