//! `conform`: whether what user agents were seen to do is what a profile allows.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;
use serde_json::{Value, json};
use wasclean_explore::conform::{Comparison, Unjudged, Verdict as Judged, requirement};
use wasclean_explore::recording::{Offence, Recording, Script};
use wasclean_model::profile::NamedProfile;
use wasclean_model::trace::Difference;

use crate::bytes::{here, read_file};
use crate::failure::{self, Failure, Verdict};
use crate::files::{self, Kind};
use crate::interrupt::{self, STOP};
use crate::output::Output;
use crate::profile::{self, Chosen};
use crate::progress::Progress;
use crate::scenario_file;
use crate::style::{ADVICE, BAD, FAINT, GOOD, STRONG};
use crate::words;

const RECORDING: Kind = Kind { name: "recording", extension: Some("json"), is_other: |_| false };

const EXAMPLES: &str = "\
Examples:
  wasclean conform                              each agent against the profile that was measured with it
  wasclean conform --profile standard           all of them against the texts
  wasclean conform mine.json --profile firefox  one recording

A recording is one run of an agent that leaves things open. So it conforms if it is among the outcomes that the \
model can produce for its scenario, of which there are as many as the numbers behind say.

Bounds: TCP cuts bytes only where the peer's writes end; time passes only when nothing is under way; --states. \
The exit status is 1 if a recording diverges, or if a bound was reached before it was found; with --strict also if it \
is allowed and no more. It is 2 if a file or a script was refused; the others are judged all the same. It is 130 if \
it was interrupted; what was judged until then is told.";

/// Compare recordings of user agents with what a profile allows
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Recordings, or folders with .json files
    #[arg(default_value = "corpus/recordings", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The knobs, by a profile's name or an agent's version; each agent's own if absent
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Where the scenarios are that were recorded [default: next to the recordings]
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
    /// States of the world to follow for each scenario and profile
    #[arg(long, value_name = "N", default_value_t = 1_000_000, allow_negative_numbers = true)]
    states: u64,
    /// Print every recording, not only those that do not conform
    #[arg(long)]
    all: bool,
    /// Take a recording that only another value of a knob allows for one that does not conform
    #[arg(long)]
    strict: bool,
}

/// How many recordings came to which verdict.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    scenarios: u64,
    conforms: u64,
    allowed: u64,
    diverges: u64,
    unknown: u64,
}

impl Count {
    fn add(&mut self, verdict: &Judged) {
        self.scenarios += 1;
        *match verdict {
            Judged::Conforms => &mut self.conforms,
            Judged::Allowed(_) => &mut self.allowed,
            Judged::Diverges(_) => &mut self.diverges,
            Judged::Unknown => &mut self.unknown,
        } += 1;
    }

    fn sum(self, other: Self) -> Self {
        Self {
            scenarios: self.scenarios + other.scenarios,
            conforms: self.conforms + other.conforms,
            allowed: self.allowed + other.allowed,
            diverges: self.diverges + other.diverges,
            unknown: self.unknown + other.unknown,
        }
    }

    fn object(self) -> Value {
        json!({
            "scenarios": self.scenarios,
            "conforms": self.conforms,
            "allowed": self.allowed,
            "diverges": self.diverges,
            "unknown": self.unknown,
        })
    }
}

pub(crate) fn conform(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let chosen = arguments.profile.as_deref().map(profile::choose).transpose()?;
    if let Some(note) = chosen.as_ref().and_then(|chosen| chosen.note.as_ref()) {
        out.line(words::faint(note))?;
    }
    let paths = files::find(&arguments.paths, RECORDING)?;
    interrupt::watch()?;
    let mut session = Session {
        comparisons: Comparisons { arguments, comparisons: BTreeMap::new() },
        chosen,
        agents: BTreeMap::new(),
        refused: Vec::new(),
        progress: Progress::of_files(paths.len(), out),
        seen: 0,
        unjudged: 0,
    };
    for path in &paths {
        if STOP.load(Ordering::Relaxed) {
            break;
        }
        session.progress.at_file(session.seen, || path.display().to_string());
        match read(path) {
            Ok(recording) => session.judge(path, &recording, out)?,
            Err(failure) => session.refuse(failure, out),
        }
        session.seen += 1;
    }
    session.progress.clear();
    session.finish(paths.len(), out)
}

