//! What a campaign says at its beginning, at each finding and at its end.

use std::path::Path;

use serde_json::{Map, Value, json};
use wasclean_explore::campaign::{Begin, Campaign, End, Kept, Report, Until};
use wasclean_explore::census::Census;
use wasclean_explore::finding::Finding;
use wasclean_explore::relation::{RELATIONS, Relation};
use wasclean_model::invariant::{Class, INVARIANTS, Invariant, Kinds, Row, applicable};
use wasclean_model::profile::{Fault, Profile};

use crate::failure::Failure;
use crate::output::Output;
use crate::style::{BAD, FAINT, GOOD, STRONG};
use crate::words;

/// The name of a campaign's profile, without its fault.
pub(in crate::commands) fn profile_name(profile: &Profile) -> &'static str {
    let knobs = Profile { fault: None, ..*profile };
    knobs.name().unwrap_or("custom")
}

/// The beginning of the command that repeats a campaign.
pub(in crate::commands) fn command(seed: u64, profile: &Profile) -> String {
    let fault = profile.fault.map_or_else(String::new, |fault| format!(" --fault {fault}"));
    format!("wasclean fuzz --seed {seed} --profile {}{fault}", profile_name(profile))
}

/// The option that names the first run, where one is needed.
pub(super) fn from(first: u64) -> String {
    if first == 0 { String::new() } else { format!(" --first {first}") }
}

/// The invariants that a run can break, split into those that are judged under the profile and the others.
/// Of what needs more than one run, or none, the relations are judged on a sample.
fn judged_and_waived(profile: &Profile) -> (Vec<usize>, Vec<&'static str>) {
    let judged = applicable(profile, Kinds::ALL);
    let mut waived = Vec::new();
    for (index, invariant) in INVARIANTS.iter().enumerate() {
        let is_of_a_run = matches!(invariant.class, Class::Trace | Class::Liveness);
        if is_of_a_run && !judged.contains(index) {
            waived.push(invariant.id);
        }
    }
    let (claimed, not_claimed): (Vec<&Relation>, Vec<&Relation>) =
        RELATIONS.iter().partition(|relation| relation.is_claimed(profile));
    waived.extend(not_claimed.iter().map(|relation| relation.id));
    (judged.iter().chain(claimed.into_iter().map(Relation::invariant)).collect(), waived)
}

/// Everything that the runs depend on, before the first of them.
pub(super) fn begin(campaign: &Campaign, out: &mut Output) -> Result<(), Failure> {
    let (first, next) = match &campaign.begin {
        Begin::Run(first) => (*first, *first),
        Begin::Resumed(state) => (state.first, state.next),
    };
    let bound = match campaign.until {
        Until::Run(end) => format!(" --runs {}", end - first),
        Until::Time(time) => format!(" --time {}ms", time.as_millis()),
    };
    let from = from(first);
    let dir = campaign.out.as_deref().unwrap_or(Path::new(""));
    out.line(format_args!(
        "{FAINT}wasclean {}: {}{bound}{from} --jobs {} --out {}{FAINT:#}",
        env!("CARGO_PKG_VERSION"),
        command(campaign.seed, &campaign.profile),
        campaign.jobs,
        words::shell(dir)
    ))?;
    if next > first {
        out.line(words::faint(format_args!("goes on after {}", words::counted(next - first, "run"))))?;
    }
    let (_, waived) = judged_and_waived(&campaign.profile);
    if !waived.is_empty() {
        let name = profile_name(&campaign.profile);
        out.line(words::faint(format_args!("not claimed under {name}: {}", waived.join(", "))))?;
    }
    out.object(&json!({
        "event": "begin",
        "version": env!("CARGO_PKG_VERSION"),
        "seed": campaign.seed,
        "profile": profile_name(&campaign.profile),
        "fault": campaign.profile.fault.map(Fault::id),
        "first": first,
        "next": next,
        "jobs": campaign.jobs,
        "out": dir.display().to_string(),
        "waived": waived,
    }))
}

