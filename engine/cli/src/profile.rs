//! Profiles as the command line names them: by name, or by user agent and version.

use strsim::levenshtein;
use wasclean_explore::recording::Recording;
use wasclean_model::profile::{Choice, NamedProfile, Profile, SPANS, agent_known_as};

use crate::failure::Failure;

/// A profile, and how it came to be chosen.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) named: &'static NamedProfile,
    /// What was taken for what was asked for, where that is not the same.
    pub(crate) note: Option<String>,
}

/// The profile that `text` asks for.
pub(crate) fn choose(text: &str) -> Result<Chosen, Failure> {
    if let Some(named) = Profile::NAMED.iter().find(|named| named.name == text) {
        return Ok(Chosen { named, note: None });
    }
    let (agent, version) = text.split_once('@').unwrap_or((text, ""));
    let agent = agent_known_as(agent);
    if !is_version(version) {
        return Err(Failure::new(format_args!("unknown profile {text:?}: `{version}` is not a version"))
            .advise("a version is numbers with dots between, as in firefox@11 or node@20.20.2"));
    }
    match Profile::of_version(&agent, version) {
        Some(choice) => Ok(Chosen { named: choice.named, note: note(text, choice) }),
        None => Err(unknown(text, &agent)),
    }
}

/// The profile of the agent of a recording: measured at this version, or the nearest to it.
pub(crate) fn of_recording(recording: &Recording) -> Option<Chosen> {
    let (agent, version) = recording.agent();
    let choice = recording.profile()?;
    let text = if version.is_empty() { agent.to_owned() } else { format!("{agent} {version}") };
    Some(Chosen { named: choice.named, note: note(&text, choice) })
}

fn note(text: &str, Choice { named, span, is_exact }: Choice) -> Option<String> {
    if is_exact {
        return None;
    }
    let range = match span.to {
        Some(to) => format!("from {} to before {to}", span.from),
        None => format!("from {} on", span.from),
    };
    let date = span.source.date().map_or(String::new(), |date| format!(", {date}"));
    let measured = named
        .measured
        .map_or(String::new(), |measured| format!(", measured at {} {}", measured.agent, measured.version));
    Some(format!(
        "{text}: the nearest profile is {}{measured} ({} {range}: {}; {}{date})",
        named.name,
        span.agent,
        span.about,
        span.source.name()
    ))
}

/// The user agents of which something is known.
fn agents() -> Vec<&'static str> {
    let mut agents: Vec<&str> = SPANS.iter().map(|span| span.agent).collect();
    agents.dedup();
    agents
}

/// Whether it is numbers with dots between, or nothing, which is the newest version.
fn is_version(version: &str) -> bool {
    version.is_empty() || version.split('.').all(|number| number.parse::<u32>().is_ok())
}

fn unknown(text: &str, agent: &str) -> Failure {
    let failure = Failure::new(format_args!("unknown profile {text:?}"));
    if let Some(first) = SPANS.iter().find(|span| span.agent == agent) {
        return failure.advise(format_args!("{agent} is known from version {} on", first.from));
    }
    let names: Vec<&str> = Profile::NAMED.iter().map(|named| named.name).collect();
    let agents = agents();
    let mut near: Vec<&str> =
        names.iter().chain(&agents).copied().filter(|known| is_near(agent, known)).collect();
    near.sort_unstable();
    near.dedup();
    if near.is_empty() {
        failure.advise(format_args!(
            "write one of {}, or a user agent with its version, as in firefox@11: one of {}",
            names.join(", "),
            agents.join(", ")
        ))
    } else {
        failure.advise(format_args!(
            "did you mean {}? `wasclean list profiles` has all of them, and a version follows a user agent as in firefox@11",
            near.join(" or ")
        ))
    }
}

/// Whether one is a part of the other, or few edits away from it or from its first word.
fn is_near(typed: &str, known: &str) -> bool {
    let is_part = typed.len() > 2 && (known.contains(typed) || typed.contains(known) && known.len() > 2);
    let word = known.split('-').next().unwrap_or(known);
    is_part || levenshtein(typed, known).min(levenshtein(typed, word)) <= 2.min(typed.len() / 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_as_it_is_and_a_version_with_a_note() {
        let by_name = choose("jsdom-26").expect("there is one");
        assert_eq!((by_name.named.name, by_name.note), ("jsdom-26", None));
        let exact = choose("chrome@156").expect("it was measured");
        assert_eq!((exact.named.name, exact.note), ("chromium", None));
        let near = choose("Firefox@11").expect("it is known");
        assert_eq!(near.named.name, "firefox-11");
        let note = near.note.expect("it is only near");
        assert!(note.contains("firefox-11") && note.contains("reference pages"), "{note}");
    }

    #[test]
    fn what_is_not_known_is_told() {
        assert!(choose("netscape@4").is_err());
        assert!(choose("ie@9").is_err());
    }

    #[test]
    fn what_is_near_is_named() {
        for (text, want) in [
            ("standart", "did you mean standard?"),
            ("firefix@11", "did you mean firefox or firefox-11"),
            ("crome@40", "did you mean chrome or chrome-android"),
            ("samsng@1", "did you mean samsung-internet?"),
            ("firefox@x", "`x` is not a version"),
            ("ie@9", "ie is known from version 10 on"),
            ("NodeJS@1", "node is known from version "),
            ("netscape@4", "webview-android, samsung-internet"),
        ] {
            let told = format!("{:?}", choose(text).expect_err("it is not known"));
            assert!(told.contains(want), "{told}");
        }
    }
}
