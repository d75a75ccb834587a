//! Recordings of user agents: what is in a file, and which profile was measured with it.

use std::collections::BTreeMap;

use serde::Deserialize;
use wasclean_model::profile::{Choice, Profile};
use wasclean_model::trace::Seen;

/// Milliseconds after which a script gave up, unless its recording says otherwise.
const LIMIT_MS: u64 = 3500;

/// What one build of one user agent did with a set of scripts. `corpus/recordings/README.md` describes the format.
#[derive(Debug, Clone, Deserialize)]
pub struct Recording {
    agent: String,
    #[serde(default)]
    version: Option<String>,
    /// Its WebSocket implementation, where that has a version of its own.
    #[serde(default)]
    pub engine: Option<String>,
    /// When it was recorded, where that is known.
    #[serde(default)]
    pub date: Option<String>,
    #[serde(default)]
    limit_ms: BTreeMap<String, u64>,
    page: BTreeMap<String, String>,
    #[serde(default)]
    wire: BTreeMap<String, Wire>,
}

/// A log of the peer: its tokens in one string, or each in one of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Wire {
    Text(String),
    Tokens(Vec<String>),
}

/// What was recorded with one script.
#[derive(Debug, Clone)]
pub struct Script<'a> {
    /// The name of the script, which is the name of its scenario.
    pub name: &'a str,
    /// What was seen.
    pub seen: Seen,
    /// Microseconds after which the recorder gave up.
    pub limit_us: u64,
}

impl Recording {
    /// The user agent and its version, which may stand in one word.
    #[must_use]
    pub fn agent(&self) -> (&str, &str) {
        match &self.version {
            Some(version) => (&self.agent, version),
            None => {
                let digit = self.agent.find(|letter: char| letter.is_ascii_digit());
                let (agent, version) = self.agent.split_at(digit.unwrap_or(self.agent.len()));
                let version = version.split('-').next().unwrap_or_default();
                (agent.trim_end_matches(['-', '@', ' ']), version)
            }
        }
    }

    /// The profile that was measured at this build, or at the one that is nearest.
    #[must_use]
    pub fn profile(&self) -> Option<Choice> {
        let (agent, version) = self.agent();
        Profile::of_version(agent, version)
    }

    /// The first script of which there is a log of the peer and none of the page.
    #[must_use]
    pub fn wire_without_page(&self) -> Option<&str> {
        self.wire.keys().find(|name| !self.page.contains_key(*name)).map(String::as_str)
    }

    /// What was recorded, script by script.
    pub fn scripts(&self) -> impl Iterator<Item = Script<'_>> {
        self.page.iter().map(|(name, page)| {
            let wire = match self.wire.get(name) {
                None => String::new(),
                Some(Wire::Text(text)) => text.clone(),
                Some(Wire::Tokens(tokens)) => tokens.join(" "),
            };
            let limit_ms = self.limit_ms.get(name).copied().or_else(|| given_up_ms(page)).unwrap_or(LIMIT_MS);
            Script { name, seen: Seen::recorded(page, &wire), limit_us: limit_ms * 1000 }
        })
    }
}

/// When a script gave up that waited for `close` in vain, if its log says so.
fn given_up_ms(page: &str) -> Option<u64> {
    let (_, ms) = page.rsplit_once(" ms=")?;
    let ms: u64 = ms.trim().parse().ok()?;
    Some(ms.max(LIMIT_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, agent: (&str, &str), profile: &str) {
        let recording: Recording = serde_json::from_str(json).expect("it is well formed");
        assert_eq!(recording.agent(), agent);
        assert_eq!(recording.profile().map(|choice| choice.named.name), Some(profile));
    }

    #[test]
    fn an_agent_has_its_profile_however_it_is_written() {
        check(r#"{"agent": "chromium", "version": "156", "page": {}}"#, ("chromium", "156"), "chromium");
        check(r#"{"agent": "chromium156", "page": {}}"#, ("chromium", "156"), "chromium");
        check(r#"{"agent": "node24.21.0-undici7.29.1", "page": {}}"#, ("node", "24.21.0"), "node-24");
        check(r#"{"agent": "happy-dom20.14.6", "page": {}}"#, ("happy-dom", "20.14.6"), "happy-dom-20");
    }

    #[test]
    fn a_log_of_the_peer_belongs_to_one_of_the_page() {
        let wire_without_page = |page: &str| {
            let json = format!(r#"{{"agent": "x", "page": {{{page}}}, "wire": {{"a": "", "b": ""}}}}"#);
            let recording: Recording = serde_json::from_str(&json).expect("it is well formed");
            recording.wire_without_page().map(ToOwned::to_owned)
        };
        assert_eq!(wire_without_page(r#""a": """#).as_deref(), Some("b"));
        assert_eq!(wire_without_page(r#""a": "", "b": "", "c": """#), None);
    }

    #[test]
    fn a_log_is_read_from_one_string_or_many() {
        for wire in [r#""close[03e8] tcp-fin""#, r#"["close[03e8]+30", "tcp-fin+40"]"#] {
            let json =
                format!(r#"{{"agent": "x", "page": {{"a": "final@3 ms=6000"}}, "wire": {{"a": {wire}}}}}"#);
            let recording: Recording = serde_json::from_str(&json).expect("it is well formed");
            let scripts: Vec<_> = recording.scripts().collect();
            assert_eq!(scripts[0].seen.wire, ["close[03e8]", "tcp-fin"]);
            assert_eq!(scripts[0].limit_us, 6_000_000);
        }
    }
}
