//! The history: one line of JSON for each recording, to which lines are added and never changed.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fmt, io};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The number of this layout.
const FORMAT: u32 = 1;

/// Where the history is.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The history: JSON Lines, to which each recording adds one
    #[arg(long, value_name = "FILE", default_value = "bench-history.jsonl")]
    history: PathBuf,
}

/// What one recording found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recording {
    format: u32,
    /// The full hash of the commit.
    pub(super) commit: String,
    /// Whether the checkout had changes that the commit has not.
    pub(super) dirty: bool,
    /// When the commit was made, as in RFC 3339.
    pub(super) date: String,
    /// What `rustc --version` says.
    pub(super) toolchain: String,
    /// The target triple.
    pub(super) target: String,
    /// The processor's name for itself.
    pub(super) cpu: String,
    /// Instructions of each benchmark.
    #[serde(default)]
    pub(super) instructions: BTreeMap<String, u64>,
    /// Counts that do not depend on the machine.
    #[serde(default)]
    pub(super) counters: BTreeMap<String, u64>,
    /// Digests over traces, which do not depend on the machine either.
    #[serde(default)]
    pub(super) digests: BTreeMap<String, String>,
    /// Times, for reading only.
    #[serde(default)]
    pub(super) wall: BTreeMap<String, Wall>,
}

/// The time of one iteration, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wall {
    /// What is measured in several ways.
    pub(super) group: String,
    /// The way in which it is measured here.
    pub(super) function: String,
    /// The input, if there are several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) value: String,
    pub(super) median_ns: f64,
    /// The bounds of the confidence interval of the median.
    pub(super) low_ns: f64,
    pub(super) high_ns: f64,
}

impl Recording {
    /// An empty recording of the checkout in `root`.
    pub(super) fn of_checkout(root: &Path) -> Result<Self, Failure> {
        let version = ask(root, "rustc", &["-vV"])?;
        let field =
            |name: &str| version.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown");
        Ok(Self {
            format: FORMAT,
            commit: ask(root, "git", &["rev-parse", "HEAD"])?,
            dirty: !ask(root, "git", &["status", "--porcelain", "--untracked-files=no"])?.is_empty(),
            date: ask(root, "git", &["log", "-1", "--format=%cI"])?,
            toolchain: version.lines().next().unwrap_or("unknown").to_owned(),
            target: field("host: ").to_owned(),
            cpu: cpu(),
            instructions: BTreeMap::new(),
            counters: BTreeMap::new(),
            digests: BTreeMap::new(),
            wall: BTreeMap::new(),
        })
    }
}

/// A short name: the beginning of the commit's hash, and `+` if there were changes.
impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.commit.get(..10).unwrap_or(&self.commit);
        write!(f, "{short}{}", if self.dirty { "+" } else { "" })
    }
}

impl Place {
    /// All recordings, the oldest first; there is at least one.
    pub(super) fn read(&self) -> Result<Vec<Recording>, Failure> {
        let path = self.history.display();
        let advice = "make one with 'wasclean bench record', or name another with --history";
        let text = fs::read_to_string(&self.history)
            .map_err(|error| Failure::new(format_args!("cannot read {path}: {error}")).advise(advice))?;
        let recordings = self.recordings(&text)?;
        if recordings.is_empty() {
            return Err(Failure::new(format_args!("{path} has no recordings")).advise(advice));
        }
        Ok(recordings)
    }

    /// Makes sure, before anything is measured, that a recording can be added: there is no history yet, or one that
    /// can be read.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match fs::read_to_string(&self.history) {
            Ok(text) => self.recordings(&text).map(|_| ()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Failure::new(format_args!("cannot read {}: {error}", self.history.display()))
                .advise("a recording is added to a history only; name another file with --history")),
        }
    }

    /// The recordings in the text of a history.
    fn recordings(&self, text: &str) -> Result<Vec<Recording>, Failure> {
        let path = self.history.display();
        let mut recordings = Vec::new();
        for (line, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let recording: Recording = serde_json::from_str(text).map_err(|error| {
                Failure::new(format_args!("{path}:{}: not a recording: {error}", line + 1))
                    .advise("the history is written by 'wasclean bench record' only; take the line out")
            })?;
            if recording.format != FORMAT {
                return Err(Failure::new(format_args!("{path}:{}: format {}", line + 1, recording.format))
                    .advise(format_args!(
                        "this program knows format {FORMAT}; use the one that wrote the line"
                    )));
            }
            recordings.push(recording);
        }
        Ok(recordings)
    }

    /// Adds a recording at the end, on a line of its own even if the last one has no end.
    pub(super) fn append(&self, recording: &Recording) -> Result<(), Failure> {
        self.check()?;
        let line = serde_json::to_string(recording).expect("strings and numbers");
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().create(true).read(true).append(true).open(&self.history)?;
            let mut last = Vec::new();
            let len = file.metadata()?.len();
            file.seek(SeekFrom::Start(len.saturating_sub(1)))?;
            file.read_to_end(&mut last)?;
            let break_before = if last.last().is_none_or(|&byte| byte == b'\n') { "" } else { "\n" };
            // One write, so that two recordings at a time do not mix their lines.
            file.write_all(format!("{break_before}{line}\n").as_bytes())
        };
        write().map_err(|error| {
            Failure::new(format_args!("cannot write to {}: {error}", self.history.display()))
                .advise(format_args!("the recording is: {line}"))
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.history
    }
}

/// The newest recording of a revision: a hash or its beginning, or what git knows by this name; with `+` at its end
/// one of a checkout with changes, and without it one of a checkout without them.
pub(super) fn find<'a>(recordings: &'a [Recording], revision: &str) -> Result<&'a Recording, Failure> {
    let (name, is_dirty) = match revision.strip_suffix('+') {
        Some(name) => (name, true),
        None => (revision, false),
    };
    let known = |prefix: &str| {
        let is_meant =
            |recording: &&Recording| recording.commit.starts_with(prefix) && recording.dirty == is_dirty;
        recordings.iter().rev().find(is_meant)
    };
    let is_hash = name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = if is_hash { known(name) } else { None };
    found
        .or_else(|| {
            let commit =
                ask(Path::new("."), "git", &["rev-parse", "--verify", &format!("{name}^{{commit}}")]);
            known(&commit.ok()?)
        })
        .ok_or_else(|| {
            let newest: Vec<String> = recordings.iter().rev().take(5).map(ToString::to_string).collect();
            Failure::new(format_args!("there is no recording of '{revision}'")).advise(format_args!(
                "check it out and run 'wasclean bench record'; the newest are {}",
                newest.join(", ")
            ))
        })
}

/// The folder of the checkout that the program is called in.
pub(super) fn checkout() -> Result<PathBuf, Failure> {
    ask(Path::new("."), "git", &["rev-parse", "--show-toplevel"]).map(PathBuf::from).map_err(|failure| {
        failure.advise("run it in a checkout of wasclean: it measures what is checked out")
    })
}

/// What a program prints, without the white space at its ends.
fn ask(dir: &Path, program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let call = || format!("{program} {}", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .output()
        .map_err(|error| Failure::new(format_args!("cannot run {}: {error}", call())))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format_args!("{} says: {}", call(), said.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned())
}
