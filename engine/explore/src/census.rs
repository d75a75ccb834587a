//! What a campaign's runs were like, as sums: how much they did, and which invariants and outcomes they witnessed.

use serde::{Deserialize, Serialize};
use wasclean_model::invariant::{INVARIANTS, Judgement, Kind, Row};

use crate::digest::{Digest, Kinds};

/// What a peer or a page does: a step, or a call.
const ACTIONS: [Kind; 11] = [
    Kind::PeerStep,
    Kind::CallBegin,
    Kind::AddListener,
    Kind::RemoveListener,
    Kind::SetHandler,
    Kind::Abort,
    Kind::StopPropagation,
    Kind::PreventDefault,
    Kind::MicrotaskQueued,
    Kind::Read,
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
    #[inline]
    pub fn count(&mut self, digest: Digest, kinds: &Kinds, judgement: &Judgement, choices: u64) {
        let sum = |list: &[Kind]| list.iter().map(|kind| u64::from(kinds[*kind as usize])).sum::<u64>();
        self.runs += 1;
        self.choices += choices;
        self.entries += kinds.iter().map(|&count| u64::from(count)).sum::<u64>();
        self.digest = self.digest.and(digest);
        self.actions += sum(&ACTIONS);
        self.sockets += sum(&[Kind::ConstructorArguments]);
        self.established += u64::from(sum(&[Kind::Established]) > 0);
        self.bounded += sum(&[Kind::Bound]);
        if let Some(breach) = judgement.broken {
            self.violations += 1;
            self.broken[breach.invariant] += 1;
        }
        judgement.witnessed.iter().for_each(|index| self.witnessed[index] += 1);
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
    use wasclean_model::trace::{Entry, Trace};
    use wasclean_model::world;

    use super::*;
    use crate::seeded::Seeded;

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
        for index in 0..30_000 {
            seeded.begin_run(index);
            scenario.profile = wasclean_model::profile::Profile::STANDARD;
            wasclean_model::scenario::generate::generate(&mut scenario, &mut seeded);
            world::run_into(&scenario, &mut seeded, &mut trace);
            trace.entries.iter().for_each(&mut check);
        }
        let unseen: Vec<_> = Kind::ALL.iter().filter(|kind| !seen[**kind as usize]).collect();
        assert!(unseen.is_empty(), "no run had {unseen:?}");
    }
}
