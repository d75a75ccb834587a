//! Interesting values: what a short code of the byte form stands for, and what is generated.
//!
//! The position of a value is part of the byte form, so a new one goes to the end of its list.

mod http;

use alloc::borrow::Cow;

pub(super) use http::{HTTP, HTTP_GOOD, HTTP_UNUSUAL};

use crate::page::{Primitive, Value};

/// An ASCII literal as UTF-16 code units.
macro_rules! wide {
    ($text:literal) => {{
        const UNITS: &[u16] = &widened::<{ $text.len() }>($text);
        UNITS
    }};
}

const fn widened<const N: usize>(text: &str) -> [u16; N] {
    let mut units = [0; N];
    let mut index = 0;
    while index < N {
        assert!(text.as_bytes()[index].is_ascii());
        units[index] = text.as_bytes()[index] as u16;
        index += 1;
    }
    units
}

/// `N` code units, all `fill` but the last.
const fn units<const N: usize>(fill: u16, last: u16) -> [u16; N] {
    let mut units = [fill; N];
    units[N - 1] = last;
    units
}

/// `head` and then as many of `a` as fit.
const fn filled<const N: usize>(head: &[u8]) -> [u8; N] {
    let mut bytes = [b'a'; N];
    let mut index = 0;
    while index < head.len() {
        bytes[index] = head[index];
        index += 1;
    }
    bytes
}

/// As many of `a` as fit, and then `tail`.
const fn ended<const N: usize>(tail: &[u8]) -> [u8; N] {
    let mut bytes = [b'a'; N];
    let mut index = 0;
    while index < tail.len() {
        bytes[N - tail.len() + index] = tail[index];
        index += 1;
    }
    bytes
}

const A: &[u8] = &[b'a'; 65_536];

const fn a(len: usize) -> &'static [u8] {
    A.split_at(len).0
}

const WIDE_A: &[u16] = &[0x61; 1000];

const fn wide_a(len: usize) -> &'static [u16] {
    WIDE_A.split_at(len).0
}

/// URLs. The first [`URLS_GOOD`] name a server, the next ones up to [`URLS_FETCHED`] have a bad port, and the
/// constructor throws for the rest (HS-01 to HS-03, HS-09) up to [`URL_FORBIDDEN`]. Behind that are other spellings of
/// servers.
pub(super) static URLS: &[&[u16]] = &[
    wide!("ws://a.test/"),
    wide!("ws://b.test/"),
    wide!("wss://a.test/"),
    wide!("http://a.test/"),
    wide!("https://a.test/"),
    wide!("ws://a.test/chat?room=1"),
    wide!("ws://a.test:8080/"),
    wide!("WS://A.TEST:80"),
    wide!("ws://a.test:25/"),
    wide!("ws://a.test:6000/"),
    wide!("ws://a.test:10080/"),
    wide!("ws://a.test/#"),
    wide!("ws://a.test/#x"),
    wide!("ftp://a.test/"),
    wide!("javascript:0"),
    wide!("about:blank"),
    wide!("mailto:a@a.test"),
    wide!("ws://"),
    wide!("ws://a.test:65536/"),
    wide!("ws://a b/"),
    wide!(""),
    wide!("/chat"),
    wide!("//a.test/"),
    wide!("ws://blocked.test/"),
    wide!("wss://a.test:443/"),
    wide!("ws://[::1]/"),
    wide!("http://[0:0:0:0:0:0:0:1]:80/"),
    wide!("ws://127.0.0.1/"),
];

/// See [`URLS`].
pub(super) const URLS_GOOD: usize = 8;
/// See [`URLS`].
pub(super) const URLS_FETCHED: usize = 11;
/// The place of the URL that the Content Security Policy of the page does not allow (HS-10).
pub(super) const URL_FORBIDDEN: usize = 23;

/// Lists of subprotocols. The first [`PROTOCOL_LISTS_GOOD`] are legal (HS-04).
pub(super) static PROTOCOL_LISTS: &[&[&[u16]]] = &[
    &[],
    &[wide!("chat")],
    &[wide!("chat"), wide!("superchat")],
    &[wide!("superchat")],
    &[wide!("chat"), wide!("chat")],
    &[wide!("chat"), wide!("CHAT")],
    &[wide!("")],
    &[wide!("a b")],
    &[wide!("chat,superchat")],
    &[wide!("chat"), wide!("")],
    &[&[0xe9]],
    &[wide!("\x7f")],
    &[wide!("a/b")],
    // The first, or one that is not next to the other, is what is wrong.
    &[wide!("a b"), wide!("chat")],
    &[wide!(""), wide!("chat")],
    &[wide!("chat"), wide!("superchat"), wide!("chat")],
    // The other separators of RFC 2616 section 2.2.
    &[wide!("(")],
    &[wide!(")")],
    &[wide!("<")],
    &[wide!(">")],
    &[wide!("@")],
    &[wide!(";")],
    &[wide!(":")],
    &[wide!("\\")],
    &[wide!("\"")],
    &[wide!("[")],
    &[wide!("]")],
    &[wide!("?")],
    &[wide!("=")],
    &[wide!("{")],
    &[wide!("}")],
    &[wide!("\t")],
];

