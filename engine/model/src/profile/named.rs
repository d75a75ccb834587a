//! The named profiles.

use super::Profile;

/// A profile with its name.
#[derive(Debug, Clone, Copy)]
pub struct NamedProfile {
    /// The name, as scenario files and `--profile` write it.
    pub name: &'static str,
    /// Its knobs.
    pub profile: Profile,
    /// What it stands for, as a sentence.
    pub about: &'static str,
    /// The build it was measured at, if it was.
    pub measured: Option<Measured>,
}

/// A build of a user agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// The user agent, as recordings name it.
    pub agent: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its WebSocket implementation, where that has a version of its own.
    pub engine: Option<&'static str>,
}

const fn text(name: &'static str, profile: Profile, about: &'static str) -> NamedProfile {
    NamedProfile { name, profile, about, measured: None }
}

const fn measured(
    name: &'static str,
    profile: Profile,
    agent: &'static str,
    version: &'static str,
    engine: Option<&'static str>,
) -> NamedProfile {
    let about = "What was measured at a build of this user agent.";
    NamedProfile { name, profile, about, measured: Some(Measured { agent, version, engine }) }
}

impl Profile {
    /// The named profiles. The position of each is part of the byte form of a scenario, so a new one comes last.
    pub const NAMED: &[NamedProfile] = &[
        text(
            "standard",
            Self::STANDARD,
            "The strictest reading on which the texts can be followed as a whole, and else the one that engines share.",
        ),
        text("literal", Self::LITERAL, "Each text word for word, even where that leads to absurd results."),
        measured("chromium", Self::CHROMIUM, "chromium", "156", None),
        measured("firefox", Self::FIREFOX, "firefox", "153", None),
        measured("webkit", Self::WEBKIT, "webkitgtk", "2.50.6", None),
        measured("node-20", Self::UNDICI_6, "node", "20.20.2", Some("undici 6.24.1")),
        measured("node-24", Self::UNDICI_7, "node", "24.21.0", Some("undici 7.29.1")),
        measured("node-26", Self::UNDICI_7, "node", "26.10.0", Some("undici 8.10.2")),
        measured("undici-7", Self::UNDICI_7, "undici", "7.30.2", None),
        measured("undici-8", Self::UNDICI_7, "undici", "8.12.4", None),
        measured("deno", Self::DENO, "deno", "2.9.6", None),
        measured("bun", Self::BUN, "bun", "1.4.4", None),
        measured("ws", Self::WS, "ws", "8.23.0", None),
        measured("jsdom-26", Self::JSDOM_26, "jsdom", "26.1.0", None),
        measured("jsdom-31", Self::JSDOM_31, "jsdom", "31.0.1", None),
        measured("happy-dom-20", Self::HAPPY_DOM, "happy-dom", "20.14.6", None),
        measured("happy-dom-21", Self::HAPPY_DOM, "happy-dom", "21.0.4", None),
        text("rfc6455", Self::RFC6455, "RFC 6455 alone, strictly."),
        text("2011-draft", Self::DRAFT_2011, "The WebSocket API drafts of the first half of 2011."),
        text("2012-cr", Self::CR_2012, "The WebSocket API Candidate Recommendation of 2012."),
        text("ie10", Self::IE_10, "Internet Explorer 10 and 11, as far as documents tell."),
        text("edge12", Self::EDGE_12, "Edge 12 to 78, as far as documents tell."),
        text("firefox-7", Self::FIREFOX_7, "Firefox 4 to 7, as far as documents tell."),
        text("firefox-11", Self::FIREFOX_11, "Firefox 8 to 11, as far as documents tell."),
        text("firefox-12", Self::FIREFOX_12, "Firefox 12 to 40, as far as documents tell."),
    ];

    /// The profile called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|named| named.name == name).map(|named| named.profile)
    }

    /// The name of the profile, if it is one of the named ones: the first, where several agents behave alike.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Self::NAMED.iter().find(|named| named.profile == *self).map(|named| named.name)
    }
}
