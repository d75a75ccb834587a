//! The folder that a campaign writes to.

use std::fmt;
use std::fs;
use std::path::Path;

use wasclean_explore::folder::{Claim, ClaimError, Work};
use wasclean_explore::resume::{FILE_NAME, State};

use crate::failure::{Failure, note};
use crate::files;

/// Makes the folder that `--out` names, and takes it for `work`; `meant` is what is saved there.
pub(in crate::commands) fn make(dir: &Path, work: Work, meant: &str) -> Result<Claim, Failure> {
    let elsewhere = format!("{meant} saved there; --out DIR names another one");
    files::check_is_text(dir)?;
    fs::create_dir_all(dir).map_err(|error| {
        Failure::new(format_args!("cannot make the folder {}: {error}", dir.display())).advise(&elsewhere)
    })?;
    Claim::new(dir, work).map_err(|error| {
        let advice = match error {
            ClaimError::Taken(..) => "name another folder with --out, or wait until it has ended",
            ClaimError::Unwritable(..) => &elsewhere,
        };
        Failure::new(&error).advise(advice)
    })
}

/// Makes room for a state; the one that is in the folder is kept.
pub(in crate::commands) fn clear(claim: &Claim) -> Result<(), Failure> {
    let kept = claim.make_room().map_err(|error| {
        Failure::new(format_args!("cannot keep the {FILE_NAME} of {}: {error}", claim.dir().display()))
            .advise("name another folder with --out, or move it away")
    })?;
    if let Some(kept) = kept {
        note(format_args!(
            "{}: the {FILE_NAME} that was there is not that of a finished campaign; it is kept as {}",
            claim.dir().display(),
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
pub(super) fn resume(dir: &Path) -> Result<(Claim, State), Failure> {
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
    let claim = Claim::new(dir, Work::Campaign).map_err(|error| {
        let failure = Failure::new(&error);
        match error {
            ClaimError::Taken(..) => failure.advise("it goes on already; wait until it has ended, or end it"),
            ClaimError::Unwritable(..) => {
                failure.advise("make the folder writable, or copy it and go on with the copy")
            }
        }
    })?;
    // Who had the folder until now may have gone on.
    Ok((claim, load()?))
}