/// See [`PROTOCOL_LISTS`].
pub(super) const PROTOCOL_LISTS_GOOD: usize = 4;

/// Subprotocols in an answer to the opening handshake.
pub(super) static PROTOCOLS: &[&str] =
    &["chat", "superchat", "CHAT", "", "other", "chat, superchat", "super"];

/// Strings of script: around the 123 bytes of a reason, and where UTF-16 and UTF-8 differ (API-03, L-35, L-36).
pub(super) static TEXTS: &[&[u16]] = &[
    wide!(""),
    wide!("bye"),
    wide!("x"),
    wide!("hello"),
    wide_a(122),
    wide_a(123),
    wide_a(124),
    wide_a(125),
    wide_a(126),
    wide_a(1000),
    // Two bytes each: 122, 123 and 124 bytes.
    &units::<61>(0xe9, 0xe9),
    &units::<62>(0xe9, 0x61),
    &units::<62>(0xe9, 0xe9),
    // Three bytes each: 123 and 126 bytes.
    &units::<41>(0x20ac, 0x20ac),
    &units::<42>(0x20ac, 0x20ac),
    // A lone surrogate becomes U+FFFD: 3 bytes each.
    &[0xd800],
    &[0xdc00, 0xd800],
    &units::<41>(0xd800, 0xd800),
    &units::<42>(0xd800, 0xd800),
    &units::<41>(0xd800, 0x61),
    &[0xd83d, 0xde00],
    &[0xfeff, 0x78],
    &[0],
    wide!("\r\n"),
];

const fn number(value: f64) -> Value {
    Value::Number(value.to_bits())
}

const fn string(text: &'static [u16]) -> Value {
    Value::String(Cow::Borrowed(text))
}

/// Arguments of `close()` and members of `CloseEventInit`: the table of `close(code)` and what lies around it
/// (API-02, IDL-01 to IDL-05, IDL-08).
pub(super) static VALUES: &[Value] = &[
    Value::Undefined,
    number(1000.0),
    number(3000.0),
    number(4999.0),
    string(wide!("bye")),
    number(4000.0),
    number(3999.0),
    number(999.5),
    number(1000.5),
    number(2999.5),
    number(3000.5),
    number(4999.4),
    number(4999.5),
    number(2999.4),
    number(999.0),
    number(1001.0),
    number(1005.0),
    number(1006.0),
    number(1011.0),
    number(1015.0),
    number(2999.0),
    number(5000.0),
    number(0.0),
    number(-0.0),
    number(1.0),
    number(-1.0),
    number(-5.0),
    number(65_535.0),
    number(65_536.0),
    number(66_536.0),
    number(1e9),
    number(f64::NAN),
    number(f64::INFINITY),
    number(f64::NEG_INFINITY),
    number(5e-324),
    Value::Null,
    Value::Boolean(true),
    Value::Boolean(false),
    Value::Symbol,
    Value::BigInt(1000),
    Value::BigInt(-1),
    string(wide!("1000")),
    string(wide!(" 0x3e8 ")),
    string(wide!("1e3")),
    string(wide!("")),
    string(wide!("x")),
    string(wide_a(122)),
    string(wide_a(123)),
    string(wide_a(124)),
    string(&units::<62>(0xe9, 0x61)),
    string(&units::<62>(0xe9, 0xe9)),
    string(&units::<41>(0xd800, 0xd800)),
    string(&units::<42>(0xd800, 0xd800)),
    string(&[0xfeff, 0x78]),
    number(1003.0),
    number(1004.0),
    number(1007.0),
    number(1014.0),
    number(1016.0),
    string(wide!("0X3E8")),
    string(wide!("inf")),
    string(wide!("-Infinity")),
    // Where a double has no fraction any more, and where its decimal form gets an exponent.
    number(9_007_199_254_741_992.0),
    number(1e21),
    number(1e-7),
    // A byte order mark is white space; other radixes than 16.
    string(&[0xfeff, 0x31, 0x30, 0x30, 0x30]),
    string(wide!("0b1111101000")),
];

