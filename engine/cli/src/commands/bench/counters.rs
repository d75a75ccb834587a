//! The counters: how much a campaign and the exhaustive enumeration of small scenarios do, at fixed bounds.
//!
//! They are the same on every machine, so a change of one is a change of what the model does.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use wasclean_explore::campaign::{Begin, Campaign, Until};
use wasclean_explore::exhaustive::{Limits, explore};
use wasclean_model::profile::Profile;
use wasclean_model::scenario::text;

use crate::failure::Failure;

/// Runs of each campaign.
const CAMPAIGN_RUNS: u64 = 20_000;

/// Runs of each enumeration; those of most litmus scenarios are fewer.
const EXHAUSTIVE_RUNS: u64 = 2_000;

/// The profiles whose campaigns are counted.
const PROFILES: [(&str, Profile); 2] = [("standard", Profile::STANDARD), ("literal", Profile::LITERAL)];

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) counters: BTreeMap<String, u64>,
    pub(super) digests: BTreeMap<String, String>,
}

/// Counts everything; `root` is the checkout with the litmus scenarios.
pub(super) fn count(root: &Path) -> Result<Counted, Failure> {
    let mut counted = Counted::default();
    for (name, profile) in PROFILES {
        count_campaign(name, profile, &mut counted)?;
    }
    count_litmus(&root.join("corpus/scenarios/litmus"), &mut counted)?;
    Ok(counted)
}

fn count_campaign(name: &str, profile: Profile, counted: &mut Counted) -> Result<(), Failure> {
    let campaign = Campaign {
        seed: 1,
        profile,
        begin: Begin::Run(0),
        until: Until::Run(CAMPAIGN_RUNS),
        jobs: NonZeroUsize::MIN,
        out: None,
    };
    let census = campaign
        .run(&AtomicBool::new(false), &mut |_| ())
        .map_err(|failed| Failure::new(format_args!("the campaign that is counted failed: {failed}")))?
        .census;
    let figures = [
        ("actions", census.actions),
        ("bounded", census.bounded),
        ("choices", census.choices),
        ("entries", census.entries),
        ("established", census.established),
        ("sockets", census.sockets),
        ("violations", census.violations),
        ("witnessed", census.witnessed_count() as u64),
    ];
    for (figure, count) in figures {
        counted.counters.insert(format!("campaign/{name}/{figure}"), count);
    }
    counted.digests.insert(format!("campaign/{name}"), census.digest.to_string());
    Ok(())
}

fn count_litmus(folder: &Path, counted: &mut Counted) -> Result<(), Failure> {
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::new(format_args!("cannot read the litmus scenarios in {}: {error}", folder.display()))
    };
    for file in fs::read_dir(folder).map_err(|error| cannot(&error))? {
        let path = file.map_err(|error| cannot(&error))?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let source = fs::read_to_string(&path).map_err(|error| cannot(&error))?;
        let scenario = text::parse(&source).map_err(|error| cannot(&error))?;
        let explored = explore(&scenario, Limits { runs_max: EXHAUSTIVE_RUNS, ..Limits::default() });
        let figures = [
            ("runs", explored.runs),
            ("choices", explored.choices),
            ("entries", explored.entries),
            ("outcomes", explored.outcomes.len() as u64),
        ];
        for (figure, count) in figures {
            counted.counters.insert(format!("exhaustive/{name}/{figure}"), count);
        }
    }
    Ok(())
}
