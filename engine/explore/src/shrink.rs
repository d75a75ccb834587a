//! Makes a finding smaller for as long as it breaks the same invariant.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};

use wasclean_model::choices::{Alternative, Choices, Decision, First, Point, Script};
use wasclean_model::scenario::Scenario;
use wasclean_model::scenario::shrink::{reductions, size};

use crate::finding::{Finding, Reduction};
use crate::play::{Answer, Played, play};
use crate::relation::Relation;
use crate::seeded::Seeded;

/// A number of runs in which most findings become minimal; a run is short.
pub const RUNS_MAX: u64 = 200_000;

/// The entries that all runs of a reduction have together: some hundreds for each of [`RUNS_MAX`] runs.
/// Runs that end at their bound are a thousand times as long, so there are fewer of them.
const ENTRIES_MAX: u64 = 100_000_000;

/// The longest stretch of answers that is tried to go with a step.
const STRETCH_MAX: usize = 6;

/// How many other ways through a smaller scenario are tried before it is given up.
const WAYS_MAX: u64 = 32;

/// Shrinks `finding` in at most `runs_max` runs, or fewer if they are very long.
///
/// In turn, each reduction of the scenario and each choice that can be made plainer is tried until none of them breaks
/// the same invariant any more. The last round changes nothing: it has shown that no single step can be taken out,
/// neither with the answers as they are, nor without a stretch of them, nor with one of a number of other ways
/// through the run.
#[must_use]
pub fn shrink(finding: &Finding, runs_max: u64) -> Finding {
    shrink_until(finding, runs_max, &AtomicBool::new(false))
}

/// As [`shrink`], for as long as `stop` is not set.
#[must_use]
pub fn shrink_until(finding: &Finding, runs_max: u64, stop: &AtomicBool) -> Finding {
    shrink_within(finding, runs_max, ENTRIES_MAX, stop)
}

fn shrink_within(finding: &Finding, runs_max: u64, entries_max: u64, stop: &AtomicBool) -> Finding {
    let mut scenario = finding.scenario.clone();
    let decisions = std::mem::take(&mut scenario.choices);
    let relation = Relation::named(finding.invariant_id());
    let invariant = finding.breach.invariant;
    let mut search = Search { invariant, relation, runs: 0, runs_max, entries: 0, entries_max, stop };
    let Some(log) = search.log(&scenario, Script::new(&decisions)) else {
        // It does not repeat: whoever asks is better served with what there is.
        return finding.clone();
    };
    let mut best = Best { scenario, log };
    let is_minimal = loop {
        let Some(smaller) = search.smaller(&best) else { break !search.is_spent() };
        best = smaller;
    };
    let reduction =
        if is_minimal { Reduction::Minimal(search.runs) } else { Reduction::Bounded(search.runs) };
    let decisions: Vec<Decision> = best.log.iter().map(|answer| answer.taken).collect();
    let small = match relation {
        Some(relation) => Finding::from_relation(&best.scenario, relation, finding.origin),
        None => Finding::from_run(&best.scenario, Script::new(&decisions), finding.origin),
    };
    match small {
        Some(small) if small.breach.invariant == finding.breach.invariant => Finding { reduction, ..small },
        Some(_) | None => finding.clone(),
    }
}

/// The smallest scenario so far, without choices, and the answers of the run that breaks the invariant.
struct Best {
    scenario: Scenario,
    log: Vec<Answer>,
}

impl Best {
    /// How far the answers are from plain: how many are not, and the sum of their numbers.
    fn distance(log: &[Answer]) -> (usize, u64) {
        let special = log.iter().filter(|answer| !answer.is_plain());
        let numbers = log.iter().map(|answer| match answer.taken.taken {
            Alternative::Number(number) => u64::from(number),
            _ => 0,
        });
        (special.count(), numbers.sum())
    }
}

struct Search<'a> {
    invariant: usize,
    /// If it is a relation, choices do not matter and a scenario stands for all its runs.
    relation: Option<&'static Relation>,
    runs: u64,
    runs_max: u64,
    /// The entries of its runs so far; those of a relation are not counted.
    entries: u64,
    entries_max: u64,
    /// Set by who does not want to wait any longer.
    stop: &'a AtomicBool,
}

