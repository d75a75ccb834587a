//! `faults`: plants each known mistake and looks for the invariant that notices it.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use wasclean_explore::faults::{End, Event, Examined, Plan};
use wasclean_model::invariant::INVARIANTS;
use wasclean_model::profile::Fault;

use super::fuzz::threads;
use crate::failure::{Failure, Verdict};
use crate::interrupt::{self, STOP};
use crate::output::Output;
use crate::style::{BAD, FAINT, GOOD, STRONG};
use crate::{files, profile, words};

const EXAMPLES: &str = "\
Examples:
  wasclean faults                     all of them; the same result on every machine
  wasclean faults M14 answer          M14, and those with `answer` in their names
  wasclean faults --out found M37     save the shrunk scenario as found/M37.toml

Each fault is hunted from five seeds, and the hunt in the middle is shown. The exit status is 1 if a fault escapes.";

/// How often a line is written where there is no terminal to draw a bar on.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Plant every known mistake of implementations; print which invariant notices it, and how soon
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// IDs of faults, or parts of their names [default: all]
    #[arg(value_name = "FAULT")]
    filters: Vec<String>,
    /// The first of the five seeds; the others follow it
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// The most runs of one hunt
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..), allow_negative_numbers = true)]
    runs: u64,
    /// Threads [default: as many as the machine has]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024), allow_negative_numbers = true)]
    jobs: Option<u16>,
    /// The knobs on top of which faults are planted: a profile's name, or an agent's version as in firefox@11
    #[arg(long, value_name = "NAME", default_value = "standard")]
    profile: String,
    /// Save each shrunk scenario in this folder, under the fault's ID
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the table of the book
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

pub(crate) fn faults(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let plan = Plan {
        seed: arguments.seed,
        profile: profile::choose(&arguments.profile)?.named.profile,
        faults: chosen(&arguments.filters)?,
        runs_max: arguments.runs,
        shrink_runs_max: wasclean_explore::shrink::RUNS_MAX,
        jobs: threads(arguments.jobs),
    };
    if let Some(dir) = &arguments.out {
        files::make_folder(dir)?;
    }
    interrupt::watch()?;
    if arguments.markdown {
        out.line("| fault | what it does | layer | runs | noticed by |\n|---|---|---|--:|---|")?;
    }
    let begun = Instant::now();
    let mut progress = Progress::new(plan.faults.len(), out.is_for_programs());
    let mut trouble = None;
    let examined = plan.run(&STOP, &mut |event| match event {
        Event::Progress { done, runs } => progress.show(done, runs),
        Event::Examined(one) => {
            let told = progress.bar.suspend(|| tell(one, arguments, out));
            if let Err(failure) = told {
                trouble.get_or_insert(failure);
                STOP.store(true, Ordering::Relaxed);
            }
        }
    });
    progress.bar.finish_and_clear();
    if let Some(failure) = trouble {
        return Err(failure);
    }
    summarize(&plan, &examined, arguments, begun.elapsed(), out)
}

/// The faults that the filters choose: by ID, or by a part of the name.
fn chosen(filters: &[String]) -> Result<Vec<Fault>, Failure> {
    let all = Fault::VALUES.iter().map(|&(fault, _)| fault);
    let is_meant = |fault: Fault, filter: &str| {
        fault.id().eq_ignore_ascii_case(filter) || fault.name().contains(&filter.to_ascii_lowercase())
    };
    if let Some(filter) = filters.iter().find(|filter| !all.clone().any(|fault| is_meant(fault, filter))) {
        return Err(Failure::new(format_args!("no fault is called `{filter}`"))
            .advise("a fault is M01 to M70, or a part of its name; `wasclean list faults` prints them all"));
    }
    Ok(all
        .filter(|&fault| filters.is_empty() || filters.iter().any(|filter| is_meant(fault, filter)))
        .collect())
}

/// Prints what came of one fault, and saves its scenario if that is wanted.
fn tell(examined: &Examined, arguments: &Arguments, out: &mut Output) -> Result<(), Failure> {
    let fault = examined.fault;
    let (runs, verdict) = verdict(examined);
    let text = examined.finding.as_ref().map(wasclean_explore::finding::Finding::to_text);
    if let (Some(dir), Some(text)) = (&arguments.out, &text) {
        save(dir, fault, text)?;
    }
    if arguments.markdown {
        let invariant = examined.finding.as_ref().map_or("none", |finding| finding.invariant_id());
        return out.line(format_args!(
            "| {fault} `{}` | {} | {} | {runs} | {invariant} |",
            fault.name(),
            fault.about(),
            fault.layer(),
        ));
    }
    out.line(format_args!("{STRONG}{fault}{STRONG:#} {:<30} {runs:>7} {verdict}", fault.name()))?;
    if out.is_for_programs() {
        return out.object(&object(examined, text.as_deref()));
    }
    for line in text.iter().flat_map(|text| text.lines()).filter(|line| is_telling(line)) {
        out.line(format_args!("    {FAINT}{line}{FAINT:#}"))?;
    }
    Ok(())
}

