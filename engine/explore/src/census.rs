//! What a campaign's runs were like, as sums: how much they did, and which invariants and outcomes they witnessed.

use serde::{Deserialize, Serialize};
use wasclean_model::invariant::{INVARIANTS, Judgement, Kind, Row};

use crate::digest::{Digest, KindCounts};

/// What a peer or a page does: a step, or a call.
const ACTIONS: [Kind; 14] = [
    Kind::PeerStep,
    Kind::CallBegin,
    Kind::AddListener,
    Kind::RemoveListener,
    Kind::SetHandler,
    Kind::Abort,
    Kind::StopPropagation,
    Kind::PreventDefault,
    Kind::MicrotaskQueued,
    Kind::SetTimeout,
    Kind::Read,
    Kind::SetBinaryType,
    Kind::ReadEvent,
    Kind::Note,
];

/// Sums over runs. Adding up is all that is ever done with them, so jobs and resumed campaigns come to the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// Runs.
    pub runs: u64,
    /// Runs that broke an invariant.
    pub violations: u64,
    /// Runs in which at least one connection was established.
    pub established: u64,
    /// Runs that came up against a bound of the model.
    pub bounded: u64,
    /// Steps of peers and calls of pages that were carried out.
    pub actions: u64,
    /// WebSockets.
    pub sockets: u64,
    /// Choices.
    pub choices: u64,
    /// Trace entries.
    pub entries: u64,
    /// For each invariant, in the order of the table: runs that witnessed it.
    pub witnessed: Vec<u64>,
    /// For each invariant: runs that broke it.
    pub broken: Vec<u64>,
    /// For each row of the table of outcomes, in the order of [`Row::ALL`]: runs that reached it.
    pub rows: [u64; Row::ALL.len()],
    /// For each cell of the table of `close()`, in the order of their bits: runs that reached it.
    pub cells: [u64; 16],
    /// The digest of all traces.
    pub digest: Digest,
}

impl Default for Census {
    fn default() -> Self {
        Self {
            runs: 0,
            violations: 0,
            established: 0,
            bounded: 0,
            actions: 0,
            sockets: 0,
            choices: 0,
            entries: 0,
            witnessed: vec![0; INVARIANTS.len()],
            broken: vec![0; INVARIANTS.len()],
            rows: [0; Row::ALL.len()],
            cells: [0; 16],
            digest: Digest::default(),
        }
    }
}

impl Census {
    /// Counts one run with this digest and these kinds of entries.
    pub fn count(&mut self, digest: Digest, kinds: &KindCounts, judgement: &Judgement, choices: u64) {
        self.count_but_witnesses(digest, kinds, judgement, choices);
        judgement.witnessed.iter().for_each(|index| self.witnessed[index] += 1);
    }

    /// As [`count`](Self::count), but which invariants the run witnessed is counted elsewhere.
    #[inline]
    fn count_but_witnesses(
        &mut self,
        digest: Digest,
        kinds: &KindCounts,
        judgement: &Judgement,
        choices: u64,
    ) {
        let sum = |list: &[Kind]| list.iter().map(|kind| u64::from(kinds.count(*kind))).sum::<u64>();
        self.runs += 1;
        self.choices += choices;
        self.entries += kinds.entries() as u64;
        self.digest = self.digest.and(digest);
        self.actions += sum(&ACTIONS);
        self.sockets += sum(&[Kind::ConstructorArguments]);
        self.established += u64::from(sum(&[Kind::Established]) > 0);
        self.bounded += sum(&[Kind::Bound]);
        if let Some(breach) = judgement.broken {
            self.violations += 1;
            self.broken[breach.invariant] += 1;
        }
        tally(judgement.rows.bits(), &mut self.rows);
        tally(judgement.cells.bits(), &mut self.cells);
    }

    /// Adds what others have counted.
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.violations += other.violations;
        self.established += other.established;
        self.bounded += other.bounded;
        self.actions += other.actions;
        self.sockets += other.sockets;
        self.choices += other.choices;
        self.entries += other.entries;
        self.witnessed.iter_mut().zip(&other.witnessed).for_each(|(mine, theirs)| *mine += theirs);
        self.broken.iter_mut().zip(&other.broken).for_each(|(mine, theirs)| *mine += theirs);
        self.rows.iter_mut().zip(&other.rows).for_each(|(mine, theirs)| *mine += theirs);
        self.cells.iter_mut().zip(&other.cells).for_each(|(mine, theirs)| *mine += theirs);
        self.digest = self.digest.and(other.digest);
    }

    /// `sum` for each run, or 0 if there was none.
    #[must_use]
    pub fn per_run(&self, sum: u64) -> f64 {
        if self.runs == 0 { 0.0 } else { sum as f64 / self.runs as f64 }
    }

    /// How many invariants were witnessed at least once.
    #[must_use]
    pub fn witnessed_count(&self) -> usize {
        self.witnessed.iter().filter(|&&count| count > 0).count()
    }
}

