//! Which profile is nearest to a version of a user agent, from what compatibility tables say.

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use super::Profile;
use super::named::NamedProfile;

/// A range of versions of a user agent, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The user agent, by the name that `--profile` takes.
    pub agent: &'static str,
    /// Its first version.
    pub from: &'static str,
    /// The first version after it, if there is one.
    pub to: Option<&'static str>,
    /// The name of the profile that is nearest.
    pub profile: &'static str,
    /// What is known of these versions.
    pub about: &'static str,
    /// Who says so.
    pub source: Source,
}

/// A source of the table, with its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The table of the reference pages about `CloseEvent`.
    ReferencePages,
    /// MDN's browser compatibility data (LEGACY-14).
    CompatibilityData,
    /// The pull request mdn/content#45031, about what keeps a page out of the back/forward cache.
    CacheReasons,
    /// A build of the user agent itself.
    Measured,
}

impl Source {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReferencePages => "reference pages about CloseEvent",
            Self::CompatibilityData => "MDN browser compatibility data",
            Self::CacheReasons => "mdn/content#45031",
            Self::Measured => "measured",
        }
    }

    /// When it was looked at: year and month, where that is known.
    #[must_use]
    pub fn date(self) -> Option<&'static str> {
        match self {
            Self::ReferencePages | Self::CompatibilityData | Self::CacheReasons => Some("2026-08"),
            Self::Measured => None,
        }
    }
}

/// Since which version a user agent has something, and to which, as a table says it. Tables differ, and both are kept.
#[derive(Debug, Clone, Copy)]
pub struct Support {
    /// What.
    pub feature: &'static str,
    /// The user agent.
    pub agent: &'static str,
    /// The first version with it.
    pub since: &'static str,
    /// The version up to which the table gives it, if it was taken out.
    pub until: Option<&'static str>,
    /// Who says so.
    pub source: Source,
}

const fn since(
    source: Source,
    feature: &'static str,
    agent: &'static str,
    since: &'static str,
    until: Option<&'static str>,
) -> Support {
    Support { feature, agent, since, until, source }
}

use Source::{CacheReasons, CompatibilityData, Measured, ReferencePages};

/// What the tables say.
pub const SUPPORT: &[Support] = &[
    since(ReferencePages, "CloseEvent", "chrome", "13", None),
    since(ReferencePages, "CloseEvent", "edge", "12", None),
    since(ReferencePages, "CloseEvent", "firefox", "8", None),
    since(ReferencePages, "CloseEvent", "ie", "10", None),
    since(ReferencePages, "CloseEvent", "opera", "12.1", None),
    since(ReferencePages, "CloseEvent", "safari", "6", None),
    since(ReferencePages, "CloseEvent", "webview-android", "37", None),
    since(ReferencePages, "CloseEvent", "chrome-android", "18", None),
    since(ReferencePages, "CloseEvent", "firefox-android", "8", None),
    since(ReferencePages, "CloseEvent", "opera-android", "12.1", None),
    since(ReferencePages, "CloseEvent", "safari-ios", "6", None),
    since(ReferencePages, "CloseEvent", "samsung-internet", "1.0", None),
    since(ReferencePages, "initCloseEvent", "edge", "12", Some("79")),
    since(ReferencePages, "initCloseEvent", "firefox", "8", Some("41")),
    since(ReferencePages, "initCloseEvent", "firefox-android", "8", Some("41")),
    since(ReferencePages, "close as a simple event", "firefox", "4", Some("8")),
    since(ReferencePages, "CLOSE_NORMAL for unexpected errors", "firefox", "8", Some("12")),
    since(CompatibilityData, "CloseEvent", "chrome", "15", None),
    since(CompatibilityData, "CloseEvent", "deno", "1.4", None),
    since(CompatibilityData, "CloseEvent", "node", "23", None),
    since(CompatibilityData, "CloseEvent", "bun", "1.0", None),
    since(CompatibilityData, "WebSocket", "node", "22", None),
    since(CompatibilityData, "CloseEvent()", "chrome", "16", None),
    since(CompatibilityData, "CloseEvent()", "firefox", "11", None),
    since(CompatibilityData, "CloseEvent()", "safari", "6", None),
    since(CompatibilityData, "CloseEvent()", "edge", "14", None),
    since(CompatibilityData, "CloseEvent()", "opera", "12.1", None),
    since(CompatibilityData, "RFC 6455", "chrome", "16", None),
    since(CompatibilityData, "RFC 6455", "firefox", "11", None),
    since(CompatibilityData, "RFC 6455", "safari", "6", None),
    since(CacheReasons, "disconnected and cached", "chrome", "149", None),
];

const fn span(
    agent: &'static str,
    from: &'static str,
    to: Option<&'static str>,
    profile: &'static str,
    source: Source,
    about: &'static str,
) -> Span {
    Span { agent, from, to, profile, about, source }
}

