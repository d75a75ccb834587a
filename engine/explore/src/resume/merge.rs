//! Several parts of one campaign, put together.

use std::collections::{BTreeMap, BTreeSet};
use std::error;
use std::fmt;
use std::ops::Range;

use super::State;
use crate::collector::KEPT_MAX;

/// Parts of one campaign, put together.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The sums over all parts, and their findings. Its runs go from the first of all to the end of the last.
    pub state: State,
    /// Runs in between that no part has played.
    pub missing: Vec<Range<u64>>,
}

/// Why parts are not those of one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeError {
    /// There is none.
    Nothing,
    /// They have not the same seed.
    Seeds {
        /// Two of the parts, by their positions.
        parts: [usize; 2],
        /// Their seeds.
        seeds: [u64; 2],
    },
    /// They have not the same profile.
    Profiles {
        /// Two of the parts, by their positions.
        parts: [usize; 2],
    },
    /// Some runs are in more than one part.
    Overlap {
        /// Two of the parts, by their positions.
        parts: [usize; 2],
        /// Runs that both have.
        runs: Range<u64>,
    },
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => write!(f, "there is nothing to put together"),
            Self::Seeds { seeds: [one, other], .. } => {
                write!(f, "seed {one} and seed {other} are not one campaign")
            }
            Self::Profiles { .. } => write!(f, "parts under different profiles are not one campaign"),
            Self::Overlap { runs, .. } => {
                write!(f, "runs {} to {} are in more than one part", runs.start, runs.end.saturating_sub(1))
            }
        }
    }
}

impl error::Error for MergeError {}

impl State {
    /// Puts parts of one campaign together. Sums are added up, and of equal findings the one of the earliest run is
    /// kept, so that sums and digest are those of a campaign that played all runs by itself. Of one invariant as many
    /// findings are kept as such a campaign keeps, those of the earliest runs.
    ///
    /// # Errors
    ///
    /// [`MergeError`]
    pub fn merge(parts: Vec<Self>) -> Result<Merged, MergeError> {
        let mut parts: Vec<(usize, Self)> = parts.into_iter().enumerate().collect();
        parts.sort_by_key(|(_, part)| (part.first, part.next));
        let mut parts = parts.into_iter();
        let (mut last, mut state) = parts.next().ok_or(MergeError::Nothing)?;
        let goal = |part: &Self| part.goal.unwrap_or(part.next).max(part.next);
        let mut end = goal(&state);
        let mut missing = Vec::new();
        for (position, part) in parts {
            // All before it have the seed and the profile of the one before it, which also reaches furthest.
            let parts = [last, position];
            if part.seed != state.seed {
                return Err(MergeError::Seeds { parts, seeds: [state.seed, part.seed] });
            }
            if part.profile != state.profile {
                return Err(MergeError::Profiles { parts });
            }
            if part.first < state.next {
                return Err(MergeError::Overlap { parts, runs: part.first..state.next.min(part.next) });
            }
            last = position;
            if part.first > state.next {
                missing.push(state.next..part.first);
            }
            end = end.max(goal(&part));
            state.next = part.next;
            state.census.add(&part.census);
            state.findings.extend(part.findings);
            for (invariant, signatures) in part.tried {
                state.tried.entry(invariant).or_default().extend(signatures);
            }
        }
        if state.next < end {
            missing.push(state.next..end);
        }
        state.goal = Some(end);
        state.findings.sort_by_key(|kept| kept.index);
        let mut seen = BTreeSet::new();
        state.findings.retain(|kept| seen.insert(kept.signature));
        // A campaign that played all runs by itself has enough of an invariant after its earliest findings.
        let mut kept_of: BTreeMap<String, usize> = BTreeMap::new();
        state.findings.retain(|kept| {
            let count = kept_of.entry(kept.invariant.clone()).or_default();
            *count += 1;
            *count <= KEPT_MAX
        });
        Ok(Merged { state, missing })
    }
}

impl Merged {
    /// How many runs no part has played.
    #[must_use]
    pub fn missing_count(&self) -> u64 {
        self.missing.iter().map(|runs| runs.end - runs.start).sum()
    }
}
