//! `triage`: what a fuzzer left behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};
use wasclean_explore::finding::replay;
use wasclean_explore::folder::{Work, numbered};
use wasclean_explore::triage::{SymptomKind, Triage, guarded, symptom, target_of_path};
use wasclean_model::choices::Script;
use wasclean_model::harness::{Input, TARGETS, Target, target, two_endpoints_traces};
use wasclean_model::invariant::INVARIANTS;
use wasclean_model::profile::Fault;
use wasclean_model::scenario::text;
use wasclean_model::trace::{Trace, render, rows};
use wasclean_model::world::run_into;

use super::fuzz::{fault_ids, room};
use crate::bytes::read_file;
use crate::failure::{Failure, Verdict};
use crate::interrupt::{self, STOP};
use crate::output::Output;
use crate::progress::Progress;
use crate::style::{BAD, GOOD, STRONG};
use crate::{files, words};

const EXAMPLES: &str = "\
Examples:
  wasclean triage fuzz/artifacts/*/crash-*                    crash files of libFuzzer; the folder names the target
  wasclean triage afl/out/world/*/crashes/id*                 those of AFL++
  wasclean triage --target close_frame crash-1a2b3c           where no folder names it
  wasclean triage --fault M58 fuzz/artifacts/world/crash-*    found with WASCLEAN_FAULT=M58

Each input is made small for as long as it breaks the same; of those that break the same invariant of one target the \
smallest is kept, also if it was there already. The exit status is 1 if any input still breaks something, and 130 if \
it was interrupted: what was found until then is saved.";

/// Make crash files of a fuzzer small, name what they break, and write the scenarios that show it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Crash files of any engine
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The target of all files [default: what a folder in the path of the file is called]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(TARGETS.iter().map(|target| target.name)))]
    target: Option<String>,
    /// The mistake that was planted when the inputs of `world` were found, by its ID; see `wasclean list faults`
    #[arg(long, value_name = "ID", value_parser = fault_ids(), ignore_case = true)]
    fault: Option<String>,
    /// The folder that gets inputs, scenarios and time lines
    #[arg(long, value_name = "DIR", default_value = "findings")]
    out: PathBuf,
}

/// A finding and the files that show it, the smallest one first.
struct Group {
    triage: Triage,
    files: Vec<PathBuf>,
}

pub(crate) fn triage(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let fault = arguments.fault.as_deref().and_then(Fault::with_id);
    let targets = arguments.files.iter().map(|path| targeted(path, arguments.target.as_deref(), fault));
    let targets = targets.collect::<Result<Vec<_>, _>>()?;
    // Before the work: where nothing can be saved, nobody wants to wait for it.
    let _folder = room::make(&arguments.out, Work::Triage, "inputs, scenarios and time lines are")?;
    interrupt::watch()?;
    let mut groups: BTreeMap<(&str, String), Group> = BTreeMap::new();
    let (mut seen, mut fine) = (0, 0_u64);
    let mut refused = Vec::new();
    let mut progress = Progress::of_files(arguments.files.len(), out);
    for (path, target) in arguments.files.iter().zip(targets) {
        if STOP.load(Ordering::Relaxed) {
            break;
        }
        progress.at_file(seen, || path.display().to_string());
        seen += 1;
        let input = match read_file(path) {
            Ok(input) => input,
            Err(failure) => {
                // What was found in the others is not lost by it.
                progress.suspend(|| out.refuse(&failure));
                refused.push(failure);
                continue;
            }
        };
        let Some(triage) = Triage::new(target, fault, &input, &STOP) else {
            fine += 1;
            let told = format!("{GOOD}breaks nothing{GOOD:#} in {}: {}", target.name, path.display());
            progress.suspend(|| out.line(told))?;
            continue;
        };
        let key = (target.name, triage.symptom.kind.to_string());
        match groups.get_mut(&key) {
            None => drop(groups.insert(key, Group { triage, files: vec![path.clone()] })),
            Some(group) if group.triage.input.len() > triage.input.len() => {
                group.triage = triage;
                group.files.insert(0, path.clone());
            }
            Some(group) => group.files.push(path.clone()),
        }
    }
    let is_interrupted = STOP.load(Ordering::Relaxed);
    progress.clear();
    for group in groups.values() {
        let place = Place::new(&arguments.out, &group.triage);
        if let Some(smaller) = place.there.as_ref().filter(|there| **there != group.triage.input) {
            tell_smaller(group, &place.path, smaller, out)?;
            continue;
        }
        match save(group, &place) {
            Ok(repeat) => tell(group, &place.path, &repeat, out)?,
            Err(failure) => {
                // The others may have room.
                out.refuse(&failure);
                tell_unsaved(group, out)?;
                refused.push(failure);
            }
        }
    }
    let seen = seen as u64;
    let findings = groups.len() as u64;
    let files = arguments.files.len() as u64;
    if is_interrupted {
        out.line(format_args!(
            "interrupted; {} not looked at, and what was found is saved",
            words::counted(files - seen, "file")
        ))?;
    }
    out.line(format_args!(
        "{} of {}; {} with nothing wrong",
        words::counted(findings, "finding"),
        words::counted(seen, "file"),
        words::counted(fine, "file"),
    ))?;
    let mut summary = json!({
        "files": files,
        "seen": seen,
        "findings": findings,
        "fine": fine,
        "interrupted": is_interrupted,
    });
    Failure::tell_all_in(&refused, &mut summary);
    out.object(&summary)?;
    Ok(match (refused.is_empty(), is_interrupted) {
        (false, _) => Verdict::Wrong,
        (true, true) => Verdict::Interrupted,
        (true, false) => Verdict::of(findings > 0),
    })
}