/// What has come of the files so far.
struct Session<'a> {
    comparisons: Comparisons<'a>,
    chosen: Option<Chosen>,
    agents: BTreeMap<String, Agent>,
    refused: Vec<Failure>,
    progress: Progress,
    /// Files that were looked at.
    seen: usize,
    /// Scripts of those files that were not judged when it was interrupted.
    unjudged: u64,
}

/// What has come of all recordings of one build of a user agent, which may be in many files.
struct Agent {
    profile: &'static str,
    note: Option<String>,
    count: Count,
}

impl Session<'_> {
    /// Tells why a file or a script of it cannot be judged; the others still can.
    fn refuse(&mut self, failure: Failure, out: &mut Output) {
        self.progress.suspend(|| out.refuse(&failure));
        self.refused.push(failure);
    }

    fn judge(&mut self, path: &Path, recording: &Recording, out: &mut Output) -> Result<(), Failure> {
        let (agent, version) = recording.agent();
        let build = format!("{agent} {version}").trim_end().to_owned();
        let chosen = self.chosen.clone().map(|chosen| Chosen { note: None, ..chosen });
        let Some(Chosen { named, note }) = chosen.or_else(|| profile::of_recording(recording)) else {
            let failure = Failure::new(format_args!("{}: no profile for {build}", path.display()));
            self.refuse(failure.advise("name one with --profile; `wasclean list profiles` shows them"), out);
            return Ok(());
        };
        self.progress.suspend(|| begin(recording, &build, named, note.as_deref(), out))?;
        for name in recording.idle_limits() {
            if self.comparisons.scenario(path, name).is_err() {
                let path = path.display();
                self.progress.suspend(|| {
                    failure::note(format_args!(
                        "{path}: `limit_ms` has `{name}`, of which there is no log and no scenario"
                    ));
                });
            }
        }
        let mut count = Count::default();
        for script in recording.scripts() {
            self.progress.at_file(self.seen, || format!("{}, {}", path.display(), script.name));
            match self.comparisons.judge(path, script, named) {
                Ok(Some(row)) => {
                    count.add(&row.verdict);
                    let is_told = self.comparisons.arguments.all || row.verdict != Judged::Conforms;
                    self.progress.suspend(|| {
                        if is_told {
                            row.print(script, out)?;
                        }
                        out.object(&row.object(agent, version, script))
                    })?;
                }
                Ok(None) => self.unjudged += 1,
                Err(failure) => self.refuse(failure, out),
            }
        }
        for (name, error) in recording.unreadable() {
            self.refuse(Failure::new(format_args!("{}: `{name}`: {error}", path.display())), out);
        }
        let style = if self.is_found(count) { BAD } else { GOOD };
        self.progress.suspend(|| {
            out.line(format_args!(
                "  {style}{} of {} conform{style:#}, {} allowed but not {}, {} diverge, {} unknown",
                count.conforms, count.scenarios, count.allowed, named.name, count.diverges, count.unknown
            ))
        })?;
        let known = self.agents.entry(build);
        let known = known.or_insert(Agent { profile: named.name, note, count: Count::default() });
        known.count = known.count.sum(count);
        Ok(())
    }

    /// Whether something of this fails.
    fn is_found(&self, count: Count) -> bool {
        let allowed = if self.comparisons.arguments.strict { count.allowed } else { 0 };
        count.diverges + count.unknown + allowed > 0
    }

    /// Tells what came of so many files.
    fn finish(self, files: usize, out: &mut Output) -> Result<Verdict, Failure> {
        let unseen = (files - self.seen) as u64;
        let is_interrupted = unseen + self.unjudged > 0;
        if is_interrupted {
            out.line(format_args!(
                "interrupted; {} not looked at, and {} of the others not judged",
                words::counted(unseen, "file"),
                words::counted(self.unjudged, "recording")
            ))?;
        }
        let all = self.agents.values().fold(Count::default(), |all, agent| all.sum(agent.count));
        let agents = self.agents.iter().map(|(name, agent)| {
            let mut object = agent.count.object();
            object["profile"] = json!(agent.profile);
            if let Some(note) = &agent.note {
                object["note"] = json!(note);
            }
            (name.clone(), object)
        });
        let mut object = all.object();
        object["agents"] = Value::Object(agents.collect());
        object["interrupted"] = json!(is_interrupted);
        let refused = self.refused.len() as u64;
        Failure::tell_all_in(&self.refused, &mut object);
        if all.scenarios > 0 {
            let refused = match refused {
                0 => String::new(),
                _ => format!(", {BAD}{} refused{BAD:#}", words::count(refused)),
            };
            out.line(format_args!(
                "{STRONG}{}{STRONG:#}: {} conform, {} allowed, {} diverge, {} unknown{refused}",
                words::counted(all.scenarios, "recording"),
                words::count(all.conforms),
                words::count(all.allowed),
                words::count(all.diverges),
                words::count(all.unknown)
            ))?;
        }
        out.object(&object)?;
        Ok(match (refused, is_interrupted) {
            (1.., _) => Verdict::Wrong,
            (0, true) => Verdict::Interrupted,
            (0, false) => Verdict::of(self.is_found(all)),
        })
    }
}

