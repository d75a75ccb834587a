//! A run that breaks an invariant, as the file that repeats it.

use std::fmt::{self, Write as _};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;
use wasclean_model::choices::{Choices, Mismatch, Script};
use wasclean_model::invariant::{Breach, INVARIANTS, Judgement};
use wasclean_model::profile::Profile;
use wasclean_model::scenario::{Scenario, text};
use wasclean_model::trace::Trace;
use wasclean_model::world;

use crate::folder::{is_free, numbered, write_whole};
use crate::judge::Judge;
use crate::play::{needed, play};
use crate::relation::Relation;

/// How many entries before the breach count for a [`Signature`].
const SIGNATURE_LEN: usize = 4;

/// What tells findings apart: the invariant that is broken and the kinds of the last entries up to the breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(u64);

impl Signature {
    /// The signature of a trace with this breach.
    #[must_use]
    pub fn new(trace: &Trace, breach: Breach) -> Self {
        let end = trace.entries.len().min(breach.entry + 1);
        let start = end.saturating_sub(SIGNATURE_LEN);
        let mut bytes = INVARIANTS[breach.invariant].id.as_bytes().to_vec();
        bytes.extend(trace.entries[start..end].iter().map(|entry| entry.kind()));
        let hash = XxHash3_128::oneshot(&bytes).to_le_bytes();
        Self(u64::from_le_bytes(*hash.first_chunk().expect("it has 16 bytes")))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0 >> 32)
    }
}

/// The run of a campaign that a finding comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The campaign's seed.
    pub seed: u64,
    /// The campaign's profile, with the fault that was planted. The scenario of a finding may have another one:
    /// shrinking turns knobs back to `standard`.
    pub profile: Profile,
    /// The run's index.
    pub index: u64,
}

/// The line of a finding's file that says how to play its run again.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, profile, index } = self;
        write!(f, "Found by wasclean {}", env!("CARGO_PKG_VERSION"))?;
        let option = match (Profile { fault: None, ..*profile }).name() {
            Some("standard") => String::new(),
            Some(name) => format!(" --profile {name}"),
            None => {
                f.write_str(" under a profile that has no name")?;
                String::new()
            }
        };
        write!(f, ": fuzz --seed {seed}{option}")?;
        if let Some(fault) = profile.fault {
            write!(f, " --fault {fault}")?;
        }
        write!(f, " --first {index} --runs 1")
    }
}

/// A scenario that breaks an invariant, with all choices that it needs to do so.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The scenario, its choices and `breaks` filled in.
    pub scenario: Scenario,
    /// The invariant and the entry that breaks it.
    pub breach: Breach,
    /// What tells it apart from others.
    pub signature: Signature,
    /// The run of a campaign that it comes from, if it does.
    pub origin: Option<Origin>,
    /// What has been done to make it small.
    pub reduction: Reduction,
}

/// How far a finding has been reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// Not at all.
    Untried,
    /// Until the bound of so many runs.
    Bounded(u64),
    /// In so many runs until no single step and no single choice could be taken out.
    Minimal(u64),
}

impl Finding {
    /// Plays `scenario` with `choices`; a finding if the run breaks an invariant.
    #[must_use]
    pub fn from_run(scenario: &Scenario, choices: impl Choices, origin: Option<Origin>) -> Option<Self> {
        let played = play(scenario, choices);
        let breach = played.judgement.broken?;
        let signature = Signature::new(&played.trace, breach);
        let mut scenario = scenario.clone();
        scenario.choices = needed(&played.log);
        scenario.expect = wasclean_model::scenario::Expect::default();
        scenario.expect.breaks = Some(INVARIANTS[breach.invariant].id.to_owned());
        Some(Self { scenario, breach, signature, origin, reduction: Reduction::Untried })
    }

    /// Judges a relation on `scenario`; a finding if it does not hold.
    #[must_use]
    pub fn from_relation(scenario: &Scenario, relation: &Relation, origin: Option<Origin>) -> Option<Self> {
        relation.broken(scenario)?;
        let (trace, breach) = relation.breach(scenario);
        let signature = Signature::new(&trace, breach);
        let mut scenario = scenario.clone();
        // A relation is between runs whose choices it makes itself.
        scenario.choices.clear();
        scenario.expect = wasclean_model::scenario::Expect::default();
        scenario.expect.breaks = Some(relation.id.to_owned());
        Some(Self { scenario, breach, signature, origin, reduction: Reduction::Untried })
    }