/// The target of an input, in which the fault can be planted if there is one.
fn targeted(path: &Path, named: Option<&str>, fault: Option<Fault>) -> Result<&'static Target, Failure> {
    let target = target_of(path, named)?;
    match fault.filter(|_| target.input != Input::Scenario) {
        None => Ok(target),
        Some(fault) => Err(Failure::new(format_args!(
            "{}: {fault} is planted in runs of `world`, and this is an input of `{}`",
            path.display(),
            target.name
        ))
        .advise("leave --fault out, or name the files of `world` alone")),
    }
}

fn target_of(path: &Path, named: Option<&str>) -> Result<&'static Target, Failure> {
    let found = match named {
        Some(name) => target(name),
        None => target_of_path(path),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        Failure::new(format_args!("{}: no folder says of which target it is", path.display()))
            .advise(format_args!("pass --target NAME, one of {}", names.join(", ")))
    })
}

/// Where a finding is saved.
struct Place {
    /// The input's file; those of the scenario and the time line have the same name with an extension.
    path: PathBuf,
    /// The input that is there already, which breaks the same and is not larger.
    there: Option<Vec<u8>>,
}

impl Place {
    /// The first name that is free or belongs to an input that breaks the same.
    fn new(dir: &Path, triage: &Triage) -> Self {
        let name = format!("{}-{}", triage.target.name, slug(&triage.symptom.kind.to_string()));
        for path in numbered(&dir.join(name)) {
            if is_free(&path)
                && ["toml", "txt"].iter().all(|extension| is_free(&path.with_extension(extension)))
            {
                return Self { path, there: None };
            }
            let input = path.is_file().then(|| read_file(&path)).and_then(Result::ok);
            let Some(input) = input.filter(|input| breaks_the_same(triage, input)) else { continue };
            let is_larger = input.len() > triage.input.len();
            return Self { path, there: Some(input).filter(|_| !is_larger) };
        }
        unreachable!("there are more numbers than files")
    }
}

fn is_free(path: &Path) -> bool {
    path.symlink_metadata().is_err()
}

fn breaks_the_same(triage: &Triage, input: &[u8]) -> bool {
    symptom(triage.target, triage.fault, input).is_some_and(|found| found.kind == triage.symptom.kind)
}

