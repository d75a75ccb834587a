//! What a campaign tells while it runs and at its end.

use std::path::PathBuf;
use std::time::Duration;
use std::{error, fmt, io};

use serde::{Deserialize, Serialize};

use crate::census::Census;
use crate::finding::{Finding, Reduction, Signature, file_name};

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

impl Kept {
    /// The finding as it is kept in `file`.
    pub(crate) fn new(finding: &Finding, index: u64, file: Option<PathBuf>) -> Self {
        let (is_minimal, shrink_runs) = match finding.reduction {
            Reduction::Untried => (false, 0),
            Reduction::Bounded(runs) => (false, runs),
            Reduction::Minimal(runs) => (true, runs),
        };
        Self {
            invariant: finding.invariant_id().to_owned(),
            index,
            entry: finding.breach.entry,
            is_minimal,
            shrink_runs,
            signature: finding.signature,
            file,
            text: finding.to_text(),
        }
    }

    /// The name of its file, where nothing else has it.
    #[must_use]
    pub fn file_name(&self) -> String {
        file_name(&self.invariant, self.signature, "")
    }
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
    /// What was found and saved and not shrunk any more, because the campaign could not go on. Its runs are not among
    /// those that count.
    pub unshrunk: Vec<Kept>,
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
    /// The model does not come to the end of a run: a bug of ours.
    Hang {
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
            Self::Hang { index } => {
                write!(f, "run {index} does not come to its end, which is a bug of wasclean")
            }
            Self::Nondeterminism { index } => {
                write!(f, "run {index} is not the same when it is repeated, which is a bug of wasclean")
            }
        }
    }
}

impl error::Error for CampaignError {}
