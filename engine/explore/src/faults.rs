//! Plants faults and hunts for them: runs from an empty corpus until one breaks an invariant.
//!
//! How many runs that takes says how sharp the invariants and the generator are.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use wasclean_model::profile::{Fault, Profile};
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::Trace;
use wasclean_model::world::Runner;

use crate::drawn::{STEPS_MAX, draw, finding};
use crate::finding::Finding;
use crate::judge::Judge;
use crate::relation::Relation;
use crate::seeded::Seeded;
use crate::shrink::shrink_until;

/// How many hunts there are for a fault, each from a seed of its own.
pub const SEEDS: usize = 5;

/// How many runs are at least looked at before a fault is said to change none; for the rarest, several hundred do.
const UNCHANGED_MIN: u64 = 20_000;

/// How often somebody is told how it goes.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// What to plant, and how long to hunt for it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The first of the seeds; the others follow it.
    pub seed: u64,
    /// The knobs on top of which each fault is planted.
    pub profile: Profile,
    /// The faults.
    pub faults: Vec<Fault>,
    /// The most runs of one hunt.
    pub runs_max: u64,
    /// The most runs in which a finding is shrunk.
    pub shrink_runs_max: u64,
    /// Threads.
    pub jobs: NonZeroUsize,
}

/// How one hunt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// This run, counted from 0, broke an invariant.
    Killed(u64),
    /// No run did, but some were not those that they are without the fault.
    Escaped,
    /// No run was another one than without the fault: the profile does itself what the fault does, or something of it
    /// keeps all runs from where the fault is.
    Unchanged,
    /// The model panicked in this run: a bug of ours, also under a fault.
    Panicked(u64),
}

impl End {
    /// How many runs it took, the one that killed included.
    #[must_use]
    pub fn executions(self) -> Option<u64> {
        match self {
            Self::Killed(index) => Some(index + 1),
            Self::Escaped | Self::Unchanged | Self::Panicked(_) => None,
        }
    }
}

/// What came of one fault.
#[derive(Debug, Clone)]
pub struct Examined {
    /// The fault.
    pub fault: Fault,
    /// The hunts that were made, in the order of their seeds.
    pub ends: Vec<End>,
    /// The shrunk finding of the hunt in the middle, if that one killed.
    pub finding: Option<Finding>,
}

impl Examined {
    /// How many runs it took to kill the fault: the median of all hunts.
    #[must_use]
    pub fn executions(&self) -> Option<u64> {
        self.ends[median(&self.ends)?].executions()
    }

    /// Whether some run was another one than without the fault; one that was not is no mistake under its profile.
    #[must_use]
    pub fn makes_a_difference(&self) -> bool {
        self.ends.iter().any(|&end| end != End::Unchanged)
    }
}

/// The position of the end in the middle, where one that killed later stands behind one that killed earlier, and
/// before one that did not kill at all.
fn median(ends: &[End]) -> Option<usize> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|&index| ends[index].executions().unwrap_or(u64::MAX));
    order.get(ends.len() / 2).copied()
}

/// What is told while it goes on.
#[derive(Debug)]
pub enum Event<'a> {
    /// So many faults are done, and so many runs were made.
    Progress {
        /// Faults that are done.
        done: usize,
        /// Runs, those that shrink left out.
        runs: u64,
    },
    /// A fault is done; they come in the order of the plan.
    Examined(&'a Examined),
}

