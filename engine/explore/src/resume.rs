//! A campaign's state in a file, from which it goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{error, fmt, fs, io};

use serde::{Deserialize, Serialize};
use wasclean_model::invariant::INVARIANTS;
use wasclean_model::profile::Profile;

use crate::census::Census;
use crate::finding::{Signature, save_text};
use crate::folder::{is_free, write_whole};
use crate::report::Kept;

pub use self::merge::{MergeError, Merged};
pub use self::room::is_state;

mod merge;
mod room;

/// The name of the state's file in the directory of findings.
pub const FILE_NAME: &str = "campaign.json";

const FORMAT: u32 = 1;

/// The text of the file at `path`; what is no file, such as a pipe, might never come to its end.
fn read_file(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.is_file() {
        fs::read_to_string(path)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"))
    }
}

/// All that a campaign knows after some of its runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    format: u32,
    version: String,
    /// The seed.
    pub seed: u64,
    /// The knobs.
    pub profile: Profile,
    /// The index of the first run.
    pub first: u64,
    /// The index of the run that is next; all before it are counted.
    pub next: u64,
    /// The index of the run after the last one, if the campaign has a number of runs.
    pub goal: Option<u64>,
    /// Whether the last process that had a time and no number of runs has used its time up. A state that does not say
    /// so may be one that was interrupted.
    #[serde(default)]
    pub is_time_over: bool,
    /// The sums over the runs.
    pub census: Census,
    /// What was kept.
    pub findings: Vec<Kept>,
    /// For each invariant, by its position: the signatures that were shrunk.
    tried: BTreeMap<usize, Vec<Signature>>,
}

/// The fields that say who wrote a state; whatever else is in it, they are there.
#[derive(Deserialize)]
struct Origin {
    format: Option<u64>,
    version: Option<String>,
}

/// Why a campaign cannot be resumed.
#[derive(Debug)]
pub enum ResumeError {
    /// The file cannot be read.
    Unreadable(PathBuf, io::Error),
    /// The file is not a campaign's state.
    Malformed(PathBuf, serde_json::Error),
    /// Its format is another one.
    OtherFormat(PathBuf, u64),
    /// It is the state of another version, whose runs are not ours.
    OtherVersion(PathBuf, String),
    /// So many invariants are counted in it, which are not those that are judged here.
    OtherInvariants(PathBuf, usize),
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) if error.kind() == io::ErrorKind::NotFound => {
                write!(f, "there is no campaign to resume: {} does not exist", path.display())
            }
            Self::Unreadable(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::Malformed(path, error) => {
                write!(
                    f,
                    "{}:{}:{}: not the state of a campaign: {error}",
                    path.display(),
                    error.line(),
                    error.column()
                )
            }
            Self::OtherFormat(path, format) => write!(
                f,
                "{} is a state of format {format}; wasclean {} reads format {FORMAT}",
                path.display(),
                env!("CARGO_PKG_VERSION")
            ),
            Self::OtherInvariants(path, count) => write!(
                f,
                "{} counts {count} invariants and there are {} here, so another build of wasclean wrote it; \
                 its runs cannot be added to those of this one",
                path.display(),
                INVARIANTS.len()
            ),
            Self::OtherVersion(path, version) => write!(
                f,
                "{} was written by wasclean {version}; its runs cannot be added to those of wasclean {}",
                path.display(),
                env!("CARGO_PKG_VERSION")
            ),
        }
    }
}

impl error::Error for ResumeError {}

impl State {
    pub(crate) fn new(seed: u64, profile: Profile, first: u64, goal: Option<u64>) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed,
            profile,
            first,
            next: first,
            goal,
            is_time_over: false,
            census: Census::default(),
            findings: Vec::new(),
            tried: BTreeMap::new(),
        }
    }

    /// Reads the state that a campaign left in `dir`, where the files of its findings are.
    ///
    /// # Errors
    ///
    /// [`ResumeError`]
    pub fn load(dir: &Path) -> Result<Self, ResumeError> {
        let path = dir.join(FILE_NAME);
        let text = match read_file(&path) {
            Ok(text) => text,
            Err(error) => return Err(ResumeError::Unreadable(path, error)),
        };
        // What another version wrote may have other fields, and is not malformed for that.
        let origin = serde_json::from_str(&text).unwrap_or(Origin { format: None, version: None });
        if let Some(format) = origin.format.filter(|&format| format != u64::from(FORMAT)) {
            return Err(ResumeError::OtherFormat(path, format));
        }
        if let Some(version) = origin.version.filter(|version| version != env!("CARGO_PKG_VERSION")) {
            return Err(ResumeError::OtherVersion(path, version));
        }
        let mut state: Self = match serde_json::from_str(&text) {
            Ok(state) => state,
            Err(error) => return Err(ResumeError::Malformed(path, error)),
        };
        let counted = [state.census.witnessed.len(), state.census.broken.len()];
        if let Some(&count) = counted.iter().find(|&&count| count != INVARIANTS.len()) {
            return Err(ResumeError::OtherInvariants(path, count));
        }
        // The folder may have been copied or renamed since.
        for file in state.findings.iter_mut().filter_map(|kept| kept.file.as_mut()) {
            *file = dir.join(file.file_name().unwrap_or_default());
        }
        Ok(state)
    }

    /// Saves the state in `dir`; an earlier one is replaced as a whole.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn save(&self, dir: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        text.push(b'\n');
        write_whole(&dir.join(FILE_NAME), &text)
    }

    /// Saves the findings in `dir` whose files are not there any more.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub(crate) fn restore(&mut self, dir: &Path) -> io::Result<()> {
        for kept in &mut self.findings {
            if kept.file.as_ref().is_none_or(|file| is_free(file)) {
                kept.file = Some(save_text(&dir.join(kept.file_name()), &kept.text)?);
            }
        }
        Ok(())
    }

    /// Whether the campaign has done what was asked of it: it has a number of runs and has played them, and no others;
    /// or it has none, and its time is over.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.goal.map_or(self.is_time_over, |goal| goal == self.next)
    }

    pub(crate) fn is_tried(&self, signature: Signature) -> bool {
        self.tried.values().any(|signatures| signatures.contains(&signature))
    }

    pub(crate) fn try_now(&mut self, invariant: usize, signature: Signature) {
        self.tried.entry(invariant).or_default().push(signature);
    }

    pub(crate) fn tried(&self, invariant: usize) -> usize {
        self.tried.get(&invariant).map_or(0, Vec::len)
    }

    pub(crate) fn kept(&self, invariant: usize) -> usize {
        self.findings.iter().filter(|kept| kept.invariant == INVARIANTS[invariant].id).count()
    }
}
