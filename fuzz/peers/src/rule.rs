//! Differences that are known, each with a name and a section in `docs/findings/peers.md`.

use wasclean_model::status_code::{Class, class};
use wasclean_model::trace::Cause;

use crate::verdict::{CloseUnderWay, End, Verdict};

/// A difference between our verdict and a peer's.
#[derive(Debug)]
pub struct Difference<'a> {
    /// The peer's name.
    pub peer: &'a str,
    /// Ours.
    pub ours: &'a Verdict,
    /// Why we refuse, if we do.
    pub cause: Option<Cause>,
    /// The peer's.
    pub theirs: &'a Verdict,
    /// Whether a Pong stands inside a fragmented message.
    pub has_pong_inside: bool,
    /// The Close within whose body the bytes end.
    pub close_under_way: Option<&'a CloseUnderWay>,
}

/// A difference that is explained.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The name, which is the title of its section.
    pub name: &'static str,
    covers: fn(&Difference<'_>) -> bool,
}

/// The rules, of which the first that covers a difference names it. Where a peer goes on after what we refuse, anything
/// may follow.
pub const RULES: &[Rule] = &[
    Rule { name: "a panic", covers: |d| d.theirs.end == End::Panicked },
    Rule {
        name: "refused late",
        covers: |d| {
            d.ours.end == End::Refused && d.theirs.end == End::Waiting && d.ours.messages == d.theirs.messages
        },
    },
    Rule {
        name: "a body of one byte is refused by its length",
        covers: |d| {
            d.peer == "tokio-websockets"
                && d.close_under_way.is_some_and(|close| close.len == 1)
                && d.theirs.end == End::Refused
        },
    },
    Rule {
        name: "a reason is refused before its end",
        covers: |d| {
            d.peer == "wslay"
                && d.close_under_way.is_some_and(CloseUnderWay::is_reason_wrong)
                && d.theirs.end == End::Refused
                && d.ours.messages == d.theirs.messages
        },
    },
    Rule {
        name: "a body of one byte passes for none",
        covers: |d| {
            accepts(d, Cause::CloseBodyOfOneByte, &["wslay"]) && d.theirs.end == End::Close(None, Vec::new())
        },
    },
    Rule {
        name: "masked frames of a server are read",
        covers: |d| accepts(d, Cause::MaskedByServer, &["fastwebsockets", "soketto"]),
    },
    Rule {
        name: "lengths need not be in the shortest form",
        covers: |d| {
            accepts(
                d,
                Cause::LengthNotMinimal,
                &["fastwebsockets", "soketto", "tokio-websockets", "tungstenite"],
            )
        },
    },
    Rule {
        name: "control frames may have a longer length",
        covers: |d| accepts(d, Cause::ControlTooLong, &["fastwebsockets", "soketto", "tungstenite"]),
    },
    Rule {
        name: "a message begins inside another",
        covers: |d| accepts(d, Cause::ExpectedContinuation, &["fastwebsockets", "soketto"]),
    },
    Rule { name: "text is not judged", covers: |d| accepts(d, Cause::TextNotUtf8, &["soketto"]) },
    Rule {
        name: "the end of fragmented text is dropped",
        covers: |d| accepts(d, Cause::TextNotUtf8, &["fastwebsockets"]),
    },
    Rule {
        name: "an empty last fragment ends text anywhere",
        covers: |d| accepts(d, Cause::TextNotUtf8, &["tokio-websockets"]),
    },
    Rule { name: "a Pong ends a fragmented message", covers: |d| d.peer == "soketto" && d.has_pong_inside },
    Rule {
        name: "reserved codes are reported",
        covers: |d| accepts(d, Cause::CloseCode, &["soketto", "tungstenite"]),
    },
    Rule {
        name: "a code is replaced by 1002",
        covers: |d| {
            ["soketto", "tungstenite"].contains(&d.peer)
                && code(&d.ours.end).is_some_and(is_odd)
                && code(&d.theirs.end) == Some(1002)
                && d.ours.messages == d.theirs.messages
        },
    },
    Rule {
        name: "more codes are refused",
        covers: |d| {
            ["fastwebsockets", "tokio-websockets", "wslay"].contains(&d.peer)
                && code(&d.ours.end)
                    .is_some_and(|code| is_odd(code) || d.peer == "wslay" && [1012, 1013].contains(&code))
                && d.theirs.end == End::Refused
                && d.ours.messages == d.theirs.messages
        },
    },
    Rule {
        name: "an empty Close is an error",
        covers: |d| {
            d.peer == "soketto" && d.ours.end == End::Close(None, Vec::new()) && d.theirs.end == End::Refused
        },
    },
];

/// Whether one of `peers` reads what we refuse for this cause.
fn accepts(difference: &Difference<'_>, cause: Cause, peers: &[&str]) -> bool {
    difference.cause == Some(cause) && peers.contains(&difference.peer)
}

/// The code of a Close.
fn code(end: &End) -> Option<u16> {
    match end {
        End::Close(code, _) => *code,
        End::Refused | End::Waiting | End::Panicked => None,
    }
}

/// Whether not every implementation has a meaning for this code. 1014 is the latest that was registered.
fn is_odd(code: u16) -> bool {
    match class(code) {
        Class::Unused | Class::Reserved | Class::NeverOnTheWire | Class::Unassigned | Class::OutOfRange => {
            true
        }
        Class::Registered => code == 1014,
        Class::Library | Class::Private => false,
    }
}

/// The name of the rule that covers a difference.
#[must_use]
pub fn explained(difference: &Difference<'_>) -> Option<&'static str> {
    RULES.iter().find(|rule| (rule.covers)(difference)).map(|rule| rule.name)
}
