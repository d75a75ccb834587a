//! What a campaign's runs were like, as sums: how much they did, and which invariants and outcomes they witnessed.

use serde::{Deserialize, Serialize};
use wasclean_model::invariant::{INVARIANTS, Judgement};
use wasclean_model::trace::{Entry, Method, Trace};

use crate::digest::Digest;

/// The rows of the table of outcomes that a run of this world can reach, in the order of their bits.
pub const ROWS: [&str; 10] = ["1", "2", "2'", "3", "4", "5", "6", "7", "8", "9"];

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
    /// For each of [`ROWS`]: runs that reached it.
    pub rows: [u64; ROWS.len()],
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
            rows: [0; ROWS.len()],
            digest: Digest::default(),
        }
    }
}

impl Census {
    /// Counts one run.
    #[inline]
    pub fn count(&mut self, trace: &Trace, judgement: &Judgement, choices: u64, digest: Digest) {
        self.runs += 1;
        self.choices += choices;
        self.entries += trace.entries.len() as u64;
        if let Some(breach) = judgement.broken {
            self.violations += 1;
            self.broken[breach.invariant] += 1;
        }
        self.digest = self.digest.and(digest);
        let mut established = false;
        for entry in &trace.entries {
            match entry {
                Entry::PeerStep { .. }
                | Entry::AddListener { .. }
                | Entry::RemoveListener { .. }
                | Entry::SetHandler { .. }
                | Entry::Abort { .. }
                | Entry::StopPropagation { .. }
                | Entry::PreventDefault
                | Entry::MicrotaskQueued { .. }
                | Entry::Read { .. }
                | Entry::Note { .. } => self.actions += 1,
                Entry::CallBegin { method, .. } => {
                    self.actions += 1;
                    self.sockets += u64::from(*method == Method::Constructor);
                }
                Entry::Established { .. } => established = true,
                Entry::Bound { .. } => self.bounded += 1,
                _ => (),
            }
        }
        self.established += u64::from(established);
        for (index, count) in self.witnessed.iter_mut().enumerate() {
            *count += u64::from(judgement.witnessed.contains(index));
        }
        for (bit, count) in self.rows.iter_mut().enumerate() {
            *count += u64::from(judgement.rows.bits() >> bit & 1);
        }
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
