//! Many independent runs from one seed, on several threads, with the same result on any number of them.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use std::{error, fmt, io};

use serde::{Deserialize, Serialize};
use wasclean_model::profile::Profile;

use crate::census::Census;
use crate::desk::Desk;
use crate::finding::{Finding, Signature};
use crate::resume::State;
use crate::worker::{Chunk, Shared, Worker};

/// How often somebody is told how it goes.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// When a campaign ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// After this run, which is not played any more.
    Run(u64),
    /// After this time.
    Time(Duration),
}

/// What to do.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// What all runs are drawn from.
    pub seed: u64,
    /// The knobs.
    pub profile: Profile,
    /// The first run, and what has been done before it.
    pub begin: Begin,
    /// When it ends.
    pub until: Until,
    /// Threads.
    pub jobs: NonZeroUsize,
    /// Where findings and the state are saved. Without it they are only told.
    pub out: Option<PathBuf>,
}

/// Where a campaign begins.
#[derive(Debug, Clone)]
pub enum Begin {
    /// At the run of this index.
    Run(u64),
    /// Where an earlier one stopped.
    Resumed(Box<State>),
}

/// A finding that is kept, as the campaign tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The ID of the invariant that is broken.
    pub invariant: String,
    /// The index of the first run that showed it.
    pub index: u64,
    /// The entry of the reduced run that breaks the invariant.
    pub entry: usize,
    /// Whether no single step and no single choice can be taken out.
    pub is_minimal: bool,
    /// The runs that the reduction took.
    pub shrink_runs: u64,
    /// What tells it apart from others.
    pub signature: Signature,
    /// The file, if it was saved.
    pub file: Option<PathBuf>,
    /// The scenario file's text.
    pub text: String,
}

/// How a campaign stands.
#[derive(Debug)]
pub struct Status<'a> {
    /// What was counted so far, resumed runs included.
    pub census: &'a Census,
    /// Findings so far.
    pub findings: &'a [Kept],
    /// Runs of this process.
    pub runs_here: u64,
    /// The time since the campaign began or was resumed.
    pub elapsed: Duration,
}

/// What a campaign tells while it runs.
#[derive(Debug)]
pub enum Event<'a> {
    /// It goes on.
    Progress(Status<'a>),
    /// A finding has been shrunk and saved.
    Found(&'a Kept),
}

/// Why a campaign ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All runs are played, or the time is over.
    Bound,
    /// It was told to stop.
    Interrupted,
    /// It could not go on.
    Failed,
}

/// What came out.
#[derive(Debug)]
pub struct Report {
    /// Sums over all runs, resumed ones included.
    pub census: Census,
    /// The findings in the order of their runs.
    pub findings: Vec<Kept>,
    /// Runs of this process.
    pub runs_here: u64,
    /// The time that they took.
    pub elapsed: Duration,
    /// Why it ended.
    pub end: End,
}

/// A campaign that could not go on, with what it had come to.
#[derive(Debug)]
pub struct Failed {
    /// What the runs before came to.
    pub report: Report,
    /// Why it could not go on.
    pub error: CampaignError,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl error::Error for Failed {}

/// Why a campaign could not go on.
#[derive(Debug)]
pub enum CampaignError {
    /// A finding could not be saved; here it is.
    Finding {
        /// Where it should have been saved.
        dir: PathBuf,
        /// What the file system says.
        error: io::Error,
        /// The finding.
        finding: Box<Finding>,
    },
    /// The state could not be saved.
    State {
        /// Where.
        dir: PathBuf,
        /// What the file system says.
        error: io::Error,
    },
    /// The model panicked: a bug of ours.
    Panic {
        /// The run.
        index: u64,
    },
    /// A run that broke an invariant did not break it when it was repeated: a bug of ours.
    Nondeterminism {
        /// The run.
        index: u64,
    },
}

impl fmt::Display for CampaignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding { dir, error, finding } => {
                write!(
                    f,
                    "a finding ({}) could not be saved in {}: {error}",
                    finding.invariant_id(),
                    dir.display()
                )
            }
            Self::State { dir, error } => {
                write!(f, "the state of the campaign could not be saved in {}: {error}", dir.display())
            }
            Self::Panic { index } => {
                write!(f, "the model panicked in run {index}, which is a bug of wasclean")
            }
            Self::Nondeterminism { index } => {
                write!(f, "run {index} is not the same when it is repeated, which is a bug of wasclean")
            }
        }
    }
}

