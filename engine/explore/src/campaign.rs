//! Many independent runs from one seed, on several threads, with the same result on any number of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::collector::Collector;
use crate::resume::State;
use crate::watch::Watch;
use crate::worker::{Chunk, Shared, Worker};

pub use crate::plan::{Begin, Campaign, Until};
pub use crate::report::{CampaignError, End, Event, Failed, Kept, Report, Status};

/// How often somebody is told how it goes, and how often somebody looks whether it goes.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// How many times a thread may be seen at the same run: ten seconds, of which the longest runs take some milliseconds.
const LOOKS_MAX: u32 = 100;

impl Campaign {
    /// Plays and judges the runs, and shrinks, deduplicates and saves what breaks an invariant.
    ///
    /// `stop` ends the campaign as soon as the runs under way are done. `tell` is called now and then, and for each
    /// finding after it was saved.
    ///
    /// # Errors
    ///
    /// [`Failed`]; the runs that were played are in the saved state, as far as it could be saved. After a
    /// [`CampaignError::Hang`] the thread that hangs is left behind.
    pub fn run(&self, stop: &AtomicBool, tell: &mut dyn FnMut(Event<'_>)) -> Result<Report, Box<Failed>> {
        self.run_watched(stop, tell, LOOKS_MAX)
    }

    /// As [`run`](Self::run), with the number of looks after which a run is taken for one that does not end.
    fn run_watched(
        &self,
        stop: &AtomicBool,
        tell: &mut dyn FnMut(Event<'_>),
        looks_max: u32,
    ) -> Result<Report, Box<Failed>> {
        let begun = Instant::now();
        let mut state = match &self.begin {
            Begin::Run(first) => State::new(self.seed, self.profile, *first, self.goal()),
            Begin::Resumed(state) => State::clone(state),
        };
        // More time for a campaign with a number of runs does not change how many they are.
        state.goal = self.goal().or(state.goal);
        state.is_time_over = false;
        let first = state.next;
        let end = self.goal().unwrap_or(u64::MAX);
        let deadline = match self.until {
            Until::Run(_) => None,
            Until::Time(time) => begun.checked_add(time),
        };
        let shared = Arc::new(Shared::new(self, first, end, deadline));
        let mut collector = Collector::new(self, &shared, state);
        // From here on the campaign can be resumed, however it is ended.
        let mut failure = collector.restore().and_then(|()| collector.save()).err();
        let is_over = || stop.load(Ordering::Relaxed);
        if failure.is_some() || is_over() {
            shared.halt();
        }
        let (sender, receiver) = sync_channel::<Result<Chunk, CampaignError>>(4 * self.jobs.get());
        let threads: Vec<_> = (0..self.jobs.get())
            .map(|number| {
                let (sender, worker) = (sender.clone(), Worker::new(Arc::clone(&shared), number));
                thread::spawn(move || worker.work(&sender))
            })
            .collect();
        drop(sender);
        let mut watch = Watch::new(threads.len(), looks_max);
        // Chunks arrive in any order and are taken in the order of their runs, so that the first finding of a kind is
        // the same whatever the number of threads.
        let mut early = BTreeMap::new();
        let mut frontier = 0;
        let mut told = begun;
        let hang = loop {
            match receiver.recv_timeout(PROGRESS_EVERY) {
                Ok(Ok(chunk)) => _ = early.insert(chunk.number, chunk),
                Ok(Err(error)) => _ = failure.get_or_insert(error),
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => break None,
            }
            while let Some(chunk) = early.remove(&frontier).filter(|_| failure.is_none()) {
                frontier += 1;
                if let Err(error) = collector.take(&chunk, tell) {
                    failure = Some(error);
                }
            }
            if failure.is_some() || is_over() {
                shared.halt();
            }
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                tell(Event::Progress(collector.status(first, begun.elapsed())));
                if let Some(index) = watch.look(shared.places()) {
                    break Some(index);
                }
            }
        };
        match hang {
            // The others end with their chunks; nobody can end the one that hangs.
            Some(index) => {
                shared.halt();
                failure.get_or_insert(CampaignError::Hang { index });
            }
            None => threads.into_iter().for_each(|thread| thread.join().expect("panics are caught in it")),
        }
        let is_time_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        // What was played is saved in any case; what could not go on is not finished.
        let saved = collector.end(is_time_over && failure.is_none());
        let outcome = failure.map_or(Ok(()), Err).and(saved);
        let state = collector.into_state();
        let is_done = match self.until {
            Until::Run(_) => state.next >= end,
            Until::Time(_) => is_time_over,
        };
        let report = Report {
            runs_here: state.next - first,
            census: state.census,
            findings: state.findings,
            unshrunk: shared.unshrunk(),
            elapsed: begun.elapsed(),
            end: if is_done { End::Bound } else { End::Interrupted },
        };
        match outcome {
            Ok(()) => Ok(report),
            Err(error) => Err(Box::new(Failed { report: Report { end: End::Failed, ..report }, error })),
        }
    }
}

#[cfg(test)]
mod tests;
