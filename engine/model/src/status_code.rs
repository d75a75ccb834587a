//! Status codes of Close frames: who may use which, as one table (RFC 6455 section 7.4 and section 11.7).
//!
//! The wire carries any 16-bit value and no text makes the reception of one an error (CLOSE-05), so this file
//! classifies and does not judge; which classes are accepted is a knob (K-CODE).

/// The purpose of the connection is fulfilled.
pub const NORMAL_CLOSURE: u16 = 1000;
/// A server goes down, or a page is left.
pub const GOING_AWAY: u16 = 1001;
/// The peer broke the protocol.
pub const PROTOCOL_ERROR: u16 = 1002;
/// Reported, and never sent: the Close frame had no status code.
pub const NO_STATUS_RECEIVED: u16 = 1005;
/// Reported, and never sent: no Close frame was received.
pub const ABNORMAL_CLOSURE: u16 = 1006;
/// The data does not match its type.
pub const INVALID_FRAME_PAYLOAD_DATA: u16 = 1007;

/// Whether a Close frame may carry a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OnWire {
    /// Either endpoint may send it.
    Yes,
    /// A client may send it.
    FromClient,
    /// No meaning that permits sending it is defined (CLOSE-04).
    No,
    /// An endpoint must not send it, because it stands for something that did not come from a Close frame
    /// (CLOSE-03).
    Never,
    /// The range is outside of what the registry covers.
    Undefined,
}

/// When `CloseEvent.code` has a value that did not come from the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reported {
    /// Never: a page sees it if it was received.
    IfReceived,
    /// The Close frame that was received has no status code (CLOSE-30).
    ForEmptyClose,
    /// No Close frame was received (CLOSE-30).
    ForNoClose,
}

/// What kind of code a 16-bit value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// 0 to 999: not used.
    Unused,
    /// A code of the protocol with a meaning that permits sending it.
    Registered,
    /// 1004: set aside, without a meaning.
    Reserved,
    /// 1005, 1006 and 1015: reported and never sent.
    NeverOnTheWire,
    /// 1016 to 2999: left for later versions of the protocol and for extensions.
    Unassigned,
    /// 3000 to 3999: registered by libraries, frameworks and applications, first come, first served.
    Library,
    /// 4000 to 4999: private use.
    Private,
    /// 5000 and above.
    OutOfRange,
}

/// A row of the registry: a code or a range of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Registration {
    /// The first code of the range.
    pub first: u16,
    /// The last code of the range.
    pub last: u16,
    /// The registered name, or what the range is for.
    pub name: &'static str,
    /// Whether a Close frame may carry it.
    pub on_wire: OnWire,
    /// Whether a page may pass it to `close()` (API-02).
    pub set_by_close: bool,
    /// When a page sees it although it was not received.
    pub reported: Reported,
    /// What it says, in one sentence.
    pub about: &'static str,
    /// Where that is written.
    pub source: &'static str,
}

const DEFINED: &str = "RFC 6455 section 7.4.1";
const RANGES: &str = "RFC 6455 section 7.4.2";
const IANA: &str = "IANA WebSocket Close Code Number Registry";

/// A row for one code that is sent and received.
const fn code(code: u16, name: &'static str, source: &'static str, about: &'static str) -> Registration {
    range(code, code, name, OnWire::Yes, source, about)
}

/// A row for one code that is reported and never sent.
const fn never(code: u16, name: &'static str, reported: Reported, about: &'static str) -> Registration {
    Registration { reported, ..range(code, code, name, OnWire::Never, DEFINED, about) }
}

const fn range(
    first: u16,
    last: u16,
    name: &'static str,
    on_wire: OnWire,
    source: &'static str,
    about: &'static str,
) -> Registration {
    let set_by_close = may_be_set_by_close(first);
    Registration { first, last, name, on_wire, set_by_close, reported: Reported::IfReceived, about, source }
}

/// All 65,536 values in ascending order.
pub const REGISTRY: &[Registration] = &[
    range(0, 999, "unused", OnWire::No, RANGES, "no status code is that small"),
    code(1000, "Normal Closure", DEFINED, "the purpose of the connection is fulfilled"),
    code(1001, "Going Away", DEFINED, "a server goes down, or a page is left"),
    code(1002, "Protocol Error", DEFINED, "the peer broke the protocol"),
    code(1003, "Unsupported Data", DEFINED, "data of a kind that the endpoint does not take"),
    range(1004, 1004, "Reserved", OnWire::No, DEFINED, "a meaning might be defined later"),
    never(1005, "No Status Received", Reported::ForEmptyClose, "the Close frame had no status code"),
    never(1006, "Abnormal Closure", Reported::ForNoClose, "the connection ended without a Close frame"),
    code(
        1007,
        "Invalid Frame Payload Data",
        DEFINED,
        "the data does not match its type, as text that is not UTF-8",
    ),
    code(1008, "Policy Violation", DEFINED, "a message breaks a rule of the endpoint"),
    code(1009, "Message Too Big", DEFINED, "a message is larger than the endpoint can process"),
    range(
        1010,
        1010,
        "Mandatory Extension",
        OnWire::FromClient,
        DEFINED,
        "the server did not agree on an extension that the client needs",
    ),
    code(
        1011,
        "Internal Error",
        "RFC 6455 section 7.4.1 with erratum 3227",
        "the endpoint met a condition that it did not expect",
    ),
    code(1012, "Service Restart", IANA, "the service restarts"),
    code(1013, "Try Again Later", IANA, "the service is overloaded"),
    code(1014, "Bad Gateway", IANA, "a gateway got an invalid response from the server behind it"),
    never(
        1015,
        "TLS Handshake",
        Reported::IfReceived,
        "the TLS handshake failed; a page is told 1006 (HS-25)",
    ),
    range(
        1016,
        2999,
        "unassigned",
        OnWire::No,
        RANGES,
        "for later versions of the protocol and for extensions",
    ),
    code(3000, "Unauthorized", IANA, "as the HTTP status 401"),
    range(3001, 3002, "libraries", OnWire::Yes, RANGES, "first come, first served"),
    code(3003, "Forbidden", IANA, "as the HTTP status 403"),
    range(3004, 3007, "libraries", OnWire::Yes, RANGES, "first come, first served"),
    code(3008, "Timeout", IANA, "as the HTTP status 408"),
    range(3009, 3999, "libraries", OnWire::Yes, RANGES, "first come, first served"),
    range(4000, 4999, "private use", OnWire::Yes, RANGES, "by agreement between the two applications"),
    range(5000, u16::MAX, "out of range", OnWire::Undefined, RANGES, "the text stops at 4999"),
];

