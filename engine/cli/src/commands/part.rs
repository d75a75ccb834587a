//! `run` with two profiles or more: where the first parts from each of the others.

use std::sync::atomic::Ordering;

use serde_json::json;
use wasclean_explore::finding::replay;
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::{Outcome, outcome, timeline};

use crate::failure::{Failure, Verdict};
use crate::interrupt::{self, STOP};
use crate::output::Output;
use crate::profile::Chosen;
use crate::progress::Progress;
use crate::scenario_file::ScenarioFile;
use crate::style::{BAD, FAINT, GOOD, STRONG};

/// Lines of the time line before the place where two part.
const LINES_BEFORE: usize = 2;
/// Lines of each after it.
const LINES_AFTER: usize = 4;

struct Played {
    lines: Vec<String>,
    outcome: Outcome,
}

fn play(scenario: &Scenario, chosen: &Chosen) -> Played {
    let scenario = Scenario { profile: chosen.named.profile, ..scenario.clone() };
    let trace = replay(&scenario).trace;
    let lines = timeline(&trace).lines().map(str::to_owned).collect();
    Played { lines, outcome: outcome(&trace) }
}

/// Plays each file under each profile and shows where they part.
pub(crate) fn run(files: &[ScenarioFile], profiles: &[Chosen], out: &mut Output) -> Result<Verdict, Failure> {
    let Some((first, others)) = profiles.split_first() else { return Ok(Verdict::Fine) };
    let mut differ = 0;
    let mut seen = 0;
    let mut progress = Progress::of_files(files.len(), out);
    for file in files {
        if STOP.load(Ordering::Relaxed) {
            break;
        }
        progress.at_file(seen, || file.path.display().to_string());
        seen += 1;
        let of_first = play(&file.scenario, first);
        let mut is_different = false;
        for other in others {
            let of_other = play(&file.scenario, other);
            let compare = || compare(file, (first, &of_first), (other, &of_other), out);
            is_different |= progress.suspend(compare)?;
        }
        differ += u64::from(is_different);
    }
    progress.clear();
    let left = (files.len() - seen) as u64;
    interrupt::tell_unplayed(left, out)?;
    let scenarios = seen as u64;
    let names: Vec<&str> = profiles.iter().map(|chosen| chosen.named.name).collect();
    out.object(&json!({
        "profiles": names,
        "scenarios": scenarios,
        "differ": differ,
        "same": scenarios - differ,
        "interrupted": left > 0,
    }))?;
    Ok(if left > 0 { Verdict::Interrupted } else { Verdict::of(differ > 0) })
}

/// Shows where two runs part; says whether they do.
fn compare(
    file: &ScenarioFile,
    (first, of_first): (&Chosen, &Played),
    (other, of_other): (&Chosen, &Played),
    out: &mut Output,
) -> Result<bool, Failure> {
    let (a, b) = (first.named.name, other.named.name);
    let path = file.path.display();
    let same = of_first.lines.iter().zip(&of_other.lines).take_while(|(one, two)| one == two).count();
    let is_different = of_first.lines != of_other.lines;
    if !is_different {
        out.line(format_args!("{GOOD}same{GOOD:#} {path}: {a} and {b}"))?;
    } else {
        out.line(format_args!("{BAD}differ{BAD:#} {path}: {a} and {b}"))?;
        for line in &of_first.lines[same.saturating_sub(LINES_BEFORE)..same] {
            out.line(format_args!("     {FAINT}{line}{FAINT:#}"))?;
        }
        for (name, played) in [(a, of_first), (b, of_other)] {
            out.line(format_args!("   {STRONG}{name}{STRONG:#}"))?;
            for line in played.lines.iter().skip(same).take(LINES_AFTER) {
                out.line(format_args!("     {line}"))?;
            }
            let logs = [("page", &played.outcome.page), ("wire", &played.outcome.wire)];
            for (log, lines) in logs {
                for (socket, line) in lines.iter().enumerate() {
                    out.line(format_args!("     {FAINT}{log} ws{socket}{FAINT:#} {line}"))?;
                }
            }
        }
    }
    let object = |played: &Played, name: &str| {
        json!({
            "profile": name,
            "entry": played.lines.get(same),
            "page": played.outcome.page,
            "wire": played.outcome.wire,
        })
    };
    out.object(&json!({
        "event": "comparison",
        "file": path.to_string(),
        "differ": is_different,
        "first": object(of_first, a),
        "second": object(of_other, b),
    }))?;
    Ok(is_different)
}
