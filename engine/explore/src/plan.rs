//! What a campaign is asked to do.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use wasclean_model::profile::Profile;

use crate::resume::State;

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

impl Campaign {
    /// The end of the runs, if it is known beforehand.
    pub(crate) fn goal(&self) -> Option<u64> {
        match self.until {
            Until::Run(end) => Some(end),
            Until::Time(_) => None,
        }
    }
}
