//! `replay`: a finding, exactly.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use wasclean_explore::finding::replay as play;
use wasclean_model::choices::Mismatch;
use wasclean_model::invariant::{Breach, Class, INVARIANTS};

use super::time_line::{Trace, print_trace};
use crate::failure::{Failure, Verdict};
use crate::output::Output;
use crate::scenario_file;
use crate::style::{BAD, GOOD};
use crate::words;

const EXAMPLES: &str = "\
Examples:
  wasclean replay findings/INV-20-1a2b3c4d.toml
  wasclean replay --best-effort old-finding.toml

The exit status is 1 if an invariant is broken, 0 if none is any more, and 2 if the file is not a whole finding: if it \
breaks nothing and does not say what it should break.";

/// Repeat a finding exactly
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A finding: a scenario file that says what it breaks (- is standard input)
    file: PathBuf,
    /// Go on past choices that no longer fit
    #[arg(long)]
    best_effort: bool,
    /// Whether to print what happened
    #[arg(long, value_enum, default_value = "auto")]
    trace: Trace,
}

pub(crate) fn replay(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let path = &arguments.file;
    let file = scenario_file::read(path)?;
    let replay = play(&file.scenario);
    let mismatch = replay.mismatch;
    settle_mismatch("replay", path, mismatch, arguments.best_effort)?;
    let is_wanted = match arguments.trace {
        Trace::Always => true,
        Trace::Auto => !out.is_for_programs(),
        Trace::Never => false,
    };
    if is_wanted {
        print_trace(path, &file.scenario, &replay.trace, out)?;
    }
    let expected = file.scenario.expect.breaks.as_deref();
    match (replay.judgement.broken, expected) {
        (Some(breach), _) => {
            let other = match expected {
                Some(expected) if expected != id(breach) => format!(", not {expected} as the file says"),
                _ => String::new(),
            };
            out.line(format_args!("{BAD}still breaks{BAD:#} {}{other}", in_words(breach)))?;
        }
        (None, Some(expected)) => {
            out.line(format_args!("{GOOD}no longer breaks{GOOD:#} {expected}, nor any other invariant"))?;
        }
        // What a finding breaks is the last line of its file, so one that is cut off reads like this too.
        (None, None) => return Err(says_nothing(path)),
    }
    let broken = replay.judgement.broken;
    out.object(&json!({
        "file": path.display().to_string(),
        "broken": broken.map(|breach| json!({ "invariant": id(breach), "entry": breach.entry })),
        "expected": expected,
        "mismatch": mismatch.map(|mismatch| mismatch.to_string()),
        "entries": replay.trace.entries.len(),
    }))?;
    Ok(Verdict::of(broken.is_some()))
}

/// A file that breaks nothing and does not say what it should break.
fn says_nothing(path: &Path) -> Failure {
    let name = path.display();
    Failure::new(format_args!("{name}: breaks no invariant, and does not say which one it should break"))
        .advise(format_args!(
            "a finding ends with a line like breaks = \"INV-20\", so if this is one it is not whole; `wasclean run {}` plays any scenario",
            words::shell(path)
        ))
}

/// The ID of the invariant that is broken.
pub(crate) fn id(breach: Breach) -> &'static str {
    INVARIANTS[breach.invariant].id
}

/// What is broken, and where.
pub(crate) fn in_words(breach: Breach) -> String {
    let invariant = &INVARIANTS[breach.invariant];
    match invariant.class {
        Class::Trace | Class::Liveness => {
            format!("{} at entry {}: {}", invariant.id, breach.entry, invariant.predicate)
        }
        Class::Relational | Class::Function => format!("{}: {}", invariant.id, invariant.predicate),
    }
}

/// A choice that does not fit is an error, unless somebody wants `command` to go on.
pub(crate) fn settle_mismatch(
    command: &str,
    path: &Path,
    mismatch: Option<Mismatch>,
    best_effort: bool,
) -> Result<(), Failure> {
    match mismatch {
        Some(mismatch) if !best_effort => Err(Failure::new(format_args!("{}: {mismatch}", path.display())).advise(
            format_args!(
                "the model has changed, or the file: `wasclean {command} --best-effort {}` goes on with the plain choice",
                words::shell(path)
            ),
        )),
        Some(_) | None => Ok(()),
    }
}
