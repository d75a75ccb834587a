//! Invariants of the opening handshake: RFC 6455 section 4.1 and its use by the WebSockets Standard.

use core::net::Ipv6Addr;

use super::facts::{Finding, place};
use super::outcome::abnormal_code;
use super::response::Response;
use super::socket::Socket;
use super::{Verdict, claim, invariant};
use crate::profile::{CloseInterface, ConnectingClose, Csp, ErrorEvent};
use crate::trace::{Cause, Completion, Entry, EventType, Exception, Method, Payloads, ReadyState, Target};

/// The bytes of the response from `start` to `end`, in however many reads they came, compared with `wanted`.
fn is_text_of(socket: &Socket, (start, end): (u32, u32), wanted: &[u8], payloads: &Payloads) -> bool {
    if (end - start) as usize != wanted.len() {
        return false;
    }
    if wanted.is_empty() {
        return true;
    }
    let all = socket.reads.iter().flat_map(|&read| payloads.get(read));
    all.skip(start as usize).zip(wanted).all(|(a, b)| a == b)
}

/// A URL without the spaces and controls around it.
fn stripped(mut url: &[u8]) -> &[u8] {
    while let [0..=b' ', rest @ ..] | [rest @ .., 0..=b' '] = url {
        url = rest;
    }
    url
}

/// Host and port of a URL as it was given, with its scheme: that of the page, if it begins with two slashes. What comes
/// before the colon of a relative one is no scheme.
fn authority(url: &[u8]) -> Option<(&[u8], &[u8])> {
    let url = stripped(url);
    let (scheme, rest) = if let Some(rest) = url.strip_prefix(b"//") {
        (&b"http"[..], rest)
    } else {
        let colon = (0..url.len()).find(|&at| url[at] == b':' && url[at + 1..].starts_with(b"//"))?;
        let is_scheme_byte = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if !url[0].is_ascii_alphabetic() || !url[..colon].iter().all(is_scheme_byte) {
            return None;
        }
        (&url[..colon], &url[colon + 3..])
    };
    let len = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\')).unwrap_or(rest.len());
    let host = rest[..len].rsplit(|&byte| byte == b'@').next().unwrap_or_default();
    // A URL parser skips further slashes, so the host is not here.
    (len != 0).then_some((scheme, host))
}

/// The host of an authority, and what stands behind the colon after it if there is one. The colons of an IPv6 address
/// are in its brackets.
fn host_and_port(authority: &[u8]) -> (&[u8], Option<&[u8]>) {
    let bracket = authority.iter().position(|&byte| byte == b']').unwrap_or(0);
    match authority[bracket..].iter().position(|&byte| byte == b':') {
        Some(colon) => (&authority[..bracket + colon], Some(&authority[bracket + colon + 1..])),
        None => (authority, None),
    }
}

fn number(digits: &[u8]) -> Option<u16> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

/// The IPv6 address that a host is, if it is one in brackets; `Some(None)` for brackets without one.
fn address(host: &[u8]) -> Option<Option<Ipv6Addr>> {
    let inner = host.strip_prefix(b"[")?;
    let text = inner.strip_suffix(b"]").and_then(|inner| core::str::from_utf8(inner).ok());
    Some(text.and_then(|text| text.parse().ok()))
}

/// Whether the Content Security Policy does not allow a URL; `None` where that is not certain.
fn is_forbidden(url: &[u8]) -> Option<bool> {
    let (_, authority) = authority(url)?;
    Some(host_and_port(authority).0.eq_ignore_ascii_case(b"blocked.test"))
}

/// Whether the port of a URL is a bad one (Fetch, port blocking); `None` where that is not certain.
///
/// The table of the model stands elsewhere: of a list that the two shared, neither would know that it is wrong.
fn has_bad_port(url: &[u8]) -> Option<bool> {
    let (_, authority) = authority(url)?;
    Some(host_and_port(authority).1.and_then(number).is_some_and(is_bad_port))
}