const MODERN: &str = "nothing is known of it that the measured build does not do";
const BEFORE: &str = "before CloseEvent, or with the drafts' one";
const UNCACHED: &str = "as the measured build, but a page with a connection is not cached";
const YOUNG: &str = "the texts of that time, with the constructor";

/// The nearest profile of each range of versions; ranges of one agent follow one another.
pub const SPANS: &[Span] = &[
    span("chrome", "4", Some("16"), "2011-draft", CompatibilityData, BEFORE),
    span("chrome", "16", Some("35"), "2012-cr", CompatibilityData, YOUNG),
    span("chrome", "35", Some("149"), "chromium", CacheReasons, UNCACHED),
    span("chrome", "149", None, "chromium", Measured, MODERN),
    span("chromium", "35", Some("149"), "chromium", CacheReasons, UNCACHED),
    span("chromium", "149", None, "chromium", Measured, MODERN),
    span("chrome-android", "18", Some("35"), "2012-cr", ReferencePages, YOUNG),
    span("chrome-android", "35", Some("149"), "chromium", CacheReasons, UNCACHED),
    span("chrome-android", "149", None, "chromium", Measured, MODERN),
    span("webview-android", "37", None, "chromium", Measured, MODERN),
    span("samsung-internet", "1.0", None, "chromium", Measured, MODERN),
    span("edge", "12", Some("79"), "edge12", ReferencePages, "initCloseEvent"),
    span("edge", "79", None, "chromium", Measured, "built on Chromium"),
    span("ie", "10", None, "ie10", ReferencePages, "initCloseEvent, and no constructor"),
    span("firefox", "4", Some("8"), "firefox-7", ReferencePages, "close is a simple event"),
    span("firefox", "8", Some("12"), "firefox-11", ReferencePages, "unexpected errors are CLOSE_NORMAL"),
    span("firefox", "12", Some("41"), "firefox-12", ReferencePages, "initCloseEvent"),
    span("firefox", "41", None, "firefox", Measured, MODERN),
    span("firefox-android", "4", Some("8"), "firefox-7", ReferencePages, "close is a simple event"),
    span(
        "firefox-android",
        "8",
        Some("12"),
        "firefox-11",
        ReferencePages,
        "unexpected errors are CLOSE_NORMAL",
    ),
    span("firefox-android", "12", Some("41"), "firefox-12", ReferencePages, "initCloseEvent"),
    span("firefox-android", "41", None, "firefox", Measured, MODERN),
    span("opera", "10", Some("12.1"), "2011-draft", CompatibilityData, BEFORE),
    span("opera", "12.1", Some("15"), "2012-cr", ReferencePages, YOUNG),
    span("opera", "15", None, "chromium", Measured, "built on Chromium"),
    span("opera-android", "12.1", Some("14"), "2012-cr", ReferencePages, YOUNG),
    span("opera-android", "14", None, "chromium", Measured, "built on Chromium"),
    span("safari", "5", Some("6"), "2011-draft", CompatibilityData, BEFORE),
    span("safari", "6", Some("8"), "2012-cr", ReferencePages, YOUNG),
    span("safari", "8", None, "webkit", Measured, "the build that was measured has another network stack"),
    span("safari-ios", "4.2", Some("6"), "2011-draft", CompatibilityData, BEFORE),
    span("safari-ios", "6", Some("8"), "2012-cr", ReferencePages, YOUNG),
    span(
        "safari-ios",
        "8",
        None,
        "webkit",
        Measured,
        "the build that was measured has another network stack",
    ),
    span("webkitgtk", "1", None, "webkit", Measured, MODERN),
    span("webkit", "1", None, "webkit", Measured, MODERN),
    span("node", "18", Some("22"), "node-20", Measured, MODERN),
    span("node", "22", Some("25"), "node-24", Measured, MODERN),
    span("node", "25", None, "node-26", Measured, MODERN),
    span("undici", "5", Some("7"), "node-20", Measured, MODERN),
    span("undici", "7", Some("8"), "undici-7", Measured, MODERN),
    span("undici", "8", None, "undici-8", Measured, MODERN),
    span("deno", "1.4", None, "deno", Measured, MODERN),
    span("bun", "1.0", None, "bun", Measured, MODERN),
    span("ws", "1", None, "ws", Measured, MODERN),
    span("jsdom", "10", Some("28"), "jsdom-26", Measured, MODERN),
    span("jsdom", "28", None, "jsdom-31", Measured, MODERN),
    span("happy-dom", "12", Some("21"), "happy-dom-20", Measured, MODERN),
    span("happy-dom", "21", None, "happy-dom-21", Measured, MODERN),
];

/// A profile that was chosen for a version.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// The profile.
    pub named: &'static NamedProfile,
    /// The versions that it stands for.
    pub span: &'static Span,
    /// Whether it was measured at this very version.
    pub is_exact: bool,
}

/// Names of agents that other tables have, and ours.
const ALIASES: [(&str, &str); 3] = [
    ("samsunginternet", "samsung-internet"),
    ("samsunginternet-android", "samsung-internet"),
    ("nodejs", "node"),
];

