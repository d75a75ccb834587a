//! All runs of one scenario: every answer to every question, and every outcome that comes out.

use std::collections::HashSet;

use wasclean_model::choices::{Decision, Exhaustive, Point, Recorded};
use wasclean_model::invariant::{Breach, judge};
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::{Outcome, Trace, outcome};
use wasclean_model::world;

/// What bounds an enumeration. A claim of completeness is worth nothing without it.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Choice points that always take their first alternative.
    pub canonical: &'static [Point],
    /// Runs.
    pub runs_max: u64,
}

impl Default for Limits {
    /// Masking keys and nonces do not decide anything, so they are the first; a million runs.
    fn default() -> Self {
        Self { canonical: &[Point::FrameMask, Point::HandshakeNonce], runs_max: 1_000_000 }
    }
}

/// What an enumeration came to.
#[derive(Debug, Clone)]
pub struct Exploration {
    /// Runs.
    pub runs: u64,
    /// Whether there was no further run within the limits.
    pub is_complete: bool,
    /// The outcomes in the order in which they were found, each with the choices of its first run.
    pub outcomes: Vec<(Outcome, Vec<Decision>)>,
    /// The first run that broke an invariant, if one did.
    pub broken: Option<(Breach, Vec<Decision>)>,
}

/// Plays every run of `scenario` within `limits` and judges each.
#[must_use]
pub fn explore(scenario: &Scenario, limits: Limits) -> Exploration {
    let mut every = Exhaustive::with_canonical(limits.canonical);
    let mut trace = Trace::new();
    let mut seen = HashSet::new();
    let mut exploration = Exploration { runs: 0, is_complete: false, outcomes: Vec::new(), broken: None };
    loop {
        if exploration.runs == limits.runs_max {
            return exploration;
        }
        if !every.next_run() {
            exploration.is_complete = true;
            return exploration;
        }
        exploration.runs += 1;
        let mut recorded = Recorded::new(&mut every);
        world::run_into(scenario, &mut recorded, &mut trace);
        let log = recorded.into_log();
        if exploration.broken.is_none() {
            let broken = judge(&trace, &scenario.profile).broken;
            exploration.broken = broken.map(|breach| (breach, log.clone()));
        }
        let outcome = outcome(&trace);
        if seen.insert(outcome.clone()) {
            exploration.outcomes.push((outcome, log));
        }
    }
}
