//! The recordings of the corpus against the profiles: each agent's own explains what it did, and no change of it
//! passes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;
use wasclean_explore::conform::{Comparison, Verdict};
use wasclean_explore::recording::Recording;
use wasclean_model::profile::{ErrorTask, NamedProfile, Profile};
use wasclean_model::scenario::text;
use wasclean_model::trace::Recorded;

const STATES_MAX: u64 = 1_000_000;

fn corpus(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(path)
}

/// The recordings by the names of their files, with the profile of each.
fn recordings() -> BTreeMap<String, (Recording, &'static NamedProfile)> {
    let entries = fs::read_dir(corpus("recordings")).expect("the folder is part of the repository");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let found: BTreeMap<_, _> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            let bytes = fs::read(&path).expect("a readable file");
            let recording = Recording::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            let choice = recording.profile().unwrap_or_else(|| panic!("{name}: no profile"));
            assert!(choice.is_exact, "{name}: {} is of another build", choice.named.name);
            (name, (recording, choice.named))
        })
        .collect();
    assert!(found.len() >= 15);
    found
}

/// One comparison for each scenario.
#[derive(Default)]
struct Comparisons(BTreeMap<(String, u64), Comparison>);

impl Comparisons {
    fn of(&mut self, name: &str, limit_us: u64) -> &mut Comparison {
        self.0.entry((name.to_owned(), limit_us)).or_insert_with(|| {
            let path = corpus("scenarios/recorded").join(format!("{name}.toml"));
            let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            let scenario = text::parse(&source).unwrap_or_else(|error| panic!("{name}.toml:{error}"));
            Comparison::new(scenario, limit_us, STATES_MAX)
        })
    }
}

/// How many recordings of an agent conform.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Figures {
    of: usize,
    own: usize,
    standard: usize,
}

#[test]
fn as_many_recordings_conform_as_are_pinned() {
    let mut comparisons = Comparisons::default();
    let mut found = BTreeMap::new();
    for (agent, (recording, own)) in recordings() {
        let figures: &mut Figures = found.entry(agent.clone()).or_default();
        for script in recording.scripts() {
            let comparison = comparisons.of(&script.name, script.limit_us);
            figures.of += 1;
            match comparison.judge(&own.profile, &script.seen).expect("there is one WebSocket") {
                Verdict::Conforms => figures.own += 1,
                other => println!("{agent}, {}: {other:?}", script.name),
            }
            let standard =
                comparison.judge(&Profile::STANDARD, &script.seen).expect("there is one WebSocket");
            figures.standard += usize::from(standard == Verdict::Conforms);
            assert!(
                matches!(standard, Verdict::Conforms | Verdict::Allowed(_)),
                "{agent}, {}: no knob explains it: {standard:?}",
                script.name
            );
        }
    }
    let path = corpus("recordings/conformance.toml");
    if env::var_os("WASCLEAN_BLESS").is_some() {
        assert!(env::var_os("CI").is_none(), "figures are not rewritten under CI");
        fs::write(&path, print(&found)).expect("a writable file");
        return;
    }
    let source = fs::read_to_string(&path).expect("the figures are part of the repository");
    let mut pinned = BTreeMap::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        let (agent, figures) = line.split_once(" = ").expect("one agent a line");
        let number = |name: &str| -> usize {
            let (_, rest) = figures.split_once(&format!("{name} = ")).expect("every figure is there");
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().expect("a number")
        };
        let figures = Figures { of: number("of"), own: number("own"), standard: number("standard") };
        pinned.insert(agent.trim_matches('"').to_owned(), figures);
    }
    assert_eq!(
        found, pinned,
        "another number of recordings conforms; if that is meant: \
         WASCLEAN_BLESS=1 cargo test -p wasclean-explore --test recordings"
    );
}

fn print(figures: &BTreeMap<String, Figures>) -> String {
    let mut out = String::from(
        "# How many recordings of each agent conform under its own profile and under `standard`. Rewritten by\n\
         # WASCLEAN_BLESS=1 cargo test -p wasclean-explore --test recordings\n",
    );
    for (agent, Figures { of, own, standard }) in figures {
        writeln!(out, "\"{agent}\" = {{ of = {of}, own = {own}, standard = {standard} }}")
            .expect("a String takes everything");
    }
    out
}

