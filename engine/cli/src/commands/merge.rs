//! `merge`: the parts of a campaign, added up.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;
use serde_json::json;
use wasclean_explore::finding::save_text;
use wasclean_explore::folder::{LockedFolder, Work};
use wasclean_explore::resume::{FILE_NAME, MergeError, Merged, ResumeError, State};
use wasclean_model::profile::Fault;

use super::fuzz::room;
use super::fuzz::summary::{command, profile_name, witnessed};
use crate::failure::{Failure, Verdict, note};
use crate::output::Output;
use crate::style::{BAD, FAINT, GOOD, STRONG};
use crate::words;

const EXAMPLES: &str = "\
Examples:
  wasclean fuzz --seed 1 --runs 3000000 --shard 1/3 --out part1    on one machine
  wasclean fuzz --seed 1 --runs 3000000 --shard 2/3 --out part2    on another, and so on
  wasclean merge part1 part2 part3 --out whole                     what one machine would have come to

Runs that no part has played are named with the command that plays them; the exit status is 1 if something was found.";

/// Add up the parts of a campaign
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folders of campaigns with one seed and profile
    #[arg(required = true, value_name = "DIR")]
    parts: Vec<PathBuf>,
    /// The folder that gets the findings, and the state if no run is missing; none of the parts
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn merge(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let parts = arguments.parts.iter().map(|dir| State::load(dir).map_err(|error| unloaded(dir, &error)));
    let merged = State::merge(parts.collect::<Result<Vec<State>, Failure>>()?);
    let merged = merged.map_err(|error| unmerged(&arguments.parts, &error))?;
    let (state, census) = (&merged.state, &merged.state.census);
    let profile = profile_name(&state.profile);
    let fault = state.profile.fault;
    let mut unwritten = None;
    if let Some(dir) = &arguments.out {
        check_is_no_part(dir, &arguments.parts)?;
        let folder = room::make(dir, Work::Campaign, "what is put together is")?;
        // What it comes to is told all the same.
        unwritten = save(&merged, &folder).err();
    }
    let style = if census.violations == 0 { GOOD } else { BAD };
    let planted = fault.map_or_else(String::new, |fault| format!(" with {fault}"));
    out.line(format_args!(
        "{STRONG}{}{STRONG:#} of seed {} under {profile}{planted} in {}: {style}{}, {}{style:#}",
        words::counted(census.runs, "run"),
        state.seed,
        words::counted(arguments.parts.len() as u64, "part"),
        words::counted(census.violations, "violation"),
        words::counted(state.findings.len() as u64, "finding"),
    ))?;
    for kept in &state.findings {
        out.line(format_args!("  {BAD}{}{BAD:#} first in run {}", kept.invariant, kept.index))?;
    }
    out.line(witnessed(&state.profile, census))?;
    for runs in &merged.missing {
        let count = runs.end - runs.start;
        out.line(format_args!(
            "  missing: {}; play them with: {} --first {} --runs {count} --out DIR",
            words::counted(count, "run"),
            command(state.seed, &state.profile),
            runs.start,
        ))?;
    }
    out.line(format_args!("  {FAINT}digest {}{FAINT:#}", census.digest))?;
    let summary = json!({
        "runs": census.runs,
        "violations": census.violations,
        "findings": state.findings.len(),
        "digest": census.digest.to_string(),
        "seed": state.seed,
        "profile": profile,
        "fault": fault.map(Fault::id),
        "first": state.first,
        "parts": arguments.parts.len(),
        "missing": merged.missing.iter().map(|runs| [runs.start, runs.end]).collect::<Vec<_>>(),
        "missing_runs": merged.missing_count(),
    });
    out.summary(summary, unwritten, Verdict::of(census.violations > 0))
}

/// Saves the findings, and the state if no run is missing.
fn save(merged: &Merged, folder: &LockedFolder) -> Result<(), Failure> {
    let dir = folder.dir();
    let told = |error| {
        Failure::new(format_args!("cannot write to {}: {error}", dir.display()))
            .advise("--out names another place")
    };
    if merged.missing.is_empty() {
        room::clear(folder)?;
    } else {
        make_gap(folder).map_err(told)?;
    }
    let mut whole = merged.state.clone();
    for kept in &mut whole.findings {
        kept.file = Some(save_text(&dir.join(kept.file_name()), &kept.text).map_err(told)?);
    }
    // A state with a gap could be taken for a whole one.
    if merged.missing.is_empty() {
        whole.save(dir).map_err(told)?;
    }
    Ok(())
}

/// The state of a part is not written over by that of the whole.
fn check_is_no_part(dir: &Path, parts: &[PathBuf]) -> Result<(), Failure> {
    let real = fs::canonicalize(dir).ok();
    match parts.iter().find(|part| real.is_some() && fs::canonicalize(part).ok() == real) {
        None => Ok(()),
        Some(part) => Err(Failure::new(format_args!(
            "{} is the part {}, whose state would be lost",
            dir.display(),
            part.display()
        ))
        .advise("--out names another place")),
    }
}

/// Where runs are missing no state is written, and one that is there already is not that of what was merged.
fn make_gap(folder: &LockedFolder) -> io::Result<()> {
    if let Some(kept) = folder.set_aside()? {
        note(format_args!(
            "{}: runs are missing, so there is no state; the {FILE_NAME} that was there is kept as {}",
            folder.dir().display(),
            room::name(&kept)
        ));
    }
    Ok(())
}

/// Folders that are not those of one campaign.
fn unmerged(folders: &[PathBuf], error: &MergeError) -> Failure {
    let folder = |part: usize| folders[part].display();
    let both = |[one, other]: [usize; 2]| format!("{} and {}", folder(one), folder(other));
    match error {
        MergeError::Nothing => Failure::new(error),
        MergeError::Seeds { parts: [one, other], seeds } => Failure::new(format_args!(
            "{} has seed {} and {} has seed {}, which are not one campaign",
            folder(*one),
            seeds[0],
            folder(*other),
            seeds[1]
        ))
        .advise("name folders of one seed; each seed is a campaign of its own"),
        MergeError::Profiles { parts } => {
            Failure::new(format_args!("{} have different profiles or faults, so {error}", both(*parts)))
                .advise("name folders of one --profile and --fault; each is a campaign of its own")
        }
        MergeError::Overlap { parts, .. } => {
            Failure::new(format_args!("{}: {error}", both(*parts))).advise(format_args!(
                "name each folder once, and leave one of these out: what is missing then is told with its command"
            ))
        }
    }
}

/// A folder that has no state which could be added up.
fn unloaded(dir: &Path, error: &ResumeError) -> Failure {
    match error {
        ResumeError::Unreadable(_, cause) if cause.kind() == io::ErrorKind::NotFound => {
            Failure::new(format_args!("{}: there is no campaign to add up", dir.display()))
                .advise("each DIR is one that `wasclean fuzz --out DIR` has written to")
        }
        ResumeError::OtherVersion(..) | ResumeError::OtherFormat(..) | ResumeError::OtherInvariants(..) => {
            Failure::new(error).advise("leave it out, or play its runs again with this wasclean")
        }
        ResumeError::Unreadable(..) | ResumeError::Malformed(..) => Failure::new(error).advise(
            "copy the folder once more, or leave it out: what is missing then is told with its command",
        ),
    }
}