impl error::Error for CampaignError {}

impl Campaign {
    /// Plays and judges the runs, and shrinks, deduplicates and saves what breaks an invariant.
    ///
    /// `stop` ends the campaign as soon as the runs under way are done. `tell` is called now and then, and for each
    /// finding after it was saved.
    ///
    /// # Errors
    ///
    /// [`Failed`]; the runs that were played are in the saved state, as far as it could be saved.
    pub fn run(&self, stop: &AtomicBool, tell: &mut dyn FnMut(Event<'_>)) -> Result<Report, Box<Failed>> {
        let begun = Instant::now();
        let mut state = match &self.begin {
            Begin::Run(first) => State::new(self.seed, self.profile, *first, self.goal()),
            Begin::Resumed(state) => State::clone(state),
        };
        state.goal = self.goal();
        let first = state.next;
        let end = self.goal().unwrap_or(u64::MAX);
        let deadline = match self.until {
            Until::Run(_) => None,
            Until::Time(time) => begun.checked_add(time),
        };
        let halt = AtomicBool::new(false);
        let shared = Shared::new(self, first, end, deadline, stop, &halt);
        let mut desk = Desk::new(self, &shared, state);
        let outcome = thread::scope(|scope| {
            let (sender, receiver) = sync_channel::<Result<Chunk, CampaignError>>(4 * self.jobs.get());
            for _ in 0..self.jobs.get() {
                let sender = sender.clone();
                let worker = Worker::new(&shared);
                scope.spawn(move || worker.work(&sender));
            }
            drop(sender);
            // Chunks arrive in any order and are taken in the order of their runs, so that the first finding of a kind
            // is the same whatever the number of threads.
            let mut early = BTreeMap::new();
            let mut frontier = 0;
            let mut told = begun;
            let mut failure = None;
            loop {
                match receiver.recv_timeout(PROGRESS_EVERY) {
                    Ok(Ok(chunk)) => _ = early.insert(chunk.number, chunk),
                    Ok(Err(error)) => _ = failure.get_or_insert(error),
                    Err(RecvTimeoutError::Timeout) => (),
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                while let Some(chunk) = early.remove(&frontier).filter(|_| failure.is_none()) {
                    frontier += 1;
                    if let Err(error) = desk.take(&chunk, tell) {
                        failure = Some(error);
                    }
                }
                if failure.is_some() {
                    halt.store(true, Ordering::Relaxed);
                }
                if told.elapsed() >= PROGRESS_EVERY {
                    told = Instant::now();
                    tell(Event::Progress(desk.status(first, begun.elapsed())));
                }
            }
            failure.map_or(Ok(()), Err)
        });
        let outcome = outcome.and(desk.save());
        let state = desk.into_state();
        let is_done = match self.until {
            Until::Run(_) => state.next >= end,
            Until::Time(_) => deadline.is_some_and(|deadline| Instant::now() >= deadline),
        };
        let report = Report {
            runs_here: state.next - first,
            census: state.census,
            findings: state.findings,
            elapsed: begun.elapsed(),
            end: if is_done { End::Bound } else { End::Interrupted },
        };
        match outcome {
            Ok(()) => Ok(report),
            Err(error) => Err(Box::new(Failed { report: Report { end: End::Failed, ..report }, error })),
        }
    }

    fn goal(&self) -> Option<u64> {
        match self.until {
            Until::Run(end) => Some(end),
            Until::Time(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
