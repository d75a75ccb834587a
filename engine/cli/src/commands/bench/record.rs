//! `bench record`: measures this checkout and adds a line to the history.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::history::{Place, Recording, checkout};
use super::{counters, instructions, wall};
use crate::failure::{Failure, Verdict};
use crate::output::Output;

/// Measure this checkout and add a line to the history
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// What to measure; can be given several times
    #[arg(long, value_enum, default_values_t = [Suite::Instructions, Suite::Counters])]
    suite: Vec<Suite>,
    /// Where criterion keeps its measurements, below the checkout; can be given several times
    #[arg(long, value_name = "DIR", default_values = ["target/criterion", "benches/peers/target/criterion"])]
    criterion: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// Instructions of the kernels, by gungraun
    Instructions,
    /// What a campaign and the litmus scenarios do, at fixed bounds
    Counters,
    /// The times of the last 'cargo bench', read from criterion's folder
    Wall,
}

pub(super) fn record(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    arguments.place.check()?;
    let root = checkout()?;
    let mut recording = Recording::of_checkout(&root)?;
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {msg} ({elapsed})").expect("a template"));
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    for suite in &arguments.suite {
        match suite {
            Suite::Instructions => {
                bar.set_message("counting instructions");
                recording.instructions = instructions::count(&root)?;
            }
            Suite::Counters => {
                bar.set_message("counting what campaigns and litmus scenarios do");
                let counted = counters::count(&root)?;
                (recording.counters, recording.digests) = (counted.counters, counted.digests);
            }
            Suite::Wall => {
                let folders: Vec<PathBuf> = arguments.criterion.iter().map(|dir| root.join(dir)).collect();
                recording.wall = wall::read(&folders)?;
            }
        }
    }
    bar.finish_and_clear();
    arguments.place.append(&recording)?;
    let counts = (recording.instructions.len(), recording.counters.len(), recording.wall.len());
    out.line(format_args!(
        "{recording}: {} instruction counts, {} counters, {} times added to {}",
        counts.0,
        counts.1,
        counts.2,
        arguments.place.path().display()
    ))?;
    if recording.dirty {
        out.line("the checkout has changes that are not committed, so the recording is called dirty")?;
    }
    out.object(&json!({
        "commit": recording.commit,
        "dirty": recording.dirty,
        "instructions": counts.0,
        "counters": counts.1,
        "wall": counts.2,
        "history": arguments.place.path().display().to_string(),
    }))?;
    Ok(Verdict::Fine)
}
