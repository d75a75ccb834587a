//! `shrink`: a finding, made smaller.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use serde_json::json;
use wasclean_explore::finding::{Finding, Reduction, replay};
use wasclean_explore::shrink::{RUNS_MAX, shrink_until};
use wasclean_model::scenario::shrink::size;

use super::replay::{in_words, settle_mismatch};
use crate::failure::{Failure, Verdict, note};
use crate::interrupt::{self, STOP};
use crate::output::Output;
use crate::progress::Progress;
use crate::{files, scenario_file, words};

const EXAMPLES: &str = "\
Examples:
  wasclean shrink findings/INV-20-1a2b3c4d.toml             print the smaller scenario
  wasclean shrink big.toml --out small.toml

The smaller scenario breaks the same invariant, and no single step or choice can be taken out of it. The exit status \
is 130 if it was interrupted: the smallest one until then is written.";

/// Make a finding smaller
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A scenario file that breaks an invariant (- is standard input)
    file: PathBuf,
    /// Where to write the smaller scenario; standard output if absent
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Runs to try at most
    #[arg(long, value_name = "N", default_value_t = RUNS_MAX)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..), allow_negative_numbers = true)]
    runs: u64,
    /// Go on past choices that no longer fit
    #[arg(long)]
    best_effort: bool,
}

pub(crate) fn shrink(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let path = &arguments.file;
    let scenario = scenario_file::read(path)?.scenario;
    settle_mismatch("shrink", path, replay(&scenario).mismatch, arguments.best_effort)?;
    let Some(finding) = Finding::from_scenario(&scenario) else {
        return Err(Failure::new(format_args!("{} breaks no invariant", path.display())).advise(
            "only what breaks an invariant can be shrunk; `wasclean run` shows what the scenario does",
        ));
    };
    interrupt::watch()?;
    let progress = Progress::clock(path.display().to_string(), out);
    let small = shrink_until(&finding, arguments.runs, &STOP);
    progress.clear();
    let text = small.to_text();
    let (before, after) = (size(&finding.scenario), size(&small.scenario));
    let (runs, is_minimal) = match small.reduction {
        Reduction::Untried => (0, false),
        Reduction::Bounded(runs) => (runs, false),
        Reduction::Minimal(runs) => (runs, true),
    };
    let is_interrupted = !is_minimal && STOP.load(Ordering::Relaxed);
    let unwritten = arguments.out.as_ref().and_then(|target| files::write(target, text.as_bytes()).err());
    match &arguments.out {
        Some(target) if unwritten.is_none() => {
            out.line(format_args!(
                "{} of size {after} instead of {before}, in {}",
                target.display(),
                words::counted(runs, "run")
            ))?;
            out.line(format_args!("breaks {}", in_words(small.breach)))?;
            let state = if is_minimal {
                "no single step or choice can be taken out"
            } else if is_interrupted {
                "interrupted; `wasclean shrink` goes on with it"
            } else {
                "given up at the bound of --runs"
            };
            out.line(state)?;
        }
        // What has no room is not lost.
        Some(_) | None => {
            out.line(text.trim_end())?;
            if is_interrupted {
                note("interrupted; it may not be the smallest");
            }
        }
    }
    let summary = json!({
        "file": path.display().to_string(),
        "out": arguments.out.as_ref().map(|out| out.display().to_string()),
        "invariant": small.invariant_id(),
        "entry": small.breach.entry,
        "size_before": before,
        "size_after": after,
        "choices_before": finding.scenario.choices.len(),
        "choices_after": small.scenario.choices.len(),
        "runs": runs,
        "minimal": is_minimal,
        "interrupted": is_interrupted,
        "scenario": text,
    });
    let verdict = if is_interrupted { Verdict::Interrupted } else { Verdict::Fine };
    out.summary(summary, unwritten, verdict)
}
