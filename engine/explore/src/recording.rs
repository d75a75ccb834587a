//! Recordings of user agents: what is in a file, and which profile was measured with it.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use wasclean_model::profile::{Choice, Profile};
use wasclean_model::trace::{NotAToken, Recorded};

/// Milliseconds after which a script gave up that saw no `close` event, unless its recording says otherwise.
const LIMIT_MS: u64 = 3500;

/// What one build of one user agent did with a set of scripts. `corpus/recordings/README.md` describes the format.
#[derive(Debug, Clone)]
pub struct Recording {
    agent: String,
    version: Option<String>,
    /// Its WebSocket implementation, where that has a version of its own.
    pub engine: Option<String>,
    /// When it was recorded, where that is known.
    pub date: Option<String>,
    has_wire: bool,
    scripts: Vec<Script>,
    unreadable: Vec<(String, NotAToken)>,
    idle_limits: Vec<String>,
}

/// What was recorded with one script.
#[derive(Debug, Clone)]
pub struct Script {
    /// The name of the script, which is the name of its scenario.
    pub name: String,
    /// What was seen.
    pub seen: Recorded,
    /// Microseconds after which the recorder gave up.
    pub limit_us: u64,
}

/// Why a file is no recording.
#[derive(Debug)]
#[non_exhaustive]
pub enum Offence {
    /// The file is empty.
    Empty,
    /// It is no JSON, or it has not the fields that a recording has.
    Form(serde_json::Error),
    /// There is a log of the peer with this script, and none of the page.
    WireAlone(String),
    /// There is no log.
    Nothing,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str(
                "the file is empty; expected an object with `agent`, `version`, `page` and `wire`",
            ),
            Self::Form(error) => error.fmt(f),
            Self::WireAlone(name) => write!(f, "`wire` has a log of `{name}`, and `page` has none"),
            Self::Nothing => f.write_str("`page` has no log, so there is nothing to compare"),
        }
    }
}

impl std::error::Error for Offence {}

/// A recording as its file has it.
#[derive(Deserialize)]
struct File {
    agent: String,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    engine: Option<String>,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    limit_ms: ByScript<u64>,
    page: ByScript<Page>,
    #[serde(default)]
    wire: Option<ByScript<Wire>>,
}

/// What there is of each script, once.
#[derive(Default)]
struct ByScript<T>(BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByScript<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scripts<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Scripts<T> {
            type Value = BTreeMap<String, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an entry for each script")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut scripts = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if scripts.contains_key(&name) {
                        return Err(A::Error::custom(format_args!("the script `{name}` is there twice")));
                    }
                    let value = map.next_value()?;
                    scripts.insert(name, value);
                }
                Ok(scripts)
            }
        }

        deserializer.deserialize_map(Scripts(PhantomData)).map(Self)
    }
}

/// A log of the page: a string of script, which may end within a surrogate pair.
struct Page(String);

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Page;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a log in one string")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Page, E> {
                Ok(Page(text.to_owned()))
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Page, E> {
                with_lone_surrogates(bytes).map(Page).ok_or_else(|| E::custom("a log is not UTF-8"))
            }
        }

        // As a text it would be refused for a surrogate that stands alone.
        deserializer.deserialize_bytes(Text)
    }
}

/// The text that `bytes` are in UTF-8, in which a surrogate that stands alone has three bytes; it becomes the escape
/// that JSON has for it.
fn with_lone_surrogates(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut rest = bytes;
    loop {
        match str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                return Some(text);
            }
            Err(error) => {
                let (valid, invalid) = rest.split_at(error.valid_up_to());
                text.push_str(str::from_utf8(valid).ok()?);
                let (&[0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf], after) =
                    invalid.split_first_chunk()?
                else {
                    return None;
                };
                let unit = 0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f);
                text.push_str(&format!("\\u{unit:04x}"));
                rest = after;
            }
        }
    }
}

/// A log of the peer: its tokens in one string, or each in one of its own.
struct Wire(String);

