//! How near the model comes to what real user agents did (`corpus/recordings/README.md`).
//!
//! A recording is one run of an agent that leaves things open, and the model's run here is its plainest one under
//! `standard`; so a difference is no error, but a change in the number of agreements is news.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;
use wasclean_model::choices::Script;
use wasclean_model::scenario::text;
use wasclean_model::trace::outcome;
use wasclean_model::world;

/// By scenario: the log of the page.
type Logs = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Recording {
    page: Logs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct Agreement {
    agree: usize,
    of: usize,
}

fn corpus(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(path)
}

/// The files of a folder with this extension, by their stem.
fn files(folder: &str, extension: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(corpus(folder)).expect("the folder is part of the repository");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    paths
        .map(|path| {
            let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            (stem, fs::read_to_string(&path).expect("a readable file"))
        })
        .collect()
}

fn recordings() -> BTreeMap<String, Recording> {
    let files = files("recordings", "json");
    assert!(!files.is_empty());
    files
        .into_iter()
        .map(|(agent, source)| {
            let recording = serde_json::from_str(&source).unwrap_or_else(|error| panic!("{agent}: {error}"));
            (agent, recording)
        })
        .collect()
}

/// The log of the model's run of a scenario.
fn model(name: &str, source: &str) -> String {
    let scenario = text::parse(source).unwrap_or_else(|error| panic!("{name}.toml:{error}"));
    let mut script = Script::new(&scenario.choices);
    let trace = world::run(&scenario, &mut script);
    script.finish().unwrap_or_else(|mismatch| panic!("{name}: {mismatch}"));
    let mut outcome = outcome(&trace);
    assert_eq!(outcome.page.len(), 1, "{name}: a script of the recordings has one WebSocket");
    outcome.page.remove(0)
}

fn models() -> Logs {
    files("scenarios/recorded", "toml")
        .into_iter()
        .map(|(name, source)| {
            let log = as_recorded(&name, &model(&name, &source));
            (name, log)
        })
        .collect()
}

/// The model's log as the recorder would have written it.
fn as_recorded(name: &str, log: &str) -> String {
    // The recorder did not note this call.
    let log = if name == "cli-send-then-close" { log.replacen("{send@1 }@1 ", "", 1) } else { log.into() };
    tokens(&log).iter().map(|token| cut_reason(token)).collect::<Vec<_>>().join(" ")
}

/// `close(1000,"aaa…",clean)@3` with the reason and its quotation marks cut after 30 characters.
fn cut_reason(token: &str) -> String {
    let parts = || {
        let (head, rest) = token.strip_prefix("close(")?.split_once(',')?;
        let (reason, tail) = rest.rsplit_once(',')?;
        Some((head, reason, tail))
    };
    parts().map_or_else(
        || token.into(),
        |(head, reason, tail)| {
            let reason: String = reason.chars().take(30).collect();
            format!("close({head},{reason},{tail}")
        },
    )
}

/// An agent's log in the words of the model.
fn as_modelled(log: &str) -> String {
    let renamed = tokens(log).into_iter().map(|token| match token {
        "u" => "n0".into(),
        "T" => "n1".into(),
        _ => match token.strip_prefix('{').and_then(|call| call.rsplit_once('@')) {
            Some((label, state)) => {
                let method = if label.starts_with("send") { "send" } else { "close" };
                format!("{{{method}@{state}")
            }
            None => token.to_owned(),
        },
    });
    renamed.collect::<Vec<_>>().join(" ")
}

/// The tokens of a log but for its notes in brackets.
fn tokens(log: &str) -> Vec<&str> {
    log.split(' ').filter(|token| !token.starts_with('[')).collect()
}

#[test]
fn agreement_with_each_agent_is_as_pinned() {
    let models = models();
    let recordings = recordings();
    let mut found = BTreeMap::new();
    let mut table = String::new();
    for (name, log) in &models {
        write!(table, "{name:<32}").expect("a String takes everything");
        for (agent, recording) in &recordings {
            let mark = match recording.page.get(name) {
                None => ' ',
                Some(recorded) => {
                    let of: &mut Agreement =
                        found.entry(agent.clone()).or_insert(Agreement { agree: 0, of: 0 });
                    of.of += 1;
                    let agrees = as_modelled(recorded) == *log;
                    of.agree += usize::from(agrees);
                    if agrees { '=' } else { '.' }
                }
            };
            write!(table, " {mark}").expect("a String takes everything");
        }
        table.push('\n');
    }
    for (position, agent) in recordings.keys().enumerate() {
        writeln!(table, "{:32}{}^ {agent}", "", " ".repeat(2 * position + 1))
            .expect("a String takes everything");
    }
    println!("{table}");

    let path = corpus("recordings/agreement.toml");
    if env::var_os("WASCLEAN_BLESS").is_some() {
        assert!(env::var_os("CI").is_none(), "figures are not rewritten under CI");
        fs::write(&path, print(&found)).expect("a writable file");
        return;
    }
    let source = fs::read_to_string(&path).expect("the figures are part of the repository");
    let pinned: BTreeMap<String, Agreement> = toml::from_str(&source).expect("figures");
    assert_eq!(
        found, pinned,
        "the agreement with an agent changed\n{table}\
         if that is meant: WASCLEAN_BLESS=1 cargo test -p wasclean-model --features text --test recordings"
    );
}

fn print(figures: &BTreeMap<String, Agreement>) -> String {
    let mut out = String::from(
        "# How many logs of each agent equal the model's plainest run under `standard`. Rewritten by\n\
         # WASCLEAN_BLESS=1 cargo test -p wasclean-model --features text --test recordings\n",
    );
    for (agent, Agreement { agree, of }) in figures {
        writeln!(out, "\"{agent}\" = {{ agree = {agree}, of = {of} }}").expect("a String takes everything");
    }
    out
}

#[test]
fn every_script_that_was_recorded_is_a_scenario() {
    let scenarios = files("scenarios/recorded", "toml");
    for (agent, recording) in recordings() {
        for name in recording.page.keys() {
            assert!(scenarios.contains_key(name), "{agent}: no scenario {name}");
        }
    }
}

#[test]
fn a_change_of_one_field_is_noticed_in_every_recording_that_agrees() {
    let models = models();
    let mut count = [0_usize; 4];
    for (agent, recording) in recordings() {
        for (name, recorded) in &recording.page {
            if as_modelled(recorded) != models[name] {
                continue;
            }
            for (kind, changed) in changes(recorded) {
                count[kind as usize] += 1;
                assert_ne!(as_modelled(&changed), models[name], "{agent}, {name}: {changed} passes");
            }
        }
    }
    assert!(count.iter().all(|&count| count > 500), "{count:?}");
}

#[derive(Clone, Copy)]
enum Kind {
    Code,
    WasClean,
    ReadyState,
    Order,
}

/// All logs that differ from `log` in one code, one `wasClean`, one `readyState`, or the order of two neighbours.
fn changes(log: &str) -> Vec<(Kind, String)> {
    let tokens = tokens(log);
    let with = |at: usize, token: String| {
        let mut tokens: Vec<_> = tokens.iter().map(ToString::to_string).collect();
        tokens[at] = token;
        tokens.join(" ")
    };
    let mut changes = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if let Some((code, rest)) = token.strip_prefix("close(").and_then(|rest| rest.split_once(',')) {
            let code: u32 = code.parse().expect("a code");
            changes.push((Kind::Code, with(at, format!("close({},{rest}", code + 1))));
            let other = match token.split_once(",unclean)") {
                Some((head, tail)) => format!("{head},clean){tail}"),
                None => token.replace(",clean)", ",unclean)"),
            };
            changes.push((Kind::WasClean, with(at, other)));
        }
        if let Some((head, tail)) = token.rsplit_once('@') {
            let state: u32 = tail[..1].parse().expect("a readyState");
            changes.push((Kind::ReadyState, with(at, format!("{head}@{}{}", (state + 1) % 4, &tail[1..]))));
        }
        if at > 0 && tokens[at - 1] != *token {
            let mut swapped = tokens.clone();
            swapped.swap(at - 1, at);
            changes.push((Kind::Order, swapped.join(" ")));
        }
    }
    changes
}