/// Says that an input of an earlier triage breaks the same and is not larger, so that it stays.
fn tell_smaller(group: &Group, path: &Path, there: &[u8], out: &mut Output) -> Result<(), Failure> {
    let Group { triage, files } = group;
    let Triage { target: Target { name: target, .. }, fault, symptom, .. } = triage;
    let planted = fault.map_or_else(String::new, |fault| format!(" --fault {fault}"));
    let repeat = format!("wasclean triage --target {target}{planted} {}", words::shell(path));
    let file = |extension: &str| {
        Some(path.with_extension(extension))
            .filter(|file| file.is_file())
            .map(|file| file.display().to_string())
    };
    out.line(format_args!("{BAD}finding{BAD:#} {STRONG}{}{STRONG:#} in {target}, as before", symptom.kind))?;
    out.line(format_args!(
        "  {} stays, with {}; {} of {} are not fewer",
        words::shell(path),
        words::counted(there.len() as u64, "byte"),
        words::counted(triage.input.len() as u64, "byte"),
        words::shell(&files[0]),
    ))?;
    out.line(format_args!("  repeat it: {repeat}"))?;
    let mut object = finding_object(group, path, there.len(), &repeat);
    (object["scenario"], object["time_line"]) = (json!(file("toml")), json!(file("txt")));
    out.object(&object)
}

/// What programs get of a finding whose input, of so many bytes, is at `path`.
fn finding_object(group: &Group, path: &Path, len: usize, repeat: &str) -> Value {
    let Group { triage: Triage { target: Target { name: target, .. }, fault, symptom, runs, .. }, files } =
        group;
    json!({
        "event": "finding",
        "target": target,
        "fault": fault.map(Fault::id),
        "broken": symptom.kind.to_string(),
        "detail": symptom.detail,
        "input": path.display().to_string(),
        "len": len,
        "runs": runs,
        "minimal": null,
        "scenario": null,
        "time_line": null,
        "files": files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>(),
        "repeat": repeat,
    })
}

/// Says what was found and could not be saved, so that it is not lost.
fn tell_unsaved(group: &Group, out: &mut Output) -> Result<(), Failure> {
    let Group { triage, files } = group;
    let digits: String = triage.input.iter().map(|byte| format!("{byte:02x}")).collect();
    out.line(format_args!(
        "{BAD}finding{BAD:#} {STRONG}{}{STRONG:#} in {}, which could not be saved: {} of {}",
        triage.symptom.kind,
        triage.target.name,
        words::counted(triage.input.len() as u64, "byte"),
        words::shell(&files[0]),
    ))?;
    out.line(format_args!("    {digits}"))?;
    let mut object = finding_object(group, &files[0], triage.input.len(), "");
    (object["input"], object["repeat"]) = (json!(null), json!(null));
    object["minimal"] = json!(triage.is_minimal);
    object["bytes"] = json!(digits);
    out.object(&object)
}

/// Writes what a finding consists of; gives the command that repeats it.
fn save(group: &Group, place: &Place) -> Result<String, Failure> {
    let Triage { target, fault, symptom, input, scenario, .. } = &group.triage;
    let path = &place.path;
    files::write(path, input)?;
    let mut story = format!("{}: {}\n{}\n", target.name, symptom.kind, symptom.detail.trim_end());
    let planted = fault.map_or_else(String::new, |fault| format!(" --fault {fault}"));
    let mut repeat = format!("wasclean triage --target {}{planted} {}", target.name, words::shell(path));
    let scenario_path = path.with_extension("toml");
    if let Some(scenario) = scenario {
        // Somebody may have written into the scenario of the same input.
        if place.there.is_none() || !scenario_path.exists() {
            files::write(&scenario_path, text::print(scenario).as_bytes())?;
        }
        // What panics is played as far as it goes.
        let mut trace = Trace::new();
        let played = guarded(|| run_into(scenario, &mut Script::new(&scenario.choices), &mut trace));
        story.push_str(&format!("\n{}", render(rows(&trace))));
        let is_broken = match played {
            Ok(()) => replay(scenario).judgement.broken.is_some(),
            Err(panic) => {
                story.push_str(&format!("{}: {}\n", panic.kind, panic.detail));
                true
            }
        };
        if is_broken {
            repeat = format!("wasclean replay {}", words::shell(&scenario_path));
        }
    } else if target.input == Input::TwoEndpoints {
        for (name, trace) in ["client", "server"].iter().zip(two_endpoints_traces(input)) {
            story.push_str(&format!("\n{name}\n{}", render(rows(&trace))));
        }
    }
    files::write(&path.with_extension("txt"), story.as_bytes())?;
    Ok(repeat)
}

