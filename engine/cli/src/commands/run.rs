//! `run`: plays scenarios and checks what they expect.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use serde_json::{Value, json};
use wasclean_explore::finding::{Replay, replay};
use wasclean_model::scenario::Expect;
use wasclean_model::trace::{Outcome, outcome};

use super::part;
use super::replay::{id, in_words};
use super::time_line::{Trace, print_trace};
use crate::failure::{Failure, Verdict};
use crate::interrupt::{self, STOP};
use crate::output::Output;
use crate::profile::{self, Chosen};
use crate::progress::Progress;
use crate::scenario_file::{self, ScenarioFile};
use crate::style::{BAD, FAINT, GOOD};
use crate::words;

const EXAMPLES: &str = "\
Examples:
  wasclean run corpus/scenarios/litmus/l-09-crossing-closes.toml   one scenario, with its time line
  wasclean run corpus/scenarios                                    all of a folder; time lines of those that fail
  wasclean run x.toml --trace always --json                        the trace as JSON Lines, then the summary

  wasclean run x.toml --profile standard --profile chromium       where the two part

A scenario fails if it breaks an invariant or does not come out as its [expect] says. What a file expects holds under \
its own profile; under another one only the invariants are judged. With several profiles the exit status is 1 if runs \
differ. It is 130 if it was interrupted; what was played until then is told.";

/// Play scenarios, print what happens as a time line, and check what they expect
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Scenario files, or folders with .toml files (- is standard input)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whether to print what happened: auto is a single scenario, and those that fail
    #[arg(long, value_enum, default_value = "auto")]
    trace: Trace,
    /// Go on past choices that no longer fit
    #[arg(long)]
    best_effort: bool,
    /// The knobs, in place of the file's: a profile's name, or an agent's version as in firefox@11; twice to compare
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let profiles =
        arguments.profile.iter().map(|name| profile::choose(name)).collect::<Result<Vec<Chosen>, _>>()?;
    for note in profiles.iter().filter_map(|chosen| chosen.note.as_ref()) {
        out.line(words::faint(note))?;
    }
    let paths = scenario_file::find(&arguments.files)?;
    let mut files = Vec::new();
    let mut is_wrong = false;
    for path in &paths {
        match scenario_file::read(path) {
            Ok(file) => files.push(file),
            Err(failure) => {
                failure.report();
                is_wrong = true;
            }
        }
    }
    if is_wrong {
        // Nothing is played: whoever corrects the files wants all errors and no other noise.
        return Ok(Verdict::Wrong);
    }
    interrupt::watch()?;
    if profiles.len() > 1 {
        return part::run(&files, &profiles, out);
    }
    if let Some(chosen) = profiles.first() {
        for file in &mut files {
            if file.scenario.profile != chosen.named.profile {
                file.scenario.profile = chosen.named.profile;
                file.scenario.expect = Expect::default();
            }
        }
    }
    let mut failed = 0;
    let mut seen = 0;
    let mut progress = Progress::of_files(files.len(), out);
    for file in &files {
        if STOP.load(Ordering::Relaxed) {
            break;
        }
        progress.at_file(seen, || file.path.display().to_string());
        seen += 1;
        let played = Played::new(file, arguments.best_effort);
        failed += u64::from(!played.is_passed());
        let is_traced = match arguments.trace {
            Trace::Always => true,
            Trace::Auto => !out.is_for_programs() && (files.len() == 1 || !played.is_passed()),
            Trace::Never => false,
        };
        progress.suspend(|| played.print(is_traced, out))?;
    }
    progress.clear();
    let left = (files.len() - seen) as u64;
    interrupt::tell_unplayed(left, out)?;
    let scenarios = seen as u64;
    let passed = scenarios - failed;
    if scenarios > 1 {
        let style = if failed == 0 { GOOD } else { BAD };
        out.line(format_args!(
            "{}: {style}{} passed, {} failed{style:#}",
            words::counted(scenarios, "scenario"),
            words::count(passed),
            words::count(failed)
        ))?;
    }
    out.object(&json!({
        "scenarios": scenarios,
        "passed": passed,
        "failed": failed,
        "interrupted": left > 0,
    }))?;
    Ok(if left > 0 { Verdict::Interrupted } else { Verdict::of(failed > 0) })
}

struct Played<'a> {
    file: &'a ScenarioFile,
    replay: Replay,
    outcome: Outcome,
    /// What is not as it should be.
    complaints: Vec<String>,
}

impl<'a> Played<'a> {
    fn new(file: &'a ScenarioFile, best_effort: bool) -> Self {
        let replay = replay(&file.scenario);
        let outcome = outcome(&replay.trace);
        let expect = &file.scenario.expect;
        let mut complaints = Vec::new();
        if let Some(mismatch) = replay.mismatch.filter(|_| !best_effort) {
            complaints.push(mismatch.to_string());
        }
        match (replay.judgement.broken, expect.breaks.as_deref()) {
            (None, None) => (),
            (Some(breach), Some(expected)) if id(breach) == expected => (),
            (Some(breach), _) => complaints.push(format!("breaks {}", in_words(breach))),
            (None, Some(expected)) => {
                complaints.push(format!("was expected to break {expected} and does not"));
            }
        }
        for (name, expected, found) in
            [("page", &expect.page, &outcome.page), ("wire", &expect.wire, &outcome.wire)]
        {
            if let Some(expected) = expected {
                compare(name, expected, found, &mut complaints);
            }
        }
        Self { file, replay, outcome, complaints }
    }

    fn is_passed(&self) -> bool {
        self.complaints.is_empty()
    }

    fn print(&self, is_traced: bool, out: &mut Output) -> Result<(), Failure> {
        let path = &self.file.path;
        if is_traced {
            print_trace(path, &self.file.scenario, &self.replay.trace, out)?;
        }
        let (style, word) = if self.is_passed() { (GOOD, "pass") } else { (BAD, "FAIL") };
        out.line(format_args!("{style}{word}{style:#} {}", path.display()))?;
        if is_traced {
            for (name, lines) in [("page", &self.outcome.page), ("wire", &self.outcome.wire)] {
                for (socket, line) in lines.iter().enumerate() {
                    out.line(format_args!("     {FAINT}{name} ws{socket}{FAINT:#} {line}"))?;
                }
            }
        }
        for complaint in &self.complaints {
            out.line(format_args!("     {complaint}"))?;
        }
        out.object(&self.object())
    }

    fn object(&self) -> Value {
        let broken = self.replay.judgement.broken;
        json!({
            "event": "scenario",
            "file": self.file.path.display().to_string(),
            "passed": self.is_passed(),
            "complaints": self.complaints,
            "page": self.outcome.page,
            "wire": self.outcome.wire,
            "broken": broken.map(|breach| json!({ "invariant": id(breach), "entry": breach.entry })),
        })
    }
}

/// Compares what came out with what was expected; an empty list expects that there is no WebSocket.
fn compare(name: &str, expected: &[String], found: &[String], complaints: &mut Vec<String>) {
    for socket in 0..expected.len().max(found.len()) {
        let (expected, found) = (expected.get(socket), found.get(socket));
        if expected != found {
            let nothing = String::from("(no such WebSocket)");
            complaints.push(format!(
                "{name} of ws{socket} is not as expected\n       expected {}\n       found    {}",
                expected.unwrap_or(&nothing),
                found.unwrap_or(&nothing)
            ));
        }
    }
}