fn invariant(id: &str) -> Option<&'static Invariant> {
    INVARIANTS.iter().find(|invariant| invariant.id == id)
}

/// A finding that has been saved.
pub(super) fn found(kept: &Kept, out: &mut Output) -> Result<(), Failure> {
    let about = invariant(&kept.invariant).map_or("", |invariant| invariant.predicate);
    out.line(format_args!(
        "{BAD}finding{BAD:#} {STRONG}{}{STRONG:#} in run {}: {about}",
        kept.invariant, kept.index
    ))?;
    for line in kept.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).take(40) {
        out.line(format_args!("    {line}"))?;
    }
    let reduced = if kept.is_minimal { "no single step can be taken out" } else { "not reduced to the end" };
    out.line(format_args!(
        "  {FAINT}shrunk in {}: {reduced}{FAINT:#}",
        words::counted(kept.shrink_runs, "run")
    ))?;
    let file = kept.file.as_deref().unwrap_or(Path::new(""));
    out.line(format_args!("  repeat it: wasclean replay {}", words::shell(file)))?;
    out.object(&finding_object(kept))
}

fn finding_object(kept: &Kept) -> Value {
    json!({
        "event": "finding",
        "invariant": kept.invariant,
        "run": kept.index,
        "entry": kept.entry,
        "minimal": kept.is_minimal,
        "shrink_runs": kept.shrink_runs,
        "file": kept.file.as_ref().map(|file| file.display().to_string()),
        "repeat": kept.file.as_ref().map(|file| format!("wasclean replay {}", words::shell(file))),
        "scenario": kept.text,
    })
}

/// A finding that was saved, and not shrunk before the campaign could not go on.
pub(super) fn unshrunk(kept: &Kept, out: &mut Output) -> Result<(), Failure> {
    let file = words::shell(kept.file.as_deref().unwrap_or(Path::new("")));
    out.line(format_args!(
        "{BAD}finding{BAD:#} {STRONG}{}{STRONG:#} in run {}, saved and not shrunk: {file}",
        kept.invariant, kept.index
    ))?;
    out.line(format_args!("  repeat it: wasclean replay {file}"))?;
    out.line(format_args!("  make it small: wasclean shrink {file}"))?;
    out.object(&finding_object(kept))
}

/// A finding for which there was no room.
pub(super) fn unsaved(finding: &Finding, out: &mut Output) -> Result<(), Failure> {
    let text = finding.to_text();
    out.line(format_args!(
        "{BAD}finding{BAD:#} {STRONG}{}{STRONG:#}, which could not be saved:",
        finding.invariant_id()
    ))?;
    out.line(text.trim_end())?;
    out.object(&json!({
        "event": "finding",
        "invariant": finding.invariant_id(),
        "run": finding.origin.map(|origin| origin.index),
        "entry": finding.breach.entry,
        "file": null,
        "scenario": text,
    }))
}