#[test]
fn a_recording_with_one_field_changed_is_refused() {
    let mut comparisons = Comparisons::default();
    let mut count = [0_usize; 6];
    let mut passed = String::new();
    for (agent, (recording, own)) in recordings() {
        for script in recording.scripts() {
            let comparison = comparisons.of(&script.name, script.limit_us);
            for (kind, changed) in changes(&script.seen) {
                // Where another task can run between two others, its note can stand on either side of them.
                let is_free =
                    own.profile.error_task == ErrorTask::Apart && moves_a_task(&script.seen, &changed);
                if matches!(kind, Kind::Order) && is_free {
                    continue;
                }
                count[kind as usize] += 1;
                // What says that it was cut where a recorder does not cut is refused as it is read.
                let wire = changed.wire.as_ref().map(|wire| wire.join(" "));
                let is_read = Recorded::read(&changed.page.join(" "), wire.as_deref()).is_ok();
                let is_admitted =
                    comparison.outcomes(&own.profile).seen.iter().any(|seen| seen.admits(&changed));
                if is_read && is_admitted {
                    writeln!(passed, "{agent}, {}: {kind:?}: {changed:?}", script.name)
                        .expect("a String takes everything");
                }
            }
        }
    }
    // Where RST meets a Close, the answer may have gone out before it or not: either is an outcome, and one run showed
    // one of them.
    let races: Vec<&str> =
        passed.lines().map(|line| line.split(": Recorded").next().unwrap_or(line)).collect();
    let known = [
        "bun1.4.4, close-then-rst-immediately: WasClean",
        "node20.20.2-undici6.24.1, close-then-rst-immediately: WasClean",
        "ws8.23.0, close-then-rst-immediately: WasClean",
    ];
    assert_eq!(races, known, "these pass:\n{passed}");
    assert!(count.iter().all(|&count| count > 500), "{count:?}");
}

/// Whether the two that changed places are the note of a task, which is `n1` in all scripts, and something else.
fn moves_a_task(seen: &Recorded, changed: &Recorded) -> bool {
    seen.page.iter().zip(&changed.page).any(|(one, other)| one != other && (one == "n1" || other == "n1"))
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Code,
    WasClean,
    ReadyState,
    Order,
    Missing,
    Wire,
}

/// All recordings that differ from `seen` in one code, one `wasClean`, one `readyState`, the order of two neighbours,
/// one missing event, or one byte of what was written.
fn changes(seen: &Recorded) -> Vec<(Kind, Recorded)> {
    let with = |at: usize, token: String| {
        let mut changed = seen.clone();
        changed.page[at] = token;
        changed
    };
    let mut changes = Vec::new();
    for (at, token) in seen.page.iter().enumerate() {
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
            for other in (0..4).filter(|other| *other != state) {
                changes.push((Kind::ReadyState, with(at, format!("{head}@{other}{}", &tail[1..]))));
            }
        }
        if at > 0 && seen.page[at - 1] != *token {
            let mut changed = seen.clone();
            changed.page.swap(at - 1, at);
            changes.push((Kind::Order, changed));
        }
        let mut changed = seen.clone();
        changed.page.remove(at);
        changes.push((Kind::Missing, changed));
    }
    for (at, token) in seen.wire.iter().flatten().enumerate() {
        let mut changed = seen.clone();
        changed.wire.as_mut().expect("it has this token")[at] = match token.strip_suffix(']') {
            Some(frame) if frame.ends_with('0') => format!("{}1]", &frame[..frame.len() - 1]),
            Some(frame) if frame.ends_with('[') => format!("{frame}03e9]"),
            Some(frame) => format!("{}0]", &frame[..frame.len() - 1]),
            None => format!("{token}0"),
        };
        changes.push((Kind::Wire, changed));
    }
    changes
}

#[test]
fn the_recordings_are_small_enough_to_come_along() {
    let entries = fs::read_dir(corpus("recordings")).expect("the folder is part of the repository");
    let bytes: u64 =
        entries.map(|entry| entry.and_then(|entry| entry.metadata()).expect("a readable file").len()).sum();
    assert!(bytes < 1 << 20, "{bytes} bytes");
}
