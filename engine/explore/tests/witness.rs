//! Nothing in the tables is dead: a campaign witnesses every invariant that it judges, and reaches every row
//! of the table of outcomes.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use wasclean_explore::campaign::{Begin, Campaign, Until};
use wasclean_explore::census::Census;
use wasclean_explore::relation::{RELATIONS, Relation};
use wasclean_model::invariant::{INVARIANTS, Kinds, Row, applicable};
use wasclean_model::profile::{BackForwardCache, FramesAfterClose, Profile};

/// More than this, and an invariant or a row counts as dead.
const RUNS_MAX: u64 = 1_000_000;

/// Runs campaigns of growing length under `profile` until all of `invariants` and `rows` were seen.
#[track_caller]
fn check(profile: Profile, rows: &[Row]) {
    let judged = applicable(&profile, Kinds::ALL);
    let mut runs = 20_000;
    loop {
        let census = census(profile, runs);
        assert_eq!(census.violations, 0, "{:?}", census.broken);
        let unseen_invariants: Vec<_> = judged
            .iter()
            .chain(RELATIONS.iter().map(Relation::invariant))
            .filter(|&index| census.witnessed[index] == 0)
            .map(|index| INVARIANTS[index].id)
            .collect();
        let unseen_rows: Vec<_> =
            rows.iter().filter(|&&row| census.rows[row as usize] == 0).map(|row| row.number()).collect();
        if unseen_invariants.is_empty() && unseen_rows.is_empty() {
            return;
        }
        assert!(
            runs < RUNS_MAX,
            "{runs} runs never witnessed {unseen_invariants:?} and never reached the rows {unseen_rows:?}"
        );
        runs = (runs * 4).min(RUNS_MAX);
    }
}

fn census(profile: Profile, runs: u64) -> Census {
    let campaign = Campaign {
        seed: 1,
        profile,
        begin: Begin::Run(0),
        until: Until::Run(runs),
        jobs: NonZeroUsize::MIN,
        out: None,
    };
    let report = campaign.run(&AtomicBool::new(false), &mut |_| ()).expect("nothing is written");
    report.census
}

#[test]
fn standard_witnesses_every_invariant_and_every_row_but_the_eighth_and_the_thirteenth() {
    let is_possible = |row: &Row| !matches!(row, Row::CleanButFailed | Row::Disconnected);
    let rows: Vec<_> = Row::ALL.into_iter().filter(is_possible).collect();
    check(Profile::STANDARD, &rows);
}

#[test]
fn literal_witnesses_every_invariant() {
    check(Profile::LITERAL, &[Row::NotEstablished, Row::FailedWithoutClose, Row::Clean]);
}

#[test]
fn the_eighth_row_needs_frames_after_close_to_fail() {
    let profile = Profile { frames_after_close: FramesAfterClose::Fail, ..Profile::STANDARD };
    check(profile, &[Row::CleanButFailed]);
}

#[test]
fn the_thirteenth_row_needs_a_cache_that_disconnects() {
    let profile = Profile { back_forward_cache: BackForwardCache::Disconnect, ..Profile::STANDARD };
    check(profile, &[Row::Disconnected]);
}