impl<'de> Deserialize<'de> for Wire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tokens;

        impl<'de> Visitor<'de> for Tokens {
            type Value = Wire;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a log in one string, or a list of its tokens")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Wire, E> {
                Ok(Wire(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Wire, A::Error> {
                let mut tokens: Vec<String> = Vec::new();
                while let Some(token) = sequence.next_element()? {
                    tokens.push(token);
                }
                Ok(Wire(tokens.join(" ")))
            }
        }

        deserializer.deserialize_any(Tokens)
    }
}

impl Recording {
    /// Reads the contents of a file.
    ///
    /// # Errors
    ///
    /// The first offence against the format.
    pub fn read(bytes: &[u8]) -> Result<Self, Offence> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if bytes.trim_ascii().is_empty() {
            return Err(Offence::Empty);
        }
        let file: File = serde_json::from_slice(bytes).map_err(Offence::Form)?;
        let is_alone = |name: &&String| !file.page.0.contains_key(*name);
        if let Some(name) = file.wire.iter().flat_map(|wire| wire.0.keys()).find(is_alone) {
            return Err(Offence::WireAlone(name.clone()));
        }
        let idle_limits = file.limit_ms.0.keys().filter(is_alone).cloned().collect();
        if file.page.0.is_empty() {
            return Err(Offence::Nothing);
        }
        let mut scripts = Vec::new();
        let mut unreadable = Vec::new();
        for (name, Page(page)) in file.page.0 {
            let wire = file.wire.as_ref().map(|wire| wire.0.get(&name).map_or("", |Wire(log)| log));
            match Recorded::read(&page, wire) {
                Ok(seen) => {
                    let limit_ms = file.limit_ms.0.get(&name).copied();
                    let limit_us = limit_us(limit_ms, &seen);
                    scripts.push(Script { name, seen, limit_us });
                }
                Err(error) => unreadable.push((name, error)),
            }
        }
        let File { agent, version, engine, date, .. } = file;
        Ok(Self {
            agent,
            version,
            engine,
            date,
            has_wire: file.wire.is_some(),
            scripts,
            unreadable,
            idle_limits,
        })
    }

    /// The user agent and its version, which may stand in one word.
    #[must_use]
    pub fn agent(&self) -> (&str, &str) {
        match &self.version {
            Some(version) => (&self.agent, version),
            None => {
                let digit = self.agent.find(|letter: char| letter.is_ascii_digit());
                let (agent, version) = self.agent.split_at(digit.unwrap_or(self.agent.len()));
                let version = version.split('-').next().unwrap_or_default();
                (agent.trim_end_matches(['-', '@', '/', ' ']), version)
            }
        }
    }

    /// The profile that was measured at this build, or at the one that is nearest.
    #[must_use]
    pub fn profile(&self) -> Option<Choice> {
        let (agent, version) = self.agent();
        Profile::of_version(agent, version)
    }

    /// What was recorded, script by script, in the order of their names.
    #[must_use]
    pub fn scripts(&self) -> &[Script] {
        &self.scripts
    }

    /// The scripts of which nothing can be said, because a log has a part that says nothing.
    #[must_use]
    pub fn unreadable(&self) -> &[(String, NotAToken)] {
        &self.unreadable
    }

    /// Whether somebody watched what the user agent wrote.
    #[must_use]
    pub fn has_wire(&self) -> bool {
        self.has_wire
    }

    /// The scripts that have a limit and no log. They may not have been played, or their names may be slips.
    #[must_use]
    pub fn idle_limits(&self) -> &[String] {
        &self.idle_limits
    }
}