/// Whether a line of a scenario file says something that the line above it on the screen does not.
fn is_telling(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#') && !line.starts_with("format = ")
}

/// The runs to the kill, and what there is to say of it.
fn verdict(examined: &Examined) -> (String, String) {
    let runs = examined.executions().map_or_else(|| "-".to_owned(), words::count);
    let verdict = match &examined.finding {
        Some(finding) => {
            let invariant = &INVARIANTS[finding.breach.invariant];
            format!("{GOOD}{}{GOOD:#} {}", invariant.id, invariant.name)
        }
        None => match examined.ends.iter().find(|end| matches!(end, End::Panicked(_))) {
            Some(End::Panicked(index)) => {
                format!("{BAD}panicked{BAD:#} in run {index}, which is a bug of wasclean")
            }
            Some(End::Killed(_) | End::Escaped) | None => format!("{BAD}escaped{BAD:#}"),
        },
    };
    (runs, verdict)
}

fn save(dir: &Path, fault: Fault, text: &str) -> Result<(), Failure> {
    let path = dir.join(format!("{fault}.toml"));
    let head = format!("# {}\n# The fault {fault} ({}) is planted.\n", fault.about(), fault.name());
    files::write(&path, (head + text).as_bytes())
}

fn object(examined: &Examined, text: Option<&str>) -> Value {
    let fault = examined.fault;
    let executions: Vec<Option<u64>> = examined.ends.iter().map(|end| end.executions()).collect();
    json!({
        "event": "fault",
        "fault": fault.id(),
        "name": fault.name(),
        "about": fault.about(),
        "layer": fault.layer().to_string(),
        "killed": examined.finding.is_some(),
        "executions": examined.executions(),
        "executions_of_seeds": executions,
        "invariant": examined.finding.as_ref().map(|finding| finding.invariant_id()),
        "scenario": text,
    })
}

fn summarize(
    plan: &Plan,
    examined: &[Examined],
    arguments: &Arguments,
    elapsed: Duration,
    out: &mut Output,
) -> Result<Verdict, Failure> {
    let killed = examined.iter().filter(|one| one.finding.is_some()).count();
    let escaped = examined.len() - killed;
    let mut executions: Vec<u64> = examined.iter().filter_map(Examined::executions).collect();
    executions.sort_unstable();
    let median = executions.get(executions.len() / 2).copied();
    let max = executions.last().copied();
    let is_interrupted = examined.len() < plan.faults.len();
    if !arguments.markdown {
        let style = if escaped == 0 { GOOD } else { BAD };
        out.line(format_args!(
            "{STRONG}{}{STRONG:#} in {:.1} s: {style}{killed} killed, {escaped} escaped{style:#}; runs to the kill: median {}, at most {}",
            words::counted(examined.len() as u64, "fault"),
            elapsed.as_secs_f64(),
            words::count(median.unwrap_or_default()),
            words::count(max.unwrap_or_default()),
        ))?;
    }
    out.object(&json!({
        "faults": examined.len(),
        "killed": killed,
        // Each can be planted, so none has to be explained instead.
        "explained": 0,
        "escaped": escaped,
        "median_executions": median,
        "max_executions": max,
        "seed": plan.seed,
        "profile": arguments.profile,
        "elapsed_seconds": elapsed.as_secs_f64(),
        "interrupted": is_interrupted,
    }))?;
    Ok(if is_interrupted { Verdict::Interrupted } else { Verdict::of(escaped > 0) })
}

/// A bar on a terminal, a line now and then elsewhere.
struct Progress {
    bar: ProgressBar,
    is_drawn: bool,
    faults: usize,
    told: Instant,
}

impl Progress {
    fn new(faults: usize, is_for_programs: bool) -> Self {
        let is_drawn = stderr().is_terminal() && !is_for_programs;
        let target =
            if is_drawn { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(u64::try_from(faults).ok(), target);
        let style = ProgressStyle::with_template("{elapsed:>4} {bar:24} {pos} of {len} faults  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        Self { bar, is_drawn, faults, told: Instant::now() }
    }

    fn show(&mut self, done: usize, runs: u64) {
        if self.is_drawn {
            self.bar.set_position(done as u64);
            self.bar.set_message(words::counted(runs, "run"));
        } else if self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            // There is nobody to tell that nobody reads it.
            _ = writeln!(stderr(), "{done} of {} faults, {}", self.faults, words::counted(runs, "run"));
        }
    }
}
