//! `corpus`: scenarios as text and as the bytes that fuzzers mutate, both ways.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;
use serde_json::json;
use wasclean_explore::resume::is_state;
use wasclean_model::scenario::{Expect, Scenario, bytes, text};

use crate::bytes::read_file;
use crate::failure::{Failure, Verdict, note};
use crate::files::{self, Kind};
use crate::interrupt::{self, STOP};
use crate::output::Output;
use crate::progress::Progress;
use crate::{scenario_file, words};

const EXAMPLES: &str = "\
Examples:
  wasclean corpus corpus/world/l-09-crossing-closes                     print it as text
  wasclean corpus corpus/scenarios/litmus --out seeds                   a folder of scenarios as seeds of `world`
  wasclean corpus fuzz/corpus/world --out readable                      what a fuzzer kept, as text

A file whose name ends in .toml becomes bytes, any other file becomes text. What a scenario expects is not part of its \
bytes: it does not change the run. A planted fault is not part of them either, and does: a note says so for each file; \
`wasclean triage --fault ID` plants it again. In a folder of findings the states of campaigns and the time lines of a \
triage are passed over. The exit status is 130 if it was interrupted; files that are written are whole.";

/// Inputs have any names.
const INPUT: Kind = Kind { name: "file with a scenario", extension: None, is_other };

/// What a campaign and a triage write beside their findings.
fn is_other(path: &Path) -> bool {
    let is_time_line =
        path.extension().is_some_and(|extension| extension == "txt") && path.with_extension("").is_file();
    is_time_line || path.file_name().is_some_and(is_state)
}

/// Convert scenarios between their text and the bytes that the fuzz target `world` starts from
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files, or folders with nothing but scenarios in one of the two forms
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The folder that gets the converted files and loses none; standard output if absent, for one file
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A converted scenario, and the name of its file.
struct Converted {
    name: String,
    contents: Vec<u8>,
}

pub(crate) fn corpus(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let paths = files::find(&arguments.files, INPUT)?;
    let Some(dir) = &arguments.out else {
        let [path] = &paths[..] else {
            return Err(Failure::new(format_args!("{} files and no folder to write to", paths.len()))
                .advise("name one with --out DIR"));
        };
        return print(&convert(path)?, out);
    };
    interrupt::watch()?;
    let is_stopped = || STOP.load(Ordering::Relaxed);
    let mut progress = Progress::of_files(paths.len(), out);
    let mut planned = Vec::new();
    for path in paths.iter().take_while(|_| !is_stopped()) {
        progress.at_file(planned.len(), || path.display().to_string());
        planned.push(progress.suspend(|| convert(path))?);
    }
    let mut written = 0;
    let mut unwritten = None;
    // Nothing is written before everything is known to have room.
    if planned.len() == paths.len() {
        check_names(&paths, &planned)?;
        for (path, converted) in paths.iter().zip(&planned) {
            check_room(path, &dir.join(&converted.name), &converted.contents, &paths)?;
        }
        files::make_folder(dir)?;
        for converted in planned.iter().take_while(|_| !is_stopped()) {
            unwritten = files::write(&dir.join(&converted.name), &converted.contents).err();
            if unwritten.is_some() {
                break;
            }
            written += 1;
        }
    }
    progress.clear();
    let left = (paths.len() - written) as u64;
    let is_interrupted = left > 0 && unwritten.is_none();
    let written = written as u64;
    if is_interrupted {
        out.line(format_args!("interrupted; {} not written", words::counted(left, "file")))?;
    }
    out.line(format_args!("{} in {}", words::counted(written, "file"), dir.display()))?;
    let summary = json!({
        "files": written,
        "out": dir.display().to_string(),
        "interrupted": is_interrupted,
    });
    let verdict = if is_interrupted { Verdict::Interrupted } else { Verdict::Fine };
    out.summary(summary, unwritten, verdict)
}

/// Two files of one name would be one file.
fn check_names(paths: &[PathBuf], planned: &[Converted]) -> Result<(), Failure> {
    let mut sources = BTreeMap::new();
    for (path, Converted { name, .. }) in paths.iter().zip(planned) {
        if let Some(other) = sources.insert(name, path) {
            return Err(Failure::new(format_args!(
                "{} and {} would both become {name}",
                other.display(),
                path.display()
            ))
            .advise("convert them to two folders, or give one of them another name"));
        }
    }
    Ok(())
}

/// What is at `target` already stays, unless it is what would be written.
fn check_room(path: &Path, target: &Path, contents: &[u8], paths: &[PathBuf]) -> Result<(), Failure> {
    match fs::read(target) {
        Ok(old) if old == contents => return Ok(()),
        // A folder that cannot be made is told when it is made.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        Ok(_) => {}
        Err(error) => {
            return Err(Failure::new(format_args!("cannot write {}: {error}", target.display()))
                .advise("name another folder with --out"));
        }
    }
    let real = fs::canonicalize(target).ok();
    let is_input = real.is_some() && paths.iter().any(|path| fs::canonicalize(path).ok() == real);
    let what = if is_input { ", which is to be converted too," } else { "" };
    Err(Failure::new(format_args!(
        "{}{what} would be written over by what {} becomes",
        target.display(),
        path.display()
    ))
    .advise("name another folder with --out, or move the file away"))
}

fn convert(path: &Path) -> Result<Converted, Failure> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if path.extension().is_some_and(|extension| extension == "toml") {
        let scenario = Scenario { expect: Expect::default(), ..scenario_file::read(path)?.scenario };
        if let Some(fault) = scenario.profile.fault {
            note(format_args!(
                "{}: the fault {fault} is not part of the bytes; `wasclean triage --fault {fault}` plants it again",
                path.display()
            ));
        }
        return Ok(Converted { name: stem, contents: bytes::encode(&scenario) });
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let contents = text::print(&bytes::decode(&read_file(path)?)).into_bytes();
    Ok(Converted { name: format!("{name}.toml"), contents })
}

/// Text as text, bytes as they are.
fn print(converted: &Converted, out: &mut Output) -> Result<Verdict, Failure> {
    match str::from_utf8(&converted.contents) {
        Ok(text) if converted.name.ends_with(".toml") => {
            out.line(text.trim_end())?;
            out.object(&json!({ "name": converted.name, "scenario": text }))?;
        }
        _ if out.is_for_programs() => {
            let digits: String = converted.contents.iter().map(|byte| format!("{byte:02x}")).collect();
            out.object(&json!({ "name": converted.name, "bytes": digits }))?;
        }
        _ => out.bytes(&converted.contents)?,
    }
    Ok(Verdict::Fine)
}
