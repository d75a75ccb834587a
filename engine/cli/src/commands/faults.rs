//! `faults`: plants each known mistake and looks for the invariant that notices it.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use wasclean_explore::faults::{End, Event, Examined, Plan};
use wasclean_model::invariant::INVARIANTS;
use wasclean_model::profile::Fault;

use super::fuzz::threads;
use crate::failure::{Failure, Verdict, note};
use crate::interrupt::{self, STOP};
use crate::output::Output;
use crate::progress::Progress;
use crate::style::{BAD, FAINT, GOOD, STRONG};
use crate::{profile, words};

use self::saved::Saved;

mod saved;

const EXAMPLES: &str = "\
Examples:
  wasclean faults                     all of them; the same result on every machine
  wasclean faults M14 answer          M14, and those with `answer` in their names
  wasclean faults --out found M37     save the shrunk scenario as found/M37.toml

Each fault is hunted from five seeds, and the hunt in the middle is shown. In the folder that --out names, a file \
that this command wrote is replaced, and any other one is kept as M37.previous.toml. A fault makes no difference if \
each run is the same without it, as where a profile does itself what the fault does. The exit status is 1 if a fault \
escapes, and 130 if it was interrupted: the faults until then are told.";

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
    let mut saved = arguments.out.as_deref().map(Saved::new).transpose()?;
    interrupt::watch()?;
    if arguments.markdown {
        out.line("| fault | what it does | layer | runs | noticed by |\n|---|---|---|--:|---|")?;
    }
    let begun = Instant::now();
    let count = plan.faults.len();
    let template = "{elapsed:>4} {bar:24} {pos} of {len} faults  {msg}";
    let mut progress = Progress::new(u64::try_from(count).ok(), template, out);
    let mut trouble = None;
    let examined = plan.run(&STOP, &mut |event| match event {
        Event::Progress { done, runs } => {
            let runs = || words::counted(runs, "run");
            progress.show(done as u64, runs, || format!("{done} of {count} faults, {}", runs()));
        }
        Event::Examined(one) => {
            let told = progress.suspend(|| tell(one, arguments, saved.as_mut(), out));
            if let Err(failure) = told {
                trouble.get_or_insert(failure);
                STOP.store(true, Ordering::Relaxed);
            }
        }
    });
    progress.clear();
    if let Some(failure) = trouble {
        return Err(failure);
    }
    summarize(&plan, &examined, arguments, saved.as_ref(), begun.elapsed(), out)
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
fn tell(
    examined: &Examined,
    arguments: &Arguments,
    saved: Option<&mut Saved<'_>>,
    out: &mut Output,
) -> Result<(), Failure> {
    let fault = examined.fault;
    let (runs, verdict) = verdict(examined);
    let text = examined.finding.as_ref().map(wasclean_explore::finding::Finding::to_text);
    let mut object = object(examined, text.as_deref());
    if let (Some(saved), Some(text)) = (saved, &text) {
        saved.save(fault, text, &mut object);
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
        return out.object(&object);
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
            _ if !examined.makes_a_difference() => format!("{FAINT}makes no difference{FAINT:#}"),
            _ => format!("{BAD}escaped{BAD:#}"),
        },
    };
    (runs, verdict)
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
        "makes_a_difference": examined.makes_a_difference(),
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
    saved: Option<&Saved<'_>>,
    elapsed: Duration,
    out: &mut Output,
) -> Result<Verdict, Failure> {
    let killed = examined.iter().filter(|one| one.finding.is_some()).count();
    let indifferent = examined.iter().filter(|one| !one.makes_a_difference()).count();
    let escaped = examined.len() - killed - indifferent;
    let mut executions: Vec<u64> = examined.iter().filter_map(Examined::executions).collect();
    executions.sort_unstable();
    let median = executions.get(executions.len() / 2).copied();
    let max = executions.last().copied();
    let left = plan.faults.len() - examined.len();
    let is_interrupted = left > 0;
    let told = is_interrupted
        .then(|| format!("interrupted; {} not hunted to the end", words::counted(left as u64, "fault")))
        .into_iter()
        .chain(saved.map(ToString::to_string));
    for line in told {
        // The table is for the book and has nothing behind it.
        if arguments.markdown { note(line) } else { out.line(line)? }
    }
    if !arguments.markdown {
        let style = if escaped == 0 { GOOD } else { BAD };
        let indifferent = match indifferent {
            0 => String::new(),
            count => format!("{count} without a difference, "),
        };
        out.line(format_args!(
            "{STRONG}{}{STRONG:#} in {:.1} s: {style}{killed} killed, {indifferent}{escaped} escaped{style:#}; runs to the kill: median {}, at most {}",
            words::counted(examined.len() as u64, "fault"),
            elapsed.as_secs_f64(),
            words::count(median.unwrap_or_default()),
            words::count(max.unwrap_or_default()),
        ))?;
    }
    let mut summary = json!({
        "faults": examined.len(),
        "killed": killed,
        // What the profile does itself is no mistake under it.
        "explained": indifferent,
        "escaped": escaped,
        "median_executions": median,
        "max_executions": max,
        "seed": plan.seed,
        "profile": arguments.profile,
        "elapsed_seconds": elapsed.as_secs_f64(),
        "interrupted": is_interrupted,
    });
    if let Some(saved) = saved {
        saved.tell_in(&mut summary);
    }
    out.object(&summary)?;
    Ok(match (saved.and_then(Saved::failure), is_interrupted) {
        (Some(_), _) => Verdict::Wrong,
        (None, true) => Verdict::Interrupted,
        (None, false) => Verdict::of(escaped > 0),
    })
}