    /// The finding that `scenario` repeats: with its own choices, or for the relation that it is said to break.
    #[must_use]
    pub fn from_scenario(scenario: &Scenario) -> Option<Self> {
        Relation::expected(scenario)
            .and_then(|relation| Self::from_relation(scenario, relation, None))
            .or_else(|| Self::from_run(scenario, Script::new(&scenario.choices), None))
    }

    /// The ID of the invariant that is broken.
    #[must_use]
    pub fn invariant_id(&self) -> &'static str {
        INVARIANTS[self.breach.invariant].id
    }

    /// The name of the finding's file: the invariant, and what tells it apart from other findings.
    #[must_use]
    pub fn file_name(&self) -> String {
        let suffix = if self.reduction == Reduction::Untried { "-unshrunk" } else { "" };
        file_name(self.invariant_id(), self.signature, suffix)
    }

    /// The finding as a scenario file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let invariant = &INVARIANTS[self.breach.invariant];
        let mut text = String::new();
        let mut line = |words: fmt::Arguments<'_>| {
            text.push_str("# ");
            text.write_fmt(words).expect("a String takes everything");
            text.push('\n');
        };
        match Relation::named(invariant.id) {
            Some(_) => line(format_args!("Breaks {} ({}) between its runs.", invariant.id, invariant.name)),
            None => line(format_args!(
                "Breaks {} ({}) at entry {} of its trace.",
                invariant.id, invariant.name, self.breach.entry
            )),
        }
        if let Some(origin) = &self.origin {
            line(format_args!("{origin}"));
        }
        match self.reduction {
            Reduction::Untried => line(format_args!("Not reduced yet.")),
            Reduction::Bounded(runs) => line(format_args!("Reduced in {runs} runs, then given up.")),
            Reduction::Minimal(runs) => {
                line(format_args!("Reduced in {runs} runs: no single step or choice can be taken out."));
            }
        }
        text.push_str(&text::print(&self.scenario));
        text
    }

    /// Saves the finding in the directory `dir`, as [`save_text`] does.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn save(&self, dir: &Path) -> io::Result<PathBuf> {
        save_text(&dir.join(self.file_name()), &self.to_text())
    }
}

/// The name of a finding's file.
pub(crate) fn file_name(invariant: &str, signature: Signature, suffix: &str) -> String {
    format!("{invariant}-{signature}{suffix}.toml")
}

/// Saves the text of a finding under the name `path` and gives the name that it got; the file is there in whole or not
/// at all.
///
/// No file that is there already is changed. One that holds the same scenario stays as it is, with the comments that
/// somebody may have written into it; beside another one the finding gets a number.
///
/// # Errors
///
/// What the file system says.
pub fn save_text(path: &Path, text: &str) -> io::Result<PathBuf> {
    let path = numbered(path).find(|path| is_free(path) || holds(path, text));
    let path = path.expect("there are more numbers than files");
    if is_free(&path) {
        write_whole(&path, text.as_bytes())?;
    }
    Ok(path)
}

/// Whether the file at `path` holds the scenario of `text`, whatever the comments of both are.
fn holds(path: &Path, text: &str) -> bool {
    // What is no file, such as a pipe, might never come to its end.
    let there = path.is_file().then(|| fs::read_to_string(path));
    let there = there.and_then(Result::ok).and_then(|there| text::parse(&there).ok());
    there.is_some_and(|there| text::parse(text).is_ok_and(|wanted| wanted == there))
}

/// What came out of a scenario with the choices that it names.
#[derive(Debug)]
pub struct Replay {
    /// What happened.
    pub trace: Trace,
    /// What the invariants say.
    pub judgement: Judgement,
    /// The first choice that did not fit, if one did not.
    pub mismatch: Option<Mismatch>,
}

