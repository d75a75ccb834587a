//! What several benchmarks need: the scenarios of the corpus, and the runs of one campaign.
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;

use wasclean_explore::census::Census;
use wasclean_explore::digest::{Digest, Hasher};
use wasclean_explore::seeded::Seeded;
use wasclean_model::choices::Script;
use wasclean_model::invariant::{INVARIANTS, Judgement, Monitors};
use wasclean_model::profile::Profile;
use wasclean_model::scenario::generate::generate;
use wasclean_model::scenario::{Scenario, text};
use wasclean_model::trace::{Trace, outcome};
use wasclean_model::world::{Runner, run};

/// The seed of every campaign here, so that two checkouts time the same runs.
pub const SEED: u64 = 1;

/// The bound that a campaign sets to a run; a test compares.
const STEPS_MAX: u32 = 1_000;

/// The scenarios of a folder of the corpus by the names of their files, each checked: what it expects comes out.
///
/// # Panics
///
/// If a file cannot be read or parsed, or if anything else comes out.
#[must_use]
pub fn scenarios(folder: &str) -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/scenarios").join(folder);
    let mut scenarios = Vec::new();
    for entry in fs::read_dir(&folder).expect("the folder is part of the repository") {
        let path = entry.expect("a readable folder").path();
        let source = fs::read_to_string(&path).expect("a readable file");
        let scenario = text::parse(&source).unwrap_or_else(|error| panic!("{}:{error}", path.display()));
        let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let seen = outcome(&run(&scenario, &mut Script::new(&scenario.choices)));
        assert_eq!(Some(seen.page), scenario.expect.page, "{name}");
        assert_eq!(Some(seen.wire), scenario.expect.wire, "{name}");
        scenarios.push((name, scenario));
    }
    scenarios.sort_by(|(a, _), (b, _)| a.cmp(b));
    scenarios
}

/// One thread of a campaign with the memory that it uses again, taken apart into its steps.
#[derive(Debug)]
pub struct Thread {
    /// The generator.
    pub seeded: Seeded,
    /// The scenario of the run under way.
    pub scenario: Scenario,
    /// The trace of the run under way.
    pub trace: Trace,
    runner: Runner,
    monitors: Monitors,
    hasher: Hasher,
    /// The trace that was judged last, as the numbers that are hashed.
    words: Vec<[u64; 2]>,
}

impl Default for Thread {
    fn default() -> Self {
        Self {
            seeded: Seeded::new(SEED),
            scenario: Scenario::default(),
            trace: Trace::new(),
            runner: Runner::new(STEPS_MAX),
            monitors: Monitors::new(&Profile::STANDARD),
            hasher: Hasher::default(),
            words: Vec::new(),
        }
    }
}

impl Thread {
    /// Draws the scenario of run `index`.
    #[inline]
    pub fn generate(&mut self, index: u64) {
        self.seeded.begin_run(index);
        self.scenario.profile = Profile::STANDARD;
        generate(&mut self.scenario, &mut self.seeded);
    }

    /// Plays the scenario.
    #[inline]
    pub fn run(&mut self) {
        self.runner.run(&self.scenario, &mut self.seeded, &mut self.trace);
    }

    /// Judges the trace. A drawn scenario may have a lower limit than its profile.
    #[inline]
    pub fn judge(&mut self) -> Judgement {
        let Profile { message_len_max, send_buffer_len_max, .. } = self.scenario.profile;
        self.monitors.limit(message_len_max, send_buffer_len_max);
        self.monitors.judge_with_words(&self.trace, &mut self.words)
    }

    /// Hashes the trace, which must have been judged, and counts its entries by their kind.
    #[inline]
    pub fn digest(&mut self, index: u64) -> Digest {
        self.hasher.run_of_words(index, &self.words, &self.trace.payloads)
    }
}

/// What the first `count` runs of the campaign are like; none of them breaks an invariant.
///
/// # Panics
///
/// If one does.
#[must_use]
pub fn mix(count: u64) -> Census {
    let mut thread = Thread::default();
    let mut census = Census::default();
    for index in 0..count {
        thread.generate(index);
        thread.run();
        let judgement = thread.judge();
        if let Some(breach) = judgement.broken {
            let id = INVARIANTS[breach.invariant].id;
            panic!("run {index} breaks {id} at entry {}; see `wasclean fuzz --seed {SEED}`", breach.entry);
        }
        let digest = thread.digest(index);
        census.count(digest, thread.hasher.kinds(), &judgement, thread.seeded.asked());
    }
    census
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::atomic::AtomicBool;

    use wasclean_explore::campaign::{Begin, Campaign, Until};

    use super::*;

    #[test]
    fn the_runs_are_those_of_a_campaign() {
        let campaign = Campaign {
            seed: SEED,
            profile: Profile::STANDARD,
            begin: Begin::Run(0),
            until: Until::Run(2_000),
            jobs: NonZeroUsize::MIN,
            out: None,
        };
        let report = campaign.run(&AtomicBool::new(false), &mut |_| ()).expect("nothing is saved");
        let (census, mix) = (report.census, mix(2_000));
        assert_eq!((census.digest, census.actions), (mix.digest, mix.actions));
    }

    #[test]
    fn the_mix_is_of_runs_that_do_something() {
        let census = mix(2_000);
        assert_eq!(census.runs, 2_000);
        assert!(census.actions > 10 * census.runs, "{census:?}");
        assert!(census.established > census.runs / 4, "{census:?}");
    }

    #[test]
    fn the_litmus_scenarios_are_there() {
        assert!(scenarios("litmus").len() > 30);
    }
}
