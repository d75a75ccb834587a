//! `bench export`: a recording for dashboards that others keep.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::history::{Place, Recording, find};
use crate::failure::{Failure, Verdict};
use crate::output::Output;

/// Print a recording in the form of another tool
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The revision; the newest recording if absent
    revision: Option<String>,
    #[command(flatten)]
    place: Place,
    /// The form
    #[arg(long, value_enum)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Bencher Metric Format, for bencher.dev
    Bmf,
    /// 'customSmallerIsBetter' of github-action-benchmark
    GithubActionBenchmark,
}

pub(super) fn export(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let recordings = arguments.place.read()?;
    let recording = match &arguments.revision {
        Some(revision) => find(&recordings, revision)?,
        None => recordings.last().expect("a history that was read has one"),
    };
    let exported = match arguments.format {
        Format::Bmf => bmf(recording),
        Format::GithubActionBenchmark => smaller_is_better(recording),
    };
    let (count, takes) = match &exported {
        Value::Array(list) => (list.len(), "instruction counts and times: record with --suite instructions"),
        Value::Object(benchmarks) => (benchmarks.len(), "all figures: record with --suite counters"),
        _ => unreachable!("both forms hold many benchmarks"),
    };
    let form = arguments.format.to_possible_value().expect("none is hidden");
    if count == 0 {
        let failure = Failure::new(format_args!("the recording of {recording} has nothing to export"));
        return Err(failure.advise(format_args!("{} takes {takes}", form.get_name())));
    }
    // The form is JSON whoever reads it; programs get it on one line, before the summary.
    out.line(format_args!("{exported:#}"))?;
    out.object(&exported)?;
    out.object(&json!({
        "commit": recording.commit,
        "dirty": recording.dirty,
        "format": form.get_name(),
        "exported": count,
    }))?;
    Ok(Verdict::Fine)
}

/// An object for each benchmark, with its measures.
fn bmf(recording: &Recording) -> Value {
    let mut benchmarks = Map::new();
    let mut add = |name: &str, measure: &str, value: Value| {
        let measures = benchmarks.entry(name).or_insert_with(|| json!({}));
        measures[measure] = value;
    };
    for (name, count) in &recording.instructions {
        add(name, "instructions", json!({ "value": count }));
    }
    for (name, count) in &recording.counters {
        add(name, "count", json!({ "value": count }));
    }
    for (name, wall) in &recording.wall {
        let value =
            json!({ "value": wall.median_ns, "lower_value": wall.low_ns, "upper_value": wall.high_ns });
        add(name, "latency", value);
    }
    Value::Object(benchmarks)
}

/// A list of what is better when it is smaller; counters are not, so they are left out.
fn smaller_is_better(recording: &Recording) -> Value {
    let instructions = recording
        .instructions
        .iter()
        .map(|(name, count)| json!({ "name": name, "unit": "instructions", "value": count }));
    let wall = recording.wall.iter().map(|(name, wall)| {
        let range = format!("{:.2}..{:.2}", wall.low_ns, wall.high_ns);
        json!({ "name": name, "unit": "ns", "value": wall.median_ns, "range": range })
    });
    Value::Array(instructions.chain(wall).collect())
}