/// Says where a finding was saved.
fn tell(group: &Group, path: &Path, repeat: &str, out: &mut Output) -> Result<(), Failure> {
    let Group { triage, files } = group;
    let Triage { target: Target { name: target, .. }, fault, symptom, input, runs, is_minimal, scenario } =
        triage;
    let (scenario_path, story_path) = (path.with_extension("toml"), path.with_extension("txt"));
    let predicate = INVARIANTS.iter().find(|invariant| symptom.kind == SymptomKind::Broken(invariant.id));
    let predicate = predicate.map_or("", |invariant| invariant.predicate);
    out.line(format_args!("{BAD}finding{BAD:#} {STRONG}{}{STRONG:#} in {target} {predicate}", symptom.kind))?;
    out.line(format_args!(
        "  {} of {} in {}{}; shown by {}",
        words::counted(input.len() as u64, "byte"),
        words::shell(&files[0]),
        words::counted(*runs, "run"),
        if *is_minimal { ", and nothing can be taken out" } else { ", then given up" },
        words::counted(files.len() as u64, "file"),
    ))?;
    for line in symptom.detail.lines().take(6) {
        out.line(format_args!("    {line}"))?;
    }
    out.line(format_args!("  time line: {}", story_path.display()))?;
    if scenario.is_some() {
        out.line(format_args!("  scenario: {}", scenario_path.display()))?;
    }
    out.line(format_args!("  repeat it: {repeat}"))?;
    let planted = fault.map_or_else(String::new, |fault| format!("WASCLEAN_FAULT={fault} "));
    out.line(format_args!("  or: {planted}cargo +nightly fuzz run -s none {target} {}", words::shell(path)))?;
    let mut object = finding_object(group, path, input.len(), repeat);
    object["minimal"] = json!(is_minimal);
    object["scenario"] = json!(scenario.as_ref().map(|_| scenario_path.display().to_string()));
    object["time_line"] = json!(story_path.display().to_string());
    out.object(&object)
}

/// A name as a part of a file's: letters, digits and hyphens.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use wasclean_model::scenario::bytes;

    use super::*;

    #[test]
    fn a_slug_is_a_file_name() {
        for (name, want) in [
            ("INV-07", "INV-07"),
            ("panic at a/b.rs:7", "panic-at-a-b-rs-7"),
            ("DOM dispatch", "DOM-dispatch"),
        ] {
            assert_eq!(slug(name), want);
        }
    }

    /// An earlier input that breaks the same stays unless it is larger, and what breaks something else is passed by.
    #[test]
    fn a_place_belongs_to_the_smallest_input() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        // A published crate comes without the corpus; only there does its manifest have an original.
        if root.join("Cargo.toml.orig").exists() {
            return;
        }
        let source = std::fs::read_to_string(root.join("../../corpus/faults/M15.toml")).expect("a scenario");
        let scenario = text::parse(&source).expect("a scenario");
        let input = bytes::encode(&scenario);
        let world = target("world").expect("there is one");
        let triage = Triage::new(world, scenario.profile.fault, &input, &STOP).expect("the fault is planted");
        let dir = std::env::temp_dir().join(format!("wasclean-place-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("a temporary directory");
        let first = Place::new(&dir, &triage);
        assert_eq!(first.there, None);
        std::fs::write(&first.path, &triage.input).expect("there is room");
        let larger = [&triage.input[..], &[0; 32]].concat();
        let second = Place::new(&dir, &Triage { input: larger.clone(), ..triage.clone() });
        assert_eq!((&second.path, second.there.as_ref()), (&first.path, Some(&triage.input)));
        std::fs::write(&first.path, &larger).expect("there is room");
        let third = Place::new(&dir, &triage);
        assert_eq!((&third.path, third.there), (&first.path, None));
        std::fs::write(&first.path, "").expect("there is room");
        let fourth = Place::new(&dir, &triage);
        assert_eq!((fourth.path, fourth.there), (numbered(&first.path).nth(1).expect("a second"), None));
        std::fs::remove_dir_all(dir).expect("it is there");
    }
}
