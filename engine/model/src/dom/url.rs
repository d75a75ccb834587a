//! The URL argument of the WebSocket constructor, as far as it decides what is thrown and where to connect
//! (WebSockets Standard, the constructor; HS-01 to HS-03, HS-09).

use alloc::borrow::Cow;
use alloc::format;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;
use core::str::FromStr;

/// Where a URL leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The place of the host in the URL that was parsed; empty for a URL without a host, which is the page's own.
    pub host: Range<usize>,
    /// The port.
    pub port: u16,
    /// Whether the connection is made over TLS.
    pub is_secure: bool,
}

/// Parses the URL `url`, UTF-8, relative to `http://page.test/`; `None` where the constructor throws.
///
/// Deviation: this is the part of the URL Standard that a script about closing needs. A host is a run of ASCII
/// letters, digits, `.`, `-`, `_`, an IPv4 address of four decimal numbers or a bracketed IPv6 address;
/// percent-encoding, IDNA, other IPv4 addresses, and what a URL parser takes away or reads as something else inside of
/// a URL (tabs and line ends, backslashes) are refused. Credentials are taken and not looked at: whether a server asks
/// for them is in its response (HS-32).
#[must_use]
pub fn parse_url(url: &[u8]) -> Option<Address> {
    // Spaces and controls around a URL are no part of it.
    let is_part = |byte: &u8| *byte > b' ';
    let start = url.iter().position(is_part).unwrap_or(url.len());
    let end = url.iter().rposition(is_part).map_or(start, |last| last + 1);
    let Address { host, port, is_secure } = parse_stripped(&url[start..end])?;
    Some(Address { host: start + host.start..start + host.end, port, is_secure })
}

fn parse_stripped(url: &[u8]) -> Option<Address> {
    // Step 5 of the constructor. A fragment, even an empty one, is refused (HS-03).
    if url.iter().any(|byte| matches!(byte, b'#' | b'\t' | b'\n' | b'\r' | b'\\')) {
        return None;
    }
    let is_scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let (scheme, rest) = match url.iter().position(|&byte| !is_scheme_byte(byte)) {
        Some(end) if url[end] == b':' && url[0].is_ascii_alphabetic() => (Some(&url[..end]), end + 1),
        _ => (None, 0),
    };
    // Steps 2 to 4. http and https stand for ws and wss (HS-02).
    let is = |name: &[u8]| scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(name));
    let is_secure = if is(b"ws") || is(b"http") || scheme.is_none() {
        false
    } else if is(b"wss") || is(b"https") {
        true
    } else {
        return None;
    };
    let has_authority = url[rest..].starts_with(b"//");
    // After the page's own scheme too a URL without two slashes is a relative one.
    if (scheme.is_none() || is(b"http")) && !has_authority {
        return Some(Address { host: 0..0, port: 80, is_secure });
    }
    let is_end = |byte: &u8| matches!(byte, b'/' | b'?');
    let start = rest + url[rest..].iter().take_while(|&&byte| byte == b'/').count();
    let end = url[start..].iter().position(is_end).map_or(url.len(), |len| start + len);
    // Credentials end at the last at sign.
    let start = url[start..end].iter().rposition(|&byte| byte == b'@').map_or(start, |at| start + at + 1);
    let authority = &url[start..end];
    let host_len = match authority {
        [b'[', inner @ ..] => {
            let len = inner.iter().position(|&byte| byte == b']')?;
            parsed::<Ipv6Addr>(&inner[..len])?;
            1 + len + 1
        }
        _ => authority.iter().position(|&byte| !IS_HOST_BYTE[usize::from(byte)]).unwrap_or(authority.len()),
    };
    if host_len == 0
        || ends_in_a_number(&authority[..host_len]) && parsed::<Ipv4Addr>(&authority[..host_len]).is_none()
    {
        return None;
    }
    let default_port = if is_secure { 443 } else { 80 };
    let port = match &authority[host_len..] {
        [] | [b':'] => default_port,
        [b':', digits @ ..] => digits.iter().try_fold(0_u16, |port, digit| {
            let digit = digit.is_ascii_digit().then(|| u16::from(digit - b'0'))?;
            port.checked_mul(10)?.checked_add(digit)
        })?,
        _ => return None,
    };
    Some(Address { host: start..start + host_len, port, is_secure })
}

fn parsed<T: FromStr>(text: &[u8]) -> Option<T> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// Whether a host is an IPv4 address or none at all (URL Standard, ends in a number).
fn ends_in_a_number(host: &[u8]) -> bool {
    let host = host.strip_suffix(b".").unwrap_or(host);
    let last = host.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let digits = last.strip_prefix(b"0x").or_else(|| last.strip_prefix(b"0X"));
    match digits {
        Some(digits) => digits.iter().all(u8::is_ascii_hexdigit),
        None => !last.is_empty() && last.iter().all(u8::is_ascii_digit),
    }
}

static IS_HOST_BYTE: [bool; 256] = {
    let mut is_host_byte = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        is_host_byte[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        byte += 1;
    }
    is_host_byte
};

/// The ports that are never connected to (Fetch, port blocking; HS-09).
const BAD_PORTS: [u16; 82] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514,
    515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723,
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
];

/// The host of the page, which a URL without a host of its own leads to.
const OWN_HOST: &[u8] = b"page.test";