fn is_bad_port(port: u16) -> bool {
    match port {
        0..=99 => matches!(
            port,
            0 | 1 | 7 | 9 | 11 | 13 | 15 | 17 | 19..=23 | 25 | 37 | 42 | 43 | 53 | 69 | 77 | 79 | 87 | 95
        ),
        100..=199 => matches!(
            port,
            101..=104 | 109..=111 | 113 | 115 | 117 | 119 | 123 | 135 | 137 | 139 | 143 | 161 | 179
        ),
        200..=599 => matches!(
            port,
            389 | 427 | 465 | 512..=515 | 526 | 530..=532 | 540 | 548 | 554 | 556 | 563 | 587
        ),
        600..=1999 => matches!(port, 601 | 636 | 989 | 990 | 993 | 995 | 1719 | 1720 | 1723),
        2000..=5999 => matches!(port, 2049 | 3659 | 4045 | 4190 | 5060 | 5061),
        6000.. => matches!(port, 6000 | 6566 | 6665..=6669 | 6679 | 6697 | 10080),
    }
}

/// Whether a list that is joined by commas is one of subprotocols. An element with a comma in it looks like two.
fn are_subprotocols(list: &[u8]) -> bool {
    if list.is_empty() {
        return true;
    }
    let elements = || list.split(|&byte| byte == b',');
    let is_token = |element: &[u8]| {
        // The separators of RFC 2616 section 2.2 that are graphic.
        let is_separator =
            |byte| matches!(byte, b'"' | b'('..=b')' | b',' | b'/' | b':'..=b'@' | b'['..=b']' | b'{' | b'}');
        !element.is_empty() && element.iter().all(|&byte| byte.is_ascii_graphic() && !is_separator(byte))
    };
    elements().enumerate().all(|(index, element)| {
        is_token(element) && !elements().take(index).any(|other| other.eq_ignore_ascii_case(element))
    })
}

/// Whether the constructor takes a URL and a list of subprotocols; `None` where that is not certain.
fn are_taken(url: &[u8], list: &[u8]) -> Option<bool> {
    let is_url = is_taken(url);
    if is_url == Some(false) || !are_subprotocols(list) {
        return Some(false);
    }
    // One element that is empty looks like no element.
    if list.is_empty() || list.contains(&b',') { None } else { is_url }
}

/// Whether the constructor takes a URL; `None` where that is left to a whole URL parser.
fn is_taken(url: &[u8]) -> Option<bool> {
    if url.contains(&b'#') {
        return Some(false);
    }
    let url = stripped(url);
    if url.iter().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b'\\')) {
        return None;
    }
    let Some((scheme, authority)) = authority(url) else {
        let is_path = !url.starts_with(b"//");
        return (is_path && url.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'/'))
            .then_some(true);
    };
    if ![&b"ws"[..], b"wss", b"http", b"https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Some(false);
    }
    let (host, port) = host_and_port(authority);
    let address = address(host);
    let is_plain = address.is_some()
        || host.split(|&byte| byte == b'.').all(|label| {
            label.first().is_some_and(u8::is_ascii_alphabetic) && label.iter().all(u8::is_ascii_alphanumeric)
        });
    match port {
        // Forbidden in a host.
        _ if host.iter().any(|byte| matches!(byte, b' ' | b'<' | b'>' | b'^' | b'|')) => Some(false),
        _ if address == Some(None) => Some(false),
        _ if !is_plain => None,
        None => Some(true),
        Some(port) => {
            let is_number = port.iter().all(u8::is_ascii_digit);
            Some(port.is_empty() || is_number && number(port).is_some())
        }
    }
}

/// Whether two URLs certainly lead to the same host and port.
fn lead_to_the_same(a: &[u8], b: &[u8]) -> bool {
    let (Some((scheme, a)), Some((other, b))) = (authority(a), authority(b)) else { return false };
    let ((a, port), (b, other_port)) = (host_and_port(a), host_and_port(b));
    let is_one_address = || address(a).flatten().is_some_and(|a| address(b).flatten() == Some(a));
    let port = certain_port(scheme, port);
    port.is_some()
        && port == certain_port(other, other_port)
        && (a.eq_ignore_ascii_case(b) || is_one_address())
}