/// What an object is converted to.
pub(super) static PRIMITIVES: &[Primitive] = &[
    Primitive::Number(1000.0_f64.to_bits()),
    Primitive::Number(3000.0_f64.to_bits()),
    Primitive::Number(999.0_f64.to_bits()),
    Primitive::Number(f64::NAN.to_bits()),
    Primitive::String(Cow::Borrowed(wide!("bye"))),
    Primitive::String(Cow::Borrowed(wide!("1000"))),
    Primitive::String(Cow::Borrowed(wide!(""))),
    Primitive::String(Cow::Borrowed(wide_a(123))),
    Primitive::String(Cow::Borrowed(wide_a(124))),
];

/// Payloads of frames, reasons of the peer, binary data of the page. The first [`PAYLOADS_SHORT`] fit a reason.
pub(super) static PAYLOADS: &[&[u8]] = &[
    b"",
    b"bye",
    b"hi",
    b"x",
    b"\x00\xff",
    // Not UTF-8: a wrong continuation, a truncated sequence, a surrogate, beyond U+10FFFF, an overlong form.
    b"\xc3\x28",
    b"\xe2\x82",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc0\xaf",
    b"\xff",
    // U+FEFF, U+1F600 and its two halves.
    b"\xef\xbb\xbfx",
    b"\xf0\x9f\x98\x80",
    b"\xf0\x9f",
    b"\x98\x80",
    b"\x00",
    a(122),
    a(123),
    // Bodies of a Close frame: one byte, a code alone, a reason that is not UTF-8.
    b"\x03",
    b"\x03\xe8",
    b"\x03\xed",
    b"\x03\xe8\xc3\x28",
    a(124),
    a(125),
    a(126),
    a(127),
    &filled::<125>(b"\x03\xe8"),
    &filled::<126>(b"\x03\xe8"),
    a(1000),
    a(65_535),
    a(65_536),
    // Not UTF-8 either: lead bytes of nothing, overlong forms, a wrong byte at the end of a word of eight, and at the
    // end of the longest reason.
    b"\xc1\xbf",
    b"\xf5\x80\x80\x80",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"aaaaaaa\xff",
    &ended::<123>(b"\xc3"),
    // The edges of what UTF-8 tells apart, and ASCII behind them: a text in three pieces that end within a character.
    b"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xe0\xbf\xbf\xe1\x80\x80\xec\xbf\xbf\xed\x80\x80\xed\x9f\xbf\xee\x80\x80\xef",
    b"\xbf\xbf\xf0\x90\x80\x80\xf0\xbf\xbf\xbf\xf1\x80\x80\x80\xf3\xbf\xbf\xbf\xf4\x80\x80\x80\xf4",
    b"\x8f\xbf\xbfabcdefghi",
];

/// The places in [`PAYLOADS`] of what is not UTF-8.
pub(super) const PAYLOADS_NOT_UTF8: [usize; 12] = [5, 6, 7, 8, 9, 10, 31, 32, 33, 34, 35, 36];
/// The places of what is no text by itself and makes a message in three fragments.
pub(super) const PAYLOADS_THIRDS: [[usize; 3]; 4] = [[37, 38, 39], [0, 2, 0], [37, 38, 39], [2, 0, 3]];

/// See [`PAYLOADS`].
pub(super) const PAYLOADS_SHORT: usize = 18;
/// Those up to here are so short that a run with them is no slower than another.
pub(super) const PAYLOADS_CHEAP: usize = 28;