/// The one host that the Content Security Policy of the page does not allow to connect to; its frame has the same
/// policy.
const FORBIDDEN_HOST: &[u8] = b"blocked.test";

impl Address {
    /// The name of the host, by which connections to one host are known (HS-14): in lower case, an IPv6 address in its
    /// shortest spelling, and the page's own where the URL has none. `url` is what was parsed.
    #[must_use]
    pub fn host_name<'u>(&self, url: &'u [u8]) -> Cow<'u, [u8]> {
        match &url[self.host.clone()] {
            [] => Cow::Borrowed(OWN_HOST),
            [b'[', address @ .., b']'] => {
                let address: Ipv6Addr = parsed(address).expect("a host in brackets is an address");
                Cow::Owned(format!("[{address}]").into_bytes())
            }
            host if host.iter().any(u8::is_ascii_uppercase) => Cow::Owned(host.to_ascii_lowercase()),
            host => Cow::Borrowed(host),
        }
    }

    /// Whether the port is one that is never connected to; the page learns of it by `error` and `close` only (HS-08).
    #[must_use]
    pub fn is_port_bad(&self) -> bool {
        is_bad_port(self.port)
    }
}

/// Whether `port` is one that is never connected to.
#[must_use]
pub fn is_bad_port(port: u16) -> bool {
    let is_default = matches!(port, 80 | 443);
    !is_default && (port == 10080 || BAD_PORTS.binary_search(&port).is_ok())
}

/// Whether the Content Security Policy of the page does not allow to connect to the host with this name (HS-10).
#[must_use]
pub fn is_forbidden_host(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(FORBIDDEN_HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, want: Option<(&str, u16, bool)>) {
        let got = parse_url(url.as_bytes());
        let got = got.as_ref().map(|address| (&url[address.host.clone()], address.port, address.is_secure));
        assert_eq!(got, want, "{url}");
    }

    #[test]
    fn absolute_and_relative_urls() {
        check("ws://a.test/", Some(("a.test", 80, false)));
        check("WSS://a.test", Some(("a.test", 443, true)));
        check("http://a.test:8080/x?y", Some(("a.test", 8080, false)));
        check("https://[::1]:1/", Some(("[::1]", 1, true)));
        check("//b.test/x", Some(("b.test", 80, false)));
        check("/x", Some(("", 80, false)));
        check("", Some(("", 80, false)));
        check("http:b.test/x", Some(("", 80, false)));
        check("https:b.test/x", Some(("b.test", 443, true)));
        check("ws://[::ffff:127.0.0.1]/", Some(("[::ffff:127.0.0.1]", 80, false)));
        check("ws://127.0.0.1/", Some(("127.0.0.1", 80, false)));
        check("ws:a.test", Some(("a.test", 80, false)));
        check("'s://a.test:25/", Some(("", 80, false)));
        check("w's://a.test:25/", Some(("", 80, false)));
    }

    #[test]
    fn credentials_and_spaces_around_are_no_part_of_the_address() {
        check("ws://u@a.test/", Some(("a.test", 80, false)));
        check("wss://u:p@a.test:8080?x@b.test", Some(("a.test", 8080, true)));
        check("ws://u@v:1@[::1]:25/", Some(("[::1]", 25, false)));
        check("ws://@a.test", Some(("a.test", 80, false)));
        check("//a b@b.test/@c.test", Some(("b.test", 80, false)));
        check(" ws://a.test:25/", Some(("a.test", 25, false)));
        check("\0ws://a.test/x\0y\0 ", Some(("a.test", 80, false)));
        check(" \t\n", Some(("", 80, false)));
    }

    #[test]
    fn a_host_has_one_name() {
        for (url, name) in [
            ("ws://A.Test/", "a.test"),
            ("ws://a.test:80", "a.test"),
            ("/x", "page.test"),
            ("wss://PAGE.test", "page.test"),
            ("ws://[::1]/", "[::1]"),
            ("ws://[0:0:0:0:0:0:0:1]/", "[::1]"),
            ("ws://[FF::0A]:81/", "[ff::a]"),
        ] {
            let address = parse_url(url.as_bytes()).expect(url);
            assert_eq!(&*address.host_name(url.as_bytes()), name.as_bytes(), "{url}");
        }
    }

    #[test]
    fn what_the_constructor_refuses() {
        for url in [
            "ftp://a.test/",
            "mailto:x",
            "ws://a.test/#",
            "ws://a.test/#x",
            "ws://",
            "ws://a b/",
            "ws://a.test:65536/",
            "ws://a.test:x/",
            "ws://[::1/",
            "ws://u@/",
            "ws://u@:80/",
            "ws://a.test@",
            "ws://1.2.3.4.5/",
            "ws://256.256.256.256/",
            "ws://a.0x1/",
            "ws://[1:2:3]/",
            "ws://[::1%1]/",
            "ws://[::ffff:127.0.0.01]/",
            "ws://[::1].test/",
            "ws://a.te\tst/",
            " ws://a.test/# ",
            "ws:\\\\a.test/",
        ] {
            check(url, None);
        }
    }

    #[test]
    fn bad_ports_are_sorted_and_known() {
        assert!(BAD_PORTS.is_sorted());
        for (url, bad) in [("ws://a:25/", true), ("ws://a:10080/", true), ("ws://a:80/", false)] {
            assert_eq!(parse_url(url.as_bytes()).expect(url).is_port_bad(), bad, "{url}");
        }
    }
}