/// A census under way: a run witnesses some forty invariants, and to count them one by one takes longer than the rest.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    census: Census,
    /// For each invariant a number of runs, in bits of the same weight: that of 1 first, then that of 2, and so on.
    witnessed: Vec<u128>,
}

impl Tally {
    /// Counts one run, as [`Census::count`] does.
    #[inline]
    pub fn count(&mut self, digest: Digest, kinds: &KindCounts, judgement: &Judgement, choices: u64) {
        self.census.count_but_witnesses(digest, kinds, judgement, choices);
        let mut carry = judgement.witnessed.bits();
        for bits in &mut self.witnessed {
            if carry == 0 {
                return;
            }
            (*bits, carry) = (*bits ^ carry, *bits & carry);
        }
        if carry != 0 {
            self.witnessed.push(carry);
        }
    }

    /// Counts one more run that witnessed this invariant, which is judged elsewhere.
    pub fn witness(&mut self, invariant: usize) {
        self.census.witnessed[invariant] += 1;
    }

    /// What was counted.
    #[must_use]
    pub fn finish(self) -> Census {
        let mut census = self.census;
        for (weight, bits) in self.witnessed.iter().enumerate() {
            for (index, count) in census.witnessed.iter_mut().enumerate() {
                *count += u64::from(bits >> index & 1 != 0) << weight;
            }
        }
        census
    }
}

/// Adds 1 for each bit that is set.
fn tally(bits: u16, counts: &mut [u64]) {
    let mut rest = bits;
    while rest != 0 {
        counts[rest.trailing_zeros() as usize] += 1;
        rest &= rest - 1;
    }
}

#[cfg(test)]
mod tests {
    use wasclean_model::profile::{EventMade, Profile};
    use wasclean_model::trace::{Entry, Trace};
    use wasclean_model::world;

    use super::*;
    use crate::seeded::Seeded;

    #[test]
    fn a_tally_comes_to_the_same_as_counting_one_by_one() {
        let profile = Profile::STANDARD;
        let mut seeded = Seeded::new(1);
        let mut scenario = wasclean_model::scenario::Scenario { profile, ..Default::default() };
        let (mut tally, mut census) = (Tally::default(), Census::default());
        let mut hasher = crate::digest::Hasher::default();
        for index in 0..300 {
            seeded.begin_run(index);
            wasclean_model::scenario::generate::generate(&mut scenario, &mut seeded);
            let trace = world::run(&scenario, &mut seeded);
            let judgement = wasclean_model::invariant::judge(&trace, &profile);
            let digest = hasher.run(index, &trace);
            tally.count(digest, hasher.kinds(), &judgement, seeded.asked());
            census.count(digest, hasher.kinds(), &judgement, seeded.asked());
        }
        assert_eq!(tally.finish(), census);
    }

    #[test]
    fn the_kinds_are_numbered_as_in_the_words_of_an_entry() {
        let mut seen = vec![false; Kind::ALL.len()];
        let mut check = |entry: &Entry| {
            assert_eq!(Kind::of(entry) as u8, entry.kind(), "{entry:?}");
            seen[usize::from(entry.kind())] = true;
        };
        let mut seeded = Seeded::new(1);
        let mut trace = Trace::new();
        let mut scenario = wasclean_model::scenario::Scenario::default();
        for index in 0..100_000 {
            seeded.begin_run(index);
            // Under `standard` no event is made before it is fired.
            scenario.profile = Profile { event_made: EventMade::WhenClosed, ..Profile::STANDARD };
            wasclean_model::scenario::generate::generate(&mut scenario, &mut seeded);
            world::run_into(&scenario, &mut seeded, &mut trace);
            trace.entries.iter().for_each(&mut check);
        }
        let unseen: Vec<_> = Kind::ALL.iter().filter(|kind| !seen[**kind as usize]).collect();
        assert!(unseen.is_empty(), "no run had {unseen:?}");
    }
}