impl Search<'_> {
    /// Whether what may be spent is spent.
    fn is_spent(&self) -> bool {
        self.has_no_runs() || self.is_stopped()
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn has_no_runs(&self) -> bool {
        self.runs >= self.runs_max || self.entries >= self.entries_max
    }

    /// The answers of a run, if it breaks the invariant; `None` too when there are no runs left.
    fn log(&mut self, scenario: &Scenario, choices: impl Choices) -> Option<Vec<Answer>> {
        // The first run is played in any case: it shows what there is to keep.
        if self.has_no_runs() || (self.runs > 0 && self.is_stopped()) {
            return None;
        }
        self.runs += 1;
        if let Some(relation) = self.relation {
            return relation.broken(scenario).map(|_| Vec::new());
        }
        let Played { log, judgement, trace, .. } = play(scenario, choices);
        self.entries += trace.entries.len() as u64;
        judgement.broken.is_some_and(|breach| breach.invariant == self.invariant).then_some(log)
    }

    fn smaller(&mut self, best: &Best) -> Option<Best> {
        self.smaller_scenario(best, Self::same_answers)
            .or_else(|| self.plainer_choices(best))
            .or_else(|| self.smaller_scenario(best, Self::other_answers))
    }

    /// The first reduction that breaks the invariant with some of the answers that `search` tries.
    fn smaller_scenario(
        &mut self,
        best: &Best,
        search: impl Fn(&mut Self, &Scenario, &[Answer]) -> Option<Vec<Answer>>,
    ) -> Option<Best> {
        let size_now = size(&best.scenario);
        for scenario in reductions(&best.scenario) {
            debug_assert!(size(&scenario) < size_now, "a reduction is smaller");
            if let Some(log) = search(self, &scenario, &best.log) {
                return Some(Best { scenario, log });
            }
            if self.is_spent() {
                return None;
            }
        }
        None
    }

    /// The answers as they are: for each choice point on its own, and in their order.
    fn same_answers(&mut self, scenario: &Scenario, log: &[Answer]) -> Option<Vec<Answer>> {
        let found = self.log(scenario, ByPoint::new(log));
        if log.is_empty() {
            return found;
        }
        found.or_else(|| {
            let decisions: Vec<Decision> = log.iter().map(|answer| answer.taken).collect();
            self.log(scenario, Script::new(&decisions))
        })
    }

    /// The answers without those that belonged to the step that is gone, wherever they are; and other ways.
    fn other_answers(&mut self, scenario: &Scenario, log: &[Answer]) -> Option<Vec<Answer>> {
        if log.iter().all(Answer::is_plain) {
            return None;
        }
        for len in 1..=STRETCH_MAX.min(log.len()) {
            for start in 0..=log.len() - len {
                let mut rest = log.to_vec();
                rest.drain(start..start + len);
                let found = self.log(scenario, ByPoint::new(&rest));
                if found.is_some() || self.is_spent() {
                    return found;
                }
            }
        }
        let mut seeded = Seeded::new(0);
        (0..WAYS_MAX).find_map(|way| {
            seeded.begin_run(way);
            self.log(scenario, &mut seeded)
        })
    }

    fn plainer_choices(&mut self, best: &Best) -> Option<Best> {
        let now = Best::distance(&best.log);
        if now.0 == 0 {
            return None;
        }
        let accept = |log: Vec<Answer>| {
            (Best::distance(&log) < now).then(|| Best { scenario: best.scenario.clone(), log })
        };
        if let Some(smaller) = self.log(&best.scenario, First).and_then(accept) {
            return Some(smaller);
        }
        let decisions: Vec<Decision> = best.log.iter().map(|answer| answer.taken).collect();
        for (position, answer) in best.log.iter().enumerate().filter(|(_, answer)| !answer.is_plain()) {
            let small_number = match answer.taken.taken {
                Alternative::Number(number) if number > 1 => Some(Alternative::Number(1)),
                _ => None,
            };
            for plainer in [Some(answer.plain), small_number].into_iter().flatten() {
                let mut log = best.log.clone();
                log[position].taken.taken = plainer;
                let mut changed = decisions.clone();
                changed[position].taken = plainer;
                let found = self
                    .log(&best.scenario, Script::new(&changed))
                    .and_then(accept)
                    .or_else(|| self.log(&best.scenario, ByPoint::new(&log)).and_then(accept));
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }
}

/// Answers each choice point from its own list, so that a question that is gone does not shift the others; what is
/// not offered any more is answered plainly.
struct ByPoint(BTreeMap<Point, VecDeque<Alternative>>);

impl ByPoint {
    fn new(log: &[Answer]) -> Self {
        let mut lists: BTreeMap<Point, VecDeque<Alternative>> = BTreeMap::new();
        for answer in log {
            lists.entry(answer.taken.point).or_default().push_back(answer.taken.taken);
        }
        Self(lists)
    }

    fn next(&mut self, point: Point) -> Option<Alternative> {
        self.0.get_mut(&point)?.pop_front()
    }
}

impl Choices for ByPoint {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        let taken = self.next(point);
        alternatives.iter().position(|&offered| Some(offered) == taken).unwrap_or(0)
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        match self.next(point) {
            Some(Alternative::Number(number)) if number < count => number,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use wasclean_model::profile::{Fault, Profile};
    use wasclean_model::scenario::text;

    use super::*;
    use crate::drawn;
    use crate::finding::replay;
    use crate::judge::untrue;

    /// A scenario that breaks the rule, among much that has nothing to do with it.
    const LARGE: &str = r#"
format = 1
profile = { base = "standard", linger-us = 1999999 }
choices = ["handshake.nonce=3", "frame.mask=7", "frame.mask=9"]
[page]
main = [
  'new WebSocket("ws://a.test/")',
  'ws0.onopen = f1',
  'ws0.addEventListener("close", f2, {once: true})',
]
f1 = ['note(1)', 'ws0.send("hello")']
f2 = ['note(2)']
[[peer]]
steps = ['accept', 'wait data', 'ping "x"', 'text "a"', 'ping "y"', 'text "b"', 'close 1000 "bye"', 'fin']
"#;

    fn finding() -> Finding {
        let scenario = text::parse(LARGE).expect("it is well formed");
        let finding =
            Finding::from_run(&scenario, Script::new(&scenario.choices), None).expect("it breaks the rule");
        assert_eq!(finding.invariant_id(), untrue::ID);
        finding
    }

    #[test]
    fn what_has_nothing_to_do_with_it_is_taken_out() {
        let small = shrink(&finding(), RUNS_MAX);
        assert!(matches!(small.reduction, Reduction::Minimal(_)), "{:?}", small.reduction);
        let text = small.to_text();
        let want = [
            "profile = { base = \"standard\", linger-us = 1999999 }",
            "choices = [\"frame.mask=1\"]",
            "",
            "[page]",
            "main = [",
            "  'new WebSocket(\"ws://a.test/\")',",
            "]",
            "",
            "[[peer]]",
            "steps = [",
            "  'accept',",
            "  'ping',",
        ];
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).skip(1).collect();
        assert_eq!(lines[..want.len()], want, "{text}");
        assert_eq!(small.scenario.peers[0].steps.len(), 3, "{text}");
    }

    /// The small scenario breaks the same invariant, and does not when a step and a choice are taken out of it.
    #[track_caller]
    fn check_minimal(finding: &Finding) {
        let small = shrink(finding, RUNS_MAX);
        assert!(matches!(small.reduction, Reduction::Minimal(_)), "{:?}", small.reduction);
        let small = small.scenario;
        let broken = |scenario: &Scenario| replay(scenario).judgement.broken.map(|breach| breach.invariant);
        assert_eq!(replay(&small).mismatch, None);
        assert_eq!(broken(&small), Some(finding.breach.invariant), "{}", text::print(&small));
        let steps = Scenario { choices: Vec::new(), expect: Default::default(), ..small.clone() };
        for mut smaller in reductions(&steps) {
            for taken in 0..=small.choices.len() {
                smaller.choices = small.choices.clone();
                if taken < small.choices.len() {
                    smaller.choices.remove(taken);
                }
                assert_ne!(broken(&smaller), Some(finding.breach.invariant), "{}", text::print(&smaller));
            }
        }
    }

    #[test]
    fn no_single_step_and_no_choice_can_be_taken_out() {
        check_minimal(&finding());
    }

    #[test]
    fn what_is_found_of_a_fault_breaks_the_same_when_it_is_small() {
        let mut count = 0;
        for &(fault, _) in Fault::VALUES {
            let profile = Profile::STANDARD.with_fault(fault);
            for found in (0..200).filter_map(|index| drawn::finding(1, &profile, index)).take(4) {
                check_minimal(&found);
                count += 1;
            }
        }
        assert!(count > 150, "{count}");
    }

    #[test]
    fn the_bound_on_runs_is_kept_and_told() {
        let bounded = shrink(&finding(), 5);
        assert_eq!(bounded.reduction, Reduction::Bounded(5));
        assert_eq!(bounded.breach.invariant, finding().breach.invariant);
    }

    #[test]
    fn what_is_stopped_is_still_a_finding() {
        let stopped = shrink_until(&finding(), RUNS_MAX, &AtomicBool::new(true));
        assert_eq!(stopped.reduction, Reduction::Bounded(1));
        assert_eq!(stopped.breach.invariant, finding().breach.invariant);
    }

    #[test]
    fn the_bound_on_entries_is_kept_and_told() {
        let bounded = shrink_within(&finding(), RUNS_MAX, 1000, &AtomicBool::new(false));
        let Reduction::Bounded(runs) = bounded.reduction else {
            panic!("{:?}", bounded.reduction);
        };
        assert!((2..100).contains(&runs), "{runs}");
        assert_eq!(bounded.breach.invariant, finding().breach.invariant);
    }
}