/// The port to which a URL with this scheme leads that names this one, or none.
fn certain_port(scheme: &[u8], named: Option<&[u8]>) -> Option<u16> {
    match named {
        None | Some([]) if scheme.eq_ignore_ascii_case(b"ws") || scheme.eq_ignore_ascii_case(b"http") => {
            Some(80)
        }
        None | Some([]) => Some(443),
        Some(port) => number(port),
    }
}

invariant! {
    OneHandshakeAtATime: "INV-32", "one handshake at a time per host and port";
    source: "HS-14";
    predicate: "No opening handshake is written while another one to the same host and port is neither established nor failed, nor before that of an earlier WebSocket that waits for the same.";
    witness: "A second connection is made to the same host and port.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Request;
    needs: ConstructorArguments, Established, Fail;
    |c| match *c.entry {
        Entry::Request { socket, .. } => {
            let this = c.facts.socket(socket);
            let mut verdict = Verdict::Vacuous;
            for (at, other) in c.facts.used().iter().enumerate() {
                let is_earlier = at < place(socket);
                if at == place(socket) || !other.is_requested && !is_earlier {
                    continue;
                }
                if lead_to_the_same(c.payloads.get(this.url), c.payloads.get(other.url)) {
                    verdict = Verdict::Holds;
                    // An earlier one that waits goes first, if its constructor has not thrown.
                    let is_connecting = other.is_requested || is_taken(c.payloads.get(other.url)) == Some(true);
                    if is_connecting && !other.is_established && other.is_receiving() {
                        return Verdict::Broken;
                    }
                }
            }
            verdict
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    AllowedRequests: "INV-59", "no request to a bad port or against the policy, nor for bad subprotocols";
    source: "HS-04", "HS-09", "HS-10";
    predicate: "An opening handshake is written only to a port that is not bad, for a URL that the page's Content Security Policy allows, and with the subprotocols that the constructor was given, which are tokens and differ in more than case. A connection fails for its port or for the policy only if it is otherwise.";
    witness: "An opening handshake is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Request, Fail;
    needs: ConstructorArguments;
    |c| match *c.entry {
        Entry::Fail { socket, cause, .. } => {
            let url = || c.payloads.get(c.facts.socket(socket).url);
            let is_as_told = match cause {
                Cause::BadPort => has_bad_port(url()),
                Cause::ContentSecurityPolicy => is_forbidden(url()),
                _ => None,
            };
            Verdict::broken_if(is_as_told == Some(false))
        }
        Entry::Request { socket, protocols, .. } => {
            let socket = c.facts.socket(socket);
            let given = c.payloads.get(socket.requested);
            let url = c.payloads.get(socket.url);
            let is_bad = has_bad_port(url) == Some(true) || is_forbidden(url) == Some(true);
            let protocols = c.payloads.get(protocols);
            Verdict::of(!is_bad && protocols == given && are_subprotocols(protocols))
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ConstructorArgumentsAreChecked: "INV-107", "the constructor throws SyntaxError for bad arguments, and for nothing else";
    source: "HS-01", "HS-02", "HS-03", "HS-04", "HS-05";
    predicate: "The constructor throws SyntaxError if the URL has a fragment, another scheme than `ws`, `wss`, `http` and `https`, no host or no valid port, or if the subprotocols are not tokens that differ in more than case; and it does not if URL and subprotocols are plainly valid.";
    witness: "The constructor is given arguments that are plainly valid, or plainly not.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: CallEnd;
    needs: CallBegin, ConstructorArguments;
    |c| match *c.entry {
        Entry::CallEnd { target: Target::Socket(socket), method: Method::Constructor, completion, .. } => {
            let socket = c.facts.socket(socket);
            let list = c.payloads.get(socket.requested);
            match are_taken(c.payloads.get(socket.url), list) {
                Some(wanted) => {
                    Verdict::of((completion != Completion::Threw(Exception::SyntaxError)) == wanted)
                }
                None => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ConstructorTellsNothing: "INV-103", "the constructor tells nothing of the network";
    source: "HS-01", "HS-06", "HS-07", "HS-08", "PRIV-02";
    predicate: "The constructor throws SyntaxError or returns a WebSocket whose `readyState` is 0. A URL that the page's Content Security Policy does not allow is no exception, unless the profile has it throw SecurityError or return one whose `readyState` is 3.";
    witness: "The constructor returns or throws.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: CallEnd;
    needs: CallBegin, ConstructorArguments;
    |c| match *c.entry {
        Entry::CallEnd { target: Target::Socket(socket), method: Method::Constructor, ready_state, completion } => {
            let is_told = match (completion, ready_state) {
                (Completion::Threw(Exception::SyntaxError), _) => return Verdict::Holds,
                (Completion::Normal, ReadyState::Connecting) => false,
                (Completion::Normal, ReadyState::Closed) if c.profile.csp == Csp::ErrorOnly => true,
                (Completion::Threw(Exception::SecurityError), _) if c.profile.csp == Csp::Throw => true,
                _ => return Verdict::Broken,
            };
            if c.profile.csp == Csp::ErrorAndClose {
                return Verdict::Holds;
            }
            let url = c.payloads.get(c.facts.socket(socket).url);
            Verdict::of(is_forbidden(url).is_none_or(|is_forbidden| is_forbidden == is_told))
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    EstablishedByAValidResponse: "INV-34", "established exactly by a valid response";
    source: "HS-16", "HS-17", "HS-18", "HS-19", "HS-20", "HS-21", "HS-22", "HS-23", "HS-26", "HS-28", "HS-30", "HS-31";
    predicate: "The connection is established if and only if the bytes received are a complete response that the requirements accept for the nonce and the subprotocols of the request, with the subprotocol that it names. A value that is not the one for the nonce is accepted where the profile ignores it.";
    witness: "A complete response is received.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Established, Fail, Rx, RxFin, RxRst, TimerFired, Quiescent;
    needs: Request;
    |c| match *c.entry {
        Entry::Established { socket, protocol } => {
            let socket = c.facts.socket(socket);
            match socket.response {
                Response::Valid { protocol: range, .. } => {
                    Verdict::of(is_text_of(socket, range, c.payloads.get(protocol), c.payloads))
                }
                Response::Incomplete | Response::Invalid => Verdict::Broken,
                Response::Unclear { .. } => Verdict::Vacuous,
            }
        }
        Entry::Fail { socket, cause, .. } => match (c.facts.socket(socket).response, cause) {
            (Response::Invalid, _) => Verdict::Holds,
            // Between the read and this entry there was no time for another cause.
            (Response::Valid { .. }, cause) if !c.facts.socket(socket).is_established => {
                Verdict::broken_if(cause != Cause::ClosedByPage)
            }
            _ => Verdict::Vacuous,
        },
        _ => Verdict::broken_if(c.finding == Finding::MissedResponse),
    }
}

invariant! {
    NotEstablishedOutcome: "INV-80", "a connection that was never established ends in one way";
    source: "HS-08", "HS-25", "HS-33", "CLOSE-34", "FAIL-08", "PRIV-01";
    predicate: "If the connection was never established, there is no `open` and no `message`, and the end is `error`, unless the profile has none (K error-event) or two (K connecting-close), and then `close` with 1006, or what the profile (K abnormal-code) has in its place, no reason and `wasClean` false, as far as the event says any of it (K close-interface).";
    witness: "A `close` event of a connection that was never established.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin;
    needs: Established;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted => {
            let socket = c.facts.socket(socket);
            match event.event_type {
                _ if socket.is_established => Verdict::Vacuous,
                EventType::Open | EventType::Message => Verdict::Broken,
                EventType::Close => {
                    let errors = match (c.profile.error_event, c.profile.connecting_close) {
                        (ErrorEvent::Never, _) => 0..=0,
                        (ErrorEvent::IfFailed, ConnectingClose::InsideAndTask) => 1..=2,
                        (ErrorEvent::IfFailed, _) => 1..=1,
                    };
                    let code = match c.profile.close_interface {
                        CloseInterface::CloseEvent => abnormal_code(true, c.profile),
                        CloseInterface::WasCleanOnly | CloseInterface::Event => 0,
                    };
                    Verdict::of(
                        errors.contains(&socket.error_count)
                            && socket.open_count == 0
                            && event.code == code
                            && !event.was_clean
                            && c.payloads.get(event.text).is_empty(),
                    )
                }
                EventType::Error | EventType::Custom(_) | EventType::PageHide | EventType::Unload => {
                    Verdict::Vacuous
                }
            }
        }
        _ => Verdict::Vacuous,
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn the_tables_of_bad_ports_agree() {
        for port in 0..=u16::MAX {
            assert_eq!(is_bad_port(port), crate::dom::is_bad_port(port), "{port}");
        }
    }

    #[test]
    fn the_port_and_the_host_stand_behind_the_credentials() {
        for (url, bad) in
            [(&b" ws://u:1@h:25/"[..], true), (b"ws://u:25@h/", false), (b"ws://u@v:25@h:80?", false)]
        {
            assert_eq!(has_bad_port(url), Some(bad), "{}", url.escape_ascii());
        }
        assert_eq!(is_forbidden(b"ws://h@Blocked.test/"), Some(true));
        assert_eq!(is_forbidden(b"ws://blocked.test@h/"), Some(false));
    }

    #[test]
    fn a_subprotocol_has_no_separator_in_it() {
        for byte in 0..=u8::MAX {
            let is_token = byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
            assert_eq!(are_subprotocols(&[b'a', byte]), is_token, "{byte:02x}");
        }
    }

    #[test]
    fn what_is_said_of_urls_is_what_the_parser_does() {
        use crate::scenario::generate::Draw as _;
        let words: [&[u8]; 30] = [
            b"ws:", b"wss:", b"http:", b"ftp:", b"//", b"//", b"/", b"?", b"#", b"a", b"a.test", b":",
            b":80", b":443", b":65536", b" ", b"<", b"^", b"-", b"\\", b"\t", b"1", b"B", b"%", b"[::1]",
            b"[", b"]", b"[1:2]", b"@", b"u:1@",
        ];
        let mut lcg = crate::scenario::lcg::Lcg::new(8);
        let mut said = [0, 0];
        for _ in 0..100_000 {
            let mut url = Vec::new();
            for _ in 0..lcg.below(6) {
                url.extend(words[lcg.below(30) as usize]);
            }
            if let Some(is_taken) = is_taken(&url) {
                said[usize::from(is_taken)] += 1;
                assert_eq!(crate::dom::parse_url(&url).is_some(), is_taken, "{}", url.escape_ascii());
            }
        }
        assert!(said.iter().all(|&count| count > 5000), "{said:?}");
    }

    #[test]
    fn only_what_is_certainly_the_same_host_counts() {
        for (a, b, want) in [
            ("ws://h/a", "ws://H/b", true),
            ("ws://h:1/", "ws://h:1?x", true),
            ("ws://h:1/", "ws://h:2/", false),
            ("ws://h/", "wss://h/", false),
            ("ws://h/", "http://H:80/", true),
            ("ws://h:/", "ws://h:080", true),
            ("wss://h/", "https://h:443/", true),
            ("wss://h:80/", "ws://h/", true),
            ("ws:///h/", "ws:///i/", false),
            ("ws://[::1]/", "ws://[0::1]?", true),
            ("ws://[::1]:81/", "ws://[0:0:0:0:0:0:0:1]:81", true),
            ("ws://[::1]/", "ws://[::2]/", false),
            ("ws://[::1]:81/", "ws://[0::1]:82/", false),
            (" ws://u:1@h:80/", "http://v@h?@i ", true),
            ("ws://h@i/", "ws://h@j/", false),
            ("/a", "/a", false),
            ("'s://h:1/", "'s://h:1/", false),
            ("x/y://h:1/", "x/y://h:1/", false),
            ("://h:1/", "://h:1/", false),
        ] {
            assert_eq!(lead_to_the_same(a.as_bytes(), b.as_bytes()), want, "{a} {b}");
        }
    }
}