impl Plan {
    /// Hunts for all faults. What is not done when `stop` is set is left out.
    ///
    /// # Panics
    ///
    /// If the operating system gives no thread.
    pub fn run(&self, stop: &AtomicBool, tell: &mut dyn FnMut(Event<'_>)) -> Vec<Examined> {
        let next = AtomicUsize::new(0);
        let runs = AtomicU64::new(0);
        let mut examined = Vec::new();
        thread::scope(|scope| {
            let (sender, receiver) = channel();
            for _ in 0..self.jobs.get() {
                let (sender, next, runs) = (sender.clone(), &next, &runs);
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(&fault) = self.faults.get(index) else { return };
                        let Some(one) = self.examine(fault, runs, stop) else { return };
                        if sender.send((index, one)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut early = BTreeMap::new();
            loop {
                match receiver.recv_timeout(PROGRESS_EVERY) {
                    Ok((index, one)) => _ = early.insert(index, one),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                while let Some(one) = early.remove(&examined.len()) {
                    tell(Event::Examined(&one));
                    examined.push(one);
                }
                tell(Event::Progress { done: examined.len(), runs: runs.load(Ordering::Relaxed) });
            }
        });
        examined
    }

    /// Hunts for one fault; `None` if it was stopped.
    fn examine(&self, fault: Fault, runs: &AtomicU64, stop: &AtomicBool) -> Option<Examined> {
        let mut ends = Vec::new();
        let profile = self.profile.with_fault(fault);
        for number in 0..SEEDS as u64 {
            ends.push(self.hunt(self.seed.wrapping_add(number), &profile, runs, stop)?);
        }
        let killed = median(&ends).filter(|&middle| ends[middle].executions().is_some());
        let finding = killed.and_then(|middle| {
            let End::Killed(index) = ends[middle] else { return None };
            let found = finding(self.seed.wrapping_add(middle as u64), &profile, index)?;
            Some(shrink_until(&found, self.shrink_runs_max, stop))
        });
        // What was given up for the interruption could be smaller.
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        Some(Examined { fault, ends, finding })
    }

    fn hunt(&self, seed: u64, profile: &Profile, runs: &AtomicU64, stop: &AtomicBool) -> Option<End> {
        let mut hunter = Hunter::new(seed, profile);
        let mut end = End::Unchanged;
        for index in 0..self.runs_max.max(UNCHANGED_MIN) {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let is_hunted = index < self.runs_max;
            if !is_hunted && end == End::Escaped {
                break;
            }
            let is_new = end == End::Unchanged;
            let looked = catch_unwind(AssertUnwindSafe(|| {
                hunter.play(index);
                (is_hunted && hunter.kills(index), is_new && hunter.differs(index, &self.profile))
            }));
            match looked {
                Ok((true, _)) => return Some(End::Killed(index)),
                Ok((false, true)) => end = End::Escaped,
                Ok((false, false)) => {}
                Err(_) => return Some(End::Panicked(index)),
            }
            runs.fetch_add(1, Ordering::Relaxed);
        }
        Some(end)
    }
}

/// The memory of one hunt.
struct Hunter<'a> {
    profile: &'a Profile,
    seeded: Seeded,
    scenario: Scenario,
    runner: Runner,
    trace: Trace,
    other: Trace,
    judge: Judge,
}

impl<'a> Hunter<'a> {
    fn new(seed: u64, profile: &'a Profile) -> Self {
        Self {
            profile,
            seeded: Seeded::new(seed),
            scenario: Scenario::default(),
            runner: Runner::new(STEPS_MAX),
            trace: Trace::new(),
            other: Trace::new(),
            judge: Judge::new(profile),
        }
    }

    fn play(&mut self, index: u64) {
        draw(&mut self.seeded, &mut self.scenario, self.profile, index);
        self.runner.run(&self.scenario, &mut self.seeded, &mut self.trace);
    }

    /// Whether run `index`, which was played, breaks an invariant, with the relation of its sample if it has one.
    fn kills(&mut self, index: u64) -> bool {
        let judgement = self.judge.judge(&self.trace, &self.scenario.profile);
        judgement.broken.is_some()
            || Relation::of_run(index).is_some_and(|relation| relation.broken(&self.scenario).is_some())
    }

    /// Whether run `index`, which was played, is another one under the profile without the fault.
    fn differs(&mut self, index: u64, plain: &Profile) -> bool {
        draw(&mut self.seeded, &mut self.scenario, plain, index);
        self.runner.run(&self.scenario, &mut self.seeded, &mut self.other);
        self.trace != self.other
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use wasclean_model::profile::ReasonOnly;

    use super::*;
    use crate::finding::Reduction;
    use crate::judge::untrue;

    fn plan(fault: Fault, runs_max: u64) -> Plan {
        Plan {
            seed: 1,
            profile: Profile::STANDARD,
            faults: vec![fault],
            runs_max,
            shrink_runs_max: u64::MAX,
            jobs: NonZeroUsize::MIN,
        }
    }

    /// The runs that it took to kill are enough, and one fewer is not.
    #[test]
    fn as_many_runs_are_played_as_are_told() {
        let fault = Fault::DataAfterClose;
        let hunts = |runs_max: u64| {
            let mut examined = plan(fault, runs_max).run(&AtomicBool::new(false), &mut |_| ());
            examined.pop().expect("nobody stops it")
        };
        let executions = |one: &Examined| one.ends.iter().map(|end| end.executions()).collect::<Vec<_>>();
        let all = executions(&hunts(10_000));
        let mut sorted = all.clone();
        sorted.sort_unstable();
        let (last, middle) =
            (sorted[SEEDS - 1].expect("it is killed"), sorted[SEEDS / 2].expect("it is killed"));
        assert!(middle < last && sorted[0] < Some(middle), "{all:?}");
        assert_eq!(executions(&hunts(last)), all);
        let escaped = |executions: Option<u64>| executions.filter(|&runs| runs < last);
        assert_eq!(executions(&hunts(last - 1)), all.iter().copied().map(escaped).collect::<Vec<_>>());

        // The hunt in the middle is the one that is shown.
        let shown = hunts(middle);
        assert_eq!(shown.executions(), Some(middle));
        let origin = shown.finding.and_then(|finding| finding.origin).expect("it is killed");
        assert_eq!((origin.index, all[(origin.seed - 1) as usize]), (middle - 1, Some(middle)));
        let before = hunts(middle - 1);
        assert_eq!((before.executions(), before.finding.is_none()), (None, true));
    }

    /// Nobody can notice what is the same; what is not the same, and is not noticed, is a hole.
    #[test]
    fn what_makes_no_difference_is_told_from_what_escapes() {
        let mut plan = plan(Fault::ReasonWithoutCode, 1000);
        let ends = |plan: &Plan| {
            let mut examined = plan.run(&AtomicBool::new(false), &mut |_| ());
            let one = examined.pop().expect("nobody stops it");
            (one.makes_a_difference(), one.ends)
        };
        assert!(ends(&plan).1.iter().all(|end| matches!(end, End::Killed(_))));
        plan.runs_max = 1;
        let (makes_a_difference, of_one) = ends(&plan);
        assert!(makes_a_difference && of_one.contains(&End::Escaped), "{of_one:?}");
        plan.profile.reason_only = ReasonOnly::Raw;
        assert_eq!(ends(&plan), (false, vec![End::Unchanged; SEEDS]));
    }

    #[test]
    fn a_hunt_kills_where_a_campaign_finds() {
        let mut hunter = Hunter::new(1, &untrue::PROFILE);
        let mut relational = 0;
        for index in 0..5_000 {
            let found = finding(1, &untrue::PROFILE, index);
            hunter.play(index);
            assert_eq!(hunter.kills(index), found.is_some(), "{index}");
            let is_relational = |found: &Finding| Relation::named(found.invariant_id()).is_some();
            relational += u64::from(found.as_ref().is_some_and(is_relational));
        }
        assert!(relational > 0);
    }

    /// Whoever replaces a scenario by a new one wants the smallest. The later it is interrupted, the more is done:
    /// first it is hunted, then shrunk, and at last nothing is interrupted.
    #[test]
    fn what_is_given_up_for_an_interruption_is_left_out() {
        let fault = Fault::VALUES.iter().find(|(_, id)| *id == "M57").expect("it is in the table").0;
        let plan = plan(fault, 10_000);
        let (mut stopped, mut done) = (0, 0);
        for wait_us in (8..19).map(|power| 1 << power) {
            let (runs, stop) = (AtomicU64::new(0), AtomicBool::new(false));
            let begun = Instant::now();
            let examined = thread::scope(|scope| {
                scope.spawn(|| {
                    while begun.elapsed() < Duration::from_micros(wait_us) {
                        thread::yield_now();
                    }
                    stop.store(true, Ordering::Relaxed);
                });
                plan.examine(fault, &runs, &stop)
            });
            match examined.map(|one| one.finding.expect("it is killed").reduction) {
                None => stopped += 1,
                Some(reduction) => {
                    assert!(matches!(reduction, Reduction::Minimal(_)), "{reduction:?}");
                    done += 1;
                }
            }
        }
        assert!(stopped > 0, "{done} were done");
    }
}