/// The row of the registry that covers `code`.
///
/// # Panics
///
/// Never: the rows cover all 65,536 values.
#[must_use]
pub fn registration(code: u16) -> &'static Registration {
    let index = REGISTRY.partition_point(|row| row.last < code);
    &REGISTRY[index]
}

/// The class of `code`.
#[inline]
#[must_use]
pub const fn class(code: u16) -> Class {
    match code {
        0..=999 => Class::Unused,
        1000..=1003 | 1007..=1014 => Class::Registered,
        1004 => Class::Reserved,
        1005 | 1006 | 1015 => Class::NeverOnTheWire,
        1016..=2999 => Class::Unassigned,
        3000..=3999 => Class::Library,
        4000..=4999 => Class::Private,
        5000.. => Class::OutOfRange,
    }
}

/// Whether a page may pass `code` to `close()` (WebSockets Standard, `close(code, reason)`, step 1; API-02).
#[inline]
#[must_use]
pub const fn may_be_set_by_close(code: u16) -> bool {
    matches!(code, 1000 | 3000..=4999)
}

/// Whether an endpoint must not put `code` into a Close frame under any circumstances (CLOSE-03).
#[inline]
#[must_use]
pub const fn is_never_on_the_wire(code: u16) -> bool {
    matches!(class(code), Class::NeverOnTheWire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_cover_every_value_once() {
        let mut next = 0_u32;
        for row in REGISTRY {
            assert_eq!(u32::from(row.first), next, "{}", row.name);
            assert!(row.first <= row.last, "{}", row.name);
            next = u32::from(row.last) + 1;
        }
        assert_eq!(next, 1 << 16);
    }

    #[test]
    fn a_value_is_found_in_its_row_and_the_row_agrees_with_the_functions() {
        for value in 0..=u16::MAX {
            let row = registration(value);
            assert!((row.first..=row.last).contains(&value), "{value}");
            assert_eq!(row.set_by_close, may_be_set_by_close(value), "{value}");
            assert_eq!(row.on_wire == OnWire::Never, is_never_on_the_wire(value), "{value}");
            let permitted = match class(value) {
                Class::Registered if value == 1010 => OnWire::FromClient,
                Class::Registered | Class::Library | Class::Private => OnWire::Yes,
                Class::Unused | Class::Reserved | Class::Unassigned => OnWire::No,
                Class::NeverOnTheWire => OnWire::Never,
                Class::OutOfRange => OnWire::Undefined,
            };
            assert_eq!(row.on_wire, permitted, "{value}");
        }
    }

    #[test]
    fn a_constant_is_called_as_its_row() {
        #[track_caller]
        fn check(code: u16, want: &str) {
            assert_eq!(registration(code).name, want);
        }
        check(NORMAL_CLOSURE, "Normal Closure");
        check(GOING_AWAY, "Going Away");
        check(PROTOCOL_ERROR, "Protocol Error");
        check(NO_STATUS_RECEIVED, "No Status Received");
        check(ABNORMAL_CLOSURE, "Abnormal Closure");
        check(INVALID_FRAME_PAYLOAD_DATA, "Invalid Frame Payload Data");
    }

    #[test]
    fn three_codes_are_never_on_the_wire_and_two_are_made_up_for_the_page() {
        let never = (0..=u16::MAX).filter(|&code| is_never_on_the_wire(code));
        assert!(never.eq([1005, 1006, 1015]));
        let made_up = REGISTRY.iter().filter(|row| row.reported != Reported::IfReceived).map(|row| row.first);
        assert!(made_up.eq([1005, 1006]));
    }

    #[test]
    fn a_page_may_set_1000_and_3000_to_4999() {
        #[track_caller]
        fn check(code: u16, want: bool) {
            assert_eq!(may_be_set_by_close(code), want, "{code}");
        }
        for code in [1000, 3000, 3999, 4000, 4999] {
            check(code, true);
        }
        for code in [0, 999, 1001, 1005, 1006, 1011, 1015, 2999, 5000, u16::MAX] {
            check(code, false);
        }
    }
}