/// Bytes that are no frame, or one with something wrong that a frame as data cannot say.
pub(super) static RAW: &[&[u8]] = &[
    // Close with code 1000, whole, cut in the header, cut in the body.
    b"\x88\x02\x03\xe8",
    b"\x88",
    b"\x88\x02\x03",
    // A control frame with a 16-bit length: 2, 126 (WIRE, L-38); with a 64-bit length.
    b"\x88\x7e\x00\x02\x03\xe8",
    &filled::<130>(b"\x88\x7e\x00\x7e\x03\xe8"),
    b"\x89\x7f\x00\x00\x00\x00\x00\x00\x00\x00",
    // Lengths that are not in the shortest form.
    b"\x81\x7e\x00\x05hello",
    b"\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x05hello",
    &filled::<135>(b"\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x7d"),
    // A 64-bit length whose highest bit is set (L-37), and one that is just very large.
    b"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00",
    b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\x82\x7e\xff\xff",
    // A masked Close, RSV1 on a Close (L-39), a Close that is not final, reserved opcodes.
    b"\x88\x82\x00\x00\x00\x00\x03\xe8",
    b"\xc8\x02\x03\xe8",
    b"\x08\x02\x03\xe8",
    b"\x83\x00",
    b"\x8b\x00",
    // Two frames in one write; a Close with one byte of body; a text frame cut short.
    b"\x81\x02hi\x88\x02\x03\xe8",
    b"\x88\x02\x03\xe8\x88\x02\x0f\xa0",
    b"\x88\x01\x03",
    b"\x81\x05he",
    b"HTTP/1.1 101 ",
    b"\x00",
    b"",
    b"\xff\xff\xff\xff",
    // The longest payload that needs no longer length, with one; a character that an empty fragment does not complete.
    &filled::<129>(b"\x82\x7e\x00\x7d"),
    b"\x01\x02\xe2\x82\x80\x00",
    // All bits of a 64-bit length; one whose lower half is a length too; the shortest that 16 bits could say.
    b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x02hi",
    &filled::<136>(b"\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x7e"),
];

/// Status codes: each row of the registry, and its edges (requirements 4.1 and 4.3).
pub(super) static CODES: &[u16] = &[
    1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1016,
    1100, 1999, 2000, 2999, 3000, 3001, 3003, 3008, 3999, 4000, 4001, 4999, 5000, 5001, 0, 1, 256, 999,
    0x7fff, 0x8000, 65_535,
];

/// Milliseconds: nothing, a little, and the edges of the standard time-outs of 2, 30 and 60 seconds.
pub(super) static TIMES_MS: &[u32] = &[
    0,
    10,
    1,
    50,
    100,
    700,
    500,
    1000,
    1999,
    2000,
    2001,
    5000,
    10_000,
    29_999,
    30_000,
    30_001,
    59_999,
    60_000,
    60_001,
    120_000,
    u32::MAX,
];

/// Values of the knobs that are amounts: bytes and microseconds.
pub(super) static AMOUNTS: &[u64] = &[
    0,
    1,
    2,
    16,
    125,
    126,
    1000,
    65_535,
    65_536,
    1 << 20,
    16 << 20,
    10_000,
    1_000_000,
    2_000_000,
    5_000_000,
    30_000_000,
    60_000_000,
    0xffff_ffff,
];

/// The places of `palette` that hold `value`, of which the first is its code.
pub(super) fn position<T: PartialEq + ?Sized>(palette: &'static [&'static T], value: &T) -> Option<usize> {
    palette.iter().position(|&known| known == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_stand_on_both_sides_of_123_bytes() {
        let len = |units: &[u16]| alloc::string::String::from_utf16_lossy(units).len();
        let lens: alloc::vec::Vec<_> = TEXTS.iter().map(|text| len(text)).collect();
        for want in [122, 123, 124, 125, 126] {
            assert!(lens.contains(&want), "{want}");
        }
        assert_eq!(lens[10..15], [122, 123, 124, 123, 126]);
        assert_eq!(lens[17..20], [123, 126, 121]);
    }

    #[test]
    fn short_payloads_fit_a_reason() {
        assert!(PAYLOADS[..PAYLOADS_SHORT].iter().all(|payload| payload.len() <= 123));
    }

    #[test]
    fn what_is_not_utf8_is_not_and_three_thirds_are_a_text() {
        for (place, payload) in PAYLOADS.iter().enumerate() {
            let is_odd = PAYLOADS_NOT_UTF8.contains(&place)
                || [4, 13, 14, 19, 20, 21, 26, 27, 37, 38, 39].contains(&place);
            assert!(core::str::from_utf8(payload).is_ok() || is_odd, "{place}");
            assert!(core::str::from_utf8(payload).is_err() || !PAYLOADS_NOT_UTF8.contains(&place), "{place}");
        }
        for thirds in PAYLOADS_THIRDS {
            assert!(
                core::str::from_utf8(&thirds.map(|place| PAYLOADS[place]).concat()).is_ok(),
                "{thirds:?}"
            );
        }
    }

    #[test]
    fn a_code_of_one_byte_reaches_every_value() {
        for len in [URLS.len(), TEXTS.len(), PAYLOADS.len(), RAW.len(), HTTP.len(), VALUES.len(), CODES.len()]
        {
            assert!(len <= 0xc0);
        }
    }
}
