//! Where the chunks of a campaign come together in the order of their runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use wasclean_model::invariant::INVARIANTS;

use crate::finding::{Finding, Reduction};
use crate::plan::Campaign;
use crate::report::{CampaignError, Event, Kept, Status};
use crate::resume::State;
use crate::shrink::{self, shrink};
use crate::worker::{Candidate, Chunk, Shared};

/// Findings that are kept for one invariant, and candidates that are shrunk for it. A broken model breaks the same
/// rule in a hundred ways; eight small ones say as much.
pub(crate) const KEPT_MAX: usize = 8;
const TRIED_MAX: usize = 32;

/// How often the state is saved.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// Where chunks come together in the order of their runs.
pub(crate) struct Collector<'a> {
    campaign: &'a Campaign,
    shared: &'a Shared,
    state: State,
    saved: Instant,
}

impl<'a> Collector<'a> {
    /// A collector that goes on after `state`.
    pub(crate) fn new(campaign: &'a Campaign, shared: &'a Shared, state: State) -> Self {
        let collector = Self { campaign, shared, state, saved: Instant::now() };
        (0..INVARIANTS.len()).for_each(|invariant| collector.close_if_done(invariant));
        collector
    }

    pub(crate) fn into_state(self) -> State {
        self.state
    }

    pub(crate) fn status(&self, first: u64, elapsed: Duration) -> Status<'_> {
        Status {
            census: &self.state.census,
            findings: &self.state.findings,
            runs_here: self.state.next - first,
            elapsed,
        }
    }

    fn out(&self) -> Option<&Path> {
        self.campaign.out.as_deref()
    }

    pub(crate) fn take(
        &mut self,
        chunk: &Chunk,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), CampaignError> {
        for candidate in &chunk.candidates {
            self.try_candidate(candidate, tell)?;
            // The reduced one is saved, or an equal one was.
            self.shared.settle(candidate.signature);
        }
        self.state.census.add(&chunk.census);
        self.state.next += chunk.census.runs;
        if self.saved.elapsed() >= SAVE_EVERY {
            self.save()?;
        }
        Ok(())
    }

    /// Shrinks a candidate and keeps it, unless an equal one is kept or its invariant has enough.
    fn try_candidate(
        &mut self,
        candidate: &Candidate,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), CampaignError> {
        let invariant = candidate.invariant;
        if self.state.is_tried(candidate.signature)
            || self.state.tried(invariant) >= TRIED_MAX
            || self.state.kept(invariant) >= KEPT_MAX
        {
            return Ok(());
        }
        let index = candidate.index;
        let found = self.shared.finding(index).ok_or(CampaignError::Nondeterminism { index })?;
        let small = reduced(&found, |found| shrink(found, shrink::RUNS_MAX));
        if small.reduction == Reduction::Untried {
            return Err(CampaignError::Nondeterminism { index });
        }
        if self.state.findings.iter().any(|kept| kept.signature == small.signature) {
            self.state.try_now(invariant, candidate.signature);
            self.close_if_done(invariant);
            return Ok(());
        }
        let file = match self.out() {
            None => None,
            Some(dir) => Some(small.save(dir).map_err(|error| CampaignError::Finding {
                dir: dir.to_owned(),
                error,
                finding: Box::new(small.clone()),
            })?),
        };
        // Only now: a campaign that could not save it and is resumed tries it again.
        self.state.try_now(invariant, candidate.signature);
        self.state.findings.push(Kept::new(&small, index, file));
        tell(Event::Found(self.state.findings.last().expect("it was just kept")));
        self.close_if_done(invariant);
        Ok(())
    }

    fn close_if_done(&self, invariant: usize) {
        if self.state.tried(invariant) >= TRIED_MAX || self.state.kept(invariant) >= KEPT_MAX {
            self.shared.close(invariant);
        }
    }

    /// Saves the findings of an earlier process whose files are not there any more.
    pub(crate) fn restore(&mut self) -> Result<(), CampaignError> {
        let Some(dir) = self.campaign.out.as_deref() else { return Ok(()) };
        self.state.restore(dir).map_err(|error| CampaignError::State { dir: dir.to_owned(), error })
    }

    /// Saves the state at the end of the campaign, which may be that of its time.
    pub(crate) fn end(&mut self, is_time_over: bool) -> Result<(), CampaignError> {
        self.state.is_time_over = is_time_over;
        self.save()
    }

    pub(crate) fn save(&mut self) -> Result<(), CampaignError> {
        self.saved = Instant::now();
        let Some(dir) = self.out() else { return Ok(()) };
        self.state.save(dir).map_err(|error| CampaignError::State { dir: dir.to_owned(), error })
    }
}

/// The finding made small by `reduce`. A model that panics in a smaller run has another bug beside the one that was
/// found, which is then kept as it is.
fn reduced(found: &Finding, reduce: impl FnOnce(&Finding) -> Finding) -> Finding {
    catch_unwind(AssertUnwindSafe(|| reduce(found)))
        .unwrap_or_else(|_| Finding { reduction: Reduction::Bounded(0), ..found.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::finding;
    use crate::judge::untrue;

    #[test]
    fn a_panic_while_it_is_shrunk_does_not_lose_a_finding() {
        let found =
            (0..5_000).find_map(|index| finding(1, &untrue::PROFILE, index)).expect("the rule is untrue");
        let kept = reduced(&found, |_| panic!("another bug"));
        assert_eq!(kept.reduction, Reduction::Bounded(0));
        assert_eq!((kept.signature, kept.scenario), (found.signature, found.scenario.clone()));
        assert_eq!(reduced(&found, Finding::clone).reduction, Reduction::Untried);
    }
}
