//! The folder that a campaign writes to.

use std::fmt;
use std::fs;
use std::path::Path;

use wasclean_explore::folder::{LockError, LockedFolder, Work};
use wasclean_explore::resume::{FILE_NAME, State};

use crate::failure::{Failure, note};
use crate::files;

/// Makes the folder that `--out` names, and takes it for `work`; `meant` is what is saved there.
pub(in crate::commands) fn make(dir: &Path, work: Work, meant: &str) -> Result<LockedFolder, Failure> {
    let elsewhere = format!("{meant} saved there; --out DIR names another one");
    files::check_is_text(dir)?;
    fs::create_dir_all(dir).map_err(|error| {
        Failure::new(format_args!("cannot make the folder {}: {error}", dir.display())).advise(&elsewhere)
    })?;
    LockedFolder::new(dir, work).map_err(|error| {
        let advice = match error {
            LockError::Taken(..) => "name another folder with --out, or wait until it has ended",
            LockError::Unwritable(..) => &elsewhere,
        };
        Failure::new(&error).advise(advice)
    })
}

/// Makes room for a state; the one that is in the folder is kept.
pub(in crate::commands) fn clear(folder: &LockedFolder) -> Result<(), Failure> {
    let kept = folder.make_room().map_err(|error| {
        Failure::new(format_args!("cannot keep the {FILE_NAME} of {}: {error}", folder.dir().display()))
            .advise("name another folder with --out, or move it away")
    })?;
    if let Some(kept) = kept {
        note(format_args!(
            "{}: the {FILE_NAME} that was there is not that of a finished campaign; it is kept as {}",
            folder.dir().display(),
            name(&kept)
        ));
    }
    Ok(())
}

/// The name of the file at `path`, without its folder.
pub(in crate::commands) fn name(path: &Path) -> impl fmt::Display {
    path.file_name().unwrap_or_default().display()
}

/// Takes the folder of a campaign that goes on, and reads its state.
pub(super) fn resume(dir: &Path) -> Result<(LockedFolder, State), Failure> {
    let load = || {
        State::load(dir).map_err(|error| {
            Failure::new(error).advise(
                "`wasclean fuzz --out DIR` begins a campaign; its findings are scenarios of their own",
            )
        })
    };
    files::check_is_text(dir)?;
    // A folder that is not one of a campaign gets no lock.
    load()?;
    let folder = LockedFolder::new(dir, Work::Campaign).map_err(|error| {
        let failure = Failure::new(&error);
        match error {
            LockError::Taken(..) => failure.advise("it goes on already; wait until it has ended, or end it"),
            LockError::Unwritable(..) => {
                failure.advise("make the folder writable, or copy it and go on with the copy")
            }
        }
    })?;
    // Who had the folder until now may have gone on.
    Ok((folder, load()?))
}
