//! Profiles as the command line names them: by name, or by user agent and version.

use wasclean_model::profile::{Choice, NamedProfile, Profile, SPANS};

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
    let agent = agent.to_ascii_lowercase();
    match Profile::of_version(&agent, version) {
        Some(choice) => Ok(Chosen { named: choice.named, note: note(text, choice) }),
        None => Err(unknown(text, &agent)),
    }
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

fn unknown(text: &str, agent: &str) -> Failure {
    let versions: Vec<&str> = SPANS.iter().filter(|span| span.agent == agent).map(|span| span.from).collect();
    let failure = Failure::new(format_args!("unknown profile {text:?}"));
    match versions.first() {
        Some(first) => failure.advise(format_args!("{agent} is known from version {first} on")),
        None => {
            let names: Vec<&str> = Profile::NAMED.iter().map(|named| named.name).collect();
            failure.advise(format_args!(
                "write one of {}, or a user agent with its version, as in firefox@11",
                names.join(", ")
            ))
        }
    }
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
        assert!(choose("standart").is_err());
    }
}