/// What came out; programs get the failure that ended the campaign with it.
pub(super) fn end(
    campaign: &Campaign,
    report: &Report,
    failure: Option<&Failure>,
    out: &mut Output,
) -> Result<(), Failure> {
    let census = &report.census;
    let seconds = report.elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { report.runs_here as f64 / seconds } else { 0.0 };
    if report.end == End::Interrupted {
        let dir = campaign.out.as_deref().unwrap_or(Path::new(""));
        out.line(format_args!("interrupted; go on with: wasclean fuzz --resume {}", words::shell(dir)))?;
    }
    let is_fine = census.violations == 0 && report.unshrunk.is_empty();
    let style = if is_fine { GOOD } else { BAD };
    let unshrunk = match report.unshrunk.len() {
        0 => String::new(),
        count => format!(", {} saved and not shrunk", words::count(count as u64)),
    };
    out.line(format_args!(
        "{STRONG}{}{STRONG:#} in {seconds:.1} s ({} a second): {style}{}, {}{unshrunk}{style:#}",
        words::counted(census.runs, "run"),
        words::count(rate as u64),
        words::counted(census.violations, "violation"),
        words::counted(report.findings.len() as u64, "finding"),
    ))?;
    mix(census, out)?;
    let (judged, waived) = judged_and_waived(&campaign.profile);
    let unwitnessed = unwitnessed(&judged, census);
    out.line(witnessed(&campaign.profile, census))?;
    let reached: Vec<String> =
        rows(census).map(|(row, count)| format!("{row}: {}", words::count(count))).collect();
    out.line(format_args!("  rows of the table of outcomes: {}", reached.join("  ")))?;
    out.line(format_args!("  {FAINT}digest {}{FAINT:#}", census.digest))?;
    let mut summary = json!({
        "runs": census.runs,
        "violations": census.violations,
        "findings": report.findings.len(),
        "unshrunk": report.unshrunk.len(),
        "digest": census.digest.to_string(),
        "runs_per_second": rate.round(),
        "seed": campaign.seed,
        "profile": profile_name(&campaign.profile),
        "jobs": campaign.jobs,
        "elapsed_seconds": seconds,
        "interrupted": report.end == End::Interrupted,
        "finding_files": report.findings.iter().chain(&report.unshrunk).map(|kept| &kept.file).collect::<Vec<_>>(),
        "broken": counts(&census.broken),
        "witnessed": counts(&census.witnessed),
        "unwitnessed": unwitnessed,
        "waived": waived,
        "judged": judged.len(),
        "rows": rows(census).map(|(row, count)| (row.to_owned(), json!(count))).collect::<Map<_, _>>(),
        "actions_per_run": census.per_run(census.actions),
        "sockets_per_run": census.per_run(census.sockets),
        "choices_per_run": census.per_run(census.choices),
        "entries_per_run": census.per_run(census.entries),
        "established_share": census.per_run(census.established),
        "bounded_runs": census.bounded,
    });
    if let Some(failure) = failure {
        failure.tell_in(&mut summary);
    }
    out.object(&summary)
}

/// Those of the judged invariants of which no run was a witness.
fn unwitnessed(judged: &[usize], census: &Census) -> Vec<&'static str> {
    let never = judged.iter().filter(|&&index| census.witnessed[index] == 0);
    never.map(|&index| INVARIANTS[index].id).collect()
}

/// How many of the invariants that are judged under `profile` had a witness.
pub(in crate::commands) fn witnessed(profile: &Profile, census: &Census) -> String {
    let (judged, _) = judged_and_waived(profile);
    let unwitnessed = unwitnessed(&judged, census);
    let never = if unwitnessed.is_empty() || census.runs == 0 {
        String::new()
    } else {
        format!("; never: {}", unwitnessed.join(", "))
    };
    format!("  invariants witnessed: {} of {}{never}", judged.len() - unwitnessed.len(), judged.len())
}

/// What the runs were like.
fn mix(census: &Census, out: &mut Output) -> Result<(), Failure> {
    out.line(format_args!(
        "  a run: {:.1} actions, {:.2} sockets, {:.1} choices, {:.1} entries; {:.1} % established; {} at a bound of the model",
        census.per_run(census.actions),
        census.per_run(census.sockets),
        census.per_run(census.choices),
        census.per_run(census.entries),
        100.0 * census.per_run(census.established),
        words::count(census.bounded),
    ))
}

/// For each invariant that was counted at all: how often.
fn counts(sums: &[u64]) -> Map<String, Value> {
    INVARIANTS
        .iter()
        .zip(sums)
        .filter(|(_, count)| **count > 0)
        .map(|(invariant, count)| (invariant.id.to_owned(), json!(count)))
        .collect()
}

/// The rows of the table of outcomes with how often they were reached.
fn rows(census: &Census) -> impl Iterator<Item = (&'static str, u64)> {
    Row::ALL.iter().zip(&census.rows).map(|(row, count)| (row.number(), *count))
}