/// How long the recorder listened: as long as the recording says. Where there is a `close` event it still listened when
/// that came, whenever that was, and where there is none its log ended when it gave up.
fn limit_us(limit_ms: Option<u64>, seen: &Recorded) -> u64 {
    let limit_ms = limit_ms.unwrap_or_else(|| match seen.ended_ms {
        Some(ms) if seen.is_given_up() => ms,
        _ if seen.is_closed() => u64::MAX,
        _ => LIMIT_MS,
    });
    limit_ms.saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Recording {
        Recording::read(json.as_bytes()).unwrap_or_else(|error| panic!("{error} in {json}"))
    }

    #[track_caller]
    fn check(json: &str, agent: (&str, &str), profile: &str) {
        let recording = read(&json.replace("{}", r#"{"a": ""}"#));
        assert_eq!(recording.agent(), agent);
        assert_eq!(recording.profile().map(|choice| choice.named.name), Some(profile));
    }

    #[test]
    fn an_agent_has_its_profile_however_it_is_written() {
        check(r#"{"agent": "chromium", "version": "156", "page": {}}"#, ("chromium", "156"), "chromium");
        check(r#"{"agent": "chromium156", "page": {}}"#, ("chromium", "156"), "chromium");
        check(r#"{"agent": "node24.21.0-undici7.29.1", "page": {}}"#, ("node", "24.21.0"), "node-24");
        check(r#"{"agent": "Firefox/153", "page": {}}"#, ("Firefox", "153"), "firefox");
        check(r#"{"agent": "happy-dom20.14.6", "page": {}}"#, ("happy-dom", "20.14.6"), "happy-dom-20");
        check(r#"{"agent": "NodeJS", "version": "24.21.0", "page": {}}"#, ("NodeJS", "24.21.0"), "node-24");
    }

    #[track_caller]
    fn refuses(json: &str, want: &str) {
        let error = Recording::read(json.as_bytes()).expect_err("it is no recording").to_string();
        assert!(error.contains(want), "{want:?} is not in {error:?}");
    }

    #[test]
    fn a_log_of_the_peer_belongs_to_one_of_the_page() {
        refuses(
            r#"{"agent": "x", "page": {"a": ""}, "wire": {"a": "", "b": ""}}"#,
            "`wire` has a log of `b`",
        );
        let more = read(r#"{"agent": "x", "page": {"a": "", "b": ""}, "wire": {"a": ""}}"#);
        assert_eq!(more.scripts()[1].seen.wire, Some(Vec::new()));
    }

    #[test]
    fn what_nobody_watched_is_not_what_nobody_saw() {
        let page_alone = read(r#"{"agent": "x", "page": {"a": ""}}"#);
        assert_eq!(page_alone.scripts()[0].seen.wire, None);
        assert!(!page_alone.has_wire());
    }

    #[test]
    fn a_script_of_which_nothing_can_be_said_is_told_with_the_place() {
        for (json, want) in [
            (r#"{"agent": "x", "page": {"a": "open@1 opne@1", "b": ""}}"#, "entry 1 of the page, `opne@1`,"),
            (
                r#"{"agent": "x", "page": {"a": "", "b": ""}, "wire": {"a": ["tcp-rst"]}}"#,
                "entry 0 of the wire, `tcp-rst`,",
            ),
        ] {
            let recording = read(json);
            let [(name, error)] = recording.unreadable() else { panic!("one is: {recording:?}") };
            assert_eq!(name, "a");
            assert!(error.to_string().starts_with(&format!("{want} is not a token; expected")), "{error}");
            assert_eq!(recording.scripts().iter().map(|script| &*script.name).collect::<Vec<_>>(), ["b"]);
        }
    }

    #[test]
    fn a_log_is_read_from_one_string_or_many() {
        for wire in [r#""close[03e8] tcp-fin""#, r#"["close[03e8]+30", "tcp-fin+40"]"#] {
            let json = format!(
                r#"{{"agent": "x", "page": {{"a": "NOCLOSE final@1 ms=6000"}}, "wire": {{"a": {wire}}}}}"#
            );
            let recording = read(&json);
            let script = &recording.scripts()[0];
            assert_eq!(
                script.seen.wire.as_deref(),
                Some(["close[03e8]".to_owned(), "tcp-fin".to_owned()].as_slice())
            );
            assert_eq!(script.limit_us, 6_000_000);
        }
    }

    #[track_caller]
    fn check_limit(page: &str, limit_ms: &str, want: u64) {
        let page = page.replace('"', "\\\"");
        let json = format!(r#"{{"agent": "x", "page": {{"a": "{page}"}}, "limit_ms": {{{limit_ms}}}}}"#);
        assert_eq!(read(&json).scripts()[0].limit_us, want, "{page} {limit_ms}");
    }

    #[test]
    fn a_log_with_a_close_event_was_not_given_up_before_it() {
        check_limit("open@1 NOCLOSE final@1", "", 3_500_000);
        check_limit("open@1 NOCLOSE final@1 ms=94800", "", 94_800_000);
        check_limit("open@1 NOCLOSE final@1 ms=2000", "", 2_000_000);
        check_limit(r#"open@1 close(1000,"",clean)@3 final@3 ms=0"#, "", u64::MAX);
        check_limit(r#"open@1 close(1006,"",unclean)@3 final@3 ms=4960"#, "", u64::MAX);
        check_limit(r#"open@1 close(1006,"",unclean)@3 final@3"#, "", u64::MAX);
        check_limit("open@1 close@3 final@3", "", u64::MAX);
        check_limit(r#"open@1 close(1000,"NOCLOSE",clean)@3 final@3 ms=10"#, "", u64::MAX);
        check_limit(r#"open@1 close(1000,"",clean)@3 final@3 ms=0"#, r#""a": 7000"#, 7_000_000);
    }

    #[test]
    fn a_limit_that_is_too_long_is_none() {
        check_limit("final@3", r#""a": 18446744073709552"#, u64::MAX);
        check_limit("NOCLOSE final@3 ms=18446744073709551616", "", u64::MAX);
    }

    #[test]
    fn a_limit_without_a_log_is_told() {
        let recording = read(r#"{"agent": "x", "page": {"a": ""}, "limit_ms": {"a": 1, "b": 1}}"#);
        assert_eq!(recording.idle_limits(), ["b"]);
    }

    #[test]
    fn a_script_is_there_once() {
        let want = "the script `a` is there twice at line 2 column";
        refuses("{\"agent\": \"x\", \"page\": {\"a\": \"\",\n \"a\": \"final@3\"}}", want);
        refuses("{\"agent\": \"x\", \"page\": {\"a\": \"\"}, \"wire\": {\"a\": \"\",\n \"a\": []}}", want);
        refuses("{\"agent\": \"x\", \"page\": {\"a\": \"\"}, \"limit_ms\": {\"a\": 1,\n \"a\": 1}}", want);
    }

    #[test]
    fn a_file_may_begin_with_a_byte_order_mark() {
        assert_eq!(read("\u{feff}{\"agent\": \"x\", \"page\": {\"a\": \"\"}}").scripts().len(), 1);
        for empty in ["", " \n", "\u{feff}"] {
            refuses(empty, "the file is empty; expected an object with `agent`");
        }
    }

    #[test]
    fn a_log_may_be_cut_within_a_surrogate_pair() {
        let faces = r"\ud83d\ude00".repeat(14);
        let json = format!(r#"{{"agent": "x", "page": {{"a": "close(1000,\"{faces}\ud83d,clean)@3"}}}}"#);
        let want = format!(r#"close(1000,"{}\ud83d,clean)@3"#, "\u{1f600}".repeat(14));
        assert_eq!(read(&json).scripts()[0].seen.page, [want]);
        let latin = b"{\"agent\": \"x\", \"page\": {\"a\": \"close(1000,\\\"\xe9\\\",clean)@3\"}}";
        let error = Recording::read(latin).expect_err("it is Latin-1").to_string();
        assert!(error.contains("not UTF-8 at line 1 column"), "{error}");
    }

    #[test]
    fn a_log_of_another_form_is_told() {
        refuses(r#"{"agent": "x", "page": {"a": []}}"#, "expected a log in one string");
        refuses(r#"{"agent": "x", "page": {"a": ""}, "wire": {"a": null}}"#, "or a list of its tokens");
    }
}
