//! All runs of one scenario: every answer to every question, and every outcome that comes out.

use std::collections::BTreeSet;

use wasclean_model::choices::{Decision, Exhaustive, Logged, Point};
use wasclean_model::invariant::Breach;
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::{Outcome, Trace, outcome};
use wasclean_model::world;

use crate::judge::Judge;

/// What bounds an enumeration. A claim of completeness is worth nothing without it.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Choice points that always take their first alternative.
    pub canonical: &'static [Point],
    /// Runs.
    pub runs_max: u64,
}

impl Default for Limits {
    /// Masking keys and nonces do not decide anything, nor does where TCP cuts the bytes (INV-01 is judged elsewhere),
    /// so these are the first; a million runs.
    fn default() -> Self {
        Self {
            canonical: &[Point::FrameMask, Point::HandshakeNonce, Point::TcpSegment, Point::TcpCut],
            runs_max: 1_000_000,
        }
    }
}

/// What an enumeration came to.
#[derive(Debug, Clone, Default)]
pub struct Exploration {
    /// Runs.
    pub runs: u64,
    /// Choices of all runs.
    pub choices: u64,
    /// Trace entries of all runs.
    pub entries: u64,
    /// Whether there was no further run within the limits.
    pub is_complete: bool,
    /// The outcomes in the order in which they were found, each with the choices of its first run.
    pub outcomes: Vec<(Outcome, Vec<Decision>)>,
    /// The first run that broke an invariant, if one did.
    pub broken: Option<(Breach, Vec<Decision>)>,
}

/// Plays every run of `scenario` within `limits` and judges each.
///
/// Every run means that the choices which the scenario fixes, [`Scenario::choices`], are left open too: the run that
/// they lead to is [`world::replay`].
#[must_use]
pub fn explore(scenario: &Scenario, limits: Limits) -> Exploration {
    let mut every = Exhaustive::with_canonical(limits.canonical);
    let mut judge = Judge::new(&scenario.profile);
    let mut trace = Trace::new();
    let mut seen = BTreeSet::new();
    let mut exploration = Exploration::default();
    loop {
        if exploration.runs == limits.runs_max {
            return exploration;
        }
        if !every.next_run() {
            exploration.is_complete = true;
            return exploration;
        }
        exploration.runs += 1;
        let mut logged = Logged::new(&mut every);
        world::run_into(scenario, &mut logged, &mut trace);
        let log = logged.into_log();
        exploration.choices += log.len() as u64;
        exploration.entries += trace.entries.len() as u64;
        if exploration.broken.is_none() {
            let broken = judge.judge(&trace, &scenario.profile).broken;
            exploration.broken = broken.map(|breach| (breach, log.clone()));
        }
        let outcome = outcome(&trace);
        if seen.insert((outcome.page.clone(), outcome.wire.clone())) {
            exploration.outcomes.push((outcome, log));
        }
    }
}

#[cfg(test)]
mod tests {
    use wasclean_model::scenario::text;

    use super::*;

    /// The peer's Close and FIN meet a page that closes when its timer fires.
    const SMALL: &str = r#"
format = 1
profile = "standard"
[page]
main = ['new WebSocket("ws://a.test/")', 'ws0.onopen = f1']
f1 = ['ws0.close(3000)']
[[peer]]
steps = ['accept', 'close 1000', 'fin']
"#;

    fn small() -> Scenario {
        text::parse(SMALL).expect("it is well formed")
    }

    #[test]
    fn every_outcome_is_found_and_nothing_is_broken() {
        let all = explore(&small(), Limits::default());
        assert!(all.is_complete, "{} runs", all.runs);
        assert_eq!(all.broken, None);
        let codes: Vec<bool> =
            all.outcomes.iter().map(|(outcome, _)| outcome.wire[0].contains("close[0bb8]")).collect();
        assert!(
            codes.contains(&true) && codes.contains(&false),
            "either side may be first: {:?}",
            all.outcomes
        );
    }

    /// Whether our Close comes before the peer's RST is told by the wire alone.
    #[test]
    fn outcomes_differ_in_what_the_page_or_the_peer_sees() {
        let scenario =
            text::parse(&SMALL.replace("'close 1000', 'fin'", "'rst'")).expect("it is well formed");
        let outcomes = explore(&scenario, Limits::default()).outcomes;
        let of_page = |page: &[String]| outcomes.iter().filter(|(outcome, _)| outcome.page == page).count();
        let of_wire = |wire: &[String]| outcomes.iter().filter(|(outcome, _)| outcome.wire == wire).count();
        assert!(outcomes.iter().any(|(outcome, _)| of_page(&outcome.page) > 1), "{outcomes:?}");
        assert!(outcomes.iter().any(|(outcome, _)| of_wire(&outcome.wire) > 1), "{outcomes:?}");
    }

    #[test]
    fn each_outcome_is_repeated_by_its_choices() {
        let scenario = small();
        for (want, choices) in explore(&scenario, Limits::default()).outcomes {
            let replay = crate::finding::replay(&Scenario { choices, ..scenario.clone() });
            assert_eq!(replay.mismatch, None);
            assert_eq!(outcome(&replay.trace), want);
        }
    }

    #[test]
    fn a_bound_that_is_met_is_told() {
        let bounded = explore(&small(), Limits { runs_max: 3, ..Limits::default() });
        assert_eq!((bounded.runs, bounded.is_complete), (3, false));
    }
}