/// The agent that is meant: whatever its case and its hyphens, by another table's name, or by the beginning of a name
/// that no other agent has. What is not known is given back in our spelling.
#[must_use]
pub fn agent_known_as(agent: &str) -> String {
    let agent = agent.to_ascii_lowercase().replace(['_', ' '], "-");
    if let Some(&(_, ours)) = ALIASES.iter().find(|(other, _)| *other == agent) {
        return ours.to_owned();
    }
    let is_longer = |known: &&str| known.strip_prefix(&*agent).is_some_and(|rest| rest.starts_with('-'));
    let mut longer = SPANS.iter().map(|span| span.agent).filter(is_longer);
    // The ranges of one agent stand together.
    match longer.next().filter(|first| longer.all(|other| other == *first)) {
        Some(only) if SPANS.iter().all(|span| span.agent != agent) => only.to_owned(),
        Some(_) | None => agent,
    }
}

/// A version as the numbers in it.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let mut numbers = [0; 3];
    let mut parts = version.split('.');
    for (number, part) in numbers.iter_mut().zip(&mut parts) {
        *number = part.parse().ok()?;
    }
    Some(numbers)
}

impl Profile {
    /// The profile that is nearest to a version of a user agent, whoever names it ([`agent_known_as`]); the newest one
    /// if `version` is empty. None if the agent is not known, if what stands for its version is no version, or if that
    /// is older than all that is known.
    #[must_use]
    pub fn of_version(agent: &str, version: &str) -> Option<Choice> {
        let agent = &*agent_known_as(agent);
        let mut spans = SPANS.iter().filter(|span| span.agent == agent);
        let span = if version.is_empty() {
            spans.next_back()?
        } else {
            let wanted = numbers(version)?;
            let is_in = |span: &&Span| {
                numbers(span.from).is_some_and(|from| from <= wanted)
                    && span.to.is_none_or(|to| numbers(to).is_some_and(|to| wanted < to))
            };
            spans.find(is_in)?
        };
        let named = Self::NAMED.iter().find(|named| named.name == span.profile)?;
        let is_exact = named.measured.is_some_and(|measured| {
            measured.version == version
                && (measured.agent == agent || (measured.agent, agent) == ("chromium", "chrome"))
        });
        Some(Choice { named, span, is_exact })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(agent: &str, version: &str, want: Option<(&str, bool)>) {
        let choice = Profile::of_version(agent, version);
        assert_eq!(choice.map(|choice| (choice.named.name, choice.is_exact)), want, "{agent}@{version}");
    }

    #[test]
    fn a_version_has_its_nearest_profile() {
        check("firefox", "7", Some(("firefox-7", false)));
        check("firefox", "11", Some(("firefox-11", false)));
        check("firefox", "11.0.1", Some(("firefox-11", false)));
        check("firefox", "40", Some(("firefox-12", false)));
        check("firefox", "153", Some(("firefox", true)));
        check("firefox", "200", Some(("firefox", false)));
        check("ie", "10", Some(("ie10", false)));
        check("chrome", "156", Some(("chromium", true)));
        check("opera", "12.1", Some(("2012-cr", false)));
        check("opera", "12.0", Some(("2011-draft", false)));
        check("edge", "78", Some(("edge12", false)));
        check("edge", "79", Some(("chromium", false)));
        check("node", "20.20.2", Some(("node-20", true)));
        check("node", "", Some(("node-26", false)));
    }

    #[test]
    fn an_agent_has_the_names_of_other_tables() {
        for (text, want) in [
            ("webview", "webview-android"),
            ("webview_android", "webview-android"),
            ("samsung", "samsung-internet"),
            ("samsunginternet_android", "samsung-internet"),
            ("Safari_iOS", "safari-ios"),
            ("happy", "happy-dom"),
            ("Happy DOM", "happy-dom"),
            ("NodeJS", "node"),
            ("firefox", "firefox"),
            ("Netscape", "netscape"),
        ] {
            assert_eq!(agent_known_as(text), want);
            assert_eq!(Profile::of_version(text, "").is_some(), want != "netscape", "{text}");
        }
    }

    #[test]
    fn what_is_not_known_has_none() {
        check("ie", "9", None);
        check("netscape", "4", None);
        check("firefox", "new", None);
    }

    #[test]
    fn every_range_names_a_profile_and_follows_the_one_before() {
        for (index, span) in SPANS.iter().enumerate() {
            assert!(Profile::named(span.profile).is_some(), "{}", span.profile);
            assert!(numbers(span.from).is_some(), "{}", span.from);
            let next = SPANS.get(index + 1).filter(|next| next.agent == span.agent);
            assert_eq!(span.to, next.map(|next| next.from), "{} from {}", span.agent, span.from);
        }
    }

    #[test]
    fn every_agent_of_the_tables_has_versions() {
        for support in SUPPORT {
            assert!(Profile::of_version(support.agent, support.since).is_some(), "{support:?}");
        }
    }
}