/// Says what is compared with what.
fn begin(
    recording: &Recording,
    build: &str,
    named: &NamedProfile,
    note: Option<&str>,
    out: &mut Output,
) -> Result<(), Failure> {
    out.line(format_args!("{STRONG}{build}{STRONG:#} under {}", named.name))?;
    if let Some(note) = note {
        out.line(format_args!("  {}", words::faint(note)))?;
    }
    if !recording.has_wire() {
        let told = words::faint("it has no `wire`, so only what the page saw is compared");
        out.line(format_args!("  {told}"))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Recording, Failure> {
    if !path.exists() && path.is_relative() {
        let failure = Failure::new(format_args!("cannot read {}: it is not in {}", path.display(), here()));
        return Err(failure.advise(
            "go to a checkout of wasclean, which has corpus/recordings, or name a recording or a folder of them",
        ));
    }
    let wrong = |offence: &Offence| {
        Failure::new(format_args!("{}: {offence}", path.display()))
            .advise("corpus/recordings/README.md describes what a recording looks like")
    };
    Recording::read(&read_file(path)?).map_err(|offence| wrong(&offence))
}

/// A comparison for each scenario and limit.
struct Comparisons<'a> {
    arguments: &'a Arguments,
    comparisons: BTreeMap<(PathBuf, u64), Comparison>,
}

impl Comparisons<'_> {
    /// Judges a script; `None` if it was interrupted before there was a verdict.
    fn judge(
        &mut self,
        recording: &Path,
        script: &Script,
        named: &NamedProfile,
    ) -> Result<Option<Row>, Failure> {
        let path = self.scenario(recording, &script.name)?;
        let comparison = match self.comparisons.entry((path, script.limit_us)) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let scenario = scenario_file::read(&entry.key().0)?.scenario;
                entry.insert(Comparison::new(scenario, script.limit_us, self.arguments.states))
            }
        };
        let verdict = match comparison.judge_until(&named.profile, &script.seen, &STOP) {
            Ok(verdict) => verdict,
            Err(Unjudged::Stopped) => return Ok(None),
            Err(error) => {
                let failure =
                    Failure::new(format_args!("{}: `{}`: {error}", recording.display(), script.name));
                return Err(failure.advise("record each WebSocket with a scenario of its own"));
            }
        };
        let outcomes = comparison.outcomes(&named.profile);
        Ok(Some(Row {
            verdict,
            outcomes: outcomes.seen.len(),
            states: outcomes.states,
            is_complete: outcomes.is_complete,
        }))
    }

    /// The scenario of a script: in the folder that was named, next to the recording, or in the corpus.
    fn scenario(&self, recording: &Path, name: &str) -> Result<PathBuf, Failure> {
        let file = format!("{name}.toml");
        let beside = recording.parent().unwrap_or(Path::new("")).join("../scenarios/recorded");
        let folders = match &self.arguments.scenarios {
            Some(folder) => vec![folder.clone()],
            None => vec![beside, PathBuf::from("corpus/scenarios/recorded")],
        };
        folders.iter().map(|folder| folder.join(&file)).find(|path| path.is_file()).ok_or_else(|| {
            let searched: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
            Failure::new(format_args!(
                "{}: there is no scenario {file} in {}, seen from {}",
                recording.display(),
                searched.join(" or "),
                here()
            ))
            .advise("say with --scenarios DIR where the scenarios are that were recorded")
        })
    }
}