/// Plays `scenario` with the choices that it names and judges the trace, and the relation that it is said to break.
#[must_use]
pub fn replay(scenario: &Scenario) -> Replay {
    let mut script = Script::new(&scenario.choices);
    let trace = world::run(scenario, &mut script);
    let mut judgement = Judge::new(&scenario.profile).judge(&trace, &scenario.profile);
    if let Some(relation) =
        Relation::expected(scenario).filter(|relation| relation.broken(scenario).is_some())
    {
        judgement.broken = Some(relation.breach(scenario).1);
    }
    Replay { trace, judgement, mismatch: script.finish().err() }
}

#[cfg(test)]
mod tests {
    use wasclean_model::profile::Fault;
    use wasclean_model::trace::{Entry, SocketId};

    use super::*;
    use crate::drawn::finding;
    use crate::shrink::shrink;

    #[test]
    fn a_file_that_is_there_is_never_changed() {
        let dir = std::env::temp_dir().join(format!("wasclean-save-{}", std::process::id()));
        _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("a temporary directory");
        let path = dir.join("INV-20-ab.toml");
        let save = |text: &str| save_text(&path, text).expect("there is room");
        let (one, other) = ("# One.\nformat = 1\n", "# Other.\nformat = 1\nprofile = \"literal\"\n");
        assert_eq!(save(one), path);
        assert_eq!(save("# The same with other words.\nformat = 1\n"), path);
        let second = dir.join("INV-20-ab-2.toml");
        assert_eq!((save(other), save(other)), (second.clone(), second.clone()));
        fs::remove_file(&path).expect("it is there");
        fs::create_dir(&path).expect("there is room");
        assert_eq!((save(other), save(one)), (second.clone(), dir.join("INV-20-ab-3.toml")));
        assert_eq!(fs::read_to_string(second).expect("it is there"), other);
        fs::remove_dir_all(dir).expect("it is there");
    }

    #[test]
    fn findings_are_told_apart_by_their_invariant_and_what_happened_last() {
        let signature = |entries: &[Entry], invariant| {
            let mut trace = Trace::new();
            entries.iter().for_each(|&entry| trace.emit(entry));
            Signature::new(&trace, Breach { invariant, entry: entries.len() - 1 })
        };
        let (fin, rst) = (Entry::RxFin { socket: SocketId(0) }, Entry::RxRst { socket: SocketId(0) });
        let one = signature(&[fin, rst, rst], 0);
        assert_ne!(signature(&[fin, rst, rst], 1), one);
        assert_ne!(signature(&[rst, rst, rst], 0), one);
        assert_ne!(signature(&[fin, rst, fin], 0), one);
        // Which WebSocket it happened to, and what was long before, does not matter.
        let other = Entry::RxFin { socket: SocketId(1) };
        assert_eq!(signature(&[other, rst, rst], 0), one);
        let long = |begin| signature(&[begin, fin, fin, fin, rst, rst], 0);
        assert_eq!(long(fin), long(rst));
    }

    #[test]
    fn the_command_of_a_finding_plays_its_run_again() {
        let profile = Profile::CHROMIUM.with_fault(Fault::CloseTwice);
        let found = (0..100).find_map(|index| finding(1, &profile, index)).expect("one of a hundred runs");
        let small = shrink(&found, 1000);
        let Origin { seed, index, .. } = small.origin.expect("it comes from a campaign");
        let command =
            format!(": fuzz --seed {seed} --profile chromium --fault M01 --first {index} --runs 1\n");
        assert!(small.to_text().contains(&command), "{}", small.to_text());
        // The small scenario does not say under which profile it was found.
        assert_eq!(small.scenario.profile, Profile::STANDARD.with_fault(Fault::CloseTwice));
    }

    #[test]
    fn a_profile_without_a_name_is_not_taken_for_one_that_has_it() {
        let say = |profile| Origin { seed: 1, profile, index: 2 }.to_string();
        assert!(say(Profile::STANDARD).ends_with(": fuzz --seed 1 --first 2 --runs 1"));
        assert!(
            say(Profile { linger_us: 1, ..Profile::STANDARD })
                .contains(" under a profile that has no name: ")
        );
    }
}
