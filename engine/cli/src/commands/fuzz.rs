//! `fuzz`: a campaign.

use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{process, thread};

use clap::Args;
use clap::builder::PossibleValuesParser;
use wasclean_explore::campaign::{Begin, Campaign, CampaignError, End, Event, Failed, Until};
use wasclean_explore::folder::Work;
use wasclean_explore::resume::State;
use wasclean_model::profile::{Fault, Profile};

use crate::failure::{Failure, Verdict};
use crate::interrupt::{self, STOP};
use crate::output::Output;
use crate::{profile, span, words};

use self::shard::Shard;

mod progress;
pub(super) mod room;
mod shard;
pub(super) mod summary;

const EXAMPLES: &str = "\
Examples:
  wasclean fuzz                                        a million runs of a fresh seed
  wasclean fuzz --seed 1 --runs 1000000 --json         the same result on every machine and any number of jobs
  wasclean fuzz --time 10m --out nightly
  wasclean fuzz --resume nightly --runs 5000000        go on until there are so many runs
  wasclean fuzz --seed 1 --runs 9000000 --shard 2/3 --out part2    the second of three parts; `merge` adds them up

Each finding is shrunk, saved as a scenario before it is reported, and printed with the command that repeats it.";

/// Runs of a campaign that is told neither a number nor a time.
const RUNS_DEFAULT: u64 = 1_000_000;

/// Play and judge random runs; save what breaks an invariant
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What all runs are drawn from; a fresh one if absent
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// End after so many runs, those before a --resume included [default: 1000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), allow_negative_numbers = true)]
    runs: Option<u64>,
    /// End after this time, as in 30s, 10m or 2h
    #[arg(long, value_name = "TIME", conflicts_with = "runs", value_parser = span::parse)]
    time: Option<Duration>,
    /// Threads [default: as many as the machine has]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024), allow_negative_numbers = true)]
    jobs: Option<u16>,
    /// The knobs: a profile's name, or an agent's version as in firefox@11
    #[arg(long, value_name = "NAME", default_value = "standard")]
    profile: String,
    /// A mistake to plant, by its ID; see `wasclean list faults`
    #[arg(long, value_name = "ID", value_parser = fault_ids(), ignore_case = true)]
    fault: Option<String>,
    /// Where findings and the state of the campaign are saved
    #[arg(long, value_name = "DIR", default_value = "findings")]
    out: PathBuf,
    /// Go on with the campaign whose state is in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seed", "profile", "fault", "out", "first"])]
    resume: Option<PathBuf>,
    /// The index of the first run
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    first: u64,
    /// Play one part of the runs: the I-th of N parts of nearly the same size
    #[arg(long, value_name = "I/N", requires = "seed", conflicts_with = "resume", value_parser = shard::parse)]
    shard: Option<Shard>,
}

pub(crate) fn fuzz(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let chosen = profile::choose(&arguments.profile)?;
    if let Some(note) = &chosen.note {
        out.line(words::faint(note))?;
    }
    // A campaign keeps the knobs and not the name.
    let asked = chosen.named.name;
    if let Some(name) = chosen.named.profile.name().filter(|name| *name != asked) {
        out.line(words::faint(format_args!("{asked} has the same knobs as {name}, as which it is told")))?;
    }
    let (campaign, _claim) = match &arguments.resume {
        Some(dir) => {
            let (folder, state) = room::resume(dir)?;
            (resumed(arguments, dir, state)?, folder)
        }
        None => {
            let campaign = campaign(arguments, chosen.named.profile)?;
            let folder = room::make(&arguments.out, Work::Campaign, "findings are")?;
            room::clear(&folder)?;
            (campaign, folder)
        }
    };
    interrupt::watch()?;
    summary::begin(&campaign, out)?;
    let mut progress = progress::Progress::new(&campaign, out);
    let mut trouble = None;
    let outcome = campaign.run(&STOP, &mut |event| {
        let told = match event {
            Event::Progress(status) => {
                progress.show(&status);
                Ok(())
            }
            Event::Found(kept) => progress.suspend(|| summary::found(kept, out)),
        };
        if let Err(failure) = told {
            // Nobody can be told any more; the findings are saved, so the campaign ends in order.
            trouble.get_or_insert(failure);
            STOP.store(true, Ordering::Relaxed);
        }
    });
    progress.clear();
    let (report, error) = match outcome {
        Ok(report) => (report, None),
        Err(failed) => {
            let Failed { report, error } = *failed;
            (report, Some(error))
        }
    };
    if let Some(failure) = trouble {
        return Err(failure);
    }
    if let Some(CampaignError::Finding { finding, .. }) = &error {
        summary::unsaved(finding, out)?;
    }
    for kept in &report.unshrunk {
        summary::unshrunk(kept, out)?;
    }
    let failure = error.map(|error| advised(&campaign, &error));
    summary::end(&campaign, &report, failure.as_ref(), out)?;
    if let Some(failure) = failure {
        return Ok(failure.report());
    }
    Ok(match report.end {
        End::Interrupted => Verdict::Interrupted,
        End::Bound | End::Failed => Verdict::of(report.census.violations > 0),
    })
}

