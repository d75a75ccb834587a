//! The folder that findings are saved in: one campaign writes to it at a time, and what somebody may still need stays
//! in it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{error, fmt, iter, process};

/// What writes to a folder. Each has a lock of its own, because their files have other names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A campaign, or what puts the parts of one together.
    Campaign,
    /// A triage.
    Triage,
}

impl Work {
    /// The name of the file that is locked. It stays when the lock is gone: who removed it could remove the lock of the
    /// next one.
    fn lock_name(self) -> &'static str {
        match self {
            Self::Campaign => ".campaign.lock",
            Self::Triage => ".triage.lock",
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Campaign => "campaign",
            Self::Triage => "triage",
        })
    }
}

/// As much as a state and some findings come to, so that a disk that is as good as full is found out.
const PROBE_LEN: usize = 16 << 10;

/// The right to write to a folder, which one campaign or triage has at a time. The system takes it back when the
/// process ends, however it ends.
#[derive(Debug)]
pub struct LockedFolder {
    dir: PathBuf,
    /// Locked for as long as it is open.
    _lock: File,
}

/// Why nothing can be written to a folder.
#[derive(Debug)]
pub enum LockError {
    /// Another one writes to it.
    Taken(PathBuf, Work),
    /// The folder takes no file.
    Unwritable(PathBuf, io::Error),
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(dir, work) => write!(f, "another {work} writes to the folder {}", dir.display()),
            Self::Unwritable(dir, error) => {
                write!(f, "cannot write to the folder {}: {error}", dir.display())
            }
        }
    }
}

impl error::Error for LockError {}

impl LockedFolder {
    /// Takes the folder `dir` for `work`, and makes sure that something can be saved in it.
    ///
    /// Where the file system knows no locks, nobody is refused.
    ///
    /// # Errors
    ///
    /// [`LockError`]
    pub fn new(dir: &Path, work: Work) -> Result<Self, LockError> {
        let unwritable = |error| LockError::Unwritable(dir.to_owned(), error);
        let path = dir.join(work.lock_name());
        // With the right to read as well, what is no file under this name is opened or refused at once.
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let lock = options.map_err(unwritable)?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(LockError::Taken(dir.to_owned(), work));
        }
        probe(dir).map_err(unwritable)?;
        Ok(Self { dir: dir.to_owned(), _lock: lock })
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// Whether no file, folder or link has this name.
pub(crate) fn is_free(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err()
}

/// `path`, or where something has its name the first of `-2`, `-3` and so on before the extension that is free.
pub(crate) fn first_free(path: &Path) -> PathBuf {
    numbered(path).find(|path| is_free(path)).expect("there are more numbers than files")
}

/// `path`, and then `path` with `-2`, `-3` and so on before the extension.
pub fn numbered(path: &Path) -> impl Iterator<Item = PathBuf> {
    let stem = path.file_stem().unwrap_or_default().to_owned();
    let extension = path.extension().map(OsStr::to_owned);
    let later = (2_u64..).map(move |number| {
        let mut name = stem.clone();
        name.push(format!("-{number}"));
        if let Some(extension) = &extension {
            name.push(".");
            name.push(extension);
        }
        name
    });
    let folder = path.to_owned();
    iter::once(path.to_owned()).chain(later.map(move |name| folder.with_file_name(name)))
}

/// Writes a file so that nobody ever sees a part of it: whoever reads it gets what was there before or all of it.
///
/// # Errors
///
/// What the file system says; what was there before is still there.
pub fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", process::id()));
    let temporary = path.with_file_name(name);
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(contents)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&temporary, path));
    if renamed.is_err() {
        // The first error is the one to tell; what is left of the temporary file is in nobody's way.
        _ = fs::remove_file(&temporary);
    }
    renamed
}

/// Writes a file and takes it away again.
fn probe(dir: &Path) -> io::Result<()> {
    let path = dir.join(format!(".probe.{}", process::id()));
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&[b'\n'; PROBE_LEN])?;
        file.sync_all()
    });
    _ = fs::remove_file(&path);
    written
}

#[cfg(test)]
mod tests;