/// What came of one recording.
struct Row {
    verdict: Judged,
    outcomes: usize,
    states: u64,
    is_complete: bool,
}

impl Row {
    fn print(&self, script: &Script, out: &mut Output) -> Result<(), Failure> {
        let of = words::counted(self.outcomes as u64, "outcome");
        let name = &script.name;
        match &self.verdict {
            Judged::Conforms => out.line(format_args!("  {GOOD}conforms{GOOD:#} {name}: one of {of}")),
            Judged::Allowed(settings) => {
                let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
                out.line(format_args!(
                    "  {ADVICE}allowed{ADVICE:#}  {name}: none of {of}, but one with {}",
                    settings.join(", ")
                ))
            }
            Judged::Diverges(difference) => {
                out.line(format_args!(
                    "  {BAD}diverges{BAD:#} {name}: none of {of}; {} ({})",
                    in_words(difference),
                    requirement(difference)
                ))?;
                out.line(format_args!("           {FAINT}page {}{FAINT:#}", script.seen.page.join(" ")))?;
                match &script.seen.wire {
                    Some(wire) => {
                        out.line(format_args!("           {FAINT}wire {}{FAINT:#}", wire.join(" ")))
                    }
                    None => Ok(()),
                }
            }
            Judged::Unknown => out.line(format_args!(
                "  {BAD}unknown{BAD:#}  {name}: none of {of} within {}",
                words::counted(self.states, "state")
            )),
        }
    }

    fn object(&self, agent: &str, version: &str, script: &Script) -> Value {
        let (verdict, knobs, difference) = match &self.verdict {
            Judged::Conforms => ("conforms", None, None),
            Judged::Allowed(settings) => {
                let knobs: serde_json::Map<_, _> = settings
                    .iter()
                    .map(|setting| {
                        let value = setting.knob.value_name(setting.value);
                        (
                            setting.knob.name.to_owned(),
                            value.map_or_else(|| json!(setting.value), |name| json!(name)),
                        )
                    })
                    .collect();
                ("allowed", Some(knobs), None)
            }
            Judged::Diverges(difference) => {
                let told = json!({
                    "log": difference.log.to_string(),
                    "at": difference.at,
                    "expected": difference.expected,
                    "found": difference.found,
                    "requirement": requirement(difference),
                });
                ("diverges", None, Some(told))
            }
            Judged::Unknown => ("unknown", None, None),
        };
        json!({
            "event": "recording",
            "agent": agent,
            "version": version,
            "scenario": script.name,
            "wire": script.seen.wire.is_some(),
            "verdict": verdict,
            "knobs": knobs,
            "difference": difference,
            "outcomes": self.outcomes,
            "states": self.states,
            "complete": self.is_complete,
        })
    }
}

fn in_words(difference: &Difference) -> String {
    let token = |token: &Option<String>| token.clone().unwrap_or_else(|| "the end".to_owned());
    format!(
        "entry {} of the {} is {} in place of {}",
        difference.at,
        difference.log,
        token(&difference.found),
        token(&difference.expected)
    )
}