fn campaign(arguments: &Arguments, mut profile: Profile) -> Result<Campaign, Failure> {
    let mut first = arguments.first;
    let mut until = match arguments.time {
        Some(time) => Until::Time(time),
        None => until_run(first, arguments.runs.unwrap_or(RUNS_DEFAULT))?,
    };
    if let Some(shard) = arguments.shard {
        // A campaign that ends by the time has all the runs there are before it.
        let runs = shard.part(first, if let Until::Run(end) = until { end } else { u64::MAX });
        if runs.is_empty() {
            return Err(Failure::new(format_args!("part {shard} has no run"))
                .advise("pass a larger --runs, or fewer parts"));
        }
        first = runs.start;
        if let Until::Run(end) = &mut until {
            *end = runs.end;
        }
    }
    profile.fault = arguments.fault.as_deref().and_then(Fault::with_id);
    Ok(Campaign {
        seed: arguments.seed.unwrap_or_else(fresh_seed),
        profile,
        begin: Begin::Run(first),
        until,
        jobs: threads(arguments.jobs),
        out: Some(arguments.out.clone()),
    })
}

/// The IDs that `--fault` takes.
pub(super) fn fault_ids() -> PossibleValuesParser {
    PossibleValuesParser::new(Fault::VALUES.iter().map(|&(_, id)| id))
}

/// As many threads as were asked for, or as the machine has.
pub(super) fn threads(jobs: Option<u16>) -> NonZeroUsize {
    let jobs = match jobs {
        Some(jobs) => NonZeroUsize::new(usize::from(jobs)),
        None => thread::available_parallelism().ok(),
    };
    jobs.unwrap_or(NonZeroUsize::MIN)
}

fn resumed(arguments: &Arguments, dir: &Path, state: State) -> Result<Campaign, Failure> {
    let until = match (arguments.time, arguments.runs, state.goal) {
        (Some(time), _, _) => Until::Time(time),
        (None, Some(runs), _) => {
            let played = state.next - state.first;
            if runs < played {
                return Err(Failure::new(format_args!(
                    "the campaign in {} has played {}, more than --runs {runs}",
                    dir.display(),
                    words::counted(played, "run")
                ))
                .advise(format_args!(
                    "--runs counts those that are played too; fewer are another campaign: {}{} --runs {runs} --out DIR",
                    summary::command(state.seed, &state.profile),
                    summary::from(state.first)
                )));
            }
            until_run(state.first, runs)?
        }
        (None, None, Some(goal)) => Until::Run(goal.max(state.next)),
        (None, None, None) => {
            return Err(Failure::new(format_args!(
                "the campaign in {} had a time and no number of runs",
                dir.display()
            ))
            .advise("say how long it goes on: --time 10m, or --runs N for so many runs in all"));
        }
    };
    Ok(Campaign {
        seed: state.seed,
        profile: state.profile,
        begin: Begin::Resumed(Box::new(state)),
        until,
        jobs: threads(arguments.jobs),
        out: Some(dir.to_owned()),
    })
}

fn until_run(first: u64, runs: u64) -> Result<Until, Failure> {
    first.checked_add(runs).map(Until::Run).ok_or_else(|| {
        Failure::new(format_args!("{runs} runs from run {first} on are more than there are"))
            .advise("runs are counted with 64 bits; pass a smaller --first or --runs")
    })
}

/// A number that nobody has used before; it is printed, so that the campaign can be repeated. 32 bits are enough for
/// that and are easily copied.
fn fresh_seed() -> u64 {
    RandomState::new().hash_one(process::id()) >> 32
}

fn advised(campaign: &Campaign, error: &CampaignError) -> Failure {
    let failure = Failure::new(error);
    match error {
        CampaignError::Finding { dir, .. } | CampaignError::State { dir, .. } => {
            failure.advise(format_args!(
                "make room in {0} and go on with `wasclean fuzz --resume {0}`; nothing that was saved is lost",
                words::shell(dir)
            ))
        }
        CampaignError::Panic { index }
        | CampaignError::Hang { index }
        | CampaignError::Nondeterminism { index } => failure.advise(format_args!(
            "please report it with the command that repeats it: {} --first {index} --runs 1 --jobs 1",
            summary::command(campaign.seed, &campaign.profile)
        )),
    }
}
