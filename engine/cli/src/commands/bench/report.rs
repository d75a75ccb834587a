//! `bench report`: one page with everything that the history knows.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;
use serde_json::json;

use super::history::{Place, Recording, Wall};
use super::plot::{Bar, Whose, bars, course};
use crate::failure::{Failure, Verdict};
use crate::output::Output;

const TEMPLATE: &str = include_str!("report.html");

/// What the name of our own ways to do something begins with; what is neither ours nor a floor is a peer's.
const OURS: &str = "wasclean";
const FLOOR: &str = "floor ";

/// Write one self-contained page: the history of each benchmark, and peers beside us
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The page
    #[arg(long, value_name = "FILE", default_value = "bench-report.html")]
    out: PathBuf,
}

/// A figure and its course.
#[derive(Serialize)]
struct Row {
    name: String,
    last: u64,
    /// The change since the recording before, in percent.
    change: Option<String>,
    svg: String,
}

/// What is measured in several ways.
#[derive(Serialize)]
struct Group {
    name: String,
    svg: String,
    /// How many times as long as ours the fastest peer takes.
    ratio: Option<String>,
}

pub(super) fn report(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let recordings = arguments.place.read()?;
    let last = recordings.last().expect("a history that was read has one");
    // Counts of another compiler are another history.
    let comparable: Vec<&Recording> = recordings
        .iter()
        .filter(|other| (&other.toolchain, &other.target) == (&last.toolchain, &last.target))
        .collect();
    let instructions = rows(&comparable, |recording| &recording.instructions)?;
    let counters = rows(&comparable, |recording| &recording.counters)?;
    let wall = recordings.iter().rev().find(|recording| !recording.wall.is_empty());
    let groups = wall.map_or_else(|| Ok(Vec::new()), |recording| groups(&recording.wall))?;
    let counts = json!({
        "recordings": recordings.len(),
        "instructions": instructions.len(),
        "counters": counters.len(),
        "groups": groups.len(),
        "report": arguments.out.display().to_string(),
    });

    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let page = environment
        .render_str(
            TEMPLATE,
            Serde(json!({
                "last": last.to_string(),
                "date": last.date,
                "toolchain": last.toolchain,
                "target": last.target,
                "cpu": last.cpu,
                "compared": comparable.len(),
                "recordings": recordings.len(),
                "instructions": instructions,
                "counters": counters,
                "wall_of": wall.map(ToString::to_string),
                "wall_cpu": wall.map(|recording| &recording.cpu),
                "groups": groups,
            })),
        )
        .map_err(|error| Failure::new(format_args!("cannot write the page: {error:#}")))?;
    fs::write(&arguments.out, page)
        .map_err(|error| Failure::new(format_args!("cannot write {}: {error}", arguments.out.display())))?;
    out.line(format_args!("{} recordings, shown in {}", recordings.len(), arguments.out.display()))?;
    out.object(&counts)?;
    Ok(Verdict::Fine)
}

/// The figures of the last recording that has any, with their courses.
fn rows(
    recordings: &[&Recording],
    suite: impl Fn(&Recording) -> &BTreeMap<String, u64>,
) -> Result<Vec<Row>, Failure> {
    let Some(last) = recordings.iter().rev().find(|recording| !suite(recording).is_empty()) else {
        return Ok(Vec::new());
    };
    let row = |(name, &last): (&String, &u64)| {
        let values: Vec<u64> =
            recordings.iter().filter_map(|recording| suite(recording).get(name).copied()).collect();
        let before = values.len().checked_sub(2).map(|at| values[at]);
        let change = before.filter(|&before| before != last && before != 0);
        Ok(Row {
            name: name.clone(),
            last,
            change: change.map(|before| format!("{:+.2} %", (last as f64 / before as f64 - 1.0) * 100.0)),
            svg: course(&values)?,
        })
    };
    suite(last).iter().map(row).collect()
}

/// What was measured in more than one way, each way as a bar.
fn groups(wall: &BTreeMap<String, Wall>) -> Result<Vec<Group>, Failure> {
    let mut together: BTreeMap<(&str, &str), Vec<Bar>> = BTreeMap::new();
    for one in wall.values() {
        let whose = match one.function.as_str() {
            name if name.starts_with(OURS) => Whose::Ours,
            name if name.starts_with(FLOOR) => Whose::Floor,
            _ => Whose::Peers,
        };
        let bar = Bar { name: one.function.clone(), ns: one.median_ns, whose };
        together.entry((&one.group, &one.value)).or_default().push(bar);
    }
    together.retain(|_, bars| bars.len() > 1);
    let group = |((group, value), mut ways): ((&str, &str), Vec<Bar>)| {
        ways.sort_by(|a, b| a.ns.total_cmp(&b.ns));
        let fastest = |whose| ways.iter().find(|bar| bar.whose == whose).map(|bar| bar.ns);
        Ok(Group {
            name: if value.is_empty() { group.to_owned() } else { format!("{group}, {value}") },
            ratio: fastest(Whose::Ours)
                .zip(fastest(Whose::Peers))
                .map(|(ours, theirs)| format!("{:.2}", theirs / ours)),
            svg: bars(&ways)?,
        })
    };
    together.into_iter().map(group).collect()
}
